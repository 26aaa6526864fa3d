/* SPDX-License-Identifier: BSD-2-Clause */
/* The section tunnel, and what home-agent and mobile-router say about addresses and uplinks. */
#include "tunneld/config.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>

/* New uplinks need new sockets, and a TUN device that was taken away is opened again. */
const struct sandbox sandbox = {
	.syscalls = (const char *const[]) { "bind", "clone", "clone3", "eventfd2", "ioctl",
		"membarrier", "sched_setaffinity", "set_tid_address", "socket", "timerfd_create",
		NULL },
	.caps = (const uint8_t[]) { CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, SANDBOX_NO_CAP },
	.writes_files = true,
};

#define UPLINKS_MAX 254
#define WHY_MAX	    256

/* In the order of the words in shell/keywords.c. */
static const enum tunneld_internet internets[] = { TUNNELD_INTERNET_NAT, TUNNELD_INTERNET_ROUTED,
	TUNNELD_INTERNET_NONE };
enum {
	EXPORT_NETWORKS = 1,
	ON_LOSS_LOCAL = 1
};

/* The lists of a tunneld_conf are const: they are filled here and freed with it. */
struct lists {
	struct tunneld_conf conf; /* first: config->conf points here */
	struct mipm_endpoint *listen;
	struct mipm_prefix *aggregates;
	struct mipm_prefix *networks;
	struct mipm_addr *home_agents;
	struct tunneld_uplink_conf *uplinks;
};

static int read_prefixes(
	struct conf_section s, const char *keyword, struct mipm_prefix **to, size_t *n)
{
	*n = conf_count(s, keyword);
	*to = calloc(*n + 1, sizeof(**to));
	if (!*to)
		return -ENOMEM;
	for (size_t i = 0; i < *n; i++)
		(*to)[i] = conf_nth(s, keyword, i).prefix;
	return 0;
}

static void read_tunnel(struct conf_section tunnel, struct tunneld_conf *conf)
{
	snprintf(conf->device, sizeof(conf->device), "%s", conf_get(tunnel, "device").text);
	conf->table = (uint32_t)conf_get(tunnel, "table").number;
	conf->protocol = (uint8_t)conf_get(tunnel, "protocol").number;
	conf->priority = (uint32_t)conf_get(tunnel, "priority").number;
	conf->mark = (uint32_t)conf_get(tunnel, "mark").number;
	conf->mtu = (uint32_t)conf_get(tunnel, "mtu").number; /* 0 when auto */
	conf->workers = (uint32_t)conf_get(tunnel, "workers").number;
}

static int read_home_agent(struct conf_section agent, struct lists *to)
{
	const char *which = conf_count(agent, "listen") ? "listen" : "address";
	struct tunneld_conf *conf = &to->conf;
	size_t n = conf_count(agent, which);
	int rc;

	if (!agent.cfg)
		return 0;
	conf->home_agent = true;
	to->listen = calloc(n + 1, sizeof(*to->listen));
	if (!to->listen)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		to->listen[i] = (struct mipm_endpoint) {
			conf_nth(agent, which, i).addr,
			(uint16_t)conf_get(agent, "port").number,
		};
	conf->n_listen = n;
	conf->home_network = conf_get(agent, "home-network").prefix;
	conf->export_routes = conf_get(agent, "export-routes").word == EXPORT_NETWORKS;
	conf->internet = internets[conf_get(agent, "internet").word];
	rc = read_prefixes(agent, "aggregates", &to->aggregates, &conf->n_aggregates);
	conf->listen = to->listen;
	conf->aggregates = to->aggregates;
	return rc;
}

static int read_uplinks(struct conf_section router, struct lists *to)
{
	size_t n = conf_n_sections(router, "uplink");
	struct conf_section uplink;

	if (n > UPLINKS_MAX)
		return conf_refuse(router, NULL, "more than %d uplinks", UPLINKS_MAX);
	to->uplinks = calloc(n + 1, sizeof(*to->uplinks));
	if (!to->uplinks)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		uplink = conf_nth_section(router, "uplink", i);
		snprintf(
			to->uplinks[i].name, sizeof(to->uplinks[i].name), "%s", conf_title(uplink));
		to->uplinks[i].number = (uint8_t)(i + 1);
		to->uplinks[i].metric = (uint32_t)conf_get(uplink, "metric").number;
		to->uplinks[i].metered = conf_get(uplink, "metered").yes;
		if (conf_get(uplink, "rate").is_set)
			log_warnx(uplink.conf->log, "uplink %s: rate does nothing yet",
				to->uplinks[i].name);
	}
	to->conf.n_uplinks = n;
	to->conf.uplinks = to->uplinks;
	return 0;
}

static int read_mobile_router(struct conf_section router, struct lists *to)
{
	struct tunneld_conf *conf = &to->conf;
	size_t n = conf_count(router, "home-agent");
	struct conf_value agent;
	int rc;

	if (!router.cfg)
		return 0;
	if (conf_get(router, "on-loss").word == ON_LOSS_LOCAL)
		return conf_refuse(router, "on-loss", "on-loss = local is not in this version");
	conf->mobile_router = true;
	conf->local_port = (uint16_t)conf_get(router, "local-port").number;
	to->home_agents = calloc(n + 1, sizeof(*to->home_agents));
	if (!to->home_agents)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		agent = conf_nth(router, "home-agent", i);
		if (addr_is_present(&agent.addr))
			to->home_agents[conf->n_home_agents++] = agent.addr;
	}
	rc = read_prefixes(router, "networks", &to->networks, &conf->n_networks);
	conf->home_agents = to->home_agents;
	conf->networks = to->networks;
	return rc ? rc : read_uplinks(router, to);
}

int config_load(struct config *config, const char *path, struct log *log)
{
	struct conf_section root;
	struct lists *to;
	char why[WHY_MAX];
	int rc;

	*config = (struct config) { .log = log };
	rc = conf_load(&config->file, path, log);
	if (rc)
		return rc;
	to = calloc(1, sizeof(*to));
	if (!to)
		return -ENOMEM;
	config->conf = &to->conf;
	root = conf_root(config->file);
	read_tunnel(conf_section(root, "tunnel"), &to->conf);
	rc = read_home_agent(conf_section(root, "home-agent"), to);
	if (!rc)
		rc = read_mobile_router(conf_section(root, "mobile-router"), to);
	if (!rc && tunneld_conf_check(&to->conf, why, sizeof(why)))
		rc = conf_refuse(root, NULL, "%s", why);
	return rc;
}

void config_fini(struct config *config)
{
	struct lists *lists = (struct lists *)config->conf;

	if (lists) {
		free(lists->listen);
		free(lists->aggregates);
		free(lists->networks);
		free(lists->home_agents);
		free(lists->uplinks);
		free(lists);
	}
	config->conf = NULL;
	config->file = conf_free(config->file);
}

void config_reload(void *ctx, uint64_t now)
{
	struct config *config = ctx, aside;
	bool restart = false;
	int rc = config_load(&aside, config->file->path, config->log);

	if (!rc)
		rc = tunneld_reconfigure(config->core, now, aside.conf, &restart);
	if (rc) {
		config_fini(&aside);
		log_warnx(config->log, "the old configuration stays");
		return;
	}
	conf_note_restart(config->file, aside.file);
	if (restart)
		log_warnx(config->log,
			"device, table, protocol, priority, mark, workers, listen and local-port "
			"count after a restart");
	aside.core = config->core;
	config_fini(config);
	*config = aside;
	log_info(config->log, "configuration applied: %zu uplinks, %zu networks",
		config->conf->n_uplinks, config->conf->n_networks + config->conf->n_aggregates);
}
