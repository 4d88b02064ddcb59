/*
 * liqscan generate: a synthetic book in the shape of a real venue.
 */
#include "app/command.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "app/progress_bar.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "book/generate.h"

/* What an option counts: ones, thousandths, or per cent with four decimals. */
typedef enum number_unit { UNIT_ONE = 0, UNIT_MILLI = 3, UNIT_PERCENT = 4 } number_unit;

typedef struct number_option {
    const char *name;
    number_unit unit;
    size_t place; /* of a uint32_t in liq_generate_options */
} number_option;

static int generate_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status request_read(liq_generate_options *out, const liq_options *options,
                               liq_error *err);
static liq_status seed_read(uint64_t *out, const char *text, liq_error *err);
static liq_status number_read(void *target, const number_option *option, const char *text,
                              liq_error *err);
static liq_status counts_write(liq_output *output, liq_format format, const char *directory,
                               const liq_generate_counts *counts, uint64_t generate_ns,
                               liq_error *err);

static const liq_option_spec specs[] = {
    {"accounts", "COUNT", false, "else 100000"},
    {"instruments", "COUNT", false, "else 100"},
    {"seed", "NUMBER", false, "the same seed gives the same bytes; else 1"},
    {"positions", "AVERAGE", false,
     "positions an account holds on average; else 4, or\n"
     "fewer where there are fewer than 7 instruments"},
    {"near", "PERCENT", false,
     "margin accounts between warning and liquidation;\n"
     "else 2%"},
    {"past", "PERCENT", false,
     "margin accounts past liquidation, one in eight of\n"
     "them bankrupt; else 0.1%"},
    {"first", "PERCENT", false, "accounts that hold the most popular instrument;\nelse 60%"},
    {"isolated", "PERCENT", false, "positions with isolated margin; else 0%"},
    {"hedge", "PERCENT", false, "positions with an opposite leg beside; else 0%"},
    {"inverse", "PERCENT", false, "instruments settled in the coin; else 0%"},
    {"orders", "PERCENT", false, "accounts with open orders; else 0%"},
    {"portfolio", "PERCENT", false, "accounts of portfolio margin, by the grids of OKX;\nelse 0%"},
    {"collateral", "COUNT", false, "assets besides the margin currency, 0 to 8, held\nby a third"},
    {"widest", "COUNT", false,
     "one account more, with so many positions: both\n"
     "sides of half as many instruments; even, else none"},
    {"depth", "LEVELS", false,
     "levels of depth on each side of each instrument;\n"
     "else none"},
    {"tiers", "FILE", false,
     "tier tables in the shape of ccxt, in turn for the\n"
     "instruments; else eight tables of Binance"},
    {"profile", "NAME", false, "the venue's rules; else binance-usdm"},
    LIQ_OPTION_FORMAT,
    LIQ_OPTION_HELP};

static const number_option numbers[] = {
    {"accounts", UNIT_ONE, offsetof(liq_generate_options, accounts)},
    {"instruments", UNIT_ONE, offsetof(liq_generate_options, instruments)},
    {"positions", UNIT_MILLI, offsetof(liq_generate_options, positions_milli)},
    {"near", UNIT_PERCENT, offsetof(liq_generate_options, near_ppm)},
    {"past", UNIT_PERCENT, offsetof(liq_generate_options, past_ppm)},
    {"first", UNIT_PERCENT, offsetof(liq_generate_options, first_ppm)},
    {"isolated", UNIT_PERCENT, offsetof(liq_generate_options, isolated_ppm)},
    {"hedge", UNIT_PERCENT, offsetof(liq_generate_options, hedge_ppm)},
    {"inverse", UNIT_PERCENT, offsetof(liq_generate_options, inverse_ppm)},
    {"orders", UNIT_PERCENT, offsetof(liq_generate_options, order_ppm)},
    {"portfolio", UNIT_PERCENT, offsetof(liq_generate_options, portfolio_ppm)},
    {"collateral", UNIT_ONE, offsetof(liq_generate_options, collateral_assets)},
    {"widest", UNIT_ONE, offsetof(liq_generate_options, widest_positions)},
    {"depth", UNIT_ONE, offsetof(liq_generate_options, depth_levels)}};

const liq_command liq_command_generate = {
    .name = "generate",
    .operands = "DIR",
    .about = "Make a synthetic book of any size",
    .text = "Writes a book into DIR, which must not exist or be empty: accounts whose sizes\n"
            "have the tail seen at Hyperliquid on 10 October 2025 (median 481, 99% below\n"
            "1.04 million, largest about 330 million), few positions in most of them and\n"
            "hundreds in some, popular and unpopular instruments, long equal to short in\n"
            "every instrument, real tier tables. DIR appears whole or not at all. The same\n"
            "options give the same bytes on every machine.\n",
    .examples = "  liqscan generate book\n"
                "  liqscan generate --accounts 437723 --instruments 162 --seed 7 book\n"
                "  liqscan generate --isolated 10% --hedge 5% --inverse 20% --collateral 3 book\n"
                "  liqscan generate --tiers leverage_tiers.json --instruments 349 book\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = generate_run};

static int generate_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    const char *directory = options->operand_count > 0 ? options->operands[0] : "";
    const uint64_t started_ns = liq_clock_ns();
    liq_generate_counts counts = {0};
    liq_generate_options request;
    liq_progress_bar bar;
    liq_format format;
    liq_error err = {0};
    liq_status status;

    if ((status = liq_command_format(&format, options, &err)) != LIQ_OK ||
        (status = request_read(&request, options, &err)) != LIQ_OK)
        return liq_command_fail(command, status, &err);
    liq_progress_bar_start(&bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    request.progress = &bar.progress;
    status = liq_generate(directory, &request, &counts, &err);
    liq_progress_bar_finish(&bar);
    if (status == LIQ_OK)
        status =
            counts_write(output, format, directory, &counts, liq_clock_ns() - started_ns, &err);
    return status == LIQ_OK ? LIQ_EXIT_DONE : liq_command_fail(command, status, &err);
}

static liq_status request_read(liq_generate_options *out, const liq_options *options,
                               liq_error *err)
{
    const char *seed = liq_options_value(options, "seed");
    liq_status status;

    liq_generate_defaults(out);
    out->tiers = liq_options_value(options, "tiers");
    out->profile = liq_options_value(options, "profile");
    if (seed != NULL && (status = seed_read(&out->seed, seed, err)) != LIQ_OK)
        return status;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const char *text = liq_options_value(options, numbers[i].name);

        if (text != NULL && (status = number_read((char *)out + numbers[i].place, &numbers[i], text,
                                                  err)) != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

static liq_status seed_read(uint64_t *out, const char *text, liq_error *err)
{
    int64_t number;

    if (liq_decimal_parse_units(&number, liq_text_of(text), 0, NULL) != LIQ_OK || number < 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--seed \"%.64s\" is not a whole number of 0 .. %lld", text,
                        (long long)INT64_MAX);
    *out = (uint64_t)number;
    return LIQ_OK;
}

/* Whether the number may be so large is the library's to say. */
static liq_status number_read(void *target, const number_option *option, const char *text,
                              liq_error *err)
{
    static const char *const shapes[] = {[UNIT_ONE] = "a whole number",
                                         [UNIT_MILLI] = "a number with at most 3 decimals",
                                         [UNIT_PERCENT] = "a percentage such as 2.5%"};
    const bool is_percent = option->unit == UNIT_PERCENT;
    const size_t bytes = strlen(text);
    liq_text digits = {text, bytes};
    uint32_t value;
    int64_t number;

    if (is_percent && bytes > 0 && text[bytes - 1] == '%')
        digits.bytes--;
    else if (is_percent)
        digits.bytes = 0;
    if (liq_decimal_parse_units(&number, digits, (int32_t)option->unit, NULL) != LIQ_OK ||
        number < 0 || number > UINT32_MAX)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.64s\" is not %s", option->name, text,
                        shapes[option->unit]);
    value = (uint32_t)number;
    memcpy(target, &value, sizeof value);
    return LIQ_OK;
}

static liq_status counts_write(liq_output *output, liq_format format, const char *directory,
                               const liq_generate_counts *counts, uint64_t generate_ns,
                               liq_error *err)
{
    static const liq_emit_column columns[] = {
        {"book", "book", false, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"accounts", "accounts", true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"balances", "balances", true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"positions", "positions", true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"orders", "orders", true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"levels", NULL, true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"bytes", "bytes", true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR},
        {"generate_ns", NULL, true, LIQ_EMIT_FULL, LIQ_ROUND_FLOOR}};
    liq_emit *emit = NULL;
    const liq_status status =
        liq_emit_create(&emit, output, format, columns, sizeof columns / sizeof columns[0], err);

    if (status != LIQ_OK)
        return status;
    liq_emit_text(emit, directory);
    liq_emit_count(emit, counts->accounts);
    liq_emit_count(emit, counts->balances);
    liq_emit_count(emit, counts->positions);
    liq_emit_count(emit, counts->orders);
    liq_emit_count(emit, counts->levels);
    liq_emit_count(emit, counts->bytes);
    liq_emit_count(emit, generate_ns);
    liq_emit_row_end(emit);
    liq_emit_finish(emit);
    liq_emit_destroy(emit);
    return LIQ_OK;
}
