/* SPDX-License-Identifier: BSD-2-Clause */
/* Both ends: their configuration, how the world begins and ends. */
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "tests/sim/attacker.h"
#include "tests/sim/disk.h"
#include "tests/sim/watch.h"

#define SPI_FIRST 1000
#define PRESET	  "normal"
#define MTU	  1500

void sim_fail(struct sim *s, const char *fmt, ...)
{
	uint64_t ms = (vtime_now(s->vt) - VTIME_START) / NSEC_PER_MS;
	va_list ap;
	int n;

	if (s->failure[0])
		return;
	n = snprintf(s->failure, sizeof(s->failure),
		"%llu.%03llu s: ", (unsigned long long)ms / 1000, (unsigned long long)ms % 1000);
	va_start(ap, fmt);
	vsnprintf(s->failure + n, sizeof(s->failure) - (size_t)n, fmt, ap);
	va_end(ap);
}

static struct mip_sa *make_sa(size_t site)
{
	struct mip_sa *sa;
	uint8_t key[32] = { (uint8_t)(site >> 8), (uint8_t)site };

	memset(key + 2, 0x5a, sizeof(key) - 2);
	if (sa_new(SPI_FIRST + (uint32_t)site, MIP_HMAC_SHA256, key, sizeof(key), &sa) < 0)
		abort();
	return sa;
}

static void *one(const void *what, size_t size)
{
	void *copy = malloc(size);

	if (!copy)
		abort();
	return memcpy(copy, what, size);
}

/* ---- home agents --------------------------------------------------------------------------- */

static void add_router(const struct agent *a, struct had_router *r, size_t site)
{
	uint32_t spi = SPI_FIRST + (uint32_t)site;
	struct mipm_prefix network = net_network(site);
	char name[32];

	snprintf(name, sizeof(name), "site%zu", site);
	r->name = strdup(name);
	r->spis = one(&spi, sizeof(spi));
	r->n_spis = 1;
	r->home_addr = net_home(a->host.index, site);
	r->networks = one(&network, sizeof(network));
	r->n_networks = 1;
	if (sa_set_add(&a->conf->sas, make_sa(site)) != 0)
		abort();
}

static void configure_agent(struct agent *a)
{
	const struct sim *s = a->host.sim;
	struct mipm_prefix home = net_home_network(a->host.index);
	char error[HAD_CONF_ERROR_MAX];
	struct had_conf *conf;

	if (had_conf_new(&a->conf) < 0)
		abort();
	conf = a->conf;
	conf->home_agents = one(&a->addr, sizeof(a->addr));
	conf->n_home_agents = 1;
	conf->home_networks = one(&home, sizeof(home));
	conf->n_home_networks = 1;
	conf->routers = calloc(s->n_sites, sizeof(*conf->routers));
	if (!conf->routers)
		abort();
	conf->n_routers = s->n_sites;
	for (size_t i = 0; i < s->n_sites; i++)
		add_router(a, &conf->routers[i], i);
	if (s->conf.set_agent)
		s->conf.set_agent(a, conf);
	if (had_conf_check(conf, error) < 0) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
}

static void on_heard(void *h_, const char *to, bool fanned_out, const struct mipm_msg *msg,
	const uint8_t *octets, size_t len)
{
	struct host *h = h_;

	if (!h->sim->watch)
		return;
	watch_bus(h->sim, &(struct watch_bus) { .host = h,
				  .from = msg->from->name,
				  .to = to,
				  .msg = msg,
				  .octets = octets,
				  .len = len,
				  .fanned_out = fanned_out });
}

static void on_woken(void *h_, const char *role)
{
	struct host *h = h_;

	if (h->sim->watch)
		watch_daemon(h->sim, h, role, DAEMON_WOKEN);
}

static void host_init(struct host *h, struct sim *s, size_t index)
{
	h->sim = s;
	h->index = index;
	snprintf(h->name, sizeof(h->name), "%s%zu", h->agent ? "agent" : "site", index);
	h->bus = fakebus_new(s->vt, 0);
	fakebus_forget(h->bus);
	fakebus_set_backlog(h->bus, s->conf.backlog);
	fakebus_watch(h->bus, &(struct fakebus_watch) { h, on_heard, on_woken });
}

static void on_disk(void *a_)
{
	struct agent *a = a_;

	if (!a->had)
		return;
	had_store_ready(a->had, fakebus_now(a->host.bus));
	fakebus_touch(a->host.bus, "had");
}

static struct agent *agent_new(struct sim *s, size_t index)
{
	struct agent *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->host.agent = a;
	host_init(&a->host, s, index);
	a->addr = net_agent(index);
	if (s->conf.has_disk)
		a->disk = disk_new(s->vt, on_disk, a);
	configure_agent(a);
	return a;
}

static void agent_free(struct agent *a)
{
	fakebus_free(a->host.bus);
	had_conf_free(a->conf);
	disk_free(a->disk);
	free(a);
}

/* ---- sites --------------------------------------------------------------------------------- */

static void configure_site(struct site *site)
{
	const struct sim *s = site->host.sim;
	struct linkmon_conf *linkmon = &site->linkmon_conf;
	struct mnd_conf *mnd = &site->mnd_conf;
	char why[256];

	sa_set_init(&site->sas);
	if (sa_set_add(&site->sas, make_sa(site->host.index)) != 0)
		abort();
	mnd_conf_init(mnd);
	snprintf(mnd->identity, sizeof(mnd->identity), "%s", site->host.name);
	mnd->spis[mnd->n_spis++] = SPI_FIRST + (uint32_t)site->host.index;
	mnd->sas = &site->sas;
	mnd->networks[mnd->n_networks++] = net_network(site->host.index);
	if (linkmon_conf_init(linkmon, s->conf.preset ? s->conf.preset : PRESET) < 0)
		abort();
	for (size_t i = 0; i < s->n_agents; i++) {
		mnd->home_agents[mnd->n_home_agents++] = net_agent(i);
		linkmon->agents[linkmon->n_agents++] = net_agent(i);
	}
	if (s->conf.set_site)
		s->conf.set_site(site, mnd, linkmon);
	if (mnd_conf_check(mnd, why, sizeof(why)) < 0) {
		fprintf(stderr, "%s\n", why);
		abort();
	}
}

static void uplink_init(struct uplink *u, struct site *site, uint8_t number)
{
	struct vtime *vt = site->host.sim->vt;

	u->site = site;
	u->number = number;
	snprintf(u->name, sizeof(u->name), "up%d", number);
	u->is_there = u->has_carrier = u->has_address = true;
	u->link = UPLINK_LINK(number);
	u->mtu = MTU;
	u->up.conf = u->down.conf = lane_fair(number);
	u->up.chances = vtime_random(vt);
	u->down.chances = vtime_random(vt);
}

static struct site *site_new(struct sim *s, size_t index)
{
	struct site *site = calloc(1, sizeof(*site));

	if (!site)
		abort();
	site->host.site = site;
	host_init(&site->host, s, index);
	site->flows.site = site;
	site->n_uplinks = s->conf.n_uplinks;
	for (uint8_t n = 1; n <= site->n_uplinks; n++)
		uplink_init(&site->uplinks[n], site, n);
	configure_site(site);
	return site;
}

static void site_free(struct site *site)
{
	fakebus_free(site->host.bus);
	sa_set_fini(&site->sas);
	free(site);
}

/* ---- the world ----------------------------------------------------------------------------- */

struct sim *sim_new(uint64_t seed, const struct sim_conf *conf)
{
	struct sim *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->seed = seed;
	s->vt = vtime_new(seed);
	s->conf = *conf;
	s->conf.n_uplinks = conf->n_uplinks ? conf->n_uplinks : 3;
	s->n_agents = conf->n_agents ? conf->n_agents : 1;
	s->n_sites = conf->n_sites ? conf->n_sites : 1;
	if (s->n_agents > AGENTS_MAX || s->n_sites > SITES_MAX || s->conf.n_uplinks > UPLINKS_MAX)
		abort();
	for (size_t i = 0; i < s->n_agents; i++)
		s->agents[i] = agent_new(s, i);
	for (size_t i = 0; i < s->n_sites; i++)
		s->sites[i] = site_new(s, i);
	return s;
}

static void free_datagrams(struct sim *s)
{
	struct datagram *d;

	while ((d = s->unused)) {
		s->unused = d->next;
		free(d);
	}
}

struct sim *sim_free(struct sim *s)
{
	s->is_ending = true;
	for (size_t i = 0; i < s->n_agents; i++)
		host_crash_all(&s->agents[i]->host);
	for (size_t i = 0; i < s->n_sites; i++)
		host_crash_all(&s->sites[i]->host);
	vtime_finish(s->vt); /* what is on its way */
	for (size_t i = 0; i < s->n_sites; i++)
		site_free(s->sites[i]);
	for (size_t i = 0; i < s->n_agents; i++)
		agent_free(s->agents[i]);
	s->attacker = attacker_free(s->attacker);
	free_datagrams(s);
	vtime_free(s->vt);
	free(s);
	return NULL;
}

void sim_run_ms(struct sim *s, uint64_t ms)
{
	vtime_run_ms(s->vt, ms);
}

void sim_start_all(struct sim *s)
{
	for (size_t i = 0; i < s->n_agents; i++)
		host_start_all(&s->agents[i]->host);
	for (size_t i = 0; i < s->n_sites; i++)
		host_start_all(&s->sites[i]->host);
}

void sim_log(struct sim *s, FILE *to)
{
	for (size_t i = 0; i < s->n_agents; i++)
		fakebus_trace(s->agents[i]->host.bus, to);
	for (size_t i = 0; i < s->n_sites; i++)
		fakebus_trace(s->sites[i]->host.bus, to);
}
