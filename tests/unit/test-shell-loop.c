/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop with a real clock and a real bus, so times here are milliseconds, not minutes. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "shell/conf.h"
#include "shell/shell.h"

/* A core that does what a test asks at its wake-up. */
struct probe {
	uint64_t wake_at, woken_at;
	int signal; /* raised at the wake-up */
	unsigned n_ticks, n_stops, n_reloads, n_watches;
	bool stays; /* never says that it has stopped */
	int pipe[2];
};

struct fixture {
	char dir[32];
	char conf_path[48];
	char lines[1000];
	struct log log;
	struct conf *conf;
	struct loop *loop;
	struct probe probe;
};

static void take_line(void *ctx, enum log_level level, const char *line)
{
	struct fixture *f = ctx;

	snprintf(f->lines + strlen(f->lines), sizeof(f->lines) - strlen(f->lines), "%s\n", line);
}

static void probe_input(void *c, uint64_t now, const struct mipm_msg *msg)
{
}

static void probe_tick(void *c, uint64_t now)
{
	struct probe *probe = c;

	probe->n_ticks++;
	probe->woken_at = now;
	probe->wake_at = CORE_NEVER;
	if (probe->signal)
		kill(getpid(), probe->signal);
}

static uint64_t probe_next_wakeup(const void *c)
{
	return ((const struct probe *)c)->wake_at;
}

static void probe_stop(void *c, uint64_t now)
{
	((struct probe *)c)->n_stops++;
}

static bool probe_stopped(const void *c)
{
	return !((const struct probe *)c)->stays;
}

static const uint16_t types[] = { MIPM_LINK, 0 };
static const struct core_ops probe_ops = {
	.role = "probe",
	.types = types,
	.input = probe_input,
	.tick = probe_tick,
	.next_wakeup = probe_next_wakeup,
	.stop = probe_stop,
	.stopped = probe_stopped,
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	FILE *out;

	strcpy(f->dir, "/tmp/loop-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->conf_path, sizeof(f->conf_path), "%s.conf", f->dir);
	out = fopen(f->conf_path, "w");
	assert_non_null(out);
	fputs("bus { trust probe { users = { 12345 } } }\n", out);
	fclose(out);
	f->log = (struct log) { LOG_LEVEL_INFO, take_line, f };
	assert_int_equal(conf_load(&f->conf, f->conf_path, &f->log), 0);
	assert_int_equal(loop_new(&f->loop, &f->log), 0);
	f->probe.wake_at = CORE_NEVER;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	loop_free(f->loop);
	conf_free(f->conf);
	snprintf(command, sizeof(command), "rm -r %s %s", f->dir, f->conf_path);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/* Wakes up in so many milliseconds, raises the signal there, and runs until it has left. */
static int run(struct fixture *f, unsigned ms, int sig)
{
	assert_int_equal(loop_join(f->loop, f->dir, f->conf, &probe_ops), 0);
	f->probe.wake_at = loop_now(f->loop) + ms * NSEC_PER_MS;
	f->probe.signal = sig;
	assert_int_equal(loop_attach(f->loop, &f->probe), 0);
	return loop_run(f->loop);
}

static void test_a_wakeup_comes_when_it_is_due(void **state)
{
	struct fixture *f = *state;
	uint64_t due = loop_now(f->loop) + 20 * NSEC_PER_MS;

	assert_int_equal(run(f, 20, SIGTERM), 0);
	assert_int_equal(f->probe.n_ticks, 1);
	assert_true(f->probe.woken_at >= due);
	assert_true(f->probe.woken_at < due + 500 * NSEC_PER_MS);
}

static void test_sigterm_lets_the_core_take_its_leave(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, 0, SIGTERM), 0);
	assert_int_equal(f->probe.n_stops, 1);
	assert_false(loop_keeps_state(f->loop));
}

static void test_nobody_leaves_for_longer_than_three_seconds(void **state)
{
	struct fixture *f = *state;
	uint64_t took;

	f->probe.stays = true;
	assert_int_equal(run(f, 0, SIGINT), 0);
	took = loop_now(f->loop) - f->probe.woken_at;
	assert_true(took >= 3 * NSEC_PER_S && took < 4 * NSEC_PER_S);
	assert_non_null(strstr(f->lines, "left without waiting"));
}

static void test_sigusr2_leaves_at_once_and_keeps_state(void **state)
{
	struct fixture *f = *state;

	f->probe.stays = true;
	assert_int_equal(run(f, 0, SIGUSR2), 0);
	assert_int_equal(f->probe.n_stops, 0);
	assert_true(loop_keeps_state(f->loop));
}

static void on_reload(void *ctx, uint64_t now)
{
	struct fixture *f = ctx;

	f->probe.n_reloads++;
	f->probe.signal = SIGTERM;
	f->probe.wake_at = now;
}

static void test_sighup_reloads_and_goes_on(void **state)
{
	struct fixture *f = *state;

	loop_on_reload(f->loop, on_reload, f);
	assert_int_equal(run(f, 0, SIGHUP), 0);
	assert_int_equal(f->probe.n_reloads, 1);
	assert_int_equal(f->probe.n_ticks, 2);
}

static void on_pipe(void *ctx, uint64_t now)
{
	struct fixture *f = ctx;
	char c;

	assert_int_equal(read(f->probe.pipe[0], &c, 1), 1);
	f->probe.n_watches++;
	kill(getpid(), SIGTERM);
}

static void test_further_descriptors_are_watched(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pipe(f->probe.pipe), 0);
	assert_int_equal(write(f->probe.pipe[1], "x", 1), 1);
	assert_int_equal(loop_watch(f->loop, f->probe.pipe[0], on_pipe, f), 0);
	assert_int_equal(run(f, 60000, 0), 0);
	assert_int_equal(f->probe.n_watches, 1);
	assert_int_equal(f->probe.n_ticks, 0);
	close(f->probe.pipe[0]);
	close(f->probe.pipe[1]);
}

static void test_without_a_bus_directory_it_says_what_to_do(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(loop_join(f->loop, "/nonexistent", f->conf, &probe_ops), -ENOENT);
	assert_non_null(strstr(f->lines, "no bus directory /nonexistent: systemd-tmpfiles"));
}

/* The one with the role is a child of ours, which leaves when it is told to. */
static pid_t start_first(struct fixture *f)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct loop *loop;

		if (loop_new(&loop, &f->log) || loop_join(loop, f->dir, f->conf, &probe_ops) ||
			write(ready[1], "x", 1) != 1 || loop_attach(loop, &f->probe))
			_exit(1);
		loop_run(loop);
		loop_free(loop);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void test_a_standby_waits_for_the_first_to_leave(void **state)
{
	struct fixture *f = *state;
	pid_t first = start_first(f), killer = fork();
	int status;

	if (killer == 0) {
		usleep(100000);
		kill(first, SIGTERM);
		_exit(0);
	}
	assert_int_equal(run(f, 0, SIGTERM), 0);
	assert_non_null(strstr(f->lines, "standby: another probe is running"));
	assert_int_equal(f->probe.n_ticks, 1);
	assert_int_equal(waitpid(first, &status, 0), first);
	assert_int_equal(status, 0);
	waitpid(killer, &status, 0);
}

static void test_a_standby_can_be_told_to_leave(void **state)
{
	struct fixture *f = *state;
	pid_t first = start_first(f);
	int status;

	kill(getpid(), SIGTERM);
	assert_int_equal(loop_join(f->loop, f->dir, f->conf, &probe_ops), LOOP_LEAVE);
	kill(first, SIGTERM);
	assert_int_equal(waitpid(first, &status, 0), first);
	assert_int_equal(status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_wakeup_comes_when_it_is_due),
		TEST(test_sigterm_lets_the_core_take_its_leave),
		TEST(test_nobody_leaves_for_longer_than_three_seconds),
		TEST(test_sigusr2_leaves_at_once_and_keeps_state),
		TEST(test_sighup_reloads_and_goes_on),
		TEST(test_further_descriptors_are_watched),
		TEST(test_without_a_bus_directory_it_says_what_to_do),
		TEST(test_a_standby_waits_for_the_first_to_leave),
		TEST(test_a_standby_can_be_told_to_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
