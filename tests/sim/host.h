/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host: a bus, a clock, and the daemons that run there. A home agent (struct agent) has tunneld
 * and had, a mobile router (struct site) tunneld, linkmon and mnd. Their cores are the real ones;
 * around tunneld's stands a shell of our own (tunneld.h).
 */
#ifndef TESTS_SIM_HOST_H
#define TESTS_SIM_HOST_H

#include "had/had.h"
#include "linkmon/linkmon.h"
#include "mnd/mnd.h"
#include "tests/support/fakebus.h"

struct sim;
struct host;
struct disk;
struct tunneld;

#define HOST_ROLES 4

/* A daemon whose end is decided, or that is to come back. */
struct doom {
	struct host *host;
	const char *role;
	uint64_t back_ms;
};

/* One of the two; the rest of a host is theirs. */
struct host {
	struct sim *sim;
	struct agent *agent;
	struct site *site;
	size_t index; /* among its kind */
	char name[16];
	struct fakebus *bus;
	struct tunneld *tunneld; /* NULL: not running */
	struct doom dooms[HOST_ROLES];
};

struct agent {
	struct host host;
	struct mipm_addr addr;
	struct had_conf *conf;
	struct had *had;     /* NULL: not running */
	struct store *store; /* as opened by had */
	struct disk *disk;   /* what survives had; NULL: had has no store */
};

/* Roles are "had", "mnd", "linkmon" and "tunneld"; one that this kind of host has not is an error
 * of the scenario. */

/* Starts what does not run. */
void host_start(struct host *h, const char *role);
void host_start_all(struct host *h);

/* As by SIGKILL or a power failure: what it has not sent is lost, and so is tunneld's table. */
void host_crash(struct host *h, const char *role);
void host_crash_all(struct host *h);

/* SIGTERM: it says what has to be said, for at most 3 s, and ends. */
void host_stop(struct host *h, const char *role);

bool host_runs(const struct host *h, const char *role);

/* It crashes at its nth event from now on (a message heard, a message said, a wake-up) and is back
 * after so many ms (HOST_NEVER: never). What it would have said behind that event is not said. */
#define HOST_NEVER UINT64_MAX
void host_crash_at(struct host *h, const char *role, uint64_t nth, uint64_t back_ms);

/* Events of this role so far, all its lives together: what `nth` counts. */
uint64_t host_events(const struct host *h, const char *role);

/* The wall clock moves; daemons that run do not notice (their replay clock is wall at start +
 * elapsed), daemons that start from now on do. */
void host_clock_jump(struct host *h, int64_t ms);

/* All clocks of this host run fast by so many parts per million from now on (negative: slow). */
void host_clock_drift(struct host *h, int32_t ppm);

/* Each daemon of this host reads its bus socket up to so long after a message has come. */
void host_bus_delay(struct host *h, uint64_t most_ms);
/* The daemon does not read its socket for so long: what is said to it waits, then is dropped. */
void host_bus_deaf(struct host *h, const char *role, uint64_t ms);
/* The daemon speaks a later version of the bus: unknown types and attributes. */
void host_bus_newer(struct host *h, const char *role, bool is_newer);

/* All of it runs, hears at once and keeps time; who was to crash does not. Disk and wall clock stay
 * what they are. */
void host_heal(struct host *h);

/* Another disk stands in the place of the home agent's: empty. */
void agent_lose_disk(struct agent *a);

#endif
