/* SPDX-License-Identifier: BSD-2-Clause */
/* An operator's words to the home agent (MIPM_COMMAND), one row each; the answer goes back alone.
 */
#include <errno.h>
#include <string.h>

#include "had/state.h"

#define ANSWER_MAX 4096

struct command {
	const char *verb;
	int (*run)(struct had *had, const struct mipm_command *command, char *text, size_t size);
};

static bool is_text(const struct mipm_str *str, const char *text)
{
	return str->len == strlen(text) && memcmp(str->text, text, str->len) == 0;
}

/* log LEVEL */
static int run_log(struct had *had, const struct mipm_command *command, char *text, size_t size)
{
	const struct mipm_str *level = command->value.len > 0 ? &command->value : &command->target;
	char name[16] = "";

	if (level->len >= sizeof(name) || !had->env->log)
		return EINVAL;
	if (level->len > 0)
		memcpy(name, level->text, level->len);
	return -log_level_parse(name, &had->env->log->level);
}

static int run_counters(
	struct had *had, const struct mipm_command *command, char *text, size_t size)
{
	counters_print(&had->counters, text, size);
	return 0;
}

static const struct command commands[] = {
	{ "log", run_log },
	{ "counters", run_counters },
};

void command_input(struct had *had, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_command *command = msg->body;
	char text[ANSWER_MAX] = "";
	struct mipm_answer answer = { .message_id = msg->id, .code = EOPNOTSUPP };

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (is_text(&command->verb, commands[i].verb))
			answer.code = (uint16_t)commands[i].run(had, command, text, sizeof(text));
	answer.text = (struct mipm_str) { .text = text, .len = (uint16_t)strlen(text) };
	had->env->emit(had->env->ctx, msg->from->name, MIPM_ANSWER, &answer);
}
