/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names in the bus directory.
 *
 * A role's socket bears the role's name; a standby is ROLE~PID, a tool ROLE.PID. Whether the holder
 * of a name lives is asked by connect(), which disturbs nobody. Looking, unlinking and binding
 * happen under a lock on NAME.lock, because two that start at once would both find a dead name.
 * Whoever leaves takes the lock file away under its own lock; so a lock counts only if its file
 * still has the path when it is held.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

static bool is_role_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

int name_parse(const char *name, char role[MIPSOCK_ROLE_MAX], bool *standby, bool *tool)
{
	size_t n = 0;
	size_t digits;

	while (is_role_char(name[n]))
		n++;
	if (!n || n >= MIPSOCK_ROLE_MAX)
		return -EINVAL;
	memcpy(role, name, n);
	role[n] = '\0';
	*standby = name[n] == '~';
	*tool = name[n] == '.';
	if (!name[n])
		return 0;
	digits = strspn(name + n + 1, "0123456789");
	return (*standby || *tool) && digits && digits <= 10 && !name[n + 1 + digits] ? 0 : -EINVAL;
}

static int address(const struct mipsock *s, const char *name, struct sockaddr_un *un)
{
	int n;

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	n = snprintf(un->sun_path, sizeof(un->sun_path), "%s/%s", s->dir, name);
	return n < (int)sizeof(un->sun_path) ? 0 : -ENAMETOOLONG;
}

int64_t name_owner(const struct mipsock *s, const char *name)
{
	struct sockaddr_un un;
	struct stat st;

	if (address(s, name, &un) < 0 || lstat(un.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return -1;
	return st.st_uid;
}

int name_connect(const struct mipsock *s, const char *name)
{
	struct sockaddr_un un;
	int r = address(s, name, &un);
	int fd;

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

int name_is_alive(const struct mipsock *s, const char *name)
{
	int fd = name_connect(s, name);

	if (fd == -ECONNREFUSED || fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	close(fd);
	return 1;
}

static int bind_name(struct mipsock *s, const char *name)
{
	struct sockaddr_un un;
	int r = address(s, name, &un);
	mode_t mask;

	if (r < 0)
		return r;
	if (unlink(un.sun_path) < 0 && errno != ENOENT)
		return errno == EPERM ? -EACCES : -errno;
	mask = umask(007);
	r = bind(s->sock, (struct sockaddr *)&un, sizeof(un)) < 0 ? -errno : 0;
	umask(mask);
	if (!r)
		snprintf(s->name, sizeof(s->name), "%s", name);
	return r;
}

int name_bind_pid(struct mipsock *s, char mark)
{
	char name[MIPSOCK_NAME_MAX];

	/* What bears our pid is ours or dead. */
	snprintf(name, sizeof(name), "%s%c%ld", s->role, mark, (long)getpid());
	return bind_name(s, name);
}

/* Another user's lock may be opened, but not with O_CREAT (fs.protected_regular). */
static int lock_open(const char *path, bool create)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	mode_t mask;

	if (fd >= 0 || errno != ENOENT || !create)
		return fd;
	mask = umask(007);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL, 0660);
	umask(mask);
	return fd;
}

static bool has_path(int fd, const char *path)
{
	struct stat mine, there;

	return !fstat(fd, &mine) && !lstat(path, &there) && mine.st_dev == there.st_dev &&
	       mine.st_ino == there.st_ino;
}

#define LOCK_PATH_MAX (sizeof(((struct mipsock *)0)->dir) + MIPSOCK_NAME_MAX)

/* Holders keep it for microseconds; one that was stopped meanwhile must not stop us. */
static int lock_take(const struct mipsock *s, bool create, char path[LOCK_PATH_MAX])
{
	struct timespec pause = { .tv_nsec = 1000000 };
	int fd;

	snprintf(path, LOCK_PATH_MAX, "%s/%s.lock", s->dir, s->role);
	for (int i = 0; i < 20; i++) {
		fd = lock_open(path, create);
		if (fd < 0 && errno != EEXIST)
			return -errno;
		if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB) && has_path(fd, path))
			return fd;
		if (fd >= 0)
			close(fd);
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

int name_claim(struct mipsock *s)
{
	char path[LOCK_PATH_MAX];
	int lock = lock_take(s, true, path);
	int r = lock == -EBUSY ? 1 : lock;

	if (lock >= 0) {
		r = name_is_alive(s, s->role);
		if (!r)
			r = bind_name(s, s->role);
		close(lock);
	}
	if (r == 1 && !s->standby) {
		s->standby = true;
		return name_bind_pid(s, '~');
	}
	if (!r)
		s->standby = false;
	return r == 1 ? -EADDRINUSE : r;
}

void name_release(const struct mipsock *s, const char *name, int sock)
{
	struct sockaddr_un un;
	char path[LOCK_PATH_MAX];
	bool is_role = name[0] && !strcmp(name, s->role);
	int lock = is_role ? lock_take(s, false, path) : -ENOENT;

	if (name[0] && !address(s, name, &un))
		unlink(un.sun_path);
	if (lock >= 0) {
		unlink(path);
		close(lock);
	}
	if (sock >= 0)
		close(sock);
}

/* What a crashed tool or standby of ours left. */
static void sweep(struct mipsock *s, const char *name)
{
	struct sockaddr_un un;

	if (!address(s, name, &un) && name_owner(s, name) == s->own_uid &&
		name_is_alive(s, name) == 0)
		unlink(un.sun_path);
}

int name_list(struct mipsock *s, void (*fn)(struct mipsock *s, const char *name))
{
	char role[MIPSOCK_ROLE_MAX];
	struct dirent *entry;
	bool standby, tool;
	DIR *dir = opendir(s->dir);

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		int64_t owner;

		if (name_parse(entry->d_name, role, &standby, &tool) < 0 ||
			!strcmp(entry->d_name, s->name))
			continue;
		owner = name_owner(s, entry->d_name);
		if (owner < 0 || !trust_allows_name(s, entry->d_name, (uint32_t)owner))
			continue;
		if (standby || tool)
			sweep(s, entry->d_name);
		fn(s, entry->d_name);
	}
	closedir(dir);
	return 0;
}
