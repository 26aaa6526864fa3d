/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of an uplink. */
#ifndef TESTS_SIM_LANE_H
#define TESTS_SIM_LANE_H

#include "tests/sim/uplink.h"

/* Does a datagram of so many octets (with its headers) get through, and when does it arrive? */
bool lane_takes(struct lane *l, uint64_t now, size_t octets, bool is_data, uint64_t *at);
bool lane_doubles(struct lane *l);

#endif
