/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/words.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* Largest first: printing takes the first one that divides. */
static const struct unit times[] = { { "h", 3600000000000 }, { "min", 60000000000 },
	{ "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 }, {} };
static const struct unit shares[] = { { "%", 10000 }, { "ppm", 1 }, {} };
static const struct unit rates[] = { { "Gbit", 1000000000 }, { "Mbit", 1000000 }, { "kbit", 1000 },
	{ "bit", 1 }, {} };
static const struct unit sizes[] = { { "MB", 1000000 }, { "kB", 1000 }, { "B", 1 }, {} };
static const struct unit numbers[] = { { "", 1 }, {} };

static const struct scale {
	const struct unit *units;
	uint64_t max;
} scales[] = {
	[ARGUMENT_NUMBER] = { numbers, UINT32_MAX },
	[ARGUMENT_TIME] = { times, 24 * 3600000000000 },
	[ARGUMENT_SHARE] = { shares, 1000000 },
	[ARGUMENT_RATE] = { rates, 100000000000 },
	[ARGUMENT_SIZE] = { sizes, 1000000000 },
};

void text_add(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + len, size - len, fmt, ap);
	va_end(ap);
}

/* "12.5": the digits as a whole number, and 10 to the number of those behind the point. */
static int read_decimal(const char **text, uint64_t *digits, uint64_t *divisor)
{
	const char *s = *text;
	bool fraction = false;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	*digits = 0;
	*divisor = 1;
	for (; isdigit((unsigned char)*s) || (*s == '.' && !fraction); s++) {
		if (*s == '.') {
			fraction = true;
			continue;
		}
		if (*digits > 100000000000000)
			return -EINVAL;
		*digits = *digits * 10 + (uint64_t)(*s - '0');
		*divisor *= fraction ? 10 : 1;
	}
	*text = s;
	return 0;
}

static int read_scaled(const struct argument *argument, const char *text, uint64_t *out)
{
	const struct scale *scale = &scales[argument->kind];
	uint64_t digits, divisor, max = argument->max ? argument->max : scale->max;
	unsigned __int128 value;

	if (read_decimal(&text, &digits, &divisor))
		return -EINVAL;
	for (const struct unit *unit = scale->units; unit->name; unit++) {
		if (strcmp(text, unit->name) != 0 && (digits || *text))
			continue;
		value = (unsigned __int128)digits * unit->factor;
		if (value % divisor || value / divisor > max)
			return -EINVAL;
		*out = (uint64_t)(value / divisor);
		return 0;
	}
	return -EINVAL;
}

static int read_choice(const char *choices, const char *text, uint64_t *out)
{
	size_t len;

	*out = 0;
	for (; *choices; choices += len + (choices[len] == '|'), (*out)++) {
		len = strcspn(choices, "|");
		if (strlen(text) == len && strncmp(choices, text, len) == 0)
			return 0;
	}
	return -EINVAL;
}

int argument_read(const struct argument *argument, const char *text, uint64_t *out)
{
	struct in_addr addr;

	switch (argument->kind) {
	case ARGUMENT_NONE:
		return -EINVAL;
	case ARGUMENT_CHOICE:
		return read_choice(argument->usage, text, out);
	case ARGUMENT_IPV4:
		if (inet_pton(AF_INET, text, &addr) != 1)
			return -EINVAL;
		*out = ntohl(addr.s_addr);
		return 0;
	default:
		return read_scaled(argument, text, out);
	}
}

static uint64_t *held_at(void *settings, const struct argument *argument)
{
	return (uint64_t *)(void *)((char *)settings + argument->offset);
}

static uint64_t value_of(const void *settings, const struct argument *argument)
{
	return *(const uint64_t *)(const void *)((const char *)settings + argument->offset);
}

static const struct word *word_find(const struct word *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

static int n_arguments(const struct word *word)
{
	int n = 0;

	while (n < WORD_ARGUMENTS_MAX && word->arguments[n].usage)
		n++;
	return n;
}

static int read_argument(
	const struct word *word, const struct argument *argument, void *settings, const char *text)
{
	if (word->read)
		return word->read(settings, text);
	return argument_read(argument, text, held_at(settings, argument));
}

int words_read(const struct word *table, void *settings, int argc, char *const argv[],
	char why[WORD_WHY_MAX])
{
	const struct word *word;

	for (int at = 0; at < argc; at += 1 + n_arguments(word)) {
		word = word_find(table, argv[at]);
		if (!word) {
			snprintf(why, WORD_WHY_MAX, "unknown word: %s", argv[at]);
			return -EINVAL;
		}
		for (int i = 0; i < n_arguments(word); i++) {
			const char *usage = word->arguments[i].usage;

			if (at + 1 + i >= argc) {
				snprintf(why, WORD_WHY_MAX, "%s needs %s", word->name, usage);
				return -EINVAL;
			}
			if (read_argument(word, &word->arguments[i], settings, argv[at + 1 + i])) {
				snprintf(why, WORD_WHY_MAX, "%s: not %s: %s", word->name, usage,
					argv[at + 1 + i]);
				return -EINVAL;
			}
		}
	}
	return 0;
}

static void print_scaled(const struct unit *unit, uint64_t value, char *buf, size_t size)
{
	while (unit->factor > 1 && (value == 0 || value % unit->factor))
		unit++;
	text_add(buf, size, " %" PRIu64 "%s", value / unit->factor, unit->name);
}

static void print_argument(const struct argument *argument, uint64_t value, char *buf, size_t size)
{
	const char *choice = argument->usage;
	struct in_addr addr = { .s_addr = htonl((uint32_t)value) };
	char text[INET_ADDRSTRLEN];

	switch (argument->kind) {
	case ARGUMENT_CHOICE:
		for (; value; value--)
			choice += strcspn(choice, "|") + 1;
		text_add(buf, size, " %.*s", (int)strcspn(choice, "|"), choice);
		break;
	case ARGUMENT_IPV4:
		text_add(buf, size, " %s", inet_ntop(AF_INET, &addr, text, sizeof(text)));
		break;
	default:
		print_scaled(scales[argument->kind].units, value, buf, size);
	}
}

static bool is_default(const struct word *word, const void *settings, const void *defaults)
{
	for (int i = 0; i < n_arguments(word); i++)
		if (value_of(settings, &word->arguments[i]) !=
			value_of(defaults, &word->arguments[i]))
			return false;
	return true;
}

char *words_print(const struct word *table, const void *settings, const void *defaults, char *buf,
	size_t size)
{
	*buf = '\0';
	for (const struct word *word = table; word->name; word++) {
		if (word->print) {
			word->print(settings, buf, size);
		} else if (!is_default(word, settings, defaults)) {
			text_add(buf, size, "%s%s", *buf ? " " : "", word->name);
			for (int i = 0; i < n_arguments(word); i++)
				print_argument(&word->arguments[i],
					value_of(settings, &word->arguments[i]), buf, size);
		}
	}
	return buf;
}

void words_usage(const struct word *table, char *buf, size_t size)
{
	char synopsis[128];

	for (const struct word *word = table; word->name; word++) {
		*synopsis = '\0';
		text_add(synopsis, sizeof(synopsis), "%s", word->name);
		for (int i = 0; i < n_arguments(word); i++)
			text_add(synopsis, sizeof(synopsis), " %s", word->arguments[i].usage);
		text_add(buf, size, "  %s\n      %s\n", synopsis, word->help);
	}
}
