/* SPDX-License-Identifier: BSD-2-Clause */
/* Both ends: their configuration, and starting and crashing what runs there. */
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "had/store.h"

#define SPI_FIRST 1000

void sim_fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (s->failure[0])
		return;
	n = snprintf(s->failure, sizeof(s->failure),
		"%.3f s: ", (double)(vtime_now(s->vt) - VTIME_START) / 1e9);
	va_start(ap, fmt);
	vsnprintf(s->failure + n, sizeof(s->failure) - (size_t)n, fmt, ap);
	va_end(ap);
}

static struct mip_sa *make_sa(size_t site)
{
	struct mip_sa *sa;
	uint8_t key[32];

	memset(key, (int)(site + 1), sizeof(key));
	if (sa_new(SPI_FIRST + (uint32_t)site, MIP_HMAC_SHA256, key, sizeof(key), &sa) < 0)
		abort();
	return sa;
}

static struct mipm_prefix network_of(size_t site)
{
	return (struct mipm_prefix) { addr_from_v4(0x0a070000u + ((uint32_t)site << 8)), 24 };
}

static void *one(const void *what, size_t size)
{
	void *copy = malloc(size);

	if (!copy)
		abort();
	return memcpy(copy, what, size);
}

static void add_router(struct had_conf *conf, size_t site)
{
	struct had_router *r = &conf->routers[conf->n_routers++];
	uint32_t spi = SPI_FIRST + (uint32_t)site;
	struct mipm_prefix network = network_of(site);
	char name[32];

	snprintf(name, sizeof(name), "site%zu", site);
	r->name = strdup(name);
	r->spis = one(&spi, sizeof(spi));
	r->n_spis = 1;
	r->home_addr = net_home(site);
	r->networks = one(&network, sizeof(network));
	r->n_networks = 1;
	if (sa_set_add(&conf->sas, make_sa(site)) != 0)
		abort();
}

static void make_had_conf(struct sim *s)
{
	struct mipm_addr agent = net_agent();
	struct mipm_prefix home = { addr_from_v4(0x0ac80000u), 24 };
	char error[HAD_CONF_ERROR_MAX];

	if (had_conf_new(&s->had_conf) < 0)
		abort();
	s->had_conf->home_agents = one(&agent, sizeof(agent));
	s->had_conf->n_home_agents = 1;
	s->had_conf->home_networks = one(&home, sizeof(home));
	s->had_conf->n_home_networks = 1;
	s->had_conf->routers = calloc(SITES_MAX, sizeof(*s->had_conf->routers));
	for (size_t i = 0; i < s->n_sites; i++)
		add_router(s->had_conf, i);
	if (had_conf_check(s->had_conf, error) < 0) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
}

static void make_site_conf(struct site *site)
{
	struct mnd_conf *mnd = &site->mnd_conf;
	char why[256];

	sa_set_init(&site->sas);
	if (sa_set_add(&site->sas, make_sa(site->index)) != 0)
		abort();
	mnd_conf_init(mnd);
	mnd->home_agents[mnd->n_home_agents++] = net_agent();
	snprintf(mnd->identity, sizeof(mnd->identity), "site%d", site->index);
	mnd->spis[mnd->n_spis++] = SPI_FIRST + site->index;
	mnd->sas = &site->sas;
	mnd->networks[mnd->n_networks++] = network_of(site->index);
	if (mnd_conf_check(mnd, why, sizeof(why)) < 0) {
		fprintf(stderr, "%s\n", why);
		abort();
	}
	linkmon_conf_init(&site->linkmon_conf, "thesis");
	site->linkmon_conf.interval_ms = 150;
	site->linkmon_conf.threshold = 2;
	site->linkmon_conf.agents[site->linkmon_conf.n_agents++] = net_agent();
}

static struct site *site_new(struct sim *s, size_t index, FILE *trace)
{
	struct site *site = calloc(1, sizeof(*site));

	if (!site)
		abort();
	site->sim = s;
	site->index = (uint8_t)index;
	site->bus = fakebus_new(s->vt, 0);
	fakebus_forget(site->bus);
	fakebus_trace(site->bus, trace);
	for (uint8_t i = 1; i <= UPLINKS; i++)
		site->uplinks[i] = (struct uplink) { .delay_ms = 15 + 10u * i, .jitter_ms = 3 };
	make_site_conf(site);
	tunneld_init(&site->tunneld, s, site, site->bus);
	return site;
}

struct sim *sim_new(uint64_t seed, size_t n_sites, FILE *trace)
{
	struct sim *s = calloc(1, sizeof(*s));

	if (!s || n_sites > SITES_MAX)
		abort();
	s->seed = seed;
	s->vt = vtime_new(seed);
	s->n_sites = n_sites;
	s->agent_bus = fakebus_new(s->vt, 0);
	fakebus_forget(s->agent_bus);
	fakebus_trace(s->agent_bus, trace);
	make_had_conf(s);
	tunneld_init(&s->agent_tunneld, s, NULL, s->agent_bus);
	for (size_t i = 0; i < n_sites; i++)
		s->sites[i] = site_new(s, i, trace);
	return s;
}

void sim_run_ms(struct sim *s, uint64_t ms)
{
	vtime_run_ms(s->vt, ms);
}

/* ---- daemons ------------------------------------------------------------------------------- */

static void start_had(struct sim *s, struct site *site)
{
	const struct core_env *env = fakebus_env(s->agent_bus, "had");

	if (s->had)
		return;
	if (s->disk)
		s->store = sim_store_open(s->disk);
	if (!s->disk && store_none_open(&s->store) < 0)
		abort();
	if (had_new(&s->had, env, s->had_conf, s->store, vtime_now(s->vt)) < 0)
		abort();
	fakebus_attach(s->agent_bus, "had", &had_ops, s->had);
}

static void crash_had(struct sim *s, struct site *site)
{
	fakebus_detach(s->agent_bus, "had");
	s->had = had_free(s->had);
	s->store = store_close(s->store);
}

static void start_mnd(struct sim *s, struct site *site)
{
	const struct core_env *env = fakebus_env(site->bus, "mnd");

	if (site->mnd)
		return;
	if (mnd_new(&site->mnd, env, &site->mnd_conf, vtime_now(s->vt)) < 0)
		abort();
	fakebus_attach(site->bus, "mnd", &mnd_ops, site->mnd);
}

static void crash_mnd(struct sim *s, struct site *site)
{
	fakebus_detach(site->bus, "mnd");
	site->mnd = mnd_free(site->mnd);
}

static void start_linkmon(struct sim *s, struct site *site)
{
	const struct core_env *env = fakebus_env(site->bus, "linkmon");

	if (site->linkmon)
		return;
	if (linkmon_new(&site->linkmon, &site->linkmon_conf, env, vtime_now(s->vt)) < 0)
		abort();
	fakebus_attach(site->bus, "linkmon", &linkmon_ops, site->linkmon);
}

static void crash_linkmon(struct sim *s, struct site *site)
{
	fakebus_detach(site->bus, "linkmon");
	site->linkmon = linkmon_free(site->linkmon);
}

static void start_tunneld(struct sim *s, struct site *site)
{
	if (!site->tunneld.is_up)
		tunneld_start(&site->tunneld);
}

/* A crash leaves device, routes and rules; the table has to be told anew. */
static void crash_tunneld(struct sim *s, struct site *site)
{
	if (site->tunneld.is_up)
		tunneld_stop(&site->tunneld, false);
}

static const struct daemon {
	const char *role;
	void (*start)(struct sim *s, struct site *site);
	void (*crash)(struct sim *s, struct site *site);
} daemons[] = {
	{ "had", start_had, crash_had },
	{ "mnd", start_mnd, crash_mnd },
	{ "linkmon", start_linkmon, crash_linkmon },
	{ "tunneld", start_tunneld, crash_tunneld },
};

static const struct daemon *daemon_of(const char *role)
{
	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++)
		if (strcmp(daemons[i].role, role) == 0)
			return &daemons[i];
	abort();
}

void sim_start(struct sim *s, const char *role, size_t site)
{
	daemon_of(role)->start(s, s->sites[site]);
}

void sim_crash(struct sim *s, const char *role, size_t site)
{
	daemon_of(role)->crash(s, s->sites[site]);
}

void sim_start_agent(struct sim *s)
{
	if (!s->agent_tunneld.is_up)
		tunneld_start(&s->agent_tunneld);
	start_had(s, NULL);
}

void sim_start_all(struct sim *s)
{
	sim_start_agent(s);
	for (size_t i = 0; i < s->n_sites; i++) {
		start_tunneld(s, s->sites[i]);
		start_linkmon(s, s->sites[i]);
		start_mnd(s, s->sites[i]);
	}
}

static void site_free(struct site *site)
{
	fakebus_free(site->bus);
	tunneld_fini(&site->tunneld);
	sa_set_fini(&site->sas);
	free(site);
}

struct sim *sim_free(struct sim *s)
{
	crash_had(s, NULL);
	s->flowing = false;
	s->agent_tunneld.is_up = false;
	for (size_t i = 0; i < s->n_sites; i++) {
		crash_mnd(s, s->sites[i]);
		crash_linkmon(s, s->sites[i]);
		crash_tunneld(s, s->sites[i]);
	}
	vtime_run_ms(s->vt, 5000); /* what is on its way */
	for (size_t i = 0; i < s->n_sites; i++)
		site_free(s->sites[i]);
	fakebus_free(s->agent_bus);
	tunneld_fini(&s->agent_tunneld);
	had_conf_free(s->had_conf);
	sim_store_free(s->disk);
	vtime_free(s->vt);
	free(s);
	return NULL;
}
