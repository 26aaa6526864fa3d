/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON lines for mipctl: handovers, keys as in docs/INTERFACES.md. */
#include "linkmon/internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text {
	char *buf;
	size_t size, len;
	bool full;
};

static void put(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	t->full |= n < 0 || (size_t)n >= t->size - t->len;
	if (!t->full)
		t->len += (size_t)n;
}

/* Names of interfaces may hold nearly anything. */
static void put_string(struct text *t, const char *s)
{
	put(t, "\"");
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			put(t, "\\%c", *s);
		else
			put(t, "%c", (unsigned char)*s < 0x20 ? '?' : *s);
	}
	put(t, "\"");
}

static void put_handover(struct text *t, const struct handover *e)
{
	put(t, "{\"time\":%" PRIu64 ".%03u,\"from\":", (uint64_t)(e->at / NSEC_PER_S),
		(unsigned)(e->at % NSEC_PER_S / NSEC_PER_MS));
	put_string(t, e->from);
	put(t, ",\"to\":");
	put_string(t, e->to);
	put(t, ",\"cause\":");
	put_string(t, e->cause);
	put(t, ",\"detect_ms\":%" PRIu32, e->detect_ms);
	if (e->gap_known)
		put(t, ",\"gap_ms\":%" PRIu32, e->gap_ms);
	else
		put(t, ",\"gap_ms\":null");
	put(t, "}\n");
}

static const struct handover *handover(const struct history *h, uint64_t i)
{
	return &h->ring[i % HISTORY_MAX];
}

/* Oldest first; when not all fit, the older ones are left out. */
size_t report_history(const struct linkmon *l, uint64_t n, uint64_t skip, char *buf, size_t size)
{
	const struct history *h = &l->history;
	uint64_t most = h->n < HISTORY_MAX ? h->n : HISTORY_MAX, first, end, len = 0;
	struct text t = { .buf = buf, .size = size };

	skip = skip < most ? skip : most;
	most -= skip;
	n = n && n < most ? n : most;
	end = h->n - skip;
	for (first = end; first > end - n; first--) {
		struct text one = { .buf = buf, .size = size };

		put_handover(&one, handover(h, first - 1));
		if (one.full || len + one.len + 1 > size)
			break;
		len += one.len;
	}
	for (; first < end; first++)
		put_handover(&t, handover(h, first));
	return t.len;
}
