/* SPDX-License-Identifier: BSD-2-Clause */
/* Members, their wake-ups, and messages on their way. */
#include "tests/support/fakebus-inner.h"

#include <stdlib.h>
#include <string.h>

#include "libmipsock/rows.h"

#define SPINS_MAX 10000

/* ---- queues -------------------------------------------------------------------------------- */

void queue_init(struct said_queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

void queue_add(struct said_queue *q, struct said *s)
{
	s->next = NULL;
	*q->last = s;
	q->last = &s->next;
}

struct said *queue_pop(struct said_queue *q)
{
	struct said *s = q->first;

	if (!s)
		return NULL;
	q->first = s->next;
	if (!q->first)
		q->last = &q->first;
	return s;
}

void queue_clear(struct said_queue *q)
{
	struct said *s;

	while ((s = queue_pop(q)))
		free(s);
}

struct said *said_copy(const struct said *s)
{
	struct said *copy = malloc(sizeof(*copy) + s->len);

	if (!copy)
		abort();
	memcpy(copy, s, sizeof(*copy) + s->len);
	return copy;
}

/* ---- members ------------------------------------------------------------------------------- */

static void env_emit(void *ctx, const char *to, uint16_t type, const void *body);

static void env_want_sigs(void *ctx, const struct mipm_sig_want *sigs, size_t n)
{
	struct fakemember *m = ctx;

	if (n > SIGS_MAX)
		abort();
	if (n > 0)
		memcpy(m->sigs, sigs, n * sizeof(*sigs));
	m->n_sigs = n;
}

static void env_random(void *ctx, void *octets, size_t len)
{
	const struct fakemember *m = ctx;

	vtime_random_octets(m->bus->vt, octets, len);
}

static void log_write(void *ctx, enum log_level level, const char *line)
{
	const struct fakemember *m = ctx;
	struct fakebus *b = m->bus;
	size_t len = strlen(line) + 2;

	if (b->trace)
		fprintf(b->trace, "%13.6f %-8s %s: %s\n", (double)vtime_now(b->vt) / 1e9, m->name,
			log_level_name(level), line);
	if (b->forget)
		return;
	b->logged = realloc(b->logged, b->logged_len + len);
	if (!b->logged)
		abort();
	snprintf(b->logged + b->logged_len, len, "%s\n", line);
	b->logged_len += len - 1;
}

struct fakemember *member_find(const struct fakebus *b, const char *name)
{
	for (size_t i = 0; i < b->n_members; i++)
		if (strcmp(b->members[i]->name, name) == 0)
			return b->members[i];
	return NULL;
}

/* "mipctl.123" has the role mipctl. */
struct fakemember *member_get(struct fakebus *b, const char *name)
{
	struct fakemember *m = member_find(b, name);

	if (m)
		return m;
	m = calloc(1, sizeof(*m));
	if (!m || b->n_members == MEMBERS_MAX)
		abort();
	b->members[b->n_members++] = m;
	m->bus = b;
	snprintf(m->name, sizeof(m->name), "%s", name);
	snprintf(m->role, sizeof(m->role), "%.*s", (int)strcspn(name, "."), name);
	m->as_sender = (struct mipm_sender) { .name = m->name, .role = m->role, .pid = 1 };
	m->as_sender.boot_id = ++b->boots;
	m->log = (struct log) { LOG_LEVEL_DEBUG, log_write, m };
	m->env = (struct core_env) { m, env_emit, env_want_sigs, env_random, 0, &m->log };
	m->wake_at = CORE_NEVER;
	queue_init(&m->inbox);
	return m;
}

/* ---- wake-ups ------------------------------------------------------------------------------ */

static void member_wake(void *ctx);

/* A wake-up that is scheduled too early finds nothing due and schedules the next one; one that has
 * been overtaken by an earlier one is void. */
void member_schedule(struct fakemember *m)
{
	uint64_t next = CORE_NEVER;

	if (m->attached && m->ops && !m->is_doomed)
		next = clock_of_world(m->bus, m->ops->next_wakeup(m->core));
	if (next >= m->wake_at)
		return;
	m->wake_at = next > vtime_now(m->bus->vt) ? next : vtime_now(m->bus->vt);
	vtime_at(m->bus->vt, m->wake_at, member_wake, m);
}

static void member_end(void *ctx)
{
	struct fakemember *m = ctx;

	m->doom(m->doom_ctx);
}

/* Counts an event; false: it is its last one. */
static bool member_lives(struct fakemember *m)
{
	if (++m->events != m->doom_at || !m->attached)
		return true;
	m->is_doomed = true;
	vtime_at(m->bus->vt, 0, member_end, m);
	return false;
}

static void member_check_spin(struct fakemember *m, uint64_t now)
{
	m->spins = m->spin_at == now ? m->spins + 1 : 0;
	m->spin_at = now;
	if (m->spins < SPINS_MAX)
		return;
	fprintf(stderr, "%s wants to be woken at %llu for ever\n", m->name,
		(unsigned long long)now);
	abort();
}

static void member_wake(void *ctx)
{
	struct fakemember *m = ctx;
	uint64_t now = fakebus_now(m->bus);

	if (vtime_now(m->bus->vt) < m->wake_at)
		return;
	m->wake_at = CORE_NEVER;
	if (!m->attached || !m->ops || m->is_doomed)
		return;
	if (m->ops->next_wakeup(m->core) <= now && member_lives(m)) {
		member_check_spin(m, now);
		if (m->bus->watch.woken)
			m->bus->watch.woken(m->bus->watch.ctx, m->role);
		m->ops->tick(m->core, now);
	}
	member_schedule(m);
}

/* ---- saying and delivering ----------------------------------------------------------------- */

static void trace_message(struct fakebus *b, const char *to, const struct mipm_msg *msg)
{
	uint64_t now = vtime_now(b->vt);
	char line[2048];

	if (!b->trace)
		return;
	mipm_print(line, sizeof(line), msg);
	fprintf(b->trace, "%6llu.%06llu %-8s > %-8s %s\n", (unsigned long long)(now / NSEC_PER_S),
		(unsigned long long)(now % NSEC_PER_S / 1000), msg->from->name, to ? to : "-",
		line);
}

/* The first message that the octets hold and that we know. */
static size_t decode(
	struct fakebus *b, const uint8_t *octets, size_t len, struct mipm_msg *msg, size_t *at)
{
	size_t skip = 0;
	int r;

	for (*at = 0; *at < len; *at += skip) {
		r = mipm_decode(octets + *at, len - *at, b->way_arena, msg, &skip);
		if (r > 0)
			return skip;
		if (r < 0 || !skip)
			break;
	}
	fprintf(stderr, "what was encoded cannot be decoded\n");
	abort();
}

static void tell(struct fakebus *b, const char *to, bool fanned_out, const struct mipm_msg *msg,
	const uint8_t *octets, size_t len)
{
	trace_message(b, to, msg);
	if (b->watch.heard)
		b->watch.heard(b->watch.ctx, to, fanned_out, msg, octets, len);
}

static void dump_to(struct fakemember *from, struct fakemember *to, bool own);

/* MIPM_DUMP is the library's to answer, not the core's. */
static void member_input(struct fakemember *m, const struct mipm_msg *msg)
{
	struct fakemember *from = member_find(m->bus, msg->from->name);

	if (m->ops && msg->type == MIPM_DUMP)
		dump_to(m, from, ((const struct mipm_dump *)msg->body)->own);
	else if (m->ops)
		m->ops->input(m->core, fakebus_now(m->bus), msg);
	else if (m->fn)
		m->fn(m->ctx, fakebus_now(m->bus), msg);
}

static bool hear(struct fakemember *m, bool fanned_out, const struct mipm_msg *msg,
	const uint8_t *octets, size_t len)
{
	if (!m->attached || m->is_doomed)
		return false;
	tell(m->bus, m->name, fanned_out, msg, octets, len);
	if (!member_lives(m))
		return true;
	member_input(m, msg);
	member_schedule(m);
	return true;
}

bool member_hear(struct fakemember *m, const struct mipm_sender *from, bool fanned_out,
	const uint8_t *octets, size_t len)
{
	struct mipm_msg msg;
	size_t at, n = decode(m->bus, octets, len, &msg, &at);

	msg.from = from;
	return hear(m, fanned_out, &msg, octets + at, n);
}

static void deliver(struct fakebus *b, const struct said *s)
{
	struct mipm_msg msg;
	size_t at, n = decode(b, s->octets, s->len, &msg, &at);
	bool any = false;

	msg.from = &s->from;
	for (size_t i = 0; i < b->n_members; i++) {
		struct fakemember *m = b->members[i];
		bool is_for = s->to ? m == s->to && m->as_sender.boot_id == s->to_boot
				    : m->name != s->from.name && member_wants(m, s->type);

		if (is_for)
			any |= slow_takes(m, s) || hear(m, !s->to, &msg, s->octets + at, n);
	}
	if (!any)
		tell(b, NULL, !s->to, &msg, s->octets + at, n);
}

static void pump(void *ctx)
{
	struct fakebus *b = ctx;
	struct said *s;

	while ((s = queue_pop(&b->way))) {
		deliver(b, s);
		free(s);
	}
	b->pumping = false;
}

#define UNKNOWN_TYPE 0x3ff0
#define UNKNOWN_ATTR 0x3ff0

/* As a later version may say it: a message of an unknown type, then this one with an attribute
 * more. */
static size_t make_newer(uint8_t *octets, size_t len)
{
	static const uint16_t attr[4] = { UNKNOWN_ATTR, 8, 0x1234, 0x5678 };
	struct msg_head strange = { .type = UNKNOWN_TYPE, .len = MSG_HEAD + sizeof(attr) };
	uint32_t longer = (uint32_t)(len + sizeof(attr));
	uint8_t *at = octets + strange.len;

	memmove(at, octets, len);
	memcpy(at + 4, &longer, 4);
	memcpy(at + len, attr, sizeof(attr));
	memcpy(octets, &strange, MSG_HEAD);
	memcpy(octets + MSG_HEAD, attr, sizeof(attr));
	return strange.len + longer;
}

static void post(struct fakemember *from, struct fakemember *to, uint16_t type, uint16_t flags,
	const void *body)
{
	static uint8_t buf[1 << 16];
	struct fakebus *b = from->bus;
	struct said *s;
	int len;

	if (from->is_doomed)
		return;
	len = mipm_encode(buf, sizeof(buf), type, flags, ++b->ids, body);
	if (len < 0) {
		fprintf(stderr, "%s may not say this %s: %s\n", from->name, mipm_type_name(type),
			strerror(-len));
		abort();
	}
	if (from->is_newer)
		len = (int)make_newer(buf, (size_t)len);
	s = malloc(sizeof(*s) + (size_t)len);
	if (!s)
		abort();
	*s = (struct said) { .from = from->as_sender,
		.to = to,
		.type = type,
		.flags = flags,
		.to_boot = to ? to->as_sender.boot_id : 0,
		.at = vtime_now(b->vt),
		.len = (size_t)len };
	memcpy(s->octets, buf, (size_t)len);
	b->counts[type % TYPES_MAX]++;
	if (!b->forget)
		queue_add(&b->kept, said_copy(s));
	queue_add(&b->way, s);
	if (!b->pumping)
		vtime_at(b->vt, s->at, pump, b);
	b->pumping = true;
	member_lives(from);
}

static void post_dump(struct fakemember *from, struct fakemember *to, const struct mipm_dump *body)
{
	for (size_t i = 0; i < from->bus->n_members; i++) {
		struct fakemember *m = from->bus->members[i];

		if (m == from || !m->attached || (to && to != m))
			continue;
		if (m->ops && !slow_is(m))
			dump_to(m, from, body->own);
		else if (m->ops || member_wants(m, MIPM_DUMP))
			post(from, m, MIPM_DUMP, 0, body);
	}
}

void member_say(
	struct fakemember *from, const char *to, uint16_t type, uint16_t flags, const void *body)
{
	struct fakemember *m = to ? member_find(from->bus, to) : NULL;

	if (to && !m)
		m = member_get(from->bus, to); /* the test looks at what nobody hears */
	if (type == MIPM_DUMP)
		post_dump(from, m, body);
	else
		post(from, m, type, flags, body);
}

static void env_emit(void *ctx, const char *to, uint16_t type, const void *body)
{
	struct fakemember *m = ctx;
	const struct fakemember *receiver = to ? member_find(m->bus, to) : NULL;

	if (m->dump_flags && receiver && !member_wants(receiver, type))
		return;
	m->dump_count++;
	member_say(m, to, type, m->dump_flags, body);
}

static void dump_what_is_owed(void *ctx)
{
	struct fakemember *from = ctx;

	for (size_t i = 0; i < from->bus->n_members; i++) {
		if (!from->owes_dump[i])
			continue;
		from->owes_dump[i] = false;
		if (from->attached && from->ops && from->bus->members[i]->attached)
			dump_to(from, from->bus->members[i], false);
	}
}

static void dump_later(struct fakemember *from, const struct fakemember *to)
{
	for (size_t i = 0; i < from->bus->n_members; i++)
		if (from->bus->members[i] == to)
			from->owes_dump[i] = true;
	vtime_in_ms(from->bus->vt, LATER_MS, dump_what_is_owed, from);
}

static void dump_to(struct fakemember *from, struct fakemember *to, bool own)
{
	struct mipm_dump_end end = { .own = own };
	uint64_t cursor = 0;
	int more = -1;

	slow_boundary(to, from);
	from->as_sender.dump++;
	from->dump_flags = MIPM_F_DUMP | (own ? MIPM_F_OWN : 0);
	from->dump_count = 0;
	if (from->ops->dump) {
		do
			more = from->ops->dump(
				from->core, fakebus_now(from->bus), to->name, own, &cursor);
		while (more > 0 && more != MIPSOCK_LATER);
	}
	from->dump_flags = 0;
	if (more == MIPSOCK_LATER) {
		dump_later(from, to);
		return;
	}
	end.complete = more == 0 && !slow_overflows(to, from);
	end.count = from->dump_count;
	if (to->ops || member_wants(to, MIPM_DUMP_END))
		post(from, to, MIPM_DUMP_END, 0, &end);
	slow_boundary(to, from);
}

void member_exchange_dumps(struct fakemember *m)
{
	static const struct mipm_dump ask;
	struct fakebus *b = m->bus;

	for (size_t i = 0; i < b->n_members; i++) {
		struct fakemember *other = b->members[i];

		if (other == m || !other->attached)
			continue;
		if (m->ops)
			dump_to(m, other, false);
		else if (other->ops)
			post(other, m, MIPM_DUMP, 0, &ask);
	}
	post_dump(m, NULL, &ask);
	member_schedule(m);
}
