/* SPDX-License-Identifier: BSD-2-Clause */
/* What linkmon hears, one function per message. */
#include "linkmon/detector.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"

const uint16_t bus_types[] = { MIPM_LINK, MIPM_REG_STATE, MIPM_PROBE_IN, MIPM_PATH_STATS,
	MIPM_PATH_SILENT, MIPM_MD_INFO, MIPM_COMMAND, MIPM_DUMP_END, 0 };

/* The first IPv4 address of global use; the only family that is registered so far. */
static struct mipm_addr choose_address(const struct mipm_link *link)
{
	for (uint16_t i = 0; i < link->n_addresses; i++) {
		const struct mipm_addr *a = &link->addresses[i].addr;

		if (a->family == MIPM_IPV4 && addr_is_unicast(a) && !addr_is_link_local(a))
			return *a;
	}
	return (struct mipm_addr) { 0 };
}

static void copy_name(struct path *p, struct mipm_str name)
{
	snprintf(p->name, sizeof(p->name), "%.*s", (int)name.len, name.len ? name.text : "");
}

/* True if it is another path now: new interface or new address. */
static bool take_link(struct path *p, const struct mipm_link *link, uint64_t dump)
{
	struct mipm_addr addr = choose_address(link), old = p->careof_addr;
	bool fresh = p->link && p->link != link->link;

	if (addr_is_present(&old) && addr_is_present(&addr) && !addr_equal(&old, &addr))
		fresh = true;
	p->link = link->link;
	p->flags = link->flags;
	p->onlink = link->onlink;
	p->link_metric = link->metric;
	p->careof_addr = addr;
	p->gateway = link->gateway;
	p->bytes_in = link->bytes_in;
	p->bytes_out = link->bytes_out;
	p->dump = dump;
	copy_name(p, link->name);
	return fresh;
}

/* Counters alone do not change a path. */
static bool link_differs(const struct path *p, const struct mipm_link *link)
{
	struct mipm_addr addr = choose_address(link);

	return p->link != link->link || p->flags != link->flags || p->onlink != link->onlink ||
	       !addr_equal(&p->careof_addr, &addr) || !addr_equal(&p->gateway, &link->gateway);
}

/* Nobody asks an unregistered path, so an old silence says nothing of the link as it is now. If it
 * stayed bad, it would be registered at the pace of a bad one. */
static bool is_mended(const struct path *p)
{
	return p->verdict == MIPM_BAD && !p->bound && path_has_address(p) &&
	       (p->onlink || addr_is_present(&p->gateway)) && (p->flags & MIPM_LINK_UP) &&
	       (p->flags & MIPM_LINK_CARRIER);
}

static void on_link(struct linkmon *l, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_link *link = msg->body;
	struct path *p = path_by_number(l, link->number);
	bool differs, fresh;

	if (link->flags & MIPM_LINK_GONE) {
		if (p && p->link == link->link)
			path_remove(l, p, now, "gone");
		return;
	}
	if (link->number == 0)
		return;
	if (!p)
		p = path_add(l, link->number);
	if (!p) {
		log_warnx(l->env->log, "link %.*s: one too many", (int)link->name.len,
			link->name.text);
		return;
	}
	differs = link_differs(p, link) || !p->name[0];
	fresh = take_link(p, link, msg->from->dump) || is_mended(p);
	path_configure(l, p);
	if (!differs)
		return;
	detectors_link(l, p, now, fresh);
	reg_choose(l, p, now);
}

static void on_reg_state(struct linkmon *l, uint64_t now, const struct mipm_msg *msg)
{
	reg_told(l, msg->body, msg->from->dump, now);
}

static void on_probe_in(struct linkmon *l, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_probe_in *in = msg->body;
	struct path *p = path_by_number(l, in->number);

	if (p)
		detectors_probe(l, p, now, in);
}

static void on_path_stats(struct linkmon *l, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_path_stats *stats = msg->body;
	struct path *p = path_by_number(l, stats->number);

	if (!p)
		return;
	p->in = stats->in;
	p->out = stats->out;
	detectors_stats(l, p, now);
}

static void on_path_silent(struct linkmon *l, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_path_silent *silent = msg->body;
	struct path *p = path_by_number(l, silent->number);

	if (p)
		detectors_doubt(l, p, now);
}

/* mnd asks to look again. */
static void on_md_info(struct linkmon *l, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_md_info *info = msg->body;
	struct path *p;

	if (info->command != MIPM_MD_SCAN)
		return;
	list_for_each (p, &l->paths, link_of)
		detectors_doubt(l, p, now);
}

static void on_command(struct linkmon *l, uint64_t now, const struct mipm_msg *msg)
{
	command_run(l, now, msg);
}

static void sweep_links(struct linkmon *l, uint64_t dump, uint64_t now)
{
	struct path *p, *spare;

	list_for_each_safe (p, spare, &l->paths, link_of)
		if (p->name[0] && p->dump != dump)
			path_remove(l, p, now, "not named any more");
}

static void on_dump_end(struct linkmon *l, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_dump_end *end = msg->body;
	bool links = strcmp(msg->from->role, "tunneld") == 0;
	bool regs = strcmp(msg->from->role, "mnd") == 0;

	if (end->own)
		return;
	if (end->complete && links)
		sweep_links(l, msg->from->dump, now);
	if (end->complete && regs)
		reg_sweep(l, msg->from->dump, now);
	l->dumped_links |= links;
	l->dumped_regs |= regs;
}

static const struct {
	uint16_t type;
	void (*heard)(struct linkmon *l, uint64_t now, const struct mipm_msg *msg);
} handlers[] = {
	{ MIPM_LINK, on_link },
	{ MIPM_REG_STATE, on_reg_state },
	{ MIPM_PROBE_IN, on_probe_in },
	{ MIPM_PATH_STATS, on_path_stats },
	{ MIPM_PATH_SILENT, on_path_silent },
	{ MIPM_MD_INFO, on_md_info },
	{ MIPM_COMMAND, on_command },
	{ MIPM_DUMP_END, on_dump_end },
};

void bus_input(struct linkmon *l, uint64_t now, const struct mipm_msg *msg)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == msg->type)
			handlers[i].heard(l, now, msg);
}
