/* SPDX-License-Identifier: BSD-2-Clause */
/* Where log lines go: standard error, which under a service manager is the journal. */
#include "shell/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* sd-daemon(3): a line may begin with its priority. */
static const char *const priorities[] = { "<4>", "<6>", "<7>" };

static void write_line(void *ctx, enum log_level level, const char *line)
{
	fprintf(stderr, "%s: %s\n", (const char *)ctx, line);
}

static void write_journal(void *ctx, enum log_level level, const char *line)
{
	fprintf(stderr, "%s%s\n", priorities[level], line);
}

/* JOURNAL_STREAM=DEVICE:INODE is inherited by children whose standard error is something else. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char *end;
	unsigned long long dev, ino;
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st))
		return false;
	dev = strtoull(stream, &end, 10);
	if (*end != ':')
		return false;
	ino = strtoull(end + 1, &end, 10);
	return !*end && dev == st.st_dev && ino == st.st_ino;
}

void sink_open(struct log *log, const char *role, unsigned verbose)
{
	sandbox_forbid_dumps();
	setvbuf(stderr, NULL, _IOLBF, 0);
	*log = (struct log) {
		.level = verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
		.write = is_journal() ? write_journal : write_line,
		.ctx = (void *)(uintptr_t)role,
	};
}
