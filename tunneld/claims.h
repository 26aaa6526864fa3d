/* SPDX-License-Identifier: BSD-2-Clause */
/* The prefixes of tunnels in the table: fib.c's other half. */
#ifndef TUNNELD_CLAIMS_H
#define TUNNELD_CLAIMS_H

struct fib;
struct fib_tunnel;

void claims_withdraw_all(struct fib *fib, struct fib_tunnel *tunnel);

#endif
