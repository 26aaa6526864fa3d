/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the files of tests/vectors. What is wrong with a file ends the program. */
#ifndef TESTS_SUPPORT_VECTORS_H
#define TESTS_SUPPORT_VECTORS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* The root object of tests/vectors/NAME; json_decref() when done. */
json_t *vectors_load(const char *name);

/* An element of "vectors" or "derivations" by its id; borrowed. */
json_t *vectors_find(const json_t *root, const char *id);

/* The octets of a hex string member; how many there were, at most size. */
size_t vector_octets(const json_t *object, const char *key, uint8_t *octets, size_t size);

/* A string member; "" if there is none. */
const char *vector_text(const json_t *object, const char *key);

#endif
