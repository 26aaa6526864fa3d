/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registrations a second. Requests are signed before the clock starts, and replies verified after
 * it stopped: routers do that on processors of their own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load.h"
#include "libmip/replay.h"

struct request {
	uint16_t len;
	uint8_t octets[REQUEST_MAX];
};

struct reply {
	uint16_t len;
	uint8_t octets[WIRE_REPLY_MAX];
};

struct run {
	struct request *requests;
	struct reply *replies;
	uint32_t n_sent, n_received, n_lost;
	double seconds;
};

static int run_prepare(struct load *l, struct run *run)
{
	uint64_t ident = replay_timestamp(wire_clock());

	run->requests = calloc(l->count, sizeof(*run->requests));
	run->replies = calloc(l->count, sizeof(*run->replies));
	if (!run->requests || !run->replies)
		return -ENOMEM;
	memset(run->replies, 0xff, l->count * sizeof(*run->replies)); /* in memory beforehand */
	for (uint32_t k = 0; k < l->count; k++) {
		struct request *r = &run->requests[k];
		int len = fleet_request(
			&l->fleet, nth_router(l, k), 0, ident + k, r->octets, sizeof(r->octets));

		if (len < 0)
			return len;
		r->len = (uint16_t)len;
	}
	return 0;
}

/* As many as the window has room for. */
static int run_send(struct load *l, struct run *run)
{
	uint32_t room = l->window - (run->n_sent - run->n_received - run->n_lost);
	struct wire_out out[WIRE_BATCH];
	uint32_t n = l->count - run->n_sent;
	int sent;

	n = n < room ? n : room;
	n = n < WIRE_BATCH ? n : WIRE_BATCH;
	for (uint32_t i = 0; i < n; i++) {
		const struct request *r = &run->requests[run->n_sent + i];

		out[i] = (struct wire_out) { fleet_careof(nth_router(l, run->n_sent + i), 0),
			r->octets, r->len };
	}
	sent = n ? wire_send(l->wire, out, n) : 0;
	if (sent > 0)
		run->n_sent += (uint32_t)sent;
	return sent;
}

static void run_receive(struct load *l, struct run *run)
{
	uint32_t waiting = run->n_sent - run->n_received - run->n_lost;
	struct wire_in in[WIRE_BATCH];
	int n = waiting ? wire_receive(l->wire, in, PATIENCE_MS) : 0;

	if (waiting && n == 0)
		run->n_lost += waiting;
	for (int i = 0; i < n && run->n_received < l->count; i++) {
		struct reply *r = &run->replies[run->n_received++];

		r->len = (uint16_t)in[i].len;
		memcpy(r->octets, in[i].octets, in[i].len);
	}
}

static void run_report(struct load *l, const struct run *run)
{
	uint32_t n[FLEET_FORGED + 1] = { 0 }, router;

	for (uint32_t i = 0; i < run->n_received; i++)
		n[fleet_judge(&l->fleet,
			(struct mipm_span) { run->replies[i].octets, run->replies[i].len },
			&router)]++;
	printf("{\"rate\": %.0f, \"accepted\": %u, \"refused\": %u, \"forged\": %u, \"lost\": %u, "
	       "\"seconds\": %.3f, \"request_octets\": %u, \"reply_octets\": %u}\n",
		n[FLEET_ACCEPTED] / run->seconds, n[FLEET_ACCEPTED], n[FLEET_REFUSED],
		n[FLEET_FORGED], run->n_lost, run->seconds, run->requests[0].len,
		run->replies[0].len);
}

int load_rate(struct load *l)
{
	struct run run = { 0 };
	int rc = run_prepare(l, &run);
	uint64_t begin = wire_clock();

	while (rc >= 0 && run.n_received + run.n_lost < l->count) {
		rc = run_send(l, &run);
		if (rc >= 0)
			run_receive(l, &run);
	}
	run.seconds = (double)(wire_clock() - begin) / 1e9;
	if (rc >= 0)
		run_report(l, &run);
	free(run.requests);
	free(run.replies);
	return rc < 0 ? rc : 0;
}
