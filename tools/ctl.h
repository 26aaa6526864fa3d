/* SPDX-License-Identifier: BSD-2-Clause */
/* What the subcommands of mipctl share: a look at the node as JSON, and a word to one daemon. */
#ifndef TOOLS_CTL_H
#define TOOLS_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include "libmipsock/mipsock.h"

enum ctl_exit {
	CTL_OK = 0,
	CTL_DEGRADED = 1,
	CTL_DOWN = 2,
	CTL_NOT_CONFIGURED = 3,
	CTL_USAGE = 64,
};

struct ctl {
	const char *bus;    /* -b; NULL: the default */
	const char *config; /* -c */
	bool json;
};

/* Everything the daemons told in their dumps, as arrays of objects in RFC terms. */
struct ctl_view {
	json_t *members;  /* role -> name */
	json_t *links;	  /* as INTERFACES has a link, joined from LINK, MD_INFO, REG_STATE */
	json_t *bindings; /* as INTERFACES has a binding */
	json_t *registrations;
	json_t *tunnels; /* one per (home address, peer) with its paths */
};

/* Joins the bus, waits for the dumps of those present. On failure prints why (as JSON if asked)
 * and returns an exit status; CTL_OK otherwise, and v has to be freed. */
int ctl_view_get(const struct ctl *ctl, struct ctl_view *v);
void ctl_view_free(struct ctl_view *v);

/* Sends a command to a role and waits for its answer. *text, if not NULL, gets the answer, to be
 * freed. An exit status; what went wrong is printed. */
int ctl_command(const struct ctl *ctl, const char *role, const char *verb, const char *target,
	const char *value, char **text);

/* The same for several commands in one visit. */
struct ctl_talk;
int ctl_talk_open(const struct ctl *ctl, const char *role, struct ctl_talk **out);
int ctl_talk_say(struct ctl_talk *talk, const char *verb, const char *target, const char *value,
	char **text);
void ctl_talk_close(struct ctl_talk *talk); /* NULL is fine */

/* Asks for the newest handovers but so many, until there are no older ones. An exit status; *list
 * is oldest first and has to be freed in any case. */
typedef int ctl_history_ask(void *ctx, const char *skip, char **text);
int ctl_history_get(ctl_history_ask *ask, void *ctx, json_t **list);
void ctl_history_line(const json_t *handover, char *buf, size_t size); /* for people */

/* "mipctl: ..." on standard error, or {"error": ...} on standard output. Returns code. */
int ctl_fail(const struct ctl *ctl, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints an object or array; takes it over. */
void ctl_print_json(json_t *j);

/* Subcommands: exit status. argv[0] is the subcommand. */
int ctl_status(const struct ctl *ctl, int argc, char **argv);
int ctl_links(const struct ctl *ctl, int argc, char **argv);
int ctl_tunnels(const struct ctl *ctl, int argc, char **argv);
int ctl_bindings(const struct ctl *ctl, int argc, char **argv);
int ctl_link(const struct ctl *ctl, int argc, char **argv);
int ctl_revoke(const struct ctl *ctl, int argc, char **argv);
int ctl_counters(const struct ctl *ctl, int argc, char **argv);
int ctl_move(const struct ctl *ctl, int argc, char **argv);
int ctl_history(const struct ctl *ctl, int argc, char **argv);
int ctl_log(const struct ctl *ctl, int argc, char **argv);
int ctl_pair(const struct ctl *ctl, int argc, char **argv);
int ctl_config(const struct ctl *ctl, int argc, char **argv);

#endif
