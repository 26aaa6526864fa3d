/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' traffic of a site: real inner packets from a host in its mobile network to a host behind
 * the home agent and back, through both forwarding tables, encapsulated on the uplink.
 */
#ifndef TESTS_SIM_FLOW_H
#define TESTS_SIM_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host;
struct site;

/* One direction. */
struct flow {
	uint64_t sent, received, duplicates, late; /* late: after one that was sent later */
	uint64_t last_at, worst_gap;
	uint64_t last_number, newest; /* sent; received */
};

struct flows {
	struct site *site;
	bool is_on, is_due;
	uint64_t interval; /* ns between two packets of a direction */
	uint32_t octets;   /* of a whole inner packet */
	struct flow up, down;
};

/* Both directions, until it is stopped. Changes the pace of what flows already. */
void flows_start(struct site *site, uint64_t interval_ms, uint32_t octets);
void flows_stop(struct site *site);
void flows_mark(struct site *site); /* counts and gaps begin anew */

/* The worse direction's longest pause since the mark, up to now. */
uint64_t flows_gap_ms(const struct site *site);
/* Both directions have delivered within the last second. */
bool flows_are_alive(const struct site *site);

/* An inner packet came out of the tunnel at this host. */
void flows_arrived(struct host *h, const uint8_t *packet, size_t len);

#endif
