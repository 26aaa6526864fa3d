/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel knows is bad at once: link down, carrier, address or gateway lost. */
#include "linkmon/detector.h"

static const char *objection(const struct path *p)
{
	if (!p->name[0])
		return NULL; /* known by its registration only, so far */
	if (!(p->flags & MIPM_LINK_UP))
		return "link down";
	if (!(p->flags & MIPM_LINK_CARRIER))
		return "no carrier";
	if (p->careof_addr.family == MIPM_NONE)
		return "no address";
	if (p->gateway.family == MIPM_NONE && !p->onlink)
		return "no gateway";
	return NULL;
}

static void carrier_link(struct linkmon *l, struct path *p, size_t self, uint64_t now, bool fresh)
{
	const char *cause = objection(p);

	path_opinion(p, self, cause ? MIPM_BAD : 0, cause);
}

const struct detector det_carrier = {
	.name = "carrier",
	.link = carrier_link,
};
