/* SPDX-License-Identifier: BSD-2-Clause */
/* struct virtio_net_hdr in front of each packet of the device, either way; and what headers older
 * than Linux 6.2 do not know of it. */
#ifndef TUNNELD_VNET_H
#define TUNNELD_VNET_H

#include <linux/virtio_net.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#endif
