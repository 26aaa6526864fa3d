/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobile routers, as sections of raiic.conf or, for fleets, as lines of the routers file:
 *
 *	NAME SPI[,SPI] HOME-ADDRESS|pool NETWORK[,NETWORK...]|none [option=value...]
 *
 * The words of a line are read by the same keyword rows as the sections.
 */
#include "had/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/linefile.h"

/* In the order of the words in shell/keywords.c. */
static const enum had_udp_tunnel udp_tunnels[] = { HAD_UDP_TUNNEL_NO, HAD_UDP_TUNNEL_NATTED,
	HAD_UDP_TUNNEL_FORCE };

/* A fresh row at the end of the list; NULL: no memory. */
static struct had_router *add_router(struct had_conf *conf, const char *name)
{
	struct had_router *router, *grown;

	/* Room for 1, 2, 4, ... of them. */
	if ((conf->n_routers & (conf->n_routers - 1)) == 0) {
		grown = reallocarray(
			conf->routers, conf->n_routers ? conf->n_routers * 2 : 1, sizeof(*grown));
		if (!grown)
			return NULL;
		conf->routers = grown;
	}
	router = &conf->routers[conf->n_routers++];
	*router = (struct had_router) { .name = strdup(name) };
	return router->name ? router : NULL;
}

static int add_spi(struct had_router *router, uint64_t spi)
{
	uint32_t *grown = reallocarray(router->spis, router->n_spis + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	router->spis = grown;
	router->spis[router->n_spis++] = (uint32_t)spi;
	return 0;
}

static int add_network(struct had_router *router, const struct mipm_prefix *network)
{
	struct mipm_prefix *grown =
		reallocarray(router->networks, router->n_networks + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	router->networks = grown;
	router->networks[router->n_networks++] = *network;
	return 0;
}

static int read_section(struct had_conf *conf, struct conf_section section)
{
	struct had_router *router = add_router(conf, conf_title(section));
	struct conf_place place = conf_place(section, NULL);
	struct conf_value value;
	int rc = router ? 0 : -ENOMEM;

	if (rc)
		return rc;
	router->place = (struct had_place) { place.file, place.line };
	router->home_addr = conf_get(section, "home-address").addr;
	router->udp_tunnel = udp_tunnels[conf_get(section, "udp-tunnel").word];
	for (size_t i = 0; !rc && i < conf_count(section, "spi"); i++)
		rc = add_spi(router, conf_nth(section, "spi", i).number);
	for (size_t i = 0; !rc && i < conf_count(section, "networks"); i++) {
		value = conf_nth(section, "networks", i);
		rc = add_network(router, &value.prefix);
	}
	return rc;
}

/* lines */

static const struct conf_keyword *router_rows(void)
{
	return conf_row(conf_row(conf_keywords, "home-agent")->sub, "mobile-router")->sub;
}

/* One value by the row of that keyword. */
static int read_word(const char *keyword, const char *word, struct conf_value *out,
	char error[LINEFILE_ERROR_MAX])
{
	char why[CONF_WHY_MAX];

	if (conf_value_parse(conf_row(router_rows(), keyword), word, out, why) == 0)
		return 0;
	snprintf(error, LINEFILE_ERROR_MAX, "%s: %s", keyword, why);
	return -EINVAL;
}

static int read_spis(struct had_router *router, char *list, char error[LINEFILE_ERROR_MAX])
{
	struct conf_value value;
	char *part;
	int rc;

	while ((part = linefile_part(&list))) {
		rc = read_word("spi", part, &value, error);
		if (!rc)
			rc = add_spi(router, value.number);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_networks(struct had_router *router, char *list, char error[LINEFILE_ERROR_MAX])
{
	struct conf_value value;
	char *part;
	int rc;

	if (strcmp(list, "none") == 0)
		return 0;
	while ((part = linefile_part(&list))) {
		rc = read_word("networks", part, &value, error);
		if (!rc)
			rc = add_network(router, &value.prefix);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_option(struct had_router *router, char *word, char error[LINEFILE_ERROR_MAX])
{
	char *equals = strchr(word, '=');
	struct conf_value value;
	int rc;

	if (equals)
		*equals++ = '\0';
	if (!equals || strcmp(word, "udp-tunnel") != 0) {
		snprintf(error, LINEFILE_ERROR_MAX, "unknown option %s (udp-tunnel=?)", word);
		return -EINVAL;
	}
	rc = read_word("udp-tunnel", equals, &value, error);
	if (!rc)
		router->udp_tunnel = udp_tunnels[value.word];
	return rc;
}

static int read_line(void *ctx, char *line, unsigned number, char error[LINEFILE_ERROR_MAX])
{
	static const struct conf_keyword as_name = { "name", CONF_NAME, .max = 255 };
	struct config *config = ctx;
	struct conf_value value = {};
	struct had_router *router;
	char *rest = line, *name, *spis, *home_addr, *networks, *option;
	int rc = linefile_set_add(config->routers, line);

	if (rc)
		return rc;
	name = linefile_word(&rest);
	spis = linefile_word(&rest);
	home_addr = linefile_word(&rest);
	networks = linefile_word(&rest);
	if (!networks) {
		snprintf(error, LINEFILE_ERROR_MAX,
			"a line is: NAME SPI[,SPI] HOME-ADDRESS|pool NETWORK[,NETWORK...]|none");
		return -EINVAL;
	}
	if (conf_value_parse(&as_name, name, &value, error))
		return -EINVAL;
	router = add_router(config->conf, name);
	if (!router)
		return -ENOMEM;
	router->place = (struct had_place) {
		conf_get(conf_root(config->file), "routers").text,
		number,
	};
	rc = read_spis(router, spis, error);
	if (!rc && strcmp(home_addr, "pool") != 0) {
		rc = read_word("home-address", home_addr, &value, error);
		router->home_addr = value.addr;
	}
	if (!rc)
		rc = read_networks(router, networks, error);
	while (!rc && (option = linefile_word(&rest)))
		rc = read_option(router, option, error);
	return rc;
}

int config_read_routers(struct config *config, struct conf_section agent)
{
	struct conf_value file = conf_get(conf_root(config->file), "routers");
	int rc = 0;

	for (size_t i = 0; !rc && i < conf_n_sections(agent, "mobile-router"); i++)
		rc = read_section(config->conf, conf_nth_section(agent, "mobile-router", i));
	if (!rc && file.is_set)
		rc = linefile_read(file.text, false, read_line, config, config->log);
	return rc;
}
