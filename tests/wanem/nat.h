/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network address translation between the a side (inside) and the b side of a link, with the
 * mapping and filtering kinds of RFC 4787 4.1 and 5: UDP, TCP and ICMP echo of IPv4. What else is
 * IPv4 is refused, fragments included; ARP and IPv6 pass. The translator has an address that it
 * answers for by ARP on the b side. Without sockets and clocks; times are ns.
 */
#ifndef WANEM_NAT_H
#define WANEM_NAT_H

#include "base/table.h"
#include "base/timerq.h"
#include "tests/wanem/random.h"
#include "tests/wanem/words.h"

#define NAT_MAPPINGS_MAX 4096
#define NAT_REMOTES_MAX	 64

struct frame;

/* For mapping: what of the remote endpoint a mapping is bound to. For filtering: what of it must
 * have been sent to before. */
enum nat_kind {
	NAT_INDEPENDENT,
	NAT_ADDRESS,
	NAT_ADDRESS_AND_PORT,
};

struct nat_settings {
	uint64_t address;	     /* 0: no translation */
	uint64_t mapping, filtering; /* enum nat_kind */
	uint64_t port_low, port_high;
	uint64_t udp, tcp, icmp; /* after the last packet from inside a mapping ends */
};

extern const struct nat_settings no_nat;
extern const struct word nat_words[]; /* for printing and the usage */

/* "off" or words. 0, or -EINVAL with what is wrong in why. */
int nat_settings_read(
	struct nat_settings *settings, int argc, char *const argv[], char why[WORD_WHY_MAX]);

struct nat {
	struct nat_settings settings;
	struct random random;
	struct table by_inside, by_outside;
	struct timerq idle;
	uint8_t mac[6]; /* the translator's on the b side */
};

void nat_init(struct nat *nat, uint64_t seed, const uint8_t mac[6]);
void nat_fini(struct nat *nat);

/* Forgets all mappings. */
void nat_set(struct nat *nat, const struct nat_settings *settings);

/* All mappings get other ports; what comes to the old ones is refused. */
void nat_rebind(struct nat *nat);

/* Translate in place. False: the packet is refused. */
bool nat_outward(struct nat *nat, struct frame *frame, uint64_t now);
bool nat_inward(struct nat *nat, struct frame *frame, uint64_t now);

/* An ARP request from the b side for the translator's address becomes its answer; true then. */
bool nat_answers_arp(struct nat *nat, struct frame *frame);

#endif
