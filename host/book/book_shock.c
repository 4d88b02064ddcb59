#include <liqscan/book.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/load_internal.h"
#include "book/lot_value.h"

enum { PPM_DECIMALS = 6, PPM_ONE = 1000000, CHANGE_PPM_MAX = 1000000000 };

static liq_status price_find(liq_book *book, const char *symbol, liq_decimal **price,
                             uint32_t *index, bool *is_instrument, liq_error *err);
static bool price_change(liq_decimal *out, liq_decimal price, int64_t factor, int32_t decimals_max);
static bool price_fits(const liq_book *book, liq_decimal price, uint32_t index, bool is_instrument);

liq_status liq_book_shock(liq_book *book, const char *symbol, int64_t change_ppm, liq_error *err)
{
    liq_decimal *price = NULL;
    liq_decimal changed;
    uint32_t index;
    bool is_instrument;
    int32_t decimals_max = LIQ_DECIMAL_DECIMALS_MAX;
    char shown[LIQ_DECIMAL_BYTES];
    liq_status status;

    if (change_ppm <= -PPM_ONE || change_ppm > CHANGE_PPM_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "a change of %lld parts per million is not in %d .. %d",
                        (long long)change_ppm, 1 - PPM_ONE, CHANGE_PPM_MAX);
    if ((status = price_find(book, symbol, &price, &index, &is_instrument, err)) != LIQ_OK)
        return status;
    if (!is_instrument)
        decimals_max = 12 + book->venue.cash_decimals - book->venue.assets[index].decimals;
    if (!price_change(&changed, *price, PPM_ONE + change_ppm, decimals_max) ||
        !price_fits(book, changed, index, is_instrument))
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "the price %s of \"%s\" changed by %lld parts per million leaves its range",
                        liq_decimal_format(shown, price->digits, price->decimals), symbol,
                        (long long)change_ppm);
    *price = changed;
    book->is_stamped = false;
    return LIQ_OK;
}

liq_status liq_book_set_margin_factors(liq_book *book, const char *symbol, uint32_t maintenance_ppm,
                                       uint32_t initial_ppm, liq_error *err)
{
    const liq_venue *venue = &book->venue;
    const liq_margin_factors factors = {maintenance_ppm, initial_ppm};
    uint32_t index;
    liq_status status;

    if (!liq_names_find(venue->instrument_names, liq_text_of(symbol), &index))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" is not an instrument", symbol);
    if ((status = liq_margin_factors_check(venue, index, factors, err)) != LIQ_OK)
        return status;
    if (book->margin_factors == NULL) {
        status = liq_memory_array(&book->margin_factors, venue->instrument_count,
                                  sizeof *book->margin_factors, err);
        if (status != LIQ_OK)
            return status;
        for (uint32_t i = 0; i < venue->instrument_count; i++)
            book->margin_factors[i] = liq_margin_factors_one();
    }
    book->margin_factors[index] = factors;
    book->is_stamped = false;
    return LIQ_OK;
}

static liq_status price_find(liq_book *book, const char *symbol, liq_decimal **price,
                             uint32_t *index, bool *is_instrument, liq_error *err)
{
    const liq_text text = liq_text_of(symbol);

    *is_instrument = liq_names_find(book->venue.instrument_names, text, index);
    if (!*is_instrument && !liq_names_find(book->venue.asset_names, text, index))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" is neither an instrument nor an asset",
                        symbol);
    if (!*is_instrument && *index == 0)
        return liq_fail(err, LIQ_NOT_FOUND, 0,
                        "\"%s\" is the margin currency: it has no price to move", symbol);
    *price = *is_instrument ? &book->instrument_marks[*index] : &book->asset_indices[*index];
    if ((*price)->digits == 0)
        return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" has no price in marks.csv", symbol);
    return LIQ_OK;
}

/*
 * price x factor / 10^6, rounded down to 18 digits and to decimals_max, which is below zero
 * where an index price is a multiple of a power of ten.
 */
static bool price_change(liq_decimal *out, liq_decimal price, int64_t factor, int32_t decimals_max)
{
    const liq_int128 digits_end = 1000000000000000000; /* 10^LIQ_DECIMAL_DIGITS_MAX */
    liq_int128 digits = (liq_int128)price.digits * factor;
    int32_t decimals = price.decimals + PPM_DECIMALS;

    for (; decimals > decimals_max || digits >= digits_end; decimals--)
        digits /= 10;
    for (; decimals < 0 && digits < digits_end / 10; decimals++)
        digits *= 10;
    return decimals >= 0 && digits > 0 && liq_decimal_from_units(out, (int64_t)digits, decimals);
}

static bool price_fits(const liq_book *book, liq_decimal price, uint32_t index, bool is_instrument)
{
    int64_t value;

    if (!is_instrument)
        return liq_book_index_fits(&book->venue, index, price);
    return liq_lot_value(&value, &book->venue, index, price, LIQ_ROUND_FLOOR) &&
           liq_lot_value(&value, &book->venue, index, price, LIQ_ROUND_CEIL);
}
