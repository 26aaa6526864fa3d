/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: how a family's row becomes a run. */
#include "tests/sim/run.h"

#include <string.h>

#include "tests/sim/invariant.h"
#include "tests/sim/quiet.h"
#include "tests/sim/trace.h"

#define LOOK_MS	       100
#define UP_MS	       60000
#define HEAL_MS	       120000
#define STOP_MS	       3100
#define LEAVE_MS       60000
#define FLOW_MS	       20
#define FLOW_OCTETS    100
#define UP_TO_QUIET_MS 3000 /* tables have agreed, and traffic has passed, for so long */

static bool is_over(const struct sim *s)
{
	return s->failure[0] != 0;
}

static uint64_t now_ms(const struct sim *s)
{
	return (vtime_now(s->vt) - VTIME_START) / NSEC_PER_MS;
}

static void run_until_ms(struct sim *s, uint64_t ms)
{
	while (!is_over(s) && now_ms(s) < ms) {
		uint64_t left = ms - now_ms(s);

		sim_run_ms(s, left < LOOK_MS ? left : LOOK_MS);
		watch_look(s);
	}
}

static void run_for_ms(struct sim *s, uint64_t ms)
{
	run_until_ms(s, now_ms(s) + ms);
}

/* Until both ends agree and go on to do so. */
static void run_until_quiet(struct sim *s, uint64_t most_ms, const char *what)
{
	uint64_t since = now_ms(s), start = since;
	char why[128] = "";

	while (!is_over(s) && now_ms(s) - since < UP_TO_QUIET_MS) {
		run_for_ms(s, LOOK_MS);
		if (!quiet_is(s, why, sizeof(why)))
			since = now_ms(s);
		if (now_ms(s) - start > most_ms)
			sim_fail(s, "quiet: not %d ms after %s: %s", (int)most_ms, what, why);
	}
}

static void flows(struct sim *s, bool on)
{
	for (size_t i = 0; i < s->n_sites; i++) {
		if (on)
			flows_start(s->sites[i], FLOW_MS, FLOW_OCTETS);
		else
			flows_stop(s->sites[i]);
	}
}

static uint64_t worst_gap_ms(const struct sim *s)
{
	uint64_t worst = 0;

	for (size_t i = 0; i < s->n_sites; i++) {
		uint64_t gap = flows_gap_ms(s->sites[i]);

		worst = gap > worst ? gap : worst;
	}
	return worst;
}

static void bring_up(const struct family *f, struct sim *s)
{
	if (!f->no_flows)
		flows(s, true);
	if (f->is_cold)
		return;
	sim_start_all(s);
	run_until_quiet(s, UP_MS, "the start");
	for (size_t i = 0; i < s->n_sites; i++)
		flows_mark(s->sites[i]);
}

static void apply(const struct plan *p, size_t n, struct sim *s)
{
	uint64_t start = now_ms(s);

	for (size_t i = 0; i < n && !is_over(s); i++) {
		run_until_ms(s, start + p->faults[i].at_ms);
		if (is_over(s))
			return;
		fault_apply(s, &p->faults[i]);
		watch_look(s);
	}
	if (n == p->n)
		run_until_ms(s, start + p->at_ms);
}

static void heal(const struct family *f, struct sim *s)
{
	fault_heal(s);
	watch_look(s);
	run_for_ms(s, STOP_MS); /* who was told to stop is gone then */
	sim_start_all(s);
	run_until_quiet(s, f->heal_ms ? f->heal_ms : HEAL_MS, "healing");
	if (!is_over(s) && f->check)
		f->check(s);
}

/* Datagrams and messages under way arrive first: counters can balance then. */
static void check_quiet(struct sim *s)
{
	flows(s, false);
	run_for_ms(s, 2000);
	watch_quiet(s);
}

static bool have_left(const struct sim *s)
{
	for (size_t i = 0; i < s->n_sites; i++)
		if (host_runs(&s->sites[i]->host, "mnd"))
			return false;
	return true;
}

/* Routers first, as mnd's last words need the others. */
static void leave(struct sim *s)
{
	uint64_t until = now_ms(s) + LEAVE_MS;

	for (size_t i = 0; i < s->n_sites; i++)
		host_stop(&s->sites[i]->host, "mnd");
	while (!is_over(s) && !have_left(s) && now_ms(s) < until)
		run_for_ms(s, LOOK_MS);
	run_for_ms(s, 2000);
	watch_left(s);
}

static void live(const struct family *f, struct sim *s, const struct plan *p, size_t n,
	struct run_result *out)
{
	bring_up(f, s);
	apply(p, n, s);
	if (!is_over(s))
		heal(f, s);
	if (!f->no_flows)
		out->worst_gap_ms = worst_gap_ms(s);
	if (!is_over(s))
		check_quiet(s);
	if (!is_over(s))
		leave(s);
}

static void make(const struct family *f, uint64_t seed, struct plan *p, struct sim_conf *conf)
{
	*conf = f->conf;
	plan_init(
		p, seed, conf->n_sites ? conf->n_sites : 1, conf->n_uplinks ? conf->n_uplinks : 3);
	if (f->set_up)
		f->set_up(conf, p);
	f->plan(p);
}

void run(const struct family *f, uint64_t seed, size_t n_faults, FILE *log, FILE *last,
	struct run_result *out)
{
	struct sim_conf conf;
	struct plan plan;
	struct sim *s;

	make(f, seed, &plan, &conf);
	s = sim_new(seed, &conf);
	s->outage_ms = f->outage_ms;
	s->watch = watch_new(s);
	if (log)
		sim_log(s, log);
	if (f->ready)
		f->ready(s, &plan);
	*out = (struct run_result) { .n_faults = n_faults < plan.n ? n_faults : plan.n };
	live(f, s, &plan, out->n_faults, out);
	out->hash = trace_hash(watch_trace(s->watch));
	out->ms = now_ms(s);
	snprintf(out->failure, sizeof(out->failure), "%s", s->failure);
	if (last && out->failure[0])
		trace_print(watch_trace(s->watch), last);
	s->watch = watch_free(s->watch);
	sim_free(s);
	plan_fini(&plan);
}

/* What is violated, without when and by whom: "12.345 s: NAME: text". */
static bool is_same_failure(const char *a, const char *b)
{
	const char *name_a = strchr(a, ':'), *name_b = strchr(b, ':');

	return name_a && name_b && strncmp(name_a, name_b, 2 + strcspn(name_a + 2, ":")) == 0;
}

size_t run_shrink(const struct family *f, uint64_t seed, const struct run_result *failed)
{
	struct run_result result;

	for (size_t n = 0; n < failed->n_faults; n++) {
		run(f, seed, n, NULL, NULL, &result);
		if (is_same_failure(result.failure, failed->failure))
			return n;
	}
	return failed->n_faults;
}

void run_print_plan(const struct family *f, uint64_t seed, size_t n, const char *prefix)
{
	struct sim_conf conf;
	struct plan plan;

	make(f, seed, &plan, &conf);
	for (size_t i = 0; i < n && i < plan.n; i++) {
		fputs(prefix, stdout);
		fault_print(stdout, &plan.faults[i]);
	}
	plan_fini(&plan);
}
