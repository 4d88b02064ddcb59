#include "app/command_stress_cascade.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/book_open.h"
#include "app/cascade_picture.h"
#include "app/cascade_view.h"
#include "app/picture_file.h"
#include "app/progress_bar.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"

/* A cascade does not know how many there are. */
typedef struct cases_progress {
    liq_progress_bar bar;
    uint64_t done;
    uint64_t count;
} cases_progress;

static liq_status cases_run(liq_cascade_found *found, const liq_cascade_plan *plan, liq_error *err);
static int cases_report(void *context, const char *stage, uint64_t done, uint64_t total);
static liq_status variant_run(liq_cascade **cascade, liq_cascade_found *found, uint32_t variant,
                              cases_progress *cases, liq_error *err);
static liq_status case_take(liq_cascade_case *out, const liq_cascade *cascade, const char *leader,
                            liq_error *err);
static liq_status rounds_take(liq_cascade_case *out, const liq_cascade *cascade, liq_error *err);
static liq_status prices_take(liq_cascade_case *out, const liq_cascade *cascade, const char *leader,
                              liq_error *err);
static int compare_feedback(const void *left, const void *right);
static void found_clear(liq_cascade_found *found);

int liq_stress_cascade_run(const liq_command *command, const liq_options *options,
                           liq_output *output)
{
    const char *picture = liq_options_value(options, "picture");
    liq_cascade_plan plan = {0};
    liq_cascade_found found = {.plan = &plan};
    liq_book *book = NULL;
    liq_error err = {0};
    liq_cascade_part only;
    liq_format format;
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if ((status = liq_command_format(&format, options, &err)) != LIQ_OK ||
        (status = liq_cascade_part_read(&only, liq_options_value(options, "only"), &err)) !=
            LIQ_OK ||
        (picture != NULL && (status = liq_picture_check(picture, &err)) != LIQ_OK) ||
        (status = liq_cascade_plan_read(&plan, options, &err)) != LIQ_OK ||
        (status = liq_book_open_unmoved(&book, options->operands[0], options, &found.load_ns,
                                        &err)) != LIQ_OK ||
        (status = liq_cascade_plan_build(&plan, book, &err)) != LIQ_OK)
        goto done;
    found.book = book;
    if ((status = cases_run(&found, &plan, &err)) == LIQ_OK &&
        (status = liq_cascade_found_write(output, format, only, &found, &err)) == LIQ_OK &&
        picture != NULL)
        status = liq_cascade_picture_write(picture, &found, &err);
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    found_clear(&found);
    liq_cascade_plan_clear(&plan);
    liq_book_destroy(book);
    return code;
}

liq_status liq_stress_cascade_check(const liq_options *options, liq_error *err)
{
    static const char *const names[] = {"shock",     "variant",    "depth-scale", "recovery",
                                        "reversion", "impact",     "rounds-max",  "round-ms",
                                        "after",     "with-index", "feed-lag",    "volume",
                                        "monitor",   "freeze",     "wrong"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (liq_options_has(options, names[i]))
            return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s means something with --cascade only",
                            names[i]);
    return LIQ_OK;
}

static liq_status cases_run(liq_cascade_found *found, const liq_cascade_plan *plan, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    cases_progress cases = {.count = 0};
    liq_cascade *cascade = NULL;
    liq_status status =
        liq_memory_array(&found->cases, (size_t)plan->scenario_count * plan->variant_count,
                         sizeof *found->cases, err);

    if (status != LIQ_OK)
        return status;
    found->case_count = plan->scenario_count * plan->variant_count;
    cases.count = found->case_count;
    liq_progress_bar_start(&cases.bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    for (uint32_t i = 0; status == LIQ_OK && i < plan->variant_count; i++)
        status = variant_run(&cascade, found, i, &cases, err);
    liq_cascade_destroy(cascade);
    liq_progress_bar_finish(&cases.bar);
    found->run_ns = liq_clock_ns() - start_ns;
    return status;
}

static int cases_report(void *context, const char *stage, uint64_t done, uint64_t total)
{
    const cases_progress *cases = context;

    (void)done, (void)total; /* rounds, of which nobody knows how many there will be */
    return cases->bar.progress.report(cases->bar.progress.context, stage, cases->done,
                                      cases->count);
}

/* @param cascade  the runner of the variant before, and then of this one: it goes on with the same
   live book */
static liq_status variant_run(liq_cascade **cascade, liq_cascade_found *found, uint32_t variant,
                              cases_progress *cases, liq_error *err)
{
    const liq_cascade_plan *plan = found->plan;
    const liq_cascade_variant *rules = &plan->variants[variant];
    const liq_progress progress = {.report = cases_report, .context = cases};
    liq_cascade_options options = plan->engine;
    liq_cascade *next = NULL;
    liq_status status;

    options.progress = &progress;
    options.policy = rules->policy;
    options.policy_name = rules->file != NULL ? rules->file : rules->name;
    options.infinite_depth = options.infinite_depth || rules->is_infinite;
    if ((status = liq_cascade_create(&next, found->book, &options, err)) != LIQ_OK)
        return status;
    if (*cascade != NULL)
        liq_cascade_take_over(next, *cascade);
    liq_cascade_destroy(*cascade);
    *cascade = next;
    for (uint32_t i = 0; status == LIQ_OK && i < plan->scenario_count; i++) {
        liq_cascade_case *of = &found->cases[i * plan->variant_count + variant];

        of->scenario = &plan->scenarios[i];
        of->variant = rules;
        if ((status = liq_cascade_run(next, of->scenario->moves, of->scenario->move_count,
                                      &of->summary, err)) == LIQ_OK)
            status = case_take(of, next, plan->leader, err);
        cases->done++;
    }
    return status;
}

static liq_status case_take(liq_cascade_case *out, const liq_cascade *cascade, const char *leader,
                            liq_error *err)
{
    const liq_status status = prices_take(out, cascade, leader, err);

    return status == LIQ_OK ? rounds_take(out, cascade, err) : status;
}

static liq_status rounds_take(liq_cascade_case *out, const liq_cascade *cascade, liq_error *err)
{
    const uint32_t count = liq_cascade_round_count(cascade);
    const uint32_t trades = liq_cascade_trade_count(cascade);
    uint32_t trade = 0;
    liq_status status;

    if ((status = liq_memory_array(&out->rounds, count, sizeof *out->rounds, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->lead_prices, count, sizeof *out->lead_prices, err)) !=
            LIQ_OK)
        return status;
    out->round_count = count;
    for (uint32_t i = 0; i < count; i++) {
        liq_cascade_round_read(cascade, i, &out->rounds[i]);
        if (out->lead.instrument != NULL)
            memcpy(out->lead_prices[i], i == 0 ? out->lead.shocked : out->lead_prices[i - 1],
                   sizeof out->lead_prices[i]);
        for (; trade < trades; trade++) {
            liq_cascade_trade read;

            liq_cascade_trade_read(cascade, trade, &read);
            if (read.round != i + 1)
                break;
            if (out->lead.instrument != NULL && strcmp(read.instrument, out->lead.instrument) == 0)
                memcpy(out->lead_prices[i], read.after, sizeof read.after);
        }
    }
    return LIQ_OK;
}

static liq_status prices_take(liq_cascade_case *out, const liq_cascade *cascade, const char *leader,
                              liq_error *err)
{
    const uint32_t count = liq_cascade_price_count(cascade);
    const liq_status status = liq_memory_array(&out->prices, count, sizeof *out->prices, err);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        liq_cascade_price *price = &out->prices[out->price_count];

        liq_cascade_price_read(cascade, i, price);
        if (leader != NULL && strcmp(price->instrument, leader) == 0)
            out->lead = *price;
        out->price_count += price->feedback_ppm != 0 || strcmp(price->sold, "0") != 0 ||
                            strcmp(price->bought, "0") != 0;
    }
    if (out->prices != NULL)
        liq_memory_trim(&out->prices, out->price_count, sizeof *out->prices);
    if (out->price_count > 0)
        qsort(out->prices, out->price_count, sizeof *out->prices, compare_feedback);
    return status;
}

static int compare_feedback(const void *left, const void *right)
{
    const liq_cascade_price *a = left;
    const liq_cascade_price *b = right;
    const int64_t first = llabs(a->feedback_ppm);
    const int64_t second = llabs(b->feedback_ppm);

    return first != second ? (first > second ? -1 : 1) : strcmp(a->instrument, b->instrument);
}

static void found_clear(liq_cascade_found *found)
{
    for (uint32_t i = 0; i < found->case_count; i++) {
        free(found->cases[i].rounds);
        free(found->cases[i].lead_prices);
        free(found->cases[i].prices);
    }
    free(found->cases);
}
