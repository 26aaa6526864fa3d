/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The persistence seam: keys and values that outlive the process. What stands in a value is
 * record.c's business; a key is a mobile router's name.
 *
 * Everything that a registration changes is one value, so a put is a whole truth. Nobody waits for
 * a disk: put() takes the value into memory and returns; if the caller wants to know when it is
 * safe, it gives a ticket and hears of it from ready(). Trouble with the disk is no reason to stop
 * serving: the store keeps what it could not write, says "degraded", and tries again by itself. A
 * file that is damaged is moved aside and a new one begun, at the start as later.
 *
 * A store belongs to one thread; threads of its own are its own affair.
 */
#ifndef HAD_STORE_H
#define HAD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log;
struct store;

/* data NULL: forget the key. */
struct store_item {
	const void *key;
	size_t key_len;
	const void *data;
	size_t len;
};

#define STORE_KEY_MAX	255
#define STORE_VALUE_MAX 4096

/* Positive answer of put(): the ticket will come back from ready(). */
#define STORE_WAIT 1

enum store_flag {
	STORE_DURABLE = 0x01, /* the caller wants it on disk before it goes on */
};

struct store_status {
	bool usable;   /* at open there was a store, sound, and all of it was read */
	bool clean;    /* and its last user closed it with nothing unwritten */
	bool degraded; /* now: what we hold is not all on disk, and will not be soon */
	int error;     /* why, a negative errno; 0 if not known */
	/* How often it had to be opened again: what was written before may be gone. Who sees this
	 * change puts everything again. */
	unsigned n_reopened;
	uint64_t boot; /* identity of this boot of the machine; 0 = not known */
};

struct store_ops {
	const char *name;

	/* Calls fn for each item, in no order; stops when fn returns non-zero and returns that. */
	int (*load)(struct store *store, int (*fn)(void *ctx, const struct store_item *item),
		void *ctx);

	/* 0: taken, or given up on (see status); STORE_WAIT; -ENOMEM, -EINVAL: not taken. */
	int (*put)(struct store *store, const struct store_item *item, unsigned flags,
		uint64_t ticket);

	/* Calls done for each ticket that is through: result 0 or the errno why it is not on disk.
	 */
	void (*ready)(struct store *store, void (*done)(void *ctx, uint64_t ticket, int result),
		void *ctx);

	/* Blocks until all is written or has failed: for leaving only. 0 or negative errno. */
	int (*flush)(struct store *store);

	void (*status)(const struct store *store, struct store_status *out);
	int (*fd)(const struct store *store); /* readable: call ready(). -1: never */
	void (*close)(struct store *store);   /* flushes, frees */
};

struct store {
	const struct store_ops *ops;
};

/* Which store by path: NULL or "" is store_none. Lines about what was found go to log. */
int store_open(struct store **out, const char *path, struct log *log);
struct store *store_close(struct store *store); /* NULL is fine; returns NULL */

int store_none_open(struct store **out);

struct store_embedded_conf {
	const char *path;
	struct log *log;
	uint64_t boot;	   /* 0: ask the system */
	unsigned group_ms; /* group commit interval; 0: 20 */
	unsigned retry_ms; /* after a failure; 0: 1000 */
	unsigned slow_ms;  /* a write that takes longer is a failure until it is done; 0: 2000 */
};

/*
 * SQLite. 0 also when there is nothing to read or write there (then it is degraded and tries
 * again); -EBUSY: another process has it open; -ENOMEM; -errno of starting a thread.
 */
int store_embedded_open(struct store **out, const struct store_embedded_conf *conf);

/* The descriptor that main.c hangs into its loop (-1: none); the core's had_store_ready() answers
 * it. */
static inline int store_fd(const struct store *store)
{
	return store->ops->fd(store);
}

static inline int store_flush(struct store *store)
{
	return store->ops->flush(store);
}

static inline struct store_status store_status(const struct store *store)
{
	struct store_status status = { 0 };

	store->ops->status(store, &status);
	return status;
}

#endif
