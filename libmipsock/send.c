/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What we say: to one member, or to whoever wants its type. Encoded once, copied to each.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

#define MESSAGE_MAX (MIPSOCK_BUNDLE_MAX - FRAME_HEAD)

/* The library's own words, and those that only make sense to one. */
static bool is_inner(uint16_t type)
{
	return type == MIPM_HELLO || type == MIPM_BYE || type == MIPM_DUMP_END;
}

static bool is_addressed(uint16_t type, const struct msg_row *row)
{
	return row->private || type == MIPM_DUMP || type == MIPM_ERROR || type == MIPM_COMMAND ||
	       type == MIPM_ANSWER;
}

int bus_say(struct mipsock *s, struct member *m, uint16_t type, uint16_t flags, const void *body,
	unsigned int queue_flags)
{
	int len = mipm_encode(s->scratch, MESSAGE_MAX, type, flags, ++s->next_id, body);

	if (len < 0)
		return len;
	stream_add(s, m, s->scratch, (size_t)len, queue_flags);
	return 0;
}

/* Flags of a message that our dump function tells to the one it is dumping for. */
static uint16_t dump_flags(const struct mipsock *s, const struct member *m)
{
	if (!m || m != s->dumping)
		return 0;
	return m->serving.own ? MIPM_F_DUMP | MIPM_F_OWN : MIPM_F_DUMP;
}

static int check(const struct mipsock *s, const char *to, const struct member *m, uint16_t type,
	const struct msg_row *row)
{
	bool own = dump_flags(s, m) & MIPM_F_OWN;

	if (!row || (!to && is_addressed(type, row)))
		return -EINVAL;
	if (s->standby || is_inner(type) || !(s->say & (own ? row->told_back : row->speakers)))
		return -EPERM;
	return to && (!m || !m->known || m->gone) ? -ENOTCONN : 0;
}

/* To one receiver. State said while it is told a dump belongs to the dump. */
static void add(struct mipsock *s, struct member *m, const struct msg_row *row, size_t len)
{
	bool cursor = m == s->dumping;
	bool during = m->serving.active && !m->serving.own && row->entry && !cursor;
	uint16_t flags = msg_head_read(s->scratch).flags;

	if (!cursor && stream_drops(s, m))
		return;
	if (during)
		msg_flags_add(s->scratch, MIPM_F_DUMP);
	stream_add(s, m, s->scratch, len, cursor ? BACKLOG_DUMP : 0);
	if (during)
		memcpy(s->scratch + 2, &flags, 2);
}

int mipsock_send(struct mipsock *s, const char *to, uint16_t type, const void *body, uint32_t *id)
{
	const struct msg_row *row = msg_row(type);
	struct member *one = to ? member_by_name(s, to) : NULL;
	int r = check(s, to, one, type, row);
	uint16_t flags;
	bool spied;

	if (r < 0)
		return r;
	flags = dump_flags(s, one) | (row->private ? MIPM_F_PRIVATE : 0);
	r = mipm_encode(s->scratch, MESSAGE_MAX, type, flags, s->next_id + 1, body);
	if (r < 0)
		return r == -ENOSPC ? -EINVAL : r;
	s->next_id++;
	if (id)
		*id = s->next_id;
	if (one && one == s->dumping)
		one->serving.count += row->entry != 0;
	spied = !row->private && !(flags & MIPM_F_DUMP) && type != MIPM_DUMP;
	for (size_t i = 0; i < s->n_members; i++) {
		struct member *m = s->members[i];

		if (m == one || (m->known && (to ? m->spy && spied : member_wants(m, type))))
			add(s, m, row, (size_t)r);
	}
	return 0;
}
