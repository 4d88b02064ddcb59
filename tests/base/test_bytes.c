#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

Test(bytes, reads_what_was_written_and_knows_its_end)
{
    const liq_int128 wide = -(((liq_int128)1 << 100) + 7);
    liq_bytes_out out = {0};
    liq_bytes_in in = {0};

    liq_bytes_put_u8(&out, 200);
    liq_bytes_put_u32(&out, 0x01020304u);
    liq_bytes_put_u64(&out, UINT64_MAX - 1);
    liq_bytes_put_i64(&out, INT64_MIN);
    liq_bytes_put_i128(&out, wide);
    liq_bytes_put_text(&out, liq_text_of("XUSD"));
    liq_bytes_put_text(&out, liq_text_of(""));
    cr_assert_not(out.has_failed);
    cr_assert_eq(out.count, 1 + 4 + 8 + 8 + 16 + 5 + 1);
    cr_expect(memcmp(out.data, "\xc8\x04\x03\x02\x01", 5) == 0, "the same on every machine");
    in = (liq_bytes_in){.data = out.data, .bytes = out.count};
    cr_expect_eq(liq_bytes_get_u8(&in), 200);
    cr_expect_eq(liq_bytes_get_u32(&in), 0x01020304u);
    cr_expect_eq(liq_bytes_get_u64(&in), UINT64_MAX - 1);
    cr_expect_eq(liq_bytes_get_i64(&in), INT64_MIN);
    cr_expect(liq_bytes_get_i128(&in) == wide);
    cr_expect(liq_text_equal(liq_bytes_get_text(&in), "XUSD"));
    cr_expect(liq_text_equal(liq_bytes_get_text(&in), ""));
    cr_expect_not(in.has_failed);
    cr_expect_eq(in.at, in.bytes);
    cr_expect_eq(liq_bytes_get_u8(&in), 0);
    cr_expect(in.has_failed);
    free(out.data);
}

Test(bytes, refuses_what_is_not_there_and_goes_on_refusing)
{
    static const unsigned char data[] = {5, 'a', 'b', 2, 3, 0, 0, 0, 1, 2, 3};
    liq_bytes_in in = {.data = data, .bytes = sizeof data};

    cr_expect_eq(liq_bytes_get_u64(&(liq_bytes_in){.data = data, .bytes = 7}), 0);
    in.bytes = 3;
    cr_expect_eq(liq_bytes_get_text(&in).bytes, 0, "five bytes are not there");
    cr_expect(in.has_failed);
    cr_expect_eq(liq_bytes_get_u8(&in), 0, "also what would be there");
    in = (liq_bytes_in){.data = data, .bytes = sizeof data, .at = 3};
    cr_expect_not(liq_bytes_get_flag(&in));
    cr_expect(in.has_failed, "2 is no flag");
    in = (liq_bytes_in){.data = data, .bytes = sizeof data, .at = 4};
    cr_expect_eq(liq_bytes_get_count(&in, 1), 3);
    in.at = 4;
    cr_expect_eq(liq_bytes_get_count(&in, 2), 0, "three of two bytes are not there");
    cr_expect(in.has_failed);
    in = (liq_bytes_in){0};
    cr_expect_eq(liq_bytes_get_u8(&in), 0);
    cr_expect(in.has_failed);
}
