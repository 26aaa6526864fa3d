/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

#include <errno.h>

#include "base/addr.h"
#include "libmip/mac.h"
#include "libmip/message.h"

struct subject {
	struct mac *mac;
	struct mip_sa *sa;
	struct mip_request request;
	struct wire wire;
};

static int setup(void **state)
{
	static struct subject s;
	uint8_t key[32] = { 1 };
	struct mip_exts *ext = &s.request.ext;

	memset(&s, 0, sizeof(s));
	assert_int_equal(mac_new(4, &s.mac), 0);
	assert_int_equal(sa_new(1007, MIP_HMAC_SHA256, key, sizeof(key), &s.sa), 0);
	s.request = (struct mip_request) {
		.flags = MIP_FLAG_D | MIP_FLAG_T,
		.lifetime = 300,
		.home_addr = addr_from_v4(0x0ac80007),
		.home_agent = addr_from_v4(0xcb007101),
		.careof_addr = addr_from_v4(0xc633644d),
		.ident = 0xe9dcad4001020304,
	};
	ext->nai = (struct mipm_str) { "site7", 5 };
	ext->udp_tunnel_request.present = ext->udp_tunnel_request.force = true;
	ext->n_network_requests = 1;
	ext->network_requests[0].addr = addr_from_v4(0xc0a84d00);
	ext->network_requests[0].len = 24;
	ext->n_flows = 1;
	ext->flows[0] = (struct mip_flow) { .action = 1, .n_bids = 1, .catch_all = true };
	ext->caps.present = true;
	assert_int_equal(mip_request_build(&s.request, s.mac, s.sa, s.wire.octets,
				 sizeof(s.wire.octets), &s.wire.len),
		0);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct subject *s = *state;

	sa_free(s->sa);
	mac_free(s->mac);
	return 0;
}

static bool is_accepted(const struct subject *s, struct mipm_span datagram)
{
	static struct mip_message message;
	const struct mip_exts *ext = &message.request.ext;

	if (mip_message_parse(datagram, &message) != MIP_VERDICT_OK)
		return false;
	if (message.type == MIP_REGISTRATION_REPLY)
		ext = &message.reply.ext;
	return mac_verify(s->mac, s->sa, datagram, &ext->mn_ha) == 0;
}

static void test_a_sealed_request_is_accepted(void **state)
{
	struct subject *s = *state;

	assert_true(is_accepted(s, wire_span(&s->wire)));
}

static void test_every_truncation_is_refused(void **state)
{
	struct subject *s = *state;
	struct wire cut;

	for (size_t len = 0; len < s->wire.len; len++) {
		uint8_t *exact = malloc(len ? len : 1);

		/* an allocation of just this size, so that the sanitizer sees one octet more */
		cut = s->wire;
		memcpy(exact, cut.octets, len);
		assert_false(is_accepted(s, (struct mipm_span) { exact, (uint32_t)len }));
		free(exact);
	}
}

static void test_every_flipped_bit_is_refused(void **state)
{
	struct subject *s = *state;

	for (size_t bit = 0; bit < 8 * s->wire.len; bit++) {
		s->wire.octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(is_accepted(s, wire_span(&s->wire)));
		s->wire.octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(is_accepted(s, wire_span(&s->wire)));
}

static void test_what_follows_the_authenticator_is_not_covered(void **state)
{
	struct subject *s = *state;

	wire_add(&s->wire, "c8 00");
	assert_true(is_accepted(s, wire_span(&s->wire)));
}

static void test_r_and_x_are_ignored_and_never_sent(void **state)
{
	struct subject *s = *state;
	struct mip_request parsed;
	uint8_t buf[300];
	size_t len;

	s->wire.octets[1] = 0xff;
	assert_int_equal(mip_request_parse(wire_span(&s->wire), &parsed), 0);
	assert_int_equal(parsed.flags, 0xfa);
	s->request.flags = 0xff;
	assert_int_equal(mip_request_build(&s->request, s->mac, s->sa, buf, sizeof(buf), &len), 0);
	assert_int_equal(buf[1], 0xfa);
}

static void test_shorter_than_the_fixed_part_is_too_short(void **state)
{
	struct mip_request request;
	struct mip_reply reply;
	struct wire wire = { .len = 0 };

	wire_add(&wire, WIRE_REQUEST);
	for (uint32_t len = 0; len < 24; len++)
		assert_int_equal(
			mip_request_parse((struct mipm_span) { wire.octets, len }, &request),
			MIP_VERDICT_TOO_SHORT);
	assert_int_equal(mip_request_parse(wire_span(&wire), &request), 0);
	wire_set(&wire, WIRE_REPLY);
	for (uint32_t len = 0; len < 20; len++)
		assert_int_equal(mip_reply_parse((struct mipm_span) { wire.octets, len }, &reply),
			MIP_VERDICT_TOO_SHORT);
	assert_int_equal(mip_reply_parse(wire_span(&wire), &reply), 0);
}

static void test_a_failed_read_leaves_zeros(void **state)
{
	struct mip_request request;
	struct wire wire = { .len = 0 };

	memset(&request, 0xff, sizeof(request));
	wire_add(&wire, "01 22 01");
	assert_int_equal(mip_request_parse(wire_span(&wire), &request), MIP_VERDICT_TOO_SHORT);
	assert_int_equal(request.lifetime, 0);
	assert_int_equal(request.ident, 0);
	assert_int_equal(request.ext.n_exts, 0);
}

static void test_the_other_type_is_refused(void **state)
{
	struct subject *s = *state;
	struct mip_reply reply;

	assert_int_equal(mip_reply_parse(wire_span(&s->wire), &reply), MIP_VERDICT_UNKNOWN_TYPE);
}

static void test_a_datagram_longer_than_any_message_is_refused(void **state)
{
	static uint8_t octets[MIP_MESSAGE_MAX + 1] = { MIP_REGISTRATION_REQUEST };
	struct mip_request request;

	assert_int_equal(mip_request_parse((struct mipm_span) { octets, sizeof(octets) }, &request),
		MIP_VERDICT_TOO_LONG);
	assert_int_equal(
		mip_request_parse((struct mipm_span) { octets, sizeof(octets) - 1 }, &request), 0);
}

static void test_a_buffer_that_is_too_small_is_never_overrun(void **state)
{
	struct subject *s = *state;
	size_t len;

	for (size_t size = 0; size < s->wire.len; size++) {
		uint8_t *exact = malloc(size ? size : 1);

		assert_int_equal(mip_request_build(&s->request, s->mac, s->sa, exact, size, &len),
			-EMSGSIZE);
		free(exact);
	}
}

static void test_ipv6_has_no_place_in_a_request(void **state)
{
	struct subject *s = *state;
	uint8_t buf[300];
	size_t len;

	addr_parse("2001:db8::1", &s->request.careof_addr);
	assert_int_equal(
		mip_request_build(&s->request, s->mac, s->sa, buf, sizeof(buf), &len), -EMSGSIZE);
}

static void test_only_faults_of_known_senders_may_be_denied(void **state)
{
	assert_true(mip_verdict_is_deniable(MIP_VERDICT_MALFORMED));
	assert_true(mip_verdict_is_deniable(MIP_VERDICT_TOO_MANY));
	assert_true(mip_verdict_is_deniable(MIP_VERDICT_DUPLICATE_EXT));
	assert_false(mip_verdict_is_deniable(MIP_VERDICT_TOO_SHORT));
	assert_false(mip_verdict_is_deniable(MIP_VERDICT_UNKNOWN_TYPE));
	assert_false(mip_verdict_is_deniable(MIP_VERDICT_UNKNOWN_EXT));
	for (unsigned i = 0; i <= MIP_VERDICT_LAST; i++)
		assert_string_not_equal(mip_verdict_name((enum mip_verdict)i), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_sealed_request_is_accepted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_truncation_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_flipped_bit_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_follows_the_authenticator_is_not_covered, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_r_and_x_are_ignored_and_never_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_shorter_than_the_fixed_part_is_too_short, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_failed_read_leaves_zeros, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_other_type_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_datagram_longer_than_any_message_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_buffer_that_is_too_small_is_never_overrun, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_ipv6_has_no_place_in_a_request, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_only_faults_of_known_senders_may_be_denied, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
