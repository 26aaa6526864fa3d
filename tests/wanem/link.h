/* SPDX-License-Identifier: BSD-2-Clause */
/* A link: a side, b side, a direction each way, and the address translation between them. */
#ifndef WANEM_LINK_H
#define WANEM_LINK_H

#include "tests/wanem/direction.h"
#include "tests/wanem/nat.h"

#define LINK_NAME_MAX 32
#define LINKS_MAX     64

enum side {
	SIDE_A,
	SIDE_B,
	N_SIDES,
};

struct link {
	char name[LINK_NAME_MAX];
	struct direction directions[N_SIDES]; /* by the side that packets come from */
	struct nat nat;			      /* off until it has an address */
};

/* Its random decisions follow from seed and name; mac is that of the b side's device. */
void link_init(struct link *link, const char *name, uint64_t seed, const uint8_t mac[6]);
void link_fini(struct link *link);

/* A frame that came from a side; it may be changed in place, what is held is a copy. */
void link_put(struct link *link, enum side from, uint8_t *octets, size_t len, uint64_t now);

#endif
