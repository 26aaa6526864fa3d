/* SPDX-License-Identifier: BSD-2-Clause */
/* A file layer of SQLite's (sqlite3_vfs) around its own one. See crashdisk.h. */
#include "tests/unit/crashdisk.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/table.h"

#define FILES_MAX 16
#define SECTOR	  512

enum kind {
	OPEN,
	WRITE,
	TRUNCATE,
	SYNC,
	DELETE,
	NOTE
};

struct event {
	enum kind kind;
	unsigned file;
	uint64_t at; /* of a write, or the new length, or the number of a note */
	size_t len;
	uint8_t *octets;
};

/* A file as SQLite sees it: its own structure stands behind. */
struct crashfile {
	sqlite3_file base;
	unsigned file;
	sqlite3_file real[];
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_on, is_held, is_waiting;
	char names[FILES_MAX][64];
	unsigned n_files;
	struct event *events;
	size_t n_events, size;
	sqlite3_vfs vfs, *real;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* writing down */

static unsigned file_named(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	unsigned i = 0;

	while (i < disk.n_files && strcmp(disk.names[i], name) != 0)
		i++;
	assert(i < FILES_MAX);
	if (i == disk.n_files)
		snprintf(disk.names[disk.n_files++], sizeof(disk.names[0]), "%s", name);
	return i;
}

static void write_down(struct event event, const void *octets)
{
	pthread_mutex_lock(&disk.lock);
	if (disk.n_events == disk.size) {
		disk.size = disk.size ? disk.size * 2 : 1024;
		disk.events = realloc(disk.events, disk.size * sizeof(*disk.events));
		assert(disk.events);
	}
	if (octets) {
		event.octets = malloc(event.len);
		assert(event.octets);
		memcpy(event.octets, octets, event.len);
	}
	disk.events[disk.n_events++] = event;
	pthread_mutex_unlock(&disk.lock);
}

void crashdisk_note(uint64_t number)
{
	write_down((struct event) { .kind = NOTE, .at = number }, NULL);
}

size_t crashdisk_n_events(void)
{
	return disk.n_events;
}

/* standing still */

static void hold(void)
{
	pthread_mutex_lock(&disk.lock);
	while (disk.is_held) {
		disk.is_waiting = true;
		pthread_cond_broadcast(&disk.changed);
		pthread_cond_wait(&disk.changed, &disk.lock);
	}
	disk.is_waiting = false;
	pthread_mutex_unlock(&disk.lock);
}

void crashdisk_hold(void)
{
	pthread_mutex_lock(&disk.lock);
	disk.is_held = true;
	pthread_mutex_unlock(&disk.lock);
}

void crashdisk_wait_held(void)
{
	pthread_mutex_lock(&disk.lock);
	while (!disk.is_waiting)
		pthread_cond_wait(&disk.changed, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}

void crashdisk_let_go(void)
{
	pthread_mutex_lock(&disk.lock);
	disk.is_held = false;
	pthread_cond_broadcast(&disk.changed);
	pthread_mutex_unlock(&disk.lock);
}

/* the layer */

static struct crashfile *crashfile(sqlite3_file *file)
{
	return (struct crashfile *)file;
}

static sqlite3_file *real(sqlite3_file *file)
{
	return crashfile(file)->real;
}

static int on_close(sqlite3_file *file)
{
	return real(file)->pMethods->xClose(real(file));
}

static int on_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
	return real(file)->pMethods->xRead(real(file), to, n, at);
}

static int on_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at)
{
	write_down((struct event) { .kind = WRITE,
			   .file = crashfile(file)->file,
			   .at = (uint64_t)at,
			   .len = (size_t)n },
		from);
	return real(file)->pMethods->xWrite(real(file), from, n, at);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 len)
{
	write_down(
		(struct event) {
			.kind = TRUNCATE, .file = crashfile(file)->file, .at = (uint64_t)len },
		NULL);
	return real(file)->pMethods->xTruncate(real(file), len);
}

static int on_sync(sqlite3_file *file, int flags)
{
	hold();
	write_down((struct event) { .kind = SYNC, .file = crashfile(file)->file }, NULL);
	return real(file)->pMethods->xSync(real(file), flags);
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real(file)->pMethods->xFileSize(real(file), size);
}

static int on_lock(sqlite3_file *file, int how)
{
	return real(file)->pMethods->xLock(real(file), how);
}

static int on_unlock(sqlite3_file *file, int how)
{
	return real(file)->pMethods->xUnlock(real(file), how);
}

static int on_check_lock(sqlite3_file *file, int *out)
{
	return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int on_control(sqlite3_file *file, int what, void *arg)
{
	return real(file)->pMethods->xFileControl(real(file), what, arg);
}

static int on_sector_size(sqlite3_file *file)
{
	return real(file)->pMethods->xSectorSize(real(file));
}

static int on_characteristics(sqlite3_file *file)
{
	return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

/* Version 1: no shared memory, no mapping; the store does without either. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = on_close,
	.xRead = on_read,
	.xWrite = on_write,
	.xTruncate = on_truncate,
	.xSync = on_sync,
	.xFileSize = on_size,
	.xLock = on_lock,
	.xUnlock = on_unlock,
	.xCheckReservedLock = on_check_lock,
	.xFileControl = on_control,
	.xSectorSize = on_sector_size,
	.xDeviceCharacteristics = on_characteristics,
};

static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out)
{
	int rc = disk.real->xOpen(disk.real, path, real(file), flags, out);

	file->pMethods = rc == SQLITE_OK ? &methods : NULL;
	if (rc != SQLITE_OK)
		return rc;
	crashfile(file)->file = file_named(path);
	write_down((struct event) { .kind = OPEN, .file = crashfile(file)->file }, NULL);
	return rc;
}

static int on_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
	write_down((struct event) { .kind = DELETE, .file = file_named(path) }, NULL);
	return disk.real->xDelete(disk.real, path, sync);
}

void crashdisk_begin(void)
{
	if (!disk.real) {
		disk.real = sqlite3_vfs_find(NULL);
		disk.vfs = *disk.real;
		disk.vfs.zName = "crashdisk";
		disk.vfs.pNext = NULL;
		disk.vfs.szOsFile += (int)sizeof(struct crashfile);
		disk.vfs.xOpen = on_open;
		disk.vfs.xDelete = on_delete;
	}
	sqlite3_vfs_register(&disk.vfs, 1);
}

void crashdisk_end(void)
{
	sqlite3_vfs_register(disk.real, 1);
}

void crashdisk_forget(void)
{
	for (size_t i = 0; i < disk.n_events; i++)
		free(disk.events[i].octets);
	free(disk.events);
	disk.events = NULL;
	disk.n_events = disk.size = disk.n_files = 0;
}

/* power loss */

struct image {
	bool exists;
	bool is_named;	 /* its name is in the directory on the platter */
	size_t n_synced; /* events of this file up to here are on the platter */
	uint8_t *octets;
	size_t len, size;
};

static void put_octets(struct image *image, uint64_t at, const uint8_t *octets, size_t len)
{
	if (at + len > image->size) {
		image->size = 2 * (at + len);
		image->octets = realloc(image->octets, image->size);
		assert(image->octets);
	}
	if (at + len > image->len) {
		memset(image->octets + image->len, 0, at + len - image->len);
		image->len = at + len;
	}
	memcpy(image->octets + at, octets, len);
}

/* All of it, or none, or some of its sectors. */
static void put_perhaps(struct image *image, const struct event *event, uint64_t luck)
{
	if (luck % 3 == 0)
		return;
	for (size_t from = 0; from < event->len; from += SECTOR) {
		size_t len = event->len - from < SECTOR ? event->len - from : SECTOR;

		if (luck % 3 == 1 || table_mix(luck + from) % 2)
			put_octets(image, event->at + from, event->octets + from, len);
	}
}

static void replay(struct image *image, const struct event *event, bool is_synced, uint64_t luck)
{
	bool happens = is_synced || luck % 2;

	switch (event->kind) {
	case OPEN:
		image->exists |= happens;
		break;
	case WRITE:
		if (is_synced)
			put_octets(image, event->at, event->octets, event->len);
		else
			put_perhaps(image, event, luck);
		break;
	case TRUNCATE:
		if (happens && event->at < image->len)
			image->len = event->at;
		break;
	case DELETE:
		image->exists &= !happens;
		image->len = happens ? 0 : image->len;
		break;
	case SYNC:
	case NOTE:
		break;
	}
}

static void spill(const struct image *image, const char *dir, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	if (!image->exists)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert(fd >= 0);
	assert(image->len == 0 || write(fd, image->octets, image->len) == (ssize_t)image->len);
	close(fd);
}

static bool is_log(const struct event *event)
{
	return strchr(disk.names[event->file], '-') != NULL;
}

/* Until where each file and the directory are on the platter. SQLite syncs the directory together
 * with a log that it has just made. */
static size_t look_for_syncs(struct image *images, size_t n_events)
{
	size_t n_dir_synced = 0;

	for (size_t i = 0; i < n_events; i++) {
		const struct event *event = &disk.events[i];
		struct image *image = &images[event->file];

		if (event->kind == OPEN)
			image->is_named = false;
		if (event->kind != SYNC)
			continue;
		image->n_synced = i;
		if (is_log(event) && !image->is_named)
			n_dir_synced = i;
		image->is_named = true;
	}
	return n_dir_synced;
}

uint64_t crashdisk_lose_power(size_t n_events, uint64_t seed, const char *dir)
{
	struct image images[FILES_MAX] = { 0 };
	size_t n_dir_synced = look_for_syncs(images, n_events);
	uint64_t noted = 0;

	for (size_t i = 0; i < n_events; i++) {
		const struct event *event = &disk.events[i];
		bool of_dir = event->kind == OPEN || event->kind == DELETE;

		if (event->kind == NOTE)
			noted = event->at;
		replay(&images[event->file], event,
			i < (of_dir ? n_dir_synced : images[event->file].n_synced),
			table_mix(seed + i));
	}
	for (unsigned i = 0; i < disk.n_files; i++) {
		spill(&images[i], dir, disk.names[i]);
		free(images[i].octets);
	}
	return noted;
}
