/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to name servers and what is taken for an answer: mnd/dns.c. */
#include <errno.h>

#include "tests/support/unit.h"

#include "base/addr.h"
#include "mnd/dns.h"

#define NAME "ha.example.net"
#define ID   0x1234

#define QNAME                                                                                      \
	"\x02ha\x07"                                                                               \
	"example\x03net\x00"
#define ASKED			  QNAME "\x00\x01\x00\x01"
#define HEAD(flags, n)		  "\x12\x34" flags "\x00\x01\x00" n "\x00\x00\x00\x00"
#define A(name, ttl, addr)	  name "\x00\x01\x00\x01\x00\x00\x00" ttl "\x00\x04" addr
#define ALIAS(name, ttl, len, to) name "\x00\x05\x00\x01\x00\x00\x00" ttl "\x00" len to
#define US			  "\xc0\x0c" /* the question's name */

static void test_a_question_is_as_the_rfc_says(void **state)
{
	static const uint8_t expected[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" ASKED;
	uint8_t buf[DNS_QUESTION_MAX];

	assert_int_equal(dns_question(NAME, ID, buf), sizeof(expected) - 1);
	assert_memory_equal(buf, expected, sizeof(expected) - 1);
	assert_int_equal(dns_question(NAME ".", ID, buf), sizeof(expected) - 1);
	assert_int_equal(dns_question("a..b", ID, buf), 0);
	assert_int_equal(dns_question("", ID, buf), 0);
}

struct row {
	const char *name;
	const char *octets;
	size_t len;
	int rc;
	enum dns_result result;
	size_t n_addrs;
	const char *first;
	uint32_t ttl_s;
};

#define ROW(name, octets, ...)                                                                     \
	{                                                                                          \
		name, octets, sizeof(octets) - 1, __VA_ARGS__                                      \
	}
#define OK   "\x81\x80"
#define NONE -EBADMSG, DNS_ADDRESSES, 0, NULL, 0

static const struct row rows[] = {
	ROW("one address", HEAD(OK, "\x01") ASKED A(US, "\x3c", "\xcb\x00\x71\x01"), 0,
		DNS_ADDRESSES, 1, "203.0.113.1", 60),
	ROW("two addresses, the smaller lifetime counts",
		HEAD(OK, "\x02") ASKED A(US, "\x3c", "\xcb\x00\x71\x01")
			A(US, "\x1e", "\xcb\x00\x71\x02"),
		0, DNS_ADDRESSES, 2, "203.0.113.1", 30),
	ROW("the same address twice",
		HEAD(OK, "\x02") ASKED A(US, "\x3c", "\xcb\x00\x71\x01")
			A(US, "\x3c", "\xcb\x00\x71\x01"),
		0, DNS_ADDRESSES, 1, "203.0.113.1", 60),
	ROW("an alias",
		HEAD(OK, "\x02") ASKED ALIAS(US, "\x05", "\x04",
			"\x01"
			"b\xc0\x0f") A("\x01"
				       "b\xc0\x0f",
			"\x3c", "\xcb\x00\x71\x01"),
		0, DNS_ADDRESSES, 1, "203.0.113.1", 5),
	ROW("an alias of itself", HEAD(OK, "\x01") ASKED ALIAS(US, "\x05", "\x02", US), 0,
		DNS_NO_ADDRESS, 0, NULL, 5),
	ROW("an address of another name",
		HEAD(OK, "\x01") ASKED A("\x01"
					 "b\xc0\x0f",
			"\x3c", "\xcb\x00\x71\x01"),
		0, DNS_NO_ADDRESS, 0, NULL, UINT32_MAX),
	ROW("an address that no host has", HEAD(OK, "\x01") ASKED A(US, "\x3c", "\xe0\x00\x00\x01"),
		0, DNS_NO_ADDRESS, 0, NULL, UINT32_MAX),
	ROW("no such name", HEAD("\x81\x83", "\x00") ASKED, 0, DNS_NO_SUCH_NAME, 0, NULL,
		UINT32_MAX),
	ROW("no address", HEAD(OK, "\x00") ASKED, 0, DNS_NO_ADDRESS, 0, NULL, UINT32_MAX),
	ROW("refused", HEAD("\x81\x85", "\x00") ASKED, 0, DNS_REFUSED, 0, NULL, UINT32_MAX),
	ROW("server failure", HEAD("\x81\x82", "\x00") ASKED, 0, DNS_REFUSED, 0, NULL, UINT32_MAX),
	ROW("letters of another case",
		HEAD(OK, "\x01") "\x02HA\x07"
				 "eXample\x03net\x00\x00\x01\x00\x01" A(
					 US, "\x3c", "\xcb\x00\x71\x01"),
		0, DNS_ADDRESSES, 1, "203.0.113.1", 60),

	ROW("another id",
		"\x12\x35" OK
		"\x00\x01\x00\x01\x00\x00\x00\x00" ASKED A(US, "\x3c", "\xcb\x00\x71\x01"),
		NONE),
	ROW("a question, not an answer", HEAD("\x01\x00", "\x00") ASKED, NONE),
	ROW("another name asked",
		HEAD(OK, "\x01") "\x02hb\x07"
				 "example\x03net\x00\x00\x01\x00\x01" A(
					 US, "\x3c", "\xcb\x00\x71\x01"),
		NONE),
	ROW("a longer name asked",
		HEAD(OK, "\x01") "\x02ha\x07"
				 "example\x03net\x01"
				 "x\x00\x00\x01\x00\x01" A(US, "\x3c", "\xcb\x00\x71\x01"),
		NONE),
	ROW("another type asked", HEAD(OK, "\x00") QNAME "\x00\x1c\x00\x01", NONE),
	ROW("no question",
		"\x12\x34" OK "\x00\x00\x00\x01\x00\x00\x00\x00" A("\x02ha\x07"
								   "example\x03net\x00",
			"\x3c", "\xcb\x00\x71\x01"),
		NONE),
	ROW("cut in the header", "\x12\x34\x81\x80\x00\x01", NONE),
	ROW("cut in an address",
		HEAD(OK, "\x01") ASKED US "\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xcb\x00", NONE),
	ROW("more records promised than there are",
		HEAD(OK, "\x09") ASKED A(US, "\x3c", "\xcb\x00\x71\x01"), NONE),
	ROW("a name that points at itself", HEAD(OK, "\x01") "\xc0\x0c\x00\x01\x00\x01", NONE),
};

static void test_what_is_taken_for_an_answer(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		uint8_t *exact = malloc(row->len); /* so that a sanitizer sees a read past it */
		struct dns_answer answer;
		char text[ADDR_TEXT_MAX];
		int rc;

		memcpy(exact, row->octets, row->len);
		rc = dns_answer_parse(
			(struct mipm_span) { exact, (uint32_t)row->len }, NAME, ID, &answer);
		free(exact);
		if (rc != row->rc)
			fail_msg("%s: %d", row->name, rc);
		if (rc)
			continue;
		if (answer.result != row->result || answer.n_addrs != row->n_addrs ||
			answer.ttl_s != row->ttl_s)
			fail_msg("%s: result %d, %zu addresses, %u s", row->name, answer.result,
				answer.n_addrs, answer.ttl_s);
		if (row->first)
			assert_string_equal(addr_print(&answer.addrs[0], text), row->first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_question_is_as_the_rfc_says),
		cmocka_unit_test(test_what_is_taken_for_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
