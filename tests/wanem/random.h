/* SPDX-License-Identifier: BSD-2-Clause */
/* Random decisions out of whole numbers, the same ones from the same seed on every machine. */
#ifndef WANEM_RANDOM_H
#define WANEM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#define SHARE_WHOLE 1000000u /* shares are parts per million */

struct random {
	uint64_t state;
};

/* splitmix64 */
static inline uint64_t random_next(struct random *random)
{
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 .. n-1; 0 for n = 0 */
static inline uint64_t random_below(struct random *random, uint64_t n)
{
	return n ? random_next(random) % n : 0;
}

/* True for this share of the calls. A share of none or all draws nothing. */
static inline bool random_hits(struct random *random, uint64_t share)
{
	if (share == 0 || share >= SHARE_WHOLE)
		return share > 0;
	return random_below(random, SHARE_WHOLE) < share;
}

/*
 * Exponentially distributed around mean, by von Neumann's comparisons: of a uniform u and what is
 * drawn after it, the first rise comes at an even place with probability exp(-u).
 */
static inline uint64_t random_exponential(struct random *random, uint64_t mean)
{
	uint64_t whole, u, last, drawn;
	unsigned place;

	for (whole = 0;; whole++) {
		u = last = random_next(random) >> 32;
		for (place = 2; (drawn = random_next(random) >> 32) <= last; place++)
			last = drawn;
		if (place % 2 == 0)
			return whole * mean + (uint64_t)((unsigned __int128)u * mean >> 32);
	}
}

#endif
