/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats lines for a sink that somebody else provides. See log.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const char *const level_names[] = {
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

const char *log_level_name(enum log_level level)
{
	return level <= LOG_LEVEL_DEBUG ? level_names[level] : "?";
}

int log_level_parse(const char *name, enum log_level *out)
{
	for (unsigned i = 0; i <= LOG_LEVEL_DEBUG; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

bool log_is_on(const struct log *log, enum log_level level)
{
	return log && log->write && level <= log->level;
}

/* A line is one line whatever was printed into it; UTF-8 passes. */
static void clean(char *line)
{
	for (unsigned char *c = (unsigned char *)line; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
}

__attribute__((format(printf, 4, 0))) static void log_line(
	struct log *log, enum log_level level, int err, const char *fmt, va_list args)
{
	char line[LOG_LINE_MAX];
	int len = vsnprintf(line, sizeof(line), fmt, args);

	if (len < 0)
		return;
	if (err != 0 && (size_t)len < sizeof(line))
		snprintf(line + len, sizeof(line) - (size_t)len, ": %s", strerror(abs(err)));
	clean(line);
	log->write(log->ctx, level, line);
}

void log_warn(struct log *log, int err, const char *fmt, ...)
{
	va_list args;

	if (!log_is_on(log, LOG_LEVEL_WARN))
		return;
	va_start(args, fmt);
	log_line(log, LOG_LEVEL_WARN, err, fmt, args);
	va_end(args);
}

void log_warnx(struct log *log, const char *fmt, ...)
{
	va_list args;

	if (!log_is_on(log, LOG_LEVEL_WARN))
		return;
	va_start(args, fmt);
	log_line(log, LOG_LEVEL_WARN, 0, fmt, args);
	va_end(args);
}

void log_info(struct log *log, const char *fmt, ...)
{
	va_list args;

	if (!log_is_on(log, LOG_LEVEL_INFO))
		return;
	va_start(args, fmt);
	log_line(log, LOG_LEVEL_INFO, 0, fmt, args);
	va_end(args);
}

void log_debug(struct log *log, const char *fmt, ...)
{
	va_list args;

	if (!log_is_on(log, LOG_LEVEL_DEBUG))
		return;
	va_start(args, fmt);
	log_line(log, LOG_LEVEL_DEBUG, 0, fmt, args);
	va_end(args);
}

bool log_limit_pass(
	struct log_limit *limit, uint64_t now, uint32_t burst, uint64_t interval, uint32_t *n_held)
{
	*n_held = 0;
	if (limit->n_passed == 0 || now - limit->since >= interval) {
		limit->since = now;
		limit->n_passed = 0;
	}
	if (limit->n_passed >= burst) {
		limit->n_held++;
		return false;
	}
	limit->n_passed++;
	*n_held = limit->n_held;
	limit->n_held = 0;
	return true;
}
