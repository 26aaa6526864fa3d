/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How large an inner packet may be: the smallest outer MTU among a tunnel's paths minus the largest
 * overhead of their encapsulation. Constant whether packets carry numbers or not, so that a hedge
 * never changes it; lowered at once, raised only when the larger value has held for ten minutes.
 *
 * And what follows from it for packets: TCP's maximum segment size, ICMP "too big".
 */
#ifndef TUNNELD_MTU_H
#define TUNNELD_MTU_H

#include "base/timerq.h"
#include "tunneld/fib.h"
#include "tunneld/inner.h"

#define MTU_OUTER_DEFAULT 1500 /* a path of which nothing is known */
#define MTU_MIN		  552  /* below that somebody lies: the kernel's own floor */
#define MTU_IPV6_MIN	  1280 /* RFC 8200 5: every link carries that, if need be in pieces */
#define MTU_MAX		  9216 /* what buffers hold */

struct tunnel_mtu {
	struct deadline raise; /* armed: a larger value waits */
	struct fib_tunnel *tunnel;
};

/* Paths came, went or learned another outer MTU. fixed overrides (0: none). True if the tunnel's
 * inner MTU changed. */
bool mtu_update(struct timerq *timers, struct fib_tunnel *tunnel, uint16_t kind, uint32_t fixed,
	uint64_t now);

/* What lowered it was learned from the way, and may pass: ask for the deadline in ten minutes. */
void mtu_retry_later(struct timerq *timers, struct fib_tunnel *tunnel, uint16_t kind, uint64_t now);

/* Its deadline came. True if the inner MTU changed. */
bool mtu_raise(struct fib_tunnel *tunnel, uint32_t fixed);

void mtu_free(struct timerq *timers, struct fib_tunnel *tunnel);

/* The device's own MTU before anything is known. */
uint32_t mtu_default(uint32_t fixed);

static inline uint32_t mtu_of(const struct fib_tunnel *tunnel)
{
	return atomic_load_explicit(&tunnel->inner_mtu, memory_order_relaxed);
}

/* Lowers the maximum segment size of a TCP SYN to what fits. True if it changed something. */
bool mtu_clamp_mss(uint8_t *packet, const struct inner *inner, uint32_t mtu);

#endif
