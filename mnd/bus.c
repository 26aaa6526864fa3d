/* SPDX-License-Identifier: BSD-2-Clause */
/* How mnd speaks on the bus: a row per message it hears, a function per message it says. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

/* ---- what it says ---- */

static void emit(struct mnd *mnd, const char *to, uint16_t type, const void *body)
{
	mnd->env->emit(mnd->env->ctx, to, type, body);
}

static struct mipm_str str(const char *text)
{
	return (struct mipm_str) { text, (uint16_t)strlen(text) };
}

void bus_reg_state(const struct registration *reg, const char *to)
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
		.skew_ns = a->sender.offset,
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

static void say_bul_add(struct registration *reg, const char *to)
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

void bus_bul_add(struct registration *reg)
{
	reg->generation = next_generation(reg->path->association->mnd);
	say_bul_add(reg, NULL);
}

void bus_bul_remove(const struct registration *reg)
{
	struct mnd *mnd = reg->path->association->mnd;
	struct mipm_bul bul = bul_key(reg);

	bul.generation = next_generation(mnd);
	emit(mnd, NULL, MIPM_BUL_REMOVE, &bul);
}

/* An entry of an earlier life that nothing stands for any more. */
void bus_bul_remove_key(struct mnd *mnd, const struct mipm_bul *entry)
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

static void add_sig(struct mnd *mnd, struct mipm_sig_want *sigs, size_t *n, struct mipm_addr addr)
{
	size_t at = 0;

	if (!addr_is_present(&addr) || *n == MND_SIGS_MAX)
		return;
	while (at < *n && addr_cmp(&sigs[at].local, &addr) < 0)
		at++;
	if (at < *n && addr_equal(&sigs[at].local, &addr))
		return;
	memmove(&sigs[at + 1], &sigs[at], (*n - at) * sizeof(*sigs));
	memset(&sigs[at], 0, sizeof(*sigs));
	sigs[at].type = MIP_REGISTRATION_REPLY;
	sigs[at].local = addr;
	++*n;
}

static bool sigs_equal(const struct mipm_sig_want *a, const struct mipm_sig_want *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!addr_equal(&a[i].local, &b[i].local))
			return false;
	return true;
}

/* In the order of addresses, so that an order of links is no news. */
void bus_want_sigs(struct mnd *mnd)
{
	struct mipm_sig_want sigs[MND_SIGS_MAX + 1];
	struct association *a;
	struct path *path;
	size_t n = 0;

	mnd->sigs_changed = false;
	list_for_each (a, &mnd->associations, link_) {
		add_sig(mnd, sigs, &n, a->home_addr);
		list_for_each (path, &a->paths, link_)
			if (path->is_present)
				add_sig(mnd, sigs, &n, path->careof_addr);
	}
	if (n == mnd->n_sigs && sigs_equal(sigs, mnd->sigs, n))
		return;
	memcpy(mnd->sigs, sigs, n * sizeof(*sigs));
	mnd->n_sigs = n;
	mnd->env->want_sigs(mnd->env->ctx, mnd->sigs, n);
}

/* ---- what it hears ---- */

static void on_md_info(struct mnd *mnd, const struct mipm_msg *msg)
{
	const struct mipm_md_info *info = msg->body;
	struct association *a;

	if (info->command != MIPM_MD_REREG)
		return;
	list_for_each (a, &mnd->associations, link_)
		careof_md_info(a, info);
}

static void on_sig_in(struct mnd *mnd, const struct mipm_msg *msg)
{
	const struct mipm_sig *sig = msg->body;

	if (sig->kind == MIPM_SIG_UDP434 && sig->payload.len > 0 &&
		sig->payload.data[0] == MIP_REGISTRATION_REPLY)
		reply_input(mnd, sig);
}

static void on_bul_add(struct mnd *mnd, const struct mipm_msg *msg)
{
	if (msg->flags & MIPM_F_OWN)
		adopt_entry(mnd, msg->body);
}

static void on_dump_end(struct mnd *mnd, const struct mipm_msg *msg)
{
	const struct mipm_dump_end *end = msg->body;

	if (end->own)
		adopt_end(mnd);
}

static void tun_failed(struct registration *reg, const struct mipm_tun_state *state)
{
	struct mnd *mnd = reg->path->association->mnd;

	log_warn(mnd->env->log, state->code, "tunnel over %s: %.*s", reg->path->name,
		(int)state->text.len, state->text.len ? state->text.text : "");
	registration_say(reg, "registered, but tunneld cannot use it: %.*s (%s)",
		(int)state->text.len, state->text.len ? state->text.text : "",
		strerror(state->code));
	bus_reg_state(reg, NULL);
}

static void on_tun_state(struct mnd *mnd, const struct mipm_msg *msg)
{
	const struct mipm_tun_state *state = msg->body;
	struct registration *reg;

	if (state->message_type != MIPM_BUL_ADD)
		return;
	for (reg = mnd_registration_after(mnd, 0); reg;
		reg = mnd_registration_after(mnd, reg->serial))
		if (reg->is_bound && reg->path->number == state->number &&
			addr_equal(&reg->agent->addr, &state->peer) &&
			addr_equal(&reg->grant.home_addr, &state->home_addr) &&
			(!state->generation || state->generation == reg->generation))
			tun_failed(reg, state);
}

static uint16_t command_log(struct mnd *mnd, const struct mipm_command *command)
{
	const struct mipm_str *value = command->value.len ? &command->value : &command->target;
	enum log_level level;
	char text[16];

	if (value->len == 0 || value->len >= sizeof(text))
		return EINVAL;
	memcpy(text, value->text, value->len);
	text[value->len] = '\0';
	if (log_level_parse(text, &level) != 0)
		return EINVAL;
	if (mnd->env->log)
		mnd->env->log->level = level;
	return 0;
}

static void on_command(struct mnd *mnd, const struct mipm_msg *msg)
{
	const struct mipm_command *command = msg->body;
	struct mipm_answer answer = { .message_id = msg->id };

	if (!msg->from)
		return;
	if (command->verb.len == 3 && memcmp(command->verb.text, "log", 3) == 0)
		answer.code = command_log(mnd, command);
	else
		answer.code = EOPNOTSUPP;
	if (answer.code == EINVAL)
		answer.text = str("log levels are warn, info and debug");
	else if (answer.code)
		answer.text = str("mnd knows: log LEVEL");
	emit(mnd, msg->from->name, MIPM_ANSWER, &answer);
}

static const struct {
	uint16_t type;
	void (*handle)(struct mnd *mnd, const struct mipm_msg *msg);
} rows[] = {
	{ MIPM_MD_INFO, on_md_info },
	{ MIPM_SIG_IN, on_sig_in },
	{ MIPM_TUN_STATE, on_tun_state },
	{ MIPM_BUL_ADD, on_bul_add },
	{ MIPM_DUMP_END, on_dump_end },
	{ MIPM_COMMAND, on_command },
};

/* BUL_ADD and DUMP_END: what tunneld tells back after a restart. */
const uint16_t bus_types[] = { MIPM_MD_INFO, MIPM_SIG_IN, MIPM_TUN_STATE, MIPM_BUL_ADD,
	MIPM_DUMP_END, MIPM_COMMAND, 0 };

void bus_input(struct mnd *mnd, const struct mipm_msg *msg)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].type == msg->type)
			rows[i].handle(mnd, msg);
}

/* ---- dump ---- */

#define DUMP_STEP 16 /* registrations a call */

int bus_dump(void *core, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	struct mnd *mnd = core;
	struct registration *reg;

	for (int i = 0; i < DUMP_STEP && !own; i++) {
		reg = mnd_registration_after(mnd, *cursor);
		if (!reg)
			break;
		*cursor = reg->serial;
		bus_reg_state(reg, to);
		if (reg->is_bound)
			say_bul_add(reg, to);
	}
	if (!own && mnd_registration_after(mnd, *cursor))
		return 1;
	return mnd->is_adopting ? -EAGAIN : 0;
}
