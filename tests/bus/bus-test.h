/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Real memberships in a directory of their own, driven from one process or several.
 *
 * A node is a member with a table of numbered entries (bindings 10.0.x.y whose generation is the
 * value). A speaker tells its table in dumps; a listener keeps what it hears and sweeps as
 * struct mipm_sender.dump says. Tests wait for a condition with a bound, never for a time.
 */
#ifndef TESTS_BUS_TEST_H
#define TESTS_BUS_TEST_H

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "libmipsock/mipsock.h"

#define ENTRIES	 10000
#define WAIT_MAX 20000 /* ms, for anything */

struct node {
	struct mipsock *s;
	uint64_t value[ENTRIES]; /* 0: no such entry */
	uint64_t dump[ENTRIES];	 /* under which it was touched */
	size_t n_entries;
	unsigned int heard[256]; /* by type */
	unsigned int joined, left;
	unsigned int dumps; /* DUMP_END heard */
	unsigned int asked; /* dump function begun */
	struct mipm_dump_end end;
	struct mipm_error error;
	char error_text[100];
	char from[MIPSOCK_NAME_MAX]; /* of the last message */
	uint32_t id;
	uint16_t flags;
	uint64_t boot_id;
	bool dump_fails, dump_waits;
	bool only_own; /* tells its table only back to owners */
};

extern char bus_dir[64];

int bus_dir_make(void **state);
int bus_dir_remove(void **state);

/* Joins as a role; types end with 0. NULL on failure, errno set. */
struct node *node_join(const char *role, unsigned int flags, const uint16_t *types);
struct node *node_join_config(struct mipsock_config config, const uint16_t *types);
struct node *node_leave(struct node *n);

struct mipm_addr entry_addr(size_t entry);

/* Sets the value (0: removes) and tells everybody. */
void node_change(struct node *n, size_t entry, uint64_t value);

/* One turn of each of them; waits up to 10 ms for something to do. */
void nodes_turn(struct node *const *nodes, size_t n);
uint64_t now_ms(void);

/* Turns the nodes of the array until the condition holds; fails the test after WAIT_MAX. */
#define until(nodes, condition)                                                                    \
	do {                                                                                       \
		uint64_t until_ = now_ms() + WAIT_MAX;                                             \
		bool holds_ = (condition);                                                         \
		while (!holds_ && now_ms() < until_) {                                             \
			nodes_turn(nodes, sizeof(nodes) / sizeof((nodes)[0]));                     \
			holds_ = (condition);                                                      \
		}                                                                                  \
		if (!holds_)                                                                       \
			fail_msg("not within %d ms: %s", WAIT_MAX, #condition);                    \
	} while (0)

/* fork(); the child ends with its parent, also when a test fails. */
pid_t fork_child(void);

bool nodes_agree(const struct node *speaker, const struct node *listener);

#endif
