/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading raiic.conf with libconfuse, and what has to be added to it: it accepts a file that ends
 * inside a section (so an option of our own is appended to the text, and must be found outside of
 * all sections), an option given twice (marked in the option's flags), numbers in octal (so all
 * values are texts to it, and value.c reads them). Includes are parsed by us one inside the other,
 * which keeps the parser usable after an error: a reload must not inherit a bad file.
 */
#include "shell/conf.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell/textfile.h"

#define END_NAME      "__end"
#define SEEN	      (1 << 30) /* in cfg_opt_t.flags, beside libconfuse's own */
#define INCLUDES_MAX  8
#define FILE_SIZE_MAX (64U << 20)

/* libconfuse hands no context to its callbacks, and its scanner is global anyway. */
static struct loading {
	struct conf *conf;
	cfg_t *base; /* where the present file began */
	unsigned depth;
	bool ended;
	bool reported;
} loading;

static int parse_file(cfg_t *cfg, const char *path);

static const struct conf_keyword *row_of(const cfg_opt_t *opt)
{
	return (const struct conf_keyword *)(intptr_t)opt->def.number;
}

/* The end marker of a section's options carries the section's rows. */
static const struct conf_keyword *rows_of(const cfg_t *cfg)
{
	const cfg_opt_t *opt = cfg->opts;

	while (strcmp(opt->name, END_NAME) != 0)
		opt++;
	return row_of(opt);
}

static const char *section_name(const cfg_t *cfg, char *buf, size_t size)
{
	snprintf(buf, size, "section %s%s%s", cfg->name, cfg->title ? " " : "",
		cfg->title ? cfg->title : "");
	return buf;
}

/* The first error counts; what the parser says on its way out is noise. */
__attribute__((format(printf, 2, 3))) static int report(cfg_t *cfg, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (loading.reported)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warnx(loading.conf->log, "%s:%d: %s", cfg->filename, cfg->line, text);
	loading.reported = true;
	return -1;
}

static bool is_known_elsewhere(const struct conf_keyword *rows, const char *name)
{
	for (; rows->name; rows++)
		if (strcmp(rows->name, name) == 0 ||
			(rows->sub && is_known_elsewhere(rows->sub, name)))
			return true;
	return false;
}

static void report_unknown(cfg_t *cfg, const char *name)
{
	const struct conf_keyword *rows = rows_of(cfg), *row = conf_row(rows, name);
	const struct conf_keyword *near = conf_nearest(rows, name);
	char where[340] = "";

	if (rows != conf_keywords) {
		memcpy(where, " in ", 5);
		section_name(cfg, where + 4, sizeof(where) - 4);
	}
	if (row && (row->flags & CONF_RESERVED))
		report(cfg, "%s is not in this version", name);
	else if (near)
		report(cfg, "unknown keyword %s%s (%s?)", name, where, near->name);
	else if (is_known_elsewhere(conf_keywords, name))
		report(cfg, "%s does not belong%s; is a brace missing, or too many?", name,
			*where ? where : " outside of a section");
	else
		report(cfg, "unknown keyword %s%s", name, where);
}

/* libconfuse names things only in the text of its message: between the quotes. */
__attribute__((nonnull)) static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[400], *name, *end;

	vsnprintf(text, sizeof(text), fmt, ap);
	name = strchr(text, '\'');
	end = name ? strrchr(text, '\'') : NULL;
	if (end == name)
		name = NULL;
	if (name) {
		name++;
		*end = '\0';
	}
	if (name && strncmp(fmt, "no such option", 14) == 0) {
		report_unknown(cfg, name);
		return;
	}
	if (name && strcmp(name, END_NAME) == 0) {
		report(cfg, "the file ends inside a list or a statement");
		return;
	}
	if (strncmp(fmt, "premature end", 13) == 0 || strncmp(fmt, "unterminated", 12) == 0) {
		report(cfg, "a quoted text is not closed");
		return;
	}
	if (name && strncmp(fmt, "found duplicate title", 21) == 0) {
		report(cfg, "%s is there twice", name);
		return;
	}
	if (name)
		*end = '\'';
	report(cfg, "%s", text);
}

static int mark(const void *what, const cfg_t *cfg, unsigned line)
{
	struct conf *conf = loading.conf;
	struct conf_mark *grown;
	char **files;

	if (!conf->n_files || strcmp(conf->files[conf->n_files - 1], cfg->filename) != 0) {
		files = reallocarray(conf->files, conf->n_files + 1, sizeof(*files));
		if (!files)
			return -1;
		conf->files = files;
		files[conf->n_files] = strdup(cfg->filename);
		if (!files[conf->n_files])
			return -1;
		conf->n_files++;
	}
	if (conf->n_marks == conf->max_marks) {
		conf->max_marks = conf->max_marks ? conf->max_marks * 2 : 64;
		grown = reallocarray(conf->marks, conf->max_marks, sizeof(*grown));
		if (!grown)
			return -1;
		conf->marks = grown;
	}
	conf->marks[conf->n_marks++] =
		(struct conf_mark) { what, conf->files[conf->n_files - 1], line };
	return 0;
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	char why[CONF_WHY_MAX], section[300];
	struct conf_value value;

	*(const char **)result = text;
	if (strcmp(opt->name, END_NAME) == 0) {
		if (cfg != loading.base)
			return report(cfg, "%s is not closed",
				section_name(cfg, section, sizeof(section)));
		loading.ended = true;
		return 0;
	}
	if (strcmp(text, END_NAME) == 0)
		return report(cfg, "the file ends inside a list or a statement");
	if ((opt->flags & SEEN) && opt->nvalues == 1)
		return report(cfg, "%s is given twice", opt->name);
	opt->flags |= SEEN;
	if (conf_value_parse(row_of(opt), text, &value, why))
		return report(cfg, "%s: %s", opt->name, why);
	return opt->nvalues == 1 ? mark(opt, cfg, (unsigned)cfg->line) : 0;
}

/* A section was closed: cfg is its parent. */
static int on_section(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct conf_keyword *row = row_of(opt);
	struct conf_keyword title = { row->name, CONF_NAME, .max = row->max };
	const cfg_t *section = opt->values[opt->nvalues - 1]->section;
	const struct conf *conf = loading.conf;
	unsigned line = (unsigned)cfg->line;
	char why[CONF_WHY_MAX];
	struct conf_value value;
	uintptr_t at;

	if (!section->title && (opt->flags & SEEN))
		return report(cfg, "section %s is there twice", opt->name);
	opt->flags |= SEEN;
	if (section->title && conf_value_parse(&title, section->title, &value, why))
		return report(cfg, "name of section %s: %s", opt->name, why);
	for (size_t i = conf->n_marks; i-- > 0; line = conf->marks[i].line) {
		at = (uintptr_t)conf->marks[i].what;
		if (at < (uintptr_t)section->opts ||
			at >= (uintptr_t)(section->opts + cfg_numopts(section->opts)))
			break;
	}
	return mark(section, cfg, line);
}

static int on_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	struct loading outer = loading;
	char *file = cfg->filename, path[1024];
	const char *slash = strrchr(file, '/');
	int line = cfg->line, rc;

	if (argc != 1)
		return report(cfg, "include takes one file: include(\"FILE\")");
	if (loading.depth == INCLUDES_MAX)
		return report(cfg, "more than %d files include each other", INCLUDES_MAX);
	if (argv[0][0] == '/' || !slash)
		snprintf(path, sizeof(path), "%s", argv[0]);
	else
		snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - file), file, argv[0]);

	loading.base = cfg;
	loading.depth++;
	loading.ended = false;
	rc = parse_file(cfg, path);
	outer.reported = loading.reported;
	loading = outer;
	free(cfg->filename);
	cfg->filename = file;
	cfg->line = line;
	if (rc == -EINVAL)
		return -1;
	return rc ? report(cfg, "%s: %s", path, strerror(-rc)) : 0;
}

/* Sets cfg->filename anew; the old one stays the caller's. */
static int parse_file(cfg_t *cfg, const char *path)
{
	char *text;
	size_t len;
	FILE *in = NULL;
	int rc = textfile_read(path, FILE_SIZE_MAX, &text, &len);

	cfg->filename = strdup(path);
	if (rc || !cfg->filename)
		return rc ? rc : -ENOMEM;
	rc = -ENOMEM;
	in = fmemopen(NULL, len + sizeof("\n" END_NAME " = true\n"), "w+");
	if (!in)
		goto out;
	fwrite(text, 1, len, in);
	if (len && text[len - 1] != '\n')
		fputc('\n', in);
	fputs(END_NAME " = true\n", in);
	rewind(in);
	rc = cfg_parse_fp(cfg, in) == CFG_SUCCESS ? 0 : -EINVAL;
	if (!rc && !loading.ended) {
		report(cfg, "a comment is not closed");
		rc = -EINVAL;
	}
	if (rc && !loading.reported)
		report(cfg, "cannot be understood");
out:
	if (in)
		fclose(in);
	free(text);
	return rc;
}

static void free_opts(cfg_opt_t *opts)
{
	for (cfg_opt_t *opt = opts; opt && opt->name; opt++)
		free_opts(opt->subopts);
	free(opts);
}

/* libconfuse's form of our rows; it makes copies of it. */
static cfg_opt_t *make_opts(const struct conf_keyword *rows)
{
	const cfg_opt_t value = CFG_STR_CB(NULL, NULL, CFGF_NODEFAULT, on_value);
	const cfg_opt_t include = CFG_FUNC("include", on_include);
	cfg_opt_t *opts, *opt;
	size_t n = 0;

	while (rows[n].name)
		n++;
	opts = calloc(n + 3, sizeof(*opts));
	if (!opts)
		return NULL;
	opt = opts;
	for (const struct conf_keyword *row = rows; row->name; row++) {
		if (row->flags & CONF_RESERVED)
			continue;
		*opt = value;
		opt->name = row->name;
		opt->def.number = (long)(intptr_t)row;
		if (row->flags & CONF_LIST)
			opt->flags |= CFGF_LIST;
		if (row->kind == CONF_SECTION) {
			opt->type = CFGT_SEC;
			opt->parsecb = NULL;
			opt->validcb = on_section;
			opt->subopts = make_opts(row->sub);
			if (row->flags & CONF_TITLED)
				opt->flags |= CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES;
		}
		opt++;
	}
	*opt++ = include;
	*opt = value;
	opt->name = END_NAME;
	opt->def.number = (long)(intptr_t)rows;
	return opts;
}

int conf_load(struct conf **out, const char *path, struct log *log)
{
	struct conf *conf = calloc(1, sizeof(*conf));
	cfg_opt_t *opts = make_opts(conf_keywords);
	int rc = -ENOMEM;

	if (!conf || !opts)
		goto out;
	conf->log = log;
	conf->path = strdup(path);
	conf->cfg = cfg_init(opts, CFGF_NONE);
	if (!conf->path || !conf->cfg)
		goto out;
	cfg_set_error_function(conf->cfg, on_error);
	loading = (struct loading) { .conf = conf, .base = conf->cfg };
	rc = parse_file(conf->cfg, path);
	if (rc && !loading.reported)
		log_warn(log, rc, "configuration %s", path);
	loading.conf = NULL;
out:
	free_opts(opts);
	if (rc)
		conf = conf_free(conf);
	*out = conf;
	return rc;
}

struct conf *conf_free(struct conf *conf)
{
	if (!conf)
		return NULL;
	if (conf->cfg)
		cfg_free(conf->cfg);
	for (size_t i = 0; i < conf->n_files; i++)
		free(conf->files[i]);
	free(conf->files);
	free(conf->marks);
	free(conf->path);
	free(conf);
	return NULL;
}
