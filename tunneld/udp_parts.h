/* SPDX-License-Identifier: BSD-2-Clause */
/* What udp.c and udp_signal.c share. */
#ifndef TUNNELD_UDP_PARTS_H
#define TUNNELD_UDP_PARTS_H

#include "tunneld/udp.h"

struct udp_queue;

struct udp {
	struct udp_config config;
	struct udp_stats stats;
	int epoll;	/* signalling members */
	uint32_t n_ids; /* no group beyond */
	_Atomic(struct udp_group *) groups[UDP_GROUPS_MAX];
	struct udp_queue *queue; /* udp_signal.c's */
};

int udp_queue_open(struct udp *u);
void udp_queue_close(struct udp *u);

/* Sends what waits for this group, which is about to go. */
void udp_forget_queued(struct udp *u, struct udp_group *g);

#endif
