/* SPDX-License-Identifier: BSD-2-Clause */
/* What a network looks like in which nothing is wrong, and nothing is still to be done. */
#ifndef TESTS_SIM_QUIET_H
#define TESTS_SIM_QUIET_H

#include "tests/sim/sim.h"

/* Do the forwarding tables of a router and of a home agent agree: the same paths to the same far
 * ends, and traffic goes both ways by the same one? why is then a sentence without its end. */
bool tables_agree(const struct site *site, const struct agent *a, char *why, size_t size);

/* All daemons run, every uplink with a carrier is a path, tables agree, users' traffic (where
 * there is any) passes. */
bool quiet_is(const struct sim *s, char *why, size_t size);

#endif
