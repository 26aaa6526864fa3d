/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include "tests/wanem/commands.h"
#include "tests/wanem/link.h"
#include "wanem-frames.h"

static struct link links[2];
static char answer[COMMAND_ANSWER_MAX];

static int setup(void **state)
{
	link_init(&links[0], "up1", 1, (const uint8_t *)"\2nnnnn");
	link_init(&links[1], "up2", 1, (const uint8_t *)"\2nnnnn");
	return 0;
}

static int teardown(void **state)
{
	link_fini(&links[0]);
	link_fini(&links[1]);
	return 0;
}

static const char *say(const char *line)
{
	commands_run(links, 2, 0, line, answer);
	return answer;
}

static void test_a_line_is_for_one_link_or_all(void **state)
{
	assert_string_equal(say("up1 a2b delay 5ms"), "ok\n");
	assert_string_equal(say("b2a delay 7ms jitter 1ms"), "ok\n");
	assert_string_equal(say("show"), "up1 a2b clear delay 5ms\n"
					 "up1 b2a clear delay 7ms jitter 1ms\n"
					 "up1 nat off\n"
					 "up2 a2b clear \n"
					 "up2 b2a clear delay 7ms jitter 1ms\n"
					 "up2 nat off\n");
}

static void test_words_change_only_what_they_name(void **state)
{
	say("both delay 5ms loss 1%");
	say("both loss 0");
	say("up2 both clear loss 2%");
	assert_string_equal(say("up1 show"), "up1 a2b clear delay 5ms\n"
					     "up1 b2a clear delay 5ms\n"
					     "up1 nat off\n");
	assert_string_equal(say("up2 show"), "up2 a2b clear loss 2%\n"
					     "up2 b2a clear loss 2%\n"
					     "up2 nat off\n");
}

static void test_a_line_with_an_error_changes_nothing(void **state)
{
	char before[COMMAND_ANSWER_MAX];

	strcpy(before, say("show"));
	assert_string_equal(say("both delay 5ms speed 3"), "error: unknown word: speed\n");
	assert_string_equal(
		say("up3 both delay 5ms"), "error: neither a link nor a command: up3\n");
	assert_string_equal(say("up1"), "error: no such command for a link\n");
	assert_string_equal(say(" "), "error: an empty line\n");
	assert_string_equal(say("both stall 5"), "error: stall needs a time\n");
	assert_string_equal(say("nat off"), "error: nat is of one link\n");
	assert_string_equal(say("up1 nat mapping address"), "error: nat needs an address\n");
	assert_string_equal(say("up1 nat address 192.0.2.1 ports 80 90"),
		"error: ports: from 1024 on, and more than one\n");
	assert_string_equal(say("show"), before);
}

static void test_only_one_whole_line_is_taken(void **state)
{
	char line[COMMAND_LINE_MAX] = "both";

	assert_string_equal(say("both delay 5ms\n"), "ok\n");
	assert_string_equal(say("both clear\nboth clear"), "error: not one line\n");
	while (strlen(line) + 1 < sizeof(line))
		strcat(line, " ");
	assert_string_equal(say(line), "error: not one line\n");
}

static void test_an_error_at_the_second_link_spares_the_first(void **state)
{
	for (int i = 0; i < FILTERS_MAX; i++)
		assert_string_equal(say("up2 both drop udp"), "ok\n");
	assert_int_equal(strncmp(say("both drop tcp"), "error", 5), 0);
	assert_int_equal(links[0].directions[SIDE_A].how.n_filters, 0);
}

static void test_nat_is_shown_as_it_was_said(void **state)
{
	say("up1 nat address 192.0.2.1 mapping address filtering address-and-port udp 30s");
	assert_non_null(strstr(say("up1 show"),
		"up1 nat address 192.0.2.1 mapping address filtering address-and-port udp 30s\n"));
	say("up1 nat off");
	assert_non_null(strstr(say("up1 show"), "up1 nat off\n"));
}

static void test_stats_count_by_direction(void **state)
{
	struct test_frame made;

	test_frame_echo(&made, 8, 1, 2, 3);
	say("up1 b2a hole on");
	link_put(&links[0], SIDE_A, made.octets, made.len, 0);
	link_put(&links[0], SIDE_B, made.octets, made.len, 0);
	say("up1 stats");
	assert_non_null(strstr(answer, "up1 a2b held 1 in 1 octets_in 74 out 0"));
	assert_non_null(
		strstr(answer, "up1 b2a held 0 in 1 octets_in 74 out 0 octets_out 0 filtered 1"));
}

static void test_commands_are_no_names_of_links(void **state)
{
	assert_true(command_exists("stats"));
	assert_false(command_exists("up1"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_line_is_for_one_link_or_all),
		TEST(test_words_change_only_what_they_name),
		TEST(test_a_line_with_an_error_changes_nothing),
		TEST(test_only_one_whole_line_is_taken),
		TEST(test_an_error_at_the_second_link_spares_the_first),
		TEST(test_nat_is_shown_as_it_was_said),
		TEST(test_stats_count_by_direction),
		TEST(test_commands_are_no_names_of_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
