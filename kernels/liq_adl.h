/*
 * The auto-deleveraging score of a position. It exists once: the device kernels and the CPU truth
 * both call this text.
 *
 * Words of the formulas, all in the account's margin currency: U unrealised PnL of the position, N
 * its notional, EQ, MM and W equity, maintenance margin and wallet of its margin account (cross: of
 * the whole account, other positions stay as they are; isolated: of the position). PnL% = U / value
 * at entry. W is the collateral value of balances and isolated margin, without PnL.
 *
 *   bitmex       PnL% x N/EQ in profit, PnL% / (N/EQ) in loss: EQ is what is left until the
 *                bankruptcy value, so N/EQ is the effective leverage MV / (MV - BV)
 *   okx          the same, with both legs of one contract in one margin account taken together
 *   binance      max(0, U) / max(1, W) x MM / EQ, U of both legs of one contract together
 *   hyperliquid  m/e x N/EQ for longs, e/m x N/EQ for shorts
 *   hyperliquid_literal  m/e x N/EQ for both
 *   bluefin      max(0, PnL%) x N / max(EQ, MM): MR = EQ/N and MMR = MM/N
 *   random_walk  none: 0
 *
 * With EQ of zero or less a position is past bankruptcy: it has no score and is no counterparty.
 *
 * A score is a signed key of 64 bits whose order is the order of scores: sign, 10 bits of exponent,
 * 53 bits of mantissa. Numerator and denominator are made in at most 6 steps of liq_ratio.h each
 * and divided, and the last 10 bits are cut, so a score lies between exact x (1 - 2^-53 - 2^-58)
 * and exact x (1 + 2^-59): within 2^-52 of the exact one, relatively. Equal scores are ordered by
 * account. Sizes: U below 2^214 and N, EQ, MM, W (at least one unit) between 1 and 2^166, all in
 * 10^-28 cash units, PnL% between 2^-111 and 2^111; so a score that is not zero lies between 2^-300
 * and 2^300, and its exponent fits.
 */
#ifndef LIQ_ADL_H
#define LIQ_ADL_H

#include "liq_collateral.h"
#include "liq_margin.h"
#include "liq_ratio.h"

/* The numbers are those of the policy's rules. */
#define LIQ_SCORE_BITMEX 0u
#define LIQ_SCORE_BINANCE 1u
#define LIQ_SCORE_OKX 2u
#define LIQ_SCORE_HYPERLIQUID 3u
#define LIQ_SCORE_HYPERLIQUID_LITERAL 4u
#define LIQ_SCORE_BLUEFIN 5u
#define LIQ_SCORE_RANDOM_WALK 6u

/* Keys below every score. */
#define LIQ_SCORE_UNVALUED (-LIQ_I64_MAX - 1)
#define LIQ_SCORE_PAST_BANKRUPTCY (-LIQ_I64_MAX)

#define LIQ_SCORE_MANTISSA_BITS 53
#define LIQ_SCORE_BIAS 512

/* What a scoring pass is asked for. */
typedef struct liq_adl_terms {
    liq_u32 rule; /* LIQ_SCORE_* */
    liq_u32 reserved_zero;
    liq_i64 wallet_min; /* one unit of the margin currency, in cash units */
} liq_adl_terms;

/* A margin account as its positions are scored, in 10^-28 cash units; zero what no rule asks for.
 */
typedef struct liq_adl_account {
    liq_ratio equity;
    liq_ratio maintenance;
    liq_ratio wallet; /* at least one unit */
    liq_u32 rule;
    liq_u32 reserved_zero;
    liq_i64 standing; /* zero: it can be scored, else the key of all its positions */
} liq_adl_account;

/* A position, or both legs of a contract together, in fine units. */
typedef struct liq_adl_leg {
    liq_wide pnl;
    liq_wide notional;
    liq_wide entry; /* size of the value at entry */
} liq_adl_leg;

/* Add what one asset's own entry brings to the wallet. */
LIQ_INLINE void liq_adl_wallet_add(liq_margin_tables tables, liq_account_sum *wallet, liq_u32 tag,
                                   liq_i64 amount)
{
    const liq_asset_record asset = tables.assets[tag & LIQ_TAG_INDEX_MAX];

    wallet->equity = liq_wide_add(
        wallet->equity, liq_asset_equity(tables, wallet, tag, asset, liq_wide_make(0, 0), amount));
}

/* Grains of the margin currency that are not negative, in 10^-28 cash units. */
LIQ_INLINE liq_ratio liq_adl_cash(liq_wide grains)
{
    return liq_ratio_multiply(liq_ratio_from_wide(grains), liq_ratio_from(LIQ_EXCHANGE_RATE_ONE));
}

/* Fine units of an asset that are not negative, in 10^-28 cash units. */
LIQ_INLINE liq_ratio liq_adl_exchange(liq_asset_record asset, liq_wide fine)
{
    const liq_wide rate =
        liq_wide_multiply_unsigned(asset.grains_per_fine, (liq_u64)asset.exchange_rate);

    return liq_ratio_multiply(liq_ratio_from_wide(fine), liq_ratio_from_wide(rate));
}

/**
 * @param result  of the row
 * @param wallet  equity summed by liq_adl_wallet_add; only the rule binance reads it
 */
LIQ_INLINE liq_adl_account liq_adl_account_make(liq_adl_terms terms, liq_row_record result,
                                                liq_account_sum wallet)
{
    const liq_wide least = liq_wide_multiply(terms.wallet_min, LIQ_GRAINS_PER_UNIT);
    liq_adl_account out;

    out.rule = terms.rule;
    out.reserved_zero = 0;
    out.equity = liq_ratio_make(0, 0);
    out.maintenance = liq_ratio_make(0, 0);
    out.wallet = liq_ratio_make(0, 0);
    out.standing = 0;
    if (result.status == LIQ_ROW_UNVALUED || wallet.reason != LIQ_REASON_NONE)
        out.standing = LIQ_SCORE_UNVALUED;
    else if (result.equity <= 0)
        out.standing = LIQ_SCORE_PAST_BANKRUPTCY;
    if (out.standing != 0)
        return out;
    out.equity = liq_adl_cash(liq_wide_multiply(result.equity, LIQ_GRAINS_PER_UNIT));
    if (terms.rule == LIQ_SCORE_BINANCE || terms.rule == LIQ_SCORE_BLUEFIN)
        out.maintenance = liq_adl_cash(liq_wide_multiply(result.maintenance, LIQ_GRAINS_PER_UNIT));
    if (terms.rule == LIQ_SCORE_BINANCE)
        out.wallet = liq_adl_cash(liq_wide_less(wallet.equity, least) ? least : wallet.equity);
    return out;
}

/* Whether a rule takes both legs of one contract in one margin account together. */
LIQ_INLINE liq_u32 liq_adl_joins_legs(liq_u32 rule)
{
    return rule == LIQ_SCORE_OKX || rule == LIQ_SCORE_BINANCE;
}

/* A value at entry or at the mark of less than one fine unit counts as one: it may divide. */
LIQ_INLINE liq_u64 liq_adl_size_of(liq_i64 value)
{
    return value == 0 ? 1 : liq_size_of(value);
}

LIQ_INLINE liq_adl_leg liq_adl_leg_make(liq_marked marked, liq_i64 quantity, liq_i64 value)
{
    const liq_u64 lots = liq_size_of(quantity);
    liq_adl_leg out;

    out.pnl = liq_pnl_floor(marked, quantity, value);
    out.notional = liq_wide_multiply_unsigned(lots, marked.lot_size);
    out.entry = liq_wide_multiply_unsigned(lots, liq_adl_size_of(value));
    return out;
}

LIQ_INLINE liq_adl_leg liq_adl_leg_join(liq_adl_leg leg, liq_adl_leg other)
{
    leg.pnl = liq_wide_add(leg.pnl, other.pnl);
    leg.notional = liq_wide_add(leg.notional, other.notional);
    leg.entry = liq_wide_add(leg.entry, other.entry);
    return leg;
}

/* A score as a key. */
LIQ_INLINE liq_i64 liq_score_pack(liq_ratio size, liq_u32 negative)
{
    const liq_u64 biased = (liq_u64)(size.exponent + 63 + LIQ_SCORE_BIAS);
    const liq_u64 mantissa = (size.mantissa << 1) >> (64 - LIQ_SCORE_MANTISSA_BITS);
    liq_i64 key;

    if (size.mantissa == 0)
        return 0;
    key = (liq_i64)(biased << LIQ_SCORE_MANTISSA_BITS | mantissa);
    return negative ? -key : key;
}

/* PnL% x leverage in profit, PnL% / leverage in loss. */
LIQ_INLINE liq_i64 liq_adl_leveraged(liq_asset_record asset, liq_ratio resource, liq_adl_leg leg)
{
    const liq_u32 loses = liq_wide_negative(leg.pnl);
    const liq_ratio pnl = liq_ratio_from_wide(loses ? liq_wide_negate(leg.pnl) : leg.pnl);
    const liq_ratio entry = liq_ratio_from_wide(leg.entry);
    const liq_ratio notional = liq_adl_exchange(asset, leg.notional);
    const liq_ratio above = liq_ratio_multiply(pnl, loses ? resource : notional);
    const liq_ratio below = liq_ratio_multiply(entry, loses ? notional : resource);

    return liq_score_pack(liq_ratio_divide(above, below), loses);
}

/* Profit over wallet x maintenance margin over equity. */
LIQ_INLINE liq_i64 liq_adl_binance(liq_asset_record asset, liq_adl_account account, liq_adl_leg leg)
{
    const liq_ratio above =
        liq_ratio_multiply(liq_adl_exchange(asset, leg.pnl), account.maintenance);
    const liq_ratio below = liq_ratio_multiply(account.wallet, account.equity);

    return liq_score_pack(liq_ratio_divide(above, below), 0);
}

/*
 * Price now over price at entry, or the other way round, x leverage. The value of an inverse
 * contract is negative and falls as the price rises, in size, so there the values change places.
 */
LIQ_INLINE liq_i64 liq_adl_hyperliquid(liq_asset_record asset, liq_adl_account account,
                                       liq_adl_leg leg, liq_marked marked, liq_i64 quantity,
                                       liq_i64 value)
{
    const liq_u64 now =
        liq_adl_size_of(quantity < 0 ? marked.record.value_ceil : marked.record.value_floor);
    const liq_u64 entry = liq_adl_size_of(value);
    const liq_u32 inverse = marked.record.value_ceil <= 0;
    const liq_u32 turned = quantity < 0 && account.rule == LIQ_SCORE_HYPERLIQUID;
    const liq_u32 swaps = inverse != turned;
    const liq_ratio above = liq_ratio_multiply(liq_ratio_from(swaps ? entry : now),
                                               liq_adl_exchange(asset, leg.notional));
    const liq_ratio below = liq_ratio_multiply(liq_ratio_from(swaps ? now : entry), account.equity);

    return liq_score_pack(liq_ratio_divide(above, below), 0);
}

/**
 * The key of a position entry.
 * @param other_quantity  lots of the other leg of the same contract in the same row, 0: there is
 * none
 * @param other_value     lot value at entry of that leg
 */
LIQ_INLINE liq_i64 liq_adl_score(liq_margin_tables tables, liq_adl_account account, liq_u32 tag,
                                 liq_i64 quantity, liq_i64 value, liq_i64 other_quantity,
                                 liq_i64 other_value)
{
    liq_marked marked;
    liq_asset_record asset;
    liq_adl_leg leg;

    if (account.standing != 0)
        return account.standing;
    marked = liq_marked_load(tables, tag & LIQ_TAG_INDEX_MAX);
    asset = tables.assets[marked.record.asset_index];
    leg = liq_adl_leg_make(marked, quantity, value);
    if (account.rule == LIQ_SCORE_HYPERLIQUID || account.rule == LIQ_SCORE_HYPERLIQUID_LITERAL)
        return liq_adl_hyperliquid(asset, account, leg, marked, quantity, value);
    if (other_quantity != 0 && liq_adl_joins_legs(account.rule))
        leg = liq_adl_leg_join(leg, liq_adl_leg_make(marked, other_quantity, other_value));
    if (account.rule == LIQ_SCORE_BITMEX || account.rule == LIQ_SCORE_OKX)
        return liq_adl_leveraged(asset, account.equity, leg);
    if (liq_wide_negative(leg.pnl) || account.rule == LIQ_SCORE_RANDOM_WALK)
        return 0;
    if (account.rule == LIQ_SCORE_BINANCE)
        return liq_adl_binance(asset, account, leg);
    return liq_adl_leveraged(
        asset,
        liq_ratio_less(account.equity, account.maintenance) ? account.maintenance : account.equity,
        leg);
}

/*
 * The key of the position entry at a place of packed rows. The legs of one contract lie side by
 * side in a row, and behind a leg there is always an entry: that of its settle asset.
 * @param stride    from an entry of the row to the next
 * @param is_first  whether the row begins here
 */
LIQ_INLINE liq_i64 liq_adl_entry_score(liq_margin_tables tables, liq_adl_account account,
                                       liq_packed_entries entries, liq_u64 at, liq_u64 stride,
                                       liq_u32 is_first)
{
    const liq_u32 tag = entries.tags[at];
    liq_i64 other_quantity = 0;
    liq_i64 other_value = 0;
    liq_u64 other = at;

    if (liq_adl_joins_legs(account.rule)) {
        if (entries.tags[at + stride] == tag)
            other = at + stride;
        else if (!is_first && entries.tags[at - stride] == tag)
            other = at - stride;
    }
    if (other != at) {
        other_quantity = entries.quantities[other];
        other_value = entries.values[other];
    }
    return liq_adl_score(tables, account, tag, entries.quantities[at], entries.values[at],
                         other_quantity, other_value);
}

#endif
