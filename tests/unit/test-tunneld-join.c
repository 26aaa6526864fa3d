/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets from a tunnel, joined: only where cutting them again gives what there was. */
#include "tests/support/packets.h"
#include "tests/support/unit.h"
#include "tunneld/join.h"

#define ACK  0x10
#define PSH  0x08
#define SYN  0x02
#define FIN  0x01
#define RST  0x04
#define URG  0x20
#define ECE  0x40
#define CWR  0x80
#define SIZE 1000
#define ROOM 2000

static struct join join;
static uint8_t packets[80][ROOM];
static size_t n_packets;

static int begin(void **state)
{
	join = (struct join) { .tcp = true, .udp = true };
	n_packets = 0;
	return 0;
}

static struct packets_flow flow_of(uint8_t family, uint8_t protocol, uint8_t host)
{
	return (struct packets_flow) {
		.family = family, .protocol = protocol, .host = host, .ident = 7, .sequence = 100
	};
}

static uint8_t *next(struct packets_flow *flow, uint32_t payload, uint8_t flags)
{
	packets_next(flow, packets[n_packets], payload, flags);
	return packets[n_packets++];
}

static void add(uint8_t *packet)
{
	struct inner in;

	assert_true(inner_parse(packet, ROOM, &in));
	assert_true(join_has_room(&join));
	join_add(&join, packet, &in);
}

static void test_a_run_becomes_one(void **state)
{
	static const uint8_t families[] = { MIPM_IPV4, MIPM_IPV6 };
	static const uint8_t protocols[] = { INNER_TCP, INNER_UDP };

	for (size_t i = 0; i < 4; i++) {
		struct packets_flow flow = flow_of(families[i % 2], protocols[i / 2], 5);
		const struct join_item *item = &join.items[0];
		uint32_t header_len = packets_header_len(&flow);

		begin(state);
		for (int k = 0; k < 5; k++)
			add(next(&flow, SIZE, ACK));
		add(next(&flow, 10, ACK | PSH));
		join_finish(&join);
		assert_int_equal(join.n, 1);
		assert_int_equal(join.n_joined, 5);
		assert_int_equal(item->n_iov, 7);
		assert_int_equal(item->n, 6);
		assert_int_equal(item->len, header_len + 5 * SIZE + 10);
		assert_int_equal(item->how.gso_size, SIZE);
		assert_int_equal(item->how.hdr_len, header_len);
		assert_int_equal(item->how.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
		assert_ptr_equal(item->iov[1].iov_base, packets[0]);
		assert_int_equal(item->iov[1].iov_len, header_len + SIZE);
		assert_ptr_equal(item->iov[6].iov_base, packets[5] + header_len);
		assert_int_equal(item->iov[6].iov_len, 10);
		if (protocols[i / 2] == INNER_TCP)
			assert_true(packets[0][item->in.header_len + 13] & PSH);
	}
}

static void test_flows_mix_and_stay_in_order(void **state)
{
	struct packets_flow a = flow_of(MIPM_IPV4, INNER_TCP, 1),
			    b = flow_of(MIPM_IPV4, INNER_TCP, 2);

	for (int k = 0; k < 4; k++) {
		add(next(&a, SIZE, ACK));
		add(next(&b, SIZE, ACK));
	}
	assert_int_equal(join.n, 2);
	a.sequence += 5; /* a hole: a new one begins, and nothing is added to the old one */
	add(next(&a, SIZE, ACK));
	add(next(&a, SIZE, ACK));
	assert_int_equal(join.n, 3);
	assert_int_equal(join.items[0].n, 4);
	assert_int_equal(join.items[2].n, 2);
}

/* Each changes the second of two packets that would be joined. */
static void test_what_differs_is_not_joined(void **state)
{
	static const struct {
		const char *what;
		uint8_t protocol;
		int at; /* octet of the packet */
		uint8_t flip;
	} rows[] = {
		{ "type of service", INNER_TCP, 1, 0x20 },
		{ "identification", INNER_TCP, 5, 0x40 },
		{ "DF", INNER_TCP, 6, 0x40 },
		{ "time to live", INNER_TCP, 8, 1 },
		{ "source", INNER_TCP, 15, 3 },
		{ "destination", INNER_TCP, 19, 1 },
		{ "source port", INNER_TCP, 21, 1 },
		{ "destination port", INNER_TCP, 23, 1 },
		{ "sequence number", INNER_TCP, 27, 1 },
		{ "acknowledgement", INNER_TCP, 31, 1 },
		{ "SYN", INNER_TCP, 33, SYN },
		{ "RST", INNER_TCP, 33, RST },
		{ "URG", INNER_TCP, 33, URG },
		{ "ECE", INNER_TCP, 33, ECE },
		{ "CWR", INNER_TCP, 33, CWR },
		{ "no ACK", INNER_TCP, 33, ACK },
		{ "window", INNER_TCP, 35, 1 },
		{ "urgent pointer", INNER_TCP, 39, 1 },
		{ "time stamp", INNER_TCP, 47, 1 },
		{ "UDP source port", INNER_UDP, 21, 1 },
		{ "UDP time to live", INNER_UDP, 8, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct packets_flow flow = flow_of(MIPM_IPV4, rows[i].protocol, 5);
		uint8_t *second;

		begin(state);
		add(next(&flow, SIZE, ACK));
		second = next(&flow, SIZE, ACK);
		second[rows[i].at] ^= rows[i].flip;
		packets_seal(second, ROOM);
		add(second);
		if (join.n != 2)
			fail_msg("joined in spite of another %s", rows[i].what);
	}
}

static void test_wrong_checksums_are_left_as_they_are(void **state)
{
	static const int octets[] = { 500, 11, 37 }; /* payload; checksums of IP and TCP */

	for (int i = 0; i < 6; i++) {
		struct packets_flow flow = flow_of(MIPM_IPV4, INNER_TCP, 5);

		begin(state);
		next(&flow, SIZE, ACK);
		next(&flow, SIZE, ACK);
		packets[i % 2][octets[i / 2]] ^= 1;
		add(packets[0]);
		add(packets[1]);
		join_finish(&join);
		assert_int_equal(join.n, 2);
		assert_int_equal(join.items[0].how.flags, 0);
	}
}

/* After it nothing may be added. */
static void test_ends(void **state)
{
	static const struct {
		uint32_t payload;
		uint8_t flags;
	} ends[] = { { SIZE, ACK | PSH }, { SIZE, ACK | FIN }, { SIZE - 1, ACK } };

	for (size_t i = 0; i < 3; i++) {
		struct packets_flow flow = flow_of(MIPM_IPV4, INNER_TCP, 5);

		begin(state);
		add(next(&flow, SIZE, ACK));
		add(next(&flow, ends[i].payload, ends[i].flags));
		add(next(&flow, SIZE, ACK));
		assert_int_equal(join.n, 2);
		assert_int_equal(join.items[0].n, 2);
	}
}

static void test_longer_one_is_not_added(void **state)
{
	struct packets_flow flow = flow_of(MIPM_IPV4, INNER_UDP, 5);

	add(next(&flow, SIZE, 0));
	add(next(&flow, SIZE + 1, 0));
	assert_int_equal(join.n, 2);
}

static void test_bounds(void **state)
{
	struct packets_flow flow = flow_of(MIPM_IPV4, INNER_UDP, 5);

	for (int i = 0; i < 70; i++)
		add(next(&flow, 100, 0));
	assert_int_equal(join.n, 2);
	assert_int_equal(join.items[0].n, JOIN_SEGMENTS);
	begin(state);
	flow = flow_of(MIPM_IPV4, INNER_TCP, 5);
	for (int i = 0; i < 50; i++)
		add(next(&flow, 1400, ACK));
	assert_int_equal(join.n, 2);
	assert_true(join.items[0].len <= 65535);
}

/* A fragment may belong to any flow: nothing that comes later overtakes it. */
static void test_fragments_close_what_is_open(void **state)
{
	struct packets_flow flow = flow_of(MIPM_IPV4, INNER_UDP, 5), other = flow;
	uint8_t *fragment;

	add(next(&flow, SIZE, 0));
	fragment = next(&other, SIZE, 0);
	fragment[6] = 0x20;
	packets_seal(fragment, ROOM);
	add(fragment);
	add(next(&flow, SIZE, 0));
	assert_int_equal(join.n, 3);
}

static void test_udp_only_where_the_device_takes_it(void **state)
{
	struct packets_flow flow = flow_of(MIPM_IPV4, INNER_UDP, 5);

	join.udp = false;
	add(next(&flow, SIZE, 0));
	add(next(&flow, SIZE, 0));
	assert_int_equal(join.n, 2);
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_run_becomes_one),
		TEST(test_flows_mix_and_stay_in_order),
		TEST(test_what_differs_is_not_joined),
		TEST(test_wrong_checksums_are_left_as_they_are),
		TEST(test_ends),
		TEST(test_longer_one_is_not_added),
		TEST(test_bounds),
		TEST(test_fragments_close_what_is_open),
		TEST(test_udp_only_where_the_device_takes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
