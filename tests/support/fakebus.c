/* SPDX-License-Identifier: BSD-2-Clause */
/* Joining and leaving, and what a test sees of the bus. */
#include "tests/support/fakebus-inner.h"

#include <stdlib.h>
#include <string.h>

#define NOVEMBER_2026 (UINT64_C(1793491200) * NSEC_PER_S)

/* ---- joining and leaving ------------------------------------------------------------------- */

static void introduce(struct fakemember *to, struct fakemember *who, bool joined)
{
	if (to->ops && to->ops->member)
		to->ops->member(to->core, fakebus_now(to->bus), &who->as_sender, joined);
	member_schedule(to);
}

static void member_want(struct fakemember *m, const uint16_t *types)
{
	memset(m->wanted, types ? 0 : 0xff, sizeof(m->wanted));
	for (; types && *types; types++)
		m->wanted[*types / 64] |= UINT64_C(1) << *types % 64;
}

static void member_attach(struct fakemember *m)
{
	struct fakebus *b = m->bus;

	m->attached = true;
	m->is_doomed = false;
	m->as_sender.boot_id = ++b->boots;
	m->as_sender.dump++; /* a model begins to tell its state anew */
	for (size_t i = 0; i < b->n_members; i++) {
		struct fakemember *other = b->members[i];

		if (other == m || !other->attached)
			continue;
		introduce(other, m, true);
		introduce(m, other, true);
	}
	member_exchange_dumps(m);
}

const struct core_env *fakebus_env(struct fakebus *b, const char *role)
{
	struct fakemember *m = member_get(b, role);

	m->env.wall_offset = b->wall_offset;
	return &m->env;
}

void fakebus_attach(struct fakebus *b, const char *role, const struct core_ops *ops, void *core)
{
	struct fakemember *m = member_get(b, role);

	m->ops = ops;
	m->core = core;
	member_want(m, ops->types);
	m->fn = NULL;
	member_attach(m);
}

void fakebus_attach_model(struct fakebus *b, const char *role, const uint16_t *types,
	void (*fn)(void *ctx, uint64_t now, const struct mipm_msg *msg), void *ctx)
{
	struct fakemember *m = member_get(b, role);

	m->ops = NULL;
	member_want(m, types);
	m->fn = fn;
	m->ctx = ctx;
	member_attach(m);
}

void fakebus_detach(struct fakebus *b, const char *role)
{
	struct fakemember *m = member_find(b, role);

	if (!m || !m->attached)
		return;
	m->attached = false;
	slow_leave(m);
	m->ops = NULL;
	m->n_sigs = 0;
	for (size_t i = 0; i < b->n_members; i++)
		if (b->members[i]->attached)
			introduce(b->members[i], m, false);
}

void fakebus_stop(struct fakebus *b, const char *role)
{
	struct fakemember *m = member_find(b, role);

	if (m && m->attached && m->ops && m->ops->stop)
		m->ops->stop(m->core, fakebus_now(b));
	if (m)
		member_schedule(m);
}

bool fakebus_stopped(const struct fakebus *b, const char *role)
{
	const struct fakemember *m = member_find(b, role);

	return !m || !m->attached || !m->ops || !m->ops->stop || !m->ops->stopped ||
	       m->ops->stopped(m->core);
}

void fakebus_touch(struct fakebus *b, const char *role)
{
	struct fakemember *m = member_find(b, role);

	if (m)
		member_schedule(m);
}

uint64_t fakebus_boot_id(const struct fakebus *b, const char *role)
{
	const struct fakemember *m = member_find(b, role);

	return m ? m->as_sender.boot_id : 0;
}

uint64_t fakebus_events(const struct fakebus *b, const char *role)
{
	const struct fakemember *m = member_find(b, role);

	return m ? m->events : 0;
}

void fakebus_doom(
	struct fakebus *b, const char *role, uint64_t nth, void (*fn)(void *ctx), void *ctx)
{
	struct fakemember *m = member_get(b, role);

	m->doom_at = m->events + nth;
	m->doom = fn;
	m->doom_ctx = ctx;
}

/* ---- the test's side ----------------------------------------------------------------------- */

struct fakebus *fakebus_new(struct vtime *vt, uint64_t seed)
{
	struct fakebus *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->own_vt = !vt;
	b->vt = vt ? vt : vtime_new(seed);
	b->wall_offset = NOVEMBER_2026;
	b->way_arena = mipm_arena_new();
	b->kept_arena = mipm_arena_new();
	queue_init(&b->way);
	queue_init(&b->kept);
	return b;
}

struct fakebus *fakebus_free(struct fakebus *b)
{
	if (!b)
		return NULL;
	queue_clear(&b->way);
	queue_clear(&b->kept);
	for (size_t i = 0; i < b->n_members; i++)
		slow_leave(b->members[i]);
	for (size_t i = 0; i < b->n_members; i++)
		free(b->members[i]);
	mipm_arena_free(b->way_arena);
	mipm_arena_free(b->kept_arena);
	free(b->logged);
	if (b->own_vt)
		vtime_free(b->vt);
	free(b);
	return NULL;
}

struct vtime *fakebus_vtime(struct fakebus *b)
{
	return b->vt;
}

/* The test may have called into a core: its wake-up may be another one. */
void fakebus_run_ms(struct fakebus *b, uint64_t ms)
{
	for (size_t i = 0; i < b->n_members; i++)
		member_schedule(b->members[i]);
	vtime_run_ms(b->vt, ms);
}

void fakebus_say(
	struct fakebus *b, const char *from, const char *to, uint16_t type, const void *body)
{
	member_say(member_get(b, from), to, type, 0, body);
}

void fakebus_say_flags(struct fakebus *b, const char *from, const char *to, uint16_t type,
	uint16_t flags, const void *body)
{
	member_say(member_get(b, from), to, type, flags, body);
}

bool fakebus_wants_sig(
	const struct fakebus *b, const char *role, uint8_t first, const struct mipm_addr *local)
{
	const struct fakemember *m = member_find(b, role);

	for (size_t i = 0; m && m->attached && i < m->n_sigs; i++) {
		const struct mipm_sig_want *want = &m->sigs[i];

		if (want->type == first &&
			(want->local.family == MIPM_NONE ||
				memcmp(&want->local, local, sizeof(*local)) == 0))
			return true;
	}
	return false;
}

static const struct mipm_msg *show(struct fakebus *b, const struct said *s)
{
	size_t skip;

	if (mipm_decode(s->octets, s->len, b->kept_arena, &b->kept_msg, &skip) <= 0)
		abort();
	b->kept_msg.from = &s->from;
	return &b->kept_msg;
}

const struct mipm_msg *fakebus_take_msg(
	struct fakebus *b, const char *from, uint16_t type, const char **to, uint64_t *at)
{
	struct said *s;

	for (s = b->kept.first; s; s = s->next) {
		if (s->taken || (type && s->type != type) ||
			(from && strcmp(s->from.name, from) != 0))
			continue;
		s->taken = true;
		if (to)
			*to = s->to ? s->to->name : NULL;
		if (at)
			*at = s->at;
		return show(b, s);
	}
	return NULL;
}

const void *fakebus_take(struct fakebus *b, uint16_t type)
{
	const struct mipm_msg *msg = fakebus_take_msg(b, NULL, type, NULL, NULL);

	return msg ? msg->body : NULL;
}

const void *fakebus_last(struct fakebus *b, uint16_t type)
{
	const struct said *last = NULL;

	for (const struct said *s = b->kept.first; s; s = s->next)
		if (s->type == type)
			last = s;
	return last ? show(b, last)->body : NULL;
}

size_t fakebus_count(const struct fakebus *b, uint16_t type)
{
	return b->counts[type % TYPES_MAX];
}

void fakebus_clear(struct fakebus *b)
{
	queue_clear(&b->kept);
	memset(b->counts, 0, sizeof(b->counts));
	free(b->logged);
	b->logged = NULL;
	b->logged_len = 0;
}

void fakebus_forget(struct fakebus *b)
{
	fakebus_clear(b);
	b->forget = true;
}

void fakebus_watch(struct fakebus *b, const struct fakebus_watch *watch)
{
	b->watch = *watch;
}

void fakebus_trace(struct fakebus *b, FILE *to)
{
	b->trace = to;
}

bool fakebus_logged(const struct fakebus *b, const char *text)
{
	return b->logged && strstr(b->logged, text);
}
