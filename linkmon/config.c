/* SPDX-License-Identifier: BSD-2-Clause */
/* The section monitor, and of mobile-router the uplinks and home agents. */
#include "linkmon/config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Nothing but the bus: no file is written, no other socket made. */
const struct sandbox sandbox = {
	.syscalls = (const char *const[]) { NULL },
	.caps = (const uint8_t[]) { SANDBOX_NO_CAP },
};

/* Keywords whose numbers stand over those of the preset. */
static const struct {
	const char *name;
	size_t field;
} numbers[] = {
	{ "interval", offsetof(struct linkmon_conf, interval_ms) },
	{ "threshold", offsetof(struct linkmon_conf, threshold) },
	{ "margin", offsetof(struct linkmon_conf, margin_ms) },
	{ "first", offsetof(struct linkmon_conf, first_ms) },
	{ "probe", offsetof(struct linkmon_conf, probe_ms) },
	{ "retry", offsetof(struct linkmon_conf, retry_ms) },
	{ "lost", offsetof(struct linkmon_conf, lost_ms) },
	{ "proof", offsetof(struct linkmon_conf, proof_ms) },
	{ "proof-count", offsetof(struct linkmon_conf, proof_count) },
	{ "hold", offsetof(struct linkmon_conf, hold_ms) },
	{ "hold-max", offsetof(struct linkmon_conf, hold_max_ms) },
};

static int read_monitor(struct conf_section monitor, struct linkmon_conf *conf)
{
	struct conf_value value;
	uint32_t number;
	int rc = linkmon_conf_init(conf, conf_get(monitor, "preset").text);

	if (rc)
		return conf_refuse(monitor, "preset", "preset is not in this version");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		value = conf_get(monitor, numbers[i].name);
		if (!value.is_set)
			continue;
		number = (uint32_t)value.number;
		memcpy((char *)conf + numbers[i].field, &number, sizeof(number));
	}
	return 0;
}

static int read_uplinks(struct conf_section router, struct linkmon_conf *conf)
{
	struct conf_section uplink;
	struct linkmon_uplink *to;

	for (size_t i = 0; i < conf_n_sections(router, "uplink"); i++) {
		uplink = conf_nth_section(router, "uplink", i);
		if (conf->n_uplinks == LINKMON_UPLINKS_MAX)
			return conf_refuse(
				uplink, NULL, "more than %d uplinks", LINKMON_UPLINKS_MAX);
		to = &conf->uplinks[conf->n_uplinks++];
		snprintf(to->name, sizeof(to->name), "%s", conf_title(uplink));
		to->metric = (uint32_t)conf_get(uplink, "metric").number;
		to->weight = (uint32_t)conf_get(uplink, "weight").number;
		to->metered = conf_get(uplink, "metered").yes;
		if (conf_get(uplink, "quota").is_set)
			log_warnx(uplink.conf->log, "uplink %s: quota does nothing yet", to->name);
	}
	return 0;
}

/* Names are left out: whom mnd registers with instead is learned from it. */
static int read_agents(struct conf_section router, struct linkmon_conf *conf)
{
	struct conf_value agent;

	for (size_t i = 0; i < conf_count(router, "home-agent"); i++) {
		agent = conf_nth(router, "home-agent", i);
		if (conf->n_agents == LINKMON_AGENTS_MAX)
			return conf_refuse(router, "home-agent", "more than %d home agents",
				LINKMON_AGENTS_MAX);
		if (addr_is_present(&agent.addr))
			conf->agents[conf->n_agents++] = agent.addr;
	}
	return 0;
}

static int read_all(struct conf *file, struct linkmon_conf *conf)
{
	struct conf_section monitor = conf_section(conf_root(file), "monitor");
	struct conf_section router = conf_section(conf_root(file), "mobile-router");
	const char *why;
	int rc;

	rc = read_monitor(monitor, conf);
	if (!rc)
		rc = read_uplinks(router, conf);
	if (!rc)
		rc = read_agents(router, conf);
	why = rc ? NULL : linkmon_conf_check(conf);
	return why ? conf_refuse(monitor, NULL, "%s", why) : rc;
}

int config_load(struct config *config, const char *path, struct log *log)
{
	int rc;

	*config = (struct config) { .log = log };
	rc = conf_load(&config->file, path, log);
	return rc ? rc : read_all(config->file, &config->conf);
}

void config_fini(struct config *config)
{
	config->file = conf_free(config->file);
}

void config_reload(void *ctx, uint64_t now)
{
	struct config *config = ctx, aside;
	int rc = config_load(&aside, config->file->path, config->log);

	if (!rc)
		rc = linkmon_reconfigure(config->core, &aside.conf, now);
	if (rc) {
		config_fini(&aside);
		log_warnx(config->log, "the old configuration stays");
		return;
	}
	conf_note_restart(config->file, aside.file);
	aside.core = config->core;
	config_fini(config);
	*config = aside;
	log_info(config->log, "configuration applied: preset %s, %zu uplinks", config->conf.preset,
		config->conf.n_uplinks);
}
