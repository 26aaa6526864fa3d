/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What we keep in the kernel's tables: a set of wanted objects (routes, rules, addresses, sysctls
 * by netlink), brought about one by one and taken away again. All carry our protocol number.
 *
 * Every call is idempotent. After a crash or an upgrade the objects of the predecessor are still
 * there: wanting one again claims it, routes_sweep() removes what nobody claimed.
 */
#ifndef TUNNELD_ROUTES_H
#define TUNNELD_ROUTES_H

#include "tunneld/links.h"

struct routes;

/* Opens netlink, learns what a predecessor left. 0 or a negative errno (-EPERM: CAP_NET_ADMIN). */
int routes_open(struct routes **out, const struct tunneld_conf *conf, struct log *log);

/* The TUN device: address generation off before up, MTU, up. Called again after the device was
 * made anew: then everything wanted is installed once more. */
int routes_device(struct routes *r, uint32_t ifindex, uint32_t mtu);

/* An uplink's own table (default via its gateway), the rule for its mark, the reverse-path filter
 * set to loose (the value found is restored on stop). Call it at every change: a link that was
 * down lost its routes. Without an address or gateway: takes them away. */
int routes_uplink(struct routes *r, const struct uplink *u);
void routes_uplink_gone(struct routes *r, const struct uplink *u);

/* A home address of ours on the device (a mobile router). */
int routes_home_address(struct routes *r, const struct mipm_addr *home_addr, bool on);

/* A mobile network whose hosts go through the tunnel: the rules "from NETWORK lookup main
 * suppress_prefixlength 0" and "from NETWORK lookup TABLE"; the table's default into the device
 * (or only the remote prefixes), with an unreachable default behind it. on = false: the hosts get
 * "unreachable", their traffic never leaks past the tunnel (on-loss = closed), until
 * routes_site_gone(). */
int routes_site(struct routes *r, const struct mipm_prefix *network, bool on);
void routes_site_gone(struct routes *r, const struct mipm_prefix *network);

/* A home agent's route into the device: home network, aggregates, exported networks. Refuses
 * (-EINVAL) a prefix that holds one of the addresses we listen on. */
int routes_into_device(struct routes *r, const struct mipm_prefix *prefix, bool on);

/* The netlink port of all requests in here. */
uint32_t routes_port(const struct routes *r);

/* Installs once more what somebody else removed. */
void routes_repair(struct routes *r);

/* Removes what a predecessor left and nobody has claimed. */
void routes_sweep(struct routes *r);

void routes_close(struct routes *r, bool keep);

#endif
