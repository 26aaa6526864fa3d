/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile router's registration core on virtual time, between a linkmon and a tunneld that are the
 * test itself, and a scripted home agent built from libmip: the test takes each request and says
 * what comes back.
 */
#ifndef TESTS_UNIT_MND_WORLD_H
#define TESTS_UNIT_MND_WORLD_H

#include "tests/support/unit.h"

#include "base/addr.h"
#include "base/log.h"
#include "libmip/code.h"
#include "libmip/mac.h"
#include "libmip/mip.h"
#include "libmip/replay.h"
#include "mnd/state.h"
#include "tests/support/fakebus.h"

#define UNUSED_FN __attribute__((unused))

#define HA1	 "203.0.113.1"
#define HA2	 "203.0.113.2"
#define HOME	 "10.200.0.7"
#define NET	 "10.7.0.0/24"
#define SPI	 1007
#define OWN_CAPS (MIP_FEATURE_MULTIPATH | MIP_FEATURE_OBSERVED_ADDRESS)

struct request {
	uint64_t at;
	uint32_t link;
	struct mipm_endpoint local, remote;
	struct mip_request mip; /* its spans are for the first copy only */
	uint8_t octets[2048];
};

/* What the agent answers; request_accept() and the others fill it in for the usual case. */
struct answer {
	struct mip_reply mip;
	struct mip_sa *sa;   /* NULL: no MN-HA at all */
	int64_t flip;	     /* this octet from the end is spoiled; 0: none */
	const uint8_t *tail; /* appended behind everything */
	size_t n_tail;
};

struct world {
	struct fakebus *bus;
	struct mnd *mnd;
	struct mnd_conf conf;
	struct sa_set sas, agent_sas; /* contexts belong to one struct mac each */
	struct mac *mac;
	struct mip_sa *sa;
	uint64_t last_ident;  /* of all requests taken */
	bool resynced;	      /* an ident may go back once */
	int64_t agent_offset; /* ns that the agent's clock is ahead */
	struct mipm_bul own[8];
	size_t n_own;
	bool mute; /* tunneld does not answer a dump */
};

static struct mipm_addr addr(const char *text)
{
	struct mipm_addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static struct mipm_prefix prefix(const char *text)
{
	struct mipm_prefix p;

	assert_int_equal(prefix_parse(text, &p), 0);
	return p;
}

/* Uplink n: link 10 + n, care-of address 198.51.100.n. */
static struct mipm_addr careof(unsigned n)
{
	return addr_from_v4(0xc6336400u + n);
}

/* In the router's keys file, and the same for the agent, which is returned. */
static struct mip_sa *world_add_sa(struct world *w, uint32_t spi, uint8_t octet)
{
	struct mip_sa *router, *agent;
	uint8_t key[32];

	memset(key, octet, sizeof(key));
	assert_int_equal(sa_new(spi, MIP_HMAC_SHA256, key, sizeof(key), &router), 0);
	assert_int_equal(sa_set_add(&w->sas, router), 0);
	assert_int_equal(sa_new(spi, MIP_HMAC_SHA256, key, sizeof(key), &agent), 0);
	assert_int_equal(sa_set_add(&w->agent_sas, agent), 0);
	return agent;
}

static void world_tunneld(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_dump_end end = { .complete = 1, .own = 1 };
	struct world *w = ctx;

	if (msg->type != MIPM_DUMP || !((const struct mipm_dump *)msg->body)->own || w->mute)
		return;
	for (size_t i = 0; i < w->n_own; i++)
		fakebus_say_flags(w->bus, "tunneld", "mnd", MIPM_BUL_ADD, MIPM_F_DUMP | MIPM_F_OWN,
			&w->own[i]);
	fakebus_say(w->bus, "tunneld", "mnd", MIPM_DUMP_END, &end);
}

static void world_run(struct world *w, uint64_t ms)
{
	fakebus_run_ms(w->bus, ms);
}

/* Everything but the core: the test may still change the configuration. */
static struct world *world_prepare(void)
{
	static const uint16_t types[] = { MIPM_DUMP, 0 };
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->bus = fakebus_new(NULL, 1);
	if (getenv("MND_TRACE"))
		fakebus_trace(w->bus, stderr);
	sa_set_init(&w->sas);
	sa_set_init(&w->agent_sas);
	assert_int_equal(mac_new(8, &w->mac), 0);
	w->sa = world_add_sa(w, SPI, 0x11);
	mnd_conf_init(&w->conf);
	w->conf.home_agents[w->conf.n_home_agents++] = addr(HA1);
	strcpy(w->conf.identity, "site7");
	w->conf.spis[w->conf.n_spis++] = SPI;
	w->conf.sas = &w->sas;
	w->conf.networks[w->conf.n_networks++] = prefix(NET);
	fakebus_attach_model(w->bus, "tunneld", types, world_tunneld, w);
	return w;
}

static void world_start(struct world *w)
{
	const struct core_env *env = fakebus_env(w->bus, "mnd");

	assert_int_equal(mnd_new(&w->mnd, env, &w->conf, fakebus_now(w->bus)), 0);
	fakebus_attach(w->bus, "mnd", &mnd_ops, w->mnd);
	world_run(w, 0);
}

UNUSED_FN static struct world *world_new(void)
{
	struct world *w = world_prepare();

	world_start(w);
	return w;
}

UNUSED_FN static struct world *world_free(struct world *w)
{
	fakebus_detach(w->bus, "mnd");
	mnd_free(w->mnd);
	fakebus_free(w->bus);
	mac_free(w->mac);
	sa_set_fini(&w->sas);
	sa_set_fini(&w->agent_sas);
	free(w);
	return NULL;
}

/* ---- linkmon ---- */

struct uplink {
	uint8_t number;
	uint8_t verdict;
	const char *address; /* NULL: careof(number) */
};

static void world_md(struct world *w, const struct uplink *uplinks, size_t n)
{
	struct mipm_md_entry entries[32] = { 0 };
	struct mipm_md_info info = { .command = MIPM_MD_REREG, .entries = entries };
	static const char *const names[] = { "?", "dsl0", "lte0", "sat0", "cab0" };

	for (size_t i = 0; i < n; i++) {
		const char *name = names[uplinks[i].number < 5 ? uplinks[i].number : 0];

		entries[i].link = 10u + uplinks[i].number;
		entries[i].number = uplinks[i].number;
		entries[i].name = (struct mipm_str) { name, 4 };
		entries[i].name.len = (uint16_t)strlen(name);
		entries[i].careof_addr =
			uplinks[i].address ? addr(uplinks[i].address) : careof(uplinks[i].number);
		entries[i].verdict = uplinks[i].verdict;
		entries[i].order = (uint16_t)i;
	}
	info.n_entries = (uint16_t)n;
	info.generation = fakebus_now(w->bus);
	fakebus_say(w->bus, "linkmon", NULL, MIPM_MD_INFO, &info);
	world_run(w, 0);
}

/* Best first. */
#define MD(w, ...)                                                                                 \
	world_md(w, (const struct uplink[]) { __VA_ARGS__ },                                       \
		sizeof((const struct uplink[]) { __VA_ARGS__ }) / sizeof(struct uplink))
#define GOOD(n)                                                                                    \
	{                                                                                          \
		.number = (n), .verdict = MIPM_GOOD                                                \
	}
#define UNTRIED(n)                                                                                 \
	{                                                                                          \
		.number = (n), .verdict = MIPM_UNTRIED                                             \
	}
#define BAD(n)                                                                                     \
	{                                                                                          \
		.number = (n), .verdict = MIPM_BAD                                                 \
	}

/* ---- the home agent ---- */

/* The next request that was sent, parsed and checked for what holds for all. False: there is none.
 */
static bool request_take(struct world *w, struct request *r)
{
	const struct mipm_msg *msg;
	const struct mipm_sig *sig;
	struct mipm_span datagram;
	const char *to;
	uint64_t at;

	do {
		msg = fakebus_take_msg(w->bus, "mnd", MIPM_SIG_OUT, &to, &at);
		if (!msg)
			return false;
		sig = msg->body;
	} while (sig->kind != MIPM_SIG_UDP434);
	memset(r, 0, sizeof(*r));
	r->at = at;
	r->link = sig->link;
	r->local = sig->local;
	r->remote = sig->remote;
	assert_true(sig->payload.len <= sizeof(r->octets));
	memcpy(r->octets, sig->payload.data, sig->payload.len);
	datagram = (struct mipm_span) { r->octets, sig->payload.len };
	assert_int_equal(mip_request_parse(datagram, &r->mip), MIP_VERDICT_OK);
	assert_int_equal(r->mip.ext.n_mn_ha, 1);
	if (w->last_ident && !w->resynced)
		assert_true(replay_is_later(r->mip.ident, w->last_ident));
	w->resynced = false;
	w->last_ident = r->mip.ident;
	return true;
}

UNUSED_FN static struct request request_must(struct world *w)
{
	struct request r;

	assert_true(request_take(w, &r));
	return r;
}

/* The next one, however long it takes, up to an hour. */
UNUSED_FN static struct request request_wait(struct world *w)
{
	struct request r;

	for (unsigned i = 0; i < 360000; i++) {
		if (request_take(w, &r))
			return r;
		world_run(w, 10);
	}
	fail_msg("nothing was sent for an hour");
	return r;
}

UNUSED_FN static void request_none(struct world *w)
{
	struct request r;

	assert_false(request_take(w, &r));
}

UNUSED_FN static size_t request_drain(struct world *w)
{
	struct request r;
	size_t n = 0;

	while (request_take(w, &r))
		n++;
	return n;
}

static uint64_t agent_ident(const struct world *w)
{
	const struct core_env *env = fakebus_env(w->bus, "mnd");

	return replay_timestamp(fakebus_now(w->bus) + env->wall_offset + (uint64_t)w->agent_offset);
}

/* What an honest agent of our own says to a request; caps 0: a stranger. */
static struct answer answer_accept(struct world *w, const struct request *r, uint32_t caps)
{
	const struct mip_request *q = &r->mip;
	struct answer a = { .sa = w->sa };

	a.mip.code = MIP_CODE_ACCEPTED;
	a.mip.lifetime = q->lifetime;
	a.mip.home_addr = addr_is_unspecified(&q->home_addr) ? addr(HOME) : q->home_addr;
	a.mip.home_agent = q->home_agent;
	a.mip.ident = q->ident;
	a.mip.ext.nai = (struct mipm_str) { "site7", 5 };
	a.mip.ext.udp_tunnel_reply.present = true;
	a.mip.ext.udp_tunnel_reply.force = q->ext.udp_tunnel_request.force;
	for (size_t i = 0; i < q->ext.n_network_requests; i++)
		a.mip.ext.network_acks[a.mip.ext.n_network_acks++] = (struct mip_network_ack) {
			.addr = q->ext.network_requests[i].addr,
			.len = q->ext.network_requests[i].len,
		};
	if (caps) {
		a.mip.ext.caps = (struct mip_caps) { true, MIP_CAPS_VERSION, MIP_CAPS_HOME_AGENT,
			caps, 0x0a0b0c0d };
		a.mip.ext.observed_addr = r->local;
	}
	return a;
}

UNUSED_FN static struct answer answer_deny(struct world *w, const struct request *r, uint8_t code)
{
	struct answer a = answer_accept(w, r, 0);

	a.mip.code = code;
	a.mip.home_addr = r->mip.home_addr;
	a.mip.ext.n_network_acks = 0;
	a.mip.ext.udp_tunnel_reply.present = false;
	if (code == MIP_CODE_IDENT_MISMATCH)
		a.mip.ident = (agent_ident(w) & ~UINT64_C(0xffffffff)) |
			      (r->mip.ident & UINT64_C(0xffffffff));
	return a;
}

static void answer_send(struct world *w, const struct request *r, const struct answer *a)
{
	struct mipm_sig sig = { .local = r->local, .remote = r->remote, .link = r->link };
	uint8_t buf[2048];
	size_t len;

	assert_int_equal(mip_reply_build(&a->mip, w->mac, a->sa, buf, sizeof(buf), &len), 0);
	if (a->flip)
		buf[len - (size_t)a->flip] ^= 1;
	if (a->n_tail)
		memcpy(buf + len, a->tail, a->n_tail);
	sig.payload = (struct mipm_span) { buf, (uint32_t)(len + a->n_tail) };
	sig.ttl = 60;
	sig.received_at = fakebus_now(w->bus);
	fakebus_say(w->bus, "tunneld", "mnd", MIPM_SIG_IN, &sig);
	world_run(w, 0);
}

UNUSED_FN static void agent_accept(struct world *w, const struct request *r, uint32_t caps)
{
	struct answer a = answer_accept(w, r, caps);

	answer_send(w, r, &a);
}

UNUSED_FN static void agent_deny(struct world *w, const struct request *r, uint8_t code)
{
	struct answer a = answer_deny(w, r, code);

	answer_send(w, r, &a);
}

/* Takes every request and accepts it, until there is none. How many. */
UNUSED_FN static size_t agent_serve(struct world *w, uint32_t caps)
{
	struct request r;
	size_t n = 0;

	while (request_take(w, &r)) {
		agent_accept(w, &r, caps);
		n++;
	}
	return n;
}

/* ---- looking ---- */

UNUSED_FN static struct registration *reg_of(struct world *w, unsigned number, const char *agent)
{
	struct mipm_addr peer = addr(agent);
	struct registration *reg;

	for (reg = mnd_registration_after(w->mnd, 0); reg;
		reg = mnd_registration_after(w->mnd, reg->serial))
		if (reg->path->number == number && addr_equal(&reg->agent->addr, &peer))
			return reg;
	return NULL;
}

UNUSED_FN static int state_of(struct world *w, unsigned number)
{
	struct registration *reg = reg_of(w, number, HA1);

	return reg ? reg->fsm.state : MIPM_REG_IDLE;
}

UNUSED_FN static struct association *first_association(struct world *w)
{
	return list_first(&w->mnd->associations, struct association, link_);
}

UNUSED_FN static bool says(const struct mipm_str *text, const char *what)
{
	char buf[512];

	snprintf(buf, sizeof(buf), "%.*s", (int)text->len, text->text ? text->text : "");
	return strstr(buf, what) != NULL;
}

/* A world with one request out. */
UNUSED_FN static struct world *asked(struct request *r)
{
	struct world *w = world_new();

	MD(w, GOOD(1));
	*r = request_must(w);
	return w;
}

UNUSED_FN static void expect_nothing(struct world *w)
{
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_WAITA);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 0);
	assert_true(reg_of(w, 1, HA1)->sent.is_open);
}

UNUSED_FN static void ack(struct answer *a, const char *network, uint8_t code, bool implicit)
{
	struct mipm_prefix p = prefix(network);

	a->mip.ext.network_acks[a->mip.ext.n_network_acks++] =
		(struct mip_network_ack) { implicit, code, p.addr, p.len };
}

UNUSED_FN static const struct mipm_bul *granted(struct world *w)
{
	const struct mipm_bul *bul = fakebus_last(w->bus, MIPM_BUL_ADD);

	assert_non_null(bul);
	return bul;
}

#endif
