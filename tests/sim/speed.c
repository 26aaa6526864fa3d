/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/speed.h"

#include <time.h>

#include "tests/sim/sim.h"

#define MS_PER_HOUR 3600000ULL
#define SETTLING_MS 60000
#define UPLINKS	    2

static uint32_t count_registered(const struct sim *s)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s->n_sites; i++)
		n += tunneld_way_down(s->agents[0]->host.tunneld, i) == 1;
	return n;
}

void speed_report(FILE *to, uint32_t routers, uint32_t hours)
{
	const struct sim_conf conf = { .n_sites = routers, .n_uplinks = UPLINKS };
	struct sim *s = sim_new(1, &conf);
	uint64_t us, router_hours = (uint64_t)routers * hours;
	clock_t start;

	sim_start_all(s);
	sim_run_ms(s, SETTLING_MS);
	start = clock();
	sim_run_ms(s, hours * MS_PER_HOUR);
	us = (uint64_t)(clock() - start) * 1000000 / CLOCKS_PER_SEC;
	fprintf(to, "%u of %u routers on their first uplink after %u hours\n", count_registered(s),
		routers, hours);
	fprintf(to, "%llu router-hours in %llu ms: %llu in a minute\n",
		(unsigned long long)router_hours, (unsigned long long)us / 1000,
		(unsigned long long)(router_hours * 60000000 / (us ? us : 1)));
	sim_free(s);
}
