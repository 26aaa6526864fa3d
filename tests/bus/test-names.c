/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in the bus directory, and that taking it away lets nobody in twice. */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>

#include "bus-test.h"

static const uint16_t nothing[] = { 0 };

static size_t n_files(void)
{
	DIR *dir = opendir(bus_dir);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static int lock_file(const char *role, int flags)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s.lock", bus_dir, role);
	return open(path, flags | O_CLOEXEC, 0660);
}

static void test_nothing_is_left_after_a_clean_stop(void **state)
{
	struct node *nodes[4] = { node_join("tunneld", 0, nothing), node_join("had", 0, nothing),
		node_join("had", 0, nothing), node_join("mipctl", MIPSOCK_TOOL, nothing) };

	until(nodes, nodes[3]->joined == 3);
	nodes[1] = node_leave(nodes[1]);
	until(nodes, !mipsock_is_standby(nodes[2]->s));
	for (int i = 0; i < 4; i++)
		if (nodes[i])
			node_leave(nodes[i]);
	assert_int_equal(n_files(), 0);
}

static void test_who_leaves_does_not_wait_for_a_lock(void **state)
{
	struct node *n = node_join("had", 0, nothing);
	int fd = lock_file("had", O_RDONLY);
	uint64_t before = now_ms();

	assert_int_equal(flock(fd, LOCK_EX), 0);
	node_leave(n);
	assert_true(now_ms() - before < WAIT_MAX / 10);
	assert_int_equal(n_files(), 1);
	close(fd);
	node_leave(node_join("had", 0, nothing));
	assert_int_equal(n_files(), 0);
}

/* Its holder has a file that nobody else will find. */
static void test_a_lock_without_its_path_stops_nobody(void **state)
{
	int fd = lock_file("had", O_RDONLY | O_CREAT);
	struct node *n;
	char path[96];

	assert_int_equal(flock(fd, LOCK_EX), 0);
	snprintf(path, sizeof(path), "%s/had.lock", bus_dir);
	assert_int_equal(unlink(path), 0);
	n = node_join("had", 0, nothing);
	assert_non_null(n);
	assert_false(mipsock_is_standby(n->s));
	node_leave(n);
	assert_int_equal(n_files(), 0);
	close(fd);
}

/* 0: never two at once. */
static int come_and_go(unsigned times)
{
	char path[96];
	struct node *n;
	int fd;

	snprintf(path, sizeof(path), "%s/mark", bus_dir);
	while (times--) {
		n = node_join("had", 0, nothing);
		if (!n)
			return 2;
		if (!mipsock_is_standby(n->s)) {
			fd = open(path, O_CREAT | O_EXCL | O_CLOEXEC, 0600);
			if (fd < 0)
				return 1;
			close(fd);
			sched_yield();
			unlink(path);
		}
		node_leave(n);
	}
	return 0;
}

static void test_one_at_a_time_is_the_role(void **state)
{
	pid_t pids[4];
	int status;

	for (int i = 0; i < 4; i++) {
		pids[i] = fork_child();
		if (!pids[i])
			_exit(come_and_go(200));
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	node_leave(node_join("had", 0, nothing));
	assert_int_equal(n_files(), 0);
}

#define bus_test(f) cmocka_unit_test_setup_teardown(f, bus_dir_make, bus_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		bus_test(test_nothing_is_left_after_a_clean_stop),
		bus_test(test_who_leaves_does_not_wait_for_a_lock),
		bus_test(test_a_lock_without_its_path_stops_nobody),
		bus_test(test_one_at_a_time_is_the_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
