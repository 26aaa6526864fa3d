/* SPDX-License-Identifier: BSD-2-Clause */
/* The examples of the protocol pages, given to a home agent as they stand on the wire. */
#include "tests/unit/had-kit.h"

#include "tests/support/vectors.h"

#define RECEIVER_OWN   0xe9dcad40U /* the time in our own vectors, seconds of NTP */
#define RECEIVER_MIPV4 UINT64_C(1714564800)

static void kit_at(struct kit *k, uint64_t unix_s)
{
	k->env.wall_offset = unix_s * S - k->now - S;
	kit_checked(k->conf);
	kit_start(k);
	k->now -= MS; /* stamps of the vectors are of after our start */
}

static void add_key(struct kit *k, uint32_t spi, enum mip_algorithm algorithm, size_t len)
{
	uint8_t key[32];
	struct mip_sa *sa;

	for (size_t i = 0; i < len; i++)
		key[i] = (uint8_t)i;
	assert_int_equal(sa_new(spi, algorithm, key, len, &sa), 0);
	assert_int_equal(sa_set_add(&k->conf->sas, sa), 0);
}

static struct had_conf *empty_conf(const char *home_agent)
{
	struct had_conf *conf;

	assert_int_equal(had_conf_new(&conf), 0);
	conf->home_agents = calloc(1, sizeof(*conf->home_agents));
	conf->home_agents[conf->n_home_agents++] = ip(home_agent);
	conf->listen = calloc(1, sizeof(*conf->listen)); /* where the kit sends */
	conf->listen[conf->n_listen++] = ip("203.0.113.1");
	return conf;
}

/* Those of mipv4.md section 24: site7 with SPI 1007. */
static struct kit *own_kit(void)
{
	struct kit *k = kit_new();

	k->conf = empty_conf("203.0.113.1");
	k->conf->caps = 0xc0f;
	add_key(k, 1007, MIP_HMAC_SHA256, 32);
	kit_add(k->conf, "site7", 1007, "10.200.0.7");
	kit_at(k, RECEIVER_OWN - UINT64_C(2208988800));
	k->had->boot_id = 0x0a0b0c0d;
	return k;
}

static void give(struct kit *k, const char *file, const char *id, const char *from)
{
	uint8_t octets[MIP_MESSAGE_MAX];
	json_t *root = vectors_load(file);
	size_t len = vector_octets(vectors_find(root, id), "hex", octets, sizeof(octets));

	kit_octets(k, octets, len, from);
	json_decref(root);
}

static void test_o01_is_answered_by_o02(void **state)
{
	struct kit *k = own_kit();
	uint8_t expected[MIP_MESSAGE_MAX];
	json_t *root = vectors_load("vectors-own.json");
	size_t len = vector_octets(
		vectors_find(root, "o02-rrp-caps-sha256"), "hex", expected, sizeof(expected));
	const struct kit_event *event;

	give(k, "vectors-own.json", "o01-rrq-caps-sha256", "203.0.113.77:40321");
	event = kit_last(k, MIPM_SIG_OUT);
	assert_non_null(event);
	assert_int_equal(event->sig.payload.len, len);
	expected[31] |= 0x80; /* o02 answers a request without F, RFC 3519 3.2 */
	assert_memory_equal(event->payload, expected, len - 32);
	kit_reply(k, 1007); /* the authenticator */
	json_decref(root);
	kit_free(k);
}

static void test_o05_registers_a_path_and_its_order(void **state)
{
	struct kit *k = own_kit();

	give(k, "vectors-own.json", "o05-rrq-multipath", "203.0.113.77:40321");
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_int_equal(kit_bc(k)->paths[0].number, 2);
	assert_int_equal(kit_bc(k)->paths[0].priority, 0);
	kit_free(k);
}

static void test_o11_and_o12_change_nothing(void **state)
{
	struct kit *k = own_kit();

	give(k, "vectors-own.json", "o11-rrq-bitflip", "203.0.113.77:40321");
	assert_int_equal(k->had->counters.codes[131], 1);
	give(k, "vectors-own.json", "o12-rrq-short-digest", "198.51.100.77:434");
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
	assert_int_equal(kit_counter(k, COUNT_AUTHENTICATION_FAILED) +
				 kit_counter(k, COUNT_UNKNOWN_IDENTITY),
		2);
	kit_free(k);
}

/* Those of the RFCs, context A. */
static struct kit *rfc_kit(void)
{
	struct kit *k = kit_new();
	struct had_router *router;

	k->conf = empty_conf("192.0.2.10");
	add_key(k, 4096, MIP_HMAC_MD5, 16);
	router = kit_add(k->conf, "mr1@site.example.net", 4096, "172.31.0.2");
	kit_grant(router, "192.168.77.0/24");
	kit_at(k, RECEIVER_MIPV4 - 5);
	k->now += 5 * S;
	return k;
}

static int code(struct kit *k, const char *id, const char *from)
{
	size_t n = kit_count(k, MIPM_SIG_OUT);
	const struct kit_event *event;

	give(k, "vectors-mipv4.json", id, from);
	event = kit_last(k, MIPM_SIG_OUT);
	return kit_count(k, MIPM_SIG_OUT) > n ? event->payload[1] : -1;
}

static void test_s03_gets_a_tunnel_its_address_and_its_network(void **state)
{
	struct kit *k = rfc_kit();

	assert_int_equal(code(k, "s03-rrq-full", "203.0.113.9:61001"), 0);
	assert_int_equal(kit_bc(k)->paths[0].nat, 1);
	assert_int_equal(kit_bc(k)->home_addr.octets[0], 172);
	assert_int_equal(kit_bc(k)->n_networks, 1);
	kit_free(k);
}

static void test_s01_and_s15_want_a_tunnel_that_we_lack(void **state)
{
	struct kit *k = rfc_kit();

	assert_int_equal(code(k, "s01-rrq-basic", "198.51.100.77:40000"),
		MIP_CODE_ENCAPSULATION_UNAVAILABLE);
	kit_free(k);
	k = rfc_kit();
	assert_int_equal(code(k, "s15-unknown-skippable", "198.51.100.77:40000"),
		MIP_CODE_ENCAPSULATION_UNAVAILABLE);
	kit_free(k);
}

static void test_s06_ends_all(void **state)
{
	struct kit *k = rfc_kit();

	assert_int_equal(code(k, "s06-rrq-dereg-all", "198.51.100.77:40000"), 0);
	kit_free(k);
}

static void test_s14_and_s16_get_silence(void **state)
{
	struct kit *k = rfc_kit();

	assert_int_equal(code(k, "s14-unknown-nonskippable", "198.51.100.77:40000"), -1);
	assert_int_equal(code(k, "s16-truncated-tlv", "198.51.100.77:40000"), -1);
	kit_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_o01_is_answered_by_o02),
		cmocka_unit_test(test_o05_registers_a_path_and_its_order),
		cmocka_unit_test(test_o11_and_o12_change_nothing),
		cmocka_unit_test(test_s03_gets_a_tunnel_its_address_and_its_network),
		cmocka_unit_test(test_s01_and_s15_want_a_tunnel_that_we_lack),
		cmocka_unit_test(test_s06_ends_all),
		cmocka_unit_test(test_s14_and_s16_get_silence),
	};

	return cmocka_run_group_tests_name("had-vectors", tests, NULL, NULL);
}
