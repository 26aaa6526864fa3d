/* SPDX-License-Identifier: BSD-2-Clause */
/* See bul_record.h. */
#include <stdlib.h>
#include <string.h>

#include "tunneld/bul_record.h"

static bool copy_prefixes(const struct mipm_prefix **list, size_t n)
{
	struct mipm_prefix *copy = n ? malloc(n * sizeof(*copy)) : NULL;

	if (copy)
		memcpy(copy, *list, n * sizeof(*copy));
	*list = copy;
	return copy || !n;
}

static bool copy_text(struct mipm_str *s)
{
	char *copy = s->len ? malloc(s->len) : NULL;

	if (copy)
		memcpy(copy, s->text, s->len);
	s->text = copy;
	return copy || !s->len;
}

struct bul_record *bul_record_new(const struct mipm_bul *bul)
{
	struct bul_record *r = calloc(1, sizeof(*r));
	bool ok;

	if (!r)
		return NULL;
	r->msg = *bul;
	ok = copy_text(&r->msg.identity);
	ok &= copy_prefixes(&r->msg.networks, bul->n_networks);
	ok &= copy_prefixes(&r->msg.networks_remote, bul->n_networks_remote);
	return ok ? r : bul_record_free(r);
}

struct bul_record *bul_record_free(struct bul_record *r)
{
	if (!r)
		return NULL;
	free((char *)r->msg.identity.text);
	free((struct mipm_prefix *)r->msg.networks);
	free((struct mipm_prefix *)r->msg.networks_remote);
	free(r);
	return NULL;
}

size_t bul_claims_max(const struct mipm_bul *bul)
{
	return (size_t)bul->n_networks + bul->n_networks_remote + 3;
}

static size_t add(struct fib_claim *claims, size_t n, const struct mipm_prefix *prefix,
	enum fib_claim_kind kind)
{
	for (size_t i = 0; i < n; i++)
		if (claims[i].kind == kind && prefix_equal(&claims[i].prefix, prefix))
			return n;
	claims[n] = (struct fib_claim) { *prefix, (uint8_t)kind };
	return n + 1;
}

static bool has_family(const struct mipm_bul *bul, uint8_t family)
{
	bool has = bul->home_addr.family == family;

	for (uint16_t i = 0; i < bul->n_networks; i++)
		has |= bul->networks[i].addr.family == family;
	return has;
}

size_t bul_claims(const struct mipm_bul *bul, struct fib_claim *claims, size_t n)
{
	struct mipm_prefix home = prefix_of_host(&bul->home_addr);
	static const uint8_t families[] = { MIPM_IPV4, MIPM_IPV6 };

	n = add(claims, n, &home, FIB_CLAIM_OWN);
	for (uint16_t i = 0; i < bul->n_networks; i++)
		n = add(claims, n, &bul->networks[i], FIB_CLAIM_OWN);
	for (uint16_t i = 0; bul->route && i < bul->n_networks_remote; i++)
		n = add(claims, n, &bul->networks_remote[i], FIB_CLAIM_FAR);
	for (size_t i = 0; !bul->route && i < sizeof(families); i++) {
		struct mipm_prefix all = { .addr.family = families[i] };

		if (has_family(bul, families[i]))
			n = add(claims, n, &all, FIB_CLAIM_TO);
	}
	return n;
}
