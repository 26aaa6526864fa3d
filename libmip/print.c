/* SPDX-License-Identifier: BSD-2-Clause */
/* One line per message, by walking the same rows that parse it. See print.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "libmip/code.h"
#include "libmip/ext.h"
#include "libmip/message.h"
#include "libmip/print.h"
#include "libmip/tunnel_data.h"

void text_init(struct text *text, char *buf, size_t size)
{
	*text = (struct text) { .buf = buf, .size = size };
	if (size > 0)
		buf[0] = '\0';
}

void text_add(struct text *text, const char *fmt, ...)
{
	va_list args;
	int n;

	if (text->cut || text->size == 0)
		return;
	va_start(args, fmt);
	n = vsnprintf(text->buf + text->len, text->size - text->len, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= text->size - text->len)
		text->cut = true;
	else
		text->len += (size_t)n;
}

void text_add_quoted(struct text *text, struct mipm_str str)
{
	text_add(text, "\"");
	for (unsigned i = 0; i < str.len; i++) {
		char c = str.text[i];

		text_add(text, "%c", c >= ' ' && c <= '~' && c != '"' ? c : '?');
	}
	text_add(text, "\"");
}

const char *text_end(struct text *text)
{
	if (text->cut && text->size > 3)
		memcpy(text->buf + text->size - 4, "...", 4);
	return text->buf;
}

static void add_lifetime(struct text *text, uint16_t lifetime)
{
	if (lifetime == MIP_LIFETIME_INFINITE)
		text_add(text, " lifetime infinite");
	else
		text_add(text, " lifetime %u", lifetime);
}

static void add_ident(struct text *text, uint64_t ident)
{
	text_add(text, " ident %08x.%08x", (unsigned)(ident >> 32), (unsigned)(ident & UINT32_MAX));
}

static void add_flags(struct text *text, uint8_t flags)
{
	static const char letters[] = "SBDMGrTx";

	text_add(text, " flags ");
	for (unsigned i = 0; i < 8; i++)
		if (flags & (0x80 >> i))
			text_add(text, "%c", letters[i]);
	if (flags == 0)
		text_add(text, "none");
}

static void add_addr(struct text *text, const char *word, const struct mipm_addr *addr)
{
	char buf[ADDR_TEXT_MAX];

	text_add(text, " %s %s", word, addr_print(addr, buf));
}

/* What is decoded, then the names of what is only recorded. */
static void add_exts(struct text *text, const struct mip_exts *exts)
{
	for (size_t i = 0; i < ext_table_len; i++)
		if (ext_table[i].print)
			ext_table[i].print(text, exts);
	for (size_t i = 0; i < exts->n_exts; i++) {
		const struct ext_desc *desc = ext_find(&exts->exts[i]);

		if (desc && !desc->parse)
			text_add(text, " [%s%s]", desc->name,
				exts->exts[i].after_auth ? ", after MN-HA" : "");
	}
	if (exts->n_skipped > 0)
		text_add(text, " skipped %u", exts->n_skipped);
}

static void add_request(struct text *text, const struct mip_request *request)
{
	text_add(text, "%s", mip_message_name(MIP_REGISTRATION_REQUEST));
	add_addr(text, "home", &request->home_addr);
	add_addr(text, "agent", &request->home_agent);
	add_addr(text, "care-of", &request->careof_addr);
	add_lifetime(text, request->lifetime);
	add_flags(text, request->flags);
	add_ident(text, request->ident);
	add_exts(text, &request->ext);
}

static void add_reply(struct text *text, const struct mip_reply *reply)
{
	text_add(text, "%s code %u %s", mip_message_name(MIP_REGISTRATION_REPLY), reply->code,
		mip_code_name(reply->code));
	add_addr(text, "home", &reply->home_addr);
	add_addr(text, "agent", &reply->home_agent);
	add_lifetime(text, reply->lifetime);
	add_ident(text, reply->ident);
	add_exts(text, &reply->ext);
}

static void add_revocation(struct text *text, const struct mip_revocation *revocation)
{
	text_add(text, "%s%s%s", mip_message_name(MIP_REVOCATION),
		revocation->from_home_agent ? " from the home agent" : "",
		revocation->inform ? " inform" : "");
	add_addr(text, "home", &revocation->home_addr);
	add_addr(text, "agent", &revocation->home_agent);
	add_addr(text, "care-of", &revocation->careof_addr);
	text_add(text, " ident %08x", revocation->ident);
	add_exts(text, &revocation->ext);
}

static void add_revocation_ack(struct text *text, const struct mip_revocation_ack *ack)
{
	text_add(text, "%s%s", mip_message_name(MIP_REVOCATION_ACK), ack->inform ? " inform" : "");
	add_addr(text, "home", &ack->home_addr);
	text_add(text, " ident %08x", ack->ident);
	add_exts(text, &ack->ext);
}

static void add_tunnel_data(struct text *text, struct mipm_span datagram)
{
	struct tunnel_data data;
	struct mipm_span inner;
	enum tunnel_data_verdict verdict = tunnel_data_parse(datagram, &data, &inner);

	text_add(text, "%s next header %u", mip_message_name(MIP_TUNNEL_DATA), data.next_header);
	if (data.has_key)
		text_add(text, " path %u count %u", tunnel_data_path(data.key),
			tunnel_data_path_count(data.key));
	if (data.has_sequence)
		text_add(text, " number %u", data.sequence);
	text_add(text, " inner %u octets", inner.len);
	if (verdict)
		text_add(text, " (%s)", tunnel_data_verdict_name(verdict));
}

const char *mip_print_request(const struct mip_request *request, char *buf, size_t size)
{
	struct text text;

	text_init(&text, buf, size);
	add_request(&text, request);
	return text_end(&text);
}

const char *mip_print_reply(const struct mip_reply *reply, char *buf, size_t size)
{
	struct text text;

	text_init(&text, buf, size);
	add_reply(&text, reply);
	return text_end(&text);
}

const char *mip_print(struct mipm_span datagram, char *buf, size_t size)
{
	struct mip_message message;
	int verdict = mip_message_parse(datagram, &message);
	struct text text;

	text_init(&text, buf, size);
	switch (message.type) {
	case MIP_REGISTRATION_REQUEST:
		add_request(&text, &message.request);
		break;
	case MIP_REGISTRATION_REPLY:
		add_reply(&text, &message.reply);
		break;
	case MIP_REVOCATION:
		add_revocation(&text, &message.revocation);
		break;
	case MIP_REVOCATION_ACK:
		add_revocation_ack(&text, &message.revocation_ack);
		break;
	case MIP_TUNNEL_DATA:
		add_tunnel_data(&text, datagram);
		return text_end(&text);
	default:
		text_add(&text, "%s type %u, %u octets", mip_message_name(message.type),
			message.type, datagram.len);
		return text_end(&text);
	}
	if (verdict)
		text_add(&text, " (%s)", mip_verdict_name((enum mip_verdict)verdict));
	return text_end(&text);
}
