/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks a transition table; one log line per change of state. See fsm.h. */
#include <assert.h>

#include "base/fsm.h"
#include "base/log.h"

void fsm_init(struct fsm *fsm, const struct fsm_table *table, int state, struct log *log, void *ctx)
{
	assert(table->n_states <= 32 && state >= 0 && (size_t)state < table->n_states);
	*fsm = (struct fsm) { .table = table, .log = log, .ctx = ctx, .state = state };
}

const char *fsm_state_name(const struct fsm_table *table, int state)
{
	return state >= 0 && (size_t)state < table->n_states ? table->states[state] : "?";
}

const char *fsm_event_name(const struct fsm_table *table, int event)
{
	return event >= 0 && (size_t)event < table->n_events ? table->events[event] : "?";
}

bool fsm_is_in(const struct fsm *fsm, uint32_t states)
{
	return (states & FSM_IN(fsm->state)) != 0;
}

const struct fsm_row *fsm_find(const struct fsm_table *table, int state, int event)
{
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct fsm_row *row = &table->rows[i];

		if (row->event == event && (row->states & FSM_IN(state)))
			return row;
	}
	return NULL;
}

static void log_change(const struct fsm *fsm, int old_state, int event)
{
	const struct fsm_table *table = fsm->table;
	char buf[128] = "";
	const char *who = table->who ? table->who(fsm->ctx, buf, sizeof(buf)) : "";

	log_info(fsm->log, "%s%s%s: %s -> %s (%s)", table->name, *who ? " " : "", who,
		fsm_state_name(table, old_state), fsm_state_name(table, fsm->state),
		fsm_event_name(table, event));
}

bool fsm_event(struct fsm *fsm, int event, void *arg)
{
	const struct fsm_row *row = fsm_find(fsm->table, fsm->state, event);
	int old_state = fsm->state;

	assert(!fsm->busy);
	if (!row) {
		fsm->n_ignored++;
		return false;
	}
	if (row->action) {
		fsm->busy = true;
		row->action(fsm->ctx, arg);
		fsm->busy = false;
	}
	if (row->next == FSM_STAY)
		return true;
	fsm->state = row->next;
	if (old_state != fsm->state)
		log_change(fsm, old_state, event);
	if (fsm->table->entered)
		fsm->table->entered(fsm->ctx, old_state, event);
	return true;
}
