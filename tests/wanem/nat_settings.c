/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/wanem/nat.h"

#define AT(field)   offsetof(struct nat_settings, field)
#define KINDS	    "independent|address|address-and-port"
#define NS_PER_S    1000000000ull
#define PORT_LOWEST 1024

/* RFC 4787 REQ-5, RFC 5382 REQ-5, RFC 5508 REQ-2 */
const struct nat_settings no_nat = {
	.port_low = PORT_LOWEST,
	.port_high = 65535,
	.udp = 300 * NS_PER_S,
	.tcp = 7440 * NS_PER_S,
	.icmp = 60 * NS_PER_S,
};

const struct word nat_words[] = {
	{ "address", "the translator's, on the b side",
		{ { ARGUMENT_IPV4, AT(address), "ADDRESS" } } },
	{ "mapping", "what a mapping is bound to", { { ARGUMENT_CHOICE, AT(mapping), KINDS } } },
	{ "filtering", "who may answer", { { ARGUMENT_CHOICE, AT(filtering), KINDS } } },
	{ "ports", "from which mappings get one",
		{ { ARGUMENT_NUMBER, AT(port_low), "LOW", 65535 },
			{ ARGUMENT_NUMBER, AT(port_high), "HIGH", 65535 } } },
	{ "udp", "how long a mapping lives unused", { { ARGUMENT_TIME, AT(udp), "TIME" } } },
	{ "tcp", "the same", { { ARGUMENT_TIME, AT(tcp), "TIME" } } },
	{ "icmp", "the same, for echo", { { ARGUMENT_TIME, AT(icmp), "TIME" } } },
	{},
};

int nat_settings_read(
	struct nat_settings *settings, int argc, char *const argv[], char why[WORD_WHY_MAX])
{
	int rc;

	*settings = no_nat;
	if (argc == 1 && strcmp(argv[0], "off") == 0)
		return 0;
	rc = words_read(nat_words, settings, argc, argv, why);
	if (rc)
		return rc;
	if (!settings->address)
		snprintf(why, WORD_WHY_MAX, "nat needs an address");
	else if (settings->port_low < PORT_LOWEST || settings->port_high <= settings->port_low)
		snprintf(why, WORD_WHY_MAX, "ports: from %d on, and more than one", PORT_LOWEST);
	else
		return 0;
	return -EINVAL;
}
