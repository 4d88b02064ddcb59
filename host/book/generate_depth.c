/*
 * The depth of the market around the mark: levels lie closer together near it, and hold more the
 * farther they are away; popular instruments are deeper.
 */
#include "book/generate_internal.h"

enum {
    PURPOSE_DEPTH = 4,
    STEP_PPM = 50, /* from the mark to the first level; each gap is that much wider */
    /* Cash that the first level of the most popular instrument holds, in whole units. */
    LEVEL_CASH = 200000
};

static void side_write(liq_generate_plan *plan, liq_random *random, uint32_t instrument,
                       bool is_bid);
static uint64_t lots_of(const liq_generate_plan *plan, liq_random *random, uint32_t instrument,
                        uint32_t level);

void liq_generate_depth(liq_generate_plan *plan)
{
    liq_generate_file_string(&plan->files.depth, "instrument,side,price,quantity\n");
    for (uint32_t i = 0; i < plan->venue.instrument_count; i++) {
        liq_random random = liq_random_start(plan->options.seed, PURPOSE_DEPTH, i);

        side_write(plan, &random, i, true);
        side_write(plan, &random, i, false);
    }
}

static void side_write(liq_generate_plan *plan, liq_random *random, uint32_t instrument,
                       bool is_bid)
{
    const liq_generate_instrument *of = &plan->venue.instruments[instrument];
    liq_generate_file *const file = &plan->files.depth;
    int64_t away = 0;

    for (uint32_t level = 1; level <= plan->options.depth_levels; level++) {
        const uint64_t lots = lots_of(plan, random, instrument, level);
        const int64_t gap = of->mark.ticks * STEP_PPM / LIQ_MILLION * level;

        away += gap > 0 ? gap : 1;
        if (is_bid && away >= of->mark.ticks)
            break;
        liq_generate_file_add(file, of->symbol, of->symbol_bytes);
        liq_generate_file_string(file, is_bid ? ",bid," : ",ask,");
        liq_generate_file_decimal(file, of->mark.ticks + (is_bid ? -away : away),
                                  of->mark.decimals);
        liq_generate_file_string(file, ",");
        liq_generate_file_decimal(file, (int64_t)lots, of->lot_decimals);
        liq_generate_file_string(file, "\n");
        plan->counts.levels++;
    }
}

/* Half to one and a half of what grows with the level and falls with the place in popularity. */
static uint64_t lots_of(const liq_generate_plan *plan, liq_random *random, uint32_t instrument,
                        uint32_t level)
{
    liq_uint128 cash = (liq_uint128)LEVEL_CASH * level / (instrument + 1);

    for (int i = 0; i < LIQ_GENERATE_CASH_DECIMALS; i++)
        cash *= 10;
    cash = cash * liq_random_between(random, LIQ_MILLION / 2, LIQ_MILLION / 2 * 3) / LIQ_MILLION;
    return (uint64_t)(cash * LIQ_MILLION / plan->venue.instruments[instrument].million_cash) + 1;
}
