/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int textfile_read_fd(int fd, const struct stat *st, size_t max, char **text, size_t *len)
{
	size_t size = (size_t)st->st_size, n = 0;
	ssize_t got;
	char *buf;
	int rc = -EFBIG;

	*text = NULL;
	*len = 0;
	if (!S_ISREG(st->st_mode))
		return S_ISDIR(st->st_mode) ? -EISDIR : -EBADF;
	if ((uint64_t)st->st_size > max)
		return -EFBIG;
	buf = malloc(size + 2);
	if (!buf)
		return -ENOMEM;
	while ((got = read(fd, buf + n, size + 1 - n)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			rc = -errno;
			goto fail;
		}
		n += (size_t)got;
		if (n > size) /* it grows while we read */
			goto fail;
	}
	rc = -EILSEQ;
	if (memchr(buf, '\0', n))
		goto fail;
	buf[n] = '\0';
	*text = buf;
	*len = n;
	return 0;
fail:
	explicit_bzero(buf, size + 2);
	free(buf);
	return rc;
}

int textfile_read(const char *path, size_t max, char **text, size_t *len)
{
	struct stat st;
	int fd, rc;

	*text = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	rc = fstat(fd, &st) ? -errno : textfile_read_fd(fd, &st, max, text, len);
	close(fd);
	return rc;
}
