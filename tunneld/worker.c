/* SPDX-License-Identifier: BSD-2-Clause */
/* See worker.h: life, loop, and what both directions need. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#include "base/core.h"
#include "tunneld/worker.h"

#define BUDGET_PERIOD  (10 * NSEC_PER_MS)
#define HINTS_A_PERIOD 8
#define ICMPS_A_PERIOD 16
#define BATCHES_A_TURN 4 /* of one source, before the others are looked at */

int worker_open(struct worker *w, const struct dp_config *config, uint32_t number, int wake)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = WORKER_STOP };

	memset(w, 0, sizeof(*w));
	w->config = config;
	w->number = number;
	w->wake = wake;
	w->tun = -1;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker_out_open(w) < 0 || worker_in_open(w) < 0 || w->epoll < 0 || w->stop_fd < 0 ||
		epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->stop_fd, &event) < 0)
		return -ENOMEM;
	return 0;
}

void worker_close(struct worker *w)
{
	if (w->epoll >= 0)
		close(w->epoll);
	if (w->stop_fd >= 0)
		close(w->stop_fd);
	worker_out_close(w);
	worker_in_close(w);
	w->epoll = w->stop_fd = -1;
}

int worker_set_tun(struct worker *w, int tun)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = WORKER_TUN };
	int old = atomic_exchange(&w->tun, tun);

	if (old >= 0)
		epoll_ctl(w->epoll, EPOLL_CTL_DEL, old, NULL);
	if (tun >= 0 && epoll_ctl(w->epoll, EPOLL_CTL_ADD, tun, &event) < 0)
		return -errno;
	return 0;
}

void worker_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
		memory_order_relaxed);
}

void worker_drop(struct worker *w, unsigned reason)
{
	worker_add(&w->dropped[reason], 1);
}

bool worker_take(uint32_t *budget)
{
	if (!*budget)
		return false;
	--*budget;
	return true;
}

struct ring_event *worker_event(struct worker *w, enum ring_kind kind)
{
	struct ring_event *e = ring_next(&w->ring);

	if (!e) {
		worker_drop(w, DP_EVENTS_LOST);
		return NULL;
	}
	e->kind = (uint8_t)kind;
	return e;
}

void worker_tell(struct worker *w)
{
	ring_push(&w->ring);
	w->has_news = true;
}

/* Deleted: EBADFD; down: EIO. The queue is no longer asked: no busy loop on what cannot work. */
void worker_device_failed(struct worker *w, int tun, int err)
{
	struct ring_event *e;

	if (err != EBADFD && err != EIO && err != ENODEV)
		return;
	if (err != EIO)
		epoll_ctl(w->epoll, EPOLL_CTL_DEL, tun, NULL);
	else if (w->now < w->device_told_at + BUDGET_PERIOD)
		return;
	w->device_told_at = w->now;
	e = worker_event(w, err == EIO ? RING_DEVICE_DOWN : RING_DEVICE_GONE);
	if (e)
		worker_tell(w);
}

static void start_turn(struct worker *w)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	w->now = (uint64_t)t.tv_sec * NSEC_PER_S + (uint64_t)t.tv_nsec;
	w->has_news = false;
	if (w->now < w->budget_until)
		return;
	w->budget_until = w->now + BUDGET_PERIOD;
	w->hint_budget = HINTS_A_PERIOD;
	w->icmp_budget = ICMPS_A_PERIOD;
}

static void end_turn(struct worker *w)
{
	uint64_t one = 1;

	if (w->has_news)
		(void)!write(w->wake, &one, sizeof(one));
}

static void serve(struct worker *w, uint32_t source)
{
	const struct udp_group *group;
	bool more = true;

	for (int i = 0; more && i < BATCHES_A_TURN; i++) {
		urcu_memb_read_lock();
		group = source == WORKER_TUN ? NULL : udp_group_at(w->config->udp, source);
		if (source == WORKER_TUN)
			more = worker_out(w);
		else
			more = group && worker_in(w, group);
		urcu_memb_read_unlock();
	}
}

static void *run(void *w_)
{
	struct epoll_event events[32];
	struct worker *w = w_;
	int n;

	urcu_memb_register_thread();
	while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
		n = epoll_wait(w->epoll, events, 32, -1);
		start_turn(w);
		for (int i = 0; i < n; i++)
			if (events[i].data.u32 != WORKER_STOP)
				serve(w, events[i].data.u32);
		end_turn(w);
	}
	urcu_memb_unregister_thread();
	return NULL;
}

int worker_start(struct worker *w)
{
	int r = pthread_create(&w->thread, NULL, run, w);

	w->started = r == 0;
	return -r;
}

void worker_stop(struct worker *w)
{
	uint64_t one = 1;

	if (!w->started)
		return;
	atomic_store(&w->stop, true);
	(void)!write(w->stop_fd, &one, sizeof(one));
	pthread_join(w->thread, NULL);
	w->started = false;
}
