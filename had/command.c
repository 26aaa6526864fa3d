/* SPDX-License-Identifier: BSD-2-Clause */
/* An operator's words to the home agent (MIPM_COMMAND), one row each; the answer goes back alone.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "had/revocation.h"

#define ANSWER_MAX 4096

struct command {
	const char *verb;
	int (*run)(struct had *had, uint64_t now, const struct mipm_command *command, char *text,
		size_t size);
};

static bool is_text(const struct mipm_str *str, const char *text)
{
	return str->len == strlen(text) && memcmp(str->text, text, str->len) == 0;
}

/* log LEVEL */
static int run_log(
	struct had *had, uint64_t now, const struct mipm_command *command, char *text, size_t size)
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
	struct had *had, uint64_t now, const struct mipm_command *command, char *text, size_t size)
{
	counters_print(&had->counters, text, size);
	return 0;
}

/* store: does what is accepted now survive a restart? */
static int run_store(
	struct had *had, uint64_t now, const struct mipm_command *command, char *text, size_t size)
{
	struct store_status status = { 0 };

	if (had->store)
		status = store_status(had->store);
	if (status.degraded)
		snprintf(text, size, "not durable: %s", strerror(-status.error));
	else
		snprintf(text, size, "%s",
			had->conf->store && had->conf->store[0] ? "durable" : "memory only");
	return 0;
}

/* By its name, or by its home address. */
static const struct had_router *router_named(const struct had *had, const struct mipm_str *name)
{
	const struct had_router *router = had_conf_router(had->conf, name->text, name->len);
	const struct binding *holder;
	char text[ADDR_TEXT_MAX] = "";
	struct mipm_addr addr;

	if (router || name->len == 0 || name->len >= sizeof(text))
		return router;
	memcpy(text, name->text, name->len);
	if (addr_parse(text, &addr) < 0)
		return NULL;
	router = had_conf_router_at(had->conf, &addr);
	holder = router ? NULL : pool_holder(had, &addr);
	return holder ? holder->router : router;
}

/* revoke ROUTER: ends its binding now; it may register again. */
static int run_revoke(
	struct had *had, uint64_t now, const struct mipm_command *command, char *text, size_t size)
{
	const struct had_router *router = router_named(had, &command->target);
	struct binding *binding = router ? *binding_slot(had, router) : NULL;
	unsigned n_paths, n_told;

	if (!binding || !binding->content) {
		snprintf(text, size, router ? "%.*s has no binding" : "no mobile router %.*s",
			(int)command->target.len, command->target.text);
		return ENOENT;
	}
	n_paths = binding->content->n_paths;
	n_told = revocation_begin(had, now, binding);
	binding_store(had, now, binding, NULL, 0, 0);
	snprintf(text, size,
		n_told ? "%s: %u paths ended, the router is told"
		       : "%s: %u paths ended; the router does not know revocation "
			 "and notices when it registers again",
		router->name, n_paths);
	return 0;
}

static const struct command commands[] = {
	{ "log", run_log },
	{ "counters", run_counters },
	{ "revoke", run_revoke },
	{ "store", run_store },
};

void command_input(struct had *had, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_command *command = msg->body;
	char text[ANSWER_MAX] = "";
	struct mipm_answer answer = { .message_id = msg->id, .code = EOPNOTSUPP };

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (is_text(&command->verb, commands[i].verb))
			answer.code =
				(uint16_t)commands[i].run(had, now, command, text, sizeof(text));
	answer.text = (struct mipm_str) { .text = text, .len = (uint16_t)strlen(text) };
	had->env->emit(had->env->ctx, msg->from->name, MIPM_ANSWER, &answer);
}
