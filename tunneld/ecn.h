/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explicit congestion notification through a tunnel (RFC 6040): what a link on the way marked
 * reaches the ends. Going in, normal mode (4.1) towards our own kind; compatibility mode towards a
 * stranger, who may not bring the mark back. Coming out, figure 4.
 */
#ifndef TUNNELD_ECN_H
#define TUNNELD_ECN_H

#include "tunneld/inner.h"

#define ECN_MASK 3
#define ECN_CE	 3

/* The outer type of service or traffic class for this inner packet. */
uint8_t ecn_outer(const uint8_t *packet, bool own_kind);

/* Brings the outer field's mark into the packet. False: it is to be dropped (marked outside, and
 * its ends would not understand). */
bool ecn_bring_in(uint8_t *packet, const struct inner *in, uint8_t outer);

#endif
