/* SPDX-License-Identifier: BSD-2-Clause */
/* From raiic.conf, the keys file and the routers file to struct had_conf. */
#ifndef HAD_CONFIG_H
#define HAD_CONFIG_H

#include "had/had.h"
#include "shell/conf.h"
#include "shell/shell.h"

struct linefile_set;

/* What it keeps when it has begun. */
extern const struct sandbox sandbox;

struct config {
	struct conf *file;
	struct had_conf *conf;
	struct linefile_set *keys, *routers; /* what the line files said, as fingerprints */
	struct had *core;		     /* whom a reload concerns; NULL before there is one */
	struct log *log;
};

/* 0 or -EINVAL, -ENOMEM with a line in the log. config_fini() frees, also after a failure. */
int config_load(struct config *config, const char *path, struct log *log);
void config_fini(struct config *config);

/* For loop_on_reload(): all is read aside and taken over only if it is good. */
void config_reload(void *config, uint64_t now);

/* For loop_watch(): the store has finished something. */
void config_store_ready(void *config, uint64_t now);

/* The mobile routers: those of the section home-agent, then the routers file (config_routers.c). */
int config_read_routers(struct config *config, struct conf_section agent);

#endif
