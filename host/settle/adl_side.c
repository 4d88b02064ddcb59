#include "settle/adl_side.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_adl.h"
#include "scan/flagged.h"
#include "settle/waterfall_internal.h"

enum { FRONT_LEAST = 256, FRONT_GROWS = 8, AHEAD = 12 };

/* Memory that is kept from side to side. */
struct liq_adl_desk {
    liq_adl_counterparty *parties;
    int64_t *close_lots;
    int64_t *scores; /* of all who stand on the side */
    int64_t *select; /* the same, to be shuffled */
    size_t party_capacity;
    size_t lots_capacity;
    size_t score_capacity;
    size_t select_capacity;
    liq_adl_scratch scratch;
};

/* Prices that counterparties close at. */
typedef struct side_prices {
    int64_t mark;
    int64_t exec;       /* on average */
    int64_t worst;      /* of any lot, for them */
    liq_int128 deficit; /* fine units */
} side_prices;

static liq_status desk_take(liq_waterfall *waterfall, uint32_t holders, liq_error *err);
static liq_status scores_fill(liq_waterfall *waterfall, const liq_side_holders *holders,
                              liq_error *err);
static side_prices prices_make(const liq_waterfall *waterfall, const liq_pending *pending,
                               uint32_t count, int64_t lots, liq_adl_price rule);
static int64_t front_score(struct liq_adl_desk *desk, uint32_t count, uint32_t front);
static liq_status parties_fill(liq_waterfall *waterfall, const liq_side_holders *holders,
                               int64_t least, const side_prices *prices, uint32_t *count,
                               liq_error *err);
static liq_status party_add(liq_waterfall *waterfall, const liq_side_holder *holder, uint32_t rank,
                            int64_t score, const side_prices *prices, uint32_t *count,
                            liq_error *err);
static bool holds_adl(const liq_waterfall *waterfall, uint32_t account);
static int64_t margin_cap(const liq_position *held, const liq_waterfall *waterfall, int64_t worst);
static int64_t equity_cap(const liq_waterfall *waterfall, uint32_t instrument, int64_t equity,
                          int64_t cost, int64_t lots);
static bool front_is_enough(const struct liq_adl_desk *desk, uint32_t count,
                            const liq_adl_report *report);
static void ask_make(const liq_waterfall *waterfall, liq_adl_ask *out, uint32_t instrument,
                     bool is_short, int64_t lots, const side_prices *prices);

liq_status liq_adl_side_make(liq_adl_side *out, liq_waterfall *waterfall,
                             const liq_pending *pending, uint32_t count, liq_error *err)
{
    const bool venue_is_long = pending[0].lots > 0;
    const uint32_t side = pending[0].instrument * 2 + venue_is_long;
    const bool by_front = waterfall->rules->adl_policy == LIQ_ADL_POLICY_QUEUE;
    struct liq_adl_desk *desk;
    liq_side_holders holders;
    side_prices prices;
    liq_adl_ask ask;
    /* A counterparty is about as large as whoever was liquidated; twice as many are soon enough. */
    uint32_t front = 2 * count > FRONT_LEAST ? 2 * count : FRONT_LEAST;
    uint32_t parties;
    int64_t lots = 0;
    liq_status status;

    for (uint32_t i = 0; i < count; i++)
        lots += (int64_t)liq_size_of(pending[i].lots);
    prices = prices_make(waterfall, pending, count, lots, waterfall->rules->adl_price);
    ask_make(waterfall, &ask, pending[0].instrument, venue_is_long, lots, &prices);
    if ((status = waterfall->source.side(waterfall->source.context, side, &holders, err)) !=
            LIQ_OK ||
        (status = desk_take(waterfall, holders.count, err)) != LIQ_OK ||
        (status = scores_fill(waterfall, &holders, err)) != LIQ_OK)
        return status;
    desk = waterfall->desk;
    for (;;) {
        const bool is_all = !by_front || front >= holders.count;
        const int64_t least = is_all ? INT64_MIN : front_score(desk, holders.count, front);

        if ((status = parties_fill(waterfall, &holders, least, &prices, &parties, err)) != LIQ_OK)
            return status;
        liq_adl_rank(desk->parties, parties);
        if ((status = liq_adl_allocate(desk->close_lots, &out->report, desk->parties, parties, &ask,
                                       &desk->scratch, err)) != LIQ_OK)
            return status;
        if (is_all || front_is_enough(desk, parties, &out->report))
            break;
        front *= FRONT_GROWS;
    }
    out->parties = desk->parties;
    out->close_lots = desk->close_lots;
    out->count = parties;
    out->side = side;
    out->exec_value = prices.exec;
    out->at_cost = waterfall->rules->adl_price == LIQ_ADL_AT_BANKRUPTCY;
    return LIQ_OK;
}

void liq_adl_desk_destroy(struct liq_adl_desk *desk)
{
    if (desk == NULL)
        return;
    free(desk->parties);
    free(desk->close_lots);
    free(desk->scores);
    free(desk->select);
    liq_adl_scratch_clear(&desk->scratch);
    free(desk);
}

static liq_status desk_take(liq_waterfall *waterfall, uint32_t holders, liq_error *err)
{
    struct liq_adl_desk *desk = waterfall->desk;
    const size_t count = holders + (size_t)1;
    liq_status status;

    if (desk == NULL &&
        (status = liq_memory_array(&waterfall->desk, 1, sizeof *desk, err)) != LIQ_OK)
        return status;
    desk = waterfall->desk;
    if ((status = liq_memory_extend(&desk->parties, &desk->party_capacity, count,
                                    sizeof *desk->parties, err)) != LIQ_OK ||
        (status = liq_memory_extend(&desk->close_lots, &desk->lots_capacity, count,
                                    sizeof *desk->close_lots, err)) != LIQ_OK ||
        (status = liq_memory_extend(&desk->scores, &desk->score_capacity, count,
                                    sizeof *desk->scores, err)) != LIQ_OK ||
        (status = liq_memory_extend(&desk->select, &desk->select_capacity, count,
                                    sizeof *desk->select, err)) != LIQ_OK)
        return status;
    return liq_adl_scratch_reserve(&desk->scratch, holders, err);
}

/* Scores are those of the scan, whatever this tick has done to an account since. */
static liq_status scores_fill(liq_waterfall *waterfall, const liq_side_holders *holders,
                              liq_error *err)
{
    const liq_market *market =
        waterfall->rules->mark_follows_fills ? &waterfall->scan_market : &waterfall->market;
    struct liq_adl_desk *desk = waterfall->desk;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < holders->count; i++) {
        const liq_side_holder *holder = &holders->items[i];
        liq_account_columns columns;

        if (holders->scores != NULL) {
            desk->scores[i] = holders->scores[i];
            continue;
        }
        if (liq_overlay_scored(&waterfall->overlay, holder->account, holder->position,
                               &desk->scores[i]))
            continue;
        if (waterfall->source.expect != NULL && i + AHEAD < holders->count)
            waterfall->source.expect(waterfall->source.context, holders->items[i + AHEAD].account,
                                     holders->items[i + AHEAD / 2].account);
        (void)waterfall->source.read(waterfall->source.context, holders->items[i].account,
                                     &columns);
        status = liq_columns_score(&waterfall->overlay, market, &columns, holder->position,
                                   &desk->scores[i], err);
    }
    return status;
}

/* The average is rounded against counterparties: what they are asked for covers the whole. */
static side_prices prices_make(const liq_waterfall *waterfall, const liq_pending *pending,
                               uint32_t count, int64_t lots, liq_adl_price rule)
{
    const uint32_t instrument = pending[0].instrument;
    const bool venue_is_long = pending[0].lots > 0;
    const liq_instrument_record *record = &waterfall->market.instruments[instrument];
    const liq_inventory *inventory = &waterfall->funds.inventories[instrument];
    const liq_int128 one = liq_fine_grains(waterfall, instrument, 1);
    side_prices out = {.mark = venue_is_long ? record->value_ceil : record->value_floor};
    liq_int128 cost = 0;
    liq_int128 worth;

    for (uint32_t i = 0; i < count; i++) {
        const liq_int128 per_lot = pending[i].cost / (one * pending[i].lots);

        cost += pending[i].cost;
        if (i == 0 || (venue_is_long ? per_lot + 1 > out.worst : per_lot - 1 < out.worst))
            out.worst = (int64_t)(venue_is_long ? per_lot + 1 : per_lot - 1);
    }
    worth = (liq_int128)lots * (venue_is_long ? record->value_floor : -record->value_ceil);
    out.deficit = cost / one - worth;
    out.deficit = out.deficit > 0 ? out.deficit : 0;
    if (rule == LIQ_ADL_AT_BANKRUPTCY) {
        const liq_int128 average = cost / one / lots;

        out.exec = (int64_t)(venue_is_long ? average : -average);
        return out;
    }
    out.exec = out.mark;
    if (rule == LIQ_ADL_AT_PREVIOUS_MARK && inventory->before_ceil != 0)
        out.exec = venue_is_long ? inventory->before_ceil : inventory->before_floor;
    out.worst = out.exec;
    return out;
}

/* The score that so many of a side reach or pass: quickselect, the pivot in the middle. */
static int64_t front_score(struct liq_adl_desk *desk, uint32_t count, uint32_t front)
{
    int64_t *keys = desk->select;
    uint32_t low = 0;
    uint32_t high = count - 1;

    for (uint32_t i = 0; i < count; i++)
        keys[i] = desk->scores[i];
    while (low < high) {
        const int64_t pivot = keys[low + (high - low) / 2];
        uint32_t i = low;
        uint32_t j = high;

        for (;; i++, j--) {
            int64_t swap;

            while (keys[i] > pivot)
                i++;
            while (keys[j] < pivot)
                j--;
            if (i >= j)
                break;
            swap = keys[i];
            keys[i] = keys[j];
            keys[j] = swap;
        }
        if (j + 1 >= front)
            high = j;
        else
            low = j + 1;
    }
    return keys[low];
}

/* Holders come by account id, so their accounts are numbered as they come: ties are settled so. */
static liq_status parties_fill(liq_waterfall *waterfall, const liq_side_holders *holders,
                               int64_t least, const side_prices *prices, uint32_t *count,
                               liq_error *err)
{
    liq_status status = LIQ_OK;
    uint32_t rank = 0;

    *count = 0;
    for (uint32_t i = 0; status == LIQ_OK && i < holders->count; i++) {
        const int64_t score = waterfall->desk->scores[i];

        rank += i > 0 && holders->items[i].account != holders->items[i - 1].account;
        if (score >= least && score > LIQ_SCORE_PAST_BANKRUPTCY)
            status = party_add(waterfall, &holders->items[i], rank, score, prices, count, err);
    }
    return status;
}

/* Left out are those without a value, those to be liquidated, those in hand, and those held. */
static liq_status party_add(liq_waterfall *waterfall, const liq_side_holder *holder, uint32_t rank,
                            int64_t score, const side_prices *prices, uint32_t *count,
                            liq_error *err)
{
    liq_touched *touched = liq_overlay_find(&waterfall->overlay, holder->account);
    const liq_position *held;
    liq_account_columns columns;
    liq_row_record result;
    int64_t lots;
    int64_t cap;

    (void)err;
    if ((touched != NULL && touched->in_hand) || holds_adl(waterfall, holder->account))
        return LIQ_OK;
    (void)waterfall->source.read(waterfall->source.context, holder->account, &columns);
    held = &columns.positions[holder->position];
    if (touched == NULL) {
        result = waterfall->source.result(waterfall->source.context, holder->account, &columns,
                                          holder->position);
    } else {
        held = &touched->positions[holder->position];
        if (held->quantity_lots == 0)
            return LIQ_OK;
        result = held->isolated
                     ? liq_touched_value_isolated(&waterfall->overlay, touched, holder->position)
                     : liq_touched_value(&waterfall->overlay, touched);
    }
    if (result.status == LIQ_ROW_UNVALUED || liq_flagged_status(result.status))
        return LIQ_OK;
    lots = (int64_t)liq_size_of(held->quantity_lots);
    cap = margin_cap(held, waterfall, prices->worst);
    waterfall->desk->parties[(*count)++] = (liq_adl_counterparty){
        .account_index = rank,
        .account = holder->account,
        .place = holder->position,
        .score_key = score,
        .lots = lots,
        .cap_lots = equity_cap(waterfall, held->instrument_index, result.equity,
                               held->quantity_lots < 0 ? prices->worst - prices->mark
                                                       : prices->mark - prices->worst,
                               cap),
        .equity = result.equity,
        .notional = result.notional,
        .maintenance = result.maintenance,
        .profit = (liq_int128)held->quantity_lots * (prices->mark - held->entry_value)};
    return LIQ_OK;
}

static bool holds_adl(const liq_waterfall *waterfall, uint32_t account)
{
    return waterfall->filter.holds_adl != NULL &&
           waterfall->filter.holds_adl(waterfall->filter.context, account);
}

/* What an isolated margin can bear of a loss that is realised on a part: the rest of the profit is
   not there yet. */
static int64_t margin_cap(const liq_position *held, const liq_waterfall *waterfall, int64_t worst)
{
    const int64_t lots = (int64_t)liq_size_of(held->quantity_lots);
    const liq_int128 gain = held->quantity_lots > 0 ? (liq_int128)worst - held->entry_value
                                                    : (liq_int128)held->entry_value - worst;
    liq_int128 margin;

    if (!held->isolated || gain >= 0)
        return lots;
    margin = (liq_int128)held->isolated_margin * LIQ_GRAINS_PER_UNIT /
             liq_fine_grains(waterfall, held->instrument_index, 1);
    return margin / -gain < lots ? (int64_t)(margin / -gain) : lots;
}

/* Equity pays for the worst price, whichever of the pending lots a counterparty will meet. */
static int64_t equity_cap(const liq_waterfall *waterfall, uint32_t instrument, int64_t equity,
                          int64_t cost, int64_t lots)
{
    const uint32_t asset = waterfall->source.venue->instruments[instrument].settle_index;
    liq_int128 most;
    int64_t units;

    if (cost <= 0)
        return lots;
    if (equity <= 0 || !liq_cash_to_units_floor(&units, waterfall->market.assets[asset], equity))
        return 0;
    most =
        (liq_int128)units * LIQ_GRAINS_PER_UNIT / liq_fine_grains(waterfall, instrument, 1) / cost;
    return most < lots ? (int64_t)most : lots;
}

/* Whoever stands behind the front may be asked only when the front has given all it has, or when
   one at a loss has given. */
static bool front_is_enough(const struct liq_adl_desk *desk, uint32_t count,
                            const liq_adl_report *report)
{
    if (report->lots_residual > 0)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (desk->close_lots[i] > 0 && desk->parties[i].profit < 0)
            return false;
    return true;
}

static void ask_make(const liq_waterfall *waterfall, liq_adl_ask *out, uint32_t instrument,
                     bool is_short, int64_t lots, const side_prices *prices)
{
    const liq_asset_record asset =
        waterfall->market.assets[waterfall->source.venue->instruments[instrument].settle_index];
    const liq_liquidation *rules = waterfall->rules;

    *out = (liq_adl_ask){
        .policy = rules->adl_policy,
        .base = rules->adl_base,
        .weight = rules->adl_weight,
        .is_short = is_short,
        .lots = lots,
        .mark_value = prices->mark,
        .exec_value = prices->exec,
        .deficit = prices->deficit,
        .cash_per_fine = (liq_uint128)asset.grains_per_fine * (uint64_t)asset.exchange_rate,
        .seed = rules->adl_seed ^ (waterfall->tick * 0x9e3779b97f4a7c15u + instrument),
        .position_cap_nano = (uint32_t)rules->adl_position_cap,
        .base_cap_nano = (uint32_t)rules->adl_base_cap};
}
