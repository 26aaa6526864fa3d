/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract of struct dataplane (tunneld/dataplane.h): the same promises for each row of
 * dataplanes[], and for those that move packets what comes out of them. A plane with a device is
 * tested as root in a network namespace of its own.
 */
#include "tests/unit/dataplane-rig.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

/* life */

static void test_life_leaves_nothing(void **state)
{
	struct dp_rig *r = *state;
	size_t fds = dp_rig_count("fd"), threads = dp_rig_count("task");

	dp_rig_open(r);
	assert_int_equal(dp_rig_count("task"), threads);
	dp_rig_close(r, false);
	assert_int_equal(dp_rig_count("fd"), fds);
	dp_rig_start(r);
	dp_rig_close(r, false);
	assert_int_equal(dp_rig_count("fd"), fds);
	assert_int_equal(dp_rig_count("task"), threads);
	r->plane->close(NULL, false);
}

/* One descriptor more each time, until it opens. */
static void open_with_too_few_descriptors(struct dp_rig *r, bool has_device)
{
	size_t fds = dp_rig_count("fd");
	struct rlimit before, few;
	char text[256] = "";
	int next = fcntl(0, F_DUPFD, 3), rc = -1;

	close(next);
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	for (few.rlim_cur = (rlim_t)next; rc < 0; few.rlim_cur++) {
		text[0] = '\0';
		setrlimit(RLIMIT_NOFILE, &few);
		rc = r->plane->open(&r->dp, &r->config, text, sizeof(text));
		setrlimit(RLIMIT_NOFILE, &before);
		if (rc == 0)
			break;
		assert_true(text[0] != '\0');
		assert_null(r->dp);
		assert_int_equal(dp_rig_count("fd"), fds);
		assert_int_equal(dp_rig_has_device(), has_device);
	}
}

static void test_a_failed_open_changes_nothing(void **state)
{
	struct dp_rig *r = *state;
	bool has_device;

	open_with_too_few_descriptors(r, false);
	dp_rig_close(r, true);
	has_device = dp_rig_has_device();
	open_with_too_few_descriptors(r, has_device);
}

static void test_what_is_kept_is_adopted(void **state)
{
	struct dp_rig *r = *state;
	bool has_device;

	dp_rig_start(r);
	assert_false(r->plane->adopted(r->dp));
	dp_rig_close(r, true);
	has_device = dp_rig_has_device();
	dp_rig_start(r);
	assert_int_equal(r->plane->adopted(r->dp), has_device);
	dp_rig_close(r, false);
	assert_false(dp_rig_has_device());
	dp_rig_open(r);
	assert_false(r->plane->adopted(r->dp));
}

/* on the way */

static void test_sockets_come_and_go(void **state)
{
	struct dp_rig *r = *state;
	struct mipm_endpoint other = r->group->local;
	struct udp_group *second;

	dp_rig_open(r);
	assert_int_equal(r->plane->socket(r->dp, r->group, true), 0);
	assert_int_equal(r->plane->start(r->dp), 0);
	other.addr = A("127.0.0.3");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(udp_group_open(r->udp, &other, 0, 0, &second), 0);
		assert_int_equal(r->plane->socket(r->dp, second, true), 0);
		assert_int_equal(r->plane->socket(r->dp, second, false), 0);
		udp_group_close(r->udp, second);
		urcu_memb_barrier(); /* its address is free */
	}
	assert_int_equal(r->plane->socket(r->dp, r->group, false), 0);
	assert_int_equal(r->plane->socket(r->dp, r->group, true), 0);
}

static void test_changes_at_any_time(void **state)
{
	struct dp_rig *r = *state;

	dp_rig_open(r);
	r->plane->changed(r->dp, r->tunnel);
	assert_int_equal(r->plane->start(r->dp), 0);
	fib_tunnel_choose(r->tunnel, NULL);
	r->plane->changed(r->dp, r->tunnel);
	fib_tunnel_choose(r->tunnel, r->path);
	r->plane->changed(r->dp, r->tunnel);
	assert_int_equal(fib_tunnel_claim(&r->fib, r->tunnel, NULL, 0), 0);
	r->plane->changed(r->dp, r->tunnel);
}

static void assert_not_less(const struct dp_stats *now, const struct dp_stats *before)
{
	for (size_t i = 0; i < DP_DROPS; i++)
		assert_true(now->dropped[i] >= before->dropped[i]);
	assert_true(now->packets_in >= before->packets_in && now->batches_in >= before->batches_in);
	assert_true(
		now->packets_out >= before->packets_out && now->batches_out >= before->batches_out);
}

static void test_counters_begin_at_nothing_and_never_go_back(void **state)
{
	static const struct dp_stats none;
	struct dp_rig *r = *state;
	struct dp_stats before, now;
	uint8_t packet[128];
	size_t len = rig_packet(packet, DP_RIG_FAR_HOST, DP_RIG_HERE);

	dp_rig_open(r);
	before = dp_rig_stats(r);
	assert_memory_equal(&before, &none, sizeof(none));
	assert_int_equal(r->plane->socket(r->dp, r->group, true), 0);
	assert_int_equal(r->plane->start(r->dp), 0);
	for (int i = 0; i < 200; i++) {
		dp_rig_send(r, i % 2 ? r->router : r->stranger, packet, len);
		now = dp_rig_stats(r);
		assert_not_less(&now, &before);
		before = now;
	}
}

static void test_nothing_to_tell(void **state)
{
	struct dp_rig *r = *state;
	uint64_t now = 1;

	dp_rig_start(r);
	dp_rig_turn(r);
	r->is_asked = true;
	r->plane->ready(r->dp, now);
	r->plane->ready(r->dp, now);
	assert_int_equal(r->n_strangers + r->n_missed + r->n_answers + r->n_gone + r->n_down, 0);
}

/* The rig fails what is told outside ready(). */
static void test_nothing_is_told_after_close(void **state)
{
	struct dp_rig *r = *state;
	uint8_t packet[128];
	size_t len = rig_packet(packet, DP_RIG_FAR_HOST, DP_RIG_HERE);

	dp_rig_start(r);
	for (int i = 0; i < 50; i++)
		dp_rig_send(r, r->stranger, packet, len);
	dp_rig_close(r, false);
	assert_int_equal(r->n_strangers + r->n_missed, 0);
}

/* the table */

static const struct dp_promise promises[] = {
	DP_PROMISE(life_leaves_nothing),
	DP_PROMISE(a_failed_open_changes_nothing),
	DP_PROMISE(what_is_kept_is_adopted),
	DP_PROMISE(sockets_come_and_go),
	DP_PROMISE(changes_at_any_time),
	DP_PROMISE(counters_begin_at_nothing_and_never_go_back),
	DP_PROMISE(nothing_to_tell),
	DP_PROMISE(nothing_is_told_after_close),
};

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct CMUnitTest tests[64];
static char names[64][96];
static size_t n_tests;

static void skipped(void **state)
{
}

/* cmocka's own skip() is "not ok" in TAP: the directive stands in the name. */
static void add(
	const struct dataplane *plane, const struct dp_promise *rows, size_t n, const char *why)
{
	for (size_t i = 0; i < n; i++, n_tests++) {
		struct CMUnitTest *test = &tests[n_tests];

		assert(n_tests < N(tests));
		snprintf(names[n_tests], sizeof(names[0]), "%s: %s%s%s", plane->name, rows[i].name,
			why ? " # SKIP " : "", why ? why : "");
		*test = (struct CMUnitTest) { names[n_tests], why ? skipped : rows[i].test,
			why ? NULL : dp_rig_setup, why ? NULL : dp_rig_teardown, (void *)plane };
	}
}

int main(void)
{
	const char *why = dp_rig_privileges();

	urcu_memb_register_thread();
	urcu_memb_get_default_call_rcu_data(); /* its thread is nobody's leak */
	for (size_t i = 0; dataplanes[i]; i++) {
		bool moves = dataplanes[i] != &dp_null;

		add(dataplanes[i], promises, N(promises), moves ? why : NULL);
		if (moves)
			add(dataplanes[i], dp_packets, dp_n_packets, why);
	}
	return _cmocka_run_group_tests("dataplane", tests, n_tests, NULL, NULL);
}
