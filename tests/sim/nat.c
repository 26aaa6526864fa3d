/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/nat.h"

#include <string.h>

#include "base/addr.h"
#include "base/core.h"

#define FIRST_PORT 20000
#define TIMEOUT	   (60 * NSEC_PER_S)

static bool is_alive(const struct nat *n, const struct nat_row *row, uint64_t now)
{
	uint64_t timeout = n->conf.timeout ? n->conf.timeout : TIMEOUT;

	return row->is_used && now - row->used_at < timeout;
}

/* What this kind looks at is the same. */
static bool is_alike(
	enum nat_kind kind, const struct mipm_endpoint *a, const struct mipm_endpoint *b)
{
	return kind == NAT_ENDPOINT ||
	       (addr_equal(&a->addr, &b->addr) && (kind == NAT_ADDRESS || a->port == b->port));
}

uint16_t nat_port(const struct nat *n, uint64_t now, const struct mipm_endpoint *inside,
	const struct mipm_endpoint *far)
{
	for (size_t i = 0; i < NAT_ROWS; i++) {
		const struct nat_row *row = &n->rows[i];

		if (is_alive(n, row, now) && endpoint_equal(&row->inside, inside) &&
			is_alike(n->conf.mapping, &row->far, far))
			return row->port;
	}
	return 0;
}

static struct nat_row *row_for(struct nat *n, uint64_t now, const struct mipm_endpoint *inside,
	const struct mipm_endpoint *far)
{
	struct nat_row *oldest = &n->rows[0];
	uint16_t port;

	for (size_t i = 0; i < NAT_ROWS; i++) {
		struct nat_row *row = &n->rows[i];

		if (is_alive(n, row, now) && endpoint_equal(&row->inside, inside) &&
			endpoint_equal(&row->far, far))
			return row;
		if (!row->is_used || row->used_at < oldest->used_at)
			oldest = row;
	}
	port = nat_port(n, now, inside, far);
	if (!port)
		port = (uint16_t)(FIRST_PORT + n->next_port++ % FIRST_PORT);
	*oldest = (struct nat_row) { *inside, *far, port, now, true };
	return oldest;
}

uint16_t nat_out(struct nat *n, uint64_t now, const struct mipm_endpoint *inside,
	const struct mipm_endpoint *far)
{
	struct nat_row *row = row_for(n, now, inside, far);

	row->used_at = now;
	return row->port;
}

const struct mipm_endpoint *nat_in(
	struct nat *n, uint64_t now, uint16_t port, const struct mipm_endpoint *far)
{
	for (size_t i = 0; i < NAT_ROWS; i++) {
		const struct nat_row *row = &n->rows[i];

		if (is_alive(n, row, now) && row->port == port &&
			is_alike(n->conf.filtering, &row->far, far))
			return &row->inside;
	}
	return NULL;
}

void nat_forget(struct nat *n)
{
	memset(n->rows, 0, sizeof(n->rows));
}
