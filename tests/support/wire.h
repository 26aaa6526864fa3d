/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets written as hex in tests: blanks are for the eye. */
#ifndef TESTS_SUPPORT_WIRE_H
#define TESTS_SUPPORT_WIRE_H

#include "libmipsock/mipsock_addr.h"
#include "tests/support/unit.h"

struct wire {
	uint8_t octets[4096];
	size_t len;
};

static inline void wire_add(struct wire *wire, const char *hex)
{
	unsigned octet;

	for (; *hex; hex += *hex == ' ' ? 1 : 2) {
		if (*hex == ' ')
			continue;
		assert_int_equal(sscanf(hex, "%2x", &octet), 1);
		assert_true(wire->len < sizeof(wire->octets));
		wire->octets[wire->len++] = (uint8_t)octet;
	}
}

static inline struct mipm_span wire_span(const struct wire *wire)
{
	return (struct mipm_span) { .data = wire->octets, .len = (uint32_t)wire->len };
}

/* Fixed parts: D and T, 300 s, home 10.200.0.7, agent 203.0.113.1, care-of 198.51.100.77. */
#define WIRE_REQUEST "01 22 012c 0ac80007 cb007101 c633644d e9dcad4001020304 "
#define WIRE_REPLY   "03 00 012c 0ac80007 cb007101 e9dcad4001020304 "

/* An MN-HA extension of SPI 1009 with a digest of the right length that is wrong. */
#define WIRE_MN_HA "20 14 000003f1 00112233445566778899aabbccddeeff "

static inline void wire_set(struct wire *wire, const char *hex)
{
	wire->len = 0;
	wire_add(wire, hex);
}

#endif
