/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobility security associations (RFC 5944 1.6, 5.1): SPI, algorithm, key, replay style. The
 * algorithm is a property of the SPI and never taken from a message.
 *
 * A struct sa_set holds those of one keys file, by SPI. Which home address or NAI an SPI belongs to
 * is the configuration of had and mnd. Keys are wiped when an association is freed.
 */
#ifndef LIBMIP_SA_H
#define LIBMIP_SA_H

#include <stddef.h>
#include <stdint.h>

#include "base/table.h"

struct mac_context;

enum mip_algorithm {
	MIP_HMAC_MD5,
	MIP_HMAC_SHA1,
	MIP_HMAC_SHA256,
};

enum replay_style {
	REPLAY_TIMESTAMPS,
	REPLAY_NONCES,
};

#define SA_KEY_MAX	     128
#define SA_SPI_MIN	     256 /* 0-255 are reserved, RFC 5944 1.6 */
#define SA_TOLERANCE_DEFAULT UINT64_C(7000000000)
#define SA_TOLERANCE_MIN     UINT64_C(1000000000)
#define SA_TOLERANCE_MAX     UINT64_C(3600000000000)

struct mip_sa {
	struct table_link by_spi;    /* sa_set.by_spi */
	struct table_link by_key;    /* sa_set.by_key */
	uint64_t tolerance;	     /* ns; timestamps may differ from our clock by this much */
	struct mac_context *context; /* mac.c's, kept between uses */
	uint32_t spi;
	uint8_t algorithm; /* enum mip_algorithm */
	uint8_t replay;	   /* enum replay_style */
	uint8_t key_len;
	uint8_t key[]; /* at most SA_KEY_MAX */
};

const char *mip_algorithm_name(enum mip_algorithm algorithm);	    /* "hmac-md5" ... */
int mip_algorithm_parse(const char *name, enum mip_algorithm *out); /* 0 or -EINVAL */
const char *replay_style_name(enum replay_style style);		    /* "timestamps", "nonces" */

/*
 * The caller frees with sa_free(). Replay style and tolerance start with the defaults.
 * -EINVAL: reserved SPI, empty or overlong key, hmac-sha256 with less than 128 bits. -ENOMEM.
 */
int sa_new(uint32_t spi, enum mip_algorithm algorithm, const uint8_t *key, size_t key_len,
	struct mip_sa **out);
struct mip_sa *sa_free(struct mip_sa *sa); /* wipes the key; must be in no set */

/*
 * One line of a keys file: SPI ALGORITHM KEY-IN-HEX [replay=timestamps|nonces] [tolerance=7s].
 * The SPI is decimal or 0x hex; blanks or tabs separate; "#" begins a comment. tolerance takes s
 * or ms, plain digits are seconds.
 *
 * 0; SA_LINE_EMPTY (nothing but blanks and comment); -EINVAL with a sentence in error, which names
 * what is wrong and never the key; -ENOMEM.
 */
#define SA_LINE_EMPTY 1
#define SA_ERROR_MAX  120
int sa_parse_line(const char *line, struct mip_sa **out, char error[SA_ERROR_MAX]);

/*
 * Reads an even number of hex digits, at most size octets. 0, -EINVAL, or -E2BIG. On failure the
 * buffer is wiped.
 */
int sa_parse_key(const char *hex, uint8_t *key, size_t size, size_t *len);

struct sa_set {
	struct table by_spi;
	struct table by_key;
};

void sa_set_init(struct sa_set *set);
void sa_set_fini(struct sa_set *set); /* frees all associations in it */

#define SA_SET_DUPLICATE_SPI 1 /* the set has one with this SPI */
#define SA_SET_DUPLICATE_KEY 2 /* the set has one with this key: R21, a configuration error */

/* Takes the association over on 0; else it stays the caller's: one of the two above. */
int sa_set_add(struct sa_set *set, struct mip_sa *sa);

/* By SPI; NULL if there is none. */
struct mip_sa *sa_find(const struct sa_set *set, uint32_t spi);

#endif
