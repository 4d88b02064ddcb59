#include "app/settle_view.h"

enum { FUND_COLUMNS = 6, ADL_COLUMNS = 11, COUNT_BYTES = 32 };

static const char *count_text(char out[COUNT_BYTES], uint64_t count);
static const char *side_name(int is_short);

liq_status liq_actions_emit(liq_emit *emit, const liq_output *output, const liq_settle *settle,
                            liq_error *err)
{
    const uint64_t count = liq_settle_action_count(settle);
    bool go_on = true;
    liq_status status = LIQ_OK;

    for (uint64_t i = 0; status == LIQ_OK && go_on && i < count; i++) {
        liq_settle_action action;

        liq_settle_action_read(settle, i, &action);
        liq_action_emit(emit, &action);
        status = liq_output_look(output, i, &go_on, err);
    }
    return status;
}

liq_status liq_funds_table(liq_output *output, const liq_settle *settle, liq_error *err)
{
    static const char *const titles[FUND_COLUMNS] = {"FUND",  "ASSET", "BEFORE",
                                                     "AFTER", "FLOOR", "PEAK 8 H"};
    liq_table_text *table = NULL;
    const liq_status status = liq_table_text_create(&table, output, 2, err);

    if (status != LIQ_OK)
        return status;
    liq_table_text_columns(table, titles, FUND_COLUMNS, 2);
    for (uint32_t i = 0; i < liq_settle_fund_count(settle); i++) {
        liq_settle_fund fund;

        liq_settle_fund_read(settle, i, &fund);
        liq_table_text_cell(table, fund.fund);
        liq_table_text_cell(table, fund.asset);
        liq_table_text_cell(table, fund.before);
        liq_table_text_cell(table, fund.after);
        liq_table_text_cell(table, fund.floor);
        liq_table_text_cell(table, fund.peak);
        liq_table_text_row_end(table);
    }
    liq_table_text_flush(table);
    liq_table_text_destroy(table);
    return LIQ_OK;
}

liq_status liq_adl_table(liq_output *output, const liq_settle *settle, liq_error *err)
{
    static const char *const titles[ADL_COLUMNS] = {
        "DELEVERAGED", "SIDE",  "ASSET",     "QUANTITY", "PLACED",       "DEFICIT",
        "NEEDED",      "TAKEN", "OVERSHOOT", "ACCOUNTS", "LARGEST SHARE"};
    liq_table_text *table = NULL;
    liq_status status;

    if (liq_settle_adl_count(settle) == 0)
        return LIQ_OK;
    if ((status = liq_table_text_create(&table, output, 2, err)) != LIQ_OK)
        return status;
    liq_table_text_columns(table, titles, ADL_COLUMNS, 3);
    for (uint32_t i = 0; i < liq_settle_adl_count(settle); i++) {
        char count[COUNT_BYTES];
        liq_settle_adl adl;

        liq_settle_adl_read(settle, i, &adl);
        liq_adl_cells(table, &adl);
        liq_table_text_cell(table, count_text(count, adl.accounts));
        liq_table_text_cell(table, adl.largest_share);
        liq_table_text_row_end(table);
    }
    liq_table_text_flush(table);
    liq_table_text_destroy(table);
    return LIQ_OK;
}

void liq_funds_json(liq_json_out *json, const liq_settle *settle)
{
    liq_json_out_array(json, "funds");
    for (uint32_t i = 0; i < liq_settle_fund_count(settle); i++) {
        liq_settle_fund fund;

        liq_settle_fund_read(settle, i, &fund);
        liq_json_out_object(json, NULL);
        liq_json_out_string(json, "fund", fund.fund);
        liq_json_out_string(json, "asset", fund.asset);
        liq_json_out_string(json, "before", fund.before);
        liq_json_out_string(json, "after", fund.after);
        liq_json_out_string(json, "floor", fund.floor);
        liq_json_out_string(json, "peak", fund.peak);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
}

void liq_adl_json(liq_json_out *json, const liq_settle *settle)
{
    liq_json_out_array(json, "adl");
    for (uint32_t i = 0; i < liq_settle_adl_count(settle); i++) {
        liq_settle_adl adl;

        liq_settle_adl_read(settle, i, &adl);
        liq_json_out_object(json, NULL);
        liq_adl_members_json(json, &adl);
        liq_json_out_count(json, "accounts", adl.accounts);
        liq_json_out_count(json, "fills", adl.fills);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
}

void liq_adl_cells(liq_table_text *table, const liq_settle_adl *adl)
{
    liq_table_text_cell(table, adl->instrument);
    liq_table_text_cell(table, side_name(adl->is_short));
    liq_table_text_cell(table, adl->asset);
    liq_table_text_cell(table, adl->quantity);
    liq_table_text_cell(table, adl->placed);
    liq_table_text_cell(table, adl->deficit);
    liq_table_text_cell(table, adl->needed);
    liq_table_text_cell(table, adl->taken);
    liq_table_text_cell(table, adl->overshoot);
}

void liq_settle_sums_text(liq_output *output, const liq_settle_summary *summary,
                          const char *currency)
{
    liq_output_format(output, "  notional %s, fees %s, deleveraged %s, socialised %s %s\n",
                      summary->liquidated_notional, summary->fees, summary->adl_notional,
                      summary->socialised, currency);
    liq_output_format(output, "  cash and lots %s\n\n",
                      summary->conserved ? "add up, to the last unit" : "DO NOT ADD UP");
}

void liq_adl_members_json(liq_json_out *json, const liq_settle_adl *adl)
{
    liq_json_out_string(json, "instrument", adl->instrument);
    liq_json_out_string(json, "side", side_name(adl->is_short));
    liq_json_out_string(json, "asset", adl->asset);
    liq_json_out_string(json, "quantity", adl->quantity);
    liq_json_out_string(json, "placed", adl->placed);
    liq_json_out_string(json, "deficit", adl->deficit);
    liq_json_out_string(json, "needed", adl->needed);
    liq_json_out_string(json, "taken", adl->taken);
    liq_json_out_string(json, "overshoot", adl->overshoot);
    liq_json_out_string(json, "largest_share", adl->largest_share);
}

static const char *count_text(char out[COUNT_BYTES], uint64_t count)
{
    char digits[LIQ_DECIMAL_BYTES];
    size_t i = 0;

    (void)liq_decimal_format(digits, (liq_int128)count, 0);
    for (; digits[i] != '\0' && i + 1 < COUNT_BYTES; i++)
        out[i] = digits[i];
    out[i] = '\0';
    return out;
}

static const char *side_name(int is_short)
{
    return is_short ? "short" : "long";
}
