/* SPDX-License-Identifier: BSD-2-Clause */
/* What the families of families.c are made of. */
#ifndef TESTS_SIM_FAMILIES_H
#define TESTS_SIM_FAMILIES_H

#include "tests/sim/family.h"

/* family_uplinks.c */
void plan_silent_death(struct plan *p);
void plan_handover_under_loss(struct plan *p);
void plan_carrier_loss(struct plan *p);
void plan_flapping(struct plan *p);
void plan_all_dead(struct plan *p);
void plan_all_dead_long(struct plan *p);

/* family_daemons.c */
void plan_cold_start(struct plan *p);
void plan_had_crash(struct plan *p);
void plan_agent_crash(struct plan *p);
void plan_monitor_crash(struct plan *p);
void plan_adoption(struct plan *p);
void plan_crash_at_each_step(struct plan *p);
void plan_chaos(struct plan *p);
void check_no_gap(struct sim *s);
void set_any_size(struct sim_conf *conf, struct plan *p);
void set_any_disk(struct sim_conf *conf, struct plan *p);

/* family_bus.c */
void ready_bus_overflow(struct sim *s, struct plan *p);
void plan_bus_overflow(struct plan *p);
void plan_upgrade(struct plan *p);

/* family_modems.c */
void plan_modems(struct plan *p);
void plan_leases(struct plan *p);

/* family_clocks.c */
void plan_clocks(struct plan *p);

/* family_nat.c */
void plan_nat_rebinding(struct plan *p);

/* family_sites.c */
void plan_stampede(struct plan *p);
void set_claims(struct sim_conf *conf, struct plan *p);
void plan_claims(struct plan *p);

/* family_attack.c */
void ready_attack(struct sim *s, struct plan *p);
void plan_attack(struct plan *p);

#endif
