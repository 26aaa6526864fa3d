/* SPDX-License-Identifier: BSD-2-Clause */
/* Stored values: written and read by the bounded cursor, checked as if a stranger had sent them. */
#include <errno.h>
#include <string.h>

#include "had/record.h"
#include "libmip/cursor.h"

#define VERSION		1
#define CHECKSUM_LEN	8
#define FLAG_TIMESTAMP	0x01
#define FLAG_REVOCATION 0x02
#define SEED		UINT64_C(0x6d6f62696c65) /* part of the format */

static void write_addr(struct mip_writer *w, const struct mipm_addr *addr)
{
	mip_write_u8(w, addr->family);
	mip_write_octets(w, addr->octets, addr_len(addr));
}

static void write_endpoint(struct mip_writer *w, const struct mipm_endpoint *endpoint)
{
	write_addr(w, &endpoint->addr);
	mip_write_u16(w, endpoint->port);
}

static void write_path(struct mip_writer *w, const struct path *path, const struct record *record)
{
	bool is_infinite = path->expires_at == CORE_NEVER;

	mip_write_u16(w, path->bid);
	mip_write_u8(w, path->encap);
	mip_write_u8(w, path->nat);
	mip_write_u32(w, path->link);
	write_addr(w, &path->careof_addr);
	write_endpoint(w, &path->remote);
	write_endpoint(w, &path->local);
	mip_write_u32(w, path->lifetime_s);
	mip_write_u64(w, path->expires_at);
	mip_write_u64(w, is_infinite ? CORE_NEVER : path->expires_at + record->wall_offset);
}

static void write_content(struct mip_writer *w, const struct record *record)
{
	const struct content *content = record->content;

	mip_write_u32(w, content->spi);
	mip_write_u32(w, content->caps);
	write_addr(w, &content->home_agent);
	mip_write_u8(w, content->n_order);
	mip_write_octets(w, content->order, content->n_order);
	mip_write_u8(w, content->n_networks);
	for (unsigned i = 0; i < content->n_networks; i++) {
		write_addr(w, &content->networks[i].addr);
		mip_write_u8(w, content->networks[i].len);
	}
	for (unsigned i = 0; i < content->n_paths; i++)
		write_path(w, &content->paths[i], record);
}

static uint64_t checksum(const void *key, size_t key_len, const uint8_t *octets, size_t len)
{
	return table_hash(octets, len, table_hash(key, key_len, SEED));
}

static uint8_t flags_of(const struct record *record)
{
	bool knows_revocation = record->content && record->content->knows_revocation;

	return (uint8_t)((record->is_timestamp ? FLAG_TIMESTAMP : 0) |
			 (knows_revocation ? FLAG_REVOCATION : 0));
}

size_t record_encode(const struct record *record, const char *key, uint8_t *octets, size_t size)
{
	unsigned n_paths = record->content ? record->content->n_paths : 0;
	struct mip_writer w;

	mip_writer_init(&w, octets, size);
	mip_write_u8(&w, VERSION);
	mip_write_u8(&w, flags_of(record));
	mip_write_u32(&w, 0);
	mip_write_u64(&w, record->stamp);
	mip_write_u64(&w, record->now + record->wall_offset);
	mip_write_u64(&w, record->boot);
	write_addr(&w, &record->home_addr);
	mip_write_u8(&w, (uint8_t)n_paths);
	if (n_paths > 0)
		write_content(&w, record);
	if (!w.failed)
		mip_write_u64(&w, checksum(key, strlen(key), octets, w.pos));
	return w.failed ? 0 : w.pos;
}

static struct mipm_addr read_addr(struct mip_reader *r)
{
	uint8_t family = mip_read_u8(r);
	struct mipm_addr addr = { 0 };
	const uint8_t *octets;

	if (family == MIPM_NONE)
		return addr;
	if (family != MIPM_IPV4 && family != MIPM_IPV6) {
		r->failed = true;
		return addr;
	}
	octets = mip_read_take(r, family == MIPM_IPV4 ? 4 : 16);
	return octets ? addr_from_octets(family, octets) : addr;
}

static struct mipm_endpoint read_endpoint(struct mip_reader *r)
{
	struct mipm_endpoint endpoint = { .addr = read_addr(r) };

	endpoint.port = mip_read_u16(r);
	return endpoint;
}

/* The remaining lifetime by the clock that can be believed; 0: over. */
static uint64_t expiry(const struct record *record, const struct path *path, uint64_t boot,
	uint64_t at_boot, uint64_t at_wall)
{
	uint64_t wall = record->now + record->wall_offset;
	uint64_t left, granted = path->lifetime_s * NSEC_PER_S;

	if (at_boot == CORE_NEVER)
		return CORE_NEVER;
	if (boot != 0 && boot == record->boot)
		left = at_boot > record->now ? at_boot - record->now : 0;
	else
		left = at_wall > wall ? at_wall - wall : 0;
	if (left > granted)
		left = granted;
	return left > 0 ? record->now + left : 0;
}

static struct path read_path(struct mip_reader *r, const struct record *record, uint64_t boot)
{
	struct path path = { 0 };
	uint64_t at_boot, at_wall;

	path.bid = mip_read_u16(r);
	path.encap = mip_read_u8(r);
	path.nat = mip_read_u8(r) != 0;
	path.link = mip_read_u32(r);
	path.careof_addr = read_addr(r);
	path.remote = read_endpoint(r);
	path.local = read_endpoint(r);
	path.lifetime_s = mip_read_u32(r);
	at_boot = mip_read_u64(r);
	at_wall = mip_read_u64(r);
	path.expires_at = expiry(record, &path, boot, at_boot, at_wall);
	if (boot == 0 || boot != record->boot)
		path.link = 0; /* interface indexes do not outlive a boot */
	if (path.encap != MIPM_ENCAP_UDP && path.encap != MIPM_ENCAP_UDP_GRE)
		r->failed = true;
	return path;
}

static void read_networks(struct mip_reader *r, struct record_room *room)
{
	unsigned n = mip_read_u8(r);

	if (n > MIP_MAX_NETWORKS)
		r->failed = true;
	for (unsigned i = 0; i < n && !r->failed; i++) {
		struct mipm_addr addr = read_addr(r);

		if (prefix_make(&addr, mip_read_u8(r), &room->networks[i]) < 0)
			r->failed = true;
	}
	room->content.networks = room->networks;
	room->content.n_networks = r->failed ? 0 : (uint8_t)n;
}

static void read_order(struct mip_reader *r, struct content *content)
{
	unsigned n = mip_read_u8(r);

	if (n > HAD_PATHS_MAX)
		r->failed = true;
	for (unsigned i = 0; i < n && !r->failed; i++)
		content->order[i] = mip_read_u8(r);
	content->n_order = r->failed ? 0 : (uint8_t)n;
}

static void read_content(struct mip_reader *r, struct record *record, struct record_room *room,
	unsigned n_paths, uint64_t boot)
{
	struct content *content = &room->content;

	content->spi = mip_read_u32(r);
	content->caps = mip_read_u32(r);
	content->stamp = record->stamp;
	content->home_agent = read_addr(r);
	content->paths = room->paths;
	read_order(r, content);
	read_networks(r, room);
	if (n_paths > HAD_PATHS_MAX)
		r->failed = true;
	for (unsigned i = 0; i < n_paths && !r->failed; i++) {
		struct path path = read_path(r, record, boot);

		if (path.expires_at != 0)
			room->paths[content->n_paths++] = path;
	}
	if (!r->failed && content->n_paths > 0)
		record->content = content;
}

int record_decode(struct record *record, const struct store_item *item, struct record_room *room)
{
	struct mip_reader r;
	unsigned n_paths;
	uint8_t flags;
	uint64_t boot;
	size_t len;

	*room = (struct record_room) { 0 };
	record->content = NULL;
	if (item->len < 1 + CHECKSUM_LEN)
		return -EBADMSG;
	len = item->len - CHECKSUM_LEN;
	mip_reader_init(&r, (struct mipm_span) { .data = item->data, .len = (uint32_t)item->len });
	mip_read_skip(&r, len);
	if (mip_read_u64(&r) != checksum(item->key, item->key_len, item->data, len))
		return -EBADMSG;
	mip_reader_init(&r, (struct mipm_span) { .data = item->data, .len = (uint32_t)len });
	if (mip_read_u8(&r) != VERSION)
		return -ENOTSUP;
	flags = mip_read_u8(&r);
	record->is_timestamp = flags & FLAG_TIMESTAMP;
	room->content.knows_revocation = flags & FLAG_REVOCATION;
	mip_read_skip(&r, 4);
	record->stamp = mip_read_u64(&r);
	record->written_wall = mip_read_u64(&r);
	boot = mip_read_u64(&r);
	record->home_addr = read_addr(&r);
	n_paths = mip_read_u8(&r);
	if (n_paths > 0)
		read_content(&r, record, room, n_paths, boot);
	if (mip_read_is_done(&r))
		return 0;
	record->content = NULL;
	return -EBADMSG;
}
