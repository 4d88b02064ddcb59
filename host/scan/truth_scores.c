#include "scan/truth_scores.h"

#include "base/fail.h"

_Static_assert((uint32_t)LIQ_ADL_BITMEX == LIQ_SCORE_BITMEX, "policy and kernel agree");
_Static_assert((uint32_t)LIQ_ADL_BINANCE == LIQ_SCORE_BINANCE, "policy and kernel agree");
_Static_assert((uint32_t)LIQ_ADL_OKX == LIQ_SCORE_OKX, "policy and kernel agree");
_Static_assert((uint32_t)LIQ_ADL_HYPERLIQUID == LIQ_SCORE_HYPERLIQUID, "policy and kernel agree");
_Static_assert((uint32_t)LIQ_ADL_HYPERLIQUID_LITERAL == LIQ_SCORE_HYPERLIQUID_LITERAL,
               "policy and kernel agree");
_Static_assert((uint32_t)LIQ_ADL_BLUEFIN == LIQ_SCORE_BLUEFIN, "policy and kernel agree");
_Static_assert((uint32_t)LIQ_ADL_RANDOM_WALK == LIQ_SCORE_RANDOM_WALK, "policy and kernel agree");

static liq_account_sum wallet_of(liq_margin_tables tables, const liq_rows *rows,
                                 uint32_t row_index);

liq_adl_terms liq_adl_terms_make(const liq_venue *venue, liq_adl_rule rule)
{
    liq_adl_terms out = {.rule = (uint32_t)rule, .wallet_min = 1};

    for (int32_t i = 0; i < venue->cash_decimals; i++)
        out.wallet_min *= 10;
    return out;
}

uint32_t liq_truth_scores_row(const liq_market *market, const liq_rows *rows, uint32_t row_index,
                              const liq_row_record *result, liq_adl_terms terms, int64_t *scores)
{
    const liq_margin_tables tables = liq_market_tables(market);
    const liq_packed_entries entries = {rows->tags, rows->quantities, rows->values};
    const uint64_t first = rows->entry_first[row_index];
    const uint64_t end = rows->entry_first[row_index + 1];
    liq_adl_asset asset = liq_adl_asset_none();
    liq_adl_account account;
    uint32_t count = 0;

    LIQ_ASSERT(row_index < rows->row_count);
    account =
        liq_adl_account_make(terms, *result,
                             terms.rule == LIQ_SCORE_BINANCE && result->status != LIQ_ROW_UNVALUED
                                 ? wallet_of(tables, rows, row_index)
                                 : liq_account_sum_zero());
    for (uint64_t i = first; i < end; i++)
        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION)
            scores[count++] = liq_adl_entry_score(tables, &asset, &account, entries, i, 1,
                                                  (uint32_t)(i == first));
    return count;
}

void liq_truth_scores(const liq_market *market, const liq_rows *rows, const liq_row_record *results,
                      liq_adl_terms terms, int64_t *scores)
{
    uint64_t at = 0;

    for (uint32_t i = 0; i < rows->row_count; i++)
        at += liq_truth_scores_row(market, rows, i, &results[i], terms, &scores[at]);
}

static liq_account_sum wallet_of(liq_margin_tables tables, const liq_rows *rows, uint32_t row_index)
{
    liq_account_sum wallet = liq_account_sum_zero();

    for (uint64_t i = rows->entry_first[row_index]; i < rows->entry_first[row_index + 1]; i++)
        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE)
            liq_adl_wallet_add(tables, &wallet, rows->tags[i], rows->quantities[i]);
    return wallet;
}
