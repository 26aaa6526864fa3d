/* SPDX-License-Identifier: BSD-2-Clause */
/* counters: what the daemons of this node counted, by reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/ctl.h"

static const char *const roles[] = { "had", "mnd", "tunneld" };

/* "NAME VALUE" lines; cut at their ends. */
static json_t *read_lines(char *text)
{
	json_t *counters = json_object();
	char *line, *rest = NULL, *value;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		value = strchr(line, ' ');
		if (!value)
			continue;
		*value++ = '\0';
		json_object_set_new(
			counters, line, json_integer((json_int_t)strtoull(value, NULL, 10)));
	}
	return counters;
}

static void print(const char *role, const json_t *counters)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)counters, name, value) printf(
		"%-8s %-32s %" JSON_INTEGER_FORMAT "\n", role, name, json_integer_value(value));
}

int ctl_counters(const struct ctl *ctl, int argc, char **argv)
{
	json_t *all = json_object(), *counters;
	struct ctl_view v;
	char *text = NULL;
	int r = ctl_view_get(ctl, &v);

	for (size_t i = 0; r == CTL_OK && i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (!json_object_get(v.members, roles[i]))
			continue;
		r = ctl_command(ctl, roles[i], "counters", NULL, NULL, &text);
		if (r != CTL_OK)
			break;
		counters = read_lines(text);
		if (!ctl->json)
			print(roles[i], counters);
		json_object_set_new(all, roles[i], counters);
		free(text);
	}
	if (r == CTL_OK && ctl->json)
		ctl_print_json(json_incref(all));
	json_decref(all);
	ctl_view_free(&v);
	return r;
}
