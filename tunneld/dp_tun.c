/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user-space data plane: a multi-queue TUN device and worker threads (worker.c) that read the
 * forwarding table under RCU. This file is the main thread's side of it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#include "tunneld/tun.h"
#include "tunneld/worker.h"

struct dp {
	struct dp_config config;
	struct tun_found found;
	int wake;
	int queues[UDP_WORKERS_MAX];
	struct worker *workers;
	uint32_t n_open; /* workers that are to be closed */
	uint64_t missed;
};

static void dp_tun_close(void *dp, bool keep);

static int give_queues(struct dp *dp)
{
	int r = 0;

	for (uint32_t i = 0; i < dp->config.n_workers && r == 0; i++)
		r = worker_set_tun(&dp->workers[i], dp->queues[i]);
	return r;
}

static int dp_tun_open(void **out, const struct dp_config *config, char *text, size_t size)
{
	struct dp *dp = calloc(1, sizeof(*dp));
	int r = -ENOMEM;

	if (!dp)
		return -ENOMEM;
	dp->config = *config;
	memset(dp->queues, -1, sizeof(dp->queues));
	dp->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	dp->workers =
		aligned_alloc(_Alignof(struct worker), config->n_workers * sizeof(*dp->workers));
	snprintf(text, size, "out of memory for %u workers", config->n_workers);
	if (dp->wake < 0 || !dp->workers)
		goto fail;
	while (dp->n_open < config->n_workers) {
		struct worker *w = &dp->workers[dp->n_open];

		r = worker_open(w, &dp->config, dp->n_open, dp->wake);
		dp->n_open++;
		if (r < 0)
			goto fail;
	}
	r = tun_open(config->device, dp->queues, config->n_workers, &dp->found, text, size);
	for (uint32_t i = 0; i < config->n_workers; i++)
		worker_in_device(&dp->workers[i], dp->found.udp);
	if (r == 0)
		r = give_queues(dp);
	if (r < 0)
		goto fail;
	*out = dp;
	return 0;
fail:
	dp_tun_close(dp, dp->found.adopted);
	return r;
}

static bool dp_tun_adopted(const void *dp)
{
	return ((const struct dp *)dp)->found.adopted;
}

/* All signals are the main thread's: it reads them from a descriptor. */
static int dp_tun_start(void *dp_)
{
	struct dp *dp = dp_;
	sigset_t all, before;
	int r = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	urcu_memb_get_default_call_rcu_data(); /* its thread, too, starts with them blocked */
	for (uint32_t i = 0; i < dp->config.n_workers && r == 0; i++)
		r = worker_start(&dp->workers[i]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int dp_tun_reopen(void *dp_, char *text, size_t size)
{
	struct dp *dp = dp_;
	int fresh[UDP_WORKERS_MAX], r;
	struct tun_found found;

	r = tun_open(dp->config.device, fresh, dp->config.n_workers, &found, text, size);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < dp->config.n_workers; i++)
		worker_set_tun(&dp->workers[i], -1);
	urcu_memb_synchronize_rcu(); /* nobody reads from or writes to the old queues now */
	tun_close(dp->queues, dp->config.n_workers, true);
	memcpy(dp->queues, fresh, sizeof(fresh[0]) * dp->config.n_workers);
	return give_queues(dp);
}

static int dp_tun_socket(void *dp_, const struct udp_group *group, bool on)
{
	struct dp *dp = dp_;

	for (uint32_t i = 0; i < dp->config.n_workers; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = group->id };

		if (epoll_ctl(dp->workers[i].epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
			    group->fds[1 + i], &event) < 0)
			return -errno;
	}
	return 0;
}

static void dp_tun_changed(void *dp, const struct fib_tunnel *tunnel)
{
	/* Workers read the table itself. */
}

static void dp_tun_stats(void *dp_, struct dp_stats *out)
{
	struct dp *dp = dp_;

	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < dp->config.n_workers; i++) {
		struct worker *w = &dp->workers[i];

		for (size_t k = 0; k < DP_DROPS; k++)
			out->dropped[k] +=
				atomic_load_explicit(&w->dropped[k], memory_order_relaxed);
		out->packets_in += atomic_load_explicit(&w->packets_in, memory_order_relaxed);
		out->packets_out += atomic_load_explicit(&w->packets_out, memory_order_relaxed);
		out->batches_in += atomic_load_explicit(&w->batches_in, memory_order_relaxed);
		out->batches_out += atomic_load_explicit(&w->batches_out, memory_order_relaxed);
	}
}

static int dp_tun_fd(const void *dp)
{
	return ((const struct dp *)dp)->wake;
}

static void handle(struct dp *dp, uint64_t now, const struct ring_event *e, bool *gone, bool *down)
{
	const struct dp_events *to = &dp->config.events;

	switch (e->kind) {
	case RING_STRANGER:
		to->stranger(to->ctx, now, e->socket, &e->remote, &e->inner, e->octets);
		break;
	case RING_ANSWER:
		to->answer(to->ctx, now, e->path, &e->probe, e->at);
		break;
	case RING_TOO_BIG:
		to->too_big(to->ctx, now, e->path);
		break;
	case RING_DEVICE_GONE:
		*gone = true;
		break;
	case RING_DEVICE_DOWN:
		*down = true;
		break;
	}
}

static void dp_tun_ready(void *dp_, uint64_t now)
{
	struct dp *dp = dp_;
	bool gone = false, down = false;
	struct ring_event e;
	uint64_t missed = 0, count;

	(void)!read(dp->wake, &count, sizeof(count));
	for (uint32_t i = 0; i < dp->config.n_workers; i++) {
		struct worker *w = &dp->workers[i];

		while (ring_pop(&w->ring, &e))
			handle(dp, now, &e, &gone, &down);
		missed += atomic_load_explicit(&w->strangers_missed, memory_order_relaxed);
	}
	if (missed > dp->missed)
		dp->config.events.missed(dp->config.events.ctx, missed - dp->missed);
	dp->missed = missed;
	if (gone || down)
		dp->config.events.device(dp->config.events.ctx, now, gone);
}

static void dp_tun_close(void *dp_, bool keep)
{
	struct dp *dp = dp_;

	if (!dp)
		return;
	for (uint32_t i = 0; i < dp->n_open; i++)
		worker_stop(&dp->workers[i]);
	if (dp->queues[0] >= 0)
		tun_close(dp->queues, dp->config.n_workers, keep);
	for (uint32_t i = 0; i < dp->n_open; i++)
		worker_close(&dp->workers[i]);
	free(dp->workers);
	if (dp->wake >= 0)
		close(dp->wake);
	free(dp);
}

const struct dataplane dp_tun = {
	.name = "tun",
	.open = dp_tun_open,
	.adopted = dp_tun_adopted,
	.start = dp_tun_start,
	.reopen = dp_tun_reopen,
	.socket = dp_tun_socket,
	.changed = dp_tun_changed,
	.stats = dp_tun_stats,
	.fd = dp_tun_fd,
	.ready = dp_tun_ready,
	.close = dp_tun_close,
};
