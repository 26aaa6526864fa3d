/* SPDX-License-Identifier: BSD-2-Clause */
/* From raiic.conf to struct linkmon_conf. */
#ifndef LINKMON_CONFIG_H
#define LINKMON_CONFIG_H

#include "linkmon/linkmon.h"
#include "shell/conf.h"
#include "shell/shell.h"

/* What it keeps when it has begun. */
extern const struct sandbox sandbox;

struct config {
	struct conf *file;
	struct linkmon_conf conf;
	struct linkmon *core; /* whom a reload concerns; NULL before there is one */
	struct log *log;
};

/* 0 or -EINVAL, -ENOMEM with a line in the log. config_fini() frees, also after a failure. */
int config_load(struct config *config, const char *path, struct log *log);
void config_fini(struct config *config);

/* For loop_on_reload(): the file is read aside and taken over only if it is good. */
void config_reload(void *config, uint64_t now);

#endif
