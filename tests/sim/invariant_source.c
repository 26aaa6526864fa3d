/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No path accepts data whose outer source is not bound, or whose inner source is not the binding's
 * own (THREATS T31). What comes out of a tunnel came from an end that the owner of the table, by
 * our own books of its words, has told tunneld, and neither took back nor let expire.
 */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "tests/sim/invariant.h"

#define ENDS	 16
#define NETWORKS 8

struct end {
	struct mipm_endpoint remote;
	uint16_t number;
	uint64_t expires_at; /* 0: never */
};

/* One tunnel as one of its two tunnelds was told it. */
struct tunnel {
	struct end ends[ENDS];
	size_t n_ends;
	struct mipm_prefix owned[NETWORKS]; /* at the home agent: whence inner packets may be */
	size_t n_owned;
	uint64_t dump; /* of its owner when it was last named */
};

struct state {
	struct sim *sim;
	struct tunnel *at_agent; /* [agent][site] */
	struct tunnel *at_site;	 /* [agent][site] */
};

static const struct invariant *const self = &invariant_source;

static struct tunnel *tunnel_at_agent(
	const struct state *st, const struct host *h, const struct mipm_addr *home_addr)
{
	struct mipm_addr first = net_home(h->index, 0);
	uint32_t site = addr_to_v4(home_addr) - addr_to_v4(&first);

	return site < st->sim->n_sites ? &st->at_agent[h->index * st->sim->n_sites + site] : NULL;
}

static struct tunnel *tunnel_at_site(
	const struct state *st, const struct host *h, const struct mipm_addr *peer)
{
	struct mipm_addr first = net_agent(0);
	uint32_t agent = addr_to_v4(peer) - addr_to_v4(&first);

	return agent < st->sim->n_agents ? &st->at_site[agent * st->sim->n_sites + h->index] : NULL;
}

static void bc_add(const struct state *st, const struct watch_bus *e)
{
	const struct mipm_bc *bc = e->msg->body;
	struct tunnel *t = tunnel_at_agent(st, e->host, &bc->home_addr);

	if (!t)
		return;
	*t = (struct tunnel) { .dump = e->msg->from->dump };
	t->owned[t->n_owned++] = prefix_of_host(&bc->home_addr);
	for (size_t i = 0; i < bc->n_networks && t->n_owned < NETWORKS; i++)
		t->owned[t->n_owned++] = bc->networks[i];
	for (size_t i = 0; i < bc->n_paths && t->n_ends < ENDS; i++) {
		const struct mipm_path *p = &bc->paths[i];

		t->ends[t->n_ends++] = (struct end) { p->remote, p->number, p->expires_at };
	}
}

static void bc_remove(const struct state *st, const struct watch_bus *e)
{
	struct tunnel *t =
		tunnel_at_agent(st, e->host, &((const struct mipm_bc *)e->msg->body)->home_addr);

	if (t)
		t->n_ends = 0;
}

static void end_drop(struct tunnel *t, uint16_t number)
{
	for (size_t i = 0; i < t->n_ends; i++)
		if (t->ends[i].number == number)
			t->ends[i] = t->ends[--t->n_ends];
}

static void bul_add(const struct state *st, const struct watch_bus *e)
{
	const struct mipm_bul *bul = e->msg->body;
	struct tunnel *t = tunnel_at_site(st, e->host, &bul->peer);

	if (!t)
		return;
	t->dump = e->msg->from->dump;
	end_drop(t, bul->path.number);
	if (t->n_ends < ENDS)
		t->ends[t->n_ends++] =
			(struct end) { bul->path.remote, bul->path.number, bul->path.expires_at };
}

static void bul_remove(const struct state *st, const struct watch_bus *e)
{
	const struct mipm_bul *bul = e->msg->body;
	struct tunnel *t = tunnel_at_site(st, e->host, &bul->peer);

	if (t)
		end_drop(t, bul->path.number);
}

/* Of the tunnels of this host; those named under another dump than this only; 0: all. */
static void forget(const struct state *st, const struct host *h, uint64_t dump)
{
	size_t n_sites = st->sim->n_sites;

	for (size_t i = 0; h->agent && i < n_sites; i++)
		if (st->at_agent[h->index * n_sites + i].dump != dump)
			st->at_agent[h->index * n_sites + i].n_ends = 0;
	for (size_t i = 0; h->site && i < st->sim->n_agents; i++)
		if (st->at_site[i * n_sites + h->index].dump != dump)
			st->at_site[i * n_sites + h->index].n_ends = 0;
}

static void dump_end(const struct state *st, const struct watch_bus *e)
{
	const struct mipm_dump_end *end = e->msg->body;

	if (end->complete && !end->own && strcmp(e->from, e->host->agent ? "had" : "mnd") == 0)
		forget(st, e->host, e->msg->from->dump);
}

static const struct {
	uint16_t type;
	void (*heard)(const struct state *st, const struct watch_bus *e);
} handlers[] = {
	{ MIPM_BC_ADD, bc_add },
	{ MIPM_BC_REMOVE, bc_remove },
	{ MIPM_BUL_ADD, bul_add },
	{ MIPM_BUL_REMOVE, bul_remove },
	{ MIPM_DUMP_END, dump_end },
};

static void bus(void *state, const struct watch_bus *e)
{
	if (!e->to || strcmp(e->to, "tunneld") != 0)
		return;
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == e->msg->type)
			handlers[i].heard(state, e);
}

static void daemon(void *state, const struct host *h, const char *role, enum watch_daemon_what what)
{
	if (what != DAEMON_WOKEN && strcmp(role, "tunneld") == 0)
		forget(state, h, UINT64_MAX);
}

static bool has_end(const struct tunnel *t, const struct watch_packet *e)
{
	uint64_t now = fakebus_now(e->host->bus);

	for (size_t i = 0; i < t->n_ends; i++) {
		const struct end *end = &t->ends[i];

		if (end->remote.port == e->source.port &&
			addr_equal(&end->remote.addr, &e->source.addr) &&
			(!end->expires_at || end->expires_at >= now))
			return true;
	}
	return false;
}

static bool owns(const struct tunnel *t, const struct mipm_addr *inner)
{
	for (size_t i = 0; i < t->n_owned; i++)
		if (prefix_contains(&t->owned[i], inner))
			return true;
	return false;
}

static bool is_bound(const struct state *st, const struct watch_packet *e)
{
	size_t n_sites = st->sim->n_sites;
	struct mipm_addr inner;

	if (e->host->site) {
		const struct tunnel *t = tunnel_at_site(st, e->host, &e->source.addr);

		return t && has_end(t, e);
	}
	inner = addr_from_v4((uint32_t)e->data[12] << 24 | (uint32_t)e->data[13] << 16 |
			     (uint32_t)e->data[14] << 8 | e->data[15]);
	for (size_t i = 0; i < n_sites; i++) {
		const struct tunnel *t = &st->at_agent[e->host->index * n_sites + i];

		if (owns(t, &inner) && has_end(t, e))
			return true;
	}
	return false;
}

static void packet(void *state, const struct watch_packet *e)
{
	const struct state *st = state;
	char source[ADDR_TEXT_MAX];

	if (e->what == PACKET_OUT && !is_bound(st, e))
		invariant_violated(st->sim, self, "%s took data from %s port %d", e->host->name,
			addr_print(&e->source.addr, source), e->source.port);
}

static void *make(struct sim *s)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		abort();
	st->sim = s;
	st->at_agent = calloc(s->n_agents * s->n_sites, sizeof(*st->at_agent));
	st->at_site = calloc(s->n_agents * s->n_sites, sizeof(*st->at_site));
	if (!st->at_agent || !st->at_site)
		abort();
	return st;
}

static void release(void *state)
{
	free(((struct state *)state)->at_agent);
	free(((struct state *)state)->at_site);
	free(state);
}

const struct invariant invariant_source = {
	.name = "source",
	.make = make,
	.free = release,
	.bus = bus,
	.packet = packet,
	.daemon = daemon,
};
