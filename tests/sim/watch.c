/* SPDX-License-Identifier: BSD-2-Clause */
/* Nobody looks. */
#include "tests/sim/watch.h"

void watch_bus(struct sim *s, const struct watch_bus *e)
{
}

void watch_packet(struct sim *s, const struct watch_packet *e)
{
}

void watch_daemon(
	struct sim *s, const struct host *h, const char *role, enum watch_daemon_what what)
{
}
