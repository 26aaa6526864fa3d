/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of addresses, prefixes and endpoints: what parses prints, and that parses to the same. */
#include "base/addr.h"
#include "tests/fuzz/fuzz.h"

static void check_prefix(const char *text)
{
	struct mipm_prefix prefix, again;
	char buf[PREFIX_TEXT_MAX];

	if (prefix_parse(text, &prefix) < 0)
		return;
	MUST(prefix_parse(prefix_print(&prefix, buf), &again) == 0);
	MUST(prefix_equal(&prefix, &again));
}

static void check_endpoint(const char *text)
{
	struct mipm_endpoint endpoint, again;
	char buf[ENDPOINT_TEXT_MAX];

	if (endpoint_parse(text, 434, &endpoint) < 0)
		return;
	MUST(endpoint_parse(endpoint_print(&endpoint, buf), 0, &again) == 0);
	MUST(endpoint_equal(&endpoint, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	check_prefix(text);
	check_endpoint(text);
	free(text);
	return 0;
}
