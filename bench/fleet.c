/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address plan: home addresses 10.0.0.0/15, mobile networks (/26) from 10.128.0.0, care-of
 * addresses from 100.64.0.0 (path 0) and 100.96.0.0 (path 1).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "bench/fleet.h"
#include "libmip/code.h"

#define HOME_FIRST    0x0a000000U
#define NETWORK_FIRST 0x0a800000U
#define NETWORK_LEN   26
#define CAREOF_FIRST  0x64400000U
#define CAREOF_STEP   0x00200000U /* between the paths of one router */
#define SPI_FIRST     1000U
#define KEY_LEN	      32
#define NAME_MAX_LEN  32

static uint32_t home_of(uint32_t router)
{
	return HOME_FIRST + router;
}

static struct mipm_addr network_of(uint32_t router)
{
	return addr_from_v4(NETWORK_FIRST + (router << (32 - NETWORK_LEN)));
}

struct mipm_addr fleet_careof(uint32_t router, unsigned path)
{
	return addr_from_v4(CAREOF_FIRST + path * CAREOF_STEP + router);
}

static int name_of(uint32_t router, char name[NAME_MAX_LEN])
{
	return snprintf(name, NAME_MAX_LEN, "site%06u@example.net", (unsigned)router);
}

static void key_of(uint32_t router, uint8_t key[KEY_LEN])
{
	for (uint64_t i = 0; i < KEY_LEN / 8; i++) {
		uint64_t word = table_mix((uint64_t)router << 8 | (i + 1));

		memcpy(key + 8 * i, &word, 8);
	}
}

int fleet_open(struct fleet *f, uint32_t n)
{
	uint8_t key[KEY_LEN];
	int rc;

	*f = (struct fleet) { 0 };
	if (n == 0 || n > FLEET_MAX)
		return -EINVAL;
	f->sas = calloc(n, sizeof(struct mip_sa *));
	rc = f->sas ? mac_new(MAC_CONTEXTS_DEFAULT, &f->mac) : -ENOMEM;
	for (uint32_t i = 0; i < n && rc == 0; i++, f->n++) {
		key_of(i, key);
		rc = sa_new(SPI_FIRST + i, MIP_HMAC_SHA256, key, sizeof(key), &f->sas[i]);
	}
	return rc;
}

void fleet_close(struct fleet *f)
{
	for (uint32_t i = 0; i < f->n; i++)
		sa_free(f->sas[i]);
	free(f->sas);
	mac_free(f->mac);
}

/* files */

static void write_router(FILE *file, const struct fleet *f, uint32_t router)
{
	struct mipm_addr home = addr_from_v4(home_of(router)), network = network_of(router);
	char name[NAME_MAX_LEN], text[ADDR_TEXT_MAX], site[ADDR_TEXT_MAX];

	name_of(router, name);
	fprintf(file, "%s %u %s %s/%u\n", name, (unsigned)f->sas[router]->spi,
		addr_print(&home, text), addr_print(&network, site), NETWORK_LEN);
}

static void write_key(FILE *file, const struct fleet *f, uint32_t router)
{
	const struct mip_sa *sa = f->sas[router];

	fprintf(file, "%u %s ", (unsigned)sa->spi, mip_algorithm_name(sa->algorithm));
	for (size_t i = 0; i < sa->key_len; i++)
		fprintf(file, "%02x", sa->key[i]);
	fputc('\n', file);
}

static int write_file(const struct fleet *f, const char *dir, const char *name,
	void (*write_line)(FILE *file, const struct fleet *f, uint32_t router))
{
	char path[4096];
	FILE *file;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return -errno;
	for (uint32_t i = 0; i < f->n; i++)
		write_line(file, f, i);
	return fclose(file) == 0 ? 0 : -errno;
}

int fleet_write(const struct fleet *f, const char *dir)
{
	int rc = write_file(f, dir, "routers", write_router);

	return rc ? rc : write_file(f, dir, "keys", write_key);
}

/* messages */

static void ask_own(struct mip_exts *ext, unsigned path)
{
	ext->multipath = (struct mip_multipath) {
		.present = true, .att = 3, .label = 1, .bid = (uint8_t)(1 + path)
	};
	ext->n_flows = 1;
	ext->flows[0] = (struct mip_flow) {
		.action = MIP_FLOW_FORWARD,
		.n_bids = FLEET_PATHS,
		.bids = { 1, 2 },
		.selector_format = 1,
		.catch_all = true,
	};
	ext->caps = (struct mip_caps) {
		.present = true,
		.version = MIP_CAPS_VERSION,
		.role = MIP_CAPS_ROUTER,
		.features = MIP_FEATURE_OBSERVED_ADDRESS | MIP_FEATURE_MULTIPATH,
		.boot_id = 1,
	};
}

int fleet_request(
	struct fleet *f, uint32_t router, unsigned path, uint64_t ident, uint8_t *buf, size_t size)
{
	char name[NAME_MAX_LEN];
	struct mip_request request = {
		.flags = MIP_FLAG_D | MIP_FLAG_T,
		.lifetime = FLEET_LIFETIME,
		.home_addr = addr_from_v4(home_of(router)),
		.home_agent = addr_from_v4(FLEET_HOME_AGENT),
		.careof_addr = fleet_careof(router, path),
		.ident = ident,
		.ext.nai = { name, (uint16_t)name_of(router, name) },
		.ext.udp_tunnel_request = { .present = true, .force = true },
		.ext.n_network_requests = 1,
	};
	size_t len = 0;
	int rc;

	request.ext.network_requests[0] =
		(struct mip_network_request) { network_of(router), NETWORK_LEN };
	ask_own(&request.ext, path);
	rc = mip_request_build(&request, f->mac, f->sas[router], buf, size, &len);
	return rc < 0 ? rc : (int)len;
}

enum fleet_verdict fleet_judge(struct fleet *f, struct mipm_span octets, uint32_t *router)
{
	struct mip_reply reply;

	if (mip_reply_parse(octets, &reply) != MIP_VERDICT_OK)
		return FLEET_FORGED;
	*router = addr_to_v4(&reply.home_addr) - HOME_FIRST;
	if (*router >= f->n || mac_verify(f->mac, f->sas[*router], octets, &reply.ext.mn_ha) != 0)
		return FLEET_FORGED;
	return mip_code_is_accepted(reply.code) ? FLEET_ACCEPTED : FLEET_REFUSED;
}
