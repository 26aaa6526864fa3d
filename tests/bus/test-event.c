/* SPDX-License-Identifier: BSD-2-Clause */
/* The glue for libevent, as an integrator would use it. */
#include "bus-test.h"
#include "libmipsock/mipsock_event.h"

struct talk {
	struct event_base *base;
	struct mipsock *had, *tool;
	struct mipsock_event *had_event;
	unsigned int commands, answers;
};

static void had_hears(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	struct mipm_answer answer = { .message_id = msg->id };
	struct talk *talk = ctx;

	talk->commands += msg->type == MIPM_COMMAND;
	if (msg->type == MIPM_COMMAND)
		mipsock_send(talk->had, msg->from->name, MIPM_ANSWER, &answer, NULL);
}

static void tool_hears(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	struct talk *talk = ctx;

	talk->answers += msg->type == MIPM_ANSWER;
	if (msg->type == MIPM_ANSWER)
		event_base_loopbreak(talk->base);
}

static void tool_meets(void *ctx, const struct mipm_sender *who, bool joined)
{
	struct mipm_command command = { .verb = { "status", 6 } };
	struct talk *talk = ctx;

	assert_int_equal(mipsock_send(talk->tool, who->name, MIPM_COMMAND, &command, NULL), 0);
}

static void test_command_and_answer_over_one_event_base(void **state)
{
	struct talk talk = { .base = event_base_new() };
	struct mipsock_config had = {
		.dir = bus_dir, .role = "had", .ctx = &talk, .message = had_hears
	};
	struct mipsock_config tool = { .dir = bus_dir,
		.role = "ctl",
		.ctx = &talk,
		.flags = MIPSOCK_TOOL,
		.message = tool_hears,
		.member = tool_meets };
	struct timeval bound = { .tv_sec = WAIT_MAX / 1000 };
	struct mipsock_event had_event, tool_event;

	assert_int_equal(mipsock_open(&talk.had, &had), 0);
	assert_int_equal(mipsock_open(&talk.tool, &tool), 0);
	assert_int_equal(mipsock_event_add(&had_event, talk.base, talk.had), 0);
	assert_int_equal(mipsock_event_add(&tool_event, talk.base, talk.tool), 0);
	event_base_loopexit(talk.base, &bound);
	event_base_dispatch(talk.base);
	assert_int_equal(talk.commands, 1);
	assert_int_equal(talk.answers, 1);
	mipsock_event_del(&tool_event);
	mipsock_event_del(&had_event);
	mipsock_close(talk.tool);
	mipsock_close(talk.had);
	event_base_free(talk.base);
}

static void meets_nobody(void *ctx, const struct mipm_sender *who, bool joined)
{
	*(bool *)ctx = joined;
}

static void say_bye(evutil_socket_t fd, short what, void *arg)
{
	struct talk *talk = arg;
	struct mipm_error error = { .message_type = MIPM_LINK };

	mipsock_send(talk->had, "linkmon", MIPM_ERROR, &error, NULL);
	mipsock_event_flush_soon(talk->had_event);
	mipsock_event_flush_soon(talk->had_event);
}

/* What a timer says goes out in the same turn. */
static void test_flush_soon_sends_at_the_end_of_the_turn(void **state)
{
	static const uint16_t nothing[] = { 0 };
	bool met = false;
	struct talk talk = { .base = event_base_new() };
	struct mipsock_config had = {
		.dir = bus_dir, .role = "had", .ctx = &met, .member = meets_nobody
	};
	struct node *nodes[1] = { node_join("linkmon", 0, nothing) };
	struct mipsock_event had_event;
	struct event *timer;

	assert_int_equal(mipsock_open(&talk.had, &had), 0);
	assert_int_equal(mipsock_event_add(&had_event, talk.base, talk.had), 0);
	talk.had_event = &had_event;
	until(nodes, nodes[0]->joined);
	event_base_loop(talk.base, EVLOOP_ONCE);
	assert_true(met);
	timer = event_new(talk.base, -1, 0, say_bye, &talk);
	event_active(timer, 0, 0);
	event_base_loop(talk.base, EVLOOP_NONBLOCK);
	until(nodes, nodes[0]->heard[MIPM_ERROR] == 1);
	event_free(timer);
	mipsock_event_del(&had_event);
	mipsock_close(talk.had);
	node_leave(nodes[0]);
	event_base_free(talk.base);
}

#define bus_test(f) cmocka_unit_test_setup_teardown(f, bus_dir_make, bus_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		bus_test(test_command_and_answer_over_one_event_base),
		bus_test(test_flush_soon_sends_at_the_end_of_the_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
