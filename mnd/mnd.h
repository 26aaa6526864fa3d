/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile router's registration core: it keeps the mobility bindings of this node alive at its
 * home agent, one path per uplink that linkmon names (RFC 5944, 5177, 3519, 7629).
 *
 * It is told links in their order (MIPM_MD_INFO) and Registration Replies (MIPM_SIG_IN); it says
 * Registration Requests (MIPM_SIG_OUT), registered paths (MIPM_BUL_ADD) and how registrations stand
 * (MIPM_REG_STATE). Whether a link works is linkmon's to say, where traffic goes is tunneld's.
 */
#ifndef MND_MND_H
#define MND_MND_H

#include <stddef.h>
#include <stdint.h>

#include "base/core.h"

struct mnd;
struct sa_set; /* libmip/sa.h */

#define MND_HOME_AGENTS_MAX 16
#define MND_NAME_SERVED_MAX 253 /* letters of a DNS name */
#define MND_DNS_SERVERS_MAX 4
#define MND_SPIS_MAX	    8
#define MND_NETWORKS_MAX    32	/* MIP_MAX_NETWORKS of one message */
#define MND_IDENTITY_MAX    255 /* octets of a Network Access Identifier (RFC 2794) */

#define MND_PORT	  434
#define MND_LIFETIME_S	  300
#define MND_KEEPALIVE_S	  110 /* RFC 3519 4.9 */
#define MND_KEEPALIVE_MIN 10
#define MND_LIFETIME_MIN  10
#define MND_LIFETIME_MAX  65534 /* 65535 would mean for ever */

/* INTERFACES: udp-tunnel */
enum mnd_udp_tunnel {
	MND_UDP_TUNNEL_FORCE,  /* F flag: through UDP also without a NAT */
	MND_UDP_TUNNEL_NATTED, /* only where the home agent sees a NAT */
	MND_UDP_TUNNEL_NO,     /* refused by mnd_conf_check() until IP-in-IP exists */
};

enum mnd_route {
	MND_ROUTE_ALL,	/* everything goes through the tunnel */
	MND_ROUTE_HOME, /* only what goes to home_networks */
};

enum mnd_multipath {
	MND_MULTIPATH_AUTO, /* when the home agent shows that it can (CAPS) */
	MND_MULTIPATH_YES,  /* assume it */
	MND_MULTIPATH_NO,
};

/*
 * The section "mobile-router" of raiic.conf. mnd_conf_init() gives every default; config.c fills in
 * the rest. Whoever made it keeps it, and all it points to, until mnd_free() or until
 * mnd_reconfigure() took another one.
 */
struct mnd_conf {
	struct mipm_addr home_agents[MND_HOME_AGENTS_MAX]; /* tried in this order */
	/* Where this is not "", the home agent is known by its name and has no address above. */
	char home_agent_names[MND_HOME_AGENTS_MAX][MND_NAME_SERVED_MAX + 1];
	size_t n_home_agents;
	struct mipm_addr dns_servers[MND_DNS_SERVERS_MAX]; /* before the gateway of the link */
	size_t n_dns_servers;
	uint16_t port;
	uint16_t local_port;
	char identity[MND_IDENTITY_MAX + 1]; /* NAI; "" only with a home address */
	uint32_t spis[MND_SPIS_MAX];	     /* the first is used, others while keys roll over */
	size_t n_spis;
	const struct sa_set *sas; /* holds an association for each of spis */
	struct mipm_prefix networks[MND_NETWORKS_MAX];
	size_t n_networks;
	struct mipm_addr home_addr; /* absent: ask the home agent */
	uint32_t lifetime_s;
	uint32_t keepalive_s; /* towards a NAT, unless the home agent tells another interval */
	enum mnd_udp_tunnel udp_tunnel;
	enum mnd_route route;
	struct mipm_prefix home_networks[MND_NETWORKS_MAX]; /* for MND_ROUTE_HOME */
	size_t n_home_networks;
	enum mnd_multipath multipath;
	uint32_t domain; /* forwarding domain of tunneld */
};

void mnd_conf_init(struct mnd_conf *conf);

/*
 * Adds a home agent as the operator wrote it, an address or a DNS name. 0, or -EINVAL and in why a
 * half sentence for the operator ("home agent x is named twice"); nothing was added then.
 */
int mnd_conf_add_home_agent(struct mnd_conf *conf, const char *text, char *why, size_t why_size);

/* Does it make sense as a whole? 0, or -EINVAL and in why a half sentence for the operator. */
int mnd_conf_check(const struct mnd_conf *conf, char *why, size_t why_size);

/*
 * Asks tunneld for what an earlier life of this core left there, and begins. env and conf outlive
 * it. 0, -EINVAL (mnd_conf_check() says why) or -ENOMEM.
 */
int mnd_new(
	struct mnd **out, const struct core_env *env, const struct mnd_conf *conf, uint64_t now);

/* Says nothing more to anybody; bindings live on until they expire. NULL is fine. Returns NULL. */
struct mnd *mnd_free(struct mnd *mnd);

/*
 * Goes over to another configuration: what it still allows stays registered, the rest is
 * deregistered. 0: the old one is not looked at any more. -EINVAL (mnd_conf_check() says why),
 * -ENOMEM: the old one still holds.
 */
int mnd_reconfigure(struct mnd *mnd, const struct mnd_conf *conf, uint64_t now);

extern const struct core_ops mnd_ops;

#endif
