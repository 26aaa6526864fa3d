/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a filter drops: conditions that must all hold, "udp,port=434,larger=1200,every=3".
 *
 *	all, ip (IPv4 and IPv6), ip4, ip6, arp, udp, tcp, icmp	what it is
 *	larger=N	its IP packet has more than N octets
 *	port=N		from or to this port
 *	every=N		each N-th of those that fulfil the rest
 */
#ifndef WANEM_FILTER_H
#define WANEM_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;

struct filter {
	const struct filter_kind *kind;
	uint64_t larger, port, every; /* 0: no such condition */
	uint64_t n_matched;
};

int filter_read(struct filter *filter, const char *text);		/* 0 or -EINVAL */
void filter_print(const struct filter *filter, char *buf, size_t size); /* added to the end */
bool filter_drops(struct filter *filter, const struct frame *frame);

#endif
