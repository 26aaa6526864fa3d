/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which user may speak as which role. Asked for at every hello; all look-ups in the user database
 * happen here at the start, before a sandbox closes.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const char *const daemons[] = { "had", "mnd", "crd", "linkmon", "tunneld" };
#define N_DAEMONS (sizeof(daemons) / sizeof(daemons[0]))

static struct trust *find(const struct mipsock *s, const char *role)
{
	for (size_t i = 0; i < s->n_trust; i++) {
		if (!strcmp(s->trust[i].role, role))
			return &s->trust[i];
	}
	return NULL;
}

static int add(struct mipsock *s, const char *role, const uint32_t *uids, size_t n)
{
	struct trust *t = &s->trust[s->n_trust];

	if (strlen(role) >= MIPSOCK_ROLE_MAX)
		return -EINVAL;
	snprintf(t->role, sizeof(t->role), "%s", role);
	if (n) {
		t->uids = calloc(n, sizeof(*uids));
		if (!t->uids)
			return -ENOMEM;
		memcpy(t->uids, uids, n * sizeof(*uids));
	}
	t->n_uids = n;
	s->n_trust++;
	return 0;
}

/* A role that the configuration does not name is for user raiic-ROLE, if there is one. */
static int add_default(struct mipsock *s, const char *role)
{
	struct passwd pw, *found = NULL;
	char user[32], buf[4096];
	uint32_t uid;

	if (find(s, role))
		return 0;
	snprintf(user, sizeof(user), "raiic-%s", role);
	if (getpwnam_r(user, &pw, buf, sizeof(buf), &found) || !found)
		return 0;
	uid = found->pw_uid;
	return add(s, role, &uid, 1);
}

int trust_init(struct mipsock *s, const struct mipsock_config *config)
{
	int r = 0;

	s->trust = calloc(config->n_trust + N_DAEMONS, sizeof(*s->trust));
	if (!s->trust)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_trust && !r; i++) {
		const struct mipsock_trust *t = &config->trust[i];

		r = t->role ? add(s, t->role, t->uids, t->n_uids) : -EINVAL;
	}
	for (size_t i = 0; i < N_DAEMONS && !r; i++)
		r = add_default(s, daemons[i]);
	return r;
}

void trust_fini(struct mipsock *s)
{
	for (size_t i = 0; i < s->n_trust; i++)
		free(s->trust[i].uids);
	free(s->trust);
	s->trust = NULL;
	s->n_trust = 0;
}

bool trust_allows(const struct mipsock *s, const char *role, uint32_t uid)
{
	const struct trust *t;

	if (uid == 0 || uid == s->own_uid)
		return true;
	t = find(s, role);
	for (size_t i = 0; t && i < t->n_uids; i++) {
		if (t->uids[i] == uid)
			return true;
	}
	return false;
}

bool trust_allows_name(const struct mipsock *s, const char *name, uint32_t uid)
{
	char role[MIPSOCK_ROLE_MAX];
	bool standby, tool;

	if (name_parse(name, role, &standby, &tool) < 0)
		return false;
	if (tool)
		return trust_allows(s, "observe", uid) || trust_allows(s, "admin", uid);
	return trust_allows(s, role, uid);
}
