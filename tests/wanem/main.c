/* SPDX-License-Identifier: BSD-2-Clause */
/* wanem: a wide-area network between network devices, in user space. */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/wanem/commands.h"
#include "tests/wanem/control.h"
#include "tests/wanem/emulator.h"

#define PRIORITY   10
#define EXIT_USAGE 64

static const char usage_text[] =
	"usage: wanem [-s SEED] -c CONTROL IFA:IFB[:NAME] ...\n"
	"       wanem -c CONTROL --say 'LINE' ...\n\n"
	"Carries frames between the devices of each pair, as a wide-area network would. Says "
	"\"ready\",\n"
	"runs until SIGTERM or SIGINT. Senders must not offload segmentation: ethtool -K DEVICE "
	"tso\n"
	"off gso off gro off.\n\n"
	"  -c, --control PATH  the socket that hears commands\n"
	"  -s, --seed SEED     the same seed, the same decisions for the same packets (1)\n"
	"      --say LINE      one command to the process at the socket; its answer is printed\n"
	"  -h, --help\n\n";

static int usage(FILE *file, int status)
{
	static char text[COMMAND_ANSWER_MAX];

	commands_usage(text, sizeof(text));
	fprintf(file, "%s%s", usage_text, text);
	return status;
}

/* Both are good to have on a busy machine and need a permission. */
static void become_punctual(void)
{
	struct sched_param param = { .sched_priority = PRIORITY };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		fprintf(stderr, "wanem: no real-time priority: %s\n", strerror(errno));
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		fprintf(stderr, "wanem: memory is not locked: %s\n", strerror(errno));
}

static int run(uint64_t seed, const char *control_path, int n, char *const links[])
{
	static struct emulator emulator;
	int rc = emulator_open(&emulator, seed, control_path);

	if (rc)
		return EXIT_FAILURE;
	for (int i = 0; i < n && rc == 0; i++)
		rc = emulator_add(&emulator, links[i]);
	if (rc == 0) {
		become_punctual();
		puts("ready");
		fflush(stdout);
		rc = emulator_run(&emulator);
	}
	emulator_close(&emulator);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int say(const char *control_path, int n, char *const lines[])
{
	int status = 0;

	for (int i = 0; i < n && status == 0; i++)
		status = control_say(control_path, lines[i]);
	return status;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = { { "control", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 's' }, { "say", no_argument, NULL, 'S' },
		{ "help", no_argument, NULL, 'h' }, {} };
	const char *control_path = NULL;
	char *end = NULL;
	uint64_t seed = 1;
	bool saying = false;
	int c;

	while ((c = getopt_long(argc, argv, "c:s:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			control_path = optarg;
			break;
		case 's':
			seed = strtoull(optarg, &end, 0);
			break;
		case 'S':
			saying = true;
			break;
		case 'h':
			return usage(stdout, EXIT_SUCCESS);
		default:
			return usage(stderr, EXIT_USAGE);
		}
	}
	if (!control_path || optind == argc || (end && *end))
		return usage(stderr, EXIT_USAGE);
	if (saying)
		return say(control_path, argc - optind, argv + optind);
	return run(seed, control_path, argc - optind, argv + optind);
}
