/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/vectors.h"

static void give_up(const char *what, const char *why)
{
	fprintf(stderr, "vectors: %s: %s\n", what, why);
	exit(1);
}

json_t *vectors_load(const char *name)
{
	char path[512];
	json_error_t error;
	json_t *root;

	snprintf(path, sizeof(path), "%s/%s", VECTORS_DIR, name);
	root = json_load_file(path, 0, &error);
	if (!root)
		give_up(path, error.text);
	return root;
}

static json_t *find_in(const json_t *array, const char *id)
{
	size_t i;
	json_t *element;

	json_array_foreach((json_t *)array, i,
		element) if (strcmp(vector_text(element, "id"), id) == 0) return element;
	return NULL;
}

json_t *vectors_find(const json_t *root, const char *id)
{
	json_t *found = find_in(json_object_get(root, "vectors"), id);

	if (!found)
		found = find_in(json_object_get(root, "derivations"), id);
	if (!found)
		give_up(id, "no such vector");
	return found;
}

const char *vector_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

size_t vector_octets(const json_t *object, const char *key, uint8_t *octets, size_t size)
{
	const char *hex = vector_text(object, key);
	size_t len = strlen(hex) / 2;
	unsigned octet;

	if (strlen(hex) % 2 != 0 || len > size)
		give_up(vector_text(object, "id"), "bad hex string");
	for (size_t i = 0; i < len; i++) {
		if (sscanf(hex + 2 * i, "%2x", &octet) != 1)
			give_up(vector_text(object, "id"), "bad hex digit");
		octets[i] = (uint8_t)octet;
	}
	return len;
}
