/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tunneld-rig.h"

static struct inner with_mss(
	uint8_t *packet, const char *src, const char *dst, uint16_t mss, bool odd)
{
	size_t n = strchr(src, ':') ? 40 : 20;
	uint8_t *tcp = packet + n;
	uint32_t sum;
	struct inner in;

	rig_packet(packet, src, dst);
	packet[n == 20 ? 9 : 6] = INNER_TCP;
	memset(tcp, 0, 28);
	tcp[12] = 7 << 4;
	tcp[13] = 0x02;
	tcp[20] = odd ? 1 : 2;
	if (odd) {
		tcp[21] = 2;
		tcp[22] = 4;
		put16(tcp + 23, mss);
	} else {
		tcp[21] = 4;
		put16(tcp + 22, mss);
	}
	put16(packet + 4, n == 20 ? 0 : 28);
	assert_true(inner_parse(packet, n + 28, &in));
	sum = checksum_pseudo(in.family, in.src, in.dst, INNER_TCP, 28);
	put16(tcp + 16, checksum_fold(checksum_add(sum, tcp, 28)));
	return in;
}

static void assert_tcp_sound(const struct inner *in)
{
	uint32_t len = in->len - in->header_len,
		 sum = checksum_pseudo(in->family, in->src, in->dst, INNER_TCP, len);

	assert_int_equal(checksum_fold(checksum_add(sum, in->data + in->header_len, len)), 0);
}

static void test_segment_size_is_lowered_and_the_checksum_right(void **state)
{
	uint8_t packet[128];

	for (int odd = 0; odd < 2; odd++) {
		for (uint32_t mss = 1300; mss < 9000; mss += 7) {
			struct inner in =
				with_mss(packet, "10.7.0.5", "192.0.2.80", (uint16_t)mss, odd);
			bool changed = mtu_clamp_mss(packet, &in, 1456);

			assert_int_equal(changed, mss > 1416);
			assert_int_equal(get16(packet + 42 + odd), mss > 1416 ? 1416 : mss);
			assert_tcp_sound(&in);
		}
	}
	for (int odd = 0; odd < 2; odd++) {
		struct inner in = with_mss(packet, "2001:db8::1", "2001:db8::2", 1440, odd);

		assert_true(mtu_clamp_mss(packet, &in, 1436));
		assert_int_equal(get16(packet + 62 + odd), 1376);
		assert_tcp_sound(&in);
	}
}

static void test_only_a_syn_with_a_sound_option_is_touched(void **state)
{
	uint8_t packet[128];
	struct inner in = with_mss(packet, "10.7.0.5", "192.0.2.80", 1460, false);

	packet[33] = 0x10; /* no SYN */
	assert_false(mtu_clamp_mss(packet, &in, 1456));
	packet[33] = 0x12; /* SYN, ACK */
	assert_true(mtu_clamp_mss(packet, &in, 1456));
	in = with_mss(packet, "10.7.0.5", "192.0.2.80", 1460, false);
	packet[32] = 4 << 4; /* header of 16 octets */
	assert_false(mtu_clamp_mss(packet, &in, 1456));
	packet[32] = 15 << 4; /* longer than the packet */
	assert_false(mtu_clamp_mss(packet, &in, 1456));
	in = with_mss(packet, "10.7.0.5", "192.0.2.80", 1460, false);
	packet[41] = 3; /* wrong length of the option */
	assert_false(mtu_clamp_mss(packet, &in, 1456));
	packet[40] = 9;
	packet[41] = 0; /* an option of no length */
	assert_false(mtu_clamp_mss(packet, &in, 1456));
	packet[41] = 200; /* beyond the header */
	assert_false(mtu_clamp_mss(packet, &in, 1456));
	packet[40] = 0; /* end of options */
	assert_false(mtu_clamp_mss(packet, &in, 1456));
	in = with_mss(packet, "10.7.0.5", "192.0.2.80", 1460, false);
	packet[40] = packet[41] = packet[42] = packet[43] = packet[44] = packet[45] = packet[46] =
		1;
	packet[47] = 2; /* kind at the very end */
	assert_false(mtu_clamp_mss(packet, &in, 1456));
	in = with_mss(packet, "10.7.0.5", "192.0.2.80", 1460, false);
	in.is_fragment = true;
	assert_false(mtu_clamp_mss(packet, &in, 1456));
}

/* the inner MTU of a tunnel */

static struct fib_tunnel *tunnel_of(struct rig *r)
{
	struct mipm_addr home = A("10.200.0.7"), peer = A("203.0.113.1");

	return fib_tunnel_find(&r->f->fib, 0, &home, &peer);
}

static void test_mtu_is_lowered_at_once_and_raised_late(void **state)
{
	struct mipm_endpoint v4 = E("0.0.0.0:434");
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", 1);
	struct rig *r = *state;

	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_ADD, &bul);
	assert_int_equal(mtu_of(tunnel_of(r)), 1456);
	bul = rig_bul("10.200.0.7", "10.7.0.0/24", 2);
	rig_say(r, MIPM_BUL_ADD, &bul);
	forwarder_socket(r->f, r->now, 12, 12, &v4, 1400);
	assert_int_equal(mtu_of(tunnel_of(r)), 1356); /* the smallest of its uplinks */
	forwarder_socket(r->f, r->now, 12, 12, &v4, 1500);
	rig_run(r, RIG_START + 599 * RIG_S);
	assert_int_equal(mtu_of(tunnel_of(r)), 1356);
	rig_run(r, RIG_START + 600 * RIG_S);
	assert_int_equal(mtu_of(tunnel_of(r)), 1456);
}

static void test_a_learned_path_mtu_passes(void **state)
{
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", 1);
	struct rig *r = *state;
	uint32_t path;

	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_ADD, &bul);
	path = fib_path_find(tunnel_of(r), 1)->index;
	forwarder_path_mtu(r->f, r->now, path, 1300);
	assert_int_equal(mtu_of(tunnel_of(r)), 1256);
	forwarder_path_mtu(r->f, r->now, path, 1450); /* no news */
	assert_int_equal(mtu_of(tunnel_of(r)), 1256);
	rig_say(r, MIPM_BUL_ADD, &bul); /* a refresh forgets nothing */
	assert_int_equal(mtu_of(tunnel_of(r)), 1256);
	forwarder_path_mtu(r->f, r->now, path, 68); /* a lie */
	assert_int_equal(mtu_of(tunnel_of(r)), MTU_MIN);
	rig_run(r, RIG_START + 600 * RIG_S);
	assert_int_equal(mtu_of(tunnel_of(r)), 1456);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_segment_size_is_lowered_and_the_checksum_right),
		cmocka_unit_test(test_only_a_syn_with_a_sound_option_is_touched),
		cmocka_unit_test_setup_teardown(
			test_mtu_is_lowered_at_once_and_raised_late, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
			test_a_learned_path_mtu_passes, rig_setup, rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
