/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the core and its data plane: opening it, what it notices, the device when it fails. */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "tunneld/daemon.h"
#include "tunneld/encap.h"

#define DEVICE_EVERY NSEC_PER_S

static void on_stranger(void *t_, uint64_t now, uint32_t socket, const struct mipm_endpoint *remote,
	const struct mipm_addr *inner_src, uint32_t octets)
{
	forwarder_stranger(
		((struct tunneld *)t_)->forwarder, now, socket, remote, inner_src, octets);
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
void plane_look_after_device(struct tunneld *t, uint64_t now)
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

void plane_send(void *t_, uint64_t now, struct fib_path *path, const uint8_t *packet, size_t len)
{
	uint8_t buffer[ENCAP_HEADROOM + PROBE_PACKET_MAX + ENCAP_TAILROOM];
	struct encap_packet p = { buffer + ENCAP_HEADROOM, (uint32_t)len, true };
	struct tunneld *t = t_;
	const struct udp_group *g = udp_group_at(t->udp, path->hop->socket);

	memcpy(p.data, packet, len);
	encap_find(path->encap)->seal(path->hop, &p, 1);
	/* Counted in a worker's slot: now and then one of the two loses its count. */
	if (g && p.ok && udp_group_send(g, path->hop, p.data, p.len) == 0)
		fib_count(fib_counters_of(path->hop, 0), false, 1, (uint32_t)len, true, now);
}

int plane_open(struct tunneld *t, char *text, size_t size)
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
