/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole mobility network in one process, on virtual time, from a seed: home agents and mobile
 * routers with the real cores of had, mnd, linkmon and tunneld on real codecs, uplinks with all
 * their vices between them, and users' traffic through the tunnels.
 *
 *	struct sim *s = sim_new(seed, &(struct sim_conf) { .n_sites = 2 });
 *
 *	sim_start_all(s);
 *	flows_start(s->sites[0], 20, 100);
 *	sim_run_ms(s, 15000);
 *	uplink_dead(&s->sites[0]->uplinks[1], true, true);
 *	sim_run_ms(s, 3000);
 *	if (flows_gap_ms(s->sites[0]) > 620)
 *		sim_fail(s, "a handover took too long");
 *	sim_free(s);
 *
 * Every failure can be replayed: the scenario's name and the seed are all there is to know.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "tests/sim/flow.h"
#include "tests/sim/host.h"
#include "tests/sim/tunneld.h"
#include "tests/sim/uplink.h"

struct watch;

#define AGENTS_MAX 4
#define SITES_MAX  1000

struct site {
	struct host host;
	struct uplink uplinks[UPLINKS_MAX + 1]; /* by number, from 1 */
	size_t n_uplinks;
	struct mnd_conf mnd_conf;
	struct linkmon_conf linkmon_conf;
	struct sa_set sas;
	struct mnd *mnd;	 /* NULL: not running */
	struct linkmon *linkmon; /* NULL: not running */
	struct flows flows;
};

struct sim_conf {
	size_t n_agents;    /* 0: 1. Each router knows all, in this order */
	size_t n_sites;	    /* 0: 1 */
	size_t n_uplinks;   /* 0: 3 */
	const char *preset; /* linkmon's; NULL: normal */
	bool has_disk;	    /* home agents have a store */
	size_t backlog;	    /* octets that a daemon keeps for a deaf one; 0: as libmipsock */
	/* The last word on configurations, before they are checked; may be NULL. */
	void (*set_agent)(struct agent *a, struct had_conf *conf);
	void (*set_site)(struct site *site, struct mnd_conf *mnd, struct linkmon_conf *linkmon);
};

struct attacker;

struct sim {
	struct vtime *vt;
	uint64_t seed;
	struct sim_conf conf;
	struct agent *agents[AGENTS_MAX];
	size_t n_agents;
	struct site *sites[SITES_MAX];
	size_t n_sites;
	struct datagram *unused;
	struct watch *watch;	   /* who looks (watch.h); NULL: nobody */
	struct attacker *attacker; /* attacker.h; NULL: nobody */
	uint32_t outage_ms;	   /* longest time without traffic where a path works; 0: 10,000 */
	bool is_ending;
	char failure[256]; /* the first; empty: none */
};

struct sim *sim_new(uint64_t seed, const struct sim_conf *conf);
struct sim *sim_free(struct sim *s);
void sim_log(struct sim *s, FILE *to); /* a line per bus message, and what daemons log */
void sim_run_ms(struct sim *s, uint64_t ms);
void sim_start_all(struct sim *s);
void sim_fail(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
