/* SPDX-License-Identifier: BSD-2-Clause */
/* See resolver.h. RFC 1035 7.2 for how often, RFC 5452 for what an answer must match. */
#include "mnd/resolver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

#define PAUSE_MIN     (2 * NSEC_PER_S)
#define PAUSE_MAX     (60 * NSEC_PER_S)
#define KEEP_MIN      (60 * NSEC_PER_S) /* whatever the TTL */
#define KEEP_MAX      (86400 * NSEC_PER_S)
#define HURRY_EVERY   (10 * NSEC_PER_S)
#define TRIES_PATIENT 3 /* of questions before silence is told */

/* ---- making ---- */

static struct resolver *find(const struct association *a, const char *name)
{
	for (size_t i = 0; i < a->n_resolvers; i++)
		if (strcmp(a->resolvers[i]->name, name) == 0)
			return a->resolvers[i];
	return NULL;
}

static struct resolver *resolver_new(struct association *a, const char *name)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->association = a;
	r->deadline.kind = DEADLINE_RESOLVER;
	snprintf(r->name, sizeof(r->name), "%s", name);
	return r;
}

static void resolver_free(struct resolver *r)
{
	timerq_cancel(&r->association->mnd->timers, &r->deadline);
	free(r);
}

void resolver_free_all(struct association *a)
{
	while (a->n_resolvers > 0)
		resolver_free(a->resolvers[--a->n_resolvers]);
}

int resolver_take(struct association *a)
{
	const struct mnd_conf *conf = association_conf(a);
	struct resolver *taken[MND_HOME_AGENTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < conf->n_home_agents; i++) {
		const char *name = conf->home_agent_names[i];

		if (!*name)
			continue;
		taken[n] = find(a, name);
		if (!taken[n])
			taken[n] = resolver_new(a, name);
		if (!taken[n])
			return -ENOMEM;
		n++;
	}
	for (size_t i = 0; i < a->n_resolvers; i++) {
		size_t j = 0;

		while (j < n && taken[j] != a->resolvers[i])
			j++;
		if (j == n)
			resolver_free(a->resolvers[i]);
	}
	memcpy(a->resolvers, taken, n * sizeof(*taken));
	a->n_resolvers = n;
	return 0;
}

/* ---- what is known ---- */

static bool is_ours(const struct association *a, const struct mipm_addr *addr)
{
	const struct mnd_conf *conf = association_conf(a);

	for (size_t i = 0; i < conf->n_networks; i++)
		if (prefix_contains(&conf->networks[i], addr))
			return true;
	return addr_equal(addr, &a->home_addr);
}

static void add(const struct association *a, struct mipm_addr out[MND_HOME_AGENTS_MAX], size_t *n,
	const struct mipm_addr *addr)
{
	if (*n == MND_HOME_AGENTS_MAX || !addr_is_present(addr) || is_ours(a, addr))
		return;
	for (size_t i = 0; i < *n; i++)
		if (addr_equal(&out[i], addr))
			return;
	out[(*n)++] = *addr;
}

size_t resolver_home_agents(const struct association *a, const struct mnd_conf *conf,
	struct mipm_addr out[MND_HOME_AGENTS_MAX])
{
	const struct resolver *r;
	size_t n = 0;

	for (size_t i = 0; i < conf->n_home_agents; i++) {
		add(a, out, &n, &conf->home_agents[i]);
		r = *conf->home_agent_names[i] ? find(a, conf->home_agent_names[i]) : NULL;
		for (size_t j = 0; r && j < r->n_addrs; j++)
			add(a, out, &n, &r->addrs[j]);
	}
	return n;
}

bool resolver_is_waiting(const struct association *a)
{
	for (size_t i = 0; i < a->n_resolvers; i++)
		if (a->resolvers[i]->n_addrs == 0)
			return true;
	return false;
}

void resolver_explain(const struct association *a, char *text, size_t size)
{
	const struct resolver *r = a->resolvers[0];

	snprintf(text, size, "home agent %s: %s", r->name,
		r->trouble ? r->trouble : "looking up its address");
}

/* ---- asking ---- */

static void again_in(struct resolver *r, uint64_t pause)
{
	struct mnd *mnd = r->association->mnd;

	timerq_set(&mnd->timers, &r->deadline, mnd->now + pause);
}

/* The configured ones, then the gateway: many a home router answers. False: there is none. */
static bool pick_server(struct resolver *r, const struct path *path)
{
	const struct mnd_conf *conf = association_conf(r->association);
	bool has_gateway = path->gateway.family == MIPM_IPV4;
	size_t n = conf->n_dns_servers + has_gateway, i;

	if (n == 0)
		return false;
	i = r->tries % n;
	r->server = (struct mipm_endpoint) {
		i < conf->n_dns_servers ? conf->dns_servers[i] : path->gateway,
		DNS_PORT,
	};
	return true;
}

static void ask(struct resolver *r, const struct path *path)
{
	struct mnd *mnd = r->association->mnd;
	uint8_t octets[DNS_QUESTION_MAX];
	struct mipm_sig sig = {
		.kind = MIPM_SIG_DNS,
		.domain = mnd->conf->domain,
		.local.addr = path->careof_addr, /* from a port of tunneld's choice */
		.remote = r->server,
		.link = path->link,
		.payload.data = octets,
	};

	r->id = (uint16_t)mnd_random(mnd);
	r->local = path->careof_addr;
	r->link = path->link;
	r->is_open = true;
	sig.payload.len = (uint32_t)dns_question(r->name, r->id, octets);
	mnd->env->emit(mnd->env->ctx, NULL, MIPM_SIG_OUT, &sig);
}

/* All uplinks have their turn, then it goes by the next server and more slowly. */
static void next_round(struct resolver *r)
{
	r->tries++;
	r->pause = r->pause ? 2 * r->pause : PAUSE_MIN;
	if (r->pause > PAUSE_MAX)
		r->pause = PAUSE_MAX;
	if (r->tries > TRIES_PATIENT && !r->trouble)
		r->trouble = "no answer to the question for its address";
}

void resolver_due(struct resolver *r)
{
	struct path *first = lead_pick(r->association, NULL);
	struct path *next = r->path ? lead_pick(r->association, r->path) : first;

	r->is_open = false;
	if (!first)
		return; /* resolver_settle() when there is a link again */
	r->path = next ? next : first;
	if (r->path == first || !next)
		next_round(r);
	if (pick_server(r, r->path))
		ask(r, r->path);
	else
		r->trouble = "there is no name server, and no gateway to ask";
	again_in(r, r->pause + mnd_random_below(r->association->mnd, r->pause / 8));
}

void resolver_settle(struct association *a)
{
	bool can_ask = lead_pick(a, NULL) != NULL;

	for (size_t i = 0; i < a->n_resolvers; i++)
		if (can_ask && !deadline_is_armed(&a->resolvers[i]->deadline))
			again_in(a->resolvers[i], 0);
}

void resolver_hurry(struct association *a)
{
	for (size_t i = 0; i < a->n_resolvers; i++) {
		struct resolver *r = a->resolvers[i];

		if (!r->pause && a->mnd->now - r->answered_at >= HURRY_EVERY)
			again_in(r, 0);
	}
}

/* ---- hearing ---- */

/* Those that were known keep their place, so that a server that shuffles moves nobody. */
static bool take_addresses(struct resolver *r, const struct dns_answer *answer)
{
	struct mipm_addr known[DNS_ADDRESSES_MAX], all[DNS_ADDRESSES_MAX * 2];
	size_t n_known = r->n_addrs, n = 0;
	bool changed = answer->n_addrs != r->n_addrs;

	memcpy(known, r->addrs, sizeof(known));
	for (size_t i = 0; i < n_known; i++)
		for (size_t j = 0; j < answer->n_addrs; j++)
			if (addr_equal(&known[i], &answer->addrs[j])) {
				all[n++] = known[i];
				break;
			}
	changed = changed || n != n_known;
	for (size_t j = 0; j < answer->n_addrs; j++) {
		size_t i = 0;

		while (i < n && !addr_equal(&all[i], &answer->addrs[j]))
			i++;
		if (i == n)
			all[n++] = answer->addrs[j];
	}
	memcpy(r->addrs, all, n * sizeof(*all));
	r->n_addrs = n;
	return changed;
}

static uint64_t keep_for(const struct dns_answer *answer)
{
	uint64_t ttl = answer->ttl_s * NSEC_PER_S;

	return ttl < KEEP_MIN ? KEEP_MIN : ttl > KEEP_MAX ? KEEP_MAX : ttl;
}

static void tell(const struct resolver *r)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < r->n_addrs; i++)
		log_info(r->association->mnd->env->log, "home agent %s is %s", r->name,
			addr_print(&r->addrs[i], text));
}

/* A refusal changes nothing that is known: what worked goes on. */
static void take(struct resolver *r, const struct dns_answer *answer)
{
	static const char *const troubles[] = {
		[DNS_ADDRESSES] = NULL,
		[DNS_NO_SUCH_NAME] = "there is no such name",
		[DNS_NO_ADDRESS] = "this name has no IPv4 address",
		[DNS_REFUSED] = "the name server refuses to answer",
	};
	struct association *a = r->association;

	r->is_open = false;
	r->trouble = troubles[answer->result];
	if (answer->result != DNS_ADDRESSES) {
		log_warnx(a->mnd->env->log, "home agent %s: %s", r->name, r->trouble);
		return;
	}
	r->answered_at = a->mnd->now;
	r->pause = 0;
	r->tries = 0;
	again_in(r, keep_for(answer));
	if (!take_addresses(r, answer))
		return;
	tell(r);
	association_take_agents(a);
	if (a->agent->is_silent)
		association_next_agent(a, "its name has other addresses now");
	careof_apply(a);
}

static bool is_from(const struct resolver *r, const struct mipm_sig *sig)
{
	return r->is_open && endpoint_equal(&r->server, &sig->remote) &&
	       addr_equal(&r->local, &sig->local.addr) && r->link == sig->link;
}

void resolver_input(struct mnd *mnd, const struct mipm_sig *sig)
{
	struct dns_answer answer;
	struct association *a;

	list_for_each (a, &mnd->associations, link_) {
		for (size_t i = 0; i < a->n_resolvers; i++) {
			struct resolver *r = a->resolvers[i];

			if (is_from(r, sig) &&
				dns_answer_parse(sig->payload, r->name, r->id, &answer) == 0) {
				take(r, &answer);
				return;
			}
		}
	}
	mnd->counters.counts[COUNT_NOT_ASKED]++;
}
