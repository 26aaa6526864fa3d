/* SPDX-License-Identifier: BSD-2-Clause */
/* A message of the bus as mipsockdump prints it. */
#ifndef TOOLS_DUMP_LINE_H
#define TOOLS_DUMP_LINE_H

#include <stdio.h>

#include "libmipsock/mipsock.h"

/*
 * One line, its end included; wall is ns since 1970, printed as local time:
 *
 *	12:00:01.000250 SIG_IN tunneld #7 local=203.0.113.1:434 ... | Registration Request ...
 */
void dump_line(FILE *to, uint64_t wall, const struct mipm_msg *msg);

#endif
