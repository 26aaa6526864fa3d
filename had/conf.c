/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's configuration as an object: defaults, life cycle, lookups. Whether it makes
 * sense is judged in conf_check.c; where it comes from is config.c's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "had/had.h"
#include "libmip/mip.h"

/* What this end can do, and nothing that it does not do yet: WATCH will join them when tunneld's
 * reflexes of a home agent are armed, S and K when it removes duplicates. */
#define CAPS_DEFAULT (MIP_FEATURE_MULTIPATH | MIP_FEATURE_OBSERVED_ADDRESS)

int had_conf_new(struct had_conf **out)
{
	struct had_conf *conf = calloc(1, sizeof(*conf));

	if (!conf)
		return -ENOMEM;
	conf->port = MIP_PORT;
	conf->max_lifetime_s = 600;
	conf->caps = CAPS_DEFAULT;
	conf->limits = (struct had_limits) {
		.max_paths = 8,
		.max_networks = MIP_MAX_NETWORKS,
		.max_waiting = 4096,
		.wait_ms = 2000,
		.auth_failures_s = 10,
		.repeat_ms = 1000,
		.path_move_ms = 1000,
		.log_per_min = 20,
	};
	sa_set_init(&conf->sas);
	table_init(&conf->spi_table);
	table_init(&conf->name_table);
	table_init(&conf->home_addr_table);
	lpm_init(&conf->networks, NULL, NULL);
	*out = conf;
	return 0;
}

static void free_indexes(struct had_conf *conf)
{
	for (size_t i = 0; i < conf->n_spis; i++)
		table_remove(&conf->spi_table, &conf->spis[i].by_spi);
	for (size_t i = 0; i < conf->n_routers; i++) {
		table_remove(&conf->name_table, &conf->routers[i].by_name);
		table_remove(&conf->home_addr_table, &conf->routers[i].by_home_addr);
	}
	table_fini(&conf->spi_table);
	table_fini(&conf->name_table);
	table_fini(&conf->home_addr_table);
	lpm_fini(&conf->networks);
	free(conf->spis);
}

struct had_conf *had_conf_free(struct had_conf *conf)
{
	if (!conf)
		return NULL;
	free_indexes(conf);
	sa_set_fini(&conf->sas);
	for (size_t i = 0; i < conf->n_routers; i++) {
		free(conf->routers[i].name);
		free(conf->routers[i].spis);
		free(conf->routers[i].networks);
	}
	free(conf->routers);
	free(conf->home_networks);
	free(conf->home_agents);
	free(conf->listen);
	free(conf->store);
	free(conf);
	return NULL;
}

static bool spi_matches(const struct table_link *link, const void *key)
{
	return container_of(link, struct had_spi, by_spi)->spi == *(const uint32_t *)key;
}

const struct had_spi *had_conf_spi(const struct had_conf *conf, uint32_t spi)
{
	return container_of(table_find(&conf->spi_table, table_mix(spi), spi_matches, &spi),
		struct had_spi, by_spi);
}

static bool name_matches(const struct table_link *link, const void *key)
{
	const struct had_router *router = container_of(link, struct had_router, by_name);
	const struct mipm_str *name = key;

	return strlen(router->name) == name->len &&
	       memcmp(router->name, name->text, name->len) == 0;
}

struct had_router *had_conf_router(const struct had_conf *conf, const char *name, size_t len)
{
	struct mipm_str key = { .text = name, .len = (uint16_t)len };

	if (len > UINT16_MAX)
		return NULL;
	return container_of(
		table_find(&conf->name_table, table_hash(name, len, 0), name_matches, &key),
		struct had_router, by_name);
}

static bool home_addr_matches(const struct table_link *link, const void *key)
{
	return addr_equal(&container_of(link, struct had_router, by_home_addr)->home_addr, key);
}

struct had_router *had_conf_router_at(
	const struct had_conf *conf, const struct mipm_addr *home_addr)
{
	return container_of(table_find(&conf->home_addr_table, addr_hash(home_addr, 0),
				    home_addr_matches, home_addr),
		struct had_router, by_home_addr);
}

struct had_router *had_conf_network(
	const struct had_conf *conf, const struct mipm_prefix *prefix, struct mipm_prefix *which)
{
	return lpm_overlap(&conf->networks, prefix, which);
}

bool had_conf_is_home_agent(const struct had_conf *conf, const struct mipm_addr *addr)
{
	for (size_t i = 0; i < conf->n_home_agents; i++)
		if (addr_equal(&conf->home_agents[i], addr))
			return true;
	return false;
}

bool had_conf_is_listening(const struct had_conf *conf, const struct mipm_addr *addr)
{
	if (conf->n_listen == 0)
		return had_conf_is_home_agent(conf, addr);
	for (size_t i = 0; i < conf->n_listen; i++)
		if (addr_equal(&conf->listen[i], addr))
			return true;
	return false;
}

bool had_conf_is_home_network(const struct had_conf *conf, const struct mipm_addr *addr)
{
	for (size_t i = 0; i < conf->n_home_networks; i++)
		if (prefix_contains(&conf->home_networks[i], addr))
			return true;
	return false;
}

bool had_conf_is_inside(
	const struct had_conf *conf, const struct had_router *router, const struct mipm_addr *addr)
{
	return had_conf_is_home_network(conf, addr) || lpm_lookup(&conf->networks, addr) == router;
}
