/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages to octets and back, by walking the rows of msgs.c.
 *
 * A message and two of its attributes (little-endian machine), PROBE_OUT of path 1 with id 7:
 *
 *   33 00 00 00  1c 00 00 00  2a 00 00 00   type 51, flags 0, length 28, id 42
 *   13 00 05 00  01 00 00 00                MIPA_NUMBER, length 5: 1, padding
 *   0f 03 06 00  07 00 00 00                MIPA_ID, length 6: 7, padding
 *
 * Integers are in native order. Values: an address is its 4 or 16 octets, a prefix has its length
 * in one more octet behind them, an endpoint its port in two. A nested struct's value is its
 * attributes. A list is one attribute per element. Zero fields that are not required are left out.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "rows.h"

struct out {
	uint8_t *p;
	uint8_t *end;
};

struct in {
	const uint8_t *p;
	const uint8_t *end;
};

static size_t addr_len(const struct mipm_addr *addr)
{
	return addr->family == MIPM_IPV4 ? 4 : 16;
}

static void head_write(uint8_t *p, uint16_t attr, size_t len)
{
	uint16_t len16 = (uint16_t)len;

	memcpy(p, &attr, 2);
	memcpy(p + 2, &len16, 2);
}

/* Opens an attribute with room for len octets, its padding zeroed; NULL: no room. */
static uint8_t *attr_open(struct out *out, uint16_t attr, size_t len)
{
	size_t room = ATTR_HEAD + align4(len);
	uint8_t *p = out->p;

	if ((size_t)(out->end - p) < room)
		return NULL;
	head_write(p, attr, ATTR_HEAD + len);
	if (len & 3)
		memset(p + room - 4, 0, 4);
	out->p += room;
	return p + ATTR_HEAD;
}

static int put_octets(struct out *out, uint16_t attr, const void *octets, size_t len)
{
	uint8_t *p = attr_open(out, attr, len);

	if (!p)
		return -ENOSPC;
	if (len)
		memcpy(p, octets, len);
	return 0;
}

/* Copies an integer of the row's width; fixed sizes are moves, not calls. */
static inline void copy_integer(const struct row *row, void *to, const void *from)
{
	switch (row->kind) {
	case KIND_U8:
		memcpy(to, from, 1);
		break;
	case KIND_U16:
		memcpy(to, from, 2);
		break;
	case KIND_U32:
		memcpy(to, from, 4);
		break;
	default:
		memcpy(to, from, 8);
	}
}

static inline bool is_good(const struct row *row, const void *value)
{
	bool any = row->kind <= KIND_I64 && !row->names && !row->max;

	return any || row_value_is_good(row, value);
}

static int put_integer(struct out *out, const struct row *row, const void *value)
{
	uint8_t *p = attr_open(out, row->attr, row->size);

	if (!p)
		return -ENOSPC;
	copy_integer(row, p, value);
	return 0;
}

/* An address and, behind it, what a prefix or an endpoint has besides. */
static int put_addr(struct out *out, uint16_t attr, const struct mipm_addr *addr, const void *tail,
	size_t tail_len)
{
	uint8_t *p = attr_open(out, attr, addr_len(addr) + tail_len);

	if (!p)
		return -ENOSPC;
	memcpy(p, addr->octets, addr_len(addr));
	memcpy(p + addr_len(addr), tail, tail_len);
	return 0;
}

static int put_table(struct out *out, const struct row_table *table, const uint8_t *base);

static int put_nest(struct out *out, const struct row *row, const void *value)
{
	uint8_t *head = out->p;
	int r;

	if (!attr_open(out, row->attr, 0))
		return -ENOSPC;
	r = put_table(out, row->table, value);
	if (r < 0)
		return r;
	if (out->p - head > UINT16_MAX)
		return -ENOSPC;
	head_write(head, row->attr, (size_t)(out->p - head));
	return 0;
}

static int put_value(struct out *out, const struct row *row, const void *value)
{
	const struct mipm_endpoint *endpoint = value;
	const struct mipm_prefix *prefix = value;
	const struct mipm_span *span = value;
	const struct mipm_str *str = value;

	if (!is_good(row, value))
		return -EINVAL;
	switch (row->kind) {
	case KIND_STR:
		return put_octets(out, row->attr, str->text, str->len);
	case KIND_SPAN:
		return put_octets(out, row->attr, span->data, span->len);
	case KIND_ADDR:
		return put_addr(out, row->attr, value, "", 0);
	case KIND_PREFIX:
		return put_addr(out, row->attr, &prefix->addr, &prefix->len, 1);
	case KIND_ENDPOINT:
		return put_addr(out, row->attr, &endpoint->addr, &endpoint->port, 2);
	case KIND_NEST:
		return put_nest(out, row, value);
	default:
		return put_integer(out, row, value);
	}
}

static int put_list(struct out *out, const struct row *row, const uint8_t *base)
{
	const uint8_t *element;
	uint16_t n;
	int r = 0;

	memcpy(&element, base + row->offset, sizeof(element));
	memcpy(&n, base + row->n_offset, sizeof(n));
	if (!n && row->flags & ROW_REQUIRED)
		return -EINVAL;
	for (; n && !r; n--, element += row->size)
		r = put_value(out, row, element);
	return r;
}

static int put_table(struct out *out, const struct row_table *table, const uint8_t *base)
{
	for (unsigned int i = 0; i < table->n_rows; i++) {
		const struct row *row = &table->rows[i];
		const uint8_t *field = base + row->offset;
		int r = 0;

		if (row->list)
			r = put_list(out, row, base);
		else if (row->flags & ROW_REQUIRED || !row_value_is_absent(row, field))
			r = put_value(out, row, field);
		if (r < 0)
			return r;
	}
	return 0;
}

int mipm_encode(
	uint8_t *buf, size_t size, uint16_t type, uint16_t flags, uint32_t id, const void *body)
{
	const struct msg_row *row = msg_row(type);
	struct out out = { buf + MSG_HEAD, buf + size };
	uint32_t len;
	int r;

	if (!row || !body)
		return -EINVAL;
	if (size < MSG_HEAD)
		return -ENOSPC;
	r = put_table(&out, row->table, body);
	if (r < 0)
		return r;
	len = (uint32_t)(out.p - buf);
	if (len > MIPSOCK_BUNDLE_MAX)
		return -ENOSPC;
	memcpy(buf, &type, 2);
	memcpy(buf + 2, &flags, 2);
	memcpy(buf + 4, &len, 4);
	memcpy(buf + 8, &id, 4);
	return (int)len;
}

/* Takes one attribute off the front: its value opens value. False at anything that does not fit. */
static bool attr_next(struct in *in, uint16_t *attr, struct in *value)
{
	uint16_t len;

	if (in->end - in->p < ATTR_HEAD)
		return false;
	memcpy(attr, in->p, 2);
	memcpy(&len, in->p + 2, 2);
	if (len < ATTR_HEAD || align4(len) > (size_t)(in->end - in->p))
		return false;
	value->p = in->p + ATTR_HEAD;
	value->end = in->p + len;
	in->p += align4(len);
	return true;
}

/* Reads an address off the front; what is left in value (tail octets) tells the family. */
static bool get_addr(struct in *value, size_t tail, struct mipm_addr *addr)
{
	size_t len = (size_t)(value->end - value->p) - tail;

	if (len != 4 && len != 16)
		return false;
	addr->family = len == 4 ? MIPM_IPV4 : MIPM_IPV6;
	memcpy(addr->octets, value->p, len);
	value->p += len;
	return true;
}

static int get_table(
	struct in in, struct mipm_arena *a, const struct row_table *table, uint8_t *base);

/* The field is zeroed memory. */
static bool get_plain(struct in value, const struct row *row, void *field)
{
	size_t len = (size_t)(value.end - value.p);
	struct mipm_endpoint *endpoint = field;
	struct mipm_prefix *prefix = field;

	switch (row->kind) {
	case KIND_STR:
		*(struct mipm_str *)field = (struct mipm_str) { (const char *)value.p, len };
		return true;
	case KIND_SPAN:
		*(struct mipm_span *)field = (struct mipm_span) { value.p, (uint32_t)len };
		return true;
	case KIND_ADDR:
		return get_addr(&value, 0, field);
	case KIND_PREFIX:
		if (!get_addr(&value, 1, &prefix->addr))
			return false;
		prefix->len = value.p[0];
		return true;
	case KIND_ENDPOINT:
		if (!get_addr(&value, 2, &endpoint->addr))
			return false;
		memcpy(&endpoint->port, value.p, 2);
		return true;
	default:
		if (len != row->size)
			return false;
		copy_integer(row, field, value.p);
		return true;
	}
}

static int get_value(struct in value, struct mipm_arena *a, const struct row *row, void *field)
{
	if (row->kind == KIND_NEST)
		return get_table(value, a, row->table, field);
	return get_plain(value, row, field) && is_good(row, field) ? 0 : -EBADMSG;
}

static uint16_t attr_count(struct in in, uint16_t wanted)
{
	struct in value;
	uint16_t attr, n = 0;

	while (attr_next(&in, &attr, &value))
		n += attr == wanted;
	return n;
}

/* The next element of a list; at the first one memory is taken for it and all that follow. */
static void *list_next(
	struct in rest, struct mipm_arena *a, const struct row *row, uint8_t *base, bool first)
{
	uint8_t *list;
	uint16_t n;

	memcpy(&n, base + row->n_offset, sizeof(n));
	if (first) {
		list = arena_take(a, (size_t)row->size * (1U + attr_count(rest, row->attr)));
		if (!list)
			return NULL;
		memcpy(base + row->offset, &list, sizeof(list));
	}
	memcpy(&list, base + row->offset, sizeof(list));
	list += (size_t)row->size * n++;
	memcpy(base + row->n_offset, &n, sizeof(n));
	return list;
}

/* The row of an attribute, looked for from where the last one was found. */
static const struct row *row_find(const struct row_table *table, uint16_t attr, unsigned int *at)
{
	for (unsigned int n = table->n_rows; n; n--) {
		const struct row *row = &table->rows[*at];

		if (row->attr == attr)
			return row;
		*at = *at + 1U < table->n_rows ? *at + 1 : 0;
	}
	return NULL;
}

static int get_table(
	struct in in, struct mipm_arena *a, const struct row_table *table, uint8_t *base)
{
	unsigned int at = 0;
	uint32_t seen = 0;

	while (in.p < in.end) {
		const struct row *row;
		struct in value;
		uint16_t attr;
		void *field;
		int r;

		if (!attr_next(&in, &attr, &value))
			return -EBADMSG;
		row = row_find(table, attr, &at);
		if (!row)
			continue;
		if (seen & 1U << at && !row->list)
			return -EBADMSG;
		field = row->list ? list_next(in, a, row, base, !(seen & 1U << at))
				  : base + row->offset;
		if (!field)
			return -ENOMEM;
		seen |= 1U << at;
		r = get_value(value, a, row, field);
		if (r < 0)
			return r;
	}
	for (unsigned int i = 0; i < table->n_rows; i++) {
		if (table->rows[i].flags & ROW_REQUIRED && !(seen & 1U << i))
			return -EBADMSG;
	}
	return 0;
}

int mipm_decode(
	const uint8_t *buf, size_t len, struct mipm_arena *a, struct mipm_msg *msg, size_t *skip)
{
	const struct msg_row *row;
	struct msg_head head;
	uint8_t *body;
	int r;

	*skip = 0;
	if (len < MSG_HEAD)
		return -EBADMSG;
	head = msg_head_read(buf);
	if (head.len < MSG_HEAD || head.len > len || head.len % 4 || head.len > MIPSOCK_BUNDLE_MAX)
		return -EBADMSG;
	*skip = head.len;
	row = msg_row(head.type);
	if (!row)
		return 0;
	arena_reset(a);
	body = arena_take(a, row->table->size);
	if (!body)
		return -ENOMEM;
	r = get_table((struct in) { buf + MSG_HEAD, buf + head.len }, a, row->table, body);
	if (r < 0)
		return r;
	*msg = (struct mipm_msg) {
		.type = head.type, .flags = head.flags, .id = head.id, .body = body
	};
	return (int)head.len;
}

const char *mipm_type_name(uint16_t type)
{
	const struct msg_row *row = msg_row(type);

	return row ? row->name : NULL;
}

uint16_t mipm_type_number(const char *name)
{
	if (!strncasecmp(name, "MIPM_", 5))
		name += 5;
	for (uint16_t type = 0; type < MSG_ROWS_MAX; type++) {
		const struct msg_row *row = msg_row(type);

		if (row && !strcasecmp(name, row->name))
			return type;
	}
	return 0;
}
