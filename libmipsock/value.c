/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One value against its row: the same rules for what we send and for what we are sent.
 */
#include <string.h>

#include "rows.h"

static bool integer_is_good(const struct row *row, uint64_t value)
{
	if (value < row->min || (row->max && value > row->max))
		return false;
	if (!row->names || row->flags & ROW_BITS)
		return true;
	for (uint64_t i = 0; row->names[i]; i++) {
		if (i == value)
			return row->names[i][0] != '\0';
	}
	return false;
}

static bool addr_is_good(const struct mipm_addr *addr)
{
	static const uint8_t zero[12];

	return addr->family == MIPM_IPV6 ||
	       (addr->family == MIPM_IPV4 && !memcmp(addr->octets + 4, zero, sizeof(zero)));
}

static bool prefix_is_good(const struct row *row, const struct mipm_prefix *prefix)
{
	const uint8_t *octets = prefix->addr.octets;
	unsigned int bits = prefix->addr.family == MIPM_IPV4 ? 32 : 128;

	if (!addr_is_good(&prefix->addr) || prefix->len > bits)
		return false;
	if (row->flags & ROW_HOST || prefix->len == bits)
		return true;
	if (octets[prefix->len / 8] & (0xff >> prefix->len % 8))
		return false;
	for (unsigned int i = prefix->len / 8 + 1; i < bits / 8; i++) {
		if (octets[i])
			return false;
	}
	return true;
}

bool row_value_is_good(const struct row *row, const void *value)
{
	const struct mipm_span *span = value;
	const struct mipm_str *str = value;

	switch (row->kind) {
	case KIND_U8:
		return integer_is_good(row, *(const uint8_t *)value);
	case KIND_U16:
		return integer_is_good(row, *(const uint16_t *)value);
	case KIND_U32:
		return integer_is_good(row, *(const uint32_t *)value);
	case KIND_STR:
		return (str->len || !(row->flags & ROW_REQUIRED)) &&
		       str->len <= (row->max ? row->max : MIPSOCK_SIG_MAX);
	case KIND_SPAN:
		return (span->len || !(row->flags & ROW_REQUIRED)) &&
		       span->len <= (row->max ? row->max : MIPSOCK_SIG_MAX);
	case KIND_ADDR:
		return addr_is_good(value);
	case KIND_PREFIX:
		return prefix_is_good(row, value);
	case KIND_ENDPOINT:
		return addr_is_good(&((const struct mipm_endpoint *)value)->addr);
	default:
		return true;
	}
}

bool row_table_is_absent(const struct row_table *table, const void *body)
{
	const uint8_t *base = body;

	for (unsigned int i = 0; i < table->n_rows; i++) {
		if (!row_value_is_absent(&table->rows[i], base + table->rows[i].offset))
			return false;
	}
	return true;
}

struct msg_head msg_head_read(const uint8_t *msg)
{
	struct msg_head head;

	memcpy(&head.type, msg, 2);
	memcpy(&head.flags, msg + 2, 2);
	memcpy(&head.len, msg + 4, 4);
	memcpy(&head.id, msg + 8, 4);
	return head;
}

void msg_flags_add(uint8_t *msg, uint16_t flags)
{
	uint16_t old;

	memcpy(&old, msg + 2, 2);
	old |= flags;
	memcpy(msg + 2, &old, 2);
}

/* Appends the key attributes found in p..end; rows and attributes are in the same order. */
static size_t table_key(const struct row_table *table, const uint8_t *p, const uint8_t *end,
	uint8_t *key, size_t size)
{
	size_t used = 0;
	unsigned int i = 0;

	while (end - p >= ATTR_HEAD && i < table->n_rows) {
		const struct row *row = &table->rows[i];
		uint16_t attr, len;

		memcpy(&attr, p, 2);
		memcpy(&len, p + 2, 2);
		if (len < ATTR_HEAD || align4(len) > (size_t)(end - p))
			break;
		if (row->attr != attr) {
			i++;
			continue;
		}
		if (row->flags & ROW_KEY && row->kind == KIND_NEST) {
			used += table_key(
				row->table, p + ATTR_HEAD, p + len, key + used, size - used);
		} else if (row->flags & ROW_KEY && len <= size - used) {
			memcpy(key + used, p, len);
			used += len;
		}
		p += align4(len);
	}
	return used;
}

size_t msg_key(const uint8_t *msg, size_t len, uint8_t key[MSG_KEY_MAX])
{
	struct msg_head head = msg_head_read(msg);
	const struct msg_row *row = msg_row(head.type);

	if (!row || !row->entry)
		return 0;
	memcpy(key, &row->entry, 2);
	return 2 + table_key(row->table, msg + MSG_HEAD, msg + len, key + 2, MSG_KEY_MAX - 2);
}
