/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the loop: shared by loop.c (the event base) and join.c (the bus). */
#ifndef SHELL_LOOP_H
#define SHELL_LOOP_H

#include "shell/shell.h"

#define LOOP_WATCHES_MAX 16

struct event;
struct event_base;

struct loop_watch {
	struct loop *loop;
	struct event *event;
	void (*fn)(void *ctx, uint64_t now);
	void *ctx;
};

struct loop {
	struct log *log;
	struct event_base *base;
	struct loop_watch watches[LOOP_WATCHES_MAX];
	size_t n_watches;
	int signal_fd;
	int timer_fd;
	uint64_t timer_at; /* what it is armed for */

	const struct core_ops *ops;
	void *core; /* NULL until attached */
	struct mipsock *bus;
	struct core_env env;
	struct log_limit refused;

	void (*reload)(void *ctx, uint64_t now);
	void *reload_ctx;

	uint64_t watchdog_ns, watchdog_at;
	uint64_t leave_by; /* SIGTERM was heard: the core's time is over then; 0: go on */
	bool keeps_state;
	bool done;
	int rc;
};

/* Which signal is waiting to be handled; 0: none. */
int loop_signal(struct loop *loop);

/* Fills loop->env (join.c). */
void loop_make_env(struct loop *loop);

#endif
