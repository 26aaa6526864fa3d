/* SPDX-License-Identifier: BSD-2-Clause */
/* What other tests build on: virtual time and the bus in one process. */
#include "tests/support/unit.h"

#include "tests/support/fakebus.h"

static char heard[256];

static void note(void *ctx)
{
	strncat(heard, ctx, sizeof(heard) - strlen(heard) - 1);
}

static int setup(void **state)
{
	heard[0] = '\0';
	*state = fakebus_new(NULL, 7);
	return 0;
}

static int teardown(void **state)
{
	fakebus_free(*state);
	return 0;
}

static void test_equal_times_run_in_the_order_asked(void **state)
{
	struct vtime *vt = fakebus_vtime(*state);
	uint64_t id;

	vtime_in_ms(vt, 5, note, "c");
	vtime_in_ms(vt, 1, note, "a");
	id = vtime_in_ms(vt, 1, note, "x");
	vtime_in_ms(vt, 1, note, "b");
	vtime_cancel(vt, id);
	vtime_run_ms(vt, 4);
	assert_string_equal(heard, "ab");
	vtime_run_ms(vt, 1);
	assert_string_equal(heard, "abc");
	assert_int_equal(vtime_now(vt), VTIME_START + 5 * NSEC_PER_MS);
}

static void test_what_is_late_runs_after_a_stall(void **state)
{
	struct vtime *vt = fakebus_vtime(*state);

	vtime_in_ms(vt, 1, note, "a");
	vtime_stall_ms(vt, 100);
	assert_string_equal(heard, "");
	vtime_run_ms(vt, 0);
	assert_string_equal(heard, "a");
	assert_int_equal(vtime_now(vt), VTIME_START + 100 * NSEC_PER_MS);
}

static void test_a_seed_is_a_run(void **state)
{
	struct vtime *a = vtime_new(3), *b = vtime_new(3), *c = vtime_new(4);
	uint64_t first = vtime_random(a);

	assert_int_equal(first, vtime_random(b));
	assert_int_not_equal(first, vtime_random(c));
	vtime_free(a);
	vtime_free(b);
	vtime_free(c);
}

static void hear(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	snprintf(heard + strlen(heard), sizeof(heard) - strlen(heard), "%s<%s:%s ",
		(const char *)ctx, msg->from->role, mipm_type_name(msg->type));
}

static void say_bye(struct fakebus *b, const char *from, const char *to)
{
	const struct mipm_bye bye = { .reason = { "done", 4 } };

	fakebus_say(b, from, to, MIPM_BYE, &bye);
	fakebus_run_ms(b, 0);
}

static void test_who_wants_it_is_told(void **state)
{
	static const uint16_t byes[] = { MIPM_BYE, 0 }, links[] = { MIPM_LINK, 0 };
	struct fakebus *b = *state;

	fakebus_attach_model(b, "a", byes, hear, "a");
	fakebus_attach_model(b, "b", links, hear, "b");
	fakebus_attach_model(b, "c", byes, hear, "c");
	say_bye(b, "c", NULL); /* not the speaker, not who did not ask */
	assert_string_equal(heard, "a<c:BYE ");
	say_bye(b, "c", "b"); /* but whom it is for */
	assert_string_equal(heard, "a<c:BYE b<c:BYE ");
	fakebus_detach(b, "a");
	say_bye(b, "c", NULL);
	assert_string_equal(heard, "a<c:BYE b<c:BYE ");
	assert_int_equal(fakebus_count(b, MIPM_BYE), 3);
}

static void test_what_was_said_can_be_taken_in_order(void **state)
{
	struct fakebus *b = *state;
	const struct mipm_bye *bye;
	const char *to = "";
	uint64_t at = 0;

	say_bye(b, "a", NULL);
	vtime_run_ms(fakebus_vtime(b), 2);
	say_bye(b, "b", "a");
	bye = fakebus_take(b, MIPM_BYE);
	assert_memory_equal(bye->reason.text, "done", 4);
	assert_null(fakebus_take_msg(b, "a", 0, &to, &at));
	assert_non_null(fakebus_take_msg(b, "b", 0, &to, &at));
	assert_string_equal(to, "a");
	assert_int_equal(at, VTIME_START + 2 * NSEC_PER_MS);
	assert_null(fakebus_take(b, MIPM_BYE));
	assert_non_null(fakebus_last(b, MIPM_BYE));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_equal_times_run_in_the_order_asked),
		TEST(test_what_is_late_runs_after_a_stall),
		TEST(test_a_seed_is_a_run),
		TEST(test_who_wants_it_is_told),
		TEST(test_what_was_said_can_be_taken_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
