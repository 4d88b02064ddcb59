#include <criterion/criterion.h>

#include "scan/liquidation_price.h"
#include "support_book.h"

static void contracts_add(liq_fixture *fixture);
static void write_check(const liq_venue *venue, uint32_t instrument, liq_price_boundary boundary,
                        const char *expected);

/* Instrument 0: lots of 0.003; 1: of 0.001; 2: inverse, of 100. Lot values have 12 decimals. */
static void contracts_add(liq_fixture *fixture)
{
    static const char *const lots[] = {"0.003", "0.001", "100"};

    liq_fixture_start(fixture, 8);
    liq_fixture_asset(fixture, "USD", 8, 12, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        liq_fixture_instrument(
            fixture,
            (liq_fixture_contract){.symbol = lots[i],
                                   .kind = i == 2 ? LIQ_INSTRUMENT_INVERSE : LIQ_INSTRUMENT_LINEAR,
                                   .multiplier = "1",
                                   .lot = lots[i],
                                   .tick = "0.1"});
        liq_fixture_tier(fixture, "0", "0.1", "0.2");
    }
}

Test(price_text, rounds_away_from_the_other_side)
{
    liq_fixture fixture;
    const liq_venue *venue = &fixture.book.venue;

    contracts_add(&fixture);
    write_check(venue, 1, (liq_price_boundary){true, 94700000001, 94700000000, 94700000000},
                "94.7");
    write_check(venue, 0, (liq_price_boundary){true, 100000000001, 100000000000, 100000000000},
                "33.3333333333333333");
    write_check(venue, 0, (liq_price_boundary){true, 99999999999, 100000000000, 100000000000},
                "33.3333333333333334");
    write_check(venue, 0, (liq_price_boundary){true, 100000000001, 100000000000, 100000000001},
                "33.3333333336666667");
    write_check(venue, 1, (liq_price_boundary){true, 2, 1, 1}, "0.000000001");
    write_check(
        venue, 1,
        (liq_price_boundary){true, 1000000000000000000, 999999999999999999, 999999999999999999},
        "999999999.999999999");
    /* -(100 / p) at 12 decimals: -0.003 is p = 33333.33... */
    write_check(venue, 2, (liq_price_boundary){true, -2999999999, -3000000000, -3000000000},
                "33333.3333333333333");
    write_check(venue, 2, (liq_price_boundary){true, -3000000001, -3000000000, -3000000000},
                "33333.3333333333334");
    write_check(venue, 1, (liq_price_boundary){.found = false}, "");
    liq_fixture_clear(&fixture);
}

static void write_check(const liq_venue *venue, uint32_t instrument, liq_price_boundary boundary,
                        const char *expected)
{
    char text[LIQ_AMOUNT_TEXT_BYTES];

    liq_price_write(text, venue, instrument, &boundary);
    cr_expect_str_eq(text, expected, "%s is not %s", text, expected);
}

Test(price_text, gives_the_distance_in_per_cent)
{
    static const struct {
        const char *price;
        const char *mark;
        const char *expected;
    } cases[] = {{"90", "100", "-10.00"},
                 {"110", "100", "10.00"},
                 {"", "100", ""},
                 {"100", "100", "0.00"},
                 {"99.995", "100", "0.00"},
                 {"99.994", "100", "-0.01"},
                 {"0.00001", "0.00003", "-66.67"},
                 {"100.01", "100", "0.01"},
                 {"999999999999999999", "0.000000000001", ""}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[LIQ_AMOUNT_TEXT_BYTES];

        liq_price_distance(text, cases[i].price, liq_fixture_decimal(cases[i].mark));
        cr_expect_str_eq(text, cases[i].expected, "case %zu: %s", i, text);
    }
}
