/* SPDX-License-Identifier: BSD-2-Clause */
/* What tunneld hears and tells: the forwarder's messages, signalling both ways, an operator's word,
 * dumps. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tunneld/daemon.h"
#include "tunneld/mtu.h"

const uint16_t bus_types[] = { MIPM_BC_ADD, MIPM_BC_REMOVE, MIPM_BUL_ADD, MIPM_BUL_REMOVE,
	MIPM_MD_INFO, MIPM_SIG_OUT, MIPM_PATH_WATCH, MIPM_PROBE_OUT, MIPM_DUMP_END, MIPM_COMMAND,
	0 };

#define ANSWER_MAX 2048

/* signalling */

struct owners_found {
	struct tunneld *t;
	const struct mipm_sig *sig;
	bool any;
};

static void give(void *found_, const char *member)
{
	struct owners_found *found = found_;

	found->any = true;
	found->t->env->emit(found->t->env->ctx, member, MIPM_SIG_IN, found->sig);
}

bool bus_signal(void *t_, uint64_t now, const struct mipm_sig *sig)
{
	struct tunneld *t = t_;
	struct owners_found found = { t, sig, false };

	if (t->owners)
		t->owners(t->owners_ctx, sig->payload.data[0], &sig->local.addr, give, &found);
	return found.any;
}

void bus_answer(void *t_, const char *member, const struct mipm_sig *sig)
{
	struct tunneld *t = t_;

	t->env->emit(t->env->ctx, member, MIPM_SIG_IN, sig);
}

/* From an address of an uplink, and through nothing else. */
static void ask(struct tunneld *t, uint64_t now, const char *member, const struct mipm_sig *sig)
{
	const struct udp_group *g =
		sig->link ? udp_group_on(t->udp, sig->link, sig->remote.addr.family) : NULL;
	int r = -EINVAL;

	if (g && t->dns && udp_group_has(g, &sig->local.addr))
		r = dns_ask(t->dns, now, member, sig, g->mark);
	if (r < 0)
		log_debug(
			t->env->log, "a question to a name server was not sent: %s", strerror(-r));
}

static void on_sig_out(struct tunneld *t, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_sig *sig = msg->body;

	if (sig->kind == MIPM_SIG_DNS)
		ask(t, now, msg->from->name, sig);
	else
		udp_signal(t->udp, sig);
}

/* Before the first complete dump of whoever owns the entries here nothing is swept. */
static void on_dump_end(struct tunneld *t, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_dump_end *end = msg->body;
	const char *role = msg->from->role;

	if (end->complete && !end->own &&
		((t->conf.home_agent && strcmp(role, "had") == 0) ||
			(t->conf.mobile_router && strcmp(role, "mnd") == 0)))
		install_told(t, now);
	forwarder_input(t->forwarder, now, msg);
}

/* commands */

static int run_log(struct tunneld *t, const struct mipm_command *c, char *answer, size_t size)
{
	struct mipm_str level = c->value.len ? c->value : c->target;
	char name[16];
	int r;

	snprintf(name, sizeof(name), "%.*s", (int)level.len, level.len ? level.text : "");
	r = t->env->log ? log_level_parse(name, &t->env->log->level) : -EINVAL;
	snprintf(answer, size, "%s", r ? "log warn | info | debug" : name);
	return -r;
}

static size_t put(char *answer, size_t at, size_t size, const char *name, uint64_t value)
{
	int n;

	if (!value || at >= size)
		return at;
	n = snprintf(answer + at, size - at, "%s %llu\n", name, (unsigned long long)value);
	return at + (size_t)n;
}

static int run_counters(struct tunneld *t, const struct mipm_command *c, char *answer, size_t size)
{
	const struct udp_stats *u = udp_stats(t->udp);
	struct dp_stats s;
	size_t at;

	t->plane->stats(t->dp, &s);
	answer[0] = '\0';
	at = put(answer, 0, size, "tunnels", t->forwarder->fib.tunnels.n_links);
	at = put(answer, at, size, "paths", t->forwarder->fib.n_live_paths);
	at = put(answer, at, size, "packets-in", s.packets_in);
	at = put(answer, at, size, "packets-out", s.packets_out);
	at = put(answer, at, size, "batches-in", s.batches_in);
	at = put(answer, at, size, "batches-out", s.batches_out);
	for (unsigned i = 1; i < DP_DROPS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "dropped-%s", dp_drop_name(i));
		at = put(answer, at, size, name, s.dropped[i]);
	}
	at = put(answer, at, size, "signalling-in", u->sig_in);
	at = put(answer, at, size, "signalling-out", u->sig_out);
	at = put(answer, at, size, "signalling-unowned", u->sig_unowned);
	at = put(answer, at, size, "signalling-too-big", u->sig_too_big);
	at = put(answer, at, size, "signalling-misled", u->sig_misled);
	at = put(answer, at, size, "signalling-not-ours", u->sig_not_ours);
	put(answer, at, size, "signalling-failed", u->sig_failed);
	return 0;
}

static const struct {
	const char *verb;
	int (*fn)(struct tunneld *t, const struct mipm_command *c, char *answer, size_t size);
} commands[] = {
	{ "log", run_log },
	{ "counters", run_counters },
};

static void on_command(struct tunneld *t, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_command *c = msg->body;
	struct mipm_answer answer = { .message_id = msg->id, .code = EOPNOTSUPP };
	char text[ANSWER_MAX] = "no such verb: log, counters";

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strlen(commands[i].verb) == c->verb.len &&
			memcmp(commands[i].verb, c->verb.text, c->verb.len) == 0)
			answer.code = (uint16_t)commands[i].fn(t, c, text, sizeof(text));
	answer.text = (struct mipm_str) { text, (uint16_t)strlen(text) };
	t->env->emit(t->env->ctx, msg->from->name, MIPM_ANSWER, &answer);
}

static const struct {
	uint16_t type;
	void (*fn)(struct tunneld *t, uint64_t now, const struct mipm_msg *msg);
} handlers[] = {
	{ MIPM_SIG_OUT, on_sig_out },
	{ MIPM_DUMP_END, on_dump_end },
	{ MIPM_COMMAND, on_command },
};

void bus_input(void *t, uint64_t now, const struct mipm_msg *msg)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (handlers[i].type == msg->type) {
			handlers[i].fn(t, now, msg);
			return;
		}
	}
	forwarder_input(((struct tunneld *)t)->forwarder, now, msg);
}

/* what is told */

struct teller {
	struct tunneld *t;
	const char *to;
};

static void tell_link(void *teller_, const struct uplink *u)
{
	struct teller *teller = teller_;
	struct mipm_link link;

	links_message(u, &link);
	teller->t->env->emit(teller->t->env->ctx, teller->to, MIPM_LINK, &link);
}

/* Links at the first call, then paths by index. */
int bus_dump(void *t_, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	struct tunneld *t = t_;
	struct teller teller = { t, to };
	uint64_t index;
	int more;

	if (own)
		return forwarder_dump_own(t->forwarder, to, cursor);
	if (*cursor == 0 && t->links)
		links_walk(t->links, tell_link, &teller);
	index = *cursor ? *cursor - 1 : 0;
	more = forwarder_stats(t->forwarder, to, &index, 32);
	*cursor = index + 1;
	return more;
}

/* Every second, on a mobile router: a home agent with many thousand paths tells them in dumps. */
void bus_stats(struct tunneld *t)
{
	uint64_t cursor = 0;

	while (forwarder_stats(t->forwarder, NULL, &cursor, UINT32_MAX))
		;
}
