/* SPDX-License-Identifier: BSD-2-Clause */
/* One MIPM_BC_ADD kept whole, for telling it back to its owner. */
#ifndef TUNNELD_BC_RECORD_H
#define TUNNELD_BC_RECORD_H

#include "tunneld/bindings.h"

/* Lists and texts are the record's own, all in one block: free() is enough. */
struct bc_record {
	struct mipm_bc msg;
};

/* A deep copy; NULL without memory. */
struct bc_record *bc_record_new(const struct mipm_bc *bc);

/* The path has expired. */
void bc_record_drop_path(struct bc_record *record, uint16_t number);

#endif
