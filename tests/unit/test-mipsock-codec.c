/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "mipsock-random.h"

struct fixture {
	struct mipm_arena *arena;
	struct rnd rnd;
	_Alignas(16) uint8_t body[MIPM_BODY_MAX];
	uint8_t buf[MIPSOCK_BUNDLE_MAX];
	uint8_t again[MIPSOCK_BUNDLE_MAX];
	char text[65536];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->arena = mipm_arena_new();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mipm_arena_free(f->arena);
	free(f);
	return 0;
}

static int encode_random(struct fixture *f, uint64_t seed, uint16_t type)
{
	rnd_body(&f->rnd, seed, type, f->body);
	return mipm_encode(f->buf, sizeof(f->buf), type, 0, 42, f->body);
}

#define for_each_type(type)                                                                        \
	for (uint16_t type = 0; type < MSG_ROWS_MAX; type++)                                       \
		if (msg_row(type))

static void test_every_message_comes_back_octet_equal(void **state)
{
	struct fixture *f = *state;
	struct mipm_msg msg;
	size_t skip;

	for_each_type(type)
	{
		for (uint64_t seed = 0; seed < 200; seed++) {
			f->rnd.sparse = seed == 0;
			int len = encode_random(f, seed, type);

			assert_true(len >= MSG_HEAD);
			assert_int_equal(
				mipm_decode(f->buf, (size_t)len, f->arena, &msg, &skip), len);
			assert_int_equal(skip, len);
			assert_int_equal(msg.type, type);
			assert_int_equal(msg.id, 42);
			assert_int_equal(
				mipm_encode(f->again, sizeof(f->again), type, 0, 42, msg.body),
				len);
			assert_memory_equal(f->buf, f->again, len);
		}
	}
}

static void test_every_truncation_is_refused(void **state)
{
	struct fixture *f = *state;
	struct mipm_msg msg;
	size_t skip;

	for_each_type(type)
	{
		int len = encode_random(f, 7, type);

		for (int cut = 0; cut < len; cut++) {
			/* a heap copy, so that a sanitizer sees a read past the end */
			uint8_t *copy = malloc((size_t)cut + 1);
			memcpy(copy, f->buf, (size_t)cut);
			assert_int_equal(
				mipm_decode(copy, (size_t)cut, f->arena, &msg, &skip), -EBADMSG);
			assert_int_equal(skip, 0);
			free(copy);
		}
	}
}

/* Whatever a changed octet does: no crash, and what is accepted prints and encodes again. */
static void test_mutations_are_refused_or_consistent(void **state)
{
	struct fixture *f = *state;
	struct mipm_msg msg;
	size_t skip;

	for_each_type(type)
	{
		int len = encode_random(f, 11, type);
		uint8_t *copy = malloc((size_t)len);

		for (int round = 0; round < len * 8; round++) {
			memcpy(copy, f->buf, (size_t)len);
			copy[rnd_next(&f->rnd) % (uint32_t)len] ^=
				(uint8_t)(1U << rnd_next(&f->rnd) % 8);
			if (round % 3 == 0)
				copy[rnd_next(&f->rnd) % (uint32_t)len] =
					(uint8_t)rnd_next(&f->rnd);
			if (mipm_decode(copy, (size_t)len, f->arena, &msg, &skip) <= 0)
				continue;
			mipm_print(f->text, sizeof(f->text), &msg);
			mipm_print_json(f->text, sizeof(f->text), &msg);
			assert_true(mipm_encode(f->again, sizeof(f->again), msg.type, 0, 1,
					    msg.body) >= MSG_HEAD);
		}
		free(copy);
	}
}

static void test_short_buffer_is_no_space(void **state)
{
	struct fixture *f = *state;

	for_each_type(type)
	{
		int len = encode_random(f, 3, type);

		for (int size = 0; size < len; size++) {
			uint8_t *small = malloc((size_t)size + 1);
			assert_int_equal(
				mipm_encode(small, (size_t)size, type, 0, 42, f->body), -ENOSPC);
			free(small);
		}
	}
}

static void test_missing_required_attribute_is_refused(void **state)
{
	struct fixture *f = *state;
	struct mipm_msg msg;
	size_t skip;

	for_each_type(type)
	{
		bool required = false;
		uint32_t len = MSG_HEAD;

		for (unsigned int i = 0; i < msg_row(type)->table->n_rows; i++)
			required |= msg_row(type)->table->rows[i].flags & ROW_REQUIRED;
		assert_true(encode_random(f, 1, type) > 0);
		memcpy(f->buf + 4, &len, 4);
		assert_int_equal(mipm_decode(f->buf, len, f->arena, &msg, &skip),
			required ? -EBADMSG : (int)len);
		assert_int_equal(skip, len);
	}
}

/* Appends one attribute to the message in buf; its new length. */
static int append(uint8_t *buf, int len, uint16_t attr, const void *value, uint16_t value_len)
{
	uint16_t attr_len = (uint16_t)(ATTR_HEAD + value_len);
	uint32_t total = (uint32_t)len + (uint32_t)align4(attr_len);

	memset(buf + len, 0, align4(attr_len));
	memcpy(buf + len, &attr, 2);
	memcpy(buf + len + 2, &attr_len, 2);
	memcpy(buf + len + 4, value, value_len);
	memcpy(buf + 4, &total, 4);
	return (int)total;
}

static void test_unknown_attribute_is_skipped(void **state)
{
	struct fixture *f = *state;
	struct mipm_msg msg;
	size_t skip;

	for_each_type(type)
	{
		int len = append(f->buf, encode_random(f, 5, type), 0xf00f, "strange", 7);

		assert_int_equal(mipm_decode(f->buf, (size_t)len, f->arena, &msg, &skip), len);
	}
}

static void test_second_occurrence_is_refused(void **state)
{
	struct fixture *f = *state;
	struct mipm_probe_out probe = { .number = 1, .id = 7 };
	struct mipm_msg msg;
	uint16_t id = 8;
	size_t skip;
	int len = mipm_encode(f->buf, sizeof(f->buf), MIPM_PROBE_OUT, 0, 1, &probe);

	len = append(f->buf, len, MIPA_ID, &id, 2);
	assert_int_equal(mipm_decode(f->buf, (size_t)len, f->arena, &msg, &skip), -EBADMSG);
	assert_int_equal(skip, len);
}

static void test_elements_of_a_list_may_stand_apart(void **state)
{
	struct fixture *f = *state;
	struct mipm_msg msg;
	uint16_t types[2] = { MIPM_LINK, MIPM_MD_INFO };
	struct mipm_hello hello = {
		.role = { "x", 1 }, .name = { "x", 1 }, .types = types, .n_types = 1
	};
	const struct mipm_hello *got;
	size_t skip;
	int len = mipm_encode(f->buf, sizeof(f->buf), MIPM_HELLO, 0, 1, &hello);

	len = append(f->buf, len, 0xf000, "", 0);
	len = append(f->buf, len, MIPA_TYPES, &types[1], 2);
	assert_int_equal(mipm_decode(f->buf, (size_t)len, f->arena, &msg, &skip), len);
	got = msg.body;
	assert_int_equal(got->n_types, 2);
	assert_memory_equal(got->types, types, sizeof(types));
}

static void test_unknown_type_is_skipped(void **state)
{
	struct fixture *f = *state;
	uint16_t type = 0xf123;
	struct mipm_msg msg;
	size_t skip;
	int len = encode_random(f, 1, MIPM_LINK);

	memcpy(f->buf, &type, 2);
	assert_int_equal(mipm_decode(f->buf, (size_t)len, f->arena, &msg, &skip), 0);
	assert_int_equal(skip, len);
	assert_int_equal(mipm_encode(f->buf, sizeof(f->buf), type, 0, 1, f->body), -EINVAL);
}

static struct mipm_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct mipm_addr) { MIPM_IPV4, { a, b, c, d } };
}

static int encode(struct fixture *f, uint16_t type, const void *body)
{
	return mipm_encode(f->buf, sizeof(f->buf), type, 0, 12, body);
}

static void test_values_are_checked_when_sent(void **state)
{
	struct fixture *f = *state;
	struct mipm_prefix net = { v4(10, 7, 0, 0), 24 };
	struct mipm_bc bc = { .home_addr = v4(10, 200, 0, 7), .networks = &net, .n_networks = 1 };
	struct mipm_link link = { .link = 3, .number = 1, .addresses = &net, .n_addresses = 1 };
	struct mipm_reg_state_msg reg = { .peer = v4(1, 2, 3, 4), .state = 6 };

	assert_true(encode(f, MIPM_BC_ADD, &bc) > 0);
	net.addr.octets[3] = 1; /* a host bit */
	assert_int_equal(encode(f, MIPM_BC_ADD, &bc), -EINVAL);
	assert_true(encode(f, MIPM_LINK, &link) > 0);
	net = (struct mipm_prefix) { v4(10, 7, 0, 0), 33 };
	assert_int_equal(encode(f, MIPM_BC_ADD, &bc), -EINVAL);
	assert_int_equal(encode(f, MIPM_LINK, &link), -EINVAL);
	net = (struct mipm_prefix) { { 5, { 0 } }, 1 };
	assert_int_equal(encode(f, MIPM_BC_ADD, &bc), -EINVAL);
	bc.n_networks = 0;
	bc.home_addr.octets[9] = 1; /* beyond the family's length */
	assert_int_equal(encode(f, MIPM_BC_ADD, &bc), -EINVAL);
	bc.home_addr = (struct mipm_addr) { 0 };
	assert_int_equal(encode(f, MIPM_BC_ADD, &bc), -EINVAL);
	assert_int_equal(encode(f, MIPM_REG_STATE, &reg), -EINVAL);
	link = (struct mipm_link) { .link = 3, .number = 255 };
	assert_int_equal(encode(f, MIPM_LINK, &link), -EINVAL);
}

/* Padding of a nested struct may hold anything after an assignment. */
static void test_absence_ignores_padding(void **state)
{
	struct fixture *f = *state;
	struct mipm_path_stats stats;
	int clean, dirty;

	memset(&stats, 0, sizeof(stats));
	stats.number = 1;
	clean = encode(f, MIPM_PATH_STATS, &stats);
	memset(&stats, 0xff, sizeof(stats));
	stats.home_addr = stats.peer = (struct mipm_addr) { 0 };
	stats.number = 1;
	stats.link = stats.inner_mtu = 0;
	stats.active = 0;
	stats.in = stats.out = (struct mipm_path_counts) { 0 };
	dirty = encode(f, MIPM_PATH_STATS, &stats);
	assert_int_equal(clean, dirty);
}

static void test_add_and_remove_share_a_key(void **state)
{
	struct fixture *f = *state;
	struct mipm_bul bul = { .home_addr = v4(10, 0, 0, 1),
		.peer = v4(1, 2, 3, 4),
		.generation = 9,
		.lifetime_s = 300,
		.path = { .number = 2, .encap = 1 } };
	uint8_t a[MSG_KEY_MAX], b[MSG_KEY_MAX];
	size_t len = msg_key(f->buf, (size_t)encode(f, MIPM_BUL_ADD, &bul), a);

	bul.generation = 10;
	bul.lifetime_s = 0;
	bul.path.encap = 0;
	assert_int_equal(msg_key(f->buf, (size_t)encode(f, MIPM_BUL_REMOVE, &bul), b), len);
	assert_memory_equal(a, b, len);
	bul.path.number = 3;
	assert_int_equal(msg_key(f->buf, (size_t)encode(f, MIPM_BUL_REMOVE, &bul), b), len);
	assert_memory_not_equal(a, b, len);
}

static size_t key_octets(const struct row_table *table)
{
	size_t n = 0;

	for (unsigned int i = 0; i < table->n_rows; i++) {
		const struct row *row = &table->rows[i];

		if (row->flags & ROW_KEY)
			n += row->kind == KIND_NEST   ? key_octets(row->table)
			     : row->kind == KIND_ADDR ? 20
						      : 4 + (size_t)row->size;
	}
	return n;
}

static void test_rows_are_sound(void **state)
{
	for_each_type(type)
	{
		const struct msg_row *row = msg_row(type);

		assert_true(row->speakers);
		assert_true(2 + key_octets(row->table) <= MSG_KEY_MAX);
		assert_true(!row->entry || msg_row(row->entry));
		assert_int_equal(mipm_type_number(row->name), type);
		assert_string_equal(mipm_type_name(type), row->name);
		for (unsigned int i = 0; i < row->table->n_rows; i++) {
			for (unsigned int j = 0; j < i; j++)
				assert_int_not_equal(
					row->table->rows[i].attr, row->table->rows[j].attr);
			assert_true(row->table->rows[i].offset < row->table->size);
		}
	}
	assert_int_equal(mipm_type_number("mipm_link"), MIPM_LINK);
	assert_int_equal(mipm_type_number("nonsense"), 0);
	assert_null(mipm_type_name(0));
}

/* The example at the top of codec.c. */
static void test_worked_example(void **state)
{
	static const uint8_t hex[] = { 0x33, 0, 0, 0, 0x1c, 0, 0, 0, 0x2a, 0, 0, 0, 0x13, 0, 5, 0,
		1, 0, 0, 0, 0x0f, 3, 6, 0, 7, 0, 0, 0 };
	struct mipm_probe_out probe = { .number = 1, .id = 7 };
	struct fixture *f = *state;
	uint16_t one = 1;

	if (*(uint8_t *)&one != 1)
		skip();
	assert_int_equal(
		mipm_encode(f->buf, sizeof(f->buf), MIPM_PROBE_OUT, 0, 42, &probe), sizeof(hex));
	assert_memory_equal(f->buf, hex, sizeof(hex));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_message_comes_back_octet_equal),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_mutations_are_refused_or_consistent),
		cmocka_unit_test(test_short_buffer_is_no_space),
		cmocka_unit_test(test_missing_required_attribute_is_refused),
		cmocka_unit_test(test_unknown_attribute_is_skipped),
		cmocka_unit_test(test_second_occurrence_is_refused),
		cmocka_unit_test(test_elements_of_a_list_may_stand_apart),
		cmocka_unit_test(test_unknown_type_is_skipped),
		cmocka_unit_test(test_values_are_checked_when_sent),
		cmocka_unit_test(test_absence_ignores_padding),
		cmocka_unit_test(test_add_and_remove_share_a_key),
		cmocka_unit_test(test_rows_are_sound),
		cmocka_unit_test(test_worked_example),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
