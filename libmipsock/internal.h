/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of a membership share. Who does what:
 *
 *   bus.c       the public calls; one turn: receive, write, timers
 *   name.c      names in the directory: claim, list, check
 *   trust.c     which user may speak as which role
 *   member.c    hello and bye: who is here
 *   stream.c    to one receiver: bundle, backlog, sequence numbers
 *   dispatch.c  from everybody: datagram, sender, speaker, message
 *   dump.c      asking for state and telling it
 *   sigs.c      who wants which signalling datagrams
 */
#ifndef MIPSOCK_INTERNAL_H
#define MIPSOCK_INTERNAL_H

#include <sys/types.h>

#include "backlog.h"
#include "frame.h"
#include "rows.h"

#define NEVER	     UINT64_MAX
#define MSEC	     1000000ULL
#define SEC	     1000000000ULL
#define MEMBERS_MAX  512	  /* sockets in one directory that we talk to */
#define MEMBERS_MANY 64		  /* from here on the dead are looked for when somebody comes */
#define ERRORS_MAX   10		  /* ERRORs to one member in a second */
#define POLL_EVERY   (500 * MSEC) /* a standby looks whether its namesake lives */
#define TRY_STEP     (4 * MIPSOCK_BUNDLE_MAX)
#define DUMP_WATER                                                                                 \
	(MIPSOCK_BACKLOG_MAX / 8) /* a dump goes on below; a full backlog opens again              \
				   */

/* Octets on their way to one receiver. */
struct stream {
	int fd;
	uint64_t seq;	 /* of the last datagram sent */
	bool armed;	 /* waiting for room */
	bool overflow;	 /* the backlog was full: drop until it has drained */
	bool gap;	 /* something was dropped since the last message */
	uint8_t *bundle; /* the datagram being filled; while there is a backlog, built from it */
	size_t bundle_len;
	uint16_t bundle_n;
	size_t try_at; /* octets of backlog at which the kernel is asked again unprompted */
	struct backlog backlog;
};

/* A dump that we tell to one member. */
struct serving {
	bool asked[2]; /* by own */
	bool active;
	bool own;
	bool dropped; /* something that belongs to it did not fit: not complete */
	uint64_t cursor;
	uint64_t not_before; /* the dump function wants to be asked then */
	uint32_t count;
};

struct member {
	struct mipm_sender pub;
	char name[MIPSOCK_NAME_MAX];
	char role[MIPSOCK_ROLE_MAX];
	uint8_t say; /* enum say */
	bool known;  /* it has said hello */
	bool tool;
	bool spy;  /* wants every type */
	bool gone; /* to be removed at the end of this turn */
	uint64_t wanted[(MSG_ROWS_MAX + 63) / 64];
	struct mipm_sig_want *sigs;
	size_t n_sigs;
	struct stream out;
	struct serving serving;
	uint64_t seq;	      /* of the last datagram received */
	bool in_dump;	      /* between its first dump message and DUMP_END */
	bool want_dump;	      /* to be asked for its state */
	bool asked;	      /* once, because it is here; from then on, because of gaps */
	uint64_t ask_at;      /* not before */
	uint64_t errors_from; /* the second in which errors were counted */
	unsigned int errors;
};

struct trust {
	char role[MIPSOCK_ROLE_MAX];
	uint32_t *uids;
	size_t n_uids;
};

struct claim {
	struct mipm_sig_want want;
	struct member *owner;
};

/* What is left of the datagram that is being read. */
struct receiving {
	size_t len, at;
	uint16_t left; /* messages */
	uint64_t boot_id, seq;
	struct member *from; /* NULL: nobody we know */
	uint32_t uid, pid;
	_Alignas(8) uint8_t buf[MIPSOCK_BUNDLE_MAX + 8];
};

struct mipsock {
	struct mipsock_config config;
	char dir[100];
	char role[MIPSOCK_ROLE_MAX];
	char name[MIPSOCK_NAME_MAX];
	char version[64];
	uint16_t *types;
	struct mipm_sig_want *sigs; /* that we want */
	size_t n_sigs;
	struct trust *trust;
	size_t n_trust;
	uint32_t own_uid;
	uint8_t say;
	bool standby;
	bool busy; /* in mipsock_process() */
	int epoll_fd, timer_fd, sock;
	uint64_t timer_at; /* what the timer is armed for */
	uint64_t poll_at;  /* standby */
	uint64_t boot_id;
	uint64_t seed;	/* of hashes */
	uint64_t dumps; /* dumps of all members that began */
	uint32_t next_id;
	struct member **members;
	size_t n_members;
	struct member *last;	/* that we heard */
	struct member *dumping; /* whom the dump callback tells */
	struct claim *claims;	/* of others */
	size_t n_claims;
	uint32_t *claim_index;
	size_t n_claim_index;
	struct mipm_arena *arena;
	struct receiving rx;
	struct mipsock_stats stats;
	uint8_t scratch[MIPSOCK_BUNDLE_MAX]; /* a message or a datagram being built */
};

uint64_t now_boot(void);

/* name.c */

/* Parts of a member's name: ROLE, ROLE~PID (standby), ROLE.PID (tool). 0 or -EINVAL. */
int name_parse(const char *name, char role[MIPSOCK_ROLE_MAX], bool *standby, bool *tool);
/* Binds s->sock by a role's name, or as standby (s->standby). 0 or a negative errno. */
int name_claim(struct mipsock *s);
int name_bind_pid(struct mipsock *s, char mark);
/* Gives a name and its socket back. */
void name_release(const struct mipsock *s, const char *name, int sock);
/* 1 somebody lives there; 0 nobody (a dead name may be left); or a negative errno. */
int name_is_alive(const struct mipsock *s, const char *name);
/* Owner of the socket of that name; -1: no such socket. */
int64_t name_owner(const struct mipsock *s, const char *name);
/* Connects a new sending socket. Its descriptor or a negative errno. */
int name_connect(const struct mipsock *s, const char *name);
/* Calls fn for every trusted socket in the directory but our own. */
int name_list(struct mipsock *s, void (*fn)(struct mipsock *s, const char *name));

/* trust.c */
int trust_init(struct mipsock *s, const struct mipsock_config *config);
void trust_fini(struct mipsock *s);
bool trust_allows(const struct mipsock *s, const char *role, uint32_t uid);
/* The same for whoever owns a socket of this name. */
bool trust_allows_name(const struct mipsock *s, const char *name, uint32_t uid);

/* member.c */
static inline bool member_wants(const struct member *m, uint16_t type)
{
	return m->spy || m->wanted[type / 64] >> type % 64 & 1;
}

struct member *member_by_name(const struct mipsock *s, const char *name);
struct member *member_by_boot(struct mipsock *s, uint64_t boot_id);
/* Lists the directory and says hello to every name. */
int members_meet(struct mipsock *s);
int members_greet(struct mipsock *s); /* hello to all we know */
void members_bye(struct mipsock *s, const char *reason);
void members_reap(struct mipsock *s, uint64_t now); /* who is gone */
void members_free(struct mipsock *s);
/* A hello that arrived. NULL: refused. */
struct member *member_hello(struct mipsock *s, const struct mipm_hello *hello);

/* stream.c */
int stream_open(struct mipsock *s, struct member *m);
void stream_close(struct member *m);
bool stream_has_unsent(const struct member *m);
/* Queues an encoded message; flags are BACKLOG_*. */
void stream_add(
	struct mipsock *s, struct member *m, const uint8_t *msg, size_t len, unsigned int flags);
/* Nothing said from now on replaces anything said before: a dump begins or ends. */
void stream_boundary(struct mipsock *s, struct member *m);
static inline void stream_note_drop(struct mipsock *s, struct member *m)
{
	m->out.gap = true;
	m->serving.dropped = true; /* so a dump in progress is not complete */
	s->stats.dropped_backlog++;
}

/* Whether a receiver has stopped reading: what comes now is dropped, at no more than this price. */
static inline bool stream_drops(struct mipsock *s, struct member *m)
{
	if (m->out.overflow)
		stream_note_drop(s, m);
	return m->out.overflow;
}

/* Sends what is queued, as far as the kernel takes it. */
void stream_flush(struct mipsock *s, struct member *m);

/* dispatch.c */

/* Reads up to max messages (0: a fair share). 1: the socket is empty; 0: there may be more; or a
 * negative errno. */
int dispatch_receive(struct mipsock *s, unsigned int max);
void dispatch_error(struct mipsock *s, struct member *m, const struct msg_head *about,
	uint16_t code, const char *text);

/* Encodes and queues to one member. 0 or a negative errno. */
int bus_say(struct mipsock *s, struct member *m, uint16_t type, uint16_t flags, const void *body,
	unsigned int queue_flags);

/* dump.c */
void dump_want(struct mipsock *s, struct member *m);
void dump_ask(struct mipsock *s, uint64_t now);
void dump_serve(struct mipsock *s, uint64_t now);
uint64_t dump_next(const struct mipsock *s);
/* Follows the dumps that a member tells us. */
void dump_follow(struct mipsock *s, struct member *m, const struct mipm_msg *msg);

/* sigs.c */
int sigs_claim(struct mipsock *s, struct member *m, const struct mipm_sig_want *sigs, size_t n);
void sigs_drop(struct mipsock *s, struct member *m);

#endif
