/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A visit to the bus: join, hear the dumps of those present (or one answer), leave. State messages
 * become JSON in RFC terms at once, so nothing decoded has to be kept.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <arpa/inet.h>
#include "tools/ctl.h"

#define VISIT_MS   30000 /* at most */
#define SILENCE_MS 1500	 /* and at most so long without a word */
#define QUIET_MS   60	 /* nobody else will answer the hello */

static const uint16_t view_types[] = { MIPM_LINK, MIPM_MD_INFO, MIPM_REG_STATE, MIPM_BUL_ADD,
	MIPM_BC_ADD, MIPM_PATH_STATS, MIPM_DUMP_END };

static const char *const verdicts[] = { "none", "untried", "good", "suspect", "bad" };
static const char *const reg_states[] = { "idle", "waiting", "refreshing", "leaving", "bound",
	"refused" };
static const char *const encaps[] = { "none", "udp", "udp-gre", "ipip", "gre" };

struct visit {
	struct mipsock *s;
	struct ctl_view *view;
	json_t *seen[6]; /* by row of view_types: raw objects */
	unsigned int joined, ended;
	uint64_t last_news;
	/* a command */
	const char *role;
	uint32_t command_id;
	int code; /* -1: no answer yet */
	char *text;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static json_t *jstr(const struct mipm_str *s)
{
	return s->len ? json_stringn_nocheck(s->text, s->len) : json_null();
}

static json_t *jaddr(const struct mipm_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	if (!a->family)
		return json_null();
	inet_ntop(a->family == MIPM_IPV6 ? AF_INET6 : AF_INET, a->octets, text, sizeof(text));
	return json_string(text);
}

static json_t *jprefixes(const struct mipm_prefix *p, size_t n)
{
	json_t *list = json_array();
	char text[INET6_ADDRSTRLEN + 8];

	for (size_t i = 0; i < n; i++) {
		inet_ntop(p[i].addr.family == MIPM_IPV6 ? AF_INET6 : AF_INET, p[i].addr.octets,
			text, INET6_ADDRSTRLEN);
		sprintf(text + strlen(text), "/%u", p[i].len);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

#define NAME_OF(table, i) ((size_t)(i) < sizeof(table) / sizeof(*(table)) ? (table)[i] : "unknown")

/* Seconds from now, or null for never. */
static json_t *jremaining(uint64_t at, uint64_t now)
{
	if (!at)
		return json_null();
	return json_integer(at > now ? (json_int_t)((at - now) / 1000000000) : 0);
}

static json_t *jpath(const struct mipm_path *p, uint64_t now)
{
	return json_pack("{s:o, s:i, s:i, s:i, s:i, s:s, s:b, s:o, s:s}", "address",
		jaddr(&p->remote.addr), "port", p->remote.port, "link", (int)p->link, "number",
		p->number, "priority", p->priority, "state", p->priority ? "standby" : "active",
		"nat", p->nat, "remaining_s", jremaining(p->expires_at, now), "encapsulation",
		NAME_OF(encaps, p->encap));
}

static json_t *link_json(const struct mipm_link *l)
{
	return json_pack("{s:i, s:o, s:i, s:o, s:i, s:b, s:i, s:I, s:I, s:o}", "ifindex",
		(int)l->link, "name", jstr(&l->name), "number", l->number, "gateway",
		jaddr(&l->gateway), "flags", l->flags, "metered", l->flags & MIPM_LINK_METERED,
		"mtu", (int)l->mtu, "bytes_in", (json_int_t)l->bytes_in, "bytes_out",
		(json_int_t)l->bytes_out, "address",
		l->n_addresses ? jaddr(&l->addresses[0].addr) : json_null());
}

static json_t *md_json(const struct mipm_md_entry *e)
{
	return json_pack("{s:i, s:s, s:i, s:o, s:i, s:i, s:f}", "number", e->number, "verdict",
		NAME_OF(verdicts, e->verdict), "order", e->order, "reason", jstr(&e->cause),
		"rtt_us", (int)e->rtt_us, "jitter_us", (int)e->jitter_us, "loss",
		e->loss_ppm / 1e6);
}

static json_t *reg_json(const struct mipm_reg_state_msg *r, uint64_t now)
{
	return json_pack("{s:o, s:o, s:i, s:o, s:s, s:b, s:b, s:i, s:i, s:i, s:o, s:I, s:o}",
		"home_address", jaddr(&r->home_addr), "home_agent", jaddr(&r->peer), "number",
		r->number, "care_of_address", jaddr(&r->careof_addr), "state",
		NAME_OF(reg_states, r->state), "active", r->active, "nat", r->nat, "code", r->code,
		"retries", r->retries, "lifetime_s", (int)r->lifetime_s, "remaining_s",
		jremaining(r->expires_at, now), "skew_ms", (json_int_t)(r->skew_ns / 1000000),
		"text", jstr(&r->text));
}

static json_t *binding_json(const struct mipm_bc *b, uint64_t now)
{
	json_t *paths = json_array();

	for (size_t i = 0; i < b->n_paths; i++)
		json_array_append_new(paths, jpath(&b->paths[i], now));
	return json_pack("{s:o, s:o, s:o, s:o, s:i, s:o, s:s}", "home_address",
		jaddr(&b->home_addr), "identity", jstr(&b->identity), "care_of_addresses", paths,
		"mobile_networks", jprefixes(b->networks, b->n_networks), "lifetime_s",
		(int)b->lifetime_s, "remaining_s", jremaining(b->expires_at, now), "encapsulation",
		b->n_paths ? NAME_OF(encaps, b->paths[0].encap) : "none");
}

static json_t *bul_json(const struct mipm_bul *b, uint64_t now)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "home_address", jaddr(&b->home_addr), "peer",
		jaddr(&b->peer), "identity", jstr(&b->identity), "mobile_networks",
		jprefixes(b->networks, b->n_networks), "path", jpath(&b->path, now));
}

static json_t *stats_json(const struct mipm_path_stats *s)
{
	return json_pack("{s:o, s:o, s:i, s:b, s:i, s:I, s:I, s:I, s:I}", "home_address",
		jaddr(&s->home_addr), "peer", jaddr(&s->peer), "number", s->number, "active",
		s->active, "inner_mtu", (int)s->inner_mtu, "packets_in", (json_int_t)s->in.packets,
		"packets_out", (json_int_t)s->out.packets, "bytes_in", (json_int_t)s->in.octets,
		"bytes_out", (json_int_t)s->out.octets);
}

static void on_message(void *ctx, uint64_t now, const struct mipm_msg *m)
{
	struct visit *v = ctx;
	const struct mipm_md_info *md = m->body;
	const struct mipm_answer *a = m->body;
	const struct mipm_error *e = m->body;

	v->last_news = now;
	switch (m->type) {
	case MIPM_LINK:
		json_array_append_new(v->seen[0], link_json(m->body));
		break;
	case MIPM_MD_INFO:
		for (size_t i = 0; i < md->n_entries; i++)
			json_array_append_new(v->seen[1], md_json(&md->entries[i]));
		break;
	case MIPM_REG_STATE:
		json_array_append_new(v->seen[2], reg_json(m->body, now));
		break;
	case MIPM_BUL_ADD:
		json_array_append_new(v->seen[3], bul_json(m->body, now));
		break;
	case MIPM_BC_ADD:
		json_array_append_new(v->seen[4], binding_json(m->body, now));
		break;
	case MIPM_PATH_STATS:
		json_array_append_new(v->seen[5], stats_json(m->body));
		break;
	case MIPM_DUMP_END:
		v->ended++;
		break;
	case MIPM_ANSWER:
		if (a->message_id == v->command_id) {
			v->code = a->code;
			v->text = strndup(a->text.text ? a->text.text : "", a->text.len);
		}
		break;
	case MIPM_ERROR:
		if (v->role && e->message_id == v->command_id) {
			v->code = e->code;
			v->text = strndup(e->text.text ? e->text.text : "", e->text.len);
		}
		break;
	}
}

static void on_member(void *ctx, const struct mipm_sender *who, bool joined)
{
	struct visit *v = ctx;

	/* Tools and standbys have nothing to tell. */
	if (!joined || strchr(who->name, '.') || who->standby)
		return;
	v->last_news = now_ns();
	v->joined++;
	if (v->view)
		json_object_set_new(v->view->members, who->role, json_string(who->name));
}

static int join(const struct ctl *ctl, struct visit *v)
{
	struct mipsock_config config = {
		.dir = ctl->bus,
		.role = "mipctl",
		.version = RAIIC_VERSION,
		.flags = MIPSOCK_TOOL,
		.types = v->view ? view_types : NULL,
		.n_types = v->view ? sizeof(view_types) / sizeof(*view_types) : 0,
		.ctx = v,
		.message = on_message,
		.member = on_member,
	};
	int r = mipsock_open(&v->s, &config);

	if (r == -ENOENT)
		return ctl_fail(ctl, CTL_NOT_CONFIGURED,
			"there is no bus directory: no daemon has been started here (-b DIR names "
			"another one)");
	if (r == -EACCES || r == -EPERM)
		return ctl_fail(ctl, CTL_NOT_CONFIGURED,
			"not allowed on the bus: be root, or a member of group raiic");
	if (r < 0)
		return ctl_fail(ctl, CTL_NOT_CONFIGURED, "cannot join the bus: %s", strerror(-r));
	v->last_news = now_ns();
	return CTL_OK;
}

/* Turns the loop until done() or the visit is over; a hundred thousand bindings take their time. */
static void stay(struct visit *v, bool (*done)(const struct visit *v, uint64_t now))
{
	uint64_t begin = now_ns(), now = begin, heard = begin;
	struct pollfd p = { .fd = mipsock_fd(v->s), .events = POLLIN };

	for (; now < heard + SILENCE_MS * 1000000ULL && now < begin + VISIT_MS * 1000000ULL &&
		!done(v, now);
		now = now_ns()) {
		heard = v->last_news > heard ? v->last_news : heard;
		mipsock_flush(v->s);
		poll(&p, 1, 10);
		if (mipsock_process(v->s, 0) < 0)
			break;
	}
}

static bool all_told(const struct visit *v, uint64_t now)
{
	return v->ended >= v->joined && now - v->last_news > QUIET_MS * 1000000ULL;
}

/* Members of other that a lacks, for the one object of list where both agree on key. */
static void merge(json_t *to, json_t *list, const char *key)
{
	json_t *other;
	size_t i;

	json_array_foreach(list, i, other)
	{
		if (json_equal(json_object_get(to, key), json_object_get(other, key)))
			json_object_update_missing(to, other);
	}
}

/* A home address that was assigned is in the entry of the tunnel only. */
static void fill_home_address(json_t *reg, const struct visit *v)
{
	json_t *b;
	size_t i;

	json_array_foreach(v->seen[3], i, b)
	{
		json_t *path = json_object_get(b, "path");

		if (json_is_null(json_object_get(reg, "home_address")) &&
			json_equal(
				json_object_get(path, "number"), json_object_get(reg, "number")) &&
			json_equal(json_object_get(b, "peer"), json_object_get(reg, "home_agent")))
			json_object_set(reg, "home_address", json_object_get(b, "home_address"));
	}
}

/* Of several home agents the one that counts for a link: in use, else not idle, else any. */
static int registration_rank(const json_t *reg)
{
	const char *state = json_string_value(json_object_get(reg, "state"));

	if (json_is_true(json_object_get(reg, "active")))
		return 3;
	if (state && strcmp(state, "bound") == 0)
		return 2;
	return state && strcmp(state, "idle") != 0;
}

static int compare_registrations(const void *a, const void *b)
{
	return registration_rank(*(json_t *const *)b) - registration_rank(*(json_t *const *)a);
}

/* What counts most first. */
static json_t *registrations_view(const struct visit *v)
{
	size_t n = json_array_size(v->seen[2]);
	json_t **sorted = calloc(n + 1, sizeof(*sorted)), *list = json_array(), *reg;
	size_t i;

	json_array_foreach(v->seen[2], i, reg)
	{
		fill_home_address(reg, v);
		if (sorted)
			sorted[i] = reg;
	}
	if (sorted)
		qsort(sorted, n, sizeof(*sorted), compare_registrations);
	for (i = 0; sorted && i < n; i++)
		json_array_append(list, sorted[i]);
	free(sorted);
	return list;
}

static json_t *link_view(json_t *l, const struct visit *v)
{
	json_t *md = json_pack("{s:O}", "number", json_object_get(l, "number"));
	json_t *reg = json_copy(md), *out;
	json_int_t flags = json_integer_value(json_object_get(l, "flags"));
	const char *state;

	merge(md, v->seen[1], "number");
	merge(reg, v->view->registrations, "number");
	state = json_string_value(json_object_get(md, "verdict"));
	if (!(flags & MIPM_LINK_UP))
		state = "down";
	else if (!(flags & MIPM_LINK_CARRIER))
		state = "no-carrier";
	else if (json_is_null(json_object_get(l, "address")))
		state = "no-address";
	out = json_pack("{s:O, s:O, s:O, s:O, s:s, s:O*, s:O*, s:O*, s:O*, s:b, s:O, s:O, s:O}",
		"name", json_object_get(l, "name"), "number", json_object_get(l, "number"),
		"address", json_object_get(l, "address"), "gateway", json_object_get(l, "gateway"),
		"state", state ? state : "unknown", "reason", json_object_get(md, "reason"),
		"rtt_us", json_object_get(md, "rtt_us"), "jitter_us",
		json_object_get(md, "jitter_us"), "loss", json_object_get(md, "loss"), "active",
		json_is_true(json_object_get(reg, "active")), "metered",
		json_object_get(l, "metered"), "bytes_in", json_object_get(l, "bytes_in"),
		"bytes_out", json_object_get(l, "bytes_out"));
	if (json_object_get(reg, "state"))
		json_object_set(out, "registration", json_object_get(reg, "state"));
	json_decref(md);
	json_decref(reg);
	return out;
}

/* BUL entries of one (home address, peer) become one tunnel. */
static json_t *tunnels_view(const struct visit *v)
{
	json_t *tunnels = json_object(), *list = json_array(), *b, *s, *t;
	const char *key;
	size_t i, k;

	json_array_foreach(v->seen[3], i, b)
	{
		json_t *path = json_object_get(b, "path");
		char name[128];

		snprintf(name, sizeof(name), "%s %s",
			json_string_value(json_object_get(b, "home_address")),
			json_string_value(json_object_get(b, "peer")));
		t = json_object_get(tunnels, name);
		if (!t) {
			t = json_copy(b);
			json_object_del(t, "path");
			json_object_set_new(t, "paths", json_array());
			json_object_set_new(tunnels, name, t);
		}
		json_array_foreach(v->seen[5], k, s)
		{
			if (json_equal(json_object_get(s, "number"),
				    json_object_get(path, "number")) &&
				json_equal(
					json_object_get(s, "peer"), json_object_get(b, "peer"))) {
				json_object_update_missing(path, s);
				json_object_del(path, "peer");
				json_object_del(path, "home_address");
				json_object_set_new(path, "state",
					json_string(json_is_true(json_object_get(s, "active"))
							    ? "active"
							    : "standby"));
			}
		}
		json_array_append(json_object_get(t, "paths"), path);
	}
	json_object_foreach(tunnels, key, t) json_array_append(list, t);
	json_decref(tunnels);
	return list;
}

int ctl_view_get(const struct ctl *ctl, struct ctl_view *view)
{
	struct visit v = { .view = view };
	json_t *l;
	size_t i;
	int r;

	memset(view, 0, sizeof(*view));
	view->members = json_object();
	for (i = 0; i < sizeof(v.seen) / sizeof(*v.seen); i++)
		v.seen[i] = json_array();
	r = join(ctl, &v);
	if (r == CTL_OK) {
		stay(&v, all_told);
		mipsock_close(v.s);
		view->registrations = registrations_view(&v);
		view->links = json_array();
		json_array_foreach(v.seen[0], i, l)
			json_array_append_new(view->links, link_view(l, &v));
		view->bindings = json_incref(v.seen[4]);
		view->tunnels = tunnels_view(&v);
		if (!json_object_size(view->members))
			r = ctl_fail(ctl, CTL_NOT_CONFIGURED, "no daemon answers on the bus");
	}
	for (i = 0; i < sizeof(v.seen) / sizeof(*v.seen); i++)
		json_decref(v.seen[i]);
	if (r != CTL_OK)
		ctl_view_free(view);
	return r;
}

void ctl_view_free(struct ctl_view *v)
{
	json_decref(v->members);
	json_decref(v->links);
	json_decref(v->bindings);
	json_decref(v->registrations);
	json_decref(v->tunnels);
	memset(v, 0, sizeof(*v));
}

static bool answered(const struct visit *v, uint64_t now)
{
	return v->code >= 0;
}

static struct mipm_str str(const char *text)
{
	return (struct mipm_str) { text, text ? (uint16_t)strlen(text) : 0 };
}

static bool is_present(const struct visit *v, uint64_t now)
{
	return v->joined && now - v->last_news > QUIET_MS * 1000000ULL;
}

struct ctl_talk {
	const struct ctl *ctl;
	struct visit visit;
};

int ctl_talk_open(const struct ctl *ctl, const char *role, struct ctl_talk **out)
{
	struct ctl_talk *talk = calloc(1, sizeof(*talk));
	int r;

	*out = NULL;
	if (!talk)
		return ctl_fail(ctl, CTL_DOWN, "out of memory");
	*talk = (struct ctl_talk) { ctl, { .role = role } };
	r = join(ctl, &talk->visit);
	if (r != CTL_OK) {
		free(talk);
		return r;
	}
	stay(&talk->visit, is_present);
	*out = talk;
	return CTL_OK;
}

void ctl_talk_close(struct ctl_talk *talk)
{
	if (!talk)
		return;
	mipsock_close(talk->visit.s);
	free(talk->visit.text);
	free(talk);
}

int ctl_talk_say(
	struct ctl_talk *talk, const char *verb, const char *target, const char *value, char **text)
{
	struct mipm_command command = { str(verb), str(target), str(value) };
	const struct ctl *ctl = talk->ctl;
	struct visit *v = &talk->visit;
	int r;

	free(v->text);
	v->text = NULL;
	v->code = -1;
	r = mipsock_send(v->s, v->role, MIPM_COMMAND, &command, &v->command_id);
	if (r == 0)
		stay(v, answered);
	if (r == -ENOTCONN)
		return ctl_fail(ctl, CTL_DOWN, "%s is not running", v->role);
	if (r < 0)
		return ctl_fail(ctl, CTL_DOWN, "cannot speak to %s: %s", v->role, strerror(-r));
	if (v->code < 0)
		return ctl_fail(ctl, CTL_DOWN, "%s did not answer", v->role);
	if (v->code > 0)
		return ctl_fail(ctl, CTL_DEGRADED, "%s: %s", v->role,
			v->text && *v->text ? v->text : strerror(v->code));
	if (text) {
		*text = v->text;
		v->text = NULL;
	}
	return CTL_OK;
}

int ctl_command(const struct ctl *ctl, const char *role, const char *verb, const char *target,
	const char *value, char **text)
{
	struct ctl_talk *talk;
	int r = ctl_talk_open(ctl, role, &talk);

	if (r == CTL_OK)
		r = ctl_talk_say(talk, verb, target, value, text);
	ctl_talk_close(talk);
	return r;
}
