/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of text, read whole. */
#ifndef SHELL_TEXTFILE_H
#define SHELL_TEXTFILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/*
 * NUL-terminated, without a NUL in it; the caller frees. 0; -EFBIG past max octets, -EILSEQ for a
 * NUL, -EBADF for what is no regular file, or what open and read say. *text is NULL then.
 */
int textfile_read(const char *path, size_t max, char **text, size_t *len);

/* The same from a descriptor, which stays the caller's. */
int textfile_read_fd(int fd, const struct stat *st, size_t max, char **text, size_t *len);

#endif
