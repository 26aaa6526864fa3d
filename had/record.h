/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the store keeps of a mobile router: one value with everything that has to survive. Never a
 * key, a session key or any secret (RESERVED R13).
 *
 * Layout, integers in network order; address = family(1) octets(0, 4 or 16); time = ns(8):
 *
 *	version(1) = 1  flags(1): 0x01 the stamp is a timestamp, 0x02 the router
 *	knows revocation  owner(4) = 0  stamp(8)
 *	written, wall(8)  boot(8)  home address
 *	number of paths(1); if there are any:
 *	  spi(4) caps(4) home agent
 *	  number of BIDs(1) BIDs in order of preference
 *	  number of networks(1), each: address, length(1)
 *	  each path: bid(2) encap(1) nat(1) link(4) care-of address
 *	    remote address port(2) local address port(2)
 *	    lifetime s(4) expiry since boot(8) expiry on the wall clock(8); both all ones: never
 *	checksum(8) over all before it and the key
 */
#ifndef HAD_RECORD_H
#define HAD_RECORD_H

#include "had/state.h"

struct record {
	struct mipm_addr home_addr;
	uint64_t stamp;
	bool is_timestamp;	       /* not a nonce */
	uint64_t written_wall;	       /* decoding only */
	const struct content *content; /* NULL: no path */

	/* of whoever writes or reads, to turn expiries round */
	uint64_t boot; /* 0: not known */
	uint64_t now;
	uint64_t wall_offset;
};

/* Octets written; 0: did not fit. */
size_t record_encode(const struct record *record, const char *key, uint8_t *octets, size_t size);

/* Room for what record_decode() fills in. */
struct record_room {
	struct content content;
	struct path paths[HAD_PATHS_MAX];
	struct mipm_prefix networks[MIP_MAX_NETWORKS];
};

/*
 * boot, now and wall_offset of record are given. Lifetimes that ended meanwhile are not filled in.
 * Within one boot the boot clock decides; after a reboot the wall clock, and nothing lives longer
 * than it was granted. 0, -EBADMSG (checksum, or impossible), -ENOTSUP (a version that is not
 * ours).
 */
int record_decode(struct record *record, const struct store_item *item, struct record_room *room);

#endif
