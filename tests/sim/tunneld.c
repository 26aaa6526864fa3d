/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of tunneld for one host: sends and receives signalling, keeps what had and mnd said until
 * it expires or is taken back, answers echoes of registered paths, chooses paths for the traffic.
 * It decides nothing. The real core takes its place when it can be linked here.
 */
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

static uint64_t now_of(const struct tunneld *t)
{
	return vtime_now(t->sim->vt);
}

/* ---- entries ------------------------------------------------------------------------------- */

static struct entry *entry_find(struct tunneld *t, uint16_t type, const struct mipm_addr *home,
	const struct mipm_addr *peer, uint16_t number)
{
	for (size_t i = 0; i < ENTRIES_MAX; i++) {
		struct entry *e = &t->entries[i];

		if (e->is_used && e->type == type && e->number == number &&
			addr_equal(&e->home_addr, home) && addr_equal(&e->peer, peer))
			return e;
	}
	return NULL;
}

static struct entry *entry_get(struct tunneld *t, uint16_t type, const struct mipm_addr *home,
	const struct mipm_addr *peer, uint16_t number)
{
	struct entry *e = entry_find(t, type, home, peer, number);

	for (size_t i = 0; i < ENTRIES_MAX && !e; i++)
		if (!t->entries[i].is_used)
			e = &t->entries[i];
	if (!e) {
		sim_fail(t->sim, "table of a tunneld is full");
		abort();
	}
	if (!e->is_used)
		*e = (struct entry) { .is_used = true,
			.type = type,
			.home_addr = *home,
			.peer = *peer,
			.number = number };
	return e;
}

static void entry_keep(struct tunneld *t, struct entry *e, const struct mipm_msg *msg)
{
	int len = mipm_encode(e->octets, sizeof(e->octets), msg->type, 0, 1, msg->body);

	if (len < 0)
		abort();
	e->len = (size_t)len;
	e->dump = msg->from->dump;
}

static void on_bul_add(struct tunneld *t, const struct mipm_msg *msg)
{
	const struct mipm_bul *bul = msg->body;
	struct entry *e = entry_get(t, MIPM_BUL_ADD, &bul->home_addr, &bul->peer, bul->path.number);

	if (bul->generation < e->generation)
		return; /* a late add never resurrects */
	e->generation = bul->generation;
	e->expires_at = bul->path.expires_at;
	e->paths[0] = bul->path;
	e->n_paths = 1;
	entry_keep(t, e, msg);
}

static void on_bul_remove(struct tunneld *t, const struct mipm_msg *msg)
{
	const struct mipm_bul *bul = msg->body;
	struct entry *e =
		entry_find(t, MIPM_BUL_ADD, &bul->home_addr, &bul->peer, bul->path.number);

	if (e && bul->generation >= e->generation)
		e->is_used = false;
}

static void on_bc_add(struct tunneld *t, const struct mipm_msg *msg)
{
	const struct mipm_bc *bc = msg->body;
	struct mipm_addr none = { 0 };
	struct entry *e = entry_get(t, MIPM_BC_ADD, &bc->home_addr, &none, 0);

	if (bc->generation < e->generation)
		return;
	e->generation = bc->generation;
	e->expires_at = bc->expires_at;
	e->n_paths = bc->n_paths < 8 ? bc->n_paths : 8;
	if (e->n_paths > 0)
		memcpy(e->paths, bc->paths, e->n_paths * sizeof(*bc->paths));
	entry_keep(t, e, msg);
}

static void on_bc_remove(struct tunneld *t, const struct mipm_msg *msg)
{
	const struct mipm_bc *bc = msg->body;
	struct mipm_addr none = { 0 };
	struct entry *e = entry_find(t, MIPM_BC_ADD, &bc->home_addr, &none, 0);

	if (e && bc->generation >= e->generation)
		e->is_used = false;
}

/* A complete dump names all that is to stay. */
static void on_dump_end(struct tunneld *t, const struct mipm_msg *msg)
{
	const struct mipm_dump_end *end = msg->body;
	bool is_mnd = strcmp(msg->from->role, "mnd") == 0;
	bool is_had = strcmp(msg->from->role, "had") == 0;

	if (!end->complete || end->own || (!is_mnd && !is_had))
		return;
	for (size_t i = 0; i < ENTRIES_MAX; i++) {
		struct entry *e = &t->entries[i];

		if (e->type == (is_mnd ? MIPM_BUL_ADD : MIPM_BC_ADD) && e->dump != msg->from->dump)
			e->is_used = false;
	}
}

static bool is_alive(const struct entry *e, const struct mipm_path *path, uint64_t now)
{
	return e->is_used && (path->expires_at == 0 || path->expires_at > now);
}

bool tunneld_has_path(const struct tunneld *router, uint8_t number)
{
	for (size_t i = 0; i < ENTRIES_MAX; i++) {
		const struct entry *e = &router->entries[i];

		if (e->type == MIPM_BUL_ADD && e->number == number &&
			is_alive(e, &e->paths[0], now_of(router)))
			return true;
	}
	return false;
}

static const struct entry *binding_of(const struct tunneld *agent, size_t site)
{
	struct mipm_addr home = net_home(site);

	for (size_t i = 0; i < ENTRIES_MAX; i++)
		if (agent->entries[i].is_used && addr_equal(&agent->entries[i].home_addr, &home))
			return &agent->entries[i];
	return NULL;
}

bool tunneld_admits(const struct tunneld *agent, size_t site, uint8_t number)
{
	const struct entry *e = binding_of(agent, site);
	struct mipm_addr careof = net_careof(site, number);

	for (size_t i = 0; e && i < e->n_paths; i++)
		if (addr_equal(&e->paths[i].remote.addr, &careof) &&
			is_alive(e, &e->paths[i], now_of(agent)))
			return true;
	return false;
}

uint8_t tunneld_uplink(const struct tunneld *router)
{
	for (size_t i = 0; i < UPLINKS; i++)
		if (router->order[i] && tunneld_has_path(router, router->order[i]))
			return router->order[i];
	for (uint8_t number = 1; number <= UPLINKS; number++)
		if (tunneld_has_path(router, number))
			return number;
	return 0;
}

uint8_t tunneld_downlink(const struct tunneld *agent, size_t site)
{
	const struct entry *e = binding_of(agent, site);
	const struct mipm_path *best = NULL;
	uint8_t number = 0;

	for (size_t i = 0; e && i < e->n_paths; i++)
		if (is_alive(e, &e->paths[i], now_of(agent)) &&
			(!best || e->paths[i].priority < best->priority))
			best = &e->paths[i];
	return best && net_site(agent->sim, &best->remote.addr, &number) ? number : 0;
}

/* ---- signalling ---------------------------------------------------------------------------- */

static void sig_at_agent(struct packet *p)
{
	struct sim *s = p->site->sim;
	struct mipm_addr local = net_agent();
	const struct mipm_sig sig = {
		.ttl = 60,
		.local = { local, PORT },
		.remote = { net_careof(p->site->index, p->number), PORT },
		.link = 2,
		.received_at = vtime_now(s->vt),
		.payload = { p->data, (uint32_t)p->len },
	};

	if (s->agent_tunneld.is_up && fakebus_wants_sig(s->agent_bus, "had", p->data[0], &local))
		fakebus_say(s->agent_bus, "tunneld", "had", MIPM_SIG_IN, &sig);
}

static void sig_at_router(struct packet *p)
{
	struct mipm_addr local = net_careof(p->site->index, p->number);
	const struct mipm_sig sig = {
		.ttl = 60,
		.local = { local, PORT },
		.remote = { net_agent(), PORT },
		.link = 10u + p->number,
		.received_at = vtime_now(p->site->sim->vt),
		.payload = { p->data, (uint32_t)p->len },
	};

	if (p->site->tunneld.is_up && fakebus_wants_sig(p->site->bus, "mnd", p->data[0], &local))
		fakebus_say(p->site->bus, "tunneld", "mnd", MIPM_SIG_IN, &sig);
}

static void on_sig_out(struct tunneld *t, const struct mipm_msg *msg)
{
	const struct mipm_sig *sig = msg->body;
	struct site *site = t->site;
	uint8_t number;

	if (site) {
		net_site(t->sim, &sig->local.addr, &number);
		if (number >= 1 && number <= UPLINKS)
			net_send(site, number, true, sig->payload.data, sig->payload.len,
				sig_at_agent);
		return;
	}
	site = net_site(t->sim, &sig->remote.addr, &number);
	if (site)
		net_send(site, number, false, sig->payload.data, sig->payload.len, sig_at_router);
}

/* ---- echoes -------------------------------------------------------------------------------- */

static void echo_at_router(struct packet *p)
{
	struct mipm_probe_in in;

	memcpy(&in, p->data, sizeof(in));
	in.received_at = vtime_now(p->site->sim->vt);
	if (p->site->tunneld.is_up && tunneld_has_path(&p->site->tunneld, p->number))
		fakebus_say(p->site->bus, "tunneld", NULL, MIPM_PROBE_IN, &in);
}

/* The home agent answers nobody unbound. */
static void echo_at_agent(struct packet *p)
{
	if (tunneld_admits(&p->site->sim->agent_tunneld, p->site->index, p->number))
		net_send(p->site, p->number, false, p->data, p->len, echo_at_router);
}

static void on_probe_out(struct tunneld *t, const struct mipm_msg *msg)
{
	const struct mipm_probe_out *out = msg->body;
	const struct mipm_probe_in in = {
		.home_addr = out->home_addr,
		.peer = out->peer,
		.number = out->number,
		.id = out->id,
		.sent_at = now_of(t),
	};

	if (out->number <= UPLINKS && tunneld_has_path(t, out->number))
		net_send(t->site, out->number, true, &in, sizeof(in), echo_at_agent);
}

/* ---- the bus ------------------------------------------------------------------------------- */

void tunneld_say_link(struct tunneld *t, const char *to, uint8_t number)
{
	static const char *const names[] = { "", "dsl0", "lte0", "sat0" };
	const struct uplink *u = &t->site->uplinks[number];
	struct mipm_prefix address = { net_careof(t->site->index, number), 24 };
	const struct mipm_link link = {
		.link = 10u + number,
		.name = { names[number], 4 },
		.number = number,
		.flags = MIPM_LINK_UP | (u->no_carrier ? 0 : MIPM_LINK_CARRIER),
		.metric = 10u * number,
		.mtu = 1500,
		.addresses = &address,
		.n_addresses = 1,
		.gateway = addr_from_v4(addr_to_v4(&address.addr) | 0xff),
	};

	address.addr = addr_mask(&address.addr, 32);
	fakebus_say_flags(t->bus, "tunneld", to, MIPM_LINK, to ? MIPM_F_DUMP : 0, &link);
}

static void tell_back(struct tunneld *t, const char *to)
{
	const struct mipm_dump_end end = { .complete = 1, .own = 1 };
	struct mipm_msg msg;
	size_t skip;

	for (size_t i = 0; i < ENTRIES_MAX; i++) {
		struct entry *e = &t->entries[i];

		if (!e->is_used || !is_alive(e, &e->paths[0], now_of(t)))
			continue;
		if (mipm_decode(e->octets, e->len, t->arena, &msg, &skip) <= 0)
			abort();
		fakebus_say_flags(
			t->bus, "tunneld", to, e->type, MIPM_F_DUMP | MIPM_F_OWN, msg.body);
	}
	fakebus_say(t->bus, "tunneld", to, MIPM_DUMP_END, &end);
}

static void on_dump(struct tunneld *t, const struct mipm_msg *msg)
{
	const struct mipm_dump_end end = { .complete = 1 };

	if (((const struct mipm_dump *)msg->body)->own) {
		tell_back(t, msg->from->name);
		return;
	}
	for (uint8_t number = 1; t->site && number <= UPLINKS; number++)
		if (strcmp(msg->from->role, "linkmon") == 0)
			tunneld_say_link(t, msg->from->name, number);
	fakebus_say(t->bus, "tunneld", msg->from->name, MIPM_DUMP_END, &end);
}

static void on_md_info(struct tunneld *t, const struct mipm_msg *msg)
{
	const struct mipm_md_info *info = msg->body;

	memset(t->order, 0, sizeof(t->order));
	for (uint16_t i = 0; i < info->n_entries; i++) {
		const struct mipm_md_entry *e = &info->entries[i];

		if (e->order < UPLINKS && e->number <= UPLINKS) {
			t->order[e->order] = e->number;
			t->verdict[e->number] = e->verdict;
		}
	}
}

static const struct {
	uint16_t type;
	void (*heard)(struct tunneld *t, const struct mipm_msg *msg);
} handlers[] = {
	{ MIPM_SIG_OUT, on_sig_out },
	{ MIPM_PROBE_OUT, on_probe_out },
	{ MIPM_BUL_ADD, on_bul_add },
	{ MIPM_BUL_REMOVE, on_bul_remove },
	{ MIPM_BC_ADD, on_bc_add },
	{ MIPM_BC_REMOVE, on_bc_remove },
	{ MIPM_MD_INFO, on_md_info },
	{ MIPM_DUMP, on_dump },
	{ MIPM_DUMP_END, on_dump_end },
};

static void hear(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == msg->type)
			handlers[i].heard(ctx, msg);
}

void tunneld_init(struct tunneld *t, struct sim *sim, struct site *site, struct fakebus *bus)
{
	*t = (struct tunneld) { .sim = sim, .site = site, .bus = bus };
	t->arena = mipm_arena_new();
}

void tunneld_fini(struct tunneld *t)
{
	mipm_arena_free(t->arena);
}

void tunneld_start(struct tunneld *t)
{
	t->is_up = true;
	fakebus_attach_model(t->bus, "tunneld", NULL, hear, t);
}

void tunneld_stop(struct tunneld *t, bool keep_entries)
{
	t->is_up = false;
	fakebus_detach(t->bus, "tunneld");
	if (!keep_entries)
		memset(t->entries, 0, sizeof(t->entries));
}
