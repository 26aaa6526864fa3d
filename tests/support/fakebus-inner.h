/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two files of the fake bus share. Nobody else includes this. */
#ifndef TESTS_SUPPORT_FAKEBUS_INNER_H
#define TESTS_SUPPORT_FAKEBUS_INNER_H

#include "base/log.h"
#include "tests/support/fakebus.h"

#define MEMBERS_MAX 32
#define SIGS_MAX    64
#define TYPES_MAX   256
#define LATER_MS    10 /* a dump function that said MIPSOCK_LATER is asked again */

struct fakemember;
struct channel;

/* One message as octets: on its way (to_boot) and as kept for the test. */
struct said {
	struct said *next;
	struct mipm_sender from;
	struct fakemember *to; /* NULL: whoever wants it */
	uint64_t to_boot, at;
	uint16_t type, flags;
	bool taken;
	size_t len;
	uint8_t octets[];
};

struct said_queue {
	struct said *first, **last;
};

struct fakemember {
	struct fakebus *bus;
	char name[MIPSOCK_NAME_MAX], role[MIPSOCK_ROLE_MAX];
	struct mipm_sender as_sender;
	struct core_env env;
	struct log log;
	bool attached;

	const struct core_ops *ops;
	void *core;
	uint64_t wanted[TYPES_MAX / 64]; /* types, as bits */
	void (*fn)(void *ctx, uint64_t now, const struct mipm_msg *msg);
	void *ctx;
	struct mipm_sig_want sigs[SIGS_MAX];
	size_t n_sigs;

	uint64_t wake_at; /* the earliest wake-up that is scheduled, by the world's clock */
	uint64_t spin_at;
	unsigned spins;
	uint16_t dump_flags; /* while it dumps */
	uint32_t dump_count;
	bool owes_dump[MEMBERS_MAX]; /* by index in fakebus.members: was told MIPSOCK_LATER */

	/* fakebus-slow.c's */
	uint64_t deaf_until;
	bool drain_due;
	struct said_queue inbox; /* the kernel's */
	size_t n_inbox;
	struct channel *channels; /* of each sender, by its place in bus.members; NULL: none yet */
	bool is_newer;

	uint64_t events, doom_at; /* doom_at 0: none */
	bool is_doomed;
	void (*doom)(void *ctx);
	void *doom_ctx;
};

struct fakebus {
	struct vtime *vt;
	bool own_vt;
	uint64_t wall_offset;
	uint64_t drift_at, drift_now; /* when the drift was set: the world's clock, ours */
	int32_t drift_ppm;
	struct fakebus_watch watch;
	struct fakemember *members[MEMBERS_MAX];
	size_t n_members;
	uint64_t boots;
	uint32_t ids;

	uint64_t delay, chances;
	size_t backlog;
	struct said_queue way, kept;
	bool pumping, forget;
	struct mipm_arena *way_arena, *kept_arena;
	struct mipm_msg kept_msg;
	size_t counts[TYPES_MAX];
	FILE *trace;
	char *logged;
	size_t logged_len;
};

/* fakebus-clock.c: from the world's clock to the host's, and back (not before it) */
uint64_t clock_of_host(const struct fakebus *b, uint64_t world);
uint64_t clock_of_world(const struct fakebus *b, uint64_t host);

/* fakebus-deliver.c */
void queue_init(struct said_queue *q);
void queue_clear(struct said_queue *q);
void queue_add(struct said_queue *q, struct said *s);
struct said *queue_pop(struct said_queue *q);
struct said *said_copy(const struct said *s);
struct fakemember *member_find(const struct fakebus *b, const char *name);
struct fakemember *member_get(struct fakebus *b, const char *name);
static inline bool member_wants(const struct fakemember *m, uint16_t type)
{
	return m->wanted[type % TYPES_MAX / 64] >> type % 64 & 1;
}

/* The core may want to be woken at another time than before. */
void member_schedule(struct fakemember *m);
/* To one, or (NULL) to whoever wants it. */
void member_say(
	struct fakemember *from, const char *to, uint16_t type, uint16_t flags, const void *body);
/* Octets reach the member. False: it is not there. */
bool member_hear(struct fakemember *m, const struct mipm_sender *from, bool fanned_out,
	const uint8_t *octets, size_t len);
/* Everybody tells its state to m, and m to everybody. */
void member_exchange_dumps(struct fakemember *m);

/* fakebus-slow.c */

bool slow_is(const struct fakemember *m);
/* True: it is not read now but later, or never. */
bool slow_takes(struct fakemember *m, const struct said *s);
void slow_leave(struct fakemember *m);
/* What is dropped between these two now? */
bool slow_overflows(struct fakemember *to, const struct fakemember *from);
/* Nothing said from now on replaces anything said before. */
void slow_boundary(struct fakemember *to, const struct fakemember *from);

#endif
