/* SPDX-License-Identifier: BSD-2-Clause */
/* usage: sim [-v] [SCENARIO [SEED]]: all scenarios, or one, or one run of one. Output is TAP. */
#include "tests/sim/scenario.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool run(const struct scenario *sc, uint64_t seed, FILE *log)
{
	struct sim *s = sim_new(seed, &sc->conf);
	bool good;

	sim_log(s, log);
	sc->run(s);
	good = !s->failure[0];
	if (!good)
		printf("# replay: sim -v \"%s\" %llu\n# %s\n", sc->name, (unsigned long long)seed,
			s->failure);
	sim_free(s);
	return good;
}

static bool report(const struct scenario *sc, unsigned n)
{
	unsigned failed = 0;
	clock_t start = clock();

	for (uint64_t seed = 1; seed <= sc->seeds && failed < 5; seed++)
		failed += !run(sc, seed, NULL);
	printf("%s %u - %s, %u seeds\n", failed ? "not ok" : "ok", n, sc->name, sc->seeds);
	printf("# took %.1f s\n", (double)(clock() - start) / CLOCKS_PER_SEC);
	fflush(stdout);
	return !failed;
}

int main(int argc, char **argv)
{
	FILE *trace = argc > 1 && strcmp(argv[1], "-v") == 0 ? stdout : NULL;
	const char *only = argc > 1 + !!trace ? argv[1 + !!trace] : NULL;
	const char *seed = argc > 2 + !!trace ? argv[2 + !!trace] : NULL;
	bool good = true;
	unsigned n = 0;

	for (const struct scenario *sc = scenarios; sc->name; sc++) {
		if (only && strcmp(only, sc->name) != 0)
			continue;
		if (seed)
			good &= run(sc, strtoull(seed, NULL, 0), trace);
		else
			good &= report(sc, ++n);
	}
	if (!seed)
		printf("1..%u\n", n);
	return good ? 0 : 1;
}
