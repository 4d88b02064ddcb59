/*
 * liqscan adl: who would be deleveraged, in which order, and by how much.
 */
#include "app/command.h"

#include <string.h>

#include <liqscan/adl.h>

#include "app/adl_summary.h"
#include "app/book_open.h"
#include "app/shock.h"
#include "base/decimal.h"
#include "base/fail.h"

enum { ADL_COLUMNS = 12, CLOSE_COLUMN = 6 };

typedef struct adl_request {
    liq_format format;
    int is_short;
    int is_allocated; /* whether anything is to be closed */
    liq_adl_options queue;
    liq_adl_request close;
} adl_request;

/* What the rows are made of; allocation is NULL where nothing is to be closed. */
typedef struct adl_result {
    const adl_request *request;
    const liq_adl_queue *queue;
    const liq_adl_allocation *allocation;
} adl_result;

static int adl_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status request_read(adl_request *out, const liq_options *options, liq_error *err);
static liq_status either_read(int *out, const liq_options *options, const char *name,
                              const char *first, const char *second, liq_error *err);
static liq_status close_read(adl_request *out, const liq_options *options, liq_error *err);
static liq_status result_write(liq_output *output, const liq_book *book, const char *instrument,
                               const adl_result *result, liq_error *err);
static liq_status rows_write(liq_output *output, const adl_result *result, liq_error *err);
static void row_write(liq_emit *emit, const adl_result *result, uint64_t index);
static void number_write(liq_emit *emit, uint64_t number);
static void head_write(liq_output *output, const char *instrument, const adl_request *request,
                       const liq_adl_queue *queue);

static const liq_option_spec specs[] = {
    {"side", "long|short", false, "which side to list; needed"},
    {"rule", "NAME", false,
     "score by bitmex, binance, okx, hyperliquid,\n"
     "hyperliquid_literal, bluefin or random_walk instead\n"
     "of the venue's rule"},
    {"lights", "quantity|count", false,
     "what lights are shares of; else count for binance,\n"
     "quantity for the other rules"},
    {"quantity", "CONTRACTS", false, "close so much against this side"},
    {"price", "PRICE", false, "of the closes; needed with --quantity or --deficit"},
    {"deficit", "AMOUNT", false,
     "close no more than covers so much of the settle\n"
     "asset by the difference between price and mark"},
    {"policy", "NAME", false,
     "who gives how much: queue, pro_rata,\n"
     "capped_pro_rata, risk_aware, min_leverage or\n"
     "random_walk; else the venue's, or random_walk for\n"
     "--rule random_walk"},
    {"base", "equity|profit", false,
     "capped_pro_rata, risk_aware: what shares are of;\n"
     "else the venue's"},
    {"weight", "NAME", false,
     "risk_aware: what the base is multiplied with,\n"
     "leverage or margin_ratio; else the venue's"},
    {"cap", "SHARE", false,
     "capped_pro_rata, risk_aware: what an account gives\n"
     "at most, as a share of its base, such as 0.25"},
    {"position-cap", "SHARE", false, "what is closed of a position at most"},
    {"fill-min", "CONTRACTS", false, "least close that is not a whole position"},
    {"seed", "NUMBER", false, "random_walk: where the walk starts; else 0"},
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
            "\n"
            "With --quantity (or --deficit) and --price the ranked positions are closed, in\n"
            "thought, at that price: close_quantity is how much of each, realised_pnl what\n"
            "that pays against the entry price; without, both are null. Positions at a loss\n"
            "give only when no other can, and nobody gives more than his equity pays for.\n"
            "\n"
            "  queue            from the top, each in full, the last in part\n"
            "  pro_rata         in proportion to quantity\n"
            "  capped_pro_rata  an equal share of everybody's equity or profit\n"
            "  risk_aware       the same share times leverage or margin ratio\n"
            "  min_leverage     the highest leverages, down to a common one\n"
            "  random_walk      round the side from a place drawn by the seed\n"
            "\n"
            "Whole lots follow by the largest remainder, ties by account id. A summary comes\n"
            "after the table, as the last line of JSON {\"summary\":{...}}, and on standard\n"
            "error with CSV: needed is |mark - price| x quantity, taken what the closes cost\n"
            "their holders against the mark, overshoot taken - needed.\n",
    .examples = "  liqscan adl book BTCUSDT --side long\n"
                "  liqscan adl book BTCUSDT --side short --rule hyperliquid --format json\n"
                "  liqscan adl book BTCUSDT --side short --quantity 12.5 --price 64000\n"
                "  liqscan adl book BTCUSDT --side short --deficit 5000 --price 64000 \\\n"
                "      --policy capped_pro_rata --cap 0.25\n"
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
    {.name = "close_quantity", .is_right = true}, /* without a title: not in tables */
    {.name = "realised_pnl", .is_right = true},
    {.name = "margin", .title = "MARGIN"},
    {.name = "unrealised_pnl", .title = "UNREALISED PNL", .is_right = true},
    {.name = "exempt", .title = "EXEMPT"},
    {.name = "standing", .title = "STANDING"}};

static int adl_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    liq_adl_allocation *allocation = NULL;
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
    if (request.is_allocated &&
        (status = liq_adl_allocation_create(&allocation, queue, &request.close, &err)) != LIQ_OK)
        goto done;
    status = result_write(output, book, options->operands[1],
                          &(adl_result){&request, queue, allocation}, &err);
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    liq_adl_allocation_destroy(allocation);
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
    return close_read(out, options, err);
}

/* What is to be closed. The texts are read where the lots are known; only their company is checked.
 */
static liq_status close_read(adl_request *out, const liq_options *options, liq_error *err)
{
    static const char *const others[] = {"price", "policy",       "base",     "weight",
                                         "cap",   "position-cap", "fill-min", "seed"};
    const char *seed = liq_options_value(options, "seed");
    int64_t number = 0;

    out->close = (liq_adl_request){.policy = liq_options_value(options, "policy"),
                                   .quantity = liq_options_value(options, "quantity"),
                                   .price = liq_options_value(options, "price"),
                                   .deficit = liq_options_value(options, "deficit"),
                                   .base = liq_options_value(options, "base"),
                                   .weight = liq_options_value(options, "weight"),
                                   .base_cap = liq_options_value(options, "cap"),
                                   .position_cap = liq_options_value(options, "position-cap"),
                                   .fill_quantity = liq_options_value(options, "fill-min")};
    out->is_allocated = out->close.quantity != NULL || out->close.deficit != NULL;
    for (size_t i = 0; !out->is_allocated && i < sizeof others / sizeof others[0]; i++)
        if (liq_options_has(options, others[i]))
            return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s needs --quantity or --deficit", others[i]);
    if (out->is_allocated && out->close.price == NULL)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--quantity and --deficit need --price");
    if (seed != NULL &&
        (liq_decimal_parse_units(&number, liq_text_of(seed), 0, NULL) != LIQ_OK || number < 0))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--seed \"%.64s\" is not 0 .. 2^63 - 1", seed);
    out->close.seed = (uint64_t)number;
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

static liq_status result_write(liq_output *output, const liq_book *book, const char *instrument,
                               const adl_result *result, liq_error *err)
{
    const adl_request *request = result->request;
    const liq_adl_heading heading = {book, instrument, request->is_short,
                                     liq_adl_queue_rule(result->queue)};
    liq_adl_summary summary;
    liq_status status;

    if (request->format == LIQ_FORMAT_TABLE)
        head_write(output, instrument, request, result->queue);
    if ((status = rows_write(output, result, err)) != LIQ_OK || result->allocation == NULL)
        return status;
    liq_adl_allocation_summary(result->allocation, &summary);
    return liq_adl_summary_write(output, request->format, &heading, &summary, err);
}

static liq_status rows_write(liq_output *output, const adl_result *result, liq_error *err)
{
    liq_emit_column shown[ADL_COLUMNS];
    liq_emit *emit = NULL;
    bool go_on = true;
    liq_status status;

    memcpy(shown, columns, sizeof shown);
    if (result->allocation != NULL) {
        shown[CLOSE_COLUMN].title = "CLOSE";
        shown[CLOSE_COLUMN + 1].title = "REALISED PNL";
    }
    status = liq_emit_create(&emit, output, result->request->format, shown, ADL_COLUMNS, err);
    for (uint64_t i = 0; status == LIQ_OK && go_on && i < liq_adl_queue_count(result->queue); i++) {
        row_write(emit, result, i);
        status = liq_output_look(output, i, &go_on, err);
    }
    if (status == LIQ_OK)
        liq_emit_finish(emit);
    liq_emit_destroy(emit);
    return status;
}

static void row_write(liq_emit *emit, const adl_result *result, uint64_t index)
{
    liq_adl_close close;
    liq_adl_row row;

    liq_adl_queue_row(result->queue, index, &row);
    if (result->allocation != NULL)
        liq_adl_allocation_close(result->allocation, index, &close);
    liq_emit_text(emit, row.account);
    liq_emit_text(emit, result->request->is_short ? "short" : "long");
    liq_emit_text(emit, row.quantity);
    liq_emit_text(emit, row.score[0] == '\0' ? NULL : row.score);
    number_write(emit, row.rank);
    number_write(emit, row.light);
    liq_emit_text(emit, result->allocation == NULL ? NULL : close.quantity);
    liq_emit_text(emit, result->allocation == NULL ? NULL : close.realised_pnl);
    liq_emit_text(emit, row.is_isolated ? "isolated" : "cross");
    liq_emit_text(emit, row.unrealised_pnl[0] == '\0' ? NULL : row.unrealised_pnl);
    liq_emit_bool(emit, row.is_exempt != 0);
    liq_emit_text(emit, liq_adl_standing_name(row.standing));
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
