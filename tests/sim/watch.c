/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/watch.h"

#include <stdarg.h>
#include <stdlib.h>

#include "tests/sim/invariant.h"
#include "tests/sim/trace.h"

#define INVARIANTS_MAX 16

struct watch {
	struct sim *sim;
	struct trace *trace;
	void *states[INVARIANTS_MAX];
};

struct watch *watch_new(struct sim *s)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->sim = s;
	w->trace = trace_new();
	for (size_t i = 0; invariants[i]; i++)
		w->states[i] = invariants[i]->make ? invariants[i]->make(s) : s;
	return w;
}

struct watch *watch_free(struct watch *w)
{
	for (size_t i = 0; w && invariants[i]; i++)
		if (invariants[i]->free)
			invariants[i]->free(w->states[i]);
	if (w)
		trace_free(w->trace);
	free(w);
	return NULL;
}

const struct trace *watch_trace(const struct watch *w)
{
	return w->trace;
}

/* Nothing is told after the first violation: the trace ends there. */
static struct watch *watch_of(const struct sim *s)
{
	return s->failure[0] ? NULL : s->watch;
}

static uint64_t at(const struct sim *s)
{
	return vtime_now(s->vt) - VTIME_START;
}

/* Every invariant that has this function. */
#define TELL(w, function, ...)                                                                     \
	for (size_t i_ = 0; (w) && invariants[i_]; i_++)                                           \
		if (invariants[i_]->function)                                                      \
	invariants[i_]->function((w)->states[i_] __VA_OPT__(, ) __VA_ARGS__)

void watch_bus(struct sim *s, const struct watch_bus *e)
{
	struct watch *w = watch_of(s);

	if (w)
		trace_bus(w->trace, at(s), e);
	TELL(w, bus, e);
}

void watch_packet(struct sim *s, const struct watch_packet *e)
{
	struct watch *w = watch_of(s);

	if (w)
		trace_packet(w->trace, at(s), e);
	TELL(w, packet, e);
}

void watch_daemon(
	struct sim *s, const struct host *host, const char *role, enum watch_daemon_what what)
{
	struct watch *w = watch_of(s);

	TELL(w, daemon, host, role, what);
}

void watch_look(struct sim *s)
{
	struct watch *w = watch_of(s);

	TELL(w, look);
}

void watch_quiet(struct sim *s)
{
	struct watch *w = watch_of(s);

	TELL(w, quiet);
}

void watch_left(struct sim *s)
{
	struct watch *w = watch_of(s);

	TELL(w, left);
}

void invariant_violated(struct sim *s, const struct invariant *i, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sim_fail(s, "%s: %s", i->name, text);
}
