/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunneld, the data plane: the only one with a privileged block.
 *
 * The page that every main is, in ten steps. The order is the security argument: keys are read
 * before anybody talks to us, privileged things are opened before the first message is read, and
 * what a message could ask for afterwards is bounded by the sandbox (docs/ARCHITECTURE.md).
 */
#include "tunneld/config.h"
#include "shell/shell.h"

int main(int argc, char **argv)
{
	struct config config = {};
	struct tunneld *core = NULL;
	struct loop *loop = NULL;
	const struct tunneld_fd *fds;
	struct options opt;
	char why[256];
	struct log log;
	int rc;

	/* 1. options */
	rc = options_parse(&opt, argc, argv, "Forwards packets: UDP sockets, TUN device, routes.");
	if (rc != OPTIONS_GO_ON)
		return rc;

	/* 2. log; no core files from here on */
	sink_open(&log, "tunneld", opt.verbose);
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
	rc = loop_join(loop, opt.bus, config.file, &tunneld_ops);
	if (rc)
		goto out;

	/* 5. privileged: TUN device, UDP sockets, netlink; adopts what a predecessor left */
	rc = tunneld_open(&core, loop_env(loop), config.conf, loop_now(loop), why, sizeof(why));
	if (rc) {
		log_warnx(&log, "%s", why);
		goto out;
	}

	/* 6. core */
	tunneld_set_owners(core, loop_sig_owners, loop);
	config.core = core;

	/* 7. loop */
	rc = loop_attach(loop, core);
	for (size_t i = 0; !rc && i < tunneld_fds(core, &fds); i++)
		rc = loop_watch(loop, fds[i].fd, fds[i].fn, fds[i].ctx);
	if (rc)
		goto out;
	loop_on_reload(loop, config_reload, &config);

	/* 8. sandbox: from here on nothing is opened but what it names */
	rc = sandbox_enter(&sandbox, &log);
	if (!rc)
		rc = tunneld_start(core);
	if (rc)
		goto out;

	/* 9. ready */
	notify_ready("running");
	log_info(&log, "running");

	/* 10. run; then BYE, and everything in reverse order */
	rc = loop_run(loop);
out:
	tunneld_close(core, loop && loop_keeps_state(loop));
	loop = loop_free(loop);
	config_fini(&config);
	return rc < 0 ? SHELL_FAILED : SHELL_OK;
}
