/* SPDX-License-Identifier: BSD-2-Clause */
/* Readers that take no lock, a writer that adds, moves and removes, and RCU between them. Says most
 * under ThreadSanitizer and AddressSanitizer. */
#include "tests/unit/tunneld-rig.h"

#include <pthread.h>
#include <urcu/urcu-memb.h>

#define TUNNELS 64
#define ROUNDS	300

static struct fib fib;
static struct fib_domain *domain;
static _Atomic bool done;

static void free_block(struct rcu_head *head)
{
	free(head);
}

static void retire(void *ctx, void *block)
{
	urcu_memb_call_rcu(block, free_block);
}

/* What a reader finds belongs together, whenever it looks. */
static void look(unsigned i)
{
	char src[32], dst[32];
	const struct fib_tunnel *tunnel;
	const struct fib_hop *hop;
	struct mipm_endpoint remote = E("192.0.2.1:434");
	struct admission_walk walk;
	uint8_t packet[128];
	struct inner in;

	snprintf(dst, sizeof(dst), "10.0.%u.5", i);
	snprintf(src, sizeof(src), "10.0.%u.5", i);
	remote.port = (uint16_t)(1000 + i);
	urcu_memb_read_lock();
	assert_true(inner_parse(packet, rig_packet(packet, "192.0.2.80", dst), &in));
	if (fib_route(domain, &in, &hop, &tunnel) == FIB_OK) {
		assert_int_equal(hop->tunnel->home_addr.octets[3], i);
		fib_count(fib_counters_of(hop, 0), false, 1, 100, false, 1);
	}
	assert_true(inner_parse(packet, rig_packet(packet, src, "192.0.2.80"), &in));
	hop = admission_first(&fib.admission, 1, &remote, &walk);
	if (hop && fib_receive(hop, &in) == FIB_OK)
		assert_int_equal(hop->remote.port % 1000, i);
	urcu_memb_read_unlock();
}

static void *reader(void *arg)
{
	unsigned i = (unsigned)(uintptr_t)arg;

	urcu_memb_register_thread();
	while (!atomic_load(&done))
		look(i++ % TUNNELS);
	urcu_memb_unregister_thread();
	return NULL;
}

static void add(unsigned i)
{
	struct mipm_addr home = A("10.255.0.0"), none = { 0 };
	struct fib_claim claim = { P("10.0.0.0/24"), FIB_CLAIM_FAR };
	struct fib_tunnel *t;
	struct fib_path *p;

	home.octets[3] = (uint8_t)i;
	claim.prefix.addr.octets[2] = (uint8_t)i;
	assert_int_equal(fib_tunnel_new(&fib, domain, &home, &none, false, &t), 0);
	for (uint16_t number = 1; number <= 2; number++) {
		assert_int_equal(fib_path_new(&fib, t, number, &p), 0);
		p->remote = E("192.0.2.1:434");
		p->remote.port = (uint16_t)(1000 * number + i);
		p->encap = MIPM_ENCAP_UDP;
		assert_int_equal(fib_path_publish(&fib, p, 1, 0), 0);
	}
	fib_tunnel_choose(t, p);
	assert_int_equal(fib_tunnel_claim(&fib, t, &claim, 1), 0);
}

static void change(struct fib_tunnel *t, unsigned round)
{
	struct fib_path *p = fib_path_find(t, 1 + round % 2);

	switch (round % 3) {
	case 0:
		fib_tunnel_choose(t, p);
		break;
	case 1:
		assert_int_equal(fib_path_publish(&fib, p, FIB_NONE, 0), 0);
		assert_int_equal(fib_path_publish(&fib, p, 1, 0), 0);
		break;
	case 2:
		fib_tunnel_remove(&fib, t);
		break;
	}
}

static void test_readers_never_see_half_a_change(void **state)
{
	const struct fib_config config = { .n_slots = 2, .seed = 7, .retire = retire };
	pthread_t threads[2];
	struct mipm_addr home = A("10.255.0.0"), none = { 0 };
	struct fib_tunnel *t;

	urcu_memb_register_thread();
	assert_int_equal(fib_init(&fib, &config), 0);
	domain = fib_domain(&fib, 0);
	for (uintptr_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, (void *)i), 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < TUNNELS; i++) {
			home.octets[3] = (uint8_t)i;
			t = fib_tunnel_find(&fib, 0, &home, &none);
			if (t)
				change(t, round + i);
			else
				add(i);
		}
	}
	atomic_store(&done, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	fib_fini(&fib);
	urcu_memb_barrier();
	urcu_memb_unregister_thread();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readers_never_see_half_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
