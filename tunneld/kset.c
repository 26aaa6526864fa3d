/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tunneld/kset.h"

int kset_init(struct kset *k, uint8_t protocol, struct log *log)
{
	k->log = log;
	table_init(&k->objects);
	table_init(&k->groups);
	k->kernel = (struct kobj_kernel) { .protocol = protocol, .sock = nl_socket_alloc() };
	return k->kernel.sock ? kobj_errno(nl_connect(k->kernel.sock, NETLINK_ROUTE)) : -ENOMEM;
}

static bool object_matches(const struct table_link *link, const void *key)
{
	return memcmp(&container_of(link, struct kset_object, link)->o, key, sizeof(struct kobj)) ==
	       0;
}

static bool group_matches(const struct table_link *link, const void *key)
{
	return memcmp(&container_of(link, struct kset_group, link)->key, key,
		       sizeof(struct kset_key)) == 0;
}

static struct kset_object *object_get(struct kset *k, const struct kobj *o, bool make)
{
	uint64_t hash = table_hash(o, sizeof(*o), 0);
	struct table_link *link = table_find(&k->objects, hash, object_matches, o);
	struct kset_object *obj;

	if (link || !make)
		return container_of(link, struct kset_object, link);
	obj = calloc(1, sizeof(*obj));
	if (!obj)
		return NULL;
	obj->o = *o;
	table_add(&k->objects, &obj->link, hash);
	return obj;
}

static void object_drop(struct kset *k, struct kset_object *obj)
{
	table_remove(&k->objects, &obj->link);
	list_remove(&obj->in_group);
	free(obj);
}

static int object_remove(struct kset *k, struct kset_object *obj)
{
	char text[160];
	int rc = kobj_remove(&k->kernel, &obj->o);

	if (rc < 0)
		log_warn(k->log, rc, "cannot remove %s", kobj_print(&obj->o, text, sizeof(text)));
	object_drop(k, obj);
	return rc;
}

static void group_key_make(
	struct kset_key *key, uint8_t kind, uint32_t ifindex, const struct mipm_prefix *prefix)
{
	memset(key, 0, sizeof(*key));
	key->kind = kind;
	key->ifindex = ifindex;
	if (prefix)
		key->prefix = *prefix;
}

struct kset_group *kset_group(
	struct kset *k, uint8_t kind, uint32_t ifindex, const struct mipm_prefix *prefix, bool make)
{
	struct kset_key key;
	uint64_t hash;
	struct table_link *link;
	struct kset_group *g;

	group_key_make(&key, kind, ifindex, prefix);
	hash = table_hash(&key, sizeof(key), 0);
	link = table_find(&k->groups, hash, group_matches, &key);
	if (link || !make)
		return container_of(link, struct kset_group, link);
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->key = key;
	list_init(&g->objects);
	table_add(&k->groups, &g->link, hash);
	return g;
}

int kset_put(struct kset *k, struct kset_group *g, const struct kobj *os, size_t n)
{
	struct kset_object *obj, *spare;
	char text[160];
	int rc = 0, one;

	for (size_t i = 0; i < n; i++) {
		obj = object_get(k, &os[i], true);
		if (!obj)
			return -ENOMEM;
		if (!list_is_linked(&obj->in_group))
			list_add_tail(&g->objects, &obj->in_group);
		obj->fresh = true;
		one = kobj_install(&k->kernel, &os[i]);
		/* A link that is down takes no routes; it is set again when it comes up. */
		if (one < 0 && one != -ENETUNREACH && one != -ENODEV)
			log_warn(k->log, one, "cannot install %s",
				kobj_print(&os[i], text, sizeof(text)));
		rc = rc ? rc : one;
	}
	list_for_each_safe (obj, spare, &g->objects, in_group) {
		if (!obj->fresh)
			object_remove(k, obj);
		else
			obj->fresh = false;
	}
	return rc;
}

void kset_drop(struct kset *k, struct kset_group *g)
{
	if (!g)
		return;
	kset_put(k, g, NULL, 0);
	table_remove(&k->groups, &g->link);
	free(g);
}

static void left_behind(void *ctx, const struct kobj *o)
{
	object_get(ctx, o, true); /* in no group until somebody claims it */
}

int kset_adopt(struct kset *k)
{
	return kobj_dump(&k->kernel, left_behind, k);
}

void kset_repair(struct kset *k)
{
	struct kset_object *obj;

	table_for_each (obj, &k->objects, link)
		if (list_is_linked(&obj->in_group))
			kobj_install(&k->kernel, &obj->o);
}

void kset_sweep(struct kset *k, bool claimed_too)
{
	struct kset_object *obj, *spare;

	table_for_each_safe (obj, spare, &k->objects, link)
		if (claimed_too || !list_is_linked(&obj->in_group))
			object_remove(k, obj);
}

void kset_fini(struct kset *k)
{
	struct kset_object *obj, *spare;
	struct kset_group *g, *next;

	table_for_each_safe (obj, spare, &k->objects, link)
		object_drop(k, obj);
	table_for_each_safe (g, next, &k->groups, link) {
		table_remove(&k->groups, &g->link);
		free(g);
	}
	table_fini(&k->objects);
	table_fini(&k->groups);
	nl_socket_free(k->kernel.sock);
}
