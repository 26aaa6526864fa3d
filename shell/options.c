/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that all daemons have (docs/INTERFACES.md), and no others. */
#include "shell/shell.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_CONFIG "/etc/raiic/raiic.conf"

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "bus", required_argument, NULL, 'b' },
	{ "check", no_argument, NULL, 'n' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

static void print_usage(FILE *out, const char *name, const char *about)
{
	fprintf(out,
		"usage: %s [-nvVh] [-c FILE] [-b DIR]\n"
		"%s\n"
		"  -c, --config FILE  configuration (" DEFAULT_CONFIG ")\n"
		"  -b, --bus DIR      bus directory ($MIPSOCK_DIR, " MIPSOCK_DEFAULT_DIR ")\n"
		"  -n, --check        check the configuration and leave; with -v print it\n"
		"  -v, --verbose      log more; twice: debug\n"
		"  -V, --version      print the version\n"
		"  -h, --help         print this\n",
		name, about);
}

int options_parse(struct options *opt, int argc, char **argv, const char *about)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argc ? argv[0] : "?";
	int c;

	*opt = (struct options) { .config = DEFAULT_CONFIG };
	while ((c = getopt_long(argc, argv, "c:b:nvVh", long_options, NULL)) != -1) {
		switch (c) {
		case 'c':
			opt->config = optarg;
			break;
		case 'b':
			opt->bus = optarg;
			break;
		case 'n':
			opt->check = true;
			break;
		case 'v':
			opt->verbose++;
			break;
		case 'V':
			printf("%s %s\n", name, RAIIC_VERSION);
			return SHELL_OK;
		case 'h':
			print_usage(stdout, name, about);
			return SHELL_OK;
		default:
			print_usage(stderr, name, about);
			return SHELL_CONFIG;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: what is %s?\n", name, argv[optind]);
		print_usage(stderr, name, about);
		return SHELL_CONFIG;
	}
	return OPTIONS_GO_ON;
}
