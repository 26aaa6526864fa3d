/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticators: computed, compared in constant time and in full (RFC 5944 3.5.1). For algorithms
 * that the RFC does not name the authenticator is the whole digest: 16, 20, 32 octets.
 *
 * A struct mac keeps keyed contexts between uses, since setting up a key costs five times the
 * digest itself; the ones used least recently go when there are too many. It belongs to one
 * thread. A security association may be freed while its context is kept here.
 */
#ifndef LIBMIP_MAC_H
#define LIBMIP_MAC_H

#include <stddef.h>
#include <stdint.h>

#include "libmipsock/mipsock_addr.h"
#include "libmip/sa.h"

struct mac;
struct mip_auth;
struct mip_writer;

#define MAC_MAX		     32 /* octets of the longest digest */
#define MAC_CONTEXTS_DEFAULT 4096
#define MAC_REPORT_KEY_LEN   32
#define MAC_REPORT_TAG_LEN   8

/* At most max_contexts are kept, at least 1. The caller frees. 0, -ENOMEM, -ENOTSUP (no HMAC). */
int mac_new(unsigned max_contexts, struct mac **out);
struct mac *mac_free(struct mac *mac);

size_t mac_len(enum mip_algorithm algorithm);

/* Digest of the octets by the association's algorithm, mac_len() octets. 0, -ENOMEM or -EIO. */
int mac_compute(struct mac *mac, struct mip_sa *sa, struct mipm_span data, uint8_t digest[MAC_MAX]);

/* Appends a Mobile-Home authentication extension over all that was written. Sticky as all writes.
 */
int mac_seal(struct mac *mac, struct mip_sa *sa, struct mip_writer *w);

/*
 * Is this extension of the message authentic by this association? The SPI must be the
 * association's, the length exactly the digest's.
 * 0: yes. MAC_MISMATCH: no, or the extension is absent. -ENOMEM or -EIO: cannot say, so no.
 */
#define MAC_MISMATCH 1
int mac_verify(
	struct mac *mac, struct mip_sa *sa, struct mipm_span message, const struct mip_auth *auth);

/*
 * The key of receive reports, derived by both ends at each accepted registration (mipv4.md 24):
 * HMAC-SHA256(key of MN-HA, 00 | "raiic report" | request | reply), both as they were on the wire
 * up to and including their MN-HA extension. Use mac_signed_part() to cut them there.
 */
int mac_report_key(struct mac *mac, const struct mip_sa *sa, struct mipm_span request,
	struct mipm_span reply, uint8_t key[MAC_REPORT_KEY_LEN]);

/* The message up to and including its first MN-HA extension; empty if it has none. */
struct mipm_span mac_signed_part(struct mipm_span message, const struct mip_auth *auth);

/* The last octets of a receive report, over all before them; and their check: 0 or MAC_MISMATCH. */
int mac_report_tag(const uint8_t key[MAC_REPORT_KEY_LEN], struct mipm_span data,
	uint8_t tag[MAC_REPORT_TAG_LEN]);
int mac_report_verify(const uint8_t key[MAC_REPORT_KEY_LEN], struct mipm_span data,
	const uint8_t tag[MAC_REPORT_TAG_LEN]);

/* Drops the context that is kept for the association, in whichever struct mac; sa_free() does it.
 */
void mac_forget(struct mip_sa *sa);

/* Overwrites a secret so that no compiler leaves it out. */
void mac_wipe(void *data, size_t len);

#endif
