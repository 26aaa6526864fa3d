/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/link.h"

#include <stdio.h>
#include <string.h>

#include "tests/wanem/frame.h"

void link_init(struct link *link, const char *name, uint64_t seed, const uint8_t mac[6])
{
	uint64_t own = table_hash(name, strlen(name), seed);

	snprintf(link->name, sizeof(link->name), "%s", name);
	direction_init(&link->directions[SIDE_A], own);
	direction_init(&link->directions[SIDE_B], own + 1);
	nat_init(&link->nat, own + 2, mac);
}

void link_fini(struct link *link)
{
	direction_fini(&link->directions[SIDE_A]);
	direction_fini(&link->directions[SIDE_B]);
	nat_fini(&link->nat);
}

/* False: the frame goes no further this way. */
static bool translate(struct link *link, enum side from, struct frame *frame, uint64_t now)
{
	bool passes = true;

	if (frame->ethertype == FRAME_ARP && from == SIDE_B && nat_answers_arp(&link->nat, frame)) {
		direction_hold(&link->directions[SIDE_A], frame->octets, frame->len, now);
		return false;
	}
	if (frame->ethertype == FRAME_IPV4)
		passes = from == SIDE_A ? nat_outward(&link->nat, frame, now)
					: nat_inward(&link->nat, frame, now);
	if (!passes)
		link->directions[from].counters.refused++;
	return passes;
}

void link_put(struct link *link, enum side from, uint8_t *octets, size_t len, uint64_t now)
{
	struct direction *direction = &link->directions[from];
	struct frame frame;

	if (len < FRAME_HEADER)
		return;
	frame_parse(&frame, octets, len);
	if (!direction_admits(direction, &frame, now))
		return;
	if (!link->nat.settings.address || translate(link, from, &frame, now))
		direction_hold(direction, octets, len, now);
}
