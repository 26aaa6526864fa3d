/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that wait for the store: in order, in bounds, and never for ever. */
#include "tests/unit/had-kit.h"

static int setup_before_reply(void **state)
{
	struct kit *k = kit_new();

	k->conf = kit_conf();
	k->conf->durability = HAD_DURABILITY_BEFORE_REPLY;
	k->conf->limits.max_waiting = 4;
	kit_checked(k->conf);
	k->has_store = true;
	k->store.slow = true;
	kit_start(k);
	*state = k;
	return 0;
}

static void send(struct kit *k, const char *name, uint16_t lifetime)
{
	struct mip_request request = kit_request(k, name);

	request.lifetime = lifetime;
	kit_send(k, &request, name, HERE);
}

static void test_nothing_is_said_before_the_store_has_it(void **state)
{
	struct kit *k = *state;

	send(k, "site7", 300);
	assert_int_equal(k->n_events, 0);
	assert_int_equal(k->store.n_puts, 1);
	assert_int_equal(k->had->n_waiting, 1);
	memset(k->sent, 0xee, sizeof(k->sent)); /* the message it came in is gone */
	kit_store_finish(k, 0);
	assert_int_equal(kit_take(k)->type, MIPM_BC_ADD);
	assert_int_equal(kit_take(k)->type, MIPM_SIG_OUT);
	assert_int_equal(kit_reply(k, 1007)->code, 0);
	assert_memory_equal(k->reply.ext.nai.text, "site7", 5);
	assert_int_equal(k->had->n_waiting, 0);
	assert_true(had_ops.next_wakeup(k->had) > k->now + 5 * S);
}

static const char *say_store(struct kit *k)
{
	const struct mipm_sender from = { .name = "mipctl.1", .role = "mipctl" };
	const struct mipm_command body = { .verb = { .text = "store", .len = 5 } };
	const struct mipm_msg msg = { .type = MIPM_COMMAND, .from = &from, .body = &body };

	had_ops.input(k->had, k->now, &msg);
	assert_int_equal(kit_last(k, MIPM_ANSWER)->answer.code, 0);
	return kit_last(k, MIPM_ANSWER)->text;
}

static void test_store_in_trouble_is_no_refusal(void **state)
{
	struct kit *k = *state;

	send(k, "site7", 300);
	k->store.status.degraded = true;
	k->store.status.error = -ENOSPC;
	kit_store_finish(k, -ENOSPC);
	assert_int_equal(kit_reply(k, 1007)->code, 0);
	assert_true(had_is_degraded(k->had));
	assert_true(kit_logged(k, "store: not durable"));
	assert_string_equal(say_store(k), "not durable: No space left on device");
	k->store.status.degraded = false;
	had_store_ready(k->had, k->now);
	assert_false(had_is_degraded(k->had));
	assert_true(kit_logged(k, "store: durable again"));
	assert_string_equal(say_store(k), "memory only"); /* no path here */
}

/* A disk that stands still does not say so: it is looked at with what is put. */
static void test_trouble_is_noticed_without_the_stores_word(void **state)
{
	struct kit *k = *state;

	k->store.slow = false;
	send(k, "site7", 300);
	k->store.status.degraded = true;
	k->store.status.error = -EBUSY;
	k->now += 2 * S;
	send(k, "site7", 300);
	assert_true(had_is_degraded(k->had));
	k->store.status.degraded = false;
	k->now += 2 * S;
	send(k, "site7", 300);
	assert_false(had_is_degraded(k->had));
}

static void test_put_that_fails_at_once_is_no_refusal(void **state)
{
	struct kit *k = *state;

	k->store.put_result = -ENOMEM;
	send(k, "site7", 300);
	assert_int_equal(kit_reply(k, 1007)->code, 0);
	assert_int_equal(kit_counter(k, COUNT_STORE_FAILED), 1);
}

static void test_silent_store_is_waited_for_two_seconds(void **state)
{
	struct kit *k = *state;

	send(k, "site7", 300);
	kit_pass(k, 1999 * MS);
	assert_int_equal(k->n_events, 0);
	kit_pass(k, 2 * MS);
	assert_int_equal(kit_reply(k, 1007)->code, 0);
	assert_int_equal(kit_counter(k, COUNT_WAIT_TIMEOUT), 1);
	kit_clear(k);
	kit_store_finish(k, 0); /* too late to matter */
	assert_int_equal(k->n_events, 0);
}

static void test_requests_of_one_router_keep_their_order(void **state)
{
	struct kit *k = *state;

	send(k, "site7", 300);
	send(k, "site7", 200);
	send(k, "site7", 0);
	assert_int_equal(k->store.n_puts, 1);
	assert_int_equal(k->had->n_waiting, 3);
	kit_store_finish(k, 0);
	assert_int_equal(kit_reply(k, 1007)->lifetime, 300);
	kit_store_finish(k, 0);
	assert_int_equal(kit_reply(k, 1007)->lifetime, 200);
	kit_store_finish(k, 0);
	assert_int_equal(kit_reply(k, 1007)->lifetime, 0);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 2);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
	assert_int_equal(k->had->n_waiting, 0);
}

static void test_routers_do_not_wait_for_each_other(void **state)
{
	struct kit *k = *state;

	send(k, "site7", 300);
	send(k, "site8", 300);
	assert_int_equal(k->store.n_tickets, 2);
	kit_store_finish(k, 0);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 2);
}

static void test_duplicate_while_waiting_is_one_registration(void **state)
{
	struct kit *k = *state;
	uint8_t octets[MIP_MESSAGE_MAX];
	size_t len;

	send(k, "site7", 300);
	len = k->sent_len;
	memcpy(octets, k->sent, len);
	kit_octets(k, octets, len, HERE);
	kit_store_finish(k, 0);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 1);
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 1);
	assert_int_equal(kit_counter(k, COUNT_DUPLICATE_TOO_SOON), 1);
	assert_int_equal(k->had->n_waiting, 0);
}

static void test_refusals_do_not_wait(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");

	request.home_agent = ip("203.0.113.99");
	assert_int_equal(kit_code(k, &request, "site7", HERE), MIP_CODE_UNKNOWN_HOME_AGENT);
	assert_int_equal(k->store.n_puts, 0);
}

static void test_more_than_may_wait_are_dropped(void **state)
{
	struct kit *k = *state;

	for (unsigned i = 0; i < 6; i++)
		send(k, "site7", (uint16_t)(100 + i));
	assert_int_equal(k->had->n_waiting, 4);
	assert_int_equal(kit_counter(k, COUNT_TOO_MANY_WAITING), 2);
	/* another router is not held up: its claim just goes unconfirmed */
	send(k, "site8", 300);
	assert_int_equal(kit_reply(k, 1008)->code, 0);
	for (unsigned i = 0; i < 4; i++)
		kit_store_finish(k, 0);
	assert_int_equal(k->had->n_waiting, 0);
	assert_int_equal(kit_counter(k, COUNT_ACCEPTED), 5);
}

static void test_queue_behind_a_silent_store_moves_on(void **state)
{
	struct kit *k = *state;

	send(k, "site7", 300);
	kit_pass(k, S);
	send(k, "site7", 200);
	kit_pass(k, 1500 * MS); /* the first is through without the store; the second waits */
	assert_int_equal(kit_reply(k, 1007)->lifetime, 300);
	kit_pass(k, S);
	assert_int_equal(kit_reply(k, 1007)->lifetime, 200);
	assert_int_equal(k->had->n_waiting, 0);
}

static void test_path_that_expires_while_a_request_waits(void **state)
{
	struct kit *k = *state;

	send(k, "site7", 1);
	kit_store_finish(k, 0);
	kit_pass(k, 500 * MS);
	send(k, "site7", 300);
	kit_pass(k, 700 * MS);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
	kit_store_finish(k, 0);
	assert_int_equal(k->had->bindings[0]->content->n_paths, 1);
	assert_int_equal(kit_last(k, MIPM_BC_ADD)->bc.n_paths, 1);
}

static void test_freeing_with_requests_waiting_leaks_nothing(void **state)
{
	struct kit *k = *state;

	send(k, "site7", 300);
	send(k, "site7", 200);
	send(k, "site8", 300);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup_before_reply, kit_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_said_before_the_store_has_it),
		TEST(test_store_in_trouble_is_no_refusal),
		TEST(test_trouble_is_noticed_without_the_stores_word),
		TEST(test_put_that_fails_at_once_is_no_refusal),
		TEST(test_silent_store_is_waited_for_two_seconds),
		TEST(test_requests_of_one_router_keep_their_order),
		TEST(test_routers_do_not_wait_for_each_other),
		TEST(test_duplicate_while_waiting_is_one_registration),
		TEST(test_refusals_do_not_wait),
		TEST(test_more_than_may_wait_are_dropped),
		TEST(test_queue_behind_a_silent_store_moves_on),
		TEST(test_path_that_expires_while_a_request_waits),
		TEST(test_freeing_with_requests_waiting_leaks_nothing),
	};

	return cmocka_run_group_tests_name("had-registration-wait", tests, NULL, NULL);
}
