/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SQLite in WAL mode, synchronous=FULL: a commit that returned survives power loss. SQLite checks
 * its log but not its pages, so the sums are ours; without them a flipped bit would be an address.
 * Exclusive locking keeps a second process out and needs no shared-memory file.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/table.h"
#include "had/store.h"
#include "had/store_sqlite.h"

#define PAGE_MIN 512
#define SUM_SEED UINT64_C(0x7261696963) /* "raiic"; part of the format */

int db_errno(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_ERROR: /* our own statements have no errors: a table that is not there */
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		return -EUCLEAN;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	default:
		return -EIO;
	}
}

uint64_t db_item_sum(const struct store_item *item)
{
	return table_hash(item->data, item->len, table_hash(item->key, item->key_len, SUM_SEED));
}

static int run(struct db *db, const char *statement)
{
	return db_errno(sqlite3_exec(db->sql, statement, NULL, NULL, NULL));
}

int db_prepare(struct db *db, const char *text, sqlite3_stmt **out)
{
	return db_errno(sqlite3_prepare_v2(db->sql, text, -1, out, NULL));
}

/* The one number that a query gives; -ENODATA if it gives none. */
int db_query(struct db *db, const char *text, uint64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	int rc = db_prepare(db, text, &stmt);

	if (rc == 0) {
		int step = sqlite3_step(stmt);

		if (step == SQLITE_ROW)
			*out = (uint64_t)sqlite3_column_int64(stmt, 0);
		else
			rc = step == SQLITE_DONE ? -ENODATA : db_errno(step);
	}
	sqlite3_finalize(stmt);
	return rc;
}

void db_read_item(sqlite3_stmt *stmt, struct store_item *item)
{
	*item = (struct store_item) {
		.key = sqlite3_column_blob(stmt, 0),
		.key_len = (size_t)sqlite3_column_bytes(stmt, 0),
		.data = sqlite3_column_blob(stmt, 1),
		.len = (size_t)sqlite3_column_bytes(stmt, 1),
	};
}

static int create(struct db *db)
{
	db->is_new = true;
	return run(db, "BEGIN;"
		       "CREATE TABLE item (key BLOB PRIMARY KEY, data BLOB NOT NULL,"
		       " sum INTEGER NOT NULL) WITHOUT ROWID;"
		       "CREATE TABLE meta (id INTEGER PRIMARY KEY, format INTEGER, n INTEGER,"
		       " digest INTEGER, clean INTEGER);"
		       "INSERT INTO meta VALUES (1, 1, 0, 0, 0);"
		       "COMMIT");
}

static int prepare_all(struct db *db)
{
	int rc = db_prepare(db, "SELECT sum FROM item WHERE key = ?1", &db->find);

	if (rc == 0)
		rc = db_prepare(db, "REPLACE INTO item VALUES (?1, ?2, ?3)", &db->put);
	if (rc == 0)
		rc = db_prepare(db, "DELETE FROM item WHERE key = ?1", &db->del);
	if (rc == 0)
		rc = db_prepare(db, "UPDATE meta SET n = ?1, digest = ?2, clean = ?3", &db->meta);
	return rc;
}

/* Nothing there yet: an empty file, or one that died before its first commit. */
static bool is_blank(struct db *db)
{
	uint64_t pages = 0, tables = 0;

	return db_query(db, "PRAGMA page_count", &pages) == 0 && pages <= 1 &&
	       db_query(db, "SELECT count(*) FROM sqlite_master", &tables) == 0 && tables == 0;
}

/* Makes the file, or looks at it: SQLite would take a few odd octets for an empty database. */
static int touch(const char *path)
{
	int rc = 0, fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		rc = -errno;
	else if (st.st_size > 0 && st.st_size < PAGE_MIN)
		rc = -EUCLEAN;
	if (fd >= 0)
		close(fd);
	return rc;
}

static int open_writable(struct db *db, const char *path)
{
	int rc = touch(path);

	if (rc < 0)
		return rc;
	rc = db_errno(sqlite3_open_v2(path, &db->sql,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL));
	if (rc == 0)
		rc = run(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY");
	if (rc == 0)
		rc = run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	if (rc == 0)
		rc = is_blank(db) ? create(db) : db_check(db);
	if (rc == 0)
		rc = prepare_all(db);
	if (rc == 0)
		rc = db_begin(db);
	if (rc == 0)
		rc = db_commit(db, false);
	/* the system would let us: then it is a version number in the file that we never wrote */
	if ((rc == -EROFS || rc == -EACCES) && access(path, R_OK | W_OK) == 0)
		return -EUCLEAN;
	return rc;
}

/* The file as it is, changes that are still in its log left out. */
static int open_readable(struct db *db, const char *path)
{
	char uri[DB_NAME_MAX], log[DB_NAME_MAX];
	struct stat st;
	int rc;

	if (strpbrk(path, "?#%") ||
		snprintf(uri, sizeof(uri), "file:%s?immutable=1", path) >= (int)sizeof(uri))
		return -ENAMETOOLONG;
	rc = db_errno(sqlite3_open_v2(
		uri, &db->sql, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL));
	if (rc == 0)
		rc = db_check(db);
	snprintf(log, sizeof(log), "%s-wal", path);
	db->partial = stat(log, &st) == 0 && st.st_size > 0;
	return rc;
}

int db_open(struct db *db, const char *path)
{
	int rc, err;

	*db = (struct db) { 0 };
	rc = open_writable(db, path);
	if (rc == 0)
		return 0;
	db_close(db);
	if (rc == -EUCLEAN || rc == -EBUSY || rc == -ENOMEM)
		return rc;
	err = open_readable(db, path);
	if (err == 0)
		return -EROFS;
	db_close(db);
	return rc;
}

void db_close(struct db *db)
{
	sqlite3_finalize(db->find);
	sqlite3_finalize(db->put);
	sqlite3_finalize(db->del);
	sqlite3_finalize(db->meta);
	sqlite3_close(db->sql);
	*db = (struct db) { 0 };
}

int db_load(struct db *db, int (*fn)(void *ctx, const struct store_item *item), void *ctx)
{
	sqlite3_stmt *stmt = NULL;
	struct store_item item;
	int rc = db_prepare(db, "SELECT key, data FROM item", &stmt), step = SQLITE_DONE;

	while (rc == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		db_read_item(stmt, &item);
		rc = fn(ctx, &item);
	}
	if (rc == 0)
		rc = db_errno(step);
	sqlite3_finalize(stmt);
	return rc;
}

bool db_has_moved(const struct db *db)
{
	int moved = 0;

	return sqlite3_file_control(db->sql, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
	       moved;
}

int db_begin(struct db *db)
{
	return run(db, "BEGIN IMMEDIATE");
}

static int finish(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return db_errno(rc);
}

/* Takes the item's present row, if there is one, out of number and digest. */
static int forget_sum(struct db *db, const struct store_item *item)
{
	int step;

	sqlite3_bind_blob(db->find, 1, item->key, (int)item->key_len, SQLITE_STATIC);
	step = sqlite3_step(db->find);
	if (step == SQLITE_ROW) {
		db->digest ^= (uint64_t)sqlite3_column_int64(db->find, 0);
		db->n--;
	}
	sqlite3_reset(db->find);
	sqlite3_clear_bindings(db->find);
	return db_errno(step);
}

int db_change(struct db *db, const struct store_item *item)
{
	uint64_t sum;
	int rc = forget_sum(db, item);

	if (rc < 0)
		return rc;
	if (!item->data) {
		sqlite3_bind_blob(db->del, 1, item->key, (int)item->key_len, SQLITE_STATIC);
		return finish(db->del);
	}
	sum = db_item_sum(item);
	db->digest ^= sum;
	db->n++;
	sqlite3_bind_blob(db->put, 1, item->key, (int)item->key_len, SQLITE_STATIC);
	sqlite3_bind_blob(db->put, 2, item->data, (int)item->len, SQLITE_STATIC);
	sqlite3_bind_int64(db->put, 3, (int64_t)sum);
	return finish(db->put);
}

int db_commit(struct db *db, bool clean)
{
	int rc;

	sqlite3_bind_int64(db->meta, 1, (int64_t)db->n);
	sqlite3_bind_int64(db->meta, 2, (int64_t)db->digest);
	sqlite3_bind_int64(db->meta, 3, clean);
	rc = finish(db->meta);
	return rc < 0 ? rc : run(db, "COMMIT");
}

void db_rollback(struct db *db)
{
	run(db, "ROLLBACK");
	db_query(db, "SELECT n FROM meta", &db->n);
	db_query(db, "SELECT digest FROM meta", &db->digest);
}
