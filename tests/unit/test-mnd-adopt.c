/* SPDX-License-Identifier: BSD-2-Clause */
/* After a restart: mnd/adopt.c; and what a dump says: mnd/say.c. */
#include "tests/unit/mnd-world.h"

static struct mipm_prefix networks[2];

/* An entry of the life before: path n at our agent. */
static struct mipm_bul *own(struct world *w, uint8_t n, uint32_t caps)
{
	struct mipm_bul *bul = &w->own[w->n_own++];

	networks[0] = prefix(NET);
	*bul = (struct mipm_bul) {
		.home_addr = addr(HOME),
		.peer = addr(HA1),
		.stamp = replay_timestamp(VTIME_START - 100 * NSEC_PER_S +
					  fakebus_env(w->bus, "mnd")->wall_offset) +
			 n,
		.generation = VTIME_START + 5000 + n,
		.identity = { "site7", 5 },
		.networks = networks,
		.n_networks = 1,
		.lifetime_s = 300,
		.caps = caps,
	};
	bul->path = (struct mipm_path) {
		.number = n,
		.encap = MIPM_ENCAP_UDP,
		.priority = n,
		.careof_addr = careof(n),
		.remote = { addr(HA1), 434 },
		.local = { careof(n), 434 },
		.link = 10u + n,
		.keepalive_s = 25,
		.expires_at = VTIME_START + 200 * NSEC_PER_S,
	};
	return bul;
}

static void test_own_entries_are_adopted_and_renewed_at_once(void **state)
{
	struct world *w = world_prepare();
	struct mipm_addr home = addr(HOME);
	const struct mipm_bul *bul;
	struct request r;
	uint64_t newest;

	own(w, 1, OWN_CAPS);
	own(w, 2, OWN_CAPS);
	newest = w->own[1].generation;
	world_start(w);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	for (unsigned n = 1; n <= 2; n++) { /* before any MD_INFO; no O: nothing is broken */
		r = request_must(w);
		assert_int_equal(r.link, 10 + n);
		assert_int_equal(r.mip.ext.multipath.bid, n);
		assert_int_equal(r.mip.ext.multipath.flags, 0);
		assert_true(addr_equal(&r.mip.home_addr, &home));
		assert_true(replay_is_later(r.mip.ident, w->own[n - 1].stamp));
		assert_int_equal(state_of(w, n), MIPM_REG_WAITAR);
		assert_int_equal(
			reg_of(w, n, HA1)->grant.expires_at, VTIME_START + 200 * NSEC_PER_S);
		agent_accept(w, &r, OWN_CAPS);
		bul = fakebus_last(w->bus, MIPM_BUL_ADD);
		assert_true(bul->generation > newest);
	}
	MD(w, GOOD(1), GOOD(2)); /* the same links: nothing new */
	request_none(w);
	world_free(w);
}

static void test_a_strangers_entry_is_renewed_without_a_bid(void **state)
{
	struct world *w = world_prepare();
	struct request r;

	own(w, 2, 0);
	world_start(w);
	MD(w, GOOD(2), GOOD(1));
	r = request_must(w);
	assert_int_equal(r.link, 12);
	assert_false(r.mip.ext.multipath.present);
	request_none(w);
	world_free(w);
}

static void test_what_the_configuration_does_not_allow_is_removed(void **state)
{
	for (unsigned i = 0; i < 8; i++) {
		struct world *w = world_prepare();
		struct mipm_bul *bul = own(w, 1, OWN_CAPS);

		switch (i) {
		case 0:
			bul->peer = addr(HA2);
			break;
		case 1:
			bul->identity = (struct mipm_str) { "site8", 5 };
			break;
		case 2:
			bul->path.encap = MIPM_ENCAP_IPIP;
			break;
		case 3:
			bul->path.number = 0;
			break;
		case 4:
			bul->path.local.port = 4434;
			break;
		case 5:
			bul->domain = 3;
			break;
		case 6:
			bul->path.expires_at = VTIME_START - 1;
			break;
		case 7:
			w->conf.home_addr = addr("10.200.0.9");
			break;
		}
		world_start(w);
		assert_in_range(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1, 2); /* asked twice */
		assert_true(((const struct mipm_bul *)fakebus_last(w->bus, MIPM_BUL_REMOVE))
				    ->generation > bul->generation);
		assert_int_equal(association_bound(first_association(w), NULL), 0);
		request_none(w);
		world_free(w);
	}
}

static void test_a_network_that_is_not_ours_any_more_is_taken_back(void **state)
{
	struct world *w = world_prepare();
	struct mipm_bul *bul = own(w, 1, OWN_CAPS);
	const struct mipm_bul *said;

	networks[1] = prefix("10.9.0.0/24");
	bul->n_networks = 2;
	world_start(w);
	said = fakebus_last(w->bus, MIPM_BUL_ADD);
	assert_int_equal(said->n_networks, 1);
	assert_true(prefix_equal(&said->networks[0], &networks[0]));
	world_free(w);
}

static void test_links_that_md_info_does_not_name_are_dropped(void **state)
{
	struct world *w = world_prepare();

	own(w, 1, OWN_CAPS);
	own(w, 2, OWN_CAPS);
	world_start(w);
	request_drain(w);
	MD(w, GOOD(2));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1);
	assert_int_equal(association_bound(first_association(w), NULL), 1);
	world_free(w);
}

static void test_an_own_entry_of_a_link_that_is_gone_already_is_removed(void **state)
{
	struct world *w = world_prepare();

	w->mute = true;
	own(w, 1, OWN_CAPS);
	own(w, 2, OWN_CAPS);
	world_start(w);
	MD(w, GOOD(2));
	for (unsigned i = 0; i < 2; i++)
		fakebus_say_flags(w->bus, "tunneld", "mnd", MIPM_BUL_ADD, MIPM_F_DUMP | MIPM_F_OWN,
			&w->own[i]);
	world_run(w, 600);
	assert_int_equal(state_of(w, 2), MIPM_REG_WAITAR);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1);
	assert_int_equal(association_bound(first_association(w), NULL), 1);
	fakebus_say_flags(w->bus, "tunneld", "mnd", MIPM_BUL_ADD, MIPM_F_DUMP | MIPM_F_OWN,
		&w->own[0]); /* and once more, late */
	world_run(w, 0);
	assert_int_equal(association_bound(first_association(w), NULL), 1);
	world_free(w);
}

static void test_nothing_is_sent_before_tunneld_has_told_all(void **state)
{
	const struct mipm_dump_end end = { .complete = 1, .own = 1 };
	struct world *w = world_prepare();

	w->mute = true;
	world_start(w);
	MD(w, GOOD(1));
	world_run(w, 300);
	request_none(w);
	fakebus_say(w->bus, "tunneld", "mnd", MIPM_DUMP_END, &end);
	world_run(w, 0);
	assert_int_equal(request_must(w).link, 11);
	world_free(w);
}

static void test_a_silent_tunneld_is_waited_for_half_a_second(void **state)
{
	struct world *w = world_prepare();

	w->mute = true;
	world_start(w);
	MD(w, GOOD(1));
	world_run(w, 499);
	request_none(w);
	world_run(w, 2);
	request_must(w);
	world_free(w);
}

static int dump_all(struct world *w, bool is_own)
{
	uint64_t cursor = 0;
	int more;

	fakebus_clear(w->bus);
	do
		more = mnd_ops.dump(w->mnd, fakebus_now(w->bus), "mipctl.1", is_own, &cursor);
	while (more > 0);
	return more;
}

static void test_a_dump_is_incomplete_until_adoption_is_over(void **state)
{
	struct world *w = world_prepare();

	w->mute = true;
	world_start(w);
	assert_true(dump_all(w, false) < 0);
	world_run(w, 501);
	assert_int_equal(dump_all(w, false), 0);
	world_free(w);
}

static void test_a_dump_names_every_registration_and_every_entry(void **state)
{
	struct uplink uplinks[20];
	struct world *w = world_new();

	for (uint8_t i = 0; i < 20; i++)
		uplinks[i] = (struct uplink) { .number = (uint8_t)(i + 1), .verdict = MIPM_GOOD };
	world_md(w, uplinks, 20);
	agent_serve(w, OWN_CAPS);
	assert_int_equal(dump_all(w, false), 0); /* in more than one step */
	assert_int_equal(fakebus_count(w->bus, MIPM_REG_STATE), 20);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 20);
	assert_int_equal(dump_all(w, true), 0); /* mnd keeps nothing for others */
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 0);
	world_free(w);
}

static void test_a_late_word_about_an_own_entry_changes_nothing(void **state)
{
	struct world *w = world_new();

	MD(w, GOOD(1));
	agent_serve(w, OWN_CAPS);
	own(w, 1, OWN_CAPS);
	fakebus_clear(w->bus);
	fakebus_say_flags(
		w->bus, "tunneld", "mnd", MIPM_BUL_ADD, MIPM_F_DUMP | MIPM_F_OWN, &w->own[0]);
	world_run(w, 0);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	fakebus_say(w->bus, "somebody", NULL, MIPM_BUL_ADD, &w->own[0]); /* not told back */
	world_run(w, 0);
	request_none(w);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_entries_are_adopted_and_renewed_at_once),
		cmocka_unit_test(test_a_strangers_entry_is_renewed_without_a_bid),
		cmocka_unit_test(test_what_the_configuration_does_not_allow_is_removed),
		cmocka_unit_test(test_a_network_that_is_not_ours_any_more_is_taken_back),
		cmocka_unit_test(test_links_that_md_info_does_not_name_are_dropped),
		cmocka_unit_test(test_an_own_entry_of_a_link_that_is_gone_already_is_removed),
		cmocka_unit_test(test_nothing_is_sent_before_tunneld_has_told_all),
		cmocka_unit_test(test_a_silent_tunneld_is_waited_for_half_a_second),
		cmocka_unit_test(test_a_dump_is_incomplete_until_adoption_is_over),
		cmocka_unit_test(test_a_dump_names_every_registration_and_every_entry),
		cmocka_unit_test(test_a_late_word_about_an_own_entry_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
