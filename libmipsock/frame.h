/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of a datagram. Behind it stand `count` messages (rows.h), each a multiple of four
 * octets long.
 *
 *   offset  0   4  magic: "MIPS"
 *           4   2  order mark: 0x0102 in the sender's order
 *           6   1  version: 1
 *           7   1  header length: 32; a longer one is of a newer sender, the rest is skipped
 *           8   8  boot id of the sender: random, new at each start
 *          16   8  sequence number: datagrams to this receiver, from 1; a jump is a loss
 *          24   4  length of the datagram, with this header
 *          28   2  count of messages; 0 is allowed (it carries a jump of the sequence number)
 *          30   2  zero
 *
 * The first 16 octets are the same in every version. A datagram of another version is dropped
 * whole, counted, and answered with ERROR (EPROTONOSUPPORT, message 0) if its boot id is known; so
 * HELLO is said in version 1 for ever. A foreign order mark or magic is dropped and counted: it can
 * only come from a file, never from this machine.
 *
 * Example (little-endian), an empty datagram:
 *   4d 49 50 53  02 01  01  20  f0 de bc 9a 78 56 34 12  05 00 00 00 00 00 00 00
 *   20 00 00 00  00 00  00 00
 */
#ifndef MIPSOCK_FRAME_H
#define MIPSOCK_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEAD    32
#define FRAME_VERSION 1

struct frame {
	uint64_t boot_id;
	uint64_t seq;
	uint16_t count;
	uint8_t head_len;
};

/* buf has FRAME_HEAD octets at least; len is the whole datagram's. */
void frame_write(uint8_t *buf, size_t len, const struct frame *frame);

/* 0; -EPROTONOSUPPORT another version (boot_id is set); -EBADMSG. */
int frame_read(const uint8_t *buf, size_t len, struct frame *frame);

#endif
