/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of encapsulations: a further one is a file of its own and a row here. */
#include "libmipsock/mipsock.h"
#include "tunneld/encap.h"

static const struct encap *const encaps[] = {
	[MIPM_ENCAP_UDP] = &encap_udp,
	[MIPM_ENCAP_UDP_GRE] = &encap_udp_gre,
};

const struct encap *encap_find(uint8_t encap)
{
	return encap < sizeof(encaps) / sizeof(encaps[0]) ? encaps[encap] : NULL;
}
