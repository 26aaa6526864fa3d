/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include <errno.h>

#include "libmip/sa.h"

#define KEY "000102030405060708090a0b0c0d0e0f"

static void test_a_line_gives_an_association(void **state)
{
	char error[SA_ERROR_MAX];
	struct mip_sa *sa;

	assert_int_equal(sa_parse_line("1007 hmac-sha256 " KEY, &sa, error), 0);
	assert_int_equal(sa->spi, 1007);
	assert_int_equal(sa->algorithm, MIP_HMAC_SHA256);
	assert_int_equal(sa->replay, REPLAY_TIMESTAMPS);
	assert_true(sa->tolerance == 7000000000);
	assert_int_equal(sa->key_len, 16);
	assert_int_equal(sa->key[15], 0x0f);
	sa_free(sa);
}

static void test_options_and_comments_may_follow(void **state)
{
	char error[SA_ERROR_MAX];
	struct mip_sa *sa;

	assert_int_equal(sa_parse_line("\t0x1000  hmac-md5\tFf00 tolerance=3s replay=nonces # x\n",
				 &sa, error),
		0);
	assert_int_equal(sa->spi, 4096);
	assert_int_equal(sa->replay, REPLAY_NONCES);
	assert_true(sa->tolerance == 3000000000);
	assert_int_equal(sa->key[0], 0xff);
	sa_free(sa);
	assert_int_equal(sa_parse_line("300 hmac-sha1 00 tolerance=1500ms", &sa, error), 0);
	assert_true(sa->tolerance == 1500000000);
	sa_free(sa);
}

static void test_empty_lines_are_told_apart(void **state)
{
	static const char *const empty[] = { "", "   ", "\t\n", "# 1007 hmac-md5 00", "  #" };
	char error[SA_ERROR_MAX];
	struct mip_sa *sa;

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		assert_int_equal(sa_parse_line(empty[i], &sa, error), SA_LINE_EMPTY);
}

static void test_bad_lines_say_what_is_wrong(void **state)
{
	static const struct {
		const char *line, *word;
	} rows[] = {
		{ "0 hmac-md5 " KEY, "SPI" },
		{ "255 hmac-md5 " KEY, "SPI" },
		{ "4294967296 hmac-md5 " KEY, "SPI" },
		{ "-1007 hmac-md5 " KEY, "SPI" },
		{ "10a7 hmac-md5 " KEY, "SPI" },
		{ "0x hmac-md5 " KEY, "SPI" },
		{ "1007", "algorithm" },
		{ "1007 md5 " KEY, "algorithm" },
		{ "1007 hmac-md5", "key" },
		{ "1007 hmac-md5 012", "key" },
		{ "1007 hmac-md5 0g", "key" },
		{ "1007 hmac-md5 0x00", "key" },
		{ "1007 hmac-sha256 000102030405060708090a0b0c0d0e", "128 bits" },
		{ "1007 hmac-md5 " KEY " replay=never", "replay" },
		{ "1007 hmac-md5 " KEY " tolerance=0s", "tolerance" },
		{ "1007 hmac-md5 " KEY " tolerance=7h", "tolerance" },
		{ "1007 hmac-md5 " KEY " tolerance=", "tolerance" },
		{ "1007 hmac-md5 " KEY " tolerance=99999999999999999999s", "tolerance" },
		{ "1007 hmac-md5 " KEY " more", "only" },
	};
	char error[SA_ERROR_MAX];
	struct mip_sa *sa = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(sa_parse_line(rows[i].line, &sa, error), -EINVAL);
		assert_non_null(strstr(error, rows[i].word));
		assert_null(strstr(error, "0001"));
		assert_null(sa);
	}
}

static void test_a_key_that_is_too_long_is_refused(void **state)
{
	uint8_t key[SA_KEY_MAX + 1] = { 1 };
	char hex[2 * sizeof(key) + 1];
	struct mip_sa *sa;
	size_t len;

	memset(hex, 'a', sizeof(hex) - 1);
	hex[sizeof(hex) - 1] = '\0';
	assert_int_equal(sa_parse_key(hex, key, SA_KEY_MAX, &len), -E2BIG);
	assert_int_equal(key[0], 0); /* wiped */
	assert_int_equal(sa_parse_key(hex + 2, key, SA_KEY_MAX, &len), 0);
	assert_int_equal(len, SA_KEY_MAX);
	assert_int_equal(sa_new(1007, MIP_HMAC_MD5, key, SA_KEY_MAX + 1, &sa), -EINVAL);
	assert_int_equal(sa_new(1007, MIP_HMAC_MD5, key, 0, &sa), -EINVAL);
}

static void test_a_set_finds_by_spi(void **state)
{
	struct sa_set set;
	struct mip_sa *sa;

	sa_set_init(&set);
	for (uint32_t i = 0; i < 1000; i++) {
		uint8_t key[16] = { (uint8_t)i, (uint8_t)(i >> 8) };

		assert_int_equal(sa_new(1000 + i, MIP_HMAC_MD5, key, 16, &sa), 0);
		assert_int_equal(sa_set_add(&set, sa), 0);
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(sa_find(&set, 1000 + i)->key[1], i >> 8);
	assert_null(sa_find(&set, 999));
	sa_set_fini(&set);
}

static void test_the_same_spi_or_key_twice_is_refused(void **state)
{
	uint8_t key[16] = { 1 }, other[16] = { 2 };
	struct sa_set set;
	struct mip_sa *sa;

	sa_set_init(&set);
	sa_new(1000, MIP_HMAC_MD5, key, 16, &sa);
	assert_int_equal(sa_set_add(&set, sa), 0);
	sa_new(1000, MIP_HMAC_MD5, other, 16, &sa);
	assert_int_equal(sa_set_add(&set, sa), SA_SET_DUPLICATE_SPI);
	sa_free(sa);
	sa_new(1001, MIP_HMAC_SHA1, key, 16, &sa);
	assert_int_equal(sa_set_add(&set, sa), SA_SET_DUPLICATE_KEY);
	sa_free(sa);
	sa_set_fini(&set);
}

static void test_freeing_nothing_is_fine(void **state)
{
	assert_null(sa_free(NULL));
}

static void test_names_go_both_ways(void **state)
{
	enum mip_algorithm algorithm;

	for (unsigned i = 0; i <= MIP_HMAC_SHA256; i++) {
		assert_int_equal(
			mip_algorithm_parse(mip_algorithm_name((enum mip_algorithm)i), &algorithm),
			0);
		assert_int_equal(algorithm, i);
	}
	assert_int_equal(mip_algorithm_parse("hmac-sha512", &algorithm), -EINVAL);
	assert_string_equal(replay_style_name(REPLAY_NONCES), "nonces");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_gives_an_association),
		cmocka_unit_test(test_options_and_comments_may_follow),
		cmocka_unit_test(test_empty_lines_are_told_apart),
		cmocka_unit_test(test_bad_lines_say_what_is_wrong),
		cmocka_unit_test(test_a_key_that_is_too_long_is_refused),
		cmocka_unit_test(test_a_set_finds_by_spi),
		cmocka_unit_test(test_the_same_spi_or_key_twice_is_refused),
		cmocka_unit_test(test_freeing_nothing_is_fine),
		cmocka_unit_test(test_names_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
