#include "support_oracle_asset.h"

#include "liq_record.h"

static liq_rational unit_rounded(const liq_book *book, uint32_t asset_index, liq_rational amount);
static liq_rational asset_equity(liq_oracle_rules rules, liq_oracle_holding held,
                                 uint32_t asset_index, liq_rational pnl, liq_oracle_sums *account);
static liq_rational requirement(liq_oracle_rules rules, uint32_t asset_index, liq_rational amount,
                                uint32_t reason, liq_oracle_sums *account);
static liq_rational collateral(liq_oracle_rules rules, uint32_t asset_index, liq_rational amount);
static liq_rational exchanged(liq_oracle_rules rules, uint32_t asset_index, liq_rational amount,
                              uint32_t reason, liq_oracle_sums *account);
static liq_rational index_price(const liq_book *book, uint32_t asset_index);

liq_oracle_sums liq_oracle_sums_zero(void)
{
    const liq_rational zero = liq_rational_integer(0);

    return (liq_oracle_sums){.equity = zero,
                             .notional = zero,
                             .exposure = zero,
                             .maintenance = zero,
                             .initial = zero,
                             .equity_slack = zero,
                             .maintenance_slack = zero,
                             .reason = LIQ_REASON_NONE};
}

/* Put one asset's sums into the account's, which are in the margin currency. */
void liq_oracle_asset_close(liq_oracle_rules rules, liq_oracle_holding held, uint32_t asset_index,
                            liq_oracle_sums legs, liq_oracle_sums *account)
{
    const int decimals = rules.book->venue.assets[asset_index].decimals;
    const liq_rational index = index_price(rules.book, asset_index);

    if (legs.reason != LIQ_REASON_NONE)
        liq_oracle_refuse(account, legs.reason, legs.reason_index);
    if (liq_rational_sign(index) == 0)
        liq_oracle_refuse(account, LIQ_REASON_NO_INDEX, asset_index);
    if (liq_oracle_past_units(rules, legs.equity, decimals))
        liq_oracle_refuse(account, LIQ_REASON_PNL, asset_index);
    if (liq_oracle_past_units(rules, legs.notional, decimals))
        liq_oracle_refuse(account, LIQ_REASON_NOTIONAL, asset_index);
    if (liq_oracle_past_units(rules, legs.exposure, decimals))
        liq_oracle_refuse(account, LIQ_REASON_INITIAL, asset_index);
    if (account->reason != LIQ_REASON_NONE)
        return;
    account->equity = liq_rational_add(
        account->equity, asset_equity(rules, held, asset_index, legs.equity, account));
    account->notional =
        liq_rational_add(account->notional, requirement(rules, asset_index, legs.notional,
                                                        LIQ_REASON_NOTIONAL, account));
    account->maintenance =
        liq_rational_add(account->maintenance, requirement(rules, asset_index, legs.maintenance,
                                                           LIQ_REASON_MAINTENANCE, account));
    account->initial =
        liq_rational_add(account->initial, requirement(rules, asset_index, legs.initial,
                                                       LIQ_REASON_INITIAL, account));
    account->positions += legs.positions;
    account->unbounded = account->unbounded || legs.unbounded;
    account->equity_slack = liq_rational_add(
        account->equity_slack,
        liq_rational_multiply(
            index, liq_rational_add(legs.equity_slack,
                                    unit_rounded(rules.book, asset_index, legs.equity))));
    account->maintenance_slack = liq_rational_add(
        account->maintenance_slack,
        liq_rational_multiply(
            index, liq_rational_add(legs.maintenance_slack,
                                    unit_rounded(rules.book, asset_index, legs.maintenance))));
}

/* What rounding to a unit of a foreign asset may take: nothing where the amount is whole. */
static liq_rational unit_rounded(const liq_book *book, uint32_t asset_index, liq_rational amount)
{
    const int decimals = book->venue.assets[asset_index].decimals;

    if (asset_index == 0 || liq_rational_compare(amount, liq_rational_floor(amount, decimals)) == 0)
        return liq_rational_integer(0);
    return liq_rational_ten(-decimals);
}

/* PnL, and the balance or isolated margin, in the margin currency. */
static liq_rational asset_equity(liq_oracle_rules rules, liq_oracle_holding held,
                                 uint32_t asset_index, liq_rational pnl, liq_oracle_sums *account)
{
    const int decimals = rules.book->venue.assets[asset_index].decimals;
    const liq_rational amount = liq_rational_multiply(
        liq_rational_integer(liq_oracle_amount_of(held, asset_index)), liq_rational_ten(-decimals));
    const bool joins = rules.book->venue.policy.pnl_is_collateral && held.isolated == NULL;
    liq_rational joined;

    if (asset_index == 0)
        return liq_rational_add(amount, pnl);
    if (rules.rounded)
        pnl = liq_rational_floor(pnl, decimals);
    if (joins) {
        joined = liq_rational_add(amount, pnl);
        /* -2^63 is a number of units too. */
        if (liq_oracle_past_units(rules, joined, decimals) &&
            liq_rational_compare(joined, liq_rational_multiply(liq_rational_integer(INT64_MIN),
                                                               liq_rational_ten(-decimals))) != 0)
            liq_oracle_refuse(account, LIQ_REASON_BALANCE, asset_index);
        (void)exchanged(rules, asset_index, joined, LIQ_REASON_BALANCE, account);
        return collateral(rules, asset_index, joined);
    }
    pnl = exchanged(rules, asset_index, pnl, LIQ_REASON_PNL, account);
    if (held.isolated != NULL)
        return liq_rational_add(pnl,
                                exchanged(rules, asset_index, amount, LIQ_REASON_BALANCE, account));
    (void)exchanged(rules, asset_index, amount, LIQ_REASON_BALANCE, account);
    return liq_rational_add(pnl, collateral(rules, asset_index, amount));
}

int64_t liq_oracle_amount_of(liq_oracle_holding held, uint32_t asset_index)
{
    if (held.isolated != NULL) /* only its settle asset is ever asked for */
        return held.isolated->isolated_margin;
    for (uint64_t i = 0; i < held.balance_count; i++)
        if (held.balances[i].asset_index == asset_index)
            return held.balances[i].amount;
    return 0;
}

static liq_rational requirement(liq_oracle_rules rules, uint32_t asset_index, liq_rational amount,
                                uint32_t reason, liq_oracle_sums *account)
{
    const int decimals = rules.book->venue.assets[asset_index].decimals;

    if (asset_index == 0)
        return amount;
    if (liq_oracle_past_units(rules, amount, decimals)) {
        liq_oracle_refuse(account, reason, asset_index);
        return liq_rational_integer(0);
    }
    if (rules.rounded)
        amount = liq_rational_ceil(amount, decimals);
    return exchanged(rules, asset_index, amount, reason, account);
}

/* Weights apply to slices of what is owned; a debt counts in full. */
static liq_rational collateral(liq_oracle_rules rules, uint32_t asset_index, liq_rational amount)
{
    const liq_asset *asset = &rules.book->venue.assets[asset_index];
    const liq_rational index = index_price(rules.book, asset_index);
    const liq_rational unit = liq_rational_ten(-asset->decimals);
    liq_rational from = liq_rational_integer(0);
    liq_rational counted = liq_rational_integer(0);

    if (liq_rational_sign(amount) < 0)
        return liq_rational_multiply(amount, index);
    for (uint32_t i = 0; i < asset->slice_count; i++) {
        const liq_weight_slice *slice = &rules.book->venue.slices[asset->slice_first + i];
        const liq_rational to = liq_rational_least(
            amount, liq_rational_multiply(liq_rational_integer(slice->up_to), unit));
        const liq_rational weight =
            liq_rational_multiply(liq_rational_integer(slice->weight), liq_rational_ten(-4));

        if (liq_rational_compare(to, from) <= 0)
            break;
        counted = liq_rational_add(counted,
                                   liq_rational_multiply(weight, liq_rational_subtract(to, from)));
        from = to;
    }
    return liq_rational_multiply(counted, index);
}

/* At the index price, in full; refused past 2^63 - 1 cash units. */
static liq_rational exchanged(liq_oracle_rules rules, uint32_t asset_index, liq_rational amount,
                              uint32_t reason, liq_oracle_sums *account)
{
    const liq_rational cash = liq_rational_multiply(amount, index_price(rules.book, asset_index));

    if (liq_oracle_past_units(rules, cash, rules.book->venue.cash_decimals))
        liq_oracle_refuse(account, reason, asset_index);
    return cash;
}

/* Zero when there is none. An index counts 10^-12 cash units for a unit of the asset. */
static liq_rational index_price(const liq_book *book, uint32_t asset_index)
{
    const int decimals = 12 + book->venue.cash_decimals - book->venue.assets[asset_index].decimals;
    liq_rational price;

    if (asset_index == 0)
        return liq_rational_integer(1);
    price = liq_rational_floor(liq_rational_decimal(book->asset_indices[asset_index]), decimals);
    if (liq_rational_compare(liq_rational_multiply(price, liq_rational_ten(decimals)),
                             liq_rational_integer(LIQ_EXCHANGE_RATE_MAX)) > 0)
        return liq_rational_integer(0);
    return price;
}

bool liq_oracle_past_units(liq_oracle_rules rules, liq_rational amount, int decimals)
{
    const liq_rational most =
        liq_rational_multiply(liq_rational_integer(INT64_MAX), liq_rational_ten(-decimals));

    return rules.rounded && liq_rational_compare(liq_rational_absolute(amount), most) > 0;
}

void liq_oracle_refuse(liq_oracle_sums *sum, uint32_t reason, uint32_t index)
{
    if (sum->reason != LIQ_REASON_NONE)
        return;
    sum->reason = reason;
    sum->reason_index = index;
}
