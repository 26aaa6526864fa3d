/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tunneld-rig.h"

#define MS NSEC_PER_MS

static struct fib_path *path_of(struct rig *r, uint16_t number)
{
	struct mipm_addr home = A("10.200.0.7"), peer = A("203.0.113.1");

	return fib_path_find(fib_tunnel_find(&r->f->fib, 0, &home, &peer), number);
}

static void add(struct rig *r, uint16_t number, uint32_t keepalive_s)
{
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", number);

	bul.path.keepalive_s = keepalive_s;
	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_ADD, &bul);
	rig_as(r, "linkmon");
}

static struct mipm_path_watch watch(uint32_t fill, uint32_t idle, uint32_t suspect, uint32_t lease)
{
	return (struct mipm_path_watch) {
		.home_addr = A("10.200.0.7"),
		.peer = A("203.0.113.1"),
		.number = 1,
		.fill_ms = fill,
		.idle_ms = idle,
		.suspect_ms = suspect,
		.lease_ms = lease,
	};
}

static void arm(struct rig *r, uint32_t fill, uint32_t idle, uint32_t suspect, uint32_t lease)
{
	struct mipm_path_watch w = watch(fill, idle, suspect, lease);

	rig_say(r, MIPM_PATH_WATCH, &w);
}

static void member(struct rig *r, bool joined)
{
	forwarder_member(r->f, r->now, &r->from, joined);
}

static void test_nat_keepalive_only_when_nothing_was_sent(void **state)
{
	struct rig *r = *state;

	add(r, 1, 110);
	rig_run(r, RIG_START + 109 * RIG_S);
	assert_int_equal(r->n_sent, 0);
	rig_traffic(r, path_of(r, 1), false, false);
	rig_run(r, RIG_START + 218 * RIG_S);
	assert_int_equal(r->n_sent, 0);
	rig_run(r, RIG_START + 219 * RIG_S);
	assert_int_equal(r->n_sent, 1);
	assert_int_equal(r->sent[0].at, RIG_START + 219 * RIG_S);
	rig_run(r, RIG_START + 329 * RIG_S);
	assert_int_equal(r->n_sent, 2);
}

static void test_reception_alone_does_not_keep_a_mapping(void **state)
{
	struct rig *r = *state;

	add(r, 1, 20);
	rig_run(r, RIG_START + 10 * RIG_S);
	rig_traffic(r, path_of(r, 1), true, false);
	rig_run(r, RIG_START + 20 * RIG_S);
	assert_int_equal(r->n_sent, 1);
}

/* RFC 3519 4.7: not below 10 s */
static void test_nat_keepalive_has_a_floor(void **state)
{
	struct rig *r = *state;

	add(r, 1, 1);
	rig_run(r, RIG_START + 35 * RIG_S);
	assert_int_equal(r->n_sent, 3);
}

static void test_no_duty_no_timer(void **state)
{
	struct rig *r = *state;

	add(r, 1, 0);
	assert_int_equal(forwarder_next_wakeup(r->f), CORE_NEVER);
	assert_null(path_of(r, 1)->reflex);
}

static void test_armed_path_keeps_the_idle_pace(void **state)
{
	struct rig *r = *state;

	add(r, 1, 110);
	arm(r, 50, 1000, 0, 60000);
	rig_run(r, RIG_START + 5 * RIG_S);
	assert_int_equal(r->n_sent, 5);
}

static void test_traffic_quickens_the_pace(void **state)
{
	struct rig *r = *state;
	uint64_t from;

	add(r, 1, 110);
	arm(r, 50, 1000, 0, 60000);
	rig_run(r, RIG_START + 1 * RIG_S);
	rig_forget(r);
	/* something comes in and nothing goes out: fills tell the other end that we are there */
	for (int i = 0; i < 100; i++) {
		rig_traffic(r, path_of(r, 1), true, false);
		rig_run(r, r->now + 20 * MS);
	}
	from = r->n_sent;
	assert_in_range(from, 20, 41);
	/* what goes out takes its place */
	rig_forget(r);
	for (int i = 0; i < 100; i++) {
		rig_traffic(r, path_of(r, 1), false, false);
		rig_run(r, r->now + 20 * MS);
	}
	assert_int_equal(r->n_sent, 0);
}

static void test_silence_is_told_once(void **state)
{
	struct rig *r = *state;
	const struct rig_said *said;

	add(r, 1, 0);
	arm(r, 0, 0, 60, 60000);
	for (int i = 0; i < 50; i++) {
		rig_traffic(r, path_of(r, 1), true, true);
		rig_run(r, r->now + 20 * MS);
	}
	assert_int_equal(rig_count(r, MIPM_PATH_SILENT), 0);
	rig_run(r, r->now + 500 * MS);
	assert_int_equal(rig_count(r, MIPM_PATH_SILENT), 1);
	said = rig_said(r, MIPM_PATH_SILENT, 0);
	assert_int_equal(said->silent.number, 1);
	assert_int_equal(said->silent.at, said->silent.last_in_at + 60 * MS);
	/* heard again, silent again: told again */
	rig_traffic(r, path_of(r, 1), true, true);
	rig_run(r, r->now + 200 * MS);
	assert_int_equal(rig_count(r, MIPM_PATH_SILENT), 2);
}

static void test_what_is_armed_outlives_its_owner_by_the_lease(void **state)
{
	struct rig *r = *state;

	add(r, 1, 110);
	arm(r, 100, 100, 0, 2000);
	rig_run(r, RIG_START + 4 * RIG_S); /* the owner is there: no end */
	assert_int_equal(r->n_sent, 40);
	member(r, false);
	rig_run(r, RIG_START + 6 * RIG_S);
	assert_in_range(r->n_sent, 59, 60);
	rig_forget(r);
	rig_run(r, RIG_START + 100 * RIG_S);
	assert_int_equal(r->n_sent, 0);
	rig_run(r, RIG_START + 117 * RIG_S); /* the NAT keepalive is what remains */
	assert_int_equal(r->n_sent, 1);
}

static void test_a_returning_owner_has_to_renew(void **state)
{
	struct rig *r = *state;

	add(r, 1, 0);
	arm(r, 100, 100, 0, 1000);
	member(r, false);
	rig_run(r, r->now + 500 * MS);
	member(r, true);
	arm(r, 100, 100, 0, 1000);
	rig_forget(r);
	rig_run(r, r->now + 3 * RIG_S);
	assert_int_equal(r->n_sent, 30);
}

static void test_another_members_leaving_is_nothing(void **state)
{
	struct rig *r = *state;

	add(r, 1, 0);
	arm(r, 100, 100, 0, 100);
	rig_as(r, "mnd");
	member(r, false);
	rig_run(r, r->now + 1 * RIG_S);
	assert_int_equal(r->n_sent, 10);
}

static void test_disarming(void **state)
{
	struct rig *r = *state;

	add(r, 1, 0);
	arm(r, 100, 100, 50, 1000);
	arm(r, 100, 100, 50, 0);
	rig_run(r, r->now + 5 * RIG_S);
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_count(r, MIPM_PATH_SILENT), 0);
}

static void test_nobody_arms_us_to_a_flood(void **state)
{
	struct rig *r = *state;

	add(r, 1, 0);
	arm(r, 1, 1, 1, 1000);
	rig_run(r, r->now + 200 * MS);
	assert_in_range(r->n_sent, 15, 20);
}

static void test_a_path_that_cannot_send_is_no_busy_loop(void **state)
{
	struct rig *r = *state;
	unsigned turns = 0;

	add(r, 1, 20);
	forwarder_socket_gone(r->f, r->now, 11);
	while (forwarder_next_wakeup(r->f) <= RIG_START + 100 * RIG_S) {
		r->now = forwarder_next_wakeup(r->f);
		forwarder_tick(r->f, r->now);
		assert_true(++turns < 20);
	}
	assert_int_equal(r->n_sent, 0);
}

static void test_watch_of_an_unknown_path_is_nothing(void **state)
{
	struct rig *r = *state;

	arm(r, 100, 100, 50, 1000);
	assert_int_equal(forwarder_next_wakeup(r->f), CORE_NEVER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_nat_keepalive_only_when_nothing_was_sent),
		TEST(test_reception_alone_does_not_keep_a_mapping),
		TEST(test_nat_keepalive_has_a_floor),
		TEST(test_no_duty_no_timer),
		TEST(test_armed_path_keeps_the_idle_pace),
		TEST(test_traffic_quickens_the_pace),
		TEST(test_silence_is_told_once),
		TEST(test_what_is_armed_outlives_its_owner_by_the_lease),
		TEST(test_a_returning_owner_has_to_renew),
		TEST(test_another_members_leaving_is_nothing),
		TEST(test_disarming),
		TEST(test_nobody_arms_us_to_a_flood),
		TEST(test_a_path_that_cannot_send_is_no_busy_loop),
		TEST(test_watch_of_an_unknown_path_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
