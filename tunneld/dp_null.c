/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data plane of tests: moves nothing, writes down each call as a line of debug log. Needs no
 * privilege and no device.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tunneld/dataplane.h"

struct null {
	struct log *log;
};

static int null_open(void **out, const struct dp_config *config, char *text, size_t size)
{
	struct null *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->log = config->log;
	log_debug(n->log, "null: open %s, %u workers", config->device, config->n_workers);
	*out = n;
	return 0;
}

static bool null_adopted(const void *dp)
{
	return false;
}

static int null_start(void *dp)
{
	log_debug(((struct null *)dp)->log, "null: start");
	return 0;
}

static int null_reopen(void *dp, char *text, size_t size)
{
	log_debug(((struct null *)dp)->log, "null: reopen");
	return 0;
}

static int null_socket(void *dp, const struct udp_group *group, bool on)
{
	log_debug(((struct null *)dp)->log, "null: socket %u %s", group->id, on ? "on" : "off");
	return 0;
}

static void null_changed(void *dp, const struct fib_tunnel *tunnel)
{
	char text[ADDR_TEXT_MAX];

	log_debug(((struct null *)dp)->log, "null: tunnel %u of %s: path %d, mtu %u", tunnel->index,
		addr_print(&tunnel->home_addr, text), tunnel->chosen ? tunnel->chosen->number : -1,
		tunnel->inner_mtu);
}

static void null_stats(void *dp, struct dp_stats *out)
{
	memset(out, 0, sizeof(*out));
}

static int null_fd(const void *dp)
{
	return -1;
}

static void null_ready(void *dp, uint64_t now)
{
}

static void null_close(void *dp, bool keep)
{
	if (!dp)
		return;
	log_debug(((struct null *)dp)->log, "null: close%s", keep ? ", keep" : "");
	free(dp);
}

const struct dataplane dp_null = {
	.name = "null",
	.open = null_open,
	.adopted = null_adopted,
	.start = null_start,
	.reopen = null_reopen,
	.socket = null_socket,
	.changed = null_changed,
	.stats = null_stats,
	.fd = null_fd,
	.ready = null_ready,
	.close = null_close,
};
