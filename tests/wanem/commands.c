/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/wanem/link.h"

#define WORDS_MAX (COMMAND_LINE_MAX / 2)

/* What a command is called with; argv[0] is its name. */
struct call {
	struct link *links; /* those it is for */
	size_t n_links;
	uint64_t now;
	int argc;
	char *argv[WORDS_MAX];
	char why[WORD_WHY_MAX];
	char *answer; /* COMMAND_ANSWER_MAX; empty: "ok" */
};

struct command {
	const char *name, *usage;
	int (*run)(struct call *call); /* 0, or -EINVAL with call->why */
};

static const char *const direction_names[N_SIDES] = { "a2b", "b2a" };

static int fail(struct call *call, const char *why)
{
	snprintf(call->why, sizeof(call->why), "%s", why);
	return -EINVAL;
}

/* One direction's new impairments out of the words; only looked at, or taken. */
static int impair(struct call *call, struct direction *direction, bool take)
{
	struct impairments how = direction->how;
	int skip = 1;
	int rc;

	if (strcmp(call->argv[1], "clear") == 0) {
		how = no_impairments;
		skip++;
	}
	rc = words_read(impairment_words, &how, call->argc - skip, call->argv + skip, call->why);
	if (rc == 0 && take)
		direction_set(direction, &how);
	return rc;
}

static int stall(struct call *call, struct direction *direction, bool take)
{
	static const struct argument time = { ARGUMENT_TIME, 0, "TIME", 0 };
	uint64_t length;

	if (call->argc != 3 || argument_read(&time, call->argv[2], &length))
		return fail(call, "stall needs a time");
	if (take)
		direction_stall(direction, call->now + length);
	return 0;
}

static int run_direction(struct call *call)
{
	int (*verb)(struct call *, struct direction *, bool) = impair;
	int rc = 0;

	if (call->argc < 2)
		return fail(call, "nothing to set");
	if (strcmp(call->argv[1], "stall") == 0)
		verb = stall;
	for (int take = 0; take < 2; take++)
		for (size_t i = 0; i < call->n_links; i++)
			for (int side = 0; side < N_SIDES && rc == 0; side++)
				if (strcmp(call->argv[0], direction_names[side]) == 0 ||
					strcmp(call->argv[0], "both") == 0)
					rc = verb(call, &call->links[i].directions[side], take);
	return rc;
}

static int run_nat(struct call *call)
{
	struct nat_settings settings;

	if (call->n_links != 1)
		return fail(call, "nat is of one link");
	if (nat_settings_read(&settings, call->argc - 1, call->argv + 1, call->why))
		return -EINVAL;
	nat_set(&call->links->nat, &settings);
	return 0;
}

static int run_rebind(struct call *call)
{
	for (size_t i = 0; i < call->n_links; i++)
		nat_rebind(&call->links[i].nat);
	return 0;
}

static int run_show(struct call *call)
{
	char words[1024];

	for (size_t i = 0; i < call->n_links; i++) {
		const struct link *link = &call->links[i];

		for (int side = 0; side < N_SIDES; side++)
			text_add(call->answer, COMMAND_ANSWER_MAX, "%s %s clear %s\n", link->name,
				direction_names[side],
				words_print(impairment_words, &link->directions[side].how,
					&no_impairments, words, sizeof(words)));
		words_print(nat_words, &link->nat.settings, &no_nat, words, sizeof(words));
		text_add(call->answer, COMMAND_ANSWER_MAX, "%s nat %s\n", link->name,
			*words ? words : "off");
	}
	return 0;
}

#define COUNTER(name)                                                                              \
	{                                                                                          \
#name, offsetof(struct counters, name)                                             \
	}

static const struct counter {
	const char *name;
	size_t offset;
} counters[] = { COUNTER(in), COUNTER(octets_in), COUNTER(out), COUNTER(octets_out),
	COUNTER(filtered), COUNTER(lost), COUNTER(refused), COUNTER(overflow), COUNTER(corrupted),
	COUNTER(duplicated), COUNTER(oversize), COUNTER(overrun), COUNTER(unsent), {} };

static int run_stats(struct call *call)
{
	for (size_t i = 0; i < call->n_links; i++) {
		for (int side = 0; side < N_SIDES; side++) {
			const struct direction *direction = &call->links[i].directions[side];

			text_add(call->answer, COMMAND_ANSWER_MAX, "%s %s held %zu",
				call->links[i].name, direction_names[side],
				direction->held.n_armed);
			for (const struct counter *c = counters; c->name; c++)
				text_add(call->answer, COMMAND_ANSWER_MAX, " %s %" PRIu64, c->name,
					*(const uint64_t *)(const void *)((const char *)&direction
										  ->counters +
									  c->offset));
			text_add(call->answer, COMMAND_ANSWER_MAX, "\n");
		}
	}
	return 0;
}

static int run_help(struct call *call)
{
	commands_usage(call->answer, COMMAND_ANSWER_MAX);
	return 0;
}

static const struct command commands[] = {
	{ "a2b", "[LINK] a2b [clear] WORD VALUE... | stall TIME", run_direction },
	{ "b2a", "[LINK] b2a ...", run_direction },
	{ "both", "[LINK] both ...", run_direction },
	{ "nat", "LINK nat off | address ADDRESS WORD VALUE...", run_nat },
	{ "rebind", "[LINK] rebind: all mappings of nat get other ports", run_rebind },
	{ "show", "[LINK] show: the settings", run_show },
	{ "stats", "[LINK] stats: counters, by the direction", run_stats },
	{ "help", "help", run_help },
	{},
};

static const struct command *command_find(const char *name)
{
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

bool command_exists(const char *name)
{
	return command_find(name) != NULL;
}

void commands_usage(char *buf, size_t size)
{
	text_add(buf, size, "Commands; without LINK for all links:\n");
	for (const struct command *command = commands; command->name; command++)
		text_add(buf, size, "  %s\n", command->usage);
	text_add(buf, size, "Words of a direction, in the order in which a packet meets them:\n");
	words_usage(impairment_words, buf, size);
	text_add(buf, size,
		"A FILTER is conditions that must all hold, e.g. "
		"udp,port=434,larger=1200,every=3:\n"
		"  all ip ip4 ip6 arp udp tcp icmp; larger=N octets of IP; port=N; every=N\n"
		"Words of nat, whose inside is the a side:\n");
	words_usage(nat_words, buf, size);
}

/* LINK, if the line begins with one, is taken off the words. */
static int choose_links(struct call *call)
{
	if (command_find(call->argv[0]))
		return 0;
	for (size_t i = 0; i < call->n_links; i++) {
		if (strcmp(call->links[i].name, call->argv[0]) != 0)
			continue;
		call->links += i;
		call->n_links = 1;
		memmove(call->argv, call->argv + 1, (size_t)--call->argc * sizeof(*call->argv));
		return 0;
	}
	snprintf(call->why, sizeof(call->why), "neither a link nor a command: %s", call->argv[0]);
	return -EINVAL;
}

static int run_words(struct call *call)
{
	const struct command *command;

	if (call->argc == 0)
		return fail(call, "an empty line");
	if (choose_links(call))
		return -EINVAL;
	command = call->argc ? command_find(call->argv[0]) : NULL;
	if (!command)
		return fail(call, "no such command for a link");
	return command->run(call);
}

/* Without the newline at the end; there is no other. */
static int split_line(struct call *call, const char *line, char words[COMMAND_LINE_MAX])
{
	size_t len = strcspn(line, "\n");

	if (len + 1 >= COMMAND_LINE_MAX || (line[len] && line[len + 1]))
		return fail(call, "not one line");
	snprintf(words, COMMAND_LINE_MAX, "%.*s", (int)len, line);
	for (char *word; (word = strsep(&words, " \t"));)
		if (*word)
			call->argv[call->argc++] = word;
	return 0;
}

void commands_run(struct link *links, size_t n, uint64_t now, const char *line,
	char answer[COMMAND_ANSWER_MAX])
{
	struct call call = { .links = links, .n_links = n, .now = now, .answer = answer };
	char words[COMMAND_LINE_MAX];

	*answer = '\0';
	if (split_line(&call, line, words) || run_words(&call))
		snprintf(answer, COMMAND_ANSWER_MAX, "error: %s\n", call.why);
	else if (!*answer)
		snprintf(answer, COMMAND_ANSWER_MAX, "ok\n");
}
