/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/nat.h"

#include <netinet/in.h>
#include <string.h>

#include "tests/wanem/frame.h"
#include "tests/wanem/nat_packet.h"

#define PORT_TRIES 1000

struct endpoint {
	uint32_t addr;
	uint16_t port;
};

/* What finds a mapping from inside; of the remote only what the kind of mapping takes. */
struct inside_key {
	uint64_t protocol;
	uint64_t addr, port;
	uint64_t remote_addr, remote_port;
};

struct outside_key {
	uint64_t protocol, port;
};

struct remote {
	struct endpoint endpoint;
	uint64_t expires;
};

struct mapping {
	struct table_link by_inside, by_outside; /* in nat's tables */
	struct deadline idle;			 /* in nat.idle */
	struct inside_key inside;
	struct outside_key outside;
	uint8_t mac[6]; /* of the inside host */
	struct remote remotes[NAT_REMOTES_MAX];
	size_t n_remotes;
};

static bool inside_matches(const struct table_link *link, const void *key)
{
	return memcmp(&container_of(link, struct mapping, by_inside)->inside, key,
		       sizeof(struct inside_key)) == 0;
}

static bool outside_matches(const struct table_link *link, const void *key)
{
	return memcmp(&container_of(link, struct mapping, by_outside)->outside, key,
		       sizeof(struct outside_key)) == 0;
}

static struct mapping *find_outside(const struct nat *nat, const struct outside_key *key)
{
	return container_of(table_find(&nat->by_outside, table_hash(key, sizeof(*key), 0),
				    outside_matches, key),
		struct mapping, by_outside);
}

static struct mapping *find_inside(const struct nat *nat, const struct inside_key *key)
{
	return container_of(
		table_find(&nat->by_inside, table_hash(key, sizeof(*key), 0), inside_matches, key),
		struct mapping, by_inside);
}

static void mapping_free(struct nat *nat, struct mapping *mapping)
{
	timerq_cancel(&nat->idle, &mapping->idle);
	table_remove(&nat->by_inside, &mapping->by_inside);
	table_remove(&nat->by_outside, &mapping->by_outside);
	free(mapping);
}

static void forget_all(struct nat *nat)
{
	struct mapping *mapping, *spare;

	table_for_each_safe (mapping, spare, &nat->by_inside, by_inside)
		mapping_free(nat, mapping);
}

static void forget_idle(struct nat *nat, uint64_t now)
{
	struct deadline *deadline;

	while ((deadline = timerq_pop(&nat->idle, now)))
		mapping_free(nat, container_of(deadline, struct mapping, idle));
}

void nat_init(struct nat *nat, uint64_t seed, const uint8_t mac[6])
{
	*nat = (struct nat) { .settings = no_nat, .random = { seed } };
	memcpy(nat->mac, mac, sizeof(nat->mac));
	table_init(&nat->by_inside);
	table_init(&nat->by_outside);
	timerq_init(&nat->idle);
}

void nat_fini(struct nat *nat)
{
	forget_all(nat);
	table_fini(&nat->by_inside);
	table_fini(&nat->by_outside);
	timerq_fini(&nat->idle);
}

void nat_set(struct nat *nat, const struct nat_settings *settings)
{
	forget_all(nat);
	nat->settings = *settings;
}

/* A port that no mapping of the protocol has, nor had before; false if none is found. */
static bool bind_port(struct nat *nat, struct mapping *mapping)
{
	uint64_t n = nat->settings.port_high - nat->settings.port_low + 1;
	struct outside_key key = { mapping->inside.protocol, 0 };

	for (int i = 0; i < PORT_TRIES; i++) {
		key.port = nat->settings.port_low + random_below(&nat->random, n);
		if (key.port == mapping->outside.port || find_outside(nat, &key))
			continue;
		table_remove(&nat->by_outside, &mapping->by_outside);
		mapping->outside = key;
		table_add(&nat->by_outside, &mapping->by_outside, table_hash(&key, sizeof(key), 0));
		return true;
	}
	return false;
}

void nat_rebind(struct nat *nat)
{
	struct mapping *mapping, *spare;

	table_for_each_safe (mapping, spare, &nat->by_inside, by_inside)
		if (!bind_port(nat, mapping))
			mapping_free(nat, mapping);
}

static struct mapping *mapping_new(struct nat *nat, const struct inside_key *key)
{
	struct mapping *mapping;

	if (nat->by_inside.n_links >= NAT_MAPPINGS_MAX)
		return NULL;
	mapping = calloc(1, sizeof(*mapping));
	if (!mapping)
		return NULL;
	mapping->inside = *key;
	table_add(&nat->by_inside, &mapping->by_inside, table_hash(key, sizeof(*key), 0));
	if (bind_port(nat, mapping))
		return mapping;
	mapping_free(nat, mapping);
	return NULL;
}

static uint64_t lifetime(const struct nat *nat, uint64_t protocol)
{
	return protocol == IPPROTO_UDP	 ? nat->settings.udp
	       : protocol == IPPROTO_TCP ? nat->settings.tcp
					 : nat->settings.icmp;
}

/* The remote is sent to: it may answer from now on. Of too many the one unused longest goes. */
static void remember(struct mapping *mapping, struct endpoint remote, uint64_t expires)
{
	struct remote *at = mapping->remotes;

	for (size_t i = 0; i < mapping->n_remotes; i++) {
		struct remote *known = &mapping->remotes[i];

		if (known->endpoint.addr == remote.addr && known->endpoint.port == remote.port) {
			known->expires = expires;
			return;
		}
		if (known->expires < at->expires)
			at = known;
	}
	if (mapping->n_remotes < NAT_REMOTES_MAX)
		at = &mapping->remotes[mapping->n_remotes++];
	*at = (struct remote) { remote, expires };
}

static bool may_answer(
	const struct nat *nat, const struct mapping *mapping, struct endpoint remote, uint64_t now)
{
	if (nat->settings.filtering == NAT_INDEPENDENT)
		return true;
	for (size_t i = 0; i < mapping->n_remotes; i++) {
		const struct remote *known = &mapping->remotes[i];

		if (known->expires > now && known->endpoint.addr == remote.addr &&
			(nat->settings.filtering == NAT_ADDRESS ||
				known->endpoint.port == remote.port))
			return true;
	}
	return false;
}

bool nat_outward(struct nat *nat, struct frame *frame, uint64_t now)
{
	struct nat_packet packet;
	struct inside_key key;
	struct mapping *mapping;
	uint64_t expires;

	forget_idle(nat, now);
	if (!nat_packet_parse(&packet, frame, NAT_OUTWARD))
		return false;
	key = (struct inside_key) { packet.protocol, packet.source, packet.source_port, 0, 0 };
	if (nat->settings.mapping != NAT_INDEPENDENT)
		key.remote_addr = packet.destination;
	if (nat->settings.mapping == NAT_ADDRESS_AND_PORT)
		key.remote_port = packet.destination_port;
	mapping = find_inside(nat, &key);
	if (!mapping)
		mapping = mapping_new(nat, &key);
	if (!mapping)
		return false;
	expires = now + lifetime(nat, packet.protocol);
	timerq_set(&nat->idle, &mapping->idle, expires);
	remember(mapping, (struct endpoint) { packet.destination, packet.destination_port },
		expires);
	memcpy(mapping->mac, frame->octets + 6, 6);
	memcpy(frame->octets + 6, nat->mac, 6);
	nat_packet_set_source(
		&packet, (uint32_t)nat->settings.address, (uint16_t)mapping->outside.port);
	return true;
}

bool nat_inward(struct nat *nat, struct frame *frame, uint64_t now)
{
	struct nat_packet packet;
	struct outside_key key;
	struct mapping *mapping;

	forget_idle(nat, now);
	if (!nat_packet_parse(&packet, frame, NAT_INWARD) ||
		packet.destination != nat->settings.address)
		return false;
	key = (struct outside_key) { packet.protocol, packet.destination_port };
	mapping = find_outside(nat, &key);
	if (!mapping || !may_answer(nat, mapping,
				(struct endpoint) { packet.source, packet.source_port }, now))
		return false;
	memcpy(frame->octets, mapping->mac, 6);
	nat_packet_set_destination(
		&packet, (uint32_t)mapping->inside.addr, (uint16_t)mapping->inside.port);
	return true;
}

bool nat_answers_arp(struct nat *nat, struct frame *frame)
{
	uint8_t *arp = frame->octets + FRAME_HEADER, target[4];

	if (frame->len < FRAME_HEADER + 28 || octets_u16(arp + 6) != 1 ||
		octets_u32(arp + 24) != nat->settings.address)
		return false;
	memcpy(target, arp + 24, 4);
	octets_set_u16(arp + 6, 2);
	memcpy(arp + 18, arp + 8, 10); /* the asker becomes the target */
	memcpy(arp + 8, nat->mac, 6);
	memcpy(arp + 14, target, 4);
	memcpy(frame->octets, arp + 18, 6);
	memcpy(frame->octets + 6, nat->mac, 6);
	return true;
}
