/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Usage: test-had-store-crash [TRIALS]
 *
 * A store whose process is killed, or whose machine loses power, at a random moment of a write
 * storm: it can be read, what was said to be on disk is there, and what is there is the truth of
 * one moment. A disk that stands still holds nobody up.
 *
 * Puts are numbered. Put n is of key n % KEYS, so the truth of the moment after put n is known:
 * each key has its last number up to n.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/unit.h"

#include "base/table.h"
#include "had/store.h"
#include "tests/unit/crashdisk.h"

#define KEYS	  40
#define VALUE_LEN 1000
#define RING	  (1 << 16)
#define STORM	  2500 /* puts before the power goes */

static unsigned trials = 40;

/* What a process that is killed leaves behind of itself. */
struct shared {
	_Atomic uint64_t put;	/* the last put that was begun */
	_Atomic uint64_t acked; /* all up to this one are on disk */
	_Atomic uint64_t put_at[RING];
};

struct fixture {
	char dir[64], path[80];		    /* on a disk */
	char image_dir[64], image_path[80]; /* in memory, where there is such a place */
	struct shared *shared;
	uint64_t found[KEYS]; /* number by key, as loaded; 0: none */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "%.40s/crash-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/had.db", f->dir);
	snprintf(f->image_dir, sizeof(f->image_dir), "%s/crash-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(f->image_dir));
	snprintf(f->image_path, sizeof(f->image_path), "%s/had.db", f->image_dir);
	f->shared = mmap(NULL, sizeof(*f->shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(f->shared != MAP_FAILED);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[160];

	snprintf(command, sizeof(command), "rm -rf %s %s", f->dir, f->image_dir);
	assert_int_equal(system(command), 0);
	munmap(f->shared, sizeof(*f->shared));
	free(f);
	return 0;
}

static struct store *open_store(struct fixture *f, const char *path)
{
	const struct store_embedded_conf conf = { .path = path, .boot = 5, .slow_ms = 50 };
	struct store *store = NULL;

	if (store_embedded_open(&store, &conf) != 0)
		return NULL;
	return store;
}

/* values */

static void value_of(uint64_t n, uint8_t value[VALUE_LEN])
{
	memset(value, (int)table_mix(n), VALUE_LEN);
	memcpy(value, &n, sizeof(n));
}

static int put(struct store *store, uint64_t n)
{
	uint64_t key = n % KEYS;
	uint8_t value[VALUE_LEN];
	const struct store_item item = {
		.key = &key, .key_len = sizeof(key), .data = value, .len = sizeof(value)
	};

	value_of(n, value);
	return store->ops->put(store, &item, STORE_DURABLE, n);
}

static int see(void *ctx, const struct store_item *item)
{
	struct fixture *f = ctx;
	uint8_t value[VALUE_LEN];
	uint64_t key, n;

	assert_int_equal(item->key_len, sizeof(key));
	assert_int_equal(item->len, VALUE_LEN);
	memcpy(&key, item->key, sizeof(key));
	memcpy(&n, item->data, sizeof(n));
	assert_int_equal(n % KEYS, key);
	value_of(n, value);
	assert_memory_equal(item->data, value, VALUE_LEN);
	f->found[key] = n;
	return 0;
}

/* The last put of this key up to n. */
static uint64_t last_of(uint64_t key, uint64_t n)
{
	uint64_t back = (n % KEYS + KEYS - key) % KEYS;

	return n > back ? n - back : 0;
}

/* Reads it as the next life does. Returns up to which put it is the truth. */
static uint64_t load_one_moment(struct fixture *f, struct store *store)
{
	uint64_t moment = 0;

	memset(f->found, 0, sizeof(f->found));
	assert_int_equal(store->ops->load(store, see, f), 0);
	for (uint64_t key = 0; key < KEYS; key++)
		moment = f->found[key] > moment ? f->found[key] : moment;
	for (uint64_t key = 0; key < KEYS; key++)
		assert_int_equal(f->found[key], last_of(key, moment));
	return moment;
}

/* kill -9 */

static void on_acked(void *ctx, uint64_t ticket, int result)
{
	struct shared *shared = ctx;

	if (result == 0)
		shared->acked = ticket;
}

static void storm(struct fixture *f, uint64_t n)
{
	struct shared *shared = f->shared;
	struct store *store = open_store(f, f->path);

	if (!store)
		_exit(1);
	store->ops->load(store, see, f);
	for (;; n++) {
		shared->put_at[n % RING] = now_ns();
		shared->put = n;
		if (put(store, n) < 0)
			_exit(2);
		store->ops->ready(store, on_acked, shared);
		poll(NULL, 0, n % 16 == 0);
	}
}

static uint64_t kill_in_a_storm(struct fixture *f, uint64_t first, uint64_t after_us)
{
	uint64_t killed_at;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		storm(f, first);
	assert_true(pid > 0);
	usleep((useconds_t)after_us);
	killed_at = now_ns();
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	return killed_at;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void test_killed_in_a_write_storm(void **state)
{
	struct fixture *f = *state;
	struct shared *shared = f->shared;
	uint64_t moment = 0, killed_at, n_puts = 0, *behind = calloc(trials, sizeof(*behind));
	struct store *store;

	srandom(7);
	for (unsigned i = 0; i < trials; i++) {
		shared->put = shared->acked = moment;
		killed_at = kill_in_a_storm(f, moment + 1, (uint64_t)random() % 80000);
		store = open_store(f, f->path);
		assert_non_null(store);
		assert_true(store_status(store).usable || shared->acked == 0);
		assert_false(store_status(store).degraded);
		n_puts += shared->put - moment;
		moment = load_one_moment(f, store);
		assert_in_range(moment, shared->acked, shared->put);
		if (moment < shared->put && shared->put_at[(moment + 1) % RING] < killed_at)
			behind[i] = killed_at - shared->put_at[(moment + 1) % RING];
		store_close(store);
	}
	qsort(behind, trials, sizeof(*behind), by_size);
	print_message("# %u kills in %llu puts, all readable, none acknowledged lost; the oldest "
		      "put lost was %.1f ms old (median), %.1f ms (worst)\n",
		trials, (unsigned long long)n_puts, (double)behind[trials / 2] / 1e6,
		(double)behind[trials - 1] / 1e6);
	free(behind);
}

/* power loss */

static void note_acked(void *ctx, uint64_t ticket, int result)
{
	assert_int_equal(result, 0);
	*(uint64_t *)ctx = ticket;
	crashdisk_note(ticket);
}

/* Puts in groups of all sizes, so many that the log is carried over into the file. */
static void write_for_power_loss(struct fixture *f, uint64_t last)
{
	struct pollfd fd = { .events = POLLIN };
	struct store *store;
	uint64_t acked = 0;

	crashdisk_begin();
	store = open_store(f, f->path);
	assert_non_null(store);
	load_one_moment(f, store);
	fd.fd = store_fd(store);
	for (uint64_t n = 1; n <= last; n++) {
		assert_int_equal(put(store, n), STORE_WAIT);
		if (table_mix(n) % 16 != 0 && n != last)
			continue;
		while (acked < n) {
			assert_int_equal(poll(&fd, 1, 10000), 1);
			store->ops->ready(store, note_acked, &acked);
		}
	}
	store_close(store);
	crashdisk_end();
}

/* What the next life finds if the power goes after so many events; acked is what it must. */
static uint64_t load_after_power_loss(
	struct fixture *f, size_t n_events, uint64_t seed, uint64_t *acked)
{
	struct store *store;
	uint64_t moment;

	*acked = crashdisk_lose_power(n_events, seed, f->image_dir);
	store = open_store(f, f->image_path);
	assert_non_null(store);
	assert_true(store_status(store).usable || *acked == 0);
	moment = load_one_moment(f, store);
	store_close(store);
	return moment;
}

static void test_power_lost_in_a_write_storm(void **state)
{
	struct fixture *f = *state;
	unsigned n_tries = trials * 5, n_empty = 0;
	uint64_t acked, moment;
	size_t n_events;

	write_for_power_loss(f, STORM);
	n_events = crashdisk_n_events();
	for (unsigned i = 0; i < n_tries; i++) {
		moment = load_after_power_loss(f, table_mix(i) % (n_events + 1), i, &acked);
		assert_in_range(moment, acked, STORM);
		n_empty += moment == 0;
	}
	print_message("# %u power losses among %zu writes and syncs: all readable, none "
		      "acknowledged lost; %u before there was anything\n",
		n_tries, n_events, n_empty);
	assert_true(n_empty < n_tries / 4);
	crashdisk_forget();
}

/* The disk of the test itself: it does lose what was not synced. */
static void test_the_disk_forgets(void **state)
{
	struct fixture *f = *state;
	unsigned n_behind = 0;
	uint64_t acked;
	size_t half;

	write_for_power_loss(f, 400);
	half = crashdisk_n_events() / 2;
	for (size_t n = half; n < half + 60; n++)
		n_behind += load_after_power_loss(f, n, 1, &acked) < 400;
	assert_int_equal(n_behind, 60);
	crashdisk_forget();
}

/* a disk that does not answer */

static void test_a_disk_that_stands_still_holds_nobody_up(void **state)
{
	struct fixture *f = *state;
	struct store *store;

	crashdisk_begin();
	store = open_store(f, f->path);
	assert_non_null(store);
	assert_int_equal(load_one_moment(f, store), 0);
	crashdisk_hold();
	assert_int_equal(put(store, 1), STORE_WAIT);
	crashdisk_wait_held();
	while (!store_status(store).degraded)
		poll(NULL, 0, 1);
	assert_int_equal(store_status(store).error, -EBUSY);
	for (uint64_t n = 2; n <= 1000; n++)
		assert_int_equal(put(store, n), 0); /* nobody waits for it */
	crashdisk_let_go();
	assert_int_equal(store_flush(store), 0);
	assert_false(store_status(store).degraded);
	store_close(store);
	store = open_store(f, f->path);
	assert_int_equal(load_one_moment(f, store), 1000);
	store_close(store);
	crashdisk_end();
	crashdisk_forget();
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_killed_in_a_write_storm),
		TEST(test_power_lost_in_a_write_storm),
		TEST(test_the_disk_forgets),
		TEST(test_a_disk_that_stands_still_holds_nobody_up),
	};

	if (argc > 1)
		trials = (unsigned)strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests_name("had-store-crash", tests, NULL, NULL);
}
