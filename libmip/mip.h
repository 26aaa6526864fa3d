/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobile IPv4 messages and extensions as plain structs in host order, and the RFCs' numbers.
 *
 * Parsing keeps no pointer into the datagram except spans and strings, which live as long as the
 * datagram does. Addresses of the fixed part always have family IPv4 after a parse, 0.0.0.0
 * included: ask addr_is_unspecified(), not addr_is_present().
 *
 * What stands before the first Mobile-Home authentication extension ("<A") is decoded into fields;
 * what stands after it was not signed by the mobile node, so it is only recorded (mip_ext_find()),
 * with one exception that RFC 3519 wants noticed, udp_tunnel_request.after_auth.
 */
#ifndef LIBMIP_MIP_H
#define LIBMIP_MIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libmipsock/mipsock_addr.h"

struct mac;
struct mip_sa;

#define MIP_PORT 434

/* Largest signalling datagram that is parsed or built; larger ones never reach a core. */
#define MIP_MESSAGE_MAX 8192

/* first octet */
enum mip_message_type {
	MIP_REGISTRATION_REQUEST = 1, /* RFC 5944 3.3 */
	MIP_REGISTRATION_REPLY = 3,   /* RFC 5944 3.4 */
	MIP_TUNNEL_DATA = 4,	      /* RFC 3519 3.3 */
	MIP_REVOCATION = 7,	      /* RFC 3543 3.3 */
	MIP_REVOCATION_ACK = 15,      /* RFC 3543 3.4 */
	MIP_HOME_TEST_INIT = 24,      /* RFC 6521 10 */
	MIP_CAREOF_TEST_INIT = 25,
	MIP_HOME_TEST = 26,
	MIP_CAREOF_TEST = 27,
};

/* flags of a request, RFC 5944 3.3; r (0x04) and x (0x01) are sent 0 and ignored */
#define MIP_FLAG_S 0x80 /* simultaneous bindings: keep my other ones */
#define MIP_FLAG_B 0x40 /* broadcasts of the home network */
#define MIP_FLAG_D 0x20 /* decapsulation by the mobile node: co-located care-of address */
#define MIP_FLAG_M 0x10 /* minimal encapsulation */
#define MIP_FLAG_G 0x08 /* GRE */
#define MIP_FLAG_T 0x02 /* reverse tunnel */

#define MIP_LIFETIME_INFINITE 0xffff

/* extension types, RFC of each in ext.c */
enum mip_ext_type {
	MIP_EXT_PAD = 0,
	MIP_EXT_MN_HA_AUTH = 32,
	MIP_EXT_MN_FA_AUTH = 33,
	MIP_EXT_FA_HA_AUTH = 34,
	MIP_EXT_GENERAL_AUTH = 36,
	MIP_EXT_CVSE = 38,
	MIP_EXT_UDP_TUNNEL_REPLY = 44,
	MIP_EXT_FA_ERROR = 45,
	MIP_EXT_GFA_ADDRESS = 46,
	MIP_EXT_GRE_KEY = 48,
	MIP_EXT_ROUTE_OPT = 49,
	MIP_EXT_PREFIX_ADVERTISEMENT = 50,
	MIP_EXT_DELIVERY_STYLE = 130,
	MIP_EXT_NAI = 131,
	MIP_EXT_CHALLENGE = 132,
	MIP_EXT_NVSE = 134,
	MIP_EXT_NAI_CARRYING = 136,
	MIP_EXT_REVOCATION_SUPPORT = 137,
	MIP_EXT_HIERARCHICAL_FA = 140,
	MIP_EXT_REPLAY_STYLE = 141,
	MIP_EXT_REGIONAL_LIFETIME = 142,
	MIP_EXT_UDP_TUNNEL_REQUEST = 144,
	MIP_EXT_MESSAGE_STRING = 145,
	MIP_EXT_MOBILE_NETWORK = 148,
	MIP_EXT_SERVICE_SELECTION = 151,
	MIP_EXT_IPV6_PREFIX = 152,
	MIP_EXT_ROUTE_OPT_CAPABILITY = 153,
	MIP_EXT_MULTIPATH = 154,
};

#define MIP_MAX_NETWORKS 32 /* Mobile Network Requests or Acknowledgements in one message */
#define MIP_MAX_FLOWS	 8
#define MIP_MAX_BIDS	 8 /* of one flow binding, RFC 7629 */
#define MIP_MAX_EXTS	 80
#define MIP_NAI_MAX	 255

/* why a datagram was not a good message; each is a counter by mip_verdict_name() */
enum mip_verdict {
	MIP_VERDICT_OK,
	MIP_VERDICT_TOO_SHORT,	   /* less than the fixed part */
	MIP_VERDICT_TOO_LONG,	   /* more than MIP_MESSAGE_MAX */
	MIP_VERDICT_UNKNOWN_TYPE,  /* of message */
	MIP_VERDICT_UNKNOWN_EXT,   /* type below 128 that we do not know: silence, RFC 5944 1.8 */
	MIP_VERDICT_MALFORMED,	   /* lengths that do not fit, an impossible value */
	MIP_VERDICT_DUPLICATE_EXT, /* twice what can stand once */
	MIP_VERDICT_TOO_MANY,	   /* more networks, flows or extensions than we keep */
	MIP_VERDICT_LAST = MIP_VERDICT_TOO_MANY,
};

const char *mip_verdict_name(enum mip_verdict verdict);

/*
 * True if code 134 may be sent, once the authenticator was verified: of such a message everything
 * up to the fault was decoded, in particular mn_ha if it could be reached. False: silence.
 */
bool mip_verdict_is_deniable(enum mip_verdict verdict);

/* one extension as it stood on the wire */
struct mip_ext {
	uint8_t type;
	uint8_t subtype;       /* 0 for shapes without one */
	bool after_auth;       /* after the first Mobile-Home authentication extension */
	uint16_t offset;       /* of its type octet in the message */
	uint32_t vendor;       /* vendor extensions (38, 134) only */
	uint16_t kind;	       /* the same: vendor type */
	struct mipm_span data; /* what follows type, length and subtype; for vendors, their value */
};

/* RFC 5944 3.5.1: the authenticator covers every octet of the message before itself */
struct mip_auth {
	bool present;
	uint32_t spi;
	uint16_t offset;		/* of the extension */
	uint16_t covered;		/* octets that are covered */
	struct mipm_span authenticator; /* any length: whoever verifies compares it first */
};

/* RFC 3519 3.1 */
struct mip_udp_tunnel_request {
	bool present;	 /* usable: before MN-HA, reserved field zero */
	bool ignored;	 /* was there, reserved field not zero: as if absent */
	bool after_auth; /* was there after MN-HA: code 134 in a direct registration */
	bool force;
	bool via_fa;	       /* R */
	uint8_t encapsulation; /* 0, 4, 47, 55 */
};

/* RFC 3519 3.2 */
struct mip_udp_tunnel_reply {
	bool present;
	uint8_t code; /* MIP_UDP_TUNNEL_* */
	bool force;
	uint16_t keepalive; /* seconds; 0: the mobile node's own default */
};

#define MIP_UDP_TUNNEL_GRANTED	0
#define MIP_UDP_TUNNEL_DECLINED 64 /* 64 and above: no */

/* RFC 5177 4.1; host bits are masked, len is as received and may be out of range */
struct mip_network_request {
	struct mipm_addr addr;
	uint8_t len;
};

/* RFC 5177 4.2 */
struct mip_network_ack {
	bool implicit;
	uint8_t code; /* enum mip_network_code */
	struct mipm_addr addr;
	uint8_t len;
};

enum mip_network_code {
	MIP_NETWORK_SUCCESS = 0,
	MIP_NETWORK_INVALID_PREFIX_LEN = 1,
	MIP_NETWORK_UNAUTHORIZED = 2,
	MIP_NETWORK_FORWARDING_FAILED = 3,
	MIP_NETWORK_UNASSIGNED = 4, /* RFC 6626 */
	MIP_NETWORK_CODE_LAST = MIP_NETWORK_UNASSIGNED,
};

const char *mip_network_code_name(uint8_t code); /* "?" if unknown */

/* RFC 7629 4.1 */
struct mip_multipath {
	bool present;
	uint8_t att;   /* interface access technology type, RFC 5213 */
	uint8_t label; /* 1-255 */
	uint8_t bid;   /* 1-254 */
	uint8_t flags;
};

#define MIP_MULTIPATH_BULK	0x80 /* B: this lifetime is for all my bindings */
#define MIP_MULTIPATH_OVERWRITE 0x40 /* O: this replaces all my bindings */

/* RFC 7629 4.2 */
struct mip_flow {
	uint8_t action; /* MIP_FLOW_* */
	uint8_t n_bids;
	uint8_t bids[MIP_MAX_BIDS]; /* in order of preference */
	uint8_t selector_format;    /* 1 IPv4, 2 IPv6 */
	bool catch_all;		    /* IPv4 selector without a single field: every packet */
	struct mipm_span selector;  /* after the format octet; not needed to build a catch-all */
};

#define MIP_FLOW_DROP	 0
#define MIP_FLOW_FORWARD 1

/* RFC 3543 3.2; in requests of routers with a co-located care-of address, and in their replies */
struct mip_revocation_support {
	bool present;
	bool inform;	    /* I: the mobile node is to be told of a revocation */
	uint32_t timestamp; /* of the sender's clock, mip_revocation_clock() */
};

/*
 * Our own, as normal vendor extensions (mipv4.md section 24). The number is the one reserved for
 * documentation (RFC 5612) until the project has its own.
 */
#define MIP_VENDOR 32473

enum mip_own_kind {
	MIP_OWN_CAPS = 1,
	MIP_OWN_WATCH = 8,
	MIP_OWN_OBSERVED_ADDRESS = 9,
};

enum mip_caps_role {
	MIP_CAPS_ROUTER = 1,
	MIP_CAPS_HOME_AGENT = 2,
	MIP_CAPS_CORRESPONDENT = 3,
};

#define MIP_CAPS_VERSION 1

/* feature bits; one is used only if both ends sent it */
#define MIP_FEATURE_SEQUENCE	     (UINT32_C(1) << 0) /* S: tunnel number */
#define MIP_FEATURE_KEY		     (UINT32_C(1) << 1) /* K: path number and path count */
#define MIP_FEATURE_REPORT	     (UINT32_C(1) << 2)
#define MIP_FEATURE_WATCH	     (UINT32_C(1) << 3)
#define MIP_FEATURE_ESP		     (UINT32_C(1) << 4)
#define MIP_FEATURE_ROAMING	     (UINT32_C(1) << 5)
#define MIP_FEATURE_LEARNS_FLOWS     (UINT32_C(1) << 6)
#define MIP_FEATURE_HA_LIST	     (UINT32_C(1) << 7)
#define MIP_FEATURE_STANDBY	     (UINT32_C(1) << 8)
#define MIP_FEATURE_REGIONAL_KEYS    (UINT32_C(1) << 9)
#define MIP_FEATURE_MULTIPATH	     (UINT32_C(1) << 10)
#define MIP_FEATURE_OBSERVED_ADDRESS (UINT32_C(1) << 11)

struct mip_caps {
	bool present;
	uint8_t version;
	uint8_t role;	   /* enum mip_caps_role */
	uint32_t features; /* unknown bits are kept and mean nothing */
	uint32_t boot_id;
};

/* how the agent shall arm its own end (DETECTOR.md section 10); times in ms */
struct mip_watch {
	bool present;
	uint16_t theta_0, theta_min, theta_max;
	uint16_t fill, idle;
	uint16_t report_calm, report_alert;
	uint8_t width;
	uint8_t flags; /* MIP_WATCH_* */
};

#define MIP_WATCH_REPLAY 0x01

/* the extensions of a request or a reply */
struct mip_exts {
	struct mipm_str nai; /* RFC 2794; len 0 = absent */
	struct mip_udp_tunnel_request udp_tunnel_request;
	struct mip_udp_tunnel_reply udp_tunnel_reply;
	struct mip_network_request network_requests[MIP_MAX_NETWORKS];
	size_t n_network_requests;
	struct mip_network_ack network_acks[MIP_MAX_NETWORKS];
	size_t n_network_acks;
	struct mip_multipath multipath;
	struct mip_flow flows[MIP_MAX_FLOWS];
	size_t n_flows;
	struct mip_revocation_support revocation;
	struct mipm_str message_string; /* RFC 4917, from the home agent; for people only */
	struct mip_caps caps;
	struct mip_watch watch;
	struct mipm_endpoint observed_addr; /* family 0 = absent */

	/* filled by parsing, not looked at when building */
	struct mip_auth mn_ha; /* the first one */
	unsigned n_mn_ha;
	unsigned n_skipped;		   /* unknown ones of type 128 and above */
	struct mip_ext exts[MIP_MAX_EXTS]; /* all that we know by name, in wire order */
	size_t n_exts;
};

struct mip_request {
	uint8_t flags;
	uint16_t lifetime; /* seconds; 0 = de-register, MIP_LIFETIME_INFINITE */
	struct mipm_addr home_addr;
	struct mipm_addr home_agent;
	struct mipm_addr careof_addr;
	uint64_t ident;
	struct mip_exts ext;
};

struct mip_reply {
	uint8_t code; /* code.h */
	uint16_t lifetime;
	struct mipm_addr home_addr;
	struct mipm_addr home_agent;
	uint64_t ident;
	struct mip_exts ext;
	struct mipm_span challenge; /* to build: RFC 4721, goes behind the authentication */
};

/* Each of the two gives enum mip_verdict; *out is filled as far as the datagram could be read. */
int mip_request_parse(struct mipm_span datagram, struct mip_request *out);
int mip_reply_parse(struct mipm_span datagram, struct mip_reply *out);

/*
 * Write the message with its extensions in the order of RFC 5944 and, last, the Mobile-Home
 * authentication extension by this security association (none if sa is NULL: mac is not used
 * then). *len gets the octets written.
 * 0, -EMSGSIZE (does not fit in size, or a value not in its field), or what mac.h gives.
 */
int mip_request_build(const struct mip_request *request, struct mac *mac, struct mip_sa *sa,
	uint8_t *buf, size_t size, size_t *len);
int mip_reply_build(const struct mip_reply *reply, struct mac *mac, struct mip_sa *sa, uint8_t *buf,
	size_t size, size_t *len);

/* The first recorded extension of this type and subtype, or NULL. */
const struct mip_ext *mip_ext_find(const struct mip_exts *exts, uint8_t type, uint8_t subtype);

#endif
