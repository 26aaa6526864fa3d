/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. Output is TAP; what a failing run says stands behind "#". */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/run.h"
#include "tests/sim/speed.h"
#include "tests/sim/selftest.h"

#define SEEDS	      200
#define SLOWER	      10 /* with sanitizers */
#define SPEED_ROUTERS 50
#define SPEED_HOURS   1
#define FAILURES_MAX  5 /* of a family; then the next one has its turn */

static struct options {
	const struct family *only;
	uint64_t first, seeds; /* seeds 0: the family's own */
	uint64_t part, parts;  /* of those every parts-th, from the part-th on */
	size_t n_faults;
	bool verbose, hash;
} o = { .first = 1, .part = 1, .parts = 1, .n_faults = EVERY_FAULT };

static void usage(FILE *f)
{
	fputs("usage: sim [-f FAMILY] [-n COUNT] [-s SEED] [-l COUNT] [-x] [-v]\n"
	      "       sim -L | -t | -p\n\n"
	      "  -f, --family NAME  this family alone\n"
	      "  -n, --seeds COUNT  so many seeds of each family\n"
	      "  -s, --first SEED   from this one on\n"
	      "  -P, --part K/N     the K-th of N parts of these seeds: for N processes\n"
	      "  -l, --faults COUNT only the first faults of each plan\n"
	      "  -x, --hash         a line with the hash of its trace for each run\n"
	      "  -v, --verbose      every bus message, and what daemons log\n"
	      "  -L, --list         the families\n"
	      "  -p, --speed        how many hours of a router are simulated in a minute\n"
	      "  -t, --self-test    proves that each invariant can fail\n"
	      "  -h, --help\n",
		f);
}

static uint64_t seeds_of(const struct family *f)
{
	uint64_t n = f->seeds ? f->seeds : SEEDS;

	if (o.seeds)
		return o.seeds;
#ifdef __SANITIZE_ADDRESS__
	return (n + SLOWER - 1) / SLOWER;
#else
	return n;
#endif
}

/* All that it takes to see it again. */
static void explain(const struct family *f, uint64_t seed, const struct run_result *failed)
{
	size_t n = run_shrink(f, seed, failed);
	struct run_result again;

	printf("# %s, seed %" PRIu64 ": %s\n", f->name, seed, failed->failure);
	printf("# the first %zu of %zu faults are enough:\n", n, failed->n_faults);
	run_print_plan(f, seed, n, "#   ");
	printf("# replay: tests/run sim -- --family %s --first %" PRIu64
	       " --seeds 1 --faults %zu -v\n",
		f->name, seed, n);
	printf("# the last bus messages before it:\n");
	run(f, seed, n, NULL, stdout, &again);
	printf("# %s\n", again.failure);
	fflush(stdout);
}

static void run_family(const struct family *f, unsigned number, unsigned *all_failed)
{
	uint64_t end = o.first + seeds_of(f), gap = 0, ms = 0, n = 0;
	unsigned failed = 0;
	clock_t start = clock();
	struct run_result r;

	for (uint64_t seed = o.first + o.part - 1; seed < end && failed < FAILURES_MAX;
		seed += o.parts, n++) {
		run(f, seed, o.n_faults, o.verbose ? stdout : NULL, NULL, &r);
		gap = r.worst_gap_ms > gap ? r.worst_gap_ms : gap;
		ms += r.ms;
		if (o.hash)
			printf("# hash %s %" PRIu64 " %016" PRIx64 "\n", f->name, seed, r.hash);
		if (!r.failure[0])
			continue;
		failed++;
		explain(f, seed, &r);
	}
	printf("%s %u - %s: %" PRIu64 " seeds, %.1f hours simulated, worst gap %" PRIu64 " ms\n",
		failed ? "not ok" : "ok", number, f->name, n, (double)ms / 3.6e6, gap);
	printf("# took %.1f s\n", (double)(clock() - start) / CLOCKS_PER_SEC);
	fflush(stdout);
	*all_failed += failed;
}

static int run_families(void)
{
	unsigned n = 0, failed = 0;

	for (const struct family *f = families; f->name; f++)
		if (!o.only || o.only == f)
			run_family(f, ++n, &failed);
	printf("1..%u\n", n);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int list(void)
{
	for (const struct family *f = families; f->name; f++)
		printf("%-24s %s\n", f->name, f->what);
	return EXIT_SUCCESS;
}

const struct family *family_find(const char *name)
{
	for (const struct family *f = families; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "family", required_argument, NULL, 'f' },
		{ "seeds", required_argument, NULL, 'n' },
		{ "first", required_argument, NULL, 's' },
		{ "part", required_argument, NULL, 'P' },
		{ "faults", required_argument, NULL, 'l' },
		{ "hash", no_argument, NULL, 'x' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "list", no_argument, NULL, 'L' },
		{ "speed", no_argument, NULL, 'p' },
		{ "self-test", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	setenv("TZ", "UTC0", 1); /* a run begins at 00:00:00 */
	while ((c = getopt_long(argc, argv, "f:n:s:P:l:xvLtph", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			o.only = family_find(optarg);
			if (o.only)
				break;
			fprintf(stderr, "sim: no family \"%s\"\n", optarg);
			return 64;
		case 'n':
			o.seeds = strtoull(optarg, NULL, 0);
			break;
		case 's':
			o.first = strtoull(optarg, NULL, 0);
			break;
		case 'P':
			if (sscanf(optarg, "%" SCNu64 "/%" SCNu64, &o.part, &o.parts) == 2 &&
				o.part >= 1 && o.part <= o.parts)
				break;
			fprintf(stderr, "sim: no part \"%s\"\n", optarg);
			return 64;
		case 'l':
			o.n_faults = strtoull(optarg, NULL, 0);
			break;
		case 'x':
			o.hash = true;
			break;
		case 'v':
			o.verbose = true;
			break;
		case 'L':
			return list();
		case 'p':
			speed_report(stdout, SPEED_ROUTERS, SPEED_HOURS);
			return EXIT_SUCCESS;
		case 't':
			return selftest() ? EXIT_FAILURE : EXIT_SUCCESS;
		default:
			usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? EXIT_SUCCESS : 64;
		}
	}
	return run_families();
}
