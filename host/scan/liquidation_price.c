#include "scan/liquidation_price.h"

#include "base/fail.h"
#include "scan/flagged.h"
#include "scan/price_kinks.h"
#include "scan/price_proof.h"
#include "scan/turn_search.h"

/* A search takes 20 to 100 as a rule. */
enum { JUDGEMENTS_MAX = 16384 };

/* The search for one boundary of one instrument of one row. */
typedef struct price_context {
    liq_price_proof proof; /* first: the search's context is both */
    liq_price_finder *finder;
    const liq_row_parts *parts;
    liq_row_part part; /* the position and exposure legs; orders are in loss */
    liq_order_loss loss;
    uint32_t instrument_index;
    bool bankruptcy;
    bool frozen; /* maintenance is that of the entry price */
    liq_row_record at_entry;
} price_context;

static liq_status context_start(price_context *context, liq_price_finder *finder,
                                const liq_row_parts *parts, uint64_t entry, liq_error *err);
static liq_price_proof proof_of(const price_context *context);
static void maintenance_freeze(price_context *context);
static bool margin_linear(const price_context *context);
static bool has_exposure(const price_context *context);
static liq_price_boundary boundary_find(price_context *context, bool bankruptcy);
static int adverse_direction(const price_context *context);
static int64_t start_value(const price_context *context, int direction);
static int64_t end_value(const price_context *context, int direction);
static liq_verdict judge(void *context, int64_t value);
static liq_row_record record_at(price_context *context, int64_t value, uint32_t *slice);
static uint32_t slice_of(const price_context *context, liq_wide pnl_fine);
static liq_safety safety_of(const price_context *context, int64_t equity, int64_t maintenance);
static bool boundary_toward(liq_price_boundary *out, price_context *context, int direction);
static bool meets_inclusively(const price_context *context, const liq_verdict *flagged);

liq_status liq_price_finder_create(liq_price_finder *out, const liq_book *book,
                                   const liq_market *market, liq_error *err)
{
    liq_price_finder finder = {.book = book, .market = market};
    const liq_status status = liq_market_create(&finder.moving, book, err);

    if (status == LIQ_OK)
        *out = finder;
    return status;
}

void liq_price_finder_clear(liq_price_finder *finder)
{
    liq_market_clear(&finder->moving);
    liq_kinks_clear(&finder->kinks);
    *finder = (liq_price_finder){0};
}

liq_status liq_price_find(liq_price_boundaries *out, liq_price_finder *finder,
                          const liq_row_parts *parts, uint64_t entry, liq_error *err)
{
    price_context context = {0};
    liq_status status = context_start(&context, finder, parts, entry, err);

    if (status == LIQ_OK) {
        out->liquidation = boundary_find(&context, false);
        out->bankruptcy = boundary_find(&context, true);
    }
    liq_order_loss_clear(&context.loss);
    return status;
}

static liq_status context_start(price_context *context, liq_price_finder *finder,
                                const liq_row_parts *parts, uint64_t entry, liq_error *err)
{
    const liq_rows *rows = parts->rows;
    const liq_venue *venue = &finder->book->venue;
    liq_status status;

    *context = (price_context){.finder = finder,
                               .parts = parts,
                               .part = liq_row_part_of_leg(parts, finder->market, entry),
                               .instrument_index = rows->tags[entry] & LIQ_TAG_INDEX_MAX};
    if ((status = liq_order_loss_create(&context->loss, rows, context->part.entry_first,
                                        context->part.entry_end, err)) != LIQ_OK)
        return status;
    if ((status = liq_price_kinks_fill(&finder->kinks, venue, rows, context->part.entry_first,
                                       context->part.entry_end, &context->loss, err)) != LIQ_OK)
        return status;
    while (context->part.entry_end > context->part.entry_first && /* orders come last */
           rows->tags[context->part.entry_end - 1] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_ORDER)
        context->part.entry_end--;
    context->proof = proof_of(context);
    maintenance_freeze(context);
    return LIQ_OK;
}

static liq_price_proof proof_of(const price_context *context)
{
    const uint32_t asset_index = context->part.close_tag & LIQ_TAG_INDEX_MAX;
    const int64_t rate = context->finder->market->assets[asset_index].exchange_rate;

    return (liq_price_proof){.linear = margin_linear(context),
                             .unit_cash = rate / LIQ_EXCHANGE_RATE_ONE + 1};
}

/* Bybit, isolated: the requirement of the entry price holds at every mark. */
static void maintenance_freeze(price_context *context)
{
    const liq_rows *rows = context->parts->rows;
    const bool isolated = rows->keys[context->parts->row_index].instrument_index != LIQ_NO_INDEX;
    uint32_t slice;

    if (!isolated ||
        context->finder->book->venue.policy.price_form != LIQ_PRICE_MAINTENANCE_AT_ENTRY)
        return;
    context->at_entry = record_at(context, rows->values[context->part.entry_first], &slice);
    context->frozen = true;
}

/*
 * Whether equity and maintenance margin are linear between two kinks but for rounding. Equity is.
 * Maintenance margin is not: when the rate follows the price of an inverse contract; when a leg
 * pays the larger of two sums because orders count for its tier; when a given deduction is larger
 * than what it is taken from somewhere in its tier, so that it is cut at zero.
 */
static bool margin_linear(const price_context *context)
{
    const liq_venue *venue = &context->finder->book->venue;
    const liq_instrument *instrument = &venue->instruments[context->instrument_index];
    const int32_t decimals = venue->assets[instrument->settle_index].value_decimals;

    if (instrument->kind == LIQ_INSTRUMENT_INVERSE && instrument->tier_form == LIQ_TIER_LINEAR)
        return false;
    if (venue->policy.order_tier && has_exposure(context))
        return false;
    for (uint32_t i = instrument->tier_first; i < instrument->tier_first + instrument->tier_count;
         i++) {
        const liq_tier_record *tier = &context->finder->market->tiers[i];
        liq_int128 least;

        if (liq_decimal_scale(&least, venue->tiers[i].floor, decimals, LIQ_ROUND_FLOOR) &&
            !__builtin_mul_overflow(least, (liq_int128)tier->maintenance_rate, &least) &&
            least < (liq_int128)((liq_uint128)tier->deduction.high << 64 | tier->deduction.low))
            return false;
    }
    return true;
}

static bool has_exposure(const price_context *context)
{
    const uint32_t kind =
        context->parts->rows->tags[context->part.entry_first] >> LIQ_TAG_INDEX_BITS;

    return kind == LIQ_ENTRY_EXPOSURE_MAX || kind == LIQ_ENTRY_EXPOSURE_SUM;
}

static liq_price_boundary boundary_find(price_context *context, bool bankruptcy)
{
    const liq_policy_record *policy = &context->finder->market->policy;
    const int adverse = adverse_direction(context);
    liq_price_boundary out = {0};
    liq_safety now;

    context->bankruptcy = bankruptcy;
    context->proof.lines =
        bankruptcy ? liq_safety_lines_bankruptcy() : liq_safety_lines_liquidation(policy);
    now = judge(context, start_value(context, adverse)).safety;
    if (now == LIQ_SAFETY_UNVALUED)
        return out;
    if (!boundary_toward(&out, context, now == LIQ_SAFETY_SAFE ? adverse : -adverse))
        (void)boundary_toward(&out, context, now == LIQ_SAFETY_SAFE ? -adverse : adverse);
    return out;
}

static bool boundary_toward(liq_price_boundary *out, price_context *context, int direction)
{
    liq_verdict near = judge(context, start_value(context, direction));
    liq_verdict far;
    const liq_verdict *flagged;
    const liq_turn_search search = {.context = context,
                                    .judge = judge,
                                    .settled = liq_price_settled,
                                    .guess = liq_price_guess,
                                    .budget = JUDGEMENTS_MAX};

    if (near.safety == LIQ_SAFETY_UNVALUED ||
        !liq_turn_search_run(&search, &context->finder->kinks, &near, end_value(context, direction),
                             &far) ||
        far.safety == LIQ_SAFETY_UNVALUED)
        return false;
    flagged = far.safety == LIQ_SAFETY_FLAGGED ? &far : &near;
    out->found = true;
    out->flagged_value = flagged->at;
    out->safe_value = flagged == &far ? near.at : far.at;
    out->reported_value =
        meets_inclusively(context, flagged) ? out->flagged_value : out->safe_value;
    return true;
}

/* -1 when a falling lot value is what hurts, else 1. */
static int adverse_direction(const price_context *context)
{
    const liq_rows *rows = context->parts->rows;
    const uint32_t index = context->instrument_index;
    int64_t net = 0; /* at most a long and a short leg */

    for (uint64_t i = context->part.entry_first; i < context->part.entry_end; i++)
        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION)
            net += rows->quantities[i];
    if (net == 0) /* requirements grow with the size of the value; inverse values are negative */
        return context->finder->book->venue.instruments[index].kind == LIQ_INSTRUMENT_INVERSE ? -1
                                                                                              : 1;
    return net > 0 ? -1 : 1;
}

/* The rounding of the mark's own lot value that lies behind, so that a boundary at the mark itself
   is not stepped over. */
static int64_t start_value(const price_context *context, int direction)
{
    const liq_instrument_record record =
        context->finder->market->instruments[context->instrument_index];
    const int64_t value = direction < 0 ? record.value_ceil : record.value_floor;
    const bool inverse = context->finder->book->venue.instruments[context->instrument_index].kind ==
                         LIQ_INSTRUMENT_INVERSE;

    if (inverse)
        return value < -1 ? value : -1;
    return value > 1 ? value : 1;
}

static int64_t end_value(const price_context *context, int direction)
{
    const liq_venue *venue = &context->finder->book->venue;

    if (venue->instruments[context->instrument_index].kind == LIQ_INSTRUMENT_INVERSE)
        return direction < 0 ? -LIQ_LOT_VALUE_MAX : -1;
    return direction < 0 ? 1 : LIQ_LOT_VALUE_MAX;
}

static liq_verdict judge(void *context_opaque, int64_t value)
{
    price_context *context = context_opaque;
    liq_verdict out = {.at = value};
    const liq_row_record record = record_at(context, value, &out.regime);
    const liq_row_record *required =
        context->frozen && !context->bankruptcy ? &context->at_entry : &record;

    if (record.reason != LIQ_REASON_NONE || required->reason != LIQ_REASON_NONE) {
        out.safety = LIQ_SAFETY_UNVALUED;
        return out;
    }
    out.equity = record.equity;
    out.maintenance = required->maintenance;
    out.safety = safety_of(context, out.equity, out.maintenance);
    return out;
}

/* The row with the instrument at a lot value. */
static liq_row_record record_at(price_context *context, int64_t value, uint32_t *slice)
{
    liq_price_finder *finder = context->finder;
    liq_leg_sum legs;

    finder->judged_count++;
    liq_market_set_value(&finder->moving, &finder->book->venue, context->instrument_index, value);
    legs = liq_row_part_legs(&context->part, context->parts->rows, &finder->moving);
    legs.pnl = liq_wide_add(legs.pnl, liq_order_loss_at(&context->loss, value));
    *slice = slice_of(context, liq_wide_add(legs.pnl, context->part.others.pnl));
    return liq_row_part_value(&context->part, &finder->moving, legs, context->part.amount);
}

/* Where PnL joins the balance before the haircut: the weight slice that the sum lies in, from 1;
   0 below zero, and where it does not join. */
static uint32_t slice_of(const price_context *context, liq_wide pnl_fine)
{
    const liq_margin_tables tables = liq_market_tables(context->finder->market);
    const uint32_t tag = context->part.close_tag;
    const liq_asset_record asset = tables.assets[tag & LIQ_TAG_INDEX_MAX];
    uint32_t slice = 0;
    liq_int128 joined;

    if (!(tables.policy->flags & LIQ_POLICY_PNL_IS_COLLATERAL) ||
        (asset.flags & LIQ_ASSET_MARGIN_CURRENCY) ||
        tag >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_BALANCE ||
        !liq_wide_within(pnl_fine, asset.fine_max))
        return 0;
    joined = (liq_int128)context->part.amount +
             liq_units_floor(liq_wide_scale_signed(pnl_fine, asset.grains_per_fine));
    while (joined >= 0 && slice < asset.slice_count &&
           (slice == 0 || tables.slices[asset.slice_first + slice - 1].up_to < joined))
        slice++;
    return slice;
}

static liq_safety safety_of(const price_context *context, int64_t equity, int64_t maintenance)
{
    const liq_margin_tables tables = liq_market_tables(context->finder->market);
    const uint32_t status =
        liq_margin_status(tables, context->parts->account.positions, equity, maintenance);

    if (context->bankruptcy)
        return equity < 0 ? LIQ_SAFETY_FLAGGED : LIQ_SAFETY_SAFE;
    return liq_flagged_status(status) ? LIQ_SAFETY_FLAGGED : LIQ_SAFETY_SAFE;
}

/* Whether an inclusive trigger flags this point: then equity meets its requirement here. */
static bool meets_inclusively(const price_context *context, const liq_verdict *flagged)
{
    for (uint32_t i = 0; i < context->proof.lines.count; i++) {
        const liq_safety_line line = context->proof.lines.lines[i];

        if (line.inclusive && liq_safety_crossed(line, liq_safety_height(line, flagged->equity,
                                                                         flagged->maintenance)))
            return true;
    }
    return false;
}
