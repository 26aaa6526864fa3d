/* SPDX-License-Identifier: BSD-2-Clause */
/* A data plane with what tunneld puts around it: a forwarding table with one router's tunnel, a
 * group of sockets on the loopback, that router's own socket and a stranger's, and everything the
 * plane tells. */
#ifndef TESTS_UNIT_DATAPLANE_RIG_H
#define TESTS_UNIT_DATAPLANE_RIG_H

#include "tests/unit/tunneld-rig.h"

#include "tunneld/dataplane.h"

#define DP_RIG_WORKERS 2
#define DP_RIG_DEVICE  "raiictest0"
#define DP_RIG_BOOT_ID 77

/* Inner addresses: a host behind the router, the router's and the home agent's ends of keepalives,
 * and this host's on the device. */
#define DP_RIG_FAR_HOST "10.7.0.5"
#define DP_RIG_FAR	"10.7.0.1"
#define DP_RIG_NEAR	"10.9.0.2"
#define DP_RIG_HERE	"10.9.0.1"

struct dp_rig {
	const struct dataplane *plane;
	void *dp; /* NULL: not open */
	struct fib fib;
	struct fib_tunnel *tunnel;
	struct fib_path *path;
	struct udp *udp;
	struct udp_group *group;
	struct dp_config config;

	int router, stranger; /* outer sockets of others */
	int host;	      /* on this host at the device, or -1 */
	struct mipm_endpoint router_at, stranger_at;

	/* what the plane told */
	bool is_asked; /* within ready() */
	uint64_t n_strangers, n_missed, n_answers, n_gone, n_down;
	uint32_t stranger_socket, stranger_octets, answer_path;
	struct mipm_endpoint stranger_remote;
	struct mipm_addr stranger_inner;
	struct probe answer;
};

struct dp_promise {
	const char *name;
	void (*test)(void **state);
};

#define DP_PROMISE(name)                                                                           \
	{                                                                                          \
#name, test_##name                                                                 \
	}

/* Of planes that move packets: dataplane-packets.c's. */
extern const struct dp_promise dp_packets[];
extern const size_t dp_n_packets;

/* Into a network namespace of its own, with what a device needs. NULL, or why that cannot be. */
const char *dp_rig_privileges(void);

/* cmocka's set-up and tear-down: *state is a plane before the one and a struct dp_rig between
 * them; the plane is not open. */
int dp_rig_setup(void **state);
int dp_rig_teardown(void **state);

/* What may go wrong says cmocka. */
void dp_rig_open(struct dp_rig *r);
void dp_rig_start(struct dp_rig *r); /* opens as well, and gives it the group */
void dp_rig_close(struct dp_rig *r, bool keep);
struct dp_stats dp_rig_stats(const struct dp_rig *r);

bool dp_rig_has_device(void);
void dp_rig_device_up(void); /* with its address and a route to the host behind the router */
void dp_rig_device_down(void);
void dp_rig_device_delete(void);

/* A UDP socket that does not block, and where it is (may be NULL). */
int dp_rig_socket(const char *addr, uint16_t port, struct mipm_endpoint *got);

/* Entries of a folder of /proc/self: "fd", "task". */
size_t dp_rig_count(const char *folder);

/* A datagram of tunnel data around this inner packet to the group. */
void dp_rig_send(const struct dp_rig *r, int from, const uint8_t *inner, size_t len);

/* Waits a moment for the plane and hears what it has to tell. */
void dp_rig_turn(struct dp_rig *r);

#define DP_RIG_TURNS 5000 /* of a millisecond or less */

#define DP_RIG_UNTIL(r, condition)                                                                 \
	do {                                                                                       \
		int turns = 0;                                                                     \
                                                                                                   \
		while (!(condition)) {                                                             \
			assert_true(turns < DP_RIG_TURNS);                                         \
			dp_rig_turn(r);                                                            \
			turns++;                                                                   \
		}                                                                                  \
	} while (0)

#endif
