/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent that is configured by its name: which addresses it has. Questions go through tunneld
 * over the uplinks in turn (SIG_OUT of kind dns), to the configured name servers or else to the
 * link's gateway.
 */
#ifndef MND_RESOLVER_H
#define MND_RESOLVER_H

#include "base/timerq.h"
#include "mnd/association.h"
#include "mnd/dns.h"

struct resolver {
	struct deadline deadline; /* the next question */
	struct association *association;
	char name[DNS_NAME_MAX + 1];
	struct mipm_addr addrs[DNS_ADDRESSES_MAX]; /* stable: known ones first */
	size_t n_addrs;
	uint64_t answered_at; /* 0: never */
	uint64_t pause;	      /* before the next try; 0: answered */
	unsigned tries;
	struct path *path; /* last used */

	bool is_open; /* a question is out */
	uint16_t id;
	struct mipm_endpoint server;
	struct mipm_addr local;
	uint32_t link;
	const char *trouble; /* why it has no address; NULL: not known yet */
};

/* The resolvers of the names in mnd.conf; those of other names go. -ENOMEM: nothing changed. */
int resolver_take(struct association *a);
void resolver_free_all(struct association *a);

void resolver_settle(struct association *a);
void resolver_due(struct resolver *r);
void resolver_hurry(struct association *a); /* somebody does not answer: ask again */
void resolver_input(struct mnd *mnd, const struct mipm_sig *sig);

/* All addresses of the configured home agents, names resolved as far as they are; how many. */
size_t resolver_home_agents(const struct association *a, const struct mnd_conf *conf,
	struct mipm_addr out[MND_HOME_AGENTS_MAX]);

/* Some name has no address yet. */
bool resolver_is_waiting(const struct association *a);

/* For an operator, while there is no home agent's address at all. */
void resolver_explain(const struct association *a, char *text, size_t size);

#endif
