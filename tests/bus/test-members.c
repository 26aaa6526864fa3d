/* SPDX-License-Identifier: BSD-2-Clause */
#include "bus-test.h"

static const uint16_t bindings[] = { MIPM_BC_ADD, MIPM_BC_REMOVE, 0 };
static const uint16_t nothing[] = { 0 };

static void test_state_reaches_an_earlier_and_a_late_joiner(void **state)
{
	struct node *nodes[3] = { node_join("tunneld", 0, bindings), node_join("had", 0, nothing) };

	until(nodes, nodes[1]->joined == 1 && nodes[0]->joined == 1);
	for (size_t i = 0; i < 50; i++)
		node_change(nodes[1], i, i + 1);
	until(nodes, nodes_agree(nodes[1], nodes[0]));
	nodes[2] = node_join("exporter", MIPSOCK_TOOL, bindings);
	until(nodes, nodes[2]->dumps == 2);
	assert_true(nodes_agree(nodes[1], nodes[2]));
	assert_int_equal(nodes[2]->heard[MIPM_BC_ADD], 50);
	for (int i = 0; i < 3; i++)
		node_leave(nodes[i]);
}

static void test_only_wanted_types_are_heard(void **state)
{
	struct node *nodes[3] = { node_join("had", 0, nothing), node_join("tunneld", 0, nothing),
		node_join("mnd", 0, bindings) };

	until(nodes, nodes[0]->joined == 2);
	node_change(nodes[0], 1, 5);
	until(nodes, nodes[2]->value[1] == 5);
	assert_int_equal(nodes[1]->heard[MIPM_BC_ADD], 0);
	for (int i = 0; i < 3; i++)
		node_leave(nodes[i]);
}

static void test_bye_is_told_and_the_name_is_free(void **state)
{
	struct node *nodes[2] = { node_join("had", 0, nothing), node_join("mnd", 0, nothing) };
	struct mipm_bc bc = { .home_addr = entry_addr(1) };

	until(nodes, nodes[0]->joined == 1 && nodes[1]->joined == 1);
	assert_int_equal(mipsock_send(nodes[0]->s, "mnd", MIPM_BC_REMOVE, &bc, NULL), 0);
	assert_int_equal(mipsock_send(nodes[0]->s, "crd", MIPM_BC_REMOVE, &bc, NULL), -ENOTCONN);
	nodes[1] = node_leave(nodes[1]);
	until(nodes, nodes[0]->left == 1);
	assert_int_equal(mipsock_send(nodes[0]->s, "mnd", MIPM_BC_REMOVE, &bc, NULL), -ENOTCONN);
	nodes[1] = node_join("mnd", 0, nothing);
	until(nodes, nodes[0]->joined == 2);
	assert_false(mipsock_is_standby(nodes[1]->s));
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

/* A child that joins and then obeys signals; returns when it has said hello. */
static pid_t child_member(const char *role, unsigned int flags, const uint16_t *types)
{
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ready), 0);
	pid = fork_child();
	if (!pid) {
		struct node *nodes[1] = { node_join(role, flags, types) };

		if (!nodes[0] || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			nodes_turn(nodes, 1);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void child_end(pid_t pid, int sig)
{
	kill(pid, sig);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_death_is_noticed_at_the_next_send(void **state)
{
	pid_t pid = child_member("tunneld", 0, bindings);
	struct node *nodes[1] = { node_join("had", 0, nothing) };

	until(nodes, nodes[0]->joined == 1);
	child_end(pid, SIGKILL);
	assert_int_equal(nodes[0]->left, 0);
	node_change(nodes[0], 1, 1);
	until(nodes, nodes[0]->left == 1);
	node_leave(nodes[0]);
}

static void test_receiver_restarted_in_the_middle_gets_all_state(void **state)
{
	pid_t pid = child_member("tunneld", 0, bindings);
	struct node *nodes[2] = { node_join("had", 0, nothing) };

	until(nodes, nodes[0]->joined == 1);
	for (size_t i = 0; i < 3000; i++)
		node_change(nodes[0], i, i + 1);
	child_end(pid, SIGKILL);
	for (size_t i = 0; i < 3000; i += 3)
		node_change(nodes[0], i, i + 7);
	nodes[1] = node_join("tunneld", 0, bindings);
	assert_non_null(nodes[1]);
	for (size_t i = 0; i < 3000; i += 5)
		node_change(nodes[0], i, 0);
	until(nodes, nodes[1]->dumps && nodes_agree(nodes[0], nodes[1]));
	assert_false(mipsock_is_standby(nodes[1]->s));
	assert_int_equal(nodes[1]->end.complete, 1);
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

static void test_second_candidate_stands_by_and_takes_over_after_bye(void **state)
{
	struct node *nodes[3] = { node_join("had", 0, nothing), node_join("tunneld", 0, bindings),
		node_join("tunneld", 0, bindings) };

	assert_false(mipsock_is_standby(nodes[1]->s));
	assert_true(mipsock_is_standby(nodes[2]->s));
	until(nodes, nodes[0]->joined == 2);
	node_change(nodes[0], 4, 4);
	until(nodes, nodes[1]->value[4] == 4 && nodes[2]->value[4] == 4);
	assert_int_equal(
		mipsock_send(nodes[2]->s, "had", MIPM_DUMP, &(struct mipm_dump) { 0 }, NULL),
		-EPERM);
	nodes[1] = node_leave(nodes[1]);
	until(nodes, !mipsock_is_standby(nodes[2]->s));
	until(nodes, nodes[2]->dumps == 1 && nodes_agree(nodes[0], nodes[2]));
	until(nodes, nodes[0]->left == 2 && nodes[0]->joined == 3);
	node_change(nodes[0], 5, 5);
	until(nodes, nodes[2]->value[5] == 5);
	for (int i = 0; i < 3; i++)
		node_leave(nodes[i]);
}

static void test_standby_takes_over_from_the_killed(void **state)
{
	pid_t pid = child_member("linkmon", 0, nothing);
	struct node *nodes[2] = { node_join("linkmon", 0, bindings), node_join("had", 0, nothing) };

	assert_true(mipsock_is_standby(nodes[0]->s));
	node_change(nodes[1], 4, 4);
	child_end(pid, SIGKILL);
	until(nodes, !mipsock_is_standby(nodes[0]->s));
	until(nodes, nodes[0]->dumps == 1 && nodes[0]->value[4] == 4);
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

static void test_standby_leaves_without_a_trace(void **state)
{
	struct node *nodes[3] = { node_join("had", 0, nothing), node_join("mnd", 0, nothing),
		node_join("mnd", 0, nothing) };

	until(nodes, nodes[0]->joined == 2);
	nodes[2] = node_leave(nodes[2]);
	until(nodes, nodes[0]->left == 1);
	assert_false(mipsock_is_standby(nodes[1]->s));
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

static void test_many_start_at_once_and_one_is_the_role(void **state)
{
	pid_t pids[8];
	int status, first = 0;

	for (int i = 0; i < 8; i++) {
		pids[i] = fork_child();
		if (!pids[i]) {
			struct node *n = node_join("linkmon", 0, nothing);

			if (!n)
				_exit(9);
			while (access(bus_dir, R_OK | W_OK) || n->s == NULL)
				pause();
			char go[96];
			snprintf(go, sizeof(go), "%s/go", bus_dir);
			for (uint64_t end = now_ms() + WAIT_MAX; access(go, F_OK);) {
				if (now_ms() > end)
					_exit(8);
				poll(NULL, 0, 2);
			}
			_exit(mipsock_is_standby(n->s));
		}
	}
	/* every one has a name when eight sockets are there */
	for (uint64_t end = now_ms() + WAIT_MAX; now_ms() < end; poll(NULL, 0, 2)) {
		char name[96];
		int bound = 0;
		struct stat st;

		for (int i = 0; i < 8; i++) {
			snprintf(name, sizeof(name), "%s/linkmon~%d", bus_dir, (int)pids[i]);
			bound += !lstat(name, &st);
		}
		snprintf(name, sizeof(name), "%s/linkmon", bus_dir);
		if (bound + !lstat(name, &st) == 8)
			break;
	}
	char go[96];
	snprintf(go, sizeof(go), "%s/go", bus_dir);
	fclose(fopen(go, "w"));
	for (int i = 0; i < 8; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		first += !WEXITSTATUS(status);
	}
	assert_int_equal(first, 1);
}

static void test_command_and_answer_pair_by_id(void **state)
{
	static const uint16_t none[] = { 0 };
	struct node *nodes[3] = { node_join("mnd", 0, none),
		node_join("mipctl", MIPSOCK_TOOL, none),
		node_join("dumper", MIPSOCK_TOOL | MIPSOCK_SPY, NULL) };
	struct mipm_command command = { .verb = { "status", 6 } };
	struct mipm_answer answer = { 0 };
	uint32_t id;

	until(nodes, nodes[1]->joined == 2 && nodes[0]->joined == 2 && nodes[2]->joined == 2);
	assert_int_equal(mipsock_send(nodes[1]->s, NULL, MIPM_COMMAND, &command, &id), -EINVAL);
	assert_int_equal(mipsock_send(nodes[1]->s, "mnd", MIPM_ANSWER, &answer, &id), -EPERM);
	assert_int_equal(mipsock_send(nodes[1]->s, "mnd", MIPM_HELLO, &command, &id), -EPERM);
	assert_int_equal(mipsock_send(nodes[1]->s, "mnd", MIPM_COMMAND, &command, &id), 0);
	until(nodes, nodes[0]->heard[MIPM_COMMAND] && nodes[2]->heard[MIPM_COMMAND]);
	assert_int_equal(nodes[0]->id, id);
	answer.message_id = id;
	assert_int_equal(mipsock_send(nodes[0]->s, nodes[0]->from, MIPM_ANSWER, &answer, NULL), 0);
	until(nodes, nodes[1]->heard[MIPM_ANSWER] == 1 && nodes[2]->heard[MIPM_ANSWER] == 1);
	for (int i = 0; i < 3; i++)
		node_leave(nodes[i]);
}

static void note_owner(void *ctx, const char *member)
{
	snprintf(ctx, MIPSOCK_NAME_MAX, "%s", member);
}

static const char *owner(struct node *n, uint8_t type, struct mipm_addr local)
{
	static char name[MIPSOCK_NAME_MAX];

	name[0] = '\0';
	mipsock_sig_owners(n->s, type, &local, note_owner, name);
	return name;
}

static void test_signalling_has_one_owner(void **state)
{
	struct mipm_addr a = entry_addr(1), b = entry_addr(2);
	struct mipm_sig_want wants[] = { { 1, a }, { 3, { 0 } } };
	struct node *nodes[3] = { node_join("tunneld", 0, nothing), node_join("had", 0, nothing),
		node_join("crd", 0, nothing) };

	until(nodes, nodes[0]->joined == 2 && nodes[2]->joined == 2);
	assert_string_equal(owner(nodes[0], 1, a), "");
	assert_int_equal(mipsock_want_sigs(nodes[1]->s, wants, 2), 0);
	until(nodes, owner(nodes[0], 1, a)[0]);
	assert_string_equal(owner(nodes[0], 1, a), "had");
	assert_string_equal(owner(nodes[0], 1, b), "");
	assert_string_equal(owner(nodes[0], 3, b), "had");
	/* the second claim is refused, what is free is taken */
	wants[1].local = b;
	assert_int_equal(mipsock_want_sigs(nodes[2]->s, wants, 2), 0);
	until(nodes, nodes[2]->heard[MIPM_ERROR] == 1);
	assert_int_equal(nodes[2]->error.code, EADDRINUSE);
	assert_string_equal(owner(nodes[0], 1, a), "had");
	assert_string_equal(owner(nodes[0], 3, b), "crd");
	assert_string_equal(owner(nodes[0], 3, a), "had");
	nodes[1] = node_leave(nodes[1]);
	until(nodes, !strcmp(owner(nodes[0], 1, a), "crd"));
	assert_string_equal(owner(nodes[0], 3, a), "");
	for (int i = 0; i < 3; i++)
		node_leave(nodes[i]);
}

/* What is wanted since the hello that the other one is answering, and was not written yet. */
static void test_signalling_wanted_before_the_answer_to_hello_is_heard(void **state)
{
	struct mipm_addr a = entry_addr(1);
	struct mipm_sig_want want = { 3, a };
	struct node *nodes[2] = { node_join("tunneld", 0, nothing), node_join("mnd", 0, nothing) };

	mipsock_flush(nodes[1]->s);
	assert_int_equal(mipsock_process(nodes[0]->s, 0), 0);
	assert_int_equal(nodes[1]->joined, 0);
	assert_int_equal(mipsock_want_sigs(nodes[1]->s, &want, 1), 0);
	assert_int_equal(mipsock_process(nodes[1]->s, 0), 0);
	assert_int_equal(nodes[1]->joined, 1);
	until(nodes, owner(nodes[0], 3, a)[0]);
	assert_string_equal(owner(nodes[0], 3, a), "mnd");
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

static void test_own_entries_are_told_back(void **state)
{
	struct node *nodes[2] = { node_join("tunneld", 0, nothing), node_join("had", 0, nothing) };
	struct mipm_dump dump = { .own = 1 };

	until(nodes, nodes[1]->joined == 1);
	nodes[0]->value[3] = 9;
	assert_int_equal(mipsock_send(nodes[1]->s, "tunneld", MIPM_DUMP, &dump, NULL), 0);
	until(nodes, nodes[1]->dumps == 1);
	assert_int_equal(nodes[1]->value[3], 9);
	assert_int_equal(nodes[1]->end.own, 1);
	assert_int_equal(nodes[1]->end.count, 1);
	assert_int_equal(nodes[1]->heard[MIPM_ERROR], 0);
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

static void test_a_member_without_state_says_so(void **state)
{
	struct node *nodes[2] = { node_join("tunneld", 0, bindings), node_join("mnd", 0, nothing) };

	until(nodes, nodes[0]->dumps == 1);
	assert_int_equal(nodes[0]->end.complete, 1);
	assert_int_equal(nodes[0]->end.count, 0);
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

static void test_incomplete_dump_sweeps_nothing(void **state)
{
	struct node *nodes[2] = { node_join("tunneld", 0, bindings), node_join("had", 0, nothing) };

	node_change(nodes[1], 1, 1);
	until(nodes, nodes[0]->value[1] == 1 && nodes[0]->dumps);
	nodes[1] = node_leave(nodes[1]);
	nodes[1] = node_join("had", 0, nothing);
	nodes[1]->dump_fails = true;
	until(nodes, nodes[0]->dumps == 2);
	assert_int_equal(nodes[0]->end.complete, 0);
	assert_int_equal(nodes[0]->value[1], 1);
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

static void test_dump_waits_until_there_is_something_to_tell(void **state)
{
	struct node *nodes[2] = { node_join("tunneld", 0, bindings), node_join("had", 0, nothing) };

	nodes[1]->value[1] = 1;
	nodes[1]->dump_waits = true;
	until(nodes, nodes[1]->asked == 3);
	assert_int_equal(nodes[0]->dumps, 0);
	assert_int_equal(nodes[0]->value[1], 0);
	nodes[1]->dump_waits = false;
	until(nodes, nodes[0]->dumps == 1);
	assert_int_equal(nodes[0]->end.complete, 1);
	assert_int_equal(nodes[0]->value[1], 1);
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

static void test_open_says_what_is_wrong(void **state)
{
	struct mipsock_config config = { .role = "had", .dir = "/nonexistent/bus" };
	char longer[120];
	struct mipsock *s;

	assert_int_equal(mipsock_open(&s, &config), -ENOENT);
	config.flags = MIPSOCK_TOOL;
	assert_int_equal(mipsock_open(&s, &config), -ENOENT);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	config.dir = longer;
	assert_int_equal(mipsock_open(&s, &config), -ENAMETOOLONG);
	config.dir = bus_dir;
	config.role = "sixteen-letters-";
	assert_int_equal(mipsock_open(&s, &config), -EINVAL);
	config.role = "../etc";
	assert_int_equal(mipsock_open(&s, &config), -EINVAL);
	config.role = "had.1";
	assert_int_equal(mipsock_open(&s, &config), -EINVAL);
}

static void test_dead_tool_is_swept(void **state)
{
	struct node *nodes[1];
	char name[96];
	pid_t pid = fork_child();

	if (!pid) {
		node_join("mipctl", MIPSOCK_TOOL, nothing);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	snprintf(name, sizeof(name), "%s/mipctl.%d", bus_dir, (int)pid);
	assert_int_equal(access(name, F_OK), 0);
	nodes[0] = node_join("had", 0, nothing);
	assert_int_equal(access(name, F_OK), -1);
	node_leave(nodes[0]);
}

/* Tools that died without a word do not fill the table of members. */
static void test_many_dead_tools_are_forgotten(void **state)
{
	struct node *nodes[2] = { node_join("had", 0, nothing) };

	for (unsigned int i = 1; i <= 70; i++) {
		pid_t pid = child_member("mipctl", MIPSOCK_TOOL, nothing);

		until(nodes, nodes[0]->joined == i);
		child_end(pid, SIGKILL);
	}
	until(nodes, nodes[0]->left >= 60);
	nodes[1] = node_join("mipctl", MIPSOCK_TOOL, nothing);
	until(nodes, nodes[1]->joined == 1);
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

#define bus_test(f) cmocka_unit_test_setup_teardown(f, bus_dir_make, bus_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		bus_test(test_state_reaches_an_earlier_and_a_late_joiner),
		bus_test(test_only_wanted_types_are_heard),
		bus_test(test_bye_is_told_and_the_name_is_free),
		bus_test(test_death_is_noticed_at_the_next_send),
		bus_test(test_receiver_restarted_in_the_middle_gets_all_state),
		bus_test(test_second_candidate_stands_by_and_takes_over_after_bye),
		bus_test(test_standby_takes_over_from_the_killed),
		bus_test(test_standby_leaves_without_a_trace),
		bus_test(test_many_start_at_once_and_one_is_the_role),
		bus_test(test_command_and_answer_pair_by_id),
		bus_test(test_signalling_has_one_owner),
		bus_test(test_signalling_wanted_before_the_answer_to_hello_is_heard),
		bus_test(test_own_entries_are_told_back),
		bus_test(test_a_member_without_state_says_so),
		bus_test(test_incomplete_dump_sweeps_nothing),
		bus_test(test_dump_waits_until_there_is_something_to_tell),
		bus_test(test_open_says_what_is_wrong),
		bus_test(test_dead_tool_is_swept),
		bus_test(test_many_dead_tools_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
