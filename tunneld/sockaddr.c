/* SPDX-License-Identifier: BSD-2-Clause */
/* See sockaddr.h. */
#include <stdbool.h>
#include <string.h>

#include "base/addr.h"
#include "tunneld/sockaddr.h"

socklen_t sockaddr_from(const struct mipm_endpoint *endpoint, union sockaddr_any *out)
{
	memset(out, 0, sizeof(*out));
	if (endpoint->addr.family == MIPM_IPV4) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(endpoint->port);
		memcpy(&out->v4.sin_addr, endpoint->addr.octets, 4);
		return sizeof(out->v4);
	}
	if (endpoint->addr.family != MIPM_IPV6)
		return 0;
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(endpoint->port);
	memcpy(&out->v6.sin6_addr, endpoint->addr.octets, 16);
	return sizeof(out->v6);
}

struct mipm_endpoint sockaddr_to(const union sockaddr_any *from)
{
	struct mipm_endpoint e = { 0 };

	if (from->any.sa_family == AF_INET) {
		e.addr.family = MIPM_IPV4;
		e.port = ntohs(from->v4.sin_port);
		memcpy(e.addr.octets, &from->v4.sin_addr, 4);
	} else if (from->any.sa_family == AF_INET6) {
		e.addr.family = MIPM_IPV6;
		e.port = ntohs(from->v6.sin6_port);
		memcpy(e.addr.octets, &from->v6.sin6_addr, 16);
	}
	return e;
}

static size_t put(uint8_t *control, size_t at, int level, int type, const void *data, size_t len)
{
	struct cmsghdr head = { .cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type };

	memcpy(control + at, &head, sizeof(head));
	memcpy(control + at + CMSG_LEN(0), data, len);
	return at + CMSG_SPACE(len);
}

size_t sockaddr_control(uint8_t control[SOCKADDR_CONTROL], uint8_t family,
	const struct mipm_addr *source, int ttl, int tos)
{
	bool v6 = family == MIPM_IPV6;
	int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	struct in6_pktinfo info6 = { 0 };
	struct in_pktinfo info = { 0 };
	size_t at = 0;

	memset(control, 0, SOCKADDR_CONTROL);
	if (!v6 && source->family == MIPM_IPV4) {
		memcpy(&info.ipi_spec_dst, source->octets, 4);
		at = put(control, at, level, IP_PKTINFO, &info, sizeof(info));
	} else if (v6 && source->family == MIPM_IPV6) {
		memcpy(&info6.ipi6_addr, source->octets, 16);
		at = put(control, at, level, IPV6_PKTINFO, &info6, sizeof(info6));
	}
	if (ttl)
		at = put(control, at, level, v6 ? IPV6_HOPLIMIT : IP_TTL, &ttl, sizeof(ttl));
	if (tos)
		at = put(control, at, level, v6 ? IPV6_TCLASS : IP_TOS, &tos, sizeof(tos));
	return at;
}
