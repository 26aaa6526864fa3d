/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One object in the kernel's tables (a route, a rule, an address) as a plain value, and its way
 * into netlink messages and back. Values compare with memcmp: unused fields are zero.
 */
#ifndef TUNNELD_KOBJ_H
#define TUNNELD_KOBJ_H

#include <stdbool.h>
#include <netlink/netlink.h>
#include "libmipsock/mipsock_addr.h"

enum kobj_kind {
	KOBJ_ROUTE = 1,
	KOBJ_RULE,
	KOBJ_ADDRESS,
};

/* Our TUN device, whatever its index is just now: made anew, it gets another one. */
#define KOBJ_DEVICE UINT32_MAX

struct kobj {
	uint8_t kind;
	uint8_t family;		   /* enum mipm_family */
	bool unreachable;	   /* route: refuse instead of send */
	bool broadcast;		   /* route: for this host as well, as one of many */
	bool suppress_default;	   /* rule: a default route in that table does not count */
	struct mipm_prefix prefix; /* route: to; rule: from; address: itself; absent = all */
	struct mipm_prefix to;	   /* rule */
	struct mipm_addr gateway;  /* route */
	uint32_t ifindex;	   /* route, address */
	uint32_t table;		   /* route, rule */
	uint32_t priority;	   /* rule: preference; route: metric */
	uint32_t mark, mask;	   /* rule */
};

/* Where objects go. */
struct kobj_kernel {
	struct nl_sock *sock;
	uint8_t protocol; /* of every route and rule of ours */
	uint32_t device;  /* what KOBJ_DEVICE means; 0 before there is one */
};

/* Adds (or replaces) the object; 0 or a negative errno. */
int kobj_install(const struct kobj_kernel *k, const struct kobj *o);

/* Takes it away; an object that is gone already is success. */
int kobj_remove(const struct kobj_kernel *k, const struct kobj *o);

/* Calls fn for each route and rule with our protocol number and each address on our device. 0 or
 * a negative errno. */
int kobj_dump(const struct kobj_kernel *k, void (*fn)(void *ctx, const struct kobj *o), void *ctx);

/* "rule 4340: from 10.7.0.0/24 lookup 434", for logs. Returns buf. */
const char *kobj_print(const struct kobj *o, char *buf, size_t size);

/* A libnl result as a negative errno. */
int kobj_errno(int nl_result);

#endif
