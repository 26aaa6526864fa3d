/* SPDX-License-Identifier: BSD-2-Clause */
/* The section mobile-router, and the keys it names. */
#include "mnd/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "libmip/sa.h"
#include "shell/linefile.h"

#define RESOLV_CONF "/etc/resolv.conf"

/* Nothing but the bus: no file is written, no other socket made. */
const struct sandbox sandbox = {
	.syscalls = (const char *const[]) { NULL },
	.caps = (const uint8_t[]) { SANDBOX_NO_CAP },
};

/* In the order of the words in shell/keywords.c. */
static const enum mnd_udp_tunnel udp_tunnels[] = { MND_UDP_TUNNEL_NO, MND_UDP_TUNNEL_NATTED,
	MND_UDP_TUNNEL_FORCE };
static const enum mnd_route routes[] = { MND_ROUTE_ALL, MND_ROUTE_HOME };
static const enum mnd_multipath multipaths[] = { MND_MULTIPATH_AUTO, MND_MULTIPATH_YES,
	MND_MULTIPATH_NO };

static int read_key(void *ctx, char *line, unsigned number, char error[LINEFILE_ERROR_MAX])
{
	struct config *config = ctx;
	struct mip_sa *sa;
	int rc = linefile_set_add(config->keys, line);

	if (!rc)
		rc = sa_parse_line(line, &sa, error);
	if (rc)
		return rc == SA_LINE_EMPTY ? 0 : rc;
	rc = sa_set_add(config->sas, sa);
	if (!rc)
		return 0;
	snprintf(error, LINEFILE_ERROR_MAX,
		rc == SA_SET_DUPLICATE_SPI ? "SPI %u is there twice"
					   : "the key of SPI %u is also that of another one",
		sa->spi);
	sa_free(sa);
	return -EINVAL;
}

static int read_keys(struct config *config, const char *path)
{
	int rc = linefile_set_new(&config->keys);

	if (rc)
		return rc;
	config->sas = malloc(sizeof(*config->sas));
	if (!config->sas)
		return -ENOMEM;
	sa_set_init(config->sas);
	return linefile_read(path, true, read_key, config, config->log);
}

static int read_prefixes(struct conf_section router, const char *keyword,
	struct mipm_prefix to[MND_NETWORKS_MAX], size_t *n)
{
	*n = conf_count(router, keyword);
	if (*n > MND_NETWORKS_MAX)
		return conf_refuse(router, keyword, "more than %d %s", MND_NETWORKS_MAX, keyword);
	for (size_t i = 0; i < *n; i++)
		to[i] = conf_nth(router, keyword, i).prefix;
	return 0;
}

static int read_lists(struct conf_section router, struct mnd_conf *conf)
{
	char why[CONF_WHY_MAX];
	const char *agent;
	int rc;

	for (size_t i = 0; i < conf_count(router, "home-agent"); i++) {
		agent = conf_nth(router, "home-agent", i).text;
		if (mnd_conf_add_home_agent(conf, agent, why, sizeof(why)))
			return conf_refuse(router, "home-agent", "%s", why);
	}
	conf->n_spis = conf_count(router, "spi");
	if (conf->n_spis > MND_SPIS_MAX)
		return conf_refuse(router, "spi", "more than %d SPIs", MND_SPIS_MAX);
	for (size_t i = 0; i < conf->n_spis; i++)
		conf->spis[i] = (uint32_t)conf_nth(router, "spi", i).number;
	rc = read_prefixes(router, "networks", conf->networks, &conf->n_networks);
	if (rc)
		return rc;
	return read_prefixes(router, "home-networks", conf->home_networks, &conf->n_home_networks);
}

/* "nameserver ADDRESS"; those on this very host cannot be asked over an uplink. */
static int read_nameserver(void *ctx, char *line, unsigned number, char error[LINEFILE_ERROR_MAX])
{
	struct mnd_conf *conf = ctx;
	char *rest = NULL, *word = strtok_r(line, " \t", &rest);
	struct mipm_addr addr;

	if (!word || strcmp(word, "nameserver") != 0)
		return 0;
	word = strtok_r(NULL, " \t", &rest);
	if (!word || addr_parse(word, &addr) != 0 || addr.family != MIPM_IPV4 ||
		!addr_is_unicast(&addr))
		return 0;
	if (conf->n_dns_servers < MND_DNS_SERVERS_MAX)
		conf->dns_servers[conf->n_dns_servers++] = addr;
	return 0;
}

static int read_dns_servers(struct config *config, struct conf_section router)
{
	struct mnd_conf *conf = config->conf;

	conf->n_dns_servers = conf_count(router, "dns-servers");
	if (conf->n_dns_servers > MND_DNS_SERVERS_MAX)
		return conf_refuse(
			router, "dns-servers", "more than %d DNS servers", MND_DNS_SERVERS_MAX);
	for (size_t i = 0; i < conf->n_dns_servers; i++)
		conf->dns_servers[i] = conf_nth(router, "dns-servers", i).addr;
	if (conf->n_dns_servers == 0 && access(RESOLV_CONF, R_OK) == 0)
		linefile_read(RESOLV_CONF, false, read_nameserver, conf, config->log);
	return 0;
}

static int read_all(struct config *config)
{
	struct conf_section root = conf_root(config->file);
	struct conf_section router = conf_section(root, "mobile-router");
	struct mnd_conf *conf = config->conf;
	char why[CONF_WHY_MAX];
	int rc;

	if (!router.cfg)
		return conf_refuse(root, NULL, "no section mobile-router");
	rc = read_lists(router, conf);
	if (!rc)
		rc = read_dns_servers(config, router);
	if (!rc)
		rc = read_keys(config, conf_get(root, "keys").text);
	if (rc)
		return rc;
	conf->sas = config->sas;
	if (conf_get(router, "identity").is_set)
		snprintf(conf->identity, sizeof(conf->identity), "%s",
			conf_get(router, "identity").text);
	conf->home_addr = conf_get(router, "home-address").addr;
	conf->port = (uint16_t)conf_get(router, "port").number;
	conf->local_port = (uint16_t)conf_get(router, "local-port").number;
	conf->lifetime_s = (uint32_t)(conf_get(router, "lifetime").number / 1000);
	conf->keepalive_s = (uint32_t)(conf_get(router, "nat-keepalive").number / 1000);
	conf->udp_tunnel = udp_tunnels[conf_get(router, "udp-tunnel").word];
	conf->route = routes[conf_get(router, "route").word];
	conf->multipath = multipaths[conf_get(router, "multipath").word];
	if (mnd_conf_check(conf, why, sizeof(why)))
		return conf_refuse(router, NULL, "section mobile-router: %s", why);
	return 0;
}

int config_load(struct config *config, const char *path, struct log *log)
{
	int rc;

	*config = (struct config) { .log = log };
	rc = conf_load(&config->file, path, log);
	if (rc)
		return rc;
	config->conf = malloc(sizeof(*config->conf));
	if (!config->conf)
		return -ENOMEM;
	mnd_conf_init(config->conf);
	return read_all(config);
}

void config_fini(struct config *config)
{
	if (config->sas)
		sa_set_fini(config->sas);
	free(config->sas);
	free(config->conf);
	config->keys = linefile_set_free(config->keys);
	config->file = conf_free(config->file);
	config->sas = NULL;
	config->conf = NULL;
}

void config_reload(void *ctx, uint64_t now)
{
	struct config *config = ctx, aside;
	struct linefile_changes keys;
	int rc = config_load(&aside, config->file->path, config->log);

	if (!rc)
		rc = mnd_reconfigure(config->core, aside.conf, now);
	if (rc) {
		config_fini(&aside);
		log_warnx(config->log, "the old configuration stays");
		return;
	}
	conf_note_restart(config->file, aside.file);
	keys = linefile_set_compare(config->keys, aside.keys);
	aside.core = config->core;
	config_fini(config);
	*config = aside;
	log_info(config->log, "configuration applied; keys: %zu added, %zu removed, %zu changed",
		keys.added, keys.removed, keys.changed);
}
