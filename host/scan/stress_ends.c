#include "scan/stress_ends.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/lot_value.h"
#include "scan/truth.h"

enum { PPM_ONE = 1000000 };

/* More than any fund holds: nothing is known of who owes it. */
#define OWES_ANYTHING ((liq_int128)1 << 100)

/* What a row has at least. */
typedef struct least_equity {
    liq_int128 fine;
    bool is_known;
} least_equity;

static liq_status end_create(liq_stress_end *out, const liq_book *book, liq_error *err);
static void end_clear(liq_stress_end *end);
static liq_status end_move(liq_stress_end *end, const liq_stress_ray *ray, int64_t move_ppm,
                           liq_error *err);
static bool never_valued(const liq_stress_ends *ends, uint32_t row);
static least_equity equity_least(const liq_stress_ends *ends, uint32_t row);
static liq_wide leg_least(const liq_stress_ends *ends, uint32_t kind, uint32_t instrument,
                          int64_t quantity, int64_t value);
static liq_wide segment_least(const liq_stress_ends *ends, liq_account_sum *account, uint32_t tag,
                              liq_wide pnl, int64_t amount);
static void point_add(const liq_stress_ends *ends, uint32_t row, liq_int128 *needed);
static void bound_add(const liq_stress_ends *ends, uint32_t row, liq_int128 loss,
                      liq_int128 *needed);

liq_status liq_stress_ends_create(liq_stress_ends *out, const liq_book *book, const liq_rows *rows,
                                  const liq_market *market, const liq_stress_funds *funds,
                                  liq_error *err)
{
    liq_status status;

    *out = (liq_stress_ends){.book = book,
                             .rows = rows,
                             .market = market,
                             .funds = funds,
                             .fine_per_unit =
                                 LIQ_GRAINS_PER_UNIT / (int64_t)market->assets[0].grains_per_fine};
    if ((status = end_create(&out->ends[0], book, err)) != LIQ_OK ||
        (status = end_create(&out->ends[1], book, err)) != LIQ_OK)
        return status;
    return liq_market_create(&out->point, book, err);
}

void liq_stress_ends_clear(liq_stress_ends *ends)
{
    end_clear(&ends->ends[0]);
    end_clear(&ends->ends[1]);
    liq_market_clear(&ends->point);
}

liq_status liq_stress_ends_move(liq_stress_ends *ends, const liq_stress_ray *ray, int64_t first_ppm,
                                int64_t last_ppm, liq_error *err)
{
    liq_status status;

    if ((status = end_move(&ends->ends[0], ray, first_ppm, err)) != LIQ_OK ||
        (status = end_move(&ends->ends[1], ray, last_ppm, err)) != LIQ_OK)
        return status;
    ends->is_point = first_ppm == last_ppm;
    if (ends->is_point)
        liq_market_update(&ends->point, &ends->ends[0].book.book);
    return LIQ_OK;
}

void liq_stress_ends_row(const liq_stress_ends *ends, uint32_t row, liq_int128 *needed)
{
    least_equity least;

    if (never_valued(ends, row))
        return;
    least = equity_least(ends, row);
    if (least.is_known && least.fine >= ends->fine_per_unit)
        return;
    if (ends->is_point)
        point_add(ends, row, needed);
    else
        bound_add(ends, row, least.is_known ? -least.fine : OWES_ANYTHING, needed);
}

liq_int128 liq_stress_ends_available(const liq_stress_ends *ends, uint32_t fund)
{
    liq_int128 out = 0;

    for (uint32_t i = 0; i < 2; i++) {
        const int64_t rate = fund < ends->funds->fund_count
                                 ? ends->ends[i].rates[ends->book->venue.funds[fund].asset_index]
                                 : 0;
        const liq_int128 units = liq_stress_fund_available(ends->funds, fund, rate);

        out = i == 0 || units < out ? units : out;
    }
    return out * ends->fine_per_unit;
}

static liq_status end_create(liq_stress_end *out, const liq_book *book, liq_error *err)
{
    liq_status status;

    if ((status = liq_stress_book_create(&out->book, book, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->floors, book->venue.instrument_count, sizeof *out->floors,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&out->ceils, book->venue.instrument_count, sizeof *out->ceils,
                                   err)) != LIQ_OK)
        return status;
    return liq_memory_array(&out->rates, book->venue.asset_count, sizeof *out->rates, err);
}

static void end_clear(liq_stress_end *end)
{
    liq_stress_book_clear(&end->book);
    free(end->floors);
    free(end->ceils);
    free(end->rates);
    *end = (liq_stress_end){.floors = NULL};
}

/* A change is cut toward zero, so that it goes one way along the ray. */
static liq_status end_move(liq_stress_end *end, const liq_stress_ray *ray, int64_t move_ppm,
                           liq_error *err)
{
    const liq_venue *venue = &end->book.book.venue;

    liq_stress_book_reset(&end->book);
    for (uint32_t i = 0; i < ray->count; i++) {
        const liq_int128 change = (liq_int128)ray->betas_ppm[i] * move_ppm / PPM_ONE;
        liq_status status;

        if (change > INT64_MAX || change < INT64_MIN)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the beta of %s is past all limits",
                            ray->symbols[i]);
        if ((status = liq_book_shock(&end->book.book, ray->symbols[i], (int64_t)change, err)) !=
            LIQ_OK)
            return status;
    }
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_decimal mark = end->book.book.instrument_marks[i];

        if (mark.digits == 0 || !liq_lot_value(&end->floors[i], venue, i, mark, LIQ_ROUND_FLOOR) ||
            !liq_lot_value(&end->ceils[i], venue, i, mark, LIQ_ROUND_CEIL))
            end->floors[i] = end->ceils[i] = 0;
    }
    for (uint32_t i = 0; i < venue->asset_count; i++)
        end->rates[i] = liq_stress_exchange_rate(&end->book.book, i);
    return LIQ_OK;
}

/* Whatever prices do. */
static bool never_valued(const liq_stress_ends *ends, uint32_t row)
{
    const liq_rows *rows = ends->rows;
    const bool by_grid = liq_stress_row_by_grid(rows, ends->market, row);
    bool out = rows->keys[row].reason != LIQ_REASON_NONE && !by_grid;

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1] && !out; i++) {
        const uint32_t index = rows->tags[i] & LIQ_TAG_INDEX_MAX;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS < LIQ_ENTRY_BALANCE)
            out = (ends->market->instruments[index].flags & LIQ_INSTRUMENT_NO_MARK) != 0 ||
                  (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION && !by_grid &&
                   (ends->market->instruments[index].flags & LIQ_INSTRUMENT_OPTION_FLAG) != 0);
    }
    return out;
}

static least_equity equity_least(const liq_stress_ends *ends, uint32_t row)
{
    const liq_rows *rows = ends->rows;
    liq_account_sum account = liq_account_sum_zero();
    liq_wide pnl = liq_wide_make(0, 0);
    least_equity out = {.is_known = true};

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint32_t kind = rows->tags[i] >> LIQ_TAG_INDEX_BITS;
        const uint32_t index = rows->tags[i] & LIQ_TAG_INDEX_MAX;

        if (kind >= LIQ_ENTRY_BALANCE) {
            if (ends->ends[0].rates[index] == 0 || ends->ends[1].rates[index] == 0)
                out.is_known = false;
            account.equity =
                liq_wide_add(account.equity, segment_least(ends, &account, rows->tags[i], pnl,
                                                           rows->quantities[i]));
            pnl = liq_wide_make(0, 0);
            continue;
        }
        for (uint32_t end = 0; end < 2; end++)
            if (ends->ends[end].floors[index] == 0 && ends->ends[end].ceils[index] == 0)
                out.is_known = false;
        pnl = liq_wide_add(pnl, leg_least(ends, kind, index, rows->quantities[i], rows->values[i]));
    }
    if (account.reason != LIQ_REASON_NONE || !liq_wide_within(account.equity, liq_units_bound()))
        out.is_known = false;
    if (!out.is_known)
        return out;
    /* As liq_stress_loss_at rounds it. */
    out.fine =
        liq_stress_row_plain(rows, row) && ends->funds->row_funds[row] != LIQ_STRESS_FUND_MIXED
            ? liq_stress_fine_floor(ends->market, account.equity)
            : (liq_int128)liq_units_floor(account.equity) * ends->fine_per_unit;
    return out;
}

/* What a leg gains at least, fine units of its settle asset. */
static liq_wide leg_least(const liq_stress_ends *ends, uint32_t kind, uint32_t instrument,
                          int64_t quantity, int64_t value)
{
    const liq_stress_end *first = &ends->ends[0];
    const liq_stress_end *last = &ends->ends[1];
    const int64_t least = first->floors[instrument] < last->floors[instrument]
                              ? first->floors[instrument]
                              : last->floors[instrument];
    const int64_t most = first->ceils[instrument] > last->ceils[instrument]
                             ? first->ceils[instrument]
                             : last->ceils[instrument];
    const liq_wide gain = liq_wide_multiply(quantity, (quantity < 0 ? most : least) - value);

    if (kind == LIQ_ENTRY_POSITION || (kind == LIQ_ENTRY_ORDER && liq_wide_negative(gain)))
        return gain;
    return liq_wide_make(0, 0);
}

/* An asset is worth an amount times its rate: the least is at one of the ends. */
static liq_wide segment_least(const liq_stress_ends *ends, liq_account_sum *account, uint32_t tag,
                              liq_wide pnl, int64_t amount)
{
    const liq_margin_tables tables = liq_market_tables(ends->market);
    const uint32_t index = tag & LIQ_TAG_INDEX_MAX;
    liq_asset_record asset = ends->market->assets[index];
    liq_wide out = liq_wide_make(0, 0);

    if (!liq_wide_within(pnl, asset.fine_max)) {
        liq_account_refuse(account, LIQ_REASON_PNL, index);
        return out;
    }
    for (uint32_t i = 0; i < 2; i++) {
        liq_wide worth;

        asset.exchange_rate = ends->ends[i].rates[index];
        worth = liq_asset_equity(tables, account, tag, asset,
                                 liq_wide_scale_signed(pnl, asset.grains_per_fine), amount);
        if (i == 0 || liq_wide_less(worth, out))
            out = worth;
    }
    return out;
}

static void point_add(const liq_stress_ends *ends, uint32_t row, liq_int128 *needed)
{
    const liq_row_record record = liq_truth_row(&ends->point, ends->rows, row);
    const uint32_t fund = ends->funds->row_funds[row];

    if (record.status != LIQ_ROW_BANKRUPT)
        return;
    if (fund == LIQ_STRESS_FUND_MIXED)
        liq_stress_loss_split(ends->funds, &ends->point, ends->rows, row, -record.equity,
                              ends->fine_per_unit, needed, 1);
    else if (liq_stress_row_plain(ends->rows, row))
        needed[fund] -= equity_least(ends, row).fine;
    else
        needed[fund] -= (liq_int128)record.equity * ends->fine_per_unit;
}

/* Nothing is known of how several funds share it: each may have to pay all. */
static void bound_add(const liq_stress_ends *ends, uint32_t row, liq_int128 loss,
                      liq_int128 *needed)
{
    const liq_rows *rows = ends->rows;
    const uint32_t fund = ends->funds->row_funds[row];

    if (loss <= 0)
        return;
    if (fund != LIQ_STRESS_FUND_MIXED) {
        needed[fund] += loss;
        return;
    }
    for (uint32_t i = 0; i <= ends->funds->fund_count; i++)
        for (uint64_t k = rows->entry_first[row]; k < rows->entry_first[row + 1]; k++)
            if (rows->tags[k] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION &&
                ends->funds->instrument_funds[rows->tags[k] & LIQ_TAG_INDEX_MAX] == i) {
                needed[i] += loss;
                break;
            }
}
