/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent revokes a registration (RFC 3543; mipv4.md section 10). It ends at once, the agent
 * gets its acknowledgment, and we register again after a pause: whoever was forgotten is back soon,
 * whoever is unwanted asks ever less often.
 *
 * Believed only if both ends said in the last accepted exchange that they know revocation, it is
 * about a registration of ours, comes from the agent's side (A), is newer than that exchange and
 * authentic. What fails is dropped in silence and counted.
 */
#include "libmip/revocation.h"

#include <stdio.h>

#include "base/addr.h"
#include "mnd/state.h"

#define PAUSE_MIN (2 * NSEC_PER_S)
#define PAUSE_MAX (600 * NSEC_PER_S)
#define CALM	  (2 * PAUSE_MAX) /* without a revocation: the next pause is short again */
#define ACK_EVERY NSEC_PER_S

/* The registration that it is about: by both addresses, and by the address that it came to. */
static struct registration *find(
	struct mnd *mnd, const struct mip_revocation *revocation, const struct mipm_sig *sig)
{
	struct registration *reg;

	for (reg = mnd_registration_after(mnd, 0); reg;
		reg = mnd_registration_after(mnd, reg->serial)) {
		const struct grant *grant = &reg->grant;

		if (grant->revocable && addr_equal(&reg->agent->addr, &revocation->home_agent) &&
			addr_equal(&grant->home_addr, &revocation->home_addr) &&
			addr_equal(&grant->careof_addr, &sig->local.addr) &&
			(grant->nat || addr_equal(&grant->careof_addr, &revocation->careof_addr)))
			return reg;
	}
	return NULL;
}

static struct mip_sa *authentic_by(struct mnd *mnd, const struct registration *reg,
	const struct mip_exts *ext, const struct mipm_sig *sig)
{
	struct mip_sa *sa;

	if (ext->n_mn_ha != 1)
		return NULL;
	sa = association_sa_by(reg->path->association, ext->mn_ha.spi);
	return sa && mac_verify(mnd->mac, sa, sig->payload, &ext->mn_ha) == 0 ? sa : NULL;
}

/* Turned round: from the address and port that it came to. */
static void acknowledge(struct mnd *mnd, struct registration *reg, struct mip_sa *sa,
	const struct mip_revocation *revocation, const struct mipm_sig *in)
{
	const struct mip_revocation_ack ack = {
		.home_addr = revocation->home_addr,
		.ident = revocation->ident,
	};
	struct mipm_sig sig = *in;
	uint8_t octets[128];
	size_t len;

	if (reg->acknowledged_at && mnd->now - reg->acknowledged_at < ACK_EVERY)
		return;
	if (mip_revocation_ack_build(&ack, mnd->mac, sa, octets, sizeof(octets), &len) != 0)
		return;
	sig.payload = (struct mipm_span) { octets, (uint32_t)len };
	sig.ttl = 0;
	sig.received_at = 0;
	reg->acknowledged_at = mnd->now;
	mnd->env->emit(mnd->env->ctx, NULL, MIPM_SIG_OUT, &sig);
}

/* One pause for all registrations that one decision of the agent ends. */
static uint64_t pause_of(struct mnd *mnd, struct home_agent *agent)
{
	if (!agent->revoked_at || mnd->now - agent->revoked_at > CALM)
		agent->revoked_pause = PAUSE_MIN;
	else if (mnd->now - agent->revoked_at > agent->revoked_pause)
		agent->revoked_pause =
			agent->revoked_pause * 2 < PAUSE_MAX ? agent->revoked_pause * 2 : PAUSE_MAX;
	agent->revoked_at = mnd->now;
	return agent->revoked_pause;
}

static void end(struct mnd *mnd, struct registration *reg)
{
	struct association *a = reg->path->association;
	struct judged judged = { .delay = pause_of(mnd, reg->agent) };

	if (!reg->is_bound)
		return; /* it was heard before, and only the acknowledgment was lost */
	mnd->counters.counts[COUNT_REVOKED]++;
	snprintf(judged.text, sizeof(judged.text),
		"the home agent revoked the registration; asking again in %u s",
		(unsigned)(judged.delay / NSEC_PER_S));
	log_warnx(mnd->env->log, "registration over %s: %s", reg->path->name, judged.text);
	registration_event(reg, REG_REVOKED, &judged);
	reg->agent->not_before = mnd->now + judged.delay;
	if (reg->agent == a->agent && a->n_agents > 1)
		association_next_agent(a, "revoked the registration");
}

void revocation_input(struct mnd *mnd, const struct mipm_sig *sig)
{
	struct mip_revocation revocation;
	struct registration *reg;
	struct mip_sa *sa;
	int verdict = mip_revocation_parse(sig->payload, &revocation);

	if (verdict != MIP_VERDICT_OK) {
		mnd->counters.counts[verdict == MIP_VERDICT_UNKNOWN_EXT ? COUNT_UNKNOWN_EXTENSION
									: COUNT_MALFORMED]++;
		return;
	}
	reg = find(mnd, &revocation, sig);
	if (!reg) {
		mnd->counters.counts[COUNT_NOT_REVOCABLE]++;
		return;
	}
	sa = authentic_by(mnd, reg, &revocation.ext, sig);
	if (!sa)
		mnd->counters.counts[COUNT_NOT_AUTHENTIC]++;
	else if (!revocation.from_home_agent)
		mnd->counters.counts[COUNT_REFLECTED]++;
	else if (!mip_revocation_is_newer(revocation.ident, reg->grant.revocation_stamp))
		mnd->counters.counts[COUNT_OLD_REVOCATION]++;
	else {
		acknowledge(mnd, reg, sa, &revocation, sig);
		end(mnd, reg);
	}
}
