/* SPDX-License-Identifier: BSD-2-Clause */
/* Freshness, duplicates, and what a clock may do. RFC 5944 5.7, THREATS T3, T19. */
#include "tests/unit/had-kit.h"

static void again(struct kit *k, const char *from)
{
	uint8_t octets[MIP_MESSAGE_MAX];

	memcpy(octets, k->sent, k->sent_len);
	kit_octets(k, octets, k->sent_len, from);
}

static int code_at_skew(struct kit *k, int64_t skew_ms)
{
	struct mip_request request = kit_request(k, "site7");

	request.ident = replay_timestamp(
		k->now + KIT_WALL + (uint64_t)(skew_ms * (int64_t)MS)); /* wraps as it should */
	return kit_code(k, &request, "site7", HERE);
}

static void test_tolerance_is_seven_seconds_both_ways(void **state)
{
	struct kit *k = *state;

	k->now += 60 * S;
	assert_int_equal(code_at_skew(k, -7001), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at_skew(k, 7001), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at_skew(k, -6999), 0);
	assert_int_equal(code_at_skew(k, 6999), 0);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 2);
}

static void test_133_carries_our_time_and_their_low_half(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;

	request.ident = UINT64_C(0x1234567800000042);
	reply = kit_send(k, &request, "site7", HERE);
	assert_int_equal(reply->code, MIP_CODE_IDENT_MISMATCH);
	assert_int_equal((uint32_t)reply->ident, 0x42);
	assert_int_equal(reply->ident >> 32, kit_stamp(k) >> 32);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
	assert_true(kit_logged(k, "code 133"));
}

static void test_older_than_the_last_accepted_is_133(void **state)
{
	struct kit *k = *state;
	struct mip_request early = kit_request(k, "site7"), late = kit_request(k, "site7");

	assert_int_equal(kit_code(k, &late, "site7", HERE), 0);
	assert_int_equal(kit_code(k, &early, "site7", HERE), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 1);
}

static void test_duplicate_gets_the_stored_reply_once_a_second(void **state)
{
	struct kit *k = *state;
	uint8_t first[1024];
	const struct kit_event *event;

	kit_register(k, "site7");
	event = kit_last(k, MIPM_SIG_OUT);
	memcpy(first, event->payload, sizeof(first));
	again(k, HERE);
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 1);
	assert_int_equal(kit_counter(k, COUNT_DUPLICATE_TOO_SOON), 1);
	k->now += S;
	again(k, HERE);
	again(k, HERE);
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 2);
	assert_memory_equal(kit_last(k, MIPM_SIG_OUT)->payload, first, sizeof(first));
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 1); /* never a fresh lifetime */
	assert_int_equal(kit_counter(k, COUNT_REPEATED), 1);
}

static void test_duplicate_from_elsewhere_is_dropped(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	k->now += 2 * S;
	again(k, "198.51.100.8:434");
	again(k, "198.51.100.7:435");
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 1);
	assert_int_equal(kit_counter(k, COUNT_DUPLICATE_ELSEWHERE), 2);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 1);
}

static void test_same_identification_with_other_content_is_133(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");

	assert_int_equal(kit_code(k, &request, "site7", HERE), 0);
	request.careof_addr = ip("198.51.100.99");
	assert_int_equal(kit_code(k, &request, "site7", HERE), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 1);
}

static void test_refused_request_cannot_be_used_again(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");

	request.home_agent = ip("203.0.113.99");
	assert_int_equal(kit_code(k, &request, "site7", HERE), MIP_CODE_UNKNOWN_HOME_AGENT);
	again(k, "192.0.2.66:434");
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 1);
	k->now += S;
	again(k, HERE);
	assert_int_equal(kit_reply(k, 1007)->code, MIP_CODE_UNKNOWN_HOME_AGENT);
	assert_int_equal(kit_counter(k, COUNT_REPEATED), 1);
}

static void test_stored_reply_is_forgotten_and_then_it_is_a_replay(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	kit_pass(k, 11 * S);
	assert_int_equal(k->had->repeats.n_links, 0);
	again(k, HERE);
	assert_int_equal(kit_reply(k, 1007)->code, MIP_CODE_IDENT_MISMATCH);
}

static void test_duplicate_of_an_older_path_is_still_known(void **state)
{
	struct kit *k = *state;
	struct mip_request one = kit_request(k, "site7"), two = kit_request(k, "site7");

	kit_multipath(&one, 1);
	kit_multipath(&two, 2);
	assert_int_equal(kit_code(k, &one, "site7", HERE), 0);
	assert_int_equal(kit_code(k, &two, "site7", "192.0.2.5:434"), 0);
	k->now += S;
	assert_int_equal(kit_code(k, &one, "site7", HERE), 0);
	assert_int_equal(kit_counter(k, COUNT_REPEATED), 1);
}

static void test_stamp_of_before_our_start_is_133_without_a_store(void **state)
{
	struct kit *k = *state;

	assert_int_equal(code_at_skew(k, -1500), MIP_CODE_IDENT_MISMATCH);
	k->now += S;
	assert_int_equal(code_at_skew(k, -1500), 0);
}

static void test_era_of_2036_ends_without_notice(void **state)
{
	struct kit *k = kit_new();
	unsigned i;

	/* 2036-02-07 06:28:16 UTC is 2085978496 s; we start 5 s before */
	k->env.wall_offset = UINT64_C(2085978491) * S - k->now;
	kit_start(k);
	for (i = 0; i < 10; i++) {
		const struct mip_request request = kit_request(k, "site7");

		assert_int_equal(kit_code(k, &request, "site7", HERE), 0);
		k->now += S;
	}
	assert_true(kit_stamp(k) >> 32 < 100);
	kit_free(k);
}

static struct kit *nonce_kit(void)
{
	struct kit *k = kit_new();

	k->conf = kit_conf();
	sa_find(&k->conf->sas, 1007)->replay = REPLAY_NONCES;
	kit_checked(k->conf);
	kit_start(k);
	return k;
}

static void test_nonces_are_learned_from_the_refusal(void **state)
{
	struct kit *k = nonce_kit();
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;

	request.ident = 0x42;
	reply = kit_send(k, &request, "site7", HERE);
	assert_int_equal(reply->code, MIP_CODE_IDENT_MISMATCH);
	assert_int_equal((uint32_t)reply->ident, 0x42);
	for (unsigned i = 0; i < 3; i++) {
		request.ident = (reply->ident & ~UINT64_C(0xffffffff)) | (0x50 + i);
		reply = kit_send(k, &request, "site7", HERE);
		assert_int_equal(reply->code, 0);
	}
	request.ident ^= 0x100; /* the nonce before */
	assert_int_equal(kit_code(k, &request, "site7", HERE), MIP_CODE_IDENT_MISMATCH);
	kit_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(test_tolerance_is_seven_seconds_both_ways),
		KIT_TEST(test_133_carries_our_time_and_their_low_half),
		KIT_TEST(test_older_than_the_last_accepted_is_133),
		KIT_TEST(test_duplicate_gets_the_stored_reply_once_a_second),
		KIT_TEST(test_duplicate_from_elsewhere_is_dropped),
		KIT_TEST(test_same_identification_with_other_content_is_133),
		KIT_TEST(test_refused_request_cannot_be_used_again),
		KIT_TEST(test_stored_reply_is_forgotten_and_then_it_is_a_replay),
		KIT_TEST(test_duplicate_of_an_older_path_is_still_known),
		KIT_TEST(test_stamp_of_before_our_start_is_133_without_a_store),
		cmocka_unit_test(test_era_of_2036_ends_without_notice),
		cmocka_unit_test(test_nonces_are_learned_from_the_refusal),
	};

	return cmocka_run_group_tests_name("had-step-replay", tests, NULL, NULL);
}
