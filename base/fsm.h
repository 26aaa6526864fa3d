/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks a transition table: (set of states, event) -> action, next state.
 *
 * Rows stand in the order of the RFC's text; the first row whose set holds the present state and
 * whose event is this one counts. A pair without a row is ignored and counted. Order of things:
 * the row's action runs (it stores, sends, and sees the old state), then the state is set, one line
 * is logged if it differs, and `entered` is called, also if it does not differ (it arms the timer
 * of the state and tells the bus). An action raises no event: what it would decide is decided by
 * choosing the event. `entered` may raise one.
 */
#ifndef BASE_FSM_H
#define BASE_FSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log;

#define FSM_IN(state) (UINT32_C(1) << (state)) /* FSM_IN(A) | FSM_IN(B) is a set of states */
#define FSM_ANY	      UINT32_MAX
#define FSM_STAY      (-1) /* as next state: no change, `entered` is not called */

struct fsm_row {
	uint32_t states;
	int event;
	void (*action)(void *ctx, void *arg); /* may be NULL */
	int next;			      /* a state or FSM_STAY */
};

struct fsm_table {
	const char *name; /* "registration"; first word of the log line */
	const struct fsm_row *rows;
	size_t n_rows;
	const char *const *states; /* names by number; at most 32 */
	size_t n_states;
	const char *const *events;
	size_t n_events;
	void (*entered)(void *ctx, int old_state, int event);	     /* may be NULL */
	const char *(*who)(const void *ctx, char *buf, size_t size); /* for the log; may be NULL */
};

struct fsm {
	const struct fsm_table *table;
	struct log *log; /* NULL is silence */
	void *ctx;
	int state;
	bool busy;	    /* an action is running */
	uint64_t n_ignored; /* unlisted pairs met */
};

void fsm_init(
	struct fsm *fsm, const struct fsm_table *table, int state, struct log *log, void *ctx);

/* arg goes to the action. False if the pair is not listed. */
bool fsm_event(struct fsm *fsm, int event, void *arg);

bool fsm_is_in(const struct fsm *fsm, uint32_t states);
const char *fsm_state_name(const struct fsm_table *table, int state);
const char *fsm_event_name(const struct fsm_table *table, int event);

/* The row that would be taken, or NULL: for tests that walk the whole matrix. */
const struct fsm_row *fsm_find(const struct fsm_table *table, int state, int event);

#endif
