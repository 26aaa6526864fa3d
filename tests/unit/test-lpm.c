/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/lpm.h"

static struct mipm_prefix P(const char *text) {
	struct mipm_prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

static void *
insert(struct lpm *lpm, const char *text, const char *value)
{
	struct mipm_prefix prefix = P(text);
	void *old;

	assert_int_equal(lpm_insert(lpm, &prefix, (void *)value, &old), 0);
	return old;
}

static const char *look(const struct lpm *lpm, const char *text)
{
	struct mipm_addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return lpm_lookup(lpm, &addr);
}

static int setup(void **state)
{
	static struct lpm lpm;

	lpm_init(&lpm, NULL, NULL);
	insert(&lpm, "0.0.0.0/0", "default");
	insert(&lpm, "10.0.0.0/8", "ten");
	insert(&lpm, "10.1.0.0/16", "ten-one");
	insert(&lpm, "10.1.2.3/32", "host");
	insert(&lpm, "2001:db8::/32", "six");
	insert(&lpm, "2001:db8:0:1::/64", "six-one");
	*state = &lpm;
	return 0;
}

static int teardown(void **state)
{
	lpm_fini(*state);
	return 0;
}

static void test_the_longest_prefix_wins(void **state)
{
	struct lpm *lpm = *state;

	assert_string_equal(look(lpm, "10.1.2.3"), "host");
	assert_string_equal(look(lpm, "10.1.2.4"), "ten-one");
	assert_string_equal(look(lpm, "10.2.0.0"), "ten");
	assert_string_equal(look(lpm, "192.0.2.1"), "default");
	assert_string_equal(look(lpm, "2001:db8:0:1::9"), "six-one");
	assert_string_equal(look(lpm, "2001:db8:0:2::9"), "six");
	assert_null(look(lpm, "2001:db9::1"));
}

static void test_families_are_apart(void **state)
{
	struct mipm_addr absent = { 0 };

	assert_null(look(*state, "::"));
	assert_null(lpm_lookup(*state, &absent));
}

static void test_lookup_tells_which_prefix(void **state)
{
	struct mipm_prefix matched, expected = P("2001:db8:0:1::/64"), four = P("10.1.0.0/16");
	struct mipm_addr addr;

	addr_parse("2001:db8:0:1::1", &addr);
	assert_non_null(lpm_lookup_prefix(*state, &addr, &matched));
	assert_true(prefix_equal(&matched, &expected));
	addr_parse("10.1.9.9", &addr);
	assert_non_null(lpm_lookup_prefix(*state, &addr, &matched));
	assert_true(prefix_equal(&matched, &four));
}

static void test_get_is_exact(void **state)
{
	struct mipm_prefix ten = P("10.0.0.0/8"), nine = P("10.0.0.0/9"), seven = P("10.0.0.0/7");

	assert_string_equal(lpm_get(*state, &ten), "ten");
	assert_null(lpm_get(*state, &nine));
	assert_null(lpm_get(*state, &seven));
}

static void test_inserting_again_replaces_and_returns_the_old_value(void **state)
{
	struct lpm *lpm = *state;

	assert_string_equal(insert(lpm, "10.0.0.0/8", "new"), "ten");
	assert_string_equal(look(lpm, "10.9.9.9"), "new");
	assert_int_equal(lpm->n_prefixes, 6);
}

static void test_removing_uncovers_the_shorter_prefix(void **state)
{
	struct lpm *lpm = *state;
	struct mipm_prefix prefix = P("10.1.0.0/16"), absent = P("10.1.0.0/17");

	assert_null(lpm_remove(lpm, &absent));
	assert_string_equal(lpm_remove(lpm, &prefix), "ten-one");
	assert_null(lpm_remove(lpm, &prefix));
	assert_string_equal(look(lpm, "10.1.2.4"), "ten");
	assert_string_equal(look(lpm, "10.1.2.3"), "host");
}

static void test_values_and_prefixes_must_be_present(void **state)
{
	struct mipm_prefix prefix = P("10.0.0.0/8"), absent = { 0 }, long_one = prefix;
	char value;

	long_one.len = 33;
	assert_int_equal(lpm_insert(*state, &prefix, NULL, NULL), -EINVAL);
	assert_int_equal(lpm_insert(*state, &absent, &value, NULL), -EINVAL);
	assert_int_equal(lpm_insert(*state, &long_one, &value, NULL), -EINVAL);
}

static void test_overlap_finds_what_covers_and_what_lies_inside(void **state)
{
	static const struct {
		const char *prefix, *value;
	} rows[] = {
		{ "10.1.2.0/24", "ten" },
		{ "10.0.0.0/7", "ten" },
		{ "10.1.2.3/32", "ten" },
		{ "2001:db8::/63", "six" },
		{ "2001:d00::/24", "six" },
		{ "11.0.0.0/8", NULL },
		{ "2001:db9::/32", NULL },
	};
	struct mipm_prefix all = P("0.0.0.0/0"), which;
	struct lpm *lpm = *state;

	lpm_remove(lpm, &all);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mipm_prefix prefix = P(rows[i].prefix);
		const char *value = lpm_overlap(lpm, &prefix, &which);

		if (!rows[i].value) {
			assert_null(value);
			continue;
		}
		assert_string_equal(value, rows[i].value);
		assert_true(prefix_overlaps(&prefix, &which));
	}
}

static int collect(void *ctx, const struct mipm_prefix *prefix, void *value)
{
	char buf[PREFIX_TEXT_MAX];

	strcat(strcat(ctx, prefix_print(prefix, buf)), " ");
	return strcmp(value, "six") == 0 ? 7 : 0;
}

static void test_walk_goes_in_order_and_stops_on_request(void **state)
{
	char text[400] = "";

	assert_int_equal(lpm_walk(*state, collect, text), 7);
	assert_string_equal(text, "0.0.0.0/0 10.0.0.0/8 10.1.0.0/16 10.1.2.3/32 2001:db8::/32 ");
}

static unsigned n_retired;

static void count_and_free(void *ctx, void *block)
{
	(*(unsigned *)ctx)++;
	((void **)block)[0] = ((void **)block)[1] = NULL; /* the retirer's two pointers */
	free(block);
}

static void test_removed_nodes_go_to_retire(void **state)
{
	struct mipm_prefix a = P("10.0.0.0/24"), b = P("10.0.1.0/24");
	struct lpm lpm;

	n_retired = 0;
	lpm_init(&lpm, count_and_free, &n_retired);
	insert(&lpm, "10.0.0.0/24", "a");
	insert(&lpm, "10.0.1.0/24", "b");
	assert_int_equal(n_retired, 0);
	lpm_remove(&lpm, &a);
	assert_int_equal(n_retired, 2); /* its node and the branch above it */
	lpm_remove(&lpm, &b);
	assert_int_equal(n_retired, 3);
	assert_null(atomic_load(&lpm.root[0]));
	lpm_fini(&lpm);
}

/* A sorted list of prefixes as the other opinion. */
#define N_MODEL 300

struct model {
	struct mipm_prefix prefix[N_MODEL];
	bool in[N_MODEL];
};

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct mipm_prefix random_prefix(uint64_t *seed)
{
	struct mipm_addr addr = { .family = next_random(seed) % 2 ? MIPM_IPV4 : MIPM_IPV6 };
	struct mipm_prefix prefix;

	/* few different bits, so that prefixes meet */
	for (size_t i = 0; i < addr_len(&addr); i++)
		addr.octets[i] = (uint8_t)(next_random(seed) & 0x81);
	prefix_make(&addr, (uint8_t)(next_random(seed) % (addr_bits(addr.family) + 1)), &prefix);
	return prefix;
}

static const struct mipm_prefix *model_lookup(
	const struct model *model, const struct mipm_addr *addr)
{
	const struct mipm_prefix *best = NULL;

	for (size_t i = 0; i < N_MODEL; i++)
		if (model->in[i] && prefix_contains(&model->prefix[i], addr) &&
			(!best || model->prefix[i].len > best->len))
			best = &model->prefix[i];
	return best;
}

static bool model_overlaps(const struct model *model, const struct mipm_prefix *prefix)
{
	for (size_t i = 0; i < N_MODEL; i++)
		if (model->in[i] && prefix_overlaps(&model->prefix[i], prefix))
			return true;
	return false;
}

static void check_against_model(const struct lpm *lpm, const struct model *model, uint64_t *seed)
{
	struct mipm_prefix probe = random_prefix(seed), matched;
	const struct mipm_prefix *expected = model_lookup(model, &probe.addr);
	void *value = lpm_lookup_prefix(lpm, &probe.addr, &matched);

	assert_true((value != NULL) == (expected != NULL));
	if (expected) {
		assert_true(prefix_equal(&matched, expected));
		assert_true(prefix_equal(value, expected));
	}
	assert_true((lpm_overlap(lpm, &probe, NULL) != NULL) == model_overlaps(model, &probe));
}

static void test_it_agrees_with_a_plain_list(void **state)
{
	static struct model model;
	uint64_t seed = 434;
	struct lpm lpm;
	size_t n_in = 0;

	lpm_init(&lpm, NULL, NULL);
	for (size_t i = 0; i < N_MODEL; i++)
		model.prefix[i] = random_prefix(&seed);
	for (int round = 0; round < 20000; round++) {
		size_t i = next_random(&seed) % N_MODEL;
		void *value = lpm_get(&lpm, &model.prefix[i]);

		if (model.in[i]) {
			assert_ptr_equal(lpm_remove(&lpm, &model.prefix[i]), value);
			model.in[i] = false;
			n_in--;
		} else if (!value) {
			assert_int_equal(
				lpm_insert(&lpm, &model.prefix[i], &model.prefix[i], NULL), 0);
			model.in[i] = true;
			n_in++;
		}
		assert_int_equal(lpm.n_prefixes, n_in);
		check_against_model(&lpm, &model, &seed);
	}
	for (size_t i = 0; i < N_MODEL; i++)
		if (model.in[i])
			lpm_remove(&lpm, &model.prefix[i]);
	assert_null(atomic_load(&lpm.root[0]));
	assert_null(atomic_load(&lpm.root[1]));
	lpm_fini(&lpm);
}

/* Readers run while one writer changes; what is always there must always be found. */
struct shared {
	struct lpm lpm;
	void *graveyard; /* retired blocks, by their first pointer */
	atomic_bool stop;
	atomic_uint n_missed;
};

static void bury(void *ctx, void *block)
{
	struct shared *shared = ctx;

	*(void **)block = shared->graveyard;
	shared->graveyard = block;
}

static void *read_on(void *arg)
{
	struct shared *shared = arg;

	while (!atomic_load(&shared->stop)) {
		const char *host = look(&shared->lpm, "10.1.2.3");

		if (!host || strcmp(host, "stays") != 0)
			atomic_fetch_add(&shared->n_missed, 1);
		look(&shared->lpm, "10.1.2.77");
	}
	return NULL;
}

static void test_readers_need_no_lock(void **state)
{
	static struct shared shared;
	pthread_t readers[2];
	uint64_t seed = 7;

	lpm_init(&shared.lpm, bury, &shared);
	insert(&shared.lpm, "10.1.2.3/32", "stays");
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_on, &shared), 0);
	for (int i = 0; i < 20000; i++) {
		struct mipm_addr addr =
			addr_from_v4(0x0a010200 | (uint32_t)next_random(&seed) % 256);
		struct mipm_prefix prefix;

		prefix_make(&addr, (uint8_t)(20 + next_random(&seed) % 12), &prefix);
		if (!lpm_remove(&shared.lpm, &prefix))
			lpm_insert(&shared.lpm, &prefix, (void *)"comes and goes", NULL);
	}
	atomic_store(&shared.stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(atomic_load(&shared.n_missed), 0);
	lpm_fini(&shared.lpm);
	while (shared.graveyard) {
		void *block = shared.graveyard;

		shared.graveyard = *(void **)block;
		free(block);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_longest_prefix_wins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_families_are_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lookup_tells_which_prefix, setup, teardown),
		cmocka_unit_test_setup_teardown(test_get_is_exact, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_inserting_again_replaces_and_returns_the_old_value, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_removing_uncovers_the_shorter_prefix, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_values_and_prefixes_must_be_present, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_overlap_finds_what_covers_and_what_lies_inside, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_walk_goes_in_order_and_stops_on_request, setup, teardown),
		cmocka_unit_test(test_removed_nodes_go_to_retire),
		cmocka_unit_test(test_it_agrees_with_a_plain_list),
		cmocka_unit_test(test_readers_need_no_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
