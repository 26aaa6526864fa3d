/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration as plain data: defaults, and whether it makes sense as a whole. Ranges are
 * checked here and not in config.c, so that tests and the simulation meet the same rules.
 * RFC 5944 1.6 (SPI), 5177 5.4 (prefixes), 2794 (NAI).
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "libmip/mip.h"
#include "libmip/sa.h"
#include "mnd/dns.h"
#include "mnd/mnd.h"

void mnd_conf_init(struct mnd_conf *conf)
{
	*conf = (struct mnd_conf) {
		.port = MND_PORT,
		.local_port = MND_PORT,
		.lifetime_s = MND_LIFETIME_S,
		.keepalive_s = MND_KEEPALIVE_S,
	};
}

struct why {
	char *text;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct why *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (why->size > 0)
		vsnprintf(why->text, why->size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int check_home_agent(const struct mipm_addr *addr, const struct why *why)
{
	char buf[ADDR_TEXT_MAX];

	if (addr->family == MIPM_IPV6)
		return refuse(
			why, "home agent %s: IPv6 is for a later version", addr_print(addr, buf));
	if (!addr_is_unicast(addr))
		return refuse(
			why, "home agent %s: not the address of a host", addr_print(addr, buf));
	return 0;
}

static int add_name(struct mnd_conf *conf, const char *name, const struct why *why)
{
	if (!dns_name_is_good(name))
		return refuse(why, "home agent \"%s\": neither an address nor a DNS name", name);
	for (size_t i = 0; i < conf->n_home_agents; i++)
		if (strcasecmp(conf->home_agent_names[i], name) == 0)
			return refuse(why, "home agent %s is named twice", name);
	snprintf(
		conf->home_agent_names[conf->n_home_agents++], MND_NAME_SERVED_MAX + 1, "%s", name);
	return 0;
}

int mnd_conf_add_home_agent(struct mnd_conf *conf, const char *text, char *buf, size_t size)
{
	const struct why why = { buf, size };
	struct mipm_addr addr;

	if (conf->n_home_agents == MND_HOME_AGENTS_MAX)
		return refuse(&why, "more than %d home agents", MND_HOME_AGENTS_MAX);
	if (addr_parse(text, &addr) != 0)
		return add_name(conf, text, &why);
	if (check_home_agent(&addr, &why) != 0)
		return -EINVAL;
	for (size_t i = 0; i < conf->n_home_agents; i++)
		if (addr_equal(&conf->home_agents[i], &addr))
			return refuse(&why, "home agent %s is named twice", text);
	conf->home_agents[conf->n_home_agents++] = addr;
	return 0;
}

static int check_home_agents(const struct mnd_conf *conf, const struct why *why)
{
	if (conf->n_home_agents == 0)
		return refuse(why, "no home agent");
	if (conf->n_home_agents > MND_HOME_AGENTS_MAX)
		return refuse(why, "more than %d home agents", MND_HOME_AGENTS_MAX);
	for (size_t i = 0; i < conf->n_home_agents; i++)
		if (!*conf->home_agent_names[i] &&
			check_home_agent(&conf->home_agents[i], why) != 0)
			return -EINVAL;
	if (conf->n_dns_servers > MND_DNS_SERVERS_MAX)
		return refuse(why, "more than %d DNS servers", MND_DNS_SERVERS_MAX);
	return 0;
}

static int check_identity(const struct mnd_conf *conf, const struct why *why)
{
	char buf[ADDR_TEXT_MAX];
	const struct mipm_addr *home = &conf->home_addr;

	if (!memchr(conf->identity, '\0', sizeof(conf->identity)))
		return refuse(why, "identity of more than %d letters", MND_IDENTITY_MAX);
	if (!addr_is_present(home) && !*conf->identity)
		return refuse(why, "neither identity nor home-address: the home agent cannot "
				   "know who asks");
	if (!addr_is_present(home))
		return 0;
	if (home->family != MIPM_IPV4 || !addr_is_unicast(home))
		return refuse(why, "home-address %s: not the IPv4 address of a host",
			addr_print(home, buf));
	for (size_t i = 0; i < conf->n_home_agents; i++)
		if (addr_equal(home, &conf->home_agents[i]))
			return refuse(why, "home-address %s is the home agent's own",
				addr_print(home, buf));
	return 0;
}

static int check_spis(const struct mnd_conf *conf, const struct why *why)
{
	if (conf->n_spis == 0)
		return refuse(why, "no spi: registrations are always authenticated");
	if (conf->n_spis > MND_SPIS_MAX)
		return refuse(why, "more than %d spi", MND_SPIS_MAX);
	for (size_t i = 0; i < conf->n_spis; i++)
		if (!conf->sas || !sa_find(conf->sas, conf->spis[i]))
			return refuse(why, "spi %u: no such security association in the keys file",
				conf->spis[i]);
	return 0;
}

static int check_network(
	const struct mnd_conf *conf, const struct mipm_prefix *network, const struct why *why)
{
	char buf[PREFIX_TEXT_MAX];

	prefix_print(network, buf);
	if (network->addr.family != MIPM_IPV4)
		return refuse(why, "network %s: only IPv4 in this version", buf);
	if (network->len == 0 || network->len > 32)
		return refuse(why, "network %s: its length must be 1 to 32", buf);
	if (addr_is_loopback(&network->addr) || addr_is_multicast(&network->addr))
		return refuse(why, "network %s cannot be a mobile network", buf);
	for (size_t i = 0; i < conf->n_home_agents; i++)
		if (prefix_contains(network, &conf->home_agents[i]))
			return refuse(why, "network %s holds the home agent's address", buf);
	return 0;
}

static int check_networks(const struct mnd_conf *conf, const struct why *why)
{
	char a[PREFIX_TEXT_MAX], b[PREFIX_TEXT_MAX];

	if (conf->n_networks > MND_NETWORKS_MAX || conf->n_home_networks > MND_NETWORKS_MAX)
		return refuse(why, "more than %d networks", MND_NETWORKS_MAX);
	for (size_t i = 0; i < conf->n_networks; i++) {
		if (check_network(conf, &conf->networks[i], why) != 0)
			return -EINVAL;
		for (size_t j = 0; j < i; j++)
			if (prefix_overlaps(&conf->networks[i], &conf->networks[j]))
				return refuse(why, "networks %s and %s overlap",
					prefix_print(&conf->networks[j], a),
					prefix_print(&conf->networks[i], b));
	}
	return 0;
}

static int check_route(const struct mnd_conf *conf, const struct why *why)
{
	if (conf->route == MND_ROUTE_HOME && conf->n_home_networks == 0)
		return refuse(why, "route = home without home-networks: nothing would go into the "
				   "tunnel");
	return 0;
}

static int check_numbers(const struct mnd_conf *conf, const struct why *why)
{
	if (conf->port == 0 || conf->local_port == 0)
		return refuse(why, "port 0");
	if (conf->lifetime_s < MND_LIFETIME_MIN || conf->lifetime_s > MND_LIFETIME_MAX)
		return refuse(why, "lifetime %us: must be %us to %us", conf->lifetime_s,
			MND_LIFETIME_MIN, MND_LIFETIME_MAX);
	if (conf->keepalive_s < MND_KEEPALIVE_MIN)
		return refuse(why, "nat-keepalive %us: at least %us", conf->keepalive_s,
			MND_KEEPALIVE_MIN);
	if (conf->udp_tunnel == MND_UDP_TUNNEL_NO)
		return refuse(why, "udp-tunnel = no: tunnels without UDP are for a later version");
	return 0;
}

int mnd_conf_check(const struct mnd_conf *conf, char *buf, size_t size)
{
	static int (*const checks[])(const struct mnd_conf *, const struct why *) = {
		check_home_agents,
		check_identity,
		check_spis,
		check_networks,
		check_route,
		check_numbers,
	};
	const struct why why = { buf, size };

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (checks[i](conf, &why) != 0)
			return -EINVAL;
	return 0;
}
