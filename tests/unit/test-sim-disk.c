/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated disk: what had finds on it again after a crash. */
#include "tests/support/unit.h"

#include <string.h>

#include "base/core.h"
#include "tests/sim/disk.h"
#include "tests/support/vtime.h"

struct bench {
	struct vtime *vt;
	struct disk *disk;
	struct store *store;
	uint64_t through; /* the ticket that was told last */
	char found[64];
};

static void on_ticket(void *b, uint64_t ticket, int result)
{
	assert_int_equal(result, 0);
	((struct bench *)b)->through = ticket;
}

static void on_done(void *b_)
{
	struct bench *b = b_;

	b->store->ops->ready(b->store, on_ticket, b);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->vt = vtime_new(1);
	b->disk = disk_new(b->vt, on_done, b);
	b->store = disk_open(b->disk);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	disk_free(b->disk);
	vtime_free(b->vt);
	free(b);
	return 0;
}

static int put(struct bench *b, const char *key, const char *value, uint64_t ticket)
{
	const struct store_item item = { key, strlen(key), value, value ? strlen(value) : 0 };

	return b->store->ops->put(b->store, &item, ticket ? STORE_DURABLE : 0, ticket);
}

static int on_item(void *b_, const struct store_item *item)
{
	struct bench *b = b_;
	size_t at = strlen(b->found);

	snprintf(b->found + at, sizeof(b->found) - at, "%.*s=%.*s ", (int)item->key_len,
		(const char *)item->key, (int)item->len, (const char *)item->data);
	return 0;
}

static const char *crash_and_load(struct bench *b)
{
	disk_crash(b->disk);
	b->store = disk_open(b->disk);
	b->found[0] = '\0';
	assert_int_equal(b->store->ops->load(b->store, on_item, b), 0);
	return b->found;
}

static void test_a_crash_loses_what_is_younger_than_a_group(void **state)
{
	struct bench *b = *state;

	put(b, "a", "1", 0);
	vtime_run_ms(b->vt, 20);
	put(b, "a", "2", 0);
	put(b, "b", "1", 0);
	vtime_run_ms(b->vt, 19);
	assert_string_equal(crash_and_load(b), "a=1 ");
	put(b, "b", "3", 0);
	put(b, "a", NULL, 0);
	vtime_run_ms(b->vt, 20);
	assert_string_equal(crash_and_load(b), "b=3 ");
}

static void test_who_leaves_in_order_loses_nothing(void **state)
{
	struct bench *b = *state;

	put(b, "a", "1", 0);
	b->store->ops->close(b->store);
	assert_string_equal(crash_and_load(b), "a=1 ");
}

static void test_a_ticket_is_through_with_its_group(void **state)
{
	struct bench *b = *state;

	assert_int_equal(put(b, "a", "1", 7), STORE_WAIT);
	vtime_run_ms(b->vt, 19);
	assert_int_equal(b->through, 0);
	vtime_run_ms(b->vt, 1);
	assert_int_equal(b->through, 7);
	assert_int_equal(put(b, "a", "2", 8), STORE_WAIT);
	assert_string_equal(crash_and_load(b), "a=1 ");
	vtime_run_ms(b->vt, 100);
	assert_int_equal(b->through, 7); /* nobody is told for the dead */
}

static void test_another_disk_is_empty_and_says_so(void **state)
{
	struct bench *b = *state;

	assert_false(store_status(b->store).usable); /* new */
	put(b, "a", "1", 0);
	vtime_run_ms(b->vt, 20);
	crash_and_load(b);
	assert_true(store_status(b->store).usable);
	disk_lose(b->disk);
	assert_string_equal(crash_and_load(b), "");
	assert_false(store_status(b->store).usable);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_crash_loses_what_is_younger_than_a_group),
		TEST(test_who_leaves_in_order_loses_nothing),
		TEST(test_a_ticket_is_through_with_its_group),
		TEST(test_another_disk_is_empty_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
