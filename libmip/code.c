/* SPDX-License-Identifier: BSD-2-Clause */
/* Registration Reply codes (RFC 5944 3.4 and those that extended it; table in mipv4.md 20). */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "libmip/code.h"

struct row {
	const char *name;
	const char *sentence;
};

/* clang-format off */
static const struct row rows[256] = {
	[0] = { "accepted", "registration accepted" },
	[1] = { "accepted-no-simultaneous", "accepted; simultaneous bindings are not supported" },
	[2] = { "concurrent-registration", "accepted while the peer's own request is pending" },

	[64] = { "fa-unspecified", "denied by the foreign agent, reason unspecified" },
	[65] = { "fa-prohibited", "administratively prohibited by the foreign agent" },
	[66] = { "fa-resources", "the foreign agent has insufficient resources" },
	[67] = { "fa-mn-auth", "the mobile node failed authentication at the foreign agent" },
	[68] = { "fa-ha-auth", "the home agent failed authentication at the foreign agent" },
	[69] = { "fa-lifetime", "the requested lifetime is too long for the foreign agent" },
	[70] = { "fa-poor-request", "the foreign agent found the request poorly formed" },
	[71] = { "fa-poor-reply", "the foreign agent found the reply poorly formed" },
	[72] = { "fa-encapsulation", "the foreign agent does not offer this encapsulation" },
	[73] = { "fa-reserved", "reserved code of an old header compression" },
	[74] = { "fa-reverse-tunnel", "the foreign agent does not offer reverse tunnels" },
	[75] = { "fa-reverse-required", "the foreign agent requires a reverse tunnel" },
	[76] = { "fa-too-distant", "the mobile node is too distant from the foreign agent" },
	[77] = { "fa-careof", "the care-of address is not one of the foreign agent" },
	[78] = { "fa-timeout", "the home agent did not answer the foreign agent in time" },
	[79] = { "fa-delivery-style", "the foreign agent does not offer this delivery style" },
	[80] = { "fa-home-network", "the home network is unreachable from the foreign agent" },
	[81] = { "fa-ha-host", "the home agent's host is unreachable from the foreign agent" },
	[82] = { "fa-ha-port", "the home agent's port is unreachable from the foreign agent" },
	[88] = { "fa-ha-unreachable", "the home agent is unreachable from the foreign agent" },
	[90] = { "fa-home-agent-required", "a home agent address that is not zero is required" },
	[96] = { "fa-home-address-required", "a home address that is not zero is required" },
	[97] = { "fa-nai-missing", "the reply lacks the NAI" },
	[98] = { "fa-home-agent-missing", "the reply lacks the home agent" },
	[99] = { "fa-home-address-missing", "the reply lacks the home address" },
	[100] = { "fa-cvse-mn", "vendor extension of the mobile node not understood" },
	[101] = { "fa-cvse-ha", "vendor extension of the home agent not understood" },
	[104] = { "fa-challenge-unknown", "the foreign agent does not know the challenge" },
	[105] = { "fa-challenge-missing", "the challenge is missing" },
	[106] = { "fa-challenge-stale", "the challenge is stale" },
	[107] = { "fa-key-missing", "a key extension is missing" },
	[108] = { "fa-mn-aaa", "the mobile node failed AAA authentication" },
	[109] = { "fa-ha-challenge", "the home agent returned another challenge" },
	[110] = { "replay-style", "the replay protection style is unavailable" },
	[111] = { "zero-careof", "a care-of address of zero is not supported" },
	[112] = { "gfa-unknown", "the gateway foreign agent is unknown" },
	[113] = { "gfa-network", "the gateway foreign agent's network is unreachable" },
	[114] = { "gfa-host", "the gateway foreign agent's host is unreachable" },
	[115] = { "gfa-port", "the gateway foreign agent's port is unreachable" },
	[127] = { "fa-experimental", "experimental code of a foreign agent" },

	[128] = { "unspecified", "denied by the home agent, reason unspecified" },
	[129] = { "prohibited", "administratively prohibited" },
	[130] = { "resources", "the home agent has insufficient resources" },
	[131] = { "mn-auth", "the mobile node failed authentication" },
	[132] = { "fa-auth", "the foreign agent failed authentication" },
	[133] = { "identification-mismatch", "the Identification is not fresh" },
	[134] = { "poorly-formed", "the request is poorly formed" },
	[135] = { "too-many-bindings", "too many simultaneous bindings" },
	[136] = { "unknown-home-agent", "unknown home agent address" },
	[137] = { "reverse-tunnel", "reverse tunnels are not available" },
	[138] = { "reverse-tunnel-required", "a reverse tunnel is required: set the T flag" },
	[139] = { "encapsulation", "the requested encapsulation is not available" },
	[140] = { "cvse-mn", "vendor extension of the mobile node not understood" },
	[141] = { "cvse-fa", "vendor extension of the foreign agent not understood" },
	[142] = { "udp-encapsulation", "the requested UDP tunnel encapsulation is not available" },
	[143] = { "redirected", "register with the home agent named in the reply" },
	[144] = { "mn-aaa", "the mobile node failed AAA authentication" },
	[145] = { "zero-careof-address", "a care-of address of zero is not accepted" },
	[146] = { "dynamic-gfa", "dynamic assignment of a gateway is not supported" },
	[147] = { "mobile-network", "none of the mobile networks was accepted" },
	[148] = { "mobile-router", "this node may not be a mobile router" },
	[149] = { "proxy-unsupported", "proxy registration is not supported" },
	[150] = { "proxy-disallowed", "proxy registration is not allowed" },
	[151] = { "service-authorization", "the service is not authorized" },
	[152] = { "multipath", "several bindings at once are not allowed" },
	[153] = { "flow-binding", "a flow names a binding identifier that does not exist" },
	[192] = { "experimental", "experimental code of a home agent" },

	[193] = { "no-home-registration", "there is no registration at the home agent" },
	[194] = { "fa-invalid-home-agent", "the home agent field names the foreign agent itself" },
	[201] = { "home-nonce-expired", "the home nonce has expired: repeat return routability" },
	[202] = { "careof-nonce-expired", "the care-of nonce has expired: repeat its test" },
	[203] = { "nonces-expired", "both nonces have expired: repeat return routability" },
};
/* clang-format on */

enum mip_code_origin mip_code_origin(uint8_t code)
{
	if (code <= 8)
		return MIP_CODE_ORIGIN_SUCCESS;
	if ((code >= 64 && code <= 127) || code == 194)
		return MIP_CODE_ORIGIN_FA;
	if (code >= 128 && code <= 192)
		return MIP_CODE_ORIGIN_HA;
	if (code >= 193 && code <= 200)
		return MIP_CODE_ORIGIN_GFA;
	return code >= 201 && code <= 210 ? MIP_CODE_ORIGIN_CR : MIP_CODE_ORIGIN_UNKNOWN;
}

bool mip_code_is_accepted(uint8_t code)
{
	return mip_code_origin(code) == MIP_CODE_ORIGIN_SUCCESS;
}

const char *mip_code_name(uint8_t code)
{
	return rows[code].name ? rows[code].name : "code";
}

const char *mip_code_sentence(uint8_t code)
{
	static const char *const by_origin[] = {
		[MIP_CODE_ORIGIN_UNKNOWN] = "a code that no RFC defines",
		[MIP_CODE_ORIGIN_SUCCESS] = "accepted, in a way that we do not know",
		[MIP_CODE_ORIGIN_FA] = "denied by the foreign agent",
		[MIP_CODE_ORIGIN_HA] = "denied by the home agent",
		[MIP_CODE_ORIGIN_GFA] = "denied by the gateway foreign agent",
		[MIP_CODE_ORIGIN_CR] = "denied by the correspondent router",
	};

	return rows[code].sentence ? rows[code].sentence : by_origin[mip_code_origin(code)];
}

int mip_code_parse(const char *text, uint8_t *out)
{
	unsigned value = 0;
	size_t i;

	for (i = 0; i < 256; i++) {
		if (rows[i].name && strcmp(rows[i].name, text) == 0) {
			*out = (uint8_t)i;
			return 0;
		}
	}
	for (i = 0; text[i] >= '0' && text[i] <= '9' && i < 3; i++)
		value = value * 10 + (unsigned)(text[i] - '0');
	if (i == 0 || text[i] || value > 255)
		return -EINVAL;
	*out = (uint8_t)value;
	return 0;
}
