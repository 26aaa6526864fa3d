/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * raiic.conf: libconfuse wrapped once. Every daemon checks the whole file against the one table of
 * keywords.c and reads its own part with the getters below.
 *
 * Loading stops at the first error and logs it as "FILE:LINE: what, and the nearest known word".
 * What libconfuse would let pass is an error here: a section left open, an option given twice, a
 * number with a leading 0, a section without a name given twice. What was loaded is only read.
 */
#ifndef SHELL_CONF_H
#define SHELL_CONF_H

#include <stdio.h>

#include "base/log.h"
#include "shell/value.h"

struct cfg_t;
struct conf;

/* All sections and keywords; ends with a row without a name. */
extern const struct conf_keyword conf_keywords[];

/* A value, not an object: one section of a loaded file. */
struct conf_section {
	const struct conf *conf;
	struct cfg_t *cfg; /* NULL: not in the file; its getters give defaults */
	const struct conf_keyword *rows;
};

struct conf_place {
	const char *file; /* lives as long as the conf; NULL: not known */
	unsigned line;
};

/* 0, or -EINVAL, -ENOMEM and the like with a line in the log. The caller frees. */
int conf_load(struct conf **out, const char *path, struct log *log);
struct conf *conf_free(struct conf *conf);

struct conf_section conf_root(const struct conf *conf);

/* A section of a section; cfg is NULL when it was not written. */
struct conf_section conf_section(struct conf_section in, const char *name);

/* The titled sections of that name: how many, and each of them. */
size_t conf_n_sections(struct conf_section in, const char *name);
struct conf_section conf_nth_section(struct conf_section in, const char *name, size_t n);
const char *conf_title(struct conf_section s);

/*
 * The value of a keyword: as written, else its default, else a value with text NULL. The keyword
 * must be one of this section's rows. For lists: how many values, and each of them.
 */
struct conf_value conf_get(struct conf_section s, const char *name);
size_t conf_count(struct conf_section s, const char *name);
struct conf_value conf_nth(struct conf_section s, const char *name, size_t n);

/* Where a keyword was written; name NULL: the section itself. */
struct conf_place conf_place(struct conf_section s, const char *name);

/* For rules that more than one value make up: logs "FILE:LINE: ..." and returns -EINVAL. */
int conf_refuse(struct conf_section s, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The configuration as understood: what was written, and defaults of open questions as comments.
 * Loading the print-out gives the same print-out. */
void conf_print(const struct conf *conf, FILE *out);

/* For -n: says that it is good, or prints it. */
void conf_report(const struct conf *conf, bool print);

/* On reload: logs what of the difference no daemon can take over while it runs. */
void conf_note_restart(const struct conf *old, const struct conf *now);

/* Do both print the same? */
bool conf_same(struct conf_section a, struct conf_section b);

/* The row of that name, or NULL; the one whose name is nearest, or NULL if none is near. */
const struct conf_keyword *conf_row(const struct conf_keyword *rows, const char *name);
const struct conf_keyword *conf_nearest(const struct conf_keyword *rows, const char *name);

/* Between conf.c (which loads) and conf_get.c (which reads). */
struct conf_mark {
	const void *what; /* cfg_opt_t or cfg_t */
	const char *file;
	unsigned line;
};

struct conf {
	struct cfg_t *cfg;
	struct log *log;
	char *path;
	struct conf_mark *marks; /* where things were written */
	size_t n_marks, max_marks;
	char **files; /* their names */
	size_t n_files;
};

#endif
