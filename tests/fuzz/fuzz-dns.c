/* SPDX-License-Identifier: BSD-2-Clause */
/* What a name server answers: addresses of hosts, within bounds, or nothing. */
#include "base/addr.h"
#include "mnd/dns.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mipm_span datagram = { data, (uint32_t)size };
	struct dns_answer answer;
	uint16_t id = size >= 2 ? (uint16_t)(data[0] << 8 | data[1]) : 0;

	if (dns_answer_parse(datagram, "ha.example.net", id, &answer) != 0)
		return 0;
	MUST(answer.n_addrs <= DNS_ADDRESSES_MAX);
	MUST((answer.result == DNS_ADDRESSES) <= (answer.n_addrs > 0));
	for (size_t i = 0; i < answer.n_addrs; i++)
		MUST(addr_is_unicast(&answer.addrs[i]) && answer.addrs[i].family == MIPM_IPV4);
	return 0;
}
