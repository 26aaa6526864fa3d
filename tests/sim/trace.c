/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/trace.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"
#include "tools/dump_line.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

struct line {
	uint64_t at;
	const struct host *host;
	uint32_t id;
	char from[MIPSOCK_NAME_MAX];
	size_t len, room;
	uint8_t *octets;
};

struct trace {
	uint64_t hash;
	uint64_t n; /* messages so far; the last ones are kept */
	struct line lines[TRACE_LAST];
	struct mipm_arena *arena;
};

/* FNV-1a. */
static void hash_octets(struct trace *t, const void *octets, size_t len)
{
	const uint8_t *in = octets;
	uint64_t hash = t->hash;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ in[i]) * FNV_PRIME;
	t->hash = hash;
}

static void hash_number(struct trace *t, uint64_t number)
{
	uint8_t octets[8];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(number >> 8 * i);
	hash_octets(t, octets, sizeof(octets));
}

static void hash_text(struct trace *t, const char *text)
{
	if (text)
		hash_octets(t, text, strlen(text));
	hash_number(t, text ? strlen(text) : UINT64_MAX);
}

static void hash_endpoint(struct trace *t, const struct mipm_endpoint *e)
{
	hash_octets(t, e->addr.octets, sizeof(e->addr.octets));
	hash_number(t, e->port);
}

struct trace *trace_new(void)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->hash = FNV_OFFSET;
	t->arena = mipm_arena_new();
	return t;
}

struct trace *trace_free(struct trace *t)
{
	for (size_t i = 0; i < TRACE_LAST; i++)
		free(t->lines[i].octets);
	mipm_arena_free(t->arena);
	free(t);
	return NULL;
}

/* One message to many is one line. */
static bool is_kept(const struct trace *t, uint64_t at, const struct watch_bus *e)
{
	const struct line *last = &t->lines[(t->n + TRACE_LAST - 1) % TRACE_LAST];

	return t->n > 0 && last->at == at && last->host == e->host && last->id == e->msg->id &&
	       strcmp(last->from, e->from) == 0;
}

static void keep(struct trace *t, uint64_t at, const struct watch_bus *e)
{
	struct line *line = &t->lines[t->n++ % TRACE_LAST];

	if (line->room < e->len) {
		line->octets = realloc(line->octets, e->len);
		if (!line->octets)
			abort();
		line->room = e->len;
	}
	memcpy(line->octets, e->octets, e->len);
	line->len = e->len;
	line->at = at;
	line->host = e->host;
	line->id = e->msg->id;
	snprintf(line->from, sizeof(line->from), "%s", e->from);
}

void trace_bus(struct trace *t, uint64_t at, const struct watch_bus *e)
{
	hash_number(t, at);
	hash_text(t, e->host->name);
	hash_text(t, e->from);
	hash_text(t, e->to);
	hash_octets(t, e->octets, e->len);
	if (!is_kept(t, at, e))
		keep(t, at, e);
}

void trace_packet(struct trace *t, uint64_t at, const struct watch_packet *e)
{
	hash_number(t, at);
	hash_number(t, e->what);
	hash_text(t, e->host ? e->host->name : NULL);
	hash_number(t, e->uplink ? e->uplink->number : 0);
	hash_number(t, e->up);
	hash_endpoint(t, &e->source);
	hash_endpoint(t, &e->target);
	hash_octets(t, e->data, e->len);
	hash_text(t, e->reason);
}

uint64_t trace_hash(const struct trace *t)
{
	return t->hash;
}

static void print(const struct trace *t, const struct line *line, FILE *to)
{
	struct mipm_sender from = { .name = line->from, .role = line->from };
	struct mipm_msg msg;
	size_t skip;

	if (mipm_decode(line->octets, line->len, t->arena, &msg, &skip) <= 0)
		return;
	msg.from = &from;
	fprintf(to, "%-8s ", line->host->name);
	dump_line(to, line->at, &msg);
}

void trace_print(const struct trace *t, FILE *to)
{
	for (uint64_t i = t->n < TRACE_LAST ? 0 : t->n - TRACE_LAST; i < t->n; i++)
		print(t, &t->lines[i % TRACE_LAST], to);
}
