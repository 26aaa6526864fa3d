/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile datagrams at a router (GOALS R1): replies, revocations and name servers' answers that
 * would be believed, spoiled in many ways, and octets of no kind. Nothing changes, nothing is
 * answered. MND_HOSTILE=N in the environment: so many instead of 200,000.
 */
#include "libmip/revocation.h"
#include "tests/unit/mnd-world.h"

#define STAMP	  0xeeac0000u
#define TEMPLATES 4
#define MAX	  1024

struct template
{
	struct mipm_sig sig;
	uint8_t octets[MAX];
};

static uint64_t seed = 20261122;

static uint32_t roll(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % n;
}

/* Path 1 is bound and revocable, path 2 waits for a reply, a name waits for its address. */
static struct world *exposed(struct template t[TEMPLATES])
{
	struct world *w = world_prepare();
	struct mip_revocation revocation = { .from_home_agent = true,
		.home_addr = addr(HOME),
		.home_agent = addr(HA1),
		.careof_addr = careof(1),
		.ident = STAMP + 1 };
	struct request r;
	struct answer a;
	size_t len;

	assert_int_equal(mnd_conf_add_home_agent(&w->conf, "ha.example.net", NULL, 0), 0);
	w->conf.dns_servers[w->conf.n_dns_servers++] = addr("192.0.2.53");
	world_start(w);
	MD(w, GOOD(1), GOOD(2));
	for (unsigned i = 0; i < 2; i++) {
		r = request_must(w);
		a = answer_accept(w, &r, OWN_CAPS);
		a.mip.ext.revocation.present = true;
		a.mip.ext.revocation.timestamp = STAMP;
		answer_send(w, &r, &a);
	}
	r = request_must(w);
	assert_int_equal(r.link, 12);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(state_of(w, 2), MIPM_REG_WAITA);

	a = answer_accept(w, &r, OWN_CAPS);
	assert_int_equal(mip_reply_build(&a.mip, w->mac, w->sa, t[0].octets, MAX, &len), 0);
	t[0].sig = (struct mipm_sig) {
		.local = r.local, .remote = r.remote, .link = r.link, .payload.len = (uint32_t)len
	};
	a = answer_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(mip_reply_build(&a.mip, w->mac, w->sa, t[1].octets, MAX, &len), 0);
	t[1].sig = t[0].sig;
	t[1].sig.payload.len = (uint32_t)len;
	assert_int_equal(
		mip_revocation_build(&revocation, w->mac, w->sa, t[2].octets, MAX, &len), 0);
	t[2].sig = (struct mipm_sig) { .local = { careof(1), 434 },
		.remote = { addr(HA1), 434 },
		.link = 11,
		.payload.len = (uint32_t)len };
	t[3].sig = (struct mipm_sig) { .kind = MIPM_SIG_DNS,
		.local = { careof(1), 0 },
		.remote = { addr("192.0.2.53"), 53 },
		.link = 11 };
	t[3].sig.payload.len = (uint32_t)dns_question("ha.example.net", 1, t[3].octets);
	fakebus_clear(w->bus);
	return w;
}

/* At least one octet of what the authenticator covers, or of itself, is another one. */
static uint32_t spoil(uint8_t *octets, uint32_t len)
{
	uint32_t at, n;

	switch (roll(6)) {
	case 0: /* cut */
		return 1 + roll(len - 1);
	case 1: /* some bits */
		for (n = 1 + roll(8); n > 0; n--)
			octets[roll(len)] ^= (uint8_t)(1u << roll(8));
		octets[roll(len - 1) + 1] ^= 0x80;
		return len;
	case 2: /* a length or type that lies */
		octets[1 + roll(len - 1)] = (uint8_t)(roll(2) ? 0xff : roll(256));
		octets[len - 1] ^= 1;
		return len;
	case 3: /* octets twice */
		at = roll(len);
		n = 1 + roll(len - at);
		memmove(octets + at + n, octets + at, len - at);
		octets[len / 2] ^= 1; /* else the end twice may be one more extension */
		return len + n;
	case 4: /* octets missing */
		at = 1 + roll(len - 1);
		n = 1 + roll(len - at);
		memmove(octets + at, octets + at + n, len - at - n);
		return len - n;
	default: /* of no kind, but for the first */
		for (at = 1; at < len; at++)
			octets[at] = (uint8_t)roll(256);
		return len;
	}
}

struct snapshot {
	struct grant grants[2];
	int states[2];
	bool bound[2], open[2];
	uint64_t generation[2];
	struct replay_sender sender;
	struct mipm_addr home_addr;
	size_t n_agents;
};

static void take(struct world *w, struct snapshot *s)
{
	struct association *a = first_association(w);

	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < 2; i++) {
		const struct registration *reg = reg_of(w, i + 1, HA1);

		memcpy(&s->grants[i], &reg->grant, sizeof(reg->grant));
		s->states[i] = reg->fsm.state;
		s->bound[i] = reg->is_bound;
		s->open[i] = reg->sent.is_open;
		s->generation[i] = reg->generation;
	}
	memcpy(&s->sender, &a->agent->sender, sizeof(s->sender));
	s->home_addr = a->home_addr;
	s->n_agents = a->n_agents;
}

static void test_nothing_that_is_spoiled_changes_anything(void **state)
{
	static struct template templates[TEMPLATES];
	const char *wish = getenv("MND_HOSTILE");
	unsigned long n = wish ? strtoul(wish, NULL, 10) : 200000;
	struct snapshot before, after;
	struct world *w = exposed(templates);

	take(w, &before);
	for (unsigned long i = 0; i < n; i++) {
		const struct template *truth = &templates[roll(TEMPLATES)];
		struct template t = *truth;
		uint32_t len = spoil(t.octets, t.sig.payload.len);
		uint8_t *exact = malloc(len + 1u); /* a sanitizer sees a read past it */

		if (len == truth->sig.payload.len && memcmp(t.octets, truth->octets, len) == 0)
			t.octets[len / 2] ^= 1; /* one change had undone another */
		memcpy(exact, t.octets, len);
		t.sig.payload = (struct mipm_span) { exact, len };
		fakebus_say(w->bus, "tunneld", "mnd", MIPM_SIG_IN, &t.sig);
		free(exact);
		world_run(w, 0);
		take(w, &after);
		if (memcmp(&before, &after, sizeof(before)) != 0)
			fail_msg("datagram %lu changed something", i);
		if (fakebus_count(w->bus, MIPM_SIG_OUT) || fakebus_count(w->bus, MIPM_BUL_ADD) ||
			fakebus_count(w->bus, MIPM_BUL_REMOVE))
			fail_msg("datagram %lu had an effect", i);
		if (i % 1000 == 999)
			fakebus_clear(w->bus);
	}
	/* and the truth is still heard */
	templates[0].sig.payload.data = templates[0].octets;
	fakebus_say(w->bus, "tunneld", "mnd", MIPM_SIG_IN, &templates[0].sig);
	world_run(w, 0);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	templates[2].sig.payload.data = templates[2].octets;
	fakebus_say(w->bus, "tunneld", "mnd", MIPM_SIG_IN, &templates[2].sig);
	world_run(w, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	printf("# %lu hostile datagrams: %llu malformed, %llu unknown extension, %llu not asked, "
	       "%llu not authentic, %llu not revocable, %llu of foreign agents\n",
		n, (unsigned long long)w->mnd->counters.counts[COUNT_MALFORMED],
		(unsigned long long)w->mnd->counters.counts[COUNT_UNKNOWN_EXTENSION],
		(unsigned long long)w->mnd->counters.counts[COUNT_NOT_ASKED],
		(unsigned long long)w->mnd->counters.counts[COUNT_NOT_AUTHENTIC],
		(unsigned long long)w->mnd->counters.counts[COUNT_NOT_REVOCABLE],
		(unsigned long long)w->mnd->counters.counts[COUNT_FOREIGN_AGENT]);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_that_is_spoiled_changes_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
