/* SPDX-License-Identifier: BSD-2-Clause */
/* Endpoints as the socket calls want them. */
#ifndef TUNNELD_SOCKADDR_H
#define TUNNELD_SOCKADDR_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "libmipsock/mipsock_addr.h"

union sockaddr_any {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Its length; 0 for no address. */
socklen_t sockaddr_from(const struct mipm_endpoint *endpoint, union sockaddr_any *out);
struct mipm_endpoint sockaddr_to(const union sockaddr_any *from);

/* Room for the control messages below. */
#define SOCKADDR_CONTROL (CMSG_SPACE(sizeof(struct in6_pktinfo)) + 2 * CMSG_SPACE(sizeof(int)))

/* Control messages that make a datagram leave with this source address (absent: the kernel's
 * choice), time to live and type of service (0: the default). Returns their length. */
size_t sockaddr_control(uint8_t control[SOCKADDR_CONTROL], uint8_t family,
	const struct mipm_addr *source, int ttl, int tos);

#endif
