/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fleet's daemon does with its memory. */
#include <malloc.h>

#include "shell/shell.h"

#define OWN_MAPPING (128 << 10)

/* Without a fixed threshold the first large block that is freed (a keys file) makes all later large
 * ones part of the heap: then tables that are mostly empty are in memory, and nothing comes back.
 */
void heap_open(void)
{
	mallopt(M_MMAP_THRESHOLD, OWN_MAPPING);
}
