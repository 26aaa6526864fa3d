/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Usage: bench-load [-n ROUTERS] [-c COUNT] [-w WINDOW] [-o OFFSET] [-d DIR] WHAT
 *
 *	files	 DIR/routers and DIR/keys of the fleet
 *	rate	 COUNT registrations, at most WINDOW unanswered: how many were accepted a second
 *	latency	 COUNT registrations, one at a time with a pause before each: time to the reply
 *	fill	 all paths of all routers, repeated until each was accepted
 *	first	 a request every 2 ms, of router OFFSET and the next ones, until one was accepted:
 *when
 *
 * Prints one line of JSON.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/load.h"

static int write_files(struct load *l)
{
	return fleet_write(&l->fleet, l->dir);
}

static const struct {
	const char *name;
	int (*run)(struct load *l);
	bool needs_wire;
} parts[] = {
	{ "files", write_files, false },
	{ "rate", load_rate, true },
	{ "latency", load_latency, true },
	{ "fill", load_fill, true },
	{ "first", load_first, true },
};

static int run(struct load *l, uint32_t n_routers, const char *what)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int rc;

		if (strcmp(parts[i].name, what) != 0)
			continue;
		rc = fleet_open(&l->fleet, n_routers);
		if (rc == 0 && parts[i].needs_wire)
			rc = wire_open(&l->wire, FLEET_HOME_AGENT);
		return rc ? rc : parts[i].run(l);
	}
	return -ENOSYS;
}

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	struct load l = { .count = 1000, .window = 256, .dir = "." };
	uint32_t n_routers = 1000;
	int option, rc;

	while ((option = getopt(argc, argv, "n:c:w:o:d:")) != -1) {
		switch (option) {
		case 'n':
			n_routers = number(optarg);
			break;
		case 'c':
			l.count = number(optarg);
			break;
		case 'w':
			l.window = number(optarg);
			break;
		case 'o':
			l.offset = number(optarg);
			break;
		case 'd':
			l.dir = optarg;
			break;
		default:
			return 64;
		}
	}
	rc = run(&l, n_routers, optind < argc ? argv[optind] : "");
	fleet_close(&l.fleet);
	wire_close(l.wire);
	if (rc)
		fprintf(stderr, "bench-load: %s\n", strerror(-rc));
	return rc != 0;
}
