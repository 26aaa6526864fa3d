/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages as one line for people, or as one JSON object, by walking the rows of msgs.c.
 *
 *   BC_ADD had #12 home_addr=10.200.0.7 networks=[10.7.0.0/24] paths=[{number=1 encap=udp ...}]
 *   {"type":"BC_ADD","from":"had","id":12,"flags":[],"body":{"home_addr":"10.200.0.7",...}}
 *
 * For people absent fields are left out; JSON names every field (null, 0 or [] when absent).
 * Nothing from a message reaches a terminal unescaped.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

/* Where the text goes; len is what it would have been in a buffer that is large enough. */
struct text {
	char *buf;
	size_t size;
	size_t len;
	bool json;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *t, const char *fmt, ...)
{
	bool fits = t->len < t->size;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(fits ? t->buf + t->len : NULL, fits ? t->size - t->len : 0, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n;
}

static void say_char(struct text *t, char c)
{
	if (t->len + 1 < t->size) {
		t->buf[t->len] = c;
		t->buf[t->len + 1] = '\0';
	}
	t->len++;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-_.:/@~+%,", c));
}

/* Quoted where a reader could mistake it; octets beyond ASCII are shown as numbers. */
static void say_str(struct text *t, const char *s, size_t len)
{
	bool bare = len && !t->json;

	for (size_t i = 0; i < len && bare; i++)
		bare = is_plain(s[i]);
	if (!bare)
		say_char(t, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c >= 0x7f)
			say(t, t->json ? "\\u%04x" : "\\x%02x", c);
		else if (c == '"' || c == '\\')
			say(t, "\\%c", c);
		else
			say_char(t, (char)c);
	}
	if (!bare)
		say_char(t, '"');
}

static void say_quoted(struct text *t, const char *s)
{
	say(t, t->json ? "\"%s\"" : "%s", s);
}

static void say_hex(struct text *t, const struct mipm_span *span)
{
	static const char digits[] = "0123456789abcdef";

	if (t->json)
		say_char(t, '"');
	for (uint32_t i = 0; i < span->len; i++) {
		say_char(t, digits[span->data[i] >> 4]);
		say_char(t, digits[span->data[i] & 15]);
	}
	if (t->json)
		say_char(t, '"');
}

static void say_bits(struct text *t, const char *const *names, uint64_t bits)
{
	const char *between = "";

	if (t->json)
		say_char(t, '[');
	for (unsigned int i = 0; i < 64 && bits >> i; i++) {
		const char *name = *names;

		names += name != NULL;
		if (!(bits >> i & 1))
			continue;
		say(t, "%s", between);
		if (name)
			say_quoted(t, name);
		else
			say(t, t->json ? "\"bit%u\"" : "bit%u", i);
		between = t->json ? "," : "|";
	}
	if (t->json)
		say_char(t, ']');
	else if (!bits)
		say_char(t, '0');
}

static const char *name_of(const char *const *names, uint64_t value)
{
	for (uint64_t i = 0; names && names[i]; i++) {
		if (i == value)
			return names[i][0] ? names[i] : NULL;
	}
	return NULL;
}

static void say_integer(struct text *t, const struct row *row, uint64_t value)
{
	const char *name = row->flags & ROW_BITS ? NULL : name_of(row->names, value);

	if (row->flags & ROW_TYPE)
		name = mipm_type_name((uint16_t)value);
	if (name)
		say_quoted(t, name);
	else if (row->flags & ROW_BITS)
		say_bits(t, row->names, value);
	else if (row->flags & ROW_HEX)
		say(t, t->json ? "\"0x%" PRIx64 "\"" : "0x%" PRIx64, value);
	else if (row->flags & ROW_TIME && t->json)
		say(t, "%" PRIu64 ".%09" PRIu64, value / 1000000000, value % 1000000000);
	else if (row->flags & ROW_TIME)
		say(t, "%" PRIu64 ".%03" PRIu64, value / 1000000000, value / 1000000 % 1000);
	else if (t->json && row->names)
		say(t, "null");
	else
		say(t, "%" PRIu64, value);
}

/* tail: "/24" or ":434". */
static void say_addr(struct text *t, const struct mipm_addr *addr, bool brackets, const char *tail)
{
	char octets[INET6_ADDRSTRLEN] = "";

	inet_ntop(addr->family == MIPM_IPV4 ? AF_INET : AF_INET6, addr->octets, octets,
		sizeof(octets));
	brackets = brackets && addr->family == MIPM_IPV6;
	say(t, "%s%s%s%s%s%s", t->json ? "\"" : "", brackets ? "[" : "", octets,
		brackets ? "]" : "", tail, t->json ? "\"" : "");
}

static void say_table(struct text *t, const struct row_table *table, const uint8_t *base);

static void say_value(struct text *t, const struct row *row, const void *value)
{
	const struct mipm_endpoint *endpoint = value;
	const struct mipm_prefix *prefix = value;
	const struct mipm_str *str = value;
	char tail[8];

	switch (row->kind) {
	case KIND_U8:
		return say_integer(t, row, *(const uint8_t *)value);
	case KIND_U16:
		return say_integer(t, row, *(const uint16_t *)value);
	case KIND_U32:
		return say_integer(t, row, *(const uint32_t *)value);
	case KIND_U64:
		return say_integer(t, row, *(const uint64_t *)value);
	case KIND_I64:
		return say(t, "%" PRId64, *(const int64_t *)value);
	case KIND_STR:
		return say_str(t, str->text, str->len);
	case KIND_SPAN:
		return say_hex(t, value);
	case KIND_ADDR:
		return say_addr(t, value, false, "");
	case KIND_PREFIX:
		snprintf(tail, sizeof(tail), "/%u", prefix->len);
		return say_addr(t, &prefix->addr, false, tail);
	case KIND_ENDPOINT:
		snprintf(tail, sizeof(tail), ":%u", endpoint->port);
		return say_addr(t, &endpoint->addr, true, tail);
	default:
		say_char(t, '{');
		say_table(t, row->table, value);
		say_char(t, '}');
	}
}

static void say_list(struct text *t, const struct row *row, const uint8_t *element, unsigned int n)
{
	say_char(t, '[');
	for (unsigned int i = 0; i < n; i++, element += row->size) {
		if (i)
			say_char(t, t->json ? ',' : ' ');
		say_value(t, row, element);
	}
	say_char(t, ']');
}

static bool is_nullable(const struct row *row)
{
	return row->kind >= KIND_STR && row->kind != KIND_NEST;
}

static void say_row(struct text *t, const struct row *row, const uint8_t *base, bool absent)
{
	const uint8_t *list;
	uint16_t n;

	say(t, t->json ? "\"%s\":" : "%s=", row->name);
	if (row->list) {
		memcpy(&list, base + row->offset, sizeof(list));
		memcpy(&n, base + row->n_offset, sizeof(n));
		say_list(t, row, list, n);
	} else if (absent && is_nullable(row)) {
		say(t, "null");
	} else {
		say_value(t, row, base + row->offset);
	}
}

static bool row_is_absent(const struct row *row, const uint8_t *base)
{
	uint16_t n;

	if (!row->list)
		return row_value_is_absent(row, base + row->offset);
	memcpy(&n, base + row->n_offset, sizeof(n));
	return !n;
}

static void say_table(struct text *t, const struct row_table *table, const uint8_t *base)
{
	const char *between = "";

	for (unsigned int i = 0; i < table->n_rows; i++) {
		const struct row *row = &table->rows[i];
		bool absent = row_is_absent(row, base);

		if (absent && !t->json && !(row->flags & ROW_REQUIRED))
			continue;
		say(t, "%s", between);
		say_row(t, row, base, absent);
		between = t->json ? "," : " ";
	}
}

static const char *const flag_names[] = { "dump", "own", "private", NULL };

static void say_sender(struct text *t, const struct mipm_msg *msg)
{
	if (msg->from && msg->from->name)
		say_str(t, msg->from->name, strlen(msg->from->name));
	else
		say(t, t->json ? "null" : "-");
}

int mipm_print(char *buf, size_t size, const struct mipm_msg *msg)
{
	const struct msg_row *row = msg_row(msg->type);
	struct text t = { .buf = buf, .size = size };

	if (row)
		say(&t, "%s ", row->name);
	else
		say(&t, "%u ", msg->type);
	say_sender(&t, msg);
	say(&t, " #%" PRIu32, msg->id);
	if (msg->flags) {
		say_char(&t, ' ');
		say_bits(&t, flag_names, msg->flags);
	}
	if (row && msg->body) {
		size_t before = t.len;

		say_char(&t, ' ');
		say_table(&t, row->table, msg->body);
		if (t.len == before + 1) {
			t.len = before;
			if (before < size)
				buf[before] = '\0';
		}
	}
	return (int)t.len;
}

int mipm_print_json(char *buf, size_t size, const struct mipm_msg *msg)
{
	const struct msg_row *row = msg_row(msg->type);
	struct text t = { .buf = buf, .size = size, .json = true };

	if (row)
		say(&t, "{\"type\":\"%s\",\"from\":", row->name);
	else
		say(&t, "{\"type\":\"%u\",\"from\":", msg->type);
	say_sender(&t, msg);
	say(&t, ",\"id\":%" PRIu32 ",\"flags\":", msg->id);
	say_bits(&t, flag_names, msg->flags);
	say(&t, ",\"body\":{");
	if (row && msg->body)
		say_table(&t, row->table, msg->body);
	say(&t, "}}");
	return (int)t.len;
}
