#include "app/cascade_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command_stress_draw.h"
#include "app/picture_file.h"
#include "base/memory.h"

enum {
    WIDTH = 960,
    LEFT = 70,
    PLOT_WIDTH = 370,
    PLOT_GAP = 100,
    PLOT_HEIGHT = 200,
    PANEL_HEIGHT = 280,
    HEAD_HEIGHT = 116,
    TITLE_BYTES = 320,
    COLOURS = 8, /* behind which lines are dashed */
    CSS_BYTES = 16,
    PANELS = 4
};

#define PPM_PER_PERCENT 10000.0

/* What a panel shows of a case, or of one of its rounds. */
typedef enum panel_kind {
    PANEL_LIQUIDATED = 0,
    PANEL_FEEDBACK = 1,
    PANEL_FUNDS = 2,
    PANEL_ADL = 3
} panel_kind;

/* The points of one line. */
typedef struct line {
    double *xs;
    double *ys;
    uint32_t count;
} line;

static const char *const panel_titles[PANELS] = {"Liquidated notional", "Price beyond the shock, %",
                                                 "Funds", "Deleveraged notional"};

/* Plain rules: not every viewer knows variables. */
static const char style[] =
    "<style>"
    "text{font:13px system-ui,sans-serif;fill:#1b1f24}.h{font-size:18px;font-weight:600}"
    ".s{font-size:11px;fill:#5b6470}.bg{fill:#fff}.g{stroke:#d9dee4;fill:none}"
    ".l0,.l1,.l2,.l3,.l4,.l5,.l6,.l7{fill:none;stroke-width:2}"
    ".l0{stroke:#b42318}.l1{stroke:#175cd3}.l2{stroke:#067647}.l3{stroke:#b54708}"
    ".l4{stroke:#6941c6}.l5{stroke:#0e7090}.l6{stroke:#c11574}.l7{stroke:#475467}"
    ".d{stroke-dasharray:6 4}"
    ".f0{fill:#b42318}.f1{fill:#175cd3}.f2{fill:#067647}.f3{fill:#b54708}"
    ".f4{fill:#6941c6}.f5{fill:#0e7090}.f6{fill:#c11574}.f7{fill:#475467}"
    "@media (prefers-color-scheme:dark){text{fill:#e8eaed}.s{fill:#9aa4af}.bg{fill:#14171a}"
    ".g{stroke:#2d333b}.l0{stroke:#f97066}.l1{stroke:#84adff}.l2{stroke:#47cd89}"
    ".l3{stroke:#fdb022}.l4{stroke:#bdb4fe}.l5{stroke:#67e3f9}.l6{stroke:#faa7e0}"
    ".l7{stroke:#d0d5dd}.f0{fill:#f97066}.f1{fill:#84adff}.f2{fill:#47cd89}.f3{fill:#fdb022}"
    ".f4{fill:#bdb4fe}.f5{fill:#67e3f9}.f6{fill:#faa7e0}.f7{fill:#d0d5dd}}"
    "</style>\n";

static liq_status picture_draw(liq_output *output, const void *context, liq_error *err);
static void head_draw(liq_output *output, const liq_cascade_found *found);
static liq_status panels_draw(liq_output *output, const liq_cascade_found *found, line *lines,
                              liq_error *err);
static liq_status lines_take(line *lines, const liq_cascade_found *found, panel_kind kind,
                             liq_error *err);
static liq_status rounds_take(line *out, const liq_cascade_case *of, int64_t round_ms,
                              panel_kind kind, liq_error *err);
static liq_status shocks_take(line *out, const liq_cascade_found *found, uint32_t variant,
                              panel_kind kind, liq_error *err);
static double round_value(const liq_cascade_case *of, uint32_t round, panel_kind kind);
static double case_value(const liq_cascade_case *of, panel_kind kind);
static double beyond(const liq_cascade_price *lead, const char *price);
static void panel_draw(liq_output *output, const liq_cascade_found *found, line *lines,
                       panel_kind kind);
static void lines_extend(line *lines, uint32_t count, double x_to);
static bool is_rounds(const liq_cascade_found *found);
static void lines_clear(line *lines, uint32_t count);

liq_status liq_cascade_picture_write(const char *path, const liq_cascade_found *found,
                                     liq_error *err)
{
    const liq_picture picture = {.title = "liqscan cascades",
                                 .style = style,
                                 .width = WIDTH,
                                 .height = HEAD_HEIGHT + 2 * PANEL_HEIGHT,
                                 .draw = picture_draw,
                                 .context = found};

    return liq_picture_write(path, &picture, err);
}

static liq_status picture_draw(liq_output *output, const void *context, liq_error *err)
{
    const liq_cascade_found *found = context;
    line lines[LIQ_CASCADE_VARIANTS_MAX] = {0};

    head_draw(output, found);
    return panels_draw(output, found, lines, err);
}

static void head_draw(liq_output *output, const liq_cascade_found *found)
{
    const liq_cascade_plan *plan = found->plan;
    double x = LEFT;
    char text[TITLE_BYTES];

    (void)snprintf(text, sizeof text, "Cascades at %.128s (%.64s)", liq_book_venue(found->book),
                   liq_book_profile(found->book));
    liq_draw_words(output, LEFT, 34, "h", "start", text);
    (void)snprintf(text, sizeof text, "%s%.128s over %llu margin accounts; amounts in %.64s",
                   is_rounds(found) ? "seconds after " : "along the moves of ",
                   is_rounds(found) ? plan->scenarios[0].name : plan->leader,
                   (unsigned long long)found->cases[0].summary.rows,
                   liq_book_margin_currency(found->book));
    liq_draw_words(output, LEFT, 56, "s", "start", text);
    for (uint32_t i = 0; i < plan->variant_count; i++) {
        char css[8];

        (void)snprintf(css, sizeof css, "f%u", i % COLOURS);
        liq_draw_box(output, css, x, 69, 10, 10, 1, plan->variants[i].name);
        liq_draw_words(output, x + 15, 78, "s", "start", plan->variants[i].name);
        x += 35 + 6.5 * (double)strlen(plan->variants[i].name);
    }
}

static liq_status panels_draw(liq_output *output, const liq_cascade_found *found, line *lines,
                              liq_error *err)
{
    const uint32_t count = found->plan->variant_count;
    liq_status status = LIQ_OK;

    for (uint32_t kind = 0; status == LIQ_OK && kind < PANELS; kind++) {
        if ((status = lines_take(lines, found, (panel_kind)kind, err)) == LIQ_OK)
            panel_draw(output, found, lines, (panel_kind)kind);
        lines_clear(lines, count);
    }
    return status;
}

static liq_status lines_take(line *lines, const liq_cascade_found *found, panel_kind kind,
                             liq_error *err)
{
    const int64_t given = found->plan->engine.round_ms;
    const int64_t round_ms = given == 0 ? 1000 : given;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < found->plan->variant_count; i++)
        status = is_rounds(found) ? rounds_take(&lines[i], &found->cases[i], round_ms, kind, err)
                                  : shocks_take(&lines[i], found, i, kind, err);
    return status;
}

/* From the shock on; a round ends when the next one may begin. There is room for one more point:
   what a cascade has come to stays. */
static liq_status rounds_take(line *out, const liq_cascade_case *of, int64_t round_ms,
                              panel_kind kind, liq_error *err)
{
    liq_status status;

    if ((status = liq_memory_array(&out->xs, (size_t)of->round_count + 2, sizeof *out->xs, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&out->ys, (size_t)of->round_count + 2, sizeof *out->ys, err)) !=
            LIQ_OK)
        return status;
    out->count = of->round_count + 1;
    out->ys[0] = kind == PANEL_FUNDS ? strtod(of->summary.funds_before, NULL) : 0;
    for (uint32_t i = 1; i < out->count; i++) {
        out->xs[i] = (double)(of->rounds[i - 1].time_ms + round_ms) / 1000;
        out->ys[i] = round_value(of, i - 1, kind);
        if (kind == PANEL_LIQUIDATED || kind == PANEL_ADL)
            out->ys[i] += out->ys[i - 1];
    }
    return LIQ_OK;
}

static liq_status shocks_take(line *out, const liq_cascade_found *found, uint32_t variant,
                              panel_kind kind, liq_error *err)
{
    const liq_cascade_plan *plan = found->plan;
    liq_status status;

    if ((status = liq_memory_array(&out->xs, plan->scenario_count, sizeof *out->xs, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&out->ys, plan->scenario_count, sizeof *out->ys, err)) != LIQ_OK)
        return status;
    out->count = plan->scenario_count;
    for (uint32_t i = 0; i < out->count; i++) {
        out->xs[i] = plan->scenarios[i].change / PPM_PER_PERCENT;
        out->ys[i] = case_value(&found->cases[i * plan->variant_count + variant], kind);
    }
    return LIQ_OK;
}

static double round_value(const liq_cascade_case *of, uint32_t round, panel_kind kind)
{
    switch (kind) {
    case PANEL_LIQUIDATED:
        return strtod(of->rounds[round].liquidated_notional, NULL);
    case PANEL_FEEDBACK:
        return beyond(&of->lead, of->lead_prices[round]);
    case PANEL_FUNDS:
        return strtod(of->rounds[round].funds, NULL);
    case PANEL_ADL:
        break;
    }
    return strtod(of->rounds[round].adl_notional, NULL);
}

static double case_value(const liq_cascade_case *of, panel_kind kind)
{
    switch (kind) {
    case PANEL_LIQUIDATED:
        return strtod(of->summary.liquidated_notional, NULL);
    case PANEL_FEEDBACK:
        return beyond(&of->lead, of->lead.end);
    case PANEL_FUNDS:
        return strtod(of->summary.funds_after, NULL);
    case PANEL_ADL:
        break;
    }
    return strtod(of->summary.adl_notional, NULL);
}

/* Per cent, without a sign: panels stand on zero. */
static double beyond(const liq_cascade_price *lead, const char *price)
{
    if (lead->instrument == NULL || price[0] == '\0')
        return 0;
    return fabs(strtod(price, NULL) / strtod(lead->shocked, NULL) - 1) * 100;
}

static void panel_draw(liq_output *output, const liq_cascade_found *found, line *lines,
                       panel_kind kind)
{
    const uint32_t count = found->plan->variant_count;
    liq_draw_panel panel = {.output = output,
                            .left = LEFT + (kind % 2) * (PLOT_WIDTH + PLOT_GAP),
                            .top = HEAD_HEIGHT + (kind / 2) * (double)PANEL_HEIGHT,
                            .width = PLOT_WIDTH,
                            .height = PLOT_HEIGHT,
                            .x_from = lines[0].xs[0],
                            .x_to = lines[0].xs[0],
                            .suffix = is_rounds(found) ? " s" : "%"};
    double most = 0;

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < lines[i].count; j++) {
            panel.x_from = fmin(panel.x_from, lines[i].xs[j]);
            panel.x_to = fmax(panel.x_to, lines[i].xs[j]);
            most = fmax(most, lines[i].ys[j]);
        }
    if (is_rounds(found)) {
        panel.x_to = ceil(panel.x_to / 5) * 5;
        lines_extend(lines, count, panel.x_to);
    }
    panel.y_to = liq_draw_round_up(most);
    liq_draw_axes(&panel);
    liq_draw_words(output, panel.left, panel.top - 10, "s", "start", panel_titles[kind]);
    for (uint32_t i = count; i-- > 0;) {
        char css[CSS_BYTES];

        (void)snprintf(css, sizeof css, i < COLOURS ? "l%u" : "l%u d", i % COLOURS);
        liq_draw_line(&panel, css, lines[i].xs, lines[i].ys, lines[i].count);
    }
}

static void lines_extend(line *lines, uint32_t count, double x_to)
{
    for (uint32_t i = 0; i < count; i++) {
        line *of = &lines[i];

        of->xs[of->count] = x_to;
        of->ys[of->count] = of->ys[of->count - 1];
        of->count++;
    }
}

static bool is_rounds(const liq_cascade_found *found)
{
    return found->plan->scenario_count == 1;
}

static void lines_clear(line *lines, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        free(lines[i].xs);
        free(lines[i].ys);
        lines[i] = (line){0};
    }
}
