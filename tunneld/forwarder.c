/* SPDX-License-Identifier: BSD-2-Clause */
/* See forwarder.h. */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "tunneld/forwarder.h"
#include "tunneld/mtu.h"
#include "tunneld/reflex.h"

/* A link has one socket for each family, whatever its addresses are. */
static bool is_socket_of(const struct forwarder_socket *s, const struct fib_path *p)
{
	if (p->link)
		return s->ifindex == p->link && s->local.addr.family == p->remote.addr.family;
	return !s->ifindex && addr_equal(&s->local.addr, &p->local.addr) &&
	       (!p->local.port || s->local.port == p->local.port);
}

static uint32_t socket_of(void *ctx, const struct fib_path *p, uint32_t *outer_mtu)
{
	struct forwarder *f = ctx;
	struct forwarder_socket *s;

	list_for_each (s, &f->sockets, link) {
		if (!is_socket_of(s, p))
			continue;
		*outer_mtu = s->mtu;
		return s->id;
	}
	return FIB_NONE;
}

static void tunnel_changed(void *ctx, struct fib_tunnel *t, bool other_path)
{
	struct forwarder *f = ctx;
	char text[ADDR_TEXT_MAX];

	if (other_path && t->is_router && t->chosen)
		log_info(f->config.env->log, "tunnel of %s: traffic goes by path %u now",
			addr_print(&t->home_addr, text), t->chosen->number);
	else if (other_path && t->is_router)
		log_info(f->config.env->log, "tunnel of %s: no path is left",
			addr_print(&t->home_addr, text));
	if (f->config.changed)
		f->config.changed(f->config.ctx, t);
}

int forwarder_new(struct forwarder **out, const struct forwarder_config *config)
{
	struct forwarder *f = calloc(1, sizeof(*f));
	struct fib_config fib = {
		.n_slots = config->n_slots,
		.retire = config->retire,
		.claimed = config->claimed,
		.ctx = config->ctx,
	};

	if (!f)
		return -ENOMEM;
	f->config = *config;
	config->env->random(config->env->ctx, &fib.seed, sizeof(fib.seed));
	config->env->random(config->env->ctx, &f->boot_id, sizeof(f->boot_id));
	if (fib_init(&f->fib, &fib) < 0) {
		free(f);
		return -ENOMEM;
	}
	policy_init(&f->policy);
	hints_init(&f->hints, fib.seed);
	timerq_init(&f->timers);
	list_init(&f->sockets);
	f->bindings.fib = &f->fib;
	f->bindings.timers = &f->timers;
	f->bindings.policy = &f->policy;
	f->bindings.fixed_mtu = config->fixed_mtu;
	f->bindings.socket_of = socket_of;
	f->bindings.changed = tunnel_changed;
	f->bindings.ctx = f;
	bindings_init(&f->bindings, fib.seed);
	*out = f;
	return 0;
}

struct forwarder *forwarder_free(struct forwarder *f)
{
	struct forwarder_socket *s, *next;

	if (!f)
		return NULL;
	f->fib.config.claimed = NULL;
	f->config.changed = NULL;
	bindings_fini(&f->bindings);
	fib_fini(&f->fib);
	policy_fini(&f->policy);
	timerq_fini(&f->timers);
	list_for_each_safe (s, next, &f->sockets, link)
		free(s);
	free(f);
	return NULL;
}

/* time */

static void send_keepalive(
	struct forwarder *f, uint64_t now, struct fib_path *p, enum probe_kind kind, uint16_t id)
{
	uint8_t packet[PROBE_PACKET_MAX];
	struct probe probe = {
		.kind = (uint8_t)kind,
		.path = (uint8_t)p->number,
		.boot_id = f->boot_id,
		.id = id,
		.sent_at = now,
	};
	size_t len = probe_build(&p->tunnel->near, &p->tunnel->far, &probe, packet);

	if (len && p->hop)
		f->config.send(f->config.ctx, now, p, packet, len);
}

static void fire_reflex(struct forwarder *f, uint64_t now, struct reflex *r)
{
	struct fib_path *p = r->path;
	struct fib_sums sums;
	unsigned due;

	fib_path_sums(&f->fib, p, &sums);
	due = reflex_fire(&f->timers, r, now, &sums);
	if (due & REFLEX_SILENT) {
		struct mipm_path_silent silent = {
			.home_addr = p->tunnel->home_addr,
			.peer = *forwarder_peer(p->tunnel),
			.number = (uint8_t)p->number,
			.last_in_at = sums.last_in_at,
			.at = now,
		};

		f->config.env->emit(f->config.env->ctx, NULL, MIPM_PATH_SILENT, &silent);
	}
	if (due & REFLEX_KEEPALIVE)
		send_keepalive(f, now, p, PROBE_FILL, 0);
}

static void fire_mtu(struct forwarder *f, struct fib_tunnel *t)
{
	struct fib_path *p;
	uint32_t mtu;

	/* What was learned about the way may hold no longer: the link's own MTU is tried again. */
	list_for_each (p, &t->paths, in_tunnel) {
		mtu = 0;
		socket_of(f, p, &mtu);
		p->outer_mtu = mtu;
	}
	if (mtu_raise(t, f->config.fixed_mtu))
		tunnel_changed(f, t, false);
}

void forwarder_tick(struct forwarder *f, uint64_t now)
{
	struct deadline *d;

	while ((d = timerq_pop(&f->timers, now))) {
		switch (d->kind) {
		case FORWARDER_EXPIRY:
			bindings_expire(&f->bindings, now, container_of(d, struct binding, expiry));
			break;
		case FORWARDER_REFLEX:
			fire_reflex(f, now, container_of(d, struct reflex, deadline));
			break;
		case FORWARDER_MTU:
			fire_mtu(f, container_of(d, struct tunnel_mtu, raise)->tunnel);
			break;
		}
	}
}

uint64_t forwarder_next_wakeup(const struct forwarder *f)
{
	return timerq_next(&f->timers);
}

/* sockets */

int forwarder_socket(struct forwarder *f, uint64_t now, uint32_t id, uint32_t ifindex,
	const struct mipm_endpoint *local, uint32_t mtu)
{
	struct forwarder_socket *s;
	struct fib_path *p;

	list_for_each (s, &f->sockets, link)
		if (s->id == id)
			break;
	if (&s->link == &f->sockets) {
		s = calloc(1, sizeof(*s));
		if (!s)
			return -ENOMEM;
		list_add_tail(&f->sockets, &s->link);
	} else if (s->mtu != mtu) {
		for (uint32_t i = 0; i < f->fib.n_paths; i++) {
			p = fib_path_at(&f->fib, i);
			if (p && p->hop && p->hop->socket == id)
				p->outer_mtu = mtu;
		}
	}
	s->id = id;
	s->ifindex = ifindex;
	s->local = *local;
	s->mtu = mtu;
	bindings_resolve(&f->bindings, now);
	return 0;
}

void forwarder_socket_gone(struct forwarder *f, uint64_t now, uint32_t id)
{
	struct forwarder_socket *s, *next;

	list_for_each_safe (s, next, &f->sockets, link) {
		if (s->id != id)
			continue;
		list_remove(&s->link);
		free(s);
	}
	bindings_resolve(&f->bindings, now);
}

/* what the data plane noticed */

void forwarder_stranger(struct forwarder *f, uint64_t now, uint32_t socket,
	const struct mipm_endpoint *remote, const struct mipm_addr *inner_src, uint32_t octets)
{
	struct mipm_be_hint hint = { .remote = *remote, .inner = *inner_src, .octets = octets };
	struct forwarder_socket *s;

	list_for_each (s, &f->sockets, link) {
		if (s->id != socket)
			continue;
		hint.local = s->local;
		hint.link = s->ifindex;
	}
	if (hints_pass(&f->hints, now, &hint))
		f->config.env->emit(f->config.env->ctx, NULL, MIPM_BE_HINT, &hint);
}

void forwarder_answer(
	struct forwarder *f, uint32_t path, const struct probe *probe, uint64_t received_at)
{
	struct fib_path *p = fib_path_at(&f->fib, path);
	struct mipm_probe_in in = {
		.number = probe->path,
		.id = probe->id,
		.sent_at = probe->sent_at,
		.received_at = received_at,
	};

	/* A fill is only there to be seen. Times that cannot be are somebody's invention. */
	if (!p || probe->kind != PROBE_ASKED || probe->sent_at > received_at ||
		received_at - probe->sent_at > 60 * NSEC_PER_S)
		return;
	in.home_addr = p->tunnel->home_addr;
	in.peer = *forwarder_peer(p->tunnel);
	f->config.env->emit(f->config.env->ctx, NULL, MIPM_PROBE_IN, &in);
}

void forwarder_path_mtu(struct forwarder *f, uint64_t now, uint32_t path, uint32_t outer_mtu)
{
	struct fib_path *p = fib_path_at(&f->fib, path);

	if (!p || !outer_mtu || (p->outer_mtu && outer_mtu >= p->outer_mtu))
		return;
	p->outer_mtu = outer_mtu;
	bindings_settle(&f->bindings, now, p->tunnel);
	mtu_retry_later(&f->timers, p->tunnel, FORWARDER_MTU, now);
}

void forwarder_keepalive(struct forwarder *f, uint64_t now, struct fib_path *p, uint16_t id)
{
	send_keepalive(f, now, p, PROBE_ASKED, id);
}
