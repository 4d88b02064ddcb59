#include "scan/live_margin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/fail.h"
#include "base/memory.h"
#include "book/lot_value.h"
#include "scan/live_scan.h"

/* Numbers of a state, in the order in which they are written. */
enum { STATE_NUMBERS = 20, PPM_DECIMALS = 6 };

/* Open interest past this is taken for it: no cap is as large. */
#define INTEREST_MAX ((liq_int128)1 << 126)

static liq_status margin_start(liq_live_margin *margin, liq_error *err);
static liq_status table_check(const liq_live_margin *margin, uint32_t instrument, liq_error *err);
static liq_dynamic_instrument instrument_of(const liq_venue *venue, uint32_t index);
static liq_status factors_apply(const liq_live_margin *margin, uint32_t instrument,
                                liq_factor_pair factors, liq_error *err);
static void facts_see(liq_live_margin *margin, uint32_t instrument);
static liq_int128 interest_value(const liq_live_margin *margin, uint32_t instrument,
                                 liq_decimal mark);
static liq_int128 depth_near(const liq_live_margin *margin, uint32_t instrument);
static liq_int128 side_near(const liq_live_side *side, liq_decimal mark, uint32_t within_ppm,
                            bool is_bid);
static bool is_near(liq_decimal price, liq_decimal mark, uint32_t within_ppm, bool is_bid);
static void numbers_write(const liq_live_margin *margin, uint32_t instrument,
                          int64_t out[STATE_NUMBERS]);
static uint32_t numbers_read(liq_text text, int64_t *out);
static bool times_fit(const int64_t *numbers);
static bool wishes_fit(int64_t pair);
static bool state_fits(const liq_live_margin *margin, uint32_t instrument,
                       const liq_dynamic_state *state);

liq_status liq_live_margin_create(liq_live_margin *out, liq_live *live, const liq_book *book,
                                  liq_error *err)
{
    const liq_factor_pair one = {{LIQ_FACTOR_ONE, LIQ_FACTOR_ONE}};
    liq_status status = LIQ_OK;

    *out = (liq_live_margin){
        .policy = &book->venue.policy.dynamic_margin, .venue = &book->venue, .live = live};
    if (out->policy->is_on)
        status = margin_start(out, err);
    else
        for (uint32_t i = 0; status == LIQ_OK && i < book->venue.instrument_count; i++)
            status = factors_apply(out, i, one, err);
    if (status != LIQ_OK)
        liq_live_margin_clear(out);
    return status;
}

void liq_live_margin_clear(liq_live_margin *margin)
{
    liq_dynamic_destroy(margin->dynamic);
    free(margin->facts);
    free(margin->depths);
    free(margin->implied_ppm);
    *margin = (liq_live_margin){0};
}

liq_status liq_live_margin_tick(liq_live_margin *margin, int64_t time_ms,
                                const liq_dynamic_change **changes, uint32_t *count, liq_error *err)
{
    liq_status status = LIQ_OK;

    *count = 0;
    if (margin->dynamic == NULL)
        return LIQ_OK;
    for (uint32_t i = 0; i < margin->venue->instrument_count; i++)
        facts_see(margin, i);
    liq_dynamic_tick(margin->dynamic, time_ms, margin->facts, changes, count);
    for (uint32_t i = 0; status == LIQ_OK && i < *count; i++)
        if ((*changes)[i].stage == LIQ_DYNAMIC_EFFECTIVE)
            status =
                factors_apply(margin, (*changes)[i].instrument_index, (*changes)[i].after, err);
    return status;
}

void liq_live_margin_implied_set(liq_live_margin *margin, uint32_t instrument,
                                 liq_decimal volatility)
{
    liq_int128 ppm;

    if (margin->dynamic == NULL)
        return;
    if (!liq_decimal_scale(&ppm, volatility, PPM_DECIMALS, LIQ_ROUND_CEIL) || ppm > UINT32_MAX)
        ppm = UINT32_MAX;
    margin->implied_ppm[instrument] = (uint32_t)ppm;
}

void liq_live_margin_state_write(const liq_live_margin *margin, uint32_t instrument,
                                 char out[LIQ_MARGIN_STATE_BYTES])
{
    int64_t numbers[STATE_NUMBERS];
    size_t used = 0;

    numbers_write(margin, instrument, numbers);
    for (int i = 0; i < STATE_NUMBERS; i++)
        used += (size_t)snprintf(out + used, LIQ_MARGIN_STATE_BYTES - used, "%s%" PRId64,
                                 i > 0 ? " " : "", numbers[i]);
    LIQ_ASSERT(used < LIQ_MARGIN_STATE_BYTES);
}

uint64_t liq_live_margin_digest(const liq_live_margin *margin)
{
    uint64_t digest = 0;

    for (uint32_t i = 0; margin->dynamic != NULL && i < margin->venue->instrument_count; i++) {
        int64_t numbers[STATE_NUMBERS];

        numbers_write(margin, i, numbers);
        for (int k = 0; k < STATE_NUMBERS; k++)
            digest = liq_digest_add(digest, (uint64_t)numbers[k]);
    }
    return digest;
}

static void numbers_write(const liq_live_margin *margin, uint32_t instrument,
                          int64_t out[STATE_NUMBERS])
{
    const liq_dynamic_state *state = liq_dynamic_state_of(margin->dynamic, instrument);
    const liq_factor_track *track = &state->track;
    const int64_t numbers[STATE_NUMBERS] = {
        liq_dynamic_time(margin->dynamic),
        (int64_t)(state->realised.variance >> 62),
        (int64_t)(state->realised.variance & INT64_MAX >> 1),
        state->realised.mark.digits,
        state->realised.mark.decimals,
        state->realised.mark_ms,
        track->now.ppm[0],
        track->now.ppm[1],
        track->next.ppm[0],
        track->next.ppm[1],
        track->wishes[0].raise_since_ms,
        track->wishes[0].lower_since_ms,
        track->wishes[1].raise_since_ms,
        track->wishes[1].lower_since_ms,
        (int64_t)track->wishes[0].raise_ppm << 32 | track->wishes[0].lower_ppm,
        (int64_t)track->wishes[1].raise_ppm << 32 | track->wishes[1].lower_ppm,
        track->told_ms,
        track->effective_ms,
        track->is_under_way,
        margin->implied_ppm[instrument]};

    memcpy(out, numbers, sizeof numbers);
}

bool liq_live_margin_state_read(liq_live_margin *margin, uint32_t instrument, liq_text text)
{
    int64_t n[STATE_NUMBERS];
    liq_dynamic_state state;

    if (margin->dynamic == NULL)
        return true; /* switched off since */
    if (numbers_read(text, n) != STATE_NUMBERS || n[1] < 0 || n[1] >= (int64_t)1 << 30 ||
        n[2] < 0 || n[2] > INT64_MAX >> 1 || n[3] < 0 || n[4] < 0 ||
        n[4] > LIQ_DECIMAL_DECIMALS_MAX || n[18] < 0 || n[18] > 1 || n[19] < 0 ||
        n[19] > UINT32_MAX || !times_fit(n) || !wishes_fit(n[14]) || !wishes_fit(n[15]))
        return false;
    for (int i = 6; i < 10; i++)
        if (n[i] < 1 || n[i] > LIQ_FACTOR_PPM_MAX)
            return false;
    state.realised = (liq_realised){.variance = (liq_uint128)n[1] << 62 | (liq_uint128)n[2],
                                    .mark = {n[3], (int32_t)n[4]},
                                    .mark_ms = n[5]};
    state.track = (liq_factor_track){.now = {{(uint32_t)n[6], (uint32_t)n[7]}},
                                     .next = {{(uint32_t)n[8], (uint32_t)n[9]}},
                                     .told_ms = n[16],
                                     .effective_ms = n[17],
                                     .is_under_way = n[18] != 0};
    for (int i = 0; i < LIQ_FACTOR_PAIR; i++)
        state.track.wishes[i] = (liq_factor_wish){.raise_since_ms = n[10 + 2 * i],
                                                  .lower_since_ms = n[11 + 2 * i],
                                                  .raise_ppm = (uint32_t)(n[14 + i] >> 32),
                                                  .lower_ppm = (uint32_t)n[14 + i]};
    if (!state_fits(margin, instrument, &state))
        return false;
    *liq_dynamic_state_of(margin->dynamic, instrument) = state;
    liq_dynamic_time_set(margin->dynamic, n[0]);
    margin->implied_ppm[instrument] = (uint32_t)n[19];
    return true;
}

static liq_status margin_start(liq_live_margin *margin, liq_error *err)
{
    const liq_venue *venue = margin->venue;
    liq_dynamic_instrument *instruments = NULL;
    liq_status status;

    if ((status = liq_memory_array(&margin->facts, venue->instrument_count, sizeof *margin->facts,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&margin->depths, venue->instrument_count, sizeof *margin->depths,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&margin->implied_ppm, venue->instrument_count,
                                   sizeof *margin->implied_ppm, err)) != LIQ_OK ||
        (status = liq_memory_array(&instruments, venue->instrument_count, sizeof *instruments,
                                   err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < venue->instrument_count; i++) {
        instruments[i] = instrument_of(venue, i);
        status = table_check(margin, i, err);
    }
    if (status == LIQ_OK)
        status = liq_dynamic_create(&margin->dynamic, margin->policy, instruments,
                                    venue->instrument_count, err);
    free(instruments);
    for (uint32_t i = 0; status == LIQ_OK && i < venue->instrument_count; i++) {
        const liq_margin_factors held = margin->live->book.prices.margin_factors[i];
        liq_factor_track *track = &liq_dynamic_state_of(margin->dynamic, i)->track;

        track->now = (liq_factor_pair){{held.maintenance_ppm, held.initial_ppm}};
        track->next = track->now;
        margin->depths[i].version = UINT64_MAX;
    }
    return status;
}

/* So that no tick can fail later. */
static liq_status table_check(const liq_live_margin *margin, uint32_t instrument, liq_error *err)
{
    const liq_margin_factors most = {margin->policy->most_ppm, margin->policy->most_ppm};
    liq_error reason = {0};
    const liq_status status = liq_margin_factors_check(margin->venue, instrument, most, &reason);

    return status == LIQ_OK
               ? LIQ_OK
               : liq_fail(err, status, 0, "dynamic_margin: under its largest factors %s",
                          reason.message);
}

static liq_dynamic_instrument instrument_of(const liq_venue *venue, uint32_t index)
{
    const liq_instrument *instrument = &venue->instruments[index];
    liq_int128 base = 0;

    (void)liq_decimal_scale(&base, venue->tiers[instrument->tier_first].initial_rate, PPM_DECIMALS,
                            LIQ_ROUND_CEIL);
    return (liq_dynamic_instrument){.own = instrument->dynamic_margin,
                                    .base_initial_ppm = base > 0 ? (uint32_t)base : 1,
                                    .value_decimals =
                                        venue->assets[instrument->settle_index].value_decimals,
                                    .is_fixed = instrument->kind >= LIQ_INSTRUMENT_OPTION};
}

static liq_status factors_apply(const liq_live_margin *margin, uint32_t instrument,
                                liq_factor_pair factors, liq_error *err)
{
    const liq_live_event event = {.kind = LIQ_LIVE_MARGIN_FACTORS,
                                  .symbol =
                                      liq_names_get(margin->venue->instrument_names, instrument),
                                  .maintenance_factor_ppm = factors.ppm[LIQ_FACTOR_MAINTENANCE],
                                  .initial_factor_ppm = factors.ppm[LIQ_FACTOR_INITIAL]};

    return liq_live_apply(margin->live, &event, 1, err);
}

static void facts_see(liq_live_margin *margin, uint32_t instrument)
{
    const liq_live_book *book = &margin->live->book;
    liq_dynamic_facts *facts = &margin->facts[instrument];
    liq_near_depth *depth = &margin->depths[instrument];

    facts->mark = book->prices.instrument_marks[instrument];
    facts->interest_lots = book->long_lots[instrument];
    facts->implied_ppm = margin->implied_ppm[instrument];
    facts->depth_lots = -1;
    if (margin->policy->uses[LIQ_FACTOR_INTEREST])
        facts->interest_value = interest_value(margin, instrument, facts->mark);
    if (!margin->policy->uses[LIQ_FACTOR_CONCENTRATION])
        return;
    if (depth->version != book->depth_versions[instrument])
        *depth = (liq_near_depth){depth_near(margin, instrument), book->depth_versions[instrument]};
    facts->depth_lots = depth->lots;
}

static liq_int128 interest_value(const liq_live_margin *margin, uint32_t instrument,
                                 liq_decimal mark)
{
    const liq_int128 lots = margin->live->book.long_lots[instrument];
    int64_t value;

    if (mark.digits == 0 || !liq_lot_value(&value, margin->venue, instrument, mark, LIQ_ROUND_CEIL))
        return 0;
    if (value < 0)
        value = -value;
    return value > 0 && lots > INTEREST_MAX / value ? INTEREST_MAX : lots * value;
}

/* Levels move with the mark, so their distance from it is that from the mark they were seen at. */
static liq_int128 depth_near(const liq_live_margin *margin, uint32_t instrument)
{
    const liq_live_book *book = &margin->live->book;
    const liq_live_side *bids = &book->depth[2 * instrument];
    const liq_decimal seen = book->depth_marks[instrument];
    const liq_decimal mark = seen.digits != 0 ? seen : book->prices.instrument_marks[instrument];
    const uint32_t within = margin->policy->depth_within_ppm;
    liq_int128 bid;
    liq_int128 ask;

    if (mark.digits == 0 || (bids[0].first == bids[0].end && bids[1].first == bids[1].end))
        return -1;
    bid = side_near(&bids[0], mark, within, true);
    ask = side_near(&bids[1], mark, within, false);
    return bid < ask ? bid : ask;
}

static liq_int128 side_near(const liq_live_side *side, liq_decimal mark, uint32_t within_ppm,
                            bool is_bid)
{
    uint32_t low = side->first;
    uint32_t high = side->end;
    liq_int128 lots = 0;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (is_near(side->levels[middle].price, mark, within_ppm, is_bid))
            low = middle + 1;
        else
            high = middle;
    }
    for (uint32_t i = side->first; i < low; i++)
        lots += side->levels[i].quantity_lots;
    return lots;
}

static bool is_near(liq_decimal price, liq_decimal mark, uint32_t within_ppm, bool is_bid)
{
    int64_t ratio;

    if (is_bid)
        return liq_decimal_divide(&ratio, price, mark, PPM_DECIMALS, LIQ_ROUND_FLOOR) &&
               ratio >= LIQ_FACTOR_ONE - (int64_t)within_ppm;
    return liq_decimal_divide(&ratio, price, mark, PPM_DECIMALS, LIQ_ROUND_CEIL) &&
           ratio <= LIQ_FACTOR_ONE + (int64_t)within_ppm;
}

/* @return how many there are; more than STATE_NUMBERS: something else is there */
static uint32_t numbers_read(liq_text text, int64_t *out)
{
    char copy[LIQ_MARGIN_STATE_BYTES];
    char *at = copy;
    uint32_t count = 0;

    if (text.bytes == 0 || text.bytes >= sizeof copy)
        return 0;
    memcpy(copy, text.data, text.bytes);
    copy[text.bytes] = '\0';
    while (count < STATE_NUMBERS && *at != '\0') {
        char *end = at;

        out[count] = strtoll(at, &end, 10);
        if (end == at || (*end != ' ' && *end != '\0'))
            return 0;
        count++;
        at = end + (*end == ' ');
    }
    return *at == '\0' ? count : STATE_NUMBERS + 1;
}

/* No time that may be added to is past what is taken of a feed. */
static bool times_fit(const int64_t *numbers)
{
    static const uint8_t since[] = {10, 11, 12, 13, 16};

    if ((numbers[0] < 0 && numbers[0] != INT64_MIN) || numbers[0] > LIQ_TIME_MS_MAX ||
        numbers[5] < 0 || numbers[5] > LIQ_TIME_MS_MAX || numbers[17] < 0 ||
        numbers[17] > 2 * LIQ_TIME_MS_MAX)
        return false;
    for (size_t i = 0; i < sizeof since; i++)
        if (numbers[since[i]] < LIQ_FACTOR_NEVER_MS || numbers[since[i]] > LIQ_TIME_MS_MAX)
            return false;
    return true;
}

/* What was asked for, of both directions in one number. */
static bool wishes_fit(int64_t pair)
{
    return pair >= 0 && pair >> 32 <= LIQ_FACTOR_PPM_MAX && (uint32_t)pair <= LIQ_FACTOR_PPM_MAX;
}

/* What is in force is in the book. */
static bool state_fits(const liq_live_margin *margin, uint32_t instrument,
                       const liq_dynamic_state *state)
{
    const liq_margin_factors held = margin->live->book.prices.margin_factors[instrument];
    const liq_margin_factors next = {state->track.next.ppm[0], state->track.next.ppm[1]};

    return state->track.now.ppm[0] == held.maintenance_ppm &&
           state->track.now.ppm[1] == held.initial_ppm &&
           liq_margin_factors_check(margin->venue, instrument, next, NULL) == LIQ_OK;
}
