/* SPDX-License-Identifier: BSD-2-Clause */
/* See revocation.h: the clock, what is said and repeated, and its acknowledgments. */
#include <stdlib.h>
#include <string.h>

#include "had/revocation.h"
#include "libmip/revocation.h"

#define FIRST_PAUSE  NSEC_PER_S
#define LIFETIME_MAX ((MIP_LIFETIME_INFINITE - 1) * NSEC_PER_S)

static bool home_addr_matches(const struct table_link *link, const void *key)
{
	return addr_equal(&container_of(link, struct revocation, by_home_addr)->home_addr, key);
}

struct revocation *revocation_find(const struct had *had, const struct mipm_addr *home_addr)
{
	return container_of(table_find(&had->revocations, addr_hash(home_addr, had->hash_seed),
				    home_addr_matches, home_addr),
		struct revocation, by_home_addr);
}

void revocation_drop(struct had *had, struct revocation *revocation)
{
	if (!revocation)
		return;
	table_remove(&had->revocations, &revocation->by_home_addr);
	timerq_cancel(&had->timers, &revocation->deadline);
	sa_free(revocation->sa);
	free(revocation);
}

void revocation_forget_all(struct had *had)
{
	struct table_link *link;

	while ((link = table_first(&had->revocations)) != NULL)
		revocation_drop(had, container_of(link, struct revocation, by_home_addr));
}

/* the clock */

static uint32_t newest(uint32_t a, uint32_t b)
{
	return mip_revocation_is_newer(a, b) ? a : b;
}

void revocation_stamp(struct had *had, uint64_t now, struct revocation *revocation)
{
	uint32_t clock = mip_revocation_clock(had_wall(had, now));
	bool is_first = revocation->ident == 0;
	uint32_t after = is_first ? had->newest_support : revocation->ident;

	revocation->ident = newest(clock, after + 1);
	if (is_first)
		revocation->first_ident = revocation->ident;
	had->newest_revocation = newest(revocation->ident, had->newest_revocation);
}

struct mip_revocation_support revocation_support(struct had *had, uint64_t now)
{
	uint32_t clock = mip_revocation_clock(had_wall(had, now));

	had->newest_support = newest(newest(clock, had->newest_revocation), had->newest_support);
	return (struct mip_revocation_support) {
		.present = true,
		.timestamp = newest(clock, had->newest_revocation),
	};
}

/* saying it */

struct revocation *revocation_new(struct had *had, const struct mipm_addr *home_addr,
	const struct mipm_addr *home_agent, const struct mip_sa *sa, unsigned n_targets)
{
	struct revocation *revocation =
		calloc(1, sizeof(*revocation) + n_targets * sizeof(revocation->targets[0]));

	if (!revocation)
		return NULL;
	if (sa_new(sa->spi, sa->algorithm, sa->key, sa->key_len, &revocation->sa) < 0) {
		free(revocation);
		return NULL;
	}
	revocation->home_addr = *home_addr;
	revocation->home_agent = *home_agent;
	revocation->pause = FIRST_PAUSE;
	revocation->deadline.kind = HAD_DEADLINE_REVOCATION;
	revocation_drop(had, revocation_find(had, home_addr));
	table_add(
		&had->revocations, &revocation->by_home_addr, addr_hash(home_addr, had->hash_seed));
	return revocation;
}

bool revocation_send(struct had *had, const struct revocation *revocation,
	const struct revocation_target *target, uint32_t max_len)
{
	const struct mip_revocation message = {
		.from_home_agent = true,
		.home_addr = revocation->home_addr,
		.home_agent = revocation->home_agent,
		.careof_addr = target->careof_addr,
		.ident = revocation->ident,
	};
	uint8_t octets[128];
	struct mipm_sig sig = {
		.kind = MIPM_SIG_UDP434,
		.local = target->local,
		.remote = target->remote,
		.link = target->link,
		.payload.data = octets,
	};
	size_t len;

	if (mip_revocation_build(&message, had->mac, revocation->sa, octets, sizeof(octets), &len) <
			0 ||
		len > max_len) {
		had->counters.counts[COUNT_NO_REPLY_BUILT]++;
		return false;
	}
	sig.payload.len = (uint32_t)len;
	had->counters.counts[COUNT_REVOCATIONS_SENT]++;
	had->env->emit(had->env->ctx, NULL, MIPM_SIG_OUT, &sig);
	return true;
}

static void send_all(struct had *had, uint64_t now, struct revocation *revocation)
{
	for (unsigned i = 0; i < revocation->n_targets; i++)
		revocation_send(had, revocation, &revocation->targets[i], UINT32_MAX);
	timerq_set(&had->timers, &revocation->deadline, now + revocation->pause);
	revocation->pause *= 2;
}

static void remove_target(struct revocation *revocation, unsigned i)
{
	revocation->targets[i] = revocation->targets[--revocation->n_targets];
}

void revocation_settle(
	struct had *had, const struct mipm_addr *home_addr, const struct mipm_endpoint *remote)
{
	struct revocation *revocation =
		had->revocations.n_links > 0 ? revocation_find(had, home_addr) : NULL;

	if (!revocation)
		return;
	for (unsigned i = revocation->n_targets; i-- > 0;)
		if (endpoint_equal(&revocation->targets[i].remote, remote))
			remove_target(revocation, i);
	if (revocation->n_targets == 0)
		revocation_drop(had, revocation);
}

void revocation_timeout(struct had *had, uint64_t now, struct revocation *revocation)
{
	for (unsigned i = revocation->n_targets; i-- > 0;)
		if (revocation->is_hint || revocation->targets[i].until <= now)
			remove_target(revocation, i);
	if (revocation->n_targets == 0) {
		revocation_drop(had, revocation);
		return;
	}
	revocation_stamp(had, now, revocation);
	send_all(had, now, revocation);
}

/* ending a binding */

static void add_targets(struct revocation *revocation, uint64_t now, const struct content *content)
{
	for (unsigned i = 0; i < content->n_paths; i++) {
		const struct path *path = &content->paths[i];

		revocation->targets[revocation->n_targets++] = (struct revocation_target) {
			.careof_addr = path->careof_addr,
			.remote = path->remote,
			.local = path->local,
			.link = path->link,
			.until = path->expires_at == CORE_NEVER ? now + LIFETIME_MAX
								: path->expires_at,
		};
	}
}

static struct revocation *revocation_of(
	struct had *had, uint64_t now, const struct binding *binding)
{
	const struct content *content = binding->content;
	const struct had_spi *row = had_conf_spi(had->conf, content->spi);
	struct revocation *revocation;

	if (!content->knows_revocation || !row)
		return NULL;
	revocation = revocation_new(
		had, &binding->home_addr, &content->home_agent, row->sa, content->n_paths);
	if (!revocation)
		return NULL;
	add_targets(revocation, now, content);
	return revocation;
}

unsigned revocation_begin(struct had *had, uint64_t now, struct binding *binding)
{
	struct revocation *revocation;
	char home[ADDR_TEXT_MAX];
	unsigned n_told;

	if (!binding->content)
		return 0;
	revocation = revocation_of(had, now, binding);
	n_told = revocation ? revocation->n_targets : 0;
	log_info(had->env->log, "binding revoked: %s home %s: %u paths ended, %u told",
		binding->router->name, addr_print(&binding->home_addr, home),
		binding->content->n_paths, n_told);
	had->counters.counts[COUNT_REVOKED]++;
	binding_set(had, now, binding, NULL);
	if (!revocation)
		return 0;
	revocation_stamp(had, now, revocation);
	send_all(had, now, revocation);
	return n_told;
}

/* acknowledgments */

static void refuse(struct had *had, uint64_t now, const struct mipm_sig *sig, enum counter reason)
{
	char remote[ENDPOINT_TEXT_MAX];
	uint32_t n_held;

	had->counters.counts[reason]++;
	if (log_limit_pass(&had->counters.limits[reason], now, had->conf->limits.log_per_min,
		    60 * NSEC_PER_S, &n_held))
		log_info(had->env->log,
			"revocation acknowledgment dropped: from %s: %s "
			"(%u more unsaid)",
			endpoint_print(&sig->remote, remote), counter_name(reason), n_held);
}

/* The target that this acknowledges; -1: none, or not now. */
static int target_of(const struct revocation *revocation, const struct mip_revocation_ack *ack,
	const struct mipm_sig *sig)
{
	if (mip_revocation_is_newer(revocation->first_ident, ack->ident) ||
		mip_revocation_is_newer(ack->ident, revocation->ident))
		return -1;
	for (unsigned i = 0; i < revocation->n_targets; i++)
		if (endpoint_equal(&revocation->targets[i].remote, &sig->remote) &&
			endpoint_equal(&revocation->targets[i].local, &sig->local))
			return (int)i;
	return -1;
}

void revocation_ack_input(struct had *had, uint64_t now, const struct mipm_sig *sig)
{
	struct mip_revocation_ack ack;
	int verdict = mip_revocation_ack_parse(sig->payload, &ack), i;
	struct revocation *revocation;
	char home[ADDR_TEXT_MAX], remote[ENDPOINT_TEXT_MAX];

	if (verdict != MIP_VERDICT_OK) {
		refuse(had, now, sig,
			verdict == MIP_VERDICT_UNKNOWN_EXT ? COUNT_UNKNOWN_EXTENSION
							   : COUNT_MALFORMED);
		return;
	}
	revocation = revocation_find(had, &ack.home_addr);
	i = revocation ? target_of(revocation, &ack, sig) : -1;
	if (i < 0) {
		refuse(had, now, sig, COUNT_NOT_REVOKED);
		return;
	}
	if (mac_verify(had->mac, revocation->sa, sig->payload, &ack.ext.mn_ha) != 0) {
		refuse(had, now, sig, COUNT_AUTHENTICATION_FAILED);
		return;
	}
	had->counters.counts[COUNT_REVOCATIONS_ACKNOWLEDGED]++;
	log_info(had->env->log, "revocation acknowledged: home %s from %s",
		addr_print(&ack.home_addr, home), endpoint_print(&sig->remote, remote));
	remove_target(revocation, (unsigned)i);
	if (revocation->n_targets == 0 && !revocation->is_hint)
		revocation_drop(had, revocation);
}
