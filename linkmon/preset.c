/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The presets as numbers, and what a configuration must keep to make sense. `thesis` is the rule of
 * the thesis, for comparison and for plain peers; the others are the same rule at other paces.
 */
#include "linkmon/linkmon.h"

#include <errno.h>
#include <string.h>

static const struct linkmon_conf presets[] = {
	{ .preset = "economy",
		.interval_ms = 500,
		.threshold = 3,
		.margin_ms = 50,
		.first_ms = 1000,
		.probe_ms = 45000,
		.retry_ms = 500,
		.lost_ms = 45000,
		.proof_ms = 5000,
		.proof_count = 5,
		.hold_ms = 60000,
		.hold_max_ms = 900000 },
	{ .preset = "normal",
		.interval_ms = 200,
		.threshold = 3,
		.margin_ms = 20,
		.first_ms = 1000,
		.probe_ms = 3500,
		.retry_ms = 200,
		.lost_ms = 1000,
		.proof_ms = 3000,
		.proof_count = 5,
		.hold_ms = 30000,
		.hold_max_ms = 900000 },
	{ .preset = "fast",
		.interval_ms = 100,
		.threshold = 3,
		.margin_ms = 20,
		.first_ms = 1000,
		.probe_ms = 1500,
		.retry_ms = 100,
		.lost_ms = 1000,
		.proof_ms = 3000,
		.proof_count = 5,
		.hold_ms = 30000,
		.hold_max_ms = 900000 },
	{ .preset = "voice",
		.interval_ms = 60,
		.threshold = 3,
		.margin_ms = 20,
		.first_ms = 1000,
		.probe_ms = 1500,
		.retry_ms = 100,
		.lost_ms = 1000,
		.proof_ms = 3000,
		.proof_count = 5,
		.hold_ms = 30000,
		.hold_max_ms = 900000 },
	{ .preset = "thesis",
		.interval_ms = 200,
		.threshold = 3,
		.margin_ms = 10,
		.first_ms = 1000,
		.probe_ms = 1000,
		.retry_ms = 200,
		.lost_ms = 1000,
		.proof_ms = 3000,
		.proof_count = 5,
		.hold_ms = 5000,
		.hold_max_ms = 60000 },
};

#define N_PRESETS (sizeof(presets) / sizeof(presets[0]))

const char *const linkmon_presets[] = { "economy", "normal", "fast", "voice", "thesis", NULL };

int linkmon_conf_init(struct linkmon_conf *conf, const char *preset)
{
	if (!preset)
		preset = "normal";
	for (size_t i = 0; i < N_PRESETS; i++) {
		if (strcmp(presets[i].preset, preset) == 0) {
			*conf = presets[i];
			return 0;
		}
	}
	return -EINVAL;
}

/* A number of the monitor section and the range in which it means something. */
static const struct range {
	size_t field;
	uint32_t min, max;
	const char *wrong;
} ranges[] = {
	{ offsetof(struct linkmon_conf, interval_ms), 10, 60000, "interval: 10 ms to 60 s" },
	{ offsetof(struct linkmon_conf, threshold), 1, 20, "threshold: 1 to 20" },
	{ offsetof(struct linkmon_conf, margin_ms), 0, 5000, "margin: 0 to 5 s" },
	{ offsetof(struct linkmon_conf, first_ms), 50, 60000, "first: 50 ms to 60 s" },
	{ offsetof(struct linkmon_conf, probe_ms), 20, 600000, "probe: 20 ms to 600 s" },
	{ offsetof(struct linkmon_conf, retry_ms), 10, 60000, "retry: 10 ms to 60 s" },
	{ offsetof(struct linkmon_conf, lost_ms), 50, 600000, "lost: 50 ms to 600 s" },
	{ offsetof(struct linkmon_conf, proof_ms), 0, 600000, "proof: 0 to 600 s" },
	{ offsetof(struct linkmon_conf, proof_count), 1, 1000, "proof-count: 1 to 1000" },
	{ offsetof(struct linkmon_conf, hold_ms), 0, 3600000, "hold: 0 to 1 h" },
	{ offsetof(struct linkmon_conf, hold_max_ms), 0, 86400000, "hold-max: 0 to 24 h" },
};

static const char *uplinks_check(const struct linkmon_conf *conf)
{
	if (conf->n_uplinks > LINKMON_UPLINKS_MAX)
		return "uplink: at most 64";
	for (size_t i = 0; i < conf->n_uplinks; i++) {
		const char *name = conf->uplinks[i].name;

		if (!name[0] || !memchr(name, '\0', LINKMON_NAME_MAX))
			return "uplink: a name has 1 to 15 letters";
		for (size_t k = 0; k < i; k++)
			if (strcmp(name, conf->uplinks[k].name) == 0)
				return "uplink: a name is given twice";
	}
	return NULL;
}

const char *linkmon_conf_check(const struct linkmon_conf *conf)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint32_t n;

		memcpy(&n, (const char *)conf + ranges[i].field, sizeof(n));
		if (n < ranges[i].min || n > ranges[i].max)
			return ranges[i].wrong;
	}
	if (conf->hold_max_ms < conf->hold_ms)
		return "hold-max: smaller than hold";
	if (conf->n_agents > LINKMON_AGENTS_MAX)
		return "home-agent: at most 16 addresses";
	return uplinks_check(conf);
}
