/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each extension of an accepting reply changes, one row each. A row may turn the acceptance
 * into a refusal: the agent's terms are not ours. RFC 3519 4.2 (44), RFC 5177 5.4 (148), RFC 3115
 * (38), mipv4.md section 24 (134).
 */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

#define KEEPALIVE_MIN_S MND_KEEPALIVE_MIN

#define DECLINED_FOR (60 * NSEC_PER_S)

struct ext {
	struct registration *reg;
	const struct mip_reply *reply;
	struct judged *judged;
};

static bool refuse(struct ext *e, const char *text)
{
	e->judged->event = REG_DECLINED;
	e->judged->delay = DECLINED_FOR;
	e->judged->next_agent = e->reg->path->association->n_agents > 1;
	snprintf(e->judged->text, sizeof(e->judged->text), "refused by us: %s", text);
	return false;
}

/* The NAI says whose reply it is; a reply without one is by home address (RFC 2794). */
static bool apply_nai(struct ext *e)
{
	const struct mipm_str *nai = &e->reply->ext.nai;
	const char *ours = association_conf(e->reg->path->association)->identity;

	if (nai->len == 0 || (nai->len == strlen(ours) && memcmp(nai->text, ours, nai->len) == 0))
		return true;
	refuse(e, "the home agent answers somebody else's identity");
	e->judged->event = REG_REFUSED; /* that binding is not ours to end */
	return false;
}

/* It sees no NAT, and without UDP there is no tunnel here: the next request says so, and replaces
 * what this one made. */
static bool declined(struct ext *e)
{
	struct home_agent *agent = e->reg->agent;

	if (e->reg->sent.force || agent->udp != AGENT_UDP_AS_CONFIGURED)
		return refuse(e, "this agent wants plain IP-in-IP");
	agent->udp = AGENT_UDP_FORCED;
	e->judged->event = REG_REPEAT;
	snprintf(e->judged->text, sizeof(e->judged->text),
		"the home agent sees no NAT; asking for a UDP tunnel all the same");
	return false;
}

static bool apply_udp_tunnel(struct ext *e)
{
	const struct mip_udp_tunnel_reply *udp = &e->reply->ext.udp_tunnel_reply;
	uint32_t ours = association_conf(e->reg->path->association)->keepalive_s;
	uint32_t keepalive_s = udp->keepalive ? udp->keepalive : ours;

	if (!udp->present)
		return refuse(e, "this home agent knows no UDP tunnels (RFC 3519)");
	if (udp->code >= MIP_UDP_TUNNEL_DECLINED)
		return declined(e);
	e->judged->grant.keepalive_s =
		keepalive_s < KEEPALIVE_MIN_S ? KEEPALIVE_MIN_S : keepalive_s;
	e->judged->grant.nat = !udp->force; /* else it would have declined */
	return true;
}

static bool is_asked(const struct registration *reg, const struct mipm_prefix *network)
{
	for (size_t i = 0; i < reg->sent.n_networks; i++)
		if (prefix_equal(&reg->sent.networks[i], network))
			return true;
	return false;
}

/* The refusal counts when a network was acknowledged twice. */
static bool is_granted(const struct mip_exts *ext, const struct mipm_prefix *network, uint8_t *code)
{
	bool acknowledged = false;
	struct mipm_prefix prefix;

	*code = MIP_NETWORK_SUCCESS;
	for (size_t i = 0; i < ext->n_network_acks; i++) {
		const struct mip_network_ack *ack = &ext->network_acks[i];

		if (prefix_make(&ack->addr, ack->len, &prefix) != 0 ||
			!prefix_equal(&prefix, network))
			continue;
		acknowledged = true;
		if (*code == MIP_NETWORK_SUCCESS)
			*code = ack->code;
	}
	return acknowledged && *code == MIP_NETWORK_SUCCESS;
}

static void tell_refused(struct ext *e, const struct mipm_prefix *network, uint8_t code)
{
	struct log *log = e->reg->path->association->mnd->env->log;
	bool knows = e->reply->ext.n_network_acks > 0;
	char buf[PREFIX_TEXT_MAX];

	prefix_print(network, buf);
	if (knows)
		snprintf(e->judged->text, sizeof(e->judged->text),
			"accepted, but without the network %s: %s", buf,
			code ? mip_network_code_name(code) : "not acknowledged");
	else
		snprintf(e->judged->text, sizeof(e->judged->text),
			"accepted, but this home agent knows no mobile networks (RFC 5177)");
	if (strcmp(e->judged->text, e->reg->text) != 0)
		log_warnx(log, "registration over %s: %s", e->reg->path->name, e->judged->text);
}

static void tell_unasked(const struct ext *e)
{
	const struct mip_exts *ext = &e->reply->ext;
	struct mnd *mnd = e->reg->path->association->mnd;
	struct mipm_prefix prefix;
	char buf[PREFIX_TEXT_MAX];
	uint32_t held;

	for (size_t i = 0; i < ext->n_network_acks; i++) {
		if (prefix_make(&ext->network_acks[i].addr, ext->network_acks[i].len, &prefix) ||
			is_asked(e->reg, &prefix))
			continue;
		if (log_limit_pass(&mnd->odd, mnd->now, 5, 60 * NSEC_PER_S, &held))
			log_warnx(mnd->env->log,
				"the home agent acknowledges %s, which we did not ask for: ignored",
				prefix_print(&prefix, buf));
	}
}

static bool apply_networks(struct ext *e)
{
	struct grant *grant = &e->judged->grant;
	uint8_t code;

	tell_unasked(e);
	for (size_t i = 0; i < e->reg->sent.n_networks; i++) {
		const struct mipm_prefix *network = &e->reg->sent.networks[i];

		if (is_granted(&e->reply->ext, network, &code))
			grant->networks[grant->n_networks++] = *network;
		else
			tell_refused(e, network, code);
	}
	return true;
}

/* RFC 3115: a critical vendor extension that we do not understand makes it a denial. */
static bool apply_critical_vendor(struct ext *e)
{
	if (mip_ext_find(&e->reply->ext, MIP_EXT_CVSE, 0))
		return refuse(e, "the home agent demands a vendor extension that we do not know");
	return true;
}

static bool apply_caps(struct ext *e)
{
	const struct mip_caps *caps = &e->reply->ext.caps;
	uint32_t ours = MIP_FEATURE_OBSERVED_ADDRESS;

	if (e->reg->sent.has_bid) /* else it is not used by this binding */
		ours |= MIP_FEATURE_MULTIPATH;
	if (caps->present && caps->role == MIP_CAPS_HOME_AGENT)
		e->judged->grant.caps = caps->features & ours;
	return true;
}

/* RFC 3519 4.9: a mapping that was lost asks for keepalives twice as often; a move for the
 * interval that was told. */
static void note_mapping(struct ext *e)
{
	const struct grant *before = &e->reg->grant;
	struct grant *now = &e->judged->grant;
	struct path *path = e->reg->path;
	uint32_t half = now->keepalive_s / 2;

	if (path->keepalive_s)
		half = path->keepalive_s / 2;
	if (e->reg->is_bound && before->nat && addr_is_present(&before->observed.addr) &&
		addr_equal(&before->careof_addr, &now->careof_addr) &&
		!endpoint_equal(&before->observed, &now->observed))
		path->keepalive_s = half > KEEPALIVE_MIN_S ? half : KEEPALIVE_MIN_S;
	if (path->keepalive_s && path->keepalive_s < now->keepalive_s)
		now->keepalive_s = path->keepalive_s;
}

static bool apply_observed_addr(struct ext *e)
{
	const struct mipm_endpoint *seen = &e->reply->ext.observed_addr;
	const struct mipm_endpoint ours = {
		e->reg->sent.careof_addr,
		association_conf(e->reg->path->association)->local_port,
	};

	if (!addr_is_present(&seen->addr) ||
		!(e->judged->grant.caps & MIP_FEATURE_OBSERVED_ADDRESS))
		return true;
	e->judged->grant.nat = !endpoint_equal(seen, &ours);
	e->judged->grant.observed = *seen;
	note_mapping(e);
	return true;
}

/* RFC 3543 3.2: agreed upon when both ends said it; ours is in every request. */
static bool apply_revocation(struct ext *e)
{
	e->judged->grant.revocable = e->reply->ext.revocation.present;
	e->judged->grant.revocation_stamp = e->reply->ext.revocation.timestamp;
	return true;
}

static bool apply_message(struct ext *e)
{
	const struct mipm_str *text = &e->reply->ext.message_string;

	if (text->len > 0) /* RFC 4917: for people, never for the protocol */
		log_info(e->reg->path->association->mnd->env->log, "the home agent says: %.*s",
			(int)text->len, text->text);
	return true;
}

/* In this order: the observed address counts only when CAPS was seen. */
static const struct {
	const char *name;
	bool (*apply)(struct ext *e);
} rows[] = {
	{ "NAI", apply_nai },
	{ "critical vendor", apply_critical_vendor },
	{ "UDP Tunnel Reply", apply_udp_tunnel },
	{ "Mobile Network Acknowledgement", apply_networks },
	{ "CAPS", apply_caps },
	{ "OBSERVED-ADDRESS", apply_observed_addr },
	{ "Revocation Support", apply_revocation },
	{ "Message String", apply_message },
};

void reply_ext_apply(struct registration *reg, const struct mip_reply *reply, struct judged *judged)
{
	struct ext e = { reg, reply, judged };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!rows[i].apply(&e))
			return;
}
