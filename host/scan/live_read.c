/*
 * What a live book holds, for operators and for whoever guards its prices.
 */
#include "base/fail.h"
#include "scan/live_scan.h"

_Static_assert((int)LIQ_PRICE_TEXT_BYTES >= (int)LIQ_DECIMAL_BYTES, "any decimal can be shown");

static void holding_fill(liq_live_holding *out, const liq_venue *venue,
                         const liq_live_entry *entry);

liq_status liq_live_holdings(const liq_live *live, const char *account,
                             int (*each)(void *context, const liq_live_holding *holding),
                             void *context, liq_error *err)
{
    const liq_live_book *book = &live->book;
    uint32_t index;

    if (!liq_live_account_index(live, account, &index))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "account \"%s\" is not there", account);
    for (uint32_t list = 0; list < LIQ_LIVE_LISTS; list++)
        for (uint32_t i = book->accounts[index].first[list]; i != LIQ_NO_INDEX;
             i = book->entries[i].next) {
            liq_live_holding holding;

            holding_fill(&holding, &book->prices.venue, &book->entries[i]);
            if (each(context, &holding) == 0)
                return LIQ_OK;
        }
    return LIQ_OK;
}

liq_status liq_live_price_read(const liq_live *live, const char *symbol, int is_index,
                               char out[LIQ_PRICE_TEXT_BYTES], liq_error *err)
{
    const liq_book *prices = &live->book.prices;
    const liq_names *names =
        is_index != 0 ? prices->venue.asset_names : prices->venue.instrument_names;
    liq_decimal price;
    uint32_t index;

    if (!liq_names_find(names, liq_text_of(symbol), &index))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "symbol \"%s\" is not %s of venue.json", symbol,
                        is_index != 0 ? "an asset" : "an instrument");
    price = is_index != 0 ? prices->asset_indices[index] : prices->instrument_marks[index];
    out[0] = '\0';
    if (price.digits != 0)
        (void)liq_decimal_format(out, price.digits, price.decimals);
    return LIQ_OK;
}

liq_status liq_live_margin_factors(const liq_live *live, const char *symbol,
                                   uint32_t *maintenance_ppm, uint32_t *initial_ppm, liq_error *err)
{
    const liq_book *prices = &live->book.prices;
    uint32_t index;

    if (!liq_names_find(prices->venue.instrument_names, liq_text_of(symbol), &index))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "symbol \"%s\" is not an instrument of venue.json",
                        symbol);
    if (maintenance_ppm != NULL)
        *maintenance_ppm = prices->margin_factors[index].maintenance_ppm;
    if (initial_ppm != NULL)
        *initial_ppm = prices->margin_factors[index].initial_ppm;
    return LIQ_OK;
}

bool liq_live_account_index(const liq_live *live, const char *id, uint32_t *account)
{
    return liq_live_book_find(&live->book, liq_text_of(id), account);
}

void liq_live_each_instrument(const liq_live *live, uint32_t account,
                              bool (*each)(void *context, uint32_t instrument), void *context)
{
    const liq_live_book *book = &live->book;

    for (uint32_t list = LIQ_LIVE_POSITIONS; list < LIQ_LIVE_LISTS; list++)
        for (uint32_t i = book->accounts[account].first[list]; i != LIQ_NO_INDEX;
             i = book->entries[i].next)
            if (!each(context, book->entries[i].index))
                return;
}

void liq_live_each_asset(const liq_live *live, uint32_t account,
                         bool (*each)(void *context, uint32_t asset), void *context)
{
    const liq_live_book *book = &live->book;
    const liq_instrument *instruments = book->prices.venue.instruments;

    for (uint32_t list = 0; list < LIQ_LIVE_LISTS; list++)
        for (uint32_t i = book->accounts[account].first[list]; i != LIQ_NO_INDEX;
             i = book->entries[i].next) {
            const uint32_t index = book->entries[i].index;

            if (!each(context, list == LIQ_LIVE_BALANCES ? index : instruments[index].settle_index))
                return;
        }
}

static void holding_fill(liq_live_holding *out, const liq_venue *venue, const liq_live_entry *entry)
{
    const bool is_short = entry->quantity < 0;
    const liq_instrument *instrument;

    if (entry->list == LIQ_LIVE_BALANCES) {
        *out = (liq_live_holding){.kind = LIQ_LIVE_BALANCE,
                                  .symbol = liq_names_get(venue->asset_names, entry->index)};
        (void)liq_decimal_format(out->amount, entry->quantity,
                                 venue->assets[entry->index].decimals);
        return;
    }
    instrument = &venue->instruments[entry->index];
    *out = (liq_live_holding){.kind = entry->list == LIQ_LIVE_ORDERS ? LIQ_LIVE_ORDER
                                                                     : LIQ_LIVE_POSITION,
                              .symbol = liq_names_get(venue->instrument_names, entry->index),
                              .order_reference = entry->reference,
                              .is_short = is_short,
                              .is_isolated = entry->isolated};
    (void)liq_decimal_format(out->amount,
                             (liq_int128)(is_short ? -entry->quantity : entry->quantity) *
                                 instrument->lot.digits,
                             instrument->lot.decimals);
    (void)liq_decimal_format(out->price, entry->price.digits, entry->price.decimals);
    if (entry->isolated)
        (void)liq_decimal_format(out->isolated_margin, entry->isolated_margin,
                                 venue->assets[instrument->settle_index].decimals);
}
