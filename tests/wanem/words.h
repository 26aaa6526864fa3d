/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings as lines of words: "delay 12500us jitter 1500us". A table has a row per word: its name
 * and its arguments, each of a kind and at an offset into the settings. Reading, printing and
 * the usage text go over the same rows.
 */
#ifndef WANEM_WORDS_H
#define WANEM_WORDS_H

#include <stddef.h>
#include <stdint.h>

#define WORD_ARGUMENTS_MAX 4
#define WORD_WHY_MAX	   160

enum argument_kind {
	ARGUMENT_NONE,
	ARGUMENT_NUMBER,
	ARGUMENT_TIME,	 /* 12500us, 1.5ms, 30s, 5min, 1h; held as ns */
	ARGUMENT_SHARE,	 /* 0.5%, 200ppm; held as parts per million */
	ARGUMENT_RATE,	 /* 10Mbit; held as bits a second */
	ARGUMENT_SIZE,	 /* 125kB; held as octets */
	ARGUMENT_CHOICE, /* one of a|b|c; held as its place from 0 */
	ARGUMENT_IPV4,	 /* held in host order */
};

/* Where it is held is a uint64_t. What a setting is before it is set, is what is not printed. */
struct argument {
	enum argument_kind kind;
	size_t offset;
	const char *usage; /* for CHOICE the choices: "keep|free" */
	uint64_t max;	   /* of a NUMBER or a SIZE */
};

struct word {
	const char *name, *help;
	struct argument arguments[WORD_ARGUMENTS_MAX];

	/* A word with an argument of its own kind reads and prints it itself: the text of the
	 * argument; 0 or -EINVAL. print adds "NAME TEXT" to the end of buf once for each. */
	int (*read)(void *settings, const char *text);
	void (*print)(const void *settings, char *buf, size_t size);
};

/*
 * Reads words from argv[0..argc-1] into the settings, all of them or up to the first error: read
 * into a copy. The table ends with a row without a name. 0, or -EINVAL with what is wrong in why.
 */
int words_read(const struct word *table, void *settings, int argc, char *const argv[],
	char why[WORD_WHY_MAX]);

/* What differs from the defaults, as words_read() takes it; "" if nothing does. Returns buf. */
char *words_print(const struct word *table, const void *settings, const void *defaults, char *buf,
	size_t size);

/* A line with the word and its arguments, one with what it does; added to the end of buf. */
void words_usage(const struct word *table, char *buf, size_t size);

/* One value of a kind; 0 or -EINVAL. */
int argument_read(const struct argument *argument, const char *text, uint64_t *out);

/* printf to the end of what is in buf; what does not fit is cut. */
void text_add(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
