/* SPDX-License-Identifier: BSD-2-Clause */
/* What a plane that moves packets promises: who may come in, what goes out, what is told of it, and
 * what becomes of all that when the device fails. */
#include "tests/unit/dataplane-rig.h"

#include <errno.h>
#include <sys/socket.h>
#include <urcu/urcu-memb.h>

#include "tunneld/sockaddr.h"

#define PORT 5001 /* where rig_packet() leads */

static void start_with_device(struct dp_rig *r)
{
	int on = 1;

	dp_rig_start(r);
	dp_rig_device_up();
	r->host = dp_rig_socket(DP_RIG_HERE, PORT, NULL);
	setsockopt(r->host, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
}

/* A datagram that somebody receives there. */
static ssize_t heard(int fd, uint8_t *octets, size_t size)
{
	return recv(fd, octets, size, 0);
}

static void assert_carried_in(struct dp_rig *r)
{
	uint8_t packet[128], octets[256];
	ssize_t got;

	dp_rig_send(r, r->router, packet, rig_packet(packet, DP_RIG_FAR_HOST, DP_RIG_HERE));
	DP_RIG_UNTIL(r, (got = heard(r->host, octets, sizeof(octets))) >= 0);
	assert_int_equal(got, 20);
}

static void test_an_admitted_packet_comes_out(void **state)
{
	struct dp_rig *r = *state;
	struct fib_sums sums;

	start_with_device(r);
	assert_carried_in(r);
	fib_path_sums(&r->fib, r->path, &sums);
	assert_int_equal(sums.packets_in, 1);
	assert_int_equal(sums.octets_in, 48);
	DP_RIG_UNTIL(r, dp_rig_stats(r).packets_in == 1);
}

static void test_a_strangers_packet_does_not(void **state)
{
	struct dp_rig *r = *state;
	uint8_t packet[128], octets[256];
	size_t len = rig_packet(packet, DP_RIG_FAR_HOST, DP_RIG_HERE);
	struct mipm_addr source = A(DP_RIG_FAR_HOST);

	start_with_device(r);
	dp_rig_send(r, r->stranger, packet, len);
	DP_RIG_UNTIL(r, r->n_strangers == 1);
	assert_int_equal(dp_rig_stats(r).dropped[FIB_STRANGER], 1);
	assert_int_equal(r->stranger_socket, r->group->id);
	assert_int_equal(r->stranger_octets, 4 + len);
	assert_true(endpoint_equal(&r->stranger_remote, &r->stranger_at));
	assert_true(addr_equal(&r->stranger_inner, &source));
	assert_true(heard(r->host, octets, sizeof(octets)) < 0);
}

static void test_an_inner_source_of_others_does_not(void **state)
{
	struct dp_rig *r = *state;
	uint8_t packet[128], octets[256];

	start_with_device(r);
	dp_rig_send(r, r->router, packet, rig_packet(packet, "10.8.0.5", DP_RIG_HERE));
	DP_RIG_UNTIL(r, dp_rig_stats(r).dropped[FIB_SOURCE] == 1);
	assert_true(heard(r->host, octets, sizeof(octets)) < 0);
}

static void test_a_flood_of_strangers_is_counted(void **state)
{
	struct dp_rig *r = *state;
	uint8_t packet[128];
	size_t len = rig_packet(packet, DP_RIG_FAR_HOST, DP_RIG_HERE);

	start_with_device(r);
	for (int i = 0; i < 200; i++)
		dp_rig_send(r, r->stranger, packet, len);
	DP_RIG_UNTIL(r, dp_rig_stats(r).dropped[FIB_STRANGER] == 200);
	/* those that were not told come with the next one that is */
	while (r->n_strangers + r->n_missed < dp_rig_stats(r).dropped[FIB_STRANGER]) {
		dp_rig_turn(r);
		dp_rig_send(r, r->stranger, packet, len);
	}
	assert_true(r->n_strangers > 0);
	assert_true(r->n_strangers + r->n_missed <= dp_rig_stats(r).dropped[FIB_STRANGER]);
}

static void send_from(const struct dp_rig *r)
{
	struct mipm_endpoint to = { A(DP_RIG_FAR_HOST), PORT };
	union sockaddr_any name;
	socklen_t len = sockaddr_from(&to, &name);

	assert_int_equal(sendto(r->host, "hello", 5, 0, &name.any, len), 5);
}

static void test_a_packet_into_the_device_leaves_a_socket(void **state)
{
	static const uint8_t header[] = { 4, 4, 0, 0, 0x45 };
	struct dp_rig *r = *state;
	struct fib_sums sums;
	uint8_t octets[256];
	ssize_t got;

	start_with_device(r);
	send_from(r);
	DP_RIG_UNTIL(r, (got = heard(r->router, octets, sizeof(octets))) >= 0);
	assert_int_equal(got, 4 + 20 + 8 + 5);
	assert_memory_equal(octets, header, sizeof(header));
	assert_memory_equal(octets + got - 5, "hello", 5);
	DP_RIG_UNTIL(r, dp_rig_stats(r).packets_out == 1);
	fib_path_sums(&r->fib, r->path, &sums);
	assert_int_equal(sums.packets_out, 1);
}

static void test_no_path_is_answered(void **state)
{
	struct dp_rig *r = *state;
	struct mipm_endpoint to = { A(DP_RIG_FAR_HOST), PORT };
	union sockaddr_any name;
	socklen_t len = sockaddr_from(&to, &name);
	uint8_t octets[256];

	start_with_device(r);
	fib_tunnel_choose(r->tunnel, NULL);
	r->plane->changed(r->dp, r->tunnel);
	assert_int_equal(connect(r->host, &name.any, len), 0);
	assert_int_equal(send(r->host, "hello", 5, 0), 5);
	DP_RIG_UNTIL(r, heard(r->host, octets, sizeof(octets)) < 0 && errno == EHOSTUNREACH);
	assert_int_equal(dp_rig_stats(r).dropped[FIB_NO_PATH], 1);
}

/* Keepalives: asked for by the far end, and answered by it. */
static void test_keepalives(void **state)
{
	struct dp_rig *r = *state;
	struct probe ours = { PROBE_ASKED, 1, DP_RIG_BOOT_ID, 9, 1234 };
	struct mipm_addr near = A(DP_RIG_NEAR), far = A(DP_RIG_FAR);
	uint8_t packet[PROBE_PACKET_MAX], octets[256];
	size_t len = probe_build(&far, &near, &ours, packet);
	struct inner in;
	ssize_t got;

	start_with_device(r);
	dp_rig_send(r, r->router, packet, len);
	DP_RIG_UNTIL(r, (got = heard(r->router, octets, sizeof(octets))) >= 0);
	assert_int_equal(got, 4 + len);
	assert_int_equal(octets[4 + 20], 0); /* echo reply */

	len = probe_build(&near, &far, &ours, packet);
	assert_true(inner_parse(packet, len, &in));
	probe_answer(packet, &in);
	dp_rig_send(r, r->router, packet, len);
	DP_RIG_UNTIL(r, r->n_answers == 1);
	assert_int_equal(r->answer_path, r->path->index);
	assert_int_equal(r->answer.id, 9);
	assert_int_equal(r->answer.sent_at, 1234);
}

static void test_a_socket_that_is_off_is_not_read(void **state)
{
	struct dp_rig *r = *state;
	uint8_t packet[128], octets[256];
	size_t len = rig_packet(packet, DP_RIG_FAR_HOST, DP_RIG_HERE);
	struct mipm_endpoint other = r->group->local;
	struct udp_group *second;

	start_with_device(r);
	other.addr = A("127.0.0.3");
	assert_int_equal(udp_group_open(r->udp, &other, 0, 0, &second), 0);
	assert_int_equal(r->plane->socket(r->dp, second, true), 0);
	assert_int_equal(r->plane->socket(r->dp, r->group, false), 0);
	urcu_memb_synchronize_rcu(); /* nobody reads it any more */
	dp_rig_send(r, r->router, packet, len);
	assert_true(heard(r->host, octets, sizeof(octets)) < 0);
	assert_int_equal(dp_rig_stats(r).packets_in, 0);
	assert_int_equal(r->plane->socket(r->dp, r->group, true), 0);
	DP_RIG_UNTIL(r, heard(r->host, octets, sizeof(octets)) == 20); /* it waited there */
}

static void test_a_device_that_is_down(void **state)
{
	struct dp_rig *r = *state;
	uint8_t packet[128];
	size_t len = rig_packet(packet, DP_RIG_FAR_HOST, DP_RIG_HERE);

	start_with_device(r);
	dp_rig_device_down();
	dp_rig_send(r, r->router, packet, len);
	DP_RIG_UNTIL(r, r->n_down > 0);
	assert_int_equal(r->n_gone, 0);
	assert_int_equal(dp_rig_stats(r).dropped[DP_NOT_WRITTEN], 1);
}

static void test_a_device_that_is_gone_comes_back(void **state)
{
	struct dp_rig *r = *state;
	char text[256] = "";
	size_t fds;

	start_with_device(r);
	fds = dp_rig_count("fd");
	dp_rig_device_delete();
	DP_RIG_UNTIL(r, r->n_gone > 0);
	assert_int_equal(r->plane->reopen(r->dp, text, sizeof(text)), 0);
	assert_int_equal(dp_rig_count("fd"), fds);
	dp_rig_device_up();
	assert_carried_in(r);
	send_from(r);
	DP_RIG_UNTIL(r, heard(r->router, (uint8_t *)text, sizeof(text)) >= 0);
	dp_rig_close(r, false);
	assert_false(dp_rig_has_device());
}

const struct dp_promise dp_packets[] = {
	DP_PROMISE(an_admitted_packet_comes_out),
	DP_PROMISE(a_strangers_packet_does_not),
	DP_PROMISE(an_inner_source_of_others_does_not),
	DP_PROMISE(a_flood_of_strangers_is_counted),
	DP_PROMISE(a_packet_into_the_device_leaves_a_socket),
	DP_PROMISE(no_path_is_answered),
	DP_PROMISE(keepalives),
	DP_PROMISE(a_socket_that_is_off_is_not_read),
	DP_PROMISE(a_device_that_is_down),
	DP_PROMISE(a_device_that_is_gone_comes_back),
};
const size_t dp_n_packets = sizeof(dp_packets) / sizeof(dp_packets[0]);
