/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linkmon, the detector: whoever writes another one copies this file.
 *
 * The page that every main is, in ten steps. The order is the security argument: keys are read
 * before anybody talks to us, privileged things are opened before the first message is read, and
 * what a message could ask for afterwards is bounded by the sandbox (docs/ARCHITECTURE.md).
 */
#include "linkmon/config.h"
#include "shell/shell.h"

int main(int argc, char **argv)
{
	struct config config = {};
	struct linkmon *core = NULL;
	struct loop *loop = NULL;
	struct options opt;
	struct log log;
	int rc;

	/* 1. options */
	rc = options_parse(&opt, argc, argv, "Watches uplinks and says which is best now.");
	if (rc != OPTIONS_GO_ON)
		return rc;

	/* 2. log; no core files from here on */
	sink_open(&log, "linkmon", opt.verbose);

	/* 3. configuration */
	if (config_load(&config, opt.config, &log)) {
		config_fini(&config);
		return SHELL_CONFIG;
	}
	if (opt.check) {
		conf_report(config.file, opt.verbose);
		config_fini(&config);
		return SHELL_OK;
	}

	/* 4. bus; waits here while another one has the role */
	rc = loop_new(&loop, &log);
	if (rc)
		goto out;
	rc = loop_join(loop, opt.bus, config.file, &linkmon_ops);
	if (rc)
		goto out;

	/* 5. nothing privileged, nothing stored */

	/* 6. core */
	rc = linkmon_new(&core, &config.conf, loop_env(loop), loop_now(loop));
	if (rc) {
		log_warn(&log, rc, "core");
		goto out;
	}
	config.core = core;

	/* 7. loop */
	rc = loop_attach(loop, core);
	if (rc)
		goto out;
	loop_on_reload(loop, config_reload, &config);

	/* 8. sandbox: from here on nothing is opened but what it names */
	rc = sandbox_enter(&sandbox, &log);
	if (rc)
		goto out;

	/* 9. ready */
	notify_ready("running");
	log_info(&log, "running");

	/* 10. run; then BYE, and everything in reverse order */
	rc = loop_run(loop);
out:
	core = linkmon_free(core);
	loop = loop_free(loop);
	config_fini(&config);
	return rc < 0 ? SHELL_FAILED : SHELL_OK;
}
