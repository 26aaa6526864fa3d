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

#define STATS_EVERY  NSEC_PER_S
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

/* life */

static int open_core(struct tunneld *t)
{
	struct forwarder_config config = {
		.env = t->env,
		.n_slots = t->n_workers,
		.fixed_mtu = t->conf.mtu,
		.ctx = t,
		.retire = retire,
		.claimed = install_claimed,
		.send = plane_send,
		.changed = install_changed,
	};

	return forwarder_new(&t->forwarder, &config);
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
			r == -EPERM ? ": CAP_NET_ADMIN is missing: " TUNNELD_PERMISSION : "");
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
		r = plane_open(t, text, size);
	if (r == 0 && conf->mobile_router)
		r = dns_open(&t->dns, &(struct dns_config) { t, bus_answer });
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
	if (t->dns)
		add_fd(t, dns_fd(t->dns), dns_ready, t->dns);
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
	dns_close(t->dns);
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
	if (t->dns)
		dns_expire(t->dns, now);
	if (now >= t->stats_at) {
		t->stats_at = now + STATS_EVERY;
		bus_stats(t);
	}
	if (now >= t->device_at)
		plane_look_after_device(t, now);
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
	if (t->dns)
		at = sooner(at, dns_next(t->dns));
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
