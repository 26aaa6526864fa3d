/* SPDX-License-Identifier: BSD-2-Clause */
/* All paths of all routers, each as often as it takes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load.h"
#include "libmip/replay.h"

#define TRIES 20

static int send_batch(struct load *l, unsigned path, const uint32_t *routers, size_t n)
{
	uint8_t octets[WIRE_BATCH][REQUEST_MAX];
	struct wire_out out[WIRE_BATCH];

	for (size_t i = 0; i < n; i++) {
		int len = fleet_request(&l->fleet, routers[i], path, replay_timestamp(wire_clock()),
			octets[i], REQUEST_MAX);

		if (len < 0)
			return len;
		out[i] = (struct wire_out) { fleet_careof(routers[i], path), octets[i],
			(size_t)len };
	}
	return wire_send(l->wire, out, n);
}

/* One path of some routers; those that are accepted are done. */
static int fill_batch(struct load *l, unsigned path, const uint32_t *routers, size_t n, bool *done)
{
	int sent = send_batch(l, path, routers, n), received = 0;
	struct wire_in in[WIRE_BATCH];
	uint32_t router;

	while (received < sent) {
		int got = wire_receive(l->wire, in, PATIENCE_MS);

		for (int i = 0; i < got; i++) {
			struct mipm_span reply = { in[i].octets, (uint32_t)in[i].len };

			if (fleet_judge(&l->fleet, reply, &router) == FLEET_ACCEPTED)
				done[router] = true;
		}
		if (!got)
			break;
		received += got;
	}
	return sent < 0 ? sent : 0;
}

static uint32_t still_open(
	const struct load *l, const bool *done, uint32_t *from, uint32_t routers[WIRE_BATCH])
{
	uint32_t n = 0;

	for (; *from < l->fleet.n && n < WIRE_BATCH; ++*from)
		if (!done[*from])
			routers[n++] = *from;
	return n;
}

/* 0: every router's; 1: some are open after all tries. */
static int fill_path(struct load *l, unsigned path, bool *done)
{
	uint32_t routers[WIRE_BATCH], from, n;
	bool any = true;
	int rc = 0;

	for (int try = 0; try < TRIES && any && rc == 0; try++) {
		any = false;
		from = 0;
		while (rc == 0 && (n = still_open(l, done, &from, routers)) > 0) {
			any = true;
			rc = fill_batch(l, path, routers, n, done);
		}
	}
	return rc ? rc : any;
}

int load_fill(struct load *l)
{
	uint64_t begin = wire_clock();
	bool *done = calloc(l->fleet.n, sizeof(*done));
	int rc = done ? 0 : -ENOMEM;

	for (unsigned path = 0; path < FLEET_PATHS && rc == 0; path++) {
		memset(done, 0, l->fleet.n * sizeof(*done));
		rc = fill_path(l, path, done);
	}
	free(done);
	if (rc == 0)
		printf("{\"registrations\": %u, \"seconds\": %.3f}\n", l->fleet.n * FLEET_PATHS,
			(double)(wire_clock() - begin) / 1e9);
	return rc == 1 ? -ETIMEDOUT : rc;
}
