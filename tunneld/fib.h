/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The forwarding table: (domain, inner prefix) -> what becomes of packets to it and from it; a
 * tunnel -> its paths; (socket, remote address, port) -> the path that tunnel data came by.
 *
 * One writer (the main thread), any number of readers that take no lock: what a reader follows are
 * C11 atomics, and what a change unlinks goes to retire(), which frees it when no reader can hold
 * it any more. The first two pointers of a retired block are the retirer's. A reader keeps nothing
 * beyond its read-side section but indexes, which are stable while the tunnel or path lives.
 */
#ifndef TUNNELD_FIB_H
#define TUNNELD_FIB_H

#include "base/addr.h"
#include "base/lpm.h"
#include "base/table.h"
#include "tunneld/admission.h"
#include "tunneld/inner.h"

#define FIB_NONE UINT32_MAX /* no index */

/* What becomes of an inner packet to, and from, an address under this prefix. No entry: refuse with
 * ICMP. The two lookups share one table, as almost every prefix stands in both: a hundred thousand
 * routers are as many nodes fewer. */
enum fib_action {
	FIB_FREE,   /* from there: nothing is known, nobody owns it */
	FIB_TUNNEL, /* into this tunnel; from there: only by this tunnel */
	FIB_LOCAL,  /* our own: home address, mobile networks of this router */
};

struct fib_entry {
	uint8_t to, from; /* enum fib_action */
	struct fib_tunnel *tunnel;
};

/* Written by one thread per slot, read by all. Times are 0 before the first packet. */
struct fib_count {
	_Atomic uint64_t packets;
	_Atomic uint64_t octets; /* inner packets */
	_Atomic uint64_t last_at;
};

struct fib_counters {
	_Alignas(64) struct fib_count in;
	struct fib_count out;
	_Atomic uint64_t data_at; /* last packet that was no keepalive, either way */
};

/* Paths whose counters lie in one block: those of slot n stand n * FIB_CHUNK after slot 0's. */
#define FIB_CHUNK 1024

/* Where a path leads, as the packet path reads it. Never changes: a new one takes its place. */
struct fib_hop {
	void *retired[2];
	struct fib_tunnel *tunnel;
	struct fib_counters *counters; /* of slot 0 */
	uint32_t path;		       /* index */
	uint32_t socket;
	uint32_t caps; /* feature bits that both ends have; 0 = a stranger */
	struct mipm_endpoint remote;
	struct mipm_endpoint local; /* our address as the far end knows it; may be absent */
	uint16_t number;
	uint8_t encap; /* enum mipm_encap */
};

struct fib_claim;
struct fib;

struct fib_domain {
	uint32_t id;
	const struct fib *fib;
	struct lpm prefixes; /* -> struct fib_entry */
	struct fib_entry local;
	struct list link; /* fib.domains */
};

enum fib_claim_kind {
	FIB_CLAIM_FAR = 1, /* the far end owns it: to it and from it by this tunnel */
	FIB_CLAIM_OWN,	   /* ours: to it is local, from it may go into tunnels */
	FIB_CLAIM_TO,	   /* a default: to it by this tunnel; what comes from there is free */
};

/* A prefix that a tunnel wants in the table. Two tunnels may claim one: the later claim holds
 * until it is withdrawn. */
struct fib_claim {
	struct mipm_prefix prefix;
	uint8_t kind; /* enum fib_claim_kind */
};

struct binding;
struct bul_record;
struct reflex;
struct tunnel_mtu;

struct fib_path {
	struct fib_tunnel *tunnel;
	struct list in_tunnel;
	struct fib_hop *hop;	/* the published one; NULL: it has no socket just now */
	struct reflex *reflex;	/* reflex.c's; NULL: nothing to do on this path */
	struct bul_record *bul; /* bindings.c's */
	uint64_t expires_at;	/* 0 = never */
	uint32_t index;
	uint32_t keepalive_s;
	uint32_t link;
	uint32_t outer_mtu; /* 0: nothing is known */
	uint16_t number;
	uint16_t priority;
	struct mipm_endpoint remote, local;
	uint8_t encap;
};

struct fib_tunnel {
	void *retired[2];
	struct fib_entry entry;		/* what its prefixes lead to */
	struct fib_entry default_entry; /* FIB_CLAIM_TO's */
	_Atomic(struct fib_hop *) active;
	_Atomic uint32_t inner_mtu;
	uint32_t index;
	struct fib_domain *domain;
	struct mipm_addr home_addr;
	struct mipm_addr peer; /* mobile router's side: the far end. Else absent */
	/* Keepalives: echo requests from far to near are answered on the path they came by. */
	struct mipm_addr near, far;
	/* This end is a router: only own sources go in, only own destinations come out. */
	bool is_router;
	_Atomic bool far_only; /* ... and only the far end's own sources */

	/* the writer's from here on */
	struct fib_path *chosen; /* active's */
	struct list paths;
	struct fib_claim *claims;
	size_t n_claims;
	struct table_link by_key;
	struct list router_link; /* fib.routers, if is_router */
	struct binding *binding; /* bindings.c's */
	struct tunnel_mtu *mtu;	 /* mtu.c's */
};

struct fib_config {
	uint32_t n_slots;			/* threads that count: workers and main */
	uint64_t seed;				/* random: strangers choose what is hashed */
	void (*retire)(void *ctx, void *block); /* NULL: free at once */
	/* A prefix is claimed now, or no longer by anybody. May be NULL. */
	void (*claimed)(void *ctx, const struct fib_claim *claim, bool on);
	void *ctx;
};

/* Counters of FIB_CHUNK paths, in all slots. */
struct fib_chunk {
	void *block;
	struct fib_counters *counters;
};

struct fib {
	struct fib_config config;
	struct admission admission;
	struct lpm outer; /* our own outer addresses */
	struct list domains;
	struct table tunnels;	 /* by (domain, home address, peer) */
	struct list routers;	 /* tunnels with is_router: few */
	struct fib_path **paths; /* by index */
	uint32_t n_paths;	 /* indexes given out so far */
	uint32_t n_live_paths;
	uint32_t *free_paths; /* ring of indexes to be used again, oldest first */
	uint32_t free_first, n_free;
	uint32_t paths_size;
	struct fib_chunk *chunks;
	uint32_t next_tunnel;
};

/* 0 or -ENOMEM. */
int fib_init(struct fib *fib, const struct fib_config *config);

/* Frees everything at once; no reader may be left. */
void fib_fini(struct fib *fib);

/* writer */

/* One of our outer addresses came or went: inner packets to it on our port are refused. */
int fib_outer(struct fib *fib, const struct mipm_addr *addr, bool on);

/* Makes the domain if there is none; NULL without memory. */
struct fib_domain *fib_domain(struct fib *fib, uint32_t id);

struct fib_tunnel *fib_tunnel_find(const struct fib *fib, uint32_t domain,
	const struct mipm_addr *home_addr, const struct mipm_addr *peer);
int fib_tunnel_new(struct fib *fib, struct fib_domain *domain, const struct mipm_addr *home_addr,
	const struct mipm_addr *peer, bool is_router, struct fib_tunnel **out);

/* Paths, claims and all. */
void fib_tunnel_remove(struct fib *fib, struct fib_tunnel *tunnel);

/* Makes these the claims of the tunnel; the list is copied and may name one prefix twice. 0 or
 * -ENOMEM: nothing, or only a part, has changed then. */
int fib_tunnel_claim(
	struct fib *fib, struct fib_tunnel *tunnel, const struct fib_claim *claims, size_t n);

struct fib_path *fib_path_find(const struct fib_tunnel *tunnel, uint16_t number);
int fib_path_new(
	struct fib *fib, struct fib_tunnel *tunnel, uint16_t number, struct fib_path **out);
void fib_path_remove(struct fib *fib, struct fib_path *path);

/* The path by its index, or NULL if it has gone. */
struct fib_path *fib_path_at(const struct fib *fib, uint32_t index);

/* Publishes path.remote, local and encap on this socket; FIB_NONE: takes it out of use. Does
 * nothing if nothing differs. 0 or -ENOMEM (it keeps what it had). */
int fib_path_publish(struct fib *fib, struct fib_path *path, uint32_t socket, uint32_t caps);

/* Traffic of the tunnel goes by this path from now on (NULL: by none): one atomic store. */
void fib_tunnel_choose(struct fib_tunnel *tunnel, struct fib_path *path);

/* Sums over all slots since the path was made. */
struct fib_sums {
	uint64_t packets_in, octets_in, last_in_at;
	uint64_t packets_out, octets_out, last_out_at;
	uint64_t data_at;
};
void fib_path_sums(const struct fib *fib, const struct fib_path *path, struct fib_sums *out);

/* readers */

enum fib_verdict {
	FIB_OK,
	FIB_STRANGER,	   /* no path has this remote end */
	FIB_MALFORMED,	   /* no inner packet that we carry */
	FIB_TTL,	   /* time to live 0 */
	FIB_SOURCE,	   /* not owned by this end of the tunnel */
	FIB_DESTINATION,   /* of a kind that is never forwarded, or not behind this end */
	FIB_LOOP,	   /* to one of our outer addresses on our port */
	FIB_NO_ENTRY,	   /* nobody has the destination */
	FIB_NO_PATH,	   /* somebody has, but no path leads there now */
	FIB_ENCAPSULATION, /* not the one that was negotiated */
	FIB_VERDICTS,
};

const char *fib_verdict_name(enum fib_verdict verdict);

/* An inner packet from our device: which way does it go? *hop only with FIB_OK, *tunnel also with
 * FIB_NO_PATH. */
enum fib_verdict fib_route(const struct fib_domain *domain, const struct inner *inner,
	const struct fib_hop **hop, const struct fib_tunnel **tunnel);

/* An inner packet that came by this hop: may it reach our device? (RFC 5944 and 3024 let a home
 * agent drop what does not come from the binding's own address; mipv4.md section 9 makes that a
 * must.) */
enum fib_verdict fib_receive(const struct fib_hop *hop, const struct inner *inner);

/* Counts packets on a path, octets in sum; the counters are those of the caller's own slot. */
void fib_count(struct fib_counters *counters, bool in, uint32_t packets, uint32_t octets,
	bool keepalive, uint64_t now);

static inline struct fib_counters *fib_counters_of(const struct fib_hop *hop, uint32_t slot)
{
	return hop->counters + (size_t)slot * FIB_CHUNK;
}

static inline struct fib_hop *fib_active(const struct fib_tunnel *tunnel)
{
	return atomic_load_explicit(&tunnel->active, memory_order_acquire);
}

#endif
