/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent on a bench: its configuration, an environment that writes down what is emitted, a
 * router's side that builds and signs requests, and a store in memory that can be slow or broken.
 */
#ifndef TESTS_UNIT_HAD_KIT_H
#define TESTS_UNIT_HAD_KIT_H

#include <errno.h>

#include "tests/support/unit.h"

#include "had/state.h"
#include "libmip/code.h"
#include "libmip/cursor.h"
#include "libmip/mac.h"

#define KIT_EVENTS 256
#define KIT_WALL   UINT64_C(1790000000000000000) /* September 2026 */
#define KIT_BOOT   UINT64_C(0xb007)
#define MS	   NSEC_PER_MS
#define S	   NSEC_PER_S

/* One emitted message, with what it points to. */
struct kit_event {
	uint16_t type;
	char to[MIPSOCK_NAME_MAX];
	struct mipm_bc bc;
	struct mipm_path paths[HAD_PATHS_MAX];
	struct mipm_prefix networks[MIP_MAX_NETWORKS];
	struct mipm_sig sig;
	uint8_t payload[1024];
	struct mipm_answer answer;
	char text[2048];
};

/* A store of its own: keys to values, in memory that outlives the core. */
struct kit_item {
	char key[64];
	uint8_t data[STORE_VALUE_MAX];
	size_t len;
};

struct kit_store {
	struct store store;
	struct kit_item items[64];
	size_t n_items;
	struct store_status status;
	bool slow; /* tickets are kept until kit_store_finish() */
	int put_result;
	uint64_t tickets[64];
	size_t n_tickets;
	int result; /* of tickets */
	size_t n_puts;
};

struct kit {
	struct had_conf *conf;
	struct core_env env;
	struct log log;
	char lines[65536];
	struct had *had;
	struct kit_store store;
	bool has_store;
	struct mac *mac; /* the routers', as their associations are */
	struct sa_set sas;
	uint64_t now;
	uint64_t seed;
	struct kit_event events[KIT_EVENTS];
	size_t n_events, n_taken;
	struct mipm_sig_want wants[HAD_WANTS_MAX];
	size_t n_wants;
	struct mip_reply reply; /* of the last request */
	uint8_t sent[MIP_MESSAGE_MAX];
	size_t sent_len;
	struct mipm_sig sent_sig;
};

static inline struct mipm_addr ip(const char *text)
{
	struct mipm_addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return addr;
}

static inline struct mipm_prefix net(const char *text)
{
	struct mipm_prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

static inline struct mipm_endpoint at(const char *text)
{
	struct mipm_endpoint endpoint;

	assert_int_equal(endpoint_parse(text, MIP_PORT, &endpoint), 0);
	return endpoint;
}

/* configuration */

static inline void kit_key(struct had_conf *conf, uint32_t spi)
{
	uint8_t key[32];
	struct mip_sa *sa;

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(spi + i);
	assert_int_equal(sa_new(spi, MIP_HMAC_SHA256, key, sizeof(key), &sa), 0);
	assert_int_equal(sa_set_add(&conf->sas, sa), 0);
}

static inline struct had_router *kit_add(
	struct had_conf *conf, const char *name, uint32_t spi, const char *home_addr)
{
	struct had_router *router;

	assert_true(conf->n_routers < 64);
	if (!conf->routers)
		conf->routers = calloc(64, sizeof(*conf->routers));
	router = &conf->routers[conf->n_routers++];
	router->name = strdup(name);
	router->spis = calloc(4, sizeof(*router->spis));
	router->spis[router->n_spis++] = spi;
	router->networks = calloc(40, sizeof(*router->networks));
	if (home_addr)
		router->home_addr = ip(home_addr);
	return router;
}

static inline void kit_grant(struct had_router *router, const char *network)
{
	router->networks[router->n_networks++] = net(network);
}

/* site7: fixed address, two networks. site8: from the pool, one network. node9: from the pool, no
 * network. SPIs 1007, 1008, 1009. */
static inline struct had_conf *kit_conf(void)
{
	struct had_conf *conf;
	struct had_router *router;

	assert_int_equal(had_conf_new(&conf), 0);
	conf->home_agents = calloc(2, sizeof(*conf->home_agents));
	conf->home_agents[conf->n_home_agents++] = ip("203.0.113.1");
	conf->home_networks = calloc(2, sizeof(*conf->home_networks));
	conf->home_networks[conf->n_home_networks++] = net("10.200.0.0/24");
	for (uint32_t spi = 1007; spi <= 1009; spi++)
		kit_key(conf, spi);
	router = kit_add(conf, "site7", 1007, "10.200.0.7");
	kit_grant(router, "10.7.0.0/24");
	kit_grant(router, "10.17.0.0/16");
	router = kit_add(conf, "site8", 1008, NULL);
	kit_grant(router, "10.8.0.0/24");
	kit_add(conf, "node9", 1009, NULL);
	return conf;
}

static inline void kit_checked(struct had_conf *conf)
{
	char error[HAD_CONF_ERROR_MAX];

	if (had_conf_check(conf, error) != 0)
		fail_msg("%s", error);
}

/* environment */

static inline void kit_copy_bc(struct kit_event *event, const struct mipm_bc *bc)
{
	event->bc = *bc;
	assert_true(bc->n_paths <= HAD_PATHS_MAX && bc->n_networks <= MIP_MAX_NETWORKS);
	for (unsigned i = 0; i < bc->n_paths; i++)
		event->paths[i] = bc->paths[i];
	for (unsigned i = 0; i < bc->n_networks; i++)
		event->networks[i] = bc->networks[i];
}

static inline void kit_emit(void *ctx, const char *to, uint16_t type, const void *body)
{
	struct kit *k = ctx;
	struct kit_event *event = &k->events[k->n_events % KIT_EVENTS];

	memset(event, 0, sizeof(*event));
	event->type = type;
	snprintf(event->to, sizeof(event->to), "%s", to ? to : "");
	if (type == MIPM_BC_ADD || type == MIPM_BC_REMOVE)
		kit_copy_bc(event, body);
	if (type == MIPM_SIG_OUT) {
		event->sig = *(const struct mipm_sig *)body;
		assert_true(event->sig.payload.len <= sizeof(event->payload));
		memcpy(event->payload, event->sig.payload.data, event->sig.payload.len);
		event->sig.payload.data = event->payload;
	}
	if (type == MIPM_ANSWER) {
		event->answer = *(const struct mipm_answer *)body;
		snprintf(event->text, sizeof(event->text), "%.*s", event->answer.text.len,
			event->answer.text.text);
	}
	k->n_events++;
}

static inline void kit_want_sigs(void *ctx, const struct mipm_sig_want *sigs, size_t n)
{
	struct kit *k = ctx;

	memcpy(k->wants, sigs, n * sizeof(*sigs));
	k->n_wants = n;
}

static inline uint64_t kit_random_u64(struct kit *k)
{
	return table_mix(k->seed++ + UINT64_C(0x9e3779b97f4a7c15));
}

static inline void kit_random(void *ctx, void *octets, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)octets)[i] = (uint8_t)kit_random_u64(ctx);
}

static inline void kit_line(void *ctx, enum log_level level, const char *line)
{
	struct kit *k = ctx;
	size_t len = strlen(k->lines);

	snprintf(k->lines + len, sizeof(k->lines) - len, "%s\n", line);
}

static inline bool kit_logged(const struct kit *k, const char *text)
{
	return strstr(k->lines, text) != NULL;
}

/* store */

static inline struct kit_store *kit_store_of(struct store *store)
{
	return container_of(store, struct kit_store, store);
}

static inline int kit_store_load(
	struct store *store, int (*fn)(void *ctx, const struct store_item *item), void *ctx)
{
	struct kit_store *s = kit_store_of(store);
	int rc = 0;

	for (size_t i = 0; i < s->n_items && rc == 0; i++) {
		const struct store_item item = {
			.key = s->items[i].key,
			.key_len = strlen(s->items[i].key),
			.data = s->items[i].data,
			.len = s->items[i].len,
		};

		rc = fn(ctx, &item);
	}
	return rc;
}

static inline struct kit_item *kit_store_find(struct kit_store *s, const char *key, size_t len)
{
	for (size_t i = 0; i < s->n_items; i++)
		if (strlen(s->items[i].key) == len && memcmp(s->items[i].key, key, len) == 0)
			return &s->items[i];
	return NULL;
}

static inline void kit_store_change(struct kit_store *s, const struct store_item *item)
{
	struct kit_item *at_item = kit_store_find(s, item->key, item->key_len);

	if (!item->data) {
		if (at_item)
			*at_item = s->items[--s->n_items];
		return;
	}
	if (!at_item) {
		at_item = &s->items[s->n_items++];
		snprintf(at_item->key, sizeof(at_item->key), "%.*s", (int)item->key_len,
			(const char *)item->key);
	}
	memcpy(at_item->data, item->data, item->len);
	at_item->len = item->len;
}

/* Keys of the kit are rising octets, and nothing that may be stored is (DESIGN section 8). */
static inline bool kit_has_key(const uint8_t *octets, size_t len)
{
	size_t n = 1;

	for (size_t i = 1; i < len && n < 8; i++)
		n = octets[i] == (uint8_t)(octets[i - 1] + 1) ? n + 1 : 1;
	return n >= 8;
}

static inline int kit_store_put(
	struct store *store, const struct store_item *item, unsigned flags, uint64_t ticket)
{
	struct kit_store *s = kit_store_of(store);

	assert_false(kit_has_key(item->data, item->len));
	s->n_puts++;
	if (s->put_result < 0)
		return s->put_result;
	kit_store_change(s, item);
	if (!(flags & STORE_DURABLE) || !s->slow)
		return 0;
	s->tickets[s->n_tickets++] = ticket;
	return STORE_WAIT;
}

static inline void kit_store_ready(
	struct store *store, void (*done)(void *ctx, uint64_t ticket, int result), void *ctx)
{
	struct kit_store *s = kit_store_of(store);
	size_t n = s->n_tickets;
	uint64_t tickets[64];

	memcpy(tickets, s->tickets, sizeof(tickets));
	s->n_tickets = 0;
	for (size_t i = 0; i < n; i++)
		done(ctx, tickets[i], s->result);
}

static inline int kit_store_flush(struct store *store)
{
	return 0;
}

static inline void kit_store_status(const struct store *store, struct store_status *out)
{
	*out = container_of(store, struct kit_store, store)->status;
}

static inline int kit_store_fd(const struct store *store)
{
	return -1;
}

static inline void kit_store_close(struct store *store)
{
}

static const struct store_ops kit_store_ops = {
	.name = "kit",
	.load = kit_store_load,
	.put = kit_store_put,
	.ready = kit_store_ready,
	.flush = kit_store_flush,
	.status = kit_store_status,
	.fd = kit_store_fd,
	.close = kit_store_close,
};

/* life */

static inline struct kit *kit_new(void)
{
	struct kit *k = calloc(1, sizeof(*k));

	k->now = 1000 * S;
	k->seed = 1;
	k->log = (struct log) { .level = LOG_LEVEL_DEBUG, .write = kit_line, .ctx = k };
	k->env = (struct core_env) {
		.ctx = k,
		.emit = kit_emit,
		.want_sigs = kit_want_sigs,
		.random = kit_random,
		.wall_offset = KIT_WALL,
		.log = &k->log,
	};
	k->store.store.ops = &kit_store_ops;
	k->store.status = (struct store_status) { .usable = true, .boot = KIT_BOOT };
	sa_set_init(&k->sas);
	assert_int_equal(mac_new(8, &k->mac), 0);
	return k;
}

/* tunneld has told all that it kept of an earlier life. */
static inline void kit_told(struct kit *k)
{
	const struct mipm_dump_end end = { .complete = 1, .own = 1 };
	const struct mipm_sender tunneld = { .name = "tunneld", .role = "tunneld" };
	const struct mipm_msg msg = { .type = MIPM_DUMP_END, .from = &tunneld, .body = &end };

	had_ops.input(k->had, k->now, &msg);
}

/* A core, a second after it began, so that requests made now are not of before its time. */
static inline void kit_start(struct kit *k)
{
	if (!k->conf) {
		k->conf = kit_conf();
		kit_checked(k->conf);
	}
	assert_int_equal(
		had_new(&k->had, &k->env, k->conf, k->has_store ? &k->store.store : NULL, k->now),
		0);
	kit_told(k);
	k->n_events = 0;
	k->now += S;
}

static inline void kit_stop(struct kit *k)
{
	k->had = had_free(k->had);
}

/* kill -9 and again, after some time; tunneld has not told yet what it kept */
static inline void kit_restart_untold(struct kit *k, uint64_t away)
{
	kit_stop(k);
	k->n_events = k->n_taken = 0;
	k->now += away;
	assert_int_equal(
		had_new(&k->had, &k->env, k->conf, k->has_store ? &k->store.store : NULL, k->now),
		0);
}

/* The same; with a sound store tunneld knows nothing more. */
static inline void kit_restart(struct kit *k, uint64_t away)
{
	kit_restart_untold(k, away);
	if (k->has_store && k->store.status.usable && !k->store.status.degraded)
		kit_told(k);
}

static inline struct kit *kit_free(struct kit *k)
{
	kit_stop(k);
	had_conf_free(k->conf);
	sa_set_fini(&k->sas);
	mac_free(k->mac);
	free(k);
	return NULL;
}

static inline void kit_pass(struct kit *k, uint64_t ns)
{
	uint64_t until = k->now + ns;

	while (had_ops.next_wakeup(k->had) <= until) {
		k->now = had_ops.next_wakeup(k->had);
		had_ops.tick(k->had, k->now);
	}
	k->now = until;
}

static inline void kit_store_finish(struct kit *k, int result)
{
	k->store.result = result;
	had_store_ready(k->had, k->now);
}

/* what was said */

static inline size_t kit_count(const struct kit *k, uint16_t type)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n_events; i++)
		n += k->events[i % KIT_EVENTS].type == type;
	return n;
}

static inline void kit_clear(struct kit *k)
{
	k->n_events = k->n_taken = 0;
	k->lines[0] = '\0';
}

/* The next event, whatever it is; NULL: none. */
static inline const struct kit_event *kit_take(struct kit *k)
{
	return k->n_taken < k->n_events ? &k->events[k->n_taken++ % KIT_EVENTS] : NULL;
}

static inline const struct kit_event *kit_last(const struct kit *k, uint16_t type)
{
	for (size_t i = k->n_events; i-- > 0;)
		if (k->events[i % KIT_EVENTS].type == type)
			return &k->events[i % KIT_EVENTS];
	return NULL;
}

static inline uint64_t kit_counter(const struct kit *k, enum counter counter)
{
	return k->had->counters.counts[counter];
}

/* the router's side */

static inline uint64_t kit_stamp(const struct kit *k)
{
	return replay_timestamp(k->now + k->env.wall_offset);
}

/* The router's copy of an association: one belongs to one struct mac. */
static inline struct mip_sa *kit_sa(struct kit *k, uint32_t spi)
{
	const struct mip_sa *theirs = sa_find(&k->conf->sas, spi);
	struct mip_sa *sa = sa_find(&k->sas, spi);

	if (sa)
		return sa;
	assert_non_null(theirs);
	assert_int_equal(sa_new(spi, theirs->algorithm, theirs->key, theirs->key_len, &sa), 0);
	assert_int_equal(sa_set_add(&k->sas, sa), 0);
	return sa;
}

/* A good request of that router: forced UDP tunnel, 300 s, its own home address or none. */
static inline struct mip_request kit_request(struct kit *k, const char *name)
{
	const struct had_router *router = had_conf_router(k->conf, name, strlen(name));

	k->now += MS; /* no two are stamped alike */
	return (struct mip_request) {
		.flags = MIP_FLAG_D | MIP_FLAG_T,
		.lifetime = 300,
		.home_addr =
			addr_is_present(&router->home_addr) ? router->home_addr : ip("0.0.0.0"),
		.home_agent = ip("203.0.113.1"),
		.careof_addr = ip("198.51.100.7"),
		.ident = kit_stamp(k),
		.ext.nai = { .text = name, .len = (uint16_t)strlen(name) },
		.ext.udp_tunnel_request = { .present = true, .force = true },
	};
}

static inline void kit_multipath(struct mip_request *request, uint8_t bid)
{
	request->ext.multipath = (struct mip_multipath) {
		.present = true,
		.att = 1,
		.label = bid,
		.bid = bid,
	};
	request->ext.caps = (struct mip_caps) {
		.present = true,
		.version = MIP_CAPS_VERSION,
		.role = MIP_CAPS_ROUTER,
		.features = UINT32_MAX,
		.boot_id = 77,
	};
}

static inline void kit_order(struct mip_request *request, uint8_t first, uint8_t second)
{
	request->ext.flows[request->ext.n_flows++] = (struct mip_flow) {
		.action = MIP_FLOW_FORWARD,
		.n_bids = second ? 2 : 1,
		.bids = { first, second },
		.selector_format = 1,
		.catch_all = true,
	};
}

static inline void kit_ask_network(struct mip_request *request, const char *text)
{
	const struct mipm_prefix prefix = net(text);

	request->ext.network_requests[request->ext.n_network_requests++] =
		(struct mip_network_request) { .addr = prefix.addr, .len = prefix.len };
}

static inline void kit_octets(struct kit *k, const void *octets, size_t len, const char *from)
{
	struct mipm_msg msg = { .type = MIPM_SIG_IN, .body = &k->sent_sig };

	memmove(k->sent, octets, len);
	k->sent_len = len;
	k->sent_sig = (struct mipm_sig) {
		.kind = MIPM_SIG_UDP434,
		.local = at("203.0.113.1:434"),
		.remote = at(from),
		.link = 3,
		.payload = { .data = k->sent, .len = (uint32_t)len },
	};
	had_ops.input(k->had, k->now, &msg);
}

/* The reply to what was sent last, checked to be signed and turned round; NULL: none came. */
static inline struct mip_reply *kit_reply(struct kit *k, uint32_t spi)
{
	const struct kit_event *event = kit_last(k, MIPM_SIG_OUT);
	struct mipm_span octets;

	if (!event)
		return NULL;
	octets = event->sig.payload;
	assert_int_equal(mip_reply_parse(octets, &k->reply), MIP_VERDICT_OK);
	assert_int_equal(mac_verify(k->mac, kit_sa(k, spi), octets, &k->reply.ext.mn_ha), 0);
	assert_true(endpoint_equal(&event->sig.local, &k->sent_sig.local));
	assert_int_equal(event->sig.link, k->sent_sig.link);
	return &k->reply;
}

static inline struct mip_reply *kit_send_as(
	struct kit *k, const struct mip_request *request, uint32_t spi, const char *from)
{
	uint8_t octets[MIP_MESSAGE_MAX];
	size_t len, n = kit_count(k, MIPM_SIG_OUT);

	assert_int_equal(
		mip_request_build(request, k->mac, kit_sa(k, spi), octets, sizeof(octets), &len),
		0);
	kit_octets(k, octets, len, from);
	return kit_count(k, MIPM_SIG_OUT) > n ? kit_reply(k, spi) : NULL;
}

/* SPI by the router's name */
static inline struct mip_reply *kit_send(
	struct kit *k, const struct mip_request *request, const char *name, const char *from)
{
	const struct had_router *router = had_conf_router(k->conf, name, strlen(name));

	return kit_send_as(k, request, router->spis[0], from);
}

/* Sends it and gives the code; -1: silence. */
static inline int kit_code(
	struct kit *k, const struct mip_request *request, const char *name, const char *from)
{
	const struct mip_reply *reply = kit_send(k, request, name, from);

	return reply ? reply->code : -1;
}

#define HERE "198.51.100.7:434"

/* Registers that router plainly and expects success. */
static inline void kit_register(struct kit *k, const char *name)
{
	const struct mip_request request = kit_request(k, name);

	assert_int_equal(kit_code(k, &request, name, HERE), MIP_CODE_ACCEPTED);
}

/* the last BC_ADD */
static inline const struct mipm_bc *kit_bc(struct kit *k)
{
	struct kit_event *event = (struct kit_event *)kit_last(k, MIPM_BC_ADD);

	if (!event)
		return NULL;
	event->bc.paths = event->paths;
	event->bc.networks = event->networks;
	return &event->bc;
}

/* cmocka's set-up and tear-down */

static inline int kit_setup(void **state)
{
	struct kit *k = kit_new();

	kit_start(k);
	*state = k;
	return 0;
}

/* With a store in memory. */
static inline int kit_setup_store(void **state)
{
	struct kit *k = kit_new();

	k->has_store = true;
	kit_start(k);
	*state = k;
	return 0;
}

static inline int kit_teardown(void **state)
{
	*state = kit_free(*state);
	return 0;
}

#define KIT_TEST(fn)	   cmocka_unit_test_setup_teardown(fn, kit_setup, kit_teardown)
#define KIT_STORE_TEST(fn) cmocka_unit_test_setup_teardown(fn, kit_setup_store, kit_teardown)

#endif
