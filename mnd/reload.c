/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another configuration. Who we are (identity, home address, ports) cannot change under a binding:
 * then everything is deregistered and begins anew. All else is a new registration over each path,
 * make before break, and only if it matters to mnd at all.
 */
#include <errno.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

static bool is_somebody_else(const struct mnd_conf *a, const struct mnd_conf *b)
{
	return strcmp(a->identity, b->identity) != 0 || !addr_equal(&a->home_addr, &b->home_addr) ||
	       a->port != b->port || a->local_port != b->local_port || a->domain != b->domain;
}

static bool same_prefixes(
	const struct mipm_prefix *a, size_t n_a, const struct mipm_prefix *b, size_t n_b)
{
	bool same = n_a == n_b;

	for (size_t i = 0; same && i < n_a; i++)
		same = prefix_equal(&a[i], &b[i]);
	return same;
}

static bool same_keys(const struct mnd_conf *a, const struct mnd_conf *b)
{
	bool same = a->n_spis == b->n_spis;

	for (size_t i = 0; same && i < a->n_spis; i++) {
		const struct mip_sa *sa = sa_find(a->sas, a->spis[i]);
		const struct mip_sa *sb = sa_find(b->sas, b->spis[i]);

		same = a->spis[i] == b->spis[i] && sa->algorithm == sb->algorithm &&
		       sa->replay == sb->replay && sa->key_len == sb->key_len &&
		       memcmp(sa->key, sb->key, sa->key_len) == 0;
	}
	return same;
}

static bool is_same_agreement(const struct mnd_conf *a, const struct mnd_conf *b)
{
	return same_keys(a, b) && a->lifetime_s == b->lifetime_s &&
	       a->keepalive_s == b->keepalive_s && a->udp_tunnel == b->udp_tunnel &&
	       a->route == b->route && a->multipath == b->multipath &&
	       same_prefixes(a->networks, a->n_networks, b->networks, b->n_networks) &&
	       same_prefixes(
		       a->home_networks, a->n_home_networks, b->home_networks, b->n_home_networks);
}

static bool has_agent(const struct association *a, const struct mnd_conf *conf)
{
	struct mipm_addr addrs[MND_HOME_AGENTS_MAX];
	size_t n = resolver_home_agents(a, conf, addrs);

	for (size_t i = 0; i < n; i++)
		if (addr_equal(&addrs[i], &a->agent->addr))
			return true;
	return false;
}

/* Deregisters all at the agent in use; nobody waits for the answer. */
static void farewell(struct association *a)
{
	struct path *via = association_carrier(a, NULL);
	struct registration *reg = via ? path_registration_get(via, a->agent) : NULL;

	if (reg)
		registration_event(reg, REG_LEAVE, via);
}

/* Networks that are not ours any more are not waited for either. */
static void shrink(struct registration *reg, const struct mnd_conf *conf)
{
	struct grant *grant = &reg->grant;
	size_t n = 0;

	for (size_t i = 0; i < grant->n_networks; i++)
		for (size_t j = 0; j < conf->n_networks; j++)
			if (prefix_equal(&grant->networks[i], &conf->networks[j]))
				grant->networks[n++] = grant->networks[i];
	if (n == grant->n_networks)
		return;
	grant->n_networks = n;
	say_entry(reg);
}

static void renew(struct association *a, bool multipath_changed)
{
	struct registration *reg;
	struct path *path;

	a->spi_index = 0;
	for (size_t i = 0; i < a->n_agents; i++) {
		a->agents[i]->sender.style = association_sa(a)->replay;
		a->agents[i]->n_refused = 0;
		if (multipath_changed)
			agent_reset(a, a->agents[i]);
	}
	list_for_each (path, &a->paths, link_) {
		list_for_each (reg, &path->registrations, by_path) {
			if (reg->is_bound)
				shrink(reg, association_conf(a));
			schedule_reset(reg);
			if (registration_is_in(reg, FSM_IN(MIPM_REG_FAILED)))
				registration_event(reg, REG_HOLD, NULL);
			else if (reg->agent == a->agent && reg->is_wanted)
				registration_event(reg, REG_MOVEMENT, NULL);
		}
	}
}

static int apply(struct association *a, const struct mnd_conf *old, const struct mnd_conf *conf)
{
	bool anew = is_somebody_else(old, conf);

	if (anew || !has_agent(a, conf))
		farewell(a);
	a->mnd->conf = conf;
	if (association_take_agents(a) != 0) {
		a->mnd->conf = old;
		return -ENOMEM;
	}
	if (anew)
		association_restart(a);
	else if (!is_same_agreement(old, conf))
		renew(a, old->multipath != conf->multipath);
	a->mnd->sigs_changed = true;
	careof_apply(a);
	return 0;
}

int mnd_reconfigure(struct mnd *mnd, const struct mnd_conf *conf, uint64_t now)
{
	const struct mnd_conf *old = mnd->conf;
	struct association *a;
	int error;

	if (mnd_conf_check(conf, NULL, 0) != 0)
		return -EINVAL;
	mnd->now = now;
	list_for_each (a, &mnd->associations, link_) {
		error = apply(a, old, conf);
		if (error)
			return error;
	}
	mnd_settle(mnd);
	return 0;
}
