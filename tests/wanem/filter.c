/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/filter.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "tests/wanem/frame.h"
#include "tests/wanem/words.h"

#define CONDITION_MAX 32

struct filter_kind {
	const char *name;
	uint16_t ethertypes[2]; /* 0: any */
	uint8_t protocols[2];	/* 0: any */
};

static const struct filter_kind kinds[] = {
	{ "all", {}, {} },
	{ "ip", { FRAME_IPV4, FRAME_IPV6 }, {} },
	{ "ip4", { FRAME_IPV4 }, {} },
	{ "ip6", { FRAME_IPV6 }, {} },
	{ "arp", { FRAME_ARP }, {} },
	{ "udp", { FRAME_IPV4, FRAME_IPV6 }, { IPPROTO_UDP } },
	{ "tcp", { FRAME_IPV4, FRAME_IPV6 }, { IPPROTO_TCP } },
	{ "icmp", { FRAME_IPV4, FRAME_IPV6 }, { IPPROTO_ICMP, IPPROTO_ICMPV6 } },
	{},
};

static const struct condition {
	const char *name; /* with its "=" */
	struct argument argument;
} conditions[] = {
	{ "larger=", { ARGUMENT_NUMBER, offsetof(struct filter, larger), "N", 65535 } },
	{ "port=", { ARGUMENT_NUMBER, offsetof(struct filter, port), "N", 65535 } },
	{ "every=", { ARGUMENT_NUMBER, offsetof(struct filter, every), "N", 0 } },
	{},
};

static uint64_t *held_at(struct filter *filter, const struct condition *condition)
{
	return (uint64_t *)(void *)((char *)filter + condition->argument.offset);
}

static int read_condition(struct filter *filter, const char *text)
{
	for (const struct filter_kind *kind = kinds; kind->name; kind++) {
		if (strcmp(text, kind->name) == 0) {
			filter->kind = kind;
			return 0;
		}
	}
	for (const struct condition *c = conditions; c->name; c++) {
		uint64_t *held = held_at(filter, c);

		if (strncmp(text, c->name, strlen(c->name)) != 0)
			continue;
		if (argument_read(&c->argument, text + strlen(c->name), held) || *held == 0)
			return -EINVAL;
		return 0;
	}
	return -EINVAL;
}

int filter_read(struct filter *filter, const char *text)
{
	char one[CONDITION_MAX];
	size_t len;

	*filter = (struct filter) { .kind = kinds };
	do {
		len = strcspn(text, ",");
		if (len >= sizeof(one))
			return -EINVAL;
		memcpy(one, text, len);
		one[len] = '\0';
		if (read_condition(filter, one))
			return -EINVAL;
		text += len;
	} while (*text++ == ',');
	return 0;
}

void filter_print(const struct filter *filter, char *buf, size_t size)
{
	text_add(buf, size, "%s", filter->kind->name);
	for (const struct condition *c = conditions; c->name; c++) {
		uint64_t value = *held_at((struct filter *)filter, c);

		if (value)
			text_add(buf, size, ",%s%" PRIu64, c->name, value);
	}
}

static bool is_of_kind(const struct frame *frame, const struct filter_kind *kind)
{
	const uint16_t *types = kind->ethertypes;
	const uint8_t *protocols = kind->protocols;

	if (types[0] && frame->ethertype != types[0] && (!types[1] || frame->ethertype != types[1]))
		return false;
	return !protocols[0] || frame->protocol == protocols[0] ||
	       (protocols[1] && frame->protocol == protocols[1]);
}

static bool has_port(const struct frame *frame, uint64_t port)
{
	return frame->ports && (octets_u16(frame->octets + frame->ports) == port ||
				       octets_u16(frame->octets + frame->ports + 2) == port);
}

bool filter_drops(struct filter *filter, const struct frame *frame)
{
	if (!is_of_kind(frame, filter->kind))
		return false;
	if (filter->larger && frame->len - FRAME_HEADER <= filter->larger)
		return false;
	if (filter->port && !has_port(frame, filter->port))
		return false;
	return !filter->every || ++filter->n_matched % filter->every == 0;
}
