/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent and mobile routers in one process, on virtual time, from a seed: had, mnd and
 * linkmon are the real cores on real codecs; tunneld is a model (tunneld.c) that forwards by what
 * its owners said and keeps it when they die.
 *
 * Every failure can be replayed: the scenario's name and the seed are all there is to know.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "had/had.h"
#include "linkmon/linkmon.h"
#include "mnd/mnd.h"
#include "tests/support/fakebus.h"

#define SITES_MAX   20
#define UPLINKS	    3
#define ENTRIES_MAX 64
#define ENTRY_MAX   1024
#define PORT	    434
#define FLOW_MS	    20 /* a test packet each way */

struct sim;
struct site;

/* One uplink and all behind it, up to the home agent. */
struct uplink {
	uint32_t delay_ms, jitter_ms, loss_permille;
	bool hole_up, hole_down; /* silent: sent, and never seen again */
	bool no_carrier;
};

/* A state message as it was said, for telling it back. */
struct entry {
	bool is_used;
	uint16_t type;
	struct mipm_addr home_addr, peer;
	uint16_t number;
	uint64_t generation, dump, expires_at;
	struct mipm_path paths[8]; /* BC: all; BUL: one */
	size_t n_paths;
	size_t len;
	uint8_t octets[ENTRY_MAX];
};

struct tunneld {
	struct sim *sim;
	struct site *site; /* NULL: the home agent's */
	struct fakebus *bus;
	struct entry entries[ENTRIES_MAX];
	struct mipm_arena *arena;
	uint8_t order[UPLINKS]; /* numbers, best first, as the last MD_INFO said */
	uint8_t verdict[UPLINKS + 1];
	bool is_up;
};

/* Test packets in one direction. */
struct flow {
	uint64_t last_at, worst_gap, sent, received;
};

struct site {
	struct sim *sim;
	uint8_t index;
	struct fakebus *bus;
	struct tunneld tunneld;
	struct uplink uplinks[UPLINKS + 1]; /* by number, 1 is the best */
	struct mnd_conf mnd_conf;
	struct linkmon_conf linkmon_conf;
	struct sa_set sas;
	struct mnd *mnd;
	struct linkmon *linkmon;
	struct flow up, down;
};

struct sim_store;

struct sim {
	struct vtime *vt;
	uint64_t seed;
	struct fakebus *agent_bus;
	struct tunneld agent_tunneld;
	struct had_conf *had_conf;
	struct had *had;
	struct store *store;	/* as opened */
	struct sim_store *disk; /* what survives had; NULL: store_none */
	struct site *sites[SITES_MAX];
	size_t n_sites;
	bool flowing;
	uint64_t worst_ms; /* longest time without traffic that a scenario looked at */
	char failure[256]; /* the first; empty: none */
};

/* world.c */
struct sim *sim_new(uint64_t seed, size_t n_sites, FILE *trace);
struct sim *sim_free(struct sim *s);
void sim_run_ms(struct sim *s, uint64_t ms);
void sim_fail(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "had", "mnd", "linkmon", "tunneld"; starting what runs does nothing, and so does crashing what
 * does not. site is ignored for had. */
void sim_start(struct sim *s, const char *role, size_t site);
void sim_crash(struct sim *s, const char *role, size_t site);
void sim_start_agent(struct sim *s); /* had and its tunneld */
void sim_start_all(struct sim *s);

/* net.c */
struct mipm_addr net_careof(size_t site, uint8_t number);
struct mipm_addr net_agent(void);
struct mipm_addr net_home(size_t site);
struct site *net_site(struct sim *s, const struct mipm_addr *careof, uint8_t *number);

/* A copy of data arrives after the uplink's delay, or not at all. */
struct packet {
	struct site *site;
	uint8_t number;
	bool up;
	size_t len;
	uint8_t data[2048];
};
void net_send(struct site *site, uint8_t number, bool up, const void *data, size_t len,
	void (*arrived)(struct packet *packet));
void net_hole(struct site *site, uint8_t number, bool hole);
void net_carrier(struct site *site, uint8_t number, bool carrier);
void flows_start(struct sim *s);
void flows_mark(struct sim *s); /* gaps are counted from now on */
/* The worse direction's longest pause since the mark, up to now; ms. */
uint64_t flows_gap_ms(struct site *site);
bool flows_are_alive(struct site *site);

/* tunneld.c */
void tunneld_init(struct tunneld *t, struct sim *sim, struct site *site, struct fakebus *bus);
void tunneld_fini(struct tunneld *t);
void tunneld_start(struct tunneld *t);
void tunneld_stop(struct tunneld *t, bool keep_entries);
void tunneld_say_link(struct tunneld *t, const char *to, uint8_t number);
/* Which uplink's path would carry a packet now; 0: none. */
uint8_t tunneld_uplink(const struct tunneld *router);
uint8_t tunneld_downlink(const struct tunneld *agent, size_t site);
/* Is this (care-of address, home address) a path of a live binding? */
bool tunneld_admits(const struct tunneld *agent, size_t site, uint8_t number);
bool tunneld_has_path(const struct tunneld *router, uint8_t number);

/* store.c: what was put outlives had, but not sim_free(). */
struct sim_store *sim_store_new(void);
struct sim_store *sim_store_free(struct sim_store *disk);
struct store *sim_store_open(struct sim_store *disk);
void sim_store_lose(struct sim_store *disk); /* another disk stands in its place */

/* scenarios.c */
struct scenario {
	const char *name;
	unsigned seeds;
	void (*run)(struct sim *s);
	size_t n_sites;
};
extern const struct scenario scenarios[]; /* name NULL ends it */

#endif
