/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of care-of addresses: adding, replacing, leaving, expiring. RFC 5944 3.8.2.4, RFC 7629. */
#include "tests/unit/had-kit.h"

static const char *const places[] = { NULL, "198.51.100.1:434", "198.51.100.2:434",
	"198.51.100.3:434", "198.51.100.4:434" };

/* A request for that path, from its place. */
static struct mip_request path_request(struct kit *k, uint8_t bid)
{
	struct mip_request request = kit_request(k, "site7");

	request.careof_addr = at(places[bid % 5 ? bid % 5 : 1]).addr;
	kit_multipath(&request, bid);
	return request;
}

static void add(struct kit *k, uint8_t bid)
{
	const struct mip_request request = path_request(k, bid);

	assert_int_equal(kit_code(k, &request, "site7", places[bid]), 0);
}

static int n_paths(const struct kit *k)
{
	const struct content *content = k->had->bindings[0]->content;

	return content ? content->n_paths : 0;
}

static int priority_of(struct kit *k, uint16_t bid)
{
	const struct mipm_bc *bc = kit_bc(k);

	for (unsigned i = 0; i < bc->n_paths; i++)
		if (bc->paths[i].number == bid)
			return bc->paths[i].priority;
	return -1;
}

static void test_paths_with_identifiers_live_side_by_side(void **state)
{
	struct kit *k = *state;

	add(k, 1);
	add(k, 2);
	add(k, 3);
	assert_int_equal(kit_bc(k)->n_paths, 3);
	add(k, 2);
	assert_int_equal(kit_bc(k)->n_paths, 3);
}

static void test_multipath_needs_both_ends(void **state)
{
	struct kit *k = *state;
	struct mip_request request = path_request(k, 1);

	request.ext.caps.present = false;
	assert_int_equal(kit_code(k, &request, "site7", places[1]), MIP_CODE_MULTIPATH_NOT_ALLOWED);
	request = path_request(k, 1);
	request.ext.caps.features &= ~MIP_FEATURE_MULTIPATH;
	assert_int_equal(kit_code(k, &request, "site7", places[1]), MIP_CODE_MULTIPATH_NOT_ALLOWED);
	k->conf->caps &= ~MIP_FEATURE_MULTIPATH;
	request = path_request(k, 1);
	assert_int_equal(kit_code(k, &request, "site7", places[1]), MIP_CODE_MULTIPATH_NOT_ALLOWED);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
}

static void test_identifiers_and_flags_that_are_none(void **state)
{
	struct kit *k = *state;
	struct mip_request request;
	static const struct {
		uint8_t bid, flags;
		uint16_t lifetime;
	} bad[] = {
		{ 255, 0, 300 },
		{ 1, MIP_MULTIPATH_BULK | MIP_MULTIPATH_OVERWRITE, 300 },
		{ 1, MIP_MULTIPATH_OVERWRITE, 0 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request = path_request(k, 1);
		request.ext.multipath.bid = bad[i].bid;
		request.ext.multipath.flags = bad[i].flags;
		request.lifetime = bad[i].lifetime;
		assert_int_equal(kit_code(k, &request, "site7", places[1]), MIP_CODE_POORLY_FORMED);
	}
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
}

static void test_same_identifier_elsewhere_replaces_that_path(void **state)
{
	struct kit *k = *state;
	struct mip_request request;
	const struct mipm_addr moved = ip("198.51.100.99");

	add(k, 1);
	add(k, 2);
	request = path_request(k, 1);
	request.careof_addr = moved;
	assert_int_equal(kit_code(k, &request, "site7", "198.51.100.99:434"), 0);
	assert_int_equal(kit_bc(k)->n_paths, 2);
	assert_true(addr_equal(&kit_bc(k)->paths[0].careof_addr, &moved));
}

static void test_overwrite_replaces_all(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	add(k, 1);
	add(k, 2);
	request = path_request(k, 3);
	request.ext.multipath.flags = MIP_MULTIPATH_OVERWRITE;
	assert_int_equal(kit_code(k, &request, "site7", places[3]), 0);
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_int_equal(kit_bc(k)->paths[0].number, 3);
}

static void test_bulk_lifetime_is_for_all(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	add(k, 1);
	k->now += 100 * S;
	request = path_request(k, 2);
	request.ext.multipath.flags = MIP_MULTIPATH_BULK;
	request.lifetime = 500;
	assert_int_equal(kit_code(k, &request, "site7", places[2]), 0);
	assert_true(kit_bc(k)->paths[0].expires_at == k->now + 500 * S);
	request = path_request(k, 2);
	request.ext.multipath.flags = MIP_MULTIPATH_BULK;
	request.lifetime = 0;
	assert_int_equal(kit_code(k, &request, "site7", places[2]), 0);
	assert_int_equal(n_paths(k), 0);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
}

static void test_ninth_path_is_135_and_changes_nothing(void **state)
{
	struct kit *k = *state;
	char place[32];

	for (uint8_t bid = 1; bid <= 9; bid++) {
		const struct mip_request request = path_request(k, bid);

		snprintf(place, sizeof(place), "192.0.2.%u:434", bid);
		assert_int_equal(kit_code(k, &request, "site7", place),
			bid <= 8 ? 0 : MIP_CODE_TOO_MANY_BINDINGS);
	}
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 8);
	assert_int_equal(n_paths(k), 8);
}

static void test_order_of_preference_becomes_priorities(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	add(k, 1);
	add(k, 2);
	request = path_request(k, 3);
	kit_order(&request, 3, 1);
	assert_int_equal(kit_code(k, &request, "site7", places[3]), 0);
	assert_int_equal(priority_of(k, 3), 0);
	assert_int_equal(priority_of(k, 1), 1);
	assert_true(priority_of(k, 2) > 1);
	add(k, 2); /* says nothing of the order: it stays */
	assert_int_equal(priority_of(k, 3), 0);
	request = path_request(k, 2);
	kit_order(&request, 2, 0);
	assert_int_equal(kit_code(k, &request, "site7", places[2]), 0);
	assert_int_equal(priority_of(k, 2), 0);
	assert_true(priority_of(k, 3) > 0);
}

static void test_flow_of_identifiers_that_nobody_has_is_153(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	add(k, 1);
	request = path_request(k, 2);
	kit_order(&request, 77, 78);
	assert_int_equal(kit_code(k, &request, "site7", places[2]), MIP_CODE_INVALID_FLOW_BINDING);
	request = path_request(k, 2);
	request.ext.multipath.flags = MIP_MULTIPATH_OVERWRITE;
	kit_order(&request, 1, 0); /* that one goes with this very request */
	assert_int_equal(kit_code(k, &request, "site7", places[2]), MIP_CODE_INVALID_FLOW_BINDING);
	request = path_request(k, 2);
	kit_order(&request, 77, 2); /* one of them is enough */
	assert_int_equal(kit_code(k, &request, "site7", places[2]), 0);
}

static void test_two_identifiers_at_one_place_are_one_path(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	add(k, 1);
	request = path_request(k, 2);
	assert_int_equal(kit_code(k, &request, "site7", places[1]), 0);
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_int_equal(kit_bc(k)->paths[0].number, 2);
}

/* without identifiers */

static void test_plain_registration_replaces_all(void **state)
{
	struct kit *k = *state;

	add(k, 1);
	add(k, 2);
	kit_register(k, "site7");
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_int_equal(kit_bc(k)->paths[0].number, 0);
	assert_int_equal(kit_bc(k)->caps, 0);
	add(k, 1);
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_int_equal(kit_bc(k)->paths[0].number, 1);
}

static void test_simultaneous_bindings_of_strangers_are_one_with_code_1(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	kit_register(k, "site7");
	request = kit_request(k, "site7");
	request.flags |= MIP_FLAG_S;
	request.careof_addr = ip("192.0.2.50");
	assert_int_equal(kit_code(k, &request, "site7", "192.0.2.50:434"),
		MIP_CODE_ACCEPTED_NO_SIMULTANEOUS);
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_int_equal(kit_bc(k)->paths[0].remote.addr.octets[3], 50);
}

/* deregistration */

static int leave(struct kit *k, const char *careof, const char *from)
{
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;

	request.lifetime = 0;
	request.careof_addr = ip(careof);
	reply = kit_send(k, &request, "site7", from);
	if (reply)
		assert_int_equal(reply->lifetime, 0);
	return reply ? reply->code : -1;
}

static void test_leaving_with_the_home_address_ends_all(void **state)
{
	struct kit *k = *state;

	add(k, 1);
	add(k, 2);
	kit_clear(k);
	assert_int_equal(leave(k, "10.200.0.7", places[1]), 0);
	assert_int_equal(kit_take(k)->type, MIPM_BC_REMOVE);
	assert_int_equal(kit_take(k)->type, MIPM_SIG_OUT);
	assert_int_equal(n_paths(k), 0);
}

static void test_leaving_by_identifier_ends_one(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	add(k, 1);
	add(k, 2);
	request = path_request(k, 1);
	request.lifetime = 0;
	request.ext.caps.present = false; /* known from before */
	assert_int_equal(kit_code(k, &request, "site7", places[2]), 0);
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_int_equal(kit_bc(k)->paths[0].number, 2);
	assert_int_equal(kit_bc(k)->n_networks, 2);
	assert_true(kit_bc(k)->caps != 0);
}

static void test_leaving_by_care_of_address_ends_that_one(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	assert_int_equal(leave(k, "198.51.100.9", HERE), 0);
	assert_int_equal(n_paths(k), 1);
	assert_int_equal(leave(k, "198.51.100.7", HERE), 0);
	assert_int_equal(n_paths(k), 0);
}

static void test_equal_private_addresses_are_told_apart_by_their_source(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	for (uint8_t bid = 1; bid <= 2; bid++) {
		request = path_request(k, bid);
		request.careof_addr = ip("192.168.1.2");
		assert_int_equal(kit_code(k, &request, "site7", places[bid]), 0);
	}
	assert_int_equal(leave(k, "192.168.1.2", places[2]), 0);
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_int_equal(kit_bc(k)->paths[0].number, 1);
}

static void test_leaving_twice_succeeds(void **state)
{
	struct kit *k = *state;

	assert_int_equal(leave(k, "198.51.100.7", HERE), 0);
	assert_int_equal(leave(k, "10.200.0.7", HERE), 0);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 0);
	assert_int_equal(kit_counter(k, COUNT_DEREGISTERED), 2);
}

static void test_leaving_needs_no_tunnel(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	kit_register(k, "site7");
	request = kit_request(k, "site7");
	request.lifetime = 0;
	request.flags = 0;
	request.ext.udp_tunnel_request.present = false;
	request.careof_addr = request.home_addr;
	assert_int_equal(kit_code(k, &request, "site7", "192.0.2.77:434"), 0);
	assert_int_equal(n_paths(k), 0);
}

/* time */

static void test_expiry_is_silent_towards_the_router(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	kit_clear(k);
	kit_pass(k, 299 * S);
	assert_int_equal(k->n_events, 0);
	kit_pass(k, 2 * S);
	assert_int_equal(k->n_events, 1);
	assert_int_equal(kit_take(k)->type, MIPM_BC_REMOVE);
	assert_true(kit_logged(k, "binding expired: site7"));
	assert_true(had_ops.next_wakeup(k->had) == CORE_NEVER);
}

static void test_path_that_expires_leaves_the_others(void **state)
{
	struct kit *k = *state;

	add(k, 1);
	kit_pass(k, 100 * S);
	add(k, 2);
	kit_pass(k, 201 * S);
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_int_equal(kit_bc(k)->paths[0].number, 2);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 0);
	kit_pass(k, 100 * S);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
	assert_int_equal(kit_counter(k, COUNT_EXPIRED), 2);
}

static void test_reregistration_puts_the_expiry_off(void **state)
{
	struct kit *k = *state;

	for (unsigned i = 0; i < 10; i++) {
		kit_register(k, "site7");
		kit_pass(k, 250 * S);
	}
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 0);
}

/* THREATS T9 */

static int from_place(struct kit *k, const char *place)
{
	const struct mip_request request = path_request(k, 1);

	return kit_code(k, &request, "site7", place);
}

static void test_path_may_move_once_a_second(void **state)
{
	struct kit *k = *state;

	assert_int_equal(from_place(k, "192.0.2.1:1000"), 0);
	assert_int_equal(from_place(k, "192.0.2.1:1001"), 0); /* the first move is free */
	assert_int_equal(from_place(k, "192.0.2.1:1002"), -1);
	assert_int_equal(kit_counter(k, COUNT_MOVES_TOO_FAST), 1);
	assert_int_equal(kit_bc(k)->paths[0].remote.port, 1001);
	assert_int_equal(from_place(k, "192.0.2.1:1001"), 0); /* who stays is not limited */
	k->now += S;
	assert_int_equal(from_place(k, "192.0.2.1:1003"), 0);
	assert_int_equal(kit_counter(k, COUNT_MOVED), 2);
	assert_true(kit_logged(k, "site7: outer address is 192.0.2.1:1001 and was 192.0.2.1:1000, "
				  "care-of address 198.51.100.1 as before"));
}

static void test_choosing_among_paths_has_no_limit(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	add(k, 1);
	add(k, 2);
	for (unsigned i = 0; i < 20; i++) {
		request = path_request(k, 1 + i % 2);
		kit_order(&request, 1 + i % 2, 2 - i % 2);
		assert_int_equal(kit_code(k, &request, "site7", places[1 + i % 2]), 0);
		assert_int_equal(priority_of(k, 1 + i % 2), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(test_paths_with_identifiers_live_side_by_side),
		KIT_TEST(test_multipath_needs_both_ends),
		KIT_TEST(test_identifiers_and_flags_that_are_none),
		KIT_TEST(test_same_identifier_elsewhere_replaces_that_path),
		KIT_TEST(test_overwrite_replaces_all),
		KIT_TEST(test_bulk_lifetime_is_for_all),
		KIT_TEST(test_ninth_path_is_135_and_changes_nothing),
		KIT_TEST(test_order_of_preference_becomes_priorities),
		KIT_TEST(test_flow_of_identifiers_that_nobody_has_is_153),
		KIT_TEST(test_two_identifiers_at_one_place_are_one_path),
		KIT_TEST(test_plain_registration_replaces_all),
		KIT_TEST(test_simultaneous_bindings_of_strangers_are_one_with_code_1),
		KIT_TEST(test_leaving_with_the_home_address_ends_all),
		KIT_TEST(test_leaving_by_identifier_ends_one),
		KIT_TEST(test_leaving_by_care_of_address_ends_that_one),
		KIT_TEST(test_equal_private_addresses_are_told_apart_by_their_source),
		KIT_TEST(test_leaving_twice_succeeds),
		KIT_TEST(test_leaving_needs_no_tunnel),
		KIT_TEST(test_expiry_is_silent_towards_the_router),
		KIT_TEST(test_path_that_expires_leaves_the_others),
		KIT_TEST(test_reregistration_puts_the_expiry_off),
		KIT_TEST(test_path_may_move_once_a_second),
		KIT_TEST(test_choosing_among_paths_has_no_limit),
	};

	return cmocka_run_group_tests_name("had-binding", tests, NULL, NULL);
}
