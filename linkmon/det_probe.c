/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thesis' detector: an echo through the tunnel every interval, an answer is awaited
 * max(interval, RTT + 4 RTTVAR) + margin, threshold in a row unanswered: bad. Standbys are asked
 * slowly, fast only when they may be needed soon or prove their return.
 *
 * A path is probed only while it is registered: a home agent answers nobody unbound.
 */
#include "base/addr.h"
#include "linkmon/detector.h"

#include <stdio.h>
#include <string.h>

#define AWAIT_MAX   (4 * NSEC_PER_S)  /* slow is not dead: 3 s of round trip are waited for */
#define LOST_SOON   (10 * NSEC_PER_S) /* a path lost so recently is asked at the fast pace */
#define ALL_BAD_MS  1000
#define SHARE_CLEAN 850 /* a standby's pace is 0.85 to 1 of what is configured */

static uint64_t await(const struct linkmon *l, const struct path *p)
{
	uint64_t ms = p->probing.rtt.srtt ? l->conf.interval_ms : l->conf.first_ms;
	uint64_t wait = ms * NSEC_PER_MS, timeout = rtt_timeout(&p->probing.rtt);

	wait = timeout > wait ? timeout : wait;
	wait = wait < AWAIT_MAX ? wait : AWAIT_MAX;
	return wait + l->conf.margin_ms * NSEC_PER_MS;
}

static uint64_t standby_pace(const struct linkmon *l)
{
	uint64_t pace = l->conf.probe_ms * NSEC_PER_MS;
	uint8_t part;

	/* so that a thousand routers do not ask in step */
	l->env->random(l->env->ctx, &part, sizeof(part));
	return pace * (SHARE_CLEAN + (1000 - SHARE_CLEAN) * part / 255) / 1000;
}

static uint32_t bad_pace_ms(const struct linkmon *l, const struct path *p, uint64_t now)
{
	uint32_t ms = l->conf.lost_ms;

	if (now - p->verdict_at < LOST_SOON)
		return l->conf.retry_ms;
	if (!l->current || l->current->verdict == MIPM_BAD)
		return ms < ALL_BAD_MS ? ms : ALL_BAD_MS; /* the site is cut off */
	return ms;
}

/* While the hold is long, slowly; the end of it must be a proof. */
static uint32_t return_pace_ms(const struct linkmon *l, const struct path *p, uint64_t now)
{
	uint64_t proof = l->conf.proof_ms * NSEC_PER_MS + NSEC_PER_S;

	return now + proof < p->damping.hold_until ? l->conf.lost_ms : l->conf.retry_ms;
}

static bool may_be_needed(const struct linkmon *l, const struct path *p, uint64_t now)
{
	if (p->probing.misses > 0 || p->verdict == MIPM_UNTRIED)
		return true;
	if (!l->current || l->current->verdict != MIPM_GOOD)
		return true;
	return p->metric < l->current->metric && !path_is_proven(l, p, now);
}

static uint64_t pace(const struct linkmon *l, const struct path *p, uint64_t now)
{
	uint32_t ms;

	if (p->verdict == MIPM_BAD)
		ms = bad_pace_ms(l, p, now);
	else if (p == l->current)
		ms = l->conf.interval_ms;
	else if (p->damping.returning)
		ms = return_pace_ms(l, p, now);
	else if (may_be_needed(l, p, now))
		ms = l->conf.retry_ms;
	else
		return standby_pace(l);
	return ms * NSEC_PER_MS;
}

static void forget_oldest(struct probing *pr, size_t i)
{
	pr->n_out--;
	memmove(&pr->out[i], &pr->out[i + 1], (pr->n_out - i) * sizeof(pr->out[0]));
}

static void send_echo(struct linkmon *l, struct path *p, uint64_t now)
{
	struct probing *pr = &p->probing;
	struct mipm_probe_out msg = {
		.home_addr = p->home_addr,
		.peer = p->peer,
		.number = p->number,
		.id = ++l->probe_id,
	};

	if (pr->n_out == PROBES_OUT_MAX)
		forget_oldest(pr, 0);
	pr->out[pr->n_out++] = (struct probe_out) { msg.id, now, now + await(l, p) };
	pr->next_at = now + pace(l, p, now);
	l->env->emit(l->env->ctx, NULL, MIPM_PROBE_OUT, &msg);
}

static void say_opinion(
	const struct linkmon *l, struct path *p, size_t self, uint64_t now, uint8_t verdict)
{
	char cause[CAUSE_MAX];

	if (verdict == p->opinions[self].verdict)
		return;
	if (verdict == MIPM_GOOD) {
		path_opinion(p, self, verdict, "answers");
		return;
	}
	snprintf(cause, sizeof(cause), "no answer for %llu ms",
		(unsigned long long)((now - p->probing.lost_at) / NSEC_PER_MS));
	path_opinion(p, self, verdict, cause);
}

static void missed(struct linkmon *l, struct path *p, size_t self, uint64_t now, uint64_t sent_at)
{
	struct probing *pr = &p->probing;

	if (pr->misses++ == 0)
		pr->lost_at = sent_at;
	pr->answers = 0;
	pr->answering_at = 0;
	pr->loss_permille += (1000 - pr->loss_permille) / 16;
	damping_miss(p, &p->damping, now);
	if (pr->misses >= l->conf.threshold)
		say_opinion(l, p, self, now, MIPM_BAD);
	else if (2 * pr->misses >= l->conf.threshold && p->opinions[self].verdict == MIPM_GOOD)
		say_opinion(l, p, self, now, MIPM_SUSPECT);
	if (pr->next_at > now + pace(l, p, now))
		pr->next_at = now + pace(l, p, now);
}

static void answered(struct linkmon *l, struct path *p, size_t self, uint64_t now, bool in_time)
{
	struct probing *pr = &p->probing;

	pr->misses = 0;
	pr->last_at = now;
	pr->loss_permille -= pr->loss_permille / 16;
	if (in_time) {
		pr->answers++;
		if (pr->answering_at == 0)
			pr->answering_at = now;
	}
	say_opinion(l, p, self, now, MIPM_GOOD);
}

static bool is_of_target(const struct path *p, const struct mipm_probe_in *in)
{
	return p->bound && addr_equal(&in->peer, &p->peer);
}

/* An answer that comes late still teaches how long to wait, and that the path is alive. */
static void probe_in(struct linkmon *l, struct path *p, size_t self, uint64_t now,
	const struct mipm_probe_in *in)
{
	struct probing *pr = &p->probing;
	bool in_time = false;

	if (!is_of_target(p, in))
		return;
	if (in->sent_at && in->sent_at <= in->received_at)
		rtt_sample(&pr->rtt, in->received_at - in->sent_at);
	for (size_t i = 0; i < pr->n_out && !in_time; i++) {
		if (pr->out[i].id != in->id)
			continue;
		in_time = true;
		history_answered(l, p, pr->out[i].sent_at, now);
		forget_oldest(pr, i);
	}
	answered(l, p, self, now, in_time);
}

/* A new registration, address or carrier: nothing that was out will be answered. */
static void probe_link(struct linkmon *l, struct path *p, size_t self, uint64_t now, bool fresh)
{
	struct probing *pr = &p->probing;

	pr->n_out = 0;
	pr->misses = 0;
	pr->answers = 0;
	pr->answering_at = 0;
	pr->next_at = now;
	if (!fresh)
		return;
	pr->rtt = (struct rtt) { 0 };
	pr->last_at = 0;
	path_opinion(p, self, 0, NULL);
}

static bool is_asked(const struct linkmon *l, const struct path *p)
{
	return p->bound && !l->deaf;
}

static void probe_tick(struct linkmon *l, struct path *p, size_t self, uint64_t now)
{
	struct probing *pr = &p->probing;

	for (size_t i = 0; i < pr->n_out;) {
		struct probe_out out = pr->out[i];

		if (out.due_at > now) {
			i++;
			continue;
		}
		forget_oldest(pr, i);
		missed(l, p, self, now, out.sent_at);
	}
	if (is_asked(l, p) && pr->next_at <= now)
		send_echo(l, p, now);
}

static uint64_t probe_next(const struct linkmon *l, const struct path *p)
{
	const struct probing *pr = &p->probing;
	uint64_t next = is_asked(l, p) ? pr->next_at : CORE_NEVER;

	for (size_t i = 0; i < pr->n_out; i++)
		if (pr->out[i].due_at < next)
			next = pr->out[i].due_at;
	return next;
}

static void probe_doubt(struct linkmon *l, struct path *p, size_t self, uint64_t now)
{
	p->probing.next_at = now;
}

static void probe_stall(struct path *p, uint64_t late)
{
	for (size_t i = 0; i < p->probing.n_out; i++)
		p->probing.out[i].due_at += late;
}

const struct detector det_probe = {
	.name = "probe",
	.link = probe_link,
	.probe = probe_in,
	.doubt = probe_doubt,
	.tick = probe_tick,
	.next = probe_next,
	.stall = probe_stall,
};
