/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include "base/fsm.h"
#include "base/log.h"

enum {
	IDLE,
	WAITING,
	REGISTERED
};
enum {
	START,
	REPLY,
	EXPIRE,
	TOUCH
};

struct ctx {
	struct fsm fsm;
	struct log log;
	char trace[200];
	char line[LOG_LINE_MAX];
	int n_lines;
	int state_seen_by_action;
};

static void send_request(void *ctx, void *arg)
{
	struct ctx *c = ctx;

	c->state_seen_by_action = c->fsm.state;
	strcat(c->trace, "send ");
	if (arg)
		strcat(c->trace, arg);
}

static void entered(void *ctx, int old_state, int event)
{
	struct ctx *c = ctx;

	sprintf(c->trace + strlen(c->trace), "%d>%d ", old_state, c->fsm.state);
}

static const char *who(const void *ctx, char *buf, size_t size)
{
	snprintf(buf, size, "192.0.2.7");
	return buf;
}

static const struct fsm_row rows[] = {
	{ FSM_IN(IDLE) | FSM_IN(REGISTERED), START, send_request, WAITING },
	{ FSM_IN(WAITING), REPLY, NULL, REGISTERED },
	{ FSM_ANY, EXPIRE, NULL, IDLE },
	{ FSM_IN(WAITING), TOUCH, send_request, FSM_STAY },
	{ FSM_IN(WAITING), START, send_request, WAITING },
};

static const char *const states[] = { "idle", "waiting", "registered" };
static const char *const events[] = { "start", "reply", "expire", "touch" };

static const struct fsm_table table = {
	.name = "registration",
	.rows = rows,
	.n_rows = 5,
	.states = states,
	.n_states = 3,
	.events = events,
	.n_events = 4,
	.entered = entered,
	.who = who,
};

static void keep_line(void *ctx, enum log_level level, const char *line)
{
	struct ctx *c = ctx;

	strcpy(c->line, line);
	c->n_lines++;
}

static int setup(void **state)
{
	static struct ctx c;

	memset(&c, 0, sizeof(c));
	c.log = (struct log) { LOG_LEVEL_INFO, keep_line, &c };
	fsm_init(&c.fsm, &table, IDLE, &c.log, &c);
	*state = &c;
	return 0;
}

static void test_an_event_runs_the_action_then_enters_the_state(void **state)
{
	struct ctx *c = *state;

	assert_true(fsm_event(&c->fsm, START, (void *)"twice "));
	assert_string_equal(c->trace, "send twice 0>1 ");
	assert_int_equal(c->state_seen_by_action, IDLE);
	assert_int_equal(c->fsm.state, WAITING);
}

static void test_a_change_of_state_is_one_log_line(void **state)
{
	struct ctx *c = *state;

	fsm_event(&c->fsm, START, NULL);
	assert_string_equal(c->line, "registration 192.0.2.7: idle -> waiting (start)");
	assert_int_equal(c->n_lines, 1);
}

static void test_an_unlisted_pair_is_ignored_and_counted(void **state)
{
	struct ctx *c = *state;

	assert_false(fsm_event(&c->fsm, REPLY, NULL));
	assert_int_equal(c->fsm.state, IDLE);
	assert_int_equal(c->fsm.n_ignored, 1);
	assert_string_equal(c->trace, "");
}

static void test_staying_enters_nothing(void **state)
{
	struct ctx *c = *state;

	fsm_event(&c->fsm, START, NULL);
	c->trace[0] = '\0';
	assert_true(fsm_event(&c->fsm, TOUCH, NULL));
	assert_string_equal(c->trace, "send ");
}

static void test_entering_the_same_state_again_logs_nothing(void **state)
{
	struct ctx *c = *state;

	fsm_event(&c->fsm, START, NULL);
	c->trace[0] = '\0';
	c->n_lines = 0;
	assert_true(fsm_event(&c->fsm, START, NULL));
	assert_string_equal(c->trace, "send 1>1 ");
	assert_int_equal(c->n_lines, 0);
}

static void test_the_whole_matrix_goes_where_the_rows_say(void **state)
{
	static const int next[3][4] = {
		{ WAITING, -2, IDLE, -2 },
		{ WAITING, REGISTERED, IDLE, FSM_STAY },
		{ WAITING, -2, IDLE, -2 },
	};

	for (int s = 0; s < 3; s++) {
		for (int e = 0; e < 4; e++) {
			const struct fsm_row *row = fsm_find(&table, s, e);

			assert_int_equal(row ? row->next : -2, next[s][e]);
		}
	}
}

static void test_names_of_numbers_out_of_range_are_question_marks(void **state)
{
	assert_string_equal(fsm_state_name(&table, REGISTERED), "registered");
	assert_string_equal(fsm_state_name(&table, 3), "?");
	assert_string_equal(fsm_event_name(&table, -1), "?");
}

static void test_sets_of_states(void **state)
{
	struct ctx *c = *state;

	assert_true(fsm_is_in(&c->fsm, FSM_IN(IDLE) | FSM_IN(WAITING)));
	assert_false(fsm_is_in(&c->fsm, FSM_IN(WAITING)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_an_event_runs_the_action_then_enters_the_state, setup),
		cmocka_unit_test_setup(test_a_change_of_state_is_one_log_line, setup),
		cmocka_unit_test_setup(test_an_unlisted_pair_is_ignored_and_counted, setup),
		cmocka_unit_test_setup(test_staying_enters_nothing, setup),
		cmocka_unit_test_setup(test_entering_the_same_state_again_logs_nothing, setup),
		cmocka_unit_test_setup(test_the_whole_matrix_goes_where_the_rows_say, setup),
		cmocka_unit_test_setup(
			test_names_of_numbers_out_of_range_are_question_marks, setup),
		cmocka_unit_test_setup(test_sets_of_states, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
