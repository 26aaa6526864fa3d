/* SPDX-License-Identifier: BSD-2-Clause */
/* See mtu.h. TCP options: RFC 9293 3.1; clamping is the courtesy that RFC 4459 3.2 describes. */
#include <stdlib.h>

#include "base/core.h"
#include "tunneld/checksum.h"
#include "tunneld/encap.h"
#include "tunneld/mtu.h"

#define RAISE_AFTER (600 * NSEC_PER_S)

#define TCP_HEADER_MIN 20
#define TCP_SYN	       0x02
#define TCP_OPTION_END 0
#define TCP_OPTION_NOP 1
#define TCP_OPTION_MSS 2
#define TCP_MSS_LEN    4

static uint32_t bounded(uint32_t mtu)
{
	if (mtu < MTU_MIN)
		return MTU_MIN;
	return mtu > MTU_MAX ? MTU_MAX : mtu;
}

uint32_t mtu_default(uint32_t fixed)
{
	struct mipm_endpoint v4 = { .addr.family = MIPM_IPV4 };

	return bounded(fixed ? fixed : MTU_OUTER_DEFAULT - encap_udp.overhead(&v4));
}

static uint32_t wanted(const struct fib_tunnel *tunnel, uint32_t fixed)
{
	uint32_t smallest = UINT32_MAX, outer, over;
	const struct encap *encap;
	struct fib_path *p;

	if (fixed)
		return bounded(fixed);
	list_for_each (p, &tunnel->paths, in_tunnel) {
		encap = encap_find(p->encap);
		if (!encap)
			continue;
		outer = p->outer_mtu ? p->outer_mtu : MTU_OUTER_DEFAULT;
		over = encap->overhead(&p->remote);
		outer = outer > over ? outer - over : 0;
		smallest = outer < smallest ? outer : smallest;
	}
	return smallest == UINT32_MAX ? 0 : bounded(smallest);
}

static bool set(struct fib_tunnel *tunnel, uint32_t mtu)
{
	if (mtu == mtu_of(tunnel))
		return false;
	atomic_store_explicit(&tunnel->inner_mtu, mtu, memory_order_relaxed);
	return true;
}

bool mtu_update(struct timerq *timers, struct fib_tunnel *tunnel, uint16_t kind, uint32_t fixed,
	uint64_t now)
{
	uint32_t want = wanted(tunnel, fixed), is = mtu_of(tunnel);

	if (!want)
		return false; /* no path left: keep what was */
	if (want <= is || !is || fixed) {
		mtu_free(timers, tunnel);
		return set(tunnel, want);
	}
	mtu_retry_later(timers, tunnel, kind, now);
	return false;
}

void mtu_retry_later(struct timerq *timers, struct fib_tunnel *tunnel, uint16_t kind, uint64_t now)
{
	if (tunnel->mtu)
		return; /* it runs already */
	tunnel->mtu = calloc(1, sizeof(*tunnel->mtu));
	if (!tunnel->mtu)
		return;
	tunnel->mtu->tunnel = tunnel;
	tunnel->mtu->raise.kind = kind;
	timerq_set(timers, &tunnel->mtu->raise, now + RAISE_AFTER);
}

bool mtu_raise(struct fib_tunnel *tunnel, uint32_t fixed)
{
	uint32_t want = wanted(tunnel, fixed);

	free(tunnel->mtu);
	tunnel->mtu = NULL;
	return want && set(tunnel, want);
}

void mtu_free(struct timerq *timers, struct fib_tunnel *tunnel)
{
	if (!tunnel->mtu)
		return;
	timerq_cancel(timers, &tunnel->mtu->raise);
	free(tunnel->mtu);
	tunnel->mtu = NULL;
}

/* Where the value of the MSS option stands; 0: there is none. Each option is read with bounds. */
static uint32_t mss_at(const uint8_t *tcp, uint32_t header_len)
{
	uint32_t at = TCP_HEADER_MIN, len;

	while (at < header_len && tcp[at] != TCP_OPTION_END) {
		if (tcp[at] == TCP_OPTION_NOP) {
			at++;
			continue;
		}
		if (at + 1 >= header_len)
			return 0;
		len = tcp[at + 1];
		if (len < 2 || len > header_len - at)
			return 0;
		if (tcp[at] == TCP_OPTION_MSS)
			return len == TCP_MSS_LEN ? at + 2 : 0;
		at += len;
	}
	return 0;
}

bool mtu_clamp_mss(uint8_t *packet, const struct inner *inner, uint32_t mtu)
{
	uint32_t headers = (inner->family == MIPM_IPV6 ? 40 : 20) + TCP_HEADER_MIN;
	uint8_t *tcp = packet + inner->header_len;
	uint32_t header_len, at;
	uint16_t old, new;

	if (inner->protocol != INNER_TCP || !inner_has(inner, TCP_HEADER_MIN) ||
		!(tcp[13] & TCP_SYN) || mtu <= headers)
		return false;
	header_len = (tcp[12] >> 4) * 4U;
	if (header_len < TCP_HEADER_MIN || !inner_has(inner, header_len))
		return false;
	at = mss_at(tcp, header_len);
	new = (uint16_t)(mtu - headers);
	if (!at || get16(tcp + at) <= new)
		return false;
	old = get16(tcp + at);
	put16(tcp + at, new);
	/* An option may stand at an odd offset: then both words it touches are swapped ones, and
	 * so is the difference (RFC 1624 with the octets swapped). */
	if (at & 1) {
		old = (uint16_t)(old << 8 | old >> 8);
		new = (uint16_t)(new << 8 | new >> 8);
	}
	put16(tcp + 16, checksum_change(get16(tcp + 16), old, new));
	return true;
}
