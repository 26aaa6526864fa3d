/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters balance. When the network is quiet
 *
 *	the network:	datagrams sent = lost + delivered + under way
 *	each tunneld:	delivered = out of the tunnel + dropped by reason + keepalives + signalling
 *	each had:	datagrams heard = replies + not answered by reason + waiting
 *
 * and so every registration that was sent was answered, or lost at a place that says so. The words
 * of a daemon's earlier life do not count.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/had_inside.h"
#include "tests/sim/invariant.h"
#include "tests/sim/wire.h"

/* Of one host since its daemon began to live. */
struct books {
	uint64_t delivered, out, dropped; /* tunneld's */
	uint64_t heard, replied;	  /* had's */
};

struct state {
	struct sim *sim;
	uint64_t sent, lost, delivered;
	struct books *agents, *sites;
};

static const struct invariant *const self = &invariant_counters;

static struct books *books_of(const struct state *st, const struct host *h)
{
	return h->agent ? &st->agents[h->index] : &st->sites[h->index];
}

static void packet(void *state, const struct watch_packet *e)
{
	struct state *st = state;

	switch (e->what) {
	case PACKET_SENT:
		st->sent++;
		break;
	case PACKET_LOST:
		st->lost++;
		break;
	case PACKET_DELIVERED:
		st->delivered++;
		books_of(st, e->host)->delivered++;
		break;
	case PACKET_OUT:
		books_of(st, e->host)->out++;
		break;
	case PACKET_DROPPED:
		books_of(st, e->host)->dropped++;
		break;
	}
}

static bool is_of_type(const struct watch_bus *e, uint8_t type)
{
	const struct mipm_sig *sig = e->msg->body;

	return sig->payload.len > 0 && sig->payload.data[0] == type;
}

static void bus(void *state, const struct watch_bus *e)
{
	const struct state *st = state;
	struct books *b = books_of(st, e->host);

	if (e->msg->type == MIPM_SIG_IN && e->to && strcmp(e->to, "had") == 0)
		b->heard++;
	if (e->msg->type == MIPM_SIG_OUT && strcmp(e->from, "had") == 0 &&
		is_of_type(e, WIRE_REPLY) &&
		e->msg->from->boot_id == fakebus_boot_id(e->host->bus, "had"))
		b->replied++;
}

static void daemon(void *state, const struct host *h, const char *role, enum watch_daemon_what what)
{
	struct books *b = books_of(state, h);

	if (what == DAEMON_WOKEN)
		return;
	if (strcmp(role, "had") == 0)
		b->heard = b->replied = 0;
	if (strcmp(role, "tunneld") == 0)
		b->delivered = b->out = b->dropped = 0;
}

static void check_tunneld(const struct state *st, const struct host *h)
{
	const struct books *b = books_of(st, h);
	const struct tunneld_counts *c = &h->tunneld->counts;
	uint64_t told = b->out + b->dropped + c->probes + c->sig_in;

	if (b->delivered != told)
		invariant_violated(st->sim, self,
			"tunneld of %s was given %" PRIu64 " datagrams and accounts for %" PRIu64,
			h->name, b->delivered, told);
}

static void check_had(const struct state *st, const struct agent *a)
{
	const struct books *b = books_of(st, &a->host);
	uint64_t told = b->replied + had_inside_unanswered(a->had) + had_inside_waiting(a->had);

	if (b->heard != told)
		invariant_violated(st->sim, self,
			"had of %s was given %" PRIu64 " datagrams and accounts for %" PRIu64,
			a->host.name, b->heard, told);
}

static uint64_t under_way(const struct sim *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->n_sites; i++)
		for (uint8_t k = 1; k <= s->sites[i]->n_uplinks; k++)
			n += s->sites[i]->uplinks[k].up.under_way +
			     s->sites[i]->uplinks[k].down.under_way;
	return n;
}

static void check_network(const struct state *st)
{
	uint64_t n = under_way(st->sim);

	if (st->sent != st->lost + st->delivered + n)
		invariant_violated(st->sim, self,
			"%" PRIu64 " datagrams sent, %" PRIu64 " lost, %" PRIu64
			" delivered, %" PRIu64 " under way",
			st->sent, st->lost, st->delivered, n);
}

static void quiet(void *state)
{
	const struct state *st = state;

	check_network(st);
	for (size_t i = 0; i < st->sim->n_sites; i++)
		check_tunneld(st, &st->sim->sites[i]->host);
	for (size_t i = 0; i < st->sim->n_agents; i++) {
		check_tunneld(st, &st->sim->agents[i]->host);
		check_had(st, st->sim->agents[i]);
	}
}

static void *make(struct sim *s)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		abort();
	st->sim = s;
	st->agents = calloc(s->n_agents, sizeof(*st->agents));
	st->sites = calloc(s->n_sites, sizeof(*st->sites));
	if (!st->agents || !st->sites)
		abort();
	return st;
}

static void release(void *state)
{
	free(((struct state *)state)->agents);
	free(((struct state *)state)->sites);
	free(state);
}

const struct invariant invariant_counters = {
	.name = "counters",
	.make = make,
	.free = release,
	.bus = bus,
	.packet = packet,
	.daemon = daemon,
	.quiet = quiet,
};
