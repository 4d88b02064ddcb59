#include "scan/reduced_row.h"

#include "scan/cure.h"

static void held_fill(liq_reduced_row *row, const liq_book *book);
static liq_exposure exposure_at(const liq_reduced_row *row, int64_t closed);
static void exposure_add(const liq_reduced_row *row, liq_leg_sum *legs, int64_t closed);
static liq_held_lots held_at(const liq_reduced_row *row, int64_t closed);

void liq_reduced_row_start(liq_reduced_row *out, const liq_book *book, const liq_row_parts *parts,
                           const liq_market *market, uint64_t entry)
{
    const liq_rows *rows = parts->rows;
    liq_row_part orders;

    *out = (liq_reduced_row){.parts = parts,
                             .market = market,
                             .part = liq_row_part_of_leg(parts, market, entry),
                             .entry = entry,
                             .instrument_index = rows->tags[entry] & LIQ_TAG_INDEX_MAX,
                             .lots = (int64_t)liq_size_of(rows->quantities[entry]),
                             .is_long = rows->quantities[entry] > 0};
    orders = out->part;
    while (orders.entry_first < orders.entry_end &&
           rows->tags[orders.entry_first] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_ORDER)
        orders.entry_first++;
    out->order_legs = liq_row_part_legs(&orders, rows, market);
    out->part.entry_end = orders.entry_first;
    held_fill(out, book);
    out->other_follows =
        out->has_exposure && out->other_lots > 0 && (market->policy.flags & LIQ_POLICY_ORDER_TIER);
}

liq_leg_sum liq_reduced_row_legs(const liq_reduced_row *row, int64_t closed, int64_t other_closed)
{
    const liq_margin_tables tables = liq_market_tables(row->market);
    const liq_rows *rows = row->parts->rows;
    liq_leg_sum out = row->order_legs;

    exposure_add(row, &out, closed);
    for (uint64_t i = row->part.entry_first; i < row->part.entry_end; i++) {
        const bool own = i == row->entry;
        const int64_t left = row->lots - closed;
        liq_exposure exposure = exposure_at(row, own ? closed : other_closed);

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION || (own && left == 0))
            continue;
        liq_margin_leg(tables, &out, &exposure, rows->tags[i],
                       !own           ? rows->quantities[i]
                       : row->is_long ? left
                                      : -left,
                       rows->values[i]);
    }
    return out;
}

liq_account_sum liq_reduced_row_sum(const liq_reduced_row *row, int64_t closed,
                                    int64_t other_closed)
{
    liq_account_sum refused = liq_account_sum_zero();
    int64_t amount;

    if (liq_cure_realised_floor(&amount, row->market, row->instrument_index,
                                row->is_long ? closed : -closed,
                                row->parts->rows->values[row->entry]) &&
        !__builtin_add_overflow(amount, row->part.amount, &amount))
        return liq_row_part_sum(&row->part, row->market,
                                liq_reduced_row_legs(row, closed, other_closed), amount);
    liq_account_refuse(&refused, LIQ_REASON_BALANCE, row->part.close_tag & LIQ_TAG_INDEX_MAX);
    return refused;
}

liq_row_record liq_reduced_row_value(const liq_reduced_row *row, int64_t closed,
                                     int64_t other_closed)
{
    return liq_margin_finish(liq_market_tables(row->market),
                             liq_reduced_row_sum(row, closed, other_closed));
}

/* Lots held and ordered of the instrument: both legs are in the row, the orders in the book. */
static void held_fill(liq_reduced_row *row, const liq_book *book)
{
    const liq_rows *rows = row->parts->rows;
    const uint32_t account = rows->keys[row->parts->row_index].account_index;
    const uint32_t instrument = row->instrument_index;

    for (uint64_t i = row->part.entry_first; i < row->part.entry_end; i++) {
        const int64_t lots = rows->quantities[i];

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION) {
            row->has_exposure = true;
            continue;
        }
        *(lots > 0 ? &row->held.longs : &row->held.shorts) += liq_size_of(lots);
        if (i != row->entry)
            row->other_lots += liq_size_of(lots);
    }
    if (!row->has_exposure)
        return;
    for (uint64_t i = book->order_first[account]; i < book->order_first[account + 1]; i++) {
        const liq_order *order = &book->orders[i];

        if (order->instrument_index == instrument)
            *(order->quantity_lots > 0 ? &row->held.bought : &row->held.sold) +=
                liq_size_of(order->quantity_lots);
    }
}

static liq_exposure exposure_at(const liq_reduced_row *row, int64_t closed)
{
    const liq_exposure_entry entry = liq_exposure_of(held_at(row, closed));

    if (!row->has_exposure)
        return liq_exposure_none();
    return (liq_exposure){.instrument_index = row->instrument_index,
                          .long_lots = entry.long_lots,
                          .short_lots = entry.short_lots};
}

static void exposure_add(const liq_reduced_row *row, liq_leg_sum *legs, int64_t closed)
{
    const liq_exposure_entry entry = liq_exposure_of(held_at(row, closed));
    liq_exposure exposure = liq_exposure_none();

    if (row->has_exposure)
        liq_margin_leg(liq_market_tables(row->market), legs, &exposure,
                       entry.kind << LIQ_TAG_INDEX_BITS | row->instrument_index, entry.long_lots,
                       entry.short_lots);
}

static liq_held_lots held_at(const liq_reduced_row *row, int64_t closed)
{
    liq_held_lots out = row->held;

    *(row->is_long ? &out.longs : &out.shorts) -= (uint64_t)closed;
    return out;
}
