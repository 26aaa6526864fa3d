/* SPDX-License-Identifier: BSD-2-Clause */
/* From raiic.conf and the keys file to struct mnd_conf. */
#ifndef MND_CONFIG_H
#define MND_CONFIG_H

#include "mnd/mnd.h"
#include "shell/conf.h"
#include "shell/shell.h"

struct linefile_set;

/* What it keeps when it has begun. */
extern const struct sandbox sandbox;

struct config {
	struct conf *file;
	struct mnd_conf *conf;
	struct sa_set *sas;	   /* conf->sas */
	struct linefile_set *keys; /* what the keys file said, as fingerprints */
	struct mnd *core;	   /* whom a reload concerns; NULL before there is one */
	struct log *log;
};

/* 0 or -EINVAL, -ENOMEM with a line in the log. config_fini() frees, also after a failure. */
int config_load(struct config *config, const char *path, struct log *log);
void config_fini(struct config *config);

/* For loop_on_reload(): all is read aside and taken over only if it is good. */
void config_reload(void *config, uint64_t now);

#endif
