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
	struct table_link by_word; /* linefile_set.prints */
	uint64_t whole;
};

struct linefile_set {
	struct table prints;
};

/* 64 bits of hash stand for the word: a clash would only count one line less. */
static bool same_word(const struct table_link *link, const void *key)
{
	return true;
}

int linefile_set_new(struct linefile_set **out)
{
	*out = malloc(sizeof(**out));
	if (!*out)
		return -ENOMEM;
	table_init(&(*out)->prints);
	return 0;
}

struct linefile_set *linefile_set_free(struct linefile_set *set)
{
	struct print *print, *spare;

	if (!set)
		return NULL;
	table_for_each_safe (print, spare, &set->prints, by_word) {
		table_remove(&set->prints, &print->by_word);
		free(print);
	}
	table_fini(&set->prints);
	free(set);
	return NULL;
}

int linefile_set_add(struct linefile_set *set, const char *line)
{
	uint64_t word = table_hash(line, strcspn(line, BLANKS), 0);
	struct print *print;

	if (table_find(&set->prints, word, same_word, NULL))
		return 0;
	print = calloc(1, sizeof(*print));
	if (!print)
		return -ENOMEM;
	print->whole = table_hash(line, strlen(line), 1);
	table_add(&set->prints, &print->by_word, word);
	return 0;
}

struct linefile_changes linefile_set_compare(
	const struct linefile_set *old, const struct linefile_set *now)
{
	struct linefile_changes changes = {};
	struct table_link *link;
	const struct print *print, *before;
	size_t kept = 0;

	table_for_each (print, &now->prints, by_word) {
		link = table_find(&old->prints, print->by_word.hash, same_word, NULL);
		before = container_of(link, struct print, by_word);
		if (!before)
			changes.added++;
		else if (before->whole != print->whole)
			changes.changed++;
		kept += before != NULL;
	}
	changes.removed = old->prints.n_links - kept;
	return changes;
}
