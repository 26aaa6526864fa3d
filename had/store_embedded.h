/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two threads of an embedded store share. Everything from `lock` on is under that lock;
 * the database is the writer's alone while it runs.
 */
#ifndef HAD_STORE_EMBEDDED_H
#define HAD_STORE_EMBEDDED_H

#include <pthread.h>

#include "base/table.h"
#include "had/store.h"
#include "had/store_sqlite.h"

/* Somebody who waits for everything up to this put. */
struct store_ticket {
	struct list link; /* embedded.waiting or embedded.done */
	uint64_t ticket;
	uint64_t put;
	int result;
};

struct embedded {
	struct store store;
	char *path;
	unsigned group_ms, retry_ms, slow_ms;
	struct db db;
	bool usable, clean; /* as found at open */
	uint64_t boot;
	int event;
	pthread_t writer;
	bool has_writer;

	pthread_mutex_t lock; /* all below */
	pthread_cond_t wake;  /* of the writer */
	pthread_cond_t idle;  /* of who flushes */
	struct table queue;
	struct list waiting, done;
	uint64_t n_puts, n_tries;
	unsigned n_reopened;
	uint64_t writing_since; /* ms; 0: not now */
	bool is_asleep;		/* the writer, until there is something to be written */
	bool hurry;		/* somebody flushes: no pauses */
	bool stop;
	bool degraded;
	int error;
};

/* Starts the thread; without signals, which are the process's. 0 or negative errno. */
int writer_start(struct embedded *e);

/* Lets it write what there is, or fail at it once, and waits for its end. */
void writer_stop(struct embedded *e);

/* Under the lock: is there anything to be written, or a file to be opened? */
bool writer_is_wanted(const struct embedded *e);

/* Under the lock: has the disk not answered for too long? */
bool writer_is_slow(const struct embedded *e);

#endif
