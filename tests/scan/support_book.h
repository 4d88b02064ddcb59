/*
 * Books declared in code. Things are added in the order in which they depend on each other:
 * assets, instruments by settle asset, their tiers, accounts by id, what an account holds. What is
 * wrong with a fixture is a mistake in the test: it aborts.
 */
#ifndef LIQ_SUPPORT_BOOK_H
#define LIQ_SUPPORT_BOOK_H

#include <stddef.h>

#include "book/columns.h"

typedef struct liq_fixture {
    liq_book book;
    size_t asset_capacity;
    size_t slice_capacity;
    size_t instrument_capacity;
    size_t tier_capacity;
    size_t account_capacity;
    size_t balance_capacity;
    size_t position_capacity;
    size_t order_capacity;
    size_t mark_capacity;
    size_t index_capacity;
} liq_fixture;

/** An instrument. Decimals are strings, as in venue.json. */
typedef struct liq_fixture_contract {
    const char *symbol;
    liq_instrument_kind kind;
    uint32_t settle;
    const char *multiplier;
    const char *lot;
    const char *tick;
    const char *fee;  /* NULL: none */
    const char *mark; /* NULL: no mark price */
    liq_tier_form tier_form;
    liq_tier_measure tier_measure;
} liq_fixture_contract;

/**
 * An empty venue with the rules of Binance (liquidate at MM / EQ >= 1, warning at >= 0.8) and no
 * assets; change fixture->book.venue.policy at will before liq_fixture_finish.
 */
void liq_fixture_start(liq_fixture *fixture, int32_t cash_decimals);

/**
 * The same in cents of USD, with one linear contract that settles in it: XUSD, of one, in ticks of
 * 0.1. Its tiers come next.
 * @param mark  NULL: none
 */
void liq_fixture_start_xusd(liq_fixture *fixture, const char *lot, const char *mark,
                            liq_tier_form tier_form);

/** Give everything back. */
void liq_fixture_clear(liq_fixture *fixture);

/** Add an asset at full weight; the first one is the margin currency. @param index  NULL: none */
uint32_t liq_fixture_asset(liq_fixture *fixture, const char *name, int32_t decimals,
                           int32_t value_decimals, const char *index);

/**
 * Add a weight slice to the last asset. The first call replaces the full weight.
 * @param up_to   an amount, NULL: the last slice
 * @param weight  such as "0.95"
 */
void liq_fixture_weight(liq_fixture *fixture, const char *up_to, const char *weight);

uint32_t liq_fixture_instrument(liq_fixture *fixture, liq_fixture_contract contract);

/** Add a tier to the last instrument; its deduction makes maintenance margin continuous. */
void liq_fixture_tier(liq_fixture *fixture, const char *floor, const char *mmr, const char *imr);

/** Give the last tier slopes: rates for each base unit of size. */
void liq_fixture_slope(liq_fixture *fixture, const char *mmr_slope, const char *imr_slope);

/** Add an account; ids ascend. */
uint32_t liq_fixture_account(liq_fixture *fixture, const char *account);

/** Add to the last account. */
void liq_fixture_balance(liq_fixture *fixture, uint32_t asset_index, const char *amount);

/**
 * Add a position to the last account.
 * @param quantity         contracts, negative for a short
 * @param isolated_margin  NULL: cross
 */
void liq_fixture_position(liq_fixture *fixture, uint32_t instrument_index, const char *quantity,
                          const char *entry_price, const char *isolated_margin);

/** Add an open order to the last account. @param quantity  negative for a sell */
void liq_fixture_order(liq_fixture *fixture, uint32_t instrument_index, const char *quantity,
                       const char *price);

/** The same with numbers instead of texts, for random books. */
void liq_fixture_position_lots(liq_fixture *fixture, uint32_t instrument_index, int64_t lots,
                               liq_decimal entry_price, bool isolated, int64_t isolated_margin);
void liq_fixture_order_lots(liq_fixture *fixture, uint32_t instrument_index, int64_t lots,
                            liq_decimal price);
void liq_fixture_balance_units(liq_fixture *fixture, uint32_t asset_index, int64_t units);

/** Sort what the accounts hold as a loader would, and lend the book. */
liq_book *liq_fixture_finish(liq_fixture *fixture);

/** A decimal from its text. */
liq_decimal liq_fixture_decimal(const char *text);

#endif
