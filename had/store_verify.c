/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a database what we wrote? Its pages by SQLite's own check, each row by its sum, and all rows
 * by their number and digest: whatever was flipped, cut off or taken out is noticed here. One that
 * is not is kept for whoever wants to look at it, and a new one stands in its place.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "had/store.h"
#include "had/store_sqlite.h"

static int check_pages(struct db *db)
{
	sqlite3_stmt *stmt = NULL;
	const unsigned char *text;
	int rc = db_prepare(db, "PRAGMA quick_check(1)", &stmt);

	if (rc == 0) {
		int step = sqlite3_step(stmt);

		text = step == SQLITE_ROW ? sqlite3_column_text(stmt, 0) : NULL;
		if (step != SQLITE_ROW)
			rc = step == SQLITE_DONE ? -EUCLEAN : db_errno(step);
		else if (!text || strcmp((const char *)text, "ok") != 0)
			rc = -EUCLEAN;
	}
	sqlite3_finalize(stmt);
	return rc;
}

static int check_items(struct db *db)
{
	uint64_t n = 0, digest = 0, sum;
	sqlite3_stmt *stmt = NULL;
	struct store_item item;
	int rc = db_prepare(db, "SELECT key, data, sum FROM item", &stmt), step = SQLITE_DONE;

	while (rc == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		db_read_item(stmt, &item);
		sum = (uint64_t)sqlite3_column_int64(stmt, 2);
		if (!item.key || !item.data || item.key_len > STORE_KEY_MAX ||
			item.len > STORE_VALUE_MAX || db_item_sum(&item) != sum)
			rc = -EUCLEAN;
		digest ^= sum;
		n++;
	}
	if (rc == 0)
		rc = db_errno(step);
	sqlite3_finalize(stmt);
	if (rc == 0 && (n != db->n || digest != db->digest))
		rc = -EUCLEAN;
	return rc;
}

int db_check(struct db *db)
{
	uint64_t format = 0, clean = 0;
	int rc = check_pages(db);

	if (rc == 0)
		rc = db_query(db, "SELECT format FROM meta", &format);
	if (rc == 0)
		rc = db_query(db, "SELECT n FROM meta", &db->n);
	if (rc == 0)
		rc = db_query(db, "SELECT digest FROM meta", &db->digest);
	if (rc == 0)
		rc = db_query(db, "SELECT clean FROM meta", &clean);
	if (rc == 0 && format != DB_FORMAT)
		rc = -EUCLEAN;
	if (rc == 0)
		rc = check_items(db);
	db->clean = clean == 1;
	return rc == -ENODATA ? -EUCLEAN : rc;
}

/* Renames the file (and its log) to path.corrupt-N; name gets that. 0 or negative errno. */
static int move_aside(const char *path, char name[DB_NAME_MAX])
{
	char from[DB_NAME_MAX], to[DB_NAME_MAX];
	unsigned n = 1;

	do {
		if (snprintf(name, DB_NAME_MAX - 8, "%s.corrupt-%u", path, n) >= DB_NAME_MAX - 8)
			return -ENAMETOOLONG;
	} while (access(name, F_OK) == 0 && ++n < 1000);
	if (rename(path, name) < 0)
		return -errno;
	snprintf(from, sizeof(from), "%s-wal", path);
	snprintf(to, sizeof(to), "%s-wal", name);
	if (rename(from, to) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

int db_open_sound(struct db *db, const char *path, char aside[DB_NAME_MAX])
{
	int rc = db_open(db, path);

	aside[0] = '\0';
	if (rc != -EUCLEAN)
		return rc;
	if (move_aside(path, aside) < 0) {
		aside[0] = '\0';
		return rc;
	}
	return db_open(db, path);
}
