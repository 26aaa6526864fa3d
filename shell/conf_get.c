/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a loaded configuration, and printing it back. */
#include "shell/conf.h"

#include <assert.h>
#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OCTETS 2200 /* the longest path, quoted twice over */

struct conf_section conf_root(const struct conf *conf)
{
	return (struct conf_section) { conf, conf->cfg, conf_keywords };
}

static const struct conf_keyword *row_in(struct conf_section s, const char *name)
{
	const struct conf_keyword *row = conf_row(s.rows, name);

	assert(row);
	return row;
}

size_t conf_n_sections(struct conf_section in, const char *name)
{
	return in.cfg ? cfg_size(in.cfg, name) : 0;
}

struct conf_section conf_nth_section(struct conf_section in, const char *name, size_t n)
{
	const struct conf_keyword *row = row_in(in, name);

	assert(row->kind == CONF_SECTION);
	return (struct conf_section) {
		.conf = in.conf,
		.cfg = n < conf_n_sections(in, name) ? cfg_getnsec(in.cfg, name, (unsigned)n)
						     : NULL,
		.rows = row->sub,
	};
}

struct conf_section conf_section(struct conf_section in, const char *name)
{
	return conf_nth_section(in, name, 0);
}

const char *conf_title(struct conf_section s)
{
	return s.cfg && s.cfg->title ? s.cfg->title : "";
}

static struct conf_value parsed(const struct conf_keyword *row, const char *text, bool is_set)
{
	struct conf_value value = { .word = -1 };
	char why[CONF_WHY_MAX];
	int rc;

	if (!text)
		return value;
	rc = conf_value_parse(row, text, &value, why);
	assert(rc == 0); /* the file was checked when it was loaded, the table by a test */
	(void)rc;
	value.is_set = is_set;
	return value;
}

/* How many values were written: 0 also for a list without any. */
static size_t n_written(struct conf_section s, const char *name)
{
	return s.cfg ? cfg_size(s.cfg, name) : 0;
}

size_t conf_count(struct conf_section s, const char *name)
{
	const struct conf_keyword *row = row_in(s, name);
	size_t n = n_written(s, name);

	return n ? n : row->def != NULL;
}

struct conf_value conf_nth(struct conf_section s, const char *name, size_t n)
{
	const struct conf_keyword *row = row_in(s, name);

	assert(row->kind != CONF_SECTION);
	if (n < n_written(s, name))
		return parsed(row, cfg_getnstr(s.cfg, name, (unsigned)n), true);
	return parsed(row, row->def, false);
}

struct conf_value conf_get(struct conf_section s, const char *name)
{
	return conf_nth(s, name, 0);
}

struct conf_place conf_place(struct conf_section s, const char *name)
{
	const void *what = s.cfg;
	const struct conf *conf = s.conf;

	if (s.cfg && name && n_written(s, name))
		what = cfg_getopt(s.cfg, name);
	for (size_t i = 0; what && i < conf->n_marks; i++)
		if (conf->marks[i].what == what)
			return (struct conf_place) { conf->marks[i].file, conf->marks[i].line };
	return (struct conf_place) { conf->path, 0 };
}

int conf_refuse(struct conf_section s, const char *name, const char *fmt, ...)
{
	struct conf_place place = conf_place(s, name);
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (place.line)
		log_warnx(s.conf->log, "%s:%u: %s", place.file, place.line, text);
	else
		log_warnx(s.conf->log, "%s: %s", place.file, text);
	return -EINVAL;
}

/* printing */

static void print_indent(unsigned depth, FILE *out)
{
	while (depth--)
		fputc('\t', out);
}

static void print_option(
	struct conf_section s, const struct conf_keyword *row, unsigned depth, FILE *out)
{
	size_t n = n_written(s, row->name);
	bool list = (row->flags & CONF_LIST) != 0;
	char buf[LINE_MAX_OCTETS];
	struct conf_value value;

	if (!n && (!row->def || conf_title(s)[0]))
		return; /* what each of a thousand routers has by default fills no page */
	print_indent(depth, out);
	fprintf(out, "%s%s = %s", n ? "" : "# ", row->name, list ? "{ " : "");
	for (size_t i = 0; i < n || i == 0; i++) {
		value = conf_nth(s, row->name, i);
		fprintf(out, "%s%s", i ? ", " : "",
			conf_value_print(row, &value, buf, sizeof(buf)));
	}
	fprintf(out, "%s\n", list ? " }" : "");
}

static void print_section(struct conf_section s, unsigned depth, FILE *out)
{
	const struct conf_keyword as_name = { .kind = CONF_NAME };
	struct conf_value title = { .word = -1 };
	struct conf_section sub;
	char buf[LINE_MAX_OCTETS];

	for (const struct conf_keyword *row = s.rows; row->name; row++) {
		if (row->flags & CONF_RESERVED)
			continue;
		if (row->kind != CONF_SECTION) {
			print_option(s, row, depth, out);
			continue;
		}
		for (size_t i = 0; i < conf_n_sections(s, row->name); i++) {
			sub = conf_nth_section(s, row->name, i);
			title.text = conf_title(sub);
			print_indent(depth, out);
			fprintf(out, "%s %s%s{\n", row->name,
				*title.text ? conf_value_print(&as_name, &title, buf, sizeof(buf))
					    : "",
				*title.text ? " " : "");
			print_section(sub, depth + 1, out);
			print_indent(depth, out);
			fputs("}\n", out);
		}
	}
}

void conf_print(const struct conf *conf, FILE *out)
{
	print_section(conf_root(conf), 0, out);
}

void conf_report(const struct conf *conf, bool print)
{
	if (print)
		conf_print(conf, stdout);
	else
		puts("configuration OK");
}

static char *print_to_memory(struct conf_section s)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	print_section(s, 0, out);
	return fclose(out) ? NULL : text;
}

bool conf_same(struct conf_section a, struct conf_section b)
{
	char *a_text = print_to_memory(a), *b_text = print_to_memory(b);
	bool same = a_text && b_text && strcmp(a_text, b_text) == 0;

	free(a_text);
	free(b_text);
	return same;
}

void conf_note_restart(const struct conf *old, const struct conf *now)
{
	if (!conf_same(conf_section(conf_root(old), "bus"), conf_section(conf_root(now), "bus")))
		log_warnx(old->log, "section bus has changed: it counts after a restart");
}
