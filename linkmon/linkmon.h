/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linkmon: which uplinks exist, how each path behaves, which is best now.
 *
 * Hears MIPM_LINK, MIPM_REG_STATE, MIPM_PROBE_IN, MIPM_PATH_STATS, MIPM_PATH_SILENT; says
 * MIPM_MD_INFO (every link with an address, with verdict, order and cause) and MIPM_PROBE_OUT.
 * Speaks no Mobile IP and opens nothing but the bus: stop it, start a detector of your own, and no
 * other daemon notices. DESIGN.md section 6 is the why, DETECTOR.md the numbers.
 */
#ifndef LINKMON_LINKMON_H
#define LINKMON_LINKMON_H

#include "base/core.h"

#define LINKMON_UPLINKS_MAX 64
#define LINKMON_AGENTS_MAX  16
#define LINKMON_NAME_MAX    16 /* of an interface, with its NUL */

/* One `uplink NAME { ... }` of the mobile-router section. */
struct linkmon_uplink {
	char name[LINKMON_NAME_MAX];
	uint32_t metric; /* lower is better; 0: as MIPM_LINK says */
	uint32_t weight; /* among equal metrics the heavier is used first; 0 = 1 */
	bool metered;
};

/* The monitor section, plus what of the mobile-router section a detector needs. Durations are
 * milliseconds. linkmon_conf_init() fills in the numbers of a preset; keywords then override. */
struct linkmon_conf {
	char preset[16];

	uint32_t interval_ms; /* an echo on the active path */
	uint32_t threshold;   /* so many in a row unanswered: bad */
	uint32_t margin_ms;   /* an answer is awaited max(interval, RTT + 4 RTTVAR) + margin */
	uint32_t first_ms;    /* before the first answer of a path: awaited at least so long */
	uint32_t probe_ms;    /* an echo on each standby */
	uint32_t retry_ms;    /* after an unanswered one, and while a return is proven */
	uint32_t lost_ms;     /* an echo on a bad path, after its first 10 s */
	uint32_t proof_ms;    /* a returned path must answer all probes for so long */
	uint32_t proof_count; /* and so many of them */
	uint32_t hold_ms;     /* a path that failed is not returned to before; doubles on relapse */
	uint32_t hold_max_ms;

	struct linkmon_uplink uplinks[LINKMON_UPLINKS_MAX];
	size_t n_uplinks; /* 0: every uplink that MIPM_LINK names */

	struct mipm_addr agents[LINKMON_AGENTS_MAX]; /* home agents in order, names left out */
	size_t n_agents;			     /* 0: whomever mnd registers with */
};

/* economy, normal, fast, voice, thesis; NULL ends the list. */
extern const char *const linkmon_presets[];

/* Zeroes *conf and sets the numbers of that preset (NULL: normal). 0, or -EINVAL: no such. */
int linkmon_conf_init(struct linkmon_conf *conf, const char *preset);

/* NULL when the whole makes sense, else one line for the operator that names the keyword. */
const char *linkmon_conf_check(const struct linkmon_conf *conf);

struct linkmon;

/* conf is copied. 0, -EINVAL (linkmon_conf_check says why) or -ENOMEM. */
int linkmon_new(struct linkmon **out, const struct linkmon_conf *conf, const struct core_env *env,
	uint64_t now);
struct linkmon *linkmon_free(struct linkmon *l); /* returns NULL */

/* Takes effect at once and keeps what was learned. 0 or -EINVAL (nothing changed). */
int linkmon_reconfigure(struct linkmon *l, const struct linkmon_conf *conf, uint64_t now);

extern const struct core_ops linkmon_ops;

#endif
