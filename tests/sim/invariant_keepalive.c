/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No path is kept alive more often than asked: between two keepalives that a router's tunneld sends
 * by itself on one path (RFC 3519 4.7) lies the shortest time that its owner or its watcher has
 * named. Those that linkmon asks for one by one are invariant_timer.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/invariant.h"

#define SECOND	 (990 * NSEC_PER_MS) /* a fast clock's */
#define AT_MAGIC (4 + 20 + 8)	     /* behind the heads of tunnel data, IPv4 and ICMP */
#define FILL	 1		     /* the kind that nobody asked for */

/* Of one uplink's path. */
struct pace {
	uint64_t asked; /* by the registration, ns; 0: not at all */
	uint64_t armed; /* by PATH_WATCH */
	uint64_t last_at;
};

struct state {
	struct sim *sim;
	struct pace (*paces)[UPLINKS_MAX + 1]; /* [site] */
};

static const struct invariant *const self = &invariant_keepalive;

static struct pace *pace_of(const struct state *st, const struct host *h, uint16_t number)
{
	return h->site && number <= UPLINKS_MAX ? &st->paces[h->index][number] : NULL;
}

static void on_bul_add(struct pace *pace, const struct mipm_bul *bul)
{
	pace->asked = bul->path.keepalive_s * SECOND;
}

static void on_watch(struct pace *pace, const struct mipm_path_watch *watch)
{
	uint32_t ms =
		watch->fill_ms && watch->fill_ms < watch->idle_ms ? watch->fill_ms : watch->idle_ms;

	pace->armed = watch->lease_ms ? ms * SECOND / 1000 : 0;
}

static void bus(void *state, const struct watch_bus *e)
{
	const struct state *st = state;
	const struct mipm_path_watch *watch = e->msg->body;
	const struct mipm_bul *bul = e->msg->body;
	struct pace *pace;

	if (!e->to || strcmp(e->to, "tunneld") != 0)
		return;
	if (e->msg->type == MIPM_BUL_ADD && (pace = pace_of(st, e->host, bul->path.number)))
		on_bul_add(pace, bul);
	if (e->msg->type == MIPM_PATH_WATCH && (pace = pace_of(st, e->host, watch->number)))
		on_watch(pace, watch);
}

static bool is_fill(const struct watch_packet *e)
{
	static const uint8_t magic[] = { 'R', 'K', 'A', '1', FILL };

	return e->what == PACKET_SENT && e->up && e->host && e->host->site && e->uplink &&
	       e->len >= AT_MAGIC + sizeof(magic) && e->data[0] == 4 &&
	       memcmp(e->data + AT_MAGIC, magic, sizeof(magic)) == 0;
}

static void packet(void *state, const struct watch_packet *e)
{
	const struct state *st = state;
	uint64_t now = vtime_now(st->sim->vt), least;
	struct pace *pace;

	if (!is_fill(e))
		return;
	pace = pace_of(st, e->host, e->uplink->number);
	least = pace->armed && (!pace->asked || pace->armed < pace->asked) ? pace->armed
									   : pace->asked;
	if (pace->last_at && now - pace->last_at < least)
		invariant_violated(st->sim, self, "%s kept uplink %d alive twice within %d ms",
			e->host->name, e->uplink->number,
			(int)((now - pace->last_at) / NSEC_PER_MS));
	pace->last_at = now;
}

/* Another life has timers of its own. */
static void daemon(void *state, const struct host *h, const char *role, enum watch_daemon_what what)
{
	const struct state *st = state;

	if (what == DAEMON_STARTED && h->site && strcmp(role, "tunneld") == 0)
		memset(st->paces[h->index], 0, sizeof(st->paces[h->index]));
}

static void *make(struct sim *s)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		abort();
	st->sim = s;
	st->paces = calloc(s->n_sites, sizeof(*st->paces));
	if (!st->paces)
		abort();
	return st;
}

static void release(void *state)
{
	free(((struct state *)state)->paces);
	free(state);
}

const struct invariant invariant_keepalive = {
	.name = "keepalive",
	.make = make,
	.free = release,
	.bus = bus,
	.packet = packet,
	.daemon = daemon,
};
