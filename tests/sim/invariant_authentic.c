/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No binding is created, changed or removed without a valid authenticator and a fresh
 * Identification. Beside each had we keep our own books: which requests it was given that are
 * authentic by our own reading (wire.h), and the greatest Identification of each router that came
 * into force. What had then says about a binding must be one of those requests, or the end of
 * lifetimes, or what was so before.
 */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "tests/sim/invariant.h"
#include "tests/sim/wire.h"

#define REQUESTS 64 /* of each router, the latest */
#define PATHS	 16

struct request {
	uint64_t ident;
	bool withdraws;
	struct mipm_endpoint remote;
};

struct known_path {
	uint16_t number;
	struct mipm_endpoint remote;
	uint64_t expires_at;
};

/* A router as its home agent has it. */
struct book {
	struct request requests[REQUESTS]; /* ring */
	uint64_t n_requests;
	uint64_t greatest; /* Identification in force */
	uint64_t said;	   /* of what had said last: a new life may begin with something older */
	bool is_anew;	   /* had began another life, and has not spoken of it yet */
	struct known_path paths[PATHS];
	size_t n_paths;
};

struct state {
	struct sim *sim;
	struct book *books; /* [agent][site] */
};

static const struct invariant *const self = &invariant_authentic;

static bool tells_of_binding(const struct watch_bus *e)
{
	return (e->msg->type == MIPM_BC_ADD || e->msg->type == MIPM_BC_REMOVE) &&
	       strcmp(e->from, "had") == 0 && strcmp(e->to, "tunneld") == 0;
}

static struct book *book_of(const struct state *st, const struct host *agent, size_t site)
{
	return &st->books[agent->index * st->sim->n_sites + site];
}

static struct book *book_at(
	const struct state *st, const struct host *agent, const struct mipm_bc *bc)
{
	struct mipm_addr first = net_home(agent->index, 0);
	uint32_t site = addr_to_v4(&bc->home_addr) - addr_to_v4(&first);

	return site < st->sim->n_sites ? book_of(st, agent, site) : NULL;
}

/* Whose SPI; NULL: nobody's. */
static const struct site *site_of(const struct sim *s, uint32_t spi)
{
	for (size_t i = 0; i < s->n_sites; i++)
		if (s->sites[i]->mnd_conf.spis[0] == spi)
			return s->sites[i];
	return NULL;
}

static void on_request(struct state *st, const struct host *h, const struct mipm_sig *sig)
{
	const struct site *site;
	const struct mip_sa *sa;
	struct book *book;
	struct wire w;

	if (!wire_read(sig->payload, &w) || w.type != WIRE_REQUEST)
		return;
	site = site_of(st->sim, w.spi);
	sa = site ? sa_find(&site->sas, w.spi) : NULL;
	if (!sa || !wire_is_authentic(sig->payload, &w, sa->key, sa->key_len))
		return;
	book = book_of(st, h, site->host.index);
	book->requests[book->n_requests++ % REQUESTS] =
		(struct request) { w.ident, w.lifetime == 0, sig->remote };
}

static const struct request *request_find(const struct book *book, uint64_t ident)
{
	for (size_t i = 0; i < REQUESTS && i < book->n_requests; i++)
		if (book->requests[i].ident == ident)
			return &book->requests[i];
	return NULL;
}

/* Modulo 2^64: the era of NTP ends in 2036. */
static bool is_later(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0;
}

static bool is_fresh(const struct book *book, uint64_t ident)
{
	return book->greatest == 0 || is_later(ident, book->greatest);
}

/* What was in force is so again, when tunneld has told a new life that began with less. */
static bool is_back(const struct book *book, uint64_t ident)
{
	return ident == book->greatest && is_later(ident, book->said);
}

/* One that takes paths away, and is newer than what is in force; the newest of them. */
static const struct request *withdrawal(const struct book *book)
{
	const struct request *found = NULL;

	for (size_t i = 0; i < REQUESTS && i < book->n_requests; i++) {
		const struct request *r = &book->requests[i];

		if (r->withdraws && is_fresh(book, r->ident) &&
			(!found || is_later(r->ident, found->ident)))
			found = r;
	}
	return found;
}

static const struct mipm_path *path_in(const struct mipm_bc *bc, uint16_t number)
{
	for (size_t i = 0; i < bc->n_paths; i++)
		if (bc->paths[i].number == number)
			return &bc->paths[i];
	return NULL;
}

static const struct known_path *known(const struct book *book, uint16_t number)
{
	for (size_t i = 0; i < book->n_paths; i++)
		if (book->paths[i].number == number)
			return &book->paths[i];
	return NULL;
}

static bool is_same_end(const struct mipm_endpoint *a, const struct mipm_endpoint *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

/* Nothing but lifetimes that are over makes a difference. */
static bool has_only_expired(const struct book *book, const struct mipm_bc *bc, uint64_t now)
{
	for (size_t i = 0; i < bc->n_paths; i++) {
		const struct known_path *k = known(book, bc->paths[i].number);

		if (!k || !is_same_end(&k->remote, &bc->paths[i].remote) ||
			k->expires_at != bc->paths[i].expires_at)
			return false;
	}
	for (size_t i = 0; i < book->n_paths; i++)
		if (!path_in(bc, book->paths[i].number) &&
			(book->paths[i].expires_at == 0 || book->paths[i].expires_at > now))
			return false;
	return true;
}

static bool has_come_from(const struct book *book, const struct mipm_endpoint *remote)
{
	for (size_t i = 0; i < REQUESTS && i < book->n_requests; i++)
		if (is_same_end(&book->requests[i].remote, remote))
			return true;
	return false;
}

/* Paths that are new or lead elsewhere lead to where the request came from; or, of what the store
 * had from a life before, to where any authentic request came from. */
static bool leads_to(const struct book *book, const struct mipm_bc *bc, const struct request *r)
{
	for (size_t i = 0; i < bc->n_paths; i++) {
		const struct mipm_path *p = &bc->paths[i];
		const struct known_path *k = known(book, p->number);

		if ((k && is_same_end(&k->remote, &p->remote)) ||
			is_same_end(&p->remote, &r->remote) ||
			(book->is_anew && has_come_from(book, &p->remote)))
			continue;
		return false;
	}
	return true;
}

static void remember(struct book *book, const struct mipm_bc *bc)
{
	book->n_paths = 0;
	book->is_anew = false;
	for (size_t i = 0; i < bc->n_paths && i < PATHS; i++) {
		const struct mipm_path *p = &bc->paths[i];

		book->paths[book->n_paths++] =
			(struct known_path) { p->number, p->remote, p->expires_at };
	}
	if (is_fresh(book, bc->stamp))
		book->greatest = bc->stamp;
	book->said = bc->stamp;
}

/* A dump may tell what was in force some time ago: the store is a commit interval behind. */
static void on_bc_add(
	struct state *st, const struct watch_bus *e, struct book *book, const struct mipm_bc *bc)
{
	const struct request *r = request_find(book, bc->stamp);
	uint64_t now = fakebus_now(e->host->bus);
	int site = (int)(book - st->books);

	if (has_only_expired(book, bc, now)) {
		remember(book, bc);
		return;
	}
	if (!r)
		invariant_violated(
			st->sim, self, "binding of site %d: no authentic request said so", site);
	else if (!is_fresh(book, bc->stamp) && !is_back(book, bc->stamp) &&
		 !(e->msg->flags & MIPM_F_DUMP))
		invariant_violated(
			st->sim, self, "binding of site %d: its Identification is not fresh", site);
	else if (!(e->msg->flags & MIPM_F_DUMP) && !leads_to(book, bc, r))
		invariant_violated(st->sim, self,
			"binding of site %d: a path leads to where no request came from", site);
	remember(book, bc);
}

static void on_bc_remove(
	struct state *st, const struct watch_bus *e, struct book *book, const struct mipm_bc *bc)
{
	const struct request *r = withdrawal(book);
	static const struct mipm_bc none;

	if (r)
		book->greatest = r->ident;
	else if (!has_only_expired(book, &none, fakebus_now(e->host->bus)))
		invariant_violated(st->sim, self,
			"binding of site %d: removed, and no authentic request said so",
			(int)(book - st->books));
	book->n_paths = 0;
}

static void bus(void *state, const struct watch_bus *e)
{
	struct state *st = state;
	struct book *book;

	if (!e->host->agent || !e->to)
		return;
	if (e->msg->type == MIPM_SIG_IN && strcmp(e->to, "had") == 0)
		on_request(st, e->host, e->msg->body);
	if (!tells_of_binding(e))
		return;
	book = book_at(st, e->host, e->msg->body);
	if (!book)
		invariant_violated(st->sim, self, "a binding of nobody");
	else if (e->msg->type == MIPM_BC_ADD)
		on_bc_add(st, e, book, e->msg->body);
	else
		on_bc_remove(st, e, book, e->msg->body);
}

static void daemon(void *state, const struct host *h, const char *role, enum watch_daemon_what what)
{
	const struct state *st = state;

	for (size_t i = 0; h->agent && i < st->sim->n_sites; i++)
		if (what == DAEMON_STARTED && strcmp(role, "had") == 0)
			book_of(st, h, i)->is_anew = true;
}

static void *make(struct sim *s)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		abort();
	st->sim = s;
	st->books = calloc(s->n_agents * s->n_sites, sizeof(*st->books));
	if (!st->books)
		abort();
	return st;
}

static void release(void *state)
{
	free(((struct state *)state)->books);
	free(state);
}

const struct invariant invariant_authentic = {
	.name = "authentic",
	.make = make,
	.free = release,
	.bus = bus,
	.daemon = daemon,
};
