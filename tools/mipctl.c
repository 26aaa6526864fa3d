/* SPDX-License-Identifier: BSD-2-Clause */
/* mipctl: what an operator says to a node and asks of it. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/ctl.h"

static const struct subcommand {
	const char *name;
	const char *arguments;
	const char *help;
	int min, max; /* arguments */
	int (*run)(const struct ctl *ctl, int argc, char **argv);
} subcommands[] = {
	{ "status", "", "is this node doing its job, and if not, why", 0, 0, ctl_status },
	{ "links", "", "the uplinks and what the detector thinks of them", 0, 0, ctl_links },
	{ "tunnels", "", "tunnels and their paths", 0, 0, ctl_tunnels },
	{ "bindings", "", "mobility bindings of a home agent", 0, 0, ctl_bindings },
	{ "link", "NAME up|down|weight [N]", "put an uplink to rest, or to work again", 2, 3,
		ctl_link },
	{ "move", "[UPLINK]", "use this uplink first, or the next best one", 0, 1, ctl_move },
	{ "history", "", "the latest handovers", 0, 0, ctl_history },
	{ "revoke", "ROUTER", "end the bindings of a mobile router and tell it", 1, 1, ctl_revoke },
	{ "counters", "", "what the daemons counted, by reason", 0, 0, ctl_counters },
	{ "log", "LEVEL", "warn, info or debug in all daemons", 1, 1, ctl_log },
	{ "pair", "NAME", "matching keys and sections for both ends, with a fresh key", 1, 1,
		ctl_pair },
	{ "config", "check|show", "check the configuration file, or print it as understood", 1, 1,
		ctl_config },
};

#define N_SUBCOMMANDS (sizeof(subcommands) / sizeof(*subcommands))

static void usage(FILE *f)
{
	fprintf(f,
		"usage: mipctl [-b DIR] [-c FILE] [--json] SUBCOMMAND\n\n"
		"  -b, --bus DIR      the bus directory ($MIPSOCK_DIR, " MIPSOCK_DEFAULT_DIR ")\n"
		"  -c, --config FILE  for config (/etc/raiic/raiic.conf)\n"
		"  -j, --json         one JSON value on standard output, errors too\n"
		"  -V, --version      -h, --help\n\n");
	for (size_t i = 0; i < N_SUBCOMMANDS; i++)
		fprintf(f, "  %-8s %-24s %s\n", subcommands[i].name, subcommands[i].arguments,
			subcommands[i].help);
}

int ctl_fail(const struct ctl *ctl, int code, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (ctl->json)
		ctl_print_json(json_pack("{s:s, s:i}", "error", text, "code", code));
	else
		fprintf(stderr, "mipctl: %s\n", text);
	return code;
}

void ctl_print_json(json_t *j)
{
	json_dumpf(j, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(j);
}

static int parse_options(int argc, char **argv, struct ctl *ctl)
{
	static const struct option options[] = {
		{ "bus", required_argument, NULL, 'b' },
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "b:c:jVh", options, NULL)) != -1) {
		switch (c) {
		case 'b':
			ctl->bus = optarg;
			break;
		case 'c':
			ctl->config = optarg;
			break;
		case 'j':
			ctl->json = true;
			break;
		case 'V':
			puts("mipctl " RAIIC_VERSION);
			exit(CTL_OK);
		case 'h':
			usage(stdout);
			exit(CTL_OK);
		default:
			usage(stderr);
			exit(CTL_USAGE);
		}
	}
	return optind; /* options may stand behind the subcommand too: getopt has reordered */
}

int main(int argc, char **argv)
{
	struct ctl ctl = { .config = "/etc/raiic/raiic.conf" };
	int first = parse_options(argc, argv, &ctl), n = argc - first - 1;

	if (first == argc) {
		usage(stderr);
		return CTL_USAGE;
	}
	for (size_t i = 0; i < N_SUBCOMMANDS; i++) {
		const struct subcommand *s = &subcommands[i];

		if (strcmp(argv[first], s->name) != 0)
			continue;
		if (n < s->min || n > s->max)
			return ctl_fail(
				&ctl, CTL_USAGE, "usage: mipctl %s %s", s->name, s->arguments);
		return s->run(&ctl, argc - first, argv + first);
	}
	return ctl_fail(&ctl, CTL_USAGE, "unknown subcommand \"%s\"; mipctl --help lists them",
		argv[first]);
}
