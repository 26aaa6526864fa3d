/* SPDX-License-Identifier: BSD-2-Clause */
/* What is believed of a reply: mnd/reply.c, mnd/reply_ext.c, mnd/refusal.c (THREATS T26, T27). */
#include "tests/unit/mnd-world.h"

/* A world with one request out. */
static struct world *asked(struct request *r)
{
	struct world *w = world_new();

	MD(w, GOOD(1));
	*r = request_must(w);
	return w;
}

static void expect_nothing(struct world *w)
{
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_WAITA);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 0);
	assert_true(reg_of(w, 1, HA1)->sent.is_open);
}

/* ---- who says it ---- */

static void test_a_spoiled_authenticator_changes_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, OWN_CAPS);

	for (a.flip = 1; a.flip <= 32; a.flip += 31) {
		answer_send(w, &r, &a);
		expect_nothing(w);
	}
	assert_true(fakebus_logged(w->bus, "not authentic"));
	a.flip = 60; /* an octet that is covered */
	answer_send(w, &r, &a);
	expect_nothing(w);
	agent_accept(w, &r, 0); /* the true one still counts */
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

static void test_no_authenticator_or_somebody_elses_changes_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, OWN_CAPS);

	a.sa = NULL;
	answer_send(w, &r, &a);
	expect_nothing(w);
	a.sa = world_add_sa(w, 2000, 0x22); /* in the keys file, but not our home agent's */
	answer_send(w, &r, &a);
	expect_nothing(w);
	world_free(w);
}

static void test_two_authenticators_change_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, OWN_CAPS);
	static const uint8_t second[38] = { 32, 36, 0, 0, 3, 0xef };

	a.tail = second;
	a.n_tail = sizeof(second);
	answer_send(w, &r, &a);
	expect_nothing(w);
	world_free(w);
}

/* T27: the algorithm is the SPI's, the digest has its whole length. */
static void test_another_algorithm_or_a_cut_digest_changes_nothing(void **state)
{
	static const enum mip_algorithm other[] = { MIP_HMAC_MD5, MIP_HMAC_SHA1 };
	uint8_t key[32];

	memset(key, 0x11, sizeof(key));
	for (size_t i = 0; i < 2; i++) {
		struct request r;
		struct world *w = asked(&r);
		struct answer a = answer_accept(w, &r, OWN_CAPS);

		assert_int_equal(sa_new(SPI, other[i], key, sizeof(key), &a.sa), 0);
		answer_send(w, &r, &a);
		expect_nothing(w);
		sa_free(a.sa);
		world_free(w);
	}
}

static void test_another_spi_of_ours_is_believed_while_keys_roll_over(void **state)
{
	struct world *w = world_prepare();
	struct request r;
	struct answer a;

	w->conf.spis[w->conf.n_spis++] = 1008;
	a.sa = world_add_sa(w, 1008, 0x33);
	world_start(w);
	MD(w, GOOD(1));
	r = request_must(w);
	assert_int_equal(r.mip.ext.mn_ha.spi, SPI);
	w->sa = a.sa;
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

static void test_garbage_changes_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct mipm_sig sig = { .local = r.local, .remote = r.remote, .link = r.link };
	uint8_t octets[64] = { 3 };

	for (uint32_t len = 1; len <= sizeof(octets); len++) {
		sig.payload = (struct mipm_span) { octets, len };
		fakebus_say(w->bus, "tunneld", "mnd", MIPM_SIG_IN, &sig);
	}
	world_run(w, 0);
	expect_nothing(w);
	world_free(w);
}

/* ---- whether it answers us ---- */

static void test_another_identification_changes_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, OWN_CAPS);

	a.mip.ident = r.mip.ident ^ 1;
	answer_send(w, &r, &a);
	expect_nothing(w);
	a.mip.ident = r.mip.ident ^ (UINT64_C(1) << 32); /* the low half is right */
	answer_send(w, &r, &a);
	expect_nothing(w);
	world_free(w);
}

static void test_only_the_latest_request_is_answered(void **state)
{
	struct request first, second;
	struct world *w = asked(&first);

	second = request_wait(w);
	agent_accept(w, &first, 0);
	expect_nothing(w);
	agent_accept(w, &second, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	agent_accept(w, &second, 0); /* again: nothing more */
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 1);
	world_free(w);
}

static void test_another_home_address_is_no_answer(void **state)
{
	struct world *w = world_prepare();
	struct request r;
	struct answer a;

	w->conf.home_addr = addr(HOME);
	world_start(w);
	MD(w, GOOD(1));
	r = request_must(w);
	a = answer_accept(w, &r, 0);
	a.mip.home_addr = addr("10.200.0.8");
	answer_send(w, &r, &a);
	expect_nothing(w);
	world_free(w);
}

static void test_paths_have_requests_of_their_own(void **state)
{
	struct world *w = world_new();
	struct request a, b;

	MD(w, GOOD(1));
	agent_serve(w, OWN_CAPS);
	MD(w, GOOD(1), GOOD(2), GOOD(3));
	a = request_must(w);
	b = request_must(w);
	agent_accept(w, &b, OWN_CAPS); /* in the other order */
	agent_accept(w, &a, OWN_CAPS);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	assert_int_equal(state_of(w, 3), MIPM_REG_BOUND);
	world_free(w);
}

/* ---- lies of an authentic agent ---- */

static void lie_home_agent(struct answer *a)
{
	a->mip.home_agent = addr(HA2);
}

static void lie_no_time(struct answer *a)
{
	a->mip.lifetime = 0;
}

static void lie_no_home_addr(struct answer *a)
{
	a->mip.home_addr = addr("0.0.0.0");
}

static void lie_home_addr_multicast(struct answer *a)
{
	a->mip.home_addr = addr("224.0.0.1");
}

static void lie_home_addr_loopback(struct answer *a)
{
	a->mip.home_addr = addr("127.0.0.1");
}

static void lie_home_addr_is_agent(struct answer *a)
{
	a->mip.home_addr = addr(HA1);
}

static void lie_home_addr_is_careof(struct answer *a)
{
	a->mip.home_addr = careof(1);
}

static void lie_code_2(struct answer *a)
{
	a->mip.code = MIP_CODE_CONCURRENT_REGISTRATION;
}

static void lie_code_7(struct answer *a)
{
	a->mip.code = 7;
}

static void lie_code_201(struct answer *a)
{
	a->mip.code = MIP_CODE_HOME_NONCE_EXPIRED;
}

static void lie_unknown_extension(struct answer *a)
{
	static const uint8_t unknown[] = { 99, 2, 0, 0 }; /* below 128 */

	a->tail = unknown;
	a->n_tail = sizeof(unknown);
}

static void lie_cut_extension(struct answer *a)
{
	static const uint8_t cut[] = { 200, 77, 0 };

	a->tail = cut;
	a->n_tail = sizeof(cut);
}

static void test_lies_are_dropped_and_the_node_stays_up(void **state)
{
	static void (*const lies[])(struct answer *) = {
		lie_home_agent,
		lie_no_time,
		lie_no_home_addr,
		lie_home_addr_multicast,
		lie_home_addr_loopback,
		lie_home_addr_is_agent,
		lie_home_addr_is_careof,
		lie_code_2,
		lie_code_7,
		lie_code_201,
		lie_unknown_extension,
		lie_cut_extension,
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		struct request r;
		struct world *w = asked(&r);
		struct answer a = answer_accept(w, &r, OWN_CAPS);

		lies[i](&a);
		answer_send(w, &r, &a);
		if (state_of(w, 1) != MIPM_REG_WAITA)
			fail_msg("lie %zu is believed", i);
		expect_nothing(w);
		agent_accept(w, &r, 0);
		assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
		world_free(w);
	}
}

static void test_an_unknown_skippable_extension_is_skipped(void **state)
{
	static const uint8_t unknown[] = { 200, 2, 0, 0 };
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);

	a.tail = unknown;
	a.n_tail = sizeof(unknown);
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

static void test_somebody_elses_identity_is_refused(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);

	a.mip.ext.nai = (struct mipm_str) { "site8", 5 };
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	world_free(w);
}

/* ---- networks ---- */

static void ack(struct answer *a, const char *network, uint8_t code, bool implicit)
{
	struct mipm_prefix p = prefix(network);

	a->mip.ext.network_acks[a->mip.ext.n_network_acks++] =
		(struct mip_network_ack) { implicit, code, p.addr, p.len };
}

static const struct mipm_bul *granted(struct world *w)
{
	const struct mipm_bul *bul = fakebus_last(w->bus, MIPM_BUL_ADD);

	assert_non_null(bul);
	return bul;
}

static void test_only_networks_that_were_asked_for_are_taken(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);

	ack(&a, "10.8.0.0/24", 0, false);
	ack(&a, "10.7.0.0/16", 0, false);
	ack(&a, "10.7.0.0/25", 0, true);
	answer_send(w, &r, &a);
	assert_int_equal(granted(w)->n_networks, 1);
	assert_true(prefix_equal(&granted(w)->networks[0], &w->conf.networks[0]));
	assert_true(fakebus_logged(w->bus, "did not ask for"));
	world_free(w);
}

static void test_a_refused_network_is_left_out_and_told(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);
	const struct mipm_reg_state_msg *told;

	a.mip.ext.n_network_acks = 0;
	ack(&a, NET, MIP_NETWORK_UNAUTHORIZED, false);
	ack(&a, NET, MIP_NETWORK_SUCCESS, false); /* both: the refusal counts */
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(granted(w)->n_networks, 0);
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_true(says(&told->text, "10.7.0.0/24"));
	world_free(w);
}

static void test_an_agent_without_nemo_is_accepted_and_told(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);
	const struct mipm_reg_state_msg *told;

	a.mip.ext.n_network_acks = 0;
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(granted(w)->n_networks, 0);
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_true(says(&told->text, "knows no mobile networks"));
	world_free(w);
}

static void test_code_147_asks_without_the_refused_ones(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_deny(w, &r, MIP_CODE_MOBILE_NETWORK_ERROR);

	ack(&a, NET, MIP_NETWORK_UNAUTHORIZED, false);
	answer_send(w, &r, &a);
	r = request_must(w);
	assert_int_equal(r.mip.ext.n_network_requests, 0);
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	r = request_wait(w); /* RFC 5177: nor in the next one */
	assert_int_equal(r.mip.ext.n_network_requests, 0);
	world_free(w);
}

static void test_code_148_asks_as_a_single_node(void **state)
{
	struct request r;
	struct world *w = asked(&r);

	agent_deny(w, &r, MIP_CODE_MOBILE_ROUTER_DISALLOWED);
	r = request_must(w);
	assert_int_equal(r.mip.ext.n_network_requests, 0);
	agent_deny(w, &r, MIP_CODE_MOBILE_ROUTER_DISALLOWED); /* no endless exchange */
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	world_free(w);
}

/* ---- tunnels ---- */

static void expect_failed(struct world *w, const char *words)
{
	const struct mipm_reg_state_msg *told = fakebus_last(w->bus, MIPM_REG_STATE);

	request_none(w);
	assert_int_equal(told->state, MIPM_REG_FAILED);
	assert_true(says(&told->text, words));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 0);
}

static void test_a_declined_udp_tunnel_is_a_refusal(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);

	a.mip.ext.udp_tunnel_reply.code = MIP_UDP_TUNNEL_DECLINED;
	answer_send(w, &r, &a);
	expect_failed(w, "this agent wants plain IP-in-IP");
	world_free(w);
}

static void test_no_udp_tunnel_reply_is_a_refusal(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);

	a.mip.ext.udp_tunnel_reply.present = false;
	answer_send(w, &r, &a);
	expect_failed(w, "knows no UDP tunnels");
	world_free(w);
}

static void test_the_keepalive_interval_has_a_floor_and_a_default(void **state)
{
	static const struct {
		uint16_t said, taken;
	} rows[] = { { 0, 110 }, { 3, 10 }, { 25, 25 } };

	for (size_t i = 0; i < 3; i++) {
		struct request r;
		struct world *w = asked(&r);
		struct answer a = answer_accept(w, &r, 0);

		a.mip.ext.udp_tunnel_reply.keepalive = rows[i].said;
		answer_send(w, &r, &a);
		assert_int_equal(granted(w)->path.keepalive_s, rows[i].taken);
		world_free(w);
	}
}

static void test_the_entry_says_all_that_tunneld_needs(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	const struct mipm_bul *bul;
	struct answer a = answer_accept(w, &r, OWN_CAPS);

	a.mip.ext.observed_addr.port = 40000;
	answer_send(w, &r, &a);
	bul = granted(w);
	assert_true(addr_equal(&bul->home_addr, &a.mip.home_addr));
	assert_true(addr_equal(&bul->peer, &w->conf.home_agents[0]));
	assert_int_equal(bul->stamp, r.mip.ident);
	assert_int_equal(bul->lifetime_s, 300);
	assert_int_equal(bul->route, 0);
	assert_int_equal(bul->path.number, 1);
	assert_int_equal(bul->path.link, 11);
	assert_int_equal(bul->path.encap, MIPM_ENCAP_UDP);
	assert_int_equal(bul->path.nat, 1); /* seen from another port */
	assert_int_equal(bul->path.remote.port, 434);
	assert_int_equal(bul->path.local.port, 434);
	assert_true(addr_equal(&bul->path.local.addr, &r.local.addr));
	assert_int_equal(bul->path.expires_at, r.at + 300 * NSEC_PER_S);
	assert_int_equal(bul->caps, MIP_FEATURE_OBSERVED_ADDRESS); /* no BID in use yet */
	r = request_must(w);
	agent_accept(w, &r, OWN_CAPS | MIP_FEATURE_KEY);
	bul = granted(w);
	assert_int_equal(bul->caps, OWN_CAPS); /* what both have */
	assert_int_equal(bul->path.nat, 0);
	world_free(w);
}

/* ---- refusals ---- */

static void test_an_unproved_refusal_takes_nothing_down(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a;

	agent_accept(w, &r, 0);
	r = request_wait(w);
	for (unsigned code = 64; code <= 127; code++) {
		a = answer_deny(w, &r, (uint8_t)code);
		a.sa = NULL;
		answer_send(w, &r, &a);
		assert_int_equal(state_of(w, 1), MIPM_REG_WAITAR);
	}
	a = answer_deny(w, &r, MIP_CODE_PROHIBITED);
	a.sa = NULL;
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_WAITAR);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	agent_accept(w, &r, 0); /* the authenticated answer that follows counts */
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

/* Every code that a home agent may send has one of four ends, and never two requests a second. */
static void test_every_refusal_has_words_and_an_end(void **state)
{
	for (unsigned code = 128; code <= 192; code++) {
		struct request r;
		struct world *w = asked(&r);
		const struct mipm_reg_state_msg *told;
		unsigned n = 0;

		if (code == MIP_CODE_IDENT_MISMATCH) {
			world_free(w);
			continue;
		}
		agent_deny(w, &r, (uint8_t)code);
		told = fakebus_last(w->bus, MIPM_REG_STATE);
		assert_int_equal(told->code, code);
		assert_true(says(&told->text, "refused"));
		for (unsigned s = 0; s < 300; s++) {
			while (request_take(w, &r)) {
				agent_deny(w, &r, (uint8_t)code);
				n++;
			}
			world_run(w, 1000);
		}
		assert_in_range(n, 3, 12);
		world_free(w);
	}
}

static void test_a_refused_refresh_keeps_the_binding_until_it_expires(void **state)
{
	struct request r;
	struct world *w = asked(&r);

	agent_accept(w, &r, 0);
	r = request_wait(w);
	agent_deny(w, &r, MIP_CODE_POORLY_FORMED);
	assert_int_equal(state_of(w, 1), MIPM_REG_WAITAR);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	r = request_wait(w);
	assert_true(r.at < VTIME_START + 300 * NSEC_PER_S);
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

static void test_a_learnt_home_address_that_is_refused_is_given_up(void **state)
{
	struct request r;
	struct world *w = asked(&r);

	agent_accept(w, &r, 0);
	while (state_of(w, 1) != MIPM_REG_WAITA)
		world_run(w, 1000); /* nobody answers until it has expired */
	request_drain(w);
	r = request_wait(w);
	assert_false(addr_is_unspecified(&r.mip.home_addr));
	agent_deny(w, &r, MIP_CODE_PROHIBITED);
	r = request_must(w);
	assert_true(addr_is_unspecified(&r.mip.home_addr));
	world_free(w);
}

static void test_code_131_tries_the_other_key(void **state)
{
	struct world *w = world_prepare();
	struct request r;

	w->conf.spis[w->conf.n_spis++] = 1008;
	world_add_sa(w, 1008, 0x33);
	world_start(w);
	MD(w, GOOD(1));
	r = request_must(w);
	agent_deny(w, &r, MIP_CODE_MN_FAILED_AUTHENTICATION);
	r = request_must(w);
	assert_int_equal(r.mip.ext.mn_ha.spi, 1008);
	agent_deny(w, &r, MIP_CODE_MN_FAILED_AUTHENTICATION);
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	world_free(w);
}

/* ---- 133 ---- */

static void test_133_with_clocks_apart_learns_the_offset(void **state)
{
	static const int64_t offsets[] = { 7200, -7200, 8, -8 };

	for (size_t i = 0; i < 4; i++) {
		struct request r;
		struct world *w = asked(&r);
		const struct mipm_reg_state_msg *told;
		int64_t apart;

		w->agent_offset = offsets[i] * (int64_t)NSEC_PER_S;
		w->resynced = true;
		agent_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
		told = fakebus_last(w->bus, MIPM_REG_STATE);
		assert_true(says(&told->text, "its clock and ours differ"));
		assert_int_equal(told->code, 133);
		assert_in_range(told->skew_ns - w->agent_offset + 2 * (int64_t)NSEC_PER_S, 0,
			4 * NSEC_PER_S);
		r = request_must(w); /* at once */
		apart = replay_difference_ns(r.mip.ident, agent_ident(w));
		assert_true(apart > -2 * (int64_t)NSEC_PER_S && apart < 2 * (int64_t)NSEC_PER_S);
		agent_accept(w, &r, 0);
		assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
		r = request_wait(w); /* and it stays learnt */
		apart = replay_difference_ns(r.mip.ident, agent_ident(w));
		assert_true(apart > -2 * (int64_t)NSEC_PER_S && apart < 2 * (int64_t)NSEC_PER_S);
		world_free(w);
	}
}

static void test_133_with_equal_clocks_repeats_without_an_offset(void **state)
{
	struct request r, again;
	struct world *w = asked(&r);
	const struct mipm_reg_state_msg *told;

	agent_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
	again = request_must(w);
	assert_true(replay_is_later(again.mip.ident, r.mip.ident));
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_int_equal(told->skew_ns, 0);
	assert_true(says(&told->text, "overtook"));
	agent_accept(w, &again, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

/* T19: after its restart an agent wants more than the newest it had seen, plus two seconds. */
static void test_133_with_equal_clocks_gets_past_a_restarted_agent(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	uint64_t floor = r.mip.ident + (UINT64_C(2) << 32);
	unsigned n = 0;

	while (!replay_is_later(r.mip.ident, floor) && n++ < 10) {
		agent_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
		r = request_wait(w);
	}
	assert_in_range(n, 1, 4);
	assert_int_equal(first_association(w)->sender.offset, 0);
	world_free(w);
}

static void test_a_forged_133_teaches_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a;

	w->agent_offset = 7200 * (int64_t)NSEC_PER_S;
	a = answer_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
	a.flip = 1;
	answer_send(w, &r, &a);
	expect_nothing(w);
	a.flip = 0;
	a.sa = NULL;
	answer_send(w, &r, &a);
	expect_nothing(w);
	assert_int_equal(first_association(w)->sender.offset, 0);
	world_free(w);
}

static void test_an_agent_that_always_says_133_is_not_flooded(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	unsigned n = 0;

	for (unsigned i = 0; i < 600; i++) {
		while (request_take(w, &r)) {
			w->resynced = true;
			agent_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
			n++;
		}
		world_run(w, 100);
	}
	assert_in_range(n, 3, 65);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_spoiled_authenticator_changes_nothing),
		cmocka_unit_test(test_no_authenticator_or_somebody_elses_changes_nothing),
		cmocka_unit_test(test_two_authenticators_change_nothing),
		cmocka_unit_test(test_another_algorithm_or_a_cut_digest_changes_nothing),
		cmocka_unit_test(test_another_spi_of_ours_is_believed_while_keys_roll_over),
		cmocka_unit_test(test_garbage_changes_nothing),
		cmocka_unit_test(test_another_identification_changes_nothing),
		cmocka_unit_test(test_only_the_latest_request_is_answered),
		cmocka_unit_test(test_another_home_address_is_no_answer),
		cmocka_unit_test(test_paths_have_requests_of_their_own),
		cmocka_unit_test(test_lies_are_dropped_and_the_node_stays_up),
		cmocka_unit_test(test_an_unknown_skippable_extension_is_skipped),
		cmocka_unit_test(test_somebody_elses_identity_is_refused),
		cmocka_unit_test(test_only_networks_that_were_asked_for_are_taken),
		cmocka_unit_test(test_a_refused_network_is_left_out_and_told),
		cmocka_unit_test(test_an_agent_without_nemo_is_accepted_and_told),
		cmocka_unit_test(test_code_147_asks_without_the_refused_ones),
		cmocka_unit_test(test_code_148_asks_as_a_single_node),
		cmocka_unit_test(test_a_declined_udp_tunnel_is_a_refusal),
		cmocka_unit_test(test_no_udp_tunnel_reply_is_a_refusal),
		cmocka_unit_test(test_the_keepalive_interval_has_a_floor_and_a_default),
		cmocka_unit_test(test_the_entry_says_all_that_tunneld_needs),
		cmocka_unit_test(test_an_unproved_refusal_takes_nothing_down),
		cmocka_unit_test(test_every_refusal_has_words_and_an_end),
		cmocka_unit_test(test_a_refused_refresh_keeps_the_binding_until_it_expires),
		cmocka_unit_test(test_a_learnt_home_address_that_is_refused_is_given_up),
		cmocka_unit_test(test_code_131_tries_the_other_key),
		cmocka_unit_test(test_133_with_clocks_apart_learns_the_offset),
		cmocka_unit_test(test_133_with_equal_clocks_repeats_without_an_offset),
		cmocka_unit_test(test_133_with_equal_clocks_gets_past_a_restarted_agent),
		cmocka_unit_test(test_a_forged_133_teaches_nothing),
		cmocka_unit_test(test_an_agent_that_always_says_133_is_not_flooded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
