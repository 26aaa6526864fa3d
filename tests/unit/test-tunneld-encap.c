/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tunneld-rig.h"

#include "libmip/tunnel_data.h"

static uint8_t buffer[ENCAP_HEADROOM + 256 + ENCAP_TAILROOM];

static struct encap_packet packet(const char *src, const char *dst)
{
	return (struct encap_packet) { .data = buffer + ENCAP_HEADROOM,
		.len = (uint32_t)rig_packet(buffer + ENCAP_HEADROOM, src, dst) };
}

static struct encap_packet datagram(const char *octets, size_t len)
{
	memcpy(buffer + ENCAP_HEADROOM, octets, len);
	return (struct encap_packet) { .data = buffer + ENCAP_HEADROOM, .len = (uint32_t)len };
}

static struct fib_hop hop_of(uint8_t encap, uint32_t caps)
{
	return (struct fib_hop) { .encap = encap, .caps = caps };
}

static void test_plain_header_by_family(void **state)
{
	struct fib_hop hop = hop_of(MIPM_ENCAP_UDP, 0);
	struct encap_packet p = packet("10.7.0.5", "192.0.2.80");

	encap_find(hop.encap)->seal(&hop, &p, 1);
	assert_true(p.ok);
	assert_int_equal(p.len, 52);
	assert_memory_equal(p.data, "\x04\x04\0\0\x45", 5);
	p = packet("2001:db8::1", "2001:db8::2");
	encap_find(hop.encap)->seal(&hop, &p, 1);
	assert_memory_equal(p.data, "\x04\x29\0\0\x60", 5);
}

static void test_bare_gre(void **state)
{
	struct fib_hop hop = hop_of(MIPM_ENCAP_UDP_GRE, 0);
	struct encap_packet p = packet("10.7.0.5", "192.0.2.80");

	encap_find(hop.encap)->seal(&hop, &p, 1);
	assert_memory_equal(p.data, "\x04\x2f\0\0\0\0\x08\0\x45", 9);
	assert_int_equal(p.len, 56);
	encap_find(hop.encap)->open(&hop, &p, 1);
	assert_true(p.ok);
	assert_int_equal(p.len, 48);
	assert_int_equal(p.data[0], 0x45);
}

static void test_a_batch_of_both_families(void **state)
{
	static uint8_t two[2][ENCAP_HEADROOM + 128];
	struct fib_hop hop = hop_of(MIPM_ENCAP_UDP, 0);
	struct encap_packet p[2];

	for (int i = 0; i < 2; i++)
		p[i].data = two[i] + ENCAP_HEADROOM;
	p[0].len = (uint32_t)rig_packet(p[0].data, "2001:db8::1", "2001:db8::2");
	p[1].len = (uint32_t)rig_packet(p[1].data, "10.7.0.5", "192.0.2.80");
	encap_find(hop.encap)->seal(&hop, p, 2);
	assert_int_equal(p[0].data[1], 41);
	assert_int_equal(p[1].data[1], 4);
}

static void test_what_is_no_ip_is_not_sealed(void **state)
{
	struct fib_hop hop = hop_of(MIPM_ENCAP_UDP, 0);
	struct encap_packet p = datagram("\x15\0\0\0", 4);

	encap_find(hop.encap)->seal(&hop, &p, 1);
	assert_false(p.ok);
}

/* RFC 3519 4.5: another next header than the negotiated one is dropped. */
static void test_a_stranger_keeps_to_what_was_negotiated(void **state)
{
	static const struct {
		uint8_t encap;
		uint32_t caps;
		const char *octets;
		size_t len;
		bool ok;
	} cases[] = {
		{ MIPM_ENCAP_UDP, 0, "\x04\x04\0\0\x45", 5, true },
		{ MIPM_ENCAP_UDP, 0, "\x04\x29\0\0\x60", 5, true },
		{ MIPM_ENCAP_UDP, 0, "\x04\x2f\0\0\0\0\x08\0\x45", 9, false },
		{ MIPM_ENCAP_UDP_GRE, 0, "\x04\x2f\0\0\0\0\x08\0\x45", 9, true },
		{ MIPM_ENCAP_UDP_GRE, 0, "\x04\x04\0\0\x45", 5, false },
		/* a stranger has no numbers, our own kind may have any */
		{ MIPM_ENCAP_UDP_GRE, 0, "\x04\x2f\0\0\x10\0\x08\0\0\0\0\x01\x45", 13, false },
		{ MIPM_ENCAP_UDP_GRE, 3, "\x04\x2f\0\0\x10\0\x08\0\0\0\0\x01\x45", 13, true },
		{ MIPM_ENCAP_UDP, 3, "\x04\x2f\0\0\x30\0\x08\0\x01\0\0\x01\0\0\0\x01\x45", 17,
			true },
		{ MIPM_ENCAP_UDP_GRE, 3, "\x04\x04\0\0\x45", 5, true },
		{ MIPM_ENCAP_UDP, 0, "\x04\x37\0\0\x45", 5, false },
		{ MIPM_ENCAP_UDP, 0, "\x04\x04\0\0", 4, false },
		{ MIPM_ENCAP_UDP, 0, "\x04", 1, false },
		{ MIPM_ENCAP_UDP, 0, "\x01\x04\0\0\x45", 5, false },
		{ MIPM_ENCAP_UDP, 0, "\x04\x04\0\0\x60", 5, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fib_hop hop = hop_of(cases[i].encap, cases[i].caps);
		struct encap_packet p = datagram(cases[i].octets, cases[i].len);

		encap_find(hop.encap)->open(&hop, &p, 1);
		assert_int_equal(p.ok, cases[i].ok);
	}
}

static void test_overhead_is_the_largest_there_may_be(void **state)
{
	struct mipm_endpoint v4 = E("192.0.2.1:434"), v6 = E("[2001:db8::1]:434");

	assert_int_equal(encap_udp.overhead(&v4), 44);
	assert_int_equal(encap_udp.overhead(&v6), 64);
	assert_int_equal(encap_udp_gre.overhead(&v4), 44);
}

static void test_unknown_encapsulations_are_none(void **state)
{
	assert_null(encap_find(0));
	assert_null(encap_find(MIPM_ENCAP_IPIP));
	assert_null(encap_find(MIPM_ENCAP_GRE));
	assert_null(encap_find(255));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_header_by_family),
		cmocka_unit_test(test_bare_gre),
		cmocka_unit_test(test_a_batch_of_both_families),
		cmocka_unit_test(test_what_is_no_ip_is_not_sealed),
		cmocka_unit_test(test_a_stranger_keeps_to_what_was_negotiated),
		cmocka_unit_test(test_overhead_is_the_largest_there_may_be),
		cmocka_unit_test(test_unknown_encapsulations_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
