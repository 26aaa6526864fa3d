/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a daemon gives up before it reads the first message: capabilities, new privileges, system
 * calls. The user is changed by the unit. A call that is not on the lists fails with ENOSYS, to
 * which libc has an answer, rather than killing the daemon on the day libc changes.
 */
#include "shell/shell.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#if HAVE_CAPNG
#include <cap-ng.h>
#endif
#if HAVE_SECCOMP
#include <seccomp.h>
#endif

/* The run times of the sanitizers need more than a list can say. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

#if HAVE_CAPNG
static bool is_wanted(const uint8_t *caps, unsigned cap)
{
	while (*caps != SANDBOX_NO_CAP && *caps != cap)
		caps++;
	return *caps == cap;
}

/* The unit has done it already, and forbids even to try. */
static bool has_only(const uint8_t *caps)
{
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (capng_have_capability(CAPNG_PERMITTED, cap) != is_wanted(caps, cap))
			return false;
	return true;
}

/* Nothing can be kept that was not given: better said than found out. */
static bool has_all(const uint8_t *caps, struct log *log)
{
	char name[32];
	size_t n;

	while (*caps != SANDBOX_NO_CAP && capng_have_capability(CAPNG_PERMITTED, *caps))
		caps++;
	if (*caps == SANDBOX_NO_CAP)
		return true;
	n = (size_t)snprintf(name, sizeof(name), "%s", capng_capability_to_name(*caps));
	for (size_t i = 0; i < n && i < sizeof(name); i++)
		name[i] = (char)toupper((unsigned char)name[i]);
	log_warnx(log, "CAP_%s is missing", name);
	return false;
}

static int drop_capabilities(const uint8_t *caps, struct log *log)
{
	bool all = geteuid() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);

	if (has_only(caps))
		return 0;
	if (!has_all(caps, log))
		return -EPERM;
	capng_clear(CAPNG_SELECT_BOTH);
	for (; *caps != SANDBOX_NO_CAP; caps++)
		if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, *caps))
			return -EINVAL;
	return capng_apply(all ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) ? -EPERM : 0;
}
#else
static int drop_capabilities(const uint8_t *caps, struct log *log)
{
	return 0;
}
#endif

#if HAVE_SECCOMP
/* Memory, time, signals, reading files, the bus: what every daemon needs. */
static const char *const common[] = { "access", "brk", "clock_gettime", "clock_nanosleep", "close",
	"connect", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait",
	"exit", "exit_group", "faccessat", "faccessat2", "fcntl", "flock", "fstat", "fstatfs",
	"futex", "getcwd", "getdents64", "getegid", "geteuid", "getgid", "getpeername", "getpid",
	"getppid", "getrandom", "getrlimit", "getsockname", "getsockopt", "gettid", "gettimeofday",
	"getuid", "lseek", "lstat", "madvise", "mmap", "mprotect", "mremap", "munmap", "nanosleep",
	"newfstatat", "poll", "ppoll", "prctl", "pread64", "prlimit64", "pselect6", "read",
	"readlink", "readlinkat", "readv", "recvfrom", "recvmmsg", "recvmsg", "restart_syscall",
	"rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity",
	"sched_yield", "select", "sendmmsg", "sendmsg", "sendto", "set_robust_list", "setsockopt",
	"sigaltstack", "stat", "statfs", "statx", "sysinfo", "tgkill", "timerfd_settime", "umask",
	"uname", "unlink", "unlinkat", "write", "writev", NULL };

static int allow(scmp_filter_ctx filter, const char *const *names)
{
	int number, rc;

	for (; *names; names++) {
		number = seccomp_syscall_resolve_name(*names);
		if (number == __NR_SCMP_ERROR)
			continue; /* another architecture, or younger than the library */
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
		if (rc && rc != -EEXIST)
			return rc;
	}
	return 0;
}

static int filter_calls(const struct sandbox *sandbox)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int rc;

	if (!filter)
		return -ENOMEM;
	rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!rc)
		rc = allow(filter, common);
	if (!rc)
		rc = allow(filter, sandbox->syscalls);
	if (!rc && sandbox->writes_files)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 0);
	if (!rc && !sandbox->writes_files)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
	if (!rc)
		rc = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	if (rc == -EEXIST)
		rc = 0; /* the daemon's own list has it without conditions */
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc;
}
#else
static int filter_calls(const struct sandbox *sandbox)
{
	return 0;
}
#endif

/* Root without its capabilities is nobody to files of others: the bus is its group's. */
static void join_groups(void)
{
	static const char *const names[] = { "raiic", "raiic-keys" };
	gid_t gids[2];
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		const struct group *group = getgrnam(names[i]);

		if (group)
			gids[n++] = group->gr_gid;
	}
	if (n)
		(void)!setgroups(n, gids);
}

void sandbox_forbid_dumps(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	if (!IS_SANITIZED) /* the leak check traces its own process */
		prctl(PR_SET_DUMPABLE, 0);
}

int sandbox_enter(const struct sandbox *sandbox, struct log *log)
{
	int rc;

	if (geteuid() == 0)
		join_groups();
	rc = drop_capabilities(sandbox->caps, log);
	if (!rc && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		rc = -errno;
	if (!rc && !IS_SANITIZED)
		rc = filter_calls(sandbox);
	if (rc)
		log_warn(log, rc, "sandbox");
	return rc;
}
