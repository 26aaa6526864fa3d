/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a configuration make sense? Each rule once, with a sentence an operator can act on. The
 * indexes are built on the way: what is already in an index is what a new row collides with, so a
 * hundred thousand routers cost a hundred thousand lookups.
 *
 * Networks: RFC 5177 (two routers never own overlapping prefixes), THREATS T5.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "had/had.h"
#include "had/state.h"
#include "libmip/mip.h"

struct check {
	struct had_conf *conf;
	char *error;
};

__attribute__((format(printf, 3, 4))) static int fail(
	struct check *check, const struct had_place *place, const char *fmt, ...)
{
	int n = 0;
	va_list ap;

	if (place && place->file)
		n = snprintf(check->error, HAD_CONF_ERROR_MAX, "%s:%u: ", place->file, place->line);
	else if (place && place->line)
		n = snprintf(check->error, HAD_CONF_ERROR_MAX, "line %u: ", place->line);
	if (n < 0 || n >= HAD_CONF_ERROR_MAX)
		n = 0;
	va_start(ap, fmt);
	vsnprintf(check->error + n, (size_t)(HAD_CONF_ERROR_MAX - n), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool is_in(const char *text, const struct mipm_prefix *prefix)
{
	struct mipm_prefix reserved;

	return prefix_parse(text, &reserved) == 0 && prefix_overlaps(&reserved, prefix);
}

/* Why no network of ours can be this one; NULL if it can. */
static const char *prefix_fault(const struct mipm_prefix *prefix)
{
	if (!prefix_is_present(prefix))
		return "is no prefix";
	if (prefix->addr.family != MIPM_IPV4)
		return "is not IPv4 (not in this version)";
	if (prefix->len == 0)
		return "is everything (0.0.0.0/0)";
	if (is_in("127.0.0.0/8", prefix))
		return "is or holds loopback addresses";
	if (is_in("224.0.0.0/4", prefix))
		return "is or holds multicast addresses";
	if (is_in("255.255.255.255", prefix))
		return "holds the broadcast address";
	return NULL;
}

static int check_addrs(
	struct check *check, const char *what, const struct mipm_addr *addrs, size_t n)
{
	char text[ADDR_TEXT_MAX];

	if (n > HAD_ADDRS_MAX)
		return fail(check, NULL, "%s: at most %u of them", what, HAD_ADDRS_MAX);
	for (size_t i = 0; i < n; i++) {
		addr_print(&addrs[i], text);
		if (addrs[i].family != MIPM_IPV4 || !addr_is_unicast(&addrs[i]))
			return fail(check, NULL, "%s %s is no unicast IPv4 address", what, text);
		for (size_t k = 0; k < i; k++)
			if (addr_equal(&addrs[i], &addrs[k]))
				return fail(check, NULL, "%s %s is given twice", what, text);
	}
	return 0;
}

static int check_home_networks(struct check *check)
{
	const struct had_conf *conf = check->conf;
	char text[PREFIX_TEXT_MAX];
	const char *fault;

	for (size_t i = 0; i < conf->n_home_networks; i++) {
		prefix_print(&conf->home_networks[i], text);
		fault = prefix_fault(&conf->home_networks[i]);
		if (fault)
			return fail(check, NULL, "home-network %s %s", text, fault);
		for (size_t k = 0; k < i; k++)
			if (prefix_overlaps(&conf->home_networks[i], &conf->home_networks[k]))
				return fail(check, NULL, "home-network %s overlaps another", text);
	}
	return 0;
}

static int check_agent(struct check *check)
{
	const struct had_conf *conf = check->conf;
	const struct had_limits *limits = &conf->limits;
	int rc;

	if (conf->n_home_agents == 0)
		return fail(check, NULL, "home-agent needs an address");
	rc = check_addrs(check, "address", conf->home_agents, conf->n_home_agents);
	if (rc == 0)
		rc = check_addrs(check, "listen", conf->listen, conf->n_listen);
	if (rc == 0)
		rc = check_home_networks(check);
	if (rc < 0)
		return rc;
	if (conf->port == 0)
		return fail(check, NULL, "port must not be 0");
	if (conf->max_lifetime_s == 0 || conf->max_lifetime_s > MIP_LIFETIME_INFINITE)
		return fail(check, NULL, "max-lifetime must be 1s to 65535s");
	if (limits->max_paths == 0 || limits->max_paths > HAD_PATHS_MAX)
		return fail(check, NULL, "paths per binding must be 1 to %u", HAD_PATHS_MAX);
	if (limits->max_networks > MIP_MAX_NETWORKS)
		return fail(
			check, NULL, "networks per binding must be at most %u", MIP_MAX_NETWORKS);
	if (limits->max_waiting == 0 || limits->wait_ms == 0)
		return fail(check, NULL, "requests must be able to wait for the store");
	return 0;
}

static int check_name(struct check *check, struct had_router *router)
{
	struct had_conf *conf = check->conf;
	size_t len = router->name ? strlen(router->name) : 0;

	if (len == 0 || len > MIP_NAI_MAX)
		return fail(check, &router->place, "a mobile router's name has 1 to %u octets",
			MIP_NAI_MAX);
	if (had_conf_router(conf, router->name, len))
		return fail(check, &router->place, "mobile router %s is configured twice",
			router->name);
	table_add(&conf->name_table, &router->by_name, table_hash(router->name, len, 0));
	return 0;
}

static int check_spis(struct check *check, struct had_router *router, struct had_spi **next)
{
	struct had_conf *conf = check->conf;
	const struct had_spi *other;
	struct had_spi *row;

	if (router->n_spis == 0)
		return fail(check, &router->place, "mobile router %s has no spi", router->name);
	for (size_t i = 0; i < router->n_spis; i++) {
		other = had_conf_spi(conf, router->spis[i]);
		if (other)
			return fail(check, &router->place,
				"spi %u of mobile router %s is also that of %s", router->spis[i],
				router->name, other->router->name);
		row = (*next)++;
		row->spi = router->spis[i];
		row->router = router;
		row->sa = sa_find(&conf->sas, row->spi);
		if (!row->sa)
			return fail(check, &router->place,
				"spi %u of mobile router %s is not in the keys file", row->spi,
				router->name);
		table_add(&conf->spi_table, &row->by_spi, table_mix(row->spi));
		if (row->sa->replay != had_conf_spi(conf, router->spis[0])->sa->replay)
			return fail(check, &router->place,
				"the spis of mobile router %s differ in replay protection",
				router->name);
	}
	return 0;
}

static int check_home_addr(struct check *check, struct had_router *router)
{
	struct had_conf *conf = check->conf;
	const struct had_router *other;
	char text[ADDR_TEXT_MAX];

	if (!addr_is_present(&router->home_addr)) {
		if (conf->n_home_networks == 0)
			return fail(check, &router->place,
				"mobile router %s has no home-address, and there is no "
				"home-network to take one from",
				router->name);
		return 0;
	}
	addr_print(&router->home_addr, text);
	if (router->home_addr.family != MIPM_IPV4 || !addr_is_unicast(&router->home_addr))
		return fail(
			check, &router->place, "home-address %s is no unicast IPv4 address", text);
	if (had_conf_is_home_agent(conf, &router->home_addr))
		return fail(check, &router->place, "home-address %s is the home agent's own", text);
	other = had_conf_router_at(conf, &router->home_addr);
	if (other)
		return fail(check, &router->place, "home-address %s of %s is also that of %s", text,
			router->name, other->name);
	table_add(&conf->home_addr_table, &router->by_home_addr, addr_hash(&router->home_addr, 0));
	return 0;
}

static int check_network(
	struct check *check, struct had_router *router, const struct mipm_prefix *network)
{
	struct had_conf *conf = check->conf;
	const char *fault = prefix_fault(network);
	const struct had_router *other;
	char text[PREFIX_TEXT_MAX], theirs[PREFIX_TEXT_MAX];
	struct mipm_prefix which;

	prefix_print(network, text);
	if (fault)
		return fail(
			check, &router->place, "network %s of %s %s", text, router->name, fault);
	for (size_t i = 0; i < conf->n_home_networks; i++)
		if (prefix_overlaps(network, &conf->home_networks[i]))
			return fail(check, &router->place,
				"network %s of %s overlaps home-network %s", text, router->name,
				prefix_print(&conf->home_networks[i], theirs));
	for (size_t i = 0; i < conf->n_home_agents; i++)
		if (prefix_contains(network, &conf->home_agents[i]))
			return fail(check, &router->place,
				"network %s of %s holds the home agent's own address", text,
				router->name);
	other = had_conf_network(conf, network, &which);
	if (other)
		return fail(check, &router->place, "network %s of %s overlaps %s of %s", text,
			router->name, prefix_print(&which, theirs), other->name);
	return lpm_insert(&conf->networks, network, router, NULL);
}

static int check_networks(struct check *check, struct had_router *router)
{
	int rc = 0;

	if (router->n_networks > MIP_MAX_NETWORKS)
		return fail(check, &router->place, "mobile router %s has more than %u networks",
			router->name, MIP_MAX_NETWORKS);
	for (size_t i = 0; i < router->n_networks && rc == 0; i++)
		rc = check_network(check, router, &router->networks[i]);
	return rc;
}

/* A home address may lie in its own router's network, never in another's. */
static int check_home_addr_in_networks(struct check *check, const struct had_router *router)
{
	const struct had_router *other;
	char text[ADDR_TEXT_MAX];

	if (!addr_is_present(&router->home_addr))
		return 0;
	other = lpm_lookup(&check->conf->networks, &router->home_addr);
	if (!other || other == router)
		return 0;
	return fail(check, &router->place, "home-address %s of %s lies in a network of %s",
		addr_print(&router->home_addr, text), router->name, other->name);
}

static int check_routers(struct check *check)
{
	struct had_conf *conf = check->conf;
	struct had_spi *next;
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < conf->n_routers; i++)
		n += conf->routers[i].n_spis;
	conf->spis = next = calloc(n + 1, sizeof(*conf->spis));
	if (!conf->spis)
		return -ENOMEM;
	conf->n_spis = n;
	for (size_t i = 0; i < conf->n_routers && rc == 0; i++) {
		struct had_router *router = &conf->routers[i];

		rc = check_name(check, router);
		if (rc == 0)
			rc = check_spis(check, router, &next);
		if (rc == 0)
			rc = check_home_addr(check, router);
		if (rc == 0)
			rc = check_networks(check, router);
	}
	for (size_t i = 0; i < conf->n_routers && rc == 0; i++)
		rc = check_home_addr_in_networks(check, &conf->routers[i]);
	return rc;
}

int had_conf_check(struct had_conf *conf, char error[HAD_CONF_ERROR_MAX])
{
	struct check check = { .conf = conf, .error = error };
	int rc;

	error[0] = '\0';
	rc = check_agent(&check);
	if (rc == 0)
		rc = check_routers(&check);
	if (rc == 0)
		conf->is_checked = true;
	return rc;
}
