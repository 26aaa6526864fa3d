/* SPDX-License-Identifier: BSD-2-Clause */
/* A forwarder with everything it says and sends written down, and packets to feed it with. */
#ifndef TESTS_UNIT_TUNNELD_RIG_H
#define TESTS_UNIT_TUNNELD_RIG_H

#include "tests/support/unit.h"

#include "base/addr.h"
#include "tunneld/checksum.h"
#include "tunneld/encap.h"
#include "tunneld/forwarder.h"
#include "tunneld/mtu.h"

#define RIG_MAX	  64
#define RIG_S	  NSEC_PER_S
#define RIG_START (1000 * RIG_S)

struct rig_said {
	uint16_t type;
	char to[MIPSOCK_NAME_MAX]; /* "" = to all */
	union {
		struct mipm_tun_state tun_state;
		struct mipm_path_silent silent;
		struct mipm_probe_in probe_in;
		struct mipm_path_stats stats;
		struct mipm_be_hint hint;
		struct mipm_bul bul;
		struct mipm_bc bc;
	};
	struct mipm_bc *lists; /* what bc points into */
};

struct rig_sent {
	uint64_t at;
	uint16_t number;
	uint8_t packet[PROBE_PACKET_MAX];
	size_t len;
};

struct rig {
	struct core_env env;
	struct forwarder *f;
	uint64_t now;
	struct rig_said said[RIG_MAX];
	size_t n_said;
	struct rig_sent sent[RIG_MAX];
	size_t n_sent;
	char claimed[RIG_MAX][64]; /* "+10.7.0.0/24" */
	size_t n_claimed;
	struct mipm_sender from; /* of what is said next */
};

/* cmocka's set-up and tear-down: *state is a struct rig with a home agent's socket (number 1,
 * 203.0.113.1:434) and the sockets of two links (11 and 12, ifindex 11 and 12). */
int rig_setup(void **state);
int rig_teardown(void **state);

struct mipm_addr A(const char *text);
struct mipm_prefix P(const char *text);
struct mipm_endpoint E(const char *text);

/* Who speaks from now on: a role, with boot id 1 and dump number 1 if it is another one. */
void rig_as(struct rig *r, const char *role);
void rig_say(struct rig *r, uint16_t type, const void *body);
void rig_run(struct rig *r, uint64_t until); /* all that is due until then */

/* The n-th message of that type, or NULL. */
const struct rig_said *rig_said(const struct rig *r, uint16_t type, size_t n);
size_t rig_count(const struct rig *r, uint16_t type);
void rig_forget(struct rig *r);

/* A binding of home_addr with networks (space between) over one or two paths, as had says it. */
struct mipm_bc rig_bc(
	const char *home_addr, const char *networks, const char *remote1, const char *remote2);
/* One path of a router to 203.0.113.1 on link 10 + number, as mnd says it. */
struct mipm_bul rig_bul(const char *home_addr, const char *networks, uint16_t number);

/* UDP with 20 octets between two addresses of one family. */
size_t rig_packet(uint8_t *out, const char *src, const char *dst);

/* What the table says of it. Names of verdicts; "ok" is followed by the path's number: "ok 1". */
const char *rig_out(const struct rig *r, const char *src, const char *dst);
const char *rig_in(
	struct rig *r, uint32_t socket, const char *remote, const char *src, const char *dst);
const char *rig_in_packet(
	struct rig *r, uint32_t socket, const char *remote, const uint8_t *packet, size_t len);

/* As if a packet had gone by this path. */
void rig_traffic(struct rig *r, struct fib_path *p, bool in, bool keepalive);

#endif
