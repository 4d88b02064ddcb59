/*
 * Of which accounts something is missing, and what is too old to act on.
 */
#include <stdlib.h>

#include "base/fail.h"
#include "base/int128.h"
#include "base/memory.h"
#include "engine/engine_core.h"
#include "scan/live_scan.h"

/* What is asked of each instrument and asset that an account holds. */
typedef struct held_prices {
    const liq_core *core;
    bool is_stale;
    bool is_halted;
} held_prices;

static bool missed(const liq_core *core, uint32_t account);
static bool reason_find(liq_core *core, uint32_t account, liq_hold_reason *reason);
static bool instrument_look(void *context, uint32_t instrument);
static void balances_look(held_prices *prices, uint32_t account);

void liq_core_hold(liq_core *core, uint32_t account, uint8_t bits)
{
    core->account_holds += core->accounts[account].holds == 0 && bits != 0;
    core->accounts[account].holds |= bits;
}

void liq_core_release(liq_core *core, uint32_t account, uint8_t bits)
{
    const bool was_held = core->accounts[account].holds != 0;

    core->accounts[account].holds &= (uint8_t)~bits;
    core->account_holds -= was_held && core->accounts[account].holds == 0;
}

void liq_core_forget(liq_core *core, uint32_t account)
{
    liq_core_release(core, account, UINT8_MAX);
    core->accounts[account] = (liq_core_account){0};
    for (uint32_t i = 0; i < core->config.source_count; i++) {
        liq_core_source *source = &core->sources[i];

        if (source->account_seqs == NULL)
            continue;
        source->account_seqs[account] = 0;
        source->confirmed[account] = source->gaps;
    }
}

void liq_core_gap(liq_core *core, uint32_t source, uint64_t from, uint64_t to)
{
    liq_core_source *of = &core->sources[source];

    (void)from;
    of->applied = to;
    of->gaps++;
    /* A source of which nothing is known may have lost anything. */
    if (of->feeds_prices || !of->feeds_accounts)
        for (uint32_t i = 0; i < core->instrument_count + core->asset_count; i++) {
            liq_core_price *price = i < core->instrument_count
                                        ? &core->marks[i]
                                        : &core->indices[i - core->instrument_count];

            if (price->source == source)
                liq_core_price_note(core, price, source, INT64_MIN);
        }
    if (!of->feeds_accounts && of->feeds_prices)
        of->gaps_cleared = of->gaps;
}

/* Room for both or for none: whoever finds the one relies on the other. */
liq_status liq_core_seqs_make(const liq_core *core, liq_core_source *source, liq_error *err)
{
    uint64_t *seqs = NULL;
    uint32_t *confirmed = NULL;
    liq_status status;

    if (source->account_seqs != NULL)
        return LIQ_OK;
    if ((status = liq_memory_array(&seqs, core->account_capacity, sizeof *seqs, err)) != LIQ_OK ||
        (status = liq_memory_array(&confirmed, core->account_capacity, sizeof *confirmed, err)) !=
            LIQ_OK) {
        free(seqs);
        return status;
    }
    source->account_seqs = seqs;
    source->confirmed = confirmed;
    return LIQ_OK;
}

/* One number behind the last one of the account tells that nothing of it was lost. */
liq_status liq_core_account_seq(liq_core *core, uint32_t source, uint32_t account,
                                uint64_t account_seq, liq_error *err)
{
    liq_core_source *of = &core->sources[source];
    liq_status status;

    if (account_seq == 0)
        return LIQ_OK;
    if ((status = liq_core_seqs_make(core, of, err)) != LIQ_OK)
        return status;
    if (of->account_seqs[account] != 0 && account_seq != of->account_seqs[account] + 1)
        liq_core_hold(core, account, LIQ_HOLD_GAP);
    else if (of->account_seqs[account] != 0)
        of->confirmed[account] = of->gaps;
    of->account_seqs[account] = account_seq;
    return LIQ_OK;
}

/* Whether a source lost events that nobody knows the accounts of, and this may be one. */
static bool missed(const liq_core *core, uint32_t account)
{
    for (uint32_t i = 0; i < core->config.source_count; i++) {
        const liq_core_source *source = &core->sources[i];

        if (source->gaps > source->gaps_cleared &&
            (source->confirmed == NULL || source->confirmed[account] < source->gaps))
            return true;
    }
    return false;
}

int64_t liq_core_stale_ms(const liq_core *core)
{
    return core->config.stale_ms >= 0 ? core->config.stale_ms
                                      : core->book->venue.policy.guards.stale_ms;
}

/* A time that is still to come, by as much, says as little about now. */
bool liq_core_is_stale(const liq_core *core, const liq_core_price *price)
{
    liq_int128 age_ms;

    if (liq_core_stale_ms(core) == 0)
        return price->time_ms == INT64_MIN && price->source != LIQ_NO_INDEX;
    age_ms = (liq_int128)core->now_ms - price->time_ms;
    return !price->is_new && (price->time_ms == INT64_MIN ||
                              (age_ms < 0 ? -age_ms : age_ms) > liq_core_stale_ms(core));
}

void liq_core_price_note(liq_core *core, liq_core_price *price, uint32_t source, int64_t time_ms)
{
    (void)core;
    *price = (liq_core_price){
        .time_ms = time_ms == 0 ? INT64_MIN : time_ms, .source = source, .is_new = time_ms == 0};
}

bool liq_core_holds(void *context, uint32_t account)
{
    liq_core *core = context;
    liq_hold_reason reason;

    if (!reason_find(core, account, &reason))
        return false;
    core->held[reason]++;
    return true;
}

bool liq_core_is_held(void *context, uint32_t account)
{
    liq_hold_reason reason;

    return reason_find(context, account, &reason);
}

static bool reason_find(liq_core *core, uint32_t account, liq_hold_reason *reason)
{
    /* The one that only others can end comes first. */
    static const liq_hold_reason order[] = {
        LIQ_HELD_RESYNC,     LIQ_HELD_GAP,   LIQ_HELD_REFUSED, LIQ_HELD_HALT,
        LIQ_HELD_STALE_MARK, LIQ_HELD_GUARD, LIQ_HELD_ADVISED,
    };
    const liq_core_account *facts = &core->accounts[account];
    uint32_t held_by;

    if ((facts->holds & LIQ_HOLD_ADVISED) != 0 && core->now_ms >= facts->advised_until_ms)
        liq_core_release(core, account, LIQ_HOLD_ADVISED);
    held_by = liq_core_held_by(core, account);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if ((held_by & 1u << order[i]) != 0) {
            *reason = order[i];
            return true;
        }
    return false;
}

uint32_t liq_core_held_by(const liq_core *core, uint32_t account)
{
    const liq_core_account *facts = &core->accounts[account];
    held_prices prices = {.core = core};
    bool is_by[LIQ_HELD_REASONS] = {false};
    uint32_t out = 0;

    liq_live_each_instrument(core->live, account, instrument_look, &prices);
    balances_look(&prices, account);
    is_by[LIQ_HELD_RESYNC] = (facts->holds & LIQ_HOLD_RESYNC) != 0;
    is_by[LIQ_HELD_GAP] = (facts->holds & LIQ_HOLD_GAP) != 0 || missed(core, account);
    is_by[LIQ_HELD_REFUSED] = (facts->holds & LIQ_HOLD_REFUSED) != 0;
    is_by[LIQ_HELD_HALT] = core->is_halted || prices.is_halted;
    is_by[LIQ_HELD_STALE_MARK] = prices.is_stale;
    is_by[LIQ_HELD_GUARD] = liq_price_guard_holds(&core->guard, account);
    is_by[LIQ_HELD_ADVISED] =
        (facts->holds & LIQ_HOLD_ADVISED) != 0 && core->now_ms < facts->advised_until_ms;
    for (uint32_t i = 0; i < LIQ_HELD_REASONS; i++)
        out |= (uint32_t)is_by[i] << i;
    return out;
}

const char *liq_hold_reason_name(liq_hold_reason reason)
{
    static const char *const names[LIQ_HELD_REASONS] = {
        [LIQ_HELD_GAP] = "gap",       [LIQ_HELD_REFUSED] = "refused",
        [LIQ_HELD_RESYNC] = "resync", [LIQ_HELD_STALE_MARK] = "stale_mark",
        [LIQ_HELD_HALT] = "halt",     [LIQ_HELD_ADVISED] = "advised",
        [LIQ_HELD_GUARD] = "guard",
    };

    return names[reason];
}

/* A counterparty gives what it is known to have, or nothing. */
bool liq_core_holds_adl(void *context, uint32_t account)
{
    liq_core *core = context;

    return core->accounts[account].holds != 0 || missed(core, account);
}

static bool instrument_look(void *context, uint32_t instrument)
{
    held_prices *prices = context;

    prices->is_stale |= liq_core_is_stale(prices->core, &prices->core->marks[instrument]);
    prices->is_halted |= prices->core->halted[instrument];
    return true;
}

/* Index prices age once a source has sent them: what the book alone says of an asset stays. */
static void balances_look(held_prices *prices, uint32_t account)
{
    const liq_live_book *book = &prices->core->live->book;
    uint32_t at = book->accounts[account].first[LIQ_LIVE_BALANCES];

    for (; at != LIQ_NO_INDEX; at = book->entries[at].next) {
        const liq_core_price *price = &prices->core->indices[book->entries[at].index];

        prices->is_stale |= price->source != LIQ_NO_INDEX && liq_core_is_stale(prices->core, price);
    }
}
