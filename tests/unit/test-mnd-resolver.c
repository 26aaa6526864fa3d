/* SPDX-License-Identifier: BSD-2-Clause */
/* A home agent by its name: mnd/resolver.c. */
#include "tests/unit/mnd-world.h"

#define NAME	"ha.example.net"
#define SERVER	"192.0.2.53"
#define SERVER2 "192.0.2.54"

struct question {
	struct mipm_endpoint local, remote;
	uint32_t link;
	uint64_t at;
	uint8_t octets[DNS_QUESTION_MAX];
	uint32_t len;
};

static struct world *named(const char *server, const char *second)
{
	struct world *w = world_prepare();
	char why[160];

	w->conf.n_home_agents = 0;
	memset(w->conf.home_agents, 0, sizeof(w->conf.home_agents));
	assert_int_equal(mnd_conf_add_home_agent(&w->conf, NAME, why, sizeof(why)), 0);
	if (server)
		w->conf.dns_servers[w->conf.n_dns_servers++] = addr(server);
	if (second)
		w->conf.dns_servers[w->conf.n_dns_servers++] = addr(second);
	world_start(w);
	return w;
}

/* The next question, however long it takes; requests are answered on the way, if `serve`. */
static struct question question_wait(struct world *w, bool serve)
{
	struct question q = { 0 };

	for (unsigned i = 0; i < 36000; i++) {
		const struct mipm_msg *msg =
			fakebus_take_msg(w->bus, "mnd", MIPM_SIG_OUT, NULL, &q.at);
		const struct mipm_sig *sig;
		struct request r = { 0 };
		struct mipm_span span;

		if (!msg) {
			world_run(w, 100);
			continue;
		}
		sig = msg->body;
		if (sig->kind == MIPM_SIG_DNS) {
			q.local = sig->local;
			q.remote = sig->remote;
			q.link = sig->link;
			q.len = sig->payload.len;
			memcpy(q.octets, sig->payload.data, q.len);
			assert_int_equal(q.remote.port, 53);
			assert_int_equal(q.local.port, 0);
			return q;
		}
		r.local = sig->local;
		r.remote = sig->remote;
		r.link = sig->link;
		memcpy(r.octets, sig->payload.data, sig->payload.len);
		span = (struct mipm_span) { r.octets, sig->payload.len };
		assert_int_equal(mip_request_parse(span, &r.mip), MIP_VERDICT_OK);
		if (serve)
			agent_accept(w, &r, 0);
	}
	fail_msg("no question for an hour");
	return q;
}

struct forged {
	const char *from; /* NULL: who was asked */
	uint16_t port;	  /* 0: 53 */
	uint32_t link;	  /* 0: that link */
	bool other_id;
	uint8_t code; /* RCODE */
};

static void answer(struct world *w, const struct question *q, const char *const *addrs,
	uint8_t ttl_s, struct forged f)
{
	uint8_t buf[512];
	struct mipm_sig sig = {
		.kind = MIPM_SIG_DNS,
		.local = q->local,
		.remote = q->remote,
		.link = f.link ? f.link : q->link,
		.payload = { buf, q->len },
	};

	memcpy(buf, q->octets, q->len);
	buf[0] ^= f.other_id;
	buf[2] = 0x81;
	buf[3] = 0x80 | f.code;
	for (; *addrs; addrs++) {
		const uint8_t head[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, ttl_s, 0, 4 };
		struct mipm_addr a = addr(*addrs);

		memcpy(buf + sig.payload.len, head, sizeof(head));
		memcpy(buf + sig.payload.len + sizeof(head), a.octets, 4);
		sig.payload.len += sizeof(head) + 4;
		buf[7]++;
	}
	if (f.from)
		sig.remote.addr = addr(f.from);
	if (f.port)
		sig.remote.port = f.port;
	fakebus_say(w->bus, "tunneld", "mnd", MIPM_SIG_IN, &sig);
	world_run(w, 0);
}

#define ADDRS(...) ((const char *const[]) { __VA_ARGS__, NULL })
#define NOBODY	   ((const char *const[]) { NULL })
#define HONEST	   ((struct forged) { 0 })

static bool is_for(const struct request *r, const char *agent)
{
	struct mipm_addr a = addr(agent);

	return addr_equal(&r->remote.addr, &a) && addr_equal(&r->mip.home_agent, &a);
}

static void test_the_name_is_asked_for_and_then_registered_with(void **state)
{
	struct mipm_addr server = addr(SERVER), coa = careof(1);
	struct world *w = named(SERVER, NULL);
	const struct mipm_reg_state_msg *told;
	struct question q;
	struct request r;

	request_none(w);
	MD(w, UNTRIED(1));
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_int_equal(told->state, MIPM_REG_FAILED);
	assert_true(says(&told->text, "home agent " NAME ": looking up its address"));
	q = question_wait(w, false);
	assert_true(addr_equal(&q.remote.addr, &server));
	assert_true(addr_equal(&q.local.addr, &coa));
	assert_int_equal(q.link, 11);
	answer(w, &q, ADDRS(HA1), 60, HONEST);
	r = request_must(w);
	assert_true(is_for(&r, HA1));
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

/* RFC 5452: id, question, server, port, address and link; else it is not heard. */
static void test_a_forged_answer_is_not_heard(void **state)
{
	static const struct forged rows[] = {
		{ .from = "192.0.2.99" },
		{ .port = 5353 },
		{ .link = 12 },
		{ .other_id = true },
	};
	struct world *w = named(SERVER, NULL);
	struct question q;
	struct request r;

	MD(w, UNTRIED(1));
	q = question_wait(w, false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		answer(w, &q, ADDRS(HA2), 60, rows[i]);
		request_none(w);
	}
	assert_int_equal(w->mnd->counters.counts[COUNT_NOT_ASKED], 4);
	answer(w, &q, ADDRS(HA1), 60, HONEST);
	r = request_must(w);
	assert_true(is_for(&r, HA1));
	answer(w, &q, ADDRS(HA2), 60, HONEST); /* once is enough */
	assert_int_equal(first_association(w)->n_agents, 1);
	world_free(w);
}

static void test_ids_are_drawn_anew(void **state)
{
	struct world *w = named(SERVER, NULL);
	struct question q[6];
	unsigned same = 0;

	MD(w, UNTRIED(1));
	for (size_t i = 0; i < 6; i++)
		q[i] = question_wait(w, false);
	for (size_t i = 1; i < 6; i++)
		same += memcmp(q[i].octets, q[0].octets, 2) == 0;
	assert_true(same < 2);
	world_free(w);
}

static void test_silence_asks_over_other_links_and_servers_ever_more_slowly(void **state)
{
	struct world *w = named(SERVER, SERVER2);
	const struct mipm_reg_state_msg *told;
	unsigned n = 0, over[3] = { 0 }, to[2] = { 0 };
	struct mipm_addr server = addr(SERVER);

	MD(w, UNTRIED(1), UNTRIED(2));
	while (fakebus_now(w->bus) < VTIME_START + 600 * NSEC_PER_S) {
		struct question q = question_wait(w, false);

		over[q.link - 10]++;
		to[addr_equal(&q.remote.addr, &server)]++;
		n++;
	}
	assert_in_range(n, 14, 40);
	assert_true(over[1] > 5 && over[2] > 5 && to[0] > 5 && to[1] > 5);
	MD(w, UNTRIED(1));
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_true(says(&told->text, NAME ": no answer to the question for its address"));
	world_free(w);
}

static void test_what_the_server_cannot_say_is_said(void **state)
{
	static const struct {
		uint8_t code;
		const char *words;
	} rows[] = { { 3, "there is no such name" }, { 0, "has no IPv4 address" },
		{ 5, "refuses to answer" } };

	for (size_t i = 0; i < 3; i++) {
		struct world *w = named(SERVER, NULL);
		const struct mipm_reg_state_msg *told;
		struct question q;

		MD(w, UNTRIED(1));
		q = question_wait(w, false);
		answer(w, &q, NOBODY, 0, (struct forged) { .code = rows[i].code });
		told = fakebus_last(w->bus, MIPM_REG_STATE);
		assert_true(says(&told->text, rows[i].words));
		q = question_wait(w, false);
		answer(w, &q, ADDRS(HA1), 60, HONEST);
		assert_true(request_must(w).at > 0);
		world_free(w);
	}
}

static void test_without_a_server_the_gateway_is_asked(void **state)
{
	struct mipm_md_entry entry = { .link = 11,
		.number = 1,
		.name = { "dsl0", 4 },
		.careof_addr = careof(1),
		.gateway = addr("198.51.100.254"),
		.verdict = MIPM_GOOD };
	struct mipm_md_info info = { .command = MIPM_MD_REREG, .entries = &entry, .n_entries = 1 };
	struct world *w = named(NULL, NULL);
	struct question q;

	fakebus_say(w->bus, "linkmon", NULL, MIPM_MD_INFO, &info);
	world_run(w, 0);
	q = question_wait(w, false);
	assert_true(addr_equal(&q.remote.addr, &entry.gateway));
	world_free(w);
}

/* Several addresses are alternatives, and a server that shuffles them moves nobody. */
static void test_several_addresses_are_alternatives(void **state)
{
	struct world *w = named(SERVER, NULL);
	struct question q;
	struct request r;

	MD(w, GOOD(1));
	q = question_wait(w, false);
	answer(w, &q, ADDRS(HA1, HA2), 60, HONEST);
	r = request_must(w);
	assert_true(is_for(&r, HA1));
	agent_accept(w, &r, 0);
	q = question_wait(w, true); /* the time to live is over */
	assert_in_range(q.at - r.at, 60 * NSEC_PER_S, 70 * NSEC_PER_S);
	answer(w, &q, ADDRS(HA2, HA1), 60, HONEST);
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(first_association(w)->n_agents, 2);
	MD(w, BAD(1));
	do
		r = request_wait(w);
	while (is_for(&r, HA1));
	assert_true(is_for(&r, HA2));
	world_free(w);
}

static void test_times_to_live_have_bounds(void **state)
{
	struct world *w = named(SERVER, NULL);
	struct question q;
	uint64_t asked;

	MD(w, GOOD(1));
	q = question_wait(w, true);
	answer(w, &q, ADDRS(HA1), 1, HONEST);
	asked = q.at;
	q = question_wait(w, true);
	assert_in_range(q.at - asked, 60 * NSEC_PER_S, 62 * NSEC_PER_S);
	world_free(w);
}

/* It stops answering, and its name has another address by now. */
static void test_an_agent_that_moved_is_found_again(void **state)
{
	struct world *w = named(SERVER, NULL);
	struct question q;
	struct request r;
	uint64_t dead;

	MD(w, GOOD(1));
	q = question_wait(w, false);
	answer(w, &q, ADDRS(HA1), 250, HONEST);
	r = request_must(w);
	agent_accept(w, &r, 0);
	world_run(w, 20000);
	MD(w, BAD(1));
	dead = fakebus_now(w->bus);
	q = question_wait(w, false); /* long before the TTL is over */
	assert_true(q.at - dead < 20 * NSEC_PER_S);
	fakebus_clear(w->bus);
	answer(w, &q, ADDRS(HA2), 250, HONEST);
	r = request_must(w);
	assert_true(is_for(&r, HA2));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	agent_accept(w, &r, 0);
	assert_int_equal(reg_of(w, 1, HA2)->fsm.state, MIPM_REG_BOUND);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1);
	world_free(w);
}

/* The old address serves on: it is left only when the new one has accepted. */
static void test_an_agent_that_lost_its_name_is_left_without_an_outage(void **state)
{
	struct world *w = named(SERVER, NULL);
	struct question q;
	struct request r;

	MD(w, GOOD(1));
	q = question_wait(w, false);
	answer(w, &q, ADDRS(HA1), 60, HONEST);
	r = request_must(w);
	agent_accept(w, &r, 0);
	q = question_wait(w, true);
	fakebus_clear(w->bus);
	answer(w, &q, ADDRS(HA2), 250, HONEST);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	do {
		r = request_wait(w);
		if (is_for(&r, HA1))
			agent_accept(w, &r, 0);
	} while (!is_for(&r, HA2));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	agent_accept(w, &r, 0);
	assert_int_equal(reg_of(w, 1, HA2)->fsm.state, MIPM_REG_BOUND);
	r = request_must(w);
	assert_true(is_for(&r, HA1) && r.mip.lifetime == 0);
	world_free(w);
}

/* What a name server says cannot lead traffic into our own network. */
static void test_an_address_of_ours_is_nobodys_home_agent(void **state)
{
	struct world *w = named(SERVER, NULL);
	struct question q;

	MD(w, GOOD(1));
	q = question_wait(w, false);
	answer(w, &q, ADDRS("10.7.0.9"), 60, HONEST);
	request_none(w);
	assert_false(association_knows_agent(first_association(w)));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_name_is_asked_for_and_then_registered_with),
		cmocka_unit_test(test_a_forged_answer_is_not_heard),
		cmocka_unit_test(test_ids_are_drawn_anew),
		cmocka_unit_test(test_silence_asks_over_other_links_and_servers_ever_more_slowly),
		cmocka_unit_test(test_what_the_server_cannot_say_is_said),
		cmocka_unit_test(test_without_a_server_the_gateway_is_asked),
		cmocka_unit_test(test_several_addresses_are_alternatives),
		cmocka_unit_test(test_times_to_live_have_bounds),
		cmocka_unit_test(test_an_agent_that_moved_is_found_again),
		cmocka_unit_test(test_an_agent_that_lost_its_name_is_left_without_an_outage),
		cmocka_unit_test(test_an_address_of_ours_is_nobodys_home_agent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
