/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A new configuration, as differences: bindings of routers that are gone, or whose key or home
 * address is, are revoked; networks that are taken away are withdrawn; everything else lives on
 * untouched. Requests that wait for the store are dropped, their senders repeat them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "had/revocation.h"

static bool has_same_key(const struct had_conf *old, const struct had_conf *conf, uint32_t spi)
{
	const struct had_spi *a = had_conf_spi(old, spi), *b = had_conf_spi(conf, spi);

	return a && b && a->sa->algorithm == b->sa->algorithm && a->sa->key_len == b->sa->key_len &&
	       memcmp(a->sa->key, b->sa->key, a->sa->key_len) == 0;
}

static bool keeps_home_addr(
	const struct had_conf *conf, const struct binding *binding, const struct had_router *router)
{
	if (addr_is_present(&router->home_addr))
		return addr_equal(&router->home_addr, &binding->home_addr);
	return binding->by_home_addr.linked &&
	       prefix_contains(&conf->home_networks[0], &binding->home_addr) &&
	       !had_conf_router_at(conf, &binding->home_addr) &&
	       !had_conf_is_home_agent(conf, &binding->home_addr);
}

/* Under the old configuration and with the old name. */
static void forget(struct had *had, uint64_t now, struct binding *binding)
{
	const char *name = binding->router->name;
	const struct store_item gone = { .key = name, .key_len = strlen(name) };

	revocation_begin(had, now, binding);
	if (had->store)
		had->store->ops->put(had->store, &gone, 0, 0);
	binding_free(had, binding);
}

/* Who never had a request accepted has nothing to be remembered. */
static void remember(struct had *had, uint64_t now, struct binding *binding)
{
	if (binding->stamp != 0)
		binding_store(had, now, binding, binding->content, 0, 0);
}

static void end_before(struct had *had, uint64_t now, struct binding *binding,
	const struct had_conf *conf, const struct had_router *router)
{
	bool has_key = !binding->content || has_same_key(had->conf, conf, binding->content->spi);
	bool has_addr = keeps_home_addr(conf, binding, router);

	if (has_key && has_addr)
		return;
	revocation_begin(had, now, binding);
	if (!has_addr) {
		pool_release(had, binding);
		binding->home_addr = router->home_addr;
	}
	remember(had, now, binding);
}

/* Under the new configuration. */
static void adapt(struct had *had, uint64_t now, struct binding *binding)
{
	if (!binding->content || !content_adapt(had, binding->router, binding->content))
		return;
	binding_set(had, now, binding, binding->content);
	remember(had, now, binding);
}

int had_reconfigure(struct had *had, uint64_t now, const struct had_conf *conf)
{
	struct binding **bindings = calloc(conf->n_routers + 1, sizeof(*bindings));
	const struct had_router *router;

	if (!bindings)
		return -ENOMEM;
	registration_drop_waiting(had);
	repeat_forget_all(had);
	for (size_t i = 0; i < had->conf->n_routers; i++) {
		struct binding *binding = had->bindings[i];

		if (!binding)
			continue;
		router =
			had_conf_router(conf, binding->router->name, strlen(binding->router->name));
		if (!router) {
			forget(had, now, binding);
			continue;
		}
		end_before(had, now, binding, conf, router);
		binding->router = router;
		bindings[router - conf->routers] = binding;
	}
	free(had->bindings);
	had->bindings = bindings;
	had->conf = conf;
	pool_init(had);
	for (size_t i = 0; i < conf->n_routers; i++)
		if (bindings[i])
			adapt(had, now, bindings[i]);
	bus_want_sigs(had);
	return 0;
}
