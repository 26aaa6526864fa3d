/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

#include "libmip/cursor.h"

static void test_fields_are_read_in_network_order(void **state)
{
	struct wire wire = { .len = 0 };
	struct mip_reader r;

	wire_add(&wire, "01 0203 04050607 08090a0b0c0d0e0f c0000201");
	mip_reader_init(&r, wire_span(&wire));
	assert_int_equal(mip_read_u8(&r), 0x01);
	assert_int_equal(mip_read_u16(&r), 0x0203);
	assert_int_equal(mip_read_u32(&r), 0x04050607);
	assert_int_equal(mip_read_u64(&r), 0x08090a0b0c0d0e0f);
	assert_false(mip_read_is_done(&r));
	assert_int_equal(mip_read_v4(&r).octets[3], 1);
	assert_true(mip_read_is_done(&r));
}

static void test_a_read_past_the_end_gives_zeros_for_ever(void **state)
{
	struct wire wire = { .len = 0 };
	struct mip_reader r;

	wire_add(&wire, "ffffff");
	mip_reader_init(&r, wire_span(&wire));
	assert_int_equal(mip_read_u32(&r), 0);
	assert_true(r.failed);
	assert_int_equal(mip_read_left(&r), 0);
	assert_int_equal(mip_read_u8(&r), 0);
	assert_int_equal(mip_read_v4(&r).family, MIPM_NONE);
	assert_null(mip_read_span(&r, 0).data);
	assert_false(mip_read_is_done(&r));
}

static void test_a_length_that_would_overflow_fails(void **state)
{
	struct wire wire = { .len = 0 };
	struct mip_reader r;

	wire_add(&wire, "0102");
	mip_reader_init(&r, wire_span(&wire));
	mip_read_u8(&r);
	assert_null(mip_read_take(&r, SIZE_MAX));
	assert_true(r.failed);
}

static void test_a_sub_reader_cannot_leave_its_length(void **state)
{
	struct wire wire = { .len = 0 };
	struct mip_reader r, sub;

	wire_add(&wire, "02 aabb cc");
	mip_reader_init(&r, wire_span(&wire));
	sub = mip_read_sub(&r, mip_read_u8(&r));
	assert_int_equal(mip_read_u16(&sub), 0xaabb);
	assert_true(mip_read_is_done(&sub));
	assert_int_equal(mip_read_u8(&sub), 0);
	assert_true(sub.failed);
	assert_false(r.failed);
	assert_int_equal(mip_read_u8(&r), 0xcc);
	sub = mip_read_sub(&r, 1);
	assert_true(sub.failed && r.failed);
}

static void test_an_empty_reader_is_done(void **state)
{
	struct mip_reader r, sub;

	mip_reader_init(&r, (struct mipm_span) { 0 });
	assert_true(mip_read_is_done(&r));
	assert_int_equal(mip_read_rest(&r).len, 0);
	sub = mip_read_sub(&r, 0);
	assert_int_equal(mip_read_left(&sub), 0);
	mip_read_u8(&r);
	assert_true(r.failed);
}

static void test_what_is_written_can_be_read(void **state)
{
	struct mipm_addr addr = { MIPM_IPV4, { 192, 0, 2, 1 } }, read;
	uint8_t buf[19];
	struct mip_writer w;
	struct mip_reader r;

	mip_writer_init(&w, buf, sizeof(buf));
	mip_write_u8(&w, 0x12);
	mip_write_u16(&w, 0x3456);
	mip_write_u32(&w, 0x789abcde);
	mip_write_u64(&w, 0x0102030405060708);
	mip_write_v4(&w, &addr);
	assert_false(w.failed);
	assert_int_equal(w.pos, sizeof(buf));
	mip_reader_init(&r, (struct mipm_span) { buf, sizeof(buf) });
	assert_int_equal(mip_read_u8(&r), 0x12);
	assert_int_equal(mip_read_u16(&r), 0x3456);
	assert_int_equal(mip_read_u32(&r), 0x789abcde);
	assert_int_equal(mip_read_u64(&r), 0x0102030405060708);
	read = mip_read_v4(&r);
	assert_memory_equal(&read, &addr, sizeof(addr));
}

static void test_a_write_past_the_end_writes_nothing(void **state)
{
	uint8_t buf[4] = { 9, 9, 9, 9 };
	struct mip_writer w;

	mip_writer_init(&w, buf, 3);
	mip_write_u16(&w, 0);
	mip_write_u16(&w, 0);
	assert_true(w.failed);
	assert_int_equal(w.pos, 2);
	mip_write_u8(&w, 1);
	assert_int_equal(buf[2], 9);
}

static void test_ipv6_does_not_fit_four_octets(void **state)
{
	struct mipm_addr six = { .family = MIPM_IPV6 }, absent = { 0 };
	uint8_t buf[8];
	struct mip_writer w;

	mip_writer_init(&w, buf, sizeof(buf));
	mip_write_v4(&w, &absent);
	assert_false(w.failed);
	mip_write_v4(&w, &six);
	assert_true(w.failed);
}

static void test_writing_back_stays_within_what_was_written(void **state)
{
	uint8_t buf[8] = { 0 };
	struct mip_writer w;

	mip_writer_init(&w, buf, sizeof(buf));
	mip_write_u32(&w, 0);
	mip_write_back(&w, 1, 0xabcd, 2);
	assert_false(w.failed);
	assert_int_equal(buf[1], 0xab);
	assert_int_equal(buf[2], 0xcd);
	mip_write_back(&w, 3, 0, 2);
	assert_true(w.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_read_in_network_order),
		cmocka_unit_test(test_a_read_past_the_end_gives_zeros_for_ever),
		cmocka_unit_test(test_a_length_that_would_overflow_fails),
		cmocka_unit_test(test_a_sub_reader_cannot_leave_its_length),
		cmocka_unit_test(test_an_empty_reader_is_done),
		cmocka_unit_test(test_what_is_written_can_be_read),
		cmocka_unit_test(test_a_write_past_the_end_writes_nothing),
		cmocka_unit_test(test_ipv6_does_not_fit_four_octets),
		cmocka_unit_test(test_writing_back_stays_within_what_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
