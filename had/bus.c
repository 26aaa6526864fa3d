/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bus: which messages the home agent hears and what answers them. That a message comes from
 * somebody who may say it, and is well-formed, was checked before it got here.
 */
#include <string.h>

#include "had/revocation.h"

/* Signalling datagrams by their first octet. */
static const struct {
	uint8_t type;
	void (*handle)(struct had *had, uint64_t now, const struct mipm_sig *sig);
} sigs[] = {
	{ MIP_REGISTRATION_REQUEST, registration_input },
	{ MIP_REVOCATION_ACK, revocation_ack_input },
};

#define N_SIGS (sizeof(sigs) / sizeof(sigs[0]))

_Static_assert(N_SIGS *HAD_ADDRS_MAX < HAD_WANTS_MAX, "room for all that is wanted");

void bus_want_sigs(struct had *had)
{
	const struct had_conf *conf = had->conf;
	const struct mipm_addr *addrs = conf->n_listen > 0 ? conf->listen : conf->home_agents;
	size_t n = conf->n_listen > 0 ? conf->n_listen : conf->n_home_agents;
	struct mipm_sig_want wants[HAD_WANTS_MAX];
	struct mipm_addr all;
	size_t n_wants = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < N_SIGS; k++)
			wants[n_wants++] = (struct mipm_sig_want) {
				.type = sigs[k].type,
				.local = addrs[i],
			};
	if (conf->n_home_networks > 0 && prefix_broadcast(&conf->home_networks[0], &all))
		wants[n_wants++] = (struct mipm_sig_want) {
			.type = MIP_REGISTRATION_REQUEST,
			.local = all,
		};
	had->env->want_sigs(had->env->ctx, wants, n_wants);
}

/* A reply is the request turned round: it leaves from the socket the request came to; if that was
 * for many hosts, from our first address. */
void bus_send(struct had *had, const struct mipm_sig *request, struct mipm_span payload)
{
	const struct had_conf *conf = had->conf;
	struct mipm_sig sig = {
		.kind = request->kind,
		.domain = request->domain,
		.local = request->local,
		.remote = request->remote,
		.link = request->link,
		.tunnel = request->tunnel,
		.payload = payload,
	};

	if (!had_conf_is_listening(conf, &sig.local.addr))
		sig.local.addr = conf->n_listen > 0 ? conf->listen[0] : conf->home_agents[0];
	had->env->emit(had->env->ctx, NULL, MIPM_SIG_OUT, &sig);
}

static void on_sig_in(struct had *had, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_sig *sig = msg->body;

	if (had->is_quiet)
		return; /* leaving */
	for (size_t i = 0; i < N_SIGS; i++) {
		if (sig->kind == MIPM_SIG_UDP434 && sig->payload.len > 0 &&
			sig->payload.data[0] == sigs[i].type) {
			sigs[i].handle(had, now, sig);
			return;
		}
	}
	had->counters.counts[COUNT_NOT_A_REQUEST]++;
}

/* Only failures are told; the reply has gone out already. */
static void on_tun_state(struct had *had, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_tun_state *state = msg->body;
	char home[ADDR_TEXT_MAX];
	uint32_t n_held;

	if (state->message_type != MIPM_BC_ADD)
		return;
	had->counters.counts[COUNT_TUN_STATE]++;
	if (log_limit_pass(&had->counters.limits[COUNT_TUN_STATE], now,
		    had->conf->limits.log_per_min, 60 * NSEC_PER_S, &n_held))
		log_warn(had->env->log, state->code, "binding not installed: home %s path %u: %.*s",
			addr_print(&state->home_addr, home), state->number, (int)state->text.len,
			state->text.text ? state->text.text : "");
}

static void on_bc_add(struct had *had, uint64_t now, const struct mipm_msg *msg)
{
	if (msg->flags & MIPM_F_OWN)
		adoption_entry(had, now, msg->body);
}

static void on_dump_end(struct had *had, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_dump_end *end = msg->body;

	if (end->own && end->complete && strcmp(msg->from->role, "tunneld") == 0)
		adoption_told(had, now);
}

static void on_be_hint(struct had *had, uint64_t now, const struct mipm_msg *msg)
{
	revocation_hint(had, now, msg->body);
}

static const struct {
	uint16_t type;
	void (*handle)(struct had *had, uint64_t now, const struct mipm_msg *msg);
} handlers[] = {
	{ MIPM_SIG_IN, on_sig_in },
	{ MIPM_TUN_STATE, on_tun_state },
	{ MIPM_BC_ADD, on_bc_add },
	{ MIPM_DUMP_END, on_dump_end },
	{ MIPM_BE_HINT, on_be_hint },
	{ MIPM_COMMAND, command_input },
};

void bus_input(struct had *had, uint64_t now, const struct mipm_msg *msg)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == msg->type)
			handlers[i].handle(had, now, msg);
}
