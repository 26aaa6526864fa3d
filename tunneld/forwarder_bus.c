/* SPDX-License-Identifier: BSD-2-Clause */
/* What the bus says to the core, one handler per message, and what the core tells in dumps. */
#include <stdlib.h>
#include <errno.h>

#include "base/log.h"
#include "tunneld/bc_record.h"
#include "tunneld/bul_record.h"
#include "tunneld/forwarder.h"
#include "tunneld/mtu.h"
#include "tunneld/reflex.h"

const struct mipm_addr *forwarder_peer(const struct fib_tunnel *t)
{
	return addr_is_present(&t->peer) ? &t->peer : &t->near;
}

/* (home address, peer) as a message names a tunnel: a home agent's end is its own address. */
static struct fib_tunnel *find_tunnel(
	struct forwarder *f, const struct mipm_addr *home_addr, const struct mipm_addr *peer)
{
	const struct mipm_addr none = { 0 };
	struct fib_tunnel *t;

	if (addr_is_present(home_addr)) {
		t = fib_tunnel_find(&f->fib, 0, home_addr, peer);
		if (t)
			return t;
		t = fib_tunnel_find(&f->fib, 0, home_addr, &none);
		return t && addr_equal(&t->near, peer) ? t : NULL;
	}
	list_for_each (t, &f->fib.routers, router_link)
		if (addr_equal(&t->peer, peer))
			return t;
	return NULL;
}

static struct fib_path *find_path(struct forwarder *f, const struct mipm_addr *home_addr,
	const struct mipm_addr *peer, uint16_t number)
{
	struct fib_tunnel *t = find_tunnel(f, home_addr, peer);

	return t ? fib_path_find(t, number) : NULL;
}

/* Only failures are answered: the owner's reply does not wait for us (DESIGN section 3). */
static void tell_failure(struct forwarder *f, uint64_t now, const struct mipm_msg *msg,
	const struct mipm_tun_state *of, int r, const char *why)
{
	struct mipm_tun_state state = *of;
	char text[ADDR_TEXT_MAX];
	uint32_t held;

	state.message_type = msg->type;
	state.code = (uint16_t)(r < 0 ? -r : r);
	state.text = (struct mipm_str) { why, 0 };
	while (why[state.text.len])
		state.text.len++;
	if (log_limit_pass(&f->failures, now, 5, 60 * NSEC_PER_S, &held))
		log_warnx(f->config.env->log, "entry of %s not installed: %s (%u more like it)",
			addr_print(&of->home_addr, text), why, held);
	f->config.env->emit(f->config.env->ctx, msg->from->name, MIPM_TUN_STATE, &state);
}

static void on_bc_add(struct forwarder *f, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_bc *bc = msg->body;
	const char *why = "";
	struct mipm_tun_state of = { .home_addr = bc->home_addr, .generation = bc->generation };
	int r = bindings_bc_add(&f->bindings, now, msg->from, bc, &why);

	if (r)
		tell_failure(f, now, msg, &of, r, why);
}

static void on_bul_add(struct forwarder *f, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_bul *bul = msg->body;
	const char *why = "";
	struct mipm_tun_state of = {
		.home_addr = bul->home_addr,
		.peer = bul->peer,
		.number = bul->path.number,
		.generation = bul->generation,
	};
	int r = bindings_bul_add(&f->bindings, now, msg->from, bul, &why);

	if (r)
		tell_failure(f, now, msg, &of, r, why);
}

static void on_bc_remove(struct forwarder *f, uint64_t now, const struct mipm_msg *msg)
{
	bindings_bc_remove(&f->bindings, now, msg->from, msg->body);
}

static void on_bul_remove(struct forwarder *f, uint64_t now, const struct mipm_msg *msg)
{
	bindings_bul_remove(&f->bindings, now, msg->from, msg->body);
}

/* Traffic is turned round here, in the handler: each tunnel by one store. */
static void on_md_info(struct forwarder *f, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_md_info *info = msg->body;
	struct fib_tunnel *t;

	if (info->command != MIPM_MD_REREG ||
		policy_tell(&f->policy, info, msg->from->boot_id) <= 0)
		return;
	list_for_each (t, &f->fib.routers, router_link)
		bindings_settle(&f->bindings, now, t);
}

static void on_path_watch(struct forwarder *f, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_path_watch *w = msg->body;
	struct fib_path *p = find_path(f, &w->home_addr, &w->peer, w->number);

	if (p)
		reflex_arm(&f->timers, p, FORWARDER_REFLEX, now, w, msg->from->name);
}

static void on_probe_out(struct forwarder *f, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_probe_out *probe = msg->body;
	struct fib_path *p = find_path(f, &probe->home_addr, &probe->peer, probe->number);

	if (p)
		forwarder_keepalive(f, now, p, probe->id);
}

static void on_dump_end(struct forwarder *f, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_dump_end *end = msg->body;

	if (end->complete && !end->own)
		bindings_sweep(&f->bindings, now, msg->from);
}

static const struct {
	uint16_t type;
	void (*fn)(struct forwarder *f, uint64_t now, const struct mipm_msg *msg);
} handlers[] = {
	{ MIPM_BC_ADD, on_bc_add },
	{ MIPM_BC_REMOVE, on_bc_remove },
	{ MIPM_BUL_ADD, on_bul_add },
	{ MIPM_BUL_REMOVE, on_bul_remove },
	{ MIPM_MD_INFO, on_md_info },
	{ MIPM_PATH_WATCH, on_path_watch },
	{ MIPM_PROBE_OUT, on_probe_out },
	{ MIPM_DUMP_END, on_dump_end },
};

bool forwarder_input(struct forwarder *f, uint64_t now, const struct mipm_msg *msg)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (handlers[i].type != msg->type)
			continue;
		handlers[i].fn(f, now, msg);
		return true;
	}
	return false;
}

void forwarder_member(struct forwarder *f, uint64_t now, const struct mipm_sender *who, bool joined)
{
	struct fib_path *p;

	for (uint32_t i = 0; i < f->fib.n_paths; i++) {
		p = fib_path_at(&f->fib, i);
		if (p && p->reflex)
			reflex_owner(&f->timers, p, who->name, joined, now);
	}
}

/* dumps: by path index, which stays what it is while the dump goes on */

/* A binding is told at the lowest index among its paths: when that path goes, the next one has an
 * index that the cursor has not passed yet, or the binding was told. */
static bool tells_binding(const struct fib_path *p)
{
	const struct fib_path *other;

	list_for_each (other, &p->tunnel->paths, in_tunnel)
		if (other->index < p->index)
			return false;
	return p->tunnel->binding->bc != NULL;
}

static void tell_binding(struct forwarder *f, const struct bc_record *record, const char *to)
{
	struct mipm_bc *bc = bc_record_read(record);

	if (bc)
		f->config.env->emit(f->config.env->ctx, to, MIPM_BC_ADD, bc);
	free(bc);
}

static bool tell_own(struct forwarder *f, const struct fib_path *p, const char *to)
{
	const struct core_env *env = f->config.env;
	const struct binding *binding = p->tunnel->binding;

	if (p->bul && origin_is_of(&p->bul->origin, to))
		env->emit(env->ctx, to, MIPM_BUL_ADD, &p->bul->msg);
	else if (!p->bul && origin_is_of(&binding->origin, to) && tells_binding(p))
		tell_binding(f, binding->bc, to);
	else
		return false;
	return true;
}

int forwarder_dump_own(struct forwarder *f, const char *to, uint64_t *cursor)
{
	const struct fib_path *p;

	for (unsigned n = 0; *cursor < f->fib.n_paths && n < 32; ++*cursor) {
		p = fib_path_at(&f->fib, (uint32_t)*cursor);
		n += p && tell_own(f, p, to);
	}
	return *cursor < f->fib.n_paths;
}

static void count_of(struct mipm_path_counts *out, uint64_t packets, uint64_t octets, uint64_t at)
{
	out->packets = packets;
	out->octets = octets;
	out->last_at = at;
}

int forwarder_stats(struct forwarder *f, const char *to, uint64_t *cursor, unsigned max)
{
	struct mipm_path_stats stats;
	struct fib_sums sums;
	struct fib_path *p;

	for (unsigned n = 0; *cursor < f->fib.n_paths && n < max; ++*cursor) {
		p = fib_path_at(&f->fib, (uint32_t)*cursor);
		if (!p)
			continue;
		fib_path_sums(&f->fib, p, &sums);
		stats = (struct mipm_path_stats) {
			.home_addr = p->tunnel->home_addr,
			.peer = *forwarder_peer(p->tunnel),
			.number = (uint8_t)p->number,
			.link = p->link,
			.active = p->tunnel->chosen == p,
			.inner_mtu = mtu_of(p->tunnel),
		};
		count_of(&stats.in, sums.packets_in, sums.octets_in, sums.last_in_at);
		count_of(&stats.out, sums.packets_out, sums.octets_out, sums.last_out_at);
		f->config.env->emit(f->config.env->ctx, to, MIPM_PATH_STATS, &stats);
		n++;
	}
	return *cursor < f->fib.n_paths;
}
