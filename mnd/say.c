/* SPDX-License-Identifier: BSD-2-Clause */
/* What mnd says on the bus: states of registrations, entries for tunneld, what replies it wants. */
#include <errno.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

static void emit(struct mnd *mnd, const char *to, uint16_t type, const void *body)
{
	mnd->env->emit(mnd->env->ctx, to, type, body);
}

static struct mipm_str str(const char *text)
{
	return (struct mipm_str) { text, (uint16_t)strlen(text) };
}

void say_reg_state(const struct registration *reg, const char *to)
{
	const struct association *a = reg->path->association;
	bool bound = reg->is_bound;
	struct mipm_reg_state_msg state = {
		.home_addr = association_conf(a)->home_addr,
		.peer = reg->agent->addr,
		.number = reg->path->number,
		.link = reg->path->link,
		.careof_addr = reg->path->careof_addr,
		.state = (uint8_t)reg->fsm.state,
		.active = reg->agent == a->agent && flow_active(a) == reg,
		.nat = bound && reg->grant.nat,
		.code = reg->code,
		.retries = reg->tries > 1 ? (uint16_t)(reg->tries - 1) : 0,
		.lifetime_s = bound ? reg->grant.lifetime_s : 0,
		.caps = bound ? reg->grant.caps : 0,
		.next_send_at = deadline_is_armed(&reg->send) ? reg->send.at : 0,
		.expires_at = bound ? reg->grant.expires_at : 0,
		.skew_ns = reg->agent->sender.offset,
		.text = str(reg->text),
	};

	emit(a->mnd, to, MIPM_REG_STATE, &state);
}

static struct mipm_bul bul_key(const struct registration *reg)
{
	return (struct mipm_bul) {
		.domain = association_conf(reg->path->association)->domain,
		.home_addr = reg->grant.home_addr,
		.peer = reg->agent->addr,
		.generation = reg->generation,
		.protocol = MIPM_MIP4,
		.path = { .number = reg->path->number },
	};
}

static void say_entry_to(struct registration *reg, const char *to)
{
	const struct mnd_conf *conf = association_conf(reg->path->association);
	const struct grant *grant = &reg->grant;
	struct mipm_bul bul = bul_key(reg);

	bul.stamp = grant->stamp;
	bul.route = conf->route == MND_ROUTE_HOME;
	bul.identity = str(conf->identity);
	bul.networks = grant->networks;
	bul.n_networks = (uint16_t)grant->n_networks;
	if (bul.route) {
		bul.networks_remote = conf->home_networks;
		bul.n_networks_remote = (uint16_t)conf->n_home_networks;
	}
	bul.path = (struct mipm_path) {
		.number = reg->path->number,
		.kind = MIPM_PATH_UPLINK,
		.encap = MIPM_ENCAP_UDP,
		.nat = grant->nat,
		.priority = reg->path->order,
		.careof_addr = grant->careof_addr,
		.remote = { reg->agent->addr, conf->port },
		.local = { grant->careof_addr, conf->local_port },
		.link = grant->link,
		.keepalive_s = grant->keepalive_s,
		.expires_at = grant->expires_at,
	};
	bul.lifetime_s = grant->lifetime_s;
	bul.caps = grant->caps;
	emit(reg->path->association->mnd, to, MIPM_BUL_ADD, &bul);
}

static uint64_t next_generation(struct mnd *mnd)
{
	mnd->generation = mnd->generation < mnd->now ? mnd->now : mnd->generation + 1;
	return mnd->generation;
}

void say_entry(struct registration *reg)
{
	reg->generation = next_generation(reg->path->association->mnd);
	say_entry_to(reg, NULL);
}

void say_no_entry(const struct registration *reg)
{
	struct mnd *mnd = reg->path->association->mnd;
	struct mipm_bul bul = bul_key(reg);

	bul.generation = next_generation(mnd);
	emit(mnd, NULL, MIPM_BUL_REMOVE, &bul);
}

/* An entry of an earlier life that nothing stands for any more. */
void say_no_entry_of(struct mnd *mnd, const struct mipm_bul *entry)
{
	struct mipm_bul bul = {
		.domain = entry->domain,
		.home_addr = entry->home_addr,
		.peer = entry->peer,
		.protocol = entry->protocol,
		.path = { .number = entry->path.number },
	};

	bul.generation = next_generation(mnd);
	emit(mnd, NULL, MIPM_BUL_REMOVE, &bul);
}

static void add_sigs(struct mipm_sig_want *sigs, size_t *n, struct mipm_addr addr)
{
	static const uint8_t types[] = { MIP_REGISTRATION_REPLY, MIP_REVOCATION };
	size_t at = 0;

	if (!addr_is_present(&addr) || *n + sizeof(types) > MND_SIGS_MAX)
		return;
	while (at < *n && addr_cmp(&sigs[at].local, &addr) < 0)
		at++;
	if (at < *n && addr_equal(&sigs[at].local, &addr))
		return;
	memmove(&sigs[at + sizeof(types)], &sigs[at], (*n - at) * sizeof(*sigs));
	for (size_t i = 0; i < sizeof(types); i++)
		sigs[at + i] = (struct mipm_sig_want) { .type = types[i], .local = addr };
	*n += sizeof(types);
}

static bool sigs_equal(const struct mipm_sig_want *a, const struct mipm_sig_want *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!addr_equal(&a[i].local, &b[i].local))
			return false;
	return true;
}

/* In the order of addresses, so that an order of links is no news. */
void say_want_sigs(struct mnd *mnd)
{
	struct mipm_sig_want sigs[MND_SIGS_MAX];
	struct association *a;
	struct path *path;
	size_t n = 0;

	mnd->sigs_changed = false;
	list_for_each (a, &mnd->associations, link_) {
		add_sigs(sigs, &n, a->home_addr);
		list_for_each (path, &a->paths, link_)
			if (path->is_present)
				add_sigs(sigs, &n, path->careof_addr);
	}
	if (n == mnd->n_sigs && sigs_equal(sigs, mnd->sigs, n))
		return;
	memcpy(mnd->sigs, sigs, n * sizeof(*sigs));
	mnd->n_sigs = n;
	mnd->env->want_sigs(mnd->env->ctx, mnd->sigs, n);
}

/* ---- dump ---- */

#define DUMP_STEP 16 /* registrations a call */

int say_dump(void *core, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	struct mnd *mnd = core;
	struct registration *reg;

	for (int i = 0; i < DUMP_STEP && !own; i++) {
		reg = mnd_registration_after(mnd, *cursor);
		if (!reg)
			break;
		*cursor = reg->serial;
		say_reg_state(reg, to);
		if (reg->is_bound)
			say_entry_to(reg, to);
	}
	if (!own && mnd_registration_after(mnd, *cursor))
		return 1;
	return mnd->is_adopting ? -EAGAIN : 0;
}
