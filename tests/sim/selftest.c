/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/selftest.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "libmip/tunnel_data.h"
#include "tests/sim/disk.h"
#include "tests/sim/invariant.h"
#include "tests/sim/memory.h"
#include "tests/sim/wire.h"
#include "tunneld/bc_record.h"

#define UP_MS	 10000
#define AFTER_MS 12000 /* the bound of reach and some more */
#define LOOK_MS	 100
#define LEAK	 (1 << 20)

static void *leak;

static const struct mipm_endpoint *elsewhere(void)
{
	static struct mipm_endpoint e = { .port = NET_PORT };

	e.addr = addr_from_v4(0xc6336442u); /* 198.51.100.66 */
	return &e;
}

/* ---- words that nobody should say ---------------------------------------------------------- */

/* A binding of the site whose path 1 leads there. */
static void with_binding(struct sim *s, size_t site, const struct mipm_prefix *network,
	const struct mipm_endpoint *remote, void (*fn)(struct sim *s, const struct mipm_bc *bc))
{
	const struct agent *a = s->agents[0];
	uint64_t expires_at = fakebus_now(a->host.bus) + 100 * NSEC_PER_S;
	const struct mipm_path path = {
		.number = 1,
		.encap = MIPM_ENCAP_UDP,
		.remote = *remote,
		.local = { a->addr, NET_PORT },
		.careof_addr = remote->addr,
		.expires_at = expires_at,
	};
	const struct mipm_bc bc = {
		.home_addr = net_home(0, site),
		.stamp = UINT64_MAX,
		.generation = UINT64_MAX,
		.identity = { s->sites[site]->host.name,
			(uint16_t)strlen(s->sites[site]->host.name) },
		.home_agent = a->addr,
		.networks = network,
		.n_networks = 1,
		.paths = &path,
		.n_paths = 1,
		.lifetime_s = 100,
		.expires_at = expires_at,
	};

	fn(s, &bc);
}

static void say_bc_add(struct sim *s, const struct mipm_bc *bc)
{
	fakebus_say(s->agents[0]->host.bus, "had", NULL, MIPM_BC_ADD, bc);
}

static void say_sig_out(struct sim *s, const void *payload, size_t len)
{
	const struct uplink *u = &s->sites[0]->uplinks[1];
	const struct mipm_sig sig = {
		.local = { uplink_address(u), NET_PORT },
		.remote = { net_agent(0), NET_PORT },
		.link = UPLINK_LINK(1),
		.payload = { payload, (uint32_t)len },
	};

	fakebus_say(s->sites[0]->host.bus, "mnd", NULL, MIPM_SIG_OUT, &sig);
}

/* ---- breaks -------------------------------------------------------------------------------- */

static void two_owners(struct sim *s)
{
	struct mipm_prefix network = net_network(0);

	with_binding(s, 1, &network, elsewhere(), say_bc_add);
}

static void unasked_binding(struct sim *s)
{
	struct mipm_prefix network = net_network(0);

	with_binding(s, 0, &network, elsewhere(), say_bc_add);
}

/* As by a request that is heard twice. */
static void stale_binding(struct sim *s)
{
	const struct mipm_addr home = net_home(0, 0), none = { 0 };
	const struct fib *fib = &s->agents[0]->host.tunneld->forwarder->fib;
	struct mipm_bc *bc = bc_record_read(fib_tunnel_find(fib, 0, &home, &none)->binding->bc);
	struct mipm_path path = bc->paths[0];

	path.expires_at++;
	bc->paths = &path;
	bc->n_paths = 1;
	bc->generation = UINT64_MAX;
	say_bc_add(s, bc);
	free(bc);
}

static void unasked_removal(struct sim *s)
{
	const struct mipm_bc bc = { .home_addr = net_home(0, 0), .generation = UINT64_MAX };

	fakebus_say(s->agents[0]->host.bus, "had", NULL, MIPM_BC_REMOVE, &bc);
}

static void forget_path(struct sim *s, uint8_t number)
{
	const struct mipm_bul bul = {
		.home_addr = net_home(0, 0),
		.peer = net_agent(0),
		.generation = UINT64_MAX,
		.path.number = number,
	};

	fakebus_say(s->sites[0]->host.bus, "mnd", NULL, MIPM_BUL_REMOVE, &bul);
}

static void forgotten_path(struct sim *s)
{
	forget_path(s, 2);
}

static void forgotten_paths(struct sim *s)
{
	for (uint8_t n = 1; n <= s->sites[0]->n_uplinks; n++)
		forget_path(s, n);
}

/* tunneld lets in what had never said. */
static void install(struct sim *s, const struct mipm_bc *bc)
{
	const struct host *h = &s->agents[0]->host;
	const struct mipm_sender had = { .name = "had", .role = "had", .boot_id = UINT64_MAX };
	const struct mipm_msg msg = { .type = MIPM_BC_ADD, .from = &had, .body = bc };

	forwarder_input(h->tunneld->forwarder, fakebus_now(h->bus), &msg);
}

static void open_door(struct sim *s)
{
	const struct mipm_endpoint target = { net_agent(0), NET_PORT };
	struct mipm_prefix network = net_network(0);
	uint8_t datagram[TUNNEL_DATA_LEN + 20] = { TUNNEL_DATA_TYPE, TUNNEL_DATA_IPV4 };
	uint8_t *inner = datagram + TUNNEL_DATA_LEN;

	with_binding(s, 0, &network, elsewhere(), install);
	inner[0] = 0x45;
	inner[3] = 20;
	inner[8] = 64;
	inner[9] = 17;
	memcpy(inner + 12, network.addr.octets, 4);
	memcpy(inner + 16, network.addr.octets, 4);
	inner[15] = 9;
	inner[16] = 8; /* a host in the Internet */
	net_inject(s, elsewhere(), &target, datagram, sizeof(datagram));
}

static void told_key(struct sim *s)
{
	const struct mip_sa *sa = sa_find(&s->sites[0]->sas, s->sites[0]->mnd_conf.spis[0]);

	say_sig_out(s, sa->key, sa->key_len);
}

static void lost_count(struct sim *s)
{
	s->agents[0]->host.tunneld->counts.sig_in--;
}

static void hasty_requests(struct sim *s)
{
	static const uint8_t request[] = { WIRE_REQUEST, 0, 1, 0 };

	for (int i = 0; i < 2; i++) {
		say_sig_out(s, request, sizeof(request));
		sim_run_ms(s, 1);
	}
}

/* As by a reflex without a clock. */
static void restless_path(struct sim *s)
{
	const struct host *h = &s->sites[0]->host;
	const struct mipm_addr home = net_home(0, 0), agent = net_agent(0);
	const struct probe fill = { .kind = PROBE_FILL, .path = 1 };
	struct fib_tunnel *tunnel = fib_tunnel_find(&h->tunneld->forwarder->fib, 0, &home, &agent);
	uint8_t octets[PROBE_PACKET_MAX];
	size_t len = probe_build(&tunnel->near, &tunnel->far, &fill, octets);

	for (int i = 0; i < 2; i++) {
		tunneld_send_probe(
			h->tunneld, fakebus_now(h->bus), fib_path_find(tunnel, 1), octets, len);
		sim_run_ms(s, 1000);
	}
}

/* As by a core that forgets what it has. */
static void leaked_memory(struct sim *s)
{
	memory_side(MEMORY_AGENTS);
	leak = memory_malloc(LEAK);
}

/* As on a disk that loses a row of what was written. */
static void forgetful_disk(struct sim *s)
{
	struct host *h = &s->agents[0]->host;
	const char *name = s->sites[0]->host.name;
	const struct store_item gone = { .key = name, .key_len = strlen(name) };
	struct store *store;

	host_crash(h, "had");
	store = disk_open(h->agent->disk);
	store->ops->put(store, &gone, 0, 0);
	store->ops->close(store);
	host_start(h, "had");
}

static void nothing(struct sim *s)
{
}

static const struct {
	const struct invariant *invariant; /* that is to notice */
	const char *what;
	void (*breaks)(struct sim *s);
} breaks[] = {
	{ &invariant_owner, "two routers with one network", two_owners },
	{ &invariant_authentic, "a binding that nobody asked for", unasked_binding },
	{ &invariant_authentic, "a binding by an old Identification", stale_binding },
	{ &invariant_authentic, "a binding removed that nobody gave up", unasked_removal },
	{ &invariant_tables, "a path that one end forgets", forgotten_path },
	{ &invariant_reach, "a router that forgets all its paths", forgotten_paths },
	{ &invariant_source, "data from an end that was never bound", open_door },
	{ &invariant_secret, "a key on the bus", told_key },
	{ &invariant_counters, "a datagram that was not counted", lost_count },
	{ &invariant_timer, "two requests at once", hasty_requests },
	{ &invariant_keepalive, "two keepalives within a second", restless_path },
	{ &invariant_memory, "memory that nobody needs", leaked_memory },
	{ &invariant_kept, "a disk that loses a binding", forgetful_disk },
	{ &invariant_empty, "a binding that outlives its router", nothing },
};

static void start(struct sim *s)
{
	s->watch = watch_new(s);
	sim_start_all(s);
	for (size_t i = 0; i < s->n_sites; i++)
		flows_start(s->sites[i], 20, 100);
	sim_run_ms(s, UP_MS);
}

/* Looks as often, and in the end in full, as the engine does. */
static void look(struct sim *s)
{
	for (unsigned ms = 0; ms < AFTER_MS; ms += LOOK_MS) {
		sim_run_ms(s, LOOK_MS);
		watch_look(s);
	}
	watch_quiet(s);
	watch_left(s);
}

static bool is_noticed(const struct invariant *by, void (*fn)(struct sim *s))
{
	struct sim *s = sim_new(1, &(struct sim_conf) { .n_sites = 2, .has_disk = true });
	const char *who;
	bool noticed;

	start(s);
	noticed = !s->failure[0]; /* not before anything is broken */
	fn(s);
	look(s);
	who = strstr(s->failure, ": ");
	noticed = noticed && who && strncmp(who + 2, by->name, strlen(by->name)) == 0;
	if (!noticed)
		printf("# %s\n", s->failure[0] ? s->failure : "nobody noticed");
	s->watch = watch_free(s->watch);
	sim_free(s);
	memory_free(leak);
	leak = NULL;
	return noticed;
}

unsigned selftest(void)
{
	unsigned n = sizeof(breaks) / sizeof(breaks[0]), failed = 0;

	printf("1..%u\n", n);
	for (unsigned i = 0; i < n; i++) {
		bool good = is_noticed(breaks[i].invariant, breaks[i].breaks);

		failed += !good;
		printf("%s %u - %s notices %s\n", good ? "ok" : "not ok", i + 1,
			breaks[i].invariant->name, breaks[i].what);
	}
	return failed;
}
