/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bus in one process, on virtual time: cores attached to it talk through the real codec, a test
 * speaks as any role and looks at what was said.
 *
 *	b = fakebus_new(NULL, 1);
 *	linkmon_new(&l, &conf, fakebus_env(b, "linkmon"), fakebus_now(b));
 *	fakebus_attach(b, "linkmon", &linkmon_ops, l);
 *	fakebus_say(b, "tunneld", NULL, MIPM_LINK, &link);
 *	fakebus_run_ms(b, 300);
 *	info = fakebus_take(b, MIPM_MD_INFO);
 *
 * One bus is one host; several share a struct vtime. Delivery takes no time but happens after the
 * speaker's function has returned, in order.
 */
#ifndef TESTS_SUPPORT_FAKEBUS_H
#define TESTS_SUPPORT_FAKEBUS_H

#include <stdio.h>

#include "base/core.h"
#include "tests/support/vtime.h"

struct fakebus;

/* vt NULL: a time of its own, from seed. */
struct fakebus *fakebus_new(struct vtime *vt, uint64_t seed);
struct fakebus *fakebus_free(struct fakebus *b); /* frees no core */

struct vtime *fakebus_vtime(struct fakebus *b);
uint64_t fakebus_now(const struct fakebus *b);	     /* by this host's clock */
void fakebus_run_ms(struct fakebus *b, uint64_t ms); /* 0: all that is due now */

/* Wall clock minus boot clock for cores that start from now on; at first: November 2026. */
void fakebus_set_wall_offset(struct fakebus *b, uint64_t offset);
uint64_t fakebus_wall_offset(const struct fakebus *b);

/* From now on this host's boot clock gains so many parts per million on the world's (< 0: loses).
 */
void fakebus_set_drift(struct fakebus *b, int32_t ppm);

/* What a core of that role needs from outside: hand it to x_new(), then attach. Valid until
 * fakebus_free(). */
const struct core_env *fakebus_env(struct fakebus *b, const char *role);

/* Joins: everybody dumps to it and it dumps to everybody, members are told. */
void fakebus_attach(struct fakebus *b, const char *role, const struct core_ops *ops, void *core);

/* A model instead of a core: fn hears the types (ends with 0; NULL: all), including MIPM_DUMP,
 * which it answers, if at all, by fakebus_say(). */
void fakebus_attach_model(struct fakebus *b, const char *role, const uint16_t *types,
	void (*fn)(void *ctx, uint64_t now, const struct mipm_msg *msg), void *ctx);

/* It died: nothing on its way reaches it. Say MIPM_BYE before for an orderly leave. */
void fakebus_detach(struct fakebus *b, const char *role);

/* SIGTERM: calls the core's stop(). */
void fakebus_stop(struct fakebus *b, const char *role);

/* Has it said all that it had to say before it leaves? */
bool fakebus_stopped(const struct fakebus *b, const char *role);

/* From now on every member reads its socket up to so many ns after something has come; 0: at once,
 * as at first. */
void fakebus_set_delay(struct fakebus *b, uint64_t most);

/* It does not read its socket for so many ns. */
void fakebus_deafen(struct fakebus *b, const char *role, uint64_t how_long);

/* A sender keeps so many octets for a receiver that does not read; 0: MIPSOCK_BACKLOG_MAX. */
void fakebus_set_backlog(struct fakebus *b, size_t octets);

/* It speaks a later version of the bus: unknown types between what it says, unknown attributes in
 * it. */
void fakebus_set_newer(struct fakebus *b, const char *role, bool is_newer);

/* Somebody else than the bus gave the core something to do: it may want another wake-up. */
void fakebus_touch(struct fakebus *b, const char *role);

/* Of its present life. */
uint64_t fakebus_boot_id(const struct fakebus *b, const char *role);

/*
 * Events of a member: a message it hears, one that it says, a wake-up; all its lives together. At
 * its nth from now on it falls silent in the middle of what it does, and fn is called at once
 * behind it, to end it.
 */
uint64_t fakebus_events(const struct fakebus *b, const char *role);
void fakebus_doom(
	struct fakebus *b, const char *role, uint64_t nth, void (*fn)(void *ctx), void *ctx);

/* It is neither doomed nor deaf any more. */
void fakebus_spare(struct fakebus *b, const char *role);

/* Who looks at a bus from outside; all may be NULL. */
struct fakebus_watch {
	void *ctx;
	/* A message as one member hears it; to NULL: nobody did. octets are its encoding. */
	void (*heard)(void *ctx, const char *to, bool fanned_out, const struct mipm_msg *msg,
		const uint8_t *octets, size_t len);
	void (*woken)(void *ctx, const char *role);
};
void fakebus_watch(struct fakebus *b, const struct fakebus_watch *watch);

/* Says it as that role (a core, a model or nobody), to one role or (NULL) to whoever wants it.
 * The text of what mipm_encode() refuses stops the test. */
void fakebus_say(
	struct fakebus *b, const char *from, const char *to, uint16_t type, const void *body);

/* The same with flags, for MIPM_F_DUMP. */
void fakebus_say_flags(struct fakebus *b, const char *from, const char *to, uint16_t type,
	uint16_t flags, const void *body);

/* Does this member want signalling of (first octet, local address)? */
bool fakebus_wants_sig(
	const struct fakebus *b, const char *role, uint8_t first, const struct mipm_addr *local);

/*
 * What was said, by cores and by fakebus_say(), kept in order. The body and all it points to live
 * until the next call of any of these three.
 */

/* The oldest of that type that was not yet taken; earlier ones of other types stay. NULL: none. */
const void *fakebus_take(struct fakebus *b, uint16_t type);
/* The newest of that type, taken or not. */
const void *fakebus_last(struct fakebus *b, uint16_t type);
/* As fakebus_take(), of one speaker and with all circumstances; from or type NULL, 0: any. */
const struct mipm_msg *fakebus_take_msg(
	struct fakebus *b, const char *from, uint16_t type, const char **to, uint64_t *at);

size_t fakebus_count(const struct fakebus *b, uint16_t type); /* said since the last clear */
void fakebus_clear(struct fakebus *b);			      /* forgets what was said */

/* Long runs: from now on nothing is kept but the counts. */
void fakebus_forget(struct fakebus *b);

/* A line per message, and the cores' log lines, to this stream from now on; NULL: none. */
void fakebus_trace(struct fakebus *b, FILE *to);

/* Has a log line (of any core, since the last clear) this text in it? */
bool fakebus_logged(const struct fakebus *b, const char *text);

#endif
