/*
 * Accounts that are not to be acted on for now, because what is known of them is not certain: an
 * event is missing, a price is stale, or advice for them is still out.
 */
#ifndef LIQ_SETTLE_SETTLE_FILTER_H
#define LIQ_SETTLE_SETTLE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/settle.h>

/* All are asked with the number that an account has in the live book, often, and answer the same
 * during a run. NULL: no account. */
typedef struct liq_settle_filter {
    void *context; /* lent */
    /** Its margin accounts are not called and not liquidated, in no round of a run. A
     * margin call is sent later, if it is still due by then. What an exchange reports for an
     * earlier request is done all the same. */
    bool (*holds)(void *context, uint32_t account);
    /** The same, asked only to know who is told nothing of being past liquidation. */
    bool (*is_held)(void *context, uint32_t account);
    /** It is no counterparty. */
    bool (*holds_adl)(void *context, uint32_t account);
} liq_settle_filter;

/** From now on. @param settle  of a live book  @param filter  copied; NULL: none */
void liq_settle_filter_set(liq_settle *settle, const liq_settle_filter *filter);

/** The next run is the so-manieth of a cascade whose rounds are runs: when the policy allows fewer
 * ("breaker_rounds"), it halts. For each run anew. @param round  from 1; 0: it is none of them */
void liq_settle_round_set(liq_settle *settle, uint64_t round);

/** How often a brake has begun to act.  reason  LIQ_BECAUSE_RATE_LIMIT .. PRICE_SPEED */
uint64_t liq_settle_brake_starts(const liq_settle *settle, liq_settle_reason reason);

/** What the brakes know, in one number: pace, breakers and the marks that those go by. */
uint64_t liq_settle_brakes_digest(const liq_settle *settle);

/** Margin accounts between slices and how much marks have moved, in one number, whatever the
 * numbers of accounts are; 0: there is nothing of that. */
uint64_t liq_settle_slices_digest(const liq_settle *settle);

/** From now on without limits to the pace of liquidations and without breakers, whatever the policy
 * says. */
void liq_settle_brakes_off(liq_settle *settle);

#endif
