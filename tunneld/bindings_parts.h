/* SPDX-License-Identifier: BSD-2-Clause */
/* What bindings.c, bc.c and bul.c share. */
#ifndef TUNNELD_BINDINGS_PARTS_H
#define TUNNELD_BINDINGS_PARTS_H

#include "tunneld/bindings.h"

struct entry_key entry_key_make(uint16_t type, uint32_t domain, const struct mipm_addr *home_addr,
	const struct mipm_addr *peer, uint16_t number);

void origin_set(struct origin *o, const struct mipm_sender *from, uint64_t generation);

/* Is this word older than what is known? o may be NULL. */
bool origin_is_newer(const struct origin *o, const struct mipm_sender *from, uint64_t generation);

/* Finds or makes it; NULL without memory. */
struct fib_tunnel *bindings_tunnel(struct bindings *b, uint32_t domain,
	const struct mipm_addr *home_addr, const struct mipm_addr *peer, bool is_router);

/* Makes or changes the path. 0, ENODEV (it has no socket), -ENOMEM. */
int bindings_path_set(struct bindings *b, struct fib_tunnel *t, const struct mipm_path *m,
	uint64_t expires_at, uint64_t now);

void bindings_path_drop(struct bindings *b, struct fib_path *p);
void bindings_tunnel_drop(struct bindings *b, struct fib_tunnel *t);

/* What an owner says is believed, as far as it can be carried out. 0 or a negative errno with
 * *why. */
int check_entry(uint32_t domain, const struct mipm_addr *home_addr, const char **why);
int check_path(const struct mipm_path *p, const char **why);

/* A network that contains this address (the far end's, outside) would swallow the tunnel. */
int check_networks(const struct mipm_prefix *networks, size_t n, const struct mipm_addr *outer,
	const char **why);
/* The same with our own outer addresses. */
int check_own(struct bindings *b, const struct mipm_prefix *networks, size_t n, const char **why);

/* bul.c: a router tunnel's prefixes are those of all its entries together. 0 or -ENOMEM. */
int bul_claim(struct bindings *b, struct fib_tunnel *t);

#endif
