/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a keys file: an association within its bounds, or a sentence that fits its buffer. */
#include "libmip/sa.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1), error[SA_ERROR_MAX];
	struct mip_sa *sa = NULL;
	int err;

	MUST(line);
	memcpy(line, data, size);
	line[size] = '\0';
	err = sa_parse_line(line, &sa, error);
	free(line);
	if (err != 0) {
		MUST(!sa && memchr(error, '\0', sizeof(error)));
		MUST(err == SA_LINE_EMPTY || error[0]);
		return 0;
	}
	MUST(sa->spi >= SA_SPI_MIN && sa->key_len >= 1 && sa->key_len <= SA_KEY_MAX);
	MUST(sa->tolerance >= SA_TOLERANCE_MIN && sa->tolerance <= SA_TOLERANCE_MAX);
	sa_free(sa);
	return 0;
}
