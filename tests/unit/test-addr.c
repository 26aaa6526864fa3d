/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include <errno.h>

#include "base/addr.h"

static struct mipm_addr A(const char *text) {
	struct mipm_addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return addr;
}

static struct mipm_prefix
P(const char *text) {
	struct mipm_prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

static void
test_addresses_print_as_they_were_written(void **state)
{
	static const char *const texts[] = { "0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1",
		"2001:db8::1", "fe80::1234:5678:9abc:def0" };
	char buf[ADDR_TEXT_MAX];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mipm_addr addr = A(texts[i]);

		assert_string_equal(addr_print(&addr, buf), texts[i]);
	}
}

static void test_what_is_not_exactly_an_address_is_refused(void **state)
{
	static const char *const texts[] = { "", " ", "192.0.2", "192.0.2.256", "192.0.2.1 ",
		" 192.0.2.1", "192.0.2.01", "1.2.3.4.5", "2001:db8", "::1::", "fe80::1%eth0",
		"0x7f.0.0.1", "host", "192.0.2.1/24" };
	struct mipm_addr addr;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(addr_parse(texts[i], &addr), -EINVAL);
}

static void test_absent_is_not_unspecified(void **state)
{
	struct mipm_addr absent = { 0 }, any = A("0.0.0.0"), any6 = A("::");
	char buf[ADDR_TEXT_MAX];

	assert_false(addr_is_present(&absent));
	assert_false(addr_is_unspecified(&absent));
	assert_true(addr_is_unspecified(&any));
	assert_true(addr_is_unspecified(&any6));
	assert_false(addr_equal(&any, &any6));
	assert_string_equal(addr_print(&absent, buf), "none");
	assert_int_equal(addr_len(&absent), 0);
}

static void test_kinds_of_addresses(void **state)
{
	static const struct {
		const char *text;
		bool loopback, multicast, link_local, unicast;
	} rows[] = {
		{ "127.0.0.1", true, false, false, false },
		{ "127.255.0.9", true, false, false, false },
		{ "::1", true, false, false, false },
		{ "224.0.0.11", false, true, false, false },
		{ "239.255.255.255", false, true, false, false },
		{ "ff02::1", false, true, false, false },
		{ "169.254.0.1", false, false, true, true },
		{ "fe80::1", false, false, true, true },
		{ "fec0::1", false, false, false, true },
		{ "10.0.0.1", false, false, false, true },
		{ "2001:db8::1", false, false, false, true },
		{ "255.255.255.255", false, false, false, false },
		{ "0.0.0.0", false, false, false, false },
		{ "::", false, false, false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mipm_addr addr = A(rows[i].text);

		assert_int_equal(addr_is_loopback(&addr), rows[i].loopback);
		assert_int_equal(addr_is_multicast(&addr), rows[i].multicast);
		assert_int_equal(addr_is_link_local(&addr), rows[i].link_local);
		assert_int_equal(addr_is_unicast(&addr), rows[i].unicast);
	}
}

static void test_host_order_is_the_number_one_reads(void **state)
{
	struct mipm_addr addr = addr_from_v4(0xc0000201), six = A("::1");

	assert_true(addr.octets[0] == 192 && addr.octets[3] == 1);
	assert_int_equal(addr_to_v4(&addr), 0xc0000201);
	assert_int_equal(addr_to_v4(&six), 0);
}

static void test_order_is_unsigned_and_by_family_first(void **state)
{
	struct mipm_addr low = A("10.0.0.1"), high = A("200.0.0.1"), six = A("::");

	assert_true(addr_cmp(&low, &high) < 0);
	assert_true(addr_cmp(&high, &low) > 0);
	assert_true(addr_cmp(&high, &six) < 0);
	assert_int_equal(addr_cmp(&low, &low), 0);
}

static void test_hash_depends_on_value_family_and_seed(void **state)
{
	struct mipm_addr four = A("0.0.0.0"), six = A("::"), again = A("0.0.0.0");

	assert_true(addr_hash(&four, 1) == addr_hash(&again, 1));
	assert_true(addr_hash(&four, 1) != addr_hash(&six, 1));
	assert_true(addr_hash(&four, 1) != addr_hash(&four, 2));
}

static void test_mask_clears_exactly_the_host_bits(void **state)
{
	struct mipm_addr ones = A("255.255.255.255"), six = A("ffff:ffff:ffff:ffff:ffff:ffff::");

	for (unsigned len = 0; len <= 32; len++) {
		struct mipm_addr masked = addr_mask(&ones, (uint8_t)len);
		uint32_t expected = len ? UINT32_MAX << (32 - len) : 0;

		assert_int_equal(addr_to_v4(&masked), expected);
	}
	six = addr_mask(&six, 47);
	assert_int_equal(six.octets[5], 0xfe);
	assert_int_equal(six.octets[6], 0);
	assert_true(addr_cmp(&ones, &(struct mipm_addr) { 0 }) != 0);
	ones = addr_mask(&ones, 200);
	assert_int_equal(addr_to_v4(&ones), UINT32_MAX);
}

static void test_prefixes_print_as_they_were_written(void **state)
{
	static const char *const texts[] = { "0.0.0.0/0", "192.0.2.0/24", "192.0.2.128/25",
		"10.0.0.1/32", "::/0", "2001:db8::/32", "::1/128" };
	char buf[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mipm_prefix prefix = P(texts[i]);

		assert_string_equal(prefix_print(&prefix, buf), texts[i]);
	}
}

static void test_an_address_alone_is_a_host_prefix(void **state)
{
	struct mipm_prefix four = P("192.0.2.1"), six = P("2001:db8::1");

	assert_int_equal(four.len, 32);
	assert_int_equal(six.len, 128);
}

static void test_host_bits_are_masked_and_told(void **state)
{
	struct mipm_prefix prefix, clean = P("192.0.2.0/24");

	assert_int_equal(prefix_parse("192.0.2.77/24", &prefix), PREFIX_HAD_HOST_BITS);
	assert_true(prefix_equal(&prefix, &clean));
}

static void test_bad_prefixes_are_refused(void **state)
{
	static const char *const texts[] = { "", "/", "/24", "192.0.2.0/", "192.0.2.0/33",
		"192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/024", "192.0.2.0/24 ", "::/129",
		"192.0.2.0/24/24", "192.0.2.0/4294967320",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa/64" };
	struct mipm_prefix prefix;
	struct mipm_addr absent = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(prefix_parse(texts[i], &prefix), -EINVAL);
	assert_int_equal(prefix_make(&absent, 0, &prefix), -EINVAL);
}

static void test_contains_covers_and_overlaps(void **state)
{
	struct mipm_prefix wide = P("10.0.0.0/8"), narrow = P("10.1.0.0/16"),
			   other = P("10.2.0.0/16");
	struct mipm_prefix all = P("0.0.0.0/0"), all6 = P("::/0");
	struct mipm_addr inside = A("10.1.2.3"), outside = A("11.0.0.0"), absent = { 0 };

	assert_true(prefix_contains(&wide, &inside));
	assert_false(prefix_contains(&wide, &outside));
	assert_true(prefix_contains(&all, &outside));
	assert_false(prefix_contains(&all6, &outside));
	assert_false(prefix_contains(&all, &absent));
	assert_true(prefix_covers(&wide, &narrow));
	assert_false(prefix_covers(&narrow, &wide));
	assert_true(prefix_covers(&wide, &wide));
	assert_true(prefix_overlaps(&narrow, &wide) && prefix_overlaps(&wide, &narrow));
	assert_false(prefix_overlaps(&narrow, &other));
	assert_false(prefix_overlaps(&all, &all6));
}

static void test_the_absent_prefix_overlaps_nothing(void **state)
{
	struct mipm_prefix absent = { 0 }, all = P("0.0.0.0/0");

	assert_false(prefix_overlaps(&absent, &all));
	assert_false(prefix_overlaps(&all, &absent));
	assert_false(prefix_overlaps(&absent, &absent));
}

static void test_endpoints_print_as_they_were_written(void **state)
{
	static const char *const texts[] = { "192.0.2.1:434", "[2001:db8::1]:434", "[::]:1" };
	struct mipm_endpoint endpoint;
	char buf[ENDPOINT_TEXT_MAX];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(endpoint_parse(texts[i], 9, &endpoint), 0);
		assert_string_equal(endpoint_print(&endpoint, buf), texts[i]);
	}
}

static void test_a_missing_port_is_the_default(void **state)
{
	static const char *const texts[] = { "192.0.2.1", "2001:db8::1", "[2001:db8::1]" };
	struct mipm_endpoint endpoint;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(endpoint_parse(texts[i], 434, &endpoint), 0);
		assert_int_equal(endpoint.port, 434);
	}
}

static void test_bad_endpoints_are_refused(void **state)
{
	static const char *const texts[] = { "", ":434", "192.0.2.1:", "192.0.2.1:0",
		"192.0.2.1:65536", "192.0.2.1:434x", "[192.0.2.1]:434", "[2001:db8::1",
		"[2001:db8::1]434", "[]:434", "192.0.2.1:0434" };
	struct mipm_endpoint endpoint;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(endpoint_parse(texts[i], 434, &endpoint), -EINVAL);
}

static void test_endpoints_compare_by_address_then_port(void **state)
{
	struct mipm_endpoint a = { A("192.0.2.1"), 434 }, b = { A("192.0.2.1"), 435 };

	assert_true(endpoint_cmp(&a, &b) < 0);
	assert_false(endpoint_equal(&a, &b));
	assert_true(endpoint_hash(&a, 0) != endpoint_hash(&b, 0));
	b.port = 434;
	assert_true(endpoint_equal(&a, &b));
	assert_true(endpoint_hash(&a, 0) == endpoint_hash(&b, 0));
}

static void test_address_of_all_hosts(void **state)
{
	static const struct {
		const char *prefix, *all; /* NULL: none */
	} rows[] = {
		{ "10.200.0.0/24", "10.200.0.255" },
		{ "10.201.0.0/30", "10.201.0.3" },
		{ "10.0.0.0/8", "10.255.255.255" },
		{ "10.201.0.0/31", NULL },
		{ "10.201.0.1/32", NULL },
		{ "0.0.0.0/0", NULL },
		{ "2001:db8::/64", NULL },
	};
	struct mipm_addr all;
	struct mipm_prefix prefix;
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(prefix_parse(rows[i].prefix, &prefix), 0);
		assert_int_equal(prefix_broadcast(&prefix, &all), rows[i].all != NULL);
		if (rows[i].all)
			assert_string_equal(addr_print(&all, text), rows[i].all);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_print_as_they_were_written),
		cmocka_unit_test(test_what_is_not_exactly_an_address_is_refused),
		cmocka_unit_test(test_absent_is_not_unspecified),
		cmocka_unit_test(test_kinds_of_addresses),
		cmocka_unit_test(test_host_order_is_the_number_one_reads),
		cmocka_unit_test(test_order_is_unsigned_and_by_family_first),
		cmocka_unit_test(test_hash_depends_on_value_family_and_seed),
		cmocka_unit_test(test_mask_clears_exactly_the_host_bits),
		cmocka_unit_test(test_prefixes_print_as_they_were_written),
		cmocka_unit_test(test_an_address_alone_is_a_host_prefix),
		cmocka_unit_test(test_host_bits_are_masked_and_told),
		cmocka_unit_test(test_bad_prefixes_are_refused),
		cmocka_unit_test(test_contains_covers_and_overlaps),
		cmocka_unit_test(test_the_absent_prefix_overlaps_nothing),
		cmocka_unit_test(test_endpoints_print_as_they_were_written),
		cmocka_unit_test(test_a_missing_port_is_the_default),
		cmocka_unit_test(test_bad_endpoints_are_refused),
		cmocka_unit_test(test_endpoints_compare_by_address_then_port),
		cmocka_unit_test(test_address_of_all_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
