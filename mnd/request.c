/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds a Registration Request (RFC 5944 3.3, 3.6.1), signs it and hands it to tunneld. One
 * Mobile Network Request per network in every request (RFC 5177 5.2), a UDP Tunnel Request (RFC
 * 3519 4.1), BID and flow binding towards our own end (RFC 7629 4), and always CAPS, by which our
 * own ends find each other. Each request has a new Identification and so a new authenticator. It is
 * kept as it went out until its reply was judged (R4).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "libmip/revocation.h"
#include "mnd/state.h"

#define REQUEST_MAX 1400 /* no fragments: 32 networks and a long NAI take 700 */

#define ATT_802_3  3 /* RFC 5213 access technology; which one it is decides nothing here */
#define PATH_LABEL 1

/* A binding ends under the address that it was made for. */
static struct mipm_addr home(const struct registration *reg, enum request_kind kind)
{
	const struct association *a = reg->path->association;

	if (kind != REQUEST_REGISTER && addr_is_present(&reg->grant.home_addr))
		return reg->grant.home_addr;
	return association_knows_home_addr(a) ? a->home_addr : addr_from_v4(0);
}

static struct mipm_addr careof(const struct registration *reg, enum request_kind kind)
{
	struct mipm_addr home_addr = home(reg, kind);

	if (kind == REQUEST_LEAVE && !addr_is_unspecified(&home_addr))
		return home_addr; /* RFC 5944 3.6.1.2: with lifetime 0: all bindings */
	return kind == REQUEST_WITHDRAW ? reg->grant.careof_addr : reg->path->careof_addr;
}

static void add_networks(
	struct mip_request *request, const struct registration *reg, struct request_out *out)
{
	const struct association *a = reg->path->association;
	const struct mnd_conf *conf = association_conf(a);

	for (size_t i = 0; i < conf->n_networks; i++) {
		const struct mipm_prefix *network = &conf->networks[i];

		if (!agent_is_asked_for(reg->agent, network, a->mnd->now))
			continue;
		out->networks[out->n_networks++] = *network;
		request->ext.network_requests[request->ext.n_network_requests++] =
			(struct mip_network_request) { network->addr, network->len };
	}
}

static void add_bid(struct mip_request *request, const struct registration *reg, uint8_t flags)
{
	request->ext.multipath = (struct mip_multipath) {
		.present = true,
		.att = ATT_802_3,
		.label = PATH_LABEL,
		.bid = reg->path->number,
		.flags = flags,
	};
}

static void add_order(
	struct mip_request *request, const struct registration *reg, struct request_out *out)
{
	struct mip_flow *flow = &request->ext.flows[0];

	out->n_order = flow_order(
		reg->path->association, out->order, out->overwrite ? reg->path->number : 0);
	flow->action = MIP_FLOW_FORWARD;
	flow->n_bids = (uint8_t)out->n_order;
	memcpy(flow->bids, out->order, sizeof(flow->bids));
	flow->selector_format = 1;
	flow->catch_all = true;
	request->ext.n_flows = out->n_order > 0;
}

static void add_paths(struct mip_request *request, const struct registration *reg,
	enum request_kind kind, struct request_out *out)
{
	if (kind == REQUEST_WITHDRAW && reg->grant.has_bid)
		add_bid(request, reg, 0);
	if (kind != REQUEST_REGISTER || reg->agent->phase == AGENT_CONTACT ||
		reg->agent->phase == AGENT_SINGLE)
		return;
	out->has_bid = true;
	out->overwrite = reg->agent->phase == AGENT_REPLACE;
	add_bid(request, reg, out->overwrite ? MIP_MULTIPATH_OVERWRITE : 0);
	add_order(request, reg, out);
}

static struct mip_caps caps(const struct association *a)
{
	bool multipath = association_conf(a)->multipath != MND_MULTIPATH_NO;

	return (struct mip_caps) {
		.present = true,
		.version = MIP_CAPS_VERSION,
		.role = MIP_CAPS_ROUTER,
		.features = MIP_FEATURE_OBSERVED_ADDRESS | (multipath ? MIP_FEATURE_MULTIPATH : 0),
		.boot_id = a->mnd->boot_id,
	};
}

/*
 * Agents may share what they know of us, and the newest word wins: so Identifications rise over all
 * of them, as far as their clocks agree.
 */
static uint64_t next_ident(struct association *a, struct replay_sender *sender)
{
	uint64_t there = replay_timestamp(mnd_wall(a->mnd) + (uint64_t)sender->offset);
	bool agrees = a->newest_ident && sender->style == REPLAY_TIMESTAMPS &&
		      replay_difference_ns(a->newest_ident, there) < (int64_t)NSEC_PER_S;

	if (agrees && (!sender->started || replay_is_later(a->newest_ident, sender->last))) {
		sender->last = a->newest_ident;
		sender->started = true;
	}
	a->newest_ident = replay_make(sender, mnd_wall(a->mnd), mnd_random(a->mnd));
	return a->newest_ident;
}

static void fill(struct mip_request *request, const struct registration *reg,
	enum request_kind kind, struct request_out *out)
{
	struct association *a = reg->path->association;
	const struct mnd_conf *conf = association_conf(a);

	request->flags = MIP_FLAG_D | MIP_FLAG_T;
	request->lifetime = kind == REQUEST_REGISTER ? (uint16_t)conf->lifetime_s : 0;
	request->home_addr = home(reg, kind);
	request->home_agent = reg->agent->addr;
	request->careof_addr = careof(reg, kind);
	request->ident = next_ident(a, &reg->agent->sender);
	request->ext.nai = (struct mipm_str) { conf->identity, (uint16_t)strlen(conf->identity) };
	request->ext.udp_tunnel_request.present = true;
	request->ext.udp_tunnel_request.force = out->force = agent_forces_udp(a, reg->agent);
	request->ext.caps = caps(a);
	request->ext.revocation.present = true;
	request->ext.revocation.timestamp = mip_revocation_clock(mnd_wall(a->mnd));
	if (kind == REQUEST_REGISTER)
		add_networks(request, reg, out);
	add_paths(request, reg, kind, out);
	out->ident = request->ident;
	out->at = a->mnd->now;
	out->lifetime_s = request->lifetime;
	out->home_addr = request->home_addr;
	out->careof_addr = request->careof_addr;
}

static void emit(const struct registration *reg, const struct path *via)
{
	const struct mnd *mnd = via->association->mnd;
	struct mipm_sig sig = {
		.kind = MIPM_SIG_UDP434,
		.domain = mnd->conf->domain,
		.local = { via->careof_addr, mnd->conf->local_port },
		.remote = { reg->agent->addr, mnd->conf->port },
		.link = via->link,
		.payload = { reg->sent.octets, (uint32_t)reg->sent.len },
	};

	mnd->env->emit(mnd->env->ctx, NULL, MIPM_SIG_OUT, &sig);
}

int request_send(struct registration *reg, enum request_kind kind, struct path *via)
{
	struct association *a = reg->path->association;
	struct mip_sa *sa = association_sa(a);
	struct mip_request request = { 0 };
	struct request_out out = { .is_open = true, .link = via->link };
	uint8_t buf[REQUEST_MAX];
	int error;

	if (!sa)
		return -ENOENT;
	fill(&request, reg, kind, &out);
	error = mip_request_build(&request, a->mnd->mac, sa, buf, sizeof(buf), &out.len);
	if (error) {
		log_warn(a->mnd->env->log, error, "registration over %s", via->name);
		return error;
	}
	out.octets = malloc(out.len);
	if (!out.octets)
		return -ENOMEM;
	memcpy(out.octets, buf, out.len);
	request_forget(reg);
	reg->sent = out;
	emit(reg, via);
	return 0;
}

void request_forget(struct registration *reg)
{
	free(reg->sent.octets);
	reg->sent = (struct request_out) { 0 };
}
