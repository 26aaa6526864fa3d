/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated NAT, by the words of RFC 4787. */
#include "tests/support/unit.h"

#include "base/addr.h"
#include "base/core.h"
#include "tests/sim/nat.h"

#define S NSEC_PER_S

static struct mipm_endpoint end(unsigned host, uint16_t port)
{
	return (struct mipm_endpoint) { addr_from_v4(0x0a000000u + host), port };
}

static const enum nat_kind kinds[] = { NAT_ENDPOINT, NAT_ADDRESS, NAT_ADDRESS_AND_PORT };

static bool is_let_in(struct nat *n, uint64_t now, uint16_t port, struct mipm_endpoint from)
{
	return nat_in(n, now, port, &from) != NULL;
}

/* RFC 4787 4.1 */
static void test_mapping(void **state)
{
	static const bool other_port[] = { false, false, true };
	static const bool other_address[] = { false, true, true };
	struct mipm_endpoint inside = end(1, 434), a = end(10, 1), b = end(10, 2), c = end(11, 1);

	for (size_t i = 0; i < 3; i++) {
		struct nat n = { .is_there = true, .conf = { .mapping = kinds[i] } };
		uint16_t port = nat_out(&n, S, &inside, &a);

		assert_int_not_equal(port, 434);
		assert_int_equal(nat_out(&n, S, &inside, &a), port);
		assert_int_equal(nat_port(&n, S, &inside, &a), port);
		assert_int_equal(nat_out(&n, S, &inside, &b) != port, other_port[i]);
		assert_int_equal(nat_out(&n, S, &inside, &c) != port, other_address[i]);
	}
}

/* RFC 4787 5 */
static void test_filtering(void **state)
{
	static const bool other_port[] = { true, true, false };
	static const bool other_address[] = { true, false, false };
	struct mipm_endpoint inside = end(1, 434), far = end(10, 1);

	for (size_t i = 0; i < 3; i++) {
		struct nat n = { .is_there = true, .conf = { .filtering = kinds[i] } };
		uint16_t port = nat_out(&n, S, &inside, &far);

		assert_true(endpoint_equal(nat_in(&n, S, port, &far), &inside));
		assert_int_equal(is_let_in(&n, S, port, end(10, 2)), other_port[i]);
		assert_int_equal(is_let_in(&n, S, port, end(11, 1)), other_address[i]);
		assert_false(is_let_in(&n, S, (uint16_t)(port + 1), far));
	}
}

/* RFC 4787 4.3: what goes out keeps it, what comes in does not. */
static void test_time_out(void **state)
{
	struct nat n = { .is_there = true, .conf = { .timeout = 30 * S } };
	struct mipm_endpoint inside = end(1, 434), far = end(10, 1);
	uint16_t port = nat_out(&n, S, &inside, &far);

	assert_int_equal(nat_out(&n, 30 * S, &inside, &far), port);
	assert_true(is_let_in(&n, 59 * S, port, far));
	assert_false(is_let_in(&n, 60 * S, port, far));
	assert_int_equal(nat_port(&n, 60 * S, &inside, &far), 0);
	assert_int_not_equal(nat_out(&n, 60 * S, &inside, &far), port);
}

static void test_rebinding(void **state)
{
	struct nat n = { .is_there = true };
	struct mipm_endpoint inside = end(1, 434), far = end(10, 1);
	uint16_t port = nat_out(&n, S, &inside, &far);

	nat_forget(&n);
	assert_false(is_let_in(&n, S, port, far));
	assert_int_not_equal(nat_out(&n, S, &inside, &far), port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapping),
		cmocka_unit_test(test_filtering),
		cmocka_unit_test(test_time_out),
		cmocka_unit_test(test_rebinding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
