/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An uplink: its address, perhaps a NAT, and one way (struct lane) in each direction. Chances are
 * parts per million, times nanoseconds. What is changed holds for the next datagram.
 */
#ifndef TESTS_SIM_UPLINK_H
#define TESTS_SIM_UPLINK_H

#include "tests/sim/nat.h"

struct site;
struct datagram;

struct lane_conf {
	uint64_t delay, jitter; /* delay to delay + jitter; nobody overtakes */
	uint32_t loss;
	/* Gilbert-Elliott, each datagram: a burst begins, ends; lost within one. */
	uint32_t burst_begin, burst_end, burst_loss;
	uint32_t reorder; /* so many are held back by reorder_by, and are overtaken */
	uint64_t reorder_by;
	uint32_t duplicate;
	uint64_t rate;	/* bits per second; 0: any */
	uint32_t queue; /* octets that wait for the rate; more are dropped at the tail */
	bool is_dead;	/* silent: sent, and never seen again */
	/* Lost as well: longer than so many octets (0: none), tunnel data, signalling, every nth.
	 */
	uint32_t longest;
	bool no_data, no_signalling;
	uint32_t every;
};

/* The datagrams in it. */
struct lane {
	struct lane_conf conf;
	uint64_t chances; /* state of its own random numbers */
	bool in_burst;
	uint64_t idle_at; /* the rate's */
	uint64_t last_at; /* when the last one that was not held back arrives */
	uint64_t sent, lost, delivered, under_way;
};

#define UPLINKS_MAX 8
/* Interface index of uplink n when the world is made; each time it is plugged in again it has
 * another one, 16 more. */
#define UPLINK_LINK(n)	    (16u + (n))
#define UPLINK_NUMBER(link) ((link)&15u)

struct uplink {
	struct site *site;
	uint8_t number; /* 1: the best */
	char name[8];
	bool is_there, has_carrier, has_address;
	uint32_t link; /* interface index */
	uint32_t mtu;
	uint32_t address; /* which of its addresses: 0 at first */
	struct lane up, down;
	struct nat nat;
};

/* What lanes are when a world is made: 15 ms + 10 ms times number, 3 ms of jitter, no loss. */
struct lane_conf lane_fair(uint8_t number);

void uplink_dead(struct uplink *u, bool up, bool down); /* the datagrams under way are lost too */
void uplink_carrier(struct uplink *u, bool carrier);
/* The modem is pulled out, or plugged in again: another interface. */
void uplink_plug(struct uplink *u, bool is_there);
/* The DHCP server gives its nth address (0 to 6) instead of the one it has, or none. */
void uplink_renumber(struct uplink *u, uint32_t nth);
void uplink_lose_address(struct uplink *u);
void uplink_nat(struct uplink *u, const struct nat_conf *conf); /* NULL: there is none any more */
void uplink_rebind(struct uplink *u); /* the NAT forgets: the next datagram gets another port */
/* All as when the world was made, but which address it has, and the NAT. */
void uplink_heal(struct uplink *u);
/* There, with carrier and an address. */
bool uplink_is_usable(const struct uplink *u);

/* Its own address, and the one by which the Internet knows it; absent: it has none. */
struct mipm_addr uplink_address(const struct uplink *u);
struct mipm_addr uplink_public(const struct uplink *u);

#endif
