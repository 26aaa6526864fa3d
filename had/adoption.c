/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * After a restart without a store that was closed: tunneld still forwards for the bindings of the
 * life before. They are asked for; what the configuration still allows is taken over with the time
 * that is left of it, the rest is taken out. A store that is sound may still be behind: by the last
 * commit interval, or by all the time that it could not be written. Of each binding the newer word
 * counts, by the Identification of its last request.
 *
 * Until tunneld has told all, requests and dumps wait (step_turn): a binding that began anew with
 * whichever path is refreshed first would cost the router its other ones, and what we told tunneld
 * would be taken for the newer word there. Nothing here makes a request fresh:
 * what was stamped before we started stays code 133, as the same state would have it from a store.
 */
#include <string.h>

#include "had/record.h"
#include "had/state.h"

#define WAIT	(500 * NSEC_PER_MS) /* for the next word of tunneld */
#define BID_MAX 254

void adoption_begin(struct had *had, uint64_t now)
{
	const struct mipm_dump dump = { .own = 1 };

	had->is_adopting = true;
	had->adoption.kind = HAD_DEADLINE_ADOPTION;
	timerq_set(&had->timers, &had->adoption, now + WAIT);
	had->env->emit(had->env->ctx, "tunneld", MIPM_DUMP, &dump);
}

void adoption_end(struct had *had, uint64_t now)
{
	if (!had->is_adopting)
		return;
	had->is_adopting = false;
	timerq_cancel(&had->timers, &had->adoption);
	had_follow_stamps(had, now);
	if (had->n_adopted + had->n_not_adopted > 0)
		log_info(had->env->log,
			"%zu bindings taken over from tunneld, %zu not: no longer allowed",
			had->n_adopted, had->n_not_adopted);
	had->n_adopted = had->n_not_adopted = 0;
	registration_go_on(had, now);
}

void adoption_told(struct had *had, uint64_t now)
{
	had->is_forgetful = false;
	adoption_end(had, now);
}

/* paths */

static bool is_allowed(const struct had_conf *conf, const struct had_router *router,
	const struct mipm_bc *bc, const struct mipm_path *path)
{
	bool is_plain = path->number == 0 && bc->n_paths == 1;
	bool is_numbered = path->number >= 1 && path->number <= BID_MAX &&
			   (bc->caps & conf->caps & MIP_FEATURE_MULTIPATH);

	return (is_plain || is_numbered) && router->udp_tunnel != HAD_UDP_TUNNEL_NO &&
	       (path->encap == MIPM_ENCAP_UDP || path->encap == MIPM_ENCAP_UDP_GRE) &&
	       addr_is_unicast(&path->remote.addr) && path->remote.port != 0 &&
	       !had_conf_is_inside(conf, router, &path->remote.addr) &&
	       path->local.port == conf->port && had_conf_is_listening(conf, &path->local.addr);
}

/* The allowed ones, the preferred first. */
static unsigned choose(const struct had_conf *conf, const struct had_router *router,
	const struct mipm_bc *bc, const struct mipm_path *chosen[HAD_PATHS_MAX])
{
	unsigned n = 0, k;

	for (unsigned i = 0; i < bc->n_paths && n < HAD_PATHS_MAX; i++) {
		if (!is_allowed(conf, router, bc, &bc->paths[i]))
			continue;
		for (k = n++; k > 0 && chosen[k - 1]->priority > bc->paths[i].priority; k--)
			chosen[k] = chosen[k - 1];
		chosen[k] = &bc->paths[i];
	}
	return n < conf->limits.max_paths ? n : conf->limits.max_paths;
}

static struct path path_of(const struct mipm_bc *bc, const struct mipm_path *path)
{
	uint64_t at = path->expires_at ? path->expires_at : bc->expires_at;

	return (struct path) {
		.bid = path->number,
		.encap = path->encap,
		.nat = path->nat,
		.link = path->link,
		.careof_addr = path->careof_addr,
		.remote = path->remote,
		.local = path->local,
		.lifetime_s = bc->lifetime_s,
		.expires_at = at ? at : CORE_NEVER,
	};
}

/* Which of its associations the router used is not told; the next request tells. */
static void fill(const struct had *had, const struct had_router *router, const struct mipm_bc *bc,
	struct record_room *room)
{
	const struct mipm_path *chosen[HAD_PATHS_MAX];
	struct content *content = &room->content;
	unsigned n = choose(had->conf, router, bc, chosen);

	*content = (struct content) {
		.home_agent = bc->home_agent,
		.spi = router->spis[0],
		.caps = bc->caps & had->conf->caps,
		.stamp = bc->stamp,
		.n_paths = (uint8_t)n,
		.networks = room->networks,
		.paths = room->paths,
	};
	for (unsigned i = 0; i < n; i++) {
		room->paths[i] = path_of(bc, chosen[i]);
		if (chosen[i]->number != 0)
			content->order[content->n_order++] = (uint8_t)chosen[i]->number;
	}
	for (unsigned i = 0; i < bc->n_networks && i < MIP_MAX_NETWORKS; i++)
		room->networks[content->n_networks++] = bc->networks[i];
	content_adapt(had, router, content);
	if (content->n_networks > had->conf->limits.max_networks)
		content->n_networks = (uint8_t)had->conf->limits.max_networks;
}

/* bindings */

static const struct had_router *router_of(const struct had_conf *conf, const struct mipm_bc *bc)
{
	if (bc->domain != 0 || bc->protocol != MIPM_MIP4 ||
		!had_conf_is_home_agent(conf, &bc->home_agent))
		return NULL;
	if (bc->identity.len > 0)
		return had_conf_router(conf, bc->identity.text, bc->identity.len);
	return had_conf_router_at(conf, &bc->home_addr);
}

static bool has_timestamps(const struct had_conf *conf, const struct had_router *router)
{
	for (size_t i = 0; i < router->n_spis; i++)
		if (had_conf_spi(conf, router->spis[i])->sa->replay != REPLAY_TIMESTAMPS)
			return false;
	return true;
}

/* The configured home address, or one of the pool that nobody uses. */
static bool takes_home_addr(
	struct had *had, struct binding *binding, const struct mipm_addr *home_addr)
{
	if (addr_is_present(&binding->router->home_addr))
		return addr_equal(&binding->home_addr, home_addr);
	return pool_regain(had, binding, home_addr);
}

/* From the store, or of this life: then the entry is no newer word. */
static bool is_known(const struct binding *binding, const struct mipm_bc *bc, bool timestamps)
{
	if (binding->stamp == 0)
		return false;
	return !timestamps || !replay_is_later(bc->stamp, binding->stamp);
}

static void take_stamp(struct had *had, struct binding *binding, uint64_t stamp, bool timestamps)
{
	binding->stamp = stamp;
	if (!timestamps) {
		replay_init(&binding->replay, REPLAY_NONCES);
		return;
	}
	had_note_stamp(had, stamp);
	if (replay_is_later(stamp, binding->replay.last))
		replay_restore(&binding->replay, stamp);
}

/* False: this entry is not to stay. */
static bool adopt(struct had *had, uint64_t now, const struct mipm_bc *bc)
{
	const struct had_router *router = router_of(had->conf, bc);
	struct binding *binding = router ? binding_of(had, router) : NULL;
	struct record_room room;
	struct content *content;
	bool timestamps;

	if (!binding)
		return false;
	timestamps = has_timestamps(had->conf, router);
	if (is_known(binding, bc, timestamps))
		return binding->content && addr_equal(&binding->home_addr, &bc->home_addr);
	if (!takes_home_addr(had, binding, &bc->home_addr))
		return false;
	take_stamp(had, binding, bc->stamp, timestamps);
	fill(had, router, bc, &room);
	content = content_copy(&room.content);
	binding_set(had, now, binding, content);
	binding_store(had, now, binding, binding->content, 0, 0);
	had->n_adopted += binding->content != NULL;
	return binding->content != NULL;
}

/* One that is told late may have lost its home address to somebody else meanwhile. */
static bool is_of_somebody(struct had *had, const struct mipm_addr *home_addr)
{
	const struct had_router *router = had_conf_router_at(had->conf, home_addr);
	const struct binding *binding =
		router ? *binding_slot(had, router) : pool_holder(had, home_addr);

	return binding && binding->content && addr_equal(&binding->home_addr, home_addr);
}

void adoption_entry(struct had *had, uint64_t now, const struct mipm_bc *bc)
{
	if (!had->is_forgetful || had->is_quiet)
		return;
	if (bc->generation > had->generation)
		had->generation = bc->generation;
	if (had->is_adopting)
		timerq_set(&had->timers, &had->adoption, now + WAIT);
	if (adopt(had, now, bc))
		return;
	had->n_not_adopted++;
	if (!is_of_somebody(had, &bc->home_addr))
		announce_remove_entry(had, bc);
}
