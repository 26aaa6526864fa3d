/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log lines for people. A core gets a struct log from whoever runs it (shell: standard error or the
 * journal; test: a buffer) and knows nothing of where the line goes. There is no global log.
 *
 * A line says what happened to whom and why, RFC words first; no secrets, no pointers, no newline.
 * What a stranger can repeat goes through a log_limit.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

#define LOG_LINE_MAX 512 /* longer lines are cut */

struct log {
	enum log_level level; /* lines above it are not even formatted */
	void (*write)(void *ctx, enum log_level level, const char *line);
	void *ctx;
};

/* A NULL log is silence everywhere below. Control characters in a line become '?'. */

/* Adds ": " and the text of err, an errno value of either sign. */
void log_warn(struct log *log, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void log_warnx(struct log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_info(struct log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_debug(struct log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool log_is_on(const struct log *log, enum log_level level);
const char *log_level_name(enum log_level level);	    /* "warn", "info", "debug" */
int log_level_parse(const char *name, enum log_level *out); /* 0 or -EINVAL */

/*
 * At most `burst` passes in each `interval` ns, counted from the first pass. Zeroed, it is fresh.
 *
 *	if (log_limit_pass(&had->unknown_spi, now, 5, MINUTE, &n))
 *		log_info(log, "unknown SPI %u (%u more like it)", spi, n);
 */
struct log_limit {
	uint64_t since;
	uint32_t n_passed;
	uint32_t n_held;
};

/* *n_held gets how many were held back since the last pass. */
bool log_limit_pass(
	struct log_limit *limit, uint64_t now, uint32_t burst, uint64_t interval, uint32_t *n_held);

#endif
