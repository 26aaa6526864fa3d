/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A detector of your own, in its simplest form: an uplink with carrier, address and gateway is
 * good, and among those the metric decides. It takes the place of linkmon: stop that one, start
 * this one. What a detector promises stands in mipsock(7).
 *
 *	cc detector.c $(pkg-config --cflags --libs libmipsock) -o detector
 */
#include <mipsock.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINKS 256

static struct uplink {
	struct mipm_md_entry entry; /* link 0: none */
	char name[16];
	uint32_t metric;
	uint64_t dump;
} uplinks[LINKS]; /* by number */
static struct mipsock *bus;
static uint64_t generation;
static bool known; /* the links were told once */
static volatile sig_atomic_t leave;

static void on_signal(int sig)
{
	leave = sig;
}

static int compare(const void *a, const void *b)
{
	const struct uplink *u = *(struct uplink *const *)a, *v = *(struct uplink *const *)b;

	if (u->entry.verdict != v->entry.verdict)
		return u->entry.verdict - v->entry.verdict;
	if (u->metric != v->metric)
		return u->metric < v->metric ? -1 : 1;
	return u->entry.number - v->entry.number;
}

/* Every uplink with an address, the best one first; to everybody, or to one. */
static void say(const char *to)
{
	struct mipm_md_entry entries[LINKS];
	struct mipm_md_info info = { MIPM_MD_REREG, generation, entries, 0 };
	struct uplink *sorted[LINKS];

	for (int i = 1; i < LINKS; i++)
		if (uplinks[i].entry.link && uplinks[i].entry.careof_addr.family)
			sorted[info.n_entries++] = &uplinks[i];
	qsort(sorted, info.n_entries, sizeof(sorted[0]), compare);
	for (uint16_t i = 0; i < info.n_entries; i++) {
		entries[i] = sorted[i]->entry;
		entries[i].name = (struct mipm_str) { sorted[i]->name, strlen(sorted[i]->name) };
		entries[i].order = i;
	}
	mipsock_send(bus, to, MIPM_MD_INFO, &info, NULL);
}

static void take_link(const struct mipm_link *l, uint64_t dump)
{
	bool up = l->flags & MIPM_LINK_UP && l->flags & MIPM_LINK_CARRIER;
	bool good = up && (l->gateway.family || l->onlink);
	struct uplink *u = &uplinks[l->number];

	if (l->flags & MIPM_LINK_GONE) {
		if (u->entry.link == l->link)
			u->entry.link = 0;
		return;
	}
	*u = (struct uplink) { .metric = l->metric, .dump = dump };
	u->entry = (struct mipm_md_entry) { .link = l->link,
		.number = l->number,
		.gateway = l->gateway,
		.verdict = good ? MIPM_GOOD : MIPM_BAD,
		.metered = (l->flags & MIPM_LINK_METERED) != 0 };
	snprintf(u->name, sizeof(u->name), "%.*s", l->name.len, l->name.len ? l->name.text : "");
	for (int i = l->n_addresses; i--;)
		if (l->addresses[i].addr.family == MIPM_IPV4)
			u->entry.careof_addr = l->addresses[i].addr;
}

static void heard(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_dump_end *end = msg->body;

	if (msg->type == MIPM_LINK) {
		take_link(msg->body, msg->from->dump);
		if (!known || msg->flags & MIPM_F_DUMP)
			return; /* its end comes */
	} else if (end->own || strcmp(msg->from->role, "tunneld") != 0) {
		return;
	}
	for (int i = 0; msg->type == MIPM_DUMP_END && i < LINKS; i++)
		if (end->complete && uplinks[i].dump != msg->from->dump)
			uplinks[i].entry.link = 0; /* what was not named is gone */
	known = true;
	generation = now > generation ? now : generation + 1; /* rises across restarts too */
	say(NULL);
}

static int dump(void *ctx, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	if (!known)
		return -1; /* not all there is: keep what you have */
	if (!own)
		say(to);
	return 0;
}

int main(void)
{
	static const uint16_t types[] = { MIPM_LINK, MIPM_DUMP_END };
	const struct mipsock_config config = {
		.role = "linkmon", .types = types, .n_types = 2, .message = heard, .dump = dump
	};
	struct pollfd fd = { .events = POLLIN };
	int error = mipsock_open(&bus, &config);

	if (error < 0) {
		fprintf(stderr, "detector: no bus: %s\n", strerror(-error));
		return 1;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	for (fd.fd = mipsock_fd(bus); !leave && !error; poll(&fd, 1, 1000))
		error = mipsock_process(bus, 0);
	mipsock_close(bus);
	return error != 0;
}
