/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: a Unix socket of whole messages (SOCK_SEQPACKET), a command line each way in,
 * its answer back.
 */
#ifndef WANEM_CONTROL_H
#define WANEM_CONTROL_H

#include <stdbool.h>

/* A listening socket at path; what stands there and nobody listens to is replaced. Negative errno.
 */
int control_listen(const char *path);

/* Says a line to the process at path and prints its answer, an error to standard error. The exit
 * status: 0, or 1 for an error. */
int control_say(const char *path, const char *line);

#endif
