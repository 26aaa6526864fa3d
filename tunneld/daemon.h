/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of tunneld: what tunneld.c, bus.c, uplinks.c and install.c share. */
#ifndef TUNNELD_DAEMON_H
#define TUNNELD_DAEMON_H

#include "base/log.h"
#include "tunneld/dataplane.h"
#include "tunneld/dns.h"
#include "tunneld/forwarder.h"
#include "tunneld/install.h"
#include "tunneld/links.h"
#include "tunneld/nat.h"
#include "tunneld/routes.h"
#include "tunneld/tunneld.h"
#include "tunneld/udp.h"

struct tunneld {
	const struct core_env *env;
	/* Our copy, at one address for life: routes and links keep pointers to it. Lists are the
	 * configuration's, but for listen, which only a restart changes. */
	struct tunneld_conf conf;
	struct mipm_endpoint *listen;
	uint32_t n_workers;

	struct forwarder *forwarder;
	struct udp *udp;
	struct dns *dns; /* NULL at a home agent */
	const struct dataplane *plane;
	void *dp;
	bool started;

	/* The kernel's tables; NULL in tests. */
	struct links *links;
	struct routes *routes;
	struct nat *nat;
	struct install install;

	void (*owners)(void *ctx, uint8_t type, const struct mipm_addr *local,
		void (*fn)(void *ctx, const char *member), void *fn_ctx);
	void *owners_ctx;

	uint64_t stats_at;
	uint64_t device_at; /* the device is to be looked after then */
	uint64_t device_last;
	uint32_t device_index;
	bool device_gone;
	struct log_limit device_log, robbed_log;

	struct tunneld_fd fds[4];
	size_t n_fds;
};

/* tunneld.c: the same as tunneld_open() with a data plane of choice, and without the kernel's
 * tables if kernel is false. */
int tunneld_open_with(struct tunneld **out, const struct core_env *env,
	const struct tunneld_conf *conf, const struct dataplane *plane, bool kernel, uint64_t now,
	char *text, size_t size);

/* bus.c */
void bus_answer(void *t, const char *member, const struct mipm_sig *sig);

/* plane.c */
int plane_open(struct tunneld *t, char *text, size_t size);
/* An inner packet of the core's own: as struct forwarder_config.send. */
void plane_send(void *t, uint64_t now, struct fib_path *path, const uint8_t *packet, size_t len);
/* Asks for a look at the device: now, or after a second if it was looked after just now. */
void tunneld_device_failed(struct tunneld *t, uint64_t now, bool gone);
void plane_look_after_device(struct tunneld *t, uint64_t now);

/* bus.c */
extern const uint16_t bus_types[];
void bus_input(void *t, uint64_t now, const struct mipm_msg *msg);
int bus_dump(void *t, uint64_t now, const char *to, bool own, uint64_t *cursor);
void bus_stats(struct tunneld *t);
bool bus_signal(void *t, uint64_t now, const struct mipm_sig *sig); /* struct udp_config */

/* uplinks.c */
extern const struct links_events uplinks_events; /* ctx is to be filled in */
int uplinks_listen(struct tunneld *t, uint64_t now, char *text, size_t size);

#endif
