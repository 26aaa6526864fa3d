/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/emulator.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/wanem/commands.h"
#include "tests/wanem/control.h"

#define NS_PER_S 1000000000u

/* Which of our descriptors an event is of: a number below for the named ones, then the wires. */
enum {
	EVENT_TIMER,
	EVENT_SIGNAL,
	EVENT_CONTROL,
	EVENT_SPEAKER, /* and the descriptor in the upper half */
	EVENT_WIRES,
};

static int complain(int rc, const char *whose, const char *what)
{
	fprintf(stderr, "wanem: %s: %s: %s\n", whose, what, strerror(-rc));
	return rc;
}

static uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static int watch(struct emulator *emulator, int fd, uint64_t event)
{
	struct epoll_event want = { .events = EPOLLIN, .data.u64 = event };

	return epoll_ctl(emulator->epoll, EPOLL_CTL_ADD, fd, &want) ? -errno : 0;
}

int emulator_open(struct emulator *emulator, uint64_t seed, const char *control_path)
{
	sigset_t ends;

	emulator->seed = seed;
	emulator->control_path = control_path;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	emulator->control = control_listen(control_path);
	if (emulator->control < 0)
		return complain(emulator->control, control_path, "control socket");
	emulator->epoll = epoll_create1(EPOLL_CLOEXEC);
	emulator->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	emulator->signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watch(emulator, emulator->timer, EVENT_TIMER) ||
		watch(emulator, emulator->signals, EVENT_SIGNAL) ||
		watch(emulator, emulator->control, EVENT_CONTROL))
		return complain(-errno, "wanem", "epoll");
	return 0;
}

static bool name_is_free(const struct emulator *emulator, const char *name)
{
	for (size_t i = 0; i < emulator->n_links; i++)
		if (strcmp(emulator->links[i].name, name) == 0)
			return false;
	return *name && strlen(name) < LINK_NAME_MAX && !command_exists(name);
}

static int open_wires(struct emulator *emulator, struct wire wires[N_SIDES], char *const names[])
{
	const char *what;
	int rc;

	for (int side = 0; side < N_SIDES; side++) {
		uint64_t event = EVENT_WIRES + emulator->n_links * N_SIDES + (uint64_t)side;

		rc = wire_open(&wires[side], names[side], &what);
		if (rc == 0)
			rc = watch(emulator, wires[side].fd, event);
		if (rc) {
			if (side == SIDE_B)
				wire_close(&wires[SIDE_A]);
			return complain(rc, names[side], what);
		}
	}
	return 0;
}

int emulator_add(struct emulator *emulator, const char *text)
{
	char copy[3 * LINK_NAME_MAX], *rest = copy, *names[3];
	struct wire *wires = emulator->wires[emulator->n_links];
	int rc;

	snprintf(copy, sizeof(copy), "%s", text);
	for (int i = 0; i < 3; i++)
		names[i] = strsep(&rest, ":");
	if (!names[1] || rest || emulator->n_links == LINKS_MAX)
		return complain(-EINVAL, text, "IFA:IFB[:NAME] is needed, 64 at most");
	if (!names[2])
		names[2] = names[0];
	if (!name_is_free(emulator, names[2]))
		return complain(-EINVAL, names[2], "not the name of a link");
	rc = open_wires(emulator, wires, names);
	if (rc)
		return rc;
	link_init(&emulator->links[emulator->n_links], names[2], emulator->seed, wires[SIDE_B].mac);
	emulator->n_links++;
	return 0;
}

struct arrival {
	struct link *link;
	enum side from;
	uint64_t now;
};

static void put(void *ctx, uint8_t *octets, size_t len)
{
	struct arrival *arrival = ctx;

	link_put(arrival->link, arrival->from, octets, len, arrival->now);
}

static void receive(struct emulator *emulator, size_t link, enum side from)
{
	struct arrival arrival = { &emulator->links[link], from, clock_now() };

	wire_receive(&emulator->wires[link][from], put, &arrival);
}

/* What the devices have counted belongs to the direction that they are the beginning of. */
static void collect_counters(struct emulator *emulator)
{
	for (size_t i = 0; i < emulator->n_links; i++) {
		for (int side = 0; side < N_SIDES; side++) {
			struct counters *counters = &emulator->links[i].directions[side].counters;

			counters->overrun += wire_overruns(&emulator->wires[i][side]);
			counters->oversize = emulator->wires[i][side].oversize;
		}
	}
}

static void accept_speaker(struct emulator *emulator)
{
	int fd = accept4(emulator->control, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0 && watch(emulator, fd, EVENT_SPEAKER | (uint64_t)fd << 32))
		close(fd);
}

static void hear_speaker(struct emulator *emulator, int fd)
{
	static char answer[COMMAND_ANSWER_MAX];
	char line[COMMAND_LINE_MAX];
	ssize_t len = recv(fd, line, sizeof(line) - 1, 0);

	if (len <= 0) {
		close(fd);
		return;
	}
	line[len] = '\0';
	collect_counters(emulator);
	commands_run(emulator->links, emulator->n_links, clock_now(), line, answer);
	send(fd, answer, strlen(answer), MSG_NOSIGNAL);
}

static void deliver(struct direction *direction, const struct wire *wire, uint64_t now)
{
	struct packet *packets[WIRE_BATCH];
	size_t n;

	do {
		for (n = 0; n < WIRE_BATCH; n++)
			if (!(packets[n] = direction_take(direction, now)))
				break;
		direction->counters.unsent += n - (n ? wire_send(wire, packets, n) : 0);
		for (size_t i = 0; i < n; i++)
			free(packets[i]);
	} while (n == WIRE_BATCH);
}

/* Sends what is due; when something will be next. */
static uint64_t deliver_all(struct emulator *emulator)
{
	uint64_t now = clock_now(), next = TIMERQ_NEVER;

	for (size_t i = 0; i < emulator->n_links; i++) {
		for (int side = 0; side < N_SIDES; side++) {
			struct direction *direction = &emulator->links[i].directions[side];

			deliver(direction, &emulator->wires[i][N_SIDES - 1 - side], now);
			if (direction_next(direction) < next)
				next = direction_next(direction);
		}
	}
	return next;
}

static void set_timer(struct emulator *emulator, uint64_t at)
{
	struct itimerspec when = {};

	if (at != TIMERQ_NEVER)
		when.it_value =
			(struct timespec) { (time_t)(at / NS_PER_S), (long)(at % NS_PER_S) };
	timerfd_settime(emulator->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* False: it is time to leave. The timer needs nothing, what is due is sent after each wake-up. */
static bool handle(struct emulator *emulator, uint64_t event)
{
	uint64_t wire = event - EVENT_WIRES;

	switch ((uint32_t)event) {
	case EVENT_TIMER:
		break;
	case EVENT_SIGNAL:
		return false;
	case EVENT_CONTROL:
		accept_speaker(emulator);
		break;
	case EVENT_SPEAKER:
		hear_speaker(emulator, (int)(event >> 32));
		break;
	default:
		receive(emulator, wire / N_SIDES, wire % N_SIDES);
	}
	return true;
}

int emulator_run(struct emulator *emulator)
{
	struct epoll_event events[16];
	int n;

	for (;;) {
		n = epoll_wait(emulator->epoll, events, 16, -1);
		if (n < 0 && errno != EINTR)
			return complain(-errno, "wanem", "epoll");
		for (int i = 0; i < n; i++)
			if (!handle(emulator, events[i].data.u64))
				return 0;
		set_timer(emulator, deliver_all(emulator));
	}
}

void emulator_close(struct emulator *emulator)
{
	for (size_t i = 0; i < emulator->n_links; i++) {
		link_fini(&emulator->links[i]);
		wire_close(&emulator->wires[i][SIDE_A]);
		wire_close(&emulator->wires[i][SIDE_B]);
	}
	close(emulator->signals);
	close(emulator->timer);
	close(emulator->epoll);
	close(emulator->control);
	unlink(emulator->control_path);
}
