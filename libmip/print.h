/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line per message, for logs, dumps and test failures. Never a key or an authenticator. Text
 * from the wire is printed with everything but printable ASCII as '?'.
 */
#ifndef LIBMIP_PRINT_H
#define LIBMIP_PRINT_H

#include <stddef.h>

#include "libmip/mip.h"

/*
 * Each writes at most size octets, NUL included, and returns buf; a line that is cut ends in "...".
 *
 * Registration Request home 10.200.0.7 agent 203.0.113.1 care-of 198.51.100.77 lifetime 300
 * flags DT ident e9dcad40.01020304 nai "site7" udp-tunnel force mn-ha 1007
 */
const char *mip_print_request(const struct mip_request *request, char *buf, size_t size);
const char *mip_print_reply(const struct mip_reply *reply, char *buf, size_t size);

/* Parses first; what does not parse is printed as far as it could be read, with the verdict. */
const char *mip_print(struct mipm_span datagram, char *buf, size_t size);

/* "MN-HA"; "unknown" for types without a row. */
const char *mip_ext_name(uint8_t type, uint8_t subtype);

#endif
