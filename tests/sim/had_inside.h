/* SPDX-License-Identifier: BSD-2-Clause */
/* What the simulation sees of had's state: its names and tunneld's do not go into one file. */
#ifndef TESTS_SIM_HAD_INSIDE_H
#define TESTS_SIM_HAD_INSIDE_H

#include "had/had.h"

/* The name of a router whose binding is in force; NULL: no binding is. */
const char *had_inside_binding(const struct had *had, const struct had_conf *conf);

/* At its start there was a store, and all of it was read. */
bool had_inside_has_store(const struct had *had);

/* What is known of the router with this home address; all zero: nothing. */
struct had_inside_router {
	uint64_t stamp; /* Identification of the last request that came into force */
	bool is_known, is_bound;
};
struct had_inside_router had_inside_router(
	const struct had *had, const struct mipm_addr *home_addr);

/* Requests that wait for the store or for each other. */
size_t had_inside_waiting(const struct had *had);

/* Datagrams that were given to it in this life and got no reply, whatever the reason. */
uint64_t had_inside_unanswered(const struct had *had);

#endif
