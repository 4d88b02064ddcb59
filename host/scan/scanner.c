#include <liqscan/adl.h>
#include <liqscan/scanner.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/memory.h"
#include "book/book_memory.h"
#include "book/market.h"
#include "book/rows.h"
#include "scan/adl_lights.h"
#include "scan/device_scan.h"
#include "scan/flagged.h"
#include "scan/row_scores.h"
#include "scan/scan_row.h"
#include "scan/scanner_rows.h"
#include "scan/score_text.h"
#include "scan/tested_device.h"
#include "scan/truth.h"

struct liq_scanner {
    const liq_book *book;
    liq_market market;
    liq_rows rows; /* with a device only their keys are kept */
    liq_tested_device device;
    liq_device_scan *device_scan; /* NULL: the CPU truth */
    bool scores_tested;           /* or trusted untested */
    liq_row_scores scores;        /* zeroed: nobody asked for them */
    liq_row_record *results;
    uint32_t *flagged;
    uint32_t *unvalued;
    uint32_t flagged_count;
    uint32_t unvalued_count;
};

static uint32_t parts_wanted(const liq_book *book, const liq_scanner_options *options);
static liq_status scores_create(liq_scanner *scanner, const char *rule_name, liq_error *err);
static liq_status rows_value(liq_scanner *scanner, liq_device_scan_cost *cost, liq_error *err);
static void lists_fill(liq_scanner *scanner);
static void memory_fill(const liq_scanner *scanner, liq_scan_summary *summary);
static uint32_t account_share(uint64_t bytes, uint64_t position_bytes, uint32_t rows);
static liq_status summary_fill(const liq_scanner *scanner, liq_scan_summary *summary,
                               liq_error *err);

liq_status liq_scanner_create(liq_scanner **out, const liq_book *book,
                              const liq_scanner_options *options, liq_error *err)
{
    static const liq_scanner_options defaults = {0};
    const liq_scanner_options *chosen = options != NULL ? options : &defaults;
    liq_scanner *scanner = NULL;
    liq_status status = liq_memory_array(&scanner, 1, sizeof *scanner, err);

    if (status != LIQ_OK)
        return status;
    scanner->book = book;
    scanner->scores_tested = chosen->settles != 0 || chosen->skip_self_test != 0;
    /* The device comes first: its self-test forks, and a small process forks fast. */
    if ((status = liq_tested_device_open(&scanner->device, chosen->device,
                                         parts_wanted(book, chosen), err)) != LIQ_OK ||
        (status = liq_market_create(&scanner->market, book, err)) != LIQ_OK ||
        (status = liq_rows_create(&scanner->rows, book, chosen->progress, err)) != LIQ_OK ||
        (status = liq_memory_array(&scanner->results, scanner->rows.row_count,
                                   sizeof *scanner->results, err)) != LIQ_OK ||
        (status = liq_memory_array(&scanner->flagged, scanner->rows.row_count,
                                   sizeof *scanner->flagged, err)) != LIQ_OK ||
        (status = liq_memory_array(&scanner->unvalued, scanner->rows.row_count,
                                   sizeof *scanner->unvalued, err)) != LIQ_OK)
        goto done;
    if (scanner->device.device != NULL &&
        (status = liq_device_scan_create(&scanner->device_scan, scanner->device.device,
                                         &scanner->rows, &scanner->market, NULL, err)) != LIQ_OK)
        goto done;
    if (chosen->scores != NULL && (status = scores_create(scanner, chosen->scores, err)) != LIQ_OK)
        goto done;
    if (scanner->device_scan != NULL && scanner->scores.host == NULL)
        liq_rows_drop_entries(&scanner->rows);
    *out = scanner;
    scanner = NULL; /* given away */
done:
    liq_scanner_destroy(scanner);
    return status;
}

void liq_scanner_destroy(liq_scanner *scanner)
{
    if (scanner == NULL)
        return;
    liq_row_scores_clear(&scanner->scores);
    liq_device_scan_destroy(scanner->device_scan);
    liq_device_close(scanner->device.device);
    liq_rows_clear(&scanner->rows);
    liq_market_clear(&scanner->market);
    free(scanner->results);
    free(scanner->flagged);
    free(scanner->unvalued);
    free(scanner);
}

liq_status liq_scanner_scan(liq_scanner *scanner, liq_scan_summary *summary, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    liq_device_scan_cost cost = {0};
    liq_status status;

    liq_market_update(&scanner->market, scanner->book);
    if ((status = rows_value(scanner, &cost, err)) != LIQ_OK)
        return status;
    lists_fill(scanner);
    if (summary == NULL)
        return LIQ_OK;
    *summary = (liq_scan_summary){.wall_ns = liq_clock_ns() - start_ns,
                                  .device_ns = cost.kernel_ns,
                                  .device_bytes = cost.bytes};
    memory_fill(scanner, summary);
    return summary_fill(scanner, summary, err);
}

uint32_t liq_scanner_row_count(const liq_scanner *scanner)
{
    return scanner->rows.row_count;
}

void liq_scanner_row(const liq_scanner *scanner, uint32_t row_index, liq_scan_row *out)
{
    LIQ_ASSERT(row_index < scanner->rows.row_count);
    liq_scan_row_fill(out, scanner->book, &scanner->rows.keys[row_index],
                      &scanner->results[row_index]);
}

void liq_scanner_flagged(const liq_scanner *scanner, const uint32_t **rows, uint32_t *count)
{
    *rows = scanner->flagged;
    *count = scanner->flagged_count;
}

void liq_scanner_unvalued(const liq_scanner *scanner, const uint32_t **rows, uint32_t *count)
{
    *rows = scanner->unvalued;
    *count = scanner->unvalued_count;
}

const liq_row_key *liq_scanner_keys(const liq_scanner *scanner)
{
    return scanner->rows.keys;
}

const liq_row_record *liq_scanner_results(const liq_scanner *scanner)
{
    return scanner->results;
}

const liq_book *liq_scanner_book(const liq_scanner *scanner)
{
    return scanner->book;
}

const liq_device_scan *liq_scanner_device_scan(const liq_scanner *scanner)
{
    return scanner->scores_tested ? scanner->device_scan : NULL;
}

liq_status liq_scanner_score(liq_position_score *out, const liq_scanner *scanner,
                             uint32_t row_index, const char *instrument, int is_short,
                             liq_error *err)
{
    const liq_book *book = scanner->book;
    const liq_row_scores *scores = &scanner->scores;
    uint32_t index = 0;
    uint32_t end;

    LIQ_ASSERT(row_index < scanner->rows.row_count);
    if (scores->keys == NULL)
        return liq_fail(err, LIQ_NOT_FOUND, 0, "the scanner has no scores");
    end = row_index + 1 < scanner->rows.row_count ? scores->row_firsts[row_index + 1]
                                                  : scores->position_count;
    if (liq_names_find(book->venue.instrument_names, liq_text_of(instrument), &index))
        for (uint32_t i = scores->row_firsts[row_index]; i < end; i++) {
            const liq_position *position = &book->positions[i];

            if (position->instrument_index != index ||
                (position->quantity_lots < 0) != (is_short != 0))
                continue;
            *out = (liq_position_score){
                .score_key = scores->keys[i],
                .standing = liq_adl_standing_of(
                    scores->keys[i], book->accounts[position->account_index].adl_exempt)};
            liq_score_write(out->score, out->score_key);
            return LIQ_OK;
        }
    return liq_fail(err, LIQ_NOT_FOUND, 0, "row %u holds no %s position in \"%.64s\"", row_index,
                    is_short != 0 ? "short" : "long", instrument);
}

/* What this scanner may launch, which is little of all that there is to compile and test. */
static uint32_t parts_wanted(const liq_book *book, const liq_scanner_options *options)
{
    uint32_t parts = LIQ_TEST_ROWS;

    if (options->skip_self_test != 0)
        return 0;
    if (options->settles != 0)
        parts |= LIQ_TEST_SCORES;
    if (options->scores != NULL)
        parts |= LIQ_TEST_ROW_SCORES;
    for (uint32_t i = 0; i < book->account_count; i++)
        if (book->accounts[i].mode == LIQ_ACCOUNT_PORTFOLIO)
            return parts | LIQ_TEST_PORTFOLIO;
    return parts;
}

/* @param rule_name  "": the venue's */
static liq_status scores_create(liq_scanner *scanner, const char *rule_name, liq_error *err)
{
    liq_adl_rule rule = scanner->book->venue.policy.adl_rule;
    const liq_status status =
        rule_name[0] == '\0' ? LIQ_OK : liq_adl_rule_find(&rule, rule_name, err);

    if (status != LIQ_OK)
        return status;
    return liq_row_scores_create(&scanner->scores, scanner->book, &scanner->rows,
                                 scanner->device_scan, rule, err);
}

/* All rows, and with them the scores that were asked for. */
static liq_status rows_value(liq_scanner *scanner, liq_device_scan_cost *cost, liq_error *err)
{
    liq_status status = LIQ_OK;

    scanner->scores.keys = NULL;
    if (scanner->scores.device != NULL)
        return liq_row_scores_scan(&scanner->scores, scanner->device_scan, &scanner->market,
                                   scanner->results, cost, err);
    if (scanner->device_scan != NULL)
        status = liq_device_scan_run(scanner->device_scan, &scanner->market, scanner->results, cost,
                                     err);
    else
        liq_truth_scan(&scanner->market, &scanner->rows, scanner->results);
    if (status == LIQ_OK && scanner->scores.host != NULL)
        liq_row_scores_take(&scanner->scores, &scanner->market, &scanner->rows, scanner->results);
    return status;
}

static void lists_fill(liq_scanner *scanner)
{
    scanner->flagged_count =
        liq_flagged_list(scanner->results, scanner->rows.row_count, scanner->flagged);
    scanner->unvalued_count = 0;
    for (uint32_t i = 0; i < scanner->rows.row_count; i++)
        if (scanner->results[i].status == LIQ_ROW_UNVALUED)
            scanner->unvalued[scanner->unvalued_count++] = i;
}

/*
 * What is held between scans. A position is one entry on the device and one record of the book on
 * the host, and another entry where there is no device; all else counts for margin accounts: their
 * collateral, padding, results, lists, names and what grows with instruments.
 */
static void memory_fill(const liq_scanner *scanner, liq_scan_summary *summary)
{
    const uint32_t entry_bytes = sizeof(uint32_t) + 2 * sizeof(int64_t);
    const uint64_t positions = scanner->book->position_count;
    const uint32_t rows = scanner->rows.row_count;
    const uint64_t row_bytes = sizeof *scanner->results + sizeof *scanner->flagged +
                               sizeof *scanner->unvalued +
                               /* by the packed rows: which row is where */
                               (scanner->device.device != NULL ? sizeof(uint32_t) : 0);

    summary->host_memory_bytes = sizeof *scanner + liq_book_memory(scanner->book) +
                                 liq_market_memory(&scanner->market) +
                                 liq_rows_memory(&scanner->rows) + rows * row_bytes;
    if (scanner->scores.row_firsts != NULL)
        summary->host_memory_bytes +=
            rows * sizeof(uint32_t) +
            (scanner->scores.host != NULL ? positions * sizeof(int64_t) : 0);
    summary->host_position_bytes =
        (uint32_t)sizeof(liq_position) + (scanner->device.device == NULL ? entry_bytes : 0);
    summary->host_account_bytes =
        account_share(summary->host_memory_bytes, positions * summary->host_position_bytes, rows);
    if (scanner->device.device == NULL)
        return;
    summary->device_memory_bytes = liq_device_buffer_bytes(scanner->device.device);
    summary->device_position_bytes = entry_bytes;
    summary->device_account_bytes =
        account_share(summary->device_memory_bytes, positions * entry_bytes, rows);
}

static uint32_t account_share(uint64_t bytes, uint64_t position_bytes, uint32_t rows)
{
    const uint64_t rest = bytes > position_bytes ? bytes - position_bytes : 0;
    const uint64_t share = rows == 0 ? 0 : (rest + rows - 1) / rows;

    return share < UINT32_MAX ? (uint32_t)share : UINT32_MAX;
}

static liq_status summary_fill(const liq_scanner *scanner, liq_scan_summary *summary,
                               liq_error *err)
{
    const int32_t decimals = scanner->book->venue.cash_decimals;
    liq_int128 equity = 0;
    liq_int128 maintenance = 0;
    liq_int128 notional = 0;
    liq_hash *hash = NULL;
    const liq_status status = liq_hash_create(&hash, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < scanner->rows.row_count; i++) {
        equity += scanner->results[i].equity;
        maintenance += scanner->results[i].maintenance;
        notional += scanner->results[i].notional;
        summary->by_status[scanner->results[i].status]++;
    }
    summary->rows = scanner->rows.row_count;
    summary->flagged = scanner->flagged_count;
    (void)liq_decimal_format(summary->equity_total, equity, decimals);
    (void)liq_decimal_format(summary->maintenance_total, maintenance, decimals);
    (void)liq_decimal_format(summary->notional_total, notional, decimals);
    memcpy(summary->device, scanner->device.name, sizeof summary->device);
    memcpy(summary->device_reason, scanner->device.reason, sizeof summary->device_reason);
    liq_hash_add(hash, scanner->results, scanner->rows.row_count * sizeof *scanner->results);
    liq_hash_finish(hash, summary->hash);
    liq_hash_destroy(hash);
    return LIQ_OK;
}
