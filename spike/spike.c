/* SPDX-License-Identifier: BSD-2-Clause */
/* Throw-away: the shape whole, once. mnd -> bus -> tunneld -> UDP 434 -> tunneld -> bus -> had. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { HELLO = 1, LINK, SIG_IN, SIG_OUT, BC_ADD, BUL_ADD };

struct where { /* circumstances of a signalling datagram; addresses in network order */
	uint32_t local, remote;
	uint16_t remote_port; /* host order */
	uint8_t ttl;
	uint32_t link;
};
struct path {
	uint32_t home_addr, network, remote, home_agent;
	uint8_t plen;
	uint16_t remote_port, lifetime_s;
};
struct msg {
	uint32_t type, len;
	union {
		struct where where;
		struct path path;
	};
	uint8_t data[2048];
};
#define MSG_HEAD offsetof(struct msg, data)

static const char *role, *dir;
static int bus;
static const uint8_t key[16] = "sixteen-octets-k";
static const uint32_t spi = 4096;

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	va_list ap;
	printf("%llu %s ", (unsigned long long)now_ns() / 1000, role);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static void must(int ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "%s: %s: %s\n", role, what, strerror(errno));
		exit(1);
	}
}

static struct sockaddr_un bus_name(const char *who)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", dir, who);
	return a;
}

static void bus_open(void)
{
	struct sockaddr_un a = bus_name(role);
	umask(0);
	bus = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	must(bus >= 0 && !bind(bus, (void *)&a, sizeof(a)), "bus");
}

static int bus_send(const char *who, struct msg *m)
{
	struct sockaddr_un a = bus_name(who);
	return sendto(bus, m, MSG_HEAD + m->len, 0, (void *)&a, sizeof(a)) < 0 ? -errno : 0;
}

static int bus_recv(struct msg *m, int timeout_ms)
{
	struct pollfd p = { bus, POLLIN, 0 };
	if (poll(&p, 1, timeout_ms) < 1) return 0;
	ssize_t n = recv(bus, m, sizeof(*m), 0);
	return n >= (ssize_t)MSG_HEAD && (size_t)n == MSG_HEAD + m->len;
}

/* ---- libmip in small ---- */
static void put16(uint8_t *p, uint16_t v) { p[0] = v >> 8, p[1] = v; }
static void put32(uint8_t *p, uint32_t v) { put16(p, v >> 16), put16(p + 2, v); }
static uint16_t get16(const uint8_t *p) { return p[0] << 8 | p[1]; }
static uint32_t get32(const uint8_t *p) { return (uint32_t)get16(p) << 16 | get16(p + 2); }

static uint64_t ntp_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (t.tv_sec + 2208988800ULL) << 32 | ((uint64_t)t.tv_nsec << 32) / 1000000000;
}

static void hmac_md5(const uint8_t *d, size_t n, uint8_t out[16])
{
	size_t len = 0;
	EVP_Q_mac(NULL, "HMAC", NULL, "MD5", NULL, key, sizeof(key), d, n, out, 16, &len);
	must(len == 16, "EVP_MAC");
}

static size_t sign(uint8_t *d, size_t n)
{
	d[n] = 32, d[n + 1] = 20;
	put32(d + n + 2, spi);
	hmac_md5(d, n + 6, d + n + 6);
	return n + 22;
}

/* Every octet before the authenticator is covered; what stands behind it is not looked at. */
static int find_ext(const uint8_t *d, size_t n, size_t off, int type, int sub, const uint8_t **ext)
{
	for (; off < n; off += 2 + d[off + 1]) { /* no padding, no long shapes in a spike */
		if (off + 2 > n || off + 2 + d[off + 1] > n) return 0;
		if (d[off] == type && (sub < 0 || (d[off + 1] && d[off + 2] == sub))) {
			*ext = d + off;
			return 1;
		}
		if (d[off] == 32) return 0;
	}
	return 0;
}

static int authentic(const uint8_t *d, size_t n, size_t fixed)
{
	const uint8_t *e;
	uint8_t mac[16];
	if (!find_ext(d, n, fixed, 32, -1, &e) || e[1] != 20 || get32(e + 2) != spi) return 0;
	hmac_md5(d, e + 6 - d, mac);
	return !CRYPTO_memcmp(mac, e + 6, 16);
}

/* ---- mnd ---- */
static uint32_t addr_of(const char *s)
{
	uint32_t a = 0;
	must(inet_pton(AF_INET, s, &a) == 1, s);
	return a;
}

static size_t request_write(uint8_t *d, uint32_t hoa, uint32_t ha, uint32_t coa, uint32_t net,
			    uint8_t plen, uint64_t id)
{
	d[0] = 1, d[1] = 0x22; /* D T */
	put16(d + 2, 60);
	memcpy(d + 4, &hoa, 4), memcpy(d + 8, &ha, 4), memcpy(d + 12, &coa, 4);
	put32(d + 16, id >> 32), put32(d + 20, id);
	memcpy(d + 24, (uint8_t[]){ 144, 6, 0, 0, 0x80, 0, 0, 0 }, 8);
	memcpy(d + 32, (uint8_t[]){ 148, 6, 0, plen }, 4), memcpy(d + 36, &net, 4);
	return sign(d, 40);
}

/* mnd DIR HOME-ADDRESS HOME-AGENT NETWORK PLEN */
static int mnd(char **arg)
{
	uint32_t hoa = addr_of(arg[0]), ha = addr_of(arg[1]), net = addr_of(arg[2]);
	uint8_t plen = atoi(arg[3]);
	struct msg m, in;
	uint64_t id = 0, sent = 0;
	const uint8_t *tun, *ack;
	do {
		m = (struct msg){ .type = HELLO };
		bus_send("tunneld", &m);
	} while (!bus_recv(&in, 20) || in.type != LINK);
	struct where up = in.where;
	say("LINK link %u", up.link);
	for (int i = 0; i < 5; i++) {
		id = ntp_now();
		m = (struct msg){ .type = SIG_OUT };
		m.where = (struct where){ up.local, ha, 434, 0, up.link };
		m.len = request_write(m.data, hoa, ha, up.local, net, plen, id);
		sent = now_ns();
		must(bus_send("tunneld", &m) == 0, "SIG_OUT");
		say("request sent, %u octets", m.len);
		if (!bus_recv(&in, 1000) || in.type != SIG_IN) continue;
		const uint8_t *d = in.data;
		if (in.len < 20 || d[0] != 3 || get32(d + 16) != (uint32_t)id ||
		    memcmp(d + 4, &hoa, 4) || !authentic(d, in.len, 20)) {
			say("reply dropped");
			continue;
		}
		if (d[1] != 0 || !find_ext(d, in.len, 20, 44, 0, &tun) || tun[3] > 63 ||
		    !find_ext(d, in.len, 20, 148, 1, &ack) || ack[3] != 0) {
			say("refused, code %u", d[1]);
			return 1;
		}
		m = (struct msg){ .type = BUL_ADD };
		m.path = (struct path){ hoa, net, in.where.remote, ha, plen, in.where.remote_port,
					get16(d + 2) };
		must(bus_send("tunneld", &m) == 0, "BUL_ADD");
		say("REGISTERED in_us %llu reply_octets %u", (unsigned long long)(now_ns() - sent) / 1000, in.len);
		return 0;
	}
	return 1;
}

/* ---- had ---- */
/* had DIR HOME-AGENT HOME-ADDRESS NETWORK PLEN (what this router owns) */
static void had(char **arg)
{
	uint32_t ha = addr_of(arg[0]), hoa = addr_of(arg[1]), net = addr_of(arg[2]);
	uint8_t plen = atoi(arg[3]);
	uint64_t newest = 0;
	int seen = 0; /* today's NTP time minus 0 is negative as a signed 64-bit number */
	struct msg in, m;
	const uint8_t *e;
	for (;;) {
		if (!bus_recv(&in, -1) || in.type != SIG_IN || in.len < 24 || in.data[0] != 1)
			continue;
		uint64_t t0 = now_ns();
		const uint8_t *d = in.data;
		uint64_t id = (uint64_t)get32(d + 16) << 32 | get32(d + 20), wall = ntp_now();
		int64_t off = (int64_t)(id - wall);
		uint8_t code = 0, owned = 0;
		int has_net = find_ext(d, in.len, 24, 148, 0, &e) && e[1] == 6;
		if (has_net) owned = e[3] == plen && !memcmp(e + 4, &net, 4);
		if (!authentic(d, in.len, 24)) code = 131;
		else if (off > 7LL << 32 || off < -(7LL << 32) || (seen && (int64_t)(id - newest) <= 0))
			code = 133;
		else if (memcmp(d + 8, &ha, 4) || in.where.local != ha || memcmp(d + 4, &hoa, 4))
			code = 136;
		else if (has_net && !owned) code = 147;
		if (code == 0) newest = id, seen = 1;
		uint8_t *r = m.data;
		m = (struct msg){ .type = BC_ADD };
		if (code == 0) { /* claims before answers: two messages, in order, to one receiver */
			m.path = (struct path){ hoa, net, in.where.remote, ha, plen,
						in.where.remote_port, 60 };
			must(bus_send("tunneld", &m) == 0, "BC_ADD");
		}
		m = (struct msg){ .type = SIG_OUT, .where = in.where };
		r[0] = 3, r[1] = code;
		put16(r + 2, get16(d + 2) < 60 ? get16(d + 2) : 60);
		memcpy(r + 4, d + 4, 4), memcpy(r + 8, &ha, 4);
		put32(r + 12, (code == 133 ? wall : id) >> 32), put32(r + 16, id);
		size_t n = 20;
		if (code == 0) {
			memcpy(r + n, (uint8_t[]){ 44, 6, 0, 0, 0x80, 0, 0, 110 }, 8);
			n += 8;
		}
		if (has_net) {
			memcpy(r + n, (uint8_t[]){ 148, 8, 1, owned ? 0 : 2, e[3], 0 }, 6);
			memcpy(r + n + 6, e + 4, 4);
			n += 10;
		}
		m.len = sign(r, n);
		must(bus_send("tunneld", &m) == 0, "SIG_OUT");
		say("JUDGED code %u in_us %llu ttl %u reply %u octets", code,
		    (unsigned long long)(now_ns() - t0) / 1000, in.where.ttl, m.len);
	}
}

/* ---- tunneld ---- */
static struct path path;
static int have_path, udp, tun;
static const char tun_name[] = "raiic0";
static unsigned long stranger, not_owned, unroutable, v6;

static void sh(const char *fmt, ...)
{
	char cmd[300];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	must(system(cmd) == 0, cmd);
}

static int owned(uint32_t a)
{
	uint32_t mask = htonl(path.plen ? ~0U << (32 - path.plen) : 0);
	return a == path.home_addr || (a & mask) == path.network;
}

static void udp_send(const struct where *w, struct iovec *iov, int n)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(w->remote_port),
				  .sin_addr.s_addr = w->remote };
	struct msghdr h = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = iov, .msg_iovlen = n };
	if (sendmsg(udp, &h, 0) < 0) say("send: %s", strerror(errno));
}

static void from_udp(int home_agent)
{
	struct msg m = { .type = SIG_IN };
	struct sockaddr_in from;
	struct iovec iov = { m.data, sizeof(m.data) };
	char ctl[128];
	struct msghdr h = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
			    .msg_iovlen = 1, .msg_control = ctl, .msg_controllen = sizeof(ctl) };
	ssize_t n = recvmsg(udp, &h, 0);
	if (n < 1) return;
	uint32_t src = from.sin_addr.s_addr;
	if (m.data[0] == 4) { /* 04 04 00 00, then an IPv4 packet */
		uint32_t inner;
		if (!have_path || src != path.remote || ntohs(from.sin_port) != path.remote_port) {
			stranger++;
		} else if (n < 24 || m.data[1] != 4 || m.data[4] >> 4 != 4) {
			not_owned++;
		} else {
			memcpy(&inner, m.data + 16, 4);
			if (owned(inner) != home_agent) /* router: never its own as source from there */
				not_owned++;
			else if (write(tun, m.data + 4, n - 4) < 0) say("tun: %s", strerror(errno));
		}
		return;
	}
	m.len = n;
	m.where = (struct where){ .remote = src, .remote_port = ntohs(from.sin_port) };
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c)) {
		if (c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo *pi = (void *)CMSG_DATA(c);
			m.where.local = pi->ipi_addr.s_addr, m.where.link = pi->ipi_ifindex;
		} else if (c->cmsg_type == IP_TTL) {
			m.where.ttl = *(int *)CMSG_DATA(c);
		}
	}
	say("SIG_IN type %u", m.data[0]);
	int e = bus_send(m.data[0] == 1 ? "had" : "mnd", &m);
	if (e) say("no owner: %s", strerror(-e));
}

static void from_tun(uint32_t local, int home_agent)
{
	uint8_t head[4] = { 4, 4, 0, 0 }, d[2048];
	uint32_t a;
	ssize_t n = read(tun, d, sizeof(d));
	if (n < 20 || d[0] >> 4 != 4) {
		v6 += n > 0;
		return;
	}
	memcpy(&a, d + (home_agent ? 16 : 12), 4);
	if (!have_path || !owned(a)) {
		unroutable++;
		return;
	}
	struct iovec iov[2] = { { head, 4 }, { d, n } };
	struct where w = { local, path.remote, path.remote_port, 0, 0 };
	udp_send(&w, iov, 2);
}

static void from_bus(uint32_t local, uint32_t link, const char *home_net, int home_agent)
{
	struct msg m;
	char hoa[16], net[16];
	if (!bus_recv(&m, 0)) return;
	if (m.type == HELLO) {
		m = (struct msg){ .type = LINK, .where = { .local = local, .link = link } };
		bus_send("mnd", &m);
	} else if (m.type == SIG_OUT) {
		struct iovec iov = { m.data, m.len };
		say("SIG_OUT type %u", m.data[0]);
		udp_send(&m.where, &iov, 1);
	} else if (m.type == (home_agent ? BC_ADD : BUL_ADD)) {
		uint64_t t0 = now_ns();
		path = m.path, have_path = 1;
		inet_ntop(AF_INET, &path.home_addr, hoa, 16), inet_ntop(AF_INET, &path.network, net, 16);
		if (home_agent)
			sh("ip route replace %s/%d dev %s proto 144", net, path.plen, tun_name);
		else
			sh("ip addr replace %s/32 dev %s && ip route replace %s dev %s proto 144 src %s",
			   hoa, tun_name, home_net, tun_name, hoa);
		say("INSTALLED in_us %llu", (unsigned long long)(now_ns() - t0) / 1000);
	}
}

/* tunneld DIR LINK LOCAL-ADDRESS HOME-NETWORK ha|mr */
static int tunneld(char **arg)
{
	int on = 1, home_agent = !strcmp(arg[3], "ha");
	uint32_t local = addr_of(arg[1]), link = if_nametoindex(arg[0]);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(434), .sin_addr.s_addr = local };
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(!setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, arg[0], strlen(arg[0])), "bind to device");
	setsockopt(udp, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	setsockopt(udp, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on));
	must(!bind(udp, (void *)&a, sizeof(a)), "UDP 434");
	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", tun_name);
	tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	must(tun >= 0 && !ioctl(tun, TUNSETIFF, &ifr), "tun");
	sh("ip link set %s mtu 1468 up", tun_name);
	if (home_agent) /* one kernel route for the whole home network, by the address's length */
		sh("ip addr add %s dev %s", arg[2], tun_name);
	say("READY");
	struct pollfd p[3] = { { bus, POLLIN, 0 }, { udp, POLLIN, 0 }, { tun, POLLIN, 0 } };
	while (poll(p, 3, 1000) >= 0) {
		if (p[0].revents) from_bus(local, link, arg[2], home_agent);
		if (p[1].revents) from_udp(home_agent);
		if (p[2].revents) from_tun(local, home_agent);
		static unsigned long told;
		unsigned long sum = stranger + not_owned + unroutable + v6;
		if (sum != told)
			say("DROPS stranger %lu not_owned %lu unroutable %lu not_ipv4 %lu", stranger,
			    not_owned, unroutable, v6);
		told = sum;
	}
	return 1;
}

int main(int argc, char **argv)
{
	must(argc == 7, "usage: spike mnd|tunneld|had DIR ...");
	role = argv[1], dir = argv[2];
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(role, "tunneld")) hmac_md5(key, 16, (uint8_t[16]){ 0 }); /* first use: 2-3 ms */
	bus_open();
	if (!strcmp(role, "tunneld")) return tunneld(argv + 3);
	if (!strcmp(role, "had")) had(argv + 3);
	return mnd(argv + 3);
}
