/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GOALS P10: stands in for had on a home agent's bus and has tunneld's table as large as asked, and
 * changing as often. The router of line.sh is in it, unchanged; every other router has a home
 * address and four networks, and moves to another port and loses or regains a network at a change.
 *
 * Usage: bench-table DIR ROUTERS [CHANGES-PER-SECOND]. Prints a line of JSON when tunneld has been
 * told all of it, and another on SIGTERM.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libmipsock/mipsock.h"

#define NETWORKS     4
#define PER_DUMP     64
#define HOME_AGENT   0xcb007101U /* 203.0.113.1, and what line.sh says of the router */
#define ROUTER_HOME  0x0ac80007U
#define ROUTER_NET   0x0a070000U
#define ROUTER_AT    0xc6336402U
#define OTHERS_NETS  0x0a800000U /* 10.128.0.0/10 in pieces of 8 */
#define OTHERS_HOMES 0x0ac00000U
#define OTHERS_AT    0x64400000U
#define PORT	     434

struct table {
	struct mipsock *bus;
	uint32_t n;
	uint64_t rate, said; /* changes */
	uint64_t generation;
	bool is_filled;
	struct timespec begin; /* joined; filled */
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	stop = number;
}

static struct mipm_addr addr(uint32_t host)
{
	return (struct mipm_addr) { MIPM_IPV4, { (uint8_t)(host >> 24), (uint8_t)(host >> 16),
						       (uint8_t)(host >> 8), (uint8_t)host } };
}

static void say_binding(
	struct table *t, const char *to, struct mipm_bc *bc, uint32_t at, uint16_t port)
{
	struct mipm_path path = { .number = 1,
		.encap = MIPM_ENCAP_UDP,
		.careof_addr = addr(at),
		.remote = { addr(at), port },
		.local = { addr(HOME_AGENT), PORT } };

	bc->home_agent = addr(HOME_AGENT);
	bc->paths = &path;
	bc->n_paths = 1;
	bc->caps = 1;
	bc->stamp = bc->generation = ++t->generation;
	mipsock_send(t->bus, to, MIPM_BC_ADD, bc, NULL);
}

static void say_router(struct table *t, const char *to)
{
	struct mipm_prefix network = { addr(ROUTER_NET), 24 };
	struct mipm_bc bc = {
		.home_addr = addr(ROUTER_HOME), .networks = &network, .n_networks = 1
	};

	say_binding(t, to, &bc, ROUTER_AT, PORT);
}

/* Router i after so many changes. */
static void say_other(struct table *t, const char *to, uint32_t i, uint64_t changes)
{
	struct mipm_prefix networks[NETWORKS];
	struct mipm_bc bc = { .home_addr = addr(OTHERS_HOMES + i), .networks = networks };

	for (uint32_t k = 0; k < NETWORKS; k++)
		networks[k] =
			(struct mipm_prefix) { addr(OTHERS_NETS + 8 * (NETWORKS * i + k)), 29 };
	bc.n_networks = NETWORKS - changes % 2;
	say_binding(t, to, &bc, OTHERS_AT + i, (uint16_t)(1024 + changes % 2));
}

static double seconds(const struct table *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->begin.tv_sec) +
	       (double)(now.tv_nsec - t->begin.tv_nsec) / 1e9;
}

static void filled(struct table *t)
{
	if (t->is_filled)
		return;
	t->is_filled = true;
	printf("{\"fill_s\": %.3f}\n", seconds(t));
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &t->begin);
}

static int dump(void *ctx, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	struct table *t = ctx;
	uint64_t end = *cursor + PER_DUMP;

	(void)now;
	if (own)
		return 0;
	if (*cursor == 0)
		say_router(t, to);
	for (; *cursor < end && *cursor < t->n; ++*cursor)
		say_other(t, to, (uint32_t)*cursor, 0);
	if (*cursor < t->n)
		return 1;
	if (strcmp(to, "tunneld") == 0)
		filled(t);
	return 0;
}

/* mipctl asks every daemon that it finds. */
static void answer(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	struct mipm_answer nothing = { .message_id = msg->id };
	struct table *t = ctx;

	(void)now;
	if (msg->type == MIPM_COMMAND)
		mipsock_send(t->bus, msg->from->name, MIPM_ANSWER, &nothing, NULL);
}

/* What is due by now, in an order that helps no cache. */
static void change(struct table *t)
{
	uint64_t due = (uint64_t)(seconds(t) * (double)t->rate);

	for (; t->said < due; t->said++)
		say_other(t, NULL, (uint32_t)(t->said * 7919 % t->n), 1 + t->said / t->n);
}

static void run(struct table *t)
{
	struct pollfd fd = { .fd = mipsock_fd(t->bus), .events = POLLIN };
	struct mipsock_stats stats;

	while (!stop) {
		poll(&fd, 1, t->rate ? 1 : 100);
		mipsock_process(t->bus, 0);
		if (t->is_filled && t->n)
			change(t);
		mipsock_flush(t->bus);
	}
	mipsock_stats(t->bus, &stats);
	printf("{\"routers\": %u, \"changes\": %llu, \"seconds\": %.3f, \"dropped\": %llu}\n", t->n,
		(unsigned long long)t->said, seconds(t), (unsigned long long)stats.dropped_backlog);
}

int main(int argc, char **argv)
{
	static const uint16_t types[] = { MIPM_COMMAND };
	struct sigaction action = { .sa_handler = on_signal };
	struct table t = { 0 };
	struct mipsock_config config = { .role = "had",
		.types = types,
		.n_types = 1,
		.ctx = &t,
		.message = answer,
		.dump = dump };
	int r;

	if (argc < 3)
		return 64;
	config.dir = argv[1];
	t.n = (uint32_t)strtoul(argv[2], NULL, 10);
	t.rate = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	sigaction(SIGTERM, &action, NULL);
	clock_gettime(CLOCK_MONOTONIC, &t.begin);
	r = mipsock_open(&t.bus, &config);
	if (r < 0) {
		fprintf(stderr, "bench-table: %s\n", strerror(-r));
		return 1;
	}
	run(&t);
	mipsock_close(t.bus);
	return 0;
}
