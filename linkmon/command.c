/* SPDX-License-Identifier: BSD-2-Clause */
/* What an operator may ask of linkmon: link, move, history, log. */
#include "linkmon/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "linkmon/detector.h"

#define ANSWER_MAX 8000 /* octets of text: a bus message carries 8,192 */
#define WEIGHT_MAX 1000000

struct request {
	struct linkmon *l;
	uint64_t now;
	const struct mipm_msg *msg;
	const struct mipm_command *cmd;
};

static void answer_text(const struct request *r, uint16_t code, const char *text, size_t len)
{
	const struct mipm_answer answer = {
		.message_id = r->msg->id,
		.code = code,
		.text = { text, (uint16_t)len },
	};

	r->l->env->emit(r->l->env->ctx, r->msg->from->name, MIPM_ANSWER, &answer);
}

static void answer(const struct request *r, uint16_t code, const char *text)
{
	answer_text(r, code, text, strlen(text));
}

static bool str_is(struct mipm_str s, const char *text)
{
	return s.len && s.len == strlen(text) && memcmp(s.text, text, s.len) == 0;
}

/* Decimal, whole text; false otherwise. */
static bool str_number(struct mipm_str s, uint32_t most, uint32_t *out)
{
	uint32_t n = 0;

	if (s.len == 0 || s.len > 9)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.text[i] < '0' || s.text[i] > '9')
			return false;
		n = n * 10 + (uint32_t)(s.text[i] - '0');
	}
	*out = n;
	return n <= most;
}

static void rest(const struct request *r, struct path *p, bool resting)
{
	if (p->resting != resting)
		log_info(r->l->env->log, "link %s: put %s by the operator", p->name,
			resting ? "to rest" : "to work");
	p->resting = resting;
	path_judge(r->l, p, r->now);
	detectors_doubt(r->l, p, r->now);
	answer(r, 0, resting ? "down" : "up");
}

static void run_link(const struct request *r)
{
	struct path *p = path_by_name(r->l, r->cmd->target);
	struct mipm_str value = r->cmd->value;
	uint32_t n = 0;

	if (!p) {
		answer(r, ENOENT, "no such uplink");
		return;
	}
	if (str_is(value, "up") || str_is(value, "down")) {
		rest(r, p, str_is(value, "down"));
		return;
	}
	if (value.len > 7 && memcmp(value.text, "weight ", 7) == 0) {
		value.text += 7;
		value.len -= 7;
		if (str_number(value, WEIGHT_MAX, &n) && n > 0) {
			p->weight = n;
			p->weighed = true;
			answer(r, 0, "weight set");
			return;
		}
	}
	answer(r, EINVAL, "link NAME up | down | weight N");
}

/* Without a name: the operator's last move is forgotten, the best path is used. */
static void move_back(const struct request *r)
{
	r->l->pinned = NULL;
	answer(r, 0, "the best path is used");
}

static void run_move(const struct request *r)
{
	struct mipm_str name = r->cmd->target.len ? r->cmd->target : r->cmd->value;
	struct path *p = path_by_name(r->l, name);

	if (name.len == 0) {
		move_back(r);
		return;
	}
	if (!p) {
		answer(r, ENOENT, "no such uplink");
		return;
	}
	if (p->verdict != MIPM_GOOD) {
		answer(r, EAGAIN, p->cause);
		return;
	}
	if (p != r->l->current)
		select_move(r->l, p, r->now, "operator");
	r->l->pinned = p;
	answer(r, 0, "moved");
}

static void answer_report(const struct request *r, char *buf, size_t len)
{
	answer_text(r, 0, buf, len);
	free(buf);
}

static bool optional_number(struct mipm_str s, uint32_t *out)
{
	*out = 0;
	return s.len == 0 || str_number(s, HISTORY_MAX, out);
}

/* Not all fit into one answer: who wants older ones asks again and skips the newest. */
static void run_history(const struct request *r)
{
	char *buf = malloc(ANSWER_MAX);
	uint32_t n = 0, skip = 0;

	if (!buf || !optional_number(r->cmd->value, &n) ||
		!optional_number(r->cmd->target, &skip)) {
		answer(r, buf ? EINVAL : ENOMEM, "history: value N, target SKIP, at most 1000");
		free(buf);
		return;
	}
	answer_report(r, buf, report_history(r->l, n, skip, buf, ANSWER_MAX));
}

static void run_log(const struct request *r)
{
	struct mipm_str name = r->cmd->value.len ? r->cmd->value : r->cmd->target;
	struct log *log = r->l->env->log;
	enum log_level level;
	char text[16];

	snprintf(text, sizeof(text), "%.*s", (int)name.len, name.len ? name.text : "");
	if (!log || log_level_parse(text, &level) < 0) {
		answer(r, EINVAL, "log warn | info | debug");
		return;
	}
	log->level = level;
	answer(r, 0, log_level_name(level));
}

static const struct {
	const char *verb;
	void (*run)(const struct request *r);
} verbs[] = {
	{ "link", run_link },
	{ "move", run_move },
	{ "history", run_history },
	{ "log", run_log },
};

void command_run(struct linkmon *l, uint64_t now, const struct mipm_msg *msg)
{
	const struct request r = { l, now, msg, msg->body };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (str_is(r.cmd->verb, verbs[i].verb)) {
			verbs[i].run(&r);
			return;
		}
	}
	answer(&r, EOPNOTSUPP, "linkmon knows: link, move, history, log");
}
