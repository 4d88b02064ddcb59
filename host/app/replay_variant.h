/*
 * Ways of liquidating that a replay compares, as the command line names them: an execution with
 * numbers for its slices, such as "naive" or "sliced:participation=0.1,interval_ms=60000", or a
 * JSON file of rules that are changed, {"liquidation": {...}}.
 */
#ifndef LIQ_APP_REPLAY_VARIANT_H
#define LIQ_APP_REPLAY_VARIANT_H

#include "app/options.h"
#include "book/columns.h"

enum { LIQ_VARIANTS_MAX = 16 };

typedef struct liq_replay_variant {
    const char *name; /* as it was given; lent from the command line */
    liq_liquidation rules;
} liq_replay_variant;

/**
 * Read the values of an option that may be given again.
 * @param out    receives count of them
 * @param book   whose rules they change
 * @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE (also: too many), LIQ_NOT_FOUND, LIQ_IO,
 * LIQ_UNSUPPORTED (the book has no rules of liquidation)
 */
LIQ_MUST_USE liq_status liq_replay_variants_read(liq_replay_variant out[LIQ_VARIANTS_MAX],
                                                 uint32_t *count, const liq_book *book,
                                                 const liq_options *options, const char *name,
                                                 liq_error *err);

/** One of them. */
LIQ_MUST_USE liq_status liq_replay_variant_read(liq_replay_variant *out, const liq_book *book,
                                                const char *text, liq_error *err);

#endif
