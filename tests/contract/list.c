/* SPDX-License-Identifier: BSD-2-Clause */
/* What the detector says, as the spy hears it: the list as it is, and what is wrong with it. */
#include "node.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct list list;
struct faults faults;

__attribute__((format(printf, 2, 3))) static void fault(char text[128], const char *fmt, ...)
{
	va_list ap;

	if (*text)
		return;
	va_start(ap, fmt);
	vsnprintf(text, 128, fmt, ap);
	va_end(ap);
}

static void check_orders(const struct mipm_md_info *info)
{
	for (size_t i = 0; i < info->n_entries; i++)
		for (size_t k = 0; k < i; k++) {
			const struct mipm_md_entry *a = &info->entries[i], *b = &info->entries[k];

			if (a->scope == b->scope && a->class == b->class && a->order == b->order)
				fault(faults.order, "links %u and %u both have order %u", a->number,
					b->number, a->order);
			if (a->scope == b->scope && a->class == b->class && a->number == b->number)
				fault(faults.entry, "link %u is named twice", a->number);
		}
}

static bool same_entries(const struct mipm_md_info *info)
{
	if (info->n_entries != list.n)
		return false;
	for (size_t i = 0; i < list.n; i++) {
		const struct mipm_md_entry *a = &info->entries[i], *b = &list.entries[i];

		if (a->link != b->link || a->number != b->number || a->verdict != b->verdict ||
			a->order != b->order ||
			memcmp(&a->careof_addr, &b->careof_addr, sizeof(a->careof_addr)))
			return false;
	}
	return true;
}

static void check_generation(const struct mipm_md_info *info, uint64_t boot_id)
{
	bool anew = list.boot_id && list.boot_id != boot_id;

	if (info->generation < list.generation)
		fault(faults.generation, "fell from %llu to %llu%s",
			(unsigned long long)list.generation, (unsigned long long)info->generation,
			anew ? " after a restart" : "");
	else if (info->generation == list.generation && (anew || !same_entries(info)) && list.words)
		fault(faults.generation, "%llu stands for two different lists",
			(unsigned long long)info->generation);
}

static bool some_link_has_address(void)
{
	for (size_t i = 0; i < UPLINKS; i++)
		if (uplinks[i].told && uplinks[i].has_addr)
			return true;
	return false;
}

static void check_entries(const struct mipm_md_info *info)
{
	if (info->command != MIPM_MD_REREG)
		fault(faults.entry, "command %u", info->command);
	for (size_t i = 0; i < info->n_entries; i++) {
		const struct mipm_md_entry *e = &info->entries[i];
		const struct uplink *u = uplink_by_number(e->number);

		if (!u || u->link.link != e->link)
			fault(faults.entry, "number %u and link %u belong together nowhere",
				e->number, e->link);
		if (e->careof_addr.family != MIPM_IPV4)
			fault(faults.entry, "link %u is named without an address", e->number);
	}
	/* Everything that was heard: an address cannot have gone and come unnoticed. */
	if (info->n_entries == 0 && some_link_has_address() && tunneld_is_here())
		fault(faults.empty, "an empty list, while links have addresses");
}

static void take_list(const struct mipm_msg *msg)
{
	const struct mipm_md_info *info = msg->body;

	check_orders(info);
	check_generation(info, msg->from->boot_id);
	check_entries(info);
	list.words = list.boot_id == msg->from->boot_id ? list.words + 1 : 1;
	list.boot_id = msg->from->boot_id;
	list.generation = info->generation;
	list.n = info->n_entries < LIST_MAX ? info->n_entries : LIST_MAX;
	if (list.n)
		memcpy(list.entries, info->entries, list.n * sizeof(list.entries[0]));
}

void list_heard(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	static const uint16_t its[] = { MIPM_MD_INFO, MIPM_PATH_WATCH, MIPM_PROBE_OUT, MIPM_ANSWER,
		MIPM_HELLO, MIPM_BYE, MIPM_DUMP, MIPM_DUMP_END, MIPM_ERROR };
	bool allowed = false;

	if (strcmp(msg->from->role, "linkmon") != 0)
		return;
	for (size_t i = 0; i < COUNT(its); i++)
		allowed |= its[i] == msg->type;
	if (!allowed)
		fault(faults.foreign, "it said %s", mipm_type_name(msg->type));
	if (msg->type == MIPM_MD_INFO)
		take_list(msg);
}

bool list_is_right(void)
{
	size_t n = 0;

	for (size_t i = 0; i < UPLINKS; i++)
		n += uplinks[i].told && uplinks[i].has_addr;
	if (!list.words || list.n != n)
		return false;
	for (size_t i = 0; i < list.n; i++) {
		const struct uplink *u = uplink_by_number(list.entries[i].number);

		if (!u || !u->told || !u->has_addr ||
			memcmp(&u->addr.addr, &list.entries[i].careof_addr, sizeof(u->addr.addr)))
			return false;
	}
	return true;
}

struct uplink *list_first(void)
{
	const struct mipm_md_entry *first = NULL;

	for (size_t i = 0; i < list.n; i++)
		if (!first || list.entries[i].order < first->order)
			first = &list.entries[i];
	return first ? uplink_by_number(first->number) : NULL;
}
