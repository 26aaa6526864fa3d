/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/wanem/direction.h"
#include "tests/wanem/frame.h"

#define FRAME_MAX     9300 /* an MTU of 9,000 and all headers */
#define SOCKET_OCTETS (16 << 20)

static const struct option {
	int level, name, value;
	const char *what;
} options[] = {
	{ SOL_PACKET, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR" },
	{ SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS" },
	{ SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING" },
	{ SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_OCTETS, "SO_RCVBUFFORCE" },
	{ SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_OCTETS, "SO_SNDBUFFORCE" },
	{},
};

static int set_options(struct wire *wire, const char **what)
{
	for (const struct option *o = options; o->what; o++) {
		*what = o->what;
		if (setsockopt(wire->fd, o->level, o->name, &o->value, sizeof(o->value)))
			return -errno;
	}
	return 0;
}

/* The socket hears only this device, and what is not for its own address too. */
static int attach(struct wire *wire, const char **what)
{
	struct ifreq request = {};
	struct packet_mreq all = { .mr_type = PACKET_MR_PROMISC };
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", wire->name);
	*what = "no such device";
	if (ioctl(wire->fd, SIOCGIFINDEX, &request))
		return -errno;
	addr.sll_ifindex = all.mr_ifindex = request.ifr_ifindex;
	*what = "address";
	if (ioctl(wire->fd, SIOCGIFHWADDR, &request))
		return -errno;
	memcpy(wire->mac, request.ifr_hwaddr.sa_data, sizeof(wire->mac));
	*what = "bind";
	if (bind(wire->fd, (struct sockaddr *)&addr, sizeof(addr)) ||
		setsockopt(wire->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)))
		return -errno;
	return 0;
}

int wire_open(struct wire *wire, const char *name, const char **what)
{
	int rc;

	*wire = (struct wire) {};
	snprintf(wire->name, sizeof(wire->name), "%s", name);
	*what = "packet socket";
	wire->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (wire->fd < 0)
		return -errno;
	rc = set_options(wire, what);
	if (rc == 0)
		rc = attach(wire, what);
	if (rc)
		wire_close(wire);
	return rc;
}

void wire_close(struct wire *wire)
{
	close(wire->fd);
}

/* Whether it is a frame as a wire would carry it, after what the sender left undone is done. */
static bool make_whole(const struct virtio_net_hdr *header, uint8_t *octets, size_t len)
{
	if (len > FRAME_MAX || header->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		return false;
	return !(header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
	       checksum_complete(octets, len, header->csum_start, header->csum_offset);
}

size_t wire_receive(
	struct wire *wire, void (*put)(void *ctx, uint8_t *octets, size_t len), void *ctx)
{
	static uint8_t octets[WIRE_BATCH][FRAME_MAX];
	struct virtio_net_hdr headers[WIRE_BATCH];
	struct iovec parts[WIRE_BATCH][2];
	struct mmsghdr messages[WIRE_BATCH] = {};
	int n;

	for (int i = 0; i < WIRE_BATCH; i++) {
		parts[i][0] = (struct iovec) { &headers[i], sizeof(headers[i]) };
		parts[i][1] = (struct iovec) { octets[i], FRAME_MAX };
		messages[i].msg_hdr = (struct msghdr) { .msg_iov = parts[i], .msg_iovlen = 2 };
	}
	n = recvmmsg(wire->fd, messages, WIRE_BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
	for (int i = 0; i < n; i++) {
		size_t len = messages[i].msg_len - sizeof(headers[i]);

		if (make_whole(&headers[i], octets[i], len))
			put(ctx, octets[i], len);
		else
			wire->oversize++;
	}
	return n > 0 ? (size_t)n : 0;
}

size_t wire_send(const struct wire *wire, struct packet *const packets[], size_t n)
{
	struct virtio_net_hdr none = {};
	struct iovec parts[WIRE_BATCH][2];
	struct mmsghdr messages[WIRE_BATCH] = {};
	int sent;

	for (size_t i = 0; i < n; i++) {
		parts[i][0] = (struct iovec) { &none, sizeof(none) };
		parts[i][1] = (struct iovec) { packets[i]->octets, packets[i]->len };
		messages[i].msg_hdr = (struct msghdr) { .msg_iov = parts[i], .msg_iovlen = 2 };
	}
	sent = sendmmsg(wire->fd, messages, (unsigned)n, MSG_DONTWAIT);
	return sent > 0 ? (size_t)sent : 0;
}

uint64_t wire_overruns(const struct wire *wire)
{
	struct tpacket_stats stats = {};
	socklen_t len = sizeof(stats);

	if (getsockopt(wire->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		return 0;
	return stats.tp_drops;
}
