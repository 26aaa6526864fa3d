/* SPDX-License-Identifier: BSD-2-Clause */
/* One MIPM_BUL_ADD kept whole, and the prefixes that it claims. */
#ifndef TUNNELD_BUL_RECORD_H
#define TUNNELD_BUL_RECORD_H

#include "tunneld/bindings.h"

/* A deep copy; NULL without memory. The origin is the caller's to fill in. */
struct bul_record *bul_record_new(const struct mipm_bul *bul);
struct bul_record *bul_record_free(struct bul_record *record); /* returns NULL */

size_t bul_claims_max(const struct mipm_bul *bul);

/* Appends its claims that are not among the first n yet; the new count. */
size_t bul_claims(const struct mipm_bul *bul, struct fib_claim *claims, size_t n);

#endif
