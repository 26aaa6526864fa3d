/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole core, and what its files see of each other. */
#ifndef MND_STATE_H
#define MND_STATE_H

#include "base/log.h"
#include "base/timerq.h"
#include "libmip/mac.h"
#include "mnd/association.h"
#include "mnd/counter.h"
#include "mnd/registration.h"
#include "mnd/resolver.h"

#define MND_SIGS_MAX (2 * (MND_PATHS_MAX + 1)) /* replies and revocations */

/* meanings of struct deadline.kind */
enum mnd_deadline {
	DEADLINE_SEND,	     /* registration.send */
	DEADLINE_EXPIRY,     /* registration.expiry */
	DEADLINE_ADOPTION,   /* mnd.adoption */
	DEADLINE_LEAVING,    /* mnd.leaving */
	DEADLINE_RESOLVER,   /* resolver.deadline */
	DEADLINE_PREFERENCE, /* association.preference */
};

#define MND_SUBNETS_MAX 256

/* A network that an interface is in. */
struct subnet {
	uint32_t link;
	struct mipm_prefix prefix;
};

struct mnd {
	const struct core_env *env;
	const struct mnd_conf *conf;
	struct mac *mac;
	struct timerq timers;
	struct list associations; /* one, until there are anchors */
	uint64_t now;		  /* of the call that is running */
	uint64_t generation;	  /* newest of a BUL_ADD, also of an earlier life */
	uint64_t serial;
	uint32_t boot_id;

	bool is_adopting; /* tunneld has not told all of our entries yet */
	struct deadline adoption;

	bool is_stopping;
	bool is_stopped;
	struct deadline leaving;

	struct mipm_sig_want sigs[MND_SIGS_MAX];
	size_t n_sigs;
	bool sigs_changed;

	struct subnet subnets[MND_SUBNETS_MAX];
	size_t n_subnets;

	struct log_limit forged; /* lines about replies that are not authentic */
	struct log_limit odd;	 /* lines about replies that are authentic and wrong */
	struct mnd_counters counters;
};

uint64_t mnd_wall(const struct mnd *mnd); /* the replay clock, ns since 1970 */
uint64_t mnd_random(const struct mnd *mnd);
uint64_t mnd_random_below(const struct mnd *mnd, uint64_t n); /* 0 .. n - 1; 0 for 0 */
struct registration *mnd_registration_after(const struct mnd *mnd, uint64_t serial);
void mnd_settle(struct mnd *mnd);

/* bus.c */
void mnd_hear(struct mnd *mnd, const struct mipm_msg *msg);
extern const uint16_t mnd_types[];

/* say.c; to NULL: whoever wants it */
int say_dump(void *core, uint64_t now, const char *to, bool own, uint64_t *cursor);
void say_reg_state(const struct registration *reg, const char *to);
void say_entry(struct registration *reg);
void say_no_entry(const struct registration *reg);
void say_no_entry_of(struct mnd *mnd, const struct mipm_bul *entry);
void say_want_sigs(struct mnd *mnd);

/* subnet.c */
void subnet_input(struct mnd *mnd, const struct mipm_link *link);
bool subnet_holds(const struct mnd *mnd, uint32_t link, const struct mipm_addr *addr);

/* adopt.c */
void adopt_begin(struct mnd *mnd);
void adopt_ask(struct mnd *mnd);
void adopt_entry(struct mnd *mnd, const struct mipm_bul *entry);
void adopt_end(struct mnd *mnd);

/* leave.c */
void leave_begin(struct mnd *mnd);
void leave_end(struct mnd *mnd);

#endif
