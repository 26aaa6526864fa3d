/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store in one file: opening it, and the loop's side. The disk is the writer's (store_writer.c).
 *
 * put() leaves the item in a queue by key and returns. Who wants to know when it is on disk leaves
 * a ticket as well, which comes back through the eventfd.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "had/store_embedded.h"
#include "had/store_queue.h"

#define GROUP_MS 20
#define RETRY_MS 1000
#define SLOW_MS	 2000

static struct embedded *embedded_of(struct store *store)
{
	return container_of(store, struct embedded, store);
}

static int embedded_load(
	struct store *store, int (*fn)(void *ctx, const struct store_item *item), void *ctx)
{
	struct embedded *e = embedded_of(store);
	int rc = e->db.sql ? db_load(&e->db, fn, ctx) : 0;

	/* from now on the file is the writer's; one that cannot be written to is opened anew */
	if (e->degraded && e->db.sql)
		db_close(&e->db);
	if (!e->has_writer) {
		int err = writer_start(e);

		rc = rc < 0 ? rc : err;
	}
	return rc;
}

static int add_ticket(struct embedded *e, uint64_t number)
{
	struct store_ticket *ticket = calloc(1, sizeof(*ticket));

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
	struct store_change *change;
	bool is_asleep;
	int rc = 0;

	if (item->key_len == 0 || item->key_len > STORE_KEY_MAX || item->len > STORE_VALUE_MAX)
		return -EINVAL;
	change = store_change_new(item);
	if (!change)
		return -ENOMEM;
	pthread_mutex_lock(&e->lock);
	e->n_puts++;
	store_queue_replace(&e->queue, change);
	if ((flags & STORE_DURABLE) && !e->degraded && !writer_is_slow(e))
		rc = add_ticket(e, ticket);
	is_asleep = e->is_asleep;
	pthread_mutex_unlock(&e->lock);
	/* It looks into the queue by itself after its pause; waking it for each put costs the loop
	 * more than the put. */
	if (is_asleep)
		pthread_cond_signal(&e->wake);
	return rc;
}

static void embedded_ready(
	struct store *store, void (*done)(void *ctx, uint64_t ticket, int result), void *ctx)
{
	struct embedded *e = embedded_of(store);
	struct store_ticket *ticket;
	uint64_t count;

	if (read(e->event, &count, sizeof(count)) < 0)
		return;
	for (;;) {
		pthread_mutex_lock(&e->lock);
		ticket = list_first(&e->done, struct store_ticket, link);
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
	while (e->has_writer && writer_is_wanted(e) && !(e->degraded && e->n_tries != tries)) {
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
		.degraded = e->degraded || writer_is_slow(e),
		.error = e->degraded	     ? e->error
			 : writer_is_slow(e) ? -EBUSY
					     : 0,
		.n_reopened = e->n_reopened,
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
	struct store_ticket *ticket, *spare;

	list_for_each_safe (ticket, spare, tickets, link)
		free(ticket);
	list_init(tickets);
}

static void embedded_free(struct embedded *e)
{
	db_close(&e->db);
	store_queue_free(&e->queue);
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

	writer_stop(e);
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

static int open_file(struct embedded *e, struct log *log)
{
	char aside[DB_NAME_MAX];
	int rc = db_open_sound(&e->db, e->path, aside);

	if (aside[0])
		log_warnx(log, "store %s is corrupt: moved to %s, starting empty", e->path, aside);
	else if (rc == -EUCLEAN)
		log_warnx(log, "store %s is corrupt and cannot be moved aside", e->path);
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
	e->slow_ms = conf->slow_ms ? conf->slow_ms : SLOW_MS;
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
