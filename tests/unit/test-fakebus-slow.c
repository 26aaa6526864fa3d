/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of the fake bus that are late, deaf, doomed, newer, or whose clock drifts. */
#include "tests/support/unit.h"

#include "base/addr.h"
#include "tests/support/fakebus.h"

/* A core that keeps one number per entry (home address) and counts what happens to it. */
struct keeper {
	const struct core_env *env;
	uint64_t generations[4];
	unsigned heard, dumps, complete, woken;
	uint64_t woken_at, wake_at;
	bool tells;
};

static void input(void *k_, uint64_t now, const struct mipm_msg *msg)
{
	struct keeper *k = k_;

	k->heard++;
	if (msg->type == MIPM_DUMP_END) {
		k->dumps++;
		k->complete += ((const struct mipm_dump_end *)msg->body)->complete;
		return;
	}
	if (msg->type == MIPM_BC_ADD) {
		const struct mipm_bc *bc = msg->body;

		k->generations[addr_to_v4(&bc->home_addr) & 3] = bc->generation;
	}
}

static struct mipm_bc entry(unsigned i, uint64_t generation)
{
	static const struct mipm_path path = {
		.number = 1, .encap = MIPM_ENCAP_UDP, .remote = { { MIPM_IPV4, { 198, 18 } }, 434 }
	};

	return (struct mipm_bc) { .home_addr = addr_from_v4(0x0ac80000u + i),
		.home_agent = addr_from_v4(0xcb007101u),
		.generation = generation,
		.paths = &path,
		.n_paths = 1 };
}

static int dump(void *k_, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	struct keeper *k = k_;

	for (unsigned i = 1; k->tells && i < 4; i++) {
		struct mipm_bc bc = entry(i, k->generations[i]);

		k->env->emit(k->env->ctx, to, MIPM_BC_ADD, &bc);
	}
	return 0;
}

static void tick(void *k_, uint64_t now)
{
	struct keeper *k = k_;

	k->woken++;
	k->woken_at = now;
	k->wake_at = CORE_NEVER;
}

static uint64_t next_wakeup(const void *k)
{
	return ((const struct keeper *)k)->wake_at;
}

static const uint16_t types[] = { MIPM_BC_ADD, MIPM_DUMP_END, MIPM_BE_HINT, 0 };
static const struct core_ops ops = {
	.types = types, .input = input, .tick = tick, .next_wakeup = next_wakeup, .dump = dump
};

struct pair {
	struct fakebus *bus;
	struct keeper had, tunneld;
};

static int setup(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	p->bus = fakebus_new(NULL, 7);
	p->had = (struct keeper) { .wake_at = CORE_NEVER, .tells = true };
	p->tunneld = (struct keeper) { .wake_at = CORE_NEVER };
	p->had.env = fakebus_env(p->bus, "had");
	p->tunneld.env = fakebus_env(p->bus, "tunneld");
	fakebus_attach(p->bus, "had", &ops, &p->had);
	fakebus_attach(p->bus, "tunneld", &ops, &p->tunneld);
	fakebus_run_ms(p->bus, 0);
	p->tunneld.heard = p->tunneld.dumps = p->tunneld.complete = 0;
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;

	fakebus_free(p->bus);
	free(p);
	return 0;
}

static void add(struct pair *p, unsigned i, uint64_t generation)
{
	struct mipm_bc bc = entry(i, generation);

	p->had.generations[i] = generation;
	p->had.env->emit(p->had.env->ctx, NULL, MIPM_BC_ADD, &bc);
}

static void hint(struct pair *p)
{
	const struct mipm_be_hint hint = { .remote = { addr_from_v4(1), 434 },
		.inner = addr_from_v4(2),
		.local = { addr_from_v4(3), 434 } };

	p->had.env->emit(p->had.env->ctx, NULL, MIPM_BE_HINT, &hint);
}

static void test_a_late_member_hears_all_in_order(void **state)
{
	struct pair *p = *state;

	fakebus_set_delay(p->bus, 50 * NSEC_PER_MS);
	for (uint64_t g = 1; g <= 5; g++)
		add(p, 1, g);
	fakebus_run_ms(p->bus, 0);
	assert_int_equal(p->tunneld.heard, 0);
	fakebus_run_ms(p->bus, 50);
	assert_int_equal(p->tunneld.heard, 5);
	assert_int_equal(p->tunneld.generations[1], 5);
}

static void test_newer_state_takes_the_place_of_older(void **state)
{
	struct pair *p = *state;

	fakebus_deafen(p->bus, "tunneld", NSEC_PER_S);
	for (uint64_t g = 1; g <= 1000; g++)
		add(p, 1 + g % 2, g);
	fakebus_run_ms(p->bus, 999);
	assert_int_equal(p->tunneld.heard, 0);
	fakebus_run_ms(p->bus, 2);
	assert_int_equal(p->tunneld.heard, 10 + 2); /* the kernel's queue and one of each entry */
	assert_int_equal(p->tunneld.generations[1], 1000);
	assert_int_equal(p->tunneld.generations[2], 999);
	assert_int_equal(p->tunneld.dumps, 0);
}

static void test_who_misses_something_asks_for_a_dump(void **state)
{
	struct pair *p = *state;

	fakebus_set_backlog(p->bus, 2000);
	fakebus_deafen(p->bus, "tunneld", NSEC_PER_S);
	for (int i = 0; i < 100; i++)
		hint(p);
	add(p, 3, 7); /* does not fit */
	fakebus_run_ms(p->bus, 999);
	assert_int_equal(p->tunneld.heard, 0);
	fakebus_run_ms(p->bus, 2);
	assert_in_range(p->tunneld.heard, 11, 99);
	assert_int_equal(p->tunneld.generations[3], 7);
	assert_int_equal(p->tunneld.dumps, 1);
	assert_int_equal(p->tunneld.complete, 1);
}

static void test_it_asks_at_most_once_a_second(void **state)
{
	struct pair *p = *state;

	fakebus_set_backlog(p->bus, 2000);
	for (int round = 0; round < 10; round++) {
		fakebus_deafen(p->bus, "tunneld", 100 * NSEC_PER_MS);
		for (int i = 0; i < 100; i++)
			hint(p);
		fakebus_run_ms(p->bus, 101);
	}
	assert_int_equal(p->tunneld.dumps, 1);
	fakebus_run_ms(p->bus, 1000);
	assert_int_equal(p->tunneld.dumps, 2);
}

static void note_end(void *ctx)
{
	*(bool *)ctx = true;
}

static void test_the_doomed_falls_silent_in_the_middle(void **state)
{
	struct pair *p = *state;
	bool ended = false;

	fakebus_doom(p->bus, "had", 2, note_end, &ended);
	for (unsigned i = 1; i < 4; i++)
		add(p, i, 5);
	fakebus_run_ms(p->bus, 0);
	assert_true(ended);
	assert_int_equal(p->tunneld.heard, 2);
	assert_int_equal(p->tunneld.generations[3], 0);
}

static void test_who_is_spared_lives_and_hears(void **state)
{
	struct pair *p = *state;
	bool ended = false;

	fakebus_doom(p->bus, "had", 2, note_end, &ended);
	fakebus_deafen(p->bus, "tunneld", 3600 * NSEC_PER_S);
	add(p, 1, 5);
	fakebus_run_ms(p->bus, 0);
	assert_int_equal(p->tunneld.heard, 0);
	fakebus_spare(p->bus, "had");
	fakebus_spare(p->bus, "tunneld");
	add(p, 2, 5);
	add(p, 3, 5);
	fakebus_run_ms(p->bus, 0);
	assert_false(ended);
	assert_int_equal(p->tunneld.heard, 3);
}

static void test_hearing_and_waking_are_events_too(void **state)
{
	struct pair *p = *state;
	uint64_t before = fakebus_events(p->bus, "tunneld");
	bool ended = false;

	add(p, 1, 1);
	fakebus_run_ms(p->bus, 0);
	p->tunneld.wake_at = fakebus_now(p->bus) + NSEC_PER_MS;
	fakebus_run_ms(p->bus, 1);
	assert_int_equal(fakebus_events(p->bus, "tunneld") - before, 2);
	fakebus_doom(p->bus, "tunneld", 1, note_end, &ended);
	add(p, 1, 2); /* it dies before it has looked */
	fakebus_run_ms(p->bus, 0);
	assert_true(ended);
	assert_int_equal(p->tunneld.generations[1], 1);
}

static void test_what_is_unknown_is_skipped(void **state)
{
	struct pair *p = *state;

	fakebus_set_newer(p->bus, "had", true);
	add(p, 2, 9);
	fakebus_run_ms(p->bus, 0);
	assert_int_equal(p->tunneld.heard, 1);
	assert_int_equal(p->tunneld.generations[2], 9);
}

static void test_a_clock_that_drifts(void **state)
{
	struct pair *p = *state;
	struct vtime *vt = fakebus_vtime(p->bus);
	uint64_t start = fakebus_now(p->bus);

	fakebus_set_drift(p->bus, 50);
	p->had.wake_at = start + 1000 * NSEC_PER_S;
	fakebus_run_ms(p->bus, 999950);
	assert_int_equal(p->had.woken, 0);
	fakebus_run_ms(p->bus, 1);
	assert_int_equal(p->had.woken, 1); /* 1,000 s of its own are 999.950002 s */
	assert_true(p->had.woken_at >= start + 1000 * NSEC_PER_S);
	assert_in_range(fakebus_now(p->bus) - vtime_now(vt), 49997500, 49998000);
	fakebus_set_drift(p->bus, -50);
	p->had.wake_at = fakebus_now(p->bus) + 1000 * NSEC_PER_S;
	fakebus_run_ms(p->bus, 1000049);
	assert_int_equal(p->had.woken, 1);
	fakebus_run_ms(p->bus, 2);
	assert_int_equal(p->had.woken, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_late_member_hears_all_in_order),
		TEST(test_newer_state_takes_the_place_of_older),
		TEST(test_who_misses_something_asks_for_a_dump),
		TEST(test_it_asks_at_most_once_a_second),
		TEST(test_the_doomed_falls_silent_in_the_middle),
		TEST(test_who_is_spared_lives_and_hears),
		TEST(test_hearing_and_waking_are_events_too),
		TEST(test_what_is_unknown_is_skipped),
		TEST(test_a_clock_that_drifts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
