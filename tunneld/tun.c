/* SPDX-License-Identifier: BSD-2-Clause */
/* See tun.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tunneld/tun.h"
#include "tunneld/tunneld.h"

#ifndef TUN_F_USO4 /* headers older than Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define FLAGS (IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE | IFF_VNET_HDR)

static int attach(const char *name, int flags)
{
	struct ifreq ifr = { .ifr_flags = (short)flags };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, TUNSETIFF, &ifr) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

/* A device of this name that was made with other flags (somebody's hand, an older version) cannot
 * be attached to with ours. If it is a persistent TUN without an owner process it is removed. */
static int remove_other(const char *name)
{
	static const int others[] = { 0, IFF_MULTI_QUEUE, IFF_VNET_HDR };
	int fd = -EINVAL, r = 0;

	for (size_t i = 0; fd < 0 && i < sizeof(others) / sizeof(others[0]); i++)
		fd = attach(name, IFF_TUN | IFF_NO_PI | others[i]);
	if (fd < 0)
		return fd;
	if (ioctl(fd, TUNSETPERSIST, 0) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int explain(int r, const char *name, char *text, size_t size)
{
	if (r == -ENOENT || r == -ENXIO || r == -ENODEV)
		snprintf(text, size, "no /dev/net/tun: load the module tun, or allow the device");
	else if (r == -EPERM || r == -EACCES)
		snprintf(text, size,
			"cannot make the device %s: CAP_NET_ADMIN is missing: " TUNNELD_PERMISSION,
			name);
	else if (r == -EBUSY)
		snprintf(text, size, "the device %s is used by another process", name);
	else
		snprintf(text, size, "cannot make the device %s: %s", name, strerror(-r));
	return r;
}

/* Large packets and missing checksums, either way; those of UDP since Linux 6.2. Offloads of a
 * predecessor are still on: they are set every time. */
static int set_offloads(int fd, bool *udp)
{
	unsigned long tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

	*udp = ioctl(fd, TUNSETOFFLOAD, tcp | TUN_F_USO4 | TUN_F_USO6) == 0;
	return *udp ? 0 : ioctl(fd, TUNSETOFFLOAD, tcp);
}

static int queue_open(const char *name, bool *udp)
{
	int fd = attach(name, FLAGS), header = TUN_VNET_HEADER, r;

	if (fd < 0)
		return fd;
	if (ioctl(fd, TUNSETVNETHDRSZ, &header) == 0 && set_offloads(fd, udp) == 0 &&
		ioctl(fd, TUNSETPERSIST, 1) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

int tun_open(
	const char *name, int *queues, size_t n, struct tun_found *found, char *text, size_t size)
{
	int fd;

	found->adopted = if_nametoindex(name) != 0;
	for (size_t i = 0; i < n; i++) {
		fd = queue_open(name, &found->udp);
		if (fd == -EINVAL && i == 0 && found->adopted && remove_other(name) == 0) {
			found->adopted = false;
			fd = queue_open(name, &found->udp);
		}
		if (fd < 0) {
			tun_close(queues, i, found->adopted);
			return explain(fd, name, text, size);
		}
		queues[i] = fd;
	}
	return 0;
}

void tun_close(int *queues, size_t n, bool keep)
{
	for (size_t i = 0; i < n; i++) {
		if (!keep && i == 0)
			ioctl(queues[i], TUNSETPERSIST, 0);
		close(queues[i]);
		queues[i] = -1;
	}
}
