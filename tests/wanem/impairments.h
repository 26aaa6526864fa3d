/* SPDX-License-Identifier: BSD-2-Clause */
/* What one direction of a link does to the packets; all of it is set by the words of one table. */
#ifndef WANEM_IMPAIRMENTS_H
#define WANEM_IMPAIRMENTS_H

#include "tests/wanem/filter.h"
#include "tests/wanem/words.h"

#define FILTERS_MAX 8

/* Times in ns, shares in parts per million; 0 is off. */
struct impairments {
	uint64_t delay, jitter;
	uint64_t order; /* enum order */
	uint64_t loss;
	struct {
		uint64_t enter, leave, loss; /* per packet, loss while in it */
	} burst;
	struct {
		uint64_t every, length, loss;
		uint64_t law; /* enum law */
	} bad_time;
	uint64_t rate, queue; /* bits a second, octets */
	uint64_t ahead;
	struct {
		uint64_t share, by;
	} late;
	uint64_t duplicate, corrupt;
	uint64_t hole;
	struct filter filters[FILTERS_MAX];
	size_t n_filters;
};

enum order {
	ORDER_KEEP,
	ORDER_FREE,
};

enum law {
	LAW_FIXED,
	LAW_EXPONENTIAL,
};

extern const struct impairments no_impairments;
extern const struct word impairment_words[]; /* for words_read() and words_print() */

#endif
