/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, prefixes and endpoints as values. See addr.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/table.h"

struct mipm_addr addr_from_v4(uint32_t host_order)
{
	struct mipm_addr addr = { .family = MIPM_IPV4 };

	addr.octets[0] = (uint8_t)(host_order >> 24);
	addr.octets[1] = (uint8_t)(host_order >> 16);
	addr.octets[2] = (uint8_t)(host_order >> 8);
	addr.octets[3] = (uint8_t)host_order;
	return addr;
}

uint32_t addr_to_v4(const struct mipm_addr *addr)
{
	const uint8_t *o = addr->octets;

	if (addr->family != MIPM_IPV4)
		return 0;
	return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

unsigned addr_bits(uint8_t family)
{
	if (family == MIPM_IPV4)
		return 32;
	return family == MIPM_IPV6 ? 128 : 0;
}

size_t addr_len(const struct mipm_addr *addr)
{
	return addr_bits(addr->family) / 8;
}

struct mipm_addr addr_from_octets(uint8_t family, const uint8_t *octets)
{
	struct mipm_addr addr = { 0 };

	if (addr_bits(family) == 0)
		return addr;
	addr.family = family;
	memcpy(addr.octets, octets, addr_len(&addr));
	return addr;
}

int addr_parse(const char *text, struct mipm_addr *out)
{
	uint8_t octets[16];

	if (inet_pton(AF_INET, text, octets) == 1)
		*out = addr_from_octets(MIPM_IPV4, octets);
	else if (inet_pton(AF_INET6, text, octets) == 1)
		*out = addr_from_octets(MIPM_IPV6, octets);
	else
		return -EINVAL;
	return 0;
}

const char *addr_print(const struct mipm_addr *addr, char buf[ADDR_TEXT_MAX])
{
	int af = addr->family == MIPM_IPV4 ? AF_INET : AF_INET6;

	if (!addr_is_present(addr) || !inet_ntop(af, addr->octets, buf, ADDR_TEXT_MAX))
		snprintf(buf, ADDR_TEXT_MAX, "none");
	return buf;
}

bool addr_is_present(const struct mipm_addr *addr)
{
	return addr_bits(addr->family) != 0;
}

bool addr_is_unspecified(const struct mipm_addr *addr)
{
	static const uint8_t zero[16];

	return addr_is_present(addr) && memcmp(addr->octets, zero, sizeof(zero)) == 0;
}

bool addr_is_loopback(const struct mipm_addr *addr)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (addr->family == MIPM_IPV4)
		return addr->octets[0] == 127;
	return addr->family == MIPM_IPV6 && memcmp(addr->octets, one, sizeof(one)) == 0;
}

bool addr_is_multicast(const struct mipm_addr *addr)
{
	if (addr->family == MIPM_IPV4)
		return (addr->octets[0] & 0xf0) == 0xe0;
	return addr->family == MIPM_IPV6 && addr->octets[0] == 0xff;
}

bool addr_is_link_local(const struct mipm_addr *addr)
{
	if (addr->family == MIPM_IPV4)
		return addr->octets[0] == 169 && addr->octets[1] == 254;
	return addr->family == MIPM_IPV6 && addr->octets[0] == 0xfe &&
	       (addr->octets[1] & 0xc0) == 0x80;
}

bool addr_is_broadcast(const struct mipm_addr *addr)
{
	return addr->family == MIPM_IPV4 && addr_to_v4(addr) == UINT32_MAX;
}

bool addr_is_unicast(const struct mipm_addr *addr)
{
	return addr_is_present(addr) && !addr_is_unspecified(addr) && !addr_is_loopback(addr) &&
	       !addr_is_multicast(addr) && !addr_is_broadcast(addr);
}

int addr_cmp(const struct mipm_addr *a, const struct mipm_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->octets, b->octets, sizeof(a->octets));
}

bool addr_equal(const struct mipm_addr *a, const struct mipm_addr *b)
{
	return addr_cmp(a, b) == 0;
}

uint64_t addr_hash(const struct mipm_addr *addr, uint64_t seed)
{
	return table_hash(addr->octets, addr_len(addr), seed ^ addr->family);
}

struct mipm_addr addr_mask(const struct mipm_addr *addr, uint8_t len)
{
	struct mipm_addr masked = *addr;
	size_t whole = len / 8;

	if (len >= addr_bits(addr->family))
		return masked;
	masked.octets[whole] &= (uint8_t)(0xff00 >> len % 8);
	memset(masked.octets + whole + 1, 0, sizeof(masked.octets) - whole - 1);
	return masked;
}

int prefix_make(const struct mipm_addr *addr, uint8_t len, struct mipm_prefix *out)
{
	if (!addr_is_present(addr) || len > addr_bits(addr->family))
		return -EINVAL;
	*out = (struct mipm_prefix) { .addr = addr_mask(addr, len), .len = len };
	return 0;
}

struct mipm_prefix prefix_of_host(const struct mipm_addr *addr)
{
	return (struct mipm_prefix) { .addr = *addr, .len = (uint8_t)addr_bits(addr->family) };
}

/* Digits and nothing else: no sign, no blanks, no leading zeros. */
static int parse_decimal(const char *text, unsigned limit, unsigned *out)
{
	unsigned value = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (unsigned)(*text - '0');
		if (value > limit)
			return -EINVAL;
	}
	*out = value;
	return 0;
}

/* The text before `end`, which must be an address. */
static int parse_addr_until(const char *text, const char *end, struct mipm_addr *out)
{
	char copy[ADDR_TEXT_MAX];
	size_t len = (size_t)(end - text);

	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return addr_parse(copy, out);
}

int prefix_parse(const char *text, struct mipm_prefix *out)
{
	const char *slash = strchr(text, '/');
	struct mipm_addr addr;
	unsigned len;

	if (!slash) {
		if (addr_parse(text, &addr) < 0)
			return -EINVAL;
		*out = prefix_of_host(&addr);
		return 0;
	}
	if (parse_addr_until(text, slash, &addr) < 0 || parse_decimal(slash + 1, 128, &len) < 0 ||
		prefix_make(&addr, (uint8_t)len, out) < 0)
		return -EINVAL;
	return addr_equal(&addr, &out->addr) ? 0 : PREFIX_HAD_HOST_BITS;
}

const char *prefix_print(const struct mipm_prefix *prefix, char buf[PREFIX_TEXT_MAX])
{
	char addr[ADDR_TEXT_MAX];

	if (prefix_is_present(prefix))
		snprintf(buf, PREFIX_TEXT_MAX, "%s/%u", addr_print(&prefix->addr, addr),
			prefix->len);
	else
		snprintf(buf, PREFIX_TEXT_MAX, "none");
	return buf;
}

bool prefix_is_present(const struct mipm_prefix *prefix)
{
	return addr_is_present(&prefix->addr);
}

int prefix_cmp(const struct mipm_prefix *a, const struct mipm_prefix *b)
{
	int order = addr_cmp(&a->addr, &b->addr);

	if (order == 0)
		order = (a->len > b->len) - (a->len < b->len);
	return order;
}

bool prefix_equal(const struct mipm_prefix *a, const struct mipm_prefix *b)
{
	return prefix_cmp(a, b) == 0;
}

uint64_t prefix_hash(const struct mipm_prefix *prefix, uint64_t seed)
{
	return addr_hash(&prefix->addr, seed ^ (uint64_t)prefix->len << 8);
}

bool prefix_contains(const struct mipm_prefix *prefix, const struct mipm_addr *addr)
{
	struct mipm_addr masked = addr_mask(addr, prefix->len);

	return addr_is_present(addr) && addr_equal(&masked, &prefix->addr);
}

bool prefix_covers(const struct mipm_prefix *outer, const struct mipm_prefix *inner)
{
	return outer->len <= inner->len && prefix_contains(outer, &inner->addr);
}

bool prefix_overlaps(const struct mipm_prefix *a, const struct mipm_prefix *b)
{
	return prefix_covers(a, b) || prefix_covers(b, a);
}

int endpoint_parse(const char *text, uint16_t default_port, struct mipm_endpoint *out)
{
	const char *start = text, *end, *colon;
	struct mipm_addr addr;
	unsigned port = default_port;

	if (text[0] == '[') {
		start = text + 1;
		end = strchr(start, ']');
		if (!end || (end[1] != '\0' && end[1] != ':'))
			return -EINVAL;
		colon = end[1] ? end + 1 : NULL;
	} else {
		colon = strchr(text, ':');
		if (colon && strchr(colon + 1, ':'))
			colon = NULL; /* IPv6 without brackets */
		end = colon ? colon : text + strlen(text);
	}
	if (parse_addr_until(start, end, &addr) < 0)
		return -EINVAL;
	if (text[0] == '[' && addr.family != MIPM_IPV6)
		return -EINVAL;
	if (colon && (parse_decimal(colon + 1, UINT16_MAX, &port) < 0 || port == 0))
		return -EINVAL;
	*out = (struct mipm_endpoint) { .addr = addr, .port = (uint16_t)port };
	return 0;
}

const char *endpoint_print(const struct mipm_endpoint *endpoint, char buf[ENDPOINT_TEXT_MAX])
{
	bool is_v6 = endpoint->addr.family == MIPM_IPV6;
	char addr[ADDR_TEXT_MAX];

	if (addr_is_present(&endpoint->addr))
		snprintf(buf, ENDPOINT_TEXT_MAX, "%s%s%s:%u", is_v6 ? "[" : "",
			addr_print(&endpoint->addr, addr), is_v6 ? "]" : "", endpoint->port);
	else
		snprintf(buf, ENDPOINT_TEXT_MAX, "none");
	return buf;
}

int endpoint_cmp(const struct mipm_endpoint *a, const struct mipm_endpoint *b)
{
	int order = addr_cmp(&a->addr, &b->addr);

	if (order == 0)
		order = (a->port > b->port) - (a->port < b->port);
	return order;
}

bool endpoint_equal(const struct mipm_endpoint *a, const struct mipm_endpoint *b)
{
	return endpoint_cmp(a, b) == 0;
}

uint64_t endpoint_hash(const struct mipm_endpoint *endpoint, uint64_t seed)
{
	return addr_hash(&endpoint->addr, seed ^ (uint64_t)endpoint->port << 16);
}

bool prefix_broadcast(const struct mipm_prefix *prefix, struct mipm_addr *out)
{
	if (prefix->addr.family != MIPM_IPV4 || prefix->len == 0 || prefix->len > 30)
		return false;
	*out = addr_from_v4(addr_to_v4(&prefix->addr) | UINT32_MAX >> prefix->len);
	return true;
}
