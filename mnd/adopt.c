/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * After a restart: tunneld still forwards for the registrations of the life before (DESIGN.md
 * section 3). They are asked for; what the configuration still allows is taken over with its expiry
 * and renewed at once, the rest is taken out. Until tunneld has told all, nothing is sent and a
 * dump of ours is incomplete. THREATS section 3: mnd needs no store.
 */
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

#define WAIT (500 * NSEC_PER_MS)

void adopt_ask(struct mnd *mnd)
{
	const struct mipm_dump dump = { .own = 1 };

	mnd->env->emit(mnd->env->ctx, "tunneld", MIPM_DUMP, &dump);
}

void adopt_begin(struct mnd *mnd)
{
	mnd->is_adopting = true;
	mnd->adoption.kind = DEADLINE_ADOPTION;
	timerq_set(&mnd->timers, &mnd->adoption, mnd->now + WAIT);
	adopt_ask(mnd);
}

void adopt_end(struct mnd *mnd)
{
	struct association *a;

	if (!mnd->is_adopting)
		return;
	mnd->is_adopting = false;
	timerq_cancel(&mnd->timers, &mnd->adoption);
	list_for_each (a, &mnd->associations, link_)
		careof_apply(a);
}

static bool is_identity(const struct mnd_conf *conf, const struct mipm_str *identity)
{
	return identity->len == strlen(conf->identity) &&
	       (identity->len == 0 || memcmp(identity->text, conf->identity, identity->len) == 0);
}

static bool is_allowed(const struct mnd *mnd, const struct mipm_bul *entry)
{
	const struct mnd_conf *conf = mnd->conf;
	const struct mipm_path *path = &entry->path;

	if (entry->domain != conf->domain || entry->protocol != MIPM_MIP4 ||
		!is_identity(conf, &entry->identity))
		return false;
	if (addr_is_present(&conf->home_addr) && !addr_equal(&conf->home_addr, &entry->home_addr))
		return false;
	if (!addr_is_unicast(&entry->home_addr) || path->careof_addr.family != MIPM_IPV4)
		return false;
	return path->number >= 1 && path->number <= MND_PATHS_MAX &&
	       path->encap == MIPM_ENCAP_UDP && path->expires_at > mnd->now &&
	       path->local.port == conf->local_port && path->remote.port == conf->port;
}

static bool is_configured(const struct mnd_conf *conf, const struct mipm_prefix *network)
{
	for (size_t i = 0; i < conf->n_networks; i++)
		if (prefix_equal(&conf->networks[i], network))
			return true;
	return false;
}

static struct grant grant_of(const struct mnd_conf *conf, const struct mipm_bul *entry)
{
	struct grant grant = {
		.home_addr = entry->home_addr,
		.careof_addr = entry->path.careof_addr,
		.link = entry->path.link,
		.lifetime_s = entry->lifetime_s,
		.expires_at = entry->path.expires_at,
		.stamp = entry->stamp,
		.caps = entry->caps,
		.keepalive_s = entry->path.keepalive_s,
		.nat = entry->path.nat,
		.has_bid = entry->caps & MIP_FEATURE_MULTIPATH,
	};

	for (size_t i = 0; i < entry->n_networks && grant.n_networks < MND_NETWORKS_MAX; i++)
		if (is_configured(conf, &entry->networks[i]))
			grant.networks[grant.n_networks++] = entry->networks[i];
	return grant;
}

/* Until an MD_INFO says otherwise, the entry itself says what its link and address are. */
static void know_path(struct path *path, const struct grant *grant, uint16_t order)
{
	if (path->is_present)
		return;
	path->is_present = true;
	path->link = grant->link;
	path->careof_addr = grant->careof_addr;
	path->verdict = MIPM_UNTRIED;
	path->order = order;
	path->association->mnd->sigs_changed = true;
}

/* The agent that was used last is the one in use; what it can, the entry remembers. */
static void know_agent(struct association *a, struct registration *reg)
{
	struct home_agent *agent = reg->agent;
	const struct replay_sender *in_use = &a->agent->sender;
	bool newest = !in_use->started || replay_is_later(reg->grant.stamp, in_use->last);

	if (!agent->sender.started || replay_is_later(reg->grant.stamp, agent->sender.last)) {
		agent->sender.started = true;
		agent->sender.last = reg->grant.stamp;
	}
	if (newest)
		a->agent = agent;
	agent->caps = reg->grant.caps;
	if (reg->grant.has_bid && association_conf(a)->multipath != MND_MULTIPATH_NO) {
		agent->phase = AGENT_MULTI;
	} else if (newest) {
		agent->phase = AGENT_SINGLE;
		agent->single = reg;
		agent->lead = reg->path;
	}
}

/* Whether a name still has this address is not known yet: it serves us, so it may go on. */
static struct home_agent *agent_of(struct association *a, const struct mipm_bul *entry)
{
	struct home_agent *agent = association_agent(a, &entry->peer);

	if (agent || !resolver_is_waiting(a) || !is_allowed(a->mnd, entry))
		return agent;
	return association_add_agent(a, &entry->peer);
}

static bool adopt(struct mnd *mnd, struct association *a, const struct mipm_bul *entry)
{
	struct home_agent *agent = agent_of(a, entry);
	struct grant grant = grant_of(mnd->conf, entry);
	struct registration *reg;
	struct path *path;

	if (!agent || !is_allowed(mnd, entry))
		return false;
	if (association_knows_home_addr(a) && !addr_equal(&a->home_addr, &entry->home_addr))
		return false;
	path = careof_path(a, (uint8_t)entry->path.number);
	reg = path ? path_registration(path, agent) : NULL;
	if (!reg)
		return false;
	if (reg->is_bound)
		return true; /* it is ours of this life, told back late */
	know_path(path, &grant, entry->path.priority);
	reg->generation = entry->generation;
	registration_event(reg, REG_ADOPT, &grant);
	if (!reg->is_bound)
		return false;
	a->home_addr = entry->home_addr;
	know_agent(a, reg);
	if (grant.n_networks != entry->n_networks)
		say_entry(reg);
	if (!mnd->is_adopting)
		careof_apply(a);
	return true;
}

void adopt_entry(struct mnd *mnd, const struct mipm_bul *entry)
{
	struct association *a;

	if (entry->generation > mnd->generation)
		mnd->generation = entry->generation;
	list_for_each (a, &mnd->associations, link_)
		if (adopt(mnd, a, entry))
			return;
	say_no_entry_of(mnd, entry);
}
