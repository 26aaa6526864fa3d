/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "libmipsock/backlog.h"
#include "mipsock-random.h"

#define NO_LIMIT ((size_t)1 << 30)

/* Links are state keyed by number; probes are events. The id tells one saying from another. */
static size_t link_msg(uint8_t *buf, uint32_t link, uint32_t id, unsigned int name_len)
{
	static const char name[] = "0123456789abcdef0123456789abcdef0123456789abcdef";
	struct mipm_link body = { .link = link, .number = 1, .name = { name, (uint16_t)name_len } };

	return (size_t)mipm_encode(buf, 256, MIPM_LINK, 0, id, &body);
}

static size_t probe_msg(uint8_t *buf, uint32_t id)
{
	struct mipm_probe_out body = { .number = 1 };

	return (size_t)mipm_encode(buf, 256, MIPM_PROBE_OUT, 0, id, &body);
}

static void expect(const struct backlog *b, const uint32_t *ids, size_t n)
{
	struct backlog_item item;
	size_t at = 0;

	for (size_t i = 0; i < n; i++, at = item.next) {
		assert_true(backlog_read(b, at, &item));
		assert_int_equal(msg_head_read(item.msg).id, ids[i]);
	}
	assert_false(backlog_read(b, at, &item));
}

static void test_newer_state_stands_at_the_end(void **state)
{
	struct backlog b;
	uint8_t m[256];

	backlog_init(&b, 1);
	assert_int_equal(backlog_add(&b, m, link_msg(m, 1, 10, 3), 0, NO_LIMIT), 0);
	assert_int_equal(backlog_add(&b, m, probe_msg(m, 11), 0, NO_LIMIT), 0);
	assert_int_equal(backlog_add(&b, m, link_msg(m, 2, 12, 3), 0, NO_LIMIT), 0);
	assert_int_equal(backlog_add(&b, m, probe_msg(m, 13), 0, NO_LIMIT), 0);
	assert_int_equal(backlog_add(&b, m, link_msg(m, 1, 14, 40), 0, NO_LIMIT), 1);
	expect(&b, (uint32_t[]) { 11, 12, 13, 14 }, 4);
	backlog_fini(&b);
}

static void test_epochs_do_not_replace_each_other(void **state)
{
	struct backlog b;
	uint8_t m[256];

	backlog_init(&b, 1);
	backlog_add(&b, m, link_msg(m, 1, 1, 3), 0, NO_LIMIT);
	b.epoch++;
	assert_int_equal(backlog_add(&b, m, link_msg(m, 1, 2, 3), 0, NO_LIMIT), 0);
	assert_int_equal(backlog_add(&b, m, link_msg(m, 1, 3, 3), 0, NO_LIMIT), 1);
	expect(&b, (uint32_t[]) { 1, 3 }, 2);
	backlog_fini(&b);
}

static void test_dumps_do_not_count(void **state)
{
	struct backlog b;
	uint8_t m[256];
	size_t len = probe_msg(m, 1);

	backlog_init(&b, 1);
	assert_int_equal(backlog_add(&b, m, len, BACKLOG_DUMP, 2 * len), 0);
	assert_int_equal(backlog_add(&b, m, len, 0, 2 * len), 0);
	assert_int_equal(backlog_add(&b, m, len, 0, 2 * len), 0);
	assert_int_equal(backlog_add(&b, m, len, 0, 2 * len), -ENOBUFS);
	assert_int_equal(backlog_add(&b, m, len, BACKLOG_DUMP, 2 * len), 0);
	assert_int_equal(b.n, 4);
	backlog_fini(&b);
}

static void test_gap_stays_where_it_was(void **state)
{
	struct backlog_item item;
	struct backlog b;
	uint8_t m[256];

	backlog_init(&b, 1);
	backlog_add(&b, m, link_msg(m, 1, 1, 3), BACKLOG_GAP, NO_LIMIT);
	backlog_add(&b, m, link_msg(m, 1, 2, 3), 0, NO_LIMIT);
	assert_true(backlog_read(&b, 0, &item));
	assert_true(item.gap && !item.len);
	assert_true(backlog_read(&b, item.next, &item));
	assert_true(!item.gap && msg_head_read(item.msg).id == 2);
	backlog_pop(&b, item.next);
	assert_int_equal(b.n, 0);
	assert_int_equal(b.total, 0);
	assert_null(b.mem);
	backlog_fini(&b);
}

static void test_a_replacement_that_does_not_fit_leaves_neither(void **state)
{
	struct backlog b;
	uint8_t m[256];

	backlog_init(&b, 1);
	assert_int_equal(backlog_add(&b, m, link_msg(m, 1, 1, 1), 0, 64), 0);
	assert_int_equal(backlog_add(&b, m, link_msg(m, 1, 2, 48), 0, 64), -ENOBUFS);
	assert_int_equal(b.n, 0);
	assert_int_equal(b.counted, 0);
	expect(&b, NULL, 0);
	backlog_fini(&b);
}

/* Against a plain list: same order, same sums, whatever is added and taken. */
#define MODEL 4096

struct model {
	uint32_t id[MODEL], link[MODEL];
	size_t len[MODEL];
	size_t n;
};

static void model_remove(struct model *model, size_t i)
{
	model->n--;
	memmove(&model->id[i], &model->id[i + 1], (model->n - i) * sizeof(model->id[0]));
	memmove(&model->link[i], &model->link[i + 1], (model->n - i) * sizeof(model->link[0]));
	memmove(&model->len[i], &model->len[i + 1], (model->n - i) * sizeof(model->len[0]));
}

static void model_add(struct model *model, uint32_t id, uint32_t link, size_t len)
{
	for (size_t i = 0; link && i < model->n; i++) {
		if (model->link[i] == link) {
			model_remove(model, i);
			break;
		}
	}
	model->id[model->n] = id;
	model->link[model->n] = link;
	model->len[model->n++] = len;
}

static size_t model_octets(const struct model *model)
{
	size_t sum = 0;

	for (size_t i = 0; i < model->n; i++)
		sum += model->len[i];
	return sum;
}

static void test_random_use_equals_a_plain_list(void **state)
{
	static struct model model;
	static struct rnd rnd = { .state = 4711 };
	struct backlog b;
	uint8_t m[256];

	backlog_init(&b, 99);
	for (uint32_t id = 1; id < 60000; id++) {
		/* grows for a while, then shrinks, so that compaction and growth both happen */
		bool grow = id / 3000 % 2 == 0;

		if (model.n < MODEL - 1 && rnd_next(&rnd) % 4 < (grow ? 3U : 1U)) {
			uint32_t link = rnd_next(&rnd) % 3 ? 1 + rnd_next(&rnd) % 700 : 0;
			size_t len = link ? link_msg(m, link, id, rnd_next(&rnd) % 48)
					  : probe_msg(m, id);

			assert_true(backlog_add(&b, m, len, 0, NO_LIMIT) >= 0);
			model_add(&model, id, link, len);
		} else if (model.n) {
			struct backlog_item item;

			assert_true(backlog_read(&b, 0, &item));
			assert_int_equal(msg_head_read(item.msg).id, model.id[0]);
			backlog_pop(&b, item.next);
			model_remove(&model, 0);
		}
		assert_int_equal(b.n, model.n);
		if (id % 512 == 0) {
			expect(&b, model.id, model.n);
			assert_int_equal(b.total, model_octets(&model));
			assert_int_equal(b.counted, b.total);
		}
	}
	backlog_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newer_state_stands_at_the_end),
		cmocka_unit_test(test_epochs_do_not_replace_each_other),
		cmocka_unit_test(test_dumps_do_not_count),
		cmocka_unit_test(test_gap_stays_where_it_was),
		cmocka_unit_test(test_a_replacement_that_does_not_fit_leaves_neither),
		cmocka_unit_test(test_random_use_equals_a_plain_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
