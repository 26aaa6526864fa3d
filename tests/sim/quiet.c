/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/quiet.h"

#include <stdarg.h>

static bool because(char *why, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static bool because(char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return false;
}

static const struct fib_tunnel *router_tunnel(const struct site *site, const struct agent *a)
{
	struct mipm_addr home = net_home(a->host.index, site->host.index);

	return fib_tunnel_find(&site->host.tunneld->forwarder->fib, 0, &home, &a->addr);
}

static const struct fib_tunnel *agent_tunnel(const struct site *site, const struct agent *a)
{
	struct mipm_addr home = net_home(a->host.index, site->host.index), none = { 0 };

	return fib_tunnel_find(&a->host.tunneld->forwarder->fib, 0, &home, &none);
}

static bool has_path(const struct fib_tunnel *tunnel, uint16_t number)
{
	const struct fib_path *path = tunnel ? fib_path_find(tunnel, number) : NULL;

	return path && path->hop;
}

static bool path_agrees(
	const struct site *site, const struct agent *a, uint8_t n, char *why, size_t size)
{
	bool router = has_path(router_tunnel(site, a), n);
	bool agent = has_path(agent_tunnel(site, a), n);

	if (router != agent)
		return because(why, size, "uplink %d of site %zu is a path of the %s alone", n,
			site->host.index, router ? "router" : "home agent");
	if (router && !tunneld_admits(a->host.tunneld, &site->uplinks[n]))
		return because(why, size,
			"the home agent has another end for uplink %d of site %zu", n,
			site->host.index);
	return true;
}

bool tables_agree(const struct site *site, const struct agent *a, char *why, size_t size)
{
	const struct fib_tunnel *router = router_tunnel(site, a), *agent = agent_tunnel(site, a);
	int up, down;

	for (uint8_t n = 1; n <= site->n_uplinks; n++)
		if (!path_agrees(site, a, n, why, size))
			return false;
	up = router && router->chosen ? router->chosen->number : 0;
	down = agent && agent->chosen ? agent->chosen->number : 0;
	if (up != down)
		return because(why, size, "site %zu uses uplink %d up and %d down",
			site->host.index, up, down);
	return true;
}

static bool all_run(const struct host *h, const char *const *roles, char *why, size_t size)
{
	for (; *roles; roles++)
		if (!host_runs(h, *roles))
			return because(why, size, "%s of %s does not run", *roles, h->name);
	return true;
}

static bool is_registered(const struct site *site, const struct agent *a, char *why, size_t size)
{
	for (uint8_t n = 1; n <= site->n_uplinks; n++)
		if (uplink_is_usable(&site->uplinks[n]) && !has_path(router_tunnel(site, a), n))
			return because(why, size, "uplink %d of site %zu is not registered", n,
				site->host.index);
	return true;
}

/* What an agent that is not used any more remembers ends with its lifetime. */
static bool site_is_quiet(const struct sim *s, const struct site *site, char *why, size_t size)
{
	static const char *const roles[] = { "tunneld", "linkmon", "mnd", NULL };
	bool has_agent = false;

	if (!all_run(&site->host, roles, why, size))
		return false;
	for (size_t i = 0; i < s->n_agents; i++) {
		const struct agent *a = s->agents[i];

		if (!router_tunnel(site, a))
			continue;
		has_agent = true;
		if (!is_registered(site, a, why, size) || !tables_agree(site, a, why, size))
			return false;
	}
	if (!has_agent)
		return because(why, size, "site %zu has no home agent", site->host.index);
	if (site->flows.is_on && !flows_are_alive(site))
		return because(why, size, "no traffic of site %zu", site->host.index);
	return true;
}

bool quiet_is(const struct sim *s, char *why, size_t size)
{
	static const char *const roles[] = { "tunneld", "had", NULL };

	for (size_t i = 0; i < s->n_agents; i++)
		if (!all_run(&s->agents[i]->host, roles, why, size))
			return false;
	for (size_t i = 0; i < s->n_sites; i++)
		if (!site_is_quiet(s, s->sites[i], why, size))
			return false;
	return true;
}
