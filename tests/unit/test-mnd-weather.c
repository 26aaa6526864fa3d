/* SPDX-License-Identifier: BSD-2-Clause */
/* mnd and had through histories of cut, slow and lossy links, NATs and restarts, from a seed. */
#include "tests/unit/mnd-wire.h"

/* One thing that may happen to a router on its way. */
static void happen(struct wire *wire)
{
	static const uint8_t orders[][4] = { { 1, 2, 3 }, { 2, 1, 3 }, { 3, 2, 1 }, { 1, 2 },
		{ 2, 3 }, { 3 }, { 0 }, { 1, 3, 2 } };
	unsigned link = 1 + (unsigned)vtime_random_below(wire->vt, 3);

	switch (vtime_random_below(wire->vt, 16)) {
	case 0:
		wire->is_cut[link] = !wire->is_cut[link];
		break;
	case 1:
		wire->delay_ms[link] = 1 + vtime_random_below(wire->vt, 1500);
		break;
	case 2:
		wire->loss[link] = (unsigned)vtime_random_below(wire->vt, 60);
		break;
	case 3:
		restart_router(wire);
		break;
	case 4:
		if (vtime_random_below(wire->vt, 4) == 0)
			restart_agent(wire);
		break;
	case 5:
		wire->nat_port = wire->nat_port ? 0 : 50000;
		break;
	default:
		links(wire, orders[vtime_random_below(wire->vt, 8)]);
	}
}

/* After any history: quiet, and three refreshes later all is as it should be. */
static void test_after_any_weather_all_paths_come_back_in_order(void **state)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct wire *wire = wire_new(seed);

		for (unsigned i = 0; i < 400; i++) {
			happen(wire);
			vtime_run_ms(wire->vt, vtime_random_below(wire->vt, 3000));
			fakebus_clear(wire->router);
		}
		for (unsigned i = 1; i < N_LINKS; i++) {
			wire->is_cut[i] = false;
			wire->loss[i] = 0;
			wire->delay_ms[i] = 30;
		}
		LINKS(wire, 1, 2, 3);
		vtime_run_ms(wire->vt, 460 * 1000);
		if (agent_order(wire) != 123)
			fail_msg("seed %llu: the agent has %u", (unsigned long long)seed,
				agent_order(wire));
		for (uint16_t n = 1; n < N_LINKS; n++)
			if (!entry_of(wire, n))
				fail_msg("seed %llu: tunneld lacks path %u",
					(unsigned long long)seed, n);
		wire_free(wire);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_after_any_weather_all_paths_come_back_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
