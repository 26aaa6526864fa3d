/* SPDX-License-Identifier: BSD-2-Clause */
/* The round-trip estimate of RFC 6298 section 2, in nanoseconds. */
#include "linkmon/internal.h"

/* RFC 6298 2.2, 2.3: alpha 1/8, beta 1/4, RTTVAR before SRTT. */
void rtt_sample(struct rtt *rtt, uint64_t sample)
{
	uint64_t off;

	if (sample == 0)
		sample = 1;
	if (rtt->srtt == 0) {
		rtt->srtt = sample;
		rtt->rttvar = sample / 2;
		return;
	}
	off = sample > rtt->srtt ? sample - rtt->srtt : rtt->srtt - sample;
	rtt->rttvar = rtt->rttvar - rtt->rttvar / 4 + off / 4;
	rtt->srtt = rtt->srtt - rtt->srtt / 8 + sample / 8;
}

uint64_t rtt_timeout(const struct rtt *rtt)
{
	return rtt->srtt + 4 * rtt->rttvar;
}
