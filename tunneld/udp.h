/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP sockets. Each uplink of a mobile router (by interface, so that an address may change) and
 * each listen address of a home agent has one group of sockets on one port: member 0 for
 * signalling, read by the main thread, and one for each worker. The kernel chooses the member by a
 * classic BPF program on the first octet of the payload: signalling never waits behind data.
 *
 * All tunnel data of one path comes to one worker: the program takes the outer source address and
 * port for it, not the inner packet.
 */
#ifndef TUNNELD_UDP_H
#define TUNNELD_UDP_H

#include <stdatomic.h>

#include "base/log.h"
#include "libmipsock/mipsock.h"

#define UDP_WORKERS_MAX	  16
#define UDP_GROUPS_MAX	  600 /* 254 uplinks of two families, and listen addresses */
#define UDP_ADDRESSES_MAX 8

struct fib_hop;
struct iovec;

/* Read by workers under RCU; changed by the main thread only before it is published, but for the
 * addresses, which are the main thread's. */
struct udp_group {
	void *retired[2]; /* struct rcu_head */
	uint32_t id;
	uint32_t ifindex; /* 0: bound to local.addr */
	uint32_t mark;	  /* 0: none */
	struct mipm_endpoint local;
	uint8_t family;
	bool is_stamped;   /* data members give receive time stamps */
	bool is_broadcast; /* local.addr stands for many hosts */
	int fds[1 + UDP_WORKERS_MAX];
	size_t n_fds;
	struct mipm_addr addresses[UDP_ADDRESSES_MAX];
	size_t n_addresses;
};

struct udp_stats {
	uint64_t sig_in, sig_out;
	uint64_t sig_unowned;  /* nobody wanted it */
	uint64_t sig_too_big;  /* more than MIPSOCK_SIG_MAX */
	uint64_t sig_misled;   /* tunnel data at the signalling member, broadcasts */
	uint64_t sig_not_ours; /* SIG_OUT from an address that is not ours */
	uint64_t sig_failed;   /* the kernel would not send it */
};

struct udp_config {
	uint32_t n_workers;
	struct log *log;
	void *ctx;
	/* A signalling datagram; true if somebody wants it. The struct is valid during the call. */
	bool (*signal)(void *ctx, uint64_t now, const struct mipm_sig *sig);
};

struct udp;

int udp_open(struct udp **out, const struct udp_config *config);
void udp_close(struct udp *u);

/*
 * Opens a group: on a link (ifindex; addr unspecified) or on an address. mark 0: none. number goes
 * into the choice of a worker, so that several uplinks to one home agent spread. 0 or a negative
 * errno.
 */
int udp_group_open(struct udp *u, const struct mipm_endpoint *local, uint32_t ifindex,
	uint32_t mark, struct udp_group **out);
/* Signalling only, at an address that stands for many hosts: nothing leaves from there. */
int udp_group_open_broadcast(
	struct udp *u, const struct mipm_endpoint *local, struct udp_group **out);
void udp_group_close(struct udp *u, struct udp_group *g);

/* Our addresses on a link: what SIG_OUT may leave from. */
void udp_group_addresses(struct udp_group *g, const struct mipm_addr *addresses, size_t n);
bool udp_group_has(const struct udp_group *g, const struct mipm_addr *addr);

/* A socket time stamp (CLOCK_REALTIME) on the boot clock. */
struct timespec;
uint64_t udp_boot_time(const struct timespec *stamp);

/* For readers; NULL if it has gone. */
struct udp_group *udp_group_at(const struct udp *u, uint32_t id);

/* The group on this link for this family, or NULL. */
struct udp_group *udp_group_on(const struct udp *u, uint32_t ifindex, uint8_t family);

/* Readable when there is signalling. */
int udp_fd(const struct udp *u);
void udp_ready(void *u, uint64_t now);

/* Queues a signalling datagram (copied); udp_flush() sends the queue. Dropped and counted if the
 * local address is not ours. */
void udp_signal(struct udp *u, const struct mipm_sig *sig);
bool udp_has_queued(const struct udp *u);
void udp_flush(struct udp *u);

/* One datagram of tunnel data by the signalling member, whose outer packet may be fragmented: for
 * keepalives and other rare things, from any thread. 0 or a negative errno. */
int udp_group_send(
	const struct udp_group *g, const struct fib_hop *hop, const uint8_t *payload, size_t len);

/* The outer MTU towards remote from this group; 0 if the kernel does not say. */
uint32_t udp_path_mtu(const struct udp_group *g, const struct mipm_endpoint *remote);

const struct udp_stats *udp_stats(const struct udp *u);

#endif
