/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel objects that follow the forwarding table: brought about at the end of a turn, so that no
 * reply stands behind netlink. On a home agent a route (and an element for nat) for a prefix that
 * no aggregate covers; on a mobile router home addresses, and the rules of its sites: through the
 * tunnel while it has a path, else closed.
 */
#ifndef TUNNELD_INSTALL_H
#define TUNNELD_INSTALL_H

#include "tunneld/fib.h"

struct tunneld;

/* A mobile router's own prefix: a home address or a network. */
struct install_own {
	struct mipm_prefix prefix;
	bool is_home;	  /* a home address */
	bool configured;  /* a network of the configuration: never without its rules */
	bool named;	  /* by an entry, at this look */
	bool open;	  /* that entry's tunnel has a path */
	int state;	  /* what the kernel has: -1 nothing known, 0 closed, 1 open */
	uint64_t gone_at; /* home address: not named since */
};

/* A home agent's prefix that came or went. */
struct install_far {
	struct mipm_prefix prefix;
	bool on;
};

struct install {
	bool dirty;
	uint64_t look_at; /* a home address that lingers, a predecessor's objects */
	uint64_t sweep_at;
	bool swept;
	bool patient; /* a predecessor's objects are there: nothing is closed before the sweep */
	struct install_own *own;
	size_t n_own;
	struct install_far *far;
	size_t n_far, far_room;
	uint32_t device_mtu;
};

/* At start, and again when the configuration changed. */
void install_begin(struct tunneld *t, uint64_t now, bool adopted);
void install_configured(struct tunneld *t);

/* Noted for the end of the turn: as struct forwarder_config.claimed and .changed. */
void install_claimed(void *t, const struct fib_claim *claim, bool on);
void install_changed(void *t, struct fib_tunnel *tunnel);

/* The owner of the entries here has told all it has. */
void install_told(struct tunneld *t, uint64_t now);

/* Does what was noted. */
void install_run(struct tunneld *t, uint64_t now);
uint64_t install_next(const struct tunneld *t);

void install_fini(struct install *i);

/* The device's MTU as it should be now. */
uint32_t install_mtu(const struct tunneld *t);

#endif
