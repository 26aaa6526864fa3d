/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions to name servers, for who may say SIG_OUT: each leaves over its link from a socket of
 * its own, whose port the kernel draws, and which hears that server alone. What comes back goes to
 * who asked, unread. Few are open at a time, and none for long.
 */
#ifndef TUNNELD_DNS_H
#define TUNNELD_DNS_H

#include "libmipsock/mipsock.h"

#define DNS_OPEN_MAX 16

struct dns_config {
	void *ctx;
	/* An answer, to this member. The struct is valid during the call. */
	void (*answer)(void *ctx, const char *member, const struct mipm_sig *sig);
};

struct dns;

int dns_open(struct dns **out, const struct dns_config *config);
void dns_close(struct dns *d); /* NULL is fine */

/* mark: of the link's sockets. -EINVAL: no question to a name server. -ENOSPC never: the oldest one
 * makes room. */
int dns_ask(
	struct dns *d, uint64_t now, const char *member, const struct mipm_sig *sig, uint32_t mark);

void dns_expire(struct dns *d, uint64_t now);
uint64_t dns_next(const struct dns *d); /* CORE_NEVER: nothing is open */
int dns_fd(const struct dns *d);
void dns_ready(void *d, uint64_t now);

#endif
