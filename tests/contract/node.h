/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The node around a detector under test: a private bus, a tunneld with uplinks that change as the
 * test wants, an mnd that registers whatever is named, a spy that hears it all.
 */
#ifndef CONTRACT_NODE_H
#define CONTRACT_NODE_H

#include <stdbool.h>
#include <sys/types.h>

#include "libmipsock/mipsock.h"

#define UPLINKS	 3
#define LIST_MAX 64

/* An uplink as tunneld tells it. */
struct uplink {
	bool told; /* tunneld names it */
	struct mipm_link link;
	struct mipm_prefix addr;
	bool has_addr;
	bool bound; /* mnd has it registered */
};
extern struct uplink uplinks[UPLINKS];

/* What the detector said last. */
struct list {
	uint64_t boot_id, generation;
	unsigned int words; /* how many lists were heard from this boot id */
	size_t n;
	struct mipm_md_entry entries[LIST_MAX]; /* texts are gone */
};
extern struct list list;

/* Faults found in what was said, each with its first example; "" is none. */
extern struct faults {
	char order[128], generation[128], entry[128], empty[128], foreign[128];
} faults;

extern bool detector_is_here; /* as the role, not as standby */
extern bool dump_answered;    /* mnd was told a list and its end since it (re)joined */

int node_open(void);
void node_close(void);
const char *node_dir(void);

void tunneld_open(void);
void tunneld_close(void);
bool tunneld_is_here(void);
void mnd_open(void);
void mnd_close(void);
/* Messages that the library refused to tunneld, mnd and the spy. */
uint64_t node_refused(void);

/* Tells an uplink as it is now; gone: it vanishes. */
void uplink_say(struct uplink *u);
void uplink_gone(struct uplink *u);
bool uplink_is_usable(const struct uplink *u);

struct uplink *uplink_by_number(uint8_t number);

/* list.c: the spy's ear. */
void list_heard(void *ctx, uint64_t now, const struct mipm_msg *msg);
/* Does the list name exactly the uplinks with an address, each with the right one? */
bool list_is_right(void);
/* The uplink of order 0; NULL: nobody. */
struct uplink *list_first(void);

/* The detector's process. */
int detector_start(char **argv);
void detector_signal(int sig);
bool detector_has_ended(int *status);

/* Lets the node live until is() holds, or the time is over, or the detector has ended. */
bool node_wait(bool (*is)(void), int ms);
void node_live(int ms);

/* stranger.c: a member that speaks octets of its own making. 0 or a negative errno. */
int stranger_open(const char *dir);
void stranger_close(void);
int stranger_disturb(const struct mipm_link *forged);

#endif
