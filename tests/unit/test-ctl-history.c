/* SPDX-License-Identifier: BSD-2-Clause */
/* mipctl history against the detector's own answers: page by page, and as lines for people. */
#include <stdlib.h>
#include <time.h>

#include "tests/unit/linkmon-rig.h"
#include "tools/ctl.h"

static struct rig *rig;
static unsigned n_asked;
static unsigned moves_between; /* while somebody asks, the world goes on */

/* What is not under test. */
int ctl_talk_open(const struct ctl *ctl, const char *role, struct ctl_talk **out)
{
	return CTL_DOWN;
}

int ctl_talk_say(
	struct ctl_talk *talk, const char *verb, const char *target, const char *value, char **text)
{
	return CTL_DOWN;
}

void ctl_talk_close(struct ctl_talk *talk)
{
}

void ctl_print_json(json_t *j)
{
}

static void move(unsigned n)
{
	static bool there;
	uint16_t code;

	while (n--) {
		rig_run_ms(rig, 1);
		there = !there;
		rig_command(rig, "move", there ? "sat0" : "lte0", NULL, &code);
		assert_int_equal(code, 0);
	}
}

static int ask(void *ctx, const char *skip, char **text)
{
	const char *answer;
	uint16_t code;

	assert_true(++n_asked < 100);
	answer = rig_command(rig, "history", skip, NULL, &code);
	assert_int_equal(code, 0);
	*text = strdup(answer);
	move(moves_between);
	return CTL_OK;
}

static int ask_in_vain(void *ctx, const char *skip, char **text)
{
	if (++n_asked > 1)
		return CTL_DOWN;
	*text = strdup("{\"time\":1.5,\"from\":\"a\",\"to\":\"b\"}\n");
	return CTL_OK;
}

/* Somebody else's detector, which has not heard of skipping. */
static int ask_the_deaf(void *ctx, const char *skip, char **text)
{
	n_asked++;
	*text = strdup("{\"time\":1.5,\"from\":\"a\",\"to\":\"b\"}\nnonsense\n[1]\n\n"
		       "{\"time\":2.5,\"from\":\"b\",\"to\":\"a\"}\n");
	return CTL_OK;
}

static double at(const json_t *list, size_t i)
{
	return json_number_value(json_object_get(json_array_get(list, i), "time"));
}

/* None twice, none left out: each begins where the one before ended. */
static void assert_chain(const json_t *list)
{
	for (size_t i = 1; i < json_array_size(list); i++) {
		assert_true(at(list, i) > at(list, i - 1));
		assert_true(json_equal(json_object_get(json_array_get(list, i), "from"),
			json_object_get(json_array_get(list, i - 1), "to")));
	}
}

static int setup(void **state)
{
	rig = rig_new("thesis", 1);
	rig_settled(rig, 3);
	n_asked = moves_between = 0;
	return 0;
}

static int teardown(void **state)
{
	rig_free(rig);
	return 0;
}

static void test_no_handover_no_list(void **state)
{
	json_t *list;

	assert_int_equal(ctl_history_get(ask, NULL, &list), CTL_OK);
	assert_int_equal(json_array_size(list), 0);
	assert_int_equal(n_asked, 1);
	json_decref(list);
}

static void test_all_pages_are_fetched(void **state)
{
	json_t *list;

	move(1200);
	assert_int_equal(ctl_history_get(ask, NULL, &list), CTL_OK);
	assert_int_equal(json_array_size(list), 1000);
	assert_in_range(n_asked, 10, 20);
	assert_chain(list);
	json_decref(list);
}

static void test_handovers_between_two_pages_shift_nothing(void **state)
{
	json_t *list;

	move(300);
	moves_between = 3;
	assert_int_equal(ctl_history_get(ask, NULL, &list), CTL_OK);
	assert_int_equal(json_array_size(list), 300);
	assert_chain(list);
	json_decref(list);
}

static void test_who_gives_the_same_page_for_ever_is_asked_twice(void **state)
{
	json_t *list;

	assert_int_equal(ctl_history_get(ask_the_deaf, NULL, &list), CTL_OK);
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(n_asked, 2);
	json_decref(list);
}

static void test_a_failure_is_told(void **state)
{
	json_t *list;

	assert_int_equal(ctl_history_get(ask_in_vain, NULL, &list), CTL_DOWN);
	json_decref(list);
}

static void test_people_read_local_time(void **state)
{
	json_t *handover = json_pack("{s:f, s:s, s:s, s:s, s:i, s:n}", "time", 1790000000.25,
		"from", "dsl0", "to", "lte0", "cause", "no answer", "detect_ms", 65, "gap_ms");
	char line[256];

	setenv("TZ", "XYZ-2", 1);
	tzset();
	ctl_history_line(handover, line, sizeof(line));
	assert_string_equal(line, "2026-09-21 16:13:20.250 dsl0       lte0       65        -       "
				  "no answer");
	json_decref(handover);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_handover_no_list),
		TEST(test_all_pages_are_fetched),
		TEST(test_handovers_between_two_pages_shift_nothing),
		TEST(test_who_gives_the_same_page_for_ever_is_asked_twice),
		TEST(test_a_failure_is_told),
		TEST(test_people_read_local_time),
	};

	return cmocka_run_group_tests_name("ctl-history", tests, NULL, NULL);
}
