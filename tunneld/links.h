/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uplinks as rtnetlink shows them: interface, carrier, addresses, gateway, default route.
 *
 * Configured uplinks are known by name; without any, every interface with a default route in the
 * main table is one (never our own device). A home agent has none: it only looks after the device.
 */
#ifndef TUNNELD_LINKS_H
#define TUNNELD_LINKS_H

#include "tunneld/tunneld.h"

#define UPLINK_ADDRESSES_MAX 8

/* One uplink. Owned by struct links; ifindex and number are its identity. A device that is made
 * anew (USB, PPP) is gone first and comes with another ifindex: it needs new sockets. */
struct uplink {
	uint32_t ifindex;
	char name[TUNNELD_NAME_MAX];
	uint8_t number;
	uint8_t flags; /* MIPM_LINK_* */
	bool onlink;   /* point to point: no gateway needed */
	uint32_t metric;
	uint32_t mtu;
	struct mipm_prefix addresses[UPLINK_ADDRESSES_MAX]; /* host address with its length */
	size_t n_addresses;
	struct mipm_addr gateway; /* IPv4 */
	struct mipm_addr gateway6;
	uint8_t gateway_link_layer[8];
	uint8_t gateway_link_layer_len;
	uint64_t bytes_in, bytes_out;
};

struct links_events {
	void *ctx;
	/* Something about it changed, or it is new. */
	void (*changed)(void *ctx, uint64_t now, const struct uplink *uplink);
	/* It vanished; the struct is valid during the call. */
	void (*gone)(void *ctx, uint64_t now, const struct uplink *uplink);
	/* A rule or route of our protocol number was removed, or may have been: put it back.
	 * by_hand: by another process, not by the kernel itself. */
	void (*robbed)(void *ctx, uint64_t now, bool by_hand);
	/* Our TUN device vanished, or is down. */
	void (*device_failed)(void *ctx, uint64_t now, bool gone);
};

struct links;

/* Reads the present state (the first changed() calls happen in links_start) and listens. conf is
 * kept. What own_port deletes is no robbery. 0 or a negative errno. */
int links_open(struct links **out, const struct tunneld_conf *conf,
	const struct links_events *events, uint32_t own_port, struct log *log);
void links_start(struct links *l, uint64_t now);
int links_fd(const struct links *l);
void links_ready(void *l, uint64_t now); /* as struct tunneld_fd.fn */
void links_reconfigure(struct links *l, uint64_t now, const struct tunneld_conf *conf);

/* Calls fn for each uplink. */
void links_walk(const struct links *l, void (*fn)(void *ctx, const struct uplink *u), void *ctx);

/* Fills the MIPM_LINK message of an uplink; the result points into it. */
void links_message(const struct uplink *u, struct mipm_link *out);

void links_close(struct links *l);

#endif
