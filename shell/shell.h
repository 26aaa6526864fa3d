/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every main() is made of, in the order of its ten steps. There is no framework: each main.c
 * calls these by name, so that the order, which is the security argument, can be read there.
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include "base/core.h"
#include "base/log.h"

enum shell_exit {
	SHELL_OK = 0,
	SHELL_FAILED = 1, /* at run time */
	SHELL_CONFIG = 2, /* configuration or usage */
};

/* 1. options */

struct options {
	const char *config;
	const char *bus;  /* NULL: $MIPSOCK_DIR, else the default */
	unsigned verbose; /* how many -v */
	bool check;	  /* -n */
};

#define OPTIONS_GO_ON (-1)

/* OPTIONS_GO_ON, or the exit status: after -h, -V, or (having said what is wrong) SHELL_CONFIG. */
int options_parse(struct options *opt, int argc, char **argv, const char *about);

/* 2. log */

/* Standard error, "ROLE: line"; with priorities for the journal where that is what it is. */
void sink_open(struct log *log, const char *role, unsigned verbose);

/* Large blocks of memory get mappings of their own and go back when they are freed. */
void heap_open(void);

/* 3. configuration: shell/conf.h, shell/linefile.h */

struct conf;

/* 4. bus; 7. loop */

struct loop;

/* 0 or a negative errno. Signals are blocked from here on and are read by the loop. */
int loop_new(struct loop **out, struct log *log);
struct loop *loop_free(struct loop *loop);
uint64_t loop_now(const struct loop *loop);

/* What a core may ask of the world. Good as soon as the loop has a bus. */
const struct core_env *loop_env(struct loop *loop);

/*
 * Joins the bus in the role of ops, with the users that conf trusts. While another one has the
 * role, waits here as its standby. 0; LOOP_LEAVE when a signal ended the wait; or a negative errno
 * with a line in the log that says what to do.
 */
#define LOOP_LEAVE 1
int loop_join(
	struct loop *loop, const char *dir, const struct conf *conf, const struct core_ops *ops);

/* Who on the bus wants signalling datagrams of this type that came to this address. */
void loop_sig_owners(void *loop, uint8_t type, const struct mipm_addr *local,
	void (*fn)(void *ctx, const char *member), void *ctx);

/* From now on the core is given messages and the time. 0 or a negative errno. */
int loop_attach(struct loop *loop, void *core);

/* A further descriptor: fn is called when it is readable. 0 or a negative errno. */
int loop_watch(struct loop *loop, int fd, void (*fn)(void *ctx, uint64_t now), void *ctx);

/* SIGHUP calls this; it logs what it did. */
void loop_on_reload(struct loop *loop, void (*fn)(void *ctx, uint64_t now), void *ctx);

/* Until a signal says to leave. SIGTERM, SIGINT: the core takes its leave, at most 3 s; SIGUSR2:
 * at once. 0 or a negative errno. */
int loop_run(struct loop *loop);

/* SIGUSR2, or nothing was said at all: what is in the kernel stays for a successor. */
bool loop_keeps_state(const struct loop *loop);

/* 8. sandbox */

struct sandbox {
	const char *const *syscalls; /* beside those that all need; ends with NULL */
	const uint8_t *caps;	     /* CAP_*; ends with SANDBOX_NO_CAP */
	bool writes_files;	     /* else files are opened for reading only */
};

#define SANDBOX_NO_CAP 0xff

/* No core files, no tracing: keys will be read. sink_open() does it, before all else. */
void sandbox_forbid_dumps(void);

/* No new privileges, only these capabilities, only these system calls. Threads that exist come
 * along. 0 or a negative errno with a line in the log. */
int sandbox_enter(const struct sandbox *sandbox, struct log *log);

/* 9. the service manager; all of it is nothing where there is none */

void notify_open(void);
void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);
uint64_t notify_watchdog_interval(void); /* ns between two calls; 0: not asked for */
void notify_close(void);

#endif
