/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who wants which signalling datagrams, kept by who says SIG_IN: a pair of message type and local
 * address has one owner, and only who may answer them (SIG_OUT) can be it. A claim of a pair that
 * another member has is refused with an ERROR and ignored, until the first one leaves.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static uint32_t pair_hash(const struct mipsock *s, uint8_t type, const struct mipm_addr *local)
{
	uint64_t h = s->seed ^ type;
	uint64_t words[2];

	memcpy(words, local->octets, sizeof(words));
	h = (h ^ words[0] ^ local->family) * 0x9e3779b97f4a7c15ULL;
	h = ((h ^ h >> 29) ^ words[1]) * 0xbf58476d1ce4e5b9ULL;
	return (uint32_t)(h >> 32);
}

static bool is_pair(const struct claim *c, uint8_t type, const struct mipm_addr *local)
{
	return c->want.type == type && c->want.local.family == local->family &&
	       !memcmp(c->want.local.octets, local->octets, sizeof(local->octets));
}

/* The slot of a pair, or the empty one where it would be. */
static uint32_t *slot_of(const struct mipsock *s, uint8_t type, const struct mipm_addr *local)
{
	size_t at = pair_hash(s, type, local);

	for (;; at++) {
		uint32_t *slot = &s->claim_index[at & (s->n_claim_index - 1)];

		if (!*slot || is_pair(&s->claims[*slot - 1], type, local))
			return slot;
	}
}

static void index_rebuild(struct mipsock *s)
{
	if (s->n_claim_index)
		memset(s->claim_index, 0, s->n_claim_index * sizeof(*s->claim_index));
	for (size_t i = 0; i < s->n_claims; i++) {
		const struct mipm_sig_want *want = &s->claims[i].want;

		*slot_of(s, want->type, &want->local) = (uint32_t)i + 1;
	}
}

static int reserve(struct mipsock *s, size_t more)
{
	size_t n = s->n_claim_index ? s->n_claim_index : 16;
	struct claim *claims = realloc(s->claims, (s->n_claims + more) * sizeof(*claims));
	uint32_t *slots;

	if (!claims)
		return -ENOMEM;
	s->claims = claims;
	while (n < 2 * (s->n_claims + more))
		n *= 2;
	if (n == s->n_claim_index)
		return 0;
	slots = realloc(s->claim_index, n * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	s->claim_index = slots;
	s->n_claim_index = n;
	index_rebuild(s);
	return 0;
}

static void forget(struct mipsock *s, const struct member *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_claims; i++) {
		if (s->claims[i].owner != m)
			s->claims[kept++] = s->claims[i];
	}
	s->n_claims = kept;
	index_rebuild(s);
}

/* Takes the member's pairs that are free; how many were not. */
static size_t take(struct mipsock *s, struct member *m)
{
	size_t refused = 0;

	for (size_t i = 0; i < m->n_sigs; i++) {
		const struct mipm_sig_want *want = &m->sigs[i];
		uint32_t *slot = slot_of(s, want->type, &want->local);

		if (*slot) {
			refused += s->claims[*slot - 1].owner != m;
			continue;
		}
		s->claims[s->n_claims] = (struct claim) { *want, m };
		*slot = (uint32_t)++s->n_claims;
	}
	return refused;
}

int sigs_claim(struct mipsock *s, struct member *m, const struct mipm_sig_want *sigs, size_t n)
{
	struct msg_head about = { .type = MIPM_HELLO };
	struct mipm_sig_want *copy = NULL;

	if (!(s->say & msg_row(MIPM_SIG_IN)->speakers))
		return 0;
	forget(s, m);
	if (m->tool || m->pub.standby)
		n = 0;
	if (n && !(m->say & msg_row(MIPM_SIG_OUT)->speakers)) {
		dispatch_error(s, m, &about, EPERM, "signalling datagrams are not for this role");
		n = 0;
	}
	if (n) {
		copy = malloc(n * sizeof(*copy));
		if (!copy || reserve(s, n) < 0) {
			free(copy);
			return -ENOMEM;
		}
		memcpy(copy, sigs, n * sizeof(*copy));
	}
	free(m->sigs);
	m->sigs = copy;
	m->n_sigs = n;
	if (n && take(s, m))
		dispatch_error(s, m, &about, EADDRINUSE, "signalling datagrams of another owner");
	return 0;
}

void sigs_drop(struct mipsock *s, struct member *m)
{
	if (!m->n_sigs)
		return;
	forget(s, m);
	free(m->sigs);
	m->sigs = NULL;
	m->n_sigs = 0;
	for (size_t i = 0; i < s->n_members; i++) {
		if (s->members[i]->n_sigs && !reserve(s, s->members[i]->n_sigs))
			take(s, s->members[i]);
	}
}

static const struct claim *owner_of(
	const struct mipsock *s, uint8_t type, const struct mipm_addr *local)
{
	uint32_t slot = s->n_claim_index ? *slot_of(s, type, local) : 0;

	return slot ? &s->claims[slot - 1] : NULL;
}

void mipsock_sig_owners(struct mipsock *s, uint8_t type, const struct mipm_addr *local,
	void (*fn)(void *ctx, const char *member), void *ctx)
{
	static const struct mipm_addr any;
	const struct claim *c = owner_of(s, type, local);

	if (!c)
		c = owner_of(s, type, &any);
	if (c && !c->owner->gone)
		fn(ctx, c->owner->name);
}
