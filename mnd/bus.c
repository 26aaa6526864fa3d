/* SPDX-License-Identifier: BSD-2-Clause */
/* What mnd hears on the bus: a row per message. What it says is in say.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

#define ANSWER_MAX 1024

static struct mipm_str str(const char *text)
{
	return (struct mipm_str) { text, (uint16_t)strlen(text) };
}

static void on_md_info(struct mnd *mnd, const struct mipm_msg *msg)
{
	const struct mipm_md_info *info = msg->body;
	struct association *a;

	if (info->command != MIPM_MD_REREG)
		return;
	list_for_each (a, &mnd->associations, link_)
		careof_md_info(a, info);
}

static void on_link(struct mnd *mnd, const struct mipm_msg *msg)
{
	subnet_input(mnd, msg->body);
}

static void on_sig_in(struct mnd *mnd, const struct mipm_msg *msg)
{
	const struct mipm_sig *sig = msg->body;

	if (sig->kind == MIPM_SIG_DNS)
		resolver_input(mnd, sig);
	if (sig->kind != MIPM_SIG_UDP434 || sig->payload.len == 0)
		return;
	if (sig->payload.data[0] == MIP_REGISTRATION_REPLY)
		reply_input(mnd, sig);
	else if (sig->payload.data[0] == MIP_REVOCATION)
		revocation_input(mnd, sig);
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
	say_reg_state(reg, NULL);
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

static uint16_t command_log(
	struct mnd *mnd, const struct mipm_command *command, char *answer, size_t size)
{
	const struct mipm_str *value = command->value.len ? &command->value : &command->target;
	enum log_level level;
	char text[16];

	snprintf(answer, size, "log levels are warn, info and debug");
	if (value->len == 0 || value->len >= sizeof(text))
		return EINVAL;
	memcpy(text, value->text, value->len);
	text[value->len] = '\0';
	if (log_level_parse(text, &level) != 0)
		return EINVAL;
	if (mnd->env->log)
		mnd->env->log->level = level;
	*answer = '\0';
	return 0;
}

static uint16_t command_counters(
	struct mnd *mnd, const struct mipm_command *command, char *answer, size_t size)
{
	mnd_counters_print(&mnd->counters, answer, size);
	return 0;
}

static const struct {
	const char *verb;
	uint16_t (*run)(
		struct mnd *mnd, const struct mipm_command *command, char *answer, size_t size);
} commands[] = {
	{ "log", command_log },
	{ "counters", command_counters },
};

static void on_command(struct mnd *mnd, const struct mipm_msg *msg)
{
	const struct mipm_command *command = msg->body;
	struct mipm_answer answer = { .message_id = msg->id, .code = EOPNOTSUPP };
	char text[ANSWER_MAX] = "mnd knows: log LEVEL, counters";

	if (!msg->from)
		return;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (command->verb.len == strlen(commands[i].verb) &&
			memcmp(command->verb.text, commands[i].verb, command->verb.len) == 0)
			answer.code = commands[i].run(mnd, command, text, sizeof(text));
	answer.text = str(text);
	mnd->env->emit(mnd->env->ctx, msg->from->name, MIPM_ANSWER, &answer);
}

static const struct {
	uint16_t type;
	void (*handle)(struct mnd *mnd, const struct mipm_msg *msg);
} rows[] = {
	{ MIPM_MD_INFO, on_md_info },
	{ MIPM_LINK, on_link },
	{ MIPM_SIG_IN, on_sig_in },
	{ MIPM_TUN_STATE, on_tun_state },
	{ MIPM_BUL_ADD, on_bul_add },
	{ MIPM_DUMP_END, on_dump_end },
	{ MIPM_COMMAND, on_command },
};

/* BUL_ADD and DUMP_END: what tunneld tells back after a restart. */
const uint16_t mnd_types[] = { MIPM_MD_INFO, MIPM_LINK, MIPM_SIG_IN, MIPM_TUN_STATE, MIPM_BUL_ADD,
	MIPM_DUMP_END, MIPM_COMMAND, 0 };

void mnd_hear(struct mnd *mnd, const struct mipm_msg *msg)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].type == msg->type)
			rows[i].handle(mnd, msg);
}
