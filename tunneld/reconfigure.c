/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration: what cannot work, and what may change while we run. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tunneld/daemon.h"

int tunneld_conf_check(const struct tunneld_conf *conf, char *text, size_t size)
{
	const char *why = NULL;

	if (!conf->home_agent && !conf->mobile_router)
		why = "neither a home-agent nor a mobile-router section: nothing to forward";
	else if (conf->home_agent && !conf->n_listen)
		why = "home-agent: no address to listen on";
	for (size_t i = 0; !why && i < conf->n_listen; i++) {
		const struct mipm_addr *a = &conf->listen[i].addr;

		if ((!addr_is_unicast(a) && !addr_is_loopback(a)) || !conf->listen[i].port)
			why = "home-agent: listen needs addresses of this host";
		if (prefix_is_present(&conf->home_network) &&
			prefix_contains(&conf->home_network, a))
			why = "home-agent: home-network contains an address we listen on";
		for (size_t k = 0; !why && k < conf->n_aggregates; k++)
			if (prefix_contains(&conf->aggregates[k], a))
				why = "home-agent: an aggregate contains an address we listen on";
	}
	for (size_t i = 0; !why && i < conf->n_networks; i++)
		for (size_t k = 0; !why && k < conf->n_home_agents; k++)
			if (prefix_contains(&conf->networks[i], &conf->home_agents[k]))
				why = "mobile-router: a network contains the home agent's address";
	if (!why)
		return 0;
	snprintf(text, size, "%s", why);
	return -EINVAL;
}

static bool same_listen(const struct tunneld_conf *a, const struct tunneld_conf *b)
{
	if (a->n_listen != b->n_listen)
		return false;
	for (size_t i = 0; i < a->n_listen; i++)
		if (!endpoint_equal(&a->listen[i], &b->listen[i]))
			return false;
	return true;
}

int tunneld_reconfigure(
	struct tunneld *t, uint64_t now, const struct tunneld_conf *conf, bool *restart)
{
	const struct tunneld_conf old = t->conf;

	*restart = strcmp(old.device, conf->device) != 0 || old.table != conf->table ||
		   old.protocol != conf->protocol || old.priority != conf->priority ||
		   old.mark != conf->mark || old.workers != conf->workers ||
		   old.local_port != conf->local_port || old.home_agent != conf->home_agent ||
		   old.mobile_router != conf->mobile_router || old.internet != conf->internet ||
		   !same_listen(&old, conf);
	t->conf = *conf;
	memcpy(t->conf.device, old.device, sizeof(old.device));
	t->conf.table = old.table;
	t->conf.protocol = old.protocol;
	t->conf.priority = old.priority;
	t->conf.mark = old.mark;
	t->conf.workers = old.workers;
	t->conf.local_port = old.local_port;
	t->conf.home_agent = old.home_agent;
	t->conf.mobile_router = old.mobile_router;
	t->conf.internet = old.internet;
	t->conf.listen = t->listen;
	t->conf.n_listen = old.n_listen;
	t->forwarder->config.fixed_mtu = t->forwarder->bindings.fixed_mtu = conf->mtu;
	install_configured(t);
	if (t->links)
		links_reconfigure(t->links, now, &t->conf);
	bindings_resolve(&t->forwarder->bindings, now);
	return 0;
}
