/* SPDX-License-Identifier: BSD-2-Clause */
/* See dns.h. glibc's bounded parser reads what a stranger may have sent. */
#include "mnd/dns.h"

#include <arpa/nameser.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "libmip/cursor.h"

#define FLAG_RD	   0x0100
#define HEADER_LEN 12
#define CHAIN_MAX  8 /* aliases of aliases */

bool dns_name_is_good(const char *name)
{
	size_t label = 0, len = 0;

	for (; name[len]; len++) {
		label = name[len] == '.' ? 0 : label + 1;
		if ((name[len] == '.' && (len == 0 || name[len - 1] == '.')) || label > 63 ||
			!(isalnum((unsigned char)name[len]) || strchr("-.", name[len])))
			return false;
	}
	return len > 0 && len <= DNS_NAME_MAX;
}

static void write_name(struct mip_writer *w, const char *name)
{
	while (*name) {
		size_t len = strcspn(name, ".");

		mip_write_u8(w, (uint8_t)len);
		mip_write_octets(w, name, len);
		name += len + (name[len] == '.');
	}
	mip_write_u8(w, 0);
}

size_t dns_question(const char *name, uint16_t id, uint8_t buf[DNS_QUESTION_MAX])
{
	struct mip_writer w;

	if (!dns_name_is_good(name))
		return 0;
	mip_writer_init(&w, buf, DNS_QUESTION_MAX);
	mip_write_u16(&w, id);
	mip_write_u16(&w, FLAG_RD);
	mip_write_u16(&w, 1); /* questions */
	mip_write_u16(&w, 0);
	mip_write_u16(&w, 0);
	mip_write_u16(&w, 0);
	write_name(&w, name);
	mip_write_u16(&w, ns_t_a);
	mip_write_u16(&w, ns_c_in);
	return w.failed ? 0 : w.pos;
}

/* Names are equal whatever the case of their letters, and with or without the last dot. */
static bool is_name(const char *a, const char *b)
{
	size_t n = strlen(b);

	if (n > 0 && b[n - 1] == '.')
		n--;
	return strncasecmp(a, b, n) == 0 && (!a[n] || (a[n] == '.' && !a[n + 1]));
}

static bool answers(ns_msg *msg, const char *name, uint16_t id)
{
	ns_rr question;

	return ns_msg_id(*msg) == id && ns_msg_getflag(*msg, ns_f_qr) &&
	       ns_msg_getflag(*msg, ns_f_opcode) == ns_o_query &&
	       ns_msg_count(*msg, ns_s_qd) == 1 && ns_parserr(msg, ns_s_qd, 0, &question) == 0 &&
	       ns_rr_type(question) == ns_t_a && ns_rr_class(question) == ns_c_in &&
	       is_name(ns_rr_name(question), name);
}

static void note_ttl(struct dns_answer *out, const ns_rr *rr)
{
	if (ns_rr_ttl(*rr) < out->ttl_s)
		out->ttl_s = ns_rr_ttl(*rr);
}

static void add_address(struct dns_answer *out, const ns_rr *rr)
{
	struct mipm_addr addr = addr_from_octets(MIPM_IPV4, ns_rr_rdata(*rr));

	for (size_t i = 0; i < out->n_addrs; i++)
		if (addr_equal(&out->addrs[i], &addr))
			return;
	if (out->n_addrs == DNS_ADDRESSES_MAX || !addr_is_unicast(&addr))
		return;
	note_ttl(out, rr);
	out->addrs[out->n_addrs++] = addr;
}

/* The addresses of this very name; the alias that stands for it, if it has none. */
static bool read_records(ns_msg *msg, char name[NS_MAXDNAME], struct dns_answer *out)
{
	char alias[NS_MAXDNAME] = "";
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(*msg, ns_s_an); i++) {
		if (ns_parserr(msg, ns_s_an, i, &rr) != 0)
			return false;
		if (ns_rr_class(rr) != ns_c_in || !is_name(ns_rr_name(rr), name))
			continue;
		if (ns_rr_type(rr) == ns_t_a && ns_rr_rdlen(rr) == 4) {
			add_address(out, &rr);
		} else if (ns_rr_type(rr) == ns_t_cname && !*alias) {
			if (ns_name_uncompress(ns_msg_base(*msg), ns_msg_end(*msg), ns_rr_rdata(rr),
				    alias, sizeof(alias)) < 0)
				return false;
			note_ttl(out, &rr);
		}
	}
	strcpy(name, alias);
	return true;
}

static enum dns_result result_of(const ns_msg *msg, const struct dns_answer *out)
{
	int code = ns_msg_getflag(*msg, ns_f_rcode);

	if (code == ns_r_nxdomain)
		return DNS_NO_SUCH_NAME;
	if (code != ns_r_noerror)
		return DNS_REFUSED;
	return out->n_addrs ? DNS_ADDRESSES : DNS_NO_ADDRESS;
}

int dns_answer_parse(
	struct mipm_span datagram, const char *name, uint16_t id, struct dns_answer *out)
{
	char at[NS_MAXDNAME];
	ns_msg msg;

	*out = (struct dns_answer) { .ttl_s = UINT32_MAX };
	if (datagram.len < HEADER_LEN || datagram.len > NS_MAXMSG ||
		ns_initparse(datagram.data, (int)datagram.len, &msg) < 0 ||
		!answers(&msg, name, id))
		return -EBADMSG;
	strcpy(at, name);
	for (int i = 0; i < CHAIN_MAX && *at && out->n_addrs == 0; i++)
		if (!read_records(&msg, at, out))
			return -EBADMSG;
	out->result = result_of(&msg, out);
	return 0;
}
