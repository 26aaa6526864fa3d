/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk in memory. It outlives had; what had wrote in its last moment may not be on it. */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include "had/store.h"

struct disk;
struct vtime;

/* done: tickets are through; ready() tells which. */
struct disk *disk_new(struct vtime *vt, void (*done)(void *ctx), void *ctx);
struct disk *disk_free(struct disk *d);

/* As had sees it. store_close() writes what is not written yet. */
struct store *disk_open(struct disk *d);
/* The process dies: what came after the last group commit is lost. The store is not closed. */
void disk_crash(struct disk *d);
void disk_lose(struct disk *d); /* another one, empty */

#endif
