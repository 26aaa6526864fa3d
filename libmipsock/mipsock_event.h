/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Glue for programs on libevent 2: the bus as an event of a base. Header only, so that libmipsock
 * itself needs nothing beyond libc; link with libevent_core.
 *
 *	struct mipsock_event bus_event;
 *	mipsock_event_add(&bus_event, base, bus);
 *	event_base_dispatch(base);
 *	mipsock_event_del(&bus_event);
 *
 * What is said from other events (timers, sockets) goes out at the end of the loop's turn after a
 * call of mipsock_event_flush_soon(), which is cheap and may be repeated.
 */
#ifndef MIPSOCK_EVENT_H
#define MIPSOCK_EVENT_H

#include <errno.h>
#include <event2/event.h>
#include "mipsock.h"

struct mipsock_event {
	struct mipsock *bus;
	struct event_base *base;
	struct event *readable;
	struct event *flush;
	int error; /* what mipsock_process() ended with; the loop was left then */
};

static inline void mipsock_event_on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct mipsock_event *e = (struct mipsock_event *)arg;

	(void)fd;
	(void)what;
	e->error = mipsock_process(e->bus, 0);
	mipsock_flush(e->bus);
	if (e->error < 0)
		event_base_loopbreak(e->base);
}

static inline void mipsock_event_on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	mipsock_flush(((struct mipsock_event *)arg)->bus);
}

static inline void mipsock_event_del(struct mipsock_event *e)
{
	if (e->readable)
		event_free(e->readable);
	if (e->flush)
		event_free(e->flush);
	e->readable = e->flush = NULL;
}

/* 0 or -ENOMEM. The bus stays the caller's and must outlive the event. */
static inline int mipsock_event_add(
	struct mipsock_event *e, struct event_base *base, struct mipsock *bus)
{
	e->bus = bus;
	e->base = base;
	e->error = 0;
	e->flush = event_new(base, -1, 0, mipsock_event_on_flush, e);
	e->readable = event_new(
		base, mipsock_fd(bus), EV_READ | EV_PERSIST, mipsock_event_on_readable, e);
	if (!e->flush || !e->readable || event_add(e->readable, NULL) < 0) {
		mipsock_event_del(e);
		return -ENOMEM;
	}
	return 0;
}

static inline void mipsock_event_flush_soon(struct mipsock_event *e)
{
	event_active(e->flush, 0, 0);
}

#endif
