/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that each invariant can fail: breaks on purpose what it is about, and sees it violated. */
#ifndef TESTS_SIM_SELFTEST_H
#define TESTS_SIM_SELFTEST_H

/* TAP, with its plan; returns how many breaks nobody noticed. */
unsigned selftest(void);

#endif
