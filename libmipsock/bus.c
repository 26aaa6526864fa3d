/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public calls of a membership, and one turn of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

/* Linux 6.16 and later; older C libraries do not name it. */
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

uint64_t now_boot(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * SEC + (uint64_t)t.tv_nsec;
}

static uint64_t random_id(void)
{
	uint64_t id = 0;

	while (!id) {
		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			id = now_boot() ^ (uint64_t)getpid() << 40;
	}
	return id;
}

static int socket_open(struct mipsock *s)
{
	int on = 1, off = 0;

	s->sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->sock < 0)
		return -errno;
	setsockopt(s->sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	setsockopt(s->sock, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off));
	return 0;
}

static int socket_watch(struct mipsock *s)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &s->sock };

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->sock, &event) < 0 ? -errno : 0;
}

static int epoll_open(struct mipsock *s)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &s->timer_fd };

	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	s->timer_at = NEVER;
	if (s->epoll_fd < 0 || s->timer_fd < 0 ||
		epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->timer_fd, &event) < 0)
		return -errno;
	return socket_watch(s);
}

/* at 0: at once. */
static void timer_set(struct mipsock *s, uint64_t at)
{
	struct itimerspec spec = { 0 };

	if (at == s->timer_at)
		return;
	s->timer_at = at;
	if (at != NEVER) {
		spec.it_value.tv_sec = (time_t)(at / SEC);
		spec.it_value.tv_nsec = at ? (long)(at % SEC) : 1;
	}
	timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void timer_read(struct mipsock *s)
{
	uint64_t expired;

	if (read(s->timer_fd, &expired, sizeof(expired)) > 0)
		s->timer_at = NEVER;
}

static int copy_config(struct mipsock *s, const struct mipsock_config *config)
{
	const char *dir = config->dir ? config->dir : getenv("MIPSOCK_DIR");
	char role[MIPSOCK_ROLE_MAX];
	bool standby, tool;

	s->config = *config;
	if (!config->role || name_parse(config->role, role, &standby, &tool) < 0 || standby || tool)
		return -EINVAL;
	snprintf(s->role, sizeof(s->role), "%s", role);
	if (snprintf(s->dir, sizeof(s->dir), "%s", dir && *dir ? dir : MIPSOCK_DEFAULT_DIR) > 79)
		return -ENAMETOOLONG;
	snprintf(s->version, sizeof(s->version), "%s", config->version ? config->version : "");
	if (config->flags & MIPSOCK_SPY && !(config->flags & MIPSOCK_TOOL))
		return -EINVAL;
	s->say = config->flags & MIPSOCK_TOOL ? SAY_TOOL : say_of_role(s->role);
	s->types = calloc(config->n_types + 1, sizeof(*s->types));
	if (!s->types)
		return -ENOMEM;
	if (config->n_types)
		memcpy(s->types, config->types, config->n_types * sizeof(*s->types));
	return trust_init(s, config);
}

static int join(struct mipsock *s)
{
	int r = socket_open(s);

	if (!r)
		r = s->config.flags & MIPSOCK_TOOL ? name_bind_pid(s, '.') : name_claim(s);
	if (!r)
		r = epoll_open(s);
	if (!r)
		r = members_meet(s);
	if (!r && s->standby)
		timer_set(s, s->poll_at = now_boot() + POLL_EVERY);
	return r;
}

int mipsock_open(struct mipsock **out, const struct mipsock_config *config)
{
	struct mipsock *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->epoll_fd = s->timer_fd = s->sock = -1;
	s->own_uid = geteuid();
	s->boot_id = random_id();
	s->seed = random_id();
	s->poll_at = NEVER;
	s->arena = mipm_arena_new();
	r = s->arena ? copy_config(s, config) : -ENOMEM;
	if (!r)
		r = join(s);
	if (r < 0) {
		mipsock_close(s);
		return r;
	}
	*out = s;
	return 0;
}

void mipsock_close(struct mipsock *s)
{
	if (!s)
		return;
	/* Unbinds first: whoever hears our BYE finds the name free. */
	name_release(s, s->name, s->sock);
	members_bye(s, "leaves");
	members_free(s);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	if (s->timer_fd >= 0)
		close(s->timer_fd);
	trust_fini(s);
	mipm_arena_free(s->arena);
	free(s->types);
	free(s->sigs);
	free(s);
}

int mipsock_fd(const struct mipsock *s)
{
	return s->epoll_fd;
}

bool mipsock_is_standby(const struct mipsock *s)
{
	return s->standby;
}

void mipsock_stats(const struct mipsock *s, struct mipsock_stats *out)
{
	*out = s->stats;
}

/*
 * A standby becomes the role: by the role's name, on a new socket and as a new member, so that
 * everybody connects anew and tells it all state. What waited in the old socket comes again.
 */
static void take_over(struct mipsock *s, uint64_t now)
{
	char old_name[MIPSOCK_NAME_MAX];
	int old_sock = s->sock;

	memcpy(old_name, s->name, sizeof(old_name));
	s->poll_at = now + POLL_EVERY;
	if (socket_open(s) < 0 || name_claim(s) < 0) {
		if (s->sock >= 0)
			close(s->sock);
		s->sock = old_sock;
		return;
	}
	s->poll_at = NEVER;
	name_release(s, old_name, old_sock);
	members_bye(s, "takes over");
	members_free(s);
	s->boot_id = random_id();
	socket_watch(s);
	members_meet(s);
}

static void write_and_wait(struct mipsock *s)
{
	struct epoll_event events[64];
	int n = epoll_wait(s->epoll_fd, events, 64, 0);

	for (int i = 0; i < n; i++) {
		struct member *m = events[i].data.ptr;

		if (events[i].data.ptr == &s->timer_fd)
			timer_read(s);
		else if (events[i].data.ptr == &s->sock)
			continue;
		else if (events[i].events & EPOLLOUT)
			stream_flush(s, m);
		else
			m->gone = true;
	}
}

static void timer_next(struct mipsock *s, bool more)
{
	uint64_t next = dump_next(s);

	if (s->poll_at < next)
		next = s->poll_at;
	timer_set(s, more ? 0 : next);
}

int mipsock_process(struct mipsock *s, unsigned int max)
{
	uint64_t now;
	int r;

	if (s->busy)
		return -EBUSY;
	s->busy = true;
	write_and_wait(s);
	r = dispatch_receive(s, max);
	now = now_boot();
	members_reap(s, now);
	if (s->poll_at <= now)
		take_over(s, now);
	if (r == 1)
		dump_ask(s, now);
	dump_serve(s, now);
	mipsock_flush(s);
	members_reap(s, now);
	s->busy = false;
	timer_next(s, s->rx.left);
	return r < 0 ? r : 0;
}

void mipsock_flush(struct mipsock *s)
{
	bool gone = false;

	for (size_t i = 0; i < s->n_members; i++) {
		if (!s->members[i]->out.armed)
			stream_flush(s, s->members[i]);
		gone |= s->members[i]->gone;
	}
	if (gone && !s->busy)
		timer_set(s, 0);
}

int mipsock_want_sigs(struct mipsock *s, const struct mipm_sig_want *sigs, size_t n)
{
	struct mipm_sig_want *copy = calloc(n + 1, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	if (n)
		memcpy(copy, sigs, n * sizeof(*copy));
	free(s->sigs);
	s->sigs = copy;
	s->n_sigs = n;
	return members_greet(s);
}
