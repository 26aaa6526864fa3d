/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast the simulation is: GOALS.md R13. */
#ifndef TESTS_SIM_SPEED_H
#define TESTS_SIM_SPEED_H

#include <stdint.h>
#include <stdio.h>

/* Prints how many router-hours a minute of one processor simulates: routers with two uplinks and
 * preset normal that are registered and have no traffic, for so many hours each. */
void speed_report(FILE *to, uint32_t routers, uint32_t hours);

#endif
