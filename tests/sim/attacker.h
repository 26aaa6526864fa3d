/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody on the path, and everywhere else: he sees what passes between routers and home agents,
 * keeps the signalling, and says it again, changed or from elsewhere. Of keys he has that of one
 * router (the insider), whose own daemons do not mind. What he never does is to be faster than the
 * datagram that he has seen: who takes it away and says it from elsewhere cannot be told from a NAT
 * (RFC 3519 6.1.1, THREATS T9).
 */
#ifndef TESTS_SIM_ATTACKER_H
#define TESTS_SIM_ATTACKER_H

#include "tests/sim/sim.h"

#define ATTACKER_PORT 6666 /* of what he sends to hosts behind a tunnel, from and to */

enum attack_source {
	ATTACK_SAME,  /* where it came from */
	ATTACK_PORT,  /* its address, another port */
	ATTACK_OTHER, /* an address of his own */
	ATTACK_SOURCES,
};

enum attack_change {
	ATTACK_BIT,	/* one bit turned over */
	ATTACK_OCTET,	/* one octet all ones: a length that lies */
	ATTACK_SHORT,	/* cut off */
	ATTACK_BEHIND,	/* a network asked for behind the authenticator */
	ATTACK_NOW,	/* a fresh Identification under the old authenticator */
	ATTACK_INSIDER, /* fresh, and signed by another router's key */
	ATTACK_CHANGES,
};

enum attack_data {
	ATTACK_STRANGER,  /* the site's inner source, an outer source that nobody registered */
	ATTACK_NEIGHBOUR, /* a registered outer source, another site's inner one */
	ATTACK_LOOP,	  /* all is right, but it goes to the home agent's own port */
	ATTACK_ROUTER,	  /* to the router, from somebody who is not its home agent */
	ATTACK_DATA_KINDS,
};

struct attacker *attacker_new(struct sim *s);
struct attacker *attacker_free(struct attacker *a); /* returns NULL */

/* A datagram that passes by in the middle of the Internet. */
void attacker_saw(struct attacker *a, const struct datagram *d);

/* The nth newest signalling datagram of the site (modulo what he has) again. */
void attacker_replay(struct attacker *a, size_t site, uint64_t nth, enum attack_source source);
/* Each of the site's next n, so many ms after it has passed. */
void attacker_echo(
	struct attacker *a, size_t site, uint64_t n, uint64_t ms, enum attack_source source);
void attacker_forge(
	struct attacker *a, size_t site, uint64_t nth, enum attack_change change, uint64_t where);
void attacker_send_data(struct attacker *a, size_t site, enum attack_data kind);

#endif
