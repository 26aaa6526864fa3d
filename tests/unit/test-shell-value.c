/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "shell/conf.h"

static const struct conf_keyword port = { "port", CONF_NUMBER, 0, 1, 65535 };
static const struct conf_keyword mark = { "mark", CONF_NUMBER, CONF_HEX, 0, UINT32_MAX };
static const struct conf_keyword mtu = { "mtu", CONF_NUMBER, 0, 576, 65535, .words = "auto" };
static const struct conf_keyword probe = { "probe", CONF_DURATION, 0, 10, 3600000 };
static const struct conf_keyword lifetime = { "lifetime", CONF_DURATION, CONF_SECONDS, 1000,
	65534000 };
static const struct conf_keyword rate = { "rate", CONF_RATE, 0, 8000, .words = "none|auto" };
static const struct conf_keyword quota = { "quota", CONF_SIZE };
static const struct conf_keyword metered = { "metered", CONF_YESNO };
static const struct conf_keyword address = { "address", CONF_ADDRESS, CONF_IPV4 };
static const struct conf_keyword networks = { "networks", CONF_PREFIX, CONF_LIST };
static const struct conf_keyword home_agent = { "home-agent", CONF_HOST };
static const struct conf_keyword internet = { "internet", CONF_WORD, .words = "nat|routed|none" };
static const struct conf_keyword identity = { "identity", CONF_NAME, .max = 8 };
static const struct conf_keyword keys = { "keys", CONF_PATH, .min = 1 };

/* Parses, prints, parses again: the same; returns the first. */
static struct conf_value good(const struct conf_keyword *row, const char *text, const char *printed)
{
	struct conf_value value, again;
	char why[CONF_WHY_MAX] = "", buf[400];

	assert_int_equal(conf_value_parse(row, text, &value, why), 0);
	assert_string_equal(conf_value_print(row, &value, buf, sizeof(buf)), printed);
	if (buf[0] != '"') {
		assert_int_equal(conf_value_parse(row, buf, &again, why), 0);
		assert_int_equal(again.word, value.word);
		assert_true(again.number == value.number);
	}
	return value;
}

static void bad(const struct conf_keyword *row, const char *text, const char *reason)
{
	struct conf_value value;
	char why[CONF_WHY_MAX] = "";

	assert_int_equal(conf_value_parse(row, text, &value, why), -EINVAL);
	if (!strstr(why, reason))
		fail_msg("%s: \"%s\" does not say \"%s\"", text, why, reason);
}

static void test_numbers_are_whole_and_in_range(void **state)
{
	assert_int_equal(good(&port, "434", "434").number, 434);
	assert_int_equal(good(&mark, "0x4340000", "0x4340000").number, 0x4340000);
	assert_int_equal(good(&mark, "0", "0x0").number, 0);
	bad(&port, "0", "1 to 65535");
	bad(&port, "65536", "1 to 65535");
	bad(&port, "99999999999999999999999999", "too large");
	bad(&port, "434;", "not a number");
	bad(&port, "-1", "not a number");
	bad(&port, "0x", "not a number");
	bad(&port, "", "not a number");
}

static void test_a_leading_zero_is_refused(void **state)
{
	bad(&port, "0434", "must not begin with 0");
	bad(&port, "00", "must not begin with 0");
	bad(&probe, "0150ms", "must not begin with 0");
}

static void test_words_stand_beside_values(void **state)
{
	assert_int_equal(good(&mtu, "auto", "auto").word, 0);
	assert_int_equal(good(&mtu, "1400", "1400").word, -1);
	assert_int_equal(good(&rate, "auto", "auto").word, 1);
	assert_int_equal(good(&internet, "none", "none").word, 2);
	bad(&internet, "natted", "nat|routed|none");
	bad(&internet, "", "nat|routed|none");
}

static void test_durations_need_a_unit(void **state)
{
	assert_int_equal(good(&probe, "150ms", "150ms").number, 150);
	assert_int_equal(good(&probe, "3000ms", "3s").number, 3000);
	assert_int_equal(good(&probe, "120s", "2min").number, 120000);
	assert_int_equal(good(&probe, "1h", "1h").number, 3600000);
	bad(&probe, "150", "needs a unit (h, min, s, ms)");
	bad(&probe, "150 ms", "needs a unit");
	bad(&probe, "2h", "10ms to 1h");
	bad(&lifetime, "1500ms", "whole seconds");
	bad(&probe, "18446744073709551615h", "too large");
}

static void test_rates_and_sizes(void **state)
{
	assert_int_equal(good(&rate, "10Mbit", "10Mbit").number, 10000000);
	assert_int_equal(good(&rate, "1500kbit", "1500kbit").number, 1500000);
	assert_int_equal(good(&quota, "5GB", "5GB").number, 5000000000);
	bad(&rate, "10M", "needs a unit");
	bad(&rate, "10bit", "8kbit");
}

static void test_yes_and_no(void **state)
{
	assert_true(good(&metered, "true", "yes").yes);
	assert_true(good(&metered, "yes", "yes").yes);
	assert_false(good(&metered, "no", "no").yes);
	assert_false(good(&metered, "false", "no").yes);
	bad(&metered, "maybe", "yes or no");
}

static void test_addresses_and_networks(void **state)
{
	good(&address, "203.0.113.1", "203.0.113.1");
	good(&networks, "10.7.0.0/24", "10.7.0.0/24");
	good(&networks, "2001:db8::/32", "2001:db8::/32");
	bad(&address, "2001:db8::1", "IPv4");
	bad(&address, "203.0.113.256", "not an address");
	bad(&address, "224.0.0.1", "single host");
	bad(&networks, "10.7.0.5/24", "host bits: 10.7.0.5/24 (10.7.0.0/24 is the network)");
	bad(&networks, "10.7.0.0/33", "not a network");
}

static void test_hosts_are_addresses_or_names(void **state)
{
	assert_int_equal(good(&home_agent, "203.0.113.1", "203.0.113.1").addr.family, MIPM_IPV4);
	assert_int_equal(good(&home_agent, "ha.example.org", "ha.example.org").addr.family, 0);
	bad(&home_agent, "203.0.113.256", "neither");
	bad(&home_agent, "ha..example", "neither");
	bad(&home_agent, "ha_1.example", "neither");
}

static void test_names_and_paths(void **state)
{
	good(&identity, "site7", "site7");
	good(&identity, "a@b.c", "a@b.c");
	bad(&identity, "far-too-long", "longer than 8");
	bad(&identity, "a b", "no blanks");
	bad(&identity, "", "empty");
	good(&keys, "/etc/raiic/keys", "\"/etc/raiic/keys\"");
	bad(&keys, "keys", "absolute");
	bad(&keys, "", "absolute");
	bad(&keys, "/etc/keys;", "';'");
}

static void test_quoted_text_survives_the_parser(void **state)
{
	const struct conf_keyword text = { "x", CONF_TEXT };

	good(&text, "a ${HOME} \"b\" \\", "\"a \\${HOME} \\\"b\\\" \\\\\"");
	good(&text, "", "\"\"");
}

static void check_rows(const struct conf_keyword *rows, unsigned depth)
{
	struct conf_value value;
	char why[CONF_WHY_MAX];

	assert_in_range(depth, 0, 3);
	for (const struct conf_keyword *row = rows; row->name; row++) {
		for (const struct conf_keyword *other = rows; other < row; other++)
			assert_string_not_equal(row->name, other->name);
		if (row->flags & CONF_RESERVED)
			continue;
		if (!row->help)
			fail_msg("%s has no help", row->name);
		if (row->def && conf_value_parse(row, row->def, &value, why))
			fail_msg("default of %s: %s", row->name, why);
		assert_int_equal(row->kind == CONF_SECTION, row->sub != NULL);
		if (row->kind == CONF_WORD)
			assert_non_null(row->words);
		if (row->sub)
			check_rows(row->sub, depth + 1);
	}
}

static void test_the_keyword_table_makes_sense(void **state)
{
	check_rows(conf_keywords, 0);
}

static void test_the_nearest_keyword(void **state)
{
	const struct conf_keyword *tunnel = conf_row(conf_keywords, "tunnel")->sub;

	assert_string_equal(conf_nearest(tunnel, "tabel")->name, "table");
	assert_string_equal(conf_nearest(tunnel, "Device")->name, "device");
	assert_string_equal(conf_nearest(tunnel, "prioritie")->name, "priority");
	assert_null(conf_nearest(tunnel, "x"));
	assert_null(conf_nearest(tunnel, "something-quite-different"));
	assert_null(conf_nearest(
		tunnel, "a-name-that-is-longer-than-any-keyword-that-there-could-ever-be"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_whole_and_in_range),
		cmocka_unit_test(test_a_leading_zero_is_refused),
		cmocka_unit_test(test_words_stand_beside_values),
		cmocka_unit_test(test_durations_need_a_unit),
		cmocka_unit_test(test_rates_and_sizes),
		cmocka_unit_test(test_yes_and_no),
		cmocka_unit_test(test_addresses_and_networks),
		cmocka_unit_test(test_hosts_are_addresses_or_names),
		cmocka_unit_test(test_names_and_paths),
		cmocka_unit_test(test_quoted_text_survives_the_parser),
		cmocka_unit_test(test_the_keyword_table_makes_sense),
		cmocka_unit_test(test_the_nearest_keyword),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
