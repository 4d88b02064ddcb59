#include "scan/liquidation_price.h"

#include "base/fail.h"
#include "scan/flagged.h"
#include "scan/price_kinks.h"
#include "scan/safety_line.h"
#include "scan/turn_search.h"

/* A search takes 20 to 100 as a rule. */
enum { JUDGEMENTS_MAX = 4096 };

/* The search for one boundary of one instrument of one row. */
typedef struct price_context {
    liq_price_finder *finder;
    const liq_row_parts *parts;
    liq_row_part part; /* the position and exposure legs; orders are in loss */
    liq_order_loss loss;
    liq_safety_lines lines;
    uint32_t instrument_index;
    bool bankruptcy;
    bool frozen; /* maintenance is that of the entry price */
    liq_row_record at_entry;
    bool concave; /* between kinks, equity x a - maintenance x b is concave in the value */
} price_context;

static liq_status context_start(price_context *context, liq_price_finder *finder,
                                const liq_row_parts *parts, uint64_t entry, liq_error *err);
static void maintenance_freeze(price_context *context);
static bool height_concave(const price_context *context);
static bool has_exposure(const price_context *context);
static liq_price_boundary boundary_find(price_context *context, bool bankruptcy);
static bool boundary_toward(liq_price_boundary *out, price_context *context, int direction);
static int adverse_direction(const price_context *context);
static int64_t start_value(const price_context *context, int direction);
static int64_t end_value(const price_context *context, int direction);
static liq_verdict judge(void *context, int64_t value);
static liq_row_record record_at(price_context *context, int64_t value, uint32_t *slice);
static uint32_t slice_of(const price_context *context, liq_wide pnl_fine);
static liq_safety safety_of(const price_context *context, int64_t equity, int64_t maintenance);
static bool settled(void *context, const liq_verdict *near, const liq_verdict *far);
static bool stretch_safe(const price_context *context, liq_safety_line line,
                         const liq_verdict *near, const liq_verdict *far);
static bool stretch_flagged(liq_safety_line line, const liq_verdict *near, const liq_verdict *far);
static int64_t guess(void *context, const liq_verdict *near, const liq_verdict *far);
static int64_t toward(const liq_verdict *near, const liq_verdict *far, double share);
static liq_int128 slack_of(const price_context *context, liq_safety_line line);
static bool meets_inclusively(const price_context *context, const liq_verdict *flagged);
static int64_t least(int64_t left, int64_t right);
static int64_t largest(int64_t left, int64_t right);

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
    context->concave = height_concave(context);
    maintenance_freeze(context);
    return LIQ_OK;
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
 * Whether the height above a line, equity x a - maintenance x b, is concave between two kinks but
 * for rounding. Equity is: PnL and order loss are linear there. Maintenance margin is convex when
 * its legs are linear with a floor at zero. Two things break that: a rate that follows the price of
 * an inverse contract, whose rounding grows with the notional, and a leg that pays the difference
 * between two such floors because orders count for its tier.
 */
static bool height_concave(const price_context *context)
{
    const liq_venue *venue = &context->finder->book->venue;
    const liq_instrument *instrument = &venue->instruments[context->instrument_index];

    if (instrument->kind == LIQ_INSTRUMENT_INVERSE && instrument->tier_form == LIQ_TIER_LINEAR)
        return false;
    return !venue->policy.order_tier || !has_exposure(context);
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
    context->lines =
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
                                    .settled = settled,
                                    .guess = guess,
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

    return inverse ? least(value, -1) : largest(value, 1);
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
             liq_units_floor(tables, liq_wide_scale_signed(pnl_fine, asset.grains_per_fine));
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

/*
 * A stretch without a kink inside. There equity and maintenance margin are each monotone in the
 * value, roundings included: sums of linear legs in one tier, put through floors, ceilings and
 * weights that never fall. So the worse ends of both bound every height between.
 */
static bool settled(void *context_opaque, const liq_verdict *near, const liq_verdict *far)
{
    const price_context *context = context_opaque;

    if (near->safety == LIQ_SAFETY_UNVALUED)
        return true;
    for (uint32_t i = 0; i < context->lines.count; i++) {
        const liq_safety_line line = context->lines.lines[i];

        if (near->safety == LIQ_SAFETY_SAFE && !stretch_safe(context, line, near, far))
            return false;
        if (near->safety == LIQ_SAFETY_FLAGGED && stretch_flagged(line, near, far))
            return true;
    }
    return near->safety == LIQ_SAFETY_SAFE;
}

/*
 * Either the least equity carries the largest requirement, or the height is concave and at both
 * ends higher than rounding can be deep: a rounded height is at most the exact one, and above
 * it less the slack.
 */
static bool stretch_safe(const price_context *context, liq_safety_line line,
                         const liq_verdict *near, const liq_verdict *far)
{
    const liq_int128 worst = liq_safety_height(line, least(near->equity, far->equity),
                                               largest(near->maintenance, far->maintenance));
    const liq_int128 slack = slack_of(context, line);

    if (!liq_safety_crossed(line, worst))
        return true;
    return context->concave && near->regime == far->regime &&
           liq_safety_height(line, near->equity, near->maintenance) > slack &&
           liq_safety_height(line, far->equity, far->maintenance) > slack;
}

static bool stretch_flagged(liq_safety_line line, const liq_verdict *near, const liq_verdict *far)
{
    const liq_int128 best = liq_safety_height(line, largest(near->equity, far->equity),
                                              least(near->maintenance, far->maintenance));

    return liq_safety_crossed(line, best);
}

/* What all roundings of a row can take from a height: one unit of the settle asset and one of cash,
   in equity and in the requirement, and a grain here and there. */
static liq_int128 slack_of(const price_context *context, liq_safety_line line)
{
    const uint32_t asset_index = context->part.close_tag & LIQ_TAG_INDEX_MAX;
    const int64_t rate = context->finder->market->assets[asset_index].exchange_rate;

    return (liq_int128)(line.equity_factor + line.requirement_factor) *
           (rate / LIQ_EXCHANGE_RATE_ONE + 3);
}

/*
 * Where to split a stretch whose ends differ: by the straight line between them, just on the near
 * side of where it crosses, or just on the far side when the near end is already that close. It
 * decides nothing, so it may be a double.
 */
static int64_t guess(void *context_opaque, const liq_verdict *near, const liq_verdict *far)
{
    const price_context *context = context_opaque;
    uint32_t i = 0;
    double slack;
    double from;
    double to;

    if (near->safety == far->safety || far->safety == LIQ_SAFETY_UNVALUED)
        return toward(near, far, 0.5);
    while (i + 1 < context->lines.count &&
           !liq_safety_crossed(
               context->lines.lines[i],
               liq_safety_height(context->lines.lines[i], far->equity, far->maintenance)))
        i++;
    slack = 1.5 * (double)slack_of(context, context->lines.lines[i]);
    from = (double)liq_safety_height(context->lines.lines[i], near->equity, near->maintenance);
    to = (double)liq_safety_height(context->lines.lines[i], far->equity, far->maintenance);
    if (near->safety == LIQ_SAFETY_FLAGGED)
        slack = -slack;
    if (slack > 0 ? from > slack : from < slack)
        return toward(near, far, (from - slack) / (from - to));
    return toward(near, far, (from + slack) / (from - to));
}

/* The point at a share of the way; shares outside 0 .. 1 give an end. */
static int64_t toward(const liq_verdict *near, const liq_verdict *far, double share)
{
    const double way = (double)far->at - (double)near->at; /* below 2^61 */

    if (!(share > 0))
        return near->at;
    return share >= 1 ? far->at : near->at + (int64_t)(way * share);
}

/* Whether an inclusive trigger flags this point: then equity meets its requirement here. */
static bool meets_inclusively(const price_context *context, const liq_verdict *flagged)
{
    for (uint32_t i = 0; i < context->lines.count; i++) {
        const liq_safety_line line = context->lines.lines[i];

        if (line.inclusive && liq_safety_crossed(line, liq_safety_height(line, flagged->equity,
                                                                         flagged->maintenance)))
            return true;
    }
    return false;
}

static int64_t least(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static int64_t largest(int64_t left, int64_t right)
{
    return left > right ? left : right;
}
