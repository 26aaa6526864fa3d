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
#include <sys/stat.h>

#include <cmocka.h>

#include "shell/linefile.h"

struct fixture {
	char path[32];
	char lines[500];
	char logged[500];
	struct log log;
};

static void take_line(void *ctx, enum log_level level, const char *line)
{
	struct fixture *f = ctx;

	snprintf(f->logged, sizeof(f->logged), "%s", line);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	strcpy(f->path, "/tmp/linefile-XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	f->log = (struct log) { LOG_LEVEL_INFO, take_line, f };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	free(f);
	return 0;
}

static void write_text(struct fixture *f, const char *text, size_t len)
{
	FILE *out = fopen(f->path, "w");

	assert_non_null(out);
	fwrite(text, 1, len, out);
	fclose(out);
	f->lines[0] = f->logged[0] = '\0';
}

static int collect(void *ctx, char *line, unsigned number, char error[LINEFILE_ERROR_MAX])
{
	struct fixture *f = ctx;
	size_t n = strlen(f->lines);

	if (strcmp(line, "bad") == 0) {
		snprintf(error, LINEFILE_ERROR_MAX, "this is bad");
		return -EINVAL;
	}
	snprintf(f->lines + n, sizeof(f->lines) - n, "%u:%s|", number, line);
	return 0;
}

static int read_text(struct fixture *f, const char *text, bool secret)
{
	write_text(f, text, strlen(text));
	return linefile_read(f->path, secret, collect, f, &f->log);
}

static void test_lines_without_blanks_and_comments(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "# keys\n\n  a b \t\r\n#c\n \nlast", false), 0);
	assert_string_equal(f->lines, "3:a b|6:last|");
	assert_int_equal(read_text(f, "", false), 0);
	assert_string_equal(f->lines, "");
}

static void test_an_error_names_file_and_line(void **state)
{
	struct fixture *f = *state;
	char want[80];

	assert_int_equal(read_text(f, "a\n\nbad\nb\n", false), -EINVAL);
	snprintf(want, sizeof(want), "%s:3: this is bad", f->path);
	assert_string_equal(f->logged, want);
	assert_string_equal(f->lines, "1:a|");
}

static void test_what_is_no_text_is_refused(void **state)
{
	struct fixture *f = *state;

	write_text(f, "a\0b\n", 4);
	assert_int_equal(linefile_read(f->path, false, collect, f, &f->log), -EILSEQ);
	assert_int_equal(linefile_read("/dev/null", false, collect, f, &f->log), -EBADF);
	assert_int_equal(linefile_read("/nonexistent", false, collect, f, &f->log), -ENOENT);
}

static void test_a_secret_is_closed_to_others(void **state)
{
	static const mode_t open_modes[] = { 0604, 0602, 0601, 0620, 0644, 0666 };
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "a\n", true), 0); /* 0600, our own */
	for (size_t i = 0; i < sizeof(open_modes) / sizeof(*open_modes); i++) {
		assert_int_equal(chmod(f->path, open_modes[i]), 0);
		assert_int_equal(read_text(f, "a\n", true), -EPERM);
		assert_non_null(strstr(f->logged, f->path));
		assert_int_equal(read_text(f, "a\n", false), 0);
	}
	assert_int_equal(chmod(f->path, 0400), 0);
	assert_int_equal(linefile_read(f->path, true, collect, f, &f->log), 0);
}

static void test_a_secret_is_for_its_group_only(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(f->path, 0, 12345), 0);
	assert_int_equal(chmod(f->path, 0640), 0);
	assert_int_equal(read_text(f, "a\n", true), -EPERM);
	assert_non_null(strstr(f->logged, "group raiic-keys only"));
	assert_int_equal(chown(f->path, 12345, 0), 0);
	assert_int_equal(read_text(f, "a\n", true), -EPERM);
	assert_non_null(strstr(f->logged, "belong to root"));
}

static void test_words_and_parts(void **state)
{
	char line[] = "site7  1007,0x3f0\tpool  10.7.0.0/24 # a shop", *rest = line, *part;

	assert_string_equal(linefile_word(&rest), "site7");
	part = linefile_word(&rest);
	assert_string_equal(linefile_part(&part), "1007");
	assert_string_equal(linefile_part(&part), "0x3f0");
	assert_null(linefile_part(&part));
	assert_string_equal(linefile_word(&rest), "pool");
	assert_string_equal(linefile_word(&rest), "10.7.0.0/24");
	assert_null(linefile_word(&rest));
	assert_null(linefile_word(&rest));
}

static void test_differences_of_two_readings(void **state)
{
	struct linefile_set *old, *now;
	struct linefile_changes changes;

	assert_int_equal(linefile_set_new(&old), 0);
	assert_int_equal(linefile_set_new(&now), 0);
	linefile_set_add(old, "a 1");
	linefile_set_add(old, "b 1");
	linefile_set_add(old, "c 1");
	linefile_set_add(now, "a 1");
	linefile_set_add(now, "b 2");
	linefile_set_add(now, "d 1");
	linefile_set_add(now, "e 1");
	changes = linefile_set_compare(old, now);
	assert_int_equal(changes.added, 2);
	assert_int_equal(changes.removed, 1);
	assert_int_equal(changes.changed, 1);
	linefile_set_free(old);
	linefile_set_free(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_lines_without_blanks_and_comments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_error_names_file_and_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_no_text_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_secret_is_closed_to_others, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_secret_is_for_its_group_only, setup, teardown),
		cmocka_unit_test(test_words_and_parts),
		cmocka_unit_test(test_differences_of_two_readings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
