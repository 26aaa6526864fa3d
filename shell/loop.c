/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bus, core, time and signals on one event base. A turn: what is readable is read, the core is told
 * what is due, what it said is sent, the timer is set to what it wants next.
 *
 * One timerfd on CLOCK_BOOTTIME is all timers: libevent's own are milliseconds late, and stand
 * still in suspend. Signals are read from a descriptor, so no handler runs anywhere.
 */
#include "shell/loop.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define LEAVE_NS	(3 * NSEC_PER_S)
#define MESSAGES_A_TURN 512

static void on_bus(void *ctx, uint64_t now)
{
	struct loop *loop = ctx;
	int rc = mipsock_process(loop->bus, MESSAGES_A_TURN);

	if (rc < 0) {
		log_warn(loop->log, rc, "bus");
		loop->rc = rc;
		loop->done = true;
	}
}

static void on_timer(void *ctx, uint64_t now)
{
	struct loop *loop = ctx;
	uint64_t expirations;

	(void)!read(loop->timer_fd, &expirations, sizeof(expirations));
	loop->timer_at = CORE_NEVER;
	if (loop->core && loop->ops->next_wakeup(loop->core) <= now)
		loop->ops->tick(loop->core, now);
	if (now >= loop->watchdog_at) {
		notify_watchdog();
		loop->watchdog_at = now + loop->watchdog_ns;
	}
}

static void leave(struct loop *loop, uint64_t now)
{
	notify_stopping();
	if (loop->leave_by || !loop->core || !loop->ops->stop) {
		loop->done = true; /* asked twice, or nothing to be said */
	} else {
		loop->leave_by = now + LEAVE_NS;
		loop->ops->stop(loop->core, now);
	}
	loop->keeps_state = false;
}

static void on_signal(void *ctx, uint64_t now)
{
	struct loop *loop = ctx;

	switch (loop_signal(loop)) {
	case SIGTERM:
	case SIGINT:
		leave(loop, now);
		break;
	case SIGUSR2:
		notify_stopping();
		loop->done = true;
		break;
	case SIGHUP:
		notify_reloading();
		if (loop->reload)
			loop->reload(loop->reload_ctx, now);
		notify_ready("running");
		break;
	}
}

int loop_signal(struct loop *loop)
{
	struct signalfd_siginfo info;

	if (read(loop->signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

int loop_new(struct loop **out, struct log *log)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	struct event_config *config = event_config_new();
	sigset_t signals;
	int rc = -ENOMEM;

	if (!loop || !config)
		goto fail;
	loop->log = log;
	loop->keeps_state = true;
	loop->timer_at = loop->watchdog_at = CORE_NEVER;
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
	loop->base = event_base_new_with_config(config);
	if (!loop->base)
		goto fail;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	loop->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	rc = -errno;
	if (loop->signal_fd < 0 || loop->timer_fd < 0)
		goto fail;
	rc = loop_watch(loop, loop->signal_fd, on_signal, loop);
	if (!rc)
		rc = loop_watch(loop, loop->timer_fd, on_timer, loop);
	if (rc)
		goto fail;

	notify_open();
	loop->watchdog_ns = notify_watchdog_interval();
	if (loop->watchdog_ns)
		loop->watchdog_at = loop_now(loop);
	loop_make_env(loop);
	event_config_free(config);
	*out = loop;
	return 0;
fail:
	log_warn(log, rc, "event loop");
	if (config)
		event_config_free(config);
	loop_free(loop);
	*out = NULL;
	return rc;
}

struct loop *loop_free(struct loop *loop)
{
	if (!loop)
		return NULL;
	mipsock_close(loop->bus);
	notify_close();
	for (size_t i = 0; i < loop->n_watches; i++)
		event_free(loop->watches[i].event);
	if (loop->base)
		event_base_free(loop->base);
	if (loop->timer_fd > 0)
		close(loop->timer_fd);
	if (loop->signal_fd > 0)
		close(loop->signal_fd);
	free(loop);
	return NULL;
}

uint64_t loop_now(const struct loop *loop)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_S + (uint64_t)now.tv_nsec;
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct loop_watch *watch = ctx;

	if (!watch->loop->done)
		watch->fn(watch->ctx, loop_now(watch->loop));
}

int loop_watch(struct loop *loop, int fd, void (*fn)(void *ctx, uint64_t now), void *ctx)
{
	struct loop_watch *watch = &loop->watches[loop->n_watches];

	if (loop->n_watches == LOOP_WATCHES_MAX)
		return -ENOSPC;
	*watch = (struct loop_watch) { .loop = loop, .fn = fn, .ctx = ctx };
	watch->event = event_new(loop->base, fd, EV_READ | EV_PERSIST, on_readable, watch);
	if (!watch->event)
		return -ENOMEM;
	loop->n_watches++;
	return event_add(watch->event, NULL) ? -EIO : 0;
}

int loop_attach(struct loop *loop, void *core)
{
	assert(loop->bus && !loop->core);
	loop->core = core;
	return loop_watch(loop, mipsock_fd(loop->bus), on_bus, loop);
}

void loop_on_reload(struct loop *loop, void (*fn)(void *ctx, uint64_t now), void *ctx)
{
	loop->reload = fn;
	loop->reload_ctx = ctx;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void arm(struct loop *loop)
{
	uint64_t at = earlier(loop->ops->next_wakeup(loop->core), loop->watchdog_at);
	struct itimerspec spec = {};

	if (loop->leave_by)
		at = earlier(at, loop->leave_by);
	if (at == loop->timer_at)
		return;
	loop->timer_at = at;
	if (at != CORE_NEVER) {
		spec.it_value.tv_sec = (time_t)(at / NSEC_PER_S);
		spec.it_value.tv_nsec = (long)(at % NSEC_PER_S);
		if (at == 0)
			spec.it_value.tv_nsec = 1; /* all zero would disarm it */
	}
	timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static bool has_left(struct loop *loop)
{
	if (!loop->leave_by)
		return false;
	if (!loop->ops->stopped || loop->ops->stopped(loop->core))
		return true;
	if (loop_now(loop) < loop->leave_by)
		return false;
	log_warnx(loop->log, "left without waiting any longer for the others");
	return true;
}

/* What the core put off to the end of this turn costs no turn of its own. */
static void tick_due(struct loop *loop)
{
	uint64_t now = loop_now(loop);

	if (loop->ops->next_wakeup(loop->core) <= now)
		loop->ops->tick(loop->core, now);
}

int loop_run(struct loop *loop)
{
	while (!loop->done && !has_left(loop)) {
		tick_due(loop);
		mipsock_flush(loop->bus);
		arm(loop);
		if (event_base_loop(loop->base, EVLOOP_ONCE) < 0) {
			loop->rc = -EIO;
			loop->done = true;
		}
	}
	mipsock_flush(loop->bus);
	return loop->rc;
}

bool loop_keeps_state(const struct loop *loop)
{
	return loop->keeps_state;
}
