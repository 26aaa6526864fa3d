/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * had, the home agent: a store is opened and read back before the bus is.
 *
 * The page that every main is, in ten steps. The order is the security argument: keys are read
 * before anybody talks to us, privileged things are opened before the first message is read, and
 * what a message could ask for afterwards is bounded by the sandbox (docs/ARCHITECTURE.md).
 */
#include "had/config.h"
#include "had/store.h"
#include "shell/shell.h"

int main(int argc, char **argv)
{
	struct config config = {};
	struct store *store = NULL;
	struct had *core = NULL;
	struct loop *loop = NULL;
	struct options opt;
	struct log log;
	int rc;

	/* 1. options */
	rc = options_parse(&opt, argc, argv, "Admits mobile routers and keeps their bindings.");
	if (rc != OPTIONS_GO_ON)
		return rc;

	/* 2. log; no core files from here on */
	sink_open(&log, "had", opt.verbose);
	heap_open();

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
	rc = loop_join(loop, opt.bus, config.file, &had_ops);
	if (rc)
		goto out;

	/* 5. store; the bindings in it are back before the bus is read */
	rc = store_open(&store, config.conf->store, &log);
	if (rc) {
		log_warn(&log, rc, "store %s", config.conf->store);
		goto out;
	}

	/* 6. core */
	rc = had_new(&core, loop_env(loop), config.conf, store, loop_now(loop));
	if (rc) {
		log_warn(&log, rc, "core");
		goto out;
	}
	config.core = core;

	/* 7. loop */
	rc = loop_attach(loop, core);
	if (!rc && store_fd(store) >= 0)
		rc = loop_watch(loop, store_fd(store), config_store_ready, &config);
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
	core = had_free(core);
	store = store_close(store);
	loop = loop_free(loop);
	config_fini(&config);
	return rc < 0 ? SHELL_FAILED : SHELL_OK;
}
