/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TUN device: one, multi-queue, with virtio-net headers, persistent. It outlives a crash or an
 * upgrade with its address and routes; the successor attaches to it again.
 */
#ifndef TUNNELD_TUN_H
#define TUNNELD_TUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TUN_VNET_HEADER 10 /* struct virtio_net_hdr in front of each packet, either way */

struct tun_found {
	bool adopted; /* it was there before us */
	bool udp;     /* it takes large UDP packets, as it takes those of TCP */
};

/* Opens n queues. 0, or a negative errno with text. */
int tun_open(
	const char *name, int *queues, size_t n, struct tun_found *found, char *text, size_t size);

/* Closes the queues; keep leaves the device in the kernel. */
void tun_close(int *queues, size_t n, bool keep);

#endif
