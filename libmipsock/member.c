/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is here. Membership is by hello alone: whoever binds lists the directory and says hello to
 * every name; a hello that is no reply is answered by one. A hello with a new boot id means that
 * the name may have another socket behind it: connect again, forget what waited for the old one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct member *member_by_name(const struct mipsock *s, const char *name)
{
	for (size_t i = 0; i < s->n_members; i++) {
		if (!strcmp(s->members[i]->name, name))
			return s->members[i];
	}
	return NULL;
}

struct member *member_by_boot(struct mipsock *s, uint64_t boot_id)
{
	if (s->last && s->last->pub.boot_id == boot_id)
		return s->last;
	for (size_t i = 0; i < s->n_members; i++) {
		if (s->members[i]->known && s->members[i]->pub.boot_id == boot_id)
			return s->last = s->members[i];
	}
	return NULL;
}

static void member_free(struct member *m)
{
	stream_close(m);
	free(m->sigs);
	free(m);
}

/* Death is noticed at the next send; to a tool that wants nothing there may never be one. */
static void mark_dead(struct mipsock *s)
{
	for (size_t i = 0; i < s->n_members; i++) {
		struct member *m = s->members[i];

		if (name_is_alive(s, m->name) == 0)
			m->gone = true;
	}
}

static struct member *member_new(struct mipsock *s, const char *name)
{
	struct member **members;
	struct member *m;
	bool standby, tool;

	if (s->n_members >= MEMBERS_MANY)
		mark_dead(s);
	if (s->n_members >= MEMBERS_MAX)
		return NULL;
	members = realloc(s->members, (s->n_members + 1) * sizeof(*members));
	if (!members)
		return NULL;
	s->members = members;
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->out.fd = -1;
	snprintf(m->name, sizeof(m->name), "%s", name);
	if (name_parse(name, m->role, &standby, &tool) < 0 || stream_open(s, m) < 0) {
		member_free(m);
		return NULL;
	}
	m->tool = tool;
	m->say = tool ? SAY_TOOL : say_of_role(m->role);
	m->pub = (struct mipm_sender) { .name = m->name, .role = m->role, .standby = standby };
	s->members[s->n_members++] = m;
	return m;
}

static int say_hello(struct mipsock *s, struct member *m, bool reply)
{
	static const uint16_t all[] = { MIPM_TYPE_ANY };
	bool spy = s->config.flags & MIPSOCK_SPY;
	struct mipm_hello hello = {
		.role = { s->role, (uint16_t)strlen(s->role) },
		.name = { s->name, (uint16_t)strlen(s->name) },
		.version = { s->version, (uint16_t)strlen(s->version) },
		.standby = s->standby,
		.reply = reply,
		.types = spy ? all : s->types,
		.n_types = spy ? 1 : (uint16_t)s->config.n_types,
		.sigs = s->sigs,
		.n_sigs = (uint16_t)s->n_sigs,
	};

	return bus_say(s, m, MIPM_HELLO, 0, &hello, BACKLOG_DUMP);
}

static void greet_name(struct mipsock *s, const char *name)
{
	struct member *m = member_by_name(s, name);

	if (!m)
		m = member_new(s, name);
	if (m)
		say_hello(s, m, false);
}

int members_meet(struct mipsock *s)
{
	int r = name_list(s, greet_name);

	mipsock_flush(s);
	return r;
}

int members_greet(struct mipsock *s)
{
	int r = 0;

	for (size_t i = 0; i < s->n_members && !r; i++)
		r = say_hello(s, s->members[i], true);
	return r;
}

void members_bye(struct mipsock *s, const char *reason)
{
	struct mipm_bye bye = { { reason, (uint16_t)strlen(reason) } };

	for (size_t i = 0; i < s->n_members; i++) {
		bus_say(s, s->members[i], MIPM_BYE, 0, &bye, BACKLOG_DUMP);
		stream_flush(s, s->members[i]);
	}
}

void members_reap(struct mipsock *s, uint64_t now)
{
	for (size_t i = 0; i < s->n_members;) {
		struct member *m = s->members[i];

		if (!m->gone) {
			i++;
			continue;
		}
		memmove(&s->members[i], &s->members[i + 1],
			(--s->n_members - i) * sizeof(*s->members));
		if (s->last == m)
			s->last = NULL;
		if (s->rx.from == m)
			s->rx.left = 0;
		sigs_drop(s, m);
		if (s->standby && !strcmp(m->name, s->role))
			s->poll_at = now;
		if (m->known && s->config.member)
			s->config.member(s->config.ctx, &m->pub, false);
		member_free(m);
	}
}

void members_free(struct mipsock *s)
{
	for (size_t i = 0; i < s->n_members; i++)
		member_free(s->members[i]);
	free(s->members);
	free(s->claims);
	free(s->claim_index);
	s->members = NULL;
	s->claims = NULL;
	s->claim_index = NULL;
	s->last = NULL;
	s->rx.left = 0;
	s->n_members = s->n_claims = s->n_claim_index = 0;
}

static bool str_is(const struct mipm_str *str, const char *text)
{
	return str->len == strlen(text) && !memcmp(str->text, text, str->len);
}

/* A hello that we believe: its parts agree, its user may be this role, the socket is its user's. */
static bool hello_is_good(
	const struct mipsock *s, const struct mipm_hello *hello, char name[MIPSOCK_NAME_MAX])
{
	char role[MIPSOCK_ROLE_MAX];
	bool standby, tool;

	if (hello->name.len >= MIPSOCK_NAME_MAX)
		return false;
	memcpy(name, hello->name.text, hello->name.len);
	name[hello->name.len] = '\0';
	return strlen(name) == hello->name.len && !name_parse(name, role, &standby, &tool) &&
	       str_is(&hello->role, role) && standby == hello->standby && strcmp(name, s->name) &&
	       trust_allows_name(s, name, s->rx.uid) && name_owner(s, name) == s->rx.uid;
}

static void take_types(struct member *m, const struct mipm_hello *hello)
{
	memset(m->wanted, 0, sizeof(m->wanted));
	m->spy = false;
	for (uint16_t i = 0; i < hello->n_types; i++) {
		uint16_t type = hello->types[i];

		if (type == MIPM_TYPE_ANY)
			m->spy = m->tool;
		else if (type < MSG_ROWS_MAX)
			m->wanted[type / 64] |= 1ULL << type % 64;
	}
}

/* The member begins anew: whatever we knew of its last life is void. */
static int begin(struct mipsock *s, struct member *m)
{
	int r = stream_open(s, m);

	if (r < 0)
		return r;
	sigs_drop(s, m);
	m->known = true;
	m->gone = false;
	m->in_dump = m->want_dump = false;
	m->asked = false;
	m->ask_at = 0;
	m->serving = (struct serving) { 0 };
	m->pub.boot_id = s->rx.boot_id;
	m->pub.uid = s->rx.uid;
	m->pub.pid = s->rx.pid;
	return 0;
}

struct member *member_hello(struct mipsock *s, const struct mipm_hello *hello)
{
	char name[MIPSOCK_NAME_MAX];
	bool anew, lost = false;
	struct member *m;

	if (!hello_is_good(s, hello, name))
		return NULL;
	m = member_by_name(s, name);
	if (s->rx.from && s->rx.from != m)
		return NULL;
	if (!m)
		m = member_new(s, name);
	if (!m)
		return NULL;
	anew = !m->known || m->pub.boot_id != s->rx.boot_id;
	if (anew) {
		lost = stream_has_unsent(m);
		if (begin(s, m) < 0) {
			m->gone = true;
			return NULL;
		}
	}
	take_types(m, hello);
	sigs_claim(s, m, hello->sigs, hello->n_sigs);
	if (!hello->reply || lost) /* what waited may have been a newer hello of ours */
		say_hello(s, m, true);
	if (anew) {
		dump_want(s, m);
		if (s->config.member)
			s->config.member(s->config.ctx, &m->pub, true);
	}
	return m;
}
