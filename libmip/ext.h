/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside libmip: one row per extension, and the walks over the rows. A new extension is a file
 * ext_<name>.c with parse, build and print, and a row in ext.c.
 */
#ifndef LIBMIP_EXT_H
#define LIBMIP_EXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libmip/cursor.h"
#include "libmip/mip.h"

/* a line being printed into a caller's buffer; past its end it is cut */
struct text {
	char *buf;
	size_t size;
	size_t len;
	bool cut;
};

void text_init(struct text *text, char *buf, size_t size);
void text_add(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_add_quoted(struct text *text, struct mipm_str str); /* foreign octets become '?' */
const char *text_end(struct text *text);

/* how type, length and subtype stand on the wire; the type alone decides (mipv4.md 3.1) */
enum ext_shape {
	EXT_PAD,   /* Type(1) and nothing else */
	EXT_TLV,   /* Type(1) Length(1) Data */
	EXT_SHORT, /* Type(1) Length(1) Subtype(1) Data; Length counts the subtype */
	EXT_LONG,  /* Type(1) Subtype(1) Length(2) Data */
	EXT_CVSE,  /* long, the subtype octet reserved, data = vendor(4) kind(2) value */
	EXT_NVSE,  /* TLV, data = reserved(2) vendor(4) kind(2) value */
};

enum ext_where {
	EXT_IN_REQUEST = 1,
	EXT_IN_REPLY = 2,
	EXT_IN_BOTH = 3,
	EXT_IN_REVOCATION = 4, /* and its acknowledgment */
	EXT_IN_ANY = 7,
};

struct ext_desc {
	uint8_t type;
	uint16_t subtype; /* of our own vendor extensions: the kind */
	enum ext_shape shape;
	enum ext_where where; /* elsewhere it is recorded, not decoded; and not built */
	bool many;	      /* may stand more than once */
	uint16_t min, max;    /* octets of the data, or of a vendor's value */
	const char *name;

	/*
	 * From the data, which it reads to its end. enum mip_verdict. NULL: recorded only. Called
	 * for what stands before the authentication extension, and for UDP Tunnel Requests.
	 */
	int (*parse)(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);

	/* Writes all extensions of this row that the message has. NULL: never sent. */
	void (*build)(
		struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);

	/* Adds " word value" of what is decoded. */
	void (*print)(struct text *text, const struct mip_exts *exts);
};

/* Rows in the order in which a message carries them. */
extern const struct ext_desc ext_table[];
extern const size_t ext_table_len;

/* The row of an extension on the wire; NULL if it has none. */
const struct ext_desc *ext_find(const struct mip_ext *ext);

/* Reads extensions until the datagram ends; enum mip_verdict. */
int ext_parse_all(struct mip_reader *r, enum ext_where where, struct mip_exts *exts);

/* Writes all but the authentication extension. */
void ext_build_all(struct mip_writer *w, enum ext_where where, const struct mip_exts *exts);

/* Type, length and subtype, then the data by the caller, then the length is put in. */
size_t ext_begin(struct mip_writer *w, const struct ext_desc *desc);
void ext_end(struct mip_writer *w, const struct ext_desc *desc, size_t begin);

/* message.c: what all messages begin and end with */

/* The first octet and the size; enum mip_verdict. After OK the reader stands behind the octet. */
int message_begin(struct mip_reader *r, struct mipm_span datagram, uint8_t type);

/* The authentication extension over all the rest (none if sa is NULL); see mip_request_build(). */
int message_finish(struct mip_writer *w, struct mac *mac, struct mip_sa *sa, size_t *len);

/* the files ext_*.c */

int ext_mn_ha_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_mn_ha_print(struct text *text, const struct mip_exts *exts);

int ext_nai_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_nai_build(struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_nai_print(struct text *text, const struct mip_exts *exts);
int ext_message_string_parse(
	struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_message_string_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_message_string_print(struct text *text, const struct mip_exts *exts);

int ext_udp_request_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_udp_request_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_udp_request_print(struct text *text, const struct mip_exts *exts);
int ext_udp_reply_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_udp_reply_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_udp_reply_print(struct text *text, const struct mip_exts *exts);

int ext_network_request_parse(
	struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_network_request_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_network_request_print(struct text *text, const struct mip_exts *exts);
int ext_network_ack_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_network_ack_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_network_ack_print(struct text *text, const struct mip_exts *exts);

int ext_multipath_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_multipath_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_multipath_print(struct text *text, const struct mip_exts *exts);
int ext_flow_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_flow_build(struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_flow_print(struct text *text, const struct mip_exts *exts);

int ext_revocation_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_revocation_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_revocation_print(struct text *text, const struct mip_exts *exts);

int ext_caps_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_caps_build(struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_caps_print(struct text *text, const struct mip_exts *exts);
int ext_watch_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_watch_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_watch_print(struct text *text, const struct mip_exts *exts);
int ext_observed_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts);
void ext_observed_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts);
void ext_observed_print(struct text *text, const struct mip_exts *exts);

#endif
