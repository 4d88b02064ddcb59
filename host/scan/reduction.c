#include "scan/reduction.h"

#include "base/fail.h"
#include "scan/cure.h"
#include "scan/residue.h"
#include "scan/safety_line.h"
#include "scan/turn_search.h"

/* Tier borders that a reduction may cross: those of the leg alone and with orders, of the other leg
   with orders, and of those orders; three points each. */
enum { BORDERS_PER_TIER = 4, POINTS_PER_BORDER = 3, KINKS_MORE = 5 };

/* A search takes about 60; more only where the requirement of thousands of lots is dust, less than
   what rounding the realised PnL to a unit can hide. */
enum { JUDGEMENTS_MAX = 16384 };

/* One position of a row, reduced by some lots. */
typedef struct reduction {
    const liq_row_parts *parts;
    const liq_market *market;
    liq_row_part part;
    liq_leg_sum order_legs; /* what open orders cost, whatever is held */
    liq_safety_lines lines;
    liq_held_lots held;  /* before the reduction */
    uint64_t entry;      /* the position */
    int64_t lots;        /* of it, not signed */
    uint64_t other_lots; /* of the opposite leg */
    bool has_exposure;
    bool other_follows;    /* the requirement of the opposite leg follows the reduction */
    bool two_valued;       /* equity is one of two numbers, by what rounding the PnL loses */
    liq_residues lossless; /* of the PnL of lots: those that leave equity at the higher one */
    int64_t equity_high;
    int64_t equity_low;
} reduction;

static void reduction_start(reduction *reduced, const liq_book *book, const liq_row_parts *parts,
                            const liq_market *market, uint64_t entry);
static void held_fill(reduction *reduced, const liq_book *book);
static void rounding_fill(reduction *reduced);
static bool moves_at_full_value(const reduction *reduced);
static liq_status kinks_fill(liq_kinks *kinks, const reduction *reduced, liq_error *err);
static liq_verdict judge(void *context, int64_t closed);
static liq_row_record record_at(const reduction *reduced, int64_t closed, int64_t other_closed);
static liq_leg_sum legs_at(const reduction *reduced, int64_t closed, int64_t other_closed);
static liq_exposure exposure_at(const reduction *reduced, int64_t closed);
static void exposure_add(const reduction *reduced, liq_leg_sum *legs, int64_t closed);
static liq_held_lots held_at(const reduction *reduced, int64_t closed);
static bool settled(void *context, const liq_verdict *near, const liq_verdict *far);
static liq_int128 equity_bound(const reduction *reduced, const liq_verdict *near,
                               const liq_verdict *far);
static bool lossless_inside(const reduction *reduced, int64_t near, int64_t far, int64_t *closed);
static int64_t guess(void *context, const liq_verdict *near, const liq_verdict *far);
static int64_t equity_noise(const reduction *reduced);
static liq_int128 signed_of(liq_wide value);
static liq_int128 quotient_floor(liq_int128 value, liq_int128 by);
static bool is_long(const reduction *reduced);
static uint32_t instrument_of(const reduction *reduced);

liq_status liq_reduction_find(int64_t *lots, const liq_book *book, const liq_row_parts *parts,
                              const liq_market *market, uint64_t entry, liq_kinks *kinks,
                              liq_error *err)
{
    reduction reduced;
    const liq_turn_search search = {.context = &reduced,
                                    .judge = judge,
                                    .settled = settled,
                                    .guess = guess,
                                    .budget = JUDGEMENTS_MAX};
    liq_verdict near;
    liq_verdict far;
    liq_status status;

    reduction_start(&reduced, book, parts, market, entry);
    if ((status = kinks_fill(kinks, &reduced, err)) != LIQ_OK)
        return status;
    near = judge(&reduced, 0);
    LIQ_ASSERT(near.safety == LIQ_SAFETY_FLAGGED);
    *lots = liq_turn_search_run(&search, kinks, &near, reduced.lots, &far) ? far.at : 0;
    return LIQ_OK;
}

static void reduction_start(reduction *reduced, const liq_book *book, const liq_row_parts *parts,
                            const liq_market *market, uint64_t entry)
{
    const liq_rows *rows = parts->rows;
    liq_row_part orders;

    *reduced = (reduction){.parts = parts,
                           .market = market,
                           .part = liq_row_part_of_leg(parts, market, entry),
                           .lines = liq_safety_lines_liquidation(&market->policy),
                           .entry = entry,
                           .lots = (int64_t)liq_size_of(rows->quantities[entry])};
    orders = reduced->part;
    while (orders.entry_first < orders.entry_end &&
           rows->tags[orders.entry_first] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_ORDER)
        orders.entry_first++;
    reduced->order_legs = liq_row_part_legs(&orders, rows, market);
    reduced->part.entry_end = orders.entry_first;
    held_fill(reduced, book);
    reduced->other_follows = reduced->has_exposure && reduced->other_lots > 0 &&
                             (market->policy.flags & LIQ_POLICY_ORDER_TIER);
    rounding_fill(reduced);
}

/*
 * Closing lots moves their PnL to the balance, rounded down to a unit. Where a unit is worth the
 * same on both sides, equity stays as it is but for that rounding: it is one of two numbers. It is
 * the higher one where the PnL of the lots exceeds whole units by no more than what the sum before
 * exceeds whole units by. (In the margin currency that is the sum of the account, otherwise that of
 * the PnL in the asset.)
 */
static void rounding_fill(reduction *reduced)
{
    const uint32_t asset_index = reduced->part.close_tag & LIQ_TAG_INDEX_MAX;
    const liq_asset_record asset = reduced->market->assets[asset_index];
    const liq_marked marked =
        liq_marked_load(liq_market_tables(reduced->market), instrument_of(reduced));
    const liq_int128 lot_pnl = signed_of(liq_pnl_floor(
        marked, is_long(reduced) ? 1 : -1, reduced->parts->rows->values[reduced->entry]));
    const liq_int128 unit = LIQ_GRAINS_PER_UNIT / (liq_int128)asset.grains_per_fine;
    const liq_int128 sum =
        asset.flags & LIQ_ASSET_MARGIN_CURRENCY
            ? quotient_floor(signed_of(reduced->parts->account.equity),
                             (liq_int128)asset.grains_per_fine)
            : signed_of(liq_wide_add(legs_at(reduced, 0, 0).pnl, reduced->part.others.pnl));
    liq_residues lossy;
    int64_t closed;

    if (!moves_at_full_value(reduced))
        return;
    reduced->lossless =
        (liq_residues){.step = (uint64_t)(lot_pnl - quotient_floor(lot_pnl, unit) * unit),
                       .modulus = (uint64_t)unit,
                       .high = (uint64_t)(sum - quotient_floor(sum, unit) * unit)};
    lossy = reduced->lossless;
    lossy.low = lossy.high + 1;
    lossy.high = lossy.modulus - 1;
    reduced->equity_high = reduced->parts->record.equity;
    reduced->equity_low = INT64_MIN;
    if (liq_residue_first(&closed, lossy, 0) && closed <= reduced->lots)
        reduced->equity_low = record_at(reduced, closed, closed).equity;
    reduced->two_valued = true;
}

/* Not where a weight below one waits on the balance's side only. */
static bool moves_at_full_value(const reduction *reduced)
{
    const uint32_t tag = reduced->part.close_tag;

    return tag >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_MARGIN ||
           (reduced->market->assets[tag & LIQ_TAG_INDEX_MAX].flags & LIQ_ASSET_MARGIN_CURRENCY) ||
           (reduced->market->policy.flags & LIQ_POLICY_PNL_IS_COLLATERAL);
}

/* Lots held and ordered of the instrument: both legs are in the row, the orders in the book. */
static void held_fill(reduction *reduced, const liq_book *book)
{
    const liq_rows *rows = reduced->parts->rows;
    const uint32_t account = rows->keys[reduced->parts->row_index].account_index;
    const uint32_t instrument = instrument_of(reduced);

    for (uint64_t i = reduced->part.entry_first; i < reduced->part.entry_end; i++) {
        const int64_t lots = rows->quantities[i];

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION) {
            reduced->has_exposure = true;
            continue;
        }
        *(lots > 0 ? &reduced->held.longs : &reduced->held.shorts) += liq_size_of(lots);
        if (i != reduced->entry)
            reduced->other_lots += liq_size_of(lots);
    }
    if (!reduced->has_exposure)
        return;
    for (uint64_t i = book->order_first[account]; i < book->order_first[account + 1]; i++) {
        const liq_order *order = &book->orders[i];

        if (order->instrument_index == instrument)
            *(order->quantity_lots > 0 ? &reduced->held.bought : &reduced->held.sold) +=
                liq_size_of(order->quantity_lots);
    }
}

/*
 * Where a requirement bends as lots are closed: where the size left, with orders or without, comes
 * to a tier's floor, and where the orders against it begin to open the other side. The last lot
 * stands alone, because an account without positions is judged differently.
 */
static liq_status kinks_fill(liq_kinks *kinks, const reduction *reduced, liq_error *err)
{
    const liq_instrument_record instrument = reduced->market->instruments[instrument_of(reduced)];
    const liq_exposure_entry filled = liq_exposure_of(reduced->held);
    const bool on_long = is_long(reduced);
    const int64_t with_orders = on_long ? filled.long_lots : filled.short_lots;
    const uint64_t against = on_long ? reduced->held.sold : reduced->held.bought;
    const liq_int128 opens_at = (liq_int128)reduced->lots - (liq_int128)against;
    liq_status status;

    status = liq_kinks_start(
        kinks, KINKS_MORE + (size_t)instrument.tier_count * BORDERS_PER_TIER * POINTS_PER_BORDER, 0,
        reduced->lots, err);
    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 1; i < instrument.tier_count; i++) {
        const liq_int128 floor = reduced->market->tiers[instrument.tier_first + i].floor_lots;

        liq_kinks_add_around(kinks, reduced->lots - floor);
        if (!reduced->has_exposure)
            continue;
        liq_kinks_add_around(kinks, with_orders - floor);
        liq_kinks_add_around(kinks, opens_at + floor - (liq_int128)reduced->other_lots);
        liq_kinks_add_around(kinks, opens_at + floor);
    }
    liq_kinks_add(kinks, opens_at);
    liq_kinks_add(kinks, reduced->lots - 1);
    liq_kinks_sort(kinks);
    return LIQ_OK;
}

/* What cannot be valued is no cure. */
static liq_verdict judge(void *context, int64_t closed)
{
    const liq_row_record record = record_at(context, closed, closed);

    return (liq_verdict){.at = closed,
                         .equity = record.equity,
                         .maintenance = record.maintenance,
                         .regime = record.reason,
                         .safety = record.status < LIQ_ROW_LIQUIDATE ? LIQ_SAFETY_SAFE
                                                                     : LIQ_SAFETY_FLAGGED};
}

/* The row after a reduction; the requirement of the opposite leg may be taken at another one. */
static liq_row_record record_at(const reduction *reduced, int64_t closed, int64_t other_closed)
{
    const liq_rows *rows = reduced->parts->rows;
    const int64_t signed_lots = is_long(reduced) ? closed : -closed;
    int64_t amount;

    if (!liq_cure_realised_floor(&amount, reduced->market, instrument_of(reduced), signed_lots,
                                 rows->values[reduced->entry]) ||
        __builtin_add_overflow(amount, reduced->part.amount, &amount))
        return liq_row_unvalued(LIQ_REASON_BALANCE, reduced->part.close_tag & LIQ_TAG_INDEX_MAX);
    return liq_row_part_value(&reduced->part, reduced->market,
                              legs_at(reduced, closed, other_closed), amount);
}

static liq_leg_sum legs_at(const reduction *reduced, int64_t closed, int64_t other_closed)
{
    const liq_margin_tables tables = liq_market_tables(reduced->market);
    const liq_rows *rows = reduced->parts->rows;
    liq_leg_sum out = reduced->order_legs;

    exposure_add(reduced, &out, closed);
    for (uint64_t i = reduced->part.entry_first; i < reduced->part.entry_end; i++) {
        const bool own = i == reduced->entry;
        const int64_t left = reduced->lots - closed;
        liq_exposure exposure = exposure_at(reduced, own ? closed : other_closed);

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION || (own && left == 0))
            continue;
        liq_margin_leg(tables, &out, &exposure, rows->tags[i],
                       !own               ? rows->quantities[i]
                       : is_long(reduced) ? left
                                          : -left,
                       rows->values[i]);
    }
    return out;
}

static liq_exposure exposure_at(const reduction *reduced, int64_t closed)
{
    const liq_exposure_entry entry = liq_exposure_of(held_at(reduced, closed));

    if (!reduced->has_exposure)
        return liq_exposure_none();
    return (liq_exposure){.instrument_index = instrument_of(reduced),
                          .long_lots = entry.long_lots,
                          .short_lots = entry.short_lots};
}

static void exposure_add(const reduction *reduced, liq_leg_sum *legs, int64_t closed)
{
    const liq_exposure_entry entry = liq_exposure_of(held_at(reduced, closed));
    liq_exposure exposure = liq_exposure_none();

    if (reduced->has_exposure)
        liq_margin_leg(liq_market_tables(reduced->market), legs, &exposure,
                       entry.kind << LIQ_TAG_INDEX_BITS | instrument_of(reduced), entry.long_lots,
                       entry.short_lots);
}

static liq_held_lots held_at(const reduction *reduced, int64_t closed)
{
    liq_held_lots out = reduced->held;

    *(is_long(reduced) ? &out.longs : &out.shorts) -= (uint64_t)closed;
    return out;
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
    if (reduced->other_follows)
        bound = record_at(reduced, far->at, near->at);
    if (near->safety == LIQ_SAFETY_SAFE || bound.reason != LIQ_REASON_NONE)
        return false;
    equity = equity_bound(reduced, near, far);
    for (uint32_t i = 0; i < reduced->lines.count; i++) {
        const liq_safety_line line = reduced->lines.lines[i];

        if (liq_safety_crossed(line, equity * line.equity_factor -
                                         (liq_int128)bound.maintenance * line.requirement_factor))
            return true;
    }
    return false;
}

/*
 * The most that equity can be inside. Where it is not one of two numbers it is still monotone but
 * for rounding: what moves from PnL to the balance changes its weight, always in the same sense.
 */
static liq_int128 equity_bound(const reduction *reduced, const liq_verdict *near,
                               const liq_verdict *far)
{
    const int64_t larger = near->equity > far->equity ? near->equity : far->equity;
    int64_t closed;

    if (!reduced->two_valued)
        return (liq_int128)larger + equity_noise(reduced);
    return lossless_inside(reduced, near->at, far->at, &closed) ? reduced->equity_high
                                                                : reduced->equity_low;
}

/* The first number of lots inside that leaves equity at the higher number. */
static bool lossless_inside(const reduction *reduced, int64_t near, int64_t far, int64_t *closed)
{
    return liq_residue_first(closed, reduced->lossless, near + 1) && *closed < far;
}

static int64_t guess(void *context, const liq_verdict *near, const liq_verdict *far)
{
    const reduction *reduced = context;
    int64_t closed;

    if (reduced->two_valued && lossless_inside(reduced, near->at, far->at, &closed))
        return closed;
    return near->at + (far->at - near->at) / 2;
}

/* By how much rounding may hide that equity is higher inside: two roundings to a unit of the settle
   asset, one to cash. */
static int64_t equity_noise(const reduction *reduced)
{
    const uint32_t asset_index = reduced->part.close_tag & LIQ_TAG_INDEX_MAX;

    return 2 * (reduced->market->assets[asset_index].exchange_rate / LIQ_EXCHANGE_RATE_ONE + 1) + 1;
}

static liq_int128 signed_of(liq_wide value)
{
    return (liq_int128)((liq_uint128)value.high << 64 | value.low);
}

static liq_int128 quotient_floor(liq_int128 value, liq_int128 by)
{
    return value / by - (value % by < 0);
}

static bool is_long(const reduction *reduced)
{
    return reduced->parts->rows->quantities[reduced->entry] > 0;
}

static uint32_t instrument_of(const reduction *reduced)
{
    return reduced->parts->rows->tags[reduced->entry] & LIQ_TAG_INDEX_MAX;
}
