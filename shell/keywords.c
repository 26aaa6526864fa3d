/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * raiic.conf, whole: every section and keyword of every daemon. There is one table, since each
 * daemon reads the whole file and uses its own part. A new setting is a row here, a field and a
 * line in the config.c of who uses it, and a paragraph in raiic.conf(5).
 *
 * A row without a default is optional, or its reader says what happens without it. Reserved rows
 * are names that later versions will use (docs/DESIGN.md section 9).
 */
#include "shell/conf.h"

#define PORT_MAX 65535
#define HOUR	 3600000

/* Lifetimes are 16 bits of seconds on the wire, 65535 means for ever (RFC 5944 3.3). */
#define LIFETIME_MAX 65534000
#define SPI_MIN	     256 /* RFC 5944 1.6 */

static const struct conf_keyword router_rows[] = {
	{ "spi", CONF_NUMBER, CONF_LIST, SPI_MIN, UINT32_MAX,
		.help = "security associations of this router, by SPI; several for key roll-over" },
	{ "home-address", CONF_ADDRESS, CONF_IPV4,
		.help = "its home address; left out: from the pool" },
	{ "networks", CONF_PREFIX, CONF_LIST | CONF_IPV4,
		.help = "mobile networks it may represent" },
	{ "udp-tunnel", CONF_WORD, .words = "no|natted|force", .def = "natted",
		.help = "tunnels over UDP: never, when a NAT is seen or asked for, always" },
	{},
};

static const struct conf_keyword home_agent_rows[] = {
	{ "address", CONF_ADDRESS, CONF_LIST | CONF_IPV4,
		.help = "addresses that routers write as home agent" },
	{ "listen", CONF_ADDRESS, CONF_LIST | CONF_IPV4,
		.help = "addresses to bind; left out: the same" },
	{ "port", CONF_NUMBER, 0, 1, PORT_MAX, .def = "434", .help = "UDP port" },
	{ "home-network", CONF_PREFIX, CONF_IPV4,
		.help = "virtual home network, and the pool for routers without a home address" },
	{ "max-lifetime", CONF_DURATION, CONF_SECONDS, 1000, LIFETIME_MAX, .def = "600s",
		.help = "longest lifetime of a registration" },
	{ "nat-lifetime", CONF_DURATION, CONF_SECONDS, 0, LIFETIME_MAX, .def = "0s",
		.help = "longest lifetime for routers behind a NAT; 0s: as for all" },
	{ "nat-keepalive", CONF_DURATION, CONF_SECONDS, 0, LIFETIME_MAX, .def = "0s",
		.help = "keepalive interval told to routers behind a NAT; 0s: theirs" },
	{ "internet", CONF_WORD, .words = "nat|routed|none", .def = "none",
		.help = "how the sites reach the Internet through this home agent" },
	{ "store", CONF_PATH, .def = "/var/lib/raiic/had.db",
		.help = "file that keeps bindings over restarts; \"\": memory only" },
	{ "durability", CONF_WORD, .words = "group|before-reply", .def = "group",
		.help = "write accepted registrations in groups, or each before its reply" },
	{ "aggregates", CONF_PREFIX, CONF_LIST | CONF_IPV4,
		.help = "one kernel route each into the tunnel device" },
	{ "export-routes", CONF_WORD, .words = "no|networks", .def = "no",
		.help = "a kernel route for each accepted mobile network, for routing daemons" },
	{ "max-paths", CONF_NUMBER, 0, 1, 16, .def = "8", .help = "paths of one router" },
	{ "max-networks", CONF_NUMBER, 0, 1, 32, .def = "32",
		.help = "mobile networks of one router" },
	{ "max-waiting", CONF_NUMBER, 0, 1, 1000000, .def = "4096",
		.help = "requests that may wait for the store" },
	{ "mobile-router", CONF_SECTION, CONF_TITLED, .sub = router_rows, .max = 255,
		.help = "a mobile router: its Network Access Identifier, or any name" },
	{ "id", .flags = CONF_RESERVED },
	{ "members", .flags = CONF_RESERVED },
	{ "block-size", .flags = CONF_RESERVED },
	{ "relay", .flags = CONF_RESERVED },
	{ "masquerade", .flags = CONF_RESERVED },
	{ "address6", .flags = CONF_RESERVED },
	{ "home-prefix6", .flags = CONF_RESERVED },
	{ "home-link", .flags = CONF_RESERVED },
	{ "correspondent", .flags = CONF_RESERVED },
	{},
};

static const struct conf_keyword uplink_rows[] = {
	{ "metric", CONF_NUMBER, 0, 0, UINT32_MAX, .def = "0", .help = "lower is used first" },
	{ "metered", CONF_YESNO, .def = "no", .help = "its traffic costs: probe slowly" },
	{ "weight", CONF_NUMBER, 0, 1, 1000, .def = "1",
		.help = "among equal metrics the heavier is used first" },
	{ "quota", CONF_SIZE, .words = "none", .def = "none", .help = "octets a month" },
	{ "rate", CONF_RATE, 0, 8000, .words = "none|auto", .def = "none",
		.help = "send no faster than this" },
	{},
};

static const struct conf_keyword mobile_router_rows[] = {
	{ "home-agent", CONF_HOST, CONF_LIST | CONF_IPV4,
		.help = "home agents, tried in order; a DNS name is allowed" },
	{ "dns-servers", CONF_ADDRESS, CONF_LIST | CONF_IPV4,
		.help = "for a home agent's name; left out: those of /etc/resolv.conf" },
	{ "identity", CONF_NAME, .max = 255, .help = "Network Access Identifier, or any name" },
	{ "spi", CONF_NUMBER, CONF_LIST, SPI_MIN, UINT32_MAX,
		.help = "security associations with the home agent; the first one is used" },
	{ "networks", CONF_PREFIX, CONF_LIST | CONF_IPV4, .help = "mobile networks of this site" },
	{ "home-address", CONF_ADDRESS, CONF_IPV4, .help = "left out: ask the home agent" },
	{ "port", CONF_NUMBER, 0, 1, PORT_MAX, .def = "434", .help = "the home agent's UDP port" },
	{ "local-port", CONF_NUMBER, 0, 1, PORT_MAX, .def = "434",
		.help = "our UDP port, on every uplink" },
	{ "udp-tunnel", CONF_WORD, .words = "no|natted|force", .def = "force",
		.help = "tunnels over UDP: never, when a NAT is seen, always" },
	{ "lifetime", CONF_DURATION, CONF_SECONDS, 10000, LIFETIME_MAX, .def = "300s",
		.help = "lifetime to ask for" },
	{ "nat-keepalive", CONF_DURATION, CONF_SECONDS, 10000, LIFETIME_MAX, .def = "110s",
		.help = "keepalive interval behind a NAT, unless the home agent tells one" },
	{ "route", CONF_WORD, .words = "all|home", .def = "all",
		.help = "what goes through the tunnel: everything, or the home network only" },
	{ "home-networks", CONF_PREFIX, CONF_LIST | CONF_IPV4,
		.help = "for route = home: what is reached through the tunnel" },
	{ "multipath", CONF_WORD, .words = "auto|yes|no", .def = "auto",
		.help = "register all uplinks at once" },
	{ "on-loss", CONF_WORD, .words = "closed|local", .def = "closed",
		.help = "without a tunnel the site is unreachable, or leaves by an uplink" },
	{ "uplink", CONF_SECTION, CONF_TITLED, .sub = uplink_rows, .max = 15,
		.help = "an uplink by its interface; none: each one with a default route" },
	{ "encryption", .flags = CONF_RESERVED },
	{ "protocol", .flags = CONF_RESERVED },
	{},
};

/* Numbers without a default here come from the preset. */
static const struct conf_keyword monitor_rows[] = {
	{ "preset", CONF_WORD, .words = "economy|normal|fast|voice|thesis", .def = "normal",
		.help = "how soon a path is doubted, and what that may cost" },
	{ "interval", CONF_DURATION, 0, 10, HOUR, .help = "between echoes on the active path" },
	{ "threshold", CONF_NUMBER, 0, 1, 1000, .help = "so many unanswered in a row: bad" },
	{ "margin", CONF_DURATION, 0, 0, HOUR,
		.help = "an answer may be later than usual by this much" },
	{ "first", CONF_DURATION, 0, 1, HOUR,
		.help = "how long the first answer of a path is awaited" },
	{ "probe", CONF_DURATION, 0, 10, HOUR, .help = "between echoes on a standby" },
	{ "retry", CONF_DURATION, 0, 10, HOUR,
		.help = "after an unanswered echo, and while a return is proven" },
	{ "lost", CONF_DURATION, 0, 10, HOUR,
		.help = "between echoes on a bad path, after its first ten seconds" },
	{ "proof", CONF_DURATION, 0, 0, HOUR,
		.help = "how long a path that came back must answer everything" },
	{ "proof-count", CONF_NUMBER, 0, 1, 1000, .help = "and how often" },
	{ "hold", CONF_DURATION, 0, 0, 24 * HOUR,
		.help = "a path that failed is not returned to before; doubles on relapse" },
	{ "hold-max", CONF_DURATION, 0, 0, 24 * HOUR, .help = "hold grows no further" },
	{},
};

static const struct conf_keyword correspondent_rows[] = {
	{ "enable", CONF_YESNO, .def = "no", .help = "accept direct tunnels from peers" },
	{},
};

static const struct conf_keyword tunnel_rows[] = {
	{ "device", CONF_NAME, .max = 15, .def = "raiic0", .help = "name of the tunnel device" },
	{ "table", CONF_NUMBER, 0, 1, 4294967, .def = "434",
		.help = "routing table; uplinks have this number times 100 and more" },
	{ "protocol", CONF_NUMBER, 0, 5, 255, .def = "144",
		.help = "protocol number of our routes and rules" },
	{ "priority", CONF_NUMBER, 0, 1, 32756, .def = "4340",
		.help = "preference of the first of our ten rules" },
	{ "mark", CONF_NUMBER, CONF_HEX, 0x10000, 0xffff0000, .def = "0x4340000",
		.help = "firewall mark of our packets; the uplink's number is added" },
	{ "mtu", CONF_NUMBER, 0, 576, 65535, .words = "auto", .def = "auto",
		.help = "of the tunnel device; auto: what the uplinks carry" },
	{ "workers", CONF_NUMBER, 0, 1, 64, .words = "auto", .def = "auto",
		.help = "threads that move packets; auto: one per processor, at most 4" },
	{},
};

static const struct conf_keyword trust_rows[] = {
	{ "users", CONF_NAME, CONF_LIST, .max = 31, .help = "users that may speak as this role" },
	{},
};

static const struct conf_keyword bus_rows[] = {
	{ "admin", CONF_NAME, CONF_LIST, .max = 31, .def = "root",
		.help = "users that may give commands" },
	{ "observe", CONF_NAME, CONF_LIST, .max = 31, .def = "raiic-trace",
		.help = "users that may listen to everything" },
	{ "trust", CONF_SECTION, CONF_TITLED, .sub = trust_rows, .max = 15,
		.help = "who may speak as a role; default: raiic-ROLE, root, the own user" },
	{},
};

const struct conf_keyword conf_keywords[] = {
	{ "keys", CONF_PATH, .min = 1, .def = "/etc/raiic/keys",
		.help = "security associations, one per line" },
	{ "routers", CONF_PATH, .help = "home agent, for fleets: one router per line" },
	{ "home-agent", CONF_SECTION, .sub = home_agent_rows, .help = "had, tunneld" },
	{ "mobile-router", CONF_SECTION, .sub = mobile_router_rows,
		.help = "mnd, linkmon, tunneld" },
	{ "monitor", CONF_SECTION, .sub = monitor_rows, .help = "linkmon" },
	{ "correspondent", CONF_SECTION, .sub = correspondent_rows, .help = "direct tunnels" },
	{ "tunnel", CONF_SECTION, .sub = tunnel_rows, .help = "tunneld" },
	{ "bus", CONF_SECTION, .sub = bus_rows, .help = "who may say what on the bus" },
	{ "vendor", CONF_NUMBER, 0, 1, 0xffffff, .def = "32473",
		.help = "enterprise number of our vendor extensions (RFC 3115)" },
	{ "anchor", .flags = CONF_RESERVED },
	{ "class", .flags = CONF_RESERVED },
	{ "flows", .flags = CONF_RESERVED },
	{ "foreign-agent", .flags = CONF_RESERVED },
	{ "security", .flags = CONF_RESERVED },
	{},
};
