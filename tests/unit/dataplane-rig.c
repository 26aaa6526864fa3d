/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/dataplane-rig.h"

#include <dirent.h>
#include <net/if.h>
#include <netlink/route/link.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#include "libmip/tunnel_data.h"
#include "tunneld/sockaddr.h"

/* the device and the namespace it is in */

static void device_ioctl(const char *name, unsigned long request, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr->ifr_name, IFNAMSIZ, "%s", name);
	assert_int_equal(ioctl(fd, request, ifr), 0);
	close(fd);
}

static void device_flags(const char *name, short flags)
{
	struct ifreq ifr = { .ifr_flags = flags };

	device_ioctl(name, SIOCSIFFLAGS, &ifr);
}

static void device_address(unsigned long request, const char *addr)
{
	struct mipm_endpoint at = { .addr = A(addr) };
	struct ifreq ifr = { 0 };
	union sockaddr_any name;

	sockaddr_from(&at, &name);
	memcpy(&ifr.ifr_addr, &name.any, sizeof(ifr.ifr_addr));
	device_ioctl(DP_RIG_DEVICE, request, &ifr);
}

const char *dp_rig_privileges(void)
{
	if (geteuid() != 0)
		return "needs root";
	if (access("/dev/net/tun", R_OK | W_OK) < 0)
		return "no /dev/net/tun";
	if (unshare(CLONE_NEWNET) < 0)
		return "no network namespace of its own";
	device_flags("lo", IFF_UP);
	return NULL;
}

bool dp_rig_has_device(void)
{
	return if_nametoindex(DP_RIG_DEVICE) != 0;
}

void dp_rig_device_up(void)
{
	device_address(SIOCSIFADDR, DP_RIG_HERE);
	device_address(SIOCSIFDSTADDR, DP_RIG_FAR_HOST);
	device_flags(DP_RIG_DEVICE, IFF_UP);
}

void dp_rig_device_down(void)
{
	device_flags(DP_RIG_DEVICE, 0);
}

void dp_rig_device_delete(void)
{
	struct nl_sock *nl = nl_socket_alloc();
	struct rtnl_link *link = rtnl_link_alloc();

	assert_int_equal(nl_connect(nl, NETLINK_ROUTE), 0);
	rtnl_link_set_name(link, DP_RIG_DEVICE);
	assert_int_equal(rtnl_link_delete(nl, link), 0);
	rtnl_link_put(link);
	nl_socket_free(nl);
}

size_t dp_rig_count(const char *folder)
{
	char path[64];
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/self/%s", folder);
	dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* what the plane tells: never but from ready() */

static void on_stranger(void *ctx, uint64_t now, uint32_t socket,
	const struct mipm_endpoint *remote, const struct mipm_addr *inner_src, uint32_t octets)
{
	struct dp_rig *r = ctx;

	assert_true(r->is_asked);
	r->n_strangers++;
	r->stranger_socket = socket;
	r->stranger_remote = *remote;
	r->stranger_inner = *inner_src;
	r->stranger_octets = octets;
}

static void on_missed(void *ctx, uint64_t n)
{
	struct dp_rig *r = ctx;

	assert_true(r->is_asked);
	r->n_missed += n;
}

static void on_answer(
	void *ctx, uint64_t now, uint32_t path, const struct probe *probe, uint64_t received_at)
{
	struct dp_rig *r = ctx;

	assert_true(r->is_asked);
	r->n_answers++;
	r->answer_path = path;
	r->answer = *probe;
}

static void on_too_big(void *ctx, uint64_t now, uint32_t path)
{
	assert_true(((struct dp_rig *)ctx)->is_asked);
}

static void on_device(void *ctx, uint64_t now, bool gone)
{
	struct dp_rig *r = ctx;

	assert_true(r->is_asked);
	r->n_gone += gone;
	r->n_down += !gone;
}

/* life */

static void free_block(struct rcu_head *head)
{
	free(head);
}

static void retire(void *ctx, void *block)
{
	urcu_memb_call_rcu(block, free_block);
}

static bool no_signal(void *ctx, uint64_t now, const struct mipm_sig *sig)
{
	return false;
}

int dp_rig_socket(const char *addr, uint16_t port, struct mipm_endpoint *got)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct mipm_endpoint at = { A(addr), port };
	union sockaddr_any name;
	socklen_t len = sockaddr_from(&at, &name);

	assert_int_equal(bind(fd, &name.any, len), 0);
	assert_int_equal(getsockname(fd, &name.any, &len), 0);
	if (got)
		*got = sockaddr_to(&name);
	return fd;
}

/* One router, admitted on the group, with one network. */
static void table_open(struct dp_rig *r, struct fib_domain *domain)
{
	struct fib_claim claim = { P("10.7.0.0/24"), FIB_CLAIM_FAR };
	struct mipm_addr home = A(DP_RIG_FAR), none = { 0 };

	assert_int_equal(fib_tunnel_new(&r->fib, domain, &home, &none, false, &r->tunnel), 0);
	r->tunnel->near = A(DP_RIG_NEAR);
	r->tunnel->far = home;
	atomic_store(&r->tunnel->inner_mtu, 1400);
	assert_int_equal(fib_path_new(&r->fib, r->tunnel, 1, &r->path), 0);
	r->path->remote = r->router_at;
	r->path->local = r->group->local;
	r->path->encap = MIPM_ENCAP_UDP;
	assert_int_equal(fib_path_publish(&r->fib, r->path, r->group->id, 0), 0);
	fib_tunnel_choose(r->tunnel, r->path);
	assert_int_equal(fib_tunnel_claim(&r->fib, r->tunnel, &claim, 1), 0);
}

int dp_rig_setup(void **state)
{
	const struct fib_config fib = { .n_slots = DP_RIG_WORKERS, .seed = 7, .retire = retire };
	const struct udp_config udp = { .n_workers = DP_RIG_WORKERS, .signal = no_signal };
	struct dp_rig *r = calloc(1, sizeof(*r));
	struct mipm_endpoint listen;

	r->plane = *state;
	r->host = -1;
	r->router = dp_rig_socket("127.0.0.1", 0, &r->router_at);
	r->stranger = dp_rig_socket("127.0.0.1", 0, &r->stranger_at);
	listen = r->router_at;
	listen.addr = A("127.0.0.2");
	assert_int_equal(fib_init(&r->fib, &fib), 0);
	assert_int_equal(udp_open(&r->udp, &udp), 0);
	assert_int_equal(udp_group_open(r->udp, &listen, 0, 0, &r->group), 0);
	table_open(r, fib_domain(&r->fib, 0));
	r->config = (struct dp_config) {
		.device = DP_RIG_DEVICE,
		.n_workers = DP_RIG_WORKERS,
		.boot_id = DP_RIG_BOOT_ID,
		.fib = &r->fib,
		.domain = fib_domain(&r->fib, 0),
		.udp = r->udp,
		.events = { r, on_stranger, on_missed, on_answer, on_too_big, on_device },
	};
	*state = r;
	return 0;
}

int dp_rig_teardown(void **state)
{
	struct dp_rig *r = *state;

	dp_rig_close(r, false);
	fib_fini(&r->fib);
	udp_close(r->udp);
	urcu_memb_barrier();
	close(r->router);
	close(r->stranger);
	if (r->host >= 0)
		close(r->host);
	free(r);
	return 0;
}

void dp_rig_open(struct dp_rig *r)
{
	char text[256] = "";
	int rc = r->plane->open(&r->dp, &r->config, text, sizeof(text));

	if (rc != 0)
		fail_msg("%s: %s", r->plane->name, text);
}

void dp_rig_start(struct dp_rig *r)
{
	dp_rig_open(r);
	assert_int_equal(r->plane->socket(r->dp, r->group, true), 0);
	assert_int_equal(r->plane->start(r->dp), 0);
}

void dp_rig_close(struct dp_rig *r, bool keep)
{
	r->plane->close(r->dp, keep);
	r->dp = NULL;
}

struct dp_stats dp_rig_stats(const struct dp_rig *r)
{
	struct dp_stats stats;

	r->plane->stats(r->dp, &stats);
	return stats;
}

/* packets */

void dp_rig_send(const struct dp_rig *r, int from, const uint8_t *inner, size_t len)
{
	struct tunnel_data data = { .family = MIPM_IPV4, .next_header = TUNNEL_DATA_IPV4 };
	uint8_t octets[256];
	size_t header = tunnel_data_build(&data, octets);
	union sockaddr_any to;
	socklen_t to_len = sockaddr_from(&r->group->local, &to);

	assert_true(header + len <= sizeof(octets));
	memcpy(octets + header, inner, len);
	assert_int_equal(sendto(from, octets, header + len, 0, &to.any, to_len), header + len);
}

void dp_rig_turn(struct dp_rig *r)
{
	struct pollfd p = { .fd = r->plane->fd(r->dp), .events = POLLIN };
	struct timespec t;

	if (poll(&p, 1, 1) <= 0)
		return;
	clock_gettime(CLOCK_BOOTTIME, &t);
	r->is_asked = true;
	r->plane->ready(r->dp, (uint64_t)t.tv_sec * NSEC_PER_S + (uint64_t)t.tv_nsec);
	r->is_asked = false;
}
