#include "app/replay_summary.h"

#include "app/settle_view.h"
#include "app/plural.h"
#include "base/decimal.h"
#include "base/memory.h"
#include "outlet/json_out.h"
#include "outlet/table_text.h"
#include "settle/price_guard.h"
#include "settle/settle_filter.h"

enum { FUND_COLUMNS = 4, ADL_COLUMNS = 10 };

static void summary_json(liq_output *output, const liq_replay_facts *facts);
static void lists_json(liq_json_out *json, const liq_replay_facts *facts);
static void guards_json(liq_json_out *json, const liq_replay_facts *facts);
static liq_status summary_text(liq_output *output, const liq_replay_facts *facts, liq_error *err);
static void head_text(liq_output *output, const liq_replay_facts *facts);
static void guards_text(liq_output *output, const liq_replay_facts *facts);
static uint64_t starts_of(const liq_replay_facts *facts, const liq_guard_counts *counts,
                          liq_settle_reason reason);
static liq_status funds_text(liq_output *output, const liq_replay_facts *facts, liq_error *err);
static liq_status adl_text(liq_output *output, const liq_replay_facts *facts, liq_error *err);
static uint32_t sides_of(const liq_replay_facts *facts);

liq_status liq_replay_funds_keep(liq_replay_facts *facts, liq_error *err)
{
    const uint32_t count = liq_settle_fund_count(facts->settle);
    const liq_status status = liq_memory_array(&facts->funds, count, sizeof *facts->funds, err);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++)
        liq_settle_fund_read(facts->settle, i, &facts->funds[i]);
    return status;
}

liq_status liq_replay_summary_write(liq_output *output, liq_format format,
                                    const liq_replay_facts *facts, liq_error *err)
{
    liq_output *aside = NULL;
    liq_status status;

    if (format == LIQ_FORMAT_JSON) {
        summary_json(output, facts);
        return LIQ_OK;
    }
    if (format == LIQ_FORMAT_TABLE)
        return summary_text(output, facts, err);
    if ((status = liq_output_aside_open(&aside, err)) != LIQ_OK)
        return status;
    status = summary_text(aside, facts, err);
    liq_output_aside_close(aside);
    return status;
}

static void summary_json(liq_output *output, const liq_replay_facts *facts)
{
    const liq_settle_summary *total = &facts->total;
    liq_json_out json;

    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_json_out_object(&json, "summary");
    liq_json_out_string(&json, "venue", liq_book_venue(facts->book));
    liq_json_out_string(&json, "profile", liq_book_profile(facts->book));
    liq_json_out_string(&json, "margin_currency", liq_book_margin_currency(facts->book));
    liq_json_out_count(&json, "first_ms", (uint64_t)facts->first_ms);
    liq_json_out_count(&json, "last_ms", (uint64_t)facts->last_ms);
    liq_json_out_count(&json, "ticks", facts->ticks);
    liq_json_out_count(&json, "ticks_with_actions", facts->ticks_with_actions);
    liq_json_out_count(&json, "actions", total->actions);
    liq_json_out_count(&json, "flagged", total->margin_accounts);
    liq_json_out_count(&json, "flagged_most", facts->flagged_most);
    liq_json_out_count(&json, "closed", total->accounts_closed);
    liq_json_out_count(&json, "safe", total->accounts_safe);
    liq_json_out_count(&json, "waiting", total->accounts_waiting);
    liq_json_out_count(&json, "held", total->accounts_held);
    liq_json_out_count(&json, "adl_fills", total->adl_fills);
    liq_json_out_string(&json, "liquidated_notional", total->liquidated_notional);
    liq_json_out_string(&json, "adl_notional", total->adl_notional);
    liq_json_out_string(&json, "fees", total->fees);
    liq_json_out_string(&json, "socialised", total->socialised);
    lists_json(&json, facts);
    guards_json(&json, facts);
    liq_margin_counts_json(&json, &facts->margin);
    liq_json_out_count(&json, "load_ns", facts->load_ns);
    liq_json_out_count(&json, "tick_median_ns", facts->median_ns);
    liq_json_out_count(&json, "tick_p99_ns", facts->p99_ns);
    liq_json_out_count(&json, "tick_most_ns", facts->most_ns);
    liq_json_out_count(&json, "ticks_ns", facts->total_ns);
    liq_json_out_string(&json, "hash", facts->hash);
    liq_json_out_bool(&json, "conserved", total->conserved != 0);
    liq_json_out_close(&json);
    liq_json_out_close(&json);
}

static void lists_json(liq_json_out *json, const liq_replay_facts *facts)
{
    liq_json_out_array(json, "funds");
    for (uint32_t i = 0; i < liq_settle_fund_count(facts->settle); i++) {
        liq_settle_fund fund;

        liq_settle_fund_read(facts->settle, i, &fund);
        liq_json_out_object(json, NULL);
        liq_json_out_string(json, "fund", fund.fund);
        liq_json_out_string(json, "asset", fund.asset);
        liq_json_out_string(json, "before", facts->funds[i].after);
        liq_json_out_string(json, "after", fund.after);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
    liq_json_out_array(json, "adl");
    for (uint32_t side = 0; side < sides_of(facts); side++) {
        liq_settle_adl adl;

        if (!liq_settle_adl_total(facts->settle, side, &adl))
            continue;
        liq_json_out_object(json, NULL);
        liq_adl_members_json(json, &adl);
        liq_json_out_count(json, "fills", adl.fills);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
}

static void guards_json(liq_json_out *json, const liq_replay_facts *facts)
{
    liq_guard_counts counts;

    if (facts->guard == NULL)
        return;
    counts = liq_guard_counts_read(facts->guard);
    liq_json_out_object(json, "guards");
    liq_json_out_count(json, "marks", counts.marks);
    liq_json_out_count(json, "doubted", counts.doubted);
    liq_json_out_count(json, "confirmed", counts.confirmed);
    liq_json_out_count(json, "refused", counts.refused);
    for (liq_guard_kind kind = 0; kind < LIQ_GUARD_KINDS; kind++)
        liq_json_out_count(json, liq_settle_reason_name(liq_price_guard_reason(kind)),
                           counts.episodes[kind]);
    for (liq_settle_reason reason = LIQ_BECAUSE_RATE_LIMIT; reason <= LIQ_BECAUSE_PRICE_SPEED;
         reason++)
        liq_json_out_count(json, liq_settle_reason_name(reason),
                           liq_settle_brake_starts(facts->settle, reason));
    liq_json_out_close(json);
}

static liq_status summary_text(liq_output *output, const liq_replay_facts *facts, liq_error *err)
{
    liq_status status;

    head_text(output, facts);
    if ((status = funds_text(output, facts, err)) != LIQ_OK ||
        (status = adl_text(output, facts, err)) != LIQ_OK ||
        (status = liq_margin_counts_text(output, &facts->margin, err)) != LIQ_OK)
        return status;
    liq_output_format(output,
                      "\n  loaded in %.1f ms; a tick took %.3f ms (median), %.3f ms (p99), "
                      "%.3f ms (most)\n  hash %s\n",
                      (double)facts->load_ns / 1e6, (double)facts->median_ns / 1e6,
                      (double)facts->p99_ns / 1e6, (double)facts->most_ns / 1e6, facts->hash);
    return LIQ_OK;
}

static void head_text(liq_output *output, const liq_replay_facts *facts)
{
    const liq_settle_summary *total = &facts->total;

    liq_output_format(output, "%llu tick%s at %s (%s), %llu of them with actions\n",
                      (unsigned long long)facts->ticks, liq_plural_s(facts->ticks),
                      liq_book_venue(facts->book), liq_book_profile(facts->book),
                      (unsigned long long)facts->ticks_with_actions);
    liq_output_format(
        output,
        "  %llu margin account%s liquidated, at most %llu in a tick: %llu closed, "
        "%llu safe, %llu left to a later tick%s\n",
        (unsigned long long)(total->margin_accounts - total->accounts_waiting),
        liq_plural_s(total->margin_accounts - total->accounts_waiting),
        (unsigned long long)facts->flagged_most, (unsigned long long)total->accounts_closed,
        (unsigned long long)total->accounts_safe, (unsigned long long)total->accounts_waiting,
        total->accounts_waiting > 0 ? ", counted in each tick" : "");
    guards_text(output, facts);
    liq_settle_sums_text(output, total, liq_book_margin_currency(facts->book));
}

/* Nothing is said of a path on which the guards found nothing. */
static void guards_text(liq_output *output, const liq_replay_facts *facts)
{
    const char *before = "";
    liq_guard_counts counts;
    uint64_t found = 0;

    if (facts->guard == NULL)
        return;
    counts = liq_guard_counts_read(facts->guard);
    for (liq_settle_reason reason = LIQ_BECAUSE_STALE_MARK; reason <= LIQ_BECAUSE_PRICE_SPEED;
         reason++)
        found += starts_of(facts, &counts, reason);
    if (found == 0)
        return;
    liq_output_format(output,
                      "  guards: of %llu marks %llu in doubt, %llu of them confirmed, %llu "
                      "refused; accounts held %llu time%s\n  ",
                      (unsigned long long)counts.marks, (unsigned long long)counts.doubted,
                      (unsigned long long)counts.confirmed, (unsigned long long)counts.refused,
                      (unsigned long long)facts->total.accounts_held,
                      liq_plural_s(facts->total.accounts_held));
    for (liq_settle_reason reason = LIQ_BECAUSE_STALE_MARK; reason <= LIQ_BECAUSE_PRICE_SPEED;
         reason++) {
        const uint64_t starts = starts_of(facts, &counts, reason);

        if (starts == 0)
            continue;
        liq_output_format(output, "%s%llu %s", before, (unsigned long long)starts,
                          liq_settle_reason_name(reason));
        before = ", ";
    }
    liq_output_string(output, "\n");
}

static uint64_t starts_of(const liq_replay_facts *facts, const liq_guard_counts *counts,
                          liq_settle_reason reason)
{
    for (liq_guard_kind kind = 0; kind < LIQ_GUARD_KINDS; kind++)
        if (liq_price_guard_reason(kind) == reason)
            return counts->episodes[kind];
    return reason < LIQ_BECAUSE_RATE_LIMIT ? 0 : liq_settle_brake_starts(facts->settle, reason);
}

static liq_status funds_text(liq_output *output, const liq_replay_facts *facts, liq_error *err)
{
    static const char *const titles[FUND_COLUMNS] = {"FUND", "ASSET", "BEFORE", "AFTER"};
    liq_table_text *table = NULL;
    const liq_status status = liq_table_text_create(&table, output, 2, err);

    if (status != LIQ_OK)
        return status;
    liq_table_text_columns(table, titles, FUND_COLUMNS, 2);
    for (uint32_t i = 0; i < liq_settle_fund_count(facts->settle); i++) {
        liq_settle_fund fund;

        liq_settle_fund_read(facts->settle, i, &fund);
        liq_table_text_cell(table, fund.fund);
        liq_table_text_cell(table, fund.asset);
        liq_table_text_cell(table, facts->funds[i].after);
        liq_table_text_cell(table, fund.after);
        liq_table_text_row_end(table);
    }
    liq_table_text_flush(table);
    liq_table_text_destroy(table);
    return LIQ_OK;
}

static liq_status adl_text(liq_output *output, const liq_replay_facts *facts, liq_error *err)
{
    static const char *const titles[ADL_COLUMNS] = {
        "DELEVERAGED", "SIDE",   "ASSET", "QUANTITY",  "PLACED",
        "DEFICIT",     "NEEDED", "TAKEN", "OVERSHOOT", "LARGEST SHARE"};
    liq_table_text *table = NULL;
    const liq_status status = liq_table_text_create(&table, output, 2, err);

    if (status != LIQ_OK)
        return status;
    liq_table_text_columns(table, titles, ADL_COLUMNS, 3);
    for (uint32_t side = 0; side < sides_of(facts); side++) {
        liq_settle_adl adl;

        if (!liq_settle_adl_total(facts->settle, side, &adl))
            continue;
        liq_adl_cells(table, &adl);
        liq_table_text_cell(table, adl.largest_share);
        liq_table_text_row_end(table);
    }
    if (liq_table_text_rows(table) > 0) {
        liq_output_string(output, "\n");
        liq_table_text_flush(table);
    }
    liq_table_text_destroy(table);
    return LIQ_OK;
}

static uint32_t sides_of(const liq_replay_facts *facts)
{
    liq_book_counts counts;

    liq_book_count(facts->book, &counts);
    return (uint32_t)counts.instruments * 2;
}
