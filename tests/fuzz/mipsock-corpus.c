/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the corpus of fuzz-mipsock into a directory: bodies of every type, made from the rows. */
#include <stdio.h>

#include "tests/unit/mipsock-random.h"

static int write_one(const char *dir, uint16_t type, unsigned int seed, const void *body)
{
	static uint8_t buf[MIPSOCK_BUNDLE_MAX];
	int len = mipm_encode(buf, sizeof(buf), type, 0, seed, body);
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/mipsock-%u-%u", dir, type, seed);
	f = len > 0 ? fopen(path, "w") : NULL;
	if (!f || fwrite(buf, 1, (size_t)len, f) != (size_t)len)
		return -1;
	return fclose(f);
}

int main(int argc, char **argv)
{
	static struct rnd rnd;
	_Alignas(16) uint8_t body[MIPM_BODY_MAX];

	for (uint16_t type = 0; argc > 1 && type < MSG_ROWS_MAX; type++) {
		for (unsigned int seed = 0; seed < 2 && msg_row(type); seed++) {
			rnd.sparse = !seed;
			rnd_body(&rnd, seed, type, body);
			if (write_one(argv[1], type, seed, body) < 0)
				return 1;
		}
	}
	return argc != 2;
}
