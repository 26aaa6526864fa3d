/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 4787: mapping and filtering kinds, time-outs, ports. */
#include "tests/support/unit.h"

#include "tests/wanem/nat.h"
#include "wanem-frames.h"

#define INSIDE	 0x0a000001
#define OUTSIDE	 0xc6336407
#define REMOTE	 0xc0000201
#define REMOTE2	 0xc0000202
#define NS_PER_S 1000000000ull

static const uint8_t mac[6] = "\2nnnnn";
static struct nat nat;

static int setup(void **state)
{
	nat_init(&nat, 1, mac);
	return 0;
}

static int teardown(void **state)
{
	nat_fini(&nat);
	return 0;
}

static void use(enum nat_kind mapping, enum nat_kind filtering)
{
	struct nat_settings settings = no_nat;

	settings.address = OUTSIDE;
	settings.mapping = mapping;
	settings.filtering = filtering;
	settings.udp = 30 * NS_PER_S;
	nat_set(&nat, &settings);
}

/* The port outside, 0 if it was refused. */
static uint16_t send_out(
	uint8_t protocol, uint16_t port, uint32_t remote, uint16_t remote_port, uint64_t now)
{
	struct test_frame made;
	struct frame frame;

	test_frame_ports(&made, protocol, INSIDE, port, remote, remote_port, 33);
	frame_parse(&frame, made.octets, made.len);
	if (!nat_outward(&nat, &frame, now))
		return 0;
	assert_true(test_frame_is_sound(&made));
	assert_true(octets_u32(made.octets + FRAME_HEADER + 12) == OUTSIDE);
	assert_memory_equal(made.octets + 6, mac, 6);
	return octets_u16(made.octets + FRAME_HEADER + 20);
}

/* The port inside that it arrives at, 0 if it was refused. */
static uint16_t send_in(
	uint8_t protocol, uint32_t remote, uint16_t remote_port, uint16_t port, uint64_t now)
{
	struct test_frame made;
	struct frame frame;

	test_frame_ports(&made, protocol, remote, remote_port, OUTSIDE, port, 32);
	frame_parse(&frame, made.octets, made.len);
	if (!nat_inward(&nat, &frame, now))
		return 0;
	assert_true(test_frame_is_sound(&made));
	assert_true(octets_u32(made.octets + FRAME_HEADER + 16) == INSIDE);
	assert_memory_equal(made.octets, "\2aaaaa", 6);
	return octets_u16(made.octets + FRAME_HEADER + 22);
}

static void check_mapping(enum nat_kind kind, bool port_matters, bool address_matters)
{
	uint16_t first;

	use(kind, NAT_INDEPENDENT);
	first = send_out(IPPROTO_UDP, 5000, REMOTE, 7001, 0);
	assert_true(first >= 1024);
	assert_int_equal(send_out(IPPROTO_UDP, 5000, REMOTE, 7001, 1), first);
	assert_int_equal(send_out(IPPROTO_UDP, 5000, REMOTE, 7002, 2) != first, port_matters);
	assert_int_equal(send_out(IPPROTO_UDP, 5000, REMOTE2, 7001, 3) != first, address_matters);
	assert_int_not_equal(send_out(IPPROTO_UDP, 5001, REMOTE, 7001, 4), first);
}

static void test_mapping_kinds(void **state)
{
	check_mapping(NAT_INDEPENDENT, false, false);
	check_mapping(NAT_ADDRESS, false, true);
	check_mapping(NAT_ADDRESS_AND_PORT, true, true);
}

static void check_filtering(enum nat_kind kind, bool other_port, bool other_address)
{
	uint16_t port;

	use(NAT_INDEPENDENT, kind);
	port = send_out(IPPROTO_UDP, 5000, REMOTE, 7001, 0);
	assert_int_equal(send_in(IPPROTO_UDP, REMOTE, 7001, port, 1), 5000);
	assert_int_equal(send_in(IPPROTO_UDP, REMOTE, 7002, port, 1), other_port ? 5000 : 0);
	assert_int_equal(send_in(IPPROTO_UDP, REMOTE2, 7001, port, 1), other_address ? 5000 : 0);
	send_out(IPPROTO_UDP, 5000, REMOTE2, 7001, 2);
	assert_int_equal(send_in(IPPROTO_UDP, REMOTE2, 7001, port, 3), 5000);
}

static void test_filtering_kinds(void **state)
{
	check_filtering(NAT_INDEPENDENT, true, true);
	check_filtering(NAT_ADDRESS, true, false);
	check_filtering(NAT_ADDRESS_AND_PORT, false, false);
}

static void test_a_mapping_ends_after_its_time_unused_from_inside(void **state)
{
	uint16_t port;

	use(NAT_INDEPENDENT, NAT_INDEPENDENT);
	port = send_out(IPPROTO_UDP, 5000, REMOTE, 7001, 0);
	assert_int_equal(send_out(IPPROTO_UDP, 5000, REMOTE, 7001, 20 * NS_PER_S), port);
	assert_int_equal(send_in(IPPROTO_UDP, REMOTE, 7001, port, 49 * NS_PER_S), 5000);
	assert_int_equal(send_in(IPPROTO_UDP, REMOTE, 7001, port, 50 * NS_PER_S), 0);
	assert_int_not_equal(send_out(IPPROTO_UDP, 5000, REMOTE, 7001, 51 * NS_PER_S), port);
}

static void test_permission_to_answer_ends_as_well(void **state)
{
	uint16_t port;

	use(NAT_INDEPENDENT, NAT_ADDRESS);
	port = send_out(IPPROTO_UDP, 5000, REMOTE, 7001, 0);
	send_out(IPPROTO_UDP, 5000, REMOTE2, 7001, 20 * NS_PER_S);
	assert_int_equal(send_in(IPPROTO_UDP, REMOTE, 7001, port, 31 * NS_PER_S), 0);
	assert_int_equal(send_in(IPPROTO_UDP, REMOTE2, 7001, port, 31 * NS_PER_S), 5000);
}

static void test_protocols_have_mappings_and_times_of_their_own(void **state)
{
	uint16_t udp, tcp;

	use(NAT_INDEPENDENT, NAT_INDEPENDENT);
	udp = send_out(IPPROTO_UDP, 5000, REMOTE, 80, 0);
	tcp = send_out(IPPROTO_TCP, 5000, REMOTE, 80, 0);
	assert_int_equal(send_in(IPPROTO_TCP, REMOTE, 80, tcp, NS_PER_S), 5000);
	assert_int_equal(send_in(IPPROTO_TCP, REMOTE, 80, udp, NS_PER_S), 0);
	assert_int_equal(send_in(IPPROTO_UDP, REMOTE, 80, udp, 60 * NS_PER_S), 0);
	assert_int_equal(send_in(IPPROTO_TCP, REMOTE, 80, tcp, 60 * NS_PER_S), 5000);
}

static void test_rebinding_gives_all_mappings_other_ports(void **state)
{
	uint16_t old[20], new;

	use(NAT_INDEPENDENT, NAT_INDEPENDENT);
	for (uint16_t i = 0; i < 20; i++)
		old[i] = send_out(IPPROTO_UDP, 5000 + i, REMOTE, 7001, 0);
	nat_rebind(&nat);
	for (uint16_t i = 0; i < 20; i++) {
		assert_int_equal(send_in(IPPROTO_UDP, REMOTE, 7001, old[i], 1), 0);
		new = send_out(IPPROTO_UDP, 5000 + i, REMOTE, 7001, 2);
		assert_int_not_equal(new, old[i]);
		assert_int_equal(send_in(IPPROTO_UDP, REMOTE, 7001, new, 3), 5000 + i);
	}
}

static void test_echo_has_its_identifier_for_a_port(void **state)
{
	struct test_frame made;
	struct frame frame;
	uint16_t identifier;

	use(NAT_INDEPENDENT, NAT_ADDRESS);
	test_frame_echo(&made, 8, INSIDE, REMOTE, 77);
	frame_parse(&frame, made.octets, made.len);
	assert_true(nat_outward(&nat, &frame, 0));
	assert_true(test_frame_is_sound(&made));
	identifier = octets_u16(made.octets + FRAME_HEADER + 24);

	test_frame_echo(&made, 0, REMOTE, OUTSIDE, identifier);
	frame_parse(&frame, made.octets, made.len);
	assert_true(nat_inward(&nat, &frame, 1));
	assert_true(test_frame_is_sound(&made));
	assert_int_equal(octets_u16(made.octets + FRAME_HEADER + 24), 77);

	test_frame_echo(&made, 8, REMOTE, OUTSIDE, identifier);
	frame_parse(&frame, made.octets, made.len);
	assert_false(nat_inward(&nat, &frame, 1));
}

static void test_what_has_no_ports_is_refused(void **state)
{
	struct test_frame made;
	struct frame frame;

	use(NAT_INDEPENDENT, NAT_INDEPENDENT);
	test_frame_ipv4(&made, IPPROTO_GRE, INSIDE, REMOTE, 40);
	frame_parse(&frame, made.octets, made.len);
	assert_false(nat_outward(&nat, &frame, 0));
	test_frame_ports(&made, IPPROTO_UDP, INSIDE, 1, REMOTE, 2, 40);
	octets_set_u16(made.octets + FRAME_HEADER + 6, 0x2000);
	frame_parse(&frame, made.octets, made.len);
	assert_false(nat_outward(&nat, &frame, 0));
}

static void test_a_datagram_without_checksum_stays_without(void **state)
{
	struct test_frame made;
	struct frame frame;

	use(NAT_INDEPENDENT, NAT_INDEPENDENT);
	test_frame_ports(&made, IPPROTO_UDP, INSIDE, 5000, REMOTE, 7001, 40);
	octets_set_u16(made.octets + FRAME_HEADER + 26, 0);
	frame_parse(&frame, made.octets, made.len);
	assert_true(nat_outward(&nat, &frame, 0));
	assert_int_equal(octets_u16(made.octets + FRAME_HEADER + 26), 0);
}

static void test_mappings_are_bounded(void **state)
{
	use(NAT_INDEPENDENT, NAT_INDEPENDENT);
	for (unsigned i = 0; i < NAT_MAPPINGS_MAX; i++)
		assert_int_not_equal(send_out(IPPROTO_UDP, (uint16_t)(i + 1), REMOTE, 7, 0), 0);
	assert_int_equal(send_out(IPPROTO_UDP, 60000, REMOTE, 7, 1), 0);
	assert_int_not_equal(send_out(IPPROTO_UDP, 60000, REMOTE, 7, 31 * NS_PER_S), 0);
}

static void test_it_answers_arp_for_its_address_only(void **state)
{
	static const uint8_t request[] =
		"\xff\xff\xff\xff\xff\xff\2bbbbb\x08\x06"
		"\0\1\x08\0\6\4\0\1\2bbbbb\xc0\0\2\1\0\0\0\0\0\0\xc6\x33\x64\7";
	static const uint8_t answer[] = "\2bbbbb\2nnnnn\x08\x06"
					"\0\1\x08\0\6\4\0\2\2nnnnn\xc6\x33\x64\7\2bbbbb\xc0\0\2\1";
	uint8_t octets[42];
	struct frame frame;

	use(NAT_INDEPENDENT, NAT_INDEPENDENT);
	memcpy(octets, request, sizeof(octets));
	octets[41]++;
	frame_parse(&frame, octets, sizeof(octets));
	assert_false(nat_answers_arp(&nat, &frame));
	octets[41]--;
	assert_true(nat_answers_arp(&nat, &frame));
	assert_memory_equal(octets, answer, sizeof(octets));
	assert_false(nat_answers_arp(&nat, &frame));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mapping_kinds),
		TEST(test_filtering_kinds),
		TEST(test_a_mapping_ends_after_its_time_unused_from_inside),
		TEST(test_permission_to_answer_ends_as_well),
		TEST(test_protocols_have_mappings_and_times_of_their_own),
		TEST(test_rebinding_gives_all_mappings_other_ports),
		TEST(test_echo_has_its_identifier_for_a_port),
		TEST(test_what_has_no_ports_is_refused),
		TEST(test_a_datagram_without_checksum_stays_without),
		TEST(test_mappings_are_bounded),
		TEST(test_it_answers_arp_for_its_address_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
