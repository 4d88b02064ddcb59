/*
 * Bankruptcy: the proceeds at which closing lots leaves their share of equity at nothing.
 *
 * A position alone bears all equity of its margin account; of several each bears equity in
 * proportion to its maintenance margin (dYdX v4: -DNNV - TNC x |DMMR| / TMMR), so that closing them
 * one after another at these proceeds ends at nothing, whatever the order.
 */
#ifndef LIQ_SETTLE_BANKRUPTCY_H
#define LIQ_SETTLE_BANKRUPTCY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/int128.h"
#include "settle/overlay.h"

/* A position that is to be closed, and what of the equity is its own. */
typedef struct liq_share {
    int64_t lots;        /* not signed */
    int64_t value;       /* of one lot at the mark, rounded against the holder */
    liq_int128 equity;   /* fine units of the settle asset; negative: a deficit */
    int64_t maintenance; /* of the position alone, cash units; portfolio margin: by notional */
    int64_t notional;    /* cash units */
    bool is_long;
} liq_share;

/**
 * The share of a position.
 * @param result  of its margin account now; it has a value
 * @return false when a number is past 64 bits
 */
bool liq_share_make(liq_share *out, liq_overlay *overlay, const liq_touched *touched,
                    uint32_t position, const liq_row_record *result);

/**
 * Fine units that the holder receives (negative: pays) when lots close at bankruptcy: at least so
 * many, so rounded up.
 * @param lots  1 .. share->lots
 */
liq_int128 liq_bankruptcy_proceeds_ceil(const liq_share *share, int64_t lots);

/** Equity that goes with lots, rounded down. */
liq_int128 liq_share_equity_floor(const liq_share *share, int64_t lots);

/** The worst value of a lot at which the holder may close: bankruptcy, rounded in his favour. */
int64_t liq_bankruptcy_value(const liq_share *share);

/**
 * dYdX: mark x (1 - A x S), S = spread x maintenance / notional, A = adjustment x (1 - equity /
 * maintenance) within 0 .. 1; for shorts 1 + A x S.
 */
int64_t liq_fillable_value(const liq_share *share, const liq_liquidation *rules,
                           const liq_row_record *result);

/** cash units of an asset's units at its index price, and back; rounded down. false: past 64 bits.
 */
bool liq_units_to_cash_floor(int64_t *out, liq_asset_record asset, int64_t units);
bool liq_cash_to_units_floor(int64_t *out, liq_asset_record asset, int64_t cash);

#endif
