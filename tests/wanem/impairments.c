/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/impairments.h"

#include <errno.h>
#include <string.h>

#define AT(field) offsetof(struct impairments, field)

static int read_filter(void *settings, const char *text)
{
	struct impairments *how = settings;

	if (strcmp(text, "none") == 0) {
		how->n_filters = 0;
		return 0;
	}
	if (how->n_filters == FILTERS_MAX || filter_read(&how->filters[how->n_filters], text))
		return -EINVAL;
	how->n_filters++;
	return 0;
}

static void print_filters(const void *settings, char *buf, size_t size)
{
	const struct impairments *how = settings;

	for (size_t i = 0; i < how->n_filters; i++) {
		text_add(buf, size, "%sdrop ", *buf ? " " : "");
		filter_print(&how->filters[i], buf, size);
	}
}

const struct impairments no_impairments = { .queue = 125000 };

/* In the order in which a packet meets them. */
const struct word impairment_words[] = {
	{ "hole", "nothing passes and nobody is told",
		{ { ARGUMENT_CHOICE, AT(hole), "off|on" } } },
	{ "drop", "what fulfils the filter is dropped; each adds one, none removes all",
		{ { ARGUMENT_NONE, 0, "FILTER|none" } }, read_filter, print_filters },
	{ "loss", "each packet by itself", { { ARGUMENT_SHARE, AT(loss), "SHARE" } } },
	{ "loss-burst", "Gilbert-Elliott: per packet into the bad state and out; loss in it",
		{ { ARGUMENT_SHARE, AT(burst.enter), "ENTER" },
			{ ARGUMENT_SHARE, AT(burst.leave), "LEAVE" },
			{ ARGUMENT_SHARE, AT(burst.loss), "LOSS" } } },
	{ "loss-time", "bad periods: how often, how long, loss in them, lengths and gaps",
		{ { ARGUMENT_TIME, AT(bad_time.every), "EVERY" },
			{ ARGUMENT_TIME, AT(bad_time.length), "LENGTH" },
			{ ARGUMENT_SHARE, AT(bad_time.loss), "LOSS" },
			{ ARGUMENT_CHOICE, AT(bad_time.law), "fixed|exponential" } } },
	{ "corrupt", "a bit behind the Ethernet header is flipped",
		{ { ARGUMENT_SHARE, AT(corrupt), "SHARE" } } },
	{ "rate", "bits of whole frames a second", { { ARGUMENT_RATE, AT(rate), "RATE" } } },
	{ "queue", "octets that wait for the rate; more are dropped at the tail",
		{ { ARGUMENT_SIZE, AT(queue), "SIZE" } } },
	{ "delay", "one way", { { ARGUMENT_TIME, AT(delay), "TIME" } } },
	{ "jitter", "delay plus or minus up to TIME, evenly",
		{ { ARGUMENT_TIME, AT(jitter), "TIME" } } },
	{ "order", "whether jitter keeps the order of packets",
		{ { ARGUMENT_CHOICE, AT(order), "keep|free" } } },
	{ "ahead", "packets that skip the delay", { { ARGUMENT_SHARE, AT(ahead), "SHARE" } } },
	{ "late", "packets that later ones overtake, TIME later",
		{ { ARGUMENT_SHARE, AT(late.share), "SHARE" },
			{ ARGUMENT_TIME, AT(late.by), "TIME" } } },
	{ "duplicate", "packets that arrive twice",
		{ { ARGUMENT_SHARE, AT(duplicate), "SHARE" } } },
	{},
};
