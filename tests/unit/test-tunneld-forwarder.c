/* SPDX-License-Identifier: BSD-2-Clause */
/* Keepalives, probes and hints: from the message to the packet and back. */
#include "tests/unit/tunneld-rig.h"

/* One node as router of site7 on path 1, and as home agent of site8. */
static int setup(void **state)
{
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", 1);
	struct mipm_bc bc = rig_bc("10.200.0.8", "10.8.0.0/24", "192.0.2.8:434", NULL);
	struct rig *r;

	rig_setup(state);
	r = *state;
	rig_say(r, MIPM_BC_ADD, &bc);
	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_ADD, &bul);
	rig_as(r, "linkmon");
	return 0;
}

static const struct fib_hop *router_hop(struct rig *r)
{
	struct mipm_addr home = A("10.200.0.7"), peer = A("203.0.113.1");

	return fib_path_find(fib_tunnel_find(&r->f->fib, 0, &home, &peer), 1)->hop;
}

static const struct fib_hop *agent_hop(struct rig *r)
{
	struct mipm_addr home = A("10.200.0.8"), none = { 0 };

	return fib_path_find(fib_tunnel_find(&r->f->fib, 0, &home, &none), 1)->hop;
}

static void ask(struct rig *r, uint16_t id)
{
	struct mipm_probe_out out = {
		.home_addr = A("10.200.0.7"), .peer = A("203.0.113.1"), .number = 1, .id = id
	};

	rig_say(r, MIPM_PROBE_OUT, &out);
}

static void assert_sound(const struct inner *in)
{
	assert_int_equal(checksum_fold(checksum_add(0, in->data, in->header_len)), 0);
	assert_int_equal(
		checksum_fold(checksum_add(0, in->data + in->header_len, in->len - in->header_len)),
		0);
}

static void test_probe_goes_out_and_its_answer_is_told(void **state)
{
	struct rig *r = *state;
	const struct mipm_probe_in *told;
	struct probe probe;
	struct inner in;

	ask(r, 0x1234);
	assert_int_equal(r->n_sent, 1);
	assert_true(inner_parse(r->sent[0].packet, r->sent[0].len, &in));
	assert_int_equal(in.len, 52);
	assert_sound(&in);
	assert_memory_equal(in.src, A("10.200.0.7").octets, 4);
	assert_memory_equal(in.dst, A("203.0.113.1").octets, 4);
	assert_int_equal(in.data[20], 8);

	probe_answer(r->sent[0].packet, &in);
	assert_true(inner_parse(r->sent[0].packet, r->sent[0].len, &in));
	assert_sound(&in);
	assert_memory_equal(in.src, A("203.0.113.1").octets, 4);
	assert_int_equal(probe_recognise(router_hop(r), &in, r->f->boot_id, &probe), PROBE_ANSWER);
	forwarder_answer(r->f, router_hop(r)->path, &probe, r->now + 30 * NSEC_PER_MS);
	told = &rig_said(r, MIPM_PROBE_IN, 0)->probe_in;
	assert_int_equal(told->id, 0x1234);
	assert_int_equal(told->number, 1);
	assert_int_equal(told->sent_at, r->now);
	assert_int_equal(told->received_at, r->now + 30 * NSEC_PER_MS);
	assert_true(told->home_addr.family && told->peer.family);
}

static void test_answers_that_cannot_be_are_not_told(void **state)
{
	struct rig *r = *state;
	struct probe probe = { .kind = PROBE_ASKED, .path = 1, .sent_at = r->now };

	forwarder_answer(r->f, router_hop(r)->path, &probe, r->now - 1);
	forwarder_answer(r->f, router_hop(r)->path, &probe, r->now + 61 * RIG_S);
	forwarder_answer(r->f, 4711, &probe, r->now + 1);
	probe.kind = PROBE_FILL;
	forwarder_answer(r->f, router_hop(r)->path, &probe, r->now + 1);
	assert_int_equal(rig_count(r, MIPM_PROBE_IN), 0);
}

static void test_probe_without_home_address_takes_any_tunnel_to_the_peer(void **state)
{
	struct mipm_probe_out out = { .peer = A("203.0.113.1"), .number = 1 };
	struct rig *r = *state;

	rig_say(r, MIPM_PROBE_OUT, &out);
	assert_int_equal(r->n_sent, 1);
	out.peer = A("203.0.113.2");
	rig_say(r, MIPM_PROBE_OUT, &out);
	assert_int_equal(r->n_sent, 1);
}

/* Echo of 12 octets as a stranger makes it. */
static struct inner echo(uint8_t *packet, const char *src, const char *dst, uint8_t type)
{
	struct inner in;

	rig_packet(packet, src, dst);
	packet[9] = INNER_ICMP;
	put16(packet + 10, 0);
	put16(packet + 10, checksum_fold(checksum_add(0, packet, 20)));
	memset(packet + 20, 0x11, 28);
	packet[20] = type;
	put16(packet + 22, 0);
	put16(packet + 22, checksum_fold(checksum_add(0, packet + 20, 28)));
	assert_true(inner_parse(packet, 48, &in));
	return in;
}

static void test_home_agent_answers_the_home_address_only(void **state)
{
	static const struct {
		const char *src, *dst;
		enum probe_verdict verdict;
	} cases[] = {
		{ "10.200.0.8", "203.0.113.1", PROBE_REQUEST },
		{ "10.8.0.5", "203.0.113.1", PROBE_NONE },   /* a host behind: the kernel's */
		{ "10.200.0.8", "192.0.2.80", PROBE_NONE },  /* not to us */
		{ "10.200.0.7", "203.0.113.1", PROBE_NONE }, /* another router's */
	};
	struct rig *r = *state;
	uint8_t packet[128];
	struct probe probe;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inner in = echo(packet, cases[i].src, cases[i].dst, 8);

		assert_int_equal(probe_recognise(agent_hop(r), &in, r->f->boot_id, &probe),
			cases[i].verdict);
	}
}

static void test_answer_has_the_requests_data(void **state)
{
	struct rig *r = *state;
	uint8_t packet[128];
	struct inner in = echo(packet, "10.200.0.8", "203.0.113.1", 8);

	probe_answer(packet, &in);
	assert_int_equal(packet[20], 0);
	assert_int_equal(packet[24], 0x11);
	assert_int_equal(packet[47], 0x11);
	assert_sound(&in);
	assert_memory_equal(in.dst, A("10.200.0.8").octets, 4);
	assert_int_equal(rig_count(r, MIPM_PROBE_IN), 0);
}

static void test_broken_checksums_are_neither_answered_nor_told(void **state)
{
	struct rig *r = *state;
	uint8_t packet[128];
	struct probe probe;
	struct inner in = echo(packet, "10.200.0.8", "203.0.113.1", 8);

	packet[40] ^= 1;
	assert_int_equal(probe_recognise(agent_hop(r), &in, r->f->boot_id, &probe), PROBE_BROKEN);
	packet[40] ^= 1;
	packet[11] ^= 1;
	assert_int_equal(probe_recognise(agent_hop(r), &in, r->f->boot_id, &probe), PROBE_BROKEN);
}

static void test_router_leaves_ordinary_echoes_to_its_kernel(void **state)
{
	struct rig *r = *state;
	uint8_t packet[128];
	struct probe probe;
	struct inner in = echo(packet, "203.0.113.1", "10.200.0.7", 8);

	assert_int_equal(probe_recognise(router_hop(r), &in, r->f->boot_id, &probe), PROBE_NONE);
	in = echo(packet, "203.0.113.1", "10.200.0.7", 0); /* an answer to its own ping */
	assert_int_equal(probe_recognise(router_hop(r), &in, r->f->boot_id, &probe), PROBE_NONE);
}

static void test_answers_to_a_predecessor_are_not_ours(void **state)
{
	struct rig *r = *state;
	struct probe probe;
	struct inner in;

	ask(r, 1);
	assert_true(inner_parse(r->sent[0].packet, r->sent[0].len, &in));
	probe_answer(r->sent[0].packet, &in);
	assert_int_equal(
		probe_recognise(router_hop(r), &in, r->f->boot_id + 1, &probe), PROBE_NONE);
}

static void test_keepalives_of_ipv6_ends(void **state)
{
	struct mipm_addr near = A("2001:db8:7::1"), far = A("2001:db8::1"), v4 = A("10.0.0.1");
	struct probe probe = { .kind = PROBE_ASKED,
		.path = 2,
		.boot_id = 9,
		.id = 5,
		.sent_at = 77 },
		     got;
	struct fib_tunnel tunnel = { .near = far, .far = near };
	struct fib_hop hop = { .tunnel = &tunnel };
	uint8_t packet[PROBE_PACKET_MAX];
	size_t len = probe_build(&near, &far, &probe, packet);
	struct inner in;

	assert_int_equal(len, 72);
	assert_true(inner_parse(packet, len, &in));
	assert_int_equal(probe_recognise(&hop, &in, 9, &got), PROBE_REQUEST);
	probe_answer(packet, &in);
	assert_true(inner_parse(packet, len, &in));
	tunnel.near = near;
	tunnel.far = far;
	assert_int_equal(probe_recognise(&hop, &in, 9, &got), PROBE_ANSWER);
	assert_int_equal(got.sent_at, 77);
	assert_int_equal(got.path, 2);
	assert_int_equal(probe_build(&near, &v4, &probe, packet), 0);
}

/* hints */

static void stranger(struct rig *r, const char *inner)
{
	struct mipm_endpoint remote = E("198.51.100.66:434");
	struct mipm_addr src = A(inner);

	forwarder_stranger(r->f, r->now, 1, &remote, &src, 60);
}

static void test_hints_are_rate_limited_and_count(void **state)
{
	struct rig *r = *state;
	const struct mipm_be_hint *hint;
	char text[32];

	for (int i = 0; i < 5; i++)
		stranger(r, "10.9.0.5");
	assert_int_equal(rig_count(r, MIPM_BE_HINT), 1);
	hint = &rig_said(r, MIPM_BE_HINT, 0)->hint;
	assert_int_equal(hint->suppressed, 0);
	assert_int_equal(hint->octets, 60);
	assert_int_equal(hint->local.port, 434);
	assert_true(addr_is_present(&hint->local.addr));
	hints_missed(&r->f->hints, 1000);
	r->now += 2 * RIG_S;
	stranger(r, "10.9.0.5");
	assert_int_equal(rig_said(r, MIPM_BE_HINT, 1)->hint.suppressed, 1004);
	rig_forget(r);
	r->now += 2 * RIG_S;
	for (int i = 0; i < 250; i++) {
		snprintf(text, sizeof(text), "10.9.1.%d", i);
		stranger(r, text);
	}
	assert_int_equal(rig_count(r, MIPM_BE_HINT), 20);
}

/* statistics */

static void test_stats_name_the_path_as_both_ends_do(void **state)
{
	struct rig *r = *state;
	const struct mipm_path_stats *s = NULL;
	uint64_t cursor = 0;

	rig_traffic(r, fib_path_at(&r->f->fib, router_hop(r)->path), true, false);
	while (forwarder_stats(r->f, "linkmon", &cursor, 1))
		;
	assert_int_equal(rig_count(r, MIPM_PATH_STATS), 2);
	for (size_t i = 0; i < 2; i++) {
		s = &rig_said(r, MIPM_PATH_STATS, i)->stats;
		assert_true(addr_is_present(&s->peer));
		assert_int_equal(s->active, 1);
		assert_int_equal(s->inner_mtu, 1456);
		if (s->link)
			assert_int_equal(s->in.packets, 1);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_probe_goes_out_and_its_answer_is_told),
		TEST(test_answers_that_cannot_be_are_not_told),
		TEST(test_probe_without_home_address_takes_any_tunnel_to_the_peer),
		TEST(test_home_agent_answers_the_home_address_only),
		TEST(test_answer_has_the_requests_data),
		TEST(test_broken_checksums_are_neither_answered_nor_told),
		TEST(test_router_leaves_ordinary_echoes_to_its_kernel),
		TEST(test_answers_to_a_predecessor_are_not_ours),
		cmocka_unit_test(test_keepalives_of_ipv6_ends),
		TEST(test_hints_are_rate_limited_and_count),
		TEST(test_stats_name_the_path_as_both_ends_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
