/*
 * A runner of cascades is made: options read and checked, memory taken for all its runs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "cascade/cascade_internal.h"
#include "cascade/policy_variant.h"

enum {
    PPM_ONE = 1000000,
    DEPTH_PPM_MAX_MILLIONS = 1000000,
    ROUND_MS = 1000,
    ROUND_MS_MAX = 86400000,
    ROUNDS = 1000,
    BETA_PPM_MAX = 100000000
};

static liq_status options_read(liq_cascade *self, const liq_cascade_options *options,
                               liq_error *err);
static liq_status rules_read(liq_cascade *self, liq_error *err);
static liq_status drags_read(liq_cascade *self, const liq_cascade_options *options, liq_error *err);
static liq_status arrays_take(liq_cascade *self, liq_error *err);

liq_status liq_cascade_create(liq_cascade **out, const liq_book *book,
                              const liq_cascade_options *options, liq_error *err)
{
    static const liq_cascade_options defaults;
    liq_cascade *self = NULL;
    liq_status status;

    if ((status = liq_memory_array(&self, 1, sizeof *self, err)) != LIQ_OK)
        return status;
    self->book = *book;
    if ((status = options_read(self, options == NULL ? &defaults : options, err)) != LIQ_OK ||
        (status = rules_read(self, err)) != LIQ_OK ||
        (status = drags_read(self, options == NULL ? &defaults : options, err)) != LIQ_OK ||
        (status = arrays_take(self, err)) != LIQ_OK ||
        (status = liq_cascade_feed_make(self, options == NULL ? &defaults : options, err)) !=
            LIQ_OK ||
        (status = liq_cascade_volume_read(self, options == NULL ? NULL : options->volume, err)) !=
            LIQ_OK) {
        liq_cascade_destroy(self);
        return status;
    }
    *out = self;
    return LIQ_OK;
}

void liq_cascade_destroy(liq_cascade *cascade)
{
    if (cascade == NULL)
        return;
    liq_cascade_live_drop(cascade);
    liq_hash_destroy(cascade->hash);
    liq_cascade_feed_clear(&cascade->feed);
    free(cascade->drags);
    free(cascade->doubled);
    free(cascade->events);
    free(cascade->before);
    free(cascade->shocked);
    free(cascade->raw);
    free(cascade->told);
    free(cascade->moved);
    free(cascade->sums);
    free(cascade->stands);
    free(cascade->gaps);
    free(cascade->pending);
    free(cascade->deal);
    free(cascade->deals);
    free(cascade->steps);
    free(cascade->levels);
    free(cascade->was_liquidated);
    free(cascade->was_deleveraged);
    free(cascade->device);
    free(cascade);
}

static liq_status options_read(liq_cascade *self, const liq_cascade_options *options,
                               liq_error *err)
{
    const int64_t depth_most = (int64_t)DEPTH_PPM_MAX_MILLIONS * PPM_ONE;
    liq_cascade_options *to = &self->options;

    *to = *options;
    to->depth_ppm = to->depth_ppm == 0 ? PPM_ONE : to->depth_ppm;
    to->round_ms = to->round_ms == 0 ? ROUND_MS : to->round_ms;
    to->rounds_max = to->rounds_max == 0 ? ROUNDS : to->rounds_max;
    if (to->depth_ppm < 0 || to->depth_ppm > depth_most)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "depth of %lld ppm is not in 1 .. %lld",
                        (long long)to->depth_ppm, (long long)depth_most);
    if (to->recovery_ppm < 0 || to->recovery_ppm > PPM_ONE)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "recovery of %lld ppm is not in 0 .. %d",
                        (long long)to->recovery_ppm, PPM_ONE);
    if (to->reversion_ppm < 0 || to->reversion_ppm > PPM_ONE)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "reversion of %lld ppm is not in 0 .. %d",
                        (long long)to->reversion_ppm, PPM_ONE);
    if (to->round_ms < 0 || to->round_ms > ROUND_MS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "rounds of %lld ms are not of 1 .. %d",
                        (long long)to->round_ms, ROUND_MS_MAX);
    if (to->rounds_max > LIQ_CASCADE_ROUNDS_MAX_LIMIT)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u rounds are past %d", to->rounds_max,
                        LIQ_CASCADE_ROUNDS_MAX_LIMIT);
    if (to->device == NULL)
        return LIQ_OK;
    self->device = strdup(to->device);
    to->device = self->device;
    return self->device != NULL ? LIQ_OK : liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "no memory");
}

/* The rules of the cascade: what fills do to marks is its own business. */
static liq_status rules_read(liq_cascade *self, liq_error *err)
{
    liq_liquidation *rules = &self->book.venue.policy.liquidation;
    const char *name =
        self->options.policy_name != NULL ? self->options.policy_name : "the policy of the cascade";
    liq_status status;

    if (self->options.policy != NULL &&
        (status = liq_policy_variant(&self->book.venue.policy, &self->book, name,
                                     self->options.policy, err)) != LIQ_OK)
        return status;
    self->options.policy = NULL; /* not lent any more */
    self->options.policy_name = NULL;
    rules->mark_follows_fills = false;
    rules->cascade_rounds = 0;
    if (rules->execution == LIQ_EXECUTION_EXTERNAL)
        rules->execution = LIQ_EXECUTION_DEPTH;
    if (self->options.infinite_depth) {
        rules->execution = LIQ_EXECUTION_MARK;
        rules->execution_cost = 0;
    }
    if (rules->is_known && self->book.depth_count == 0 && rules->execution != LIQ_EXECUTION_MARK &&
        rules->execution != LIQ_EXECUTION_BANKRUPTCY)
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        "the book has no depth (depth.csv) for what is liquidated to be closed "
                        "into: add it, or ask for infinite depth");
    return LIQ_OK;
}

static liq_status drags_read(liq_cascade *self, const liq_cascade_options *options, liq_error *err)
{
    liq_status status =
        liq_memory_array(&self->drags, options->follower_count, sizeof *self->drags, err);

    self->options.followers = NULL;
    for (uint32_t i = 0; status == LIQ_OK && i < options->follower_count; i++) {
        const liq_cascade_follower *from = &options->followers[i];
        liq_cascade_drag *to = &self->drags[self->drag_count++];

        to->beta_ppm = from->beta_ppm;
        if ((status = liq_cascade_price_find(&to->leader, &self->book, from->leader, err)) !=
                LIQ_OK ||
            (status = liq_cascade_price_find(&to->price, &self->book, from->symbol, err)) != LIQ_OK)
            return status;
        if (to->leader >= self->book.venue.instrument_count)
            return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" is an asset: nothing follows it",
                            from->leader);
        if (to->leader == to->price)
            return liq_fail(err, LIQ_DUPLICATE, 0, "\"%s\" follows itself", from->symbol);
        if (to->beta_ppm < -BETA_PPM_MAX || to->beta_ppm > BETA_PPM_MAX)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a beta of %lld ppm is not in -%d .. %d",
                            (long long)to->beta_ppm, BETA_PPM_MAX, BETA_PPM_MAX);
    }
    return status;
}

static liq_status arrays_take(liq_cascade *self, liq_error *err)
{
    const size_t instruments = self->book.venue.instrument_count;
    const size_t prices = instruments + self->book.venue.asset_count;
    liq_status status;

    self->price_count = (uint32_t)prices;
    if ((status = liq_hash_create(&self->hash, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->events, 1, sizeof *self->events, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->before, prices, sizeof *self->before, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->shocked, prices, sizeof *self->shocked, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->raw, prices, sizeof *self->raw, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->told, prices, sizeof *self->told, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->pending, prices, sizeof *self->pending, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->doubled, prices, sizeof *self->doubled, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->gaps, LIQ_CASCADE_SIDES * instruments, sizeof *self->gaps,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&self->moved, prices, sizeof *self->moved, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->sums, LIQ_CASCADE_SIDES * instruments, sizeof *self->sums,
                                   err)) != LIQ_OK)
        return status;
    if ((status = liq_memory_array(&self->stands, LIQ_CASCADE_SIDES * instruments,
                                   sizeof *self->stands, err)) != LIQ_OK)
        return status;
    return liq_memory_array(&self->deal, instruments, sizeof *self->deal, err);
}
