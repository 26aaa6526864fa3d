/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines that change links while they run:
 *
 *	[LINK] a2b|b2a|both [clear] WORD VALUE...	impairments
 *	[LINK] a2b|b2a|both stall TIME
 *	[LINK] nat off, [LINK] nat WORD VALUE..., [LINK] rebind
 *	[LINK] show, [LINK] stats, help
 *
 * Without LINK it is for all of them. A line with an error changes nothing.
 */
#ifndef WANEM_COMMANDS_H
#define WANEM_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link;

#define COMMAND_LINE_MAX   1024
#define COMMAND_ANSWER_MAX 65536

/* Writes the answer: "ok", what was asked for, or "error: ..."; each line of it ends in '\n'. */
void commands_run(struct link *links, size_t n, uint64_t now, const char *line,
	char answer[COMMAND_ANSWER_MAX]);

bool command_exists(const char *name); /* no link may be called so */

/* Commands and words; added to the end of buf. */
void commands_usage(char *buf, size_t size);

#endif
