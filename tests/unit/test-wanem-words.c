/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include <errno.h>

#include "tests/wanem/impairments.h"

static char why[WORD_WHY_MAX], text[1024];

static int argument(enum argument_kind kind, const char *written, uint64_t *out)
{
	return argument_read(&(struct argument) { kind, 0, "one|other", 0 }, written, out);
}

static void test_values_have_their_units(void **state)
{
	static const struct {
		enum argument_kind kind;
		const char *written;
		uint64_t value;
	} good[] = {
		{ ARGUMENT_TIME, "12500us", 12500000 },
		{ ARGUMENT_TIME, "12.5ms", 12500000 },
		{ ARGUMENT_TIME, "0", 0 },
		{ ARGUMENT_TIME, "2h", 7200000000000 },
		{ ARGUMENT_SHARE, "0.5%", 5000 },
		{ ARGUMENT_SHARE, "100%", 1000000 },
		{ ARGUMENT_SHARE, "7ppm", 7 },
		{ ARGUMENT_RATE, "10Mbit", 10000000 },
		{ ARGUMENT_SIZE, "125kB", 125000 },
		{ ARGUMENT_NUMBER, "65535", 65535 },
		{ ARGUMENT_CHOICE, "other", 1 },
		{ ARGUMENT_IPV4, "192.0.2.1", 0xc0000201 },
	};
	uint64_t value;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(argument(good[i].kind, good[i].written, &value), 0);
		assert_true(value == good[i].value);
	}
}

static void test_other_values_are_refused(void **state)
{
	static const struct {
		enum argument_kind kind;
		const char *written;
	} bad[] = {
		{ ARGUMENT_TIME, "5" },
		{ ARGUMENT_TIME, "" },
		{ ARGUMENT_TIME, "-1ms" },
		{ ARGUMENT_TIME, "1.2.3ms" },
		{ ARGUMENT_TIME, "0.5ns" },
		{ ARGUMENT_TIME, "25h" },
		{ ARGUMENT_SHARE, "100.1%" },
		{ ARGUMENT_SHARE, "5" },
		{ ARGUMENT_RATE, "10MB" },
		{ ARGUMENT_NUMBER, "99999999999999999999" },
		{ ARGUMENT_NUMBER, "1x" },
		{ ARGUMENT_CHOICE, "on" },
		{ ARGUMENT_CHOICE, "one|other" },
		{ ARGUMENT_IPV4, "192.0.2" },
	};
	uint64_t value;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(argument(bad[i].kind, bad[i].written, &value), -EINVAL);
}

static int read_line(struct impairments *how, const char *line)
{
	char copy[512], *rest = copy, *argv[64];
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	return words_read(impairment_words, how, argc, argv, why);
}

static void test_what_is_printed_reads_as_the_same(void **state)
{
	static const char line[] =
		"hole on drop udp,larger=1200,port=434,every=3 drop arp loss 1% "
		"loss-burst 1% 20% 100% loss-time 30s 100ms 60% exponential corrupt 1ppm "
		"rate 10Mbit queue 64kB delay 12500us jitter 1500us order free ahead 2% "
		"late 3% 20ms duplicate 4%";
	struct impairments how = no_impairments, again = no_impairments;

	assert_int_equal(read_line(&how, line), 0);
	assert_string_equal(
		words_print(impairment_words, &how, &no_impairments, text, sizeof(text)), line);
	assert_int_equal(read_line(&again, text), 0);
	assert_memory_equal(&how, &again, sizeof(how));
}

static void test_defaults_are_not_printed(void **state)
{
	assert_string_equal(
		words_print(impairment_words, &no_impairments, &no_impairments, text, sizeof(text)),
		"");
}

static void test_errors_say_what_was_wrong(void **state)
{
	struct impairments how = no_impairments;

	assert_int_equal(read_line(&how, "delay 1ms speed 3"), -EINVAL);
	assert_string_equal(why, "unknown word: speed");
	assert_int_equal(read_line(&how, "late 5%"), -EINVAL);
	assert_string_equal(why, "late needs TIME");
	assert_int_equal(read_line(&how, "order maybe"), -EINVAL);
	assert_string_equal(why, "order: not keep|free: maybe");
	assert_int_equal(read_line(&how, "drop tcp,size=3"), -EINVAL);
	assert_int_equal(read_line(&how, "drop tcp,"), -EINVAL);
	assert_int_equal(read_line(&how, "drop every=0"), -EINVAL);
}

static void test_filters_are_bounded(void **state)
{
	struct impairments how = no_impairments;

	for (int i = 0; i < FILTERS_MAX; i++)
		assert_int_equal(read_line(&how, "drop udp"), 0);
	assert_int_equal(read_line(&how, "drop udp"), -EINVAL);
	assert_int_equal(read_line(&how, "drop none drop tcp"), 0);
	assert_int_equal(how.n_filters, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_have_their_units),
		cmocka_unit_test(test_other_values_are_refused),
		cmocka_unit_test(test_what_is_printed_reads_as_the_same),
		cmocka_unit_test(test_defaults_are_not_printed),
		cmocka_unit_test(test_errors_say_what_was_wrong),
		cmocka_unit_test(test_filters_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
