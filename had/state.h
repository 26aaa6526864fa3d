/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All state of a home agent, for the files of its core. One struct binding for each mobile router
 * that has ever been authenticated here; nothing at all for strangers.
 */
#ifndef HAD_STATE_H
#define HAD_STATE_H

#include "base/addr.h"
#include "base/log.h"
#include "base/timerq.h"
#include "had/counter.h"
#include "had/had.h"
#include "had/store.h"
#include "libmip/mac.h"
#include "libmip/mip.h"
#include "libmip/replay.h"

#define HAD_PATHS_MAX 16 /* hard bound of had_limits.max_paths */
#define HAD_ADDRS_MAX 64 /* addresses of the home agent */
#define HAD_WANTS_MAX (2 * HAD_ADDRS_MAX + 1)

struct reg_ctx;

/* One care-of address of a router, RFC 5944 3.8.2.4; with RFC 7629 one for each BID. */
struct path {
	uint16_t bid;  /* 0: the one path of a plain binding */
	uint8_t encap; /* enum mipm_encap */
	bool nat;      /* the request's source was not its care-of address */
	uint32_t link;
	struct mipm_addr careof_addr;
	struct mipm_endpoint remote; /* where the request came from: tunnel data goes there */
	struct mipm_endpoint local;  /* where it came to */
	uint32_t lifetime_s;	     /* granted */
	uint64_t expires_at;	     /* CORE_NEVER: infinite */
	uint64_t moved_at;	     /* when remote last changed; 0: never */
};

/* What a binding says at one time: replaced as a whole, never edited. Exists while there is a path.
 */
struct content {
	struct mipm_addr home_agent;  /* as the router wrote it: answers keepalives */
	uint32_t spi;		      /* that the router proved */
	uint32_t caps;		      /* features that both ends have */
	uint64_t stamp;		      /* Identification of the last accepted request */
	uint8_t order[HAD_PATHS_MAX]; /* BIDs of the catch-all flow binding, the preferred first */
	uint8_t n_order;
	uint8_t n_networks;
	uint8_t n_paths;
	bool knows_revocation; /* its router, RFC 3543: both ends said so */
	struct mipm_prefix *networks;
	struct path *paths;
};

struct binding {
	const struct had_router *router;
	struct mipm_addr home_addr; /* fixed, or from the pool and remembered; or absent */
	struct replay replay;
	uint64_t stamp;		 /* of the last accepted request, kept without content too */
	struct content *content; /* NULL: no path */
	struct deadline expiry;
	struct table_link by_home_addr; /* had.pool, if home_addr is from the pool */
	struct list idle;		/* had.idle, if so and content is NULL */
	struct reg_ctx *claiming;	/* request of this router that waits for the store */
	struct list queue;		/* reg_ctx.link: later requests that wait for that one */
};

enum had_deadline {
	HAD_DEADLINE_EXPIRY = 1, /* struct binding.expiry */
	HAD_DEADLINE_WAIT,	 /* struct reg_ctx.deadline */
	HAD_DEADLINE_REPEAT,	 /* struct had.repeat_deadline */
	HAD_DEADLINE_ADOPTION,	 /* struct had.adoption */
	HAD_DEADLINE_REVOCATION, /* struct revocation.deadline */
};

struct had {
	const struct core_env *env;
	const struct had_conf *conf;
	struct store *store; /* NULL allowed */
	struct mac *mac;

	uint64_t started_at;
	uint64_t wall_offset; /* of the replay clock, restore.c */
	uint64_t start_stamp; /* requests up to this are not fresh for whom we know nothing of */
	bool has_newest;      /* of all stamps that we found at the start */
	uint64_t newest;
	uint32_t boot_id; /* in CAPS */
	uint64_t hash_seed;
	uint64_t generation;
	struct table revocations;   /* revocation.c: revocation.by_home_addr */
	uint32_t newest_support;    /* timestamp said in a Revocation Support */
	uint32_t newest_revocation; /* Identifier said in a revocation */
	bool is_quiet; /* restoring or stopping: nothing is told, the dump does that or nobody */

	/* The store may not have all, and tunneld has not told what it knows: what we do not know
	 * may still exist, and may be newer. */
	bool is_forgetful;
	bool is_adopting; /* and requests wait for that */
	struct deadline adoption;
	size_t n_adopted, n_not_adopted;

	struct binding **bindings; /* by index of conf->routers; NULL until first needed */
	struct table pool;	   /* binding.by_home_addr */
	struct list idle;	   /* binding.idle: the longest idle first */
	uint64_t pool_capacity;
	uint32_t pool_next;
	struct timerq timers;

	struct reg_ctx *scratch; /* for the next request */
	struct list claims;	 /* reg_ctx.link: wait for a ticket, in order */
	size_t n_waiting;
	uint64_t ticket;

	struct table repeats; /* repeat.c */
	struct list repeats_by_age;
	struct deadline repeat_deadline;

	struct store_status store_status; /* as last looked at */
	uint64_t store_looked_at;
	struct log_limit auth_failures;
	struct counters counters;
};

static inline uint64_t had_wall(const struct had *had, uint64_t now)
{
	return now + had->wall_offset;
}

/* binding.c */

/* The router's binding; made if there is none yet. NULL: out of memory. */
struct binding *binding_of(struct had *had, const struct had_router *router);
struct binding **binding_slot(struct had *had, const struct had_router *router);
struct binding *binding_new(struct had *had, const struct had_router *router);
void binding_free(struct had *had, struct binding *binding); /* emits nothing */

/* A copy on the heap, its lists included; NULL: out of memory. */
struct content *content_copy(const struct content *content);
struct path *content_path(const struct content *content, uint16_t bid);

/* Takes the content over (one without paths is freed), arms the expiry, tells tunneld. */
void binding_set(struct had *had, uint64_t now, struct binding *binding, struct content *content);

/* The deadline fired: drops the paths whose lifetime is over. */
void binding_expire(struct had *had, uint64_t now, struct binding *binding);

/* Writes it to the store as it is, or as it will be with this content. 0, STORE_WAIT. */
int binding_store(struct had *had, uint64_t now, struct binding *binding,
	const struct content *content, unsigned flags, uint64_t ticket);

/* announce.c: to is NULL for everybody */
void announce_add(struct had *had, const struct binding *binding, const char *to);
void announce_remove(struct had *had, const struct binding *binding);
void announce_remove_entry(struct had *had, const struct mipm_bc *entry); /* of an earlier life */
int announce_dump(struct had *had, uint64_t now, const char *to, uint64_t *cursor);

/* home_pool.c */
void pool_init(struct had *had);
/* Gives the binding the wished address, or any; 0 or a reply code. */
int pool_take(struct had *had, uint64_t now, struct binding *binding, const struct mipm_addr *wish);
bool pool_claim(struct had *had, struct binding *binding, const struct mipm_addr *addr);
/* The same for one that this router is known to use: whoever only remembers it gives way. */
bool pool_regain(struct had *had, struct binding *binding, const struct mipm_addr *addr);
struct binding *pool_holder(const struct had *had, const struct mipm_addr *addr); /* or NULL */
void pool_release(struct had *had, struct binding *binding);  /* forgets the address */
void pool_note_use(struct had *had, struct binding *binding); /* content came or went */

/* core.c: has the store got into trouble? A disk that does not answer does not say so by itself. */
void had_look_at_store(struct had *had, uint64_t now);

/* restore.c */
int had_restore(struct had *had, uint64_t now);
/* Takes out of content what the configuration does not give the router any more; true if that
 * changed anything. */
bool content_adapt(const struct had *had, const struct had_router *router, struct content *content);
/* A timestamp accepted in an earlier life; and: no clock of ours is far behind any of them. */
void had_note_stamp(struct had *had, uint64_t stamp);
void had_follow_stamps(struct had *had, uint64_t now);

/* adoption.c */
void adoption_begin(struct had *had, uint64_t now);
void adoption_entry(struct had *had, uint64_t now, const struct mipm_bc *bc); /* told back */
void adoption_told(struct had *had, uint64_t now); /* that was all of it */
void adoption_end(struct had *had, uint64_t now);

/* repeat.c */
enum repeat_result {
	REPEAT_UNKNOWN,	  /* not the duplicate of anything remembered */
	REPEAT_SENT,	  /* the stored reply went out again */
	REPEAT_TOO_SOON,  /* it went out less than a second ago */
	REPEAT_ELSEWHERE, /* a duplicate, but not from the same address and port */
};
enum repeat_result repeat_try(struct had *had, uint64_t now, const struct binding *binding,
	const struct mipm_sig *sig, uint64_t ident);
void repeat_remember(struct had *had, uint64_t now, const struct binding *binding,
	const struct mipm_sig *request, uint64_t ident, struct mipm_span reply);
void repeat_forget_old(struct had *had, uint64_t now);
void repeat_forget_all(struct had *had);

/* registration.c */
void registration_input(struct had *had, uint64_t now, const struct mipm_sig *sig);
void registration_store_ready(struct had *had, uint64_t now);
void registration_timeout(struct had *had, uint64_t now, struct reg_ctx *ctx);
void registration_drop_waiting(struct had *had);
void registration_go_on(struct had *had, uint64_t now); /* those that waited for adoption */
bool registration_may_say(uint8_t code);		/* in a reply */

/* bus.c */
void bus_want_sigs(struct had *had);
void bus_input(struct had *had, uint64_t now, const struct mipm_msg *msg);
void bus_send(struct had *had, const struct mipm_sig *request, struct mipm_span payload);

/* command.c */
void command_input(struct had *had, uint64_t now, const struct mipm_msg *msg);

#endif
