/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file behind store_embedded: one SQLite database, with proof that what is read is what was
 * written. Not thread-safe: after opening it belongs to the writer thread.
 *
 * item(key, data, sum): sum is a hash over both. meta: format, number of items and exclusive-or of
 * their sums, so that a missing row shows as well; clean is 1 between a close and the next open.
 */
#ifndef HAD_STORE_SQLITE_H
#define HAD_STORE_SQLITE_H

#include <stdbool.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;
struct store_item;

struct db {
	struct sqlite3 *sql; /* NULL: not open */
	struct sqlite3_stmt *find, *put, *del, *meta;
	uint64_t n, digest;
	bool is_new;  /* there was nothing before */
	bool clean;   /* its last user closed it properly */
	bool partial; /* opened for reading only, and newer changes may lie beside it */
};

/*
 * Opens, verifies everything, and marks it as in use. 0; -EUCLEAN: not what we wrote;
 * -EROFS: readable but not writable (open then, for db_load() only); -EBUSY: another
 * process has it; other negative errno: no way in. *db is closed on all but 0 and -EROFS.
 */
int db_open(struct db *db, const char *path);
void db_close(struct db *db); /* fine for a zeroed or closed one */

int db_load(struct db *db, int (*fn)(void *ctx, const struct store_item *item), void *ctx);

/* The file that is open is not the one of that name any more: deleted, or covered by a mount. */
bool db_has_moved(const struct db *db);

/* One transaction: begin, changes, commit. After any failure call db_rollback(). */
int db_begin(struct db *db);
int db_change(struct db *db, const struct store_item *item);
int db_commit(struct db *db, bool clean);
void db_rollback(struct db *db);

/* store_verify.c. 0, -EUCLEAN, or what kept it from looking; fills in n, digest, clean. */
#define DB_FORMAT 1
int db_check(struct db *db);

/* What both files need. */
int db_errno(int rc); /* of a result of SQLite's */
int db_prepare(struct db *db, const char *text, struct sqlite3_stmt **out);
int db_query(struct db *db, const char *text, uint64_t *out);	       /* one number, or -ENODATA */
void db_read_item(struct sqlite3_stmt *stmt, struct store_item *item); /* columns 0 and 1 */
uint64_t db_item_sum(const struct store_item *item);

/*
 * As db_open(), but what is not ours is renamed to path.corrupt-N (with its log) and a new one is
 * begun; aside gets that name, or "" if nothing was renamed. -EUCLEAN: it could not be renamed.
 */
#define DB_NAME_MAX 512
int db_open_sound(struct db *db, const char *path, char aside[DB_NAME_MAX]);

#endif
