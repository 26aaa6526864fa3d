/* SPDX-License-Identifier: BSD-2-Clause */
/* linkmon with uplinks dsl0 (1, metric 10), lte0 (2, metric 20), sat0 (3, metric 30), a tunneld
 * that answers echoes as each path lets it, and a mnd that says what the test wants. */
#ifndef TESTS_UNIT_LINKMON_RIG_H
#define TESTS_UNIT_LINKMON_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "linkmon/linkmon.h"
#include "tests/support/fakebus.h"

#define DSL 1
#define LTE 2
#define SAT 3

struct rig_path {
	uint32_t rtt_ms, jitter_ms, loss_permille;
	uint32_t drop_next;
	bool dead;
};

struct rig {
	struct fakebus *b;
	struct linkmon *l;
	struct linkmon_conf conf;
	struct rig_path paths[4];
};

struct rig *rig_new(const char *preset, uint64_t seed);
struct rig *rig_free(struct rig *r);
void rig_start(struct rig *r); /* or: crash and start anew */

/* usable: up, carrier, address, gateway */
void rig_link(struct rig *r, uint8_t number, uint8_t flags);
void rig_usable(struct rig *r, uint8_t number);
void rig_reg(struct rig *r, uint8_t number, uint8_t state, bool active);
void rig_dump_end(struct rig *r, const char *role, bool complete);
/* Everything usable, bound and answered for long enough to be proven. */
void rig_settled(struct rig *r, uint8_t n_paths);

void rig_run_ms(struct rig *r, uint64_t ms);
/* Runs until that uplink is first; the milliseconds it took, or limit. */
uint64_t rig_until_first(struct rig *r, uint8_t number, uint64_t limit_ms);
uint64_t rig_until_verdict(struct rig *r, uint8_t number, uint8_t verdict, uint64_t limit_ms);

uint8_t rig_first(struct rig *r); /* number of the first in the newest MD_INFO, 0 = none */
uint8_t rig_verdict(struct rig *r, uint8_t number);
uint32_t rig_rtt_us(struct rig *r, uint8_t number);
bool rig_cause_is(struct rig *r, uint8_t number, const char *cause);
const char *rig_command(
	struct rig *r, const char *verb, const char *target, const char *value, uint16_t *code);

#endif
