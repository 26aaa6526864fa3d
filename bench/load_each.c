/* SPDX-License-Identifier: BSD-2-Clause */
/* One registration at a time: how long it takes, and when the first one succeeds. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/load.h"
#include "libmip/replay.h"

#define PAUSE_NS 1000000

static enum fleet_verdict judge(struct load *l, const struct wire_in *in)
{
	struct mipm_span reply = { in->octets, (uint32_t)in->len };
	uint32_t router;

	return fleet_judge(&l->fleet, reply, &router);
}

/* The verdict over the reply, and when it came; -ETIMEDOUT without one. */
static int ask(struct load *l, uint32_t router, unsigned path, uint64_t *begin, uint64_t *end)
{
	uint8_t octets[REQUEST_MAX];
	struct wire_in in[WIRE_BATCH];
	int len = fleet_request(
		&l->fleet, router, path, replay_timestamp(wire_clock()), octets, sizeof(octets));
	struct wire_out out = { fleet_careof(router, path), octets, (size_t)len };
	int rc;

	if (len < 0)
		return len;
	*begin = wire_clock();
	rc = wire_send(l->wire, &out, 1);
	if (rc < 0)
		return rc;
	if (wire_receive(l->wire, in, PATIENCE_MS) == 0)
		return -ETIMEDOUT;
	*end = in[0].at;
	return (int)judge(l, &in[0]);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report_times(double *us, uint32_t n)
{
	double sum = 0, squares = 0, mean;

	for (uint32_t i = 0; i < n; i++)
		sum += us[i];
	mean = sum / n;
	for (uint32_t i = 0; i < n; i++)
		squares += (us[i] - mean) * (us[i] - mean);
	qsort(us, n, sizeof(*us), compare);
	printf("{\"n\": %u, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, "
	       "\"mean_us\": %.1f, \"deviation_us\": %.1f}\n",
		n, us[n / 2], us[n * 99ULL / 100], us[n - 1], mean, sqrt(squares / n));
}

int load_latency(struct load *l)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	double *us = calloc(l->count, sizeof(*us));
	uint64_t begin, end;
	int rc = us ? 0 : -ENOMEM;

	for (uint32_t k = 0; k < l->count && rc == 0; k++) {
		nanosleep(&pause, NULL);
		rc = ask(l, nth_router(l, k + l->offset), 0, &begin, &end);
		if (rc == FLEET_ACCEPTED)
			us[k] = (double)(end - begin) / 1e3;
		else if (rc > 0)
			rc = -EPROTO;
	}
	if (rc == 0)
		report_times(us, l->count);
	free(us);
	return rc;
}

int load_first(struct load *l)
{
	const struct timespec pause = { .tv_nsec = 2 * PAUSE_NS };
	uint8_t octets[REQUEST_MAX];
	struct wire_in in[WIRE_BATCH];
	int rc = 0;

	for (uint32_t k = l->offset; rc >= 0; k++) {
		uint32_t router = k % l->fleet.n;
		struct wire_out out = { fleet_careof(router, 0), octets, 0 };

		rc = fleet_request(&l->fleet, router, 0, replay_timestamp(wire_clock()), octets,
			sizeof(octets));
		out.len = (size_t)rc;
		if (rc >= 0)
			rc = wire_send(l->wire, &out, 1);
		nanosleep(&pause, NULL);
		if (rc < 0 || wire_receive(l->wire, in, 0) == 0 ||
			judge(l, &in[0]) != FLEET_ACCEPTED)
			continue;
		printf("{\"at\": %llu}\n", (unsigned long long)in[0].at);
		return 0;
	}
	return rc;
}
