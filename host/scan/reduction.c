#include "scan/reduction.h"

#include "base/fail.h"
#include "scan/reduced_row.h"
#include "scan/residue.h"
#include "scan/safety_line.h"
#include "scan/turn_search.h"

/* Tier borders that a reduction may cross: those of the leg alone and with orders, of the other leg
   with orders, and of those orders; three points each. */
enum { BORDERS_PER_TIER = 4, POINTS_PER_BORDER = 3, KINKS_MORE = 5 };

/* A search takes about 60. */
enum { JUDGEMENTS_MAX = 16384 };

/* How equity follows a reduction. It stays as it is, but for the rounding of what is realised. */
typedef enum equity_kind {
    EQUITY_LOSES_FRACTIONS, /* margin currency: the fraction of a unit that rounding cuts off */
    EQUITY_LOSES_A_UNIT,    /* another asset: one unit of it, or none */
    EQUITY_DRIFTS           /* the same, and what moves to the balance takes on its weight */
} equity_kind;

/* The search for the least reduction. */
typedef struct reduction {
    liq_reduced_row row;
    liq_safety_lines lines;
    liq_residues lossless; /* PnL of lots, modulo a unit, for which rounding costs nothing */
    equity_kind kind;
    int64_t equity_high; /* unless it drifts: the two values that equity has */
    int64_t equity_low;
} reduction;

static void rounding_fill(reduction *reduced);
static equity_kind kind_of(const liq_reduced_row *row);
static liq_verdict judge(void *context, int64_t closed);
static bool settled(void *context, const liq_verdict *near, const liq_verdict *far);
static liq_int128 equity_bound(const reduction *reduced, int64_t near, int64_t far);
static liq_int128 lossless_grains(const reduction *reduced, int64_t closed, liq_int128 unit);
static bool lossless_inside(const reduction *reduced, int64_t near, int64_t far, int64_t *closed);
static int64_t guess(void *context, const liq_verdict *near, const liq_verdict *far);
static liq_int128 signed_of(liq_wide value);
static liq_int128 quotient_floor(liq_int128 value, liq_int128 by);

liq_status liq_reduction_find(int64_t *lots, const liq_book *book, const liq_row_parts *parts,
                              const liq_market *market, uint64_t entry, liq_kinks *kinks,
                              liq_error *err)
{
    reduction reduced = {.lines = liq_safety_lines_liquidation(&market->policy)};
    const liq_turn_search search = {.context = &reduced,
                                    .judge = judge,
                                    .settled = settled,
                                    .guess = guess,
                                    .budget = JUDGEMENTS_MAX};
    liq_verdict near;
    liq_verdict far;
    liq_status status;

    liq_reduced_row_start(&reduced.row, book, parts, market, entry);
    rounding_fill(&reduced);
    if ((status = liq_reduction_kinks(kinks, &reduced.row, 0, err)) != LIQ_OK)
        return status;
    liq_kinks_sort(kinks);
    near = judge(&reduced, 0);
    LIQ_ASSERT(near.safety == LIQ_SAFETY_FLAGGED);
    *lots = liq_turn_search_run(&search, kinks, &near, reduced.row.lots, &far) ? far.at : 0;
    return LIQ_OK;
}

/* The last lot stands alone because an account without positions is judged differently. */
liq_status liq_reduction_kinks(liq_kinks *kinks, const liq_reduced_row *row, size_t more,
                               liq_error *err)
{
    const liq_instrument_record instrument = row->market->instruments[row->instrument_index];
    const liq_exposure_entry filled = liq_exposure_of(row->held);
    const int64_t with_orders = row->is_long ? filled.long_lots : filled.short_lots;
    const uint64_t against = row->is_long ? row->held.sold : row->held.bought;
    const liq_int128 opens_at = (liq_int128)row->lots - (liq_int128)against;
    const size_t borders = (size_t)instrument.tier_count * BORDERS_PER_TIER * POINTS_PER_BORDER;
    const liq_status status =
        liq_kinks_start(kinks, KINKS_MORE + borders + more, 0, row->lots, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 1; i < instrument.tier_count; i++) {
        const liq_int128 floor = row->market->tiers[instrument.tier_first + i].floor_lots;

        liq_kinks_add_around(kinks, row->lots - floor);
        if (!row->has_exposure)
            continue;
        liq_kinks_add_around(kinks, with_orders - floor);
        liq_kinks_add_around(kinks, opens_at + floor - (liq_int128)row->other_lots);
        liq_kinks_add_around(kinks, opens_at + floor);
    }
    liq_kinks_add(kinks, opens_at);
    liq_kinks_add(kinks, row->lots - 1);
    return LIQ_OK;
}

/*
 * Closing lots moves their PnL to the balance, rounded down to a unit. That costs nothing where the
 * PnL of the lots exceeds whole units by no more than what the sum before exceeds whole units by.
 * (In the margin currency that is the sum of the account, which is rounded down anyway; in
 * another asset that of the PnL in the asset, which is rounded down as well.)
 */
static void rounding_fill(reduction *reduced)
{
    const liq_reduced_row *row = &reduced->row;
    const liq_margin_tables tables = liq_market_tables(row->market);
    const liq_asset_record asset = tables.assets[row->part.close_tag & LIQ_TAG_INDEX_MAX];
    const liq_int128 unit = LIQ_GRAINS_PER_UNIT / (liq_int128)asset.grains_per_fine;
    const liq_int128 lot_pnl =
        signed_of(liq_pnl_floor(liq_marked_load(tables, row->instrument_index),
                                row->is_long ? 1 : -1, row->parts->rows->values[row->entry]));
    const liq_int128 sum =
        asset.flags & LIQ_ASSET_MARGIN_CURRENCY
            ? quotient_floor(signed_of(row->parts->account.equity),
                             (liq_int128)asset.grains_per_fine)
            : signed_of(liq_wide_add(liq_reduced_row_legs(row, 0, 0).pnl, row->part.others.pnl));
    liq_residues lossy;
    int64_t closed;

    reduced->kind = kind_of(row);
    reduced->lossless =
        (liq_residues){.step = (uint64_t)(lot_pnl - quotient_floor(lot_pnl, unit) * unit),
                       .modulus = (uint64_t)unit,
                       .high = (uint64_t)(sum - quotient_floor(sum, unit) * unit)};
    lossy = reduced->lossless;
    lossy.low = lossy.high + 1;
    lossy.high = lossy.modulus - 1;
    reduced->equity_high = row->parts->record.equity;
    reduced->equity_low = INT64_MIN;
    if (liq_residue_first(&closed, lossy, 0) && closed <= row->lots)
        reduced->equity_low = liq_reduced_row_value(row, closed, closed).equity;
}

static equity_kind kind_of(const liq_reduced_row *row)
{
    const uint32_t tag = row->part.close_tag;

    if (row->market->assets[tag & LIQ_TAG_INDEX_MAX].flags & LIQ_ASSET_MARGIN_CURRENCY)
        return EQUITY_LOSES_FRACTIONS;
    if (tag >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_MARGIN ||
        (row->market->policy.flags & LIQ_POLICY_PNL_IS_COLLATERAL))
        return EQUITY_LOSES_A_UNIT;
    return EQUITY_DRIFTS;
}

/* What cannot be valued is no cure. */
static liq_verdict judge(void *context, int64_t closed)
{
    const reduction *reduced = context;
    const liq_row_record record = liq_reduced_row_value(&reduced->row, closed, closed);

    return (liq_verdict){.at = closed,
                         .equity = record.equity,
                         .maintenance = record.maintenance,
                         .regime = record.reason,
                         .safety = record.status < LIQ_ROW_LIQUIDATE ? LIQ_SAFETY_SAFE
                                                                     : LIQ_SAFETY_FLAGGED};
}

/*
 * Between two kinks the requirement of the reduced leg falls and that of the opposite leg rises, if
 * it follows at all; so the one at the far end with the other at the near end is the least
 * there can be.
 */
static bool settled(void *context, const liq_verdict *near, const liq_verdict *far)
{
    const reduction *reduced = context;
    liq_row_record bound = {.maintenance = near->maintenance < far->maintenance ? near->maintenance
                                                                                : far->maintenance};
    liq_int128 equity;

    if (near->regime != LIQ_REASON_NONE || far->regime != LIQ_REASON_NONE)
        return near->regime != LIQ_REASON_NONE && far->regime != LIQ_REASON_NONE;
    if (reduced->row.other_follows)
        bound = liq_reduced_row_value(&reduced->row, far->at, near->at);
    if (near->safety == LIQ_SAFETY_SAFE || bound.reason != LIQ_REASON_NONE)
        return false;
    equity = equity_bound(reduced, near->at, far->at);
    for (uint32_t i = 0; i < reduced->lines.count; i++) {
        const liq_safety_line line = reduced->lines.lines[i];

        if (liq_safety_crossed(line, equity * line.equity_factor -
                                         (liq_int128)bound.maintenance * line.requirement_factor))
            return true;
    }
    return false;
}

/*
 * The most that equity can be inside. Where it drifts, it is monotone but for the unit that
 * rounding may cost: what moves to the balance takes on its weight, which always works in the same
 * sense.
 */
static liq_int128 equity_bound(const reduction *reduced, int64_t near, int64_t far)
{
    const liq_reduced_row *row = &reduced->row;
    const int64_t rate = row->market->assets[row->part.close_tag & LIQ_TAG_INDEX_MAX].exchange_rate;
    const liq_int128 unit = (liq_int128)rate * LIQ_WEIGHT_ONE;
    int64_t closed;
    const bool inside = lossless_inside(reduced, near, far, &closed);
    liq_int128 near_grains;
    liq_int128 far_grains;

    if (reduced->kind != EQUITY_DRIFTS)
        return inside ? reduced->equity_high : reduced->equity_low;
    near_grains = lossless_grains(reduced, near, unit);
    far_grains = lossless_grains(reduced, far, unit);
    return quotient_floor((near_grains > far_grains ? near_grains : far_grains) -
                              (inside ? 0 : unit),
                          LIQ_GRAINS_PER_UNIT);
}

/* Equity after a reduction as if its rounding had cost nothing. */
static liq_int128 lossless_grains(const reduction *reduced, int64_t closed, liq_int128 unit)
{
    const liq_account_sum sum = liq_reduced_row_sum(&reduced->row, closed, closed);
    int64_t lossless;
    const bool lost =
        !liq_residue_first(&lossless, reduced->lossless, closed) || lossless != closed;

    return signed_of(sum.equity) + (lost ? unit : 0);
}

/* The first number of lots inside whose rounding costs nothing. */
static bool lossless_inside(const reduction *reduced, int64_t near, int64_t far, int64_t *closed)
{
    return liq_residue_first(closed, reduced->lossless, near + 1) && *closed < far;
}

static int64_t guess(void *context, const liq_verdict *near, const liq_verdict *far)
{
    int64_t closed;

    if (lossless_inside(context, near->at, far->at, &closed))
        return closed;
    return near->at + (far->at - near->at) / 2;
}

static liq_int128 signed_of(liq_wide value)
{
    return (liq_int128)((liq_uint128)value.high << 64 | value.low);
}

static liq_int128 quotient_floor(liq_int128 value, liq_int128 by)
{
    return value / by - (value % by < 0);
}
