/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon around its core: opening, time, closing. What the bus says is in bus.c. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#include "tunneld/daemon.h"
#include "tunneld/encap.h"

#define STATS_EVERY  NSEC_PER_S
#define DEVICE_EVERY NSEC_PER_S
#define WORKERS_AUTO 4

static uint32_t count_workers(const struct tunneld_conf *conf)
{
	long n = conf->workers ? (long)conf->workers : sysconf(_SC_NPROCESSORS_ONLN);
	long most = conf->workers ? UDP_WORKERS_MAX : WORKERS_AUTO;

	return (uint32_t)(n < 1 ? 1 : n > most ? most : n);
}

/* call_rcu() wants its caller known to RCU, once per thread: tests have several of us in one. */
static _Thread_local unsigned n_here;

static void rcu_enter(void)
{
	if (n_here++ == 0)
		urcu_memb_register_thread();
}

static void rcu_leave(void)
{
	if (--n_here == 0)
		urcu_memb_unregister_thread();
}

/* The table's blocks begin with two pointers of the retirer's: room for a struct rcu_head. */
static void free_block(struct rcu_head *head)
{
	free(head);
}

static void retire(void *ctx, void *block)
{
	urcu_memb_call_rcu(block, free_block);
}

/* events of the data plane */

static void on_stranger(void *t_, uint64_t now, uint32_t socket, const struct mipm_endpoint *remote,
	const struct mipm_addr *inner_src)
{
	forwarder_stranger(((struct tunneld *)t_)->forwarder, now, socket, remote, inner_src);
}

static void on_missed(void *t_, uint64_t n)
{
	hints_missed(&((struct tunneld *)t_)->forwarder->hints, n);
}

static void on_answer(
	void *t_, uint64_t now, uint32_t path, const struct probe *probe, uint64_t received_at)
{
	forwarder_answer(((struct tunneld *)t_)->forwarder, path, probe, received_at);
}

static void on_too_big(void *t_, uint64_t now, uint32_t path)
{
	struct tunneld *t = t_;
	const struct fib_path *p = fib_path_at(&t->forwarder->fib, path);
	const struct udp_group *g = p && p->hop ? udp_group_at(t->udp, p->hop->socket) : NULL;

	if (g)
		forwarder_path_mtu(t->forwarder, now, path, udp_path_mtu(g, &p->remote));
}

static void on_device(void *t, uint64_t now, bool gone)
{
	tunneld_device_failed(t, now, gone);
}

void tunneld_device_failed(struct tunneld *t, uint64_t now, bool gone)
{
	uint64_t at = t->device_last + DEVICE_EVERY;

	t->device_gone |= gone;
	t->device_at = now > at ? now : at;
}

/* THREATS T21: the device is back, with address and routes, within a second. */
static void look_after_device(struct tunneld *t, uint64_t now)
{
	char text[256] = "";
	uint32_t held;
	int r = 0;

	t->device_at = CORE_NEVER;
	t->device_last = now;
	if (log_limit_pass(&t->device_log, now, 3, 60 * NSEC_PER_S, &held))
		log_warnx(t->env->log, "device %s %s: bringing it back (%u more like it)",
			t->conf.device, t->device_gone ? "is gone" : "is down", held);
	if (t->device_gone)
		r = t->plane->reopen(t->dp, text, sizeof(text));
	if (r < 0) {
		log_warnx(t->env->log, "%s", text);
		t->device_at = now + DEVICE_EVERY;
		return;
	}
	t->device_gone = false;
	t->device_index = if_nametoindex(t->conf.device);
	if (!t->routes)
		return;
	r = routes_device(t->routes, t->device_index, t->install.device_mtu);
	if (r < 0)
		t->device_at = now + DEVICE_EVERY;
	routes_repair(t->routes);
}

/* an inner packet of the core's own */

static void send_own(
	void *t_, uint64_t now, struct fib_path *path, const uint8_t *packet, size_t len)
{
	uint8_t buffer[ENCAP_HEADROOM + PROBE_PACKET_MAX + ENCAP_TAILROOM];
	struct encap_packet p = { buffer + ENCAP_HEADROOM, (uint32_t)len, true };
	struct tunneld *t = t_;
	const struct udp_group *g = udp_group_at(t->udp, path->hop->socket);

	memcpy(p.data, packet, len);
	encap_find(path->encap)->seal(path->hop, &p, 1);
	/* Counted in a worker's slot: now and then one of the two loses its count. */
	if (g && p.ok && udp_group_send(g, path->hop, p.data, p.len) == 0)
		fib_count(fib_counters_of(path->hop, 0), false, (uint32_t)len, true, now);
}

/* life */

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

static int open_core(struct tunneld *t)
{
	struct forwarder_config config = {
		.env = t->env,
		.n_slots = t->n_workers,
		.fixed_mtu = t->conf.mtu,
		.ctx = t,
		.retire = retire,
		.claimed = install_claimed,
		.send = send_own,
		.changed = install_changed,
	};

	return forwarder_new(&t->forwarder, &config);
}

static int open_plane(struct tunneld *t, char *text, size_t size)
{
	struct udp_config udp = {
		.n_workers = t->n_workers,
		.log = t->env->log,
		.ctx = t,
		.signal = bus_signal,
	};
	struct dp_config dp = {
		.device = t->conf.device,
		.n_workers = t->n_workers,
		.boot_id = t->forwarder->boot_id,
		.fib = &t->forwarder->fib,
		.domain = fib_domain(&t->forwarder->fib, 0),
		.events = { t, on_stranger, on_missed, on_answer, on_too_big, on_device },
		.log = t->env->log,
	};
	int r = udp_open(&t->udp, &udp);

	dp.udp = t->udp;
	if (r == 0 && !dp.domain)
		r = -ENOMEM;
	return r < 0 ? r : t->plane->open(&t->dp, &dp, text, size);
}

static int open_kernel(struct tunneld *t, char *text, size_t size)
{
	struct links_events events = uplinks_events;
	int r = routes_open(&t->routes, &t->conf, t->env->log);

	events.ctx = t;
	t->device_index = if_nametoindex(t->conf.device);
	if (r == 0)
		r = routes_device(t->routes, t->device_index, install_mtu(t));
	if (r == 0)
		r = links_open(&t->links, &t->conf, &events, routes_port(t->routes), t->env->log);
	if (r < 0)
		snprintf(text, size, "netlink: %s%s", strerror(-r),
			r == -EPERM ? " (CAP_NET_ADMIN is missing)" : "");
	if (r == 0 && t->conf.home_agent && t->conf.internet == TUNNELD_INTERNET_NAT) {
		r = nat_open(&t->nat, &t->conf, t->env->log);
		if (r < 0)
			snprintf(text, size, "internet = nat: nftables refuses (%s)", strerror(-r));
	}
	return r;
}

static void add_fd(struct tunneld *t, int fd, void (*fn)(void *ctx, uint64_t now), void *ctx)
{
	if (fd >= 0)
		t->fds[t->n_fds++] = (struct tunneld_fd) { fd, fn, ctx };
}

static int copy_conf(struct tunneld *t, const struct tunneld_conf *conf)
{
	t->conf = *conf;
	t->listen = calloc(conf->n_listen + 1, sizeof(*t->listen));
	if (!t->listen)
		return -ENOMEM;
	if (conf->n_listen)
		memcpy(t->listen, conf->listen, conf->n_listen * sizeof(*t->listen));
	t->conf.listen = t->listen;
	return 0;
}

int tunneld_open_with(struct tunneld **out, const struct core_env *env,
	const struct tunneld_conf *conf, const struct dataplane *plane, bool kernel, uint64_t now,
	char *text, size_t size)
{
	struct tunneld *t = calloc(1, sizeof(*t));
	int r;

	snprintf(text, size, "out of memory");
	if (!t)
		return -ENOMEM;
	rcu_enter();
	t->env = env;
	t->plane = plane;
	t->n_workers = count_workers(conf);
	t->stats_at = t->device_at = CORE_NEVER;
	r = copy_conf(t, conf);
	if (r == 0)
		r = open_core(t);
	if (r == 0)
		r = open_plane(t, text, size);
	if (r == 0 && kernel)
		r = open_kernel(t, text, size);
	if (r == 0 && conf->home_agent)
		r = uplinks_listen(t, now, text, size);
	if (r < 0) {
		tunneld_close(t, true);
		return r;
	}
	if (conf->mobile_router)
		t->stats_at = now + STATS_EVERY;
	install_begin(t, now, plane->adopted(t->dp));
	if (t->links)
		links_start(t->links, now);
	add_fd(t, udp_fd(t->udp), udp_ready, t->udp);
	add_fd(t, plane->fd(t->dp), plane->ready, t->dp);
	if (t->links)
		add_fd(t, links_fd(t->links), links_ready, t->links);
	*out = t;
	return 0;
}

int tunneld_open(struct tunneld **out, const struct core_env *env, const struct tunneld_conf *conf,
	uint64_t now, char *text, size_t size)
{
	return tunneld_open_with(out, env, conf, dataplanes[0], true, now, text, size);
}

void tunneld_set_owners(struct tunneld *t,
	void (*owners)(void *ctx, uint8_t type, const struct mipm_addr *local,
		void (*fn)(void *ctx, const char *member), void *fn_ctx),
	void *ctx)
{
	t->owners = owners;
	t->owners_ctx = ctx;
}

size_t tunneld_fds(struct tunneld *t, const struct tunneld_fd **fds)
{
	*fds = t->fds;
	return t->n_fds;
}

int tunneld_start(struct tunneld *t)
{
	int r = t->plane->start(t->dp);

	t->started = r == 0;
	return r;
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
		   old.mark != conf->mark || old.mark_mask != conf->mark_mask ||
		   old.workers != conf->workers || old.local_port != conf->local_port ||
		   old.home_agent != conf->home_agent || old.mobile_router != conf->mobile_router ||
		   old.internet != conf->internet || !same_listen(&old, conf);
	t->conf = *conf;
	memcpy(t->conf.device, old.device, sizeof(old.device));
	t->conf.table = old.table;
	t->conf.protocol = old.protocol;
	t->conf.priority = old.priority;
	t->conf.mark = old.mark;
	t->conf.mark_mask = old.mark_mask;
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

void tunneld_close(struct tunneld *t, bool keep)
{
	if (!t)
		return;
	/* Never started: what we have just made goes again, what a predecessor left stays. */
	if (!t->started && t->dp && !t->plane->adopted(t->dp))
		keep = false;
	links_close(t->links);
	nat_close(t->nat, keep);
	routes_close(t->routes, keep);
	if (t->udp)
		udp_flush(t->udp);
	if (t->dp)
		t->plane->close(t->dp, keep); /* no reader is left after this */
	forwarder_free(t->forwarder);
	udp_close(t->udp);
	urcu_memb_barrier(); /* what was retired is freed before we say that all is */
	install_fini(&t->install);
	free(t->listen);
	free(t);
	rcu_leave();
}

/* time: what was put off to the end of the turn is due at once */

static void tick(void *t_, uint64_t now)
{
	struct tunneld *t = t_;

	udp_flush(t->udp);
	forwarder_tick(t->forwarder, now);
	if (now >= t->stats_at) {
		t->stats_at = now + STATS_EVERY;
		bus_stats(t);
	}
	if (now >= t->device_at)
		look_after_device(t, now);
	install_run(t, now);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_wakeup(const void *t_)
{
	const struct tunneld *t = t_;
	uint64_t at = sooner(forwarder_next_wakeup(t->forwarder), install_next(t));

	if (udp_has_queued(t->udp))
		return 0;
	return sooner(at, sooner(t->stats_at, t->device_at));
}

static void member(void *t_, uint64_t now, const struct mipm_sender *who, bool joined)
{
	forwarder_member(((struct tunneld *)t_)->forwarder, now, who, joined);
}

const struct core_ops tunneld_ops = {
	.role = "tunneld",
	.types = bus_types,
	.input = bus_input,
	.tick = tick,
	.next_wakeup = next_wakeup,
	.dump = bus_dump,
	.member = member,
};
