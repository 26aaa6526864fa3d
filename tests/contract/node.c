/* SPDX-License-Identifier: BSD-2-Clause */
#include "node.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define TEXT(s)	  ((struct mipm_str) { s, sizeof(s) - 1 })
#define IPV4(...) ((struct mipm_addr) { MIPM_IPV4, { __VA_ARGS__ } })
#define UP	  (MIPM_LINK_UP | MIPM_LINK_CARRIER)

struct uplink uplinks[UPLINKS] = {
	{ .link = { .link = 11,
		  .name = TEXT("up1"),
		  .number = 1,
		  .flags = UP,
		  .metric = 10,
		  .mtu = 1500,
		  .gateway = IPV4(192, 0, 2, 1) },
		.addr = { IPV4(192, 0, 2, 10), 24 } },
	{ .link = { .link = 12,
		  .name = TEXT("up2"),
		  .number = 2,
		  .flags = UP,
		  .metric = 20,
		  .mtu = 1500,
		  .gateway = IPV4(198, 51, 100, 1) },
		.addr = { IPV4(198, 51, 100, 10), 24 } },
	{ .link = { .link = 13,
		  .name = TEXT("ppp0"),
		  .number = 7,
		  .metric = 30,
		  .mtu = 1400,
		  .flags = UP | MIPM_LINK_METERED,
		  .onlink = 1 },
		.addr = { IPV4(203, 0, 113, 99), 32 } },
};

static const struct mipm_addr home_agent = IPV4(203, 0, 113, 1);
static const struct mipm_addr home_addr = IPV4(10, 200, 0, 7);

bool detector_is_here, dump_answered;

static struct mipsock *tunneld, *mnd, *spy;
static uint64_t refused; /* of memberships that ended */
static bool mnd_was_told;
static char dir[64];
static pid_t pid;
static bool has_ended;
static int end_status;

struct uplink *uplink_by_number(uint8_t number)
{
	for (size_t i = 0; i < UPLINKS; i++)
		if (uplinks[i].link.number == number)
			return &uplinks[i];
	return NULL;
}

static void member(void *ctx, const struct mipm_sender *who, bool joined)
{
	if (strcmp(who->role, "linkmon") == 0 && !who->standby)
		detector_is_here = joined;
}

/* ---- tunneld ---- */

static int link_send(const struct uplink *u, const char *to)
{
	struct mipm_link link = u->link;

	link.addresses = &u->addr;
	link.n_addresses = u->has_addr;
	return mipsock_send(tunneld, to, MIPM_LINK, &link, NULL);
}

static int tell_links(void *ctx, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	for (size_t i = 0; i < UPLINKS && !own; i++)
		if (uplinks[i].told)
			link_send(&uplinks[i], to);
	return 0;
}

static void answer_probe(uint64_t now, const struct mipm_probe_out *out)
{
	const struct uplink *u = uplink_by_number(out->number);
	struct mipm_probe_in in = { .home_addr = home_addr,
		.peer = home_agent,
		.number = out->number,
		.id = out->id,
		.sent_at = now - 20000000,
		.received_at = now };

	if (u && u->told && u->bound && u->link.flags & MIPM_LINK_CARRIER)
		mipsock_send(tunneld, NULL, MIPM_PROBE_IN, &in, NULL);
}

static void tunneld_heard(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	if (msg->type == MIPM_PROBE_OUT)
		answer_probe(now, msg->body);
}

/* ---- mnd ---- */

static void reg_say(const struct uplink *u, uint8_t state, const char *to)
{
	struct mipm_reg_state_msg reg = { .home_addr = home_addr,
		.peer = home_agent,
		.number = u->link.number,
		.link = u->link.link,
		.careof_addr = u->addr.addr,
		.state = state,
		.lifetime_s = 300 };

	mipsock_send(mnd, to, MIPM_REG_STATE, &reg, NULL);
}

static int tell_registrations(void *ctx, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	for (size_t i = 0; i < UPLINKS && !own; i++)
		if (uplinks[i].bound)
			reg_say(&uplinks[i], MIPM_REG_BOUND, to);
	return 0;
}

/* Every link that is named and carries anything is registered, all others are not. */
static void register_all(const struct mipm_md_info *info)
{
	bool named[UPLINKS] = { false };

	for (size_t i = 0; i < info->n_entries; i++) {
		const struct uplink *u = uplink_by_number(info->entries[i].number);

		if (u)
			named[u - uplinks] = u->told && u->has_addr;
	}
	for (size_t i = 0; i < UPLINKS; i++) {
		struct uplink *u = &uplinks[i];

		if (named[i] && !u->bound && u->link.flags & MIPM_LINK_CARRIER) {
			reg_say(u, MIPM_REG_WAITA, NULL);
			u->bound = true;
			reg_say(u, MIPM_REG_BOUND, NULL);
		} else if (!named[i] && u->bound) {
			u->bound = false;
			reg_say(u, MIPM_REG_IDLE, NULL);
		}
	}
}

static void mnd_heard(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_dump_end *end = msg->body;

	if (strcmp(msg->from->role, "linkmon") != 0)
		return;
	if (msg->type == MIPM_MD_INFO) {
		mnd_was_told |= (msg->flags & MIPM_F_DUMP) != 0;
		register_all(msg->body);
	} else if (!end->own && end->complete && mnd_was_told) {
		dump_answered = true;
	}
}

/* ---- all of them ---- */

static void must(int error, const char *what)
{
	if (error >= 0)
		return;
	printf("Bail out! %s: %s\n", what, strerror(-error));
	exit(1);
}

void tunneld_open(void)
{
	static const uint16_t types[] = { MIPM_MD_INFO, MIPM_PROBE_OUT, MIPM_PATH_WATCH,
		MIPM_REG_STATE };

	must(mipsock_open(&tunneld, &(struct mipsock_config) { .dir = dir,
					    .role = "tunneld",
					    .types = types,
					    .n_types = COUNT(types),
					    .message = tunneld_heard,
					    .dump = tell_links }),
		"tunneld");
}

void mnd_open(void)
{
	static const uint16_t types[] = { MIPM_MD_INFO, MIPM_DUMP_END };

	dump_answered = mnd_was_told = false;
	must(mipsock_open(&mnd, &(struct mipsock_config) { .dir = dir,
					.role = "mnd",
					.types = types,
					.n_types = COUNT(types),
					.message = mnd_heard,
					.dump = tell_registrations }),
		"mnd");
}

static void party_close(struct mipsock **s)
{
	struct mipsock_stats stats = { 0 };

	if (*s)
		mipsock_stats(*s, &stats);
	refused += stats.refused;
	mipsock_close(*s);
	*s = NULL;
}

void tunneld_close(void)
{
	party_close(&tunneld);
}

bool tunneld_is_here(void)
{
	return tunneld != NULL;
}

void mnd_close(void)
{
	party_close(&mnd);
}

uint64_t node_refused(void)
{
	struct mipsock *const all[] = { tunneld, mnd, spy };
	uint64_t sum = refused;

	for (size_t i = 0; i < COUNT(all); i++) {
		struct mipsock_stats stats = { 0 };

		if (all[i])
			mipsock_stats(all[i], &stats);
		sum += stats.refused;
	}
	return sum;
}

int node_open(void)
{
	snprintf(dir, sizeof(dir), "/tmp/contract-XXXXXX");
	if (!mkdtemp(dir))
		return -errno;
	setenv("MIPSOCK_DIR", dir, 1);
	must(mipsock_open(&spy, &(struct mipsock_config) { .dir = dir,
					.role = "contract",
					.flags = MIPSOCK_TOOL | MIPSOCK_SPY,
					.message = list_heard,
					.member = member }),
		"observer");
	tunneld_open();
	mnd_open();
	return 0;
}

void node_close(void)
{
	static const char *const left[] = { "linkmon", "linkmon.lock", "mnd.lock", "tunneld.lock",
		"stranger" };
	char path[128];

	tunneld_close();
	mnd_close();
	party_close(&spy);
	for (size_t i = 0; i < COUNT(left); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, left[i]);
		unlink(path);
	}
	rmdir(dir);
}

const char *node_dir(void)
{
	return dir;
}

void uplink_say(struct uplink *u)
{
	u->told = true;
	link_send(u, NULL);
}

void uplink_gone(struct uplink *u)
{
	struct mipm_link gone = u->link;

	u->told = false;
	gone.flags = MIPM_LINK_GONE;
	mipsock_send(tunneld, NULL, MIPM_LINK, &gone, NULL);
}

bool uplink_is_usable(const struct uplink *u)
{
	return u->told && u->has_addr && (u->link.flags & UP) == UP;
}

/* ---- the detector's process and the time ---- */

int detector_start(char **argv)
{
	has_ended = false;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO); /* stdout is TAP */
		execvp(argv[0], argv);
		fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	return 0;
}

bool detector_has_ended(int *status)
{
	if (!has_ended && waitpid(pid, &end_status, WNOHANG) == pid)
		has_ended = true;
	*status = end_status;
	return has_ended;
}

void detector_signal(int sig)
{
	int status;

	if (!detector_has_ended(&status))
		kill(pid, sig);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void turn(void)
{
	struct mipsock *const all[] = { spy, tunneld, mnd };
	struct pollfd fds[COUNT(all)];

	for (size_t i = 0; i < COUNT(all); i++) {
		if (all[i])
			mipsock_flush(all[i]);
		fds[i] = (struct pollfd) { .fd = all[i] ? mipsock_fd(all[i]) : -1,
			.events = POLLIN };
	}
	poll(fds, COUNT(all), 10);
	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i])
			must(mipsock_process(all[i], 0), "bus");
}

static bool never(void)
{
	return false;
}

bool node_wait(bool (*is)(void), int ms)
{
	uint64_t until = now_ms() + (uint64_t)ms;
	int status;

	while (!is()) {
		if (now_ms() >= until || (is != never && detector_has_ended(&status)))
			return is();
		turn();
	}
	return true;
}

void node_live(int ms)
{
	node_wait(never, ms);
}
