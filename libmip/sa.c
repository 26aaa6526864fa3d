/* SPDX-License-Identifier: BSD-2-Clause */
/* Mobility security associations and the lines they are written in. See sa.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libmip/mac.h"
#include "libmip/sa.h"

#define SHA256_KEY_MIN 16 /* octets; mipv4.md 24 */

static const char *const algorithm_names[] = {
	[MIP_HMAC_MD5] = "hmac-md5",
	[MIP_HMAC_SHA1] = "hmac-sha1",
	[MIP_HMAC_SHA256] = "hmac-sha256",
};

static const char *const style_names[] = {
	[REPLAY_TIMESTAMPS] = "timestamps",
	[REPLAY_NONCES] = "nonces",
};

static int find_name(const char *const *names, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

const char *mip_algorithm_name(enum mip_algorithm algorithm)
{
	return algorithm <= MIP_HMAC_SHA256 ? algorithm_names[algorithm] : "?";
}

int mip_algorithm_parse(const char *name, enum mip_algorithm *out)
{
	int found = find_name(algorithm_names, 3, name);

	if (found < 0)
		return found;
	*out = (enum mip_algorithm)found;
	return 0;
}

const char *replay_style_name(enum replay_style style)
{
	return style <= REPLAY_NONCES ? style_names[style] : "?";
}

int sa_new(uint32_t spi, enum mip_algorithm algorithm, const uint8_t *key, size_t key_len,
	struct mip_sa **out)
{
	struct mip_sa *sa;

	if (spi < SA_SPI_MIN || key_len == 0 || key_len > SA_KEY_MAX)
		return -EINVAL;
	if (algorithm == MIP_HMAC_SHA256 && key_len < SHA256_KEY_MIN)
		return -EINVAL;
	sa = calloc(1, sizeof(*sa) + key_len);
	if (!sa)
		return -ENOMEM;
	sa->spi = spi;
	sa->algorithm = (uint8_t)algorithm;
	sa->replay = REPLAY_TIMESTAMPS;
	sa->tolerance = SA_TOLERANCE_DEFAULT;
	sa->key_len = (uint8_t)key_len;
	memcpy(sa->key, key, key_len);
	*out = sa;
	return 0;
}

struct mip_sa *sa_free(struct mip_sa *sa)
{
	if (!sa)
		return NULL;
	assert(!sa->by_spi.linked);
	mac_forget(sa);
	mac_wipe(sa, sizeof(*sa) + sa->key_len);
	free(sa);
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int sa_parse_key(const char *hex, uint8_t *key, size_t size, size_t *len)
{
	size_t n = 0;
	int high, low, err = 0;

	for (; *hex && err == 0; hex += 2, n++) {
		high = hex_digit(hex[0]);
		low = high < 0 ? -1 : hex_digit(hex[1]);
		if (low < 0) {
			err = -EINVAL;
			break;
		}
		if (n == size) {
			err = -E2BIG;
			break;
		}
		key[n] = (uint8_t)(high << 4 | low);
	}
	if (err < 0)
		mac_wipe(key, size);
	else
		*len = n;
	return err;
}

/* Decimal or 0x hex, whole text. */
static int parse_spi(const char *text, uint32_t *out)
{
	unsigned base = 10;
	uint64_t value = 0;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		int digit = hex_digit(*text);

		if (digit < 0 || (unsigned)digit >= base)
			return -EINVAL;
		value = value * base + (unsigned)digit;
		if (value > UINT32_MAX)
			return -EINVAL;
	}
	*out = (uint32_t)value;
	return 0;
}

static int parse_tolerance(const char *text, uint64_t *out)
{
	uint64_t value = 0, unit = UINT64_C(1000000000);

	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		value = value * 10 + (unsigned)(*text - '0');
		if (value > SA_TOLERANCE_MAX / 1000)
			return -EINVAL;
	}
	if (strcmp(text, "ms") == 0)
		unit = 1000000;
	else if (*text && strcmp(text, "s") != 0)
		return -EINVAL;
	if (value > SA_TOLERANCE_MAX / unit || value * unit < SA_TOLERANCE_MIN)
		return -EINVAL;
	*out = value * unit;
	return 0;
}

static int fault(char *error, const char *sentence)
{
	snprintf(error, SA_ERROR_MAX, "%s", sentence);
	return -EINVAL;
}

/* replay=... or tolerance=... */
static int parse_option(const char *word, struct mip_sa *sa, char *error)
{
	int style;

	if (strncmp(word, "tolerance=", 10) == 0) {
		if (parse_tolerance(word + 10, &sa->tolerance) < 0)
			return fault(error, "tolerance is a time from 1s to 3600s");
		return 0;
	}
	if (strncmp(word, "replay=", 7) != 0)
		return fault(error, "after the key only replay= and tolerance= may follow");
	style = find_name(style_names, 2, word + 7);
	if (style < 0)
		return fault(error, "replay is timestamps or nonces");
	sa->replay = (uint8_t)style;
	return 0;
}

/* The next word of the line, cut out in place; NULL at its end or at a comment. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t\r\n");

	if (!*word || *word == '#')
		return NULL;
	*line = word + strcspn(word, " \t\r\n");
	if (**line)
		*(*line)++ = '\0';
	return word;
}

static int parse_association(char *line, char *first, struct mip_sa **out, char *error)
{
	char *name = next_word(&line), *hex = name ? next_word(&line) : NULL, *word;
	enum mip_algorithm algorithm;
	uint8_t key[SA_KEY_MAX];
	size_t key_len = 0;
	uint32_t spi;
	int err;

	if (parse_spi(first, &spi) < 0 || spi < SA_SPI_MIN)
		return fault(error, "SPI is a number from 256 to 4294967295");
	if (!name || mip_algorithm_parse(name, &algorithm) < 0)
		return fault(error, "algorithm is hmac-md5, hmac-sha1 or hmac-sha256");
	if (!hex || sa_parse_key(hex, key, sizeof(key), &key_len) < 0)
		return fault(error, "key is an even number of hex digits, at most 256");
	err = sa_new(spi, algorithm, key, key_len, out);
	mac_wipe(key, sizeof(key));
	if (err == -EINVAL)
		return fault(error, "key is too short: hmac-sha256 takes 128 bits or more");
	while (err == 0 && (word = next_word(&line)))
		err = parse_option(word, *out, error);
	return err;
}

int sa_parse_line(const char *line, struct mip_sa **out, char error[SA_ERROR_MAX])
{
	struct mip_sa *sa = NULL;
	size_t size = strlen(line) + 1;
	char *copy = malloc(size), *rest = copy, *first;
	int err;

	error[0] = '\0';
	if (!copy)
		return -ENOMEM;
	memcpy(copy, line, size);
	first = next_word(&rest);
	err = first ? parse_association(rest, first, &sa, error) : SA_LINE_EMPTY;
	mac_wipe(copy, size);
	free(copy);
	if (err == 0)
		*out = sa;
	else
		sa_free(sa);
	return err;
}

void sa_set_init(struct sa_set *set)
{
	table_init(&set->by_spi);
	table_init(&set->by_key);
}

void sa_set_fini(struct sa_set *set)
{
	struct mip_sa *sa, *spare;

	table_for_each_safe (sa, spare, &set->by_spi, by_spi) {
		table_remove(&set->by_spi, &sa->by_spi);
		table_remove(&set->by_key, &sa->by_key);
		sa_free(sa);
	}
	table_fini(&set->by_spi);
	table_fini(&set->by_key);
}

static bool has_spi(const struct table_link *link, const void *key)
{
	return container_of(link, struct mip_sa, by_spi)->spi == *(const uint32_t *)key;
}

static bool has_key(const struct table_link *link, const void *key)
{
	const struct mip_sa *sa = container_of(link, struct mip_sa, by_key), *other = key;

	return sa->key_len == other->key_len && memcmp(sa->key, other->key, sa->key_len) == 0;
}

struct mip_sa *sa_find(const struct sa_set *set, uint32_t spi)
{
	struct table_link *link = table_find(&set->by_spi, table_mix(spi), has_spi, &spi);

	return container_of(link, struct mip_sa, by_spi);
}

int sa_set_add(struct sa_set *set, struct mip_sa *sa)
{
	uint64_t key_hash = table_hash(sa->key, sa->key_len, 0);

	if (sa_find(set, sa->spi))
		return SA_SET_DUPLICATE_SPI;
	if (table_find(&set->by_key, key_hash, has_key, sa))
		return SA_SET_DUPLICATE_KEY;
	table_add(&set->by_spi, &sa->by_spi, table_mix(sa->spi));
	table_add(&set->by_key, &sa->by_key, key_hash);
	return 0;
}
