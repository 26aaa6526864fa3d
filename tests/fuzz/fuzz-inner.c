/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tunneld's workers read of a stranger's octets: the tunnel data header, the inner packet,
 * keepalives, the segment size of a SYN; and the ICMP errors made of it. The first octet of the
 * input chooses the tunnel, its end, and what was negotiated.
 */
#include "libmipsock/mipsock.h"
#include "tests/fuzz/fuzz.h"
#include "tunneld/checksum.h"
#include "tunneld/encap.h"
#include "tunneld/icmp.h"
#include "tunneld/mtu.h"
#include "tunneld/probe.h"

#define PACKET_MAX 2048

static struct fib fib;
static struct fib_hop *router, *agent, *agent6;

static struct fib_hop *hop_new(const char *home, const char *peer, const char *near,
	const char *network, enum fib_claim_kind kind, uint16_t number)
{
	struct fib_claim claims[2] = { { .kind = (uint8_t)kind }, { .kind = (uint8_t)kind } };
	struct mipm_addr home_addr, peer_addr = { 0 };
	struct fib_tunnel *t;
	struct fib_path *p;

	MUST(addr_parse(home, &home_addr) == 0);
	MUST(!*peer || addr_parse(peer, &peer_addr) == 0);
	MUST(prefix_parse(network, &claims[0].prefix) == 0);
	claims[1].prefix = prefix_of_host(&home_addr);
	MUST(fib_tunnel_new(&fib, fib_domain(&fib, 0), &home_addr, &peer_addr, *peer, &t) == 0);
	MUST(addr_parse(near, *peer ? &t->far : &t->near) == 0);
	*(*peer ? &t->near : &t->far) = home_addr;
	MUST(fib_path_new(&fib, t, number, &p) == 0);
	MUST(endpoint_parse("192.0.2.7:434", 434, &p->remote) == 0);
	MUST(endpoint_parse("203.0.113.1:434", 434, &p->local) == 0);
	p->encap = MIPM_ENCAP_UDP;
	MUST(fib_path_publish(&fib, p, number, 0) == 0);
	MUST(fib_tunnel_claim(&fib, t, claims, 2) == 0);
	return p->hop;
}

static void begin(void)
{
	struct fib_config config = { .n_slots = 1, .seed = 1 };

	MUST(fib_init(&fib, &config) == 0);
	agent = hop_new("10.200.0.8", "", "203.0.113.1", "10.8.0.0/24", FIB_CLAIM_FAR, 1);
	router = hop_new(
		"10.200.0.7", "203.0.113.1", "203.0.113.1", "10.7.0.0/24", FIB_CLAIM_OWN, 2);
	agent6 = hop_new("2001:db8::8", "", "2001:db8::1", "2001:db8:8::/48", FIB_CLAIM_FAR, 3);
}

static uint16_t transport_sum(const struct inner *in)
{
	uint32_t len = in->len - in->header_len;
	uint32_t sum = checksum_pseudo(in->family, in->src, in->dst, in->protocol, len);

	return checksum_fold(checksum_add(sum, in->data + in->header_len, len));
}

static void clamp(uint8_t *packet, const struct inner *in)
{
	bool sound = transport_sum(in) == 0;

	if (mtu_clamp_mss(packet, in, 1400) && sound)
		MUST(transport_sum(in) == 0);
	MUST(!mtu_clamp_mss(packet, in, 1400)); /* once is enough */
}

static void errors(const struct inner *in)
{
	uint8_t out[ICMP_ERROR_MAX];
	struct inner error;
	size_t len;

	if (!icmp_may_answer(in))
		return;
	len = icmp_build(out, in, ICMP_TOO_BIG, NULL, 1400);
	MUST(len <= sizeof(out) && inner_parse(out, len, &error) && error.len == len);
	MUST(!icmp_may_answer(&error)); /* no error about an error */
}

static void probes(const struct fib_hop *hop, uint8_t *packet, const struct inner *in)
{
	struct probe probe;
	struct inner answer;

	if (probe_recognise(hop, in, 0x5a5a5a5a, &probe) != PROBE_REQUEST)
		return;
	probe_answer(packet, in);
	MUST(inner_parse(packet, in->len, &answer) && answer.len == in->len);
	MUST(probe_recognise(hop, &answer, 0x5a5a5a5a, &probe) != PROBE_BROKEN);
	if (in->family == MIPM_IPV4)
		MUST(checksum_fold(checksum_add(0, packet, answer.header_len)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buffer[ENCAP_HEADROOM + PACKET_MAX + ENCAP_TAILROOM];
	struct encap_packet p = { buffer + ENCAP_HEADROOM, (uint32_t)size - 1, true };
	struct fib_hop hop;
	struct inner in;

	if (!agent)
		begin();
	if (size < 1 || size - 1 > PACKET_MAX)
		return 0;
	hop = *(data[0] & 8 ? agent6 : data[0] & 1 ? router : agent);
	hop.caps = data[0] & 2 ? 3 : 0;
	hop.encap = data[0] & 4 ? MIPM_ENCAP_UDP_GRE : MIPM_ENCAP_UDP;
	memcpy(p.data, data + 1, size - 1);
	encap_find(hop.encap)->open(&hop, &p, 1);
	if (!p.ok || !inner_parse(p.data, p.len, &in))
		return 0;
	MUST(in.len <= p.len && in.header_len <= in.len);
	errors(&in);
	if (fib_receive(&hop, &in) != FIB_OK)
		return 0;
	clamp(p.data, &in);
	probes(&hop, p.data, &in);
	return 0;
}
