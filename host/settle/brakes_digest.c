/*
 * What brakes know in one number: all that their written state holds, and nothing else, so that
 * brakes that were read back have the same.
 */
#include "base/digest.h"
#include "settle/brakes.h"

static uint64_t breaker_digest(uint64_t digest, const liq_breaker *breaker);

uint64_t liq_brakes_digest(const liq_brakes *brakes)
{
    uint64_t digest = breaker_digest(0, &brakes->cascade);

    for (int i = 0; i < LIQ_BRAKE_REASONS; i++)
        digest = liq_digest_add(digest, brakes->starts[i]);
    for (uint32_t i = 0; brakes->paces != NULL && i < brakes->instrument_count; i++) {
        const liq_pace *pace = &brakes->paces[i];

        if (pace->used == 0 && !pace->is_queued)
            continue;
        digest = liq_digest_add(liq_digest_add(digest, i), (uint64_t)pace->interval);
        digest = liq_digest_add(liq_digest_wide(digest, pace->used), pace->is_queued);
    }
    for (uint32_t i = 0; brakes->movers != NULL && i < brakes->instrument_count; i++) {
        const liq_speed *speed = &brakes->speeds[i];

        if (!liq_brakes_speed_is_known(brakes, i))
            continue;
        digest = liq_digest_add(liq_digest_add(digest, i), (uint64_t)speed->stretch);
        for (int sample = 0; sample < LIQ_SPEED_SAMPLES; sample++)
            digest = liq_digest_decimal(digest, speed->samples[sample]);
        digest = breaker_digest(digest, &brakes->movers[i]);
    }
    for (uint32_t i = 0; brakes->funds != NULL && i < brakes->fund_count; i++)
        digest = breaker_digest(digest, &brakes->funds[i]);
    return digest;
}

/* When the cause of one that is not known was there does not matter, and is not written. */
static uint64_t breaker_digest(uint64_t digest, const liq_breaker *breaker)
{
    const bool is_known = liq_breaker_is_known(breaker);

    digest = liq_digest_add(digest, (uint64_t)(breaker->is_on << 1 | breaker->is_waived));
    return is_known ? liq_digest_add(digest, (uint64_t)breaker->cause_ms) : digest;
}
