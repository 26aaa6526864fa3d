/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP datagrams between hosts: out of a site through NAT and lane, over an Internet without delay
 * to whoever has the address, and back.
 *
 *	home agent a        203.0.113.1 + a; all serve the home network 10.200.0.0/16
 *	site i              home address 10.200.0.1 + i
 *	                    mobile network 10.64.0.0/24 + i
 *	its uplink n        198.18.0.0 + i * 16 + n, + 2^14 for each new address; behind a NAT
 *	                    that is the NAT's, and its own is 192.168.n.2
 */
#ifndef TESTS_SIM_NET_H
#define TESTS_SIM_NET_H

#include "tunneld/encap.h"

#define NET_PORT     434
#define NET_DATA_MAX 2048 /* octets of a UDP payload */
#define NET_UDP_HEAD 28	  /* outer IPv4 and UDP */

struct agent;
struct sim;
struct site;
struct uplink;

struct datagram {
	struct datagram *next; /* of those that can be used again */
	struct uplink *uplink; /* whose; NULL: injected, and not there yet */
	bool up;
	uint8_t ttl;
	struct mipm_endpoint source, target;
	uint8_t *data; /* in room, behind ENCAP_HEADROOM octets at least */
	uint32_t len;
	uint8_t room[ENCAP_HEADROOM + NET_DATA_MAX + ENCAP_TAILROOM];
};

struct mipm_addr net_agent(size_t agent);
struct mipm_addr net_home(size_t agent, size_t site);
struct mipm_prefix net_network(size_t site);	   /* mobile network */
struct mipm_prefix net_home_network(size_t agent); /* home network */
/* The uplink that the Internet knows by this address now; NULL: nobody's. */
struct uplink *net_uplink(struct sim *s, const struct mipm_addr *public);

/* Room for one; filled in by the caller, who gives it to one of the next three, or to drop. */
struct datagram *datagram_new(struct sim *s);
void datagram_drop(struct sim *s, struct datagram *d);

void net_leave(struct uplink *u, struct datagram *d); /* from the router */
void net_reply(struct agent *a, struct datagram *d);  /* from a home agent */

/* From anybody, with any source: to a home agent, or to an uplink's public address (where NAT and
 * lane still stand). The payload is copied. */
void net_inject(struct sim *s, const struct mipm_endpoint *source,
	const struct mipm_endpoint *target, const void *payload, size_t len);

#endif
