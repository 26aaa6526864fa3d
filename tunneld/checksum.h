/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071, 1624) of what we change, cut, join or make ourselves. A sum is
 * unfolded, of 16-bit words in network order; the second and later parts of what is summed up begin
 * at an even offset.
 */
#ifndef TUNNELD_CHECKSUM_H
#define TUNNELD_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Over len octets, added to sum. */
uint32_t checksum_add(uint32_t sum, const uint8_t *octets, size_t len);

/* What goes into the header. */
uint16_t checksum_fold(uint32_t sum);

/* RFC 1624: a 16-bit word that the checksum covers changed from old to new. */
uint16_t checksum_change(uint16_t checksum, uint16_t old, uint16_t new);

/* Sum of the addresses, length and protocol (RFC 8200 8.1; IPv4 alike), for checksum_add(). */
uint32_t checksum_pseudo(
	uint8_t family, const uint8_t *src, const uint8_t *dst, uint8_t protocol, uint32_t len);

#endif
