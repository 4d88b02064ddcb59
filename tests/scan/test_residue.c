#include "scan/residue.h"

#include <criterion/criterion.h>

#include "support_edge_book.h"

enum { ROUNDS = 20000, TRIED = 3000 };

static int64_t tried(liq_residues wanted, int64_t from);

Test(residue, finds_the_first_multiple_that_trying_finds)
{
    edge_dice dice = {.state = edge_seed()};

    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t modulus = 1 + edge_below(&dice, 300);
        const liq_residues wanted = {.step = edge_below(&dice, modulus),
                                     .modulus = modulus,
                                     .low = edge_below(&dice, modulus),
                                     .high = edge_below(&dice, modulus)};
        const int64_t from = (int64_t)edge_below(&dice, 1000);
        const int64_t expected = tried(wanted, from);
        int64_t found = -1;

        cr_assert_eq(liq_residue_first(&found, wanted, from), expected >= 0);
        cr_assert_eq(found, expected, "%llu x t mod %llu in %llu .. %llu from %lld: %lld, not %lld",
                     (unsigned long long)wanted.step, (unsigned long long)modulus,
                     (unsigned long long)wanted.low, (unsigned long long)wanted.high,
                     (long long)from, (long long)found, (long long)expected);
    }
}

Test(residue, is_exact_for_moduli_as_large_as_they_come)
{
    int64_t found = -1;

    /* 999,999,999,989 x t = -11 t: 1 is 11 x 90,909,090,909 + 1 short of the modulus. */
    cr_assert(liq_residue_first(
        &found, (liq_residues){.step = 999999999989, .modulus = 1000000000000, .low = 1, .high = 1},
        0));
    cr_expect_eq((uint64_t)((__extension__(unsigned __int128) 999999999989) * (uint64_t)found %
                            1000000000000),
                 1);
    cr_expect_lt(found, 1000000000000);
    cr_expect_not(liq_residue_first(
        &found, (liq_residues){.step = 2, .modulus = 1000000000000, .low = 1, .high = 1}, 0));
}

static int64_t tried(liq_residues wanted, int64_t from)
{
    for (int64_t t = from; t < from + TRIED; t++) {
        const uint64_t residue = wanted.step * (uint64_t)t % wanted.modulus;

        if (residue >= wanted.low && residue <= wanted.high)
            return t;
    }
    return -1;
}
