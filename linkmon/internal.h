/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of linkmon share: the monitor, and one record per path.
 *
 * A path is one uplink as a way to the home agent. Evidence comes in by bus.c, detectors turn it
 * into opinions, path_judge() into one verdict (operator, worst opinion, damping), select.c orders
 * the paths by verdict and says MIPM_MD_INFO. Times are ns since boot.
 */
#ifndef LINKMON_INTERNAL_H
#define LINKMON_INTERNAL_H

#include "base/log.h"
#include "base/table.h"
#include "linkmon/linkmon.h"

#define PATHS_MAX      LINKMON_UPLINKS_MAX /* one MIPM_MD_INFO must fit a datagram */
#define DETECTORS_MAX  8
#define CAUSE_MAX      64
#define PROBES_OUT_MAX 32 /* echoes of one path that are awaited at a time */
#define REGS_MAX       8  /* peers that one uplink is registered with */
#define HISTORY_MAX    1000

/* How long a new linkmon waits for the others' dumps before its first word, so that it does not
 * disturb what works. */
#define SETTLE_MS 300
/* A path that lost its registration keeps its verdict for so long. */
#define UNBOUND_GRACE_MS 3000
/* A tick later than this was a stall of this process, and nobody else's fault. */
#define STALL_MS 15

/* RFC 6298 in nanoseconds; srtt 0: no measurement yet. */
struct rtt {
	uint64_t srtt;
	uint64_t rttvar;
};

void rtt_sample(struct rtt *rtt, uint64_t sample);
uint64_t rtt_timeout(const struct rtt *rtt); /* SRTT + 4 RTTVAR */

struct reg {
	struct mipm_addr home_addr, peer, careof_addr;
	uint8_t state; /* enum mipm_reg_state */
	bool active;
	uint64_t dump; /* mipm_sender.dump when last told */
};

struct probe_out {
	uint16_t id;
	uint64_t sent_at, due_at;
};

struct probing {
	struct probe_out out[PROBES_OUT_MAX]; /* oldest first */
	size_t n_out;
	uint64_t next_at;
	uint32_t misses;	/* in a row */
	uint32_t answers;	/* in a row, in time */
	uint64_t answering_at;	/* since when it answers without a miss; 0 = does not */
	uint64_t lost_at;	/* when the first of those misses was sent */
	uint64_t last_at;	/* newest answer */
	uint32_t loss_permille; /* moving average over 16 */
	struct rtt rtt;
};

struct damping {
	bool returning;	     /* it failed and has not proven its return */
	uint64_t good_at;    /* good since; 0 = never was */
	uint64_t hold_until; /* not good again before */
	uint64_t hold;	     /* how long that was, 0 = none */
};

struct opinion {
	uint8_t verdict; /* 0 = none */
	char cause[CAUSE_MAX];
};

struct path {
	struct list link_of; /* linkmon.paths, by number */

	/* as MIPM_LINK says */
	uint32_t link;
	char name[LINKMON_NAME_MAX];
	uint8_t number;
	uint8_t flags;
	bool onlink;
	uint32_t link_metric;
	struct mipm_addr careof_addr, gateway;
	uint64_t bytes_in, bytes_out;
	uint64_t dump; /* mipm_sender.dump when last told */

	uint32_t metric, weight;
	bool metered;
	bool resting; /* the operator put it to rest */
	bool weighed; /* and said its weight */

	struct reg regs[REGS_MAX];
	size_t n_regs;
	bool bound;			  /* registered with the peer below: */
	struct mipm_addr home_addr, peer; /* whom echoes go to */
	uint64_t unbound_at;		  /* lost its registration then; 0 = did not */
	struct mipm_path_counts in, out;

	struct opinion opinions[DETECTORS_MAX]; /* by row of detectors.c */
	struct probing probing;
	struct damping damping;

	uint8_t verdict; /* enum mipm_verdict */
	uint64_t verdict_at;
	char cause[CAUSE_MAX];
	uint16_t order;
};

struct handover {
	uint64_t at; /* wall clock, ns since 1970 */
	char from[LINKMON_NAME_MAX], to[LINKMON_NAME_MAX];
	char cause[CAUSE_MAX];
	uint32_t detect_ms;
	uint32_t gap_ms;
	bool gap_known;
};

struct history {
	struct handover *ring;
	uint64_t n; /* ever */
	/* the newest waits for its first answer on the new path */
	uint8_t open_number; /* 0: none waits */
	uint64_t open_at, lost_at;
};

/* An entry of MIPM_MD_INFO with the texts it points to. */
struct said {
	struct mipm_md_entry entry;
	char name[LINKMON_NAME_MAX];
	char cause[CAUSE_MAX];
};

struct linkmon {
	struct linkmon_conf conf;
	const struct core_env *env;
	struct list paths;
	size_t n_paths;
	struct path *current; /* first in order */
	struct path *pinned;  /* the operator moved there */
	bool heard_good;      /* some path was good since the start */
	bool deaf;	      /* tunneld is away: nobody would send an echo */
	uint64_t settle_until;
	bool settled;
	bool dumped_links, dumped_regs;
	uint16_t probe_id;

	uint64_t generation;
	struct said said[PATHS_MAX]; /* the last MD_INFO */
	size_t n_said;

	struct history history;
};

/* path.c */
struct path *path_by_number(const struct linkmon *l, uint8_t number);
struct path *path_by_name(const struct linkmon *l, struct mipm_str name);
struct path *path_add(struct linkmon *l, uint8_t number); /* NULL: too many, no memory */
void path_remove(struct linkmon *l, struct path *p, uint64_t now, const char *why);
void path_configure(const struct linkmon *l, struct path *p);
bool path_has_address(const struct path *p);
bool path_is_proven(const struct linkmon *l, const struct path *p, uint64_t now);
const char *verdict_name(uint8_t verdict);

/* judge.c: a detector's word about a path; verdict 0 takes it back. path_judge() follows. */
void path_opinion(struct path *p, size_t detector, uint8_t verdict, const char *cause);
void path_judge(struct linkmon *l, struct path *p, uint64_t now);

/* reg.c */
void reg_told(struct linkmon *l, const struct mipm_reg_state_msg *msg, uint64_t dump, uint64_t now);
void reg_sweep(struct linkmon *l, uint64_t dump, uint64_t now);
void reg_choose(struct linkmon *l, struct path *p, uint64_t now);
void reg_tick(struct linkmon *l, struct path *p, uint64_t now);
bool reg_is_refused(const struct path *p);

/* damping.c */
void damping_fault(const struct linkmon *l, struct damping *d, uint64_t now);
void damping_miss(const struct path *p, struct damping *d, uint64_t now);
/* The verdict that may be given: a returned path stays suspect until proven. */
uint8_t damping_filter(struct linkmon *l, struct path *p, uint64_t now, uint8_t verdict);

/* select.c */
void select_run(struct linkmon *l, uint64_t now);
void select_move(struct linkmon *l, struct path *to, uint64_t now, const char *cause);
void select_say(struct linkmon *l, const char *to);

/* history.c */
void history_add(struct linkmon *l, uint64_t now, const struct path *from, const struct path *to,
	const char *cause);
/* An echo sent then on this path was answered: is it the first one after the handover? */
void history_answered(struct linkmon *l, const struct path *p, uint64_t sent, uint64_t received);

/* report.c: JSON lines for mipctl; the newest n (0: all) that fit, after some are skipped. The
 * length written. */
size_t report_history(const struct linkmon *l, uint64_t n, uint64_t skip, char *buf, size_t size);

/* command.c */
void command_run(struct linkmon *l, uint64_t now, const struct mipm_msg *msg);

/* bus.c */
extern const uint16_t bus_types[];
void bus_input(struct linkmon *l, uint64_t now, const struct mipm_msg *msg);

#endif
