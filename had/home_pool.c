/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual home addresses for routers without a configured one. RFC 2794 3, RFC 5944 3.8.2.2.
 *
 * An address once given is remembered for its router and given again. Only when the pool is used
 * up, the address of the router that has been away longest goes to the newcomer.
 */
#include "had/state.h"
#include "libmip/code.h"

static const struct mipm_prefix *pool_prefix(const struct had *had)
{
	return had->conf->n_home_networks > 0 ? &had->conf->home_networks[0] : NULL;
}

static uint64_t n_hosts(const struct mipm_prefix *prefix)
{
	return UINT64_C(1) << (32 - prefix->len);
}

static struct mipm_addr host(const struct mipm_prefix *prefix, uint64_t offset)
{
	return addr_from_v4(addr_to_v4(&prefix->addr) + (uint32_t)offset);
}

/* Network and broadcast address are no home addresses, where there are such. */
static bool is_edge(const struct mipm_prefix *prefix, const struct mipm_addr *addr)
{
	uint64_t offset = addr_to_v4(addr) - addr_to_v4(&prefix->addr);

	return prefix->len < 31 && (offset == 0 || offset == n_hosts(prefix) - 1);
}

static bool is_reserved(const struct had *had, const struct mipm_addr *addr)
{
	const struct had_conf *conf = had->conf;

	if (is_edge(pool_prefix(had), addr) || had_conf_is_home_agent(conf, addr))
		return true;
	return had_conf_router_at(conf, addr) != NULL;
}

static bool home_addr_matches(const struct table_link *link, const void *key)
{
	return addr_equal(&container_of(link, struct binding, by_home_addr)->home_addr, key);
}

struct binding *pool_holder(const struct had *had, const struct mipm_addr *addr)
{
	return container_of(
		table_find(&had->pool, addr_hash(addr, had->hash_seed), home_addr_matches, addr),
		struct binding, by_home_addr);
}

void pool_init(struct had *had)
{
	const struct had_conf *conf = had->conf;
	const struct mipm_prefix *prefix = pool_prefix(had);

	had->pool_capacity = 0;
	if (!prefix)
		return;
	had->pool_capacity = n_hosts(prefix) - (prefix->len < 31 ? 2 : 0);
	for (size_t i = 0; i < conf->n_routers; i++)
		if (prefix_contains(prefix, &conf->routers[i].home_addr) &&
			!is_edge(prefix, &conf->routers[i].home_addr))
			had->pool_capacity--;
	for (size_t i = 0; i < conf->n_home_agents; i++)
		if (prefix_contains(prefix, &conf->home_agents[i]) &&
			!is_edge(prefix, &conf->home_agents[i]))
			had->pool_capacity--;
}

static bool is_of_pool(const struct had *had, const struct mipm_addr *addr)
{
	const struct mipm_prefix *prefix = pool_prefix(had);

	return prefix && prefix_contains(prefix, addr) && !is_reserved(had, addr);
}

bool pool_claim(struct had *had, struct binding *binding, const struct mipm_addr *addr)
{
	if (!is_of_pool(had, addr) || pool_holder(had, addr))
		return false;
	binding->home_addr = *addr;
	table_add(&had->pool, &binding->by_home_addr, addr_hash(addr, had->hash_seed));
	pool_note_use(had, binding);
	return true;
}

/* It was given away while the other was not known; and what else this one had is older. */
bool pool_regain(struct had *had, struct binding *binding, const struct mipm_addr *addr)
{
	struct binding *holder = pool_holder(had, addr);

	if (holder && holder == binding)
		return true;
	if (!is_of_pool(had, addr) || (holder && holder->content))
		return false;
	if (holder)
		pool_release(had, holder);
	pool_release(had, binding);
	return pool_claim(had, binding, addr);
}

void pool_release(struct had *had, struct binding *binding)
{
	list_remove(&binding->idle);
	if (!binding->by_home_addr.linked)
		return;
	table_remove(&had->pool, &binding->by_home_addr);
	binding->home_addr = (struct mipm_addr) { 0 };
}

void pool_note_use(struct had *had, struct binding *binding)
{
	if (!binding->by_home_addr.linked)
		return;
	if (binding->content)
		list_remove(&binding->idle);
	else if (!list_is_linked(&binding->idle))
		list_add_tail(&had->idle, &binding->idle);
}

static bool take_free(struct had *had, struct binding *binding)
{
	const struct mipm_prefix *prefix = pool_prefix(had);
	uint64_t n = n_hosts(prefix);

	if (had->pool.n_links >= had->pool_capacity)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		struct mipm_addr addr = host(prefix, had->pool_next++ % n);

		if (pool_claim(had, binding, &addr))
			return true;
	}
	return false;
}

/* Whoever waits for the store right now is not away. The store must not give him his address back:
 * it would have two owners. */
static bool take_idle(struct had *had, uint64_t now, struct binding *binding)
{
	struct binding *other;
	struct mipm_addr addr;

	list_for_each (other, &had->idle, idle) {
		if (other->claiming)
			continue;
		addr = other->home_addr;
		pool_release(had, other);
		if (other->stamp != 0)
			binding_store(had, now, other, NULL, 0, 0);
		return pool_claim(had, binding, &addr);
	}
	return false;
}

static int take_wished(struct had *had, struct binding *binding, const struct mipm_addr *wish)
{
	const struct mipm_prefix *prefix = pool_prefix(had);

	if (!prefix || !prefix_contains(prefix, wish))
		return MIP_CODE_PROHIBITED;
	return pool_claim(had, binding, wish) ? 0 : MIP_CODE_PROHIBITED;
}

int pool_take(struct had *had, uint64_t now, struct binding *binding, const struct mipm_addr *wish)
{
	bool has_wish = !addr_is_unspecified(wish);

	if (addr_is_present(&binding->home_addr))
		return has_wish && !addr_equal(wish, &binding->home_addr) ? MIP_CODE_PROHIBITED : 0;
	if (has_wish)
		return take_wished(had, binding, wish);
	if (!pool_prefix(had))
		return MIP_CODE_PROHIBITED;
	return take_free(had, binding) || take_idle(had, now, binding) ? 0 : MIP_CODE_RESOURCES;
}
