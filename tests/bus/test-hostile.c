/* SPDX-License-Identifier: BSD-2-Clause */
/* Members that break rules, and strangers (THREATS T14, T15). They speak by hand-made datagrams. */
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bus-test.h"
#include "libmipsock/frame.h"
#include "libmipsock/rows.h"

static const uint16_t bindings[] = { MIPM_BC_ADD, MIPM_BC_REMOVE, 0 };

/* A member made by hand: a bound name, a socket to the victim, a datagram in the making. */
struct hand {
	int name, out;
	uint64_t boot_id, seq;
	uint8_t buf[MIPSOCK_BUNDLE_MAX];
	size_t len;
	uint16_t count;
};

static struct sockaddr_un path_of(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/%s", bus_dir, name);
	return un;
}

static void hand_reset(struct hand *h)
{
	h->len = FRAME_HEAD;
	h->count = 0;
}

/* Without asserts: a child without rights uses it as well. */
static int hand_open(struct hand *h, const char *name, const char *victim)
{
	struct sockaddr_un own = path_of(name), other = path_of(victim);

	*h = (struct hand) { .boot_id = 0x123456789abcdef0 ^ (uint64_t)getpid() };
	h->name = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	h->out = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	hand_reset(h);
	if (bind(h->name, (struct sockaddr *)&own, sizeof(own)) < 0 ||
		connect(h->out, (struct sockaddr *)&other, sizeof(other)) < 0)
		return -errno;
	return 0;
}

static void hand_close(struct hand *h)
{
	close(h->name);
	close(h->out);
}

static void hand_add(struct hand *h, uint16_t type, uint16_t flags, uint32_t id, const void *body)
{
	int len = mipm_encode(h->buf + h->len, sizeof(h->buf) - h->len, type, flags, id, body);

	assert_true(len > 0);
	h->len += (size_t)len;
	h->count++;
}

static void hand_frame(struct hand *h)
{
	struct frame frame = { .boot_id = h->boot_id, .seq = ++h->seq, .count = h->count };

	frame_write(h->buf, h->len, &frame);
}

static void hand_write(struct hand *h)
{
	assert_int_equal(send(h->out, h->buf, h->len, 0), h->len);
	hand_reset(h);
}

static void hand_send(struct hand *h)
{
	hand_frame(h);
	hand_write(h);
}

static void hand_hello(struct hand *h, const char *role, const char *name)
{
	struct mipm_hello hello = { .role = { role, (uint16_t)strlen(role) },
		.name = { name, (uint16_t)strlen(name) } };

	hand_add(h, MIPM_HELLO, 0, 1, &hello);
	hand_send(h);
}

/* The first ERROR among the messages of a datagram. */
static bool find_error(const uint8_t *buf, size_t len, struct mipm_error *out)
{
	struct mipm_arena *a = mipm_arena_new();
	bool found = false;
	struct mipm_msg msg;
	size_t skip;

	for (size_t at = FRAME_HEAD; at < len && !found; at += skip) {
		assert_true(mipm_decode(buf + at, len - at, a, &msg, &skip) > 0);
		found = msg.type == MIPM_ERROR;
		if (found)
			*out = *(const struct mipm_error *)msg.body;
	}
	mipm_arena_free(a);
	return found;
}

/* Turns the node until an ERROR comes to the hand's name. */
static void hand_expect_error(struct hand *h, struct node *n, uint32_t id, uint16_t code)
{
	static uint8_t buf[MIPSOCK_BUNDLE_MAX];
	struct node *nodes[1] = { n };
	struct mipm_error error = { 0 };
	ssize_t len = -1;

	until(nodes, (len = recv(h->name, buf, sizeof(buf), MSG_DONTWAIT)) > 0 &&
			     find_error(buf, (size_t)len, &error));
	assert_int_equal(error.message_id, id);
	assert_int_equal(error.code, code);
}

static struct mipsock_stats stats_of(const struct node *n)
{
	struct mipsock_stats stats;

	mipsock_stats(n->s, &stats);
	return stats;
}

static void test_speaker_rules_are_enforced(void **state)
{
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	struct mipm_bc bc = { .home_addr = entry_addr(5), .generation = 1 };
	struct hand h;

	assert_int_equal(hand_open(&h, "mnd", "tunneld"), 0);
	hand_hello(&h, "mnd", "mnd");
	until(nodes, nodes[0]->joined == 1);
	hand_add(&h, MIPM_BC_ADD, 0, 77, &bc);
	hand_send(&h);
	until(nodes, stats_of(nodes[0]).refused == 1);
	assert_int_equal(nodes[0]->value[5], 0);
	hand_expect_error(&h, nodes[0], 77, EPERM);
	/* told back is for tunneld only */
	hand_add(&h, MIPM_BC_ADD, MIPM_F_OWN | MIPM_F_DUMP, 78, &bc);
	hand_send(&h);
	until(nodes, stats_of(nodes[0]).refused == 2);
	hand_expect_error(&h, nodes[0], 78, EPERM);
	assert_int_equal(nodes[0]->value[5], 0);
	hand_close(&h);
	node_leave(nodes[0]);
}

static void note_owner(void *ctx, const char *member)
{
	*(bool *)ctx = true;
}

/* Who may not answer signalling cannot keep it from the daemon that it is for. */
static void test_signalling_is_only_for_who_may_answer(void **state)
{
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	struct mipm_sig_want want = { 1, entry_addr(1) };
	struct mipm_hello hello = {
		.role = { "linkmon", 7 }, .name = { "linkmon", 7 }, .sigs = &want, .n_sigs = 1
	};
	bool owned = false;
	struct hand h;

	assert_int_equal(hand_open(&h, "linkmon", "tunneld"), 0);
	hand_add(&h, MIPM_HELLO, 0, 0, &hello);
	hand_send(&h);
	until(nodes, nodes[0]->joined == 1);
	hand_expect_error(&h, nodes[0], 0, EPERM);
	mipsock_sig_owners(nodes[0]->s, want.type, &want.local, note_owner, &owned);
	assert_false(owned);
	hand_close(&h);
	node_leave(nodes[0]);
}

static void test_tool_and_standby_may_not_change_state(void **state)
{
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	struct mipm_bc bc = { .home_addr = entry_addr(5), .generation = 1 };
	struct mipm_hello standby = { .role = { "had", 3 }, .name = { "had~7", 5 }, .standby = 1 };
	struct hand h;

	assert_int_equal(hand_open(&h, "had.7", "tunneld"), 0);
	hand_hello(&h, "had", "had.7");
	until(nodes, nodes[0]->joined == 1);
	hand_add(&h, MIPM_BC_ADD, 0, 5, &bc);
	hand_send(&h);
	hand_expect_error(&h, nodes[0], 5, EPERM);
	hand_close(&h);
	assert_int_equal(hand_open(&h, "had~7", "tunneld"), 0);
	h.boot_id = 99;
	hand_add(&h, MIPM_HELLO, 0, 1, &standby);
	hand_send(&h);
	until(nodes, nodes[0]->joined == 2);
	hand_add(&h, MIPM_BC_ADD, 0, 6, &bc);
	hand_send(&h);
	hand_expect_error(&h, nodes[0], 6, EPERM);
	assert_int_equal(nodes[0]->heard[MIPM_BC_ADD], 0);
	hand_close(&h);
	node_leave(nodes[0]);
}

static void test_without_hello_nothing_is_believed(void **state)
{
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	struct mipm_bc bc = { .home_addr = entry_addr(5), .generation = 1 };
	struct hand h;

	assert_int_equal(hand_open(&h, "had", "tunneld"), 0);
	hand_add(&h, MIPM_BC_ADD, 0, 5, &bc);
	hand_send(&h);
	until(nodes, stats_of(nodes[0]).refused == 1);
	assert_int_equal(nodes[0]->joined, 0);
	hand_close(&h);
	node_leave(nodes[0]);
}

/* Each names something it is not. */
static void test_false_hellos_are_refused(void **state)
{
	static const struct {
		const char *role, *name;
		uint8_t standby;
	} lies[] = { { "had", "mnd", 0 }, { "had", "had.5", 1 }, { "had", "had~5", 0 },
		{ "had", "nobody-bound-this", 0 }, { "had", "../had", 0 }, { "had", "had/x", 0 },
		{ "tunneld", "tunneld", 0 }, { "had", "had.lock", 0 }, { "had", "had.", 0 },
		{ "crd", "crd", 0 } };
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	struct hand h;
	char file[96];

	snprintf(file, sizeof(file), "%s/crd", bus_dir);
	fclose(fopen(file, "w")); /* a file is no socket */
	assert_int_equal(hand_open(&h, "had", "tunneld"), 0);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct mipm_hello hello = { .role = { lies[i].role,
						    (uint16_t)strlen(lies[i].role) },
			.name = { lies[i].name, (uint16_t)strlen(lies[i].name) },
			.standby = lies[i].standby };

		hand_add(&h, MIPM_HELLO, 0, 1, &hello);
		hand_send(&h);
		until(nodes, stats_of(nodes[0]).refused == i + 1);
	}
	assert_int_equal(nodes[0]->joined, 0);
	hand_hello(&h, "had", "had");
	until(nodes, nodes[0]->joined == 1);
	hand_close(&h);
	node_leave(nodes[0]);
}

static void test_future_version_is_dropped_whole_and_answered(void **state)
{
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	struct mipm_bc bc = { .home_addr = entry_addr(5), .generation = 1 };
	struct hand h;

	assert_int_equal(hand_open(&h, "had", "tunneld"), 0);
	hand_hello(&h, "had", "had");
	until(nodes, nodes[0]->joined == 1);
	hand_add(&h, MIPM_BC_ADD, 0, 5, &bc);
	hand_frame(&h);
	h.buf[6] = FRAME_VERSION + 1;
	hand_write(&h);
	until(nodes, stats_of(nodes[0]).refused == 1);
	hand_expect_error(&h, nodes[0], 0, EPROTONOSUPPORT);
	assert_int_equal(nodes[0]->heard[MIPM_BC_ADD], 0);
	hand_close(&h);
	node_leave(nodes[0]);
}

static void test_longer_header_unknown_types_and_attributes_are_skipped(void **state)
{
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	struct mipm_bc bc = { .home_addr = entry_addr(5), .generation = 1 };
	uint16_t strange = 0x7abc;
	struct hand h;
	size_t at;

	assert_int_equal(hand_open(&h, "had", "tunneld"), 0);
	hand_hello(&h, "had", "had");
	until(nodes, nodes[0]->joined == 1);
	memset(h.buf, 0, 64);
	h.len = FRAME_HEAD + 8;
	hand_add(&h, MIPM_BC_ADD, 0, 5, &bc);
	memcpy(h.buf + FRAME_HEAD + 8, &strange, 2); /* the type */
	at = h.len;
	hand_add(&h, MIPM_BC_ADD, 0, 6, &bc);
	uint32_t len = (uint32_t)(h.len - at) + 8;
	memcpy(h.buf + at + 4, &len, 4);
	memcpy(h.buf + h.len, (uint8_t[8]) { 0xbc, 0x7a, 8, 0 }, 8);
	memcpy(h.buf + h.len, &strange, 2);
	memcpy(h.buf + h.len + 2, &(uint16_t) { 8 }, 2);
	h.len += 8;
	hand_frame(&h);
	h.buf[7] = FRAME_HEAD + 8;
	hand_write(&h);
	until(nodes, nodes[0]->value[5] == 1);
	assert_int_equal(stats_of(nodes[0]).unknown, 1);
	assert_int_equal(stats_of(nodes[0]).refused, 0);
	hand_close(&h);
	node_leave(nodes[0]);
}

static void test_jump_of_the_sequence_asks_for_a_dump(void **state)
{
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	struct pollfd fd = { .events = POLLIN };
	static uint8_t buf[MIPSOCK_BUNDLE_MAX];
	struct hand h;

	assert_int_equal(hand_open(&h, "had", "tunneld"), 0);
	hand_hello(&h, "had", "had");
	until(nodes, nodes[0]->joined == 1);
	h.seq += 3;
	hand_send(&h);
	hand_send(&h);
	until(nodes, stats_of(nodes[0]).gaps == 3);
	/* hello and the first DUMP, and within a second or so the second one */
	fd.fd = h.name;
	for (int dumps = 0; dumps < 2;) {
		nodes_turn(nodes, 1);
		if (poll(&fd, 1, 0) == 1 && recv(h.name, buf, sizeof(buf), 0) > 0) {
			for (size_t at = FRAME_HEAD; msg_head_read(buf + at).len >= MSG_HEAD;
				at += msg_head_read(buf + at).len)
				dumps += msg_head_read(buf + at).type == MIPM_DUMP;
			memset(buf, 0, sizeof(buf));
		}
	}
	hand_close(&h);
	node_leave(nodes[0]);
}

static void test_garbage_is_counted_and_forgotten(void **state)
{
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	struct mipm_bc bc = { .home_addr = entry_addr(5), .generation = 1 };
	uint64_t refused = 0;
	struct hand h;
	size_t len;

	assert_int_equal(hand_open(&h, "had", "tunneld"), 0);
	hand_hello(&h, "had", "had");
	until(nodes, nodes[0]->joined == 1);
	hand_add(&h, MIPM_BC_ADD, 0, 5, &bc);
	len = h.len;
	for (size_t cut = 0; cut < len; cut++) {
		hand_frame(&h);
		assert_int_equal(send(h.out, h.buf, cut, 0), cut);
		until(nodes, stats_of(nodes[0]).refused > refused);
		refused = stats_of(nodes[0]).refused;
	}
	srand(1);
	for (int round = 0; round < 3000; round++) {
		uint8_t copy[MIPSOCK_BUNDLE_MAX];

		hand_frame(&h);
		memcpy(copy, h.buf, len);
		for (int i = 0; i < 1 + round % 4; i++)
			copy[(size_t)rand() % len] ^= (uint8_t)(1 << rand() % 8);
		assert_int_equal(send(h.out, copy, len, 0), len);
		nodes_turn(nodes, 1);
		while (recv(h.name, copy, sizeof(copy), MSG_DONTWAIT) > 0)
			continue;
	}
	/* too large for any datagram of ours */
	uint8_t *huge = calloc(1, MIPSOCK_BUNDLE_MAX + 8);
	memcpy(huge, "MIPS", 4);
	assert_true(send(h.out, huge, MIPSOCK_BUNDLE_MAX + 8, 0) > 0);
	free(huge);
	hand_send(&h);
	until(nodes, nodes[0]->value[5] == 1);
	hand_close(&h);
	node_leave(nodes[0]);
}

static unsigned int open_descriptors(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_passed_descriptors_are_not_taken(void **state)
{
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct hand h;
	struct iovec iov = { h.buf, FRAME_HEAD };
	struct msghdr hdr = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&hdr);
	unsigned int before;

	assert_int_equal(hand_open(&h, "had", "tunneld"), 0);
	hand_hello(&h, "had", "had");
	until(nodes, nodes[0]->joined == 1);
	before = open_descriptors();
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &h.name, sizeof(int));
	hand_frame(&h);
	/* where the kernel refuses it to the sender there is nothing more to see */
	if (sendmsg(h.out, &hdr, 0) > 0)
		until(nodes, stats_of(nodes[0]).refused == 1);
	else
		assert_int_equal(errno, EPERM);
	assert_int_equal(open_descriptors(), before);
	hand_close(&h);
	node_leave(nodes[0]);
}

static void test_errors_are_rate_limited(void **state)
{
	struct node *nodes[1] = { node_join("tunneld", 0, bindings) };
	struct mipm_bc bc = { .home_addr = entry_addr(5) };
	static uint8_t buf[MIPSOCK_BUNDLE_MAX];
	unsigned int errors = 0;
	struct hand h;

	assert_int_equal(hand_open(&h, "mnd", "tunneld"), 0);
	hand_hello(&h, "mnd", "mnd");
	until(nodes, nodes[0]->joined == 1);
	for (unsigned int i = 0; i < 200; i++)
		hand_add(&h, MIPM_BC_REMOVE, 0, i, &bc);
	hand_send(&h);
	until(nodes, stats_of(nodes[0]).refused == 200);
	nodes_turn(nodes, 1);
	for (ssize_t n; (n = recv(h.name, buf, sizeof(buf), MSG_DONTWAIT)) > 0;) {
		for (size_t at = FRAME_HEAD; at < (size_t)n; at += msg_head_read(buf + at).len)
			errors += msg_head_read(buf + at).type == MIPM_ERROR;
	}
	assert_in_range(errors, 1, 20); /* ten a second, and a second may turn meanwhile */
	hand_close(&h);
	node_leave(nodes[0]);
}

/* Runs fn as another user in a child, which then stays until it is ended. */
static pid_t nobody(int (*fn)(void))
{
	int said[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(said), 0);
	pid = fork_child();
	if (!pid) {
		c = setgid(65534) || setuid(65534) || prctl(PR_SET_PDEATHSIG, SIGKILL) ? 99
										       : (char)fn();
		if (write(said[1], &c, 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(said[0], &c, 1), 1);
	assert_int_equal(c, 0);
	close(said[0]);
	close(said[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int strangers_hello(void)
{
	struct hand h;

	if (hand_open(&h, "had", "tunneld") < 0)
		return 1;
	hand_hello(&h, "had", "had");
	return 0;
}

static int strangers_tool(void)
{
	struct hand h;

	if (hand_open(&h, "dumper.9", "tunneld") < 0)
		return 1;
	hand_hello(&h, "dumper", "dumper.9");
	return 0;
}

/* A name that belongs to somebody else. */
static int strangers_borrowed_name(void)
{
	struct hand h;

	if (hand_open(&h, "spare", "tunneld") < 0)
		return 1;
	hand_hello(&h, "linkmon", "linkmon");
	return 0;
}

static void test_strangers_are_not_admitted(void **state)
{
	struct node *nodes[2];
	pid_t pids[3];
	char name[96];

	if (geteuid())
		skip();
	/* the socket of a strict directory is closed to them; open this one on purpose */
	nodes[0] = node_join("tunneld", 0, bindings);
	nodes[1] = node_join("linkmon", 0, bindings);
	until(nodes, nodes[0]->joined == 1);
	snprintf(name, sizeof(name), "%s/tunneld", bus_dir);
	chmod(name, 0777);
	pids[0] = nobody(strangers_hello);
	until(nodes, stats_of(nodes[0]).refused == 1);
	pids[1] = nobody(strangers_tool);
	until(nodes, stats_of(nodes[0]).refused == 2);
	pids[2] = nobody(strangers_borrowed_name);
	until(nodes, stats_of(nodes[0]).refused == 3);
	assert_int_equal(nodes[0]->joined, 1);
	for (int i = 0; i < 3; i++)
		end(pids[i]);
	for (int i = 0; i < 2; i++)
		node_leave(nodes[i]);
}

static void test_socket_is_closed_to_others(void **state)
{
	struct node *n = node_join("tunneld", 0, bindings);
	char name[96];
	struct stat st;

	snprintf(name, sizeof(name), "%s/tunneld", bus_dir);
	assert_int_equal(lstat(name, &st), 0);
	assert_int_equal(st.st_mode & 0007, 0);
	assert_int_equal(st.st_mode & 0070, 0070);
	node_leave(n);
}

static void test_configured_users_are_trusted(void **state)
{
	static const uint32_t uid[] = { 65534 };
	static const struct mipsock_trust trust[] = { { "had", uid, 1 }, { "observe", uid, 1 } };
	struct node *nodes[1];
	pid_t pids[2];
	char name[96];

	if (geteuid())
		skip();
	nodes[0] = node_join_config(
		(struct mipsock_config) { .role = "tunneld", .trust = trust, .n_trust = 2 },
		bindings);
	snprintf(name, sizeof(name), "%s/tunneld", bus_dir);
	chmod(name, 0777);
	pids[0] = nobody(strangers_hello);
	until(nodes, nodes[0]->joined == 1);
	pids[1] = nobody(strangers_tool);
	until(nodes, nodes[0]->joined == 2);
	end(pids[0]);
	end(pids[1]);
	node_leave(nodes[0]);
}

static int observers_command(void)
{
	struct mipm_command command = { .verb = { "flush", 5 } };
	struct hand h;

	if (hand_open(&h, "dumper.9", "tunneld") < 0)
		return 1;
	hand_hello(&h, "dumper", "dumper.9");
	hand_add(&h, MIPM_COMMAND, 0, 3, &command);
	hand_send(&h);
	return 0;
}

static void test_observers_do_not_command(void **state)
{
	static const uint32_t uid[] = { 65534 };
	static const struct mipsock_trust trust[] = { { "observe", uid, 1 } };
	struct node *nodes[1];
	pid_t pid;
	char name[96];

	if (geteuid())
		skip();
	nodes[0] = node_join_config(
		(struct mipsock_config) { .role = "tunneld", .trust = trust, .n_trust = 1 },
		bindings);
	snprintf(name, sizeof(name), "%s/tunneld", bus_dir);
	chmod(name, 0777);
	pid = nobody(observers_command);
	until(nodes, nodes[0]->joined == 1 && stats_of(nodes[0]).refused == 1);
	assert_int_equal(nodes[0]->heard[MIPM_COMMAND], 0);
	end(pid);
	node_leave(nodes[0]);
}

#define bus_test(f) cmocka_unit_test_setup_teardown(f, bus_dir_make, bus_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		bus_test(test_speaker_rules_are_enforced),
		bus_test(test_signalling_is_only_for_who_may_answer),
		bus_test(test_tool_and_standby_may_not_change_state),
		bus_test(test_without_hello_nothing_is_believed),
		bus_test(test_false_hellos_are_refused),
		bus_test(test_future_version_is_dropped_whole_and_answered),
		bus_test(test_longer_header_unknown_types_and_attributes_are_skipped),
		bus_test(test_jump_of_the_sequence_asks_for_a_dump),
		bus_test(test_garbage_is_counted_and_forgotten),
		bus_test(test_passed_descriptors_are_not_taken),
		bus_test(test_errors_are_rate_limited),
		bus_test(test_strangers_are_not_admitted),
		bus_test(test_socket_is_closed_to_others),
		bus_test(test_configured_users_are_trusted),
		bus_test(test_observers_do_not_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
