/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No timer fires more often than its protocol allows: requests and revocations that nothing but
 * time provoked are a second apart (RFC 5944 3.6.3, RFC 3543 3.5), probes of a path
 * about which there is nothing new keep to the monitor's shortest interval, and no daemon is woken
 * without end.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/invariant.h"
#include "tests/sim/wire.h"

#define BUS_DELAY    (50 * NSEC_PER_MS)		     /* between saying and hearing, at most */
#define SECOND	     (990 * NSEC_PER_MS - BUS_DELAY) /* a fast clock's */
#define REVOCATION   7
#define WAKE_UPS_MAX 2000 /* of one daemon in a second */
#define ROLES	     4

/* Of one host. */
struct timers {
	uint64_t provoked_at; /* somebody told mnd something, or a lifetime ended */
	uint64_t request_at[UPLINKS_MAX + 1][2]; /* registrations; deregistrations */
	uint64_t probe_at[UPLINKS_MAX + 1][2];	 /* the last one, the one before */
	uint64_t revocation_at;
	struct mipm_addr revoked;
	uint64_t second; /* that is counted now */
	uint32_t wake_ups[ROLES];
};

struct state {
	struct sim *sim;
	struct timers *agents, *sites;
};

static const struct invariant *const self = &invariant_timer;

static struct timers *timers_of(const struct state *st, const struct host *h)
{
	return h->agent ? &st->agents[h->index] : &st->sites[h->index];
}

static bool is_too_early(uint64_t last, uint64_t now, uint64_t least)
{
	return last && now - last < least;
}

/* A link may be asked again at once when something has happened to mnd since; who leaves has his
 * own pace. */
static void on_request(struct state *st, struct timers *t, const struct host *h, uint64_t now,
	const struct mipm_sig *sig)
{
	uint8_t n = UPLINK_NUMBER(sig->link);
	bool is_last = sig->payload.len >= 4 && !sig->payload.data[2] && !sig->payload.data[3];
	uint64_t *at;

	if (n > UPLINKS_MAX)
		return;
	at = &t->request_at[n][is_last];
	if (t->provoked_at + BUS_DELAY < *at && is_too_early(*at, now, SECOND))
		invariant_violated(st->sim, self, "%s asked twice within %d ms over uplink %d",
			h->name, (int)((now - *at) / NSEC_PER_MS), n);
	*at = now;
}

static void on_revocation(struct state *st, struct timers *t, const struct host *h, uint64_t now,
	const struct mipm_sig *sig)
{
	if (memcmp(&t->revoked, &sig->remote.addr, sizeof(t->revoked)) == 0 &&
		is_too_early(t->revocation_at, now, SECOND))
		invariant_violated(st->sim, self, "%s revoked twice within a second", h->name);
	t->revoked = sig->remote.addr;
	t->revocation_at = now;
}

static void on_sig_out(struct state *st, const struct watch_bus *e, uint64_t now)
{
	const struct mipm_sig *sig = e->msg->body;
	struct timers *t = timers_of(st, e->host);

	if (sig->payload.len == 0)
		return;
	if (sig->payload.data[0] == WIRE_REQUEST && strcmp(e->from, "mnd") == 0)
		on_request(st, t, e->host, now, sig);
	if (sig->payload.data[0] == REVOCATION)
		on_revocation(st, t, e->host, now, sig);
}

static uint64_t shortest_probe(const struct linkmon_conf *c)
{
	uint32_t ms = c->interval_ms;

	ms = c->probe_ms < ms ? c->probe_ms : ms;
	ms = c->retry_ms < ms ? c->retry_ms : ms;
	return ms * NSEC_PER_MS / 100 * 99 - BUS_DELAY;
}

/* A path that comes into use is probed at once, whenever its last probe was: so two may be close, a
 * third may not. */
static void on_probe_out(struct state *st, const struct watch_bus *e, uint64_t now)
{
	const struct mipm_probe_out *probe = e->msg->body;
	uint64_t least = shortest_probe(&e->host->site->linkmon_conf), *at;

	if (probe->number > UPLINKS_MAX)
		return;
	at = timers_of(st, e->host)->probe_at[probe->number];
	if (is_too_early(at[1], now, least))
		invariant_violated(st->sim, self, "%s probed uplink %d three times within %d ms",
			e->host->name, probe->number, (int)((now - at[1]) / NSEC_PER_MS));
	at[1] = at[0];
	at[0] = now;
}

/* A link that comes, goes or changes begins anew. */
static void on_link(struct state *st, const struct watch_bus *e)
{
	const struct mipm_link *link = e->msg->body;
	struct timers *t = timers_of(st, e->host);

	if (link->number <= UPLINKS_MAX)
		memset(t->probe_at[link->number], 0, sizeof(t->probe_at[link->number]));
}

/* Another verdict, and paths are asked about it. */
static void on_md_info(struct timers *t)
{
	memset(t->probe_at, 0, sizeof(t->probe_at));
}

static bool provokes(const struct watch_bus *e)
{
	return strcmp(e->to, "mnd") == 0 ||
	       (strcmp(e->from, "mnd") == 0 && e->msg->type == MIPM_BUL_REMOVE);
}

static void bus(void *state, const struct watch_bus *e)
{
	struct state *st = state;
	uint64_t now = vtime_now(st->sim->vt);

	if (!e->to)
		return;
	if (provokes(e))
		timers_of(st, e->host)->provoked_at = now;
	if (e->msg->type == MIPM_LINK && strcmp(e->to, "linkmon") == 0)
		on_link(st, e);
	if (strcmp(e->to, "tunneld") != 0)
		return;
	if (e->msg->type == MIPM_SIG_OUT)
		on_sig_out(st, e, now);
	if (e->msg->type == MIPM_MD_INFO)
		on_md_info(timers_of(st, e->host));
	if (e->msg->type == MIPM_PROBE_OUT && e->host->site)
		on_probe_out(st, e, now);
}

static void woken(struct state *st, struct timers *t, const struct host *h, const char *role)
{
	static const char *const roles[ROLES] = { "tunneld", "had", "mnd", "linkmon" };
	uint64_t second = vtime_now(st->sim->vt) / NSEC_PER_S;

	if (t->second != second)
		memset(t->wake_ups, 0, sizeof(t->wake_ups));
	t->second = second;
	for (size_t i = 0; i < ROLES; i++)
		if (strcmp(roles[i], role) == 0 && ++t->wake_ups[i] > WAKE_UPS_MAX)
			invariant_violated(
				st->sim, self, "%s of %s is woken again and again", role, h->name);
}

/* Another life knows nothing of this one's timers. */
static void daemon(void *state, const struct host *h, const char *role, enum watch_daemon_what what)
{
	struct state *st = state;
	struct timers *t = timers_of(st, h);

	if (what == DAEMON_WOKEN)
		woken(st, t, h, role);
	else if (what == DAEMON_STARTED)
		*t = (struct timers) { 0 };
}

static void *make(struct sim *s)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		abort();
	st->sim = s;
	st->agents = calloc(s->n_agents, sizeof(*st->agents));
	st->sites = calloc(s->n_sites, sizeof(*st->sites));
	if (!st->agents || !st->sites)
		abort();
	return st;
}

static void release(void *state)
{
	free(((struct state *)state)->agents);
	free(((struct state *)state)->sites);
	free(state);
}

const struct invariant invariant_timer = {
	.name = "timer",
	.make = make,
	.free = release,
	.bus = bus,
	.daemon = daemon,
};
