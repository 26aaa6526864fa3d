/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnel data of a router that was forgotten; see revocation_hint() in revocation.h. */
#include "had/revocation.h"

#define HINT_EVERY (10 * NSEC_PER_S)

static const struct had_router *router_at(const struct had *had, const struct mipm_addr *inner)
{
	const struct had_router *router = had_conf_router_at(had->conf, inner);
	const struct binding *holder;

	if (!router)
		router = lpm_lookup(&had->conf->networks, inner);
	if (router)
		return router;
	holder = pool_holder(had, inner);
	return holder ? holder->router : NULL;
}

/* NULL: nobody of ours, or somebody of whom we know enough. */
static const struct mipm_addr *forgotten_home_addr(struct had *had, const struct had_router *router)
{
	const struct binding *binding;

	if (!router || had->is_adopting || had->is_quiet)
		return NULL;
	binding = *binding_slot(had, router);
	if (binding && (binding->content || binding->claiming))
		return NULL;
	if (addr_is_present(&router->home_addr))
		return &router->home_addr;
	return binding && addr_is_present(&binding->home_addr) ? &binding->home_addr : NULL;
}

void revocation_hint(struct had *had, uint64_t now, const struct mipm_be_hint *hint)
{
	const struct had_router *router = router_at(had, &hint->inner);
	const struct mipm_addr *home_addr = forgotten_home_addr(had, router);
	struct revocation *revocation;
	const struct revocation_target target = {
		.careof_addr = hint->remote.addr,
		.remote = hint->remote,
		.local = hint->local,
		.link = hint->link,
	};

	if (!home_addr || revocation_find(had, home_addr))
		return;
	revocation = revocation_new(had, home_addr, &had->conf->home_agents[0],
		had_conf_spi(had->conf, router->spis[0])->sa, 1);
	if (!revocation)
		return;
	revocation->is_hint = true;
	revocation->targets[revocation->n_targets++] = target;
	revocation_stamp(had, now, revocation);
	timerq_set(&had->timers, &revocation->deadline, now + HINT_EVERY);
	if (revocation_send(had, revocation, &target, hint->octets))
		log_info(had->env->log, "%s has no binding here and was told so", router->name);
	else
		revocation_drop(had, revocation);
}
