/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread that writes, so that no disk ever holds up the loop.
 *
 * It takes the whole queue at most every group interval and writes it as one transaction. What
 * fails goes back into the queue, below what came since, and is tried again later; tickets come
 * back either way, since nobody is to wait for a broken disk.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "had/store_embedded.h"
#include "had/store_queue.h"

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int write_batch(struct embedded *e, const struct table *batch)
{
	struct store_change *change;
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

static int open_and_write(struct embedded *e, const struct table *batch, bool *reopened)
{
	char aside[DB_NAME_MAX];
	int rc;

	if (!e->db.sql) {
		rc = db_open_sound(&e->db, e->path, aside);
		if (rc == -EROFS)
			db_close(&e->db);
		if (rc < 0)
			return rc;
		*reopened = true;
	}
	return write_batch(e, batch);
}

/*
 * A file that was taken away is left alone. One that has turned out damaged is looked at as a
 * whole, at once; so is one that the disk did not take, but later.
 */
static int write_or_open(struct embedded *e, const struct table *batch, bool *reopened)
{
	int rc;

	if (e->db.sql && db_has_moved(&e->db))
		db_close(&e->db);
	rc = open_and_write(e, batch, reopened);
	if (rc == -EUCLEAN || rc == -EIO)
		db_close(&e->db);
	return rc == -EUCLEAN ? open_and_write(e, batch, reopened) : rc;
}

bool writer_is_slow(const struct embedded *e)
{
	return e->writing_since != 0 && now_ms() - e->writing_since > e->slow_ms;
}

/* Under the lock: what became of all puts up to this one. */
static void settle(struct embedded *e, uint64_t put, int result, bool reopened)
{
	struct store_ticket *ticket, *spare;
	const uint64_t one = 1;
	bool tell = e->degraded != (result < 0) || reopened || writer_is_slow(e);

	e->writing_since = 0;
	e->n_reopened += reopened;
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
	uint64_t at = now_ms() + ms;

	return (struct timespec) {
		.tv_sec = (time_t)(at / 1000),
		.tv_nsec = (long)(at % 1000) * 1000000,
	};
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
	bool reopened = false;
	int rc;

	table_init(&e->queue);
	e->writing_since = now_ms();
	pthread_mutex_unlock(&e->lock);
	rc = write_or_open(e, &batch, &reopened);
	pthread_mutex_lock(&e->lock);
	if (rc < 0)
		store_queue_give_back(&e->queue, &batch);
	else
		store_queue_free(&batch);
	settle(e, put, rc, reopened);
}

bool writer_is_wanted(const struct embedded *e)
{
	return e->queue.n_links > 0 || (e->degraded && !e->db.sql);
}

/* Under the lock: until there is something to do. False: nothing will come any more. */
static bool sleep_until_wanted(struct embedded *e)
{
	e->is_asleep = true;
	while (!writer_is_wanted(e) && !e->stop)
		pthread_cond_wait(&e->wake, &e->lock);
	e->is_asleep = false;
	return writer_is_wanted(e);
}

static void *writer_run(void *arg)
{
	struct embedded *e = arg;
	struct timespec next;

	pthread_mutex_lock(&e->lock);
	next = in_ms(e->degraded ? e->retry_ms : 0);
	while (sleep_until_wanted(e)) {
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

int writer_start(struct embedded *e)
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

void writer_stop(struct embedded *e)
{
	if (!e->has_writer)
		return;
	pthread_mutex_lock(&e->lock);
	e->stop = true;
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
	pthread_join(e->writer, NULL);
	e->has_writer = false;
}
