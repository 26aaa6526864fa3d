/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One MIPM_BC_ADD kept whole, for telling it back to its owner. A home agent keeps one for each of
 * a hundred thousand routers and rarely reads one: they are packed.
 */
#ifndef TUNNELD_BC_RECORD_H
#define TUNNELD_BC_RECORD_H

#include "tunneld/bindings.h"

struct bc_record;

/* A copy, for free(); NULL without memory. */
struct bc_record *bc_record_new(const struct mipm_bc *bc);

/* What was said; its lists and texts are in the same block, free() is enough. NULL without memory.
 */
struct mipm_bc *bc_record_read(const struct bc_record *record);

/* The path has expired: gives the record without it, and frees the other. Without memory the path
 * stays in it. */
struct bc_record *bc_record_drop_path(struct bc_record *record, uint16_t number);

#endif
