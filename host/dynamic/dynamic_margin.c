#include "dynamic/dynamic_margin.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "dynamic/factor_sources.h"

/* What of an instrument does not change, as ticks need it. */
typedef struct instrument_rules {
    liq_uint128 realised_reference; /* variance for a millisecond */
    liq_int128 lower_cap;           /* as interest_value */
    liq_int128 upper_cap;
    uint32_t implied_reference_ppm;
    uint32_t base_initial_ppm;
    bool is_fixed;
} instrument_rules;

/* What the last variance came to: it changes once a sample, and is asked for at every tick. */
typedef struct variance_ratio {
    liq_uint128 variance;
    uint32_t ppm;
} variance_ratio;

struct liq_dynamic {
    liq_dynamic_policy policy;
    liq_half_powers powers;
    instrument_rules *rules;
    liq_dynamic_state *states;
    variance_ratio *ratios;
    liq_dynamic_change *changes; /* of the last tick: two by instrument at most */
    uint32_t count;
    uint32_t change_count;
    int64_t time_ms;
};

static liq_status rules_make(instrument_rules *out, const liq_dynamic_policy *policy,
                             const liq_dynamic_instrument *instrument, uint32_t index,
                             liq_error *err);
static void instrument_tick(liq_dynamic *dynamic, uint32_t index, const liq_dynamic_facts *facts);
static liq_dynamic_evidence evidence_of(liq_dynamic *dynamic, uint32_t index,
                                        const liq_dynamic_facts *facts);
static uint32_t realised_factor_ceil(liq_dynamic *dynamic, uint32_t index);
static void interest_see(liq_dynamic_evidence *out, const instrument_rules *rules,
                         const liq_dynamic_facts *facts);
static void concentration_see(liq_dynamic_evidence *out, const liq_dynamic_policy *policy,
                              const liq_dynamic_facts *facts);
static uint32_t implied_factor_ceil(uint32_t implied_ppm, uint32_t reference_ppm);
static void pairs_fill(liq_dynamic_evidence *evidence, const liq_dynamic_policy *policy);
static void change_add(liq_dynamic *dynamic, liq_dynamic_change change);

liq_status liq_dynamic_create(liq_dynamic **out, const liq_dynamic_policy *policy,
                              const liq_dynamic_instrument *instruments, uint32_t count,
                              liq_error *err)
{
    liq_dynamic *dynamic = NULL;
    liq_status status;

    LIQ_ASSERT(policy->is_on);
    if ((status = liq_memory_array(&dynamic, 1, sizeof *dynamic, err)) != LIQ_OK)
        return status;
    dynamic->policy = *policy;
    dynamic->count = count;
    dynamic->time_ms = INT64_MIN;
    liq_half_powers_fill(&dynamic->powers);
    if ((status = liq_memory_array(&dynamic->rules, count, sizeof *dynamic->rules, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&dynamic->states, count, sizeof *dynamic->states, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&dynamic->ratios, count, sizeof *dynamic->ratios, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&dynamic->changes, 2 * (size_t)count, sizeof *dynamic->changes,
                                   err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < count; i++) {
        status = rules_make(&dynamic->rules[i], policy, &instruments[i], i, err);
        if (status != LIQ_OK)
            goto done;
        dynamic->states[i].track = liq_factor_track_start();
        dynamic->states[i].realised.variance = dynamic->rules[i].realised_reference;
    }
    *out = dynamic;
    dynamic = NULL; /* given away */
done:
    liq_dynamic_destroy(dynamic);
    return status;
}

void liq_dynamic_destroy(liq_dynamic *dynamic)
{
    if (dynamic == NULL)
        return;
    free(dynamic->rules);
    free(dynamic->states);
    free(dynamic->ratios);
    free(dynamic->changes);
    free(dynamic);
}

void liq_dynamic_tick(liq_dynamic *dynamic, int64_t time_ms, const liq_dynamic_facts *facts,
                      const liq_dynamic_change **changes, uint32_t *count)
{
    if (time_ms > dynamic->time_ms)
        dynamic->time_ms = time_ms;
    dynamic->change_count = 0;
    for (uint32_t i = 0; i < dynamic->count; i++)
        if (!dynamic->rules[i].is_fixed)
            instrument_tick(dynamic, i, &facts[i]);
    *changes = dynamic->changes;
    *count = dynamic->change_count;
}

liq_factor_pair liq_dynamic_factors(const liq_dynamic *dynamic, uint32_t instrument_index)
{
    LIQ_ASSERT(instrument_index < dynamic->count);
    return dynamic->states[instrument_index].track.now;
}

liq_dynamic_state *liq_dynamic_state_of(liq_dynamic *dynamic, uint32_t instrument_index)
{
    LIQ_ASSERT(instrument_index < dynamic->count);
    return &dynamic->states[instrument_index];
}

int64_t liq_dynamic_time(const liq_dynamic *dynamic)
{
    return dynamic->time_ms;
}

void liq_dynamic_time_set(liq_dynamic *dynamic, int64_t time_ms)
{
    dynamic->time_ms = time_ms;
}

/* The instrument's own words, else the venue's. */
static liq_status rules_make(instrument_rules *out, const liq_dynamic_policy *policy,
                             const liq_dynamic_instrument *instrument, uint32_t index,
                             liq_error *err)
{
    const liq_dynamic_own *own = &instrument->own;
    const bool own_caps = own->upper_cap.digits != 0;
    const uint32_t realised = own->realised_reference_ppm != 0 ? own->realised_reference_ppm
                                                               : policy->realised_reference_ppm;

    *out = (instrument_rules){
        .realised_reference = liq_variance_of_floor(realised != 0 ? realised : LIQ_FACTOR_ONE),
        .implied_reference_ppm = own->implied_reference_ppm != 0 ? own->implied_reference_ppm
                                                                 : policy->implied_reference_ppm,
        .base_initial_ppm = instrument->base_initial_ppm,
        .is_fixed = instrument->is_fixed};
    if (!policy->uses[LIQ_FACTOR_INTEREST] || instrument->is_fixed)
        return LIQ_OK;
    if (liq_decimal_scale(&out->lower_cap, own_caps ? own->lower_cap : policy->lower_cap,
                          instrument->value_decimals, LIQ_ROUND_FLOOR) &&
        liq_decimal_scale(&out->upper_cap, own_caps ? own->upper_cap : policy->upper_cap,
                          instrument->value_decimals, LIQ_ROUND_FLOOR) &&
        out->lower_cap < out->upper_cap)
        return LIQ_OK;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                    "instrument %u: its caps of open interest are too large, or the same, in units "
                    "of 10^-%d",
                    index, instrument->value_decimals);
}

static void instrument_tick(liq_dynamic *dynamic, uint32_t index, const liq_dynamic_facts *facts)
{
    const liq_dynamic_policy *policy = &dynamic->policy;
    liq_dynamic_state *state = &dynamic->states[index];
    liq_dynamic_change change = {.instrument_index = index, .time_ms = dynamic->time_ms};
    liq_factor_news news;

    if (policy->uses[LIQ_FACTOR_REALISED])
        liq_realised_see(&state->realised, &dynamic->powers, policy->half_life_ms,
                         policy->sample_ms, dynamic->time_ms, facts->mark);
    change.evidence = evidence_of(dynamic, index, facts);
    change.before = state->track.now;
    news = liq_factor_track_tick(&state->track, policy, dynamic->time_ms, change.evidence.bounded);
    change.effective_ms = state->track.effective_ms;
    change.after = state->track.next;
    /* Where the change before took effect at the very tick that tells the next, it is told first:
       what it made of the factors is what the next one starts from. */
    if (news.is_told && news.is_effective && state->track.is_under_way) {
        liq_dynamic_change first = change;

        first.stage = LIQ_DYNAMIC_EFFECTIVE;
        first.effective_ms = dynamic->time_ms;
        first.after = state->track.now;
        change_add(dynamic, first);
        change.before = state->track.now;
        news.is_effective = false;
    }
    change.stage = LIQ_DYNAMIC_ANNOUNCED;
    if (news.is_told)
        change_add(dynamic, change);
    change.stage = LIQ_DYNAMIC_EFFECTIVE;
    change.after = state->track.now;
    if (news.is_effective)
        change_add(dynamic, change);
}

static liq_dynamic_evidence evidence_of(liq_dynamic *dynamic, uint32_t index,
                                        const liq_dynamic_facts *facts)
{
    const liq_dynamic_policy *policy = &dynamic->policy;
    const instrument_rules *rules = &dynamic->rules[index];
    liq_dynamic_evidence out = {.implied_ppm = facts->implied_ppm};

    if (policy->uses[LIQ_FACTOR_REALISED])
        out.source_ppm[LIQ_FACTOR_REALISED] = realised_factor_ceil(dynamic, index);
    if (policy->uses[LIQ_FACTOR_IMPLIED])
        out.source_ppm[LIQ_FACTOR_IMPLIED] =
            implied_factor_ceil(facts->implied_ppm, rules->implied_reference_ppm);
    if (policy->uses[LIQ_FACTOR_INTEREST])
        interest_see(&out, rules, facts);
    if (policy->uses[LIQ_FACTOR_CONCENTRATION])
        concentration_see(&out, policy, facts);
    pairs_fill(&out, policy);
    return out;
}

static uint32_t realised_factor_ceil(liq_dynamic *dynamic, uint32_t index)
{
    const liq_uint128 variance = dynamic->states[index].realised.variance;
    variance_ratio *ratio = &dynamic->ratios[index];

    if (ratio->ppm == 0 || ratio->variance != variance)
        *ratio = (variance_ratio){
            variance,
            liq_volatility_ratio_ppm_ceil(variance, dynamic->rules[index].realised_reference)};
    return ratio->ppm;
}

static void interest_see(liq_dynamic_evidence *out, const instrument_rules *rules,
                         const liq_dynamic_facts *facts)
{
    out->interest_ppm =
        liq_share_between_ceil(facts->interest_value, rules->lower_cap, rules->upper_cap);
    out->source_ppm[LIQ_FACTOR_INTEREST] = liq_interest_factor_ceil(
        rules->base_initial_ppm, facts->interest_value, rules->lower_cap, rules->upper_cap);
}

/* Without depth nothing is known, and nothing is asked for. */
static void concentration_see(liq_dynamic_evidence *out, const liq_dynamic_policy *policy,
                              const liq_dynamic_facts *facts)
{
    out->source_ppm[LIQ_FACTOR_CONCENTRATION] = LIQ_FACTOR_ONE;
    if (facts->depth_lots < 0)
        return;
    out->concentration_ppm = liq_concentration_ceil(facts->interest_lots, facts->depth_lots);
    out->source_ppm[LIQ_FACTOR_CONCENTRATION] =
        liq_ramp_factor_ceil(out->concentration_ppm, policy->ratio_lower_ppm,
                             policy->ratio_upper_ppm, policy->ratio_top_ppm);
}

static uint32_t implied_factor_ceil(uint32_t implied_ppm, uint32_t reference_ppm)
{
    const uint64_t factor =
        ((uint64_t)implied_ppm * LIQ_FACTOR_ONE + reference_ppm - 1) / reference_ppm;

    if (implied_ppm == 0)
        return LIQ_FACTOR_ONE;
    return factor < LIQ_FACTOR_PPM_MAX ? (uint32_t)factor : LIQ_FACTOR_PPM_MAX;
}

/* The most that a source of each rate asks for; one where none speaks of it. */
static void pairs_fill(liq_dynamic_evidence *evidence, const liq_dynamic_policy *policy)
{
    for (int rate = 0; rate < LIQ_FACTOR_PAIR; rate++) {
        const liq_factor_rates other =
            rate == LIQ_FACTOR_MAINTENANCE ? LIQ_FACTOR_OF_INITIAL : LIQ_FACTOR_OF_MAINTENANCE;
        uint32_t most = 0;

        for (int i = 0; i < LIQ_FACTOR_SOURCES; i++)
            if (policy->uses[i] && policy->rates[i] != other && evidence->source_ppm[i] > most)
                most = evidence->source_ppm[i];
        if (most == 0)
            most = LIQ_FACTOR_ONE;
        evidence->raw.ppm[rate] = most;
        evidence->bounded.ppm[rate] = liq_factor_bounded_ceil(policy, most);
    }
}

static void change_add(liq_dynamic *dynamic, liq_dynamic_change change)
{
    const liq_uint128 variance = dynamic->states[change.instrument_index].realised.variance;
    const uint64_t volatility = liq_volatility_ppm_ceil(variance);

    if (dynamic->policy.uses[LIQ_FACTOR_REALISED])
        change.evidence.realised_ppm = volatility < UINT32_MAX ? (uint32_t)volatility : UINT32_MAX;
    LIQ_ASSERT(dynamic->change_count < 2 * dynamic->count);
    dynamic->changes[dynamic->change_count++] = change;
}
