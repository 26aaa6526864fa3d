/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/linefile.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/table.h"
#include "shell/textfile.h"

#define KEYS_GROUP    "raiic-keys"
#define FILE_SIZE_MAX (512U << 20)
#define BLANKS	      " \t\r"

/* THREATS T17. Judged on the open file, so nobody can exchange it in between. */
static const char *why_not_secret(const struct stat *st)
{
	const struct group *keys;

	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "must belong to root";
	if (st->st_mode & 0007)
		return "must be closed to others: chmod o= it";
	if (st->st_mode & 0020)
		return "must not be writable by its group: chmod g-w it";
	if (!(st->st_mode & 0070) || st->st_gid == 0)
		return NULL;
	keys = getgrnam(KEYS_GROUP);
	if (!keys || keys->gr_gid != st->st_gid)
		return "may be readable by group " KEYS_GROUP " only: chgrp " KEYS_GROUP " it";
	return NULL;
}

static int each_line(
	char *text, linefile_fn *fn, void *ctx, unsigned *number, char error[LINEFILE_ERROR_MAX])
{
	char *line = text, *next;
	size_t len;
	int rc;

	for (*number = 1; line; line = next, ++*number) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line += strspn(line, BLANKS);
		len = strlen(line);
		while (len && strchr(BLANKS, line[len - 1]))
			line[--len] = '\0';
		if (!len || line[0] == '#')
			continue;
		rc = fn(ctx, line, *number, error);
		if (rc)
			return rc;
	}
	return 0;
}

int linefile_read(const char *path, bool secret, linefile_fn *fn, void *ctx, struct log *log)
{
	char error[LINEFILE_ERROR_MAX] = "", *text = NULL;
	const char *why = NULL;
	unsigned number = 0;
	struct stat st;
	size_t len = 0;
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		rc = -errno;
		if (secret && rc == -EACCES)
			why = "not readable: the user must be in group " KEYS_GROUP;
		goto out;
	}
	rc = fstat(fd, &st) ? -errno : 0;
	if (!rc && secret && (why = why_not_secret(&st)) != NULL)
		rc = -EPERM;
	if (!rc)
		rc = textfile_read_fd(fd, &st, FILE_SIZE_MAX, &text, &len);
	close(fd);
	if (!rc)
		rc = each_line(text, fn, ctx, &number, error);
out:
	if (text && secret)
		explicit_bzero(text, len);
	free(text);
	if (rc && *error)
		log_warnx(log, "%s:%u: %s", path, number, error);
	else if (rc && why)
		log_warnx(log, "%s %s", path, why);
	else if (rc)
		log_warn(log, rc, "%s", path);
	return rc;
}

char *linefile_word(char **rest)
{
	char *word = *rest + strspn(*rest, BLANKS);

	if (!*word || *word == '#')
		return NULL;
	*rest = word + strcspn(word, BLANKS);
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

char *linefile_part(char **rest)
{
	char *part = *rest;

	if (!part)
		return NULL;
	*rest = strchr(part, ',');
	if (*rest)
		*(*rest)++ = '\0';
	return part;
}

/* differences */

struct print {
	uint64_t word, whole; /* hashes: a clash would only count one line less */
};

struct linefile_set {
	struct print *prints;
	size_t n, room;
};

int linefile_set_new(struct linefile_set **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

struct linefile_set *linefile_set_free(struct linefile_set *set)
{
	if (set)
		free(set->prints);
	free(set);
	return NULL;
}

int linefile_set_add(struct linefile_set *set, const char *line)
{
	size_t room = set->room ? set->room * 2 : 64;
	struct print *prints = set->prints;

	if (set->n == set->room) {
		prints = reallocarray(prints, room, sizeof(*prints));
		if (!prints)
			return -ENOMEM;
		set->prints = prints;
		set->room = room;
	}
	prints[set->n++] = (struct print) {
		.word = table_hash(line, strcspn(line, BLANKS), 0),
		.whole = table_hash(line, strlen(line), 1),
	};
	return 0;
}

static int by_word(const void *a_, const void *b_)
{
	const struct print *a = a_, *b = b_;

	return (a->word > b->word) - (a->word < b->word);
}

struct linefile_changes linefile_set_compare(struct linefile_set *old, struct linefile_set *now)
{
	struct linefile_changes changes = {};
	size_t o = 0, n = 0;

	qsort(old->prints, old->n, sizeof(*old->prints), by_word);
	qsort(now->prints, now->n, sizeof(*now->prints), by_word);
	while (o < old->n || n < now->n) {
		int order = o == old->n	  ? 1
			    : n == now->n ? -1
					  : by_word(&old->prints[o], &now->prints[n]);

		changes.removed += order < 0;
		changes.added += order > 0;
		changes.changed += order == 0 && old->prints[o].whole != now->prints[n].whole;
		o += order <= 0;
		n += order >= 0;
	}
	return changes;
}
