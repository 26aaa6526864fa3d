/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include <errno.h>

#include "base/log.h"

struct sink {
	char line[LOG_LINE_MAX];
	enum log_level level;
	unsigned n_lines;
};

static struct sink sink;
static struct log to_sink;

static void write_line(void *ctx, enum log_level level, const char *line)
{
	struct sink *s = ctx;

	strcpy(s->line, line);
	s->level = level;
	s->n_lines++;
}

static int setup(void **state)
{
	sink = (struct sink) { 0 };
	to_sink = (struct log) { LOG_LEVEL_INFO, write_line, &sink };
	return 0;
}

static void test_warn_adds_the_text_of_either_sign(void **state)
{
	log_warn(&to_sink, -ENOENT, "keys %s", "file");
	assert_string_equal(sink.line, "keys file: No such file or directory");
	log_warn(&to_sink, ENOENT, "keys");
	assert_string_equal(sink.line, "keys: No such file or directory");
	log_warnx(&to_sink, "plain");
	assert_string_equal(sink.line, "plain");
	assert_int_equal(sink.level, LOG_LEVEL_WARN);
}

static void test_levels_above_the_sinks_are_not_written(void **state)
{
	log_debug(&to_sink, "unseen");
	assert_int_equal(sink.n_lines, 0);
	log_info(&to_sink, "seen");
	assert_int_equal(sink.n_lines, 1);
	to_sink.level = LOG_LEVEL_WARN;
	log_info(&to_sink, "unseen");
	assert_int_equal(sink.n_lines, 1);
	to_sink.level = LOG_LEVEL_DEBUG;
	log_debug(&to_sink, "seen");
	assert_int_equal(sink.n_lines, 2);
}

static void test_no_log_is_silence(void **state)
{
	struct log none = { 0 };

	log_warnx(NULL, "x");
	log_warn(&none, EIO, "x");
	assert_false(log_is_on(NULL, LOG_LEVEL_WARN));
}

static void test_a_line_is_one_line(void **state)
{
	log_info(&to_sink, "a\nb\tc\033[1m");
	assert_string_equal(sink.line, "a?b?c?[1m");
}

static void test_long_lines_are_cut(void **state)
{
	char text[2000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_warn(&to_sink, EIO, "%s", text);
	assert_int_equal(strlen(sink.line), LOG_LINE_MAX - 1);
}

static void test_level_names_go_both_ways(void **state)
{
	enum log_level level;

	for (unsigned i = 0; i <= LOG_LEVEL_DEBUG; i++) {
		assert_int_equal(log_level_parse(log_level_name((enum log_level)i), &level), 0);
		assert_int_equal(level, i);
	}
	assert_int_equal(log_level_parse("loud", &level), -EINVAL);
}

static void test_a_limit_lets_a_burst_through_each_interval(void **state)
{
	struct log_limit limit = { 0 };
	uint32_t n_held;

	assert_true(log_limit_pass(&limit, 1000, 2, 100, &n_held));
	assert_true(log_limit_pass(&limit, 1001, 2, 100, &n_held));
	assert_false(log_limit_pass(&limit, 1002, 2, 100, &n_held));
	assert_false(log_limit_pass(&limit, 1099, 2, 100, &n_held));
	assert_true(log_limit_pass(&limit, 1100, 2, 100, &n_held));
	assert_int_equal(n_held, 2);
	assert_true(log_limit_pass(&limit, 1101, 2, 100, &n_held));
	assert_int_equal(n_held, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_warn_adds_the_text_of_either_sign, setup),
		cmocka_unit_test_setup(test_levels_above_the_sinks_are_not_written, setup),
		cmocka_unit_test_setup(test_no_log_is_silence, setup),
		cmocka_unit_test_setup(test_a_line_is_one_line, setup),
		cmocka_unit_test_setup(test_long_lines_are_cut, setup),
		cmocka_unit_test_setup(test_level_names_go_both_ways, setup),
		cmocka_unit_test_setup(test_a_limit_lets_a_burst_through_each_interval, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
