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
 * An account of portfolio margin is scored by the same text: its EQ and W are those of any other,
 * its MM is what its scenarios require, and N of a position is its own, whatever hedges it.
 *
 * With EQ of zero or less a position is past bankruptcy: it has no score and is no counterparty.
 *
 * A score is a signed key of 64 bits whose order is the order of scores: sign, 10 bits of exponent,
 * 53 bits of mantissa. It is made in at most two divisions, of which each gives exact x (1 - d)
 * with d < 2^-59, and at most 10 other steps of liq_ratio.h with d < 2^-63, some of them below a
 * division bar, and the last 10 bits are cut; so a score lies between exact x (1 - 2^-53 - 2^-57)
 * and exact x (1 + 2^-57): within 2^-52 of the exact one, relatively. Equal scores are ordered by
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

/* The asset that a pass is at, so that what accounts have in common is not made for each. */
typedef struct liq_adl_asset {
    liq_ratio fine_per_cash; /* fine units that are worth a cash unit */
    liq_u32 index;           /* LIQ_NO_INDEX: it is at none yet */
    liq_u32 reserved_zero;
} liq_adl_asset;

/* A margin account as its positions are scored; zero what no rule asks for. */
typedef struct liq_adl_account {
    liq_ratio equity; /* cash units; by the rule bluefin equity or maintenance, if that is more */
    liq_ratio maintenance; /* cash units */
    liq_ratio wallet;      /* cash grains, at least one unit of the currency */
    liq_ratio factor;      /* binance: score for each fine unit of PnL; else equity in fine units */
    liq_u32 asset_index;   /* that factor is for; LIQ_NO_INDEX: none */
    liq_u32 rule;
    liq_i64 standing; /* zero: it can be scored, else the key of all its positions */
} liq_adl_account;

/*
 * A position: PnL and size of the value at entry for each lot, in fine units, of which only the
 * ratio matters. Both legs of a contract together: likewise, for all their lots.
 */
typedef struct liq_adl_leg {
    liq_ratio pnl; /* its size */
    liq_ratio entry;
    liq_ratio notional; /* of all lots */
    liq_u32 loses;
    liq_u32 reserved_zero;
} liq_adl_leg;

/* Add what one asset's own entry brings to the wallet. */
LIQ_INLINE void liq_adl_wallet_add(liq_margin_tables tables, liq_account_sum *wallet, liq_u32 tag,
                                   liq_i64 amount)
{
    const liq_asset_record asset = tables.assets[tag & LIQ_TAG_INDEX_MAX];

    wallet->equity = liq_wide_add(
        wallet->equity, liq_asset_equity(tables, wallet, tag, asset, liq_wide_make(0, 0), amount));
}

LIQ_INLINE liq_adl_asset liq_adl_asset_none(void)
{
    liq_adl_asset out;

    out.fine_per_cash = liq_ratio_make(0, 0);
    out.index = LIQ_NO_INDEX;
    out.reserved_zero = 0;
    return out;
}

/* Turn to an asset: 10^28 / (grains per fine unit x exchange rate) fine units to a cash unit. */
LIQ_RARE liq_adl_asset liq_adl_asset_enter(liq_margin_tables tables, liq_u32 index)
{
    const liq_asset_record asset = tables.assets[index];
    const liq_wide whole = liq_wide_multiply(LIQ_GRAINS_PER_UNIT, LIQ_EXCHANGE_RATE_ONE);
    liq_adl_asset out;

    out.fine_per_cash = liq_ratio_divide(liq_ratio_from_wide(whole),
                                         liq_ratio_from_wide(liq_wide_multiply_unsigned(
                                             asset.grains_per_fine, (liq_u64)asset.exchange_rate)));
    out.index = index;
    out.reserved_zero = 0;
    return out;
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
    out.asset_index = LIQ_NO_INDEX;
    out.factor = liq_ratio_make(0, 0);
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
    out.equity = liq_ratio_from((liq_u64)result.equity);
    out.maintenance = liq_ratio_from((liq_u64)result.maintenance);
    if (terms.rule == LIQ_SCORE_BINANCE)
        out.wallet =
            liq_ratio_from_wide(liq_wide_less(wallet.equity, least) ? least : wallet.equity);
    if (terms.rule == LIQ_SCORE_BLUEFIN && liq_ratio_less(out.equity, out.maintenance))
        out.equity = out.maintenance;
    return out;
}

/* Turn to the positions of a settle asset. */
LIQ_INLINE void liq_adl_account_enter(liq_adl_account *account, liq_adl_asset asset)
{
    const liq_ratio grains = liq_ratio_from(LIQ_GRAINS_PER_UNIT);

    account->asset_index = asset.index;
    if (account->rule == LIQ_SCORE_BINANCE)
        account->factor = liq_ratio_divide(
            liq_ratio_multiply(account->maintenance, grains),
            liq_ratio_multiply(liq_ratio_multiply(account->wallet, asset.fine_per_cash),
                               account->equity));
    else
        account->factor = liq_ratio_multiply(account->equity, asset.fine_per_cash);
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
    const liq_i64 gain =
        (quantity < 0 ? marked.record.value_ceil : marked.record.value_floor) - value;
    liq_adl_leg out;

    out.pnl = liq_ratio_from(liq_size_of(gain));
    out.entry = liq_ratio_from(liq_adl_size_of(value));
    out.notional = liq_ratio_from_wide(liq_notional_ceil(marked, (liq_i64)liq_size_of(quantity)));
    out.loses = gain != 0 && (gain < 0) != (quantity < 0);
    out.reserved_zero = 0;
    return out;
}

/* Unrealised PnL of a position, or of both legs of a contract. */
LIQ_INLINE liq_wide liq_adl_pnl(liq_marked marked, liq_i64 quantity, liq_i64 value,
                                liq_i64 other_quantity, liq_i64 other_value)
{
    const liq_wide pnl = liq_pnl_floor(marked, quantity, value);

    if (other_quantity == 0)
        return pnl;
    return liq_wide_add(pnl, liq_pnl_floor(marked, other_quantity, other_value));
}

/* Both legs of a contract. */
LIQ_RARE liq_adl_leg liq_adl_leg_join(liq_margin_tables tables, liq_u32 index, liq_i64 quantity,
                                      liq_i64 value, liq_i64 other_quantity, liq_i64 other_value)
{
    const liq_marked marked = liq_marked_load(tables, index);
    const liq_wide pnl = liq_adl_pnl(marked, quantity, value, other_quantity, other_value);
    const liq_u64 lots = liq_size_of(quantity);
    const liq_u64 other_lots = liq_size_of(other_quantity);
    liq_adl_leg out;

    out.loses = liq_wide_negative(pnl);
    out.pnl = liq_ratio_from_wide(out.loses ? liq_wide_negate(pnl) : pnl);
    out.entry = liq_ratio_from_wide(
        liq_wide_add(liq_wide_multiply_unsigned(lots, liq_adl_size_of(value)),
                     liq_wide_multiply_unsigned(other_lots, liq_adl_size_of(other_value))));
    out.notional =
        liq_ratio_from_wide(liq_wide_add(liq_wide_multiply_unsigned(lots, marked.lot_size),
                                         liq_wide_multiply_unsigned(other_lots, marked.lot_size)));
    out.reserved_zero = 0;
    return out;
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
LIQ_INLINE liq_i64 liq_adl_leveraged(liq_ratio equity, liq_adl_leg leg)
{
    const liq_ratio above =
        liq_ratio_multiply(leg.pnl, liq_ratio_choose(leg.loses, equity, leg.notional));
    const liq_ratio below =
        liq_ratio_multiply(leg.entry, liq_ratio_choose(leg.loses, leg.notional, equity));

    return liq_score_pack(liq_ratio_divide(above, below), leg.loses);
}

/*
 * Price now over price at entry, or the other way round, x leverage. The value of an inverse
 * contract is negative and falls as the price rises, in size, so there the values change places.
 */
LIQ_INLINE liq_i64 liq_adl_hyperliquid(liq_adl_account account, liq_marked marked, liq_i64 quantity,
                                       liq_i64 value)
{
    const liq_u64 now =
        liq_adl_size_of(quantity < 0 ? marked.record.value_ceil : marked.record.value_floor);
    const liq_u64 entry = liq_adl_size_of(value);
    const liq_ratio notional =
        liq_ratio_from_wide(liq_notional_ceil(marked, (liq_i64)liq_size_of(quantity)));
    const liq_u32 inverse = marked.record.value_ceil <= 0;
    const liq_u32 turned = quantity < 0 && account.rule == LIQ_SCORE_HYPERLIQUID;
    const liq_u32 swaps = inverse != turned;
    const liq_ratio above = liq_ratio_multiply(liq_ratio_from(swaps ? entry : now), notional);
    const liq_ratio below = liq_ratio_multiply(liq_ratio_from(swaps ? now : entry), account.factor);

    return liq_score_pack(liq_ratio_divide(above, below), 0);
}

/**
 * The key of a position entry.
 * @param asset, account  turned to the position's settle asset where it was not
 * @param other_quantity  lots of the other leg of the same contract in the same row, 0: there is
 * none
 * @param other_value     lot value at entry of that leg
 */
LIQ_INLINE liq_i64 liq_adl_score(liq_margin_tables tables, liq_adl_asset *asset,
                                 liq_adl_account *account, liq_u32 tag, liq_i64 quantity,
                                 liq_i64 value, liq_i64 other_quantity, liq_i64 other_value)
{
    liq_marked marked;
    liq_adl_leg leg;
    liq_wide pnl;

    if (account->standing != 0)
        return account->standing;
    if (account->rule == LIQ_SCORE_RANDOM_WALK)
        return 0;
    marked = liq_marked_load(tables, tag & LIQ_TAG_INDEX_MAX);
    if (marked.record.asset_index != account->asset_index) {
        if (marked.record.asset_index != asset->index)
            *asset = liq_adl_asset_enter(tables, marked.record.asset_index);
        liq_adl_account_enter(account, *asset);
    }
    if (account->rule == LIQ_SCORE_HYPERLIQUID || account->rule == LIQ_SCORE_HYPERLIQUID_LITERAL)
        return liq_adl_hyperliquid(*account, marked, quantity, value);
    if (account->rule == LIQ_SCORE_BINANCE) {
        pnl = liq_adl_pnl(marked, quantity, value, other_quantity, other_value);
        if (liq_wide_negative(pnl))
            return 0;
        return liq_score_pack(liq_ratio_multiply(liq_ratio_from_wide(pnl), account->factor), 0);
    }
    if (other_quantity != 0)
        leg = liq_adl_leg_join(tables, marked.index, quantity, value, other_quantity, other_value);
    else
        leg = liq_adl_leg_make(marked, quantity, value);
    if (account->rule == LIQ_SCORE_BLUEFIN && leg.loses)
        return 0;
    return liq_adl_leveraged(account->factor, leg);
}

/*
 * The key of the position entry at a place of packed rows. The legs of one contract lie side by
 * side in a row, and behind a leg there is always an entry: that of its settle asset.
 * @param stride    from an entry of the row to the next
 * @param is_first  whether the row begins here
 */
LIQ_INLINE liq_i64 liq_adl_entry_score(liq_margin_tables tables, liq_adl_asset *asset,
                                       liq_adl_account *account, liq_packed_entries entries,
                                       liq_u64 at, liq_u64 stride, liq_u32 is_first)
{
    const liq_u32 tag = entries.tags[at];
    liq_i64 other_quantity = 0;
    liq_i64 other_value = 0;
    liq_u64 other = at;

    if (liq_adl_joins_legs(account->rule)) {
        if (entries.tags[at + stride] == tag)
            other = at + stride;
        else if (!is_first && entries.tags[at - stride] == tag)
            other = at - stride;
    }
    if (other != at) {
        other_quantity = entries.quantities[other];
        other_value = entries.values[other];
    }
    return liq_adl_score(tables, asset, account, tag, entries.quantities[at], entries.values[at],
                         other_quantity, other_value);
}

#endif
