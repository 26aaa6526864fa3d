/* SPDX-License-Identifier: BSD-2-Clause */
/* The core's life: new, input, tick, next wake-up, dump. See linkmon.h. */
#include "linkmon/detector.h"

#include <errno.h>
#include <string.h>

int linkmon_new(struct linkmon **out, const struct linkmon_conf *conf, const struct core_env *env,
	uint64_t now)
{
	struct linkmon *l;

	if (linkmon_conf_check(conf))
		return -EINVAL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->conf = *conf;
	l->env = env;
	l->settle_until = now + SETTLE_MS * NSEC_PER_MS;
	list_init(&l->paths);
	*out = l;
	return 0;
}

struct linkmon *linkmon_free(struct linkmon *l)
{
	struct path *p, *spare;

	if (!l)
		return NULL;
	list_for_each_safe (p, spare, &l->paths, link_of) {
		list_remove(&p->link_of);
		free(p);
	}
	free(l->history.ring);
	free(l);
	return NULL;
}

int linkmon_reconfigure(struct linkmon *l, const struct linkmon_conf *conf, uint64_t now)
{
	struct path *p;

	if (linkmon_conf_check(conf))
		return -EINVAL;
	l->conf = *conf;
	list_for_each (p, &l->paths, link_of) {
		path_configure(l, p);
		reg_choose(l, p, now);
		detectors_doubt(l, p, now);
	}
	select_run(l, now);
	return 0;
}

static uint64_t next_wakeup(const void *c)
{
	const struct linkmon *l = c;
	uint64_t next = l->settled || l->n_paths == 0 ? CORE_NEVER : l->settle_until, at;
	struct path *p;

	list_for_each (p, &l->paths, link_of) {
		at = detectors_next(l, p);
		next = at < next ? at : next;
		at = p->unbound_at + UNBOUND_GRACE_MS * NSEC_PER_MS;
		if (p->unbound_at && at < next)
			next = at;
	}
	return next;
}

/* Answers that came while this process slept are still in its queue: nobody is blamed. */
static void forgive_stall(struct linkmon *l, uint64_t now)
{
	uint64_t wanted = next_wakeup(l), late = now > wanted ? now - wanted : 0;
	struct path *p;

	if (late <= STALL_MS * NSEC_PER_MS)
		return;
	log_debug(l->env->log, "woken %llu ms late", (unsigned long long)(late / NSEC_PER_MS));
	list_for_each (p, &l->paths, link_of)
		detectors_stall(p, late);
}

/* An empty list would take away what mnd has: without tunneld's word nothing is said. */
static void settle(struct linkmon *l, uint64_t now)
{
	if (l->dumped_links && l->dumped_regs)
		l->settled = true;
	if (now >= l->settle_until && (l->dumped_links || l->n_paths > 0))
		l->settled = true;
}

static void tick(void *c, uint64_t now)
{
	struct linkmon *l = c;
	struct path *p;

	forgive_stall(l, now);
	settle(l, now);
	list_for_each (p, &l->paths, link_of) {
		reg_tick(l, p, now);
		detectors_tick(l, p, now);
	}
	select_run(l, now);
}

static void input(void *c, uint64_t now, const struct mipm_msg *msg)
{
	struct linkmon *l = c;

	forgive_stall(l, now);
	bus_input(l, now, msg);
	settle(l, now);
	select_run(l, now);
}

static int dump(void *c, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	struct linkmon *l = c;

	if (own)
		return 0;
	if (!l->settled)
		return -EAGAIN; /* knows nothing yet: keep what you have */
	select_say(l, to);
	return 0;
}

/* Without tunneld nobody sends an echo, so nobody's silence means anything. */
static void member(void *c, uint64_t now, const struct mipm_sender *who, bool joined)
{
	struct linkmon *l = c;
	struct path *p;

	if (strcmp(who->role, "tunneld") != 0 || who->standby)
		return;
	l->deaf = !joined;
	list_for_each (p, &l->paths, link_of)
		detectors_link(l, p, now, false);
}

const struct core_ops linkmon_ops = {
	.role = "linkmon",
	.types = bus_types,
	.input = input,
	.tick = tick,
	.next_wakeup = next_wakeup,
	.dump = dump,
	.member = member,
};
