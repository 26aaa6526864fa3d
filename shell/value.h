/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One value of raiic.conf: what kinds there are, how a text becomes one, and back.
 *
 * Every kind refuses what is not wholly of it; in particular a number with a leading 0 (libconfuse
 * would read 0434 as octal) and a duration without a unit. A kind may have words beside it: a
 * number that may also be "auto" is CONF_NUMBER with words "auto".
 */
#ifndef SHELL_VALUE_H
#define SHELL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum conf_kind {
	CONF_TEXT,     /* any text */
	CONF_PATH,     /* absolute, or empty where min is 0 */
	CONF_NAME,     /* no blanks and no control characters, at most max octets */
	CONF_HOST,     /* an address or a DNS name */
	CONF_NUMBER,   /* decimal, or hex with 0x; min to max */
	CONF_DURATION, /* 150ms, 300s, 5min, 1h; min, max and the value are milliseconds */
	CONF_RATE,     /* bits per second: 512kbit, 10Mbit, 1Gbit */
	CONF_SIZE,     /* octets: 500MB, 5GB */
	CONF_YESNO,    /* yes, no, true, false */
	CONF_ADDRESS,  /* IPv4 or IPv6, of a single host */
	CONF_PREFIX,   /* IPv4 or IPv6, no host bits */
	CONF_WORD,     /* one of words */
	CONF_SECTION,  /* a brace; its keywords are sub */
};

#define CONF_LIST     0x01 /* { a, b }, or a single bare value */
#define CONF_TITLED   0x02 /* section NAME { ... }, any number of them */
#define CONF_RESERVED 0x04 /* known, but not in this version */
#define CONF_HEX      0x08 /* printed as hex */
#define CONF_IPV4     0x10 /* addresses and prefixes of IPv4 only */
#define CONF_SECONDS  0x20 /* a duration of whole seconds */

/* A row of the keyword table. */
struct conf_keyword {
	const char *name;
	enum conf_kind kind;
	unsigned flags; /* CONF_* above */
	uint64_t min, max;
	const char *words; /* "nat|routed|none" */
	const char *def;   /* as it would be written; NULL: none */
	const char *help;  /* one line */
	const struct conf_keyword *sub;
};

struct conf_value {
	bool is_set; /* written in the file; else the default, or nothing */
	int word;    /* which of words, from 0; -1: a value of the kind */
	const char *text;
	union {
		uint64_t number; /* also duration (ms), rate (bit/s), size (octets) */
		bool yes;
		struct mipm_addr addr; /* CONF_HOST: absent for a DNS name */
		struct mipm_prefix prefix;
	};
};

#define CONF_WHY_MAX 160

/*
 * Reads text as a value of this row; out->text is text itself. 0, or -EINVAL with what is wrong
 * in why, as the end of a sentence that begins with the keyword.
 */
int conf_value_parse(const struct conf_keyword *row, const char *text, struct conf_value *out,
	char why[CONF_WHY_MAX]);

/* How it is written back: the shortest text that parses to the same. Returns buf. */
const char *conf_value_print(
	const struct conf_keyword *row, const struct conf_value *value, char *buf, size_t size);

/* The word at that place of "a|b|c", NUL-terminated in buf; false past the last one. */
bool conf_word_at(const char *words, int place, char *buf, size_t size);

#endif
