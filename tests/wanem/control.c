/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/wanem/commands.h"

static int set_address(struct sockaddr_un *addr, const char *path)
{
	*addr = (struct sockaddr_un) { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(addr->sun_path))
		return -ENAMETOOLONG;
	memcpy(addr->sun_path, path, strlen(path));
	return 0;
}

/* A connected socket or a negative errno. */
static int control_connect(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

int control_listen(const char *path)
{
	struct sockaddr_un addr;
	int rc = set_address(&addr, path), fd;

	if (rc)
		return rc;
	fd = control_connect(&addr);
	if (fd >= 0) {
		close(fd);
		return -EADDRINUSE;
	}
	if (fd == -ECONNREFUSED)
		unlink(path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 && listen(fd, 8) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

int control_say(const char *path, const char *line)
{
	static char answer[COMMAND_ANSWER_MAX];
	struct sockaddr_un addr;
	int rc = set_address(&addr, path), fd = rc ? rc : control_connect(&addr);
	ssize_t len;
	bool error;

	if (fd < 0) {
		fprintf(stderr, "wanem: %s: %s\n", path, strerror(-fd));
		return 1;
	}
	len = send(fd, line, strlen(line), MSG_NOSIGNAL);
	if (len >= 0)
		len = recv(fd, answer, sizeof(answer) - 1, 0);
	close(fd);
	if (len <= 0) {
		fprintf(stderr, "wanem: no answer from %s\n", path);
		return 1;
	}
	answer[len] = '\0';
	error = strncmp(answer, "error", 5) == 0;
	fputs(answer, error ? stderr : stdout);
	return error;
}
