/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * internet = nat at a home agent: an nftables table of our own (raiic) that masquerades what comes
 * from the home network and the mobile networks and leaves by another device than ours.
 */
#ifndef TUNNELD_NAT_H
#define TUNNELD_NAT_H

#include "tunneld/tunneld.h"

struct nat;

/* Makes (or adopts) the table with the home network and the aggregates in its set. */
int nat_open(struct nat **out, const struct tunneld_conf *conf, struct log *log);

/* A mobile network outside of the aggregates came or went. Bounded batches; idempotent. */
int nat_network(struct nat *n, const struct mipm_prefix *network, bool on);

void nat_close(struct nat *n, bool keep);

#endif
