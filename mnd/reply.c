/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges a Registration Reply (RFC 5944 3.6.2.1 and protocol/mipv4.md 4.5), in this order: is it
 * well formed, does it answer the latest request of a path, is it authentic, does it say what a
 * home agent may say. What fails is dropped and counted and changes nothing. Only then comes what
 * it means: an acceptance (reply_ext.c), or a refusal (refusal.c).
 *
 * Replies that a foreign agent would set (64-127, 194) carry no authenticator of ours: they are
 * shown, and never take anything down.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "libmip/code.h"
#include "mnd/state.h"

#define LOG_BURST    5
#define LOG_INTERVAL (60 * NSEC_PER_S)

/* A clock needs one, requests that overtook each other three, a restarted agent four. */
#define MISMATCHES_AT_ONCE 5

struct arrival {
	const struct mipm_sig *sig;
	struct mip_reply reply;
};

/* The registration whose latest request this answers: low half, home address. */
static struct registration *match(struct mnd *mnd, const struct mip_reply *reply)
{
	struct registration *reg;
	struct association *a;
	struct path *path;

	list_for_each (a, &mnd->associations, link_)
		list_for_each (path, &a->paths, link_)
			list_for_each (reg, &path->registrations, by_path)
				if (reg->sent.is_open &&
					replay_low_matches(reg->sent.ident, reply->ident) &&
					(addr_is_unspecified(&reg->sent.home_addr) ||
						addr_equal(
							&reg->sent.home_addr, &reply->home_addr)))
					return reg;
	return NULL;
}

static void drop(struct mnd *mnd, const struct registration *reg, const struct mip_reply *reply,
	const char *why)
{
	char addr[ADDR_TEXT_MAX];
	uint32_t held;

	mnd->counters.counts[COUNT_LIE]++;
	if (log_limit_pass(&mnd->odd, mnd->now, LOG_BURST, LOG_INTERVAL, &held))
		log_warnx(mnd->env->log,
			"reply of home agent %s over %s, code %u: %s: dropped (%u more like it)",
			addr_print(&reg->agent->addr, addr), reg->path->name, reply->code, why,
			held);
}

static struct mip_sa *authentic_by(const struct registration *reg, const struct arrival *in)
{
	struct association *a = reg->path->association;
	const struct mip_auth *auth = &in->reply.ext.mn_ha;
	struct mip_sa *sa;

	if (in->reply.ext.n_mn_ha != 1 || !auth->present)
		return NULL;
	sa = association_sa_by(a, auth->spi);
	if (!sa || mac_verify(a->mnd->mac, sa, in->sig->payload, auth) != 0)
		return NULL;
	return sa;
}

/* Nothing changes; but an operator who looks should see what comes back. */
static void not_authentic(struct registration *reg, const struct mip_reply *reply)
{
	struct mnd *mnd = reg->path->association->mnd;
	char addr[ADDR_TEXT_MAX];
	uint32_t held;

	mnd->counters.counts[COUNT_NOT_AUTHENTIC]++;
	if (!log_limit_pass(&mnd->forged, mnd->now, LOG_BURST, LOG_INTERVAL, &held))
		return;
	log_warnx(mnd->env->log,
		"reply of home agent %s over %s, code %u, is not authentic: key or SPI differ? "
		"(%u more like it)",
		addr_print(&reg->agent->addr, addr), reg->path->name, reply->code, held);
	registration_say(reg, "an answer (%s) came that our key does not confirm",
		mip_code_sentence(reply->code));
	say_reg_state(reg, NULL);
}

static void from_foreign_agent(struct registration *reg, const struct mip_reply *reply)
{
	struct mnd *mnd = reg->path->association->mnd;
	uint32_t held;

	mnd->counters.counts[COUNT_FOREIGN_AGENT]++;
	if (!log_limit_pass(&mnd->forged, mnd->now, LOG_BURST, LOG_INTERVAL, &held))
		return;
	reg->code = reply->code;
	registration_say(reg, "somebody on the way refused, without proof: %s",
		mip_code_sentence(reply->code));
	say_reg_state(reg, NULL);
}

static void tell_skew(struct judged *judged, int64_t skew_ns)
{
	uint64_t n = (uint64_t)(skew_ns < 0 ? -skew_ns : skew_ns) / NSEC_PER_S;
	const char *unit = "s";

	if (n >= 7200) {
		n /= 3600;
		unit = "h";
	} else if (n >= 120) {
		n /= 60;
		unit = "min";
	}
	snprintf(judged->text, sizeof(judged->text),
		"the home agent refused: its clock and ours differ by %" PRIu64
		" %s; corrected, trying again",
		n, unit);
}

/*
 * RFC 5944 5.7.1: a mismatch says what time it is there; learnt once per reply, and the request is
 * repeated at once. An agent that does not come to an agreement is asked less and less often.
 */
static void judge_mismatch(struct registration *reg, const struct mip_reply *reply,
	struct mip_sa *sa, struct judged *judged)
{
	struct replay_sender *sender = &reg->agent->sender;
	struct association *a = reg->path->association;
	int64_t before = sender->offset;
	enum replay_resync result =
		replay_resync(sender, reply->ident, mnd_wall(a->mnd), sa->tolerance);

	reg->mismatches++;
	judged->event = REG_REPEAT;
	if (reg->mismatches > MISMATCHES_AT_ONCE) {
		judged->event = REG_LATER;
		judged->delay = schedule_mismatch_delay(reg->mismatches - MISMATCHES_AT_ONCE);
		judged->next_agent = a->n_agents > 1;
		snprintf(judged->text, sizeof(judged->text),
			"the home agent refused %u requests in a row for their time; trying again "
			"more slowly",
			reg->mismatches);
	} else if (result == REPLAY_RESYNC_AGREES) {
		snprintf(judged->text, sizeof(judged->text),
			"the home agent refused: requests overtook each other; trying again");
		return;
	} else {
		tell_skew(judged, sender->offset - before);
	}
	log_warnx(a->mnd->env->log, "registration over %s: %s", reg->path->name, judged->text);
}

/* What an authentic agent may not say (THREATS T26); NULL: nothing wrong. */
static const char *lie(
	const struct registration *reg, const struct mip_reply *reply, const struct mip_sa *sa)
{
	if (reply->code > MIP_CODE_ACCEPTED_NO_SIMULTANEOUS)
		return "no acceptance that a home agent gives";
	if (!addr_equal(&reply->home_agent, &reg->agent->addr))
		return "names another home agent";
	if (sa->replay == REPLAY_TIMESTAMPS && reply->ident != reg->sent.ident)
		return "changed the Identification";
	if (reg->sent.lifetime_s > 0 && reply->lifetime == 0)
		return "accepts for no time at all";
	if (reg->sent.lifetime_s > 0 && !addr_is_unicast(&reply->home_addr))
		return "gives a home address that is none";
	if (addr_equal(&reply->home_addr, &reg->agent->addr) ||
		addr_equal(&reply->home_addr, &reg->path->careof_addr))
		return "gives a home address that is taken";
	return NULL;
}

static bool judge_acceptance(struct registration *reg, const struct mip_reply *reply,
	const struct mip_sa *sa, struct judged *judged)
{
	struct mnd *mnd = reg->path->association->mnd;
	struct grant *grant = &judged->grant;
	const char *wrong = lie(reg, reply, sa);

	if (wrong) {
		drop(mnd, reg, reply, wrong);
		return false;
	}
	grant->home_addr = reply->home_addr;
	grant->careof_addr = reg->sent.careof_addr;
	grant->link = reg->sent.link;
	grant->lifetime_s =
		reply->lifetime < reg->sent.lifetime_s ? reply->lifetime : reg->sent.lifetime_s;
	grant->expires_at = reg->sent.at + grant->lifetime_s * NSEC_PER_S;
	grant->stamp = reg->sent.ident;
	grant->has_bid = reg->sent.has_bid;
	judged->event = REG_ACCEPTED;
	judged->overwrote = reg->sent.overwrite;
	if (reg->sent.lifetime_s > 0 && grant->expires_at <= mnd->now) {
		drop(mnd, reg, reply, "came after its lifetime");
		return false;
	}
	if (reg->sent.lifetime_s > 0)
		reply_ext_apply(reg, reply, judged);
	return true;
}

static bool learn_home_addr(struct association *a, const struct mipm_addr *home_addr)
{
	char buf[ADDR_TEXT_MAX], old[ADDR_TEXT_MAX];

	if (addr_equal(&a->home_addr, home_addr))
		return false;
	if (association_knows_home_addr(a))
		log_warnx(a->mnd->env->log,
			"home address %s instead of %s: what was connected by that one is cut off",
			addr_print(home_addr, buf), addr_print(&a->home_addr, old));
	else
		log_info(a->mnd->env->log, "home address %s given", addr_print(home_addr, buf));
	a->home_addr = *home_addr;
	a->mnd->sigs_changed = true;
	return true;
}

static void carry_out(
	struct registration *reg, const struct mip_reply *reply, struct judged *judged)
{
	struct association *a = reg->path->association;
	bool accepted = judged->event == REG_ACCEPTED;
	bool asked = reg->sent.lifetime_s > 0;
	bool registered = accepted && asked;
	bool learnt, is_trial = asked && reg->agent != a->agent;

	reg->path->rtt = a->mnd->now - reg->sent.at;
	reg->agent->unanswered = 0;
	reg->agent->is_silent = false;
	if (judged->delay && asked)
		reg->agent->not_before = a->mnd->now + judged->delay;
	if (registered && is_trial)
		preference_take(reg);
	learnt = registered && learn_home_addr(a, &judged->grant.home_addr);
	registration_event(reg, judged->event, judged);
	if (is_trial && !accepted && judged->event != REG_REPEAT)
		preference_refused(reg);
	if (registered)
		agent_accepted(reg, &reply->ext.caps, judged->overwrote);
	else if (accepted && a->mnd->is_stopping)
		leave_end(a->mnd); /* that was for all bindings */
	if (registered && is_trial)
		careof_apply(a);
	if (learnt)
		careof_check(a);
	if (judged->next_agent && reg->agent == a->agent)
		association_next_agent(a, judged->text);
}

/* An authentic answer: what does it mean? False: it is wrong in itself, nothing happens. */
static bool judge(struct registration *reg, const struct mip_reply *reply, struct mip_sa *sa,
	struct judged *judged)
{
	struct association *a = reg->path->association;

	judged->code = reply->code;
	if (reply->code == MIP_CODE_IDENT_MISMATCH) {
		judge_mismatch(reg, reply, sa, judged);
		return true;
	}
	reg->mismatches = 0;
	replay_learn(&reg->agent->sender, reply->ident);
	if (mip_code_is_accepted(reply->code))
		return judge_acceptance(reg, reply, sa, judged);
	if (mip_code_origin(reply->code) != MIP_CODE_ORIGIN_HA) {
		drop(a->mnd, reg, reply, "not a home agent's code");
		return false;
	}
	refusal_judge(reg, reply, judged);
	return true;
}

static bool is_unproved(uint8_t code)
{
	enum mip_code_origin origin = mip_code_origin(code);

	return origin == MIP_CODE_ORIGIN_FA || origin == MIP_CODE_ORIGIN_GFA;
}

void reply_input(struct mnd *mnd, const struct mipm_sig *sig)
{
	struct arrival in = { .sig = sig };
	struct judged judged = { 0 };
	struct registration *reg;
	struct mip_sa *sa;
	int verdict = mip_reply_parse(sig->payload, &in.reply);

	/* An unknown extension below 128 discards the message in silence (RFC 5944 1.8). */
	if (verdict != MIP_VERDICT_OK) {
		mnd->counters.counts[verdict == MIP_VERDICT_UNKNOWN_EXT ? COUNT_UNKNOWN_EXTENSION
									: COUNT_MALFORMED]++;
		return;
	}
	reg = match(mnd, &in.reply);
	if (!reg) {
		mnd->counters.counts[COUNT_NOT_ASKED]++;
		return;
	}
	sa = authentic_by(reg, &in);
	if (!sa && is_unproved(in.reply.code))
		from_foreign_agent(reg, &in.reply);
	else if (!sa)
		not_authentic(reg, &in.reply);
	else if (judge(reg, &in.reply, sa, &judged))
		carry_out(reg, &in.reply, &judged);
}
