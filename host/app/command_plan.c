/*
 * liqscan plan: the cheapest way to a target leverage, or to living through a shock.
 */
#include "app/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/book_open.h"
#include "app/plan_view.h"
#include "app/progress_bar.h"
#include "app/shock.h"
#include "base/fail.h"
#include "base/memory.h"

enum {
    LEVERAGE_DECIMALS = 6,
    FEE_DECIMALS = 9,
    SHOCKS_MAX = 64,
    GOAL_BYTES = 1024,
    ARGUMENT_BYTES = 512,
    LIMIT_DEFAULT = 20
};

#define LEVERAGE_PPM_MAX 1000000000
#define FEE_NANO_END 1000000000

/* What was asked for. */
typedef struct plan_ask {
    liq_format format;
    bool is_venue;
    uint64_t limit;
    liq_plan_request request;
    liq_shock shocks[SHOCKS_MAX];
    uint32_t shock_count;
    char goal[GOAL_BYTES];
} plan_ask;

static int plan_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status ask_read(plan_ask *ask, const liq_options *options, liq_error *err);
static liq_status goal_read(plan_ask *ask, const liq_options *options, liq_error *err);
static liq_status shocks_read(plan_ask *ask, const char *text, liq_error *err);
static liq_status shock_add(plan_ask *ask, const char *text, liq_error *err);
static liq_status fee_read(plan_ask *ask, const char *text, liq_error *err);
static liq_status markets_make(liq_market markets[2], plan_ask *ask, liq_book *book,
                               liq_error *err);
static liq_status account_plan(liq_output *output, const plan_ask *ask, const char *account,
                               liq_error *err);
static liq_status account_find(uint32_t *out, const liq_book *book, const char *account,
                               liq_error *err);
static liq_status venue_plan(liq_output *output, const plan_ask *ask, liq_error *err);
static liq_status plans_write(liq_output *output, const plan_ask *ask, const liq_plan *plans,
                              uint32_t count, liq_error *err);

static const liq_option_spec specs[] = {
    {"leverage", "L", false, "bring notional / equity to at most L, such as 5"},
    {"survive", "SYM=-30%,...", false,
     "stay below the liquidate level if these moved,\n"
     "all of them at once"},
    {"venue", NULL, false, "plan for every margin account that misses the goal"},
    {"fee", "RATE", false,
     "of what is traded, such as 0.0005; else the\n"
     "liquidation_fee of each instrument"},
    {"limit", "ROWS", false, "with --venue, list so many plans at most; else 20"},
    LIQ_OPTION_SNAPSHOT,
    LIQ_OPTION_FORMAT,
    LIQ_OPTION_HELP};

const liq_command liq_command_plan = {
    .name = "plan",
    .operands = "BOOK [ACCOUNT]",
    .about = "Find the cheapest deleveraging",
    .text = "For each margin account of ACCOUNT (or, with --venue, for each of the book, the\n"
            "most leveraged first): which orders bring it to the leverage, or keep it alive\n"
            "through the moves, at the least cost. Orders close positions in lots against\n"
            "depth.csv, level by level; cost is what that loses against the mark, with the\n"
            "fee. Without any depth orders fill at the mark less the execution_cost of the\n"
            "venue. After each order the account is valued by the margin rule. Open orders\n"
            "stay.\n"
            "\n"
            "With one position the answer is exact: one lot less is not enough. With several\n"
            "it is a heuristic: stretches of all positions are closed in the order of what\n"
            "they cost for what they gain, each position is tried as the last one, and each\n"
            "gives back what is not needed. bound is a cost that no reductions stay below;\n"
            "there is none where positions bear on each other (collateral weights, tiers\n"
            "that count orders, rates that grow with the size).\n"
            "\n"
            "Accounts of portfolio margin are valued by their scenarios over and over, all\n"
            "positions together; with several the cheapest of three ways stays: the worst\n"
            "scenario first, the same part of every position, and step by step whatever\n"
            "gains most for its cost. There bound is low, but it holds as well.\n"
            "\n"
            "top_up is the least deposit that does the same: of the margin currency, for an\n"
            "isolated position of its settle asset. With --venue margin accounts share the\n"
            "depth: what one takes is gone for the next.\n",
    .examples = "  liqscan plan book alice --leverage 5\n"
                "  liqscan plan book alice --survive BTCUSDT=-30%,ETHUSDT=-40%\n"
                "  liqscan plan book --venue --leverage 20 --format json >plans.json\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = plan_run};

static int plan_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    liq_market markets[2] = {{0}};
    plan_ask *ask = calloc(1, sizeof *ask);
    liq_book *book = NULL;
    liq_error err = {0};
    uint64_t load_ns;
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if (ask == NULL) {
        status = liq_fail(&err, LIQ_OUT_OF_MEMORY, 0, "out of memory");
        goto done;
    }
    if ((status = ask_read(ask, options, &err)) != LIQ_OK ||
        (status = liq_book_open(&book, options->operands[0], options, &load_ns, &err)) != LIQ_OK ||
        (status = markets_make(markets, ask, book, &err)) != LIQ_OK)
        goto done;
    status = ask->is_venue ? venue_plan(output, ask, &err)
                           : account_plan(output, ask, options->operands[1], &err);
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    liq_market_clear(&markets[0]);
    liq_market_clear(&markets[1]);
    liq_book_destroy(book);
    free(ask);
    return code;
}

static liq_status ask_read(plan_ask *ask, const liq_options *options, liq_error *err)
{
    const char *limit = liq_options_value(options, "limit");
    const char *fee = liq_options_value(options, "fee");
    const liq_status status = liq_command_format(&ask->format, options, err);
    int64_t number;

    if (status != LIQ_OK)
        return status;
    ask->is_venue = liq_options_has(options, "venue");
    if (ask->is_venue == (options->operand_count > 1))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        ask->is_venue ? "--venue is for all accounts: leave out \"%.64s\""
                                      : "ACCOUNT is missing, or --venue for all of them",
                        ask->is_venue ? options->operands[1] : "");
    ask->limit = LIMIT_DEFAULT;
    if (limit != NULL) {
        if (liq_decimal_parse_units(&number, liq_text_of(limit), 0, NULL) != LIQ_OK || number < 0)
            return liq_fail(err, LIQ_BAD_INPUT, 0,
                            "--limit \"%.64s\" is not a whole number of 0 .. %lld", limit,
                            (long long)INT64_MAX);
        ask->limit = (uint64_t)number;
    }
    ask->request.fee_nano = -1;
    if (fee != NULL) {
        const liq_status read = fee_read(ask, fee, err);

        if (read != LIQ_OK)
            return read;
    }
    return goal_read(ask, options, err);
}

static liq_status goal_read(plan_ask *ask, const liq_options *options, liq_error *err)
{
    const char *leverage = liq_options_value(options, "leverage");
    const char *survive = liq_options_value(options, "survive");

    if ((leverage == NULL) == (survive == NULL))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "one of --leverage and --survive is needed");
    (void)snprintf(ask->goal, sizeof ask->goal, "%s %s", leverage == NULL ? "survive" : "leverage",
                   leverage == NULL ? survive : leverage);
    if (leverage == NULL) {
        ask->request.goal = LIQ_PLAN_SURVIVE;
        return shocks_read(ask, survive, err);
    }
    ask->request.goal = LIQ_PLAN_LEVERAGE;
    if (liq_decimal_parse_units(&ask->request.leverage_ppm, liq_text_of(leverage),
                                LEVERAGE_DECIMALS, NULL) != LIQ_OK ||
        ask->request.leverage_ppm <= 0 || ask->request.leverage_ppm > LEVERAGE_PPM_MAX)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--leverage \"%.64s\" is not a number above 0, at most 1000, with at most "
                        "%d decimals",
                        leverage, LEVERAGE_DECIMALS);
    return LIQ_OK;
}

static liq_status shocks_read(plan_ask *ask, const char *text, liq_error *err)
{
    const char *at = text;

    for (;;) {
        const size_t bytes = strcspn(at, ",");
        char part[ARGUMENT_BYTES];
        liq_status status;

        if (bytes >= sizeof part)
            return liq_fail(err, LIQ_BAD_INPUT, 0, "--survive \"%.64s\": a move is too long", text);
        memcpy(part, at, bytes);
        part[bytes] = '\0';
        if ((status = shock_add(ask, part, err)) != LIQ_OK)
            return status;
        if (at[bytes] == '\0')
            return LIQ_OK;
        at += bytes + 1;
    }
}

static liq_status shock_add(plan_ask *ask, const char *text, liq_error *err)
{
    liq_shock *shock = &ask->shocks[ask->shock_count];
    liq_status status;

    if (ask->shock_count == SHOCKS_MAX)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--survive has more than %d moves", SHOCKS_MAX);
    if ((status = liq_shock_parse_as(shock, "survive", text, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < ask->shock_count; i++)
        if (strcmp(ask->shocks[i].symbol, shock->symbol) == 0)
            return liq_fail(err, LIQ_BAD_INPUT, 0, "--survive moves %s twice", shock->symbol);
    ask->shock_count++;
    return LIQ_OK;
}

static liq_status fee_read(plan_ask *ask, const char *text, liq_error *err)
{
    if (liq_decimal_parse_units(&ask->request.fee_nano, liq_text_of(text), FEE_DECIMALS, NULL) ==
            LIQ_OK &&
        ask->request.fee_nano >= 0 && ask->request.fee_nano < FEE_NANO_END)
        return LIQ_OK;
    return liq_fail(err, LIQ_BAD_INPUT, 0,
                    "--fee \"%.64s\" is not a rate of 0 to below 1 with at most %d decimals", text,
                    FEE_DECIMALS);
}

/* The present market, and where the goal is judged. The book keeps the moved prices: nobody looks
   at them again. */
static liq_status markets_make(liq_market markets[2], plan_ask *ask, liq_book *book, liq_error *err)
{
    liq_status status = liq_market_create(&markets[0], book, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < ask->shock_count; i++)
        if ((status = liq_book_shock(book, ask->shocks[i].symbol, ask->shocks[i].change_ppm,
                                     err)) != LIQ_OK)
            return status;
    if ((status = liq_market_create(&markets[1], book, err)) != LIQ_OK)
        return status;
    ask->request.book = book;
    ask->request.market = &markets[0];
    ask->request.judged = &markets[1];
    return LIQ_OK;
}

static liq_status account_plan(liq_output *output, const plan_ask *ask, const char *account,
                               liq_error *err)
{
    liq_rows rows = {0};
    liq_plan *plans = NULL;
    uint32_t index;
    uint32_t count = 0;
    liq_status status;

    if ((status = account_find(&index, ask->request.book, account, err)) != LIQ_OK ||
        (status = liq_rows_create_account(&rows, ask->request.book, index, err)) != LIQ_OK ||
        (status = liq_memory_array(&plans, rows.row_count, sizeof *plans, err)) != LIQ_OK)
        goto done;
    for (; count < rows.row_count; count++)
        if ((status = liq_plan_make(&plans[count], &ask->request, rows.keys[count], err)) != LIQ_OK)
            goto done;
    status = plans_write(output, ask, plans, count, err);
done:
    for (uint32_t i = 0; i < count; i++)
        liq_plan_clear(&plans[i]);
    free(plans);
    liq_rows_clear(&rows);
    return status;
}

static liq_status account_find(uint32_t *out, const liq_book *book, const char *account,
                               liq_error *err)
{
    if (liq_names_find(book->account_names, liq_text_of(account), out))
        return LIQ_OK;
    return liq_fail(err, LIQ_NOT_FOUND, 0, "account \"%.128s\" is not in the book", account);
}

static liq_status venue_plan(liq_output *output, const plan_ask *ask, liq_error *err)
{
    const liq_plan_view view = {
        .book = ask->request.book, .request = &ask->request, .goal = ask->goal};
    liq_venue_plan plan = {0};
    liq_output *aside = NULL;
    liq_progress_bar bar;
    uint32_t listed;
    liq_status status;

    liq_progress_bar_start(&bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    status = liq_plan_venue_make(&plan, &ask->request, &bar.progress, err);
    liq_progress_bar_finish(&bar);
    if (status != LIQ_OK)
        return status;
    listed = ask->limit < plan.plan_count ? (uint32_t)ask->limit : plan.plan_count;
    if ((status = plans_write(output, ask, plan.plans, listed, err)) != LIQ_OK)
        goto done;
    if (ask->format == LIQ_FORMAT_JSON) {
        liq_venue_plan_json(output, &view, &plan);
    } else if (ask->format == LIQ_FORMAT_TABLE) {
        liq_venue_plan_text(output, &view, &plan);
    } else if ((status = liq_output_aside_open(&aside, err)) == LIQ_OK) {
        liq_venue_plan_text(aside, &view, &plan);
        liq_output_aside_close(aside);
    }
done:
    liq_plan_venue_clear(&plan);
    return status;
}

/* Steps as a table or CSV, for one account with words behind; or plans as JSON. */
static liq_status plans_write(liq_output *output, const plan_ask *ask, const liq_plan *plans,
                              uint32_t count, liq_error *err)
{
    const liq_plan_view view = {
        .book = ask->request.book, .request = &ask->request, .goal = ask->goal};
    const bool is_table = ask->format == LIQ_FORMAT_TABLE;
    liq_emit_column columns[LIQ_PLAN_COLUMNS];
    liq_emit *emit = NULL;
    liq_status status;

    if (ask->format == LIQ_FORMAT_JSON) {
        for (uint32_t i = 0; i < count && !liq_output_failed(output); i++)
            liq_plan_json(output, &view, &plans[i]);
        return LIQ_OK;
    }
    liq_plan_columns(columns, ask->is_venue);
    if ((status = liq_emit_create(&emit, output, ask->format, columns, LIQ_PLAN_COLUMNS, err)) !=
        LIQ_OK)
        return status;
    for (uint32_t i = 0; i < count; i++)
        liq_plan_emit(emit, &view, &plans[i], is_table && !ask->is_venue);
    liq_emit_finish(emit);
    liq_emit_destroy(emit);
    for (uint32_t i = 0; is_table && !ask->is_venue && i < count; i++) {
        liq_output_string(output, "\n");
        liq_plan_text(output, &view, &plans[i]);
    }
    return LIQ_OK;
}
