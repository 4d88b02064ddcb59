#include "settle/settle_text.h"

#include <string.h>

#include "base/fail.h"
#include "book/lot_value.h"
#include "scan/score_text.h"

enum { PRICE_DECIMALS_MORE = 8, PPM_DECIMALS = 6, GRAIN_DECIMALS = 16 };

static void evidence_write(liq_settle_action *out, const liq_waterfall *waterfall,
                           const liq_evidence *evidence);
static const char *account_id(const liq_waterfall *waterfall, uint32_t account);
static void id_hash(liq_hash *hash, const liq_waterfall *waterfall, uint32_t account);
static void text_copy(char out[LIQ_AMOUNT_TEXT_BYTES], liq_int128 digits, int32_t decimals);
static void lots_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_venue *venue, uint32_t instrument,
                       int64_t lots);
static void price_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_venue *venue,
                        uint32_t instrument, int64_t value);
static void fine_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_venue *venue, uint32_t asset,
                       liq_int128 fine);

const char *liq_settle_kind_name(liq_settle_kind kind)
{
    static const char *const names[] = {"margin_call",   "cancel_orders", "reduce",     "takeover",
                                        "close",         "fund_credit",   "fund_debit", "adl",
                                        "socialise",     "halt",          "resume",     "guard",
                                        "margin_notice", "margin_rate"};

    LIQ_ASSERT(kind >= LIQ_SETTLE_MARGIN_CALL && kind <= LIQ_SETTLE_MARGIN_RATE);
    return names[kind - LIQ_SETTLE_MARGIN_CALL];
}

const char *liq_settle_reason_name(liq_settle_reason reason)
{
    static const char *const names[] = {"warning",
                                        "reduce_only",
                                        "flagged",
                                        "backstop",
                                        "bankrupt",
                                        "pair",
                                        "tier",
                                        "share",
                                        "multiple",
                                        "shortage",
                                        "fee",
                                        "inventory",
                                        "conversion",
                                        "deficit",
                                        "debt",
                                        "adl",
                                        "remainder",
                                        "stale_mark",
                                        "step_clamp",
                                        "price_band",
                                        "bad_mark",
                                        "out_of_order",
                                        "outlier",
                                        "rate_limit",
                                        "fund_drawdown",
                                        "cascade_rounds",
                                        "price_speed",
                                        "realised_volatility",
                                        "implied_volatility",
                                        "open_interest",
                                        "concentration",
                                        "slice"};

    LIQ_ASSERT(reason >= LIQ_BECAUSE_WARNING && reason <= LIQ_BECAUSE_SLICE);
    return names[reason - LIQ_BECAUSE_WARNING];
}

void liq_settle_action_write(liq_settle_action *out, const liq_waterfall *waterfall,
                             const liq_action *action)
{
    const liq_venue *venue = waterfall->source.venue;

    *out = (liq_settle_action){.seq = action->seq,
                               .tick = action->tick,
                               .kind = (liq_settle_kind)action->kind,
                               .reason = (liq_settle_reason)action->reason,
                               .account = account_id(waterfall, action->account),
                               .against = account_id(waterfall, action->against),
                               .is_isolated = (int)action->is_isolated,
                               .side = action->side,
                               .request = action->request,
                               .rank = action->rank};
    if (action->instrument != LIQ_NO_INDEX)
        out->instrument = liq_names_get(venue->instrument_names, action->instrument);
    if (action->exchanged != LIQ_NO_INDEX)
        out->instrument = liq_names_get(venue->asset_names, action->exchanged);
    if (action->fund != LIQ_NO_INDEX)
        out->fund = waterfall->funds.funds[action->fund].name;
    if (action->kind == LIQ_SETTLE_CANCEL_ORDERS)
        text_copy(out->quantity, action->lots, 0);
    else if (action->exchanged != LIQ_NO_INDEX && action->lots != 0)
        text_copy(out->quantity, action->lots, venue->assets[action->exchanged].decimals);
    else if (action->lots != 0)
        lots_write(out->quantity, venue, action->instrument, action->lots);
    if (action->lots != 0 && action->value != 0)
        price_write(out->price, venue, action->instrument, action->value);
    evidence_write(out, waterfall, &waterfall->evidence[action - waterfall->actions]);
    if (action->asset == LIQ_NO_INDEX)
        return;
    out->asset = liq_names_get(venue->asset_names, action->asset);
    text_copy(out->cash, action->cash, venue->assets[action->asset].decimals);
}

static void evidence_write(liq_settle_action *out, const liq_waterfall *waterfall,
                           const liq_evidence *evidence)
{
    const int32_t decimals = waterfall->source.venue->cash_decimals;

    if (evidence->is_valued) {
        text_copy(out->equity, evidence->equity, decimals);
        text_copy(out->maintenance_margin, evidence->maintenance, decimals);
    }
    if (evidence->is_scored)
        liq_score_write(out->score, evidence->score);
    if (!evidence->is_notice)
        return;
    text_copy(out->observed, evidence->observed.digits, evidence->observed.decimals);
    if (evidence->is_rates) {
        text_copy(out->raw_factor, evidence->maintenance, PPM_DECIMALS);
        text_copy(out->maintenance_factor, evidence->used.digits, PPM_DECIMALS);
        text_copy(out->initial_factor, evidence->limit.digits, PPM_DECIMALS);
        out->effective_ms = evidence->equity;
        return;
    }
    if (evidence->used.digits != 0)
        text_copy(out->price, evidence->used.digits, evidence->used.decimals);
    if (evidence->limit.digits != 0)
        text_copy(out->limit, evidence->limit.digits, evidence->limit.decimals);
}

void liq_settle_leg_write(liq_settle_leg *out, const liq_waterfall *waterfall, const liq_leg *leg)
{
    const liq_venue *venue = waterfall->source.venue;

    *out = (liq_settle_leg){.seq = leg->seq,
                            .room = liq_room_name((liq_room)leg->room),
                            .account = account_id(waterfall, leg->account),
                            .asset = liq_names_get(venue->asset_names, leg->asset)};
    if (leg->fund != LIQ_NO_INDEX)
        out->fund = waterfall->funds.funds[leg->fund].name;
    if (leg->instrument != LIQ_NO_INDEX)
        out->instrument = liq_names_get(venue->instrument_names, leg->instrument);
    text_copy(out->amount, leg->grains, venue->assets[leg->asset].decimals + GRAIN_DECIMALS);
}

void liq_settle_fund_write(liq_settle_fund *out, const liq_waterfall *waterfall, uint32_t index,
                           int64_t before)
{
    const liq_fund_state *fund = &waterfall->funds.funds[index];
    const liq_venue *venue = waterfall->source.venue;
    const int32_t decimals = venue->assets[fund->asset].decimals;

    *out = (liq_settle_fund){.fund = fund->name,
                             .asset = liq_names_get(venue->asset_names, fund->asset)};
    text_copy(out->before, before, decimals);
    text_copy(out->after, liq_fund_balance(fund), decimals);
    text_copy(out->floor, fund->floor, decimals);
    text_copy(out->peak, liq_fund_peak(fund), decimals);
}

void liq_settle_adl_write(liq_settle_adl *out, const liq_waterfall *waterfall,
                          const liq_adl_outcome *outcome)
{
    const liq_venue *venue = waterfall->source.venue;
    const liq_adl_report *report = &outcome->report;
    const uint32_t instrument = outcome->side / 2;
    const uint32_t asset = venue->instruments[instrument].settle_index;

    *out = (liq_settle_adl){.instrument = liq_names_get(venue->instrument_names, instrument),
                            .asset = liq_names_get(venue->asset_names, asset),
                            .is_short = (int)(outcome->side % 2),
                            .accounts = report->accounts,
                            .fills = outcome->fills};
    lots_write(out->quantity, venue, instrument, report->lots_asked);
    lots_write(out->placed, venue, instrument, report->lots_placed);
    fine_write(out->deficit, venue, asset, report->deficit);
    fine_write(out->needed, venue, asset, report->needed);
    fine_write(out->taken, venue, asset, report->taken);
    fine_write(out->overshoot, venue, asset, report->overshoot);
    text_copy(out->largest_share, report->largest_ppm, PPM_DECIMALS);
}

void liq_settle_summary_write(liq_settle_summary *out, const liq_waterfall *waterfall, bool of_all)
{
    const liq_settle_totals *totals = of_all ? &waterfall->all : &waterfall->totals;
    const int32_t decimals = waterfall->source.venue->cash_decimals;

    *out = (liq_settle_summary){
        .actions = of_all ? waterfall->all_actions : waterfall->action_count,
        .margin_accounts = totals->rows,
        .accounts_safe = totals->safe,
        .accounts_closed = totals->closed,
        .accounts_waiting = totals->waiting,
        .accounts_held = totals->held,
        .accounts_touched = of_all ? waterfall->all_touched : waterfall->overlay.count,
        .adl_fills = totals->adl_fills,
        .adl_accounts = totals->adl_accounts,
        .rounds = totals->rounds,
        .adl_ns = totals->adl_ns,
        .audit_ns = of_all ? 0 : waterfall->rooms.audit_ns,
        .conserved = liq_waterfall_conserved(waterfall)};
    text_copy(out->liquidated_notional, totals->notional, decimals);
    text_copy(out->adl_notional, totals->adl_notional, decimals);
    text_copy(out->fees, totals->fees, decimals);
    text_copy(out->socialised, totals->socialised, decimals);
    text_copy(out->filled, totals->filled, decimals);
    text_copy(out->slippage, totals->slippage, decimals);
    text_copy(out->largest_close, totals->largest, decimals);
}

void liq_settle_actions_hash(liq_hash *hash, const liq_waterfall *waterfall)
{
    for (uint64_t i = 0; i < waterfall->action_count; i++) {
        const liq_action *action = &waterfall->actions[i];
        liq_action nameless = *action;

        nameless.account = LIQ_NO_INDEX;
        nameless.against = LIQ_NO_INDEX;
        liq_hash_add(hash, &nameless, sizeof nameless);
        id_hash(hash, waterfall, action->account);
        id_hash(hash, waterfall, action->against);
    }
}

/* With its terminator, so that no two pairs of ids read alike. */
static void id_hash(liq_hash *hash, const liq_waterfall *waterfall, uint32_t account)
{
    const char *id = account_id(waterfall, account);

    liq_hash_add(hash, id != NULL ? id : "", id != NULL ? strlen(id) + 1 : 1);
}

static const char *account_id(const liq_waterfall *waterfall, uint32_t account)
{
    return account == LIQ_NO_INDEX ? NULL
                                   : waterfall->source.id(waterfall->source.context, account);
}

/* Amounts of cash have at most 39 digits and a point. */
static void text_copy(char out[LIQ_AMOUNT_TEXT_BYTES], liq_int128 digits, int32_t decimals)
{
    char text[LIQ_DECIMAL_BYTES];

    (void)liq_decimal_format(text, digits, decimals);
    LIQ_ASSERT(strlen(text) < LIQ_AMOUNT_TEXT_BYTES);
    memcpy(out, text, strlen(text) + 1);
}

static void lots_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_venue *venue, uint32_t instrument,
                       int64_t lots)
{
    const liq_decimal lot = venue->instruments[instrument].lot;

    text_copy(out, (liq_int128)lots * lot.digits, lot.decimals);
}

/* As many decimals as the value of a lot has a meaning for, fewer where they do not fit. A price at
   or past zero, of an account that cannot lose, is shown for linear contracts only. */
static void price_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_venue *venue,
                        uint32_t instrument, int64_t value)
{
    const liq_instrument *contract = &venue->instruments[instrument];
    const bool inverse = contract->kind == LIQ_INSTRUMENT_INVERSE;
    int32_t decimals = contract->tick_decimals + PRICE_DECIMALS_MORE;
    int64_t price;

    if (inverse && value >= 0)
        return;
    for (decimals = decimals < 18 ? decimals : 18; decimals >= 0; decimals--)
        if (liq_lot_value_price(&price, venue, instrument, value, decimals, LIQ_ROUND_NEAREST)) {
            text_copy(out, price, decimals);
            return;
        }
}

static void fine_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_venue *venue, uint32_t asset,
                       liq_int128 fine)
{
    text_copy(out, fine, venue->assets[asset].value_decimals);
}
