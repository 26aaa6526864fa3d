/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a home agent with a disk said more than a commit interval before it crashed is known to its
 * next life before that hears anything: each binding whose lifetime is not over, by a request that
 * is not older.
 */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "tests/sim/had_inside.h"
#include "tests/sim/invariant.h"

#define WORDS  32 /* of each router, the latest */
#define COMMIT (20 * NSEC_PER_MS)

/* What had said of a router. */
struct word {
	uint64_t at; /* by the world's clock */
	uint64_t stamp;
	uint64_t expires_at; /* by the home agent's; 0: never */
	bool is_live;
};

struct book {
	struct word words[WORDS]; /* ring */
	uint64_t n;
};

struct state {
	struct sim *sim;
	struct book *books; /* [agent][site] */
};

static const struct invariant *const self = &invariant_kept;

static struct book *book_of(const struct state *st, const struct host *agent, size_t site)
{
	return &st->books[agent->index * st->sim->n_sites + site];
}

static bool is_older(uint64_t stamp, uint64_t than)
{
	return (int64_t)(stamp - than) < 0;
}

static void bus(void *state, const struct watch_bus *e)
{
	bool is_added = e->msg->type == MIPM_BC_ADD;
	const struct mipm_bc *bc = e->msg->body;
	struct state *st = state;
	struct mipm_addr first;
	struct book *book;
	uint32_t site;

	if (!e->host->agent || strcmp(e->from, "had") != 0 ||
		!(is_added || e->msg->type == MIPM_BC_REMOVE))
		return;
	first = net_home(e->host->index, 0);
	site = addr_to_v4(&bc->home_addr) - addr_to_v4(&first);
	if (site >= st->sim->n_sites)
		return;
	book = book_of(st, e->host, site);
	book->words[book->n++ % WORDS] = (struct word) {
		.at = vtime_now(st->sim->vt),
		.stamp = bc->stamp,
		.expires_at = bc->expires_at,
		.is_live = is_added,
	};
}

/* What was said in the last commit interval need not be known any more. */
static void forget_latest(struct state *st, const struct host *agent)
{
	uint64_t now = vtime_now(st->sim->vt);

	for (size_t site = 0; site < st->sim->n_sites; site++) {
		struct book *book = book_of(st, agent, site);
		uint64_t oldest = book->n > WORDS ? book->n - WORDS : 0;

		while (book->n > oldest && book->words[(book->n - 1) % WORDS].at + COMMIT >= now)
			book->n--;
		if (book->n == oldest)
			book->n = 0; /* what came before was overwritten */
	}
}

static void forget_all(struct state *st, const struct host *agent)
{
	for (size_t site = 0; site < st->sim->n_sites; site++)
		book_of(st, agent, site)->n = 0;
}

static void check(struct state *st, const struct host *agent, size_t site)
{
	const struct book *book = book_of(st, agent, site);
	const struct word *word = &book->words[(book->n - 1) % WORDS];
	const struct mipm_addr home_addr = net_home(agent->index, site);
	struct had_inside_router router;

	if (book->n == 0 || !word->is_live ||
		(word->expires_at && word->expires_at <= fakebus_now(agent->bus)))
		return;
	router = had_inside_router(agent->agent->had, &home_addr);
	if (!router.is_known || is_older(router.stamp, word->stamp) ||
		(router.stamp == word->stamp && !router.is_bound))
		invariant_violated(st->sim, self,
			"binding of site %zu: said %llu ms before this start, and not known", site,
			(unsigned long long)((vtime_now(st->sim->vt) - word->at) / NSEC_PER_MS));
}

static void daemon(
	void *state, const struct host *host, const char *role, enum watch_daemon_what what)
{
	struct state *st = state;

	if (strcmp(role, "had") != 0)
		return;
	if (what == DAEMON_CRASHED)
		forget_latest(st, host);
	if (what == DAEMON_LEFT ||
		(what == DAEMON_STARTED && !had_inside_has_store(host->agent->had)))
		forget_all(st, host);
	for (size_t site = 0; what == DAEMON_STARTED && site < st->sim->n_sites; site++)
		check(st, host, site);
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

const struct invariant invariant_kept = {
	.name = "kept",
	.make = make,
	.free = release,
	.bus = bus,
	.daemon = daemon,
};
