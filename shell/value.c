/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define countof(a) (sizeof(a) / sizeof((a)[0]))

struct unit {
	const char *name;
	uint64_t factor;
};

/* Largest first: printing takes the first one that divides. */
static const struct unit durations[] = { { "h", 3600000 }, { "min", 60000 }, { "s", 1000 },
	{ "ms", 1 }, {} };
static const struct unit rates[] = { { "Gbit", 1000000000 }, { "Mbit", 1000000 }, { "kbit", 1000 },
	{ "bit", 1 }, {} };
static const struct unit sizes[] = { { "TB", 1000000000000 }, { "GB", 1000000000 },
	{ "MB", 1000000 }, { "kB", 1000 }, { "B", 1 }, {} };

static const char *const yesno[] = { "no", "yes", "false", "true" };

__attribute__((format(printf, 2, 3))) static int refuse(
	char why[CONF_WHY_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, CONF_WHY_MAX, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

bool conf_word_at(const char *words, int place, char *buf, size_t size)
{
	size_t len;

	for (; words && *words; words += len + (words[len] == '|')) {
		len = strcspn(words, "|");
		if (place-- > 0)
			continue;
		snprintf(buf, size, "%.*s", (int)len, words);
		return true;
	}
	return false;
}

static int word_find(const char *words, const char *text)
{
	char word[32];

	for (int i = 0; conf_word_at(words, i, word, sizeof(word)); i++)
		if (strcmp(word, text) == 0)
			return i;
	return -1;
}

/* Digits from the front of *text, which moves behind them. */
static int read_digits(const char **text, uint64_t *out, char why[CONF_WHY_MAX])
{
	const char *s = *text;
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	unsigned base = hex ? 16 : 10, digit;
	uint64_t n = 0;

	if (!hex && s[0] == '0' && isdigit((unsigned char)s[1]))
		return refuse(why, "a number must not begin with 0: %s", *text);
	if (hex)
		s += 2;
	if (hex ? !isxdigit((unsigned char)*s) : !isdigit((unsigned char)*s))
		return refuse(why, "not a number: %s", *text);
	for (; hex ? isxdigit((unsigned char)*s) : isdigit((unsigned char)*s); s++) {
		digit = isdigit((unsigned char)*s) ? (unsigned)(*s - '0')
						   : (unsigned)(tolower(*s) - 'a' + 10);
		if (n > (UINT64_MAX - digit) / base)
			return refuse(why, "the number is too large: %s", *text);
		n = n * base + digit;
	}
	*text = s;
	*out = n;
	return 0;
}

static int parse_number(
	const struct conf_keyword *row, const char *text, uint64_t *out, char why[CONF_WHY_MAX])
{
	const char *rest = text;
	int rc = read_digits(&rest, out, why);

	if (rc)
		return rc;
	if (*rest)
		return refuse(why, "not a number: %s", text);
	if (*out < row->min || *out > row->max)
		return refuse(why, "must be %" PRIu64 " to %" PRIu64 ", not %s", row->min, row->max,
			text);
	return 0;
}

static void print_scaled(uint64_t n, const struct unit *units, char *buf, size_t size)
{
	while (units->factor > 1 && (n == 0 || n % units->factor))
		units++;
	snprintf(buf, size, "%" PRIu64 "%s", n / units->factor, units->name);
}

static int parse_scaled(const struct conf_keyword *row, const struct unit *units, const char *text,
	uint64_t *out, char why[CONF_WHY_MAX])
{
	const char *rest = text;
	char low[32], high[32], names[40] = "";
	int rc = read_digits(&rest, out, why);

	if (rc)
		return rc;
	for (const struct unit *u = units; u->name; u++) {
		if (strcmp(rest, u->name) == 0) {
			if (*out > UINT64_MAX / u->factor)
				return refuse(why, "the number is too large: %s", text);
			*out *= u->factor;
			if ((row->flags & CONF_SECONDS) && *out % 1000)
				return refuse(why, "must be whole seconds, not %s", text);
			if (*out >= row->min && (!row->max || *out <= row->max))
				return 0;
			print_scaled(row->min, units, low, sizeof(low));
			print_scaled(row->max, units, high, sizeof(high));
			return refuse(why, "must be %s to %s, not %s", low, high, text);
		}
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			*names ? ", " : "", u->name);
	}
	return refuse(why, "needs a unit (%s): %s", names, text);
}

static int parse_yesno(const char *text, bool *out, char why[CONF_WHY_MAX])
{
	for (size_t i = 0; i < countof(yesno); i++) {
		if (strcmp(text, yesno[i]) == 0) {
			*out = i & 1;
			return 0;
		}
	}
	return refuse(why, "must be yes or no, not %s", text);
}

static int parse_address(const struct conf_keyword *row, const char *text, struct mipm_addr *out,
	char why[CONF_WHY_MAX])
{
	if (addr_parse(text, out))
		return refuse(why, "not an address: %s", text);
	if ((row->flags & CONF_IPV4) && out->family != MIPM_IPV4)
		return refuse(why, "must be an IPv4 address, not %s", text);
	if (!addr_is_unicast(out))
		return refuse(why, "not the address of a single host: %s", text);
	return 0;
}

static int parse_prefix(const struct conf_keyword *row, const char *text, struct mipm_prefix *out,
	char why[CONF_WHY_MAX])
{
	char meant[PREFIX_TEXT_MAX];
	int rc = prefix_parse(text, out);

	if (rc < 0)
		return refuse(why, "not a network: %s", text);
	if (rc == PREFIX_HAD_HOST_BITS)
		return refuse(why, "has host bits: %s (%s is the network)", text,
			prefix_print(out, meant));
	if ((row->flags & CONF_IPV4) && out->addr.family != MIPM_IPV4)
		return refuse(why, "must be an IPv4 network, not %s", text);
	return 0;
}

static int parse_host(const struct conf_keyword *row, const char *text, struct mipm_addr *out,
	char why[CONF_WHY_MAX])
{
	size_t len = strlen(text), label = 0;
	bool letters = false;

	*out = (struct mipm_addr) {};
	if (addr_parse(text, out) == 0)
		return parse_address(row, text, out, why);
	for (const char *s = text; *s; s++) {
		letters |= isalpha((unsigned char)*s) != 0;
		label = *s == '.' ? 0 : label + 1;
		if ((*s == '.' && (s == text || s[-1] == '.')) || label > 63 ||
			!(isalnum((unsigned char)*s) || *s == '-' || *s == '.'))
			return refuse(why, "neither an address nor a DNS name: %s", text);
	}
	if (!letters || len > 253 || text[0] == '-')
		return refuse(why, "neither an address nor a DNS name: %s", text);
	return 0;
}

static int parse_name(const struct conf_keyword *row, const char *text, char why[CONF_WHY_MAX])
{
	size_t max = row->max ? row->max : 255;

	if (!*text)
		return refuse(why, "must not be empty");
	if (strlen(text) > max)
		return refuse(why, "longer than %zu characters: %s", max, text);
	for (const char *s = text; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f || *s == '"')
			return refuse(why, "a name has no blanks, quotes or control characters");
	return 0;
}

static int parse_text(const struct conf_keyword *row, const char *text, char why[CONF_WHY_MAX])
{
	size_t len = strlen(text);

	for (const char *s = text; *s; s++)
		if (iscntrl((unsigned char)*s))
			return refuse(why, "has a control character");
	if (len && text[len - 1] == ';')
		return refuse(why, "lines do not end in ';': %s", text);
	if (row->kind == CONF_TEXT || (!len && !row->min))
		return 0;
	if (text[0] != '/')
		return refuse(why, "not an absolute path: %s", text);
	return len > 1024 ? refuse(why, "the path is too long") : 0;
}

int conf_value_parse(const struct conf_keyword *row, const char *text, struct conf_value *out,
	char why[CONF_WHY_MAX])
{
	*out = (struct conf_value) { .text = text, .word = word_find(row->words, text) };
	if (out->word >= 0)
		return 0;
	switch (row->kind) {
	case CONF_TEXT:
	case CONF_PATH:
		return parse_text(row, text, why);
	case CONF_NAME:
		return parse_name(row, text, why);
	case CONF_HOST:
		return parse_host(row, text, &out->addr, why);
	case CONF_NUMBER:
		return parse_number(row, text, &out->number, why);
	case CONF_DURATION:
		return parse_scaled(row, durations, text, &out->number, why);
	case CONF_RATE:
		return parse_scaled(row, rates, text, &out->number, why);
	case CONF_SIZE:
		return parse_scaled(row, sizes, text, &out->number, why);
	case CONF_YESNO:
		return parse_yesno(text, &out->yes, why);
	case CONF_ADDRESS:
		return parse_address(row, text, &out->addr, why);
	case CONF_PREFIX:
		return parse_prefix(row, text, &out->prefix, why);
	case CONF_WORD:
	case CONF_SECTION:
		break;
	}
	return refuse(why, "must be one of %s, not %s", row->words, text);
}

/* Text that libconfuse would not read back as one bare word, or would change. */
static void print_quoted(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	if (size)
		buf[n++] = '"';
	for (; *text && n + 4 < size; text++) {
		if (*text == '"' || *text == '\\')
			buf[n++] = '\\';
		if (*text == '$') /* or ${...} is taken from the environment */
			buf[n++] = '\\';
		buf[n++] = *text;
	}
	snprintf(buf + n, size - n, "\"");
}

const char *conf_value_print(
	const struct conf_keyword *row, const struct conf_value *value, char *buf, size_t size)
{
	char addr[ADDR_TEXT_MAX], prefix[PREFIX_TEXT_MAX];

	if (value->word >= 0) {
		snprintf(buf, size, "%s", value->text);
		return buf;
	}
	switch (row->kind) {
	case CONF_NUMBER:
		snprintf(buf, size, row->flags & CONF_HEX ? "0x%" PRIx64 : "%" PRIu64,
			value->number);
		break;
	case CONF_DURATION:
		print_scaled(value->number, durations, buf, size);
		break;
	case CONF_RATE:
		print_scaled(value->number, rates, buf, size);
		break;
	case CONF_SIZE:
		print_scaled(value->number, sizes, buf, size);
		break;
	case CONF_YESNO:
		snprintf(buf, size, "%s", yesno[value->yes]);
		break;
	case CONF_ADDRESS:
		snprintf(buf, size, "%s", addr_print(&value->addr, addr));
		break;
	case CONF_PREFIX:
		snprintf(buf, size, "%s", prefix_print(&value->prefix, prefix));
		break;
	default:
		if (*value->text && !strpbrk(value->text, " #\"'\t=(){},+*$\\;/"))
			snprintf(buf, size, "%s", value->text);
		else
			print_quoted(value->text, buf, size);
	}
	return buf;
}
