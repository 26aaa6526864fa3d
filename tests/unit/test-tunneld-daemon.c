/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon with real sockets on the loopback, a data plane that moves nothing, and no kernel
 * tables: signalling both ways, dumps, commands. Needs no privilege. */
#include "tests/support/unit.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tunneld/daemon.h"
#include "tunneld/sockaddr.h"

#define SAID_MAX 16

struct said {
	uint16_t type;
	char to[MIPSOCK_NAME_MAX];
	struct mipm_sig sig;
	uint8_t payload[64];
	char text[2048];
	uint16_t code;
};

struct rig {
	struct core_env env;
	struct tunneld_conf conf;
	struct mipm_endpoint listen;
	struct tunneld *t;
	const char *owner; /* who wants what comes in; NULL: nobody */
	struct said said[SAID_MAX];
	size_t n_said;
	int client;
	struct mipm_endpoint client_at;
	struct mipm_sender from;
};

static void emit(void *ctx, const char *to, uint16_t type, const void *body)
{
	const struct mipm_answer *answer = body;
	const struct mipm_sig *sig = body;
	struct rig *r = ctx;
	struct said *s = &r->said[r->n_said++];

	assert_true(r->n_said <= SAID_MAX);
	memset(s, 0, sizeof(*s));
	s->type = type;
	snprintf(s->to, sizeof(s->to), "%s", to ? to : "");
	if (type == MIPM_SIG_IN) {
		s->sig = *sig;
		memcpy(s->payload, sig->payload.data, sig->payload.len);
	} else if (type == MIPM_ANSWER) {
		s->code = answer->code;
		snprintf(s->text, sizeof(s->text), "%.*s", answer->text.len, answer->text.text);
	}
}

static void want_sigs(void *ctx, const struct mipm_sig_want *sigs, size_t n)
{
}

static void randomly(void *ctx, void *octets, size_t len)
{
	memset(octets, 0x5a, len);
}

static void owners(void *ctx, uint8_t type, const struct mipm_addr *local,
	void (*fn)(void *ctx, const char *member), void *fn_ctx)
{
	struct rig *r = ctx;

	if (r->owner && type == 1 && addr_equal(local, &r->listen.addr))
		fn(fn_ctx, r->owner);
}

static uint64_t boot_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_S + (uint64_t)t.tv_nsec;
}

/* A socket of somebody else, whose port is free for us on another address. */
static void client_open(struct rig *r)
{
	union sockaddr_any name = { .v4 = { .sin_family = AF_INET } };
	socklen_t len = sizeof(name);

	name.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r->client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(r->client, &name.any, sizeof(name.v4)), 0);
	assert_int_equal(getsockname(r->client, &name.any, &len), 0);
	r->client_at = sockaddr_to(&name);
}

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	char text[256];

	client_open(r);
	r->listen = r->client_at;
	assert_int_equal(addr_parse("127.0.0.2", &r->listen.addr), 0);
	r->env = (struct core_env) {
		.ctx = r, .emit = emit, .want_sigs = want_sigs, .random = randomly
	};
	r->conf.home_agent = true;
	r->conf.listen = &r->listen;
	r->conf.n_listen = 1;
	r->conf.workers = 2;
	r->owner = "had";
	r->from = (struct mipm_sender) { .name = "had", .role = "had", .boot_id = 1, .dump = 1 };
	assert_int_equal(tunneld_open_with(&r->t, &r->env, &r->conf, &dp_null, false, boot_now(),
				 text, sizeof(text)),
		0);
	tunneld_set_owners(r->t, owners, r);
	assert_int_equal(tunneld_start(r->t), 0);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;

	tunneld_close(r->t, false);
	close(r->client);
	free(r);
	return 0;
}

static void send_to_us(struct rig *r, const void *octets, size_t len)
{
	union sockaddr_any to;
	socklen_t to_len = sockaddr_from(&r->listen, &to);

	assert_int_equal(sendto(r->client, octets, len, 0, &to.any, to_len), len);
}

/* What waits in the sockets is handled; the loopback delivers at once. */
static void turn(struct rig *r)
{
	const struct tunneld_fd *fds;
	size_t n = tunneld_fds(r->t, &fds);

	for (size_t i = 0; i < n; i++) {
		struct pollfd p = { .fd = fds[i].fd, .events = POLLIN };

		if (poll(&p, 1, 0) == 1)
			fds[i].fn(fds[i].ctx, boot_now());
	}
	if (tunneld_ops.next_wakeup(r->t) <= boot_now())
		tunneld_ops.tick(r->t, boot_now());
}

static void say(struct rig *r, uint16_t type, const void *body)
{
	struct mipm_msg msg = { .type = type, .id = 9, .from = &r->from, .body = body };

	tunneld_ops.input(r->t, boot_now(), &msg);
	turn(r);
}

static ssize_t receive(struct rig *r, uint8_t *octets, size_t size, struct mipm_endpoint *from)
{
	struct pollfd p = { .fd = r->client, .events = POLLIN };
	union sockaddr_any name;
	socklen_t len = sizeof(name);
	ssize_t n;

	if (poll(&p, 1, 100) != 1)
		return -1;
	n = recvfrom(r->client, octets, size, 0, &name.any, &len);
	*from = sockaddr_to(&name);
	return n;
}

static void test_signalling_comes_with_its_circumstances(void **state)
{
	struct rig *r = *state;
	const struct said *s = &r->said[0];

	send_to_us(r, "\1registration", 13);
	turn(r);
	assert_int_equal(r->n_said, 1);
	assert_int_equal(s->type, MIPM_SIG_IN);
	assert_string_equal(s->to, "had");
	assert_true(endpoint_equal(&s->sig.local, &r->listen));
	assert_true(endpoint_equal(&s->sig.remote, &r->client_at));
	assert_int_equal(s->sig.link, 0);
	assert_int_equal(s->sig.ttl, 64);
	assert_true(boot_now() - s->sig.received_at < NSEC_PER_S);
	assert_int_equal(s->sig.payload.len, 13);
	assert_memory_equal(s->payload, "\1registration", 13);
}

static void test_a_reply_leaves_from_where_the_request_came_to(void **state)
{
	struct rig *r = *state;
	struct mipm_sig reply;
	struct mipm_endpoint from;
	uint8_t octets[64];

	send_to_us(r, "\1request", 8);
	turn(r);
	reply = r->said[0].sig;
	reply.payload = (struct mipm_span) { (const uint8_t *)"\3reply", 6 };
	reply.ttl = 9;
	say(r, MIPM_SIG_OUT, &reply);
	assert_int_equal(receive(r, octets, sizeof(octets), &from), 6);
	assert_memory_equal(octets, "\3reply", 6);
	assert_true(endpoint_equal(&from, &r->listen));
	assert_int_equal(udp_stats(r->t->udp)->sig_out, 1);
}

static void test_many_replies_keep_their_order(void **state)
{
	struct rig *r = *state;
	struct mipm_sig sig = { .local = r->listen, .remote = r->client_at };
	struct mipm_msg msg = { .type = MIPM_SIG_OUT, .from = &r->from, .body = &sig };
	struct mipm_endpoint from;
	uint8_t octet;

	for (uint8_t i = 0; i < 150; i++) {
		sig.payload = (struct mipm_span) { &i, 1 };
		tunneld_ops.input(r->t, boot_now(), &msg);
	}
	turn(r);
	for (uint8_t i = 0; i < 150; i++) {
		assert_int_equal(receive(r, &octet, 1, &from), 1);
		assert_int_equal(octet, i);
	}
}

static void test_nothing_leaves_from_an_address_that_is_not_ours(void **state)
{
	struct rig *r = *state;
	struct mipm_sig sig = {
		.local = r->client_at, .remote = r->client_at, .payload = { (uint8_t *)"\3", 1 }
	};
	struct mipm_endpoint from;
	uint8_t octet;

	say(r, MIPM_SIG_OUT, &sig);
	sig.local = r->listen;
	sig.local.port++;
	say(r, MIPM_SIG_OUT, &sig);
	sig.local = r->listen;
	sig.remote.port = 0;
	say(r, MIPM_SIG_OUT, &sig);
	sig.remote = r->client_at;
	sig.kind = 7;
	say(r, MIPM_SIG_OUT, &sig);
	assert_int_equal(receive(r, &octet, 1, &from), -1);
	assert_int_equal(udp_stats(r->t->udp)->sig_not_ours, 4);
}

static void test_what_nobody_owns_is_counted(void **state)
{
	struct rig *r = *state;

	send_to_us(r, "\7", 1); /* another type */
	r->owner = NULL;
	send_to_us(r, "\1", 1);
	turn(r);
	assert_int_equal(r->n_said, 0);
	assert_int_equal(udp_stats(r->t->udp)->sig_unowned, 2);
}

static void test_what_is_too_long_is_counted(void **state)
{
	static const uint8_t octets[MIPSOCK_SIG_MAX + 1] = { 1 };
	struct rig *r = *state;

	r->owner = NULL;
	send_to_us(r, octets, MIPSOCK_SIG_MAX);
	send_to_us(r, octets, sizeof(octets));
	turn(r);
	assert_int_equal(udp_stats(r->t->udp)->sig_in, 2);
	assert_int_equal(udp_stats(r->t->udp)->sig_too_big, 1);
}

/* The kernel sorts: tunnel data never reaches the signalling member, empty datagrams do. */
static void test_data_and_signalling_part_in_the_kernel(void **state)
{
	struct rig *r = *state;
	const struct udp_group *g = udp_group_at(r->t->udp, 0);
	uint8_t octets[64];
	size_t n_data = 0, members = 0;

	for (int i = 0; i < 8; i++)
		send_to_us(r, "\4\4\0\0data", 8);
	send_to_us(r, "\1", 1);
	send_to_us(r, "", 0);
	turn(r);
	assert_int_equal(r->n_said, 1);
	assert_int_equal(udp_stats(r->t->udp)->sig_in, 2);
	assert_int_equal(udp_stats(r->t->udp)->sig_misled, 1);
	for (size_t i = 1; i < g->n_fds; i++) {
		size_t n = 0;

		while (recv(g->fds[i], octets, sizeof(octets), MSG_DONTWAIT) == 8)
			n++;
		n_data += n;
		members += n > 0;
	}
	assert_int_equal(n_data, 8);
	assert_int_equal(members, 1); /* all of one sender at one worker */
}

static void command(struct rig *r, const char *verb, const char *value)
{
	struct mipm_command c = { .verb = { verb, (uint16_t)strlen(verb) },
		.value = { value, (uint16_t)strlen(value) } };

	r->n_said = 0;
	say(r, MIPM_COMMAND, &c);
	assert_int_equal(r->n_said, 1);
	assert_int_equal(r->said[0].type, MIPM_ANSWER);
	assert_string_equal(r->said[0].to, "had");
}

static void write_line(void *ctx, enum log_level level, const char *line)
{
}

static void test_commands(void **state)
{
	struct log log = { .level = LOG_LEVEL_INFO, .write = write_line };
	struct rig *r = *state;

	send_to_us(r, "\7", 1);
	turn(r);
	command(r, "counters", "");
	assert_int_equal(r->said[0].code, 0);
	assert_non_null(strstr(r->said[0].text, "signalling-unowned 1\n"));
	r->env.log = &log;
	command(r, "log", "debug");
	assert_int_equal(r->said[0].code, 0);
	assert_int_equal(log.level, LOG_LEVEL_DEBUG);
	command(r, "log", "loud");
	assert_int_equal(r->said[0].code, EINVAL);
	command(r, "dance", "");
	assert_int_equal(r->said[0].code, EOPNOTSUPP);
	r->env.log = NULL;
}

static void test_binding_and_dump(void **state)
{
	struct rig *r = *state;
	struct mipm_path path = {
		.number = 1, .encap = MIPM_ENCAP_UDP, .remote.port = 434, .local = r->listen
	};
	struct mipm_bc bc = { .paths = &path, .n_paths = 1, .home_agent = r->listen.addr };
	uint64_t cursor = 0;

	assert_int_equal(addr_parse("10.200.0.7", &bc.home_addr), 0);
	assert_int_equal(addr_parse("192.0.2.7", &path.remote.addr), 0);
	say(r, MIPM_BC_ADD, &bc);
	assert_int_equal(r->n_said, 0); /* only failures are told */
	while (tunneld_ops.dump(r->t, boot_now(), "linkmon", false, &cursor))
		;
	assert_int_equal(r->n_said, 1);
	assert_int_equal(r->said[0].type, MIPM_PATH_STATS);
	assert_string_equal(r->said[0].to, "linkmon");
}

static void test_a_keepalive_leaves_by_its_path(void **state)
{
	struct rig *r = *state;
	struct mipm_path path = {
		.number = 1, .encap = MIPM_ENCAP_UDP, .remote = r->client_at, .local = r->listen
	};
	struct mipm_bc bc = { .paths = &path, .n_paths = 1, .home_agent = r->listen.addr };
	struct mipm_probe_out out = { .peer = r->listen.addr, .number = 1, .id = 5 };
	struct mipm_endpoint from;
	struct fib_sums sums;
	uint8_t octets[128];

	assert_int_equal(addr_parse("10.200.0.7", &bc.home_addr), 0);
	say(r, MIPM_BC_ADD, &bc);
	out.home_addr = bc.home_addr;
	say(r, MIPM_PROBE_OUT, &out);
	assert_int_equal(receive(r, octets, sizeof(octets), &from), 56);
	assert_memory_equal(octets, "\4\4\0\0\x45", 5);
	assert_true(endpoint_equal(&from, &r->listen));
	fib_path_sums(&r->t->forwarder->fib, fib_path_at(&r->t->forwarder->fib, 0), &sums);
	assert_int_equal(sums.packets_out, 1);
	assert_int_equal(sums.data_at, 0);
}

static void test_port_in_use_is_explained(void **state)
{
	struct rig *r = *state;
	struct mipm_endpoint taken = r->client_at;
	struct tunneld_conf conf = r->conf;
	struct tunneld *t;
	char text[256];

	conf.listen = &taken;
	assert_int_equal(tunneld_open_with(&t, &r->env, &conf, &dp_null, false, boot_now(), text,
				 sizeof(text)),
		-EADDRINUSE);
	assert_non_null(strstr(text, "is used by another program"));
}

static void test_configurations_that_cannot_work(void **state)
{
	struct mipm_endpoint listen = { .port = 434 };
	struct mipm_prefix network;
	struct mipm_addr agent;
	struct tunneld_conf conf = { 0 };
	char text[256];

	assert_int_equal(tunneld_conf_check(&conf, text, sizeof(text)), -EINVAL);
	conf.home_agent = true;
	assert_int_equal(tunneld_conf_check(&conf, text, sizeof(text)), -EINVAL);
	assert_int_equal(addr_parse("203.0.113.1", &listen.addr), 0);
	conf.listen = &listen;
	conf.n_listen = 1;
	assert_int_equal(tunneld_conf_check(&conf, text, sizeof(text)), 0);
	assert_int_equal(prefix_parse("203.0.113.0/24", &conf.home_network), 0);
	assert_int_equal(tunneld_conf_check(&conf, text, sizeof(text)), -EINVAL);
	conf = (struct tunneld_conf) { .mobile_router = true };
	assert_int_equal(tunneld_conf_check(&conf, text, sizeof(text)), 0);
	assert_int_equal(prefix_parse("203.0.113.0/24", &network), 0);
	assert_int_equal(addr_parse("203.0.113.1", &agent), 0);
	conf.networks = &network;
	conf.home_agents = &agent;
	conf.n_networks = conf.n_home_agents = 1;
	assert_int_equal(tunneld_conf_check(&conf, text, sizeof(text)), -EINVAL);
}

/* A data plane that remembers how it was closed. */
static bool is_adopted, was_kept;
static int start_result;

static bool told_adopted(const void *dp)
{
	return is_adopted;
}

static int told_start(void *dp)
{
	return start_result;
}

static void told_close(void *dp, bool keep)
{
	was_kept = keep;
	dp_null.close(dp, keep);
}

static bool is_kept(bool adopted, bool start, int result, bool keep)
{
	struct core_env env = { .emit = emit, .want_sigs = want_sigs, .random = randomly };
	struct tunneld_conf conf = { .workers = 1 };
	struct dataplane plane = dp_null;
	struct tunneld *t;
	char text[256];

	plane.adopted = told_adopted;
	plane.start = told_start;
	plane.close = told_close;
	is_adopted = adopted;
	start_result = result;
	assert_int_equal(
		tunneld_open_with(&t, &env, &conf, &plane, false, boot_now(), text, sizeof(text)),
		0);
	if (start)
		assert_int_equal(tunneld_start(t), result);
	tunneld_close(t, keep);
	return was_kept;
}

static void test_who_never_started_leaves_nothing_of_its_own(void **state)
{
	assert_true(is_kept(false, true, 0, true)); /* a crash of one that ran */
	assert_false(is_kept(false, true, 0, false));
	assert_false(is_kept(false, false, 0, true));
	assert_false(is_kept(false, true, -EAGAIN, true));
	assert_true(is_kept(true, false, 0, true)); /* a predecessor's */
	assert_true(is_kept(true, true, -EAGAIN, true));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_signalling_comes_with_its_circumstances),
		TEST(test_a_reply_leaves_from_where_the_request_came_to),
		TEST(test_many_replies_keep_their_order),
		TEST(test_nothing_leaves_from_an_address_that_is_not_ours),
		TEST(test_what_nobody_owns_is_counted),
		TEST(test_what_is_too_long_is_counted),
		TEST(test_data_and_signalling_part_in_the_kernel),
		TEST(test_commands),
		TEST(test_binding_and_dump),
		TEST(test_a_keepalive_leaves_by_its_path),
		TEST(test_port_in_use_is_explained),
		cmocka_unit_test(test_configurations_that_cannot_work),
		cmocka_unit_test(test_who_never_started_leaves_nothing_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
