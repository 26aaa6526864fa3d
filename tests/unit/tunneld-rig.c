/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tunneld-rig.h"
#include "tunneld/bc_record.h"

struct mipm_addr A(const char *text) {
	struct mipm_addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return addr;
}

struct mipm_prefix
P(const char *text) {
	struct mipm_prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

struct mipm_endpoint
E(const char *text) {
	struct mipm_endpoint endpoint;

	assert_int_equal(endpoint_parse(text, 434, &endpoint), 0);
	return endpoint;
}

/* What is emitted is its speaker's, lists and all. */
static struct mipm_bc *
copy_of(const struct mipm_bc *bc)
{
	struct bc_record *record = bc_record_new(bc);
	struct mipm_bc *copy = bc_record_read(record);

	free(record);
	return copy;
}

static void
emit(void *ctx, const char *to, uint16_t type, const void *body)
{
	struct rig *r = ctx;
	struct rig_said *s = &r->said[r->n_said++];
	size_t len = 0;

	assert_true(r->n_said <= RIG_MAX);
	free(s->lists);
	memset(s, 0, sizeof(*s));
	s->type = type;
	snprintf(s->to, sizeof(s->to), "%s", to ? to : "");
	switch (type) {
	case MIPM_TUN_STATE:
		len = sizeof(s->tun_state);
		break;
	case MIPM_PATH_SILENT:
		len = sizeof(s->silent);
		break;
	case MIPM_PROBE_IN:
		len = sizeof(s->probe_in);
		break;
	case MIPM_PATH_STATS:
		len = sizeof(s->stats);
		break;
	case MIPM_BE_HINT:
		len = sizeof(s->hint);
		break;
	case MIPM_BUL_ADD:
		len = sizeof(s->bul);
		break;
	case MIPM_BC_ADD:
		s->lists = copy_of(body);
		body = s->lists;
		len = sizeof(s->bc);
		break;
	}
	memcpy(&s->tun_state, body, len);
}

static void want_sigs(void *ctx, const struct mipm_sig_want *sigs, size_t n)
{
}

static void randomly(void *ctx, void *octets, size_t len)
{
	memset(octets, 0x5a, len);
}

static void send_packet(
	void *ctx, uint64_t now, struct fib_path *path, const uint8_t *packet, size_t len)
{
	struct rig *r = ctx;
	struct rig_sent *s = &r->sent[r->n_sent++];

	assert_true(r->n_sent <= RIG_MAX && len <= sizeof(s->packet));
	s->at = now;
	s->number = path->number;
	s->len = len;
	memcpy(s->packet, packet, len);
	fib_count(fib_counters_of(path->hop, 1), false, 1, (uint32_t)len, true, now);
}

static void claimed(void *ctx, const struct fib_claim *claim, bool on)
{
	struct rig *r = ctx;
	char text[PREFIX_TEXT_MAX];

	assert_true(r->n_claimed < RIG_MAX);
	snprintf(r->claimed[r->n_claimed++], sizeof(r->claimed[0]), "%s%s", on ? "+" : "-",
		prefix_print(&claim->prefix, text));
}

int rig_setup(void **state)
{
	struct mipm_endpoint agent = E("203.0.113.1:434"), v4 = E("0.0.0.0:434");
	struct rig *r = calloc(1, sizeof(*r));
	struct forwarder_config config = {
		.env = &r->env,
		.n_slots = 2,
		.ctx = r,
		.claimed = claimed,
		.send = send_packet,
	};

	r->env = (struct core_env) {
		.ctx = r, .emit = emit, .want_sigs = want_sigs, .random = randomly
	};
	r->now = RIG_START;
	assert_int_equal(forwarder_new(&r->f, &config), 0);
	assert_int_equal(forwarder_socket(r->f, r->now, 1, 0, &agent, 0), 0);
	assert_int_equal(forwarder_socket(r->f, r->now, 11, 11, &v4, 1500), 0);
	assert_int_equal(forwarder_socket(r->f, r->now, 12, 12, &v4, 1500), 0);
	agent.addr = A("203.0.113.1");
	assert_int_equal(fib_outer(&r->f->fib, &agent.addr, true), 0);
	rig_as(r, "had");
	*state = r;
	return 0;
}

int rig_teardown(void **state)
{
	struct rig *r = *state;

	forwarder_free(r->f);
	for (size_t i = 0; i < RIG_MAX; i++)
		free(r->said[i].lists);
	free(r);
	return 0;
}

void rig_as(struct rig *r, const char *role)
{
	r->from = (struct mipm_sender) { .name = role, .role = role, .boot_id = 1, .dump = 1 };
}

void rig_say(struct rig *r, uint16_t type, const void *body)
{
	struct mipm_msg msg = { .type = type, .id = 7, .from = &r->from, .body = body };

	assert_true(forwarder_input(r->f, r->now, &msg));
}

void rig_run(struct rig *r, uint64_t until)
{
	uint64_t at;

	while ((at = forwarder_next_wakeup(r->f)) <= until) {
		r->now = at > r->now ? at : r->now;
		forwarder_tick(r->f, r->now);
	}
	r->now = until;
}

const struct rig_said *rig_said(const struct rig *r, uint16_t type, size_t n)
{
	for (size_t i = 0; i < r->n_said; i++)
		if (r->said[i].type == type && n-- == 0)
			return &r->said[i];
	return NULL;
}

size_t rig_count(const struct rig *r, uint16_t type)
{
	size_t n = 0;

	while (rig_said(r, type, n))
		n++;
	return n;
}

void rig_forget(struct rig *r)
{
	r->n_said = r->n_sent = r->n_claimed = 0;
}

static uint16_t read_networks(const char *text, struct mipm_prefix *out)
{
	char copy[256], *rest = copy, *word;
	uint16_t n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, " ")))
		if (*word)
			out[n++] = P(word);
	return n;
}

/* Lists live until the next two calls. */
struct mipm_bc rig_bc(
	const char *home_addr, const char *networks, const char *remote1, const char *remote2)
{
	static struct mipm_prefix prefixes[2][8];
	static struct mipm_path paths[2][2];
	static int turn;
	struct mipm_bc bc = { .home_addr = A(home_addr), .home_agent = A("203.0.113.1") };
	const char *remotes[] = { remote1, remote2 };

	turn = !turn;
	bc.networks = prefixes[turn];
	bc.n_networks = read_networks(networks, prefixes[turn]);
	bc.paths = paths[turn];
	for (uint16_t i = 0; i < 2 && remotes[i]; i++)
		paths[turn][bc.n_paths++] = (struct mipm_path) {
			.number = (uint16_t)(i + 1),
			.encap = MIPM_ENCAP_UDP,
			.priority = i,
			.remote = E(remotes[i]),
			.local = E("203.0.113.1:434"),
		};
	return bc;
}

struct mipm_bul rig_bul(const char *home_addr, const char *networks, uint16_t number)
{
	static struct mipm_prefix prefixes[2][8];
	static int turn;
	struct mipm_bul bul = { .home_addr = A(home_addr), .peer = A("203.0.113.1") };

	turn = !turn;
	bul.networks = prefixes[turn];
	bul.n_networks = read_networks(networks, prefixes[turn]);
	bul.path = (struct mipm_path) {
		.number = number,
		.encap = MIPM_ENCAP_UDP,
		.remote = E("203.0.113.1:434"),
		.link = 10U + number,
	};
	return bul;
}

size_t rig_packet(uint8_t *out, const char *src, const char *dst)
{
	struct mipm_addr s = A(src), d = A(dst);
	size_t n = s.family == MIPM_IPV4 ? 20 : 40;

	assert_int_equal(s.family, d.family);
	memset(out, 0, n + 28);
	if (s.family == MIPM_IPV4) {
		out[0] = 0x45;
		put16(out + 2, 48);
		out[8] = 64;
		out[9] = INNER_UDP;
		memcpy(out + 12, s.octets, 4);
		memcpy(out + 16, d.octets, 4);
		put16(out + 10, checksum_fold(checksum_add(0, out, 20)));
	} else {
		out[0] = 0x60;
		put16(out + 4, 28);
		out[6] = INNER_UDP;
		out[7] = 64;
		memcpy(out + 8, s.octets, 16);
		memcpy(out + 24, d.octets, 16);
	}
	put16(out + n, 5000);
	put16(out + n + 2, 5001);
	put16(out + n + 4, 28);
	return n + 28;
}

static const char *verdict_text(enum fib_verdict verdict, const struct fib_hop *hop)
{
	static char text[32];

	if (verdict != FIB_OK)
		return fib_verdict_name(verdict);
	snprintf(text, sizeof(text), "ok %u", hop->number);
	return text;
}

const char *rig_out(const struct rig *r, const char *src, const char *dst)
{
	const struct fib_tunnel *tunnel;
	const struct fib_hop *hop;
	enum fib_verdict verdict;
	uint8_t packet[128];
	struct inner in;

	assert_true(inner_parse(packet, rig_packet(packet, src, dst), &in));
	verdict = fib_route(fib_domain(&r->f->fib, 0), &in, &hop, &tunnel);
	return verdict_text(verdict, hop);
}

const char *rig_in_packet(
	struct rig *r, uint32_t socket, const char *remote, const uint8_t *packet, size_t len)
{
	struct mipm_endpoint from = E(remote);
	struct admission_walk walk;
	enum fib_verdict verdict = FIB_STRANGER;
	struct fib_hop *hop;
	struct inner in;

	hop = admission_first(&r->f->fib.admission, socket, &from, &walk);
	if (hop && !inner_parse(packet, len, &in))
		return "malformed";
	for (; hop; hop = admission_next(&walk)) {
		verdict = fib_receive(hop, &in);
		if (verdict != FIB_SOURCE)
			break;
	}
	return verdict_text(verdict, hop);
}

const char *rig_in(
	struct rig *r, uint32_t socket, const char *remote, const char *src, const char *dst)
{
	uint8_t packet[128];
	size_t len = rig_packet(packet, src, dst);

	return rig_in_packet(r, socket, remote, packet, len);
}

void rig_traffic(struct rig *r, struct fib_path *p, bool in, bool keepalive)
{
	fib_count(fib_counters_of(p->hop, 0), in, 1, 100, keepalive, r->now);
}
