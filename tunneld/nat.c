/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table "raiic" of our own: nobody else's rules are read or changed. Networks stand in an
 * interval set, so that one more costs one element and no rule. An adopted table is flushed and
 * filled again in one transaction, which existing connections do not notice.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <nftables/libnftables.h>
#include "base/addr.h"
#include "base/log.h"
#include "tunneld/nat.h"

struct nat {
	struct nft_ctx *nft;
	struct log *log;
};

static int run(struct nat *n, const char *commands, bool may_fail)
{
	const char *text;

	if (nft_run_cmd_from_buffer(n->nft, commands) == 0)
		return 0;
	text = nft_ctx_get_error_buffer(n->nft);
	if (!may_fail)
		log_warnx(n->log, "nftables refused our table: %.200s", text ? text : "no reason");
	return -EIO;
}

static int make_table(struct nat *n, const struct tunneld_conf *conf)
{
	char p[PREFIX_TEXT_MAX], *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int r;

	if (!f)
		return -ENOMEM;
	fprintf(f,
		"add table ip raiic\n"
		"flush table ip raiic\n"
		"add set ip raiic sites { type ipv4_addr; flags interval; auto-merge; }\n"
		"flush set ip raiic sites\n"
		"add chain ip raiic post { type nat hook postrouting priority srcnat; }\n"
		"add rule ip raiic post oifname != \"%s\" ip saddr @sites masquerade\n",
		conf->device);
	if (conf->home_network.addr.family == MIPM_IPV4)
		fprintf(f, "add element ip raiic sites { %s }\n",
			prefix_print(&conf->home_network, p));
	for (size_t i = 0; i < conf->n_aggregates; i++)
		if (conf->aggregates[i].addr.family == MIPM_IPV4)
			fprintf(f, "add element ip raiic sites { %s }\n",
				prefix_print(&conf->aggregates[i], p));
	fclose(f);
	r = run(n, text, false);
	free(text);
	return r;
}

int nat_open(struct nat **out, const struct tunneld_conf *conf, struct log *log)
{
	struct nat *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return -ENOMEM;
	n->log = log;
	n->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!n->nft) {
		free(n);
		return -ENOMEM;
	}
	nft_ctx_buffer_error(n->nft);
	nft_ctx_buffer_output(n->nft);
	r = make_table(n, conf);
	if (r < 0) {
		nat_close(n, true);
		return r;
	}
	*out = n;
	return 0;
}

int nat_network(struct nat *n, const struct mipm_prefix *network, bool on)
{
	char p[PREFIX_TEXT_MAX], text[120];

	if (network->addr.family != MIPM_IPV4)
		return 0;
	prefix_print(network, p);
	snprintf(
		text, sizeof(text), "%s element ip raiic sites { %s }\n", on ? "add" : "delete", p);
	/* Removing what is not there is a success here, to nftables it is an error. */
	return run(n, text, !on) < 0 && on ? -EIO : 0;
}

void nat_close(struct nat *n, bool keep)
{
	if (!n)
		return;
	if (!keep)
		run(n, "delete table ip raiic\n", false);
	nft_ctx_free(n->nft);
	free(n);
}
