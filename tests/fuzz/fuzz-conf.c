/* SPDX-License-Identifier: BSD-2-Clause */
/* raiic.conf: refused with one line, or printed so that the print-out prints the same. */
#include <sys/mman.h>
#include <unistd.h>

#include "shell/conf.h"
#include "tests/fuzz/fuzz.h"

/* libconfuse 3.3 forgets the arguments of an include() that the file ends in. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfuse";
}

static void count_line(void *ctx, enum log_level level, const char *line)
{
	++*(unsigned *)ctx;
	MUST(line[0]);
}

static struct conf *load(const void *text, size_t size)
{
	unsigned n_lines = 0;
	struct log log = { LOG_LEVEL_INFO, count_line, &n_lines };
	int fd = memfd_create("raiic.conf", 0), rc;
	struct conf *conf;
	char path[32];

	MUST(fd >= 0 && write(fd, text, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = conf_load(&conf, path, &log);
	close(fd);
	MUST(rc == 0 ? conf && n_lines == 0 : !conf && n_lines == 1);
	return conf;
}

static char *print(const struct conf *conf, size_t *size)
{
	char *text;
	FILE *out = open_memstream(&text, size);

	MUST(out);
	conf_print(conf, out);
	MUST(fclose(out) == 0);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf = load(data, size), *again;
	char *first, *second;
	size_t first_size, second_size;

	if (!conf)
		return 0;
	first = print(conf, &first_size);
	again = load(first, first_size);
	MUST(again);
	second = print(again, &second_size);
	MUST(first_size == second_size && memcmp(first, second, first_size) == 0);
	free(first);
	free(second);
	conf_free(conf);
	conf_free(again);
	return 0;
}
