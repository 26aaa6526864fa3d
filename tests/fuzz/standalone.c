/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target without a fuzzer: over every file of the directories given, over each of its
 * truncations, and over some thousand mutations from a fixed seed. So every compiler's build runs
 * the corpus as a test. Each input is an allocation of just its size.
 */
#include <dirent.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX   16384
#define N_MUTATIONS 2000

static uint64_t seed = 434;

static uint32_t next_random(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33);
}

static void run(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	MUST(exact);
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static void mutate(uint8_t *data, size_t size)
{
	static const uint8_t telling[] = { 0, 1, 2, 4, 6, 20, 32, 127, 128, 154, 254, 255 };

	for (unsigned n = 1 + next_random() % 4; n > 0; n--) {
		uint8_t *at = &data[next_random() % size];

		if (next_random() % 2)
			*at ^= (uint8_t)(1 << next_random() % 8);
		else
			*at = telling[next_random() % sizeof(telling)];
	}
}

static void run_file(const char *path)
{
	static uint8_t data[INPUT_MAX], copy[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	size_t size;

	MUST(file);
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	for (size_t len = 0; len <= size; len++)
		run(data, len);
	for (int i = 0; size > 0 && i < N_MUTATIONS; i++) {
		memcpy(copy, data, size);
		mutate(copy, size);
		run(copy, size);
	}
}

static int run_directory(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort), n_run = 0;
	char file[1024];

	MUST(n >= 0);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			run_file(file);
			n_run++;
		}
		free(names[i]);
	}
	free(names);
	return n_run;
}

int main(int argc, char **argv)
{
	int n_run = 0;

	for (int i = 1; i < argc; i++)
		n_run += run_directory(argv[i]);
	printf("%d files\n", n_run);
	return n_run > 0 ? 0 : 1;
}
