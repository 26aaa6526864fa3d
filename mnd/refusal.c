/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a refusal by the home agent: one row per code (RFC 5944 3.4, 3.6.2.2; 5177 5.5;
 * 7629 4; 3519 4.1). Code 133 is reply.c's, codes of foreign agents never come here.
 */
#include <stdio.h>

#include "base/addr.h"
#include "libmip/code.h"
#include "mnd/state.h"

enum remedy {
	REMEDY_LATER,	     /* the same again, after a while */
	REMEDY_FAILED,	     /* for good: once a minute, or when something changes */
	REMEDY_NEXT_AGENT,   /* somebody else may do it; alone: as LATER */
	REMEDY_NEXT_SPI,     /* another key of ours; alone: as FAILED */
	REMEDY_NO_NETWORKS,  /* at once, without the networks that were refused */
	REMEDY_NO_ROUTER,    /* at once, without any network */
	REMEDY_NO_MULTIPATH, /* at once, as with a stranger */
	REMEDY_REPLACE,	     /* at once, from the beginning (O) */
	REMEDY_ASK_FOR_LESS, /* at once, for any home address, without a forced UDP tunnel */
};

struct refusal {
	uint8_t code;
	enum remedy remedy;
	unsigned delay_s;
};

static const struct refusal rows[] = {
	{ MIP_CODE_UNSPECIFIED, REMEDY_LATER, 30 },
	{ MIP_CODE_PROHIBITED, REMEDY_ASK_FOR_LESS, 60 },
	{ MIP_CODE_RESOURCES, REMEDY_NEXT_AGENT, 30 },
	{ MIP_CODE_MN_FAILED_AUTHENTICATION, REMEDY_NEXT_SPI, 60 },
	{ MIP_CODE_FA_FAILED_AUTHENTICATION, REMEDY_LATER, 30 },
	{ MIP_CODE_POORLY_FORMED, REMEDY_FAILED, 60 },
	{ MIP_CODE_TOO_MANY_BINDINGS, REMEDY_FAILED, 60 },
	{ MIP_CODE_UNKNOWN_HOME_AGENT, REMEDY_NEXT_AGENT, 60 },
	{ MIP_CODE_REVERSE_TUNNEL_UNAVAILABLE, REMEDY_FAILED, 60 },
	{ MIP_CODE_REVERSE_TUNNEL_REQUIRED, REMEDY_FAILED, 60 },
	{ MIP_CODE_ENCAPSULATION_UNAVAILABLE, REMEDY_FAILED, 60 },
	{ MIP_CODE_CVSE_FROM_MN, REMEDY_FAILED, 60 },
	{ MIP_CODE_CVSE_FROM_FA, REMEDY_LATER, 30 },
	{ MIP_CODE_UDP_ENCAPSULATION_UNAVAILABLE, REMEDY_FAILED, 60 },
	{ MIP_CODE_REDIRECTED, REMEDY_NEXT_AGENT, 60 },
	{ MIP_CODE_MN_FAILED_AAA, REMEDY_FAILED, 60 },
	{ MIP_CODE_MOBILE_NETWORK_ERROR, REMEDY_NO_NETWORKS, 0 },
	{ MIP_CODE_MOBILE_ROUTER_DISALLOWED, REMEDY_NO_ROUTER, 0 },
	{ MIP_CODE_SERVICE_AUTHORIZATION_FAILED, REMEDY_FAILED, 60 },
	{ MIP_CODE_MULTIPATH_NOT_ALLOWED, REMEDY_NO_MULTIPATH, 0 },
	{ MIP_CODE_INVALID_FLOW_BINDING, REMEDY_REPLACE, 0 },
};

static const struct refusal *row_of(uint8_t code)
{
	static const struct refusal unknown = { 0, REMEDY_FAILED, 60 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].code == code)
			return &rows[i];
	return &unknown;
}

static void at_once(struct judged *judged, const char *what)
{
	size_t len = 0;

	while (judged->text[len])
		len++;
	snprintf(judged->text + len, sizeof(judged->text) - len, "; %s", what);
	judged->event = REG_REPEAT;
}

/* What they said about each network is in the acknowledgements; without any it is all of them. */
static void without_networks(struct registration *reg, const struct mip_reply *reply)
{
	struct association *a = reg->path->association;
	struct mipm_prefix prefix;

	for (size_t i = 0; i < reply->ext.n_network_acks; i++) {
		const struct mip_network_ack *ack = &reply->ext.network_acks[i];

		if (ack->code != MIP_NETWORK_SUCCESS &&
			prefix_make(&ack->addr, ack->len, &prefix) == 0)
			agent_refuse_networks(a, reg->agent, &prefix, 1);
	}
	if (reply->ext.n_network_acks == 0)
		agent_refuse_networks(a, reg->agent, reg->sent.networks, reg->sent.n_networks);
}

static bool forget_home_addr(struct association *a)
{
	if (!association_knows_home_addr(a) || addr_is_present(&association_conf(a)->home_addr))
		return false;
	a->home_addr = (struct mipm_addr) { 0 };
	a->mnd->sigs_changed = true;
	return true;
}

/* An agent that is only tried does not cost us the address that another one keeps for us. */
static bool ask_for_less(struct registration *reg, struct judged *judged)
{
	struct association *a = reg->path->association;

	if (!reg->is_bound && reg->agent == a->agent && forget_home_addr(a)) {
		at_once(judged, "asking for another home address");
		return true;
	}
	if (!reg->sent.force || reg->agent->udp != AGENT_UDP_AS_CONFIGURED)
		return false;
	reg->agent->udp = AGENT_UDP_UNFORCED;
	at_once(judged, "asking without a forced UDP tunnel");
	return true;
}

/* Each of these may be tried once for one request; what cannot change anything is a plain no. */
static bool repair(struct registration *reg, const struct mip_reply *reply, enum remedy remedy,
	struct judged *judged)
{
	struct association *a = reg->path->association;
	struct home_agent *agent = reg->agent;

	switch (remedy) {
	case REMEDY_NO_NETWORKS:
		if (reg->sent.n_networks == 0)
			return false;
		without_networks(reg, reply);
		at_once(judged, "asking without them");
		return true;
	case REMEDY_NO_ROUTER:
		if (reg->sent.n_networks == 0)
			return false;
		agent_refuse_networks(a, agent, reg->sent.networks, reg->sent.n_networks);
		at_once(judged, "asking as a single node");
		return true;
	case REMEDY_NO_MULTIPATH:
		if (!reg->sent.has_bid)
			return false;
		agent_no_multipath(a, agent);
		at_once(judged, "going on with one path at a time");
		return true;
	case REMEDY_REPLACE:
		if (!reg->sent.has_bid || reg->sent.overwrite)
			return false;
		agent_replace(a, agent, reg->path);
		at_once(judged, "registering all paths anew");
		return true;
	case REMEDY_ASK_FOR_LESS:
		return ask_for_less(reg, judged);
	case REMEDY_NEXT_SPI:
		if (a->spi_index + 1 >= association_conf(a)->n_spis)
			return false;
		association_next_spi(a);
		at_once(judged, "trying another key");
		return true;
	default:
		return false;
	}
}

void refusal_judge(struct registration *reg, const struct mip_reply *reply, struct judged *judged)
{
	const struct refusal *row = row_of(reply->code);
	struct association *a = reg->path->association;

	snprintf(judged->text, sizeof(judged->text), "the home agent refused: %s",
		mip_code_sentence(reply->code));
	judged->delay = row->delay_s * NSEC_PER_S;
	if (reg->sent.lifetime_s == 0) {
		judged->event = REG_REFUSED;
	} else if (!repair(reg, reply, row->remedy, judged)) {
		judged->next_agent = row->remedy == REMEDY_NEXT_AGENT && a->n_agents > 1;
		judged->event = row->remedy == REMEDY_LATER || row->remedy == REMEDY_NEXT_AGENT
					? REG_LATER
					: REG_REFUSED;
	}
	log_warnx(a->mnd->env->log, "registration over %s: %s (code %u)", reg->path->name,
		judged->text, reply->code);
}
