#include "baseline_book.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/lot_value.h"

enum { CASH_DECIMALS = 8, VALUE_DECIMALS = 12, RATE_DECIMALS = 12 };

static liq_status book_check(const liq_book *book, liq_error *err);
static liq_status memory_take(baseline_book *out, const liq_book *book, liq_error *err);
static void levels_copy(baseline_book *out, const liq_policy *policy);
static liq_status tiers_copy(baseline_book *out, const liq_venue *venue, liq_error *err);
static liq_status unknown(liq_error *err, const char *what);

liq_status baseline_book_make(baseline_book *out, const liq_book *book, liq_error *err)
{
    baseline_book made = {0};
    liq_status status;

    if ((status = book_check(book, err)) != LIQ_OK ||
        (status = memory_take(&made, book, err)) != LIQ_OK)
        goto done;
    for (uint64_t i = 0; i < book->balance_count; i++)
        made.balances[book->balances[i].account_index] = book->balances[i].amount;
    for (uint64_t i = 0; i < book->position_count; i++) {
        made.instrument_of[i] = book->positions[i].instrument_index;
        made.lots[i] = book->positions[i].quantity_lots;
        made.entries[i] = book->positions[i].entry_value;
    }
    for (uint32_t i = 0; i <= book->account_count; i++)
        made.position_first[i] = book->position_first[i];
    levels_copy(&made, &book->venue.policy);
    if ((status = tiers_copy(&made, &book->venue, err)) != LIQ_OK ||
        (status = baseline_book_mark(&made, book, err)) != LIQ_OK)
        goto done;
    *out = made;
    made = (baseline_book){0};
done:
    baseline_book_clear(&made);
    return status;
}

void baseline_book_clear(baseline_book *book)
{
    free(book->position_first);
    free(book->balances);
    free(book->instrument_of);
    free(book->lots);
    free(book->entries);
    free(book->instruments);
    free(book->tiers);
    *book = (baseline_book){0};
}

/* A floor holds from the least number of lots whose value reaches it. */
liq_status baseline_book_mark(baseline_book *out, const liq_book *book, liq_error *err)
{
    const liq_venue *venue = &book->venue;

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        baseline_instrument *instrument = &out->instruments[i];
        int64_t up = 0;

        if (!liq_lot_value(&instrument->value, venue, i, book->instrument_marks[i],
                           LIQ_ROUND_FLOOR) ||
            !liq_lot_value(&up, venue, i, book->instrument_marks[i], LIQ_ROUND_CEIL) ||
            up != instrument->value || up <= 0)
            return unknown(err, "a mark price that is absent or finer than 10^-12");
        for (uint32_t j = 0; j < instrument->tier_count; j++) {
            const uint32_t tier = instrument->tier_first + j;
            liq_int128 floor = 0;

            if (!liq_decimal_scale(&floor, venue->tiers[tier].floor, VALUE_DECIMALS,
                                   LIQ_ROUND_CEIL))
                return unknown(err, "a floor past 128 bits");
            floor = (floor + up - 1) / up;
            out->tiers[tier].floor_lots = floor > INT64_MAX ? INT64_MAX : (int64_t)floor;
        }
    }
    return LIQ_OK;
}

static liq_status book_check(const liq_book *book, liq_error *err)
{
    const liq_venue *venue = &book->venue;

    if (venue->cash_decimals != CASH_DECIMALS || venue->assets[0].value_decimals != VALUE_DECIMALS)
        return unknown(err, "another number of decimals");
    if (venue->policy.fee_in_requirement || book->order_count > 0)
        return unknown(err, "fees in the requirement, or open orders");
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        if (venue->instruments[i].kind != LIQ_INSTRUMENT_LINEAR ||
            venue->instruments[i].settle_index != 0 ||
            (venue->instruments[i].tier_form != LIQ_TIER_DEDUCTION &&
             venue->instruments[i].tier_form != LIQ_TIER_MARGINAL))
            return unknown(err, "instruments of another kind");
    for (uint64_t i = 0; i < book->balance_count; i++)
        if (book->balances[i].asset_index != 0)
            return unknown(err, "other collateral");
    for (uint64_t i = 0; i < book->position_count; i++)
        if (book->positions[i].isolated)
            return unknown(err, "isolated positions");
    for (uint32_t i = 0; i < book->account_count; i++)
        if (book->accounts[i].mode != LIQ_ACCOUNT_CROSS)
            return unknown(err, "portfolio margin");
    return LIQ_OK;
}

static liq_status memory_take(baseline_book *out, const liq_book *book, liq_error *err)
{
    const size_t positions = (size_t)book->position_count;
    const size_t accounts = book->account_count;
    liq_status status;

    out->position_count = book->position_count;
    out->account_count = book->account_count;
    out->instrument_count = book->venue.instrument_count;
    if ((status = liq_memory_array(&out->position_first, accounts + 1, sizeof *out->position_first,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&out->balances, accounts, sizeof *out->balances, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&out->instrument_of, positions, sizeof *out->instrument_of,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&out->lots, positions, sizeof *out->lots, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->entries, positions, sizeof *out->entries, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&out->instruments, out->instrument_count,
                                   sizeof *out->instruments, err)) != LIQ_OK)
        return status;
    return liq_memory_array(&out->tiers, book->venue.tier_count, sizeof *out->tiers, err);
}

static void levels_copy(baseline_book *out, const liq_policy *policy)
{
    for (uint32_t i = 0; i < BASELINE_LEVELS; i++)
        out->levels[i] =
            (baseline_level){.equity_factor = policy->levels[i].equity_factor,
                             .requirement_factor = policy->levels[i].requirement_factor,
                             .inclusive = policy->levels[i].inclusive};
}

static liq_status tiers_copy(baseline_book *out, const liq_venue *venue, liq_error *err)
{
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        out->instruments[i].tier_first = venue->instruments[i].tier_first;
        out->instruments[i].tier_count = venue->instruments[i].tier_count;
    }
    for (uint32_t i = 0; i < venue->tier_count; i++) {
        liq_int128 maintenance = 0;
        liq_int128 initial = 0;

        if (!liq_decimal_scale(&maintenance, venue->tiers[i].maintenance_rate, RATE_DECIMALS,
                               LIQ_ROUND_CEIL) ||
            !liq_decimal_scale(&initial, venue->tiers[i].initial_rate, RATE_DECIMALS,
                               LIQ_ROUND_CEIL))
            return unknown(err, "rates past 128 bits");
        out->tiers[i] = (baseline_tier){.maintenance_rate = (int64_t)maintenance,
                                        .initial_rate = (int64_t)initial,
                                        .deduction = venue->tiers[i].deduction_grains};
    }
    return LIQ_OK;
}

static liq_status unknown(liq_error *err, const char *what)
{
    return liq_fail(err, LIQ_UNSUPPORTED, 0, "the baseline does not know %s", what);
}
