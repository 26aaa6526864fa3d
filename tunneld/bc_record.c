/* SPDX-License-Identifier: BSD-2-Clause */
/* See bc_record.h. */
#include <stdlib.h>
#include <string.h>

#include "libmip/cursor.h"
#include "tunneld/bc_record.h"

/* A message fits into a datagram of the bus, and here it is shorter. */
#define RECORD_MAX MIPSOCK_BUNDLE_MAX

struct bc_record {
	uint16_t len, n_paths, n_networks, name_len;
	uint8_t octets[];
};

static void write_addr(struct mip_writer *w, const struct mipm_addr *addr)
{
	mip_write_u8(w, addr->family);
	mip_write_octets(w, addr->octets, addr_len(addr));
}

static struct mipm_addr read_addr(struct mip_reader *r)
{
	struct mipm_addr addr = { .family = mip_read_u8(r) };
	const uint8_t *octets = mip_read_take(r, addr_len(&addr));

	return octets ? addr_from_octets(addr.family, octets) : addr;
}

static void write_endpoint(struct mip_writer *w, const struct mipm_endpoint *e)
{
	write_addr(w, &e->addr);
	mip_write_u16(w, e->port);
}

static struct mipm_endpoint read_endpoint(struct mip_reader *r)
{
	struct mipm_endpoint e = { .addr = read_addr(r) };

	e.port = mip_read_u16(r);
	return e;
}

static void write_path(struct mip_writer *w, const struct mipm_path *p)
{
	mip_write_u16(w, p->number);
	mip_write_u8(w, p->kind);
	mip_write_u8(w, p->encap);
	mip_write_u8(w, p->protection);
	mip_write_u8(w, p->nat);
	mip_write_u16(w, p->priority);
	write_addr(w, &p->careof_addr);
	write_endpoint(w, &p->remote);
	write_endpoint(w, &p->local);
	mip_write_u32(w, p->link);
	mip_write_u32(w, p->keepalive_s);
	mip_write_u64(w, p->expires_at);
}

static void read_path(struct mip_reader *r, struct mipm_path *p)
{
	p->number = mip_read_u16(r);
	p->kind = mip_read_u8(r);
	p->encap = mip_read_u8(r);
	p->protection = mip_read_u8(r);
	p->nat = mip_read_u8(r);
	p->priority = mip_read_u16(r);
	p->careof_addr = read_addr(r);
	p->remote = read_endpoint(r);
	p->local = read_endpoint(r);
	p->link = mip_read_u32(r);
	p->keepalive_s = mip_read_u32(r);
	p->expires_at = mip_read_u64(r);
}

static void write_scalars(struct mip_writer *w, const struct mipm_bc *bc)
{
	mip_write_u32(w, bc->domain);
	write_addr(w, &bc->home_addr);
	mip_write_u32(w, bc->owner);
	mip_write_u64(w, bc->stamp);
	mip_write_u64(w, bc->generation);
	mip_write_u8(w, bc->protocol);
	mip_write_u8(w, bc->policy);
	write_addr(w, &bc->home_agent);
	mip_write_u32(w, bc->lifetime_s);
	mip_write_u64(w, bc->expires_at);
	mip_write_u32(w, bc->caps);
}

static void read_scalars(struct mip_reader *r, struct mipm_bc *bc)
{
	bc->domain = mip_read_u32(r);
	bc->home_addr = read_addr(r);
	bc->owner = mip_read_u32(r);
	bc->stamp = mip_read_u64(r);
	bc->generation = mip_read_u64(r);
	bc->protocol = mip_read_u8(r);
	bc->policy = mip_read_u8(r);
	bc->home_agent = read_addr(r);
	bc->lifetime_s = mip_read_u32(r);
	bc->expires_at = mip_read_u64(r);
	bc->caps = mip_read_u32(r);
}

struct bc_record *bc_record_new(const struct mipm_bc *bc)
{
	uint8_t octets[RECORD_MAX];
	struct bc_record *record;
	struct mip_writer w;

	mip_writer_init(&w, octets, sizeof(octets));
	write_scalars(&w, bc);
	for (uint16_t i = 0; i < bc->n_paths; i++)
		write_path(&w, &bc->paths[i]);
	for (uint16_t i = 0; i < bc->n_networks; i++) {
		write_addr(&w, &bc->networks[i].addr);
		mip_write_u8(&w, bc->networks[i].len);
	}
	mip_write_octets(&w, bc->identity.text, bc->identity.len);
	record = w.failed ? NULL : malloc(sizeof(*record) + w.pos);
	if (!record)
		return NULL;
	*record = (struct bc_record) { .len = (uint16_t)w.pos,
		.n_paths = bc->n_paths,
		.n_networks = bc->n_networks,
		.name_len = bc->identity.len };
	memcpy(record->octets, octets, w.pos);
	return record;
}

/* One block: the message, its paths, its networks (they alone need no alignment), its text. */
struct mipm_bc *bc_record_read(const struct bc_record *record)
{
	size_t paths_len = record->n_paths * sizeof(struct mipm_path);
	size_t networks_len = record->n_networks * sizeof(struct mipm_prefix);
	struct mipm_bc *bc = calloc(1, sizeof(*bc) + paths_len + networks_len + record->name_len);
	struct mipm_path *paths = (struct mipm_path *)(bc + 1);
	struct mipm_prefix *networks = (struct mipm_prefix *)(paths + record->n_paths);
	struct mip_reader r;

	if (!bc)
		return NULL;
	mip_reader_init(&r, (struct mipm_span) { record->octets, record->len });
	read_scalars(&r, bc);
	for (uint16_t i = 0; i < record->n_paths; i++)
		read_path(&r, &paths[i]);
	for (uint16_t i = 0; i < record->n_networks; i++) {
		networks[i].addr = read_addr(&r);
		networks[i].len = mip_read_u8(&r);
	}
	bc->identity.text = (char *)(networks + record->n_networks);
	bc->identity.len = record->name_len;
	if (record->name_len)
		memcpy((char *)bc->identity.text, mip_read_rest(&r).data, record->name_len);
	bc->paths = paths;
	bc->n_paths = record->n_paths;
	bc->networks = networks;
	bc->n_networks = record->n_networks;
	return bc;
}

struct bc_record *bc_record_drop_path(struct bc_record *record, uint16_t number)
{
	struct mipm_bc *bc = bc_record_read(record);
	struct bc_record *shorter = NULL;
	struct mipm_path *paths;
	uint16_t n = 0;

	if (!bc)
		return record;
	paths = (struct mipm_path *)bc->paths;
	for (uint16_t i = 0; i < bc->n_paths; i++)
		if (paths[i].number != number)
			paths[n++] = paths[i];
	bc->n_paths = n;
	shorter = bc_record_new(bc);
	free(bc);
	if (!shorter)
		return record;
	free(record);
	return shorter;
}
