/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP errors about inner packets that came from our own device: too big, or nobody is there.
 * They go back into the device and never to a stranger.
 */
#ifndef TUNNELD_ICMP_H
#define TUNNELD_ICMP_H

#include "tunneld/inner.h"

#define ICMP_ERROR_MAX 1280

enum icmp_error {
	ICMP_TOO_BIG,	/* fragmentation needed (RFC 1191), packet too big (RFC 4443 3.2) */
	ICMP_NO_HOST,	/* host unreachable; address unreachable */
	ICMP_FORBIDDEN, /* administratively prohibited */
};

/* Whether the packet may be answered at all (RFC 1812 4.3.2.7, RFC 4443 2.4): no error about an
 * error, a later fragment, or to what is no single host. */
bool icmp_may_answer(const struct inner *inner);

/* The error about this packet, from `from` (absent: as if from the destination itself). mtu is
 * for ICMP_TOO_BIG. Its length. */
size_t icmp_build(uint8_t out[ICMP_ERROR_MAX], const struct inner *inner, enum icmp_error error,
	const struct mipm_addr *from, uint32_t mtu);

#endif
