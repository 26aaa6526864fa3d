/* SPDX-License-Identifier: BSD-2-Clause */
/* The section home-agent, and the keys. The mobile routers are in config_routers.c. */
#include "had/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/linefile.h"

/* The bus, and the files of the store. */
const struct sandbox sandbox = {
	.syscalls = (const char *const[]) { "chmod", "fallocate", "fchmod", "fchown", "fdatasync",
		"fsync", "ftruncate", "pwrite64", "pwritev", "rename", "renameat", NULL },
	.caps = (const uint8_t[]) { SANDBOX_NO_CAP },
	.writes_files = true,
};

/* In the order of the words in shell/keywords.c. */
static const enum had_durability durabilities[] = { HAD_DURABILITY_GROUP,
	HAD_DURABILITY_BEFORE_REPLY };

static int read_key(void *ctx, char *line, unsigned number, char error[LINEFILE_ERROR_MAX])
{
	struct config *config = ctx;
	struct mip_sa *sa;
	int rc = linefile_set_add(config->keys, line);

	if (!rc)
		rc = sa_parse_line(line, &sa, error);
	if (rc)
		return rc == SA_LINE_EMPTY ? 0 : rc;
	rc = sa_set_add(&config->conf->sas, sa);
	if (!rc)
		return 0;
	snprintf(error, LINEFILE_ERROR_MAX,
		rc == SA_SET_DUPLICATE_SPI ? "SPI %u is there twice"
					   : "the key of SPI %u is also that of another one",
		sa->spi);
	sa_free(sa);
	return -EINVAL;
}

static int read_addrs(
	struct conf_section agent, const char *keyword, struct mipm_addr **to, size_t *n)
{
	*n = conf_count(agent, keyword);
	*to = calloc(*n + 1, sizeof(**to));
	if (!*to)
		return -ENOMEM;
	for (size_t i = 0; i < *n; i++)
		(*to)[i] = conf_nth(agent, keyword, i).addr;
	return 0;
}

static int read_agent(struct conf_section agent, struct had_conf *conf)
{
	struct conf_value home_network = conf_get(agent, "home-network");
	int rc;

	rc = read_addrs(agent, "address", &conf->home_agents, &conf->n_home_agents);
	if (!rc)
		rc = read_addrs(agent, "listen", &conf->listen, &conf->n_listen);
	if (rc)
		return rc;
	conf->store = strdup(conf_get(agent, "store").text);
	conf->home_networks = calloc(1, sizeof(*conf->home_networks));
	if (!conf->store || !conf->home_networks)
		return -ENOMEM;
	if (home_network.is_set)
		conf->home_networks[conf->n_home_networks++] = home_network.prefix;
	conf->port = (uint16_t)conf_get(agent, "port").number;
	conf->max_lifetime_s = (uint32_t)(conf_get(agent, "max-lifetime").number / 1000);
	conf->nat_lifetime_s = (uint32_t)(conf_get(agent, "nat-lifetime").number / 1000);
	conf->nat_keepalive_s = (uint16_t)(conf_get(agent, "nat-keepalive").number / 1000);
	conf->durability = durabilities[conf_get(agent, "durability").word];
	conf->limits.max_paths = (uint32_t)conf_get(agent, "max-paths").number;
	conf->limits.max_networks = (uint32_t)conf_get(agent, "max-networks").number;
	conf->limits.max_waiting = (uint32_t)conf_get(agent, "max-waiting").number;
	return 0;
}

/* "FILE:LINE: what" or only "what". */
static bool has_place(const char *error)
{
	const char *colon = strstr(error, ": ");

	return colon && colon > error && isdigit((unsigned char)colon[-1]);
}

static int check(struct config *config, struct conf_section agent)
{
	char error[HAD_CONF_ERROR_MAX] = "";
	int rc = had_conf_check(config->conf, error);

	if (!rc || !*error)
		return rc;
	if (!has_place(error))
		return conf_refuse(agent, NULL, "section home-agent: %s", error);
	log_warnx(config->log, "%s", error);
	return rc;
}

int config_load(struct config *config, const char *path, struct log *log)
{
	struct conf_section root, agent;
	int rc;

	*config = (struct config) { .log = log };
	rc = conf_load(&config->file, path, log);
	if (rc)
		return rc;
	root = conf_root(config->file);
	agent = conf_section(root, "home-agent");
	if (!agent.cfg)
		return conf_refuse(root, NULL, "no section home-agent");
	rc = had_conf_new(&config->conf);
	if (!rc)
		rc = linefile_set_new(&config->keys);
	if (!rc)
		rc = linefile_set_new(&config->routers);
	if (!rc)
		rc = read_agent(agent, config->conf);
	if (!rc)
		rc = linefile_read(conf_get(root, "keys").text, true, read_key, config, log);
	if (!rc)
		rc = config_read_routers(config, agent);
	return rc ? rc : check(config, agent);
}

void config_fini(struct config *config)
{
	config->conf = had_conf_free(config->conf);
	config->keys = linefile_set_free(config->keys);
	config->routers = linefile_set_free(config->routers);
	config->file = conf_free(config->file);
}

static void note_restart(const struct config *old, const struct config *now)
{
	conf_note_restart(old->file, now->file);
	if (strcmp(old->conf->store, now->conf->store) != 0)
		log_warnx(old->log, "store has changed: it counts after a restart");
}

void config_reload(void *ctx, uint64_t now)
{
	struct config *config = ctx, aside;
	struct linefile_changes keys, routers;
	int rc = config_load(&aside, config->file->path, config->log);

	if (!rc)
		rc = had_reconfigure(config->core, now, aside.conf);
	if (rc) {
		config_fini(&aside);
		log_warnx(config->log, "the old configuration stays");
		return;
	}
	note_restart(config, &aside);
	keys = linefile_set_compare(config->keys, aside.keys);
	routers = linefile_set_compare(config->routers, aside.routers);
	aside.core = config->core;
	config_fini(config);
	*config = aside;
	log_info(config->log,
		"configuration applied: %zu mobile routers; keys: %zu added, %zu removed, "
		"%zu changed; routers file: %zu added, %zu removed, %zu changed",
		config->conf->n_routers, keys.added, keys.removed, keys.changed, routers.added,
		routers.removed, routers.changed);
}

void config_store_ready(void *ctx, uint64_t now)
{
	struct config *config = ctx;

	had_store_ready(config->core, now);
}
