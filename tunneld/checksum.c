/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See checksum.h. One's complement sums do not mind the order of octets (RFC 1071 2 B), so whole
 * words are added as they lie in memory, four at a time, and turned round once at the end.
 */
#include <endian.h>
#include <string.h>

#include "libmipsock/mipsock_addr.h"
#include "tunneld/checksum.h"

static uint64_t load(const uint8_t *octets)
{
	uint64_t word;

	memcpy(&word, octets, sizeof(word));
	return word;
}

static uint64_t halves(uint64_t word)
{
	return (word & 0xffffffff) + (word >> 32);
}

/* 32 octets a turn in four sums that do not wait for each other. */
static uint64_t add_blocks(const uint8_t *octets, size_t n)
{
	uint64_t a = 0, b = 0, c = 0, d = 0;

	for (; n; n--, octets += 32) {
		a += halves(load(octets));
		b += halves(load(octets + 8));
		c += halves(load(octets + 16));
		d += halves(load(octets + 24));
	}
	return halves(a) + halves(b) + halves(c) + halves(d);
}

uint32_t checksum_add(uint32_t sum, const uint8_t *octets, size_t len)
{
	uint64_t wide = add_blocks(octets, len / 32);
	uint16_t word = 0;

	for (octets += len & ~(size_t)31, len &= 31; len > 1; octets += 2, len -= 2) {
		memcpy(&word, octets, 2);
		wide += word;
	}
	word = 0;
	memcpy(&word, octets, len);
	wide += word;
	wide = halves(halves(wide));
	wide = (wide & 0xffff) + (wide >> 16);
	wide = (wide & 0xffff) + (wide >> 16);
	return (uint32_t)halves((uint64_t)sum + be16toh((uint16_t)wide));
}

uint16_t checksum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t checksum_change(uint16_t checksum, uint16_t old, uint16_t new)
{
	uint32_t sum = (uint32_t)(uint16_t)~checksum + (uint16_t)~old + new;

	return checksum_fold(sum);
}

uint32_t checksum_pseudo(
	uint8_t family, const uint8_t *src, const uint8_t *dst, uint8_t protocol, uint32_t len)
{
	size_t n = family == MIPM_IPV6 ? 16 : 4;
	uint32_t sum = checksum_add(0, src, n);

	return checksum_add(sum, dst, n) + protocol + (len >> 16) + (len & 0xffff);
}
