/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies kept for a while, for requests that the network delivers twice or whose reply was lost.
 * DESIGN section 8: the same octets from the same address and port get the stored reply again, at
 * most once a second; from elsewhere they are a replay. RFC 5944 3.8.2.2: never a fresh lifetime.
 *
 * Only answers to authentic fresh requests get here; their number and age are bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "had/state.h"

#define REPEATS_MAX 32768
#define REPEAT_AGE  (10 * NSEC_PER_S)

struct repeat {
	struct table_link by_ident; /* had.repeats */
	struct list by_age;	    /* had.repeats_by_age */
	const struct binding *binding;
	uint64_t ident;
	uint64_t request_hash;
	struct mipm_endpoint remote, local;
	uint64_t created_at;
	uint64_t sent_at;
	uint32_t len;
	uint8_t octets[];
};

struct repeat_key {
	const struct binding *binding;
	uint64_t ident;
};

static uint64_t key_hash(const struct had *had, const struct repeat_key *key)
{
	return table_mix(key->ident ^ had->hash_seed);
}

static bool key_matches(const struct table_link *link, const void *key)
{
	const struct repeat *repeat = container_of(link, struct repeat, by_ident);
	const struct repeat_key *wanted = key;

	return repeat->binding == wanted->binding && repeat->ident == wanted->ident;
}

static uint64_t request_hash(const struct had *had, const struct mipm_sig *sig)
{
	return table_hash(sig->payload.data, sig->payload.len, had->hash_seed);
}

enum repeat_result repeat_try(struct had *had, uint64_t now, const struct binding *binding,
	const struct mipm_sig *sig, uint64_t ident)
{
	const struct repeat_key key = { .binding = binding, .ident = ident };
	struct repeat *repeat =
		container_of(table_find(&had->repeats, key_hash(had, &key), key_matches, &key),
			struct repeat, by_ident);

	if (!repeat || repeat->request_hash != request_hash(had, sig))
		return REPEAT_UNKNOWN;
	if (!endpoint_equal(&repeat->remote, &sig->remote) ||
		!endpoint_equal(&repeat->local, &sig->local))
		return REPEAT_ELSEWHERE;
	if (now < repeat->sent_at + had->conf->limits.repeat_ms * NSEC_PER_MS)
		return REPEAT_TOO_SOON;
	repeat->sent_at = now;
	bus_send(had, sig, (struct mipm_span) { .data = repeat->octets, .len = repeat->len });
	return REPEAT_SENT;
}

static void forget(struct had *had, struct repeat *repeat)
{
	table_remove(&had->repeats, &repeat->by_ident);
	list_remove(&repeat->by_age);
	free(repeat);
}

static void arm(struct had *had)
{
	const struct repeat *oldest = list_first(&had->repeats_by_age, struct repeat, by_age);

	had->repeat_deadline.kind = HAD_DEADLINE_REPEAT;
	timerq_set(&had->timers, &had->repeat_deadline,
		oldest ? oldest->created_at + REPEAT_AGE : TIMERQ_NEVER);
}

void repeat_remember(struct had *had, uint64_t now, const struct binding *binding,
	const struct mipm_sig *request, uint64_t ident, struct mipm_span reply)
{
	const struct repeat_key key = { .binding = binding, .ident = ident };
	struct repeat *repeat = calloc(1, sizeof(*repeat) + reply.len);

	if (!repeat)
		return; /* then a duplicate is refused as a replay */
	repeat->binding = binding;
	repeat->ident = ident;
	repeat->request_hash = request_hash(had, request);
	repeat->remote = request->remote;
	repeat->local = request->local;
	repeat->created_at = repeat->sent_at = now;
	repeat->len = reply.len;
	memcpy(repeat->octets, reply.data, reply.len);
	if (had->repeats.n_links >= REPEATS_MAX)
		forget(had, list_first(&had->repeats_by_age, struct repeat, by_age));
	table_add(&had->repeats, &repeat->by_ident, key_hash(had, &key));
	list_add_tail(&had->repeats_by_age, &repeat->by_age);
	if (!deadline_is_armed(&had->repeat_deadline))
		arm(had);
}

void repeat_forget_old(struct had *had, uint64_t now)
{
	struct repeat *repeat, *spare;

	list_for_each_safe (repeat, spare, &had->repeats_by_age, by_age) {
		if (now < repeat->created_at + REPEAT_AGE)
			break;
		forget(had, repeat);
	}
	arm(had);
}

void repeat_forget_all(struct had *had)
{
	struct repeat *repeat, *spare;

	list_for_each_safe (repeat, spare, &had->repeats_by_age, by_age)
		forget(had, repeat);
	timerq_cancel(&had->timers, &had->repeat_deadline);
}
