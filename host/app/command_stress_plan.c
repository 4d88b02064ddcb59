#include "app/command_stress_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/fail.h"
#include "base/memory.h"
#include "book/columns.h"

enum { PPM_ONE = 1000000, PERCENT_DECIMALS = 4 };

static liq_status series_read(liq_stress_plan *plan, const liq_option *option, liq_error *err);
static liq_status ladder_read(liq_stress_series *out, const char *option, const char *value,
                              liq_error *err);
static liq_status grid_read(liq_stress_series *out, const char *value, liq_error *err);
static liq_status percent_read(int64_t *out, const char *option, const char *value,
                               const char *text, size_t bytes, liq_error *err);
static liq_status series_build(liq_stress_plan *plan, liq_stress_series *series,
                               const liq_book *book, liq_error *err);
static liq_status ladder_build(liq_stress_plan *plan, liq_stress_series *series,
                               const liq_book *book, liq_error *err);
static liq_status factor_rays(liq_stress_series *series, const liq_book *book, liq_error *err);
static liq_status factor_betas(int64_t *betas, bool *named, const liq_stress_series *series,
                               const liq_book *book, liq_error *err);
static liq_status grid_build(liq_stress_plan *plan, const liq_stress_series *series,
                             const liq_book *book, liq_error *err);
static void groups_mark(uint8_t *groups, const liq_book *book, const char *base);
static bool has_price(const liq_book *book, uint32_t price);
static const char *symbol_of(const liq_book *book, uint32_t price);

liq_status liq_stress_plan_read(liq_stress_plan *out, const liq_options *options, liq_error *err)
{
    *out = (liq_stress_plan){.betas = liq_options_value(options, "betas"),
                             .bars = liq_options_value(options, "bars")};
    for (uint32_t i = 0; i < options->option_count; i++) {
        const liq_status status = series_read(out, &options->options[i], err);

        if (status != LIQ_OK)
            return status;
    }
    if (out->series_count == 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "there is no scenario: ask for some by --ladder, --factor, --grid, --path "
                        "or --scenarios");
    return LIQ_OK;
}

liq_status liq_stress_plan_build(liq_stress_plan *plan, const liq_book *book, liq_error *err)
{
    liq_status status = liq_stress_set_create(&plan->set, book, err);

    for (uint32_t i = 0; status == LIQ_OK && i < plan->series_count; i++) {
        liq_stress_series *series = &plan->series[i];

        series->first = liq_stress_set_count(plan->set);
        status = series_build(plan, series, book, err);
        series->count = liq_stress_set_count(plan->set) - series->first;
    }
    return status;
}

void liq_stress_plan_clear(liq_stress_plan *plan)
{
    for (uint32_t i = 0; i < plan->series_count; i++) {
        free(plan->series[i].symbols);
        free(plan->series[i].betas_ppm);
    }
    free(plan->series);
    liq_stress_set_destroy(plan->set);
    *plan = (liq_stress_plan){0};
}

liq_status liq_stress_range_read(liq_stress_range *out, const char *option, const char *text,
                                 liq_error *err)
{
    const char *dots = strstr(text, "..");
    const char *slash = strrchr(text, '/');
    char *end = NULL;
    long steps;
    liq_status status;

    if (dots == NULL || slash == NULL || slash < dots)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s \"%.160s\" is not FROM%%..TO%%/STEPS", option,
                        text);
    if ((status = percent_read(&out->from_ppm, option, text, text, (size_t)(dots - text), err)) !=
            LIQ_OK ||
        (status = percent_read(&out->to_ppm, option, text, dots + 2, (size_t)(slash - dots - 2),
                               err)) != LIQ_OK)
        return status;
    steps = strtol(slash + 1, &end, 10);
    if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || steps < 1 ||
        steps > LIQ_STRESS_STEPS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%s \"%.160s\": steps are not 1 .. %d", option,
                        text, LIQ_STRESS_STEPS_MAX);
    if (steps == 1 && out->from_ppm != out->to_ppm)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s \"%.160s\": one step cannot be at both ends",
                        option, text);
    out->steps = (uint32_t)steps;
    return LIQ_OK;
}

int64_t liq_stress_range_at(const liq_stress_range *range, uint32_t step)
{
    const int64_t width = range->to_ppm - range->from_ppm;

    return range->steps == 1 ? range->from_ppm
                             : range->from_ppm + width * step / (int64_t)(range->steps - 1);
}

char *liq_stress_percent(char out[LIQ_STRESS_PERCENT_BYTES], int64_t ppm)
{
    char text[LIQ_DECIMAL_BYTES];

    (void)snprintf(out, LIQ_STRESS_PERCENT_BYTES, "%s%.28s%%", ppm > 0 ? "+" : "",
                   liq_decimal_format(text, ppm, PERCENT_DECIMALS));
    return out;
}

liq_status liq_stress_move_add(liq_stress_set *set, const char *symbol, int64_t change_ppm,
                               liq_error *err)
{
    liq_error why;
    const liq_status status = liq_stress_set_shock(set, symbol, change_ppm, &why);

    if (status == LIQ_OK)
        return LIQ_OK;
    return liq_fail(err, status, 0, "scenario \"%s\", %.128s: %s",
                    liq_stress_set_name(set, liq_stress_set_count(set) - 1), symbol, why.message);
}

static liq_status series_read(liq_stress_plan *plan, const liq_option *option, liq_error *err)
{
    static const char *const names[] = {"ladder", "factor", "grid", "path", "scenarios"};
    liq_stress_series series = {.kind = LIQ_STRESS_LADDER};
    uint32_t kind = 0;
    liq_status status = LIQ_OK;

    while (kind < sizeof names / sizeof names[0] && strcmp(option->spec->name, names[kind]) != 0)
        kind++;
    if (kind == sizeof names / sizeof names[0])
        return LIQ_OK;
    series.kind = (liq_stress_series_kind)kind;
    if (kind == LIQ_STRESS_LADDER)
        status = ladder_read(&series, "--ladder", option->value, err);
    else if (kind == LIQ_STRESS_FACTOR)
        status = ladder_read(&series, "--factor", option->value, err);
    else if (kind == LIQ_STRESS_GRID)
        status = grid_read(&series, option->value, err);
    else
        series.file = option->value;
    if (kind >= LIQ_STRESS_PATH)
        (void)snprintf(series.title, sizeof series.title, "%s %.150s", names[kind], option->value);
    if (status != LIQ_OK ||
        (status = liq_memory_grow(&plan->series, &plan->series_capacity, plan->series_count + 1U,
                                  sizeof series, err)) != LIQ_OK)
        return status;
    plan->series[plan->series_count++] = series;
    return LIQ_OK;
}

/* SYMBOL=RANGE, or of a factor FILE=RANGE. */
static liq_status ladder_read(liq_stress_series *out, const char *option, const char *value,
                              liq_error *err)
{
    const char *equals = strrchr(value, '=');
    const bool is_ladder = out->kind == LIQ_STRESS_LADDER;

    if (equals == NULL || equals == value)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s \"%.160s\" is not %s=FROM%%..TO%%/STEPS", option,
                        value, is_ladder ? "SYMBOL" : "FILE");
    if (is_ladder && (size_t)(equals - value) >= sizeof out->symbol)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s \"%.160s\": a symbol has at most %d bytes",
                        option, value, LIQ_STRESS_SYMBOL_BYTES - 1);
    if (is_ladder)
        memcpy(out->symbol, value, (size_t)(equals - value));
    else
        out->file = value;
    (void)snprintf(out->title, sizeof out->title, "%s %.*s", option + 2,
                   equals - value < 150 ? (int)(equals - value) : 150, value);
    return liq_stress_range_read(&out->range, option, equals + 1, err);
}

/* BASE=RANGE,ALTS=RANGE */
static liq_status grid_read(liq_stress_series *out, const char *value, liq_error *err)
{
    const char *equals = strchr(value, '=');
    const char *comma = equals == NULL ? NULL : strchr(equals, ',');
    char first[96] = "";
    liq_status status;

    if (comma == NULL || equals == value || strncmp(comma, ",ALTS=", 6) != 0 ||
        (size_t)(equals - value) >= sizeof out->symbol ||
        (size_t)(comma - equals - 1) >= sizeof first)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--grid \"%.160s\" is not BASE=FROM%%..TO%%/STEPS,ALTS=FROM%%..TO%%/STEPS",
                        value);
    memcpy(out->symbol, value, (size_t)(equals - value));
    memcpy(first, equals + 1, (size_t)(comma - equals - 1));
    (void)snprintf(out->title, sizeof out->title, "grid of %.120s and all others", out->symbol);
    if ((status = liq_stress_range_read(&out->range, "--grid", first, err)) != LIQ_OK)
        return status;
    return liq_stress_range_read(&out->across, "--grid", comma + 6, err);
}

static liq_status percent_read(int64_t *out, const char *option, const char *value,
                               const char *text, size_t bytes, liq_error *err)
{
    liq_error why;
    liq_status status;

    if (bytes > 0 && text[bytes - 1] == '%')
        bytes--;
    else
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s \"%.160s\": each end needs a %% behind it",
                        option, value);
    if (bytes > 1 && text[0] == '+' && text[1] != '-') {
        text++;
        bytes--;
    }
    status = liq_decimal_parse_units(out, (liq_text){text, bytes}, PERCENT_DECIMALS, &why);
    if (status != LIQ_OK)
        return liq_fail(err, status, 0, "%s \"%.160s\": the percentage %s", option, value,
                        why.message);
    if (*out <= -PPM_ONE || *out > (int64_t)1000 * PPM_ONE)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "%s \"%.160s\": a move is above -100%% and at most 100000%%", option,
                        value);
    return LIQ_OK;
}

static liq_status series_build(liq_stress_plan *plan, liq_stress_series *series,
                               const liq_book *book, liq_error *err)
{
    switch (series->kind) {
    case LIQ_STRESS_LADDER:
    case LIQ_STRESS_FACTOR:
        return ladder_build(plan, series, book, err);
    case LIQ_STRESS_GRID:
        return grid_build(plan, series, book, err);
    case LIQ_STRESS_PATH:
        return liq_stress_series_path(series, plan->set, book, plan->bars, err);
    case LIQ_STRESS_FILE:
        break;
    }
    return liq_stress_series_file(series, plan->set, book, err);
}

/* A ladder is a factor that one symbol follows. */
static liq_status ladder_build(liq_stress_plan *plan, liq_stress_series *series,
                               const liq_book *book, liq_error *err)
{
    char percent[LIQ_STRESS_PERCENT_BYTES];
    char name[LIQ_STRESS_NAME_BYTES];
    liq_status status = factor_rays(series, book, err);

    for (uint32_t step = 0; status == LIQ_OK && step < series->range.steps; step++) {
        const int64_t move = liq_stress_range_at(&series->range, step);

        (void)snprintf(name, sizeof name, "%.90s %s",
                       series->kind == LIQ_STRESS_LADDER       ? series->symbol
                       : strncmp(series->file, "all=", 4) == 0 ? "all"
                                                               : "factor",
                       liq_stress_percent(percent, move));
        status = liq_stress_set_add(plan->set, name, err);
        for (uint32_t i = 0; status == LIQ_OK && i < series->symbol_count; i++)
            status = liq_stress_move_add(plan->set, series->symbols[i],
                                         series->betas_ppm[i] * move / PPM_ONE, err);
    }
    return status;
}

static liq_status factor_rays(liq_stress_series *series, const liq_book *book, liq_error *err)
{
    const uint32_t prices = book->venue.instrument_count + book->venue.asset_count;
    const bool is_ladder = series->kind == LIQ_STRESS_LADDER;
    const uint32_t capacity = is_ladder ? 1 : prices;
    int64_t *betas = NULL;
    bool *named = NULL;
    liq_status status;

    if ((status = liq_memory_array(&series->symbols, capacity, sizeof *series->symbols, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&series->betas_ppm, capacity, sizeof *series->betas_ppm, err)) !=
            LIQ_OK)
        return status;
    if (is_ladder) {
        series->symbols[0] = series->symbol;
        series->betas_ppm[0] = PPM_ONE;
        series->symbol_count = 1;
        return LIQ_OK;
    }
    if ((status = liq_memory_array(&betas, prices, sizeof *betas, err)) == LIQ_OK &&
        (status = liq_memory_array(&named, prices, sizeof *named, err)) == LIQ_OK)
        status = factor_betas(betas, named, series, book, err);
    for (uint32_t i = 0; status == LIQ_OK && i < prices; i++) {
        if (!named[i] || betas[i] == 0)
            continue;
        series->symbols[series->symbol_count] = symbol_of(book, i);
        series->betas_ppm[series->symbol_count++] = betas[i];
    }
    free(betas);
    free(named);
    return status;
}

/* Those of a file; of "all" one for every instrument and its base. */
static liq_status factor_betas(int64_t *betas, bool *named, const liq_stress_series *series,
                               const liq_book *book, liq_error *err)
{
    const uint32_t prices = book->venue.instrument_count + book->venue.asset_count;
    const int bytes = (int)(strrchr(series->file, '=') - series->file);
    char file[LIQ_STRESS_TITLE_BYTES * 22];
    uint8_t *groups = NULL;
    liq_status status;

    (void)snprintf(file, sizeof file, "%.*s", bytes, series->file);
    if (strcmp(file, "all") != 0)
        return liq_stress_betas_read(betas, named, file, book, err);
    if ((status = liq_memory_array(&groups, prices, 1, err)) != LIQ_OK)
        return status;
    groups_mark(groups, book, "");
    for (uint32_t i = 0; i < prices; i++) {
        betas[i] = PPM_ONE;
        named[i] = groups[i] != 0;
    }
    free(groups);
    return LIQ_OK;
}

/* The outer loop moves a base, the inner one all others, each by its beta. */
static liq_status grid_build(liq_stress_plan *plan, const liq_stress_series *series,
                             const liq_book *book, liq_error *err)
{
    const uint32_t prices = book->venue.instrument_count + book->venue.asset_count;
    uint64_t cells = (uint64_t)series->range.steps * series->across.steps;
    char percents[2][LIQ_STRESS_PERCENT_BYTES];
    char name[LIQ_STRESS_NAME_BYTES];
    int64_t *betas = NULL;
    uint8_t *groups = NULL;
    liq_status status;

    if ((status = liq_memory_array(&betas, prices, sizeof *betas, err)) != LIQ_OK ||
        (status = liq_memory_array(&groups, prices, 1, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < prices; i++)
        betas[i] = PPM_ONE;
    if (plan->betas != NULL &&
        (status = liq_stress_betas_read(betas, NULL, plan->betas, book, err)) != LIQ_OK)
        goto done;
    groups_mark(groups, book, series->symbol);
    if (memchr(groups, 1, prices) == NULL) {
        status = liq_fail(err, LIQ_NOT_FOUND, 0,
                          "--grid: no instrument with a price has the base \"%s\"", series->symbol);
        goto done;
    }
    for (uint64_t cell = 0; status == LIQ_OK && cell < cells; cell++) {
        const int64_t moves[] = {
            0, liq_stress_range_at(&series->range, (uint32_t)(cell / series->across.steps)),
            liq_stress_range_at(&series->across, (uint32_t)(cell % series->across.steps))};

        (void)snprintf(name, sizeof name, "%.60s %s, others %s", series->symbol,
                       liq_stress_percent(percents[0], moves[1]),
                       liq_stress_percent(percents[1], moves[2]));
        status = liq_stress_set_add(plan->set, name, err);
        for (uint32_t i = 0; status == LIQ_OK && i < prices; i++) {
            const int64_t move = betas[i] * moves[groups[i]] / PPM_ONE;

            if (move != 0)
                status = liq_stress_move_add(plan->set, symbol_of(book, i), move, err);
        }
    }
done:
    free(betas);
    free(groups);
    return status;
}

/* 1: instruments on a base, and the base itself; 2: all others, and their bases; 0: what has no
   price, what nothing is a contract on, the margin currency, and indices: days to expiry do not
   fall with a market. */
static void groups_mark(uint8_t *groups, const liq_book *book, const char *base)
{
    const liq_venue *venue = &book->venue;

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const uint8_t group = strcmp(venue->instruments[i].base, base) == 0 ? 1 : 2;
        uint32_t asset;

        if (venue->instruments[i].kind == LIQ_INSTRUMENT_INDEX)
            continue;
        if (has_price(book, i))
            groups[i] = group;
        if (liq_names_find(venue->asset_names, liq_text_of(venue->instruments[i].base), &asset) &&
            asset != 0 && has_price(book, venue->instrument_count + asset))
            groups[venue->instrument_count + asset] = group;
    }
}

static bool has_price(const liq_book *book, uint32_t price)
{
    return price < book->venue.instrument_count
               ? book->instrument_marks[price].digits != 0
               : book->asset_indices[price - book->venue.instrument_count].digits != 0;
}

static const char *symbol_of(const liq_book *book, uint32_t price)
{
    return price < book->venue.instrument_count
               ? liq_names_get(book->venue.instrument_names, price)
               : liq_names_get(book->venue.asset_names, price - book->venue.instrument_count);
}
