/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunneld: forwarding table, UDP sockets, TUN device, routes and rules, rtnetlink. It plays the
 * part that the kernel plays in SHISA; it decides nothing and parses fixed headers only.
 *
 * The core (fib, policy, reflex, hints; later window, report, resequence) is pure like any core.
 * Around it stand the data plane (dataplane.h: worker threads that read the table under RCU), the
 * sockets (udp.h) and the kernel's tables (links.h, routes.h, nat.h).
 */
#ifndef TUNNELD_TUNNELD_H
#define TUNNELD_TUNNELD_H

#include "base/core.h"

/* How a missing permission is got, behind what is missing. */
#define TUNNELD_PERMISSION "the unit raiic-tunneld.service gives it; by hand: be root"

#define TUNNELD_NAME_MAX 16 /* an interface's name with its NUL */

enum tunneld_internet {
	TUNNELD_INTERNET_NONE,
	TUNNELD_INTERNET_NAT,
	TUNNELD_INTERNET_ROUTED,
};

struct tunneld_uplink_conf {
	char name[TUNNELD_NAME_MAX];
	uint8_t number; /* 1-254, in the order of the file */
	uint32_t metric;
	bool metered;
};

/* What the sections tunnel, home-agent and mobile-router say that concerns us. Lists are owned
 * by whoever filled it (config.c); it outlives the daemon or its next reload. */
struct tunneld_conf {
	char device[TUNNELD_NAME_MAX]; /* raiic0 */
	uint32_t table;		       /* 434; uplink tables are table * 100 + number */
	uint8_t protocol;	       /* 144: of every route and rule of ours */
	uint32_t priority;	       /* 4340: first of ten rule preferences */
	uint32_t mark;		       /* 0x4340000; uplink marks add the number */
	uint32_t mtu;		       /* inner; 0 = auto */
	uint32_t workers;	       /* 0 = auto: one per processor, at most 4 */

	/* home agent */
	bool home_agent;
	const struct mipm_endpoint *listen; /* what we bind */
	size_t n_listen;
	struct mipm_prefix home_network;
	const struct mipm_prefix *aggregates;
	size_t n_aggregates;
	bool export_routes; /* a kernel route for each accepted network */
	enum tunneld_internet internet;

	/* mobile router */
	bool mobile_router;
	uint16_t local_port; /* 434, on every uplink */
	const struct mipm_addr *home_agents;
	size_t n_home_agents;
	const struct mipm_prefix *networks; /* mobile networks of this site */
	size_t n_networks;
	const struct tunneld_uplink_conf *uplinks; /* none: every interface with a default route */
	size_t n_uplinks;
};

/* Refuses what cannot work together; text says what and why. 0 or -EINVAL. */
int tunneld_conf_check(const struct tunneld_conf *conf, char *text, size_t size);

struct tunneld;

/* A descriptor for the shell's loop. fn is called when it is readable. */
struct tunneld_fd {
	int fd;
	void (*fn)(void *ctx, uint64_t now);
	void *ctx;
};

extern const struct core_ops tunneld_ops;

/*
 * Privileged: TUN device, sockets of a home agent, netlink, what a predecessor left behind. Starts
 * no thread. On failure text names what is missing and how to get it (CAP_NET_ADMIN, /dev/net/tun,
 * a port in use). 0 or a negative errno.
 */
int tunneld_open(struct tunneld **out, const struct core_env *env, const struct tunneld_conf *conf,
	uint64_t now, char *text, size_t size);

/* The sender's side of signalling: who gets (type, local). main.c points it at
 * mipsock_sig_owners(); tests and simulation at theirs. */
void tunneld_set_owners(struct tunneld *t,
	void (*owners)(void *ctx, uint8_t type, const struct mipm_addr *local,
		void (*fn)(void *ctx, const char *member), void *fn_ctx),
	void *ctx);

/* Descriptors to be watched; the array lives as long as t. */
size_t tunneld_fds(struct tunneld *t, const struct tunneld_fd **fds);

/* Starts the worker threads; called after the sandbox is entered. */
int tunneld_start(struct tunneld *t);

/* Takes over what can change while running; *restart is set when something cannot. */
int tunneld_reconfigure(
	struct tunneld *t, uint64_t now, const struct tunneld_conf *conf, bool *restart);

/* keep: leave TUN, addresses, routes and rules for a successor (crash, SIGUSR2); else remove all
 * of ours. Who never started leaves nothing but what a predecessor left. NULL is fine. */
void tunneld_close(struct tunneld *t, bool keep);

#endif
