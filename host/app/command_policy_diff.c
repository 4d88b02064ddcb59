/*
 * liqscan policy diff: what a change of tiers, weights or rules does to the accounts of a book.
 */
#include "app/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/book_open.h"
#include "app/margin_factor.h"
#include "app/nearest.h"
#include "app/policy_diff_view.h"
#include "app/progress_bar.h"
#include "app/shock.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "scan/policy_venue.h"

enum { LIMIT_DEFAULT = 20, PATH_BYTES = 4096 };

/* The book under one of the two venues. */
typedef struct venue_side {
    const char *operand;
    char name[PATH_BYTES];
    liq_book *made; /* NULL: the book itself */
    const liq_book *book;
} venue_side;

static int policy_diff_run(const liq_command *command, const liq_options *options,
                           liq_output *output);
static liq_status request_read(liq_format *format, liq_diff_listing *listing, uint64_t *limit,
                               const liq_options *options, liq_error *err);
static liq_status side_make(venue_side *side, const liq_book *book, const char *operand,
                            liq_error *err);
static liq_status side_scale(venue_side *side, const liq_options *options, liq_error *err);
static liq_status side_path(venue_side *side, liq_error *err);
static liq_status diff_make(liq_policy_diff *diff, const venue_side sides[2], liq_error *err);
static liq_status diff_write(liq_output *output, liq_format format, liq_diff_listing listing,
                             const liq_diff_view *view, liq_error *err);
static liq_status table_write(liq_output *output, const liq_diff_view *view, liq_error *err);
static liq_status csv_write(liq_output *output, liq_diff_listing listing, const liq_diff_view *view,
                            liq_error *err);

static const liq_option_spec specs[] = {{"check", NULL, false,
                                         "exit with 1 when an account becomes liquidatable\n"
                                         "or loses its value"},
                                        {"limit", "ROWS", false,
                                         "list so many margin accounts, and in tables so many\n"
                                         "instruments, at most; else 20"},
                                        {"rows", "WHAT", false,
                                         "what CSV lists: accounts (else), instruments or\n"
                                         "transitions; table and JSON have all of them"},
                                        LIQ_OPTION_MARGIN_FACTOR,
                                        LIQ_OPTION_SHOCK,
                                        LIQ_OPTION_SNAPSHOT,
                                        LIQ_OPTION_FORMAT,
                                        LIQ_OPTION_HELP};

const liq_command liq_command_policy_diff = {
    .name = "policy diff",
    .operands = "A B BOOK",
    .about = "Show what another venue.json would change",
    .text = "A and B are venue.json files, or directories that hold one; \"-\" is the one that\n"
            "the book has. Every margin account of BOOK is valued under both, by the margin\n"
            "rule, at the same prices, with the same positions, balances and orders.\n"
            "Instruments and assets are matched by symbol; what a venue has no place for is\n"
            "refused by name. --margin-factor multiplies rates under B, as dynamic margin\n"
            "does.\n"
            "\n"
            "Listed are the margin accounts that change: without a value now, newly\n"
            "liquidatable, worse, newly at warning or reduce_only, released (flagged before\n"
            "and no longer), eased; of each the largest notional first; then those of the\n"
            "same status with the largest change of maintenance margin. shortfall is what an\n"
            "account lacks of its maintenance margin under B. \"called\" sums what\n"
            "requirements rose by, \"freed\" what they fell by, over the margin accounts with\n"
            "a value under both.\n"
            "\n"
            "The part of an instrument is what its own legs (positions, and what open orders\n"
            "add) ask for at the index price of its settle asset, before an account is\n"
            "rounded up; \"(rounding)\" is what that adds, so that the parts add up to the\n"
            "totals. An account may be called in one instrument and freed in another: calls\n"
            "of instruments add up to more than calls of accounts.\n",
    .examples = "  liqscan policy diff - new/venue.json book\n"
                "  liqscan policy diff old.json new.json book --format csv --rows instruments\n"
                "  liqscan policy diff - new.json book --shock BTCUSDT=-10% --check\n"
                "  liqscan policy diff - - book --margin-factor BTCUSDT=1.5\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = policy_diff_run};

static int policy_diff_run(const liq_command *command, const liq_options *options,
                           liq_output *output)
{
    const uint64_t started_ns = liq_clock_ns();
    liq_policy_diff diff = {0};
    liq_diff_view view = {.diff = &diff, .limit = LIMIT_DEFAULT};
    venue_side *sides = NULL;
    liq_book *book = NULL;
    liq_error err = {0};
    liq_diff_listing listing;
    liq_format format;
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if ((status = request_read(&format, &listing, &view.limit, options, &err)) != LIQ_OK ||
        (status = liq_memory_array(&sides, 2, sizeof *sides, &err)) != LIQ_OK ||
        (status = liq_book_open(&book, options->operands[2], options, &view.load_ns, &err)) !=
            LIQ_OK ||
        (status = side_make(&sides[0], book, options->operands[0], &err)) != LIQ_OK ||
        (status = side_make(&sides[1], book, options->operands[1], &err)) != LIQ_OK ||
        (status = side_scale(&sides[1], options, &err)) != LIQ_OK)
        goto done;
    view.load_ns = liq_clock_ns() - started_ns;
    view.source_name = sides[0].name;
    view.target_name = sides[1].name;
    if ((status = diff_make(&diff, sides, &err)) != LIQ_OK)
        goto done;
    view.diff_ns = liq_clock_ns() - started_ns - view.load_ns;
    if ((status = diff_write(output, format, listing, &view, &err)) != LIQ_OK)
        goto done;
    if (liq_options_has(options, "check") &&
        diff.kinds[LIQ_DIFF_LIQUIDATABLE] + diff.kinds[LIQ_DIFF_UNVALUED] > 0)
        code = LIQ_EXIT_FOUND;
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    liq_policy_diff_clear(&diff);
    for (int i = 0; sides != NULL && i < 2; i++)
        liq_book_destroy(sides[i].made);
    free(sides);
    liq_book_destroy(book);
    return code;
}

static liq_status request_read(liq_format *format, liq_diff_listing *listing, uint64_t *limit,
                               const liq_options *options, liq_error *err)
{
    static const char *const names[] = {"accounts", "instruments", "transitions"};
    const char *text = liq_options_value(options, "limit");
    const char *rows = liq_options_value(options, "rows");
    liq_status status = liq_command_format(format, options, err);
    int64_t number;

    if (status != LIQ_OK || (status = liq_margin_factor_check(options, err)) != LIQ_OK)
        return status;
    if (text != NULL) {
        if (liq_decimal_parse_units(&number, liq_text_of(text), 0, NULL) != LIQ_OK || number < 0)
            return liq_fail(err, LIQ_BAD_INPUT, 0,
                            "--limit \"%.64s\" is not a whole number of 0 .. %lld", text,
                            (long long)INT64_MAX);
        *limit = (uint64_t)number;
    }
    *listing = LIQ_DIFF_LIST_ACCOUNTS;
    for (uint32_t i = 0; rows != NULL && i < 3; i++)
        if (strcmp(rows, names[i]) == 0) {
            *listing = (liq_diff_listing)i;
            rows = NULL;
        }
    if (rows != NULL) {
        const char *nearest = liq_nearest(rows, names, 3);

        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--rows \"%.64s\" is not accounts, instruments or transitions%s%s%s", rows,
                        nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                        nearest == NULL ? "" : "?");
    }
    return LIQ_OK;
}

static liq_status side_make(venue_side *side, const liq_book *book, const char *operand,
                            liq_error *err)
{
    liq_file file = {.descriptor = -1};
    char *text = NULL;
    size_t bytes;
    liq_status status;

    side->operand = operand;
    side->book = book;
    if (strcmp(operand, "-") == 0) {
        (void)snprintf(side->name, sizeof side->name, "the book's venue.json");
        return LIQ_OK;
    }
    if ((status = side_path(side, err)) != LIQ_OK ||
        (status = liq_file_open(&file, side->name, err)) != LIQ_OK ||
        (status = liq_file_read_all(&text, &bytes, &file, LIQ_JSON_BYTES_MAX, err)) != LIQ_OK)
        goto done;
    if (strlen(text) != bytes)
        status = liq_fail(err, LIQ_BAD_INPUT, 0, "%s: there is a zero byte in it", side->name);
    else
        status = liq_book_under_venue(&side->made, book, side->name, text, err);
    if (status == LIQ_OK)
        side->book = side->made;
done:
    liq_file_close(&file);
    free(text);
    return status;
}

/* Factors are of a copy: the book is the other side. */
static liq_status side_scale(venue_side *side, const liq_options *options, liq_error *err)
{
    liq_status status = LIQ_OK;

    if (!liq_options_has(options, "margin-factor"))
        return LIQ_OK;
    if (side->made == NULL)
        status = liq_book_under_venue(&side->made, side->book, "venue.json", side->book->venue_text,
                                      err);
    if (status != LIQ_OK)
        return status;
    side->book = side->made;
    (void)strncat(side->name, " with margin factors", sizeof side->name - strlen(side->name) - 1);
    return liq_margin_factor_apply(side->made, options, err);
}

/* A directory stands for the venue.json in it. */
static liq_status side_path(venue_side *side, liq_error *err)
{
    struct stat facts;
    const bool is_folder = stat(side->operand, &facts) == 0 && S_ISDIR(facts.st_mode);
    const int used = snprintf(side->name, sizeof side->name, "%s%s", side->operand,
                              is_folder ? "/venue.json" : "");

    if (used < 0 || (size_t)used >= sizeof side->name)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the path is longer than %zu bytes",
                        sizeof side->name - 1);
    return LIQ_OK;
}

static liq_status diff_make(liq_policy_diff *diff, const venue_side sides[2], liq_error *err)
{
    liq_progress_bar bar;
    liq_status status;

    liq_progress_bar_start(&bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    status = liq_policy_diff_create(diff, sides[0].book, sides[1].book, &bar.progress, err);
    liq_progress_bar_finish(&bar);
    return status;
}

static liq_status diff_write(liq_output *output, liq_format format, liq_diff_listing listing,
                             const liq_diff_view *view, liq_error *err)
{
    liq_status status;

    if (format == LIQ_FORMAT_TABLE)
        return table_write(output, view, err);
    if (format == LIQ_FORMAT_CSV)
        return csv_write(output, listing, view, err);
    if ((status = liq_diff_accounts_write(output, format, view, err)) != LIQ_OK)
        return status;
    return liq_diff_summary_json(output, view, err);
}

static liq_status table_write(liq_output *output, const liq_diff_view *view, liq_error *err)
{
    liq_status status = LIQ_OK;

    if (view->diff->row_count == 0)
        liq_output_string(output, "No margin account changes.\n");
    else if (view->limit > 0)
        status = liq_diff_accounts_write(output, LIQ_FORMAT_TABLE, view, err);
    if (status != LIQ_OK)
        return status;
    liq_output_string(output, "\n");
    if ((status = liq_diff_transitions_write(output, LIQ_FORMAT_TABLE, view, err)) != LIQ_OK)
        return status;
    liq_output_string(output, "\n");
    if ((status = liq_diff_instruments_write(output, LIQ_FORMAT_TABLE, view, err)) != LIQ_OK)
        return status;
    liq_diff_totals_text(output, view);
    return LIQ_OK;
}

static liq_status csv_write(liq_output *output, liq_diff_listing listing, const liq_diff_view *view,
                            liq_error *err)
{
    liq_output *aside = NULL;
    liq_status status;

    if (listing == LIQ_DIFF_LIST_INSTRUMENTS)
        status = liq_diff_instruments_write(output, LIQ_FORMAT_CSV, view, err);
    else if (listing == LIQ_DIFF_LIST_TRANSITIONS)
        status = liq_diff_transitions_write(output, LIQ_FORMAT_CSV, view, err);
    else
        status = liq_diff_accounts_write(output, LIQ_FORMAT_CSV, view, err);
    if (status != LIQ_OK || (status = liq_output_aside_open(&aside, err)) != LIQ_OK)
        return status;
    liq_diff_totals_text(aside, view);
    liq_output_aside_close(aside);
    return LIQ_OK;
}
