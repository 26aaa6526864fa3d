/* SPDX-License-Identifier: BSD-2-Clause */
/* A NAT as homes and mobile networks have them, in the words of RFC 4787. */
#ifndef TESTS_SIM_NAT_H
#define TESTS_SIM_NAT_H

#include <stdbool.h>

#include "libmipsock/mipsock_addr.h"

enum nat_kind {
	NAT_ENDPOINT,	      /* independent of whom it is for */
	NAT_ADDRESS,	      /* dependent on the address */
	NAT_ADDRESS_AND_PORT, /* and on the port */
};

struct nat_conf {
	enum nat_kind mapping, filtering;
	uint64_t timeout; /* ns without a datagram going out; 0: 60 s */
};

#define NAT_ROWS 16

/* One far end that somebody inside has sent to. */
struct nat_row {
	struct mipm_endpoint inside, far;
	uint16_t port; /* outside */
	uint64_t used_at;
	bool is_used;
};

struct nat {
	bool is_there;
	struct nat_conf conf;
	struct nat_row rows[NAT_ROWS];
	uint16_t next_port;
};

/* The outside port of a datagram that goes out. */
uint16_t nat_out(struct nat *n, uint64_t now, const struct mipm_endpoint *inside,
	const struct mipm_endpoint *far);

/* The port that has been given to one like it and lives; 0: none. */
uint16_t nat_port(const struct nat *n, uint64_t now, const struct mipm_endpoint *inside,
	const struct mipm_endpoint *far);

/* Whom a datagram to this port is for; NULL: nobody, or it is filtered. */
const struct mipm_endpoint *nat_in(
	struct nat *n, uint64_t now, uint16_t port, const struct mipm_endpoint *far);

void nat_forget(struct nat *n);

#endif
