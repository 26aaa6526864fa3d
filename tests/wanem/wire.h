/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network device as a packet socket. What a sender left to offloading is undone on receipt:
 * checksums are completed; packets that no wire would carry are dropped, for the rates and losses
 * of a link would mean nothing with them (turn tso and gso off at the sender).
 */
#ifndef WANEM_WIRE_H
#define WANEM_WIRE_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_BATCH 64

struct packet;

struct wire {
	int fd;
	char name[IF_NAMESIZE];
	uint8_t mac[6];
	uint64_t oversize;
};

/* 0, or a negative errno and what failed in *what. */
int wire_open(struct wire *wire, const char *name, const char **what);
void wire_close(struct wire *wire);

/* Gives each frame of a batch to put, which may change it. How many; 0 if there were none. */
size_t wire_receive(
	struct wire *wire, void (*put)(void *ctx, uint8_t *octets, size_t len), void *ctx);

/* At most WIRE_BATCH. How many the kernel took. */
size_t wire_send(const struct wire *wire, struct packet *const packets[], size_t n);

uint64_t wire_overruns(const struct wire *wire); /* since the last call */

#endif
