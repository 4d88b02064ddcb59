/*
 * liqscan adl: who would be deleveraged, in which order.
 */
#include "app/command.h"

#include <string.h>

#include <liqscan/adl.h>

#include "app/book_open.h"
#include "app/shock.h"
#include "app/signals.h"
#include "base/fail.h"

enum { LOOK_EVERY_ROWS = 1024, ADL_COLUMNS = 12 };

typedef struct adl_request {
    liq_format format;
    int is_short;
    liq_adl_options queue;
} adl_request;

static int adl_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status request_read(adl_request *out, const liq_options *options, liq_error *err);
static liq_status either_read(int *out, const liq_options *options, const char *name,
                              const char *first, const char *second, liq_error *err);
static liq_status rows_write(liq_output *output, const adl_request *request,
                             const liq_adl_queue *queue, liq_error *err);
static void row_write(liq_emit *emit, const adl_request *request, const liq_adl_row *row);
static void number_write(liq_emit *emit, uint64_t number);
static void head_write(liq_output *output, const char *instrument, const adl_request *request,
                       const liq_adl_queue *queue);

static const liq_option_spec specs[] = {{"side", "long|short", false, "which side to list; needed"},
                                        {"rule", "NAME", false,
                                         "score by bitmex, binance, okx, hyperliquid,\n"
                                         "hyperliquid_literal, bluefin or random_walk instead\n"
                                         "of the venue's rule"},
                                        {"lights", "quantity|count", false,
                                         "what lights are shares of; else count for binance,\n"
                                         "quantity for the other rules"},
                                        LIQ_OPTION_SHOCK,
                                        LIQ_OPTION_SNAPSHOT,
                                        LIQ_OPTION_FORMAT,
                                        LIQ_OPTION_HELP};

const liq_command liq_command_adl = {
    .name = "adl",
    .operands = "BOOK INSTRUMENT",
    .about = "Rank one side for auto-deleveraging",
    .text = "Lists every position on one side of an instrument in the order in which it would\n"
            "be closed against a liquidated position of the other side: ranked positions by\n"
            "score, ties by account id; then those of exempt accounts, those past bankruptcy\n"
            "(equity of zero or less) and those without a value, none of which has a rank.\n"
            "\n"
            "light is 1 for those closed first and 5 for those closed last: the share, in\n"
            "fifths rounded up, of quantity (or of positions) down to and with this one.\n"
            "Scores have 15 significant digits; the order is that of the full keys.\n"
            "close_quantity and realised_pnl are null: nothing is allocated.\n",
    .examples = "  liqscan adl book BTCUSDT --side long\n"
                "  liqscan adl book BTCUSDT --side short --rule hyperliquid --format json\n"
                "  liqscan adl book BTCUSDT --side long --shock BTCUSDT=+10%\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = adl_run};

static const liq_emit_column columns[ADL_COLUMNS] = {
    {.name = "account", .title = "ACCOUNT"},
    {.name = "side"},
    {.name = "quantity", .title = "QUANTITY", .is_right = true},
    {.name = "score", .title = "SCORE", .is_right = true},
    {.name = "rank", .title = "RANK", .is_right = true},
    {.name = "light", .title = "LIGHT", .is_right = true},
    {.name = "close_quantity"},
    {.name = "realised_pnl"},
    {.name = "margin", .title = "MARGIN"},
    {.name = "unrealised_pnl", .title = "UNREALISED PNL", .is_right = true},
    {.name = "exempt", .title = "EXEMPT"},
    {.name = "standing", .title = "STANDING"}};

static int adl_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    liq_adl_queue *queue = NULL;
    liq_book *book = NULL;
    liq_error err = {0};
    adl_request request;
    uint64_t load_ns;
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if ((status = request_read(&request, options, &err)) != LIQ_OK ||
        (status = liq_book_open(&book, options->operands[0], options, &load_ns, &err)) != LIQ_OK ||
        (status = liq_adl_queue_create(&queue, book, options->operands[1], request.is_short,
                                       &request.queue, &err)) != LIQ_OK)
        goto done;
    if (request.format == LIQ_FORMAT_TABLE)
        head_write(output, options->operands[1], &request, queue);
    status = rows_write(output, &request, queue, &err);
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    liq_adl_queue_destroy(queue);
    liq_book_destroy(book);
    return code;
}

static liq_status request_read(adl_request *out, const liq_options *options, liq_error *err)
{
    int by_count = -1;
    liq_status status;

    *out = (adl_request){.is_short = -1, .queue.rule = liq_options_value(options, "rule")};
    if ((status = liq_command_format(&out->format, options, err)) != LIQ_OK ||
        (status = either_read(&out->is_short, options, "side", "long", "short", err)) != LIQ_OK ||
        (status = either_read(&by_count, options, "lights", "quantity", "count", err)) != LIQ_OK)
        return status;
    if (out->is_short < 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--side long or --side short is needed");
    if (by_count >= 0)
        out->queue.lights = by_count ? LIQ_ADL_LIGHTS_BY_COUNT : LIQ_ADL_LIGHTS_BY_QUANTITY;
    return LIQ_OK;
}

/* 0 or 1 for the first or second word; *out stays when the option was not given. */
static liq_status either_read(int *out, const liq_options *options, const char *name,
                              const char *first, const char *second, liq_error *err)
{
    const char *value = liq_options_value(options, name);

    if (value == NULL)
        return LIQ_OK;
    if (strcmp(value, first) != 0 && strcmp(value, second) != 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.64s\" is not %s or %s", name, value, first,
                        second);
    *out = strcmp(value, second) == 0;
    return LIQ_OK;
}

static void head_write(liq_output *output, const char *instrument, const adl_request *request,
                       const liq_adl_queue *queue)
{
    const uint64_t count = liq_adl_queue_count(queue);

    liq_output_format(output, "%s %s, rule %s, lights by %s: %llu of %llu position%s ranked\n\n",
                      instrument, request->is_short ? "short" : "long", liq_adl_queue_rule(queue),
                      liq_adl_queue_lights(queue) == LIQ_ADL_LIGHTS_BY_COUNT ? "count" : "quantity",
                      (unsigned long long)liq_adl_queue_ranked(queue), (unsigned long long)count,
                      count == 1 ? "" : "s");
}

static liq_status rows_write(liq_output *output, const adl_request *request,
                             const liq_adl_queue *queue, liq_error *err)
{
    liq_emit *emit = NULL;
    liq_status status = liq_emit_create(&emit, output, request->format, columns, ADL_COLUMNS, err);

    for (uint64_t i = 0; status == LIQ_OK && i < liq_adl_queue_count(queue); i++) {
        liq_adl_row row;

        liq_adl_queue_row(queue, i, &row);
        row_write(emit, request, &row);
        if (i % LOOK_EVERY_ROWS != 0)
            continue;
        if (liq_signals_caught() != 0)
            status = liq_fail(err, LIQ_INTERRUPTED, 0, "interrupted");
        if (liq_output_failed(output))
            break; /* nobody reads on; whoever finishes the output says why */
    }
    if (status == LIQ_OK)
        liq_emit_finish(emit);
    liq_emit_destroy(emit);
    return status;
}

static void row_write(liq_emit *emit, const adl_request *request, const liq_adl_row *row)
{
    liq_emit_text(emit, row->account);
    liq_emit_text(emit, request->is_short ? "short" : "long");
    liq_emit_text(emit, row->quantity);
    liq_emit_text(emit, row->score[0] == '\0' ? NULL : row->score);
    number_write(emit, row->rank);
    number_write(emit, row->light);
    liq_emit_null(emit);
    liq_emit_null(emit);
    liq_emit_text(emit, row->is_isolated ? "isolated" : "cross");
    liq_emit_text(emit, row->unrealised_pnl[0] == '\0' ? NULL : row->unrealised_pnl);
    liq_emit_bool(emit, row->is_exempt != 0);
    liq_emit_text(emit, liq_adl_standing_name(row->standing));
    liq_emit_row_end(emit);
}

/* Zero says that there is none. */
static void number_write(liq_emit *emit, uint64_t number)
{
    if (number == 0)
        liq_emit_null(emit);
    else
        liq_emit_count(emit, number);
}
