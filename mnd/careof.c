/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MIPM_MD_INFO -> paths. Every link that it names is a path, with its care-of address, verdict and
 * place in the order; what it does not name is gone. Whether a link works is linkmon's word alone.
 *
 * An entry may be about all, about one home agent, or about one tunnel: the most exact one counts,
 * so the list is kept and applied again when the home agent changes. Care-of addresses that would
 * loop or clash are refused here (THREATS T24), with a reason in the registration's state.
 */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

static void copy_name(char out[MND_NAME_MAX], struct mipm_str name)
{
	size_t len = name.len < MND_NAME_MAX - 1 ? name.len : MND_NAME_MAX - 1;

	if (len > 0)
		memcpy(out, name.text, len);
	out[len] = '\0';
}

static struct md_entry entry_copy(const struct mipm_md_entry *from)
{
	struct md_entry entry = {
		.scope = from->scope,
		.peer = from->peer,
		.home_addr = from->home_addr,
		.link = from->link,
		.number = from->number,
		.careof_addr = from->careof_addr,
		.gateway = from->gateway,
		.verdict = from->verdict,
		.order = from->order,
	};

	copy_name(entry.name, from->name);
	return entry;
}

/* How exactly an entry is about the home agent in use; 0: not at all. */
static int entry_rank(const struct association *a, const struct md_entry *entry)
{
	switch (entry->scope) {
	case MIPM_SCOPE_ALL:
		return 1;
	case MIPM_SCOPE_PEER:
		return addr_equal(&entry->peer, &a->agent->addr) ? 2 : 0;
	case MIPM_SCOPE_TUNNEL:
		return addr_equal(&entry->peer, &a->agent->addr) &&
				       addr_equal(&entry->home_addr, &a->home_addr)
			       ? 3
			       : 0;
	default:
		return 0;
	}
}

static const struct md_entry *entry_for(const struct association *a, uint8_t number)
{
	const struct md_entry *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < a->n_md; i++) {
		int rank = a->md[i].number == number ? entry_rank(a, &a->md[i]) : 0;

		if (rank > best_rank) {
			best = &a->md[i];
			best_rank = rank;
		}
	}
	return best;
}

static const char *unfit(const struct association *a, uint32_t link, const struct mipm_addr *careof)
{
	const struct mnd_conf *conf = association_conf(a);

	if (careof->family == MIPM_IPV6)
		return "IPv6 care-of addresses are for a later version";
	if (!addr_is_unicast(careof))
		return "its address is not that of a host";
	if (association_knows_home_addr(a) && addr_equal(careof, &a->home_addr))
		return "its address is the home address";
	if (association_knows_home_addr(a) && subnet_holds(a->mnd, link, &a->home_addr))
		return "the home address lies in this link's network";
	for (size_t i = 0; i < conf->n_networks; i++)
		if (prefix_contains(&conf->networks[i], careof))
			return "its address lies in a mobile network of ours";
	for (size_t i = 0; i < a->n_agents; i++)
		if (addr_equal(careof, &a->agents[i]->addr))
			return "its address is a home agent's";
	return NULL;
}

static struct path *find(const struct association *a, uint8_t number)
{
	struct path *path;

	list_for_each (path, &a->paths, link_)
		if (path->number == number)
			return path;
	return NULL;
}

struct path *careof_path(struct association *a, uint8_t number)
{
	struct path *path = find(a, number);

	if (path)
		return path;
	path = calloc(1, sizeof(*path));
	if (!path)
		return NULL;
	path->association = a;
	path->number = number;
	path->order = UINT16_MAX;
	list_init(&path->registrations);
	list_add_tail(&a->paths, &path->link_);
	return path;
}

/* What was refused or slow is tried anew over another address, or when a bad link is better. */
static void tell(struct path *path)
{
	struct registration *reg = path_registration_get(path, path->association->agent);

	if (!reg || !path_is_usable(path))
		return;
	schedule_reset(reg);
	if (registration_is_in(reg, FSM_IN(MIPM_REG_FAILED)))
		registration_event(reg, REG_HOLD, NULL);
	else if (registration_is_in(reg, REG_WAITING) || (path->has_moved && reg->is_wanted))
		registration_event(reg, REG_MOVEMENT, NULL);
}

/* RFC 3519 4.9: behind a NAT silence may mean that the mapping is another one by now: whoever
 * registers has a new one at once. One of several paths; of the last one lead.c takes care. */
static void ask_again(struct path *path)
{
	struct association *a = path->association;
	struct registration *reg = path_registration_get(path, a->agent);

	if (a->agent->phase == AGENT_MULTI && path_is_usable(path) && reg && reg->is_wanted &&
		reg->grant.nat && registration_is_in(reg, FSM_IN(MIPM_REG_BOUND)))
		registration_event(reg, REG_MOVEMENT, NULL);
}

static void update(struct path *path, const struct md_entry *entry)
{
	bool moved =
		path->is_present &&
		(path->link != entry->link || !addr_equal(&path->careof_addr, &entry->careof_addr));

	if (!path->is_present || moved)
		path->association->mnd->sigs_changed = true;
	if (moved)
		path->rtt = path->keepalive_s = 0;
	path->has_moved = moved;
	path->has_recovered =
		path->is_present && path->verdict == MIPM_BAD && entry->verdict != MIPM_BAD;
	path->has_sunk = path->verdict != MIPM_BAD && entry->verdict == MIPM_BAD;
	path->is_present = true;
	path->link = entry->link;
	path->careof_addr = entry->careof_addr;
	path->gateway = entry->gateway;
	path->unfit = unfit(path->association, entry->link, &entry->careof_addr);
	path->verdict = entry->verdict;
	path->order = entry->order;
	memcpy(path->name, entry->name, sizeof(path->name));
}

void careof_check(struct association *a)
{
	struct path *path;

	list_for_each (path, &a->paths, link_) {
		const char *before = path->unfit;

		if (!path->is_present)
			continue;
		path->unfit = unfit(a, path->link, &path->careof_addr);
		if (before && !path->unfit)
			tell(path);
	}
}

/* Best first; numbers decide between equals, so that nothing depends on arrival. */
static bool is_before(const struct path *a, const struct path *b)
{
	if (a->is_present != b->is_present)
		return a->is_present;
	return a->order != b->order ? a->order < b->order : a->number < b->number;
}

static void sort(struct association *a)
{
	struct list sorted;
	struct path *path, *spare, *at;

	list_init(&sorted);
	list_for_each_safe (path, spare, &a->paths, link_) {
		struct list *before = &sorted;

		list_for_each (at, &sorted, link_) {
			if (is_before(path, at))
				break;
			before = &at->link_;
		}
		list_remove(&path->link_);
		list_insert(&path->link_, before, before->next);
	}
	list_for_each_safe (path, spare, &sorted, link_) {
		list_remove(&path->link_);
		list_add_tail(&a->paths, &path->link_);
	}
}

/* The link or its address is gone: so is the path, at once. Another one may tell the agent. */
static void vanish(struct path *path)
{
	struct association *a = path->association;
	struct registration *reg;

	a->mnd->sigs_changed = true;
	list_for_each (reg, &path->registrations, by_path) {
		bool is_kept = reg->agent == a->agent && reg->is_bound && reg->grant.has_bid;
		struct path *via = is_kept ? association_carrier(a, path) : NULL;

		schedule_reset(reg);
		if (via) {
			registration_event(reg, REG_WITHDRAW, via);
			continue;
		}
		registration_event(reg, REG_GONE, NULL);
		if (is_kept)
			flow_outdated(a);
	}
}

static void forget_the_gone(struct association *a, bool gone[MND_PATHS_MAX + 1])
{
	struct path *path;

	list_for_each (path, &a->paths, link_) {
		bool named = entry_for(a, path->number) != NULL;

		gone[path->number] = path->is_present && !named;
		path->is_present = path->is_present && named;
		path->has_moved = path->has_recovered = path->has_sunk = false;
	}
}

/* First all paths as they are now, in their order; then the news of each. */
void careof_apply(struct association *a)
{
	bool gone[MND_PATHS_MAX + 1] = { false };
	struct path *path;

	if (!a->has_md_info)
		return;
	forget_the_gone(a, gone);
	for (size_t i = 0; i < a->n_md; i++) {
		const struct md_entry *entry = entry_for(a, a->md[i].number);

		if (entry == &a->md[i] && (path = careof_path(a, entry->number)))
			update(path, entry);
	}
	sort(a);
	list_for_each (path, &a->paths, link_) {
		if (gone[path->number])
			vanish(path);
		else if (path->has_moved || path->has_recovered)
			tell(path);
		else if (path->has_sunk)
			ask_again(path);
	}
	lead_links_changed(a);
}

void careof_md_info(struct association *a, const struct mipm_md_info *info)
{
	struct md_entry *md = calloc(info->n_entries + 1u, sizeof(*md));
	size_t n = 0;

	if (!md)
		return;
	for (size_t i = 0; i < info->n_entries; i++) {
		const struct mipm_md_entry *entry = &info->entries[i];

		if (entry->class == 0 && entry->number >= 1 && entry->number <= MND_PATHS_MAX &&
			addr_is_present(&entry->careof_addr))
			md[n++] = entry_copy(entry);
	}
	free(a->md);
	a->md = md;
	a->n_md = n;
	a->has_md_info = true;
	careof_apply(a);
}
