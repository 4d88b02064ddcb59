#include "dynamic/factor_track.h"

static void wish_see(liq_factor_wish *wish, uint32_t held_ppm, uint32_t asked_ppm, int64_t time_ms);
static uint32_t wish_due(const liq_factor_wish *wish, const liq_dynamic_policy *policy,
                         uint32_t held_ppm, uint32_t asked_ppm, int64_t time_ms);
static uint32_t step_towards(uint32_t held_ppm, uint32_t due_ppm, uint32_t step_ppm);
static bool effect_take(liq_factor_track *track, int64_t time_ms);

liq_factor_track liq_factor_track_start(void)
{
    const liq_factor_pair one = {{LIQ_FACTOR_ONE, LIQ_FACTOR_ONE}};
    const liq_factor_wish none = {.raise_since_ms = LIQ_FACTOR_NEVER_MS,
                                  .lower_since_ms = LIQ_FACTOR_NEVER_MS};

    return (liq_factor_track){
        .now = one, .next = one, .wishes = {none, none}, .told_ms = LIQ_FACTOR_NEVER_MS};
}

uint32_t liq_factor_bounded_ceil(const liq_dynamic_policy *policy, uint32_t ppm)
{
    const uint64_t grid = policy->grid_ppm;
    const uint64_t rounded = (ppm + grid - 1) / grid * grid;

    if (rounded < policy->least_ppm)
        return policy->least_ppm;
    return rounded > policy->most_ppm ? policy->most_ppm : (uint32_t)rounded;
}

liq_factor_news liq_factor_track_tick(liq_factor_track *track, const liq_dynamic_policy *policy,
                                      int64_t time_ms, liq_factor_pair asked)
{
    liq_factor_news news = {.is_effective = effect_take(track, time_ms)};
    liq_factor_pair next = track->next;

    for (int i = 0; i < LIQ_FACTOR_PAIR; i++) {
        const uint32_t held = track->next.ppm[i];

        wish_see(&track->wishes[i], held, asked.ppm[i], time_ms);
        next.ppm[i] =
            step_towards(held, wish_due(&track->wishes[i], policy, held, asked.ppm[i], time_ms),
                         policy->step_ppm);
    }
    if (track->is_under_way ||
        (next.ppm[0] == track->next.ppm[0] && next.ppm[1] == track->next.ppm[1]) ||
        (track->told_ms != LIQ_FACTOR_NEVER_MS && time_ms - track->told_ms < policy->interval_ms))
        return news;
    track->next = next;
    track->told_ms = time_ms;
    track->effective_ms = time_ms + policy->notice_ms;
    track->is_under_way = true;
    news.is_told = true;
    news.is_effective |= effect_take(track, time_ms);
    return news;
}

/* Whoever is on the other side of what is held begins to wait anew. A wish that a step has met in
   part goes on. */
static void wish_see(liq_factor_wish *wish, uint32_t held_ppm, uint32_t asked_ppm, int64_t time_ms)
{
    if (asked_ppm <= held_ppm || wish->raise_ppm <= held_ppm)
        wish->raise_since_ms = LIQ_FACTOR_NEVER_MS;
    if (asked_ppm >= held_ppm || wish->lower_ppm >= held_ppm)
        wish->lower_since_ms = LIQ_FACTOR_NEVER_MS;
    if (asked_ppm > held_ppm) {
        if (wish->raise_since_ms == LIQ_FACTOR_NEVER_MS || asked_ppm < wish->raise_ppm)
            wish->raise_ppm = asked_ppm;
        if (wish->raise_since_ms == LIQ_FACTOR_NEVER_MS)
            wish->raise_since_ms = time_ms;
    }
    if (asked_ppm < held_ppm) {
        if (wish->lower_since_ms == LIQ_FACTOR_NEVER_MS || asked_ppm > wish->lower_ppm)
            wish->lower_ppm = asked_ppm;
        if (wish->lower_since_ms == LIQ_FACTOR_NEVER_MS)
            wish->lower_since_ms = time_ms;
    }
}

/* What has been asked for for long enough: all of the time at least that much. */
static uint32_t wish_due(const liq_factor_wish *wish, const liq_dynamic_policy *policy,
                         uint32_t held_ppm, uint32_t asked_ppm, int64_t time_ms)
{
    if (asked_ppm > held_ppm && time_ms - wish->raise_since_ms >= policy->raise_after_ms)
        return policy->raise_after_ms == 0 ? asked_ppm : wish->raise_ppm;
    if (asked_ppm < held_ppm && time_ms - wish->lower_since_ms >= policy->lower_after_ms)
        return policy->lower_after_ms == 0 ? asked_ppm : wish->lower_ppm;
    return held_ppm;
}

static uint32_t step_towards(uint32_t held_ppm, uint32_t due_ppm, uint32_t step_ppm)
{
    if (due_ppm > held_ppm)
        return due_ppm - held_ppm > step_ppm ? held_ppm + step_ppm : due_ppm;
    return held_ppm - due_ppm > step_ppm ? held_ppm - step_ppm : due_ppm;
}

/* A change under way whose time has come. */
static bool effect_take(liq_factor_track *track, int64_t time_ms)
{
    if (!track->is_under_way || time_ms < track->effective_ms)
        return false;
    track->now = track->next;
    track->is_under_way = false;
    return true;
}
