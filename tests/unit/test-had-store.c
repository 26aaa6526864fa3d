/* SPDX-License-Identifier: BSD-2-Clause */
/* The stores: what was put is there again, or it is said that it is not; nothing in between. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/unit.h"

#include "base/log.h"
#include "had/store.h"

#define VALUE_LEN 100

struct fixture {
	char dir[64];
	char path[96];
	struct store *store;
	char lines[4096];
	struct log log;
};

struct seen {
	unsigned n;
	unsigned n_wrong;
	bool has[16];
};

static void line(void *ctx, enum log_level level, const char *text)
{
	struct fixture *f = ctx;
	size_t len = strlen(f->lines);

	snprintf(f->lines + len, sizeof(f->lines) - len, "%s\n", text);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	/* in memory, where there is such a place: thousands of files are synced below */
	snprintf(f->dir, sizeof(f->dir), "%s/raiic-store-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/had.db", f->dir);
	f->log = (struct log) { .level = LOG_LEVEL_DEBUG, .write = line, .ctx = f };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	store_close(f->store);
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static int try_open(struct fixture *f)
{
	const struct store_embedded_conf conf = {
		.path = f->path, .log = &f->log, .boot = 5, .group_ms = 5, .retry_ms = 10
	};

	f->lines[0] = '\0';
	return store_embedded_open(&f->store, &conf);
}

static void close_store(struct fixture *f)
{
	f->store = store_close(f->store);
}

/* Item n has a value that only it has. */
static void value_of(unsigned n, char value[VALUE_LEN])
{
	memset(value, 'a' + (int)n, VALUE_LEN);
	snprintf(value, VALUE_LEN, "value %u", n);
}

static int put(struct fixture *f, unsigned n, unsigned flags, uint64_t ticket)
{
	char key[16], value[VALUE_LEN];
	struct store_item item = { .key = key, .data = value, .len = sizeof(value) };

	item.key_len = (size_t)snprintf(key, sizeof(key), "site%u", n);
	value_of(n, value);
	return f->store->ops->put(f->store, &item, flags, ticket);
}

static int see(void *ctx, const struct store_item *item)
{
	struct seen *seen = ctx;
	char key[16], value[VALUE_LEN];
	unsigned n = 99;

	snprintf(key, sizeof(key), "%.*s", (int)item->key_len, (const char *)item->key);
	sscanf(key, "site%u", &n);
	seen->n++;
	if (n < 16) {
		seen->has[n] = true;
		value_of(n, value);
	}
	if (n >= 16 || item->len != sizeof(value) || memcmp(item->data, value, sizeof(value)) != 0)
		seen->n_wrong++;
	return 0;
}

static struct seen load(struct fixture *f)
{
	struct seen seen = { 0 };

	assert_int_equal(f->store->ops->load(f->store, see, &seen), 0);
	assert_int_equal(seen.n_wrong, 0);
	return seen;
}

static struct seen open_and_load(struct fixture *f)
{
	assert_int_equal(try_open(f), 0);
	return load(f);
}

/* A store with three items, closed. */
static void fill(struct fixture *f)
{
	open_and_load(f);
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(put(f, n, 0, 0), 0);
	close_store(f);
}

static void test_new_store_is_empty_and_was_not_usable(void **state)
{
	struct fixture *f = *state;
	struct store_status status;

	assert_int_equal(open_and_load(f).n, 0);
	status = store_status(f->store);
	assert_false(status.usable);
	assert_false(status.degraded);
	assert_true(status.boot == 5);
}

static void test_what_was_put_is_there_again(void **state)
{
	struct fixture *f = *state;
	struct seen seen;

	fill(f);
	seen = open_and_load(f);
	assert_int_equal(seen.n, 3);
	assert_true(store_status(f->store).usable);
	assert_true(store_status(f->store).clean);
	assert_string_equal(f->lines, "");
}

static void test_newer_value_replaces_and_nothing_deletes(void **state)
{
	struct fixture *f = *state;
	const struct store_item other = { .key = "site1", .key_len = 5, .data = "x", .len = 1 };
	const struct store_item gone = { .key = "site2", .key_len = 5 };
	const struct store_item never = { .key = "site9", .key_len = 5 };
	struct seen seen;

	fill(f);
	open_and_load(f);
	assert_int_equal(f->store->ops->put(f->store, &other, 0, 0), 0);
	assert_int_equal(store_flush(f->store), 0);
	assert_int_equal(put(f, 1, 0, 0), 0);
	assert_int_equal(f->store->ops->put(f->store, &gone, 0, 0), 0);
	assert_int_equal(f->store->ops->put(f->store, &never, 0, 0), 0);
	close_store(f);
	seen = open_and_load(f);
	assert_int_equal(seen.n, 2);
	assert_true(seen.has[0] && seen.has[1]);
}

static void test_what_is_no_item_is_refused(void **state)
{
	struct fixture *f = *state;
	static uint8_t large[STORE_VALUE_MAX + 1];
	const struct store_item no_key = { .key = "", .data = "x", .len = 1 };
	const struct store_item too_large = {
		.key = "a", .key_len = 1, .data = large, .len = sizeof(large)
	};

	open_and_load(f);
	assert_int_equal(f->store->ops->put(f->store, &no_key, 0, 0), -EINVAL);
	assert_int_equal(f->store->ops->put(f->store, &too_large, 0, 0), -EINVAL);
}

struct done {
	uint64_t tickets[64];
	int results[64];
	unsigned n;
};

static void on_done(void *ctx, uint64_t ticket, int result)
{
	struct done *done = ctx;

	done->tickets[done->n] = ticket;
	done->results[done->n++] = result;
}

static void wait_for(struct fixture *f, struct done *done, unsigned n)
{
	struct pollfd fd = { .fd = store_fd(f->store), .events = POLLIN };

	while (done->n < n) {
		assert_int_equal(poll(&fd, 1, 5000), 1);
		f->store->ops->ready(f->store, on_done, done);
	}
}

static void test_tickets_come_back_in_order_when_it_is_on_disk(void **state)
{
	struct fixture *f = *state;
	struct done done = { 0 };

	open_and_load(f);
	for (unsigned n = 0; n < 10; n++)
		assert_int_equal(put(f, n, STORE_DURABLE, 100 + n), STORE_WAIT);
	wait_for(f, &done, 10);
	for (unsigned n = 0; n < 10; n++) {
		assert_int_equal(done.tickets[n], 100 + n);
		assert_int_equal(done.results[n], 0);
	}
}

/* A process that dies without a word, after a flush of three and one put more. */
static void die_with_store(struct fixture *f)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (try_open(f) < 0)
			_exit(1);
		load(f);
		for (unsigned n = 0; n < 3; n++)
			put(f, n, 0, 0);
		_exit(store_flush(f->store) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_death_without_close_loses_nothing_that_was_flushed(void **state)
{
	struct fixture *f = *state;

	die_with_store(f);
	assert_int_equal(open_and_load(f).n, 3);
	assert_true(store_status(f->store).usable);
	assert_false(store_status(f->store).clean);
}

static void test_second_opener_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store *first;

	fill(f);
	open_and_load(f);
	first = f->store;
	assert_int_equal(try_open(f), -EBUSY);
	f->store = first;
}

/* corruption */

static uint8_t *slurp(const char *path, size_t *len)
{
	struct stat st;
	uint8_t *octets;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*len = (size_t)st.st_size;
	octets = malloc(*len + 1);
	assert_int_equal(read(fd, octets, *len), *len);
	close(fd);
	return octets;
}

static void spill(const char *path, const uint8_t *octets, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, octets, len), len);
	close(fd);
}

/* Either all is as it was, or it is empty, says so, and the old file was kept. */
static bool check_all_or_nothing(struct fixture *f)
{
	char aside[128];
	struct seen seen = open_and_load(f);
	bool is_whole = seen.n == 3;

	snprintf(aside, sizeof(aside), "%s.corrupt-1", f->path);
	if (is_whole) {
		assert_true(store_status(f->store).usable);
	} else {
		assert_int_equal(seen.n, 0);
		assert_false(store_status(f->store).usable);
		assert_int_equal(store_status(f->store).error, 0);
		assert_int_equal(access(aside, F_OK), 0);
		assert_non_null(strstr(f->lines, "corrupt"));
		unlink(aside);
	}
	close_store(f);
	unlink(f->path);
	return is_whole;
}

/* Small pages, so that there is little but what counts. */
static void fill_densely(struct fixture *f)
{
	sqlite3 *db;

	fill(f);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				 "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM;"
				 "PRAGMA journal_mode = WAL",
				 NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
}

static void test_each_octet_flipped_gives_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned n_whole = 0;
	uint8_t *octets;
	size_t len;

	fill_densely(f);
	octets = slurp(f->path, &len);
	assert_in_range(len, 1000, 5000);
	for (size_t i = 0; i < len; i++) {
		octets[i] ^= (uint8_t)(1U << i % 8);
		spill(f->path, octets, len);
		n_whole += check_all_or_nothing(f);
		octets[i] ^= (uint8_t)(1U << i % 8);
	}
	assert_in_range(n_whole, 1, len - 400);
	free(octets);
}

static void test_each_truncation_gives_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned n_whole = 0;
	uint8_t *octets;
	size_t len;

	fill_densely(f);
	octets = slurp(f->path, &len);
	for (size_t n = 1; n < len; n++) {
		spill(f->path, octets, n);
		n_whole += check_all_or_nothing(f);
	}
	assert_in_range(n_whole, 0, 512); /* the last page may end in nothing */
	free(octets);
}

/* SQLite takes a damaged frame for the end of its log: then a last change is missing, at most. */
static void test_damaged_log_gives_an_older_truth(void **state)
{
	struct fixture *f = *state;
	uint8_t *octets, *log_octets;
	size_t len, log_len;
	struct seen seen;
	char log[128];

	die_with_store(f);
	snprintf(log, sizeof(log), "%s-wal", f->path);
	octets = slurp(f->path, &len);
	log_octets = slurp(log, &log_len);
	for (size_t i = 0; i < log_len; i += 61) {
		log_octets[i] ^= (uint8_t)(1U << i % 8);
		spill(f->path, octets, len);
		spill(log, log_octets, log_len);
		seen = open_and_load(f);
		assert_true(seen.n <= 3);
		for (unsigned n = 0; n < seen.n; n++)
			assert_true(seen.has[n]);
		close_store(f);
		log_octets[i] ^= (uint8_t)(1U << i % 8);
	}
	free(octets);
	free(log_octets);
}

static void test_row_that_vanished_is_noticed(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db;

	fill(f);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DELETE FROM item WHERE key = CAST('site1' AS BLOB)",
				 NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_changes(db), 1);
	sqlite3_close(db);
	assert_false(check_all_or_nothing(f));
}

static void test_several_corrupt_files_are_all_kept(void **state)
{
	struct fixture *f = *state;
	char aside[128];

	for (unsigned n = 1; n <= 3; n++) {
		spill(f->path, (const uint8_t *)"this is not a database at all, sorry", 36);
		assert_int_equal(open_and_load(f).n, 0);
		close_store(f);
		snprintf(aside, sizeof(aside), "%s.corrupt-%u", f->path, n);
		assert_int_equal(access(aside, F_OK), 0);
	}
}

/* trouble */

static void wait_degraded(struct fixture *f, bool degraded)
{
	for (unsigned i = 0; i < 500; i++) {
		if (store_status(f->store).degraded == degraded)
			return;
		poll(NULL, 0, 10);
	}
	fail_msg("the store did not become %s", degraded ? "degraded" : "well");
}

static void limit_file_size(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size == RLIM_INFINITY ? limit.rlim_max : size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_full_disk_degrades_and_heals(void **state)
{
	struct fixture *f = *state;
	struct done done = { 0 };

	open_and_load(f);
	limit_file_size(0);
	assert_int_equal(put(f, 0, STORE_DURABLE, 1), STORE_WAIT);
	wait_for(f, &done, 1);
	assert_true(done.results[0] < 0);
	assert_true(store_status(f->store).degraded);
	assert_int_equal(put(f, 1, STORE_DURABLE, 2), 0); /* nobody waits for a broken disk */
	limit_file_size(RLIM_INFINITY);
	wait_degraded(f, false);
	assert_int_equal(put(f, 2, STORE_DURABLE, 3), STORE_WAIT);
	wait_for(f, &done, 2);
	assert_int_equal(done.results[1], 0);
	close_store(f);
	assert_int_equal(open_and_load(f).n, 3);
}

static void test_newer_value_wins_over_one_that_failed(void **state)
{
	struct fixture *f = *state;
	const struct store_item old = { .key = "site1", .key_len = 5, .data = "old", .len = 3 };

	open_and_load(f);
	limit_file_size(0);
	assert_int_equal(f->store->ops->put(f->store, &old, 0, 0), 0);
	wait_degraded(f, true);
	assert_int_equal(put(f, 1, 0, 0), 0);
	limit_file_size(RLIM_INFINITY);
	wait_degraded(f, false);
	close_store(f);
	assert_int_equal(open_and_load(f).n, 1);
}

static void test_place_that_is_not_there_is_tried_again(void **state)
{
	struct fixture *f = *state;
	char dir[80];

	snprintf(dir, sizeof(dir), "%s/later", f->dir);
	snprintf(f->path, sizeof(f->path), "%s/had.db", dir);
	assert_int_equal(open_and_load(f).n, 0);
	assert_true(store_status(f->store).degraded);
	assert_non_null(strstr(f->lines, "will not survive"));
	assert_int_equal(put(f, 0, 0, 0), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	wait_degraded(f, false);
	close_store(f);
	assert_int_equal(open_and_load(f).n, 1);
}

static void test_what_can_only_be_read_is_read(void **state)
{
	struct fixture *f = *state;
	struct seen seen;

	fill(f);
	limit_file_size(0);
	seen = open_and_load(f);
	assert_int_equal(seen.n, 3);
	assert_true(store_status(f->store).degraded);
	assert_true(store_status(f->store).usable);
	assert_int_equal(put(f, 5, 0, 0), 0);
	limit_file_size(RLIM_INFINITY);
	wait_degraded(f, false);
	close_store(f);
	seen = open_and_load(f);
	assert_int_equal(seen.n, 4);
}

static void test_leaving_a_broken_disk_does_not_hang(void **state)
{
	struct fixture *f = *state;

	open_and_load(f);
	limit_file_size(0);
	assert_int_equal(put(f, 0, 0, 0), 0);
	assert_true(store_flush(f->store) < 0);
	close_store(f);
	limit_file_size(RLIM_INFINITY);
}

static void wait_reopened(struct fixture *f)
{
	for (unsigned i = 0; i < 500 && store_status(f->store).n_reopened == 0; i++)
		poll(NULL, 0, 10);
	assert_int_equal(store_status(f->store).n_reopened, 1);
	assert_false(store_status(f->store).degraded);
}

static void spoil(int fd)
{
	static uint8_t noise[4096];
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	memset(noise, 0x5a, sizeof(noise));
	for (off_t at = 0; at < st.st_size; at += (off_t)sizeof(noise))
		assert_int_equal(pwrite(fd, noise, sizeof(noise), at), sizeof(noise));
	close(fd);
}

/* More than is kept in memory, so that the disk is looked at. */
static void put_many(struct fixture *f)
{
	static uint8_t value[STORE_VALUE_MAX];
	char key[16];
	struct store_item item = { .key = key, .data = value, .len = sizeof(value) };

	for (unsigned n = 100; n < 1600; n++) {
		item.key_len = (size_t)snprintf(key, sizeof(key), "site%u", n);
		assert_int_equal(f->store->ops->put(f->store, &item, 0, 0), 0);
	}
}

static void test_damage_while_running_begins_a_new_file(void **state)
{
	struct fixture *f = *state;
	char path[128];
	int file, wal;

	open_and_load(f);
	put_many(f);
	assert_int_equal(store_flush(f->store), 0);
	snprintf(path, sizeof(path), "%s-wal", f->path);
	file = open(f->path, O_WRONLY); /* both, before the writer has noticed anything */
	wal = open(path, O_WRONLY);
	spoil(file);
	spoil(wal);
	put_many(f);
	assert_int_equal(store_flush(f->store), 0);
	wait_reopened(f);
	snprintf(path, sizeof(path), "%s.corrupt-1", f->path);
	assert_int_equal(access(path, F_OK), 0);
	close_store(f);
	assert_int_equal(try_open(f), 0);
	assert_true(store_status(f->store).usable);
}

static void test_file_taken_away_while_running_is_begun_anew(void **state)
{
	struct fixture *f = *state;
	struct seen seen;

	fill(f);
	open_and_load(f);
	assert_int_equal(put(f, 3, 0, 0), 0);
	assert_int_equal(store_flush(f->store), 0);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(put(f, 4, 0, 0), 0);
	assert_int_equal(store_flush(f->store), 0);
	wait_reopened(f);
	close_store(f);
	seen = open_and_load(f);
	assert_int_equal(seen.n, 1);
	assert_true(seen.has[4]);
}

static void test_no_path_is_memory_only(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_open(&f->store, "", &f->log), 0);
	assert_int_equal(load(f).n, 0);
	assert_int_equal(put(f, 0, STORE_DURABLE, 1), 0);
	assert_int_equal(store_flush(f->store), 0);
	assert_int_equal(store_fd(f->store), -1);
	assert_false(store_status(f->store).usable);
	assert_false(store_status(f->store).degraded);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_new_store_is_empty_and_was_not_usable),
		TEST(test_what_was_put_is_there_again),
		TEST(test_newer_value_replaces_and_nothing_deletes),
		TEST(test_what_is_no_item_is_refused),
		TEST(test_tickets_come_back_in_order_when_it_is_on_disk),
		TEST(test_death_without_close_loses_nothing_that_was_flushed),
		TEST(test_second_opener_is_refused),
		TEST(test_each_octet_flipped_gives_all_or_nothing),
		TEST(test_each_truncation_gives_all_or_nothing),
		TEST(test_damaged_log_gives_an_older_truth),
		TEST(test_row_that_vanished_is_noticed),
		TEST(test_several_corrupt_files_are_all_kept),
		TEST(test_full_disk_degrades_and_heals),
		TEST(test_newer_value_wins_over_one_that_failed),
		TEST(test_place_that_is_not_there_is_tried_again),
		TEST(test_what_can_only_be_read_is_read),
		TEST(test_leaving_a_broken_disk_does_not_hang),
		TEST(test_damage_while_running_begins_a_new_file),
		TEST(test_file_taken_away_while_running_is_begun_anew),
		TEST(test_no_path_is_memory_only),
	};

	return cmocka_run_group_tests_name("had-store", tests, NULL, NULL);
}
