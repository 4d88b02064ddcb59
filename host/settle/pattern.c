#include "settle/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/live_scan.h"
#include "settle/impact.h"
#include "settle/settle_internal.h"
#include "settle/waterfall_internal.h"

enum {
    MILLION = 1000000,
    NANO_PER_PPM = 1000,
    PERCENT_PPM = 10000,
    MICRO_DECIMALS = 6,
    TURNS_SHARE = 8
};

#define CASH_MOST ((liq_int128)1 << 92)

static liq_status memory_take(liq_pattern *pattern, liq_error *err);
static liq_status cells_make(liq_pattern *pattern, liq_error *err);
static void markets_fall(liq_pattern *pattern);
static double account_moved(void *context, uint32_t account, const double *moves);
static void changes_take(liq_pattern *pattern);
static void factors_take(liq_pattern *pattern);
static void account_demand(liq_pattern *pattern, uint32_t account);
static void account_forget(liq_pattern *pattern, uint32_t account);
static void account_look(liq_pattern *pattern, uint32_t account);
static bool entries_fit(liq_pattern *pattern, uint64_t count);
static bool node_add(liq_pattern *pattern, liq_pattern_account *of, const liq_pattern_row *row);
static void row_count(liq_pattern_counts *counts, const liq_pattern_row *row, int sign);
static void facts_fill(const liq_pattern *pattern, liq_pattern_facts *out);
static void volume_take(liq_pattern *pattern, liq_pattern_facts *out);
static liq_int128 worth(const liq_pattern *pattern, uint32_t instrument, liq_int128 lots);

const uint32_t liq_pattern_falls_ppm[LIQ_PATTERN_FALLS] = {0, 10000, 20000, 50000};
const uint32_t liq_pattern_quantiles_ppm[LIQ_PATTERN_QUANTILES] = {500000, 900000, 990000, 999000};

liq_status liq_pattern_create(liq_pattern *out, liq_live *live, const liq_settle *settle,
                              uint32_t accounts_most, liq_error *err)
{
    const liq_book *prices = &live->book.prices;
    liq_status status;

    LIQ_ASSERT(accounts_most > 0);
    LIQ_ASSERT(live->changed == NULL);
    *out = (liq_pattern){.live = live,
                         .settle = settle,
                         .prices = *prices,
                         .accounts_most = accounts_most,
                         .node_free = LIQ_NO_INDEX};
    status = memory_take(out, err);
    out->prices.instrument_marks = out->marks;
    for (int i = 1; status == LIQ_OK && i < LIQ_PATTERN_FALLS; i++)
        status = liq_market_create(&out->markets[i], prices, err);
    if (status == LIQ_OK && liq_screen_cells_fit(&live->market))
        status = cells_make(out, err);
    if (status == LIQ_OK)
        status = liq_revisit_create(&out->revisit, live->book.account_capacity, out->cells, err);
    if (status != LIQ_OK) {
        liq_pattern_clear(out);
        return status;
    }
    live->changed = out->changed;
    out->revisit.tick = 1; /* of the first look */
    for (uint32_t i = 0; i < live->book.account_capacity; i++)
        out->accounts[i] = (liq_pattern_account){
            .node = LIQ_NO_INDEX, .bucket = LIQ_LEVERAGE_NONE, .is_unknown = true};
    for (uint32_t i = 0; i < live->book.account_capacity; i++)
        if (live->book.accounts[i].alive)
            account_demand(out, i);
    out->revisit.tick = 0;
    return LIQ_OK;
}

void liq_pattern_clear(liq_pattern *pattern)
{
    for (int i = 1; i < LIQ_PATTERN_FALLS; i++)
        liq_market_clear(&pattern->markets[i]);
    for (int i = 0; pattern->cells != NULL && i < LIQ_PATTERN_FALLS; i++)
        liq_screen_cells_clear(&pattern->cells[i]);
    if (pattern->changed != NULL) {
        if (pattern->live->changed == pattern->changed)
            pattern->live->changed = NULL;
        free(pattern->changed->items);
        free(pattern->changed->has);
    }
    liq_revisit_clear(&pattern->revisit);
    free(pattern->changed);
    free(pattern->cells);
    free(pattern->factors);
    free(pattern->accounts);
    free(pattern->nodes);
    free(pattern->view.packed.cells);
    free(pattern->view.packed.amounts);
    free(pattern->marks);
    free(pattern->traded_micro);
    *pattern = (liq_pattern){0};
}

void liq_pattern_see(liq_pattern *pattern, liq_pattern_facts *out)
{
    uint32_t account;

    markets_fall(pattern);
    liq_revisit_tick(&pattern->revisit);
    changes_take(pattern);
    factors_take(pattern);
    liq_revisit_move(&pattern->revisit, account_moved, pattern);
    pattern->looked = 0;
    while (pattern->looked < pattern->accounts_most &&
           (account = liq_revisit_due(&pattern->revisit)) != LIQ_NO_INDEX)
        account_look(pattern, account);
    for (uint32_t turns = 0; turns <= pattern->accounts_most / TURNS_SHARE &&
                             (account = liq_revisit_turn(&pattern->revisit)) != LIQ_NO_INDEX;
         turns++)
        account_look(pattern, account);
    pattern->is_whole = pattern->is_whole || pattern->unknown == 0;
    facts_fill(pattern, out);
    volume_take(pattern, out);
}

/* What no market trades counts as so much. */
void liq_pattern_trade(liq_pattern *pattern, uint32_t instrument, liq_decimal contracts)
{
    const liq_decimal lot = pattern->live->book.prices.venue.instruments[instrument].lot;
    int64_t micro = INT64_MAX;

    (void)liq_decimal_divide(&micro, contracts, lot, MICRO_DECIMALS, LIQ_ROUND_NEAREST);
    pattern->traded_micro[instrument] += micro;
    pattern->has_volume = true;
}

void liq_pattern_turnover(liq_pattern *pattern, liq_decimal money)
{
    liq_int128 units;

    if (!liq_decimal_scale(&units, money, pattern->prices.venue.cash_decimals, LIQ_ROUND_NEAREST) ||
        units > CASH_MOST - pattern->turnover)
        units = CASH_MOST - pattern->turnover;
    pattern->turnover += units;
    pattern->has_volume = true;
}

void liq_pattern_interest(const liq_pattern *pattern, uint32_t instrument, liq_int128 *lots,
                          liq_int128 *cash)
{
    *lots = pattern->live->book.long_lots[instrument];
    *cash = worth(pattern, instrument, *lots);
}

/* What no market comes near is shown as so much. */
static liq_int128 worth(const liq_pattern *pattern, uint32_t instrument, liq_int128 lots)
{
    const liq_waterfall *waterfall = &pattern->settle->waterfall;
    const uint32_t index = waterfall->source.venue->instruments[instrument].settle_index;
    const liq_asset_record *asset = &waterfall->market.assets[index];
    const int64_t value = pattern->live->market.instruments[instrument].value_floor;
    liq_int128 units;

    if (__builtin_mul_overflow(lots, (liq_int128)liq_size_of(value), &units))
        return CASH_MOST;
    /* Divided first: as liq_cash_of, but for sums of all accounts. */
    units /= LIQ_GRAINS_PER_UNIT / (int64_t)asset->grains_per_fine;
    if (__builtin_mul_overflow(units, (liq_int128)asset->exchange_rate, &units) ||
        units / LIQ_EXCHANGE_RATE_ONE >= CASH_MOST)
        return CASH_MOST;
    return units / LIQ_EXCHANGE_RATE_ONE;
}

/* Volume is told again from here on. */
static void volume_take(liq_pattern *pattern, liq_pattern_facts *out)
{
    const uint32_t instruments = pattern->live->book.prices.venue.instrument_count;

    if (!pattern->has_volume)
        return;
    out->traded = pattern->turnover;
    for (uint32_t i = 0; i < instruments; i++)
        if (pattern->traded_micro[i] != 0) {
            out->traded += worth(pattern, i, pattern->traded_micro[i]) / MILLION;
            pattern->traded_micro[i] = 0;
        }
    pattern->turnover = 0;
    pattern->has_volume = false;
    if (out->traded > 0 && out->liquidated < CASH_MOST)
        out->traded_ppm = (uint64_t)(out->liquidated * MILLION / out->traded);
}

static liq_status memory_take(liq_pattern *pattern, liq_error *err)
{
    const liq_live_book *book = &pattern->live->book;
    const uint32_t instruments = book->prices.venue.instrument_count;
    liq_status status;

    if ((status = liq_memory_array(&pattern->marks, instruments, sizeof *pattern->marks, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&pattern->traded_micro, instruments,
                                   sizeof *pattern->traded_micro, err)) != LIQ_OK ||
        (status = liq_memory_array(&pattern->factors, instruments, sizeof *pattern->factors,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&pattern->accounts, book->account_capacity,
                                   sizeof *pattern->accounts, err)) != LIQ_OK ||
        (status = liq_memory_array(&pattern->changed, 1, sizeof *pattern->changed, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&pattern->changed->items, book->account_capacity,
                                   sizeof *pattern->changed->items, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < instruments; i++)
        pattern->factors[i] = pattern->live->market.factors[i];
    return liq_memory_array(&pattern->changed->has, book->account_capacity,
                            sizeof *pattern->changed->has, err);
}

static liq_status cells_make(liq_pattern *pattern, liq_error *err)
{
    liq_status status =
        liq_memory_array(&pattern->cells, LIQ_PATTERN_FALLS, sizeof *pattern->cells, err);

    for (int i = 0; status == LIQ_OK && i < LIQ_PATTERN_FALLS; i++)
        status = liq_screen_cells_create(&pattern->cells[i], &pattern->live->market,
                                         &pattern->live->book.prices.venue, err);
    return status;
}

/* Marks alone: what accounts hold in other assets stays worth what it is. */
static void markets_fall(liq_pattern *pattern)
{
    const liq_book *prices = &pattern->live->book.prices;

    for (int fall = 0; fall < LIQ_PATTERN_FALLS; fall++) {
        const int64_t shift =
            (pattern->rises ? 1 : -1) * (int64_t)liq_pattern_falls_ppm[fall] * NANO_PER_PPM;

        for (uint32_t i = 0; fall > 0 && i < prices->venue.instrument_count; i++)
            if (prices->instrument_marks[i].digits == 0 ||
                !liq_impact_price(&pattern->marks[i], prices->instrument_marks[i], shift))
                pattern->marks[i] = prices->instrument_marks[i];
        if (fall > 0)
            liq_market_update(&pattern->markets[fall], &pattern->prices);
        pattern->view.markets[fall] = fall == 0 ? &pattern->live->market : &pattern->markets[fall];
        if (pattern->cells != NULL)
            liq_screen_cells_update(&pattern->cells[fall], pattern->view.markets[fall]);
    }
}

/* Of what it holds, and of what that settles in. */
static double account_moved(void *context, uint32_t account, const double *moves)
{
    const liq_pattern *pattern = context;
    const liq_live_book *book = &pattern->live->book;
    const liq_venue *venue = &book->prices.venue;
    const double *assets = moves + venue->instrument_count;
    double most = 0;

    for (int list = 0; list < LIQ_LIVE_LISTS; list++)
        for (uint32_t i = book->accounts[account].first[list]; i != LIQ_NO_INDEX;
             i = book->entries[i].next) {
            const uint32_t index = book->entries[i].index;
            const bool is_balance = list == LIQ_LIVE_BALANCES;
            const double of_asset =
                assets[is_balance ? index : venue->instruments[index].settle_index];
            const double of_lot = is_balance ? 0 : moves[index];

            most = of_asset > most ? of_asset : most;
            most = of_lot > most ? of_lot : most;
        }
    return most;
}

/* What ticks told, and what was applied since the last one: by settling, or by feeds. */
static void changes_take(liq_pattern *pattern)
{
    const liq_live_set *dirty = &pattern->live->book.dirty;
    liq_live_set *changed = pattern->changed;

    for (uint32_t i = 0; i < dirty->count; i++)
        account_demand(pattern, dirty->items[i]);
    for (uint32_t i = 0; i < changed->count; i++) {
        changed->has[changed->items[i]] = false;
        account_demand(pattern, changed->items[i]);
    }
    changed->count = 0;
}

static void factors_take(liq_pattern *pattern)
{
    const liq_live_book *book = &pattern->live->book;
    const liq_margin_factors *now = pattern->live->market.factors;

    for (uint32_t i = 0; i < book->prices.venue.instrument_count; i++) {
        if (liq_margin_factors_equal(now[i], pattern->factors[i]))
            continue;
        pattern->factors[i] = now[i];
        for (uint32_t entry = book->instrument_holders[i]; entry != LIQ_NO_INDEX;
             entry = book->entries[entry].holder_after)
            account_demand(pattern, book->entries[entry].account);
    }
}

/* Whoever is gone is forgotten at once; of others what was counted stays until they are looked at.
 */
static void account_demand(liq_pattern *pattern, uint32_t account)
{
    const bool alive = pattern->live->book.accounts[account].alive;
    const bool waits = pattern->revisit.places[account].list != LIQ_NO_INDEX;
    const bool is_unknown = pattern->accounts[account].is_unknown;

    if (alive) {
        pattern->unknown += is_unknown && !waits;
        liq_revisit_demand(&pattern->revisit, account);
        return;
    }
    pattern->unknown -= is_unknown && waits;
    account_forget(pattern, account);
    liq_revisit_drop(&pattern->revisit, account);
    pattern->accounts[account].is_unknown = true;
}

static void account_forget(liq_pattern *pattern, uint32_t account)
{
    liq_pattern_account *of = &pattern->accounts[account];

    liq_leverage_remove(&pattern->counts.leverage, of->bucket);
    of->bucket = LIQ_LEVERAGE_NONE;
    while (of->node != LIQ_NO_INDEX) {
        liq_pattern_node *node = &pattern->nodes[of->node];
        const uint32_t freed = of->node;

        row_count(&pattern->counts, &node->row, -1);
        of->node = node->next;
        node->next = pattern->node_free;
        pattern->node_free = freed;
    }
}

/* A row for which there is no memory is not counted, and comes again with the next look. */
static void account_look(liq_pattern *pattern, uint32_t account)
{
    liq_pattern_account *of = &pattern->accounts[account];
    const liq_rows *rows = liq_live_book_rows(&pattern->live->book, account);
    float reach = LIQ_SCREEN_HORIZON;

    pattern->looked++;
    account_forget(pattern, account);
    pattern->unknown -= of->is_unknown;
    of->is_unknown = false;
    pattern->view.cells = entries_fit(pattern, rows->entry_count) ? pattern->cells : NULL;
    for (uint32_t i = 0; i < rows->row_count; i++) {
        liq_pattern_row row;
        float of_row = liq_pattern_row_see(&row, &pattern->view, rows, i);

        if (i == 0 && row.flagged == 0) {
            of->bucket = row.bucket;
            liq_leverage_add(&pattern->counts.leverage, row.bucket);
        } else if (!node_add(pattern, of, &row)) {
            of_row = 0.0f;
        }
        reach = of_row < reach ? of_row : reach;
    }
    liq_revisit_put(&pattern->revisit, account, reach);
}

static bool entries_fit(liq_pattern *pattern, uint64_t count)
{
    liq_screen_row *packed = &pattern->view.packed;

    return liq_memory_extend(&packed->cells, &pattern->cell_capacity, (size_t)count,
                             sizeof *packed->cells, NULL) == LIQ_OK &&
           liq_memory_extend(&packed->amounts, &pattern->amount_capacity, (size_t)count,
                             sizeof *packed->amounts, NULL) == LIQ_OK;
}

static bool node_add(liq_pattern *pattern, liq_pattern_account *of, const liq_pattern_row *row)
{
    uint32_t at = pattern->node_free;

    if (at != LIQ_NO_INDEX) {
        pattern->node_free = pattern->nodes[at].next;
    } else {
        if (liq_memory_extend(&pattern->nodes, &pattern->node_capacity,
                              (size_t)pattern->node_count + 1, sizeof *pattern->nodes,
                              NULL) != LIQ_OK)
            return false;
        at = pattern->node_count++;
    }
    pattern->nodes[at] = (liq_pattern_node){.row = *row, .next = of->node};
    of->node = at;
    row_count(&pattern->counts, row, 1);
    return true;
}

static void row_count(liq_pattern_counts *counts, const liq_pattern_row *row, int sign)
{
    if (sign > 0)
        liq_leverage_add(&counts->leverage, row->bucket);
    else
        liq_leverage_remove(&counts->leverage, row->bucket);
    for (int fall = 0; fall < LIQ_PATTERN_FALLS; fall++) {
        counts->liquidatable[fall] += (liq_int128)sign * row->liquidatable[fall];
        if ((row->flagged & 1 << fall) != 0)
            counts->flagged[fall] += (uint64_t)(int64_t)sign;
    }
}

static void facts_fill(const liq_pattern *pattern, liq_pattern_facts *out)
{
    const liq_pattern_counts *counts = &pattern->counts;
    const uint32_t instruments = pattern->live->book.prices.venue.instrument_count;
    liq_int128 all;

    *out = (liq_pattern_facts){.counts = counts,
                               .age = liq_revisit_age(&pattern->revisit),
                               .is_whole = pattern->is_whole,
                               .liquidated = pattern->settle->waterfall.totals.notional};
    for (uint32_t i = 0; i < instruments; i++) {
        liq_int128 lots;
        liq_int128 cash;

        liq_pattern_interest(pattern, i, &lots, &cash);
        out->interest += cash;
    }
    all = out->interest + out->liquidated;
    if (all > 0)
        out->share_ppm = (uint32_t)(out->liquidated * MILLION / all);
    for (int i = 1; i < LIQ_PATTERN_FALLS; i++)
        out->slopes[i - 1] = (counts->liquidatable[i] - counts->liquidatable[i - 1]) * PERCENT_PPM /
                             (liq_pattern_falls_ppm[i] - liq_pattern_falls_ppm[i - 1]);
}
