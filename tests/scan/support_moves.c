#include "support_moves.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

void liq_move_against(liq_market *market, const liq_venue *venue, const liq_rows *rows,
                      uint32_t row, double share, liq_random *random)
{
    double *signs = calloc(market->instrument_count + market->asset_count, sizeof *signs);

    cr_assert_not_null(signs);
    for (uint32_t i = 0; i < market->instrument_count + market->asset_count; i++)
        signs[i] = (double)liq_random_between(random, -8, 8) / 8;
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint32_t index = rows->tags[i] & LIQ_TAG_INDEX_MAX;
        const double sign = rows->quantities[i] > 0 ? -1 : 1;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION)
            signs[index] = market->instruments[index].value_floor < 0 ? -sign : sign;
        else if (rows->tags[i] >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE)
            signs[market->instrument_count + index] = sign;
    }
    signs[market->instrument_count] = 0;
    for (uint32_t i = 1; i < market->asset_count; i++)
        market->assets[i].exchange_rate =
            (int64_t)fmin((double)market->assets[i].exchange_rate *
                              (1 + share * signs[market->instrument_count + i]),
                          (double)LIQ_EXCHANGE_RATE_MAX);
    for (uint32_t i = 0; i < market->instrument_count; i++) {
        const liq_instrument_record *record = &market->instruments[i];
        const double own = signs[market->instrument_count + record->asset_index];
        const double value =
            (double)record->value_floor * (1 + share * signs[i]) / (1 + share * own);

        if ((record->flags & (LIQ_INSTRUMENT_NO_MARK | LIQ_INSTRUMENT_MARK_RANGE)) == 0 &&
            fabs(value) < (double)LIQ_LOT_VALUE_MAX)
            liq_market_set_value(market, venue, i, (int64_t)value);
    }
    free(signs);
}
