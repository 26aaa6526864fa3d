/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's core as the shell sees it: life cycle, time, and the store's word. Everything a
 * request does is in registration.c.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "had/revocation.h"
#include "had/state.h"
#include "had/step.h"
#include "libmip/mac.h"
#include "libmip/revocation.h"

static void init(
	struct had *had, const struct core_env *env, const struct had_conf *conf, uint64_t now)
{
	had->env = env;
	had->conf = conf;
	had->started_at = now;
	had->wall_offset = env->wall_offset;
	had->generation = now + env->wall_offset; /* above all of an earlier life */
	had->newest_support = had->newest_revocation = mip_revocation_clock(had_wall(had, now));
	env->random(env->ctx, &had->boot_id, sizeof(had->boot_id));
	env->random(env->ctx, &had->hash_seed, sizeof(had->hash_seed));
	table_init(&had->pool);
	table_init(&had->repeats);
	table_init(&had->revocations);
	list_init(&had->idle);
	list_init(&had->claims);
	list_init(&had->repeats_by_age);
	timerq_init(&had->timers);
}

int had_new(struct had **out, const struct core_env *env, const struct had_conf *conf,
	struct store *store, uint64_t now)
{
	struct had *had = calloc(1, sizeof(*had));
	int rc;

	assert(conf->is_checked);
	if (!had)
		return -ENOMEM;
	init(had, env, conf, now);
	had->store = store;
	had->bindings = calloc(conf->n_routers + 1, sizeof(*had->bindings));
	rc = had->bindings ? mac_new(MAC_CONTEXTS_DEFAULT, &had->mac) : -ENOMEM;
	if (rc == 0) {
		pool_init(had);
		rc = had_restore(had, now);
	}
	if (rc < 0) {
		had_free(had);
		return rc;
	}
	bus_want_sigs(had);
	if (had->is_forgetful)
		adoption_begin(had, now);
	*out = had;
	return 0;
}

struct had *had_free(struct had *had)
{
	if (!had)
		return NULL;
	had->is_quiet = true;
	repeat_forget_all(had);
	revocation_forget_all(had);
	if (had->bindings) {
		registration_drop_waiting(had);
		for (size_t i = 0; i < had->conf->n_routers; i++)
			binding_free(had, had->bindings[i]);
	}
	timerq_cancel(&had->timers, &had->adoption);
	free(had->bindings);
	free(had->scratch);
	mac_free(had->mac);
	table_fini(&had->pool);
	table_fini(&had->repeats);
	table_fini(&had->revocations);
	timerq_fini(&had->timers);
	free(had);
	return NULL;
}

/* All that is to be remembered, also what just waits to be. */
static void put_again(struct had *had, uint64_t now)
{
	for (size_t i = 0; i < had->conf->n_routers; i++) {
		struct binding *binding = had->bindings[i];

		if (binding && binding->claiming)
			binding_store(had, now, binding, binding->claiming->fresh, 0, 0);
		else if (binding && binding->stamp != 0)
			binding_store(had, now, binding, binding->content, 0, 0);
	}
}

/* A line when the store gets into trouble and when it is out of it, not one for each failure. */
static void watch_store(struct had *had, uint64_t now)
{
	struct store_status status;

	if (!had->store)
		return;
	status = store_status(had->store);
	if (status.n_reopened != had->store_status.n_reopened) {
		log_warnx(had->env->log, "store: opened again, everything is written to it");
		had->store_status.n_reopened = status.n_reopened;
		put_again(had, now);
	}
	if (status.degraded && !had->store_status.degraded)
		log_warn(had->env->log, status.error,
			"store: not durable, registrations go on without it");
	if (!status.degraded && had->store_status.degraded)
		log_info(had->env->log, "store: durable again");
	had->store_status.degraded = status.degraded;
	had->store_status.error = status.error;
}

void had_look_at_store(struct had *had, uint64_t now)
{
	if (!had->store || now < had->store_looked_at + NSEC_PER_S)
		return;
	had->store_looked_at = now;
	watch_store(had, now);
}

bool had_is_degraded(const struct had *had)
{
	return had->store_status.degraded;
}

void had_store_ready(struct had *had, uint64_t now)
{
	registration_store_ready(had, now);
	watch_store(had, now);
}

static void input(void *c, uint64_t now, const struct mipm_msg *msg)
{
	bus_input(c, now, msg);
}

static void tick(void *c, uint64_t now)
{
	struct had *had = c;
	struct deadline *deadline;

	while ((deadline = timerq_pop(&had->timers, now)) != NULL) {
		switch ((enum had_deadline)deadline->kind) {
		case HAD_DEADLINE_EXPIRY:
			binding_expire(had, now, container_of(deadline, struct binding, expiry));
			break;
		case HAD_DEADLINE_WAIT:
			registration_timeout(
				had, now, container_of(deadline, struct reg_ctx, deadline));
			break;
		case HAD_DEADLINE_REPEAT:
			repeat_forget_old(had, now);
			break;
		case HAD_DEADLINE_ADOPTION:
			adoption_end(had, now);
			break;
		case HAD_DEADLINE_REVOCATION:
			revocation_timeout(
				had, now, container_of(deadline, struct revocation, deadline));
			break;
		}
	}
}

static uint64_t next_wakeup(const void *c)
{
	return timerq_next(&((const struct had *)c)->timers);
}

static int dump(void *c, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	/* nobody else's entries are kept here */
	return own ? 0 : announce_dump(c, now, to, cursor);
}

static void member(void *c, uint64_t now, const struct mipm_sender *who, bool joined)
{
	struct had *had = c;

	if (joined && had->is_forgetful && !had->is_quiet && strcmp(who->role, "tunneld") == 0)
		adoption_begin(had, now);
}

/* The bindings stay in the store; the tunnels go. */
static void stop(void *c, uint64_t now)
{
	struct had *had = c;

	for (size_t i = 0; i < had->conf->n_routers; i++)
		if (had->bindings[i] && had->bindings[i]->content)
			announce_remove(had, had->bindings[i]);
	had->is_quiet = true;
}

static bool stopped(const void *c)
{
	return ((const struct had *)c)->n_waiting == 0;
}

/* BC_ADD and DUMP_END: what tunneld tells back after a restart. */
static const uint16_t types[] = { MIPM_SIG_IN, MIPM_TUN_STATE, MIPM_BC_ADD, MIPM_DUMP_END,
	MIPM_BE_HINT, MIPM_COMMAND, 0 };

const struct core_ops had_ops = {
	.role = "had",
	.types = types,
	.input = input,
	.tick = tick,
	.next_wakeup = next_wakeup,
	.dump = dump,
	.member = member,
	.stop = stop,
	.stopped = stopped,
};
