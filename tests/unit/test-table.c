/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include "base/table.h"

struct item {
	uint32_t key;
	struct table_link link; /* table */
	struct list entry;	/* list */
};

static bool has_key(const struct table_link *link, const void *key)
{
	return container_of(link, struct item, link)->key == *(const uint32_t *)key;
}

static struct item *find(const struct table *table, uint32_t key)
{
	return container_of(table_find(table, table_mix(key), has_key, &key), struct item, link);
}

static void test_list_keeps_the_order_of_adding(void **state)
{
	struct item a = { .key = 1 }, b = { .key = 2 }, c = { .key = 3 }, *item;
	struct list head;
	char text[8] = "", *end = text;

	list_init(&head);
	assert_true(list_is_empty(&head));
	assert_null(list_first(&head, struct item, entry));
	list_add_tail(&head, &b.entry);
	list_add_tail(&head, &c.entry);
	list_add_head(&head, &a.entry);
	list_for_each (item, &head, entry)
		*end++ = (char)('0' + item->key);
	assert_string_equal(text, "123");
	assert_ptr_equal(list_last(&head, struct item, entry), &c);
}

static void test_list_elements_may_go_during_a_safe_walk(void **state)
{
	struct item items[5] = { 0 }, *item, *spare;
	struct list head;

	list_init(&head);
	for (int i = 0; i < 5; i++)
		list_add_tail(&head, &items[i].entry);
	list_for_each_safe (item, spare, &head, entry)
		list_remove(&item->entry);
	assert_true(list_is_empty(&head));
	assert_false(list_is_linked(&items[0].entry));
	list_remove(&items[0].entry);
}

static void test_table_finds_what_was_added(void **state)
{
	static struct item items[1000];
	struct table table;
	size_t n = 0;
	struct item *item, *spare;

	table_init(&table);
	assert_null(find(&table, 0));
	for (uint32_t i = 0; i < 1000; i++) {
		items[i].key = i;
		table_add(&table, &items[i].link, table_mix(i));
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_ptr_equal(find(&table, i), &items[i]);
	assert_null(find(&table, 1000));
	table_for_each (item, &table, link)
		n++;
	assert_int_equal(n, 1000);
	table_for_each_safe (item, spare, &table, link)
		if (item->key % 2)
			table_remove(&table, &item->link);
	assert_int_equal(table.n_links, 500);
	assert_null(find(&table, 7));
	assert_ptr_equal(find(&table, 8), &items[8]);
	table_for_each_safe (item, spare, &table, link)
		table_remove(&table, &item->link);
	table_fini(&table);
}

static void test_table_takes_equal_hashes(void **state)
{
	struct item items[40] = { 0 };
	struct table table;

	table_init(&table);
	for (uint32_t i = 0; i < 40; i++) {
		items[i].key = i;
		table_add(&table, &items[i].link, 5);
	}
	for (uint32_t i = 0; i < 40; i++)
		assert_ptr_equal(table_find(&table, 5, has_key, &i), &items[i].link);
	for (int i = 39; i >= 0; i--)
		table_remove(&table, &items[i].link);
	table_remove(&table, &items[0].link);
	table_fini(&table);
}

static void test_hash_changes_with_every_octet_length_and_seed(void **state)
{
	uint8_t data[20] = { 0 };
	uint64_t zero = table_hash(data, 20, 1);

	for (size_t i = 0; i < 20; i++) {
		data[i] = 1;
		assert_true(table_hash(data, 20, 1) != zero);
		data[i] = 0;
	}
	assert_true(table_hash(data, 19, 1) != zero);
	assert_true(table_hash(data, 20, 2) != zero);
	assert_true(table_hash(data, 20, 1) == zero);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_keeps_the_order_of_adding),
		cmocka_unit_test(test_list_elements_may_go_during_a_safe_walk),
		cmocka_unit_test(test_table_finds_what_was_added),
		cmocka_unit_test(test_table_takes_equal_hashes),
		cmocka_unit_test(test_hash_changes_with_every_octet_length_and_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
