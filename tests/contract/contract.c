/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * contract COMMAND [ARGUMENT...]: does this detector keep the promises of mipsock(7)?
 *
 * COMMAND finds the bus in $MIPSOCK_DIR, joins it as linkmon, and is told what happens to uplinks.
 * Output is TAP. It is started twice: it must survive its own death, too.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "node.h"

#define SOON_MS	 5000 /* for what a detector does at once, on a busy machine */
#define LEAVE_MS 3000

static struct uplink *const up1 = &uplinks[0], *const up2 = &uplinks[1], *const ppp0 = &uplinks[2];
static unsigned int n_tests, n_failed;

static void print_state(void)
{
	for (size_t i = 0; i < UPLINKS; i++)
		printf("#   link %s: %s%s%s%s\n", uplinks[i].link.name.text,
			uplinks[i].told ? "told" : "not told",
			uplinks[i].has_addr ? ", address" : "",
			uplinks[i].link.flags & MIPM_LINK_CARRIER ? ", carrier" : "",
			uplinks[i].bound ? ", registered" : "");
	for (size_t i = 0; i < list.n; i++)
		printf("#   named: link %u verdict %u order %u\n", list.entries[i].number,
			list.entries[i].verdict, list.entries[i].order);
	if (!list.words)
		printf("#   nothing was said\n");
}

static bool ok(bool good, const char *promise)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++n_tests, promise);
	n_failed += !good;
	if (!good)
		print_state();
	fflush(stdout);
	return good;
}

static void no_fault(const char *fault, const char *promise)
{
	if (*fault)
		printf("# %s\n", fault);
	ok(!*fault, promise);
}

static bool is_here(void)
{
	return detector_is_here;
}

static bool is_away(void)
{
	return !detector_is_here;
}

static bool first_is_usable(void)
{
	const struct uplink *first = list_first();

	return list_is_right() && first && uplink_is_usable(first);
}

static bool list_is_right_twice(void)
{
	return list_is_right() && dump_answered;
}

static void carrier(struct uplink *u, bool on)
{
	u->link.flags &= (uint8_t)~MIPM_LINK_CARRIER;
	if (on)
		u->link.flags |= MIPM_LINK_CARRIER;
	uplink_say(u);
}

static void address(struct uplink *u, bool on)
{
	u->has_addr = on;
	uplink_say(u);
}

/* ---- the promises ---- */

static void promises_about_addresses(void)
{
	ok(node_wait(list_is_right, SOON_MS), "it names every link with an address");
	address(up1, false);
	ok(node_wait(list_is_right, SOON_MS), "a link that lost its address is not named");
	up1->addr.addr.octets[3]++;
	address(up1, true);
	ok(node_wait(list_is_right, SOON_MS), "a link with a new address is named with it");
	ppp0->has_addr = true;
	uplink_say(ppp0);
	ok(node_wait(list_is_right, SOON_MS), "a new link is named, also without a gateway");
	uplink_gone(ppp0);
	ok(node_wait(list_is_right, SOON_MS), "a link that vanished is not named");
}

static void promises_about_carrier(void)
{
	struct uplink *first;

	ok(node_wait(first_is_usable, SOON_MS), "a usable link is first");
	first = list_first();
	carrier(first ? first : up1, false);
	ok(node_wait(first_is_usable, SOON_MS),
		"a link without carrier is named, and not first while another is usable");
	carrier(up1, false);
	carrier(up2, false);
	node_live(500);
	ok(node_wait(list_is_right, SOON_MS), "links stay named when all are without carrier");
	carrier(up2, true);
	ok(node_wait(first_is_usable, SOON_MS), "the first one that returns is used");
	carrier(up1, true);
}

static void promises_about_others(void)
{
	struct mipm_link forged = up1->link;

	forged.flags = MIPM_LINK_GONE;
	if (stranger_open(node_dir()) < 0 || stranger_disturb(&forged) < 0)
		printf("# the stranger could not speak\n");
	node_live(500);
	ok(detector_is_here && list_is_right(),
		"unknown messages, and what a stranger says of links, change nothing");
	address(up2, false);
	ok(node_wait(list_is_right, SOON_MS), "and it still listens");
	address(up2, true);
	node_wait(list_is_right, SOON_MS);
	stranger_close();

	mnd_close();
	node_live(200);
	mnd_open();
	ok(node_wait(list_is_right_twice, SOON_MS), "it answers the dump of a newcomer");
}

/* Its death says nothing about links; what it does not know when it is back is gone. */
static void promises_about_tunneld(void)
{
	tunneld_close();
	node_live(1000);
	ok(detector_is_here && list_is_right(), "the list stays while tunneld is away");
	up2->told = up2->bound = false;
	tunneld_open();
	ok(node_wait(list_is_right, SOON_MS), "links that a new tunneld does not tell are gone");
	uplink_say(up2);
	ok(node_wait(list_is_right, SOON_MS), "and come back when it does");
}

static uint64_t boot_before;

static bool successor_has_spoken(void)
{
	return list.boot_id != boot_before && list_is_right();
}

static void promises_about_death(char **argv)
{
	int status;

	boot_before = list.boot_id;
	detector_signal(SIGKILL);
	while (!detector_has_ended(&status))
		node_live(10);
	uplink_say(up1); /* who is dead is found by speaking */
	node_live(200);
	detector_start(argv);
	ok(node_wait(successor_has_spoken, SOON_MS), "its successor after a crash goes on");
}

static bool has_ended_or_never(void)
{
	int status;

	return detector_has_ended(&status);
}

static void promises_about_leaving(void)
{
	bool in_time;
	int status = 0;

	detector_signal(SIGTERM);
	in_time = node_wait(has_ended_or_never, LEAVE_MS);
	node_live(300); /* its last words may still be on their way */
	detector_has_ended(&status);
	ok(in_time && !(WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM),
		"it leaves on SIGTERM within 3 seconds");
	ok(is_away(), "and says goodbye");
	if (!in_time)
		detector_signal(SIGKILL);
}

static void promises_about_everything(void)
{
	no_fault(faults.order, "in every list orders are unique");
	no_fault(faults.generation, "the generation rises with every change, also over a restart");
	no_fault(faults.entry, "every entry makes sense: command, number, link, address");
	no_fault(faults.empty, "no list was empty while links had addresses");
	no_fault(faults.foreign, "it said nothing that is not a detector's to say");
	if (node_refused())
		printf("# %llu messages\n", (unsigned long long)node_refused());
	ok(node_refused() == 0, "nothing it said was refused");
}

static int finish(void)
{
	node_close();
	printf("1..%u\n", n_tests);
	return n_failed != 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: contract COMMAND [ARGUMENT...]\n");
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	up1->told = up2->told = up1->has_addr = up2->has_addr = true;
	if (node_open() < 0 || detector_start(argv + 1) < 0) {
		printf("Bail out! no bus, or no process\n");
		return 1;
	}
	if (!ok(node_wait(is_here, SOON_MS), "it joins the bus as linkmon")) {
		detector_signal(SIGKILL);
		return finish();
	}
	promises_about_addresses();
	promises_about_carrier();
	promises_about_others();
	promises_about_tunneld();
	promises_about_death(argv + 1);
	promises_about_leaving();
	promises_about_everything();
	return finish();
}
