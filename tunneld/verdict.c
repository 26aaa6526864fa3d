/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a packet meets: the readers' side of the table. Runs in the workers; no lock, no memory, no
 * log. The time to live is not touched here: the kernel routes every inner packet into or out of
 * our device and counts it down there, at either end (RFC 2003 3.1); a packet that arrives with 0
 * goes no further.
 */
#include <string.h>

#include "tunneld/fib.h"

const char *fib_verdict_name(enum fib_verdict verdict)
{
	static const char *const names[FIB_VERDICTS] = {
		[FIB_OK] = "ok",
		[FIB_STRANGER] = "stranger",
		[FIB_MALFORMED] = "malformed",
		[FIB_TTL] = "ttl",
		[FIB_SOURCE] = "source",
		[FIB_DESTINATION] = "destination",
		[FIB_LOOP] = "loop",
		[FIB_NO_ENTRY] = "no-entry",
		[FIB_NO_PATH] = "no-path",
		[FIB_ENCAPSULATION] = "encapsulation",
	};

	return verdict < FIB_VERDICTS && names[verdict] ? names[verdict] : "unknown";
}

static void *lookup(const struct lpm *lpm, uint8_t family, const uint8_t *octets)
{
	return lpm_lookup_octets(lpm, family, octets);
}

/* UDP to this port of this address? Our own tunnel data must not go round in the tunnel (RFC 2003
 * 4.4 asks an encapsulator to notice). */
static bool is_udp_to(const struct inner *in, uint16_t port)
{
	return in->protocol == INNER_UDP && inner_has(in, 8) &&
	       get16(in->data + in->header_len + 2) == port;
}

static bool is_addr(const struct inner *in, const struct mipm_addr *addr)
{
	return addr->family == in->family &&
	       memcmp(addr->octets, in->dst, addr->family == MIPM_IPV4 ? 4 : 16) == 0;
}

enum fib_verdict fib_route(const struct fib_domain *domain, const struct inner *inner,
	const struct fib_hop **hop, const struct fib_tunnel **tunnel)
{
	const struct fib_entry *to, *from;

	*hop = NULL;
	*tunnel = NULL;
	if (inner->ttl == 0)
		return FIB_TTL;
	if (!inner_dst_is_forwardable(inner))
		return FIB_DESTINATION;
	to = lookup(&domain->prefixes, inner->family, inner->dst);
	if (!to || to->to != FIB_TUNNEL)
		return FIB_NO_ENTRY;
	if (to->tunnel->is_router) {
		from = lookup(&domain->prefixes, inner->family, inner->src);
		if (!from || from->from != FIB_LOCAL)
			return FIB_SOURCE;
	}
	*tunnel = to->tunnel;
	*hop = fib_active(to->tunnel);
	if (!*hop)
		return FIB_NO_PATH;
	if (is_udp_to(inner, (*hop)->remote.port) && is_addr(inner, &(*hop)->remote.addr))
		return FIB_LOOP;
	return FIB_OK;
}

static bool is_far_ends(const struct fib_entry *from, const struct fib_tunnel *t)
{
	return from && from->from == FIB_TUNNEL && from->tunnel == t;
}

enum fib_verdict fib_receive(const struct fib_hop *hop, const struct inner *inner)
{
	const struct fib_tunnel *t = hop->tunnel;
	const struct fib_entry *from, *to;

	if (inner->ttl == 0)
		return FIB_TTL;
	if (!inner_dst_is_forwardable(inner))
		return FIB_DESTINATION;
	if (is_udp_to(inner, hop->local.port) &&
		lookup(&t->domain->fib->outer, inner->family, inner->dst))
		return FIB_LOOP;
	from = lookup(&t->domain->prefixes, inner->family, inner->src);
	if (!t->is_router)
		return is_far_ends(from, t) ? FIB_OK : FIB_SOURCE;
	/* A router takes any source but its own from its home agent, and from a correspondent
	 * what is the correspondent's. */
	if (from && from->from == FIB_LOCAL)
		return FIB_SOURCE;
	if (atomic_load_explicit(&t->far_only, memory_order_relaxed) && !is_far_ends(from, t))
		return FIB_SOURCE;
	to = lookup(&t->domain->prefixes, inner->family, inner->dst);
	return to && to->to == FIB_LOCAL ? FIB_OK : FIB_DESTINATION;
}

static void add(_Atomic uint64_t *to, uint64_t n)
{
	/* One writer: no read-modify-write is needed. */
	atomic_store_explicit(
		to, atomic_load_explicit(to, memory_order_relaxed) + n, memory_order_relaxed);
}

void fib_count(struct fib_counters *counters, bool in, uint32_t packets, uint32_t octets,
	bool keepalive, uint64_t now)
{
	struct fib_count *c = in ? &counters->in : &counters->out;

	add(&c->packets, packets);
	add(&c->octets, octets);
	atomic_store_explicit(&c->last_at, now, memory_order_relaxed);
	if (!keepalive)
		atomic_store_explicit(&counters->data_at, now, memory_order_relaxed);
}
