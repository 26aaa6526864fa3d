/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/uplink.h"

#include "base/addr.h"
#include "tests/sim/sim.h"

#define DELAY_MS  15
#define STEP_MS	  10
#define JITTER_MS 3

struct lane_conf lane_fair(uint8_t number)
{
	return (struct lane_conf) { .delay = (DELAY_MS + STEP_MS * number) * NSEC_PER_MS,
		.jitter = JITTER_MS * NSEC_PER_MS };
}

struct mipm_addr uplink_public(const struct uplink *u)
{
	uint32_t site = (uint32_t)u->site->host.index;

	if (!u->has_address)
		return (struct mipm_addr) { 0 };
	return addr_from_v4(0xc6120000u + (u->address << 14) + (site << 4) + u->number);
}

struct mipm_addr uplink_address(const struct uplink *u)
{
	if (!u->nat.is_there || !u->has_address)
		return uplink_public(u);
	return addr_from_v4(0xc0a80002u + ((uint32_t)u->number << 8));
}

bool uplink_is_usable(const struct uplink *u)
{
	return u->is_there && u->has_carrier && u->has_address;
}

static void tell(struct uplink *u)
{
	if (u->site->host.tunneld)
		tunneld_uplink(u->site->host.tunneld, u);
}

void uplink_dead(struct uplink *u, bool up, bool down)
{
	u->up.conf.is_dead = up;
	u->down.conf.is_dead = down;
}

void uplink_carrier(struct uplink *u, bool carrier)
{
	u->has_carrier = carrier;
	tell(u);
}

void uplink_plug(struct uplink *u, bool is_there)
{
	if (is_there == u->is_there)
		return;
	if (is_there)
		u->link += 16;
	u->is_there = is_there;
	tell(u);
}

void uplink_lose_address(struct uplink *u)
{
	u->has_address = false;
	tell(u);
}

void uplink_renumber(struct uplink *u, uint32_t nth)
{
	u->address = nth;
	u->has_address = true;
	tell(u);
}

void uplink_nat(struct uplink *u, const struct nat_conf *conf)
{
	nat_forget(&u->nat);
	u->nat.is_there = conf != NULL;
	if (conf)
		u->nat.conf = *conf;
	tell(u);
}

void uplink_rebind(struct uplink *u)
{
	nat_forget(&u->nat);
}

void uplink_heal(struct uplink *u)
{
	u->up.conf = u->down.conf = lane_fair(u->number);
	u->up.in_burst = u->down.in_burst = false;
	u->has_address = true;
	uplink_plug(u, true);
	uplink_carrier(u, true);
}
