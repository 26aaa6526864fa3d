/* SPDX-License-Identifier: BSD-2-Clause */
/* What mnd hears besides links and replies, and what it tells: mnd/bus.c, mnd/say.c. */
#include <errno.h>

#include "tests/unit/mnd-world.h"

static const struct mipm_answer *command(
	struct world *w, const char *verb, const char *target, const char *value)
{
	const struct mipm_command command = {
		.verb = { verb, (uint16_t)strlen(verb) },
		.target = { target, (uint16_t)strlen(target) },
		.value = { value, (uint16_t)strlen(value) },
	};
	const struct mipm_msg *msg;
	const char *to;

	fakebus_say(w->bus, "mipctl.7", "mnd", MIPM_COMMAND, &command);
	world_run(w, 0);
	msg = fakebus_take_msg(w->bus, "mnd", MIPM_ANSWER, &to, NULL);
	assert_non_null(msg);
	assert_string_equal(to, "mipctl.7");
	return msg->body;
}

static void test_the_log_level_is_set_by_command(void **state)
{
	struct world *w = world_new();
	const struct core_env *env = fakebus_env(w->bus, "mnd");

	assert_int_equal(command(w, "log", "", "warn")->code, 0);
	assert_int_equal(env->log->level, LOG_LEVEL_WARN);
	assert_int_equal(command(w, "log", "debug", "")->code, 0);
	assert_int_equal(env->log->level, LOG_LEVEL_DEBUG);
	assert_int_equal(command(w, "log", "", "loud")->code, EINVAL);
	assert_int_equal(command(w, "log", "", "")->code, EINVAL);
	assert_int_equal(command(w, "move", "", "dsl0")->code, EOPNOTSUPP);
	world_free(w);
}

static void test_a_failure_of_tunneld_is_shown(void **state)
{
	struct world *w = world_new();
	const struct mipm_reg_state_msg *told;
	struct mipm_tun_state failed = {
		.message_type = MIPM_BUL_ADD,
		.home_addr = addr(HOME),
		.peer = addr(HA1),
		.number = 1,
		.code = ENODEV,
		.text = { "no socket on this link", 22 },
	};

	MD(w, GOOD(1));
	agent_serve(w, 0);
	failed.generation = reg_of(w, 1, HA1)->generation - 1;
	fakebus_clear(w->bus);
	fakebus_say(w->bus, "tunneld", "mnd", MIPM_TUN_STATE, &failed);
	world_run(w, 0);
	assert_int_equal(fakebus_count(w->bus, MIPM_REG_STATE), 0); /* about an older entry */
	failed.generation++;
	fakebus_say(w->bus, "tunneld", "mnd", MIPM_TUN_STATE, &failed);
	world_run(w, 0);
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_int_equal(told->state, MIPM_REG_BOUND);
	assert_true(says(&told->text, "no socket on this link"));
	assert_true(fakebus_logged(w->bus, "no socket on this link"));
	world_free(w);
}

static bool wants(struct world *w, const struct mipm_addr *local)
{
	return fakebus_wants_sig(w->bus, "mnd", 3, local);
}

static void test_replies_are_wanted_where_they_may_come_in(void **state)
{
	struct mipm_addr home = addr(HOME), one = careof(1), two = careof(2);
	struct world *w = world_new();

	assert_false(wants(w, &one));
	MD(w, GOOD(1));
	assert_true(wants(w, &one));
	assert_false(wants(w, &two) || wants(w, &home));
	assert_false(fakebus_wants_sig(w->bus, "mnd", 1, &one));
	agent_serve(w, OWN_CAPS);
	assert_true(wants(w, &home));
	MD(w, GOOD(2), GOOD(1));
	assert_true(wants(w, &one) && wants(w, &two));
	MD(w, GOOD(2));
	assert_false(wants(w, &one));
	world_free(w);
}

static void test_the_active_path_is_marked_and_no_other(void **state)
{
	struct world *w = world_new();
	const struct mipm_reg_state_msg *told;
	struct request r;
	bool active[3] = { false };

	MD(w, GOOD(1), GOOD(2));
	agent_serve(w, OWN_CAPS);
	MD(w, GOOD(2), GOOD(1));
	r = request_must(w);
	agent_accept(w, &r, OWN_CAPS);
	while ((told = fakebus_take(w->bus, MIPM_REG_STATE)))
		active[told->number] = told->active;
	assert_true(active[2]);
	assert_false(active[1]);
	world_free(w);
}

static void test_states_name_a_home_address_only_if_it_is_configured(void **state)
{
	struct world *w = world_prepare();
	const struct mipm_reg_state_msg *told;

	w->conf.home_addr = addr(HOME);
	world_start(w);
	MD(w, GOOD(1));
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_true(addr_equal(&told->home_addr, &w->conf.home_addr));
	world_free(w);
	w = world_new();
	MD(w, GOOD(1));
	agent_serve(w, OWN_CAPS);
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_false(addr_is_present(&told->home_addr));
	world_free(w);
}

static void test_route_home_names_the_far_networks(void **state)
{
	struct world *w = world_prepare();

	w->conf.route = MND_ROUTE_HOME;
	w->conf.home_networks[w->conf.n_home_networks++] = prefix("10.200.0.0/16");
	world_start(w);
	MD(w, GOOD(1));
	agent_serve(w, 0);
	assert_int_equal(granted(w)->route, 1);
	assert_int_equal(granted(w)->n_networks_remote, 1);
	world_free(w);
}

static void test_tunneld_is_asked_again_when_it_comes_late(void **state)
{
	const struct mipm_dump_end end = { .complete = 1, .own = 1 };
	struct world *w = world_prepare();

	w->mute = true;
	fakebus_detach(w->bus, "tunneld");
	world_start(w);
	world_run(w, 100);
	w->mute = false;
	fakebus_attach_model(
		w->bus, "tunneld", (const uint16_t[]) { MIPM_DUMP, 0 }, world_tunneld, w);
	world_run(w, 0);
	assert_false(w->mnd->is_adopting);
	fakebus_say(w->bus, "tunneld", "mnd", MIPM_DUMP_END, &end); /* once more is no harm */
	world_run(w, 0);
	world_free(w);
}

static void test_other_md_commands_and_odd_entries_are_passed_over(void **state)
{
	struct mipm_md_entry entries[4] = { 0 };
	struct mipm_md_info info = { MIPM_MD_SCAN, 1, entries, 4 };
	struct world *w = world_new();

	for (unsigned i = 0; i < 4; i++)
		entries[i] = (struct mipm_md_entry) {
			.link = 11 + i,
			.number = (uint8_t)(i + 1),
			.careof_addr = careof(i + 1),
			.verdict = MIPM_GOOD,
			.name = { "x", 1 },
		};
	fakebus_say(w->bus, "linkmon", NULL, MIPM_MD_INFO, &info);
	world_run(w, 0);
	request_none(w);
	info.command = MIPM_MD_REREG;
	entries[0].class = 7;
	entries[1].class = 3;
	entries[2].number = 4; /* twice: the first one counts */
	fakebus_say(w->bus, "linkmon", NULL, MIPM_MD_INFO, &info);
	world_run(w, 0);
	assert_int_equal(request_must(w).link, 13);
	request_none(w);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_log_level_is_set_by_command),
		cmocka_unit_test(test_a_failure_of_tunneld_is_shown),
		cmocka_unit_test(test_replies_are_wanted_where_they_may_come_in),
		cmocka_unit_test(test_the_active_path_is_marked_and_no_other),
		cmocka_unit_test(test_states_name_a_home_address_only_if_it_is_configured),
		cmocka_unit_test(test_route_home_names_the_far_networks),
		cmocka_unit_test(test_tunneld_is_asked_again_when_it_comes_late),
		cmocka_unit_test(test_other_md_commands_and_odd_entries_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
