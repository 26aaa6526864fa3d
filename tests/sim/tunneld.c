/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon: sockets, signalling, what it tells. Packets are in tunneld_data.c. */
#include "tests/sim/tunneld.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "tests/sim/sim.h"

#define AGENT_SOCKET 1
#define STATS_EVERY  NSEC_PER_S
#define TTL	     64

static void emit(const struct tunneld *t, const char *to, uint16_t type, const void *body)
{
	t->env->emit(t->env->ctx, to, type, body);
}

/* ---- sockets ------------------------------------------------------------------------------- */

/* As tunneld/links.c would say it. */
static void tell_link(struct tunneld *t, const char *to, const struct uplink *u)
{
	struct mipm_prefix address = { uplink_address(u), 24 };
	uint8_t carrier = u->has_carrier ? MIPM_LINK_CARRIER : 0;
	struct mipm_link link = {
		.link = u->link,
		.name = { u->name, (uint16_t)strlen(u->name) },
		.number = u->number,
		.flags = u->is_there ? MIPM_LINK_UP | carrier : MIPM_LINK_GONE,
		.metric = 10u * u->number,
		.mtu = u->mtu,
	};

	if (u->is_there && u->has_address) {
		link.addresses = &address;
		link.n_addresses = 1;
		link.gateway = addr_from_v4((addr_to_v4(&address.addr) & ~0xffu) | 0xfe);
	}
	emit(t, to, MIPM_LINK, &link);
}

/* What the table knows to be ours outside. */
static void set_address(struct tunneld *t, const struct uplink *u)
{
	struct mipm_addr *ours = &t->ours[u->number], now = { 0 };

	if (u->is_there)
		now = uplink_address(u);
	if (addr_equal(ours, &now))
		return;
	if (addr_is_present(ours))
		fib_outer(&t->forwarder->fib, ours, false);
	if (addr_is_present(&now))
		fib_outer(&t->forwarder->fib, &now, true);
	*ours = now;
}

/* A socket is bound to its link: another address needs no new one, without one it waits. */
static void use_uplink(struct tunneld *t, uint64_t now, const struct uplink *u)
{
	struct mipm_endpoint local = { .addr.family = MIPM_IPV4, .port = NET_PORT };
	uint32_t *socket = &t->sockets[u->number];

	set_address(t, u);
	if (*socket && (!u->is_there || *socket != u->link)) {
		forwarder_socket_gone(t->forwarder, now, *socket);
		*socket = 0;
	}
	if (u->is_there && (*socket || u->has_address)) {
		*socket = u->link;
		forwarder_socket(t->forwarder, now, u->link, u->link, &local, u->mtu);
	}
}

void tunneld_uplink(struct tunneld *t, struct uplink *u)
{
	use_uplink(t, fakebus_now(t->host->bus), u);
	tell_link(t, NULL, u);
	fakebus_touch(t->host->bus, "tunneld");
}

static void open_sockets(struct tunneld *t, uint64_t now)
{
	const struct agent *a = t->host->agent;
	struct site *site = t->host->site;

	if (a) {
		const struct mipm_endpoint local = { a->addr, NET_PORT };

		fib_outer(&t->forwarder->fib, &a->addr, true);
		forwarder_socket(t->forwarder, now, AGENT_SOCKET, 0, &local, 0);
	}
	for (uint8_t n = 1; site && n <= site->n_uplinks; n++)
		use_uplink(t, now, &site->uplinks[n]);
}

uint32_t tunneld_socket(const struct tunneld *t, const struct datagram *d)
{
	return t->host->agent ? AGENT_SOCKET : d->uplink->link;
}

/* ---- signalling ---------------------------------------------------------------------------- */

void tunneld_signal_in(struct tunneld *t, struct datagram *d)
{
	const char *owner = t->host->agent ? "had" : "mnd";
	const struct mipm_sig sig = {
		.kind = MIPM_SIG_UDP434,
		.ttl = d->ttl,
		.local = d->target,
		.remote = d->source,
		.link = t->host->agent ? 0 : d->uplink->link,
		.received_at = fakebus_now(t->host->bus),
		.payload = { d->data, d->len },
	};

	t->counts.sig_in++;
	if (fakebus_wants_sig(t->host->bus, owner, d->data[0], &d->target.addr))
		emit(t, owner, MIPM_SIG_IN, &sig);
	else
		t->counts.sig_unowned++;
}

/* The uplink that has the local address, on the link that is named. */
static struct uplink *uplink_for(struct site *site, const struct mipm_sig *sig)
{
	for (uint8_t n = 1; n <= site->n_uplinks; n++) {
		struct uplink *u = &site->uplinks[n];
		struct mipm_addr addr = uplink_address(u);

		if (!u->is_there || (sig->link && sig->link != u->link))
			continue;
		if (addr_equal(&sig->local.addr, &addr) ||
			(sig->link && !addr_is_present(&sig->local.addr)))
			return u;
	}
	return NULL;
}

static void on_sig_out(struct tunneld *t, const struct mipm_sig *sig)
{
	struct sim *s = t->host->sim;
	struct uplink *u = t->host->site ? uplink_for(t->host->site, sig) : NULL;
	bool is_ours = t->host->agent ? addr_equal(&sig->local.addr, &t->host->agent->addr) : !!u;
	struct datagram *d;

	if (!is_ours || sig->kind != MIPM_SIG_UDP434 || !sig->payload.len ||
		sig->payload.len > NET_DATA_MAX || !sig->remote.port) {
		t->counts.sig_refused++;
		return;
	}
	d = datagram_new(s);
	d->ttl = sig->ttl ? sig->ttl : TTL;
	d->source = (struct mipm_endpoint) { u ? uplink_address(u) : sig->local.addr, NET_PORT };
	d->target = sig->remote;
	d->len = sig->payload.len;
	memcpy(d->data, sig->payload.data, d->len);
	t->counts.sig_out++;
	if (u)
		net_leave(u, d);
	else
		net_reply(t->host->agent, d);
}

/* ---- the core's shell ---------------------------------------------------------------------- */

static void input(void *t_, uint64_t now, const struct mipm_msg *msg)
{
	struct tunneld *t = t_;

	if (msg->type == MIPM_SIG_OUT)
		on_sig_out(t, msg->body);
	else
		forwarder_input(t->forwarder, now, msg);
}

static void tick(void *t_, uint64_t now)
{
	struct tunneld *t = t_;
	uint64_t cursor = 0;

	forwarder_tick(t->forwarder, now);
	if (now < t->stats_at)
		return;
	t->stats_at = now + STATS_EVERY;
	forwarder_stats(t->forwarder, NULL, &cursor, UINT32_MAX);
}

static uint64_t next_wakeup(const void *t_)
{
	const struct tunneld *t = t_;
	uint64_t at = forwarder_next_wakeup(t->forwarder);

	return at < t->stats_at ? at : t->stats_at;
}

static int dump(void *t_, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	struct tunneld *t = t_;
	struct site *site = t->host->site;
	uint64_t index;
	int more;

	if (own)
		return forwarder_dump_own(t->forwarder, to, cursor);
	for (uint8_t n = 1; *cursor == 0 && site && n <= site->n_uplinks; n++)
		if (site->uplinks[n].is_there)
			tell_link(t, to, &site->uplinks[n]);
	index = *cursor ? *cursor - 1 : 0;
	more = forwarder_stats(t->forwarder, to, &index, 32);
	*cursor = index + 1;
	return more;
}

static void member(void *t, uint64_t now, const struct mipm_sender *who, bool joined)
{
	forwarder_member(((struct tunneld *)t)->forwarder, now, who, joined);
}

static const uint16_t types[] = { MIPM_BC_ADD, MIPM_BC_REMOVE, MIPM_BUL_ADD, MIPM_BUL_REMOVE,
	MIPM_MD_INFO, MIPM_SIG_OUT, MIPM_PATH_WATCH, MIPM_PROBE_OUT, MIPM_DUMP_END, 0 };

const struct core_ops tunneld_ops = {
	.role = "tunneld",
	.types = types,
	.input = input,
	.tick = tick,
	.next_wakeup = next_wakeup,
	.dump = dump,
	.member = member,
};

struct tunneld *tunneld_new(struct host *h)
{
	struct tunneld *t = calloc(1, sizeof(*t));
	uint64_t now = fakebus_now(h->bus);
	struct forwarder_config config = {
		.env = fakebus_env(h->bus, "tunneld"),
		.n_slots = 1,
		.ctx = t,
		.send = tunneld_send_probe,
	};

	if (!t || forwarder_new(&t->forwarder, &config) < 0)
		abort();
	t->host = h;
	t->env = config.env;
	t->domain = fib_domain(&t->forwarder->fib, 0);
	t->stats_at = h->site ? now + STATS_EVERY : CORE_NEVER;
	open_sockets(t, now);
	return t;
}

struct tunneld *tunneld_free(struct tunneld *t)
{
	forwarder_free(t->forwarder);
	free(t);
	return NULL;
}

/* ---- what the tables say ------------------------------------------------------------------- */

uint8_t tunneld_way_up(const struct tunneld *router)
{
	const struct fib_tunnel *tunnel;

	list_for_each (tunnel, &router->forwarder->fib.routers, router_link)
		if (tunnel->chosen)
			return (uint8_t)tunnel->chosen->number;
	return 0;
}

static const struct fib_tunnel *tunnel_to(const struct tunneld *agent, size_t site)
{
	struct mipm_addr home = net_home(agent->host->index, site), none = { 0 };

	return fib_tunnel_find(&agent->forwarder->fib, 0, &home, &none);
}

uint8_t tunneld_way_down(const struct tunneld *agent, size_t site)
{
	const struct fib_tunnel *tunnel = tunnel_to(agent, site);
	const struct uplink *u;

	if (!tunnel || !tunnel->chosen)
		return 0;
	u = net_uplink(agent->host->sim, &tunnel->chosen->remote.addr);
	return u ? u->number : 0;
}

bool tunneld_has_path(const struct tunneld *router, uint8_t number)
{
	const struct fib_tunnel *tunnel;

	list_for_each (tunnel, &router->forwarder->fib.routers, router_link) {
		const struct fib_path *path = fib_path_find(tunnel, number);

		if (path && path->hop)
			return true;
	}
	return false;
}

bool tunneld_admits(const struct tunneld *agent, const struct uplink *u)
{
	const struct fib_tunnel *tunnel = tunnel_to(agent, u->site->host.index);
	const struct mipm_endpoint far = { agent->host->agent->addr, NET_PORT };
	struct mipm_endpoint near = { uplink_address(u), NET_PORT };
	struct admission_walk walk;
	struct fib_hop *hop;

	if (u->nat.is_there) {
		near.port = nat_port(&u->nat, vtime_now(agent->host->sim->vt), &near, &far);
		near.addr = uplink_public(u);
	}
	hop = admission_first(&agent->forwarder->fib.admission, AGENT_SOCKET, &near, &walk);
	while (hop && hop->tunnel != tunnel)
		hop = admission_next(&walk);
	return hop != NULL;
}
