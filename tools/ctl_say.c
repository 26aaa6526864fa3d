/* SPDX-License-Identifier: BSD-2-Clause */
/* link, move, revoke, log: a word to a daemon. pair and config: no bus needed. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tools/ctl.h"

static int say(const struct ctl *ctl, const char *role, const char *verb, const char *target,
	const char *value)
{
	char *answer = NULL;
	int r = ctl_command(ctl, role, verb, target, value, &answer);

	if (r == CTL_OK && ctl->json)
		ctl_print_json(json_pack("{s:s}", "answer", answer));
	else if (r == CTL_OK && *answer)
		puts(answer);
	free(answer);
	return r;
}

int ctl_link(const struct ctl *ctl, int argc, char **argv)
{
	char value[64];
	bool weight = strcmp(argv[2], "weight") == 0;

	if ((strcmp(argv[2], "up") && strcmp(argv[2], "down") && !weight) || weight != (argc == 4))
		return ctl_fail(ctl, CTL_USAGE, "usage: mipctl link NAME up|down|weight N");
	snprintf(value, sizeof(value), "%s%s%s", argv[2], weight ? " " : "", weight ? argv[3] : "");
	return say(ctl, "linkmon", "link", argv[1], value);
}

int ctl_move(const struct ctl *ctl, int argc, char **argv)
{
	return say(ctl, "linkmon", "move", argc > 1 ? argv[1] : NULL, NULL);
}

int ctl_revoke(const struct ctl *ctl, int argc, char **argv)
{
	return say(ctl, "had", "revoke", argv[1], NULL);
}

int ctl_log(const struct ctl *ctl, int argc, char **argv)
{
	struct ctl_view v;
	const char *role;
	json_t *name;
	int r = ctl_view_get(ctl, &v), one;

	if (r != CTL_OK)
		return r;
	json_object_foreach(v.members, role, name)
	{
		one = ctl_command(ctl, role, "log", NULL, argv[1], NULL);
		r = one > r ? one : r;
	}
	ctl_view_free(&v);
	return r;
}

int ctl_pair(const struct ctl *ctl, int argc, char **argv)
{
	uint8_t key[32], spi_octets[4];
	char hex[2 * sizeof(key) + 1];
	uint32_t spi;

	if (getrandom(key, sizeof(key), 0) != sizeof(key) || getrandom(spi_octets, 4, 0) != 4)
		return ctl_fail(ctl, CTL_DOWN, "no random octets: %s", strerror(errno));
	memcpy(&spi, spi_octets, 4);
	spi = 256 + spi % 0x7fffff00; /* 0-255 are reserved */
	for (size_t i = 0; i < sizeof(key); i++)
		sprintf(hex + 2 * i, "%02x", key[i]);
	explicit_bzero(key, sizeof(key));
	if (ctl->json) {
		ctl_print_json(json_pack("{s:s, s:I, s:s, s:s}", "identity", argv[1], "spi",
			(json_int_t)spi, "algorithm", "hmac-sha256", "key", hex));
	} else {
		printf("# in the keys file of both ends (0640, group raiic-keys):\n"
		       "%u hmac-sha256 %s\n\n"
		       "# home agent, raiic.conf, inside home-agent { }:\n"
		       "mobile-router %s { spi = { %u } networks = { 10.0.0.0/24 } }\n\n"
		       "# mobile router, raiic.conf, inside mobile-router { }:\n"
		       "identity = %s  spi = { %u }  networks = { 10.0.0.0/24 }\n",
			spi, hex, argv[1], spi, argv[1], spi);
	}
	explicit_bzero(hex, sizeof(hex));
	return CTL_OK;
}

/* The daemons of this installation: beside this program in a build tree, else in sbin. */
static int run_daemon(const char *name, const char *option, const char *config)
{
	char self[PATH_MAX], path[PATH_MAX * 2];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int status = 0;
	pid_t pid;

	self[n > 0 ? n : 0] = 0;
	if (strrchr(self, '/'))
		*strrchr(self, '/') = 0;
	snprintf(path, sizeof(path), "%s/../%s/%s", self, name, name);
	if (access(path, X_OK) < 0)
		snprintf(path, sizeof(path), "%s/../sbin/%s", self, name);
	if (access(path, X_OK) < 0)
		return -ENOENT;
	pid = fork();
	if (pid == 0) {
		execl(path, name, option, "-c", config, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int ctl_config(const struct ctl *ctl, int argc, char **argv)
{
	static const char *const daemons[] = { "tunneld", "linkmon", "mnd", "had" };
	bool show = strcmp(argv[1], "show") == 0;
	int r;

	if (!show && strcmp(argv[1], "check") != 0)
		return ctl_fail(ctl, CTL_USAGE, "usage: mipctl config check|show");
	fflush(stdout);
	for (size_t i = 0; i < sizeof(daemons) / sizeof(*daemons); i++) {
		r = run_daemon(daemons[i], show ? "-nv" : "-n", ctl->config);
		if (r == -ENOENT)
			return ctl_fail(ctl, CTL_DOWN, "%s is not installed", daemons[i]);
		if (r != 0)
			return ctl_fail(ctl, CTL_DOWN, "%s refuses %s", daemons[i], ctl->config);
		if (show)
			break;
	}
	if (ctl->json && !show)
		ctl_print_json(json_pack("{s:b, s:s}", "ok", 1, "file", ctl->config));
	return CTL_OK;
}
