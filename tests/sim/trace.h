/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run leaves behind: a hash over every bus message and every packet, by which two runs are
 * told to be the same one, and the last bus messages for people.
 */
#ifndef TESTS_SIM_TRACE_H
#define TESTS_SIM_TRACE_H

#include <stdio.h>

#include "tests/sim/watch.h"

#define TRACE_LAST 50

struct trace;

struct trace *trace_new(void);
struct trace *trace_free(struct trace *t); /* returns NULL */

/* at: ns since the run began. */
void trace_bus(struct trace *t, uint64_t at, const struct watch_bus *e);
void trace_packet(struct trace *t, uint64_t at, const struct watch_packet *e);

uint64_t trace_hash(const struct trace *t);

/* The last TRACE_LAST bus messages, oldest first, each behind the name of its host. */
void trace_print(const struct trace *t, FILE *to);

#endif
