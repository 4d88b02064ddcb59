#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "book/load_internal.h"
#include "book/lots.h"
#include "liq_limits.h"

static bool texts_equal(liq_text left, liq_text right);

liq_status liq_book_load_open(liq_book_loader *loader, liq_csv **out, const char *file,
                              const liq_csv_column *columns, uint32_t column_count)
{
    char path[LIQ_BOOK_PATH_BYTES];
    const int used = snprintf(path, sizeof path, "%s/%s", loader->directory, file);

    if (used < 0 || (size_t)used >= sizeof path)
        return liq_fail(loader->err, LIQ_OUT_OF_RANGE, 0, "%s: the path is longer than %zu bytes",
                        file, sizeof path - 1);
    return liq_csv_open(out, path, columns, column_count, loader->progress, loader->err);
}

/* Most files list accounts in runs and by id: the last one and its successor are tried first. An
 * account that the batch looks up later is not known yet: *out then means nothing. */
liq_status liq_book_field_account(liq_book_loader *loader, const liq_csv *csv, uint32_t column,
                                  uint32_t *out)
{
    liq_names *const names = loader->book->account_names;
    const liq_text id = liq_csv_field(csv, column);

    *out = loader->last_account;
    if (loader->last_id.bytes > 0 && texts_equal(id, loader->last_id))
        return LIQ_OK;
    if (++*out < loader->book->account_count && texts_equal(id, liq_names_text(names, *out))) {
        loader->last_id = liq_names_text(names, *out);
        loader->last_account = *out;
        return LIQ_OK;
    }
    if (loader->batch != NULL)
        return liq_account_batch_add(loader->batch, id, loader->row) ? LIQ_OK : LIQ_NOT_FOUND;
    /* Names that came in order are found by bisection, which is too slow for many. */
    if (++loader->searches == LIQ_NAMES_BATCH)
        (void)!liq_names_hash(names, NULL);
    if (!liq_names_find(names, id, out))
        return liq_csv_fail(csv, column, loader->err, LIQ_NOT_FOUND, "is not in accounts.csv");
    loader->last_id = liq_names_text(names, *out);
    loader->last_account = *out;
    return LIQ_OK;
}

liq_status liq_book_field_instrument(const liq_book_loader *loader, const liq_csv *csv,
                                     uint32_t column, uint32_t *out)
{
    if (liq_names_find(loader->book->venue.instrument_names, liq_csv_field(csv, column), out))
        return LIQ_OK;
    return liq_csv_fail(csv, column, loader->err, LIQ_NOT_FOUND,
                        "is not an instrument of venue.json");
}

liq_status liq_book_field_either_fail(const liq_book_loader *loader, const liq_csv *csv,
                                      uint32_t column, const char *first, const char *second)
{
    return liq_csv_fail(csv, column, loader->err, LIQ_BAD_INPUT, "must be %s or %s", first, second);
}

liq_status liq_book_field_lots(const liq_book_loader *loader, const liq_csv *csv, uint32_t column,
                               uint32_t instrument_index, int64_t *out)
{
    const liq_decimal lot = loader->book->venue.instruments[instrument_index].lot;
    char shown[LIQ_DECIMAL_BYTES];
    liq_decimal quantity;
    int64_t lots;
    liq_status status;

    if ((status = liq_book_field_price(loader, csv, column, &quantity)) != LIQ_OK)
        return status;
    if (liq_lots_exact(out, quantity, lot) && *out <= LIQ_QUANTITY_LOTS_MAX)
        return LIQ_OK;
    (void)liq_decimal_format(shown, lot.digits, lot.decimals);
    if (!liq_decimal_divide(&lots, quantity, lot, 0, LIQ_ROUND_FLOOR) ||
        lots > LIQ_QUANTITY_LOTS_MAX)
        return liq_csv_fail(csv, column, loader->err, LIQ_OUT_OF_RANGE, "is past %ld lots of %s",
                            LIQ_QUANTITY_LOTS_MAX, shown);
    return liq_csv_fail(csv, column, loader->err, LIQ_BAD_INPUT, "is not a multiple of the lot %s",
                        shown);
}

liq_status liq_book_field_price(const liq_book_loader *loader, const liq_csv *csv, uint32_t column,
                                liq_decimal *out)
{
    liq_error reason;
    const liq_status status = liq_decimal_parse(out, liq_csv_field(csv, column), &reason);

    if (status != LIQ_OK)
        return liq_csv_fail(csv, column, loader->err, status, "%s", reason.message);
    if (out->digits <= 0)
        return liq_csv_fail(csv, column, loader->err, LIQ_OUT_OF_RANGE, "must be above 0");
    return LIQ_OK;
}

liq_status liq_book_field_amount(const liq_book_loader *loader, const liq_csv *csv, uint32_t column,
                                 uint32_t asset_index, int64_t *out)
{
    const int32_t decimals = loader->book->venue.assets[asset_index].decimals;
    liq_error reason;
    const liq_status status =
        liq_decimal_parse_units(out, liq_csv_field(csv, column), decimals, &reason);

    if (status != LIQ_OK)
        return liq_csv_fail(csv, column, loader->err, status, "%s", reason.message);
    return LIQ_OK;
}

liq_status liq_book_field_value_fail(const liq_book_loader *loader, const liq_csv *csv,
                                     uint32_t column, uint32_t instrument_index)
{
    const liq_venue *const venue = &loader->book->venue;
    const uint32_t asset = venue->instruments[instrument_index].settle_index;

    return liq_csv_fail(csv, column, loader->err, LIQ_OUT_OF_RANGE,
                        "one lot of %s would be worth more than %ld units of 10^-%d %s",
                        liq_names_get(venue->instrument_names, instrument_index), LIQ_LOT_VALUE_MAX,
                        venue->assets[asset].value_decimals,
                        liq_names_get(venue->asset_names, asset));
}

bool liq_book_index_fits(const liq_venue *venue, uint32_t asset_index, liq_decimal price)
{
    const int32_t decimals = 12 + venue->cash_decimals - venue->assets[asset_index].decimals;
    int64_t rate;

    return liq_decimal_exact(&rate, price, decimals) && rate > 0 && rate <= LIQ_EXCHANGE_RATE_MAX;
}

static bool texts_equal(liq_text left, liq_text right)
{
    return left.bytes == right.bytes && memcmp(left.data, right.data, left.bytes) == 0;
}
