/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of wanted kernel objects in groups. Setting a group installs all its objects again and
 * removes what it had and has no more: claim, repair and removal are one mechanism. What was found
 * in the kernel and belongs to no group was left by a predecessor.
 */
#ifndef TUNNELD_KSET_H
#define TUNNELD_KSET_H

#include "base/log.h"
#include "base/table.h"
#include "tunneld/kobj.h"

#define KSET_GROUP_MAX 32 /* objects in one group */

enum kset_kind {
	KSET_BASE,
	KSET_UPLINK,
	KSET_HOME,
	KSET_SITE,
	KSET_INTO,
};

/* Compared by octets: zeroed, padding and all. */
struct kset_key {
	uint8_t kind;
	uint32_t ifindex;
	struct mipm_prefix prefix;
};

struct kset_group {
	struct table_link link; /* kset.groups */
	struct list objects;	/* kset_object.in_group */
	struct kset_key key;
	bool on; /* its user's */
};

struct kset_object {
	struct table_link link; /* kset.objects */
	struct list in_group;	/* kset_group.objects; unlinked: nobody has claimed it */
	bool fresh;		/* named by the kset_put() under way */
	struct kobj o;
};

struct kset {
	struct kobj_kernel kernel;
	struct log *log;
	struct table objects; /* by value */
	struct table groups;  /* by key */
};

/* Opens netlink. 0 or a negative errno. */
int kset_init(struct kset *k, uint8_t protocol, struct log *log);

/* Learns what a predecessor left. */
int kset_adopt(struct kset *k);

/* The group of that kind and name; made when it is not there and make is set. NULL otherwise. */
struct kset_group *kset_group(struct kset *k, uint8_t kind, uint32_t ifindex,
	const struct mipm_prefix *prefix, bool make);

/* Makes os the objects of the group. The first error is returned; the rest is tried all the same.
 */
int kset_put(struct kset *k, struct kset_group *g, const struct kobj *os, size_t n);

/* Its objects go, and the group. NULL is fine. */
void kset_drop(struct kset *k, struct kset_group *g);

/* Installs all of it once more. */
void kset_repair(struct kset *k);

/* Removes what nobody has claimed, or everything. */
void kset_sweep(struct kset *k, bool claimed_too);

/* Forgets everything and touches nothing. */
void kset_fini(struct kset *k);

#endif
