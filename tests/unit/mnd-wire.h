/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mnd and had, core to core: both ends of one wire, which is the test. What each emits as a
 * signalling datagram arrives at the other after a delay that the link has, or is lost.
 */
#ifndef TESTS_UNIT_MND_WIRE_H
#define TESTS_UNIT_MND_WIRE_H

#include "tests/support/unit.h"

#include "base/addr.h"
#include "had/had.h"
#include "libmip/sa.h"
#include "mnd/mnd.h"
#include "tests/support/fakebus.h"

#define N_LINKS	  4
#define N_ENTRIES 8

struct wire {
	struct fakebus *router, *agent;
	struct vtime *vt;
	struct mnd *mnd;
	struct mnd_conf conf;
	struct sa_set sas;
	struct had *had;
	struct had_conf *had_conf;
	bool is_cut[N_LINKS];
	uint64_t delay_ms[N_LINKS];
	unsigned loss[N_LINKS]; /* per cent */
	uint64_t sent_at[N_LINKS][65];
	unsigned n_sent[N_LINKS];
	struct mipm_bul entries[N_ENTRIES]; /* tunneld's; path.number 0: free */
	struct mipm_prefix network;
	uint64_t generation;
	uint16_t nat_port; /* not 0: the agent sees all links from this address and port */
	unsigned n_requests;
};

struct datagram {
	struct wire *wire;
	bool to_agent;
	struct mipm_sig sig;
	uint8_t octets[2048];
};

static inline struct mipm_addr ip(const char *text)
{
	struct mipm_addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static inline void arrive(void *ctx)
{
	struct datagram *d = ctx;

	d->sig.payload.data = d->octets;
	if (d->to_agent)
		fakebus_say(d->wire->agent, "tunneld", "had", MIPM_SIG_IN, &d->sig);
	else
		fakebus_say(d->wire->router, "tunneld", "mnd", MIPM_SIG_IN, &d->sig);
	free(d);
}

/* THREATS T23: never more than 65 in a minute over one link. */
static inline void count(struct wire *wire, unsigned link)
{
	uint64_t *oldest = &wire->sent_at[link][wire->n_sent[link]++ % 65];

	if (*oldest && vtime_now(wire->vt) - *oldest < 60 * NSEC_PER_S)
		fail_msg("66 requests in a minute over link %u", link);
	*oldest = vtime_now(wire->vt);
	wire->n_requests++;
}

/* The last octet of the care-of address is the link's number, with and without the NAT. */
static inline void carry(struct wire *wire, const struct mipm_sig *out, bool to_agent)
{
	const struct mipm_addr nat = ip("192.0.2.1");
	bool behind_nat = addr_equal(&out->remote.addr, &nat);
	unsigned link = to_agent ? out->link - 10 : out->remote.port % 10;
	struct datagram *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	if (!to_agent && !behind_nat)
		link = out->remote.addr.octets[3];
	assert_true(link < N_LINKS && out->payload.len <= sizeof(d->octets));
	d->wire = wire;
	d->to_agent = to_agent;
	d->sig = *out;
	d->sig.local = out->remote;
	d->sig.remote = out->local;
	memcpy(d->octets, out->payload.data, out->payload.len);
	if (to_agent)
		d->sig.link = 0;
	else
		d->sig.link = 10 + link;
	if (to_agent && wire->nat_port)
		d->sig.remote = (struct mipm_endpoint) { nat, (uint16_t)(wire->nat_port + link) };
	if (behind_nat)
		d->sig.local = (struct mipm_endpoint) { addr_from_v4(0xc6336400u + link), 434 };
	if (to_agent)
		count(wire, link);
	if (wire->is_cut[link] || vtime_random_below(wire->vt, 100) < wire->loss[link])
		free(d);
	else
		vtime_in_ms(wire->vt, wire->delay_ms[link], arrive, d);
}

static inline struct mipm_bul *entry_of(struct wire *wire, uint16_t number)
{
	for (unsigned i = 0; i < N_ENTRIES; i++)
		if (wire->entries[i].path.number == number)
			return &wire->entries[i];
	return NULL;
}

static inline void keep_entry(struct wire *wire, const struct mipm_bul *bul, bool add)
{
	struct mipm_bul *entry = entry_of(wire, bul->path.number);

	if (bul->generation <= wire->generation)
		fail_msg("the generation does not rise");
	wire->generation = bul->generation;
	if (!entry && add)
		entry = entry_of(wire, 0);
	if (!entry)
		return;
	*entry = add ? *bul : (struct mipm_bul) { 0 };
	entry->identity = (struct mipm_str) { "site7", 5 };
	wire->network = bul->n_networks ? bul->networks[0] : wire->network;
	entry->networks = &wire->network;
}

static inline void tell_own(struct wire *wire)
{
	const struct mipm_dump_end end = { .complete = 1, .own = 1 };

	for (unsigned i = 0; i < N_ENTRIES; i++)
		if (wire->entries[i].path.number)
			fakebus_say_flags(wire->router, "tunneld", "mnd", MIPM_BUL_ADD,
				MIPM_F_DUMP | MIPM_F_OWN, &wire->entries[i]);
	fakebus_say(wire->router, "tunneld", "mnd", MIPM_DUMP_END, &end);
}

static inline void router_tunneld(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	switch (msg->type) {
	case MIPM_SIG_OUT:
		carry(ctx, msg->body, true);
		break;
	case MIPM_BUL_ADD:
	case MIPM_BUL_REMOVE:
		keep_entry(ctx, msg->body, msg->type == MIPM_BUL_ADD);
		break;
	case MIPM_DUMP:
		tell_own(ctx);
		break;
	default:
		break;
	}
}

static inline void agent_tunneld(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_dump_end end = { .complete = 1, .own = 1 };
	struct wire *wire = ctx;

	if (msg->type == MIPM_SIG_OUT)
		carry(wire, msg->body, false);
	else if (((const struct mipm_dump *)msg->body)->own)
		fakebus_say(wire->agent, "tunneld", "had", MIPM_DUMP_END, &end);
}

static inline void add_key(struct sa_set *set)
{
	uint8_t key[32] = { 1, 2, 3 };
	struct mip_sa *sa;

	assert_int_equal(sa_new(1007, MIP_HMAC_SHA256, key, sizeof(key), &sa), 0);
	assert_int_equal(sa_set_add(set, sa), 0);
}

static inline void start_agent(struct wire *wire)
{
	char error[HAD_CONF_ERROR_MAX];
	struct had_conf *conf;
	struct had_router *router;

	assert_int_equal(had_conf_new(&conf), 0);
	conf->home_agents = calloc(1, sizeof(*conf->home_agents));
	conf->home_agents[conf->n_home_agents++] = ip("203.0.113.1");
	conf->home_networks = calloc(1, sizeof(*conf->home_networks));
	assert_int_equal(prefix_parse("10.200.0.0/24", &conf->home_networks[0]), 0);
	conf->n_home_networks = 1;
	add_key(&conf->sas);
	router = conf->routers = calloc(1, sizeof(*router));
	conf->n_routers = 1;
	router->name = strdup("site7");
	router->spis = calloc(1, sizeof(*router->spis));
	router->spis[router->n_spis++] = 1007;
	router->networks = calloc(1, sizeof(*router->networks));
	assert_int_equal(prefix_parse("10.7.0.0/24", &router->networks[0]), 0);
	router->n_networks = 1;
	if (had_conf_check(conf, error) != 0)
		fail_msg("%s", error);
	wire->had_conf = conf;
	assert_int_equal(had_new(&wire->had, fakebus_env(wire->agent, "had"), conf, NULL,
				 fakebus_now(wire->agent)),
		0);
	fakebus_attach(wire->agent, "had", &had_ops, wire->had);
}

static inline void run_router(struct wire *wire)
{
	assert_int_equal(mnd_new(&wire->mnd, fakebus_env(wire->router, "mnd"), &wire->conf,
				 fakebus_now(wire->router)),
		0);
	fakebus_attach(wire->router, "mnd", &mnd_ops, wire->mnd);
}

static inline void start_router(struct wire *wire)
{
	mnd_conf_init(&wire->conf);
	wire->conf.home_agents[wire->conf.n_home_agents++] = ip("203.0.113.1");
	strcpy(wire->conf.identity, "site7");
	wire->conf.spis[wire->conf.n_spis++] = 1007;
	sa_set_init(&wire->sas);
	add_key(&wire->sas);
	wire->conf.sas = &wire->sas;
	assert_int_equal(prefix_parse("10.7.0.0/24", &wire->conf.networks[0]), 0);
	wire->conf.n_networks = 1;
	run_router(wire);
}

static inline struct wire *wire_new(uint64_t seed)
{
	static const uint16_t router_types[] = { MIPM_SIG_OUT, MIPM_BUL_ADD, MIPM_BUL_REMOVE,
		MIPM_DUMP, 0 };
	static const uint16_t agent_types[] = { MIPM_SIG_OUT, MIPM_DUMP, 0 };
	struct wire *wire = calloc(1, sizeof(*wire));

	wire->vt = vtime_new(seed);
	wire->router = fakebus_new(wire->vt, 0);
	wire->agent = fakebus_new(wire->vt, 0);
	if (getenv("MND_TRACE")) {
		fakebus_trace(wire->router, stderr);
		fakebus_trace(wire->agent, stderr);
	}
	fakebus_attach_model(wire->router, "tunneld", router_types, router_tunneld, wire);
	fakebus_attach_model(wire->agent, "tunneld", agent_types, agent_tunneld, wire);
	for (unsigned i = 0; i < N_LINKS; i++)
		wire->delay_ms[i] = 20 * i;
	start_agent(wire);
	start_router(wire);
	vtime_run_ms(wire->vt, 10);
	return wire;
}

static inline void wire_free(struct wire *wire)
{
	fakebus_detach(wire->router, "mnd");
	fakebus_detach(wire->agent, "had");
	vtime_run_ms(wire->vt, 2000); /* nothing is under way any more */
	mnd_free(wire->mnd);
	had_free(wire->had);
	fakebus_free(wire->router);
	fakebus_free(wire->agent);
	vtime_free(wire->vt);
	had_conf_free(wire->had_conf);
	sa_set_fini(&wire->sas);
	free(wire);
}

/* Links by number, best first, ended by 0. */
static inline void links(struct wire *wire, const uint8_t *numbers)
{
	struct mipm_md_entry entries[N_LINKS] = { 0 };
	struct mipm_md_info info = { .command = MIPM_MD_REREG, .entries = entries };

	for (; *numbers; numbers++) {
		struct mipm_md_entry *e = &entries[info.n_entries];

		*e = (struct mipm_md_entry) {
			.link = 10u + *numbers,
			.number = *numbers,
			.name = { "up", 2 },
			.careof_addr = addr_from_v4(0xc6336400u + *numbers),
			.verdict = MIPM_GOOD,
			.order = info.n_entries++,
		};
	}
	fakebus_say(wire->router, "linkmon", NULL, MIPM_MD_INFO, &info);
}

#define LINKS(wire, ...) links(wire, (const uint8_t[]) { __VA_ARGS__, 0 })

/* The binding as the agent tells it: numbers of its paths by priority, as decimal digits. */
static inline unsigned agent_order(struct wire *wire)
{
	const struct mipm_bc *bc = fakebus_last(wire->agent, MIPM_BC_ADD);
	unsigned order = 0;

	assert_non_null(bc);
	for (unsigned priority = 0; priority < 16; priority++)
		for (unsigned i = 0; i < bc->n_paths; i++)
			if (bc->paths[i].priority == priority)
				order = order * 10 + bc->paths[i].number;
	return order;
}

static inline void restart_agent(struct wire *wire)
{
	fakebus_detach(wire->agent, "had");
	had_free(wire->had);
	assert_int_equal(had_new(&wire->had, fakebus_env(wire->agent, "had"), wire->had_conf, NULL,
				 fakebus_now(wire->agent)),
		0);
	fakebus_attach(wire->agent, "had", &had_ops, wire->had);
}

static inline void restart_router(struct wire *wire)
{
	fakebus_detach(wire->router, "mnd");
	mnd_free(wire->mnd);
	run_router(wire);
}

#endif
