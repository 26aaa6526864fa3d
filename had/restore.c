/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * After a restart: bindings, pool memory and replay state come back from the store before the first
 * request is looked at. DESIGN section 8, THREATS T3, T19 and section 3.
 *
 * Replay. The newest values that a router had accepted may have died with the last commit interval,
 * so nothing up to the stored stamp + 2 s is fresh (if the store was closed properly: up to the
 * stamp). Of whom the store says nothing, and of all if there was no usable store, nothing is fresh
 * that was stamped before we started.
 *
 * The clock. It is the wall clock at start plus elapsed time. If the wall clock was set back by
 * more than any tolerance, it would refuse as too far ahead what it took before the restart; then
 * it starts after the newest stamp instead.
 */
#include <errno.h>

#include "had/record.h"
#include "had/state.h"

#define MARGIN	    (UINT64_C(2) << 32) /* 2 s of NTP format */
#define FORGET_WALL (7 * 86400 * NSEC_PER_S)

struct restore {
	struct had *had;
	uint64_t now;
	size_t n_bindings, n_bad;
};

void had_note_stamp(struct had *had, uint64_t stamp)
{
	if (had->has_newest && !replay_is_later(stamp, had->newest))
		return;
	had->newest = stamp;
	had->has_newest = true;
}

static bool is_still_configured(
	const struct had *had, const struct had_router *router, const struct content *content)
{
	const struct had_spi *row = had_conf_spi(had->conf, content->spi);

	return row && row->router == router;
}

static bool is_covered(const struct had_router *router, const struct mipm_prefix *network)
{
	for (size_t i = 0; i < router->n_networks; i++)
		if (prefix_covers(&router->networks[i], network))
			return true;
	return false;
}

bool content_adapt(const struct had *had, const struct had_router *router, struct content *content)
{
	unsigned n = 0;
	bool is_changed;

	if (!is_still_configured(had, router, content)) {
		content->n_paths = 0;
		return true;
	}
	for (unsigned i = 0; i < content->n_networks; i++)
		if (is_covered(router, &content->networks[i]))
			content->networks[n++] = content->networks[i];
	is_changed = n != content->n_networks;
	content->n_networks = (uint8_t)n;
	return is_changed;
}

static void restore_replay(
	const struct had *had, struct binding *binding, const struct record *record)
{
	uint64_t floor = record->stamp + (had->store_status.clean ? 0 : MARGIN);

	binding->stamp = record->stamp;
	if (!record->is_timestamp)
		return;
	if (had->store_status.usable || replay_is_later(floor, binding->replay.last))
		replay_restore(&binding->replay, floor);
}

/* A configured address wins over a remembered one; then the paths of the other are void. */
static bool restore_home_addr(struct had *had, struct binding *binding, const struct record *record)
{
	const struct mipm_addr *home_addr = &record->home_addr;

	if (addr_is_present(&binding->router->home_addr))
		return addr_equal(&binding->router->home_addr, home_addr);
	if (!addr_is_present(home_addr))
		return false;
	return record->content ? pool_regain(had, binding, home_addr)
			       : pool_claim(had, binding, home_addr);
}

static int restore_binding(struct restore *restore, const struct had_router *router,
	const struct record *record, struct content *content)
{
	struct had *had = restore->had;
	struct binding *binding = binding_of(had, router);
	struct content *copy = NULL;

	if (!binding)
		return -ENOMEM;
	restore_replay(had, binding, record);
	if (!restore_home_addr(had, binding, record))
		return 0;
	if (content) {
		content_adapt(had, router, content);
		copy = content_copy(content);
		if (!copy)
			return -ENOMEM;
	}
	restore->n_bindings += copy && copy->n_paths > 0;
	binding_set(had, restore->now, binding, copy);
	return 0;
}

/* Somebody who is not configured any more: kept for a while, in case that was a mistake. */
static void forget_stranger(
	struct restore *restore, const struct store_item *item, const struct record *record)
{
	struct had *had = restore->had;
	const struct store_item gone = { .key = item->key, .key_len = item->key_len };
	uint64_t wall = restore->now + had->env->wall_offset;

	if (wall > record->written_wall && wall - record->written_wall > FORGET_WALL)
		had->store->ops->put(had->store, &gone, 0, 0);
}

static int restore_item(void *ctx, const struct store_item *item)
{
	struct restore *restore = ctx;
	struct had *had = restore->had;
	const struct had_router *router = had_conf_router(had->conf, item->key, item->key_len);
	struct record record = {
		.boot = had->store_status.boot,
		.now = restore->now,
		.wall_offset = had->env->wall_offset,
	};
	struct record_room room;

	if (record_decode(&record, item, &room) < 0) {
		restore->n_bad++;
		return 0;
	}
	if (record.is_timestamp)
		had_note_stamp(had, record.stamp);
	if (router)
		return restore_binding(
			restore, router, &record, record.content ? &room.content : NULL);
	forget_stranger(restore, item, &record);
	return 0;
}

static uint64_t max_tolerance(const struct had_conf *conf)
{
	uint64_t max = SA_TOLERANCE_DEFAULT;

	for (size_t i = 0; i < conf->n_spis; i++)
		if (conf->spis[i].sa->tolerance > max)
			max = conf->spis[i].sa->tolerance;
	return max;
}

void had_follow_stamps(struct had *had, uint64_t now)
{
	int64_t ahead;

	if (!had->has_newest)
		return;
	ahead = replay_difference_ns(had->newest, replay_timestamp(had_wall(had, now)));
	if (ahead <= 0 || (uint64_t)ahead <= max_tolerance(had->conf))
		return;
	had->wall_offset += (uint64_t)ahead + NSEC_PER_S;
	log_warnx(had->env->log,
		"the clock is %lld s behind the newest accepted Identification: going on from "
		"there",
		(long long)(ahead / (int64_t)NSEC_PER_S));
}

int had_restore(struct had *had, uint64_t now)
{
	struct restore restore = { .had = had, .now = now };
	int rc;

	had->start_stamp = replay_timestamp(had_wall(had, now));
	had->is_forgetful = true;
	if (!had->store)
		return 0;
	had->store_status = store_status(had->store);
	had->is_quiet = true;
	rc = had->store->ops->load(had->store, restore_item, &restore);
	had->is_quiet = false;
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		log_warn(had->env->log, rc, "store: not all of it could be read");
	if (restore.n_bad > 0)
		log_warnx(had->env->log, "store: %zu records left out that we did not write",
			restore.n_bad);
	if (restore.n_bad > 0 || rc < 0)
		had->store_status.usable = had->store_status.clean = false;
	had->is_forgetful = !had->store_status.clean || had->store_status.degraded;
	had_follow_stamps(had, now);
	log_info(had->env->log, "%zu bindings restored", restore.n_bindings);
	return 0;
}
