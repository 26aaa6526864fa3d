/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

#include "libmip/cursor.h"
#include "libmip/mac.h"
#include "libmip/mip.h"

static struct mac *mac;

static int setup(void **state)
{
	return mac_new(2, &mac);
}

static int teardown(void **state)
{
	mac = mac_free(mac);
	return 0;
}

static struct mip_sa *sa_of(uint32_t spi, enum mip_algorithm algorithm, const char *hex)
{
	uint8_t key[SA_KEY_MAX];
	struct mip_sa *sa;
	size_t len;

	assert_int_equal(sa_parse_key(hex, key, sizeof(key), &len), 0);
	assert_int_equal(sa_new(spi, algorithm, key, len, &sa), 0);
	return sa;
}

static struct mipm_span text(const char *s)
{
	return (struct mipm_span) { (const uint8_t *)s, (uint32_t)strlen(s) };
}

static void check(struct mip_sa *sa, const char *data, const char *digest_hex)
{
	struct wire expected = { .len = 0 };
	uint8_t digest[MAC_MAX];

	wire_add(&expected, digest_hex);
	assert_int_equal(expected.len, mac_len(sa->algorithm));
	assert_int_equal(mac_compute(mac, sa, text(data), digest), 0);
	assert_memory_equal(digest, expected.octets, expected.len);
}

static void test_rfc_2202_and_4231_examples(void **state)
{
	struct mip_sa *md5 = sa_of(300, MIP_HMAC_MD5, "4a656665");
	struct mip_sa *sha1 = sa_of(301, MIP_HMAC_SHA1, "4a656665");
	struct mip_sa *sha256 =
		sa_of(302, MIP_HMAC_SHA256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");

	check(md5, "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738");
	check(sha1, "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	check(sha256, "Hi There",
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	sa_free(md5);
	sa_free(sha1);
	sa_free(sha256);
}

static void test_a_kept_context_gives_the_same_digest_again(void **state)
{
	struct mip_sa *sa = sa_of(300, MIP_HMAC_MD5, "4a656665");

	for (int i = 0; i < 3; i++)
		check(sa, "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738");
	assert_non_null(sa->context);
	sa_free(sa);
}

static void test_the_context_used_least_recently_goes(void **state)
{
	struct mip_sa *a = sa_of(300, MIP_HMAC_MD5, "01"), *b = sa_of(301, MIP_HMAC_MD5, "02");
	struct mip_sa *c = sa_of(302, MIP_HMAC_MD5, "03");
	uint8_t digest[MAC_MAX], again[MAC_MAX];

	mac_compute(mac, a, text("x"), digest);
	mac_compute(mac, b, text("x"), digest);
	mac_compute(mac, a, text("x"), digest);
	mac_compute(mac, c, text("x"), digest);
	assert_non_null(a->context);
	assert_null(b->context);
	assert_non_null(c->context);
	mac_compute(mac, a, text("x"), digest);
	mac_compute(mac, b, text("x"), again);
	assert_memory_not_equal(digest, again, 16);
	sa_free(a);
	sa_free(b);
	sa_free(c);
}

static void test_associations_outlive_their_contexts(void **state)
{
	struct mip_sa *sa = sa_of(300, MIP_HMAC_MD5, "01");
	struct mac *other;
	uint8_t digest[MAC_MAX], again[MAC_MAX];

	assert_int_equal(mac_new(0, &other), 0);
	mac_compute(other, sa, text("x"), digest);
	mac_compute(mac, sa, text("x"), again);
	assert_memory_equal(digest, again, 16);
	mac_free(other);
	mac = mac_free(mac);
	assert_null(sa->context);
	sa_free(sa);
}

struct sealed {
	uint8_t octets[200];
	struct mipm_span span;
	struct mip_auth auth;
};

static struct sealed *seal(struct mip_sa *sa)
{
	static struct sealed s;
	struct mip_writer w;

	memset(&s, 0, sizeof(s));
	mip_writer_init(&w, s.octets, sizeof(s.octets));
	mip_write_octets(&w, "message", 7);
	assert_int_equal(mac_seal(mac, sa, &w), 0);
	assert_false(w.failed);
	s.span = (struct mipm_span) { s.octets, (uint32_t)w.pos };
	s.auth = (struct mip_auth) { true, sa->spi, 7, 13,
		{ s.octets + 13, (uint32_t)mac_len(sa->algorithm) } };
	return &s;
}

static void test_what_is_sealed_verifies(void **state)
{
	for (unsigned i = 0; i <= MIP_HMAC_SHA256; i++) {
		struct mip_sa *sa =
			sa_of(300, (enum mip_algorithm)i, "000102030405060708090a0b0c0d0e0f");
		struct sealed *s = seal(sa);

		assert_int_equal(s->span.len, 7 + 6 + mac_len(sa->algorithm));
		assert_int_equal(s->octets[7], 32);
		assert_int_equal(s->octets[8], 4 + mac_len(sa->algorithm));
		assert_int_equal(mac_verify(mac, sa, s->span, &s->auth), 0);
		s->octets[s->span.len - 1] ^= 1;
		assert_int_equal(mac_verify(mac, sa, s->span, &s->auth), MAC_MISMATCH);
		sa_free(sa);
	}
}

static void test_a_shortened_or_missing_authenticator_never_passes(void **state)
{
	struct mip_sa *sa = sa_of(300, MIP_HMAC_SHA256, "000102030405060708090a0b0c0d0e0f");
	struct sealed *s = seal(sa);
	struct mip_auth auth = s->auth;

	for (auth.authenticator.len = 0; auth.authenticator.len < 32; auth.authenticator.len++)
		assert_int_equal(mac_verify(mac, sa, s->span, &auth), MAC_MISMATCH);
	auth.authenticator.len = 33;
	assert_int_equal(mac_verify(mac, sa, s->span, &auth), MAC_MISMATCH);
	auth = (struct mip_auth) { 0 };
	assert_int_equal(mac_verify(mac, sa, s->span, &auth), MAC_MISMATCH);
	sa_free(sa);
}

static void test_the_spi_must_be_the_associations(void **state)
{
	struct mip_sa *sa = sa_of(300, MIP_HMAC_MD5, "01");
	struct sealed *s = seal(sa);

	s->auth.spi = 301;
	assert_int_equal(mac_verify(mac, sa, s->span, &s->auth), MAC_MISMATCH);
	sa_free(sa);
}

static void test_sealing_into_no_room_fails_like_any_write(void **state)
{
	struct mip_sa *sa = sa_of(300, MIP_HMAC_MD5, "01");
	struct mip_writer w;
	uint8_t buf[21];

	mip_writer_init(&w, buf, sizeof(buf));
	assert_int_equal(mac_seal(mac, sa, &w), 0);
	assert_true(w.failed);
	sa_free(sa);
}

static void test_the_signed_part_ends_with_the_extension(void **state)
{
	struct mip_sa *sa = sa_of(300, MIP_HMAC_MD5, "01");
	struct sealed *s = seal(sa);
	struct mipm_span longer = { s->octets, s->span.len + 5 };
	struct mip_auth none = { 0 };

	assert_int_equal(mac_signed_part(longer, &s->auth).len, s->span.len);
	assert_int_equal(mac_signed_part(longer, &none).len, 0);
	longer.len = s->span.len - 1;
	assert_int_equal(mac_signed_part(longer, &s->auth).len, 0);
	sa_free(sa);
}

static void test_report_tags_are_eight_octets_over_everything(void **state)
{
	uint8_t key[MAC_REPORT_KEY_LEN] = { 1 }, tag[MAC_REPORT_TAG_LEN];

	assert_int_equal(mac_report_tag(key, text("report"), tag), 0);
	assert_int_equal(mac_report_verify(key, text("report"), tag), 0);
	assert_int_equal(mac_report_verify(key, text("repor"), tag), MAC_MISMATCH);
	tag[7] ^= 1;
	assert_int_equal(mac_report_verify(key, text("report"), tag), MAC_MISMATCH);
	tag[7] ^= 1;
	key[31] = 1;
	assert_int_equal(mac_report_verify(key, text("report"), tag), MAC_MISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rfc_2202_and_4231_examples, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_kept_context_gives_the_same_digest_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_context_used_least_recently_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_associations_outlive_their_contexts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_sealed_verifies, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_shortened_or_missing_authenticator_never_passes, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_spi_must_be_the_associations, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_sealing_into_no_room_fails_like_any_write, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_signed_part_ends_with_the_extension, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_report_tags_are_eight_octets_over_everything, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
