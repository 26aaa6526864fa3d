/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop's side of the bus: joining it, whom to trust, and what a core may ask of the world. */
#include "shell/loop.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "shell/conf.h"

#define ROLES_MAX  32
#define USERS_MAX  16
#define STANDBY_MS 1000
#define MINUTE	   (60 * NSEC_PER_S)

/* env */

static void env_emit(void *ctx, const char *to, uint16_t type, const void *body)
{
	struct loop *loop = ctx;
	int rc = mipsock_send(loop->bus, to, type, body, NULL);
	const char *name = mipm_type_name(type);
	uint32_t held;

	if (rc == 0 || rc == -ENOTCONN) /* it left; it will ask for a dump when it comes back */
		return;
	if (log_limit_pass(&loop->refused, loop_now(loop), 5, MINUTE, &held))
		log_warn(loop->log, rc, "%s was not sent (%u more like it)", name ? name : "?",
			held);
}

static void env_want_sigs(void *ctx, const struct mipm_sig_want *sigs, size_t n)
{
	struct loop *loop = ctx;
	int rc = mipsock_want_sigs(loop->bus, sigs, n);

	if (rc)
		log_warn(loop->log, rc, "asking for signalling datagrams");
}

static void env_random(void *ctx, void *octets, size_t len)
{
	uint8_t *at = octets;
	ssize_t got;

	while (len) {
		got = getrandom(at, len, 0);
		assert(got > 0 || errno == EINTR);
		if (got > 0) {
			at += got;
			len -= (size_t)got;
		}
	}
}

void loop_make_env(struct loop *loop)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	loop->env = (struct core_env) {
		.ctx = loop,
		.emit = env_emit,
		.want_sigs = env_want_sigs,
		.random = env_random,
		.wall_offset = (uint64_t)wall.tv_sec * NSEC_PER_S + (uint64_t)wall.tv_nsec -
			       loop_now(loop),
		.log = loop->log,
	};
}

const struct core_env *loop_env(struct loop *loop)
{
	return &loop->env;
}

/* trust */

struct trust {
	struct mipsock_trust rows[ROLES_MAX];
	uint32_t uids[ROLES_MAX][USERS_MAX];
	size_t n;
};

static struct mipsock_trust *trust_row(struct trust *trust, const char *role)
{
	struct mipsock_trust *row;

	for (row = trust->rows; row < trust->rows + trust->n; row++)
		if (strcmp(row->role, role) == 0)
			return row;
	if (trust->n == ROLES_MAX)
		return NULL;
	*row = (struct mipsock_trust) { .role = role, .uids = trust->uids[trust->n++] };
	return row;
}

/* A name or a number. Users that do not exist (yet) can say nothing anyhow. */
static void trust_user(struct trust *trust, struct mipsock_trust *row, const char *user)
{
	uint32_t *uids = trust->uids[row - trust->rows];
	const struct passwd *pw = getpwnam(user);
	char *end;
	unsigned long uid = strtoul(user, &end, 10);

	if (row->n_uids == USERS_MAX)
		return;
	if (pw)
		uids[row->n_uids++] = pw->pw_uid;
	else if (isdigit((unsigned char)user[0]) && !*end)
		uids[row->n_uids++] = (uint32_t)uid;
}

static void trust_users(
	struct trust *trust, const char *role, struct conf_section s, const char *keyword)
{
	struct mipsock_trust *row = trust_row(trust, role);

	for (size_t i = 0; row && i < conf_count(s, keyword); i++)
		trust_user(trust, row, conf_nth(s, keyword, i).text);
}

static void trust_read(struct trust *trust, const struct conf *conf)
{
	static const char *const roles[] = { "had", "mnd", "crd", "linkmon", "tunneld" };
	struct conf_section bus = conf_section(conf_root(conf), "bus"), s;
	char user[32];

	trust_users(trust, "admin", bus, "admin");
	trust_users(trust, "observe", bus, "observe");
	for (size_t i = 0; i < conf_n_sections(bus, "trust"); i++) {
		s = conf_nth_section(bus, "trust", i);
		trust_users(trust, conf_title(s), s, "users");
	}
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		if (trust->n < ROLES_MAX && trust_row(trust, roles[i])->n_uids == 0) {
			snprintf(user, sizeof(user), "raiic-%s", roles[i]);
			trust_user(trust, trust_row(trust, roles[i]), user);
		}
	}
}

/* joining */

static void on_message(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	struct loop *loop = ctx;

	if (loop->core)
		loop->ops->input(loop->core, now, msg);
}

static int on_dump(void *ctx, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	struct loop *loop = ctx;

	if (!loop->core)
		return -EAGAIN;
	return loop->ops->dump(loop->core, now, to, own, cursor);
}

static void on_member(void *ctx, const struct mipm_sender *who, bool joined)
{
	struct loop *loop = ctx;

	log_debug(loop->log, "%s %s", who->name, joined ? "joined" : "left");
	if (loop->core && loop->ops->member)
		loop->ops->member(loop->core, loop_now(loop), who, joined);
}

static int explain(struct loop *loop, const char *dir, int rc)
{
	if (!dir)
		dir = getenv("MIPSOCK_DIR");
	if (!dir)
		dir = MIPSOCK_DEFAULT_DIR;
	if (rc == -ENOENT)
		log_warnx(loop->log,
			"no bus directory %s: systemd-tmpfiles --create raiic.conf, or -b DIR",
			dir);
	else if (rc == -EACCES || rc == -EPERM)
		log_warnx(loop->log,
			"not allowed in bus directory %s: the user must be in group raiic", dir);
	else
		log_warn(loop->log, rc, "bus directory %s", dir);
	return rc;
}

/*
 * Until the one with our role is gone: 0, LOOP_LEAVE, or a negative errno. The library joins anew
 * then, so everybody tells us all state once more, and nothing heard here was needed.
 */
static int stand_by(struct loop *loop)
{
	struct pollfd fds[] = {
		{ .fd = mipsock_fd(loop->bus), .events = POLLIN },
		{ .fd = loop->signal_fd, .events = POLLIN },
	};
	char status[80];
	int rc, sig;

	if (!mipsock_is_standby(loop->bus))
		return 0;
	snprintf(status, sizeof(status), "standby: another %s is running", loop->ops->role);
	log_info(loop->log, "%s", status);
	notify_ready(status);
	while (mipsock_is_standby(loop->bus)) {
		mipsock_flush(loop->bus);
		if (poll(fds, 2, STANDBY_MS) < 0 && errno != EINTR)
			return -errno;
		notify_watchdog();
		sig = loop_signal(loop);
		if (sig && sig != SIGHUP)
			return LOOP_LEAVE;
		rc = mipsock_process(loop->bus, 0);
		if (rc < 0)
			return rc;
	}
	log_info(loop->log, "the other %s is gone", loop->ops->role);
	return 0;
}

int loop_join(
	struct loop *loop, const char *dir, const struct conf *conf, const struct core_ops *ops)
{
	struct trust trust = {};
	struct mipsock_config config = {
		.dir = dir,
		.role = ops->role,
		.version = RAIIC_VERSION,
		.types = ops->types,
		.trust = trust.rows,
		.ctx = loop,
		.message = on_message,
		.dump = ops->dump ? on_dump : NULL,
		.member = on_member,
	};
	int rc;

	while (ops->types[config.n_types])
		config.n_types++;
	trust_read(&trust, conf);
	config.n_trust = trust.n;
	loop->ops = ops;
	rc = mipsock_open(&loop->bus, &config);
	if (rc)
		return explain(loop, dir, rc);
	rc = stand_by(loop);
	if (rc < 0)
		log_warn(loop->log, rc, "bus");
	return rc;
}

void loop_sig_owners(void *ctx, uint8_t type, const struct mipm_addr *local,
	void (*fn)(void *ctx, const char *member), void *fn_ctx)
{
	struct loop *loop = ctx;

	mipsock_sig_owners(loop->bus, type, local, fn, fn_ctx);
}
