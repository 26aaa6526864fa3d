/* SPDX-License-Identifier: BSD-2-Clause */
/* Registration Reply codes: number, name, who says it, and a sentence for people. */
#ifndef LIBMIP_CODE_H
#define LIBMIP_CODE_H

#include <stdbool.h>
#include <stdint.h>

enum mip_code {
	MIP_CODE_ACCEPTED = 0,
	MIP_CODE_ACCEPTED_NO_SIMULTANEOUS = 1,
	MIP_CODE_CONCURRENT_REGISTRATION = 2, /* RFC 6521, a success */

	/* foreign agent: 64-127 and 194 */
	MIP_CODE_FA_UNSPECIFIED = 64,
	MIP_CODE_FA_LIFETIME_TOO_LONG = 69,
	MIP_CODE_FA_ENCAPSULATION_UNAVAILABLE = 72,

	/* home agent: 128-192 */
	MIP_CODE_UNSPECIFIED = 128,
	MIP_CODE_PROHIBITED = 129,
	MIP_CODE_RESOURCES = 130,
	MIP_CODE_MN_FAILED_AUTHENTICATION = 131,
	MIP_CODE_FA_FAILED_AUTHENTICATION = 132,
	MIP_CODE_IDENT_MISMATCH = 133,
	MIP_CODE_POORLY_FORMED = 134,
	MIP_CODE_TOO_MANY_BINDINGS = 135,
	MIP_CODE_UNKNOWN_HOME_AGENT = 136,
	MIP_CODE_REVERSE_TUNNEL_UNAVAILABLE = 137,
	MIP_CODE_REVERSE_TUNNEL_REQUIRED = 138,
	MIP_CODE_ENCAPSULATION_UNAVAILABLE = 139,
	MIP_CODE_CVSE_FROM_MN = 140,
	MIP_CODE_CVSE_FROM_FA = 141,
	MIP_CODE_UDP_ENCAPSULATION_UNAVAILABLE = 142,
	MIP_CODE_REDIRECTED = 143,
	MIP_CODE_MN_FAILED_AAA = 144,
	MIP_CODE_ZERO_CAREOF_ADDRESS = 145,
	MIP_CODE_MOBILE_NETWORK_ERROR = 147,
	MIP_CODE_MOBILE_ROUTER_DISALLOWED = 148,
	MIP_CODE_SERVICE_AUTHORIZATION_FAILED = 151,
	MIP_CODE_MULTIPATH_NOT_ALLOWED = 152,
	MIP_CODE_INVALID_FLOW_BINDING = 153,

	MIP_CODE_FA_INVALID_HOME_AGENT = 194,

	/* correspondent router, RFC 6521 */
	MIP_CODE_HOME_NONCE_EXPIRED = 201,
	MIP_CODE_CAREOF_NONCE_EXPIRED = 202,
	MIP_CODE_BOTH_NONCES_EXPIRED = 203,
};

enum mip_code_origin {
	MIP_CODE_ORIGIN_UNKNOWN,
	MIP_CODE_ORIGIN_SUCCESS, /* 0-8 */
	MIP_CODE_ORIGIN_FA,	 /* 64-127, 194: carries no MN-HA, see RFC 5944 3.7.3 */
	MIP_CODE_ORIGIN_HA,	 /* 128-192 */
	MIP_CODE_ORIGIN_GFA,	 /* 193, 195-200 */
	MIP_CODE_ORIGIN_CR,	 /* 201-210 */
};

enum mip_code_origin mip_code_origin(uint8_t code);
bool mip_code_is_accepted(uint8_t code); /* 0-8 */

/* "prohibited"; "code" for those without a row. One word with hyphens, stable, for programs. */
const char *mip_code_name(uint8_t code);

/* What it means, as a clause to follow a colon: "administratively prohibited". */
const char *mip_code_sentence(uint8_t code);

/* By mip_code_name() or decimal number; 0 or -EINVAL. */
int mip_code_parse(const char *text, uint8_t *out);

#endif
