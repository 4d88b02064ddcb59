#include "app/scan_summary.h"

#include <stdlib.h>
#include <stdio.h>

#include "app/plural.h"
#include "outlet/json_out.h"

/* Below this notional of an average margin account every decimal is shown. */
#define LARGE_NOTIONAL 100.0

static void summary_json(liq_output *output, const liq_scan_totals *totals);
static void summary_text(liq_output *output, const liq_scan_totals *totals);
static void memory_text(liq_output *output, const liq_scan_summary *scan);
static void size_text(liq_output *output, uint64_t bytes);

int32_t liq_scan_table_decimals(const liq_scan_totals *totals)
{
    const double notional = strtod(totals->scan.notional_total, NULL);

    if (totals->scan.rows == 0 || notional < LARGE_NOTIONAL * (double)totals->scan.rows ||
        liq_book_cash_decimals(totals->book) < 2)
        return LIQ_EMIT_FULL;
    return 2;
}

liq_status liq_scan_summary_write(liq_output *output, liq_format format,
                                  const liq_scan_totals *totals, liq_error *err)
{
    liq_output *aside = NULL;
    liq_status status;

    if (format == LIQ_FORMAT_JSON)
        summary_json(output, totals);
    else if (format == LIQ_FORMAT_TABLE)
        summary_text(output, totals);
    if (format != LIQ_FORMAT_CSV)
        return LIQ_OK;
    if ((status = liq_output_aside_open(&aside, err)) != LIQ_OK)
        return status;
    summary_text(aside, totals);
    liq_output_aside_close(aside);
    return LIQ_OK;
}

static void summary_json(liq_output *output, const liq_scan_totals *totals)
{
    const liq_scan_summary *scan = &totals->scan;
    liq_book_counts counts;
    liq_json_out json;

    liq_book_count(totals->book, &counts);
    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_json_out_object(&json, "summary");
    liq_json_out_string(&json, "venue", liq_book_venue(totals->book));
    liq_json_out_string(&json, "profile", liq_book_profile(totals->book));
    liq_json_out_string(&json, "margin_currency", liq_book_margin_currency(totals->book));
    liq_json_out_count(&json, "accounts", counts.accounts);
    liq_json_out_count(&json, "positions", counts.positions);
    liq_json_out_count(&json, "margin_accounts", scan->rows);
    liq_json_out_count(&json, "flagged", scan->flagged);
    liq_json_out_object(&json, "by_status");
    for (int i = 0; i < LIQ_MARGIN_STATUS_COUNT; i++)
        liq_json_out_count(&json, liq_margin_status_name((liq_margin_status_code)i),
                           scan->by_status[i]);
    liq_json_out_close(&json);
    liq_json_out_string(&json, "equity", scan->equity_total);
    liq_json_out_string(&json, "maintenance_margin", scan->maintenance_total);
    liq_json_out_string(&json, "notional", scan->notional_total);
    liq_json_out_string(&json, "device", scan->device);
    liq_json_out_string(&json, "device_reason", scan->device_reason);
    liq_json_out_count(&json, "load_ns", totals->load_ns);
    liq_json_out_count(&json, "scan_ns", scan->wall_ns);
    liq_json_out_count(&json, "device_ns", scan->device_ns);
    liq_json_out_count(&json, "device_bytes", scan->device_bytes);
    liq_json_out_count(&json, "device_memory_bytes", scan->device_memory_bytes);
    liq_json_out_count(&json, "device_position_bytes", scan->device_position_bytes);
    liq_json_out_count(&json, "device_account_bytes", scan->device_account_bytes);
    liq_json_out_count(&json, "host_memory_bytes", scan->host_memory_bytes);
    liq_json_out_count(&json, "host_position_bytes", scan->host_position_bytes);
    liq_json_out_count(&json, "host_account_bytes", scan->host_account_bytes);
    liq_json_out_string(&json, "hash", scan->hash);
    liq_json_out_close(&json);
    liq_json_out_close(&json);
}

static void summary_text(liq_output *output, const liq_scan_totals *totals)
{
    const liq_scan_summary *scan = &totals->scan;
    const char *currency = liq_book_margin_currency(totals->book);
    liq_book_counts counts;

    liq_book_count(totals->book, &counts);
    if (scan->flagged == 0)
        liq_output_string(output, "No margin account is to be liquidated.\n");
    liq_output_format(output, "\n%llu margin account%s of %llu account%s at %s (%s)\n",
                      (unsigned long long)scan->rows, liq_plural_s(scan->rows),
                      (unsigned long long)counts.accounts, liq_plural_s(counts.accounts),
                      liq_book_venue(totals->book), liq_book_profile(totals->book));
    if (totals->limit < scan->flagged)
        liq_output_format(output, "  the first %llu of %llu flagged ones are listed\n",
                          (unsigned long long)totals->limit, (unsigned long long)scan->flagged);
    for (int i = 0; i < LIQ_MARGIN_STATUS_COUNT; i++)
        liq_output_format(output, "%s%llu %s", i == 0 ? "  " : ", ",
                          (unsigned long long)scan->by_status[i],
                          liq_margin_status_name((liq_margin_status_code)i));
    liq_output_format(output, "\n  equity %s, maintenance margin %s, notional %s %s\n",
                      scan->equity_total, scan->maintenance_total, scan->notional_total, currency);
    liq_output_format(output, "  loaded in %.1f ms, scanned in %.3f ms",
                      (double)totals->load_ns / 1e6, (double)scan->wall_ns / 1e6);
    if (scan->device_ns > 0)
        liq_output_format(output, " (kernels %.3f ms, %.1f GB/s)", (double)scan->device_ns / 1e6,
                          (double)scan->device_bytes / (double)scan->device_ns);
    liq_output_string(output, "\n");
    memory_text(output, scan);
    liq_output_format(output, "  on %s: %s\n  hash %s\n", scan->device, scan->device_reason,
                      scan->hash);
}

static void memory_text(liq_output *output, const liq_scan_summary *scan)
{
    liq_output_string(output, "  memory: ");
    if (scan->device_memory_bytes > 0) {
        liq_output_string(output, "device ");
        size_text(output, scan->device_memory_bytes);
        liq_output_format(output, " (%u bytes a position, %u a margin account), ",
                          scan->device_position_bytes, scan->device_account_bytes);
    }
    liq_output_string(output, "host ");
    size_text(output, scan->host_memory_bytes);
    liq_output_format(output, " (%u and %u)\n", scan->host_position_bytes,
                      scan->host_account_bytes);
}

static void size_text(liq_output *output, uint64_t bytes)
{
    if (bytes < 1000000)
        liq_output_format(output, "%.1f kB", (double)bytes / 1e3);
    else
        liq_output_format(output, "%.1f MB", (double)bytes / 1e6);
}
