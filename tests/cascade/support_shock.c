#include "support_shock.h"

#include <criterion/criterion.h>

#include "scan/support_generated.h"

enum { INSTRUMENTS_MAX = 16 };

liq_book *shock_book(uint32_t number)
{
    liq_generate_options options;

    liq_generated_options(&options, number, 100 + number);
    options.accounts = 300;
    options.instruments = 6;
    options.past_ppm = 0;
    options.depth_levels = 60;
    options.positions_milli = 0;
    return liq_generated_book(&options);
}

void shock_run(liq_cascade *cascade, const liq_book *book, int64_t change_ppm,
               liq_cascade_summary *out)
{
    const uint32_t count = book->venue.instrument_count;
    liq_cascade_move moves[INSTRUMENTS_MAX];
    liq_error err = {0};

    cr_assert_leq(count, INSTRUMENTS_MAX);
    for (uint32_t i = 0; i < count; i++)
        moves[i] = (liq_cascade_move){.symbol = liq_names_get(book->venue.instrument_names, i),
                                      .change_ppm = change_ppm};
    cr_assert_eq(liq_cascade_run(cascade, moves, count, out, &err), LIQ_OK, "%s", err.message);
    out->worst = NULL;
}
