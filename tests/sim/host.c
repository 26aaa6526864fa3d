/* SPDX-License-Identifier: BSD-2-Clause */
/* Daemons of a host: how each is started and ended, and its clocks. */
#include "tests/sim/host.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk.h"
#include "tests/sim/memory.h"
#include "tests/sim/sim.h"
#include "tests/sim/watch.h"

#define STOP_EVERY (10 * NSEC_PER_MS)
#define STOP_MOST  (3 * NSEC_PER_S)

/* ---- had ----------------------------------------------------------------------------------- */

static void start_had(struct host *h)
{
	struct agent *a = h->agent;

	a->store = a->disk ? disk_open(a->disk) : NULL;
	if (had_new(&a->had, fakebus_env(h->bus, "had"), a->conf, a->store, fakebus_now(h->bus)) <
		0)
		abort();
	fakebus_attach(h->bus, "had", &had_ops, a->had);
}

static void end_had(struct host *h, bool orderly)
{
	struct agent *a = h->agent;

	a->had = had_free(a->had);
	if (a->disk && orderly)
		a->store->ops->close(a->store);
	else if (a->disk)
		disk_crash(a->disk);
	a->store = NULL;
}

static bool runs_had(const struct host *h)
{
	return h->agent->had;
}

/* ---- mnd ----------------------------------------------------------------------------------- */

static void start_mnd(struct host *h)
{
	struct site *site = h->site;

	if (mnd_new(&site->mnd, fakebus_env(h->bus, "mnd"), &site->mnd_conf, fakebus_now(h->bus)) <
		0)
		abort();
	fakebus_attach(h->bus, "mnd", &mnd_ops, site->mnd);
}

static void end_mnd(struct host *h, bool orderly)
{
	h->site->mnd = mnd_free(h->site->mnd);
}

static bool runs_mnd(const struct host *h)
{
	return h->site->mnd;
}

/* ---- linkmon ------------------------------------------------------------------------------- */

static void start_linkmon(struct host *h)
{
	struct site *site = h->site;

	if (linkmon_new(&site->linkmon, &site->linkmon_conf, fakebus_env(h->bus, "linkmon"),
		    fakebus_now(h->bus)) < 0)
		abort();
	fakebus_attach(h->bus, "linkmon", &linkmon_ops, site->linkmon);
}

static void end_linkmon(struct host *h, bool orderly)
{
	h->site->linkmon = linkmon_free(h->site->linkmon);
}

static bool runs_linkmon(const struct host *h)
{
	return h->site->linkmon;
}

/* ---- tunneld ------------------------------------------------------------------------------- */

static void start_tunneld(struct host *h)
{
	h->tunneld = tunneld_new(h);
	fakebus_attach(h->bus, "tunneld", &tunneld_ops, h->tunneld);
}

static void end_tunneld(struct host *h, bool orderly)
{
	h->tunneld = tunneld_free(h->tunneld);
}

static bool runs_tunneld(const struct host *h)
{
	return h->tunneld;
}

/* ---- all of them --------------------------------------------------------------------------- */

static const struct daemon {
	const char *role;
	bool at_agent, at_site;
	void (*start)(struct host *h);
	void (*end)(struct host *h, bool orderly);
	bool (*runs)(const struct host *h);
	const struct core_ops *ops;
} daemons[HOST_ROLES] = {
	{ "tunneld", true, true, start_tunneld, end_tunneld, runs_tunneld, &tunneld_ops },
	{ "had", true, false, start_had, end_had, runs_had, &had_ops },
	{ "linkmon", false, true, start_linkmon, end_linkmon, runs_linkmon, &linkmon_ops },
	{ "mnd", false, true, start_mnd, end_mnd, runs_mnd, &mnd_ops },
};

#define N_DAEMONS HOST_ROLES

static bool lives_at(const struct daemon *d, const struct host *h)
{
	return h->agent ? d->at_agent : d->at_site;
}

static const struct daemon *daemon_of(const struct host *h, const char *role)
{
	for (size_t i = 0; i < N_DAEMONS; i++)
		if (strcmp(daemons[i].role, role) == 0 && lives_at(&daemons[i], h))
			return &daemons[i];
	fprintf(stderr, "%s has no %s\n", h->name, role);
	abort();
}

static void tell(const struct host *h, const struct daemon *d, enum watch_daemon_what what)
{
	if (h->sim->watch)
		watch_daemon(h->sim, h, d->role, what);
}

bool host_runs(const struct host *h, const char *role)
{
	return daemon_of(h, role)->runs(h);
}

void host_start(struct host *h, const char *role)
{
	const struct daemon *d = daemon_of(h, role);

	if (d->runs(h))
		return;
	memory_side(h->agent ? MEMORY_AGENTS : MEMORY_SITES);
	d->start(h);
	tell(h, d, DAEMON_STARTED);
}

static void end(struct host *h, const struct daemon *d, bool orderly)
{
	if (!d->runs(h))
		return;
	fakebus_detach(h->bus, d->role);
	memory_side(h->agent ? MEMORY_AGENTS : MEMORY_SITES);
	d->end(h, orderly);
	tell(h, d, orderly ? DAEMON_LEFT : DAEMON_CRASHED);
}

void host_crash(struct host *h, const char *role)
{
	end(h, daemon_of(h, role), false);
}

void host_start_all(struct host *h)
{
	for (size_t i = 0; i < N_DAEMONS; i++)
		if (lives_at(&daemons[i], h))
			host_start(h, daemons[i].role);
}

void host_crash_all(struct host *h)
{
	for (size_t i = 0; i < N_DAEMONS; i++)
		if (lives_at(&daemons[i], h))
			host_crash(h, daemons[i].role);
}

/* ---- later --------------------------------------------------------------------------------- */

/* A daemon that was told to stop. */
struct errand {
	struct host *host;
	const struct daemon *daemon;
	uint64_t until, life;
};

static struct errand *errand_new(struct host *h, const char *role)
{
	struct errand *e = calloc(1, sizeof(*e));

	if (!e)
		abort();
	e->host = h;
	e->daemon = daemon_of(h, role);
	return e;
}

static void leave(void *e_)
{
	struct errand *e = e_;
	struct host *h = e->host;
	struct vtime *vt = h->sim->vt;
	bool is_same = e->daemon->runs(h) && fakebus_boot_id(h->bus, e->daemon->role) == e->life;

	if (is_same && vtime_now(vt) < e->until && !fakebus_stopped(h->bus, e->daemon->role)) {
		vtime_at(vt, vtime_now(vt) + STOP_EVERY, leave, e);
		return;
	}
	if (is_same)
		end(h, e->daemon, true);
	free(e);
}

void host_stop(struct host *h, const char *role)
{
	struct errand *e;

	if (!host_runs(h, role))
		return;
	e = errand_new(h, role);
	e->until = vtime_now(h->sim->vt) + STOP_MOST;
	e->life = fakebus_boot_id(h->bus, role);
	fakebus_stop(h->bus, role);
	leave(e);
}

static void start_again(void *doom_)
{
	const struct doom *doom = doom_;

	if (!doom->host->sim->is_ending && doom->back_ms != HOST_NEVER)
		host_start(doom->host, doom->role);
}

static void crash_now(void *doom_)
{
	struct doom *doom = doom_;

	host_crash(doom->host, doom->role);
	if (doom->back_ms != HOST_NEVER)
		vtime_in_ms(doom->host->sim->vt, doom->back_ms, start_again, doom);
}

void host_crash_at(struct host *h, const char *role, uint64_t nth, uint64_t back_ms)
{
	const struct daemon *d = daemon_of(h, role);
	struct doom *doom = &h->dooms[d - daemons];

	*doom = (struct doom) { h, d->role, back_ms };
	if (nth > 0)
		fakebus_doom(h->bus, role, nth, crash_now, doom);
	else
		crash_now(doom);
}

uint64_t host_events(const struct host *h, const char *role)
{
	return fakebus_events(h->bus, role);
}

/* ---- clocks -------------------------------------------------------------------------------- */

void host_clock_jump(struct host *h, int64_t ms)
{
	fakebus_set_wall_offset(h->bus, fakebus_wall_offset(h->bus) + (uint64_t)ms * NSEC_PER_MS);
}

void host_clock_drift(struct host *h, int32_t ppm)
{
	fakebus_set_drift(h->bus, ppm);
}

/* ---- the bus ------------------------------------------------------------------------------- */

void host_bus_delay(struct host *h, uint64_t most_ms)
{
	fakebus_set_delay(h->bus, most_ms * NSEC_PER_MS);
}

void host_bus_deaf(struct host *h, const char *role, uint64_t ms)
{
	fakebus_deafen(h->bus, daemon_of(h, role)->role, ms * NSEC_PER_MS);
}

void host_bus_newer(struct host *h, const char *role, bool is_newer)
{
	fakebus_set_newer(h->bus, daemon_of(h, role)->role, is_newer);
}

void host_heal(struct host *h)
{
	host_clock_drift(h, 0);
	host_bus_delay(h, 0);
	for (size_t i = 0; i < N_DAEMONS; i++) {
		if (!lives_at(&daemons[i], h))
			continue;
		host_bus_newer(h, daemons[i].role, false);
		fakebus_spare(h->bus, daemons[i].role);
		h->dooms[i].back_ms = HOST_NEVER;
	}
	host_start_all(h);
}

void agent_lose_disk(struct agent *a)
{
	if (a->disk)
		disk_lose(a->disk);
}
