/* SPDX-License-Identifier: BSD-2-Clause */
/* mipsockdump: everything that is said on the bus, a line per message; recorded and replayed. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <pcap/pcap.h>
#include "libmipsock/mipsock.h"
#include "tools/dump_line.h"

#define TERMS_MAX  32
#define LINE_MAX_  65536
#define NAME_OCTET 40 /* in a record: the sender's name stands in front of the message */

enum {
	EXIT_CLEAN,
	EXIT_FAILED,
	EXIT_USAGE = 64
};

static struct dump {
	bool json, dumps;
	uint16_t types[TERMS_MAX];
	char roles[TERMS_MAX][MIPSOCK_NAME_MAX];
	size_t n_types, n_roles;
	unsigned long left; /* messages to print; 0 = no end */
	bool limited;
	pcap_t *dead;
	pcap_dumper_t *out;
} d;

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	stopped = 1;
}

static void usage(FILE *f)
{
	fputs("usage: mipsockdump [-b DIR] [-f FILTER] [-n COUNT] [-a] [--json] [-w FILE.pcap]\n"
	      "       mipsockdump -r FILE.pcap [-f FILTER] [-n COUNT] [--json]\n\n"
	      "  -b, --bus DIR       the bus directory ($MIPSOCK_DIR, " MIPSOCK_DEFAULT_DIR ")\n"
	      "  -f, --filter LIST   message types and senders, e.g. MD_INFO,REG_STATE,linkmon\n"
	      "  -n, --count COUNT   leave after so many messages\n"
	      "  -a, --all-state     print the state told at the start too\n"
	      "  -j, --json          one object a line\n"
	      "  -w, --write FILE    record as well (a pcap of MIPM messages)\n"
	      "  -r, --read FILE     print a record\n"
	      "  -V, --version       -h, --help\n",
		f);
}

static bool wanted(const struct mipm_msg *m)
{
	bool type = !d.n_types, role = !d.n_roles;

	for (size_t i = 0; i < d.n_types; i++)
		type |= d.types[i] == m->type;
	for (size_t i = 0; i < d.n_roles; i++)
		role |= m->from && (strcmp(d.roles[i], m->from->role) == 0 ||
					   strcmp(d.roles[i], m->from->name) == 0);
	return type && role;
}

static void record(uint64_t wall, const struct mipm_msg *m)
{
	static uint8_t octets[NAME_OCTET + MIPSOCK_BUNDLE_MAX];
	struct pcap_pkthdr h = { 0 };
	int len;

	memset(octets, 0, NAME_OCTET);
	strncpy((char *)octets, m->from ? m->from->name : "", NAME_OCTET - 1);
	len = mipm_encode(octets + NAME_OCTET, sizeof(octets) - NAME_OCTET, m->type, m->flags,
		m->id, m->body);
	if (len < 0)
		return;
	h.ts.tv_sec = (time_t)(wall / 1000000000);
	h.ts.tv_usec = (suseconds_t)(wall % 1000000000 / 1000);
	h.caplen = h.len = (bpf_u_int32)(NAME_OCTET + len);
	pcap_dump((u_char *)d.out, &h, octets);
	pcap_dump_flush(d.out);
}

static void print(uint64_t wall, const struct mipm_msg *m)
{
	static char line[LINE_MAX_];

	if (!wanted(m) || (d.limited && !d.left))
		return;
	if (d.json) {
		mipm_print_json(line, sizeof(line), m);
		puts(line);
	} else {
		dump_line(stdout, wall, m);
	}
	if (d.limited && --d.left == 0)
		stopped = 1;
}

static uint64_t wall_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void on_message(void *ctx, uint64_t now, const struct mipm_msg *m)
{
	uint64_t wall = wall_now();

	if ((m->flags & MIPM_F_DUMP || m->type == MIPM_DUMP_END) && !d.dumps)
		return;
	if (d.out && wanted(m))
		record(wall, m);
	print(wall, m);
}

static int live(const char *dir)
{
	static const uint16_t every = 0;
	struct mipsock_config config = {
		.dir = dir,
		.role = "mipsockdump",
		.version = RAIIC_VERSION,
		.flags = MIPSOCK_TOOL | MIPSOCK_SPY,
		.types = &every,
		.message = on_message,
	};
	struct mipsock *s;
	struct pollfd p;
	int r = mipsock_open(&s, &config);

	if (r < 0) {
		fprintf(stderr, "mipsockdump: cannot join the bus%s%s: %s\n", dir ? " in " : "",
			dir ? dir : "", strerror(-r));
		return EXIT_FAILED;
	}
	p = (struct pollfd) { .fd = mipsock_fd(s), .events = POLLIN };
	while (!stopped && r >= 0) {
		mipsock_flush(s);
		fflush(stdout);
		if (ferror(stdout))
			break; /* nobody reads any more */
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			break;
		r = mipsock_process(s, 0);
	}
	mipsock_close(s);
	return r < 0 ? EXIT_FAILED : EXIT_CLEAN;
}

static int replay(const char *file)
{
	char error[PCAP_ERRBUF_SIZE], name[NAME_OCTET + 1] = "", role[NAME_OCTET + 1];
	struct mipm_arena *arena = mipm_arena_new();
	pcap_t *in = pcap_open_offline(file, error);
	struct mipm_sender from = { .name = name, .role = role };
	struct pcap_pkthdr *h;
	const u_char *octets;
	struct mipm_msg m;
	size_t skip;
	int r = 0;

	if (!in || !arena || pcap_datalink(in) != DLT_USER0) {
		fprintf(stderr, "mipsockdump: %s: %s\n", file, in ? "not a record of ours" : error);
		return EXIT_FAILED;
	}
	while (!stopped && (r = pcap_next_ex(in, &h, &octets)) == 1) {
		if (h->caplen <= NAME_OCTET)
			continue;
		memcpy(name, octets, NAME_OCTET);
		strcpy(role, name);
		role[strcspn(role, ".~")] = 0;
		if (mipm_decode(octets + NAME_OCTET, h->caplen - NAME_OCTET, arena, &m, &skip) <= 0)
			continue;
		m.from = &from;
		print((uint64_t)h->ts.tv_sec * 1000000000 + (uint64_t)h->ts.tv_usec * 1000, &m);
	}
	if (r == PCAP_ERROR)
		fprintf(stderr, "mipsockdump: %s: %s\n", file, pcap_geterr(in));
	pcap_close(in);
	mipm_arena_free(arena);
	return r == PCAP_ERROR ? EXIT_FAILED : EXIT_CLEAN;
}

/* "MD_INFO,linkmon": upper case is a type, anything else a sender. */
static int parse_filter(char *list)
{
	char *term;

	while ((term = strsep(&list, ","))) {
		uint16_t type = mipm_type_number(term);

		if (!*term)
			continue;
		if (type && d.n_types < TERMS_MAX) {
			d.types[d.n_types++] = type;
		} else if (!type && strpbrk(term, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
			fprintf(stderr, "mipsockdump: no message type \"%s\"\n", term);
			return -1;
		} else if (!type && d.n_roles < TERMS_MAX) {
			snprintf(d.roles[d.n_roles++], MIPSOCK_NAME_MAX, "%s", term);
		}
	}
	return 0;
}

static int open_record(const char *file)
{
	d.dead = pcap_open_dead(DLT_USER0, NAME_OCTET + MIPSOCK_BUNDLE_MAX);
	d.out = d.dead ? pcap_dump_open(d.dead, file) : NULL;
	if (d.out)
		return 0;
	fprintf(stderr, "mipsockdump: %s\n", d.dead ? pcap_geterr(d.dead) : "no memory");
	return -1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "bus", required_argument, NULL, 'b' },
		{ "filter", required_argument, NULL, 'f' },
		{ "count", required_argument, NULL, 'n' },
		{ "all-state", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "write", required_argument, NULL, 'w' },
		{ "read", required_argument, NULL, 'r' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *dir = NULL, *in = NULL, *out = NULL;
	struct sigaction sa = { .sa_handler = on_signal };
	int c, r;

	while ((c = getopt_long(argc, argv, "b:f:n:ajw:r:Vh", options, NULL)) != -1) {
		switch (c) {
		case 'b':
			dir = optarg;
			break;
		case 'f':
			if (parse_filter(optarg) < 0)
				return EXIT_USAGE;
			break;
		case 'n':
			d.left = strtoul(optarg, NULL, 10);
			d.limited = true;
			break;
		case 'a':
			d.dumps = true;
			break;
		case 'j':
			d.json = true;
			break;
		case 'w':
			out = optarg;
			break;
		case 'r':
			in = optarg;
			break;
		case 'V':
			puts("mipsockdump " RAIIC_VERSION);
			return EXIT_CLEAN;
		case 'h':
			usage(stdout);
			return EXIT_CLEAN;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind != argc || (in && out)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (in)
		return replay(in);
	if (out && open_record(out) < 0)
		return EXIT_FAILED;
	r = live(dir);
	if (d.out)
		pcap_dump_close(d.out);
	if (d.dead)
		pcap_close(d.dead);
	return r;
}
