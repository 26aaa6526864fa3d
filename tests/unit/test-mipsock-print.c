/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jansson.h>

#include "mipsock-random.h"

static struct mipm_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct mipm_addr) { MIPM_IPV4, { a, b, c, d } };
}

static const struct mipm_sender had = { .name = "had", .role = "had" };

static void test_binding_reads_like_the_rfc(void **state)
{
	struct mipm_prefix net = { v4(10, 7, 0, 0), 24 };
	struct mipm_path path = { .number = 1,
		.encap = MIPM_ENCAP_UDP,
		.remote = { v4(192, 0, 2, 7), 434 },
		.expires_at = 1500000000 };
	struct mipm_bc bc = { .home_addr = v4(10, 200, 0, 7),
		.networks = &net,
		.n_networks = 1,
		.paths = &path,
		.n_paths = 1,
		.identity = { "site 7", 6 } };
	struct mipm_msg msg = {
		.type = MIPM_BC_ADD, .id = 12, .from = &had, .body = &bc, .flags = MIPM_F_DUMP
	};
	char text[1024];
	int len = mipm_print(text, sizeof(text), &msg);

	assert_string_equal(text,
		"BC_ADD had #12 dump home_addr=10.200.0.7 identity=\"site 7\" "
		"networks=[10.7.0.0/24] paths=[{number=1 encap=udp remote=192.0.2.7:434 "
		"expires_at=1.500}]");
	assert_int_equal(len, strlen(text));
}

static void test_link_prints_its_flags(void **state)
{
	struct mipm_addr v6 = { MIPM_IPV6, { 0x20, 1, 0x0d, 0xb8 } };
	struct mipm_link link = { .link = 3,
		.number = 1,
		.gateway = v6,
		.flags = MIPM_LINK_UP | MIPM_LINK_METERED | 0x20 };
	struct mipm_msg msg = { .type = MIPM_LINK, .id = 1, .body = &link };
	char text[1024];

	mipm_print(text, sizeof(text), &msg);
	assert_string_equal(
		text, "LINK - #1 link=3 number=1 flags=up|metered|bit5 gateway=2001:db8::");
}

static void test_empty_body_ends_without_a_blank(void **state)
{
	struct mipm_bye bye = { { 0 } };
	struct mipm_msg msg = { .type = MIPM_BYE, .id = 3, .from = &had, .body = &bye };
	char text[64];

	assert_int_equal(mipm_print(text, sizeof(text), &msg), 10);
	assert_string_equal(text, "BYE had #3");
}

static void test_text_is_escaped(void **state)
{
	struct mipm_bye bye = { { "a\"\\\n\033[2J\xff", 9 } };
	struct mipm_msg msg = { .type = MIPM_BYE, .id = 3, .from = &had, .body = &bye };
	char text[128];

	mipm_print(text, sizeof(text), &msg);
	assert_string_equal(text, "BYE had #3 reason=\"a\\\"\\\\\\x0a\\x1b[2J\\xff\"");
	mipm_print_json(text, sizeof(text), &msg);
	assert_string_equal(text, "{\"type\":\"BYE\",\"from\":\"had\",\"id\":3,\"flags\":[],"
				  "\"body\":{\"reason\":\"a\\\"\\\\\\u000a\\u001b[2J\\u00ff\"}}");
}

static void test_print_is_cut_at_size(void **state)
{
	struct mipm_error error = { .message_id = 4, .message_type = MIPM_LINK, .code = 22 };
	struct mipm_msg msg = { .type = MIPM_ERROR, .id = 9, .from = &had, .body = &error };
	char whole[256], cut[256];
	int len = mipm_print(whole, sizeof(whole), &msg);

	assert_string_equal(whole, "ERROR had #9 message_id=4 message_type=LINK code=22");
	for (int size = 0; size <= len; size++) {
		memset(cut, 'x', sizeof(cut));
		assert_int_equal(mipm_print(cut, (size_t)size, &msg), len);
		assert_int_equal(cut[size], 'x');
		if (size)
			assert_int_equal(strlen(cut), size - 1);
	}
}

static void test_json_of_every_type_parses_and_names_every_field(void **state)
{
	static struct rnd rnd;
	static char text[65536];
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL;
	_Alignas(16) uint8_t body[MIPM_BODY_MAX];

	for (uint16_t type = 0; type < MSG_ROWS_MAX; type++) {
		struct mipm_msg msg = { .type = type, .from = &had, .body = body, .flags = 7 };

		if (!msg_row(type))
			continue;
		for (uint64_t seed = 0; seed < 20; seed++) {
			json_t *json, *fields;

			rnd.sparse = !seed;
			rnd_body(&rnd, seed, type, body);
			assert_true(mipm_print_json(text, sizeof(text), &msg) < (int)sizeof(text));
			json = json_loads(text, flags, NULL);
			assert_non_null(json);
			fields = json_object_get(json, "body");
			assert_int_equal(json_object_size(fields), msg_row(type)->table->n_rows);
			json_decref(json);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binding_reads_like_the_rfc),
		cmocka_unit_test(test_link_prints_its_flags),
		cmocka_unit_test(test_empty_body_ends_without_a_blank),
		cmocka_unit_test(test_text_is_escaped),
		cmocka_unit_test(test_print_is_cut_at_size),
		cmocka_unit_test(test_json_of_every_type_parses_and_names_every_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
