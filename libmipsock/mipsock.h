/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobility socket: the contract between the daemons of a Mobile IP node, and with you.
 *
 * Participants exchange typed messages (MIPM_*) over Unix datagram sockets in one directory; there
 * is no broker. This header has one struct per message, the membership calls, and nothing else.
 * Names and numbers follow SHISA's mobility socket where it had them (1-31).
 *
 * Conventions that hold for every struct below:
 *  - Zero is absent. A zeroed struct with only its required fields set is a valid message.
 *  - Times are nanoseconds of CLOCK_BOOTTIME, in fields that end in _at; durations carry their
 *    unit in the name. Ports and integers are in host order. Links are interface indexes.
 *  - Lists are a pointer and a count (x, n_x). In what you send they are yours; in what you are
 *    given, they and all texts and spans live until the handler returns.
 *  - State messages carry the whole entry: ADD creates or replaces, REMOVE of the unknown
 *    succeeds. The key of an entry is named at each of them.
 *  - A path is named by (home address, peer, number). The number is the same everywhere: the
 *    uplink's number in LINK, the binding identifier (RFC 7629 BID) on the wire, 1-254.
 *
 * The library never blocks, never prints, starts no thread and installs no signal handler. One
 * struct mipsock belongs to one thread. Errors are negative errno values.
 */
#ifndef MIPSOCK_H
#define MIPSOCK_H

#include <stdbool.h>
#include "mipsock_addr.h"

#define MIPSOCK_ROLE_MAX    16	      /* a role's name with its NUL: 15 letters */
#define MIPSOCK_NAME_MAX    40	      /* a member's name in the directory, with its NUL */
#define MIPSOCK_BUNDLE_MAX  16384     /* octets of one datagram */
#define MIPSOCK_SIG_MAX	    8192      /* octets of one signalling datagram carried */
#define MIPSOCK_BACKLOG_MAX (1 << 20) /* octets waiting for one receiver */
#define MIPSOCK_DEFAULT_DIR "/run/raiic/bus"

/*
 * Message types. Blocks: 1-31 SHISA; 32-47 membership, signalling; 48-63 links, paths, probes;
 * 64-79 registrations, bindings, route optimization; 80-87 keys (private); 88-103 flows; 104-119
 * agents, visitors, proxy; 120-135 several home agents; 136-159 IPv6; from 0xf000 yours.
 * SHISA numbers that are not listed (NODETYPE_INFO 1, *_UPDATE 3 7, *_FLUSH 5 9, HOME_HINT 11,
 * RR_HINT 12, DAD 14) and 66, 67 (RO_SOLICIT, RO_VERDICT) are reserved.
 */
enum mipm_type {
	MIPM_BC_ADD = 2, /* had, crd -> tunneld: a mobility binding */
	MIPM_BC_REMOVE = 4,
	MIPM_BUL_ADD = 6, /* mnd -> tunneld: the mirror image, one path */
	MIPM_BUL_REMOVE = 8,
	MIPM_MD_INFO = 10, /* linkmon -> mnd, tunneld: links in order, with verdicts */
	MIPM_BE_HINT = 13, /* tunneld -> had, crd: tunnel data without a binding */

	MIPM_HELLO = 32, /* who I am, what I want */
	MIPM_BYE = 33,
	MIPM_DUMP = 34, /* tell me all your state */
	MIPM_DUMP_END = 35,
	MIPM_ERROR = 36,   /* a message of yours was refused */
	MIPM_SIG_IN = 37,  /* tunneld -> had, mnd, crd: a signalling datagram */
	MIPM_SIG_OUT = 38, /* and back */
	MIPM_COMMAND = 39, /* an operator's word to one role */
	MIPM_ANSWER = 40,

	MIPM_LINK = 48,	       /* tunneld -> linkmon: an uplink as it is now */
	MIPM_PATH_WATCH = 49,  /* linkmon, had -> tunneld: arm a path */
	MIPM_PATH_SILENT = 50, /* what was armed fired */
	MIPM_PROBE_OUT = 51,   /* linkmon -> tunneld: one keepalive on this path */
	MIPM_PROBE_IN = 52,    /* what came back */
	MIPM_PATH_STATS = 53,  /* tunneld -> linkmon: counters of a path */

	MIPM_REG_STATE = 64, /* mnd -> linkmon: a registration as it stands */
	MIPM_TUN_STATE = 65, /* tunneld -> had, mnd, crd: this entry could not be installed */
};

/*
 * Attribute numbers. 16-511: of several blocks, and SHISA's messages; then the block of a message
 * type times 16 (512-767 membership and signalling, 768-1023 links, 1024-1279 registrations). Each
 * bears the name of its struct field; which message has which, and what is required, stands in
 * msgs.c and in mipsock(7). Within a message an attribute that is no list occurs once; the elements
 * of a list are one attribute each, in order.
 */
enum mipa_attr {
	MIPA_DOMAIN = 16,
	MIPA_HOME_ADDR,
	MIPA_PEER,
	MIPA_NUMBER, /* of a path, 8 bits */
	MIPA_LINK,
	MIPA_NAME,
	MIPA_TEXT,
	MIPA_CODE,
	MIPA_GENERATION,
	MIPA_CAREOF_ADDR,
	MIPA_GATEWAY,
	MIPA_ACTIVE,
	MIPA_NAT,
	MIPA_LIFETIME_S,
	MIPA_EXPIRES_AT,
	MIPA_CAPS,
	MIPA_MESSAGE_ID,
	MIPA_MESSAGE_TYPE,
	MIPA_RECEIVED_AT,
	MIPA_KIND,
	MIPA_LOCAL, /* an endpoint */
	MIPA_REMOTE,
	MIPA_PATH_NUMBER, /* of a path, 16 bits */

	MIPA_MD_COMMAND = 160, /* type 10 x 16 */
	MIPA_MD_ENTRIES,
	MIPA_SCOPE,
	MIPA_CLASS,
	MIPA_VERDICT,
	MIPA_METERED,
	MIPA_ORDER,
	MIPA_CAUSE,
	MIPA_RTT_US,
	MIPA_JITTER_US,
	MIPA_LOSS_PPM,

	MIPA_INNER = 208, /* type 13 x 16 */
	MIPA_SUPPRESSED,

	MIPA_ROLE = 512,
	MIPA_VERSION,
	MIPA_STANDBY,
	MIPA_REPLY,
	MIPA_TYPES,
	MIPA_SIGS,
	MIPA_SIG_TYPE,
	MIPA_SIG_LOCAL, /* an address */
	MIPA_REASON,
	MIPA_OWN,
	MIPA_COMPLETE,
	MIPA_COUNT,
	MIPA_VERB,
	MIPA_TARGET,
	MIPA_VALUE,
	MIPA_TTL,
	MIPA_LINK_LAYER,
	MIPA_TUNNEL,
	MIPA_PAYLOAD,

	MIPA_FLAGS = 768,
	MIPA_ONLINK,
	MIPA_METRIC,
	MIPA_MTU,
	MIPA_ADDRESSES,
	MIPA_GATEWAY_LINK_LAYER,
	MIPA_BYTES_IN,
	MIPA_BYTES_OUT,
	MIPA_FILL_MS,
	MIPA_IDLE_MS,
	MIPA_SUSPECT_MS,
	MIPA_LEASE_MS,
	MIPA_HEDGE,
	MIPA_LAST_IN_AT,
	MIPA_AT,
	MIPA_ID,
	MIPA_SENT_AT,
	MIPA_REPORT,
	MIPA_INNER_MTU,
	MIPA_IN,
	MIPA_OUT,
	MIPA_PACKETS,
	MIPA_OCTETS,
	MIPA_LOST,
	MIPA_LATE,
	MIPA_DUPLICATE,
	MIPA_LAST_AT,

	MIPA_STATE = 1024,
	MIPA_RETRIES,
	MIPA_NEXT_SEND_AT,
	MIPA_SKEW_NS,
	MIPA_ENCAP,
	MIPA_PROTECTION,
	MIPA_PRIORITY,
	MIPA_KEEPALIVE_S,
	MIPA_OWNER,
	MIPA_STAMP,
	MIPA_PROTOCOL,
	MIPA_POLICY,
	MIPA_IDENTITY,
	MIPA_HOME_AGENT,
	MIPA_NETWORKS,
	MIPA_PATHS,
	MIPA_NETWORKS_REMOTE,
	MIPA_PATH,
	MIPA_ROUTE,
};

#define MIPM_TYPE_ANY 0xffff /* in HELLO's types, of a tool: all that is not private */

/* Message flags, set by the library except where said. */
#define MIPM_F_DUMP    0x0001 /* part of a dump */
#define MIPM_F_OWN     0x0002 /* told back to its owner (struct mipm_dump.own) */
#define MIPM_F_PRIVATE 0x0004 /* for one role; observers never get it */

/* ---- membership ---------------------------------------------------------------------------- */

/* Which signalling datagrams a role wants: the first octet and the local address it came to. */
struct mipm_sig_want {
	uint8_t type;		/* Mobile IP message type: 1, 3, 7, 15, 24 ... */
	struct mipm_addr local; /* absent: any (one role only may say so) */
};

struct mipm_hello {
	struct mipm_str role;	 /* "linkmon"; tools: "mipctl" */
	struct mipm_str name;	 /* the socket's name in the directory: connect back to it */
	struct mipm_str version; /* of the program, for people */
	uint8_t standby;	 /* 1: a second candidate, its word does not count yet */
	uint8_t reply;		 /* 1: this answers your hello */
	const uint16_t *types;	 /* what I want; empty: nothing but what is addressed to me */
	uint16_t n_types;
	const struct mipm_sig_want *sigs;
	uint16_t n_sigs;
};

struct mipm_bye {
	struct mipm_str reason;
};

struct mipm_dump {
	uint8_t own; /* 1: the entries that my role owned in your tables, told back to me */
};

struct mipm_dump_end {
	uint8_t complete; /* 1: what was not named does not exist; 0: keep it until it expires */
	uint8_t own;	  /* answers a dump with own */
	uint32_t count;	  /* state messages of this dump */
};

struct mipm_error {
	uint32_t message_id; /* struct mipm_msg.id of what was refused */
	uint16_t message_type;
	uint16_t code; /* errno value, positive */
	struct mipm_str text;
};

/* An operator's command; the answer goes to its sender alone. Verbs: docs/INTERFACES.md. */
struct mipm_command {
	struct mipm_str verb;
	struct mipm_str target;
	struct mipm_str value;
};

struct mipm_answer {
	uint32_t message_id; /* of the command */
	uint16_t code;	     /* 0 done, else an errno value */
	struct mipm_str text;
};

/* ---- signalling ---------------------------------------------------------------------------- */

enum mipm_sig_kind {
	MIPM_SIG_UDP434 = 0,
	/* A question to a name server (UDP port 53), and back to who asked what it answers.
	 * SIG_OUT: link and local address are required, the local port is of tunneld's choice. */
	MIPM_SIG_DNS = 1,
	/* further kinds (udp4191, mh, icmp, icmp6, ra) come later */
};

/*
 * SIG_IN and SIG_OUT. A reply is sent by turning the request's SIG_IN round: same kind, local,
 * remote, link and tunnel. SIG_OUT with link 0 leaves from the socket bound to local.
 */
struct mipm_sig {
	uint8_t kind; /* enum mipm_sig_kind */
	uint8_t ttl;  /* as received; SIG_OUT: 0 = default */
	uint32_t domain;
	struct mipm_endpoint local;
	struct mipm_endpoint remote;
	uint32_t link;		     /* interface index; 0 = not bound to one */
	struct mipm_span link_layer; /* sender's link-layer address, where it is known */
	struct mipm_addr tunnel;     /* home address of the tunnel it came through; or none */
	uint64_t received_at;
	struct mipm_span payload; /* at most MIPSOCK_SIG_MAX */
};

/* ---- links and paths ----------------------------------------------------------------------- */

#define MIPM_LINK_UP	  0x01 /* administratively up */
#define MIPM_LINK_CARRIER 0x02
#define MIPM_LINK_GONE	  0x04 /* vanished, or no uplink any more: the last word about it */
#define MIPM_LINK_METERED 0x08

/* State. Key: link. An uplink is usable when up, with carrier, an address and a gateway (or
 * point to point: the gateway is absent and onlink is 1). */
struct mipm_link {
	uint32_t link;
	struct mipm_str name;
	uint8_t number; /* 1-254: position in the configuration, or the first free one */
	uint8_t flags;	/* MIPM_LINK_* */
	uint8_t onlink;
	uint32_t metric; /* configured; lower is better */
	uint32_t mtu;
	const struct mipm_prefix *addresses; /* of the interface: host bits are kept here */
	uint16_t n_addresses;
	struct mipm_addr gateway;
	struct mipm_span gateway_link_layer;
	uint64_t bytes_in;
	uint64_t bytes_out;
};

enum mipm_verdict {
	MIPM_UNTRIED = 1, /* has an address, nothing known: a registration is its probe */
	MIPM_GOOD = 2,
	MIPM_SUSPECT = 3,
	MIPM_BAD = 4,
};

/* Whom a verdict is about. */
enum mipm_scope {
	MIPM_SCOPE_ALL = 0,
	MIPM_SCOPE_PEER = 1,   /* the home agent or correspondent in peer */
	MIPM_SCOPE_TUNNEL = 2, /* the tunnel (home_addr, peer) */
};

struct mipm_md_entry {
	uint8_t scope; /* enum mipm_scope */
	struct mipm_addr peer;
	struct mipm_addr home_addr;
	uint8_t class;
	uint32_t link;
	struct mipm_str name;
	uint8_t number;
	struct mipm_addr careof_addr;
	struct mipm_addr gateway;
	uint8_t verdict; /* enum mipm_verdict */
	uint8_t metered;
	uint16_t order; /* 0 is used first; equal orders share (later) */
	struct mipm_str cause;
	uint32_t rtt_us; /* smoothed round trip; 0 = not measured */
	uint32_t jitter_us;
	uint32_t loss_ppm; /* lost per million of late */
};

/* SHISA's commands. */
enum mipm_md_command {
	MIPM_MD_REREG = 1,     /* use the links below, in their order */
	MIPM_MD_DEREGHOME = 2, /* reserved: at home */
	MIPM_MD_SCAN = 4,      /* mnd -> linkmon: look again */
};

/* State, one per sender. Names every link with an address; what is not named is gone. */
struct mipm_md_info {
	uint8_t command; /* enum mipm_md_command */
	uint64_t generation;
	const struct mipm_md_entry *entries;
	uint16_t n_entries;
};

/* State. Key: (home_addr, peer, number). Arms tunneld's reflexes on a path; holds for lease_ms
 * after its owner vanished, then the path falls back to its NAT keepalive. */
struct mipm_path_watch {
	struct mipm_addr home_addr;
	struct mipm_addr peer;
	uint8_t number;
	uint32_t fill_ms;     /* a keepalive when nothing was sent for so long, with traffic */
	uint32_t idle_ms;     /* the same, without traffic */
	uint32_t suspect_ms;  /* PATH_SILENT when nothing was received for so long; 0 = never */
	uint32_t lease_ms;    /* 0 disarms */
	const uint8_t *hedge; /* numbers of the paths that carry copies under suspicion (later) */
	uint16_t n_hedge;
};

struct mipm_path_silent {
	struct mipm_addr home_addr;
	struct mipm_addr peer;
	uint8_t number;
	uint64_t last_in_at;
	uint64_t at;
};

struct mipm_probe_out {
	struct mipm_addr home_addr; /* absent: of whichever tunnel to peer there is */
	struct mipm_addr peer;
	uint8_t number;
	uint16_t id; /* comes back in PROBE_IN */
};

struct mipm_probe_in {
	struct mipm_addr home_addr;
	struct mipm_addr peer;
	uint8_t number;
	uint16_t id;
	uint64_t sent_at;
	uint64_t received_at;	 /* kernel time stamp of the answer */
	struct mipm_span report; /* the other end's report, as it came (later) */
};

struct mipm_path_counts {
	uint64_t packets;
	uint64_t octets;
	uint64_t lost;
	uint64_t late;
	uint64_t duplicate;
	uint64_t last_at;
};

/* Key: (home_addr, peer, number). Every second to whom asks, and in dumps. */
struct mipm_path_stats {
	struct mipm_addr home_addr;
	struct mipm_addr peer;
	uint8_t number;
	uint32_t link;
	uint8_t active; /* 1: traffic is sent on it now */
	uint32_t inner_mtu;
	struct mipm_path_counts in;
	struct mipm_path_counts out;
};

/* ---- registrations and bindings ------------------------------------------------------------ */

/* States of one registration, SHISA's names (protocol/mipsock.md section 13). */
enum mipm_reg_state {
	MIPM_REG_IDLE = 0,
	MIPM_REG_WAITA = 1,  /* request out, no binding */
	MIPM_REG_WAITAR = 2, /* refresh out, binding alive */
	MIPM_REG_WAITD = 3,  /* deregistration out */
	MIPM_REG_BOUND = 4,
	MIPM_REG_FAILED = 5, /* refused; tried again late, or when something changes */
};

/* State. Key: (home_addr if it is configured, peer, number). */
struct mipm_reg_state_msg {
	struct mipm_addr home_addr;
	struct mipm_addr peer;
	uint8_t number;
	uint32_t link;
	struct mipm_addr careof_addr;
	uint8_t state;	/* enum mipm_reg_state */
	uint8_t active; /* 1: first in the downlink order */
	uint8_t nat;	/* 1: the agent saw another source address */
	uint16_t code;	/* of the last reply */
	uint16_t retries;
	uint32_t lifetime_s; /* granted */
	uint32_t caps;	     /* the peer's feature bits; 0 = a stranger */
	uint64_t next_send_at;
	uint64_t expires_at;
	int64_t skew_ns;      /* the agent's clock minus ours */
	struct mipm_str text; /* the refusal in an operator's words */
};

enum mipm_encap {
	MIPM_ENCAP_UDP = 1,	/* RFC 3519, the IP packet behind four octets */
	MIPM_ENCAP_UDP_GRE = 2, /* RFC 3519 with GRE inside */
	MIPM_ENCAP_IPIP = 3,	/* refused until a later issue */
	MIPM_ENCAP_GRE = 4,
};

enum mipm_path_kind {
	MIPM_PATH_UPLINK = 0,
	MIPM_PATH_DIRECT = 1,
	MIPM_PATH_PEER = 2,
	MIPM_PATH_AGENT = 3,
};

struct mipm_path {
	uint16_t number;	      /* the BID; 0: the one path of a plain binding */
	uint8_t kind;		      /* enum mipm_path_kind */
	uint8_t encap;		      /* enum mipm_encap */
	uint8_t protection;	      /* 0 none */
	uint8_t nat;		      /* the request's source was not its care-of address */
	uint16_t priority;	      /* 0 is used first */
	struct mipm_addr careof_addr; /* as registered */
	struct mipm_endpoint remote;  /* where tunnel data goes: as seen from here */
	struct mipm_endpoint local;   /* our socket */
	uint32_t link;		      /* its link; 0 = the socket is not bound to one */
	uint32_t keepalive_s;	      /* NAT keepalive of this end; 0 = the other end's duty */
	uint64_t expires_at;	      /* 0 = never */
};

enum mipm_protocol {
	MIPM_MIP4 = 0,
	MIPM_MIP6 = 1,
};

/* State. Key: (domain, home_addr). A home agent's (or correspondent's) mobility binding with all
 * its paths. */
struct mipm_bc {
	uint32_t domain;
	struct mipm_addr home_addr;
	uint32_t owner;	     /* home agent id, 0 = here */
	uint64_t stamp;	     /* freshness token: the Identification */
	uint64_t generation; /* of its sender, rising */
	uint8_t protocol;    /* enum mipm_protocol */
	uint8_t policy;	     /* 0: the path of the lowest priority that is alive */
	struct mipm_str identity;
	struct mipm_addr home_agent; /* inner address that answers keepalives */
	const struct mipm_prefix *networks;
	uint16_t n_networks;
	const struct mipm_path *paths; /* BC_REMOVE: none */
	uint16_t n_paths;
	uint32_t lifetime_s;
	uint64_t expires_at; /* of the last path; 0 = never */
	uint32_t caps;	     /* feature bits that both ends have */
};

/* State. Key: (domain, home_addr, peer, path.number). A mobile router's registered path. */
struct mipm_bul {
	uint32_t domain;
	struct mipm_addr home_addr;
	struct mipm_addr peer; /* the home agent's (or correspondent's) address */
	uint32_t owner;
	uint64_t stamp;
	uint64_t generation;
	uint8_t protocol;
	uint8_t route; /* 0: everything goes to the peer; 1: only networks_remote */
	struct mipm_str identity;
	const struct mipm_prefix *networks; /* mobile networks accepted */
	uint16_t n_networks;
	const struct mipm_prefix *networks_remote;
	uint16_t n_networks_remote;
	struct mipm_path path;
	uint32_t lifetime_s;
	uint32_t caps;
};

/* Only failures. */
struct mipm_tun_state {
	uint16_t message_type; /* MIPM_BC_ADD or MIPM_BUL_ADD */
	struct mipm_addr home_addr;
	struct mipm_addr peer;
	uint16_t number;
	uint64_t generation;
	uint16_t code; /* errno value */
	struct mipm_str text;
};

struct mipm_be_hint {
	uint32_t domain;
	struct mipm_endpoint local;
	struct mipm_endpoint remote;
	struct mipm_addr inner; /* source of the packet inside */
	uint32_t link;
	uint32_t octets;     /* of the datagram: nobody answers with more */
	uint64_t suppressed; /* hints not sent since the last one */
};

/* ---- receiving ----------------------------------------------------------------------------- */

struct mipm_sender {
	const char *name; /* member name: what mipsock_send() takes as to */
	const char *role;
	uint32_t uid;
	uint32_t pid;
	uint64_t boot_id; /* changes when the member starts anew */
	uint64_t dump;	  /* rises when a dump of this member begins: entries of this sender
			     that were not touched under the current number are swept at a
			     complete DUMP_END */
	bool standby;
};

struct mipm_msg {
	uint16_t type;
	uint16_t flags; /* MIPM_F_* */
	uint32_t id;	/* the same at every receiver */
	const struct mipm_sender *from;
	const void *body; /* struct mipm_link for MIPM_LINK, and so on */
};

struct mipsock;

/* Users that may speak as a role. The library adds root and its own uid to each. */
struct mipsock_trust {
	const char *role; /* a role, "admin" (may send COMMAND) or "observe" */
	const uint32_t *uids;
	size_t n_uids;
};

#define MIPSOCK_LATER 2 /* an answer of struct mipsock_config.dump */

#define MIPSOCK_TOOL 0x01 /* join as ROLE.PID, as many as like; speaks only COMMAND */
#define MIPSOCK_SPY  0x02 /* with TOOL: told every type that is not private */

struct mipsock_config {
	const char *dir; /* NULL: $MIPSOCK_DIR, else MIPSOCK_DEFAULT_DIR */
	const char *role;
	const char *version;   /* for HELLO; NULL allowed */
	unsigned int flags;    /* MIPSOCK_* */
	const uint16_t *types; /* what to be told */
	size_t n_types;
	const struct mipsock_trust *trust; /* copied */
	size_t n_trust;
	void *ctx; /* handed to the functions below */

	/* A message that passed every check. */
	void (*message)(void *ctx, uint64_t now, const struct mipm_msg *msg);

	/*
	 * Tell your state to one member by mipsock_send(..., to, ...), a few messages a call.
	 * *cursor is 0 at first and yours afterwards. Returns 1: more; MIPSOCK_LATER: more, but not
	 * yet, ask again in some milliseconds; 0: that was all of it (complete); a negative value:
	 * that was what I know (incomplete). NULL: no state.
	 */
	int (*dump)(void *ctx, uint64_t now, const char *to, bool own, uint64_t *cursor);

	/* A member came (or came anew), or left. Optional. */
	void (*member)(void *ctx, const struct mipm_sender *who, bool joined);
};

/*
 * Joins the bus: binds, lists the directory, says hello. A live namesake makes this a standby,
 * which hears everything and says nothing until the first one leaves (mipsock_is_standby).
 * 0, or: -ENOENT no directory, -EACCES not allowed there (or the name is a dead one of another
 * user), -ENAMETOOLONG, -EINVAL, -ENOMEM.
 */
int mipsock_open(struct mipsock **out, const struct mipsock_config *config);

/* Says BYE, flushes what the kernel takes at once, removes the name. NULL is fine. */
void mipsock_close(struct mipsock *s);

/* One descriptor; when it is readable, call mipsock_process(). It stays the same for life. */
int mipsock_fd(const struct mipsock *s);

/* Receives (at most max messages; 0 = until empty, or up to 1 MiB), writes what can be written,
 * runs timers and dumps. Calls the functions of the configuration; they may send, but neither
 * process nor close. What is left keeps the descriptor readable. 0 or a negative errno (fatal). */
int mipsock_process(struct mipsock *s, unsigned int max);

/* Queues a message to one member, or (to == NULL) to everybody who wants its type. Encoded before
 * it returns. 0; -EINVAL the body breaks a rule of its type; -EPERM a standby or a tool may not
 * say this; -ENOTCONN no such member; -ENOMEM. A full backlog is no error here: the receiver
 * finds the gap. *id, if not NULL, is the message's id. */
int mipsock_send(struct mipsock *s, const char *to, uint16_t type, const void *body, uint32_t *id);

/* Sends what is queued. Call it once per turn of your loop. */
void mipsock_flush(struct mipsock *s);

/* Changes what signalling datagrams this member wants; says hello to all. */
int mipsock_want_sigs(struct mipsock *s, const struct mipm_sig_want *sigs, size_t n);

bool mipsock_is_standby(const struct mipsock *s);

/* For a sender of SIG_IN: calls fn for each member that wants (type, local). */
void mipsock_sig_owners(struct mipsock *s, uint8_t type, const struct mipm_addr *local,
	void (*fn)(void *ctx, const char *member), void *ctx);

struct mipsock_stats {
	uint64_t datagrams_in, datagrams_out, messages_in, messages_out;
	uint64_t dropped_backlog; /* messages to full receivers */
	uint64_t replaced;	  /* older state replaced by newer in a backlog */
	uint64_t gaps;		  /* missing datagrams noticed */
	uint64_t refused;	  /* malformed or from somebody who may not say it */
	uint64_t unknown;	  /* skipped: unknown types */
};
void mipsock_stats(const struct mipsock *s, struct mipsock_stats *out);

/* ---- codec: one table of rows behind all of it --------------------------------------------- */

/* "LINK" for MIPM_LINK; NULL for an unknown number. */
const char *mipm_type_name(uint16_t type);
/* The number of "MIPM_LINK" or "LINK", any case; 0 if unknown. */
uint16_t mipm_type_number(const char *name);

/* Memory for lists of a decoded message; grows, is kept, reset at the next decode. */
struct mipm_arena;
struct mipm_arena *mipm_arena_new(void);
struct mipm_arena *mipm_arena_free(struct mipm_arena *a);

/* Writes one message (header and attributes) to buf. Its length, or -EINVAL (the body breaks a
 * rule of its type, or the type is unknown), -ENOSPC. */
int mipm_encode(
	uint8_t *buf, size_t size, uint16_t type, uint16_t flags, uint32_t id, const void *body);

/*
 * Reads one message from the front of buf into msg (from is left NULL); texts and spans point into
 * buf. Its length; 0 for an unknown type; -EBADMSG; -ENOMEM. *skip is the message's length in all
 * these cases, or 0 when the length itself is bad and nothing can be read behind it.
 */
int mipm_decode(
	const uint8_t *buf, size_t len, struct mipm_arena *a, struct mipm_msg *msg, size_t *skip);

/* One line, NUL-terminated, cut at size; returns the length it would have had. */
int mipm_print(char *buf, size_t size, const struct mipm_msg *msg);
/* The same as a JSON object on one line. */
int mipm_print_json(char *buf, size_t size, const struct mipm_msg *msg);

/* The largest body struct, for those who keep decoded messages. */
#define MIPM_BODY_MAX 512

#endif
