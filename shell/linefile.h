/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Line files: keys and routers. One thing per line, blanks or tabs between words, "#" begins a
 * comment. What a line means is its reader's business; errors carry file and line.
 */
#ifndef SHELL_LINEFILE_H
#define SHELL_LINEFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

/*
 * One line, its newline and trailing blanks taken off; it lives during the call. 0, or a negative
 * errno: reading ends there. -EINVAL with an error text is logged with file and line.
 */
#define LINEFILE_ERROR_MAX 200
typedef int linefile_fn(void *ctx, char *line, unsigned number, char error[LINEFILE_ERROR_MAX]);

/*
 * Calls fn for each line that holds something. secret: only root (or we) may own the file, only
 * group raiic-keys (or root's) may read it and nobody else; what was read is wiped.
 * 0 or a negative errno, with a line in the log.
 */
int linefile_read(const char *path, bool secret, linefile_fn *fn, void *ctx, struct log *log);

/* The next word of a line: *rest moves behind it. NULL at the end. */
char *linefile_word(char **rest);

/* The next part of "a,b,c"; empty parts are "". NULL at the end. */
char *linefile_part(char **rest);

/*
 * What differs between two readings of a file, for the log and for those who apply differences:
 * a fingerprint of each line by its first word, never the line itself.
 */
struct linefile_set;

struct linefile_changes {
	size_t added, removed, changed;
};

int linefile_set_new(struct linefile_set **out); /* 0 or -ENOMEM */
struct linefile_set *linefile_set_free(struct linefile_set *set);

/* Before the reader cuts the line up. A first word that comes again counts once. 0 or -ENOMEM. */
int linefile_set_add(struct linefile_set *set, const char *line);
struct linefile_changes linefile_set_compare(struct linefile_set *old, struct linefile_set *now);

#endif
