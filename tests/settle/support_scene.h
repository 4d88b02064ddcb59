/*
 * Small books in code, to be settled by chosen rules: one linear instrument, one fund.
 */
#ifndef LIQ_SUPPORT_SCENE_H
#define LIQ_SUPPORT_SCENE_H

#include "support_venture.h"

/**
 * Start a book of one instrument XUSD and an account-less venue: rules close at the mark without a
 * cost, take over what is flagged, and deleverage by the queue at the bankruptcy price.
 * @param decimals  of cash
 * @param fee       rate of the liquidation fee
 */
liq_liquidation *scene_start(venture *self, int32_t decimals, const char *lot, const char *mark,
                             const char *mmr, const char *fee);

/** Give the venue its only fund. */
void scene_fund(venture *self, const char *balance, const char *floor);

/** A level of depth behind those that there are. */
void scene_level(venture *self, bool is_bid, const char *quantity, const char *price);

/** Finish, scan and settle; fails the test when that fails. */
void scene_run(venture *self);

/** Balance of the margin currency of an account after the run, in units. */
int64_t scene_balance(venture *self, uint32_t account);

/** What the fund has gained, in units. */
int64_t scene_fund_gain(const venture *self);

/** Actions of a kind; the first of them in *first, NULL allowed. */
uint32_t scene_actions(const venture *self, liq_settle_kind kind, const liq_action **first);

/** Units of a decimal text. */
int64_t scene_units(const venture *self, const char *text);

#endif
