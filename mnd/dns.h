/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One question to a name server and its answer: the IPv4 addresses of a name (RFC 1035 4). Octets
 * only; who is asked, over which link and how often is resolver.c's.
 */
#ifndef MND_DNS_H
#define MND_DNS_H

#include "libmip/mip.h"

#define DNS_PORT	  53
#define DNS_NAME_MAX	  253 /* letters, RFC 1035 2.3.4 */
#define DNS_QUESTION_MAX  (12 + 255 + 4)
#define DNS_ADDRESSES_MAX 8

enum dns_result {
	DNS_ADDRESSES,
	DNS_NO_SUCH_NAME, /* NXDOMAIN */
	DNS_NO_ADDRESS,	  /* the name is there, an IPv4 address is not */
	DNS_REFUSED,	  /* this server would not or could not say */
};

struct dns_answer {
	enum dns_result result;
	struct mipm_addr addrs[DNS_ADDRESSES_MAX]; /* as they came; surplus is left out */
	size_t n_addrs;
	uint32_t ttl_s; /* the least on the way to them */
};

/* Letters, digits and hyphens, 1 to 63 a label. */
bool dns_name_is_good(const char *name);

/* The length of the question, at most DNS_QUESTION_MAX; 0: not a name. */
size_t dns_question(const char *name, uint16_t id, uint8_t buf[DNS_QUESTION_MAX]);

/* 0, or -EBADMSG: this answers another question, or none. */
int dns_answer_parse(
	struct mipm_span datagram, const char *name, uint16_t id, struct dns_answer *out);

#endif
