/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables behind the codec: a row per attribute, a table per struct, a line per message type.
 *
 * Encoder, decoder, printer, key of an entry, speaker check and the tests all walk these rows;
 * nothing else knows what a message looks like.
 */
#ifndef MIPSOCK_ROWS_H
#define MIPSOCK_ROWS_H

#include "mipsock.h"

/* What a field is; inferred from its C type, never written by hand. */
enum row_kind {
	KIND_U8,
	KIND_U16,
	KIND_U32,
	KIND_U64,
	KIND_I64,
	KIND_STR,
	KIND_SPAN,
	KIND_ADDR,
	KIND_PREFIX,
	KIND_ENDPOINT,
	KIND_NEST,
};

#define ROW_REQUIRED 0x01 /* must occur; an integer may be zero, everything else may not */
#define ROW_KEY	     0x02 /* part of the entry's key */
#define ROW_TIME     0x04 /* nanoseconds since boot */
#define ROW_TYPE     0x08 /* a message type: printed by name */
#define ROW_BITS     0x10 /* names are those of bits */
#define ROW_HOST     0x20 /* an interface's address: host bits of the prefix are kept */
#define ROW_HEX	     0x40 /* printed as 0x..., in JSON as a text: may exceed 63 bits */

struct row_table;

struct row {
	const char *name;
	uint16_t attr;
	uint8_t kind; /* enum row_kind */
	bool list;
	uint8_t flags; /* ROW_* */
	uint16_t offset;
	uint16_t n_offset;	       /* of the list's count */
	uint16_t size;		       /* of one element in memory */
	const struct row_table *table; /* of what is nested */
	const char *const *names;      /* of an enum's values, ends with NULL; "" is no value */
	uint32_t min, max;	       /* of integers and of a payload's length; max 0 = any */
};

struct row_table {
	const struct row *rows; /* at most 32 */
	uint8_t n_rows;
	uint16_t size; /* of the struct */
};

/* Who may say a type: the sender's role. */
enum say {
	SAY_HAD = 0x01,
	SAY_MND = 0x02,
	SAY_CRD = 0x04,
	SAY_LINKMON = 0x08,
	SAY_TUNNELD = 0x10,
	SAY_OTHER = 0x20, /* roles the library does not know */
	SAY_TOOL = 0x40,
	SAY_ROLES = 0x3f,
	SAY_ALL = 0x7f,
};

struct msg_row {
	const char *name;
	const struct row_table *table;
	uint8_t speakers;  /* enum say */
	uint8_t told_back; /* enum say: who may say it with MIPM_F_OWN */
	uint8_t admin;	   /* 1: only users of "admin" may say it */
	uint8_t private;   /* 1: addressed to one role only */
	uint16_t entry;	   /* state: the type that stands for all of this noun; 0 = an event */
};

/* NULL for an unknown type. */
const struct msg_row *msg_row(uint16_t type);
#define MSG_ROWS_MAX 80 /* type numbers from here on have no row */

uint8_t say_of_role(const char *role);

/* An attribute on the wire: type and length (with these four octets) of 16 bits, value, padding
 * to a multiple of four. A message: type, flags of 16 bits, length with header, id of 32 bits. */
#define ATTR_HEAD 4
#define MSG_HEAD  12

static inline size_t align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* Whether a value may stand in this row (not for lists and nests, which are their rows). */
bool row_value_is_good(const struct row *row, const void *value);
/* Member by member: padding may hold anything. */
bool row_table_is_absent(const struct row_table *table, const void *body);

/* Inline, as this is asked for every field of every message that is sent. */
static inline bool row_value_is_absent(const struct row *row, const void *value)
{
	switch (row->kind) {
	case KIND_U8:
	case KIND_ADDR: /* the first octet of these three is the family */
	case KIND_PREFIX:
	case KIND_ENDPOINT:
		return !*(const uint8_t *)value;
	case KIND_U16:
		return !*(const uint16_t *)value;
	case KIND_U32:
		return !*(const uint32_t *)value;
	case KIND_STR:
		return !((const struct mipm_str *)value)->len;
	case KIND_SPAN:
		return !((const struct mipm_span *)value)->len;
	case KIND_NEST:
		return row_table_is_absent(row->table, value);
	default:
		return !*(const uint64_t *)value;
	}
}

/*
 * The key of the entry that an encoded state message is about: entry type and key attributes.
 * Its length; 0 for an event (or a key that does not fit, which no table has).
 */
#define MSG_KEY_MAX 96
size_t msg_key(const uint8_t *msg, size_t len, uint8_t key[MSG_KEY_MAX]);

/* Fields of an encoded message's header. The caller knows that MSG_HEAD octets are there. */
struct msg_head {
	uint16_t type;
	uint16_t flags;
	uint32_t len;
	uint32_t id;
};
struct msg_head msg_head_read(const uint8_t *msg);
void msg_flags_add(uint8_t *msg, uint16_t flags);

#endif
