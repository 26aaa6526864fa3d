/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk that forgets: everything that SQLite does to its files is written down, and a power loss
 * at any time of it can be played. What was synced is there then; of what was not each write may be
 * there, in part or not at all, in whole sectors. It can also stand still.
 *
 * It takes the place of SQLite's default file layer, so what is tested is the store as it is.
 */
#ifndef TESTS_UNIT_CRASHDISK_H
#define TESTS_UNIT_CRASHDISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void crashdisk_begin(void);  /* files opened from now on are written down */
void crashdisk_end(void);    /* and now no more */
void crashdisk_forget(void); /* what was written down */

/* Something that happened in between; a power loss knows what had happened before it. */
void crashdisk_note(uint64_t number);

size_t crashdisk_n_events(void);

/*
 * Makes in this directory what is left of all files, by their last names, if the power goes after
 * so many events; seed decides about what was not synced. Returns the last number noted by then, 0
 * if none was.
 */
uint64_t crashdisk_lose_power(size_t n_events, uint64_t seed, const char *dir);

/* A sync that begins does not end before it is let go. */
void crashdisk_hold(void);
void crashdisk_wait_held(void); /* until one has begun */
void crashdisk_let_go(void);

#endif
