/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encapsulations: what stands between the outer UDP header and the inner packet. Each works on a
 * batch of packets in buffers that have ENCAP_HEADROOM octets in front and ENCAP_TAILROOM behind,
 * so that nothing is copied. MTU and MSS ask overhead(); nobody else knows a header's length.
 */
#ifndef TUNNELD_ENCAP_H
#define TUNNELD_ENCAP_H

#include <stddef.h>
#include <stdint.h>

#include "tunneld/fib.h"

#define ENCAP_HEADROOM 64
#define ENCAP_TAILROOM 32

struct encap_packet {
	uint8_t *data;
	uint32_t len;
	bool ok; /* seal, open: false drops it */
};

struct encap {
	const char *name;
	uint8_t encap; /* enum mipm_encap */

	/* The most that any packet of this path grows by, outer IP and UDP headers included: MTU
	 * does not depend on what a packet happens to carry. */
	uint32_t (*overhead)(const struct mipm_endpoint *remote);

	/* Inner packets become UDP payloads for this hop. */
	void (*seal)(const struct fib_hop *hop, struct encap_packet *packets, size_t n);

	/* And back. Whether the headers are those that were negotiated is judged here; whether the
	 * inner packet may pass is fib_receive()'s. */
	void (*open)(const struct fib_hop *hop, struct encap_packet *packets, size_t n);
};

/* NULL: not one of ours. */
const struct encap *encap_find(uint8_t encap);

extern const struct encap encap_udp;
extern const struct encap encap_udp_gre;

#endif
