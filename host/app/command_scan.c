/*
 * liqscan scan: value every margin account, list those to act on, say what was done.
 */
#include "app/command.h"

#include <unistd.h>

#include "app/book_open.h"
#include "app/progress_bar.h"
#include "app/row_view.h"
#include "app/scan_summary.h"
#include "app/shock.h"
#include "base/decimal.h"
#include "base/fail.h"

enum { DECIMALS_MAX = 18 };

typedef struct scan_request {
    liq_format format;
    bool wants_all;
    bool wants_check;
    int32_t decimals; /* of cash in tables; LIQ_EMIT_FULL - 1: not said */
    uint64_t limit;   /* rows listed at most */
    liq_scanner_options scanner;
} scan_request;

/* Where rows go. */
typedef struct scan_listing {
    liq_output *output;
    liq_emit *emit;
    const liq_scanner *scanner;
    liq_scan_view view;
    bool is_table;
    uint64_t left; /* rows that may still be listed */
} scan_listing;

static int scan_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status request_read(scan_request *out, const liq_options *options, liq_error *err);
static liq_status number_read(uint64_t *out, const liq_options *options, const char *name,
                              uint64_t max, liq_error *err);
static liq_status scanner_open(liq_scanner **out, const liq_book *book, scan_request *request,
                               liq_error *err);
static liq_status rows_write(liq_output *output, const scan_request *request, const liq_book *book,
                             const liq_scanner *scanner, liq_error *err);
static liq_status list_write(scan_listing *listing, const uint32_t *rows, uint32_t count,
                             liq_error *err);

static const liq_option_spec specs[] = {
    {"all", NULL, false, "list every margin account, by account id"},
    {"check", NULL, false, "exit with 1 when any margin account is flagged\nor has no value"},
    LIQ_OPTION_SHOCK,
    LIQ_OPTION_SNAPSHOT,
    {"device", "NAME", false,
     "a device's number, type (gpu, cpu) or a part of its\n"
     "name, or cpu-reference for the host itself;\n"
     "see \"liqscan devices\""},
    {"no-self-test", NULL, false, "use the device without its known-answer test"},
    {"limit", "ROWS", false, "list so many margin accounts at most"},
    {"decimals", "COUNT", false,
     "decimals of cash in tables; else 2, or all of them\n"
     "when margin accounts hold less than 100 on average"},
    LIQ_OPTION_FORMAT,
    LIQ_OPTION_HELP};

const liq_command liq_command_scan = {
    .name = "scan",
    .operands = "BOOK",
    .about = "List the margin accounts to be liquidated",
    .text = "Lists flagged margin accounts (liquidate, backstop, bankrupt): equity of zero or\n"
            "less first, then the most leveraged (notional / equity) first; after them those\n"
            "that could not be valued, with the reason. Nothing is approximated: equity is\n"
            "rounded down, margins are rounded up, once for each account, to a cash unit.\n"
            "\n"
            "margin_ratio is maintenance margin / equity, or equity / maintenance margin\n"
            "where the venue shows that, cut to 6 decimals so that it stands on the same side\n"
            "of the liquidation level as the exact ratio; leverage is notional / equity,\n"
            "rounded up to 6 decimals. They are null (in tables \"-\") when what is divided by\n"
            "is zero or less. Tables cut cash to fewer decimals, equity down and margins up;\n"
            "JSON and CSV carry every digit.\n"
            "\n"
            "A summary follows: after the table, as the last line of JSON {\"summary\":{...}},\n"
            "and on standard error with CSV. Its hash is the same on every device.\n",
    .examples = "  liqscan scan book\n"
                "  liqscan scan book --shock BTCUSDT=-10% --shock ETHUSDT=-15%\n"
                "  liqscan scan book --all --format csv >accounts.csv\n"
                "  liqscan scan book --check --device cpu-reference && echo all safe\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = scan_run};

static int scan_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    scan_request request;
    liq_scan_totals totals = {0};
    liq_scanner *scanner = NULL;
    liq_book *book = NULL;
    liq_error err = {0};
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if ((status = request_read(&request, options, &err)) != LIQ_OK ||
        (status = liq_book_open(&book, options->operands[0], options, &totals.load_ns, &err)) !=
            LIQ_OK ||
        (status = scanner_open(&scanner, book, &request, &err)) != LIQ_OK ||
        (status = liq_scanner_scan(scanner, &totals.scan, &err)) != LIQ_OK)
        goto done;
    totals.book = book;
    totals.limit = request.limit;
    if (request.decimals < LIQ_EMIT_FULL)
        request.decimals = liq_scan_table_decimals(&totals);
    if ((status = rows_write(output, &request, book, scanner, &err)) != LIQ_OK ||
        (status = liq_scan_summary_write(output, request.format, &totals, &err)) != LIQ_OK)
        goto done;
    if (request.wants_check && totals.scan.flagged + totals.scan.by_status[LIQ_MARGIN_UNVALUED] > 0)
        code = LIQ_EXIT_FOUND;
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    liq_scanner_destroy(scanner);
    liq_book_destroy(book);
    return code;
}

static liq_status request_read(scan_request *out, const liq_options *options, liq_error *err)
{
    uint64_t decimals = DECIMALS_MAX + 1;
    liq_status status;

    *out = (scan_request){.wants_all = liq_options_has(options, "all"),
                          .wants_check = liq_options_has(options, "check"),
                          .decimals = LIQ_EMIT_FULL - 1,
                          .limit = UINT64_MAX};
    out->scanner.device = liq_options_value(options, "device");
    out->scanner.skip_self_test = liq_options_has(options, "no-self-test");
    if ((status = liq_command_format(&out->format, options, err)) != LIQ_OK ||
        (status = number_read(&out->limit, options, "limit", INT64_MAX, err)) != LIQ_OK ||
        (status = number_read(&decimals, options, "decimals", DECIMALS_MAX, err)) != LIQ_OK)
        return status;
    if (decimals <= DECIMALS_MAX)
        out->decimals = (int32_t)decimals;
    return LIQ_OK;
}

/* A whole number of 0 .. max; *out stays when the option was not given. */
static liq_status number_read(uint64_t *out, const liq_options *options, const char *name,
                              uint64_t max, liq_error *err)
{
    const char *text = liq_options_value(options, name);
    int64_t number;

    if (text == NULL)
        return LIQ_OK;
    if (liq_decimal_parse_units(&number, liq_text_of(text), 0, NULL) != LIQ_OK || number < 0 ||
        (uint64_t)number > max)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.64s\" is not a whole number of 0 .. %llu",
                        name, text, (unsigned long long)max);
    *out = (uint64_t)number;
    return LIQ_OK;
}

static liq_status scanner_open(liq_scanner **out, const liq_book *book, scan_request *request,
                               liq_error *err)
{
    liq_progress_bar bar;
    liq_status status;

    liq_progress_bar_start(&bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    request->scanner.progress = &bar.progress;
    status = liq_scanner_create(out, book, &request->scanner, err);
    request->scanner.progress = NULL;
    liq_progress_bar_finish(&bar);
    return status;
}

/* Rows in the order asked for: the flagged and then the unvalued, or all. */
static liq_status rows_write(liq_output *output, const scan_request *request, const liq_book *book,
                             const liq_scanner *scanner, liq_error *err)
{
    scan_listing listing = {.output = output,
                            .scanner = scanner,
                            .view = liq_scan_view_of(book),
                            .is_table = request->format == LIQ_FORMAT_TABLE,
                            .left = request->limit};
    liq_emit_column columns[LIQ_SCAN_COLUMNS];
    const uint32_t *rows;
    uint32_t count;
    liq_status status;

    liq_scan_columns(columns, request->decimals);
    if ((status = liq_emit_create(&listing.emit, output, request->format, columns, LIQ_SCAN_COLUMNS,
                                  err)) != LIQ_OK)
        return status;
    if (request->wants_all) {
        status = list_write(&listing, NULL, liq_scanner_row_count(scanner), err);
    } else {
        liq_scanner_flagged(scanner, &rows, &count);
        status = list_write(&listing, rows, count, err);
        liq_scanner_unvalued(scanner, &rows, &count);
        if (status == LIQ_OK)
            status = list_write(&listing, rows, count, err);
    }
    if (status == LIQ_OK)
        liq_emit_finish(listing.emit);
    liq_emit_destroy(listing.emit);
    return status;
}

/* Write the rows of a list of row indices, or all of them when rows is NULL. */
static liq_status list_write(scan_listing *listing, const uint32_t *rows, uint32_t count,
                             liq_error *err)
{
    bool go_on;
    liq_status status;

    for (uint32_t i = 0; i < count && listing->left > 0; i++, listing->left--) {
        liq_scan_row row;

        liq_scanner_row(listing->scanner, rows == NULL ? i : rows[i], &row);
        liq_scan_row_emit(listing->emit, &listing->view, &row, listing->is_table);
        liq_emit_row_end(listing->emit);
        if ((status = liq_output_look(listing->output, i, &go_on, err)) != LIQ_OK)
            return status;
        if (!go_on)
            listing->left = 1;
    }
    return LIQ_OK;
}
