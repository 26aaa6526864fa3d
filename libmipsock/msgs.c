/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every message of the bus as rows. A new message is a struct in mipsock.h, a table and a line
 * in the last array here.
 *
 * A row's kind comes from the type of its field by _Generic, so that row and struct cannot
 * disagree. The order of the rows is the order on the wire.
 */
#include <string.h>

#include "rows.h"

static const struct row_table sig_want_table, md_entry_table, counts_table, path_table;

#define FIELD(type, field) (((const type *)0)->field)

/* clang-format off */
#define KIND(x) _Generic((x), \
	uint8_t: KIND_U8, const uint8_t *: KIND_U8, \
	uint16_t: KIND_U16, const uint16_t *: KIND_U16, \
	uint32_t: KIND_U32, uint64_t: KIND_U64, int64_t: KIND_I64, \
	struct mipm_str: KIND_STR, struct mipm_span: KIND_SPAN, \
	struct mipm_addr: KIND_ADDR, struct mipm_endpoint: KIND_ENDPOINT, \
	struct mipm_prefix: KIND_PREFIX, const struct mipm_prefix *: KIND_PREFIX, \
	const struct mipm_sig_want *: KIND_NEST, const struct mipm_md_entry *: KIND_NEST, \
	struct mipm_path_counts: KIND_NEST, \
	struct mipm_path: KIND_NEST, const struct mipm_path *: KIND_NEST)

#define NESTED(x) _Generic((x), \
	const struct mipm_sig_want *: &sig_want_table, \
	const struct mipm_md_entry *: &md_entry_table, \
	struct mipm_path_counts: &counts_table, \
	struct mipm_path: &path_table, const struct mipm_path *: &path_table, \
	default: (const struct row_table *)0)

#define ATTR(number, type, field, ...) \
	{ .name = #field, .attr = number, .kind = KIND(FIELD(type, field)), \
	  .offset = offsetof(type, field), .size = sizeof(FIELD(type, field)), \
	  .table = NESTED(FIELD(type, field)), __VA_ARGS__ }

#define LIST(number, type, field, ...) \
	{ .name = #field, .attr = number, .kind = KIND(FIELD(type, field)), .list = true, \
	  .offset = offsetof(type, field), .n_offset = offsetof(type, n_##field), \
	  .size = sizeof(*FIELD(type, field)), .table = NESTED(FIELD(type, field)), __VA_ARGS__ }

#define TABLE(var, type, row_array) \
	_Static_assert(sizeof(type) <= MIPM_BODY_MAX, "MIPM_BODY_MAX"); \
	_Static_assert(sizeof(row_array) / sizeof(row_array[0]) <= 32, "seen is 32 bits wide"); \
	static const struct row_table var = { row_array, \
		sizeof(row_array) / sizeof(row_array[0]), sizeof(type) }
/* clang-format on */

#define REQUIRED .flags = ROW_REQUIRED
#define KEY	 .flags = ROW_KEY
#define REQKEY	 .flags = ROW_REQUIRED | ROW_KEY
#define TIME	 .flags = ROW_TIME
#define BOOL	 .max = 1

static const char *const verdict_names[] = { "", "untried", "good", "suspect", "bad", NULL };
static const char *const scope_names[] = { "all", "peer", "tunnel", NULL };
static const char *const command_names[] = { "", "rereg", "dereghome", "", "scan", NULL };
static const char *const sig_kind_names[] = { "udp434", "dns", NULL };
static const char *const link_flag_names[] = { "up", "carrier", "gone", "metered", NULL };
static const char *const reg_names[] = { "idle", "waita", "waitar", "waitd", "bound", "failed",
	NULL };
static const char *const encap_names[] = { "", "udp", "udp-gre", "ipip", "gre", NULL };
static const char *const path_kind_names[] = { "uplink", "direct", "peer", "agent", NULL };
static const char *const protocol_names[] = { "mip4", "mip6", NULL };

/* ---- membership ---- */

static const struct row sig_want_rows[] = {
	ATTR(MIPA_SIG_TYPE, struct mipm_sig_want, type, REQUIRED),
	ATTR(MIPA_SIG_LOCAL, struct mipm_sig_want, local),
};
TABLE(sig_want_table, struct mipm_sig_want, sig_want_rows);

static const struct row hello_rows[] = {
	ATTR(MIPA_ROLE, struct mipm_hello, role, REQUIRED, .max = MIPSOCK_ROLE_MAX - 1),
	ATTR(MIPA_NAME, struct mipm_hello, name, REQUIRED, .max = MIPSOCK_NAME_MAX - 1),
	ATTR(MIPA_VERSION, struct mipm_hello, version),
	ATTR(MIPA_STANDBY, struct mipm_hello, standby, BOOL),
	ATTR(MIPA_REPLY, struct mipm_hello, reply, BOOL),
	LIST(MIPA_TYPES, struct mipm_hello, types, .flags = ROW_TYPE),
	LIST(MIPA_SIGS, struct mipm_hello, sigs),
};
TABLE(hello_table, struct mipm_hello, hello_rows);

static const struct row bye_rows[] = {
	ATTR(MIPA_REASON, struct mipm_bye, reason),
};
TABLE(bye_table, struct mipm_bye, bye_rows);

static const struct row dump_rows[] = {
	ATTR(MIPA_OWN, struct mipm_dump, own, BOOL),
};
TABLE(dump_table, struct mipm_dump, dump_rows);

static const struct row dump_end_rows[] = {
	ATTR(MIPA_COMPLETE, struct mipm_dump_end, complete, REQUIRED, BOOL),
	ATTR(MIPA_OWN, struct mipm_dump_end, own, BOOL),
	ATTR(MIPA_COUNT, struct mipm_dump_end, count, REQUIRED),
};
TABLE(dump_end_table, struct mipm_dump_end, dump_end_rows);

static const struct row error_rows[] = {
	ATTR(MIPA_MESSAGE_ID, struct mipm_error, message_id, REQUIRED),
	ATTR(MIPA_MESSAGE_TYPE, struct mipm_error, message_type, .flags = ROW_REQUIRED | ROW_TYPE),
	ATTR(MIPA_CODE, struct mipm_error, code, REQUIRED),
	ATTR(MIPA_TEXT, struct mipm_error, text),
};
TABLE(error_table, struct mipm_error, error_rows);

static const struct row command_rows[] = {
	ATTR(MIPA_VERB, struct mipm_command, verb, REQUIRED),
	ATTR(MIPA_TARGET, struct mipm_command, target),
	ATTR(MIPA_VALUE, struct mipm_command, value),
};
TABLE(command_table, struct mipm_command, command_rows);

static const struct row answer_rows[] = {
	ATTR(MIPA_MESSAGE_ID, struct mipm_answer, message_id, REQUIRED),
	ATTR(MIPA_CODE, struct mipm_answer, code, REQUIRED),
	ATTR(MIPA_TEXT, struct mipm_answer, text),
};
TABLE(answer_table, struct mipm_answer, answer_rows);

/* ---- signalling ---- */

static const struct row sig_rows[] = {
	ATTR(MIPA_KIND, struct mipm_sig, kind, REQUIRED, .names = sig_kind_names),
	ATTR(MIPA_TTL, struct mipm_sig, ttl),
	ATTR(MIPA_DOMAIN, struct mipm_sig, domain),
	ATTR(MIPA_LOCAL, struct mipm_sig, local),
	ATTR(MIPA_REMOTE, struct mipm_sig, remote, REQUIRED),
	ATTR(MIPA_LINK, struct mipm_sig, link),
	ATTR(MIPA_LINK_LAYER, struct mipm_sig, link_layer, .max = 32),
	ATTR(MIPA_TUNNEL, struct mipm_sig, tunnel),
	ATTR(MIPA_RECEIVED_AT, struct mipm_sig, received_at, TIME),
	ATTR(MIPA_PAYLOAD, struct mipm_sig, payload, REQUIRED, .max = MIPSOCK_SIG_MAX),
};
TABLE(sig_table, struct mipm_sig, sig_rows);

/* ---- links and paths ---- */

static const struct row link_rows[] = {
	ATTR(MIPA_LINK, struct mipm_link, link, REQKEY, .min = 1, .max = UINT32_MAX),
	ATTR(MIPA_NAME, struct mipm_link, name),
	ATTR(MIPA_NUMBER, struct mipm_link, number, REQUIRED, .min = 1, .max = 254),
	ATTR(MIPA_FLAGS, struct mipm_link, flags, .flags = ROW_REQUIRED | ROW_BITS,
		.names = link_flag_names),
	ATTR(MIPA_ONLINK, struct mipm_link, onlink, BOOL),
	ATTR(MIPA_METRIC, struct mipm_link, metric),
	ATTR(MIPA_MTU, struct mipm_link, mtu),
	LIST(MIPA_ADDRESSES, struct mipm_link, addresses, .flags = ROW_HOST),
	ATTR(MIPA_GATEWAY, struct mipm_link, gateway),
	ATTR(MIPA_GATEWAY_LINK_LAYER, struct mipm_link, gateway_link_layer, .max = 32),
	ATTR(MIPA_BYTES_IN, struct mipm_link, bytes_in),
	ATTR(MIPA_BYTES_OUT, struct mipm_link, bytes_out),
};
TABLE(link_table, struct mipm_link, link_rows);

static const struct row md_entry_rows[] = {
	ATTR(MIPA_SCOPE, struct mipm_md_entry, scope, .names = scope_names),
	ATTR(MIPA_PEER, struct mipm_md_entry, peer),
	ATTR(MIPA_HOME_ADDR, struct mipm_md_entry, home_addr),
	ATTR(MIPA_CLASS, struct mipm_md_entry, class),
	ATTR(MIPA_LINK, struct mipm_md_entry, link, REQUIRED, .min = 1, .max = UINT32_MAX),
	ATTR(MIPA_NAME, struct mipm_md_entry, name),
	ATTR(MIPA_NUMBER, struct mipm_md_entry, number, REQUIRED, .min = 1, .max = 254),
	ATTR(MIPA_CAREOF_ADDR, struct mipm_md_entry, careof_addr),
	ATTR(MIPA_GATEWAY, struct mipm_md_entry, gateway),
	ATTR(MIPA_VERDICT, struct mipm_md_entry, verdict, REQUIRED, .names = verdict_names),
	ATTR(MIPA_METERED, struct mipm_md_entry, metered, BOOL),
	ATTR(MIPA_ORDER, struct mipm_md_entry, order),
	ATTR(MIPA_CAUSE, struct mipm_md_entry, cause),
	ATTR(MIPA_RTT_US, struct mipm_md_entry, rtt_us),
	ATTR(MIPA_JITTER_US, struct mipm_md_entry, jitter_us),
	ATTR(MIPA_LOSS_PPM, struct mipm_md_entry, loss_ppm),
};
TABLE(md_entry_table, struct mipm_md_entry, md_entry_rows);

static const struct row md_info_rows[] = {
	ATTR(MIPA_MD_COMMAND, struct mipm_md_info, command, REQUIRED, .names = command_names),
	ATTR(MIPA_GENERATION, struct mipm_md_info, generation),
	LIST(MIPA_MD_ENTRIES, struct mipm_md_info, entries),
};
TABLE(md_info_table, struct mipm_md_info, md_info_rows);

static const struct row watch_rows[] = {
	ATTR(MIPA_HOME_ADDR, struct mipm_path_watch, home_addr, KEY),
	ATTR(MIPA_PEER, struct mipm_path_watch, peer, KEY),
	ATTR(MIPA_NUMBER, struct mipm_path_watch, number, REQKEY, .max = 254),
	ATTR(MIPA_FILL_MS, struct mipm_path_watch, fill_ms),
	ATTR(MIPA_IDLE_MS, struct mipm_path_watch, idle_ms),
	ATTR(MIPA_SUSPECT_MS, struct mipm_path_watch, suspect_ms),
	ATTR(MIPA_LEASE_MS, struct mipm_path_watch, lease_ms, REQUIRED),
	LIST(MIPA_HEDGE, struct mipm_path_watch, hedge),
};
TABLE(watch_table, struct mipm_path_watch, watch_rows);

static const struct row silent_rows[] = {
	ATTR(MIPA_HOME_ADDR, struct mipm_path_silent, home_addr),
	ATTR(MIPA_PEER, struct mipm_path_silent, peer),
	ATTR(MIPA_NUMBER, struct mipm_path_silent, number, REQUIRED, .max = 254),
	ATTR(MIPA_LAST_IN_AT, struct mipm_path_silent, last_in_at, TIME),
	ATTR(MIPA_AT, struct mipm_path_silent, at, .flags = ROW_REQUIRED | ROW_TIME),
};
TABLE(silent_table, struct mipm_path_silent, silent_rows);

static const struct row probe_out_rows[] = {
	ATTR(MIPA_HOME_ADDR, struct mipm_probe_out, home_addr),
	ATTR(MIPA_PEER, struct mipm_probe_out, peer),
	ATTR(MIPA_NUMBER, struct mipm_probe_out, number, REQUIRED, .max = 254),
	ATTR(MIPA_ID, struct mipm_probe_out, id, REQUIRED),
};
TABLE(probe_out_table, struct mipm_probe_out, probe_out_rows);

static const struct row probe_in_rows[] = {
	ATTR(MIPA_HOME_ADDR, struct mipm_probe_in, home_addr),
	ATTR(MIPA_PEER, struct mipm_probe_in, peer),
	ATTR(MIPA_NUMBER, struct mipm_probe_in, number, REQUIRED, .max = 254),
	ATTR(MIPA_ID, struct mipm_probe_in, id, REQUIRED),
	ATTR(MIPA_SENT_AT, struct mipm_probe_in, sent_at, TIME),
	ATTR(MIPA_RECEIVED_AT, struct mipm_probe_in, received_at, TIME),
	ATTR(MIPA_REPORT, struct mipm_probe_in, report, .max = 2048),
};
TABLE(probe_in_table, struct mipm_probe_in, probe_in_rows);

static const struct row counts_rows[] = {
	ATTR(MIPA_PACKETS, struct mipm_path_counts, packets),
	ATTR(MIPA_OCTETS, struct mipm_path_counts, octets),
	ATTR(MIPA_LOST, struct mipm_path_counts, lost),
	ATTR(MIPA_LATE, struct mipm_path_counts, late),
	ATTR(MIPA_DUPLICATE, struct mipm_path_counts, duplicate),
	ATTR(MIPA_LAST_AT, struct mipm_path_counts, last_at, TIME),
};
TABLE(counts_table, struct mipm_path_counts, counts_rows);

static const struct row stats_rows[] = {
	ATTR(MIPA_HOME_ADDR, struct mipm_path_stats, home_addr, KEY),
	ATTR(MIPA_PEER, struct mipm_path_stats, peer, KEY),
	ATTR(MIPA_NUMBER, struct mipm_path_stats, number, REQKEY, .max = 254),
	ATTR(MIPA_LINK, struct mipm_path_stats, link),
	ATTR(MIPA_ACTIVE, struct mipm_path_stats, active, BOOL),
	ATTR(MIPA_INNER_MTU, struct mipm_path_stats, inner_mtu),
	ATTR(MIPA_IN, struct mipm_path_stats, in),
	ATTR(MIPA_OUT, struct mipm_path_stats, out),
};
TABLE(stats_table, struct mipm_path_stats, stats_rows);

/* ---- registrations and bindings ---- */

static const struct row reg_rows[] = {
	ATTR(MIPA_HOME_ADDR, struct mipm_reg_state_msg, home_addr, KEY),
	ATTR(MIPA_PEER, struct mipm_reg_state_msg, peer, REQKEY),
	ATTR(MIPA_NUMBER, struct mipm_reg_state_msg, number, REQKEY, .max = 254),
	ATTR(MIPA_LINK, struct mipm_reg_state_msg, link),
	ATTR(MIPA_CAREOF_ADDR, struct mipm_reg_state_msg, careof_addr),
	ATTR(MIPA_STATE, struct mipm_reg_state_msg, state, REQUIRED, .names = reg_names),
	ATTR(MIPA_ACTIVE, struct mipm_reg_state_msg, active, BOOL),
	ATTR(MIPA_NAT, struct mipm_reg_state_msg, nat, BOOL),
	ATTR(MIPA_CODE, struct mipm_reg_state_msg, code),
	ATTR(MIPA_RETRIES, struct mipm_reg_state_msg, retries),
	ATTR(MIPA_LIFETIME_S, struct mipm_reg_state_msg, lifetime_s),
	ATTR(MIPA_CAPS, struct mipm_reg_state_msg, caps),
	ATTR(MIPA_NEXT_SEND_AT, struct mipm_reg_state_msg, next_send_at, TIME),
	ATTR(MIPA_EXPIRES_AT, struct mipm_reg_state_msg, expires_at, TIME),
	ATTR(MIPA_SKEW_NS, struct mipm_reg_state_msg, skew_ns),
	ATTR(MIPA_TEXT, struct mipm_reg_state_msg, text),
};
TABLE(reg_table, struct mipm_reg_state_msg, reg_rows);

static const struct row path_rows[] = {
	ATTR(MIPA_PATH_NUMBER, struct mipm_path, number, REQKEY),
	ATTR(MIPA_KIND, struct mipm_path, kind, .names = path_kind_names),
	ATTR(MIPA_ENCAP, struct mipm_path, encap, .names = encap_names),
	ATTR(MIPA_PROTECTION, struct mipm_path, protection),
	ATTR(MIPA_NAT, struct mipm_path, nat, BOOL),
	ATTR(MIPA_PRIORITY, struct mipm_path, priority),
	ATTR(MIPA_CAREOF_ADDR, struct mipm_path, careof_addr),
	ATTR(MIPA_REMOTE, struct mipm_path, remote),
	ATTR(MIPA_LOCAL, struct mipm_path, local),
	ATTR(MIPA_LINK, struct mipm_path, link),
	ATTR(MIPA_KEEPALIVE_S, struct mipm_path, keepalive_s),
	ATTR(MIPA_EXPIRES_AT, struct mipm_path, expires_at, TIME),
};
TABLE(path_table, struct mipm_path, path_rows);

static const struct row bc_rows[] = {
	ATTR(MIPA_DOMAIN, struct mipm_bc, domain, KEY),
	ATTR(MIPA_HOME_ADDR, struct mipm_bc, home_addr, REQKEY),
	ATTR(MIPA_OWNER, struct mipm_bc, owner),
	ATTR(MIPA_STAMP, struct mipm_bc, stamp, .flags = ROW_HEX),
	ATTR(MIPA_GENERATION, struct mipm_bc, generation),
	ATTR(MIPA_PROTOCOL, struct mipm_bc, protocol, .names = protocol_names),
	ATTR(MIPA_POLICY, struct mipm_bc, policy),
	ATTR(MIPA_IDENTITY, struct mipm_bc, identity),
	ATTR(MIPA_HOME_AGENT, struct mipm_bc, home_agent),
	LIST(MIPA_NETWORKS, struct mipm_bc, networks),
	LIST(MIPA_PATHS, struct mipm_bc, paths),
	ATTR(MIPA_LIFETIME_S, struct mipm_bc, lifetime_s),
	ATTR(MIPA_EXPIRES_AT, struct mipm_bc, expires_at, TIME),
	ATTR(MIPA_CAPS, struct mipm_bc, caps),
};
TABLE(bc_table, struct mipm_bc, bc_rows);

static const struct row bul_rows[] = {
	ATTR(MIPA_DOMAIN, struct mipm_bul, domain, KEY),
	ATTR(MIPA_HOME_ADDR, struct mipm_bul, home_addr, REQKEY),
	ATTR(MIPA_PEER, struct mipm_bul, peer, REQKEY),
	ATTR(MIPA_OWNER, struct mipm_bul, owner),
	ATTR(MIPA_STAMP, struct mipm_bul, stamp, .flags = ROW_HEX),
	ATTR(MIPA_GENERATION, struct mipm_bul, generation),
	ATTR(MIPA_PROTOCOL, struct mipm_bul, protocol, .names = protocol_names),
	ATTR(MIPA_ROUTE, struct mipm_bul, route, BOOL),
	ATTR(MIPA_IDENTITY, struct mipm_bul, identity),
	LIST(MIPA_NETWORKS, struct mipm_bul, networks),
	LIST(MIPA_NETWORKS_REMOTE, struct mipm_bul, networks_remote),
	ATTR(MIPA_PATH, struct mipm_bul, path, REQKEY),
	ATTR(MIPA_LIFETIME_S, struct mipm_bul, lifetime_s),
	ATTR(MIPA_CAPS, struct mipm_bul, caps),
};
TABLE(bul_table, struct mipm_bul, bul_rows);

static const struct row tun_rows[] = {
	ATTR(MIPA_MESSAGE_TYPE, struct mipm_tun_state, message_type,
		.flags = ROW_REQUIRED | ROW_TYPE),
	ATTR(MIPA_HOME_ADDR, struct mipm_tun_state, home_addr, REQUIRED),
	ATTR(MIPA_PEER, struct mipm_tun_state, peer),
	ATTR(MIPA_PATH_NUMBER, struct mipm_tun_state, number),
	ATTR(MIPA_GENERATION, struct mipm_tun_state, generation),
	ATTR(MIPA_CODE, struct mipm_tun_state, code, REQUIRED),
	ATTR(MIPA_TEXT, struct mipm_tun_state, text),
};
TABLE(tun_table, struct mipm_tun_state, tun_rows);

static const struct row be_rows[] = {
	ATTR(MIPA_DOMAIN, struct mipm_be_hint, domain),
	ATTR(MIPA_LOCAL, struct mipm_be_hint, local),
	ATTR(MIPA_REMOTE, struct mipm_be_hint, remote, REQUIRED),
	ATTR(MIPA_INNER, struct mipm_be_hint, inner),
	ATTR(MIPA_LINK, struct mipm_be_hint, link),
	ATTR(MIPA_OCTETS, struct mipm_be_hint, octets),
	ATTR(MIPA_SUPPRESSED, struct mipm_be_hint, suppressed),
};
TABLE(be_table, struct mipm_be_hint, be_rows);

/* ---- the messages: name, body, who may say it, who may tell it back, the entry it is about ----
 */

#define SIGNALLERS (SAY_HAD | SAY_MND | SAY_CRD)

static const struct msg_row msg_rows[MSG_ROWS_MAX] = {
	[MIPM_BC_ADD] = { "BC_ADD", &bc_table, SAY_HAD | SAY_CRD, SAY_TUNNELD,
		.entry = MIPM_BC_ADD },
	[MIPM_BC_REMOVE] = { "BC_REMOVE", &bc_table, SAY_HAD | SAY_CRD, .entry = MIPM_BC_ADD },
	[MIPM_BUL_ADD] = { "BUL_ADD", &bul_table, SAY_MND, SAY_TUNNELD, .entry = MIPM_BUL_ADD },
	[MIPM_BUL_REMOVE] = { "BUL_REMOVE", &bul_table, SAY_MND, .entry = MIPM_BUL_ADD },
	[MIPM_MD_INFO] = { "MD_INFO", &md_info_table, SAY_LINKMON | SAY_MND,
		.entry = MIPM_MD_INFO },
	[MIPM_BE_HINT] = { "BE_HINT", &be_table, SAY_TUNNELD },
	[MIPM_HELLO] = { "HELLO", &hello_table, SAY_ALL },
	[MIPM_BYE] = { "BYE", &bye_table, SAY_ALL },
	[MIPM_DUMP] = { "DUMP", &dump_table, SAY_ALL },
	[MIPM_DUMP_END] = { "DUMP_END", &dump_end_table, SAY_ALL },
	[MIPM_ERROR] = { "ERROR", &error_table, SAY_ALL },
	[MIPM_SIG_IN] = { "SIG_IN", &sig_table, SAY_TUNNELD },
	[MIPM_SIG_OUT] = { "SIG_OUT", &sig_table, SIGNALLERS },
	[MIPM_COMMAND] = { "COMMAND", &command_table, SAY_ALL, .admin = 1 },
	[MIPM_ANSWER] = { "ANSWER", &answer_table, SAY_ROLES },
	[MIPM_LINK] = { "LINK", &link_table, SAY_TUNNELD, .entry = MIPM_LINK },
	[MIPM_PATH_WATCH] = { "PATH_WATCH", &watch_table, SAY_LINKMON | SAY_HAD, SAY_TUNNELD,
		.entry = MIPM_PATH_WATCH },
	[MIPM_PATH_SILENT] = { "PATH_SILENT", &silent_table, SAY_TUNNELD },
	[MIPM_PROBE_OUT] = { "PROBE_OUT", &probe_out_table, SAY_LINKMON },
	[MIPM_PROBE_IN] = { "PROBE_IN", &probe_in_table, SAY_TUNNELD },
	[MIPM_PATH_STATS] = { "PATH_STATS", &stats_table, SAY_TUNNELD, .entry = MIPM_PATH_STATS },
	[MIPM_REG_STATE] = { "REG_STATE", &reg_table, SAY_MND, .entry = MIPM_REG_STATE },
	[MIPM_TUN_STATE] = { "TUN_STATE", &tun_table, SAY_TUNNELD },
};

const struct msg_row *msg_row(uint16_t type)
{
	return type < MSG_ROWS_MAX && msg_rows[type].name ? &msg_rows[type] : NULL;
}

uint8_t say_of_role(const char *role)
{
	static const char *const roles[] = { "had", "mnd", "crd", "linkmon", "tunneld" };

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (!strcmp(role, roles[i]))
			return (uint8_t)(1U << i);
	}
	return SAY_OTHER;
}
