/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * history: all handovers that the detector remembers. It answers with one JSON object a line,
 * oldest first, as many of the newest as fit into one message: older ones are asked for by skipping
 * those.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tools/ctl.h"

#define HANDOVERS_MAX 1000

static json_t *read_page(char *text)
{
	json_t *page = json_array(), *handover;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		handover = json_loads(line, 0, NULL);
		if (json_is_object(handover))
			json_array_append(page, handover);
		json_decref(handover);
	}
	return page;
}

static double time_of(const json_t *handover)
{
	return json_number_value(json_object_get(handover, "time"));
}

static bool is_before(const json_t *a, const json_t *b)
{
	return time_of(a) < time_of(b) ||
	       (time_of(a) == time_of(b) &&
		       (!json_equal(json_object_get(a, "from"), json_object_get(b, "from")) ||
			       !json_equal(json_object_get(a, "to"), json_object_get(b, "to"))));
}

/* A handover between two answers moves the pages: their ends overlap then. Takes page over. */
static size_t prepend(json_t **list, json_t *page)
{
	size_t n = json_array_size(page);

	while (n > 0 && json_array_size(*list) > 0 &&
		!is_before(json_array_get(page, n - 1), json_array_get(*list, 0)))
		json_array_remove(page, --n);
	json_array_extend(page, *list);
	json_decref(*list);
	*list = page;
	return n;
}

int ctl_history_get(ctl_history_ask *ask, void *ctx, json_t **list)
{
	size_t held, added = 1;
	char skip[16], *text;
	int r = CTL_OK;

	*list = json_array();
	while (added > 0 && (held = json_array_size(*list)) < HANDOVERS_MAX) {
		snprintf(skip, sizeof(skip), "%zu", held);
		text = NULL;
		r = ask(ctx, skip, &text);
		added = r == CTL_OK && text ? prepend(list, read_page(text)) : 0;
		free(text);
	}
	while (json_array_size(*list) > HANDOVERS_MAX)
		json_array_remove(*list, 0);
	return r;
}

static const char *word(const json_t *handover, const char *key)
{
	const char *text = json_string_value(json_object_get(handover, key));

	return text ? text : "-";
}

static const char *number(const json_t *handover, const char *key, char buf[24])
{
	const json_t *value = json_object_get(handover, key);

	snprintf(buf, 24, "-");
	if (json_is_integer(value))
		snprintf(buf, 24, "%lld", (long long)json_integer_value(value));
	return buf;
}

/* Seconds of the wall clock as local time, with milliseconds. */
static void print_time(double at, char *buf, size_t size)
{
	long long ms = (long long)(at * 1000 + 0.5);
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm = { 0 };
	char day[32];

	localtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf, size, "%s.%03d", day, (int)(ms % 1000));
}

#define ROW "%-23s %-10s %-10s %-9s %-7s %s"

void ctl_history_line(const json_t *handover, char *buf, size_t size)
{
	char at[48], detect[24], gap[24];

	print_time(time_of(handover), at, sizeof(at));
	snprintf(buf, size, ROW, at, word(handover, "from"), word(handover, "to"),
		number(handover, "detect_ms", detect), number(handover, "gap_ms", gap),
		word(handover, "cause"));
}

static int ask_linkmon(void *talk, const char *skip, char **text)
{
	return ctl_talk_say(talk, "history", skip, NULL, text);
}

int ctl_history(const struct ctl *ctl, int argc, char **argv)
{
	struct ctl_talk *talk;
	json_t *list, *handover;
	char line[512];
	size_t i;
	int r = ctl_talk_open(ctl, "linkmon", &talk);

	if (r != CTL_OK)
		return r;
	r = ctl_history_get(ask_linkmon, talk, &list);
	ctl_talk_close(talk);
	if (r == CTL_OK && ctl->json)
		ctl_print_json(json_pack("{s:O}", "history", list));
	else if (r == CTL_OK && json_array_size(list) > 0)
		printf(ROW "\n", "TIME", "FROM", "TO", "DETECT/ms", "GAP/ms", "CAUSE");
	json_array_foreach(list, i, handover)
	{
		ctl_history_line(handover, line, sizeof(line));
		if (r == CTL_OK && !ctl->json)
			puts(line);
	}
	json_decref(list);
	return r;
}
