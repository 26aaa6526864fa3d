/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is answered at all, and what a wrong authenticator gets. RFC 5944 3.8.2.1, THREATS T2-T4. */
#include "tests/unit/had-kit.h"

static size_t build(struct kit *k, const struct mip_request *request, uint32_t spi, uint8_t *octets)
{
	size_t len;

	assert_int_equal(mip_request_build(request, k->mac, spi ? kit_sa(k, spi) : NULL, octets,
				 MIP_MESSAGE_MAX, &len),
		0);
	return len;
}

static void expect_silence(struct kit *k, enum counter counter)
{
	assert_int_equal(k->n_events, 0);
	assert_int_equal(kit_counter(k, counter), 1);
	for (size_t i = 0; i < k->conf->n_routers; i++)
		assert_null(k->had->bindings[i]);
}

static void test_without_authentication_there_is_silence(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");
	uint8_t octets[MIP_MESSAGE_MAX];

	kit_octets(k, octets, build(k, &request, 0, octets), HERE);
	expect_silence(k, COUNT_NO_AUTHENTICATION);
}

static void test_unknown_spi_gets_silence_and_a_line(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const uint8_t key[32] = { 1 };
	struct mip_sa *sa;

	assert_int_equal(sa_new(4711, MIP_HMAC_SHA256, key, sizeof(key), &sa), 0);
	assert_int_equal(sa_set_add(&k->sas, sa), 0);
	assert_int_equal(kit_code(k, &request, "site7", HERE), 0);
	kit_clear(k);
	request = kit_request(k, "site7");
	assert_null(kit_send_as(k, &request, 4711, HERE));
	assert_int_equal(k->n_events, 0);
	assert_int_equal(kit_counter(k, COUNT_UNKNOWN_SPI), 1);
	assert_true(kit_logged(k, "spi 4711: unknown-spi"));
}

static void test_association_of_another_router_is_no_association(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");

	assert_null(kit_send_as(k, &request, 1008, HERE));
	expect_silence(k, COUNT_UNKNOWN_IDENTITY);
}

static void test_home_address_of_another_without_nai_is_no_association(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");

	request.home_addr = ip("10.200.0.8");
	request.ext.nai.len = 0;
	assert_null(kit_send_as(k, &request, 1007, HERE));
	expect_silence(k, COUNT_UNKNOWN_IDENTITY);
}

static void test_no_home_address_and_no_nai_is_nobody(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site8");

	request.ext.nai.len = 0;
	assert_null(kit_send_as(k, &request, 1008, HERE));
	expect_silence(k, COUNT_UNKNOWN_IDENTITY);
}

static void test_home_address_alone_identifies(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	struct mipm_addr given;

	request.ext.nai.len = 0;
	assert_int_equal(kit_code(k, &request, "site7", HERE), 0);
	request = kit_request(k, "site8");
	given = kit_send(k, &request, "site8", HERE)->home_addr;
	request = kit_request(k, "site8");
	request.ext.nai.len = 0;
	request.home_addr = given;
	assert_int_equal(kit_code(k, &request, "site8", HERE), 0);
}

static void test_wrong_authenticator_gets_131_and_changes_nothing(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");
	uint8_t octets[MIP_MESSAGE_MAX];
	size_t len = build(k, &request, 1007, octets);
	const struct mip_reply *reply;

	octets[len - 1] ^= 1;
	kit_octets(k, octets, len, HERE);
	reply = kit_reply(k, 1007);
	assert_int_equal(reply->code, MIP_CODE_MN_FAILED_AUTHENTICATION);
	assert_true((uint32_t)reply->ident == (uint32_t)request.ident);
	assert_true(kit_last(k, MIPM_SIG_OUT)->sig.payload.len <= len);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
	assert_null(k->had->bindings[0]);
	assert_true(kit_logged(k, "registration denied: site7 home 10.200.0.7"));
	octets[len - 1] ^= 1;
	kit_octets(k, octets, len, HERE);
	assert_int_equal(kit_reply(k, 1007)->code, 0); /* it was not seen before */
}

static void test_every_bit_counts(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");
	uint8_t octets[MIP_MESSAGE_MAX];
	size_t len = build(k, &request, 1007, octets);

	for (size_t i = 0; i < len * 8; i++) {
		octets[i / 8] ^= (uint8_t)(1 << i % 8);
		kit_octets(k, octets, len, HERE);
		octets[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
		assert_null(k->had->bindings[0]);
		kit_clear(k);
	}
	kit_octets(k, octets, len, HERE);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 1);
}

static void test_131_is_said_ten_times_a_second_at_most(void **state)
{
	struct kit *k = *state;
	uint8_t octets[MIP_MESSAGE_MAX];

	for (unsigned i = 0; i < 50; i++) {
		const struct mip_request request = kit_request(k, "site7");
		size_t len = build(k, &request, 1007, octets);

		octets[len - 1] ^= 1;
		kit_octets(k, octets, len, HERE);
	}
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 10);
	assert_int_equal(kit_counter(k, COUNT_AUTHENTICATION_FAILED), 50);
	assert_int_equal(k->had->counters.codes[131], 10);
	kit_register(k, "site7"); /* nobody else suffers */
}

static void test_cut_digest_is_wrong_and_never_gets_more_than_it_sent(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");
	uint8_t octets[MIP_MESSAGE_MAX];
	size_t len = build(k, &request, 1007, octets), auth = len - 32 - 6;

	for (unsigned cut = 1; cut <= 32; cut++) {
		octets[auth + 1] = (uint8_t)(4 + 32 - cut);
		kit_octets(k, octets, len - cut, HERE);
		k->now += S;
	}
	for (size_t i = 0; i < k->n_events; i++)
		assert_true(k->events[i].sig.payload.len <= len - 1 - i);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
	assert_int_equal(kit_counter(k, COUNT_NO_REPLY_BUILT) + kit_count(k, MIPM_SIG_OUT), 32);
	assert_true(kit_counter(k, COUNT_NO_REPLY_BUILT) > 0);
}

static void test_unknown_extension_below_128_gets_silence(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");
	uint8_t octets[MIP_MESSAGE_MAX];
	size_t len = build(k, &request, 1007, octets);

	octets[len++] = 100;
	octets[len++] = 0;
	kit_octets(k, octets, len, HERE);
	expect_silence(k, COUNT_UNKNOWN_EXTENSION);
}

static void test_unknown_extension_from_128_is_skipped(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");
	uint8_t octets[MIP_MESSAGE_MAX];
	size_t len = build(k, &request, 1007, octets);

	octets[len++] = 200;
	octets[len++] = 0;
	kit_octets(k, octets, len, HERE);
	assert_int_equal(kit_reply(k, 1007)->code, 0);
}

static void test_truncations_get_silence_or_131(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");
	uint8_t octets[MIP_MESSAGE_MAX];
	size_t len = build(k, &request, 1007, octets);

	for (size_t n = 1; n < len; n++)
		kit_octets(k, octets, n, HERE);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 0);
	assert_null(k->had->bindings[0]);
}

static void test_what_is_no_request_is_counted(void **state)
{
	struct kit *k = *state;
	const uint8_t revocation[20] = { 7 };

	kit_octets(k, revocation, sizeof(revocation), HERE);
	kit_octets(k, revocation, 0, HERE);
	assert_int_equal(k->n_events, 0);
	assert_int_equal(kit_counter(k, COUNT_NOT_A_REQUEST), 2);
}

static void test_strangers_are_not_remembered_and_lines_are_limited(void **state)
{
	struct kit *k = *state;
	uint8_t octets[MIP_MESSAGE_MAX];
	struct mip_request request = kit_request(k, "site7");
	size_t len = build(k, &request, 1007, octets);
	const uint32_t spi_at = (uint32_t)len - 32 - 4;
	unsigned n_lines = 0;

	for (unsigned i = 0; i < 10000; i++) {
		octets[spi_at] = 9;
		octets[spi_at + 2] = (uint8_t)(i >> 8);
		octets[spi_at + 3] = (uint8_t)i;
		kit_octets(k, octets, len, HERE);
	}
	for (const char *at_line = k->lines; (at_line = strchr(at_line, '\n')); at_line++)
		n_lines++;
	assert_in_range(n_lines, 1, 21);
	assert_int_equal(kit_counter(k, COUNT_UNKNOWN_SPI), 10000);
	assert_int_equal(k->n_events, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(test_without_authentication_there_is_silence),
		KIT_TEST(test_unknown_spi_gets_silence_and_a_line),
		KIT_TEST(test_association_of_another_router_is_no_association),
		KIT_TEST(test_home_address_of_another_without_nai_is_no_association),
		KIT_TEST(test_no_home_address_and_no_nai_is_nobody),
		KIT_TEST(test_home_address_alone_identifies),
		KIT_TEST(test_wrong_authenticator_gets_131_and_changes_nothing),
		KIT_TEST(test_every_bit_counts),
		KIT_TEST(test_131_is_said_ten_times_a_second_at_most),
		KIT_TEST(test_cut_digest_is_wrong_and_never_gets_more_than_it_sent),
		KIT_TEST(test_unknown_extension_below_128_gets_silence),
		KIT_TEST(test_unknown_extension_from_128_is_skipped),
		KIT_TEST(test_truncations_get_silence_or_131),
		KIT_TEST(test_what_is_no_request_is_counted),
		KIT_TEST(test_strangers_are_not_remembered_and_lines_are_limited),
	};

	return cmocka_run_group_tests_name("had-step-auth", tests, NULL, NULL);
}
