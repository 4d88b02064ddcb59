/*
 * liqscan stress: what many scenarios of prices would do to a book.
 */
#include "app/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/book_open.h"
#include "app/cascade_plan.h"
#include "app/command_stress_cascade.h"
#include "app/command_stress_picture.h"
#include "app/command_stress_plan.h"
#include "app/command_stress_view.h"
#include "app/picture_file.h"
#include "app/nearest.h"
#include "app/progress_bar.h"
#include "base/fail.h"
#include "base/memory.h"
#include "book/columns.h"

enum { LOSERS_DEFAULT = 10, REVERSE_STEPS_MAX = 4000, NUMBER_BYTES = 12 };

/* What was asked for. */
typedef struct stress_request {
    liq_format format;
    liq_stress_part only;
    uint32_t worst; /* 0: all scenarios, in their order */
    uint32_t losers;
    bool reverses;
    const char *picture;
    liq_stress_options engine;
} stress_request;

static int stress_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status request_read(stress_request *out, const liq_options *options, liq_error *err);
static liq_status request_check(const stress_request *request, const liq_stress_plan *plan,
                                const liq_options *options, liq_error *err);
static liq_status number_read(uint32_t *out, const liq_options *options, const char *name,
                              uint32_t max, liq_error *err);
static liq_status part_read(liq_stress_part *out, const char *value, liq_error *err);
static liq_status engine_run(liq_stress **stress, liq_stress_found *found, stress_request *request,
                             const liq_options *options, liq_error *err);
static liq_status parts_find(liq_stress *stress, liq_stress_found *found,
                             const stress_request *request, const liq_options *options,
                             liq_error *err);
static liq_status listed_choose(liq_stress_found *found, uint32_t worst, liq_error *err);
static int compare_need(const void *left, const void *right);
static liq_status reverses_find(liq_stress_found *found, liq_error *err);
static liq_status reverse_find(liq_stress_found *found, const liq_stress_series *series,
                               int64_t limit_ppm, liq_error *err);
static liq_status heats_find(liq_stress_found *found, liq_stress *stress,
                             const liq_options *options, liq_error *err);
static liq_status heat_symbols(const char ***out, uint32_t *count, const liq_book *book,
                               const liq_options *options, liq_error *err);
static liq_status found_write(liq_output *output, const stress_request *request,
                              const liq_stress_found *found, liq_error *err);

static const liq_option_spec specs[] = {
    {"ladder", "SYM=RANGE", true,
     "move one price, such as BTCUSDT=-50%..50%/101:\n"
     "from, to, and so many steps; may be repeated"},
    {"factor", "FILE=RANGE", true,
     "move all prices that FILE names together, each by\n"
     "its beta: CSV of symbol,beta; \"all\" for every\n"
     "instrument and its base, each by 1, save indices"},
    {"grid", "BASE=R,ALTS=R", true,
     "move what has that base, such as BTC, by each of\n"
     "one range R, and all else by each of the other"},
    {"betas", "FILE", false,
     "betas for --grid, CSV of symbol,beta; else 1; with\n"
     "--cascade of what follows the first price"},
    {"path", "FILE", true,
     "each time of a path (time_ms,symbol,price), its\n"
     "prices as moves from its first ones"},
    {"bars", "SYMBOL", false,
     "--path holds bars (timestamp,open,high,low,close,\n"
     "volume) of SYMBOL"},
    {"scenarios", "FILE", true,
     "explicit ones: CSV of scenario,symbol and\n"
     "change_ppm or change_percent"},
    {"worst", "COUNT", false, "list the scenarios that need most of the funds"},
    {"losers", "COUNT", false, "list so many accounts that cost the funds (10)"},
    {"heat", "SYM", true,
     "where the positions of an instrument are liquidated;\n"
     "\"all\" for every one with a mark, save indices"},
    {"reverse", NULL, false,
     "the smallest move along each ladder and factor\n"
     "that exhausts a fund"},
    {"cascade", NULL, false,
     "settle each scenario, let fills move prices, and go\n"
     "on until nothing moves any more"},
    {"shock", "SYM=PERCENT%", true,
     "with --cascade: what moves at first, such as\n"
     "BTCUSDT=-10%; may be repeated: all move at once"},
    {"variant", "NAME[=FILE]", true,
     "with --cascade: run it under other rules as well,\n"
     "named above, several as NAME+NAME, or JSON that is\n"
     "laid over \"policy\""},
    {"depth-scale", "X|infinite", false,
     "with --cascade: times what depth.csv holds;\n"
     "infinite: all is closed at the mark"},
    {"recovery", "PERCENT%", false,
     "with --cascade: of the depth that is missing so much\n"
     "comes back in each round; else none"},
    {"reversion", "PERCENT%", false,
     "with --cascade: of what fills have moved a price by\n"
     "so much is undone in each round; else none"},
    {"impact", "last|middle|none", false,
     "with --cascade: fills take a price to the last level\n"
     "filled, or between the best levels left; else last"},
    {"after", "MS:SYM=PERCENT%", true,
     "with --cascade: what moves so long behind the shock,\n"
     "such as 5000:BTCUSDT=+6%; --betas go along"},
    {"with-index", NULL, false,
     "with --cascade: index prices of what moves at the\n"
     "shock and by --after move alike; fills leave them"},
    {"feed-lag", "MS", false, "with --cascade: marks are told so late"},
    {"freeze", "[SYM=]FROM..TO", true,
     "with --cascade: no mark of SYM, or none at all, is\n"
     "told between these milliseconds since the shock"},
    {"wrong", "SYM=PERCENT%@FROM..TO", true,
     "with --cascade: the mark of SYM is told that far off"},
    {"volume", "AMOUNT", false,
     "with --cascade: traded in a day at other times, for\n"
     "the share of liquidations in volume"},
    {"monitor", NULL, false,
     "with --cascade: after each round, how much more each\n"
     "further percent would flag (looks at all accounts)"},
    {"rounds-max", "COUNT", false, "with --cascade: rounds at most; else 1000"},
    {"round-ms", "MS", false, "with --cascade: from round to round; else 1000"},
    {"threads", "COUNT", false,
     "with --cascade: cascades at once, each with a live\n"
     "book of its own, 1 to 8; else one a processor"},
    {"picture", "FILE", false, "draw all of it into FILE, .svg or .html"},
    {"only", "PART", false,
     "scenarios, reverse, heat or losers: this part\n"
     "alone; CSV holds one, else scenarios; with --cascade\n"
     "rounds, prices or cascades"},
    LIQ_OPTION_SNAPSHOT,
    {"device", "NAME", false,
     "a device's number, type (gpu, cpu) or a part of its\n"
     "name, or cpu-reference for the host itself;\n"
     "see \"liqscan devices\""},
    {"no-self-test", NULL, false, "use the device without its known-answer test"},
    LIQ_OPTION_FORMAT,
    LIQ_OPTION_HELP};

const liq_command liq_command_stress = {
    .name = "stress",
    .operands = "BOOK",
    .about = "Say what many price scenarios would do",
    .text = "Moves prices by thousands of scenarios, all at once, and says of each how many\n"
            "margin accounts are to be liquidated (flagged) and are bankrupt, the notional\n"
            "that goes with them, long and short, and its share of all that is open, at the\n"
            "moved prices; what accounts at the warning and reduce-only levels lack to be ok\n"
            "(called); what the funds would need, which is the equity below zero once\n"
            "positions are taken over at bankruptcy; and of it what they do not hold above\n"
            "their floors and would have to be deleveraged. Nothing is settled: no price\n"
            "follows from what is sold.\n"
            "\n"
            "Accounts of portfolio margin are valued by their grid at the moved prices: an\n"
            "option is priced anew there, but is worth what its own mark says, and that moves\n"
            "only where it is moved. Its volatility and its days are indices, which move by\n"
            "name: by --ladder, a file of --factor, --path or --scenarios.\n"
            "\n"
            "Statuses are those of \"liqscan scan --shock\", account by account. --reverse\n"
            "takes nothing to be monotone: what it finds is proven to be the smallest move,\n"
            "to 0.0001%, or it says how far it came. --heat sets the mark of one instrument\n"
            "1% to 50% down and up, the others staying, and counts positions at the first\n"
            "such mark at which their account is to be liquidated; an account that both ways\n"
            "reach counts in both. From 0 to 0 are those that are to be liquidated now, and\n"
            "without a number those that no such mark reaches.\n"
            "\n"
            "--cascade settles each scenario as \"liqscan settle\" would, into the depth of the\n"
            "book, takes prices to where fills left it, and goes on with whom that pulls\n"
            "under, until nobody is. --betas then names what follows the first price that\n"
            "moves, at the shock and by fills. Reported are rounds, what was liquidated over\n"
            "what the first round did (amplified), the end price, funds and deleveraging; by\n"
            "--variant side by side under other rules. --after, --feed-lag, --freeze and\n"
            "--wrong set guards against prices to the test: who is liquidated by a mark that\n"
            "is late or wrong, and would not be by the price, is counted (wrongly).\n"
            "\n" LIQ_CASCADE_VARIANTS_HELP,
    .examples = "  liqscan stress book --ladder BTCUSDT=-50%..50%/101 --reverse\n"
                "  liqscan stress book --factor all=-50%..0%/51 --heat BTCUSDT\n"
                "  liqscan stress book --grid BTC=-30%..30%/25,ALTS=-50%..50%/41 \\\n"
                "      --betas betas.csv --picture stress.svg --worst 20\n"
                "  liqscan stress book --path crash.csv --heat all --format json\n"
                "  liqscan stress book --cascade --shock BTCUSDT=-10% --betas betas.csv \\\n"
                "      --recovery 10% --variant rate_limit --variant all --picture now.svg\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = stress_run};

static int stress_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    stress_request request;
    liq_stress_plan plan = {0};
    liq_stress_found found = {.plan = &plan};
    liq_stress *stress = NULL;
    liq_book *book = NULL;
    liq_error err = {0};
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if (liq_options_has(options, "cascade"))
        return liq_stress_cascade_run(command, options, output);
    if ((status = liq_stress_cascade_check(options, &err)) != LIQ_OK ||
        (status = request_read(&request, options, &err)) != LIQ_OK ||
        (status = liq_stress_plan_read(&plan, options, &err)) != LIQ_OK ||
        (status = request_check(&request, &plan, options, &err)) != LIQ_OK ||
        (status = liq_book_open(&book, options->operands[0], options, &found.load_ns, &err)) !=
            LIQ_OK ||
        (status = liq_stress_plan_build(&plan, book, &err)) != LIQ_OK)
        goto done;
    found.book = book;
    if ((status = engine_run(&stress, &found, &request, options, &err)) != LIQ_OK ||
        (status = listed_choose(&found, request.worst, &err)) != LIQ_OK ||
        (status = found_write(output, &request, &found, &err)) != LIQ_OK)
        goto done;
    if (request.picture != NULL)
        status = liq_stress_picture_write(request.picture, &found, &err);
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    free(found.losers);
    free(found.heats);
    free(found.limits);
    free(found.listed);
    liq_stress_destroy(stress);
    liq_stress_plan_clear(&plan);
    liq_book_destroy(book);
    return code;
}

static liq_status request_read(stress_request *out, const liq_options *options, liq_error *err)
{
    liq_status status;

    *out = (stress_request){.losers = LOSERS_DEFAULT,
                            .reverses = liq_options_has(options, "reverse"),
                            .picture = liq_options_value(options, "picture"),
                            .engine = {.device = liq_options_value(options, "device"),
                                       .skip_self_test = liq_options_has(options, "no-self-test")}};
    if ((status = liq_command_format(&out->format, options, err)) != LIQ_OK ||
        (status = part_read(&out->only, liq_options_value(options, "only"), err)) != LIQ_OK ||
        (status = number_read(&out->worst, options, "worst", UINT32_MAX, err)) != LIQ_OK ||
        (status = number_read(&out->losers, options, "losers", LIQ_STRESS_LOSERS_MAX, err)) !=
            LIQ_OK)
        return status;
    if (out->format == LIQ_FORMAT_CSV && out->only == LIQ_STRESS_PART_ALL)
        out->only = LIQ_STRESS_PART_SCENARIOS;
    return out->picture == NULL ? LIQ_OK : liq_picture_check(out->picture, err);
}

/* Nothing is left out without a word. */
static liq_status request_check(const stress_request *request, const liq_stress_plan *plan,
                                const liq_options *options, liq_error *err)
{
    bool has_ray = false;

    for (uint32_t i = 0; i < plan->series_count; i++)
        has_ray = has_ray || plan->series[i].kind == LIQ_STRESS_LADDER ||
                  plan->series[i].kind == LIQ_STRESS_FACTOR;
    if (request->reverses && !has_ray)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--reverse goes along a --ladder or a --factor, and there is none");
    if (request->only == LIQ_STRESS_PART_REVERSE && !request->reverses)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--only reverse needs --reverse");
    if (request->only == LIQ_STRESS_PART_HEAT && !liq_options_has(options, "heat"))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--only heat needs --heat");
    return LIQ_OK;
}

static liq_status number_read(uint32_t *out, const liq_options *options, const char *name,
                              uint32_t max, liq_error *err)
{
    const char *value = liq_options_value(options, name);
    char *end = NULL;
    unsigned long long number;

    if (value == NULL)
        return LIQ_OK;
    number = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || strlen(value) > NUMBER_BYTES ||
        number > max)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.64s\" is not a number of 0 .. %u", name,
                        value, max);
    *out = (uint32_t)number;
    return LIQ_OK;
}

static liq_status part_read(liq_stress_part *out, const char *value, liq_error *err)
{
    static const char *const names[] = {"scenarios", "reverse", "heat", "losers"};
    const uint32_t count = sizeof names / sizeof names[0];
    const char *nearest;

    *out = LIQ_STRESS_PART_ALL;
    if (value == NULL)
        return LIQ_OK;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(value, names[i]) == 0) {
            *out = (liq_stress_part)i;
            return LIQ_OK;
        }
    nearest = liq_nearest(value, names, count);
    return liq_fail(err, LIQ_BAD_INPUT, 0,
                    "--only \"%.64s\" is not scenarios, reverse, heat or losers%s%s%s", value,
                    nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                    nearest == NULL ? "" : "?");
}

static liq_status engine_run(liq_stress **stress, liq_stress_found *found, stress_request *request,
                             const liq_options *options, liq_error *err)
{
    liq_progress_bar bar;
    liq_status status;

    liq_progress_bar_start(&bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    request->engine.progress = &bar.progress;
    if ((status = liq_stress_create(stress, found->book, &request->engine, err)) == LIQ_OK)
        status = parts_find(*stress, found, request, options, err);
    liq_progress_bar_finish(&bar);
    return status;
}

/* The scenarios come last: what is said of them is gone with the next run. */
static liq_status parts_find(liq_stress *stress, liq_stress_found *found,
                             const stress_request *request, const liq_options *options,
                             liq_error *err)
{
    liq_status status;

    found->stress = stress;
    if ((status = heats_find(found, stress, options, err)) != LIQ_OK ||
        (request->reverses && (status = reverses_find(found, err)) != LIQ_OK) ||
        (status = liq_stress_run(stress, found->plan->set, &found->summary, err)) != LIQ_OK ||
        (status = liq_memory_array(&found->losers, request->losers, sizeof *found->losers, err)) !=
            LIQ_OK)
        return status;
    found->loser_count = liq_stress_losers(stress, found->losers, request->losers);
    return LIQ_OK;
}

/* A scenario and what it asks of the funds. */
typedef struct scenario_need {
    double adl;
    double fund;
    uint32_t scenario;
} scenario_need;

/* All scenarios, or those that need most. */
static liq_status listed_choose(liq_stress_found *found, uint32_t worst, liq_error *err)
{
    const uint32_t count = liq_stress_set_count(found->plan->set);
    scenario_need *needs = NULL;
    liq_status status;

    found->listed_count = count;
    if (worst == 0)
        return LIQ_OK;
    if ((status = liq_memory_array(&needs, count, sizeof *needs, err)) != LIQ_OK ||
        (status = liq_memory_array(&found->listed, count, sizeof *found->listed, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < count; i++) {
        liq_stress_outcome outcome;

        liq_stress_outcome_read(found->stress, i, &outcome);
        needs[i] = (scenario_need){.adl = liq_stress_number(outcome.adl_needed),
                                   .fund = liq_stress_number(outcome.fund_needed),
                                   .scenario = i};
    }
    qsort(needs, count, sizeof *needs, compare_need);
    found->listed_count = worst < count ? worst : count;
    for (uint32_t i = 0; i < found->listed_count; i++)
        found->listed[i] = needs[i].scenario;
done:
    free(needs);
    return status;
}

static int compare_need(const void *left, const void *right)
{
    const scenario_need *a = left;
    const scenario_need *b = right;

    if (a->adl != b->adl)
        return a->adl > b->adl ? -1 : 1;
    if (a->fund != b->fund)
        return a->fund > b->fund ? -1 : 1;
    return (a->scenario > b->scenario) - (a->scenario < b->scenario);
}

/* Down and up, as far as a ladder or factor goes. */
static liq_status reverses_find(liq_stress_found *found, liq_error *err)
{
    const liq_stress_plan *plan = found->plan;
    liq_status status = liq_memory_array(&found->limits, 2 * (size_t)plan->series_count,
                                         sizeof *found->limits, err);

    for (uint32_t i = 0; status == LIQ_OK && i < plan->series_count; i++) {
        const liq_stress_series *series = &plan->series[i];
        const int64_t from = series->range.from_ppm;
        const int64_t to = series->range.to_ppm;
        const int64_t least = from < to ? from : to;
        const int64_t most = from < to ? to : from;

        if (series->kind != LIQ_STRESS_LADDER && series->kind != LIQ_STRESS_FACTOR)
            continue;
        if (least < 0)
            status = reverse_find(found, series, least, err);
        if (status == LIQ_OK && most > 0)
            status = reverse_find(found, series, most, err);
    }
    return status;
}

static liq_status reverse_find(liq_stress_found *found, const liq_stress_series *series,
                               int64_t limit_ppm, liq_error *err)
{
    const liq_stress_ray ray = {
        .symbols = series->symbols, .betas_ppm = series->betas_ppm, .count = series->symbol_count};
    liq_stress_limit *limit = &found->limits[found->limit_count++];

    *limit = (liq_stress_limit){.series = series, .limit_ppm = limit_ppm};
    return liq_stress_reverse(found->stress, &ray, limit_ppm, REVERSE_STEPS_MAX, &limit->reversal,
                              err);
}

static liq_status heats_find(liq_stress_found *found, liq_stress *stress,
                             const liq_options *options, liq_error *err)
{
    const char **symbols = NULL;
    uint32_t count = 0;
    liq_status status;

    if ((status = heat_symbols(&symbols, &count, found->book, options, err)) != LIQ_OK ||
        count == 0 ||
        (status = liq_memory_array(&found->heats, count, sizeof *found->heats, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        liq_stress_heat_map *heat = &found->heats[found->heat_count++];

        heat->symbol = symbols[i];
        status = liq_stress_heat(stress, symbols[i], liq_stress_edges_ppm, LIQ_STRESS_EDGES_SHOWN,
                                 heat->buckets, err);
    }
done:
    free(symbols);
    return status;
}

static liq_status heat_symbols(const char ***out, uint32_t *count, const liq_book *book,
                               const liq_options *options, liq_error *err)
{
    const uint32_t instruments = book->venue.instrument_count;
    const liq_status status =
        liq_memory_array(out, (size_t)instruments + options->option_count, sizeof **out, err);

    for (uint32_t i = 0; status == LIQ_OK && i < options->option_count; i++) {
        const char *value = options->options[i].value;

        if (strcmp(options->options[i].spec->name, "heat") != 0)
            continue;
        if (strcmp(value, "all") != 0) {
            (*out)[(*count)++] = value;
            continue;
        }
        *count = 0;
        for (uint32_t k = 0; k < instruments; k++)
            if (book->instrument_marks[k].digits != 0 &&
                book->venue.instruments[k].kind != LIQ_INSTRUMENT_INDEX)
                (*out)[(*count)++] = liq_names_get(book->venue.instrument_names, k);
        break;
    }
    return status;
}

static liq_status found_write(liq_output *output, const stress_request *request,
                              const liq_stress_found *found, liq_error *err)
{
    const uint32_t counts[] = {found->listed_count, found->limit_count, found->heat_count,
                               found->loser_count};
    liq_status status = LIQ_OK;
    bool is_first = true;

    for (uint32_t part = 0; status == LIQ_OK && part < LIQ_STRESS_PART_ALL; part++) {
        if (request->only != LIQ_STRESS_PART_ALL ? part != (uint32_t)request->only
                                                 : counts[part] == 0)
            continue;
        if (!is_first && request->format == LIQ_FORMAT_TABLE)
            liq_output_string(output, "\n");
        is_first = false;
        status = liq_stress_part_write(output, request->format, (liq_stress_part)part, found, err);
    }
    return status == LIQ_OK ? liq_stress_summary_write(output, request->format, found, err)
                            : status;
}
