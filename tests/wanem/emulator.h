/* SPDX-License-Identifier: BSD-2-Clause */
/* The running process: devices, links, control socket, one timer. */
#ifndef WANEM_EMULATOR_H
#define WANEM_EMULATOR_H

#include "tests/wanem/link.h"
#include "tests/wanem/wire.h"

struct emulator {
	struct link links[LINKS_MAX];
	struct wire wires[LINKS_MAX][N_SIDES];
	size_t n_links;
	uint64_t seed;
	int epoll, timer, signals, control;
	const char *control_path;
};

/* All return 0 or a negative errno, and say on standard error what failed. */
int emulator_open(struct emulator *emulator, uint64_t seed, const char *control_path);
int emulator_add(struct emulator *emulator, const char *text); /* IFA:IFB[:NAME] */
int emulator_run(struct emulator *emulator);		       /* until SIGTERM or SIGINT */

void emulator_close(struct emulator *emulator);

#endif
