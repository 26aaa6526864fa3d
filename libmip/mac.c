/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticators by libcrypto's EVP_MAC, with keyed contexts kept per security association. See
 * mac.h. This file and its tests are the only ones that know OpenSSL.
 */
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "libmip/cursor.h"
#include "libmip/mac.h"
#include "libmip/mip.h"

struct mac {
	EVP_MAC *hmac;
	struct list contexts; /* struct mac_context by its link; used last comes first */
	unsigned n_contexts;
	unsigned max_contexts;
};

struct mac_context {
	struct list link; /* mac.contexts */
	struct mac *mac;
	struct mip_sa *sa;
	EVP_MAC_CTX *keyed;
};

static const struct algorithm {
	char *digest;
	size_t len;
} algorithms[] = {
	[MIP_HMAC_MD5] = { (char *)"MD5", 16 },
	[MIP_HMAC_SHA1] = { (char *)"SHA1", 20 },
	[MIP_HMAC_SHA256] = { (char *)"SHA256", 32 },
};

int mac_new(unsigned max_contexts, struct mac **out)
{
	struct mac *mac = calloc(1, sizeof(*mac));

	if (!mac)
		return -ENOMEM;
	mac->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (!mac->hmac) {
		free(mac);
		return -ENOTSUP;
	}
	list_init(&mac->contexts);
	mac->max_contexts = max_contexts ? max_contexts : 1;
	*out = mac;
	return 0;
}

static void context_free(struct mac_context *context)
{
	list_remove(&context->link);
	context->mac->n_contexts--;
	context->sa->context = NULL;
	EVP_MAC_CTX_free(context->keyed); /* wipes the key */
	free(context);
}

struct mac *mac_free(struct mac *mac)
{
	if (!mac)
		return NULL;
	while (!list_is_empty(&mac->contexts))
		context_free(list_first(&mac->contexts, struct mac_context, link));
	EVP_MAC_free(mac->hmac);
	free(mac);
	return NULL;
}

void mac_forget(struct mip_sa *sa)
{
	if (sa->context)
		context_free(sa->context);
}

void mac_wipe(void *data, size_t len)
{
	OPENSSL_cleanse(data, len);
}

size_t mac_len(enum mip_algorithm algorithm)
{
	return algorithm <= MIP_HMAC_SHA256 ? algorithms[algorithm].len : 0;
}

static EVP_MAC_CTX *keyed_new(
	EVP_MAC *hmac, enum mip_algorithm algorithm, const uint8_t *key, size_t key_len)
{
	EVP_MAC_CTX *keyed = EVP_MAC_CTX_new(hmac);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_MAC_PARAM_DIGEST, algorithms[algorithm].digest, 0),
		OSSL_PARAM_construct_end(),
	};

	if (keyed && EVP_MAC_init(keyed, key, key_len, params) == 1)
		return keyed;
	EVP_MAC_CTX_free(keyed);
	return NULL;
}

/* A context for the association: the one used least recently is keyed anew if it has the same
 * digest, which costs a third of making one. NULL without memory. */
static struct mac_context *context_new(struct mac *mac, struct mip_sa *sa)
{
	struct mac_context *context = NULL;

	if (mac->n_contexts == mac->max_contexts) {
		context = list_last(&mac->contexts, struct mac_context, link);
		if (context->sa->algorithm != sa->algorithm ||
			EVP_MAC_init(context->keyed, sa->key, sa->key_len, NULL) != 1) {
			context_free(context);
			context = NULL;
		}
	}
	if (context) {
		list_remove(&context->link);
		context->sa->context = NULL;
		return context;
	}
	context = calloc(1, sizeof(*context));
	if (!context)
		return NULL;
	context->keyed = keyed_new(mac->hmac, sa->algorithm, sa->key, sa->key_len);
	if (!context->keyed) {
		free(context);
		return NULL;
	}
	context->mac = mac;
	mac->n_contexts++;
	return context;
}

/* The association's context, ready for data; NULL if there is none to be had. */
static EVP_MAC_CTX *context_begin(struct mac *mac, struct mip_sa *sa)
{
	struct mac_context *context = sa->context;

	if (context && context->mac == mac) {
		list_remove(&context->link);
		list_add_head(&mac->contexts, &context->link);
		return EVP_MAC_init(context->keyed, NULL, 0, NULL) == 1 ? context->keyed : NULL;
	}
	mac_forget(sa);
	context = context_new(mac, sa);
	if (!context)
		return NULL;
	context->sa = sa;
	sa->context = context;
	list_add_head(&mac->contexts, &context->link);
	return context->keyed;
}

int mac_compute(struct mac *mac, struct mip_sa *sa, struct mipm_span data, uint8_t digest[MAC_MAX])
{
	EVP_MAC_CTX *keyed = context_begin(mac, sa);
	size_t len = 0;

	if (!keyed || EVP_MAC_update(keyed, data.data, data.len) != 1 ||
		EVP_MAC_final(keyed, digest, &len, MAC_MAX) != 1 || len != mac_len(sa->algorithm))
		return -EIO;
	return 0;
}

int mac_seal(struct mac *mac, struct mip_sa *sa, struct mip_writer *w)
{
	size_t len = mac_len(sa->algorithm);
	uint8_t digest[MAC_MAX];
	int err;

	mip_write_u8(w, MIP_EXT_MN_HA_AUTH);
	mip_write_u8(w, (uint8_t)(4 + len));
	mip_write_u32(w, sa->spi);
	if (w->failed)
		return 0;
	err = mac_compute(
		mac, sa, (struct mipm_span) { .data = w->data, .len = (uint32_t)w->pos }, digest);
	if (err < 0)
		return err;
	mip_write_octets(w, digest, len);
	return 0;
}

int mac_verify(
	struct mac *mac, struct mip_sa *sa, struct mipm_span message, const struct mip_auth *auth)
{
	size_t len = mac_len(sa->algorithm);
	uint8_t digest[MAC_MAX];
	int err;

	if (!auth->present || auth->spi != sa->spi || auth->authenticator.len != len)
		return MAC_MISMATCH;
	if (auth->covered + len > message.len)
		return MAC_MISMATCH;
	err = mac_compute(
		mac, sa, (struct mipm_span) { .data = message.data, .len = auth->covered }, digest);
	if (err < 0)
		return err;
	return CRYPTO_memcmp(digest, message.data + auth->covered, len) == 0 ? 0 : MAC_MISMATCH;
}

struct mipm_span mac_signed_part(struct mipm_span message, const struct mip_auth *auth)
{
	size_t len = auth->covered + auth->authenticator.len;

	if (!auth->present || len > message.len)
		return (struct mipm_span) { 0 };
	return (struct mipm_span) { .data = message.data, .len = (uint32_t)len };
}

/* The zero octet in front keeps this apart from every message that the key ever signs (R4). */
int mac_report_key(struct mac *mac, const struct mip_sa *sa, struct mipm_span request,
	struct mipm_span reply, uint8_t key[MAC_REPORT_KEY_LEN])
{
	static const uint8_t label[] = "\0raiic report";
	EVP_MAC_CTX *keyed = keyed_new(mac->hmac, MIP_HMAC_SHA256, sa->key, sa->key_len);
	size_t len = 0;
	int err = 0;

	if (!keyed)
		return -EIO;
	if (EVP_MAC_update(keyed, label, sizeof(label) - 1) != 1 ||
		EVP_MAC_update(keyed, request.data, request.len) != 1 ||
		EVP_MAC_update(keyed, reply.data, reply.len) != 1 ||
		EVP_MAC_final(keyed, key, &len, MAC_REPORT_KEY_LEN) != 1)
		err = -EIO;
	EVP_MAC_CTX_free(keyed);
	return err;
}

int mac_report_tag(const uint8_t key[MAC_REPORT_KEY_LEN], struct mipm_span data,
	uint8_t tag[MAC_REPORT_TAG_LEN])
{
	uint8_t digest[MAC_MAX];
	size_t len = 0;

	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, MAC_REPORT_KEY_LEN, data.data,
		    data.len, digest, sizeof(digest), &len))
		return -EIO;
	memcpy(tag, digest, MAC_REPORT_TAG_LEN);
	return 0;
}

int mac_report_verify(const uint8_t key[MAC_REPORT_KEY_LEN], struct mipm_span data,
	const uint8_t tag[MAC_REPORT_TAG_LEN])
{
	uint8_t expected[MAC_REPORT_TAG_LEN];
	int err = mac_report_tag(key, data, expected);

	if (err < 0)
		return err;
	return CRYPTO_memcmp(expected, tag, sizeof(expected)) == 0 ? 0 : MAC_MISMATCH;
}
