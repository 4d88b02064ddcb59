/*
 * Actions, funds and summaries as users read them: names instead of indices, decimals instead of
 * counts.
 */
#ifndef LIQ_SETTLE_SETTLE_TEXT_H
#define LIQ_SETTLE_SETTLE_TEXT_H

#include "base/hash.h"
#include "settle/waterfall.h"

static inline liq_settle_row liq_settle_row_of(const liq_row_key *key, const liq_row_record *result)
{
    return (liq_settle_row){.name = {.account = key->account_index,
                                     .instrument = key->instrument_index,
                                     .is_short = key->is_short},
                            .result = *result};
}

void liq_settle_action_write(liq_settle_action *out, const liq_waterfall *waterfall,
                             const liq_action *action);

void liq_settle_leg_write(liq_settle_leg *out, const liq_waterfall *waterfall, const liq_leg *leg);

/** @param before  balance before the run, units */
void liq_settle_fund_write(liq_settle_fund *out, const liq_waterfall *waterfall, uint32_t index,
                           int64_t before);

void liq_settle_adl_write(liq_settle_adl *out, const liq_waterfall *waterfall,
                          const liq_adl_outcome *outcome);

/** Add the actions of a run to a hash: accounts by their ids, so that it does not depend on which
 * numbers a book has given them. */
void liq_settle_actions_hash(liq_hash *hash, const liq_waterfall *waterfall);

/** All but time and hash; of the last run, or of all. */
void liq_settle_summary_write(liq_settle_summary *out, const liq_waterfall *waterfall, bool of_all);

#endif
