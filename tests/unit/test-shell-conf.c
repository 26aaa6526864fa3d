/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>

#include <cmocka.h>

#include "shell/conf.h"

struct fixture {
	char dir[32];
	char path[64];
	char lines[2000]; /* what was logged */
	struct log log;
};

static void take_line(void *ctx, enum log_level level, const char *line)
{
	struct fixture *f = ctx;

	snprintf(f->lines + strlen(f->lines), sizeof(f->lines) - strlen(f->lines), "%s\n", line);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/conf-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/raiic.conf", f->dir);
	f->log = (struct log) { LOG_LEVEL_INFO, take_line, f };
	*state = f;
	return 0;
}

static void write_file(struct fixture *f, const char *name, const char *text)
{
	char path[300];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static struct conf *load(struct fixture *f, const char *text)
{
	struct conf *conf;

	f->lines[0] = '\0';
	write_file(f, "raiic.conf", text);
	if (conf_load(&conf, f->path, &f->log))
		assert_null(conf);
	return conf;
}

static void refused(struct fixture *f, const char *text, const char *reason)
{
	assert_null(load(f, text));
	if (!strstr(f->lines, reason))
		fail_msg("%s---\n%s--- does not say: %s", text, f->lines, reason);
}

static void test_values_and_defaults(void **state)
{
	struct fixture *f = *state;
	struct conf *conf =
		load(f, "home-agent {\n address = { 192.0.2.1, 192.0.2.2 }\n mobile-router a { spi "
			"= 256 }\n"
			" mobile-router \"b@example.com\" { spi = { 257, 258 } }\n}\nvendor = 7\n");
	struct conf_section agent, router, tunnel;

	assert_non_null(conf);
	agent = conf_section(conf_root(conf), "home-agent");
	tunnel = conf_section(conf_root(conf), "tunnel");
	assert_non_null(agent.cfg);
	assert_null(tunnel.cfg);
	assert_int_equal(conf_count(agent, "address"), 2);
	assert_int_equal(conf_nth(agent, "address", 1).addr.octets[3], 2);
	assert_int_equal(conf_get(agent, "port").number, 434);
	assert_false(conf_get(agent, "port").is_set);
	assert_int_equal(conf_get(tunnel, "table").number, 434);
	assert_int_equal(conf_count(agent, "aggregates"), 0);
	assert_null(conf_get(agent, "home-network").text);
	assert_int_equal(conf_get(conf_root(conf), "vendor").number, 7);
	assert_int_equal(conf_n_sections(agent, "mobile-router"), 2);
	router = conf_nth_section(agent, "mobile-router", 1);
	assert_string_equal(conf_title(router), "b@example.com");
	assert_int_equal(conf_nth(router, "spi", 1).number, 258);
	assert_int_equal(conf_place(router, "spi").line, 4);
	assert_string_equal(conf_place(router, "spi").file, f->path);
	assert_int_equal(conf_place(router, NULL).line, 4);
	conf_free(conf);
}

static void test_errors_name_file_and_line(void **state)
{
	struct fixture *f = *state;

	refused(f, "vendor = 1\n\nvender = 2\n", "raiic.conf:3: unknown keyword vender (vendor?)");
	refused(f, "tunnel {\n mtu = 9\n}\n", "raiic.conf:2: mtu: must be 576 to 65535, not 9");
	refused(f, "tunnel {\n tabel = 434 }\n", ":2: unknown keyword tabel in section tunnel");
	refused(f, "home-agent {\n port = 0434\n}\n", ":2: port: a number must not begin with 0");
}

static void test_what_is_left_open_is_refused(void **state)
{
	struct fixture *f = *state;

	refused(f, "tunnel {\n mtu = 1400\n", "section tunnel is not closed");
	refused(f, "mobile-router {\n uplink dsl0 {\n metric = 1\n", "section uplink dsl0 is not");
	refused(f, "mobile-router {\n networks = { 10.0.0.0/8,\n", "ends inside a list");
	refused(f, "vendor =\n", "ends inside");
	refused(f, "vendor", "missing equal sign");
	refused(f, "/* vendor = 1\n", "a comment is not closed");
	refused(f, "keys = \"/etc\n", "a quoted text is not closed");
	refused(f, "keys = '/etc\n", "a quoted text is not closed");
	refused(f, "tunnel {}\n}\n", "unexpected closing brace");
	refused(f, "mobile-router {\n uplink a {\n uplink b { }\n}\n", "is a brace missing");
}

static void test_nothing_may_be_given_twice(void **state)
{
	struct fixture *f = *state;

	refused(f, "vendor = 1\nvendor = 2\n", ":2: vendor is given twice");
	refused(f, "bus { admin = a\n admin = { b } }\n", ":2: admin is given twice");
	refused(f, "bus { admin = { a, b }\n admin = b }\n", ":2: admin is given twice");
	refused(f, "tunnel { mtu = 1400 }\ntunnel { table = 7 }\n", ":2: section tunnel is there");
	refused(f, "mobile-router {\nuplink a {}\nuplink a {}\n}\n", ":3: a is there twice");
}

static void test_names_kept_for_later_say_so(void **state)
{
	struct fixture *f = *state;

	refused(f, "anchor x { }\n", ":1: anchor is not in this version");
	refused(f, "home-agent {\n members = { 1 }\n}\n", ":2: members is not in this version");
	refused(f, "mobile-router { encryption = yes }\n", "encryption is not in this version");
}

static void test_includes(void **state)
{
	struct fixture *f = *state;
	struct conf *conf;

	write_file(f, "site.conf", "uplink lte0 {\n metric = 2\n}\n");
	conf = load(
		f, "mobile-router {\n include(\"site.conf\")\n uplink dsl0 {}\n}\nvendor = 3\n");
	assert_non_null(conf);
	assert_int_equal(
		conf_n_sections(conf_section(conf_root(conf), "mobile-router"), "uplink"), 2);
	conf_free(conf);

	write_file(f, "site.conf", "tunnel {\n}\n\nvender = 2\n");
	refused(f, "vendor = 1\ninclude(\"site.conf\")\n", "site.conf:4: unknown keyword vender");
	write_file(f, "site.conf", "tunnel {\n");
	refused(f, "include(\"site.conf\")\n}\n", "site.conf:2: section tunnel is not closed");
	write_file(f, "site.conf", "include(\"site.conf\")\n");
	refused(f, "include(\"site.conf\")\n", "more than 8 files");
	refused(f, "\ninclude(\"none.conf\")\n", "none.conf: No such file");
	refused(f, "include()\n", "include takes one file");
	conf = load(f, "vendor = 1\n");
	assert_non_null(conf); /* after all that the parser is as new */
	conf_free(conf);
}

static void test_files_that_are_none(void **state)
{
	struct fixture *f = *state;
	struct conf *conf;

	assert_int_equal(conf_load(&conf, "/nonexistent/raiic.conf", &f->log), -ENOENT);
	assert_non_null(strstr(f->lines, "configuration /nonexistent/raiic.conf: No such file"));
	assert_int_equal(conf_load(&conf, "/dev/zero", &f->log), -EBADF);
	assert_int_equal(conf_load(&conf, "/", &f->log), -EISDIR);
}

static char *print(const struct conf *conf)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	conf_print(conf, out);
	fclose(out);
	return text;
}

static void test_print_out_parses_to_the_same(void **state)
{
	struct fixture *f = *state;
	struct conf *conf =
		load(f, "keys = /etc/k\nmobile-router { identity = \"a#b\" networks = 10.7.0.0/24\n"
			"lifetime = 300s uplink dsl0 { metered = true } }\n"
			"tunnel { mark = 0x4340000 }\nhome-agent { store = \"\" }\n");
	struct conf *again;
	char *first, *second;

	assert_non_null(conf);
	first = print(conf);
	again = load(f, first);
	assert_non_null(again);
	second = print(again);
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "identity = \"a#b\""));
	assert_non_null(strstr(first, "lifetime = 5min"));
	assert_non_null(strstr(first, "metered = yes"));
	assert_non_null(strstr(first, "# port = 434"));
	assert_true(conf_same(conf_root(conf), conf_root(again)));
	free(first);
	free(second);
	conf_free(conf);
	conf_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values_and_defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_errors_name_file_and_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_left_open_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_may_be_given_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_kept_for_later_say_so, setup, teardown),
		cmocka_unit_test_setup_teardown(test_includes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files_that_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_print_out_parses_to_the_same, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
