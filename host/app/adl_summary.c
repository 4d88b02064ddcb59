#include "app/adl_summary.h"

#include <stdio.h>

#include "outlet/json_out.h"

static void summary_json(liq_output *output, const liq_adl_heading *heading,
                         const liq_adl_summary *summary);
static void summary_text(liq_output *output, const liq_adl_heading *heading,
                         const liq_adl_summary *summary);
static const char *or_null(const char *text);

liq_status liq_adl_summary_write(liq_output *output, liq_format format,
                                 const liq_adl_heading *heading, const liq_adl_summary *summary,
                                 liq_error *err)
{
    liq_output *aside = NULL;
    liq_status status;

    if (format == LIQ_FORMAT_JSON)
        summary_json(output, heading, summary);
    else if (format == LIQ_FORMAT_TABLE)
        summary_text(output, heading, summary);
    if (format != LIQ_FORMAT_CSV)
        return LIQ_OK;
    if ((status = liq_output_aside_open(&aside, err)) != LIQ_OK)
        return status;
    summary_text(aside, heading, summary);
    liq_output_aside_close(aside);
    return LIQ_OK;
}

static void summary_json(liq_output *output, const liq_adl_heading *heading,
                         const liq_adl_summary *summary)
{
    char seed[32];
    liq_json_out json;

    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)summary->seed);
    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_json_out_object(&json, "summary");
    liq_json_out_string(&json, "venue", liq_book_venue(heading->book));
    liq_json_out_string(&json, "instrument", heading->instrument);
    liq_json_out_string(&json, "side", heading->is_short ? "short" : "long");
    liq_json_out_string(&json, "rule", heading->rule);
    liq_json_out_string(&json, "policy", summary->policy);
    liq_json_out_string(&json, "base", summary->base);
    liq_json_out_string(&json, "weight", summary->weight);
    liq_json_out_string(&json, "seed", seed);
    liq_json_out_string(&json, "price", summary->price);
    liq_json_out_string(&json, "mark_price", summary->mark_price);
    liq_json_out_string(&json, "quantity", summary->quantity);
    liq_json_out_string(&json, "close_quantity", summary->closed);
    liq_json_out_string(&json, "residual", summary->residual);
    liq_json_out_string(&json, "asset", summary->asset);
    liq_json_out_string(&json, "deficit", or_null(summary->deficit));
    liq_json_out_string(&json, "needed", summary->needed);
    liq_json_out_string(&json, "taken", summary->taken);
    liq_json_out_string(&json, "overshoot", summary->overshoot);
    liq_json_out_string(&json, "realised_pnl", summary->realised_pnl);
    liq_json_out_string(&json, "level", or_null(summary->level));
    liq_json_out_count(&json, "positions", summary->positions);
    liq_json_out_count(&json, "accounts", summary->accounts);
    liq_json_out_string(&json, "largest_account", summary->largest_account);
    liq_json_out_string(&json, "largest_share", summary->largest_share);
    liq_json_out_close(&json);
    liq_json_out_close(&json);
}

static void summary_text(liq_output *output, const liq_adl_heading *heading,
                         const liq_adl_summary *summary)
{
    liq_output_format(output, "\n%s of %s %s closed at %s (mark %s) by %s", summary->closed,
                      summary->quantity, heading->instrument, summary->price, summary->mark_price,
                      summary->policy);
    if (summary->base != NULL)
        liq_output_format(output, " of %s", summary->base);
    if (summary->weight != NULL)
        liq_output_format(output, " x %s", summary->weight);
    if (summary->level[0] != '\0')
        liq_output_format(output, ", level %s", summary->level);
    liq_output_format(output, "; %s left\n  %llu position%s of %llu account%s", summary->residual,
                      (unsigned long long)summary->positions, summary->positions == 1 ? "" : "s",
                      (unsigned long long)summary->accounts, summary->accounts == 1 ? "" : "s");
    if (summary->largest_account != NULL)
        liq_output_format(output, ", the largest share %s from %s", summary->largest_share,
                          summary->largest_account);
    liq_output_format(output, "\n  needed %s, taken %s, overshoot %s", summary->needed,
                      summary->taken, summary->overshoot);
    if (summary->deficit[0] != '\0')
        liq_output_format(output, ", deficit %s", summary->deficit);
    liq_output_format(output, "; realised PnL %s %s\n", summary->realised_pnl, summary->asset);
}

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}
