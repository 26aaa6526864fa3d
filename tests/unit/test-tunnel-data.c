/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

#include "libmip/tunnel_data.h"

static struct wire wire;
static struct tunnel_data data;
static struct mipm_span inner;

static int parse(const char *hex)
{
	wire_set(&wire, hex);
	return (int)tunnel_data_parse(wire_span(&wire), &data, &inner);
}

static void check_built(size_t len)
{
	uint8_t header[TUNNEL_DATA_HEADER_MAX];

	assert_int_equal(data.header_len, len);
	assert_int_equal(tunnel_data_header_len(&data), len);
	assert_int_equal(tunnel_data_build(&data, header), len);
	assert_memory_equal(header, wire.octets, len);
	assert_ptr_equal(inner.data, wire.octets + len);
}

static void test_every_combination_of_key_and_sequence(void **state)
{
	assert_int_equal(parse("04 04 0000 45"), 0);
	assert_int_equal(data.family, MIPM_IPV4);
	check_built(4);
	assert_int_equal(parse("04 29 0000 60"), 0);
	assert_int_equal(data.family, MIPM_IPV6);
	check_built(4);
	assert_int_equal(parse("04 2f 0000 0000 0800 45"), 0);
	check_built(8);
	assert_int_equal(parse("04 2f 0000 1000 86dd 00000007 60"), 0);
	assert_int_equal(data.sequence, 7);
	assert_false(data.has_key);
	check_built(12);
	assert_int_equal(parse("04 2f 0000 2000 0800 02010203 45"), 0);
	assert_int_equal(tunnel_data_path(data.key), 2);
	assert_int_equal(tunnel_data_path_count(data.key), 0x010203);
	check_built(12);
	assert_int_equal(parse("04 2f 0000 3000 0800 03ffffff fffffffe 45"), 0);
	assert_int_equal(data.sequence, 0xfffffffe);
	check_built(16);
}

static void test_reserved_field_is_ignored(void **state)
{
	assert_int_equal(parse("04 04 ffff 45"), 0);
}

static void test_reserved_gre_bits_that_may_be_ignored_are(void **state)
{
	assert_int_equal(parse("04 2f 0000 03f8 0800 45"), 0);
}

static void test_gre_we_do_not_take_is_dropped(void **state)
{
	static const char *const refused[] = { "8000 0800", "4000 0800", "0800 0800", "0400 0800",
		"0001 0800", "0000 0806", "0000 6558" };
	char hex[64];

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		snprintf(hex, sizeof(hex), "04 2f 0000 %s 45", refused[i]);
		assert_int_equal(parse(hex), TUNNEL_DATA_GRE_BAD);
	}
}

static void test_other_next_headers_are_dropped(void **state)
{
	assert_int_equal(parse("04 37 0000 45"), TUNNEL_DATA_NEXT_HEADER);
	assert_int_equal(parse("04 00 0000 45"), TUNNEL_DATA_NEXT_HEADER);
	assert_int_equal(parse("01 04 0000 45"), TUNNEL_DATA_NOT_OURS);
}

static void test_every_truncation_is_too_short(void **state)
{
	wire_set(&wire, "04 2f 0000 3000 0800 03ffffff fffffffe 45");
	for (uint32_t len = 0; len < 17; len++) {
		assert_int_equal(
			tunnel_data_parse((struct mipm_span) { wire.octets, len }, &data, &inner),
			TUNNEL_DATA_TOO_SHORT);
		assert_int_equal(inner.len, 0);
	}
}

static void test_the_inner_version_must_be_the_announced_one(void **state)
{
	assert_int_equal(parse("04 04 0000 60"), TUNNEL_DATA_INNER_VERSION);
	assert_int_equal(parse("04 29 0000 45"), TUNNEL_DATA_INNER_VERSION);
	assert_int_equal(parse("04 2f 0000 0000 86dd 45"), TUNNEL_DATA_INNER_VERSION);
}

static void test_a_family_that_does_not_fit_is_not_built(void **state)
{
	uint8_t header[TUNNEL_DATA_HEADER_MAX];
	struct tunnel_data wrong = { .next_header = TUNNEL_DATA_IPV4, .family = MIPM_IPV6 };

	assert_int_equal(tunnel_data_build(&wrong, header), 0);
	wrong.next_header = TUNNEL_DATA_MINIMAL;
	assert_int_equal(tunnel_data_build(&wrong, header), 0);
	wrong.next_header = TUNNEL_DATA_GRE;
	wrong.family = MIPM_NONE;
	assert_int_equal(tunnel_data_build(&wrong, header), 0);
}

static void test_key_and_sequence_mean_nothing_without_gre(void **state)
{
	uint8_t header[TUNNEL_DATA_HEADER_MAX];
	struct tunnel_data plain = { .next_header = TUNNEL_DATA_IPV4,
		.family = MIPM_IPV4,
		.has_key = true,
		.has_sequence = true };

	assert_int_equal(tunnel_data_build(&plain, header), 4);
}

static void test_the_path_count_does_not_spill_into_the_path(void **state)
{
	uint32_t key = tunnel_data_key(7, 0x1ffffff);

	assert_int_equal(tunnel_data_path(key), 7);
	assert_int_equal(tunnel_data_path_count(key), 0xffffff);
}

static void test_verdict_names(void **state)
{
	for (unsigned i = 0; i <= TUNNEL_DATA_VERDICT_LAST; i++)
		assert_string_not_equal(tunnel_data_verdict_name((enum tunnel_data_verdict)i), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_combination_of_key_and_sequence),
		cmocka_unit_test(test_reserved_field_is_ignored),
		cmocka_unit_test(test_reserved_gre_bits_that_may_be_ignored_are),
		cmocka_unit_test(test_gre_we_do_not_take_is_dropped),
		cmocka_unit_test(test_other_next_headers_are_dropped),
		cmocka_unit_test(test_every_truncation_is_too_short),
		cmocka_unit_test(test_the_inner_version_must_be_the_announced_one),
		cmocka_unit_test(test_a_family_that_does_not_fit_is_not_built),
		cmocka_unit_test(test_key_and_sequence_mean_nothing_without_gre),
		cmocka_unit_test(test_the_path_count_does_not_spill_into_the_path),
		cmocka_unit_test(test_verdict_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
