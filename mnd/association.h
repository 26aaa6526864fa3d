/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All state of mnd towards one set of home agents: who we are there, which agent is used now, what
 * it is known to be able to do, and the paths (one per uplink, whose number is also the BID).
 *
 * Events change registrations one at a time; association_settle() then compares what is with what
 * should be and raises what is missing. It is called once per input or tick, so a burst of news
 * costs one decision.
 */
#ifndef MND_ASSOCIATION_H
#define MND_ASSOCIATION_H

#include "base/table.h"
#include "base/timerq.h"
#include "libmip/mip.h"
#include "libmip/replay.h"
#include "mnd/mnd.h"

#define MND_PATHS_MAX 254 /* RFC 7629: BIDs are 1-254 */
#define MND_NAME_MAX  16

/* How far we are with a home agent. In all but MULTI one request is out at a time: the lead's. */
enum agent_phase {
	AGENT_CONTACT, /* unknown: plain requests with CAPS */
	AGENT_REPLACE, /* one of our own: its first binding with a BID replaces the plain one (O) */
	AGENT_MULTI,   /* every path has its own binding */
	AGENT_SINGLE,  /* a stranger: one binding, moved from path to path */
};

/* What it has said to udp-tunnel as configured. */
enum agent_udp {
	AGENT_UDP_AS_CONFIGURED,
	AGENT_UDP_FORCED,   /* no NAT, and without UDP there is no tunnel here: F */
	AGENT_UDP_UNFORCED, /* F is prohibited */
};

struct home_agent {
	struct mipm_addr addr;
	struct replay_sender sender; /* each agent has its clock and its nonces */
	enum agent_phase phase;
	struct path *lead;
	struct registration *single; /* SINGLE: the one that the agent holds */
	bool is_silent;		     /* or refuses: it was to be left */
	unsigned unanswered;	     /* requests in a row, over all leads */
	uint64_t revoked_at;	     /* 0: never */
	uint64_t revoked_pause;
	uint64_t not_before;  /* it refused: others first */
	uint64_t returned_at; /* to it, from one further down the list; 0: never */
	enum agent_udp udp;
	bool no_multipath; /* it said 152 */
	uint32_t caps;	   /* feature bits of its last CAPS */

	uint8_t order[MIP_MAX_BIDS]; /* the downlink's, as last told to the agent */
	size_t n_order;		     /* 0: it has to be told */
	uint64_t order_ident;

	struct mipm_prefix refused[MND_NETWORKS_MAX]; /* not asked for until then, RFC 5177 5.5 */
	size_t n_refused;
	uint64_t refused_until;
};

/* One uplink. Lives as long as the association: what a flapping link may send is remembered. */
struct path {
	struct list link_; /* association.paths, best first */
	struct association *association;
	uint8_t number;
	uint32_t link;
	char name[MND_NAME_MAX];
	struct mipm_addr careof_addr;
	struct mipm_addr gateway;
	bool is_present; /* MD_INFO names it, or it was adopted before there was one */
	bool has_moved;	 /* by the MD_INFO that is being taken in */
	bool has_recovered;
	bool has_sunk;
	uint8_t verdict; /* enum mipm_verdict */
	uint16_t order;
	const char *unfit;	   /* why nothing is registered here, or NULL */
	uint32_t keepalive_s;	   /* a NAT here forgets sooner than we were told; 0: no */
	uint64_t rtt;		   /* of the last answered request; 0: unknown */
	uint64_t budget_at;	   /* path_budget() */
	struct list registrations; /* one per home agent that was tried */
};

/* What of an MD_INFO entry is needed again when the home agent changes. */
struct md_entry {
	uint8_t scope;
	struct mipm_addr peer;
	struct mipm_addr home_addr;
	uint32_t link;
	char name[MND_NAME_MAX];
	uint8_t number;
	struct mipm_addr careof_addr, gateway;
	uint8_t verdict;
	uint16_t order;
};

struct association {
	struct list link_; /* mnd.associations */
	struct mnd *mnd;
	struct mipm_addr home_addr; /* configured or learned; absent: not yet */
	size_t spi_index;
	uint64_t newest_ident; /* that went to any of the agents; 0: none yet */
	struct resolver *resolvers[MND_HOME_AGENTS_MAX]; /* of the names among them */
	size_t n_resolvers;
	struct home_agent *agents[MND_HOME_AGENTS_MAX];
	size_t n_agents;
	struct home_agent *agent;   /* the one in use */
	struct deadline preference; /* when an earlier one is tried again */
	uint64_t hold;		    /* how long after a move */
	size_t next_trial;
	struct list paths;
	struct registration *active; /* as told by REG_STATE */
	bool has_md_info;
	struct md_entry *md;
	size_t n_md;
};

int association_new(struct mnd *mnd, struct association **out);
struct association *association_free(struct association *a);

/* Drops all registrations and starts from nothing, except for the links that are known. */
void association_restart(struct association *a);

/*
 * The home agents of mnd.conf, as far as their names are resolved; those that are not among them
 * go, but for one that holds us and has lost its name only. There is always one: as long as no
 * address is known, it is 0.0.0.0. -ENOMEM: nothing changed.
 */
int association_take_agents(struct association *a);
bool association_knows_agent(const struct association *a);
/* An agent besides those of mnd.conf. NULL: no room, no memory. */
struct home_agent *association_add_agent(struct association *a, const struct mipm_addr *addr);

const struct mnd_conf *association_conf(const struct association *a);
bool association_knows_home_addr(const struct association *a);
struct mip_sa *association_sa(const struct association *a);		     /* for what we send */
struct mip_sa *association_sa_by(const struct association *a, uint32_t spi); /* one of ours */

void association_settle(struct association *a); /* settle.c */
void association_next_agent(struct association *a, const char *why);
void association_next_spi(struct association *a);

/* Best path that may carry a request now; not this one (NULL: any). NULL if there is none. */
struct path *association_carrier(struct association *a, const struct path *but);

/* How many bindings this agent (NULL: any) holds for us, by what it said. */
size_t association_bound(const struct association *a, const struct home_agent *agent);

struct home_agent *association_agent(struct association *a, const struct mipm_addr *addr);

/* agent.c */
void agent_reset(struct association *a, struct home_agent *agent);
void agent_accepted(struct registration *reg, const struct mip_caps *caps, bool overwrote);
bool agent_forces_udp(const struct association *a, const struct home_agent *agent);
void agent_no_multipath(struct association *a, struct home_agent *agent);
void agent_replace(struct association *a, struct home_agent *agent, struct path *lead);
void agent_refuse_networks(struct association *a, struct home_agent *agent,
	const struct mipm_prefix *networks, size_t n);
bool agent_is_asked_for(
	const struct home_agent *agent, const struct mipm_prefix *network, uint64_t now);
const char *agent_phase_name(enum agent_phase phase);

/* lead.c */
struct path *lead_pick(const struct association *a, const struct path *after);
/* Links that are asked one after the other; at least 1. */
unsigned lead_turns(const struct association *a, const struct home_agent *agent);
void lead_timeout(struct association *a, struct registration *reg);
void lead_settle(struct association *a);
void lead_links_changed(struct association *a);

/* preference.c: back to an earlier home agent */
void preference_settle(struct association *a);
void preference_due(struct association *a);
void preference_timeout(struct registration *reg);
void preference_take(struct registration *reg); /* about to be BOUND there */
void preference_refused(struct registration *reg);
void preference_left(struct association *a, struct home_agent *agent);

/* flow.c: the downlink's order of paths */
size_t flow_order(const struct association *a, uint8_t bids[MIP_MAX_BIDS], uint8_t always);
void flow_sent(struct registration *reg);
void flow_forget(struct home_agent *agent);
void flow_outdated(const struct association *a);
void flow_settle(struct association *a);
struct registration *flow_active(const struct association *a);

/* careof.c */
void careof_md_info(struct association *a, const struct mipm_md_info *info);
void careof_apply(struct association *a);
void careof_check(struct association *a); /* may the addresses be registered, still or again? */
struct path *careof_path(struct association *a, uint8_t number); /* makes it; NULL: no memory */

/* path.c */
bool path_is_usable(const struct path *path);
bool path_is_standby(const struct path *path);			 /* bad, while another one is not */
uint64_t path_budget(const struct path *path, unsigned reserve); /* when it may send */
void path_spend(struct path *path);
struct registration *path_registration(struct path *path, struct home_agent *agent);
struct registration *path_registration_get(const struct path *path, const struct home_agent *agent);

#endif
