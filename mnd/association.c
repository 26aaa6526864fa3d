/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One set of home agents: made, changed, and left one for the next when it does not answer (RFC
 * 5944 3.6.1.1, 3.6.2).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

const struct mnd_conf *association_conf(const struct association *a)
{
	return a->mnd->conf;
}

bool association_knows_home_addr(const struct association *a)
{
	return addr_is_present(&a->home_addr);
}

struct mip_sa *association_sa(const struct association *a)
{
	const struct mnd_conf *conf = association_conf(a);

	return sa_find(conf->sas, conf->spis[a->spi_index % conf->n_spis]);
}

struct mip_sa *association_sa_by(const struct association *a, uint32_t spi)
{
	const struct mnd_conf *conf = association_conf(a);

	for (size_t i = 0; i < conf->n_spis; i++)
		if (conf->spis[i] == spi)
			return sa_find(conf->sas, spi);
	return NULL;
}

struct home_agent *association_agent(struct association *a, const struct mipm_addr *addr)
{
	for (size_t i = 0; i < a->n_agents; i++)
		if (addr_equal(&a->agents[i]->addr, addr))
			return a->agents[i];
	return NULL;
}

size_t association_bound(const struct association *a, const struct home_agent *agent)
{
	struct registration *reg;
	struct path *path;
	size_t n = 0;

	list_for_each (path, &a->paths, link_)
		list_for_each (reg, &path->registrations, by_path)
			n += reg->is_bound && (!agent || reg->agent == agent);
	return n;
}

struct path *association_carrier(struct association *a, const struct path *but)
{
	struct path *path;

	list_for_each (path, &a->paths, link_) {
		struct registration *reg = path_registration_get(path, a->agent);

		if (path != but && path_is_usable(path) && reg && reg->is_bound &&
			path_budget(path, 1) == a->mnd->now)
			return path;
	}
	return NULL;
}

static void path_free(struct path *path)
{
	struct registration *reg, *spare;

	list_for_each_safe (reg, spare, &path->registrations, by_path)
		registration_free(reg);
	list_remove(&path->link_);
	free(path);
}

static void drop_agents(struct association *a)
{
	for (size_t i = 0; i < a->n_agents; i++)
		free(a->agents[i]);
	a->n_agents = 0;
	a->agent = NULL;
}

struct association *association_free(struct association *a)
{
	struct path *path, *spare;

	if (!a)
		return NULL;
	list_for_each_safe (path, spare, &a->paths, link_)
		path_free(path);
	drop_agents(a);
	resolver_free_all(a);
	timerq_cancel(&a->mnd->timers, &a->preference);
	list_remove(&a->link_);
	free(a->md);
	free(a);
	return NULL;
}

static void start(struct association *a)
{
	a->home_addr = association_conf(a)->home_addr;
	a->spi_index = 0;
	for (size_t i = 0; i < a->n_agents; i++)
		replay_sender_init(&a->agents[i]->sender, association_sa(a)->replay);
}

int association_new(struct mnd *mnd, struct association **out)
{
	struct association *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->mnd = mnd;
	a->preference.kind = DEADLINE_PREFERENCE;
	list_init(&a->paths);
	list_init(&a->link_);
	start(a);
	if (association_take_agents(a) != 0) {
		association_free(a);
		return -ENOMEM;
	}
	list_add_tail(&mnd->associations, &a->link_);
	*out = a;
	return 0;
}

static void forget_agent(struct association *a, struct home_agent *agent)
{
	struct registration *reg;
	struct path *path;

	list_for_each (path, &a->paths, link_) {
		reg = path_registration_get(path, agent);
		if (!reg)
			continue;
		registration_event(reg, REG_GONE, NULL);
		registration_free(reg);
	}
	free(agent);
}

static struct home_agent *agent_new(struct association *a, const struct mipm_addr *addr)
{
	struct home_agent *agent = calloc(1, sizeof(*agent));

	if (!agent)
		return NULL;
	agent->addr = *addr;
	replay_sender_init(&agent->sender, association_sa(a)->replay);
	agent_reset(a, agent);
	return agent;
}

bool association_knows_agent(const struct association *a)
{
	return !addr_is_unspecified(&a->agent->addr);
}

struct home_agent *association_add_agent(struct association *a, const struct mipm_addr *addr)
{
	struct home_agent *agent = a->n_agents < MND_HOME_AGENTS_MAX ? agent_new(a, addr) : NULL;

	if (!agent)
		return NULL;
	if (!association_knows_agent(a)) {
		forget_agent(a, a->agent);
		a->n_agents = 0;
		a->agent = agent;
	}
	a->agents[a->n_agents++] = agent;
	return agent;
}

/* Names that have other addresses now do not cost us the agent that serves us: it comes last. */
static size_t wanted_agents(const struct association *a, struct mipm_addr wanted[])
{
	const struct mnd_conf *conf = association_conf(a);
	size_t n = resolver_home_agents(a, conf, wanted), i = 0;

	if (n == 0)
		wanted[n++] = addr_from_v4(0);
	while (a->agent && i < n && !addr_equal(&wanted[i], &a->agent->addr))
		i++;
	if (a->agent && i == n && a->n_resolvers > 0 && association_bound(a, a->agent) > 0) {
		n -= n == MND_HOME_AGENTS_MAX || addr_is_unspecified(&wanted[0]);
		wanted[n++] = a->agent->addr;
	}
	return n;
}

int association_take_agents(struct association *a)
{
	struct home_agent *agents[MND_HOME_AGENTS_MAX] = { NULL };
	struct mipm_addr wanted[MND_HOME_AGENTS_MAX];
	struct home_agent *old;
	size_t i, n;

	if (resolver_take(a) != 0)
		return -ENOMEM;
	n = wanted_agents(a, wanted);
	for (i = 0; i < n; i++) {
		old = association_agent(a, &wanted[i]);
		agents[i] = old ? old : agent_new(a, &wanted[i]);
		if (!agents[i])
			goto fail;
	}
	for (i = 0; i < a->n_agents; i++) {
		size_t j = 0;

		while (j < n && agents[j] != a->agents[i])
			j++;
		if (j < n)
			continue;
		if (a->agent == a->agents[i])
			a->agent = NULL;
		forget_agent(a, a->agents[i]);
	}
	memcpy(a->agents, agents, n * sizeof(*agents));
	a->n_agents = n;
	if (!a->agent)
		a->agent = a->agents[0];
	return 0;
fail:
	while (i-- > 0)
		if (!association_agent(a, &agents[i]->addr))
			free(agents[i]);
	return -ENOMEM;
}

void association_restart(struct association *a)
{
	struct registration *reg, *spare;
	struct path *path;

	list_for_each (path, &a->paths, link_) {
		list_for_each_safe (reg, spare, &path->registrations, by_path) {
			registration_event(reg, REG_GONE, NULL);
			registration_free(reg);
		}
	}
	start(a);
	for (size_t i = 0; i < a->n_agents; i++)
		agent_reset(a, a->agents[i]);
	a->agent = a->agents[0];
	a->mnd->sigs_changed = true;
}

void association_next_spi(struct association *a)
{
	const struct mnd_conf *conf = association_conf(a);

	if (conf->n_spis < 2)
		return;
	a->spi_index = (a->spi_index + 1) % conf->n_spis;
	log_info(a->mnd->env->log, "registration: trying SPI %u", conf->spis[a->spi_index]);
}

/* What is out there is not waited for any more; what is bound there lives until it expires. */
static void hold_all(struct association *a, struct home_agent *agent)
{
	struct path *path;

	list_for_each (path, &a->paths, link_) {
		struct registration *reg = path_registration_get(path, agent);

		if (!reg)
			continue;
		reg->is_wanted = false;
		registration_event(reg, REG_HOLD, NULL);
		schedule_reset(reg);
	}
}

/* The next in the list, around its end, that has not refused lately; NULL: there is none. */
static struct home_agent *next_agent(const struct association *a, size_t i)
{
	for (size_t n = 1; n < a->n_agents; n++) {
		struct home_agent *agent = a->agents[(i + n) % a->n_agents];

		if (agent->not_before <= a->mnd->now)
			return agent;
	}
	return NULL;
}

void association_next_agent(struct association *a, const char *why)
{
	char from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX];
	struct home_agent *next;
	size_t i = 0;

	while (a->agents[i] != a->agent)
		i++;
	if (i + 1 == a->n_agents)
		association_next_spi(a);
	a->agent->unanswered = 0;
	a->agent->is_silent = true;
	resolver_hurry(a);
	next = next_agent(a, i);
	if (!next)
		return;
	preference_left(a, a->agent);
	hold_all(a, a->agent);
	log_warnx(a->mnd->env->log, "home agent %s: %s; trying %s",
		addr_print(&a->agent->addr, from), why, addr_print(&next->addr, to));
	a->agent = next;
	agent_reset(a, a->agent);
	careof_apply(a);
}
