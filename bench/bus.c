/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GOALS S5: messages a second from one sender to one receiver in another process, of 200 octets,
 * through the codec at both ends; and what a stopped observer costs the sender, in processor time.
 *
 * Usage: bench-bus DIR [RUNS [SECONDS]]. Prints a line of JSON for each run, first without and then
 * with the observer, in a bus directory DIR. The receiver counts; what was dropped for backlog does
 * not count.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libmipsock/mipsock.h"

#define BINDINGS 10000
#define AHEAD	 880

struct count {
	_Atomic uint64_t heard; /* by the receiver */
	_Atomic bool ready, stop;
};

static struct count *count;
static uint64_t said;
static const char *dir;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void hear(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	(void)ctx;
	(void)now;
	if (msg->type == MIPM_BC_ADD)
		atomic_fetch_add_explicit(&count->heard, 1, memory_order_relaxed);
}

static struct mipsock *join(const char *role, unsigned int flags, size_t n_types)
{
	static const uint16_t types[] = { MIPM_BC_ADD };
	struct mipsock_config config = { .dir = dir,
		.role = role,
		.flags = flags,
		.types = types,
		.n_types = n_types,
		.message = hear };
	struct mipsock *s;
	int r = mipsock_open(&s, &config);

	if (r < 0) {
		fprintf(stderr, "bench-bus: %s: %s\n", role, strerror(-r));
		exit(1);
	}
	return s;
}

static pid_t child(const char *role, unsigned int flags)
{
	pid_t pid = fork();
	struct mipsock *s;

	if (pid)
		return pid;
	s = join(role, flags, 1);
	count->ready = true;
	while (!count->stop) {
		struct pollfd fd = { .fd = mipsock_fd(s), .events = POLLIN };

		poll(&fd, 1, 50);
		mipsock_process(s, 0);
	}
	mipsock_close(s);
	_exit(0);
}

static void wait_ready(struct mipsock *s)
{
	while (!count->ready)
		usleep(1000);
	count->ready = false;
	for (int i = 0; i < 50; i++) {
		usleep(1000);
		mipsock_process(s, 0);
	}
}

static void say(struct mipsock *s)
{
	uint64_t i = said;
	static const struct mipm_path path = { .number = 1,
		.encap = MIPM_ENCAP_UDP_GRE,
		.remote = { { MIPM_IPV4, { 192, 0, 2, 7 } }, 434 },
		.careof_addr = { MIPM_IPV4, { 192, 0, 2, 7 } },
		.expires_at = 1 };
	static const struct mipm_prefix net = { { MIPM_IPV4, { 10, 7, 0, 0 } }, 24 };
	struct mipm_bc bc = { .home_addr = { MIPM_IPV4, { 10, 200, (uint8_t)(i % BINDINGS >> 8),
								(uint8_t)(i % BINDINGS) } },
		.stamp = i,
		.generation = i + 1,
		.networks = &net,
		.n_networks = 1,
		.paths = &path,
		.n_paths = 1,
		.identity = { "site7.the-bus-with-the-long-name.north.fleet@net.example.com", 60 },
		.caps = 1,
		.lifetime_s = 300,
		.expires_at = 1 };

	mipsock_send(s, NULL, MIPM_BC_ADD, &bc, NULL);
	said++;
}

/* Processor time of this process: what the machine's other work cannot change much. */
static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct rate {
	double messages; /* a second, as heard */
	double cpu_ns;	 /* of the sender, for one */
};

/* Says what the receiver's queue of 11 can take: what is measured is speed, not loss. Returns the
 * processor time of it, without that of waiting. */
static double say_some(struct mipsock *s)
{
	double cpu = cpu_seconds();

	while (said - count->heard < AHEAD)
		say(s);
	mipsock_flush(s);
	return cpu_seconds() - cpu;
}

/* One run: a loop as a daemon's is, but for yielding instead of sleeping. */
static struct rate run(struct mipsock *s, double length)
{
	uint64_t before = count->heard, first = said;
	double began = seconds(), cpu = 0;
	double end = began + length;
	struct pollfd fd = { .fd = mipsock_fd(s), .events = POLLIN };

	while (seconds() < end) {
		if (said - count->heard < AHEAD / 2)
			cpu += say_some(s);
		if (poll(&fd, 1, 0) > 0)
			mipsock_process(s, 0);
		else
			sched_yield();
	}
	return (struct rate) { (double)(count->heard - before) / (seconds() - began),
		1e9 * cpu / (double)(said - first) };
}

static struct rate with_observer(struct mipsock *s, double length)
{
	pid_t observer = child("observer", MIPSOCK_TOOL);
	struct rate rate;

	wait_ready(s);
	kill(observer, SIGSTOP);
	waitpid(observer, NULL, WUNTRACED);
	rate = run(s, length);
	kill(observer, SIGKILL);
	waitpid(observer, NULL, 0);
	for (int i = 0; i < 20; i++) {
		say(s);
		mipsock_process(s, 0);
	}
	return rate;
}

static void report(struct rate alone, struct rate stopped)
{
	printf("{\"messages\": %.0f, \"cpu_ns\": %.0f, \"messages_observed\": %.0f, "
	       "\"cpu_ns_observed\": %.0f}\n",
		alone.messages, alone.cpu_ns, stopped.messages, stopped.cpu_ns);
}

int main(int argc, char **argv)
{
	int runs = argc > 2 ? atoi(argv[2]) : 5;
	double length = argc > 3 ? atof(argv[3]) : 1;
	struct rate alone, stopped;
	struct mipsock *s;
	pid_t receiver;

	if (argc < 2)
		return 64;
	dir = argv[1];
	count = mmap(
		NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (count == MAP_FAILED)
		return 1;
	s = join("had", 0, 0);
	receiver = child("tunneld", 0);
	wait_ready(s);
	run(s, length / 4);
	for (int i = 0; i < runs; i++) {
		alone = run(s, length);
		stopped = with_observer(s, length);
		report(alone, stopped);
	}
	count->stop = true;
	waitpid(receiver, NULL, 0);
	mipsock_close(s);
	return 0;
}
