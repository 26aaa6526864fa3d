/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent: what its main.c and config.c see of the core.
 *
 * The configuration is filled in by config.c (or a test), judged by had_conf_check(), and from then
 * on only read. It stays its creator's: it must outlive the core, or the had_reconfigure() that
 * replaces it. What a home agent does with all this stands in registration.c.
 */
#ifndef HAD_HAD_H
#define HAD_HAD_H

#include "base/core.h"
#include "base/lpm.h"
#include "base/table.h"
#include "libmip/sa.h"

struct store;

/* configuration */

/* Where a setting was written, for messages. file may be NULL; line 0 is "not known". */
struct had_place {
	const char *file; /* somebody else's, as long as the configuration */
	unsigned line;
};

/* What is said to a UDP Tunnel Request (RFC 3519), per router. */
enum had_udp_tunnel {
	HAD_UDP_TUNNEL_NATTED, /* granted when a NAT is seen, or when the router asks by force */
	HAD_UDP_TUNNEL_NO,     /* never: code 129 when one is needed or asked by force */
	HAD_UDP_TUNNEL_FORCE,  /* granted to every request for one */
};

enum had_durability {
	HAD_DURABILITY_GROUP,	     /* group commit, the reply does not wait */
	HAD_DURABILITY_BEFORE_REPLY, /* the disk first */
};

/* One mobile router. All pointers are the configuration's. */
struct had_router {
	struct had_place place;
	char *name;		      /* Network Access Identifier, or any name */
	uint32_t *spis;		      /* each must name one of the security associations */
	struct mipm_prefix *networks; /* mobile networks it may represent */
	uint32_t n_spis;
	uint32_t n_networks;
	enum had_udp_tunnel udp_tunnel;
	struct mipm_addr home_addr; /* absent: from the pool */

	/* had_conf_check()'s: */
	struct table_link by_name;
	struct table_link by_home_addr;
};

/* One row of the index SPI -> who; had_conf_check()'s. */
struct had_spi {
	uint32_t spi;
	struct had_router *router;
	struct mip_sa *sa;
	struct table_link by_spi;
};

/* Everything that a stranger, or a router gone mad, could make us remember or say. */
struct had_limits {
	uint32_t max_paths;	  /* paths per binding: 8 */
	uint32_t max_networks;	  /* mobile networks per binding: 32 */
	uint32_t max_waiting;	  /* requests that wait for the store: 4096 */
	uint32_t wait_ms;	  /* and for how long: 2000 */
	uint32_t auth_failures_s; /* answers with code 131 per second: 10 */
	uint32_t repeat_ms;	  /* a stored reply is repeated at most so often: 1000 */
	uint32_t path_move_ms;	  /* a path's address or port changes at most so often: 1000 */
	uint32_t log_per_min;	  /* lines per minute and kind that others can provoke: 20 */
};

struct had_conf {
	struct mipm_addr *home_agents; /* what routers write as home agent; the first is "we" */
	size_t n_home_agents;
	struct mipm_addr *listen; /* what tunneld binds; none: the same as home_agents */
	size_t n_listen;
	uint16_t port;			   /* 434 */
	struct mipm_prefix *home_networks; /* the first one is also the pool */
	size_t n_home_networks;
	uint32_t max_lifetime_s;  /* 600 */
	uint32_t nat_lifetime_s;  /* cap for routers behind a NAT; 0: none */
	uint16_t nat_keepalive_s; /* the keepalive interval in a UDP Tunnel Reply; 0: theirs */
	uint32_t caps;		  /* feature bits of our CAPS (mipv4.md section 24) */
	char *store;		  /* path; NULL or "": memory only */
	enum had_durability durability;
	struct had_limits limits;

	struct had_router *routers; /* must not move after had_conf_check() */
	size_t n_routers;

	/* All associations of the keys file, also those that no router here names. Wiped by
	 * had_conf_free(). Twice the same SPI or key is refused by sa_set_add(), with the line in
	 * its caller's hand. */
	struct sa_set sas;

	/* had_conf_check()'s: */
	bool is_checked;
	struct had_spi *spis;
	size_t n_spis;
	struct table spi_table;
	struct table name_table;
	struct table home_addr_table;
	struct lpm networks; /* prefix -> struct had_router */
};

/* All zero but the defaults above. 0 or -ENOMEM. */
int had_conf_new(struct had_conf **out);
struct had_conf *had_conf_free(struct had_conf *conf); /* returns NULL */

#define HAD_CONF_ERROR_MAX 256

/*
 * Judges the whole and builds the indexes. 0, -ENOMEM, or -EINVAL with one line of text, which
 * begins with "file:line: " where the place is known. Do it once; afterwards change nothing.
 */
int had_conf_check(struct had_conf *conf, char error[HAD_CONF_ERROR_MAX]);

/* Lookups in a checked configuration; NULL if there is none. */
const struct had_spi *had_conf_spi(const struct had_conf *conf, uint32_t spi);
struct had_router *had_conf_router(const struct had_conf *conf, const char *name, size_t len);
struct had_router *had_conf_router_at(
	const struct had_conf *conf, const struct mipm_addr *home_addr);
/* Who may represent a network that overlaps this one. */
struct had_router *had_conf_network(
	const struct had_conf *conf, const struct mipm_prefix *prefix, struct mipm_prefix *which);
/* Is that where tunneld is bound? */
bool had_conf_is_listening(const struct had_conf *conf, const struct mipm_addr *addr);
bool had_conf_is_home_agent(const struct had_conf *conf, const struct mipm_addr *addr);
bool had_conf_is_home_network(const struct had_conf *conf, const struct mipm_addr *addr);
/* Behind the router's own tunnel: where its far end cannot be. */
bool had_conf_is_inside(
	const struct had_conf *conf, const struct had_router *router, const struct mipm_addr *addr);

/* the core */

struct had;

extern const struct core_ops had_ops;

/*
 * Takes in what the store remembers: all bindings are back when this returns. store may be NULL
 * (nothing is remembered); it stays its opener's and must outlive the core. 0 or negative errno.
 */
int had_new(struct had **out, const struct core_env *env, const struct had_conf *conf,
	struct store *store, uint64_t now);
struct had *had_free(struct had *had); /* returns NULL; emits nothing */

/*
 * Applies the differences: bindings whose router, key, home address or networks are gone are
 * removed or shrink, all others stay. The new configuration must have been checked; the old one is
 * not looked at any more after this. 0, or -ENOMEM and the old one still holds.
 */
int had_reconfigure(struct had *had, uint64_t now, const struct had_conf *conf);

/* The store has finished something: call it when store_fd() is readable. */
void had_store_ready(struct had *had, uint64_t now);

/* What is accepted now may not survive a restart: for the status line. */
bool had_is_degraded(const struct had *had);

#endif
