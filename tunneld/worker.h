/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thread of dp_tun: its own queue of the device, its own member of each group of sockets, its
 * own counters, its own events to the main thread. It reads the forwarding table under RCU. In the
 * packet path there is no lock, no allocation and no log.
 */
#ifndef TUNNELD_WORKER_H
#define TUNNELD_WORKER_H

#include <pthread.h>

#include "tunneld/dataplane.h"
#include "tunneld/encap.h"
#include "tunneld/ring.h"

#define WORKER_BATCH 64

/* Room for one packet that no segmentation is left to do for, with headroom and tailroom. */
#define WORKER_BUFFER 9472

struct outbox;
struct worker_arrivals;
struct worker_reads;

struct worker {
	const struct dp_config *config;
	uint32_t number; /* slot of its counters, queue, member number - 1 */
	pthread_t thread;
	bool started;
	int epoll;
	int stop_fd;
	int wake; /* eventfd of the main thread: there is something in a ring */
	_Atomic int tun;
	_Atomic bool stop;
	struct ring ring;
	bool has_news; /* in this turn */
	_Atomic uint64_t dropped[DP_DROPS];
	_Atomic uint64_t packets_in, packets_out, batches_in, batches_out;
	_Atomic uint64_t strangers_missed;
	uint64_t now;
	/* What others can make us do is bounded: so many in each 10 ms. */
	uint64_t budget_until;
	uint32_t hint_budget, icmp_budget;
	uint64_t device_told_at;
	struct worker_reads *reads;
	struct outbox *outbox;
	struct worker_arrivals *arrivals;
	bool plain[UDP_GROUPS_MAX]; /* no segmentation there: by group */
};

/* epoll data: group id, or this one for the device. */
#define WORKER_TUN  UINT32_MAX
#define WORKER_STOP (UINT32_MAX - 1)

int worker_open(struct worker *w, const struct dp_config *config, uint32_t number, int wake);
int worker_start(struct worker *w);

/* Another queue of the device from now on; -1: none. The old descriptor is the caller's. */
int worker_set_tun(struct worker *w, int tun);

void worker_stop(struct worker *w); /* waits for it */
void worker_close(struct worker *w);

/* worker.c, for the two directions */
void worker_drop(struct worker *w, unsigned reason);
void worker_add(_Atomic uint64_t *counter, uint64_t n);
struct ring_event *worker_event(struct worker *w, enum ring_kind kind);
void worker_tell(struct worker *w); /* the event that worker_event() gave is complete */
bool worker_take(uint32_t *budget);
void worker_device_failed(struct worker *w, int tun, int err);

/* worker_out.c: from the device to the sockets; true if there may be more. */
int worker_out_open(struct worker *w);
bool worker_out(struct worker *w);
void worker_out_close(struct worker *w);

/* worker_in.c: from a socket to the device; true if there may be more. */
int worker_in_open(struct worker *w);
void worker_in_device(struct worker *w, bool joins_udp); /* before the worker starts */
bool worker_in(struct worker *w, const struct udp_group *group);
void worker_in_close(struct worker *w);

#endif
