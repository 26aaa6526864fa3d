/* SPDX-License-Identifier: BSD-2-Clause */
/* status, links, tunnels, bindings: one view, as a table for people or as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/ctl.h"

static const char *text(const json_t *o, const char *key, char *buf, size_t size)
{
	const json_t *v = json_object_get(o, key);

	if (json_is_string(v))
		snprintf(buf, size, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(buf, size, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		snprintf(buf, size, "%s", json_is_true(v) ? "yes" : "no");
	else if (json_is_array(v) && json_array_size(v) && json_is_string(json_array_get(v, 0)))
		snprintf(buf, size, "%s%s", json_string_value(json_array_get(v, 0)),
			json_array_size(v) > 1 ? ",.." : "");
	else
		snprintf(buf, size, "-");
	return buf;
}

struct column {
	const char *head, *key;
	int width;
};

static void print_table(const json_t *list, const struct column *c, size_t n, const char *indent)
{
	const json_t *row;
	char buf[256];
	size_t i, k;

	printf("%s", indent);
	for (k = 0; k < n; k++)
		printf("%-*s%s", c[k].width, c[k].head, k + 1 < n ? " " : "\n");
	json_array_foreach(list, i, row)
	{
		printf("%s", indent);
		for (k = 0; k < n; k++)
			printf("%-*s%s", c[k].width, text(row, c[k].key, buf, sizeof(buf)),
				k + 1 < n ? " " : "\n");
	}
}

#define COLUMNS(c) c, sizeof(c) / sizeof(*(c))

static const struct column link_columns[] = { { "LINK", "name", 10 }, { "#", "number", 3 },
	{ "ADDRESS", "address", 16 }, { "GATEWAY", "gateway", 16 }, { "STATE", "state", 10 },
	{ "REGISTRATION", "registration", 12 }, { "ACTIVE", "active", 6 },
	{ "RTT/us", "rtt_us", 8 }, { "REASON", "reason", 0 } };
static const struct column path_columns[] = { { "PATH", "number", 4 }, { "STATE", "state", 8 },
	{ "REMOTE", "address", 16 }, { "PORT", "port", 6 }, { "REMAINING/s", "remaining_s", 11 },
	{ "IN", "packets_in", 10 }, { "OUT", "packets_out", 10 }, { "MTU", "inner_mtu", 5 } };
static const struct column careof_columns[] = { { "PATH", "number", 4 }, { "STATE", "state", 8 },
	{ "CARE-OF", "address", 16 }, { "PORT", "port", 6 }, { "NAT", "nat", 4 },
	{ "REMAINING/s", "remaining_s", 0 } };

int ctl_links(const struct ctl *ctl, int argc, char **argv)
{
	struct ctl_view v;
	int r = ctl_view_get(ctl, &v);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(json_pack("{s:O}", "links", v.links));
	else
		print_table(v.links, COLUMNS(link_columns), "");
	ctl_view_free(&v);
	return CTL_OK;
}

static void print_nested(const json_t *list, const char *title, const char *paths_key,
	const struct column *c, size_t n)
{
	char a[64], b[64], net[128], left[32];
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		printf("%s %s  %s%s  networks %s", title, text(o, "home_address", a, sizeof(a)),
			json_object_get(o, "peer") ? "peer " : "",
			text(o, json_object_get(o, "peer") ? "peer" : "identity", b, sizeof(b)),
			text(o, "mobile_networks", net, sizeof(net)));
		if (json_object_get(o, "remaining_s"))
			printf("  %s s left", text(o, "remaining_s", left, sizeof(left)));
		putchar('\n');
		print_table(json_object_get(o, paths_key), c, n, "    ");
	}
}

int ctl_tunnels(const struct ctl *ctl, int argc, char **argv)
{
	struct ctl_view v;
	int r = ctl_view_get(ctl, &v);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(json_pack(
			"{s:O}", "tunnels", json_array_size(v.tunnels) ? v.tunnels : v.bindings));
	else if (json_array_size(v.tunnels))
		print_nested(v.tunnels, "tunnel", "paths", COLUMNS(path_columns));
	else
		print_nested(v.bindings, "tunnel", "care_of_addresses", COLUMNS(careof_columns));
	ctl_view_free(&v);
	return CTL_OK;
}

int ctl_bindings(const struct ctl *ctl, int argc, char **argv)
{
	struct ctl_view v;
	int r = ctl_view_get(ctl, &v);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(json_pack("{s:O}", "bindings", v.bindings));
	else
		print_nested(v.bindings, "binding", "care_of_addresses", COLUMNS(careof_columns));
	ctl_view_free(&v);
	return CTL_OK;
}

static size_t count(const json_t *list, const char *key, const char *value)
{
	const json_t *o;
	size_t i, n = 0;

	json_array_foreach(list, i, o)
	{
		const char *s = json_string_value(json_object_get(o, key));

		n += s && strcmp(s, value) == 0;
	}
	return n;
}

/* What a node of this role needs; the first that is missing is named. */
static const char *missing(const struct ctl_view *v)
{
	static const char *const home_agent[] = { "had", "tunneld", NULL };
	static const char *const router[] = { "mnd", "tunneld", "linkmon", NULL };
	const char *const *need = json_object_get(v->members, "had") ? home_agent : router;

	for (; *need; need++)
		if (!json_object_get(v->members, *need))
			return *need;
	return NULL;
}

/* store: what had says of it; NULL without a had. */
static int judge(const struct ctl_view *v, const char *store, char *why, size_t size)
{
	size_t bound = count(v->registrations, "state", "bound") +
		       count(v->registrations, "state", "refreshing");
	const char *lacks = missing(v);
	const json_t *r;
	size_t i;

	snprintf(why, size, "all is well");
	if (lacks) {
		snprintf(why, size, "%s is not running", lacks);
		return strcmp(lacks, "linkmon") == 0 && bound ? CTL_DEGRADED : CTL_DOWN;
	}
	if (store && strncmp(store, "not durable", 11) == 0) {
		snprintf(why, size, "the store is %s", store);
		return CTL_DEGRADED;
	}
	if (store)
		return CTL_OK;
	json_array_foreach(v->registrations, i, r)
	{
		if (!json_is_string(json_object_get(r, "text")))
			continue;
		snprintf(why, size, "%s", json_string_value(json_object_get(r, "text")));
		break;
	}
	if (!bound) {
		if (strcmp(why, "all is well") == 0)
			snprintf(why, size, "no home agent has accepted a registration yet");
		return CTL_DOWN;
	}
	if (count(v->links, "state", "good") < json_array_size(v->links)) {
		snprintf(why, size, "%zu of %zu uplinks work", count(v->links, "state", "good"),
			json_array_size(v->links));
		return CTL_DEGRADED;
	}
	return CTL_OK;
}

int ctl_status(const struct ctl *ctl, int argc, char **argv)
{
	static const char *const words[] = { "ok", "degraded", "down" };
	struct ctl_view v;
	char why[256], *store = NULL;
	const char *role;
	int r = ctl_view_get(ctl, &v);

	if (r == CTL_OK && json_object_get(v.members, "had"))
		r = ctl_command(ctl, "had", "store", NULL, NULL, &store);
	if (r != CTL_OK) {
		ctl_view_free(&v);
		return r;
	}
	r = judge(&v, store, why, sizeof(why));
	role = store ? "home agent" : "mobile router";
	if (ctl->json) {
		ctl_print_json(json_pack("{s:s, s:s, s:s, s:O, s:O, s:O, s:i, s:s*}", "status",
			words[r], "reason", why, "role", role, "daemons", v.members, "links",
			v.links, "registrations", v.registrations, "bindings",
			(int)json_array_size(v.bindings), "store", store));
	} else {
		printf("%s: %s (%s)\n", role, words[r], why);
		if (store)
			printf("bindings: %zu\n", json_array_size(v.bindings));
		else
			print_table(v.links, COLUMNS(link_columns), "");
	}
	free(store);
	ctl_view_free(&v);
	return r;
}
