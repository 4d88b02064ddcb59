#include <string.h>

#include <criterion/criterion.h>

#include "base/checksum.h"

/* The published value of XXH3_64bits for no bytes and seed 0: files depend on it. */
Test(checksum, is_xxh3)
{
    cr_expect_eq(liq_checksum("", 0), 0x2d06800538d394c2U);
}

Test(checksum, sees_every_flipped_bit_and_every_length)
{
    unsigned char data[300];
    uint64_t before;

    memset(data, 0, sizeof data);
    before = liq_checksum(data, sizeof data);
    for (size_t i = 0; i < sizeof data * 8; i++) {
        data[i / 8] ^= (unsigned char)(1 << i % 8);
        cr_expect_neq(liq_checksum(data, sizeof data), before, "bit %zu", i);
        data[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    for (size_t bytes = 0; bytes < sizeof data; bytes++)
        cr_expect_neq(liq_checksum(data, bytes), before, "%zu bytes", bytes);
}
