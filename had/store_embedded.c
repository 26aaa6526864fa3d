/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store in one file, written by one thread, so that no disk ever holds up the loop.
 *
 * put() leaves the item in a queue by key, where a newer value replaces an older one. The writer
 * takes the whole queue at most every group interval and writes it as one transaction. What fails
 * goes back into the queue (unless something newer is there by now) and is tried again later; that
 * queue never holds more than one item for each key, so trouble has a bound.
 *
 * Everything that both threads touch is under the one lock. The database is the writer's alone
 * once it runs.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/table.h"
#include "had/store.h"
#include "had/store_sqlite.h"

#define GROUP_MS 20
#define RETRY_MS 1000

/* One change that is not on disk yet. */
struct change {
	struct table_link by_key; /* embedded.queue or the writer's batch */
	struct store_item item;	  /* points into octets */
	uint8_t octets[];
};

/* Somebody who waits for everything up to this put. */
struct ticket {
	struct list link; /* embedded.waiting or embedded.done */
	uint64_t ticket;
	uint64_t put;
	int result;
};

struct embedded {
	struct store store;
	char *path;
	unsigned group_ms, retry_ms;
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
	bool hurry; /* somebody flushes: no pauses */
	bool stop;
	bool degraded;
	int error;
};

static struct embedded *embedded_of(struct store *store)
{
	return container_of(store, struct embedded, store);
}

/* queue */

static uint64_t key_hash(const struct store_item *item)
{
	return table_hash(item->key, item->key_len, 0);
}

static bool key_matches(const struct table_link *link, const void *key)
{
	const struct change *change = container_of(link, struct change, by_key);
	const struct store_item *item = key;

	return change->item.key_len == item->key_len &&
	       memcmp(change->item.key, item->key, item->key_len) == 0;
}

static struct change *change_find(const struct table *table, const struct store_item *item)
{
	return container_of(
		table_find(table, key_hash(item), key_matches, item), struct change, by_key);
}

static struct change *change_new(const struct store_item *item)
{
	struct change *change = calloc(1, sizeof(*change) + item->key_len + item->len);

	if (!change)
		return NULL;
	memcpy(change->octets, item->key, item->key_len);
	change->item.key = change->octets;
	change->item.key_len = item->key_len;
	if (item->data) {
		memcpy(change->octets + item->key_len, item->data, item->len);
		change->item.data = change->octets + item->key_len;
		change->item.len = item->len;
	}
	return change;
}

static void queue_replace(struct table *queue, struct change *change)
{
	struct change *old = change_find(queue, &change->item);

	if (old) {
		table_remove(queue, &old->by_key);
		free(old);
	}
	table_add(queue, &change->by_key, key_hash(&change->item));
}

static void queue_free(struct table *queue)
{
	struct change *change, *spare;

	table_for_each_safe (change, spare, queue, by_key) {
		table_remove(queue, &change->by_key);
		free(change);
	}
	table_fini(queue);
}

/* What could not be written goes back, below what came since. */
static void queue_give_back(struct table *queue, struct table *batch)
{
	struct change *change, *spare;

	table_for_each_safe (change, spare, batch, by_key) {
		table_remove(batch, &change->by_key);
		if (change_find(queue, &change->item))
			free(change);
		else
			table_add(queue, &change->by_key, key_hash(&change->item));
	}
	table_fini(batch);
}

/* writer thread */

static int write_batch(struct embedded *e, const struct table *batch)
{
	struct change *change;
	int rc = db_begin(&e->db);

	table_for_each (change, batch, by_key) {
		if (rc == 0)
			rc = db_change(&e->db, &change->item);
	}
	if (rc == 0)
		rc = db_commit(&e->db, false);
	if (rc < 0)
		db_rollback(&e->db);
	return rc;
}

static int write_or_open(struct embedded *e, const struct table *batch)
{
	int rc;

	if (!e->db.sql) {
		rc = db_open(&e->db, e->path);
		if (rc == -EROFS)
			db_close(&e->db);
		if (rc < 0)
			return rc;
	}
	return write_batch(e, batch);
}

/* Under the lock: what became of all puts up to this one. */
static void settle(struct embedded *e, uint64_t put, int result)
{
	struct ticket *ticket, *spare;
	const uint64_t one = 1;
	bool tell = e->degraded != (result < 0);

	e->degraded = result < 0;
	e->error = result;
	e->n_tries++;
	list_for_each_safe (ticket, spare, &e->waiting, link) {
		if (ticket->put > put)
			break;
		ticket->result = result;
		list_remove(&ticket->link);
		list_add_tail(&e->done, &ticket->link);
		tell = true;
	}
	if (tell && write(e->event, &one, sizeof(one)) < 0)
		assert(errno == EAGAIN); /* the counter is full: it is readable */
	pthread_cond_broadcast(&e->idle);
}

static struct timespec in_ms(unsigned ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += (long)(ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* Under the lock: until `until`, or somebody is in a hurry. */
static void pause_until(struct embedded *e, const struct timespec *until)
{
	while (!e->hurry && !e->stop)
		if (pthread_cond_timedwait(&e->wake, &e->lock, until) == ETIMEDOUT)
			return;
}

/* Under the lock, which is let go while the disk works. */
static void write_queue(struct embedded *e)
{
	struct table batch = e->queue;
	uint64_t put = e->n_puts;
	int rc;

	table_init(&e->queue);
	pthread_mutex_unlock(&e->lock);
	rc = write_or_open(e, &batch);
	pthread_mutex_lock(&e->lock);
	if (rc < 0)
		queue_give_back(&e->queue, &batch);
	else
		queue_free(&batch);
	settle(e, put, rc);
}

static bool is_wanted(const struct embedded *e)
{
	return e->queue.n_links > 0 || (e->degraded && !e->db.sql);
}

static void *writer_run(void *arg)
{
	struct embedded *e = arg;
	struct timespec next;

	pthread_mutex_lock(&e->lock);
	next = in_ms(e->degraded ? e->retry_ms : 0);
	for (;;) {
		while (!is_wanted(e) && !e->stop)
			pthread_cond_wait(&e->wake, &e->lock);
		if (!is_wanted(e))
			break;
		pause_until(e, &next);
		write_queue(e);
		if (e->stop && e->degraded)
			break;
		if (e->degraded)
			e->hurry = false;
		next = in_ms(e->degraded ? e->retry_ms : e->group_ms);
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

/* A thread of ours must not be given the process's signals. */
static int writer_start(struct embedded *e)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&e->writer, NULL, writer_run, e);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	e->has_writer = rc == 0;
	return -rc;
}

/* the loop's side */

static int embedded_load(
	struct store *store, int (*fn)(void *ctx, const struct store_item *item), void *ctx)
{
	struct embedded *e = embedded_of(store);
	int rc = e->db.sql ? db_load(&e->db, fn, ctx) : 0;

	/* from now on the file is the writer's; one that cannot be written to is opened anew */
	if (e->degraded && e->db.sql)
		db_close(&e->db);
	if (rc == 0 && !e->has_writer)
		rc = writer_start(e);
	return rc;
}

static int add_ticket(struct embedded *e, uint64_t number)
{
	struct ticket *ticket = calloc(1, sizeof(*ticket));

	if (!ticket)
		return -ENOMEM;
	ticket->ticket = number;
	ticket->put = e->n_puts;
	list_add_tail(&e->waiting, &ticket->link);
	return STORE_WAIT;
}

static int embedded_put(
	struct store *store, const struct store_item *item, unsigned flags, uint64_t ticket)
{
	struct embedded *e = embedded_of(store);
	struct change *change;
	int rc = 0;

	if (item->key_len == 0 || item->key_len > STORE_KEY_MAX || item->len > STORE_VALUE_MAX)
		return -EINVAL;
	change = change_new(item);
	if (!change)
		return -ENOMEM;
	pthread_mutex_lock(&e->lock);
	e->n_puts++;
	queue_replace(&e->queue, change);
	if ((flags & STORE_DURABLE) && !e->degraded)
		rc = add_ticket(e, ticket);
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
	return rc;
}

static void embedded_ready(
	struct store *store, void (*done)(void *ctx, uint64_t ticket, int result), void *ctx)
{
	struct embedded *e = embedded_of(store);
	struct ticket *ticket;
	uint64_t count;

	if (read(e->event, &count, sizeof(count)) < 0)
		return;
	for (;;) {
		pthread_mutex_lock(&e->lock);
		ticket = list_first(&e->done, struct ticket, link);
		if (ticket)
			list_remove(&ticket->link);
		pthread_mutex_unlock(&e->lock);
		if (!ticket)
			return;
		done(ctx, ticket->ticket, ticket->result);
		free(ticket);
	}
}

static int embedded_flush(struct store *store)
{
	struct embedded *e = embedded_of(store);
	uint64_t tries;
	int rc;

	pthread_mutex_lock(&e->lock);
	tries = e->n_tries;
	while (e->has_writer && is_wanted(e) && !(e->degraded && e->n_tries != tries)) {
		e->hurry = true;
		pthread_cond_signal(&e->wake);
		pthread_cond_wait(&e->idle, &e->lock);
	}
	e->hurry = false;
	rc = e->degraded ? e->error : 0;
	pthread_mutex_unlock(&e->lock);
	return rc;
}

static void embedded_status(const struct store *store, struct store_status *out)
{
	struct embedded *e = embedded_of((struct store *)store);

	pthread_mutex_lock(&e->lock);
	*out = (struct store_status) {
		.usable = e->usable,
		.clean = e->clean,
		.degraded = e->degraded,
		.error = e->error,
		.boot = e->boot,
	};
	pthread_mutex_unlock(&e->lock);
}

static int embedded_fd(const struct store *store)
{
	return embedded_of((struct store *)store)->event;
}

static void tickets_free(struct list *tickets)
{
	struct ticket *ticket, *spare;

	list_for_each_safe (ticket, spare, tickets, link)
		free(ticket);
	list_init(tickets);
}

static void embedded_free(struct embedded *e)
{
	db_close(&e->db);
	queue_free(&e->queue);
	tickets_free(&e->waiting);
	tickets_free(&e->done);
	pthread_cond_destroy(&e->idle);
	pthread_cond_destroy(&e->wake);
	pthread_mutex_destroy(&e->lock);
	if (e->event >= 0)
		close(e->event);
	free(e->path);
	free(e);
}

static void embedded_close(struct store *store)
{
	struct embedded *e = embedded_of(store);

	if (e->has_writer) {
		pthread_mutex_lock(&e->lock);
		e->stop = true;
		pthread_cond_signal(&e->wake);
		pthread_mutex_unlock(&e->lock);
		pthread_join(e->writer, NULL);
	}
	if (e->db.sql && !e->degraded && db_begin(&e->db) == 0)
		db_commit(&e->db, true);
	embedded_free(e);
}

static const struct store_ops embedded_ops = {
	.name = "embedded",
	.load = embedded_load,
	.put = embedded_put,
	.ready = embedded_ready,
	.flush = embedded_flush,
	.status = embedded_status,
	.fd = embedded_fd,
	.close = embedded_close,
};

/* opening */

/* The kernel's random identity of this boot, as a number. */
static uint64_t system_boot(void)
{
	char text[64];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	return n > 0 ? table_hash(text, (size_t)n, 0) : 0;
}

static int move_aside(struct embedded *e, struct log *log)
{
	char name[DB_NAME_MAX];
	int rc = db_move_aside(e->path, name);

	if (rc < 0) {
		log_warn(log, rc, "store %s is corrupt and cannot be moved aside", e->path);
		return rc;
	}
	log_warnx(log, "store %s is corrupt: moved to %s, starting empty", e->path, name);
	return db_open(&e->db, e->path);
}

static int open_file(struct embedded *e, struct log *log)
{
	int rc = db_open(&e->db, e->path);

	if (rc == -EUCLEAN)
		rc = move_aside(e, log);
	if (rc == -EBUSY || rc == -ENOMEM)
		return rc;
	e->usable = e->db.sql && !e->db.is_new && !e->db.partial;
	e->clean = e->usable && e->db.clean;
	e->degraded = rc < 0;
	e->error = rc;
	if (rc < 0)
		log_warn(log, rc, "store %s: bindings will not survive a restart", e->path);
	return 0;
}

static int embedded_init(struct embedded *e, const struct store_embedded_conf *conf)
{
	pthread_condattr_t attr;

	e->store.ops = &embedded_ops;
	e->group_ms = conf->group_ms ? conf->group_ms : GROUP_MS;
	e->retry_ms = conf->retry_ms ? conf->retry_ms : RETRY_MS;
	e->boot = conf->boot ? conf->boot : system_boot();
	table_init(&e->queue);
	list_init(&e->waiting);
	list_init(&e->done);
	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&e->wake, &attr);
	pthread_cond_init(&e->idle, NULL);
	pthread_condattr_destroy(&attr);
	e->path = strdup(conf->path);
	e->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (e->event < 0)
		return -errno;
	return e->path ? 0 : -ENOMEM;
}

int store_embedded_open(struct store **out, const struct store_embedded_conf *conf)
{
	struct embedded *e = calloc(1, sizeof(*e));
	int rc;

	if (!e)
		return -ENOMEM;
	rc = embedded_init(e, conf);
	if (rc == 0)
		rc = open_file(e, conf->log);
	if (rc < 0)
		embedded_free(e);
	else
		*out = &e->store;
	return rc;
}
