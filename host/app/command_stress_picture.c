#include "app/command_stress_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command_stress_draw.h"
#include "app/picture_file.h"
#include "base/fail.h"
#include "base/memory.h"

enum {
    WIDTH = 960,
    LEFT = 70,
    PLOT_WIDTH = 370,
    PLOT_GAP = 100,
    PLOT_TOP = 66,
    PLOT_HEIGHT = 200,
    PANEL_HEIGHT = 320,
    HEAD_HEIGHT = 78,
    TITLE_BYTES = 320,
    CELLS_MAX = 40000
};

#define PPM_PER_PERCENT 10000.0

/* Of the small script, about. */
#define LETTER_WIDTH 5.8

/* One series as numbers. */
typedef struct series_lines {
    double *moves; /* per cent, or the number of the scenario */
    double *needed;
    double *adl;
    double *longs;
    double *shorts;
    uint32_t count;
} series_lines;

/* Plain rules: not every viewer knows variables. */
static const char style[] =
    "<style>"
    "text{font:13px system-ui,sans-serif;fill:#1b1f24}.h{font-size:18px;font-weight:600}"
    ".t{font-size:15px;font-weight:600}.s{font-size:11px;fill:#5b6470}.bg{fill:#fff}"
    ".g{stroke:#d9dee4;fill:none}.la,.lb,.lc,.ld{fill:none;stroke-width:2}"
    ".la{stroke:#b42318}.lb{stroke:#175cd3}.lc{stroke:#b54708;stroke-dasharray:2 3}"
    ".ld{stroke:#067647;stroke-dasharray:6 4}"
    ".a{fill:#b42318}.b{fill:#175cd3}.c{fill:#b54708}.d{fill:#067647}"
    "@media (prefers-color-scheme:dark){text{fill:#e8eaed}.s{fill:#9aa4af}.bg{fill:#14171a}"
    ".g{stroke:#2d333b}.la{stroke:#f97066}.lb{stroke:#84adff}.lc{stroke:#fdb022}"
    ".ld{stroke:#47cd89}.a{fill:#f97066}.b{fill:#84adff}.c{fill:#fdb022}.d{fill:#47cd89}}"
    "</style>\n";

static liq_status picture_draw(liq_output *output, const void *context, liq_error *err);
static void head_draw(liq_output *output, const liq_stress_found *found);
static liq_status series_draw(liq_output *output, const liq_stress_found *found,
                              const liq_stress_series *series, double top, liq_error *err);
static liq_status lines_take(series_lines *out, const liq_stress_found *found,
                             const liq_stress_series *series, liq_error *err);
static void lines_clear(series_lines *lines);
static void lines_draw(liq_output *output, const liq_stress_found *found,
                       const liq_stress_series *series, const series_lines *lines, double top);
static void plot_draw(const liq_draw_panel *panel, const char *title, const char *const *names,
                      const char *const *css);
static void limits_draw(const liq_draw_panel *panel, const liq_stress_found *found,
                        const liq_stress_series *series);
static void ends_draw(const liq_draw_panel *panel, const liq_stress_found *found,
                      const liq_stress_series *series);
static void grid_draw(liq_output *output, const liq_stress_found *found,
                      const liq_stress_series *series, double top);
static void heat_draw(liq_output *output, const liq_stress_heat_map *heat, double top);
static double most_of(const double *values, uint32_t count, double least);
static void cell_draw(liq_output *output, const liq_stress_found *found, uint32_t scenario,
                      const liq_draw_panel *cell, double most);

liq_status liq_stress_picture_write(const char *path, const liq_stress_found *found, liq_error *err)
{
    const uint32_t panels = found->plan->series_count + found->heat_count;
    const liq_picture picture = {.title = "liqscan stress",
                                 .style = style,
                                 .width = WIDTH,
                                 .height = HEAD_HEIGHT + panels * PANEL_HEIGHT,
                                 .draw = picture_draw,
                                 .context = found};

    return liq_picture_write(path, &picture, err);
}

static liq_status picture_draw(liq_output *output, const void *context, liq_error *err)
{
    const liq_stress_found *found = context;
    double top = HEAD_HEIGHT;
    liq_status status = LIQ_OK;

    head_draw(output, found);
    for (uint32_t i = 0; status == LIQ_OK && i < found->plan->series_count; i++) {
        status = series_draw(output, found, &found->plan->series[i], top, err);
        top += PANEL_HEIGHT;
    }
    for (uint32_t i = 0; i < found->heat_count; i++, top += PANEL_HEIGHT)
        heat_draw(output, &found->heats[i], top);
    return status;
}

static void head_draw(liq_output *output, const liq_stress_found *found)
{
    const liq_stress_summary *summary = &found->summary;
    char text[TITLE_BYTES];

    (void)snprintf(text, sizeof text, "Stress of %.128s (%.64s)", liq_book_venue(found->book),
                   liq_book_profile(found->book));
    liq_draw_words(output, LEFT, 34, "h", "start", text);
    (void)snprintf(text, sizeof text,
                   "%llu scenarios over %llu margin accounts; amounts in %.64s; funds hold %.40s "
                   "above their floors",
                   (unsigned long long)summary->scenarios, (unsigned long long)summary->rows,
                   liq_book_margin_currency(found->book), summary->fund_available);
    liq_draw_words(output, LEFT, 56, "s", "start", text);
}

static liq_status series_draw(liq_output *output, const liq_stress_found *found,
                              const liq_stress_series *series, double top, liq_error *err)
{
    series_lines lines = {0};
    liq_status status;

    liq_draw_words(output, LEFT, top + 24, "t", "start", series->title);
    if (series->count == 0)
        return LIQ_OK;
    if (series->kind == LIQ_STRESS_GRID) {
        grid_draw(output, found, series, top);
        return LIQ_OK;
    }
    if ((status = lines_take(&lines, found, series, err)) == LIQ_OK)
        lines_draw(output, found, series, &lines, top);
    lines_clear(&lines);
    return status;
}

static liq_status lines_take(series_lines *out, const liq_stress_found *found,
                             const liq_stress_series *series, liq_error *err)
{
    double **const columns[] = {&out->moves, &out->needed, &out->adl, &out->longs, &out->shorts};
    const bool moves = series->kind == LIQ_STRESS_LADDER || series->kind == LIQ_STRESS_FACTOR;

    for (uint32_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        const liq_status status = liq_memory_array(columns[i], series->count, sizeof(double), err);

        if (status != LIQ_OK)
            return status;
    }
    out->count = series->count;
    for (uint32_t i = 0; i < series->count; i++) {
        liq_stress_outcome outcome;

        liq_stress_outcome_read(found->stress, series->first + i, &outcome);
        out->moves[i] = moves ? (double)liq_stress_range_at(&series->range, i) / PPM_PER_PERCENT
                              : (double)(i + 1);
        out->needed[i] = liq_stress_number(outcome.fund_needed);
        out->adl[i] = liq_stress_number(outcome.adl_needed);
        out->longs[i] = liq_stress_number(outcome.long_notional);
        out->shorts[i] = liq_stress_number(outcome.short_notional);
    }
    return LIQ_OK;
}

static void lines_clear(series_lines *lines)
{
    free(lines->moves);
    free(lines->needed);
    free(lines->adl);
    free(lines->longs);
    free(lines->shorts);
}

static void lines_draw(liq_output *output, const liq_stress_found *found,
                       const liq_stress_series *series, const series_lines *lines, double top)
{
    static const char *const needs[] = {"needed of the funds", "of it ADL", "funds hold"};
    static const char *const need_css[] = {"a", "c", "d"};
    static const char *const sides[] = {"long", "short", NULL};
    static const char *const side_css[] = {"b", "a", NULL};
    const double funds = liq_stress_number(found->summary.fund_available);
    const double ends[] = {lines->moves[0], lines->moves[lines->count - 1]};
    const double held[] = {funds, funds};
    const double needed = most_of(lines->needed, lines->count, 0);
    liq_draw_panel panel = {.output = output,
                            .left = LEFT,
                            .top = top + PLOT_TOP,
                            .width = PLOT_WIDTH,
                            .height = PLOT_HEIGHT,
                            .x_from = fmin(ends[0], ends[1]),
                            .x_to = fmax(ends[0], ends[1]),
                            .suffix = series->range.steps > 0 ? "%" : ""};

    /* Funds far above all that is asked of them would press the lines to the ground. */
    panel.y_to = liq_draw_round_up(funds < 4 * needed ? fmax(funds, needed) : needed);
    plot_draw(&panel, "Funds", needs, need_css);
    if (funds <= panel.y_to)
        liq_draw_line(&panel, "ld", ends, held, 2);
    liq_draw_line(&panel, "la", lines->moves, lines->needed, lines->count);
    liq_draw_line(&panel, "lc", lines->moves, lines->adl, lines->count);
    ends_draw(&panel, found, series);
    limits_draw(&panel, found, series);
    panel.left += PLOT_WIDTH + PLOT_GAP;
    panel.y_to = liq_draw_round_up(
        most_of(lines->shorts, lines->count, most_of(lines->longs, lines->count, 0)));
    plot_draw(&panel, "Notional to be liquidated", sides, side_css);
    liq_draw_line(&panel, "lb", lines->moves, lines->longs, lines->count);
    liq_draw_line(&panel, "la", lines->moves, lines->shorts, lines->count);
}

/* Of a path, where it begins and ends. */
static void ends_draw(const liq_draw_panel *panel, const liq_stress_found *found,
                      const liq_stress_series *series)
{
    const double y = panel->top + panel->height + 36;

    if (series->kind != LIQ_STRESS_PATH)
        return;
    liq_draw_words(panel->output, panel->left, y, "s", "start",
                   liq_stress_set_name(found->plan->set, series->first));
    liq_draw_words(panel->output, panel->left + panel->width, y, "s", "end",
                   liq_stress_set_name(found->plan->set, series->first + series->count - 1));
}

/* Axes, what they are of, and up to three lines' names. */
static void plot_draw(const liq_draw_panel *panel, const char *title, const char *const *names,
                      const char *const *css)
{
    double x = panel->left + panel->width;

    liq_draw_axes(panel);
    liq_draw_words(panel->output, panel->left, panel->top - 12, "s", "start", title);
    for (uint32_t i = 3; i-- > 0;) {
        if (names[i] == NULL)
            continue;
        liq_draw_words(panel->output, x, panel->top - 12, "s", "end", names[i]);
        x -= LETTER_WIDTH * (double)strlen(names[i]) + 4;
        liq_draw_box(panel->output, css[i], x - 10, panel->top - 21, 10, 10, 1, names[i]);
        x -= 26;
    }
}

/* Where a fund ends. */
static void limits_draw(const liq_draw_panel *panel, const liq_stress_found *found,
                        const liq_stress_series *series)
{
    for (uint32_t i = 0; i < found->limit_count; i++) {
        const liq_stress_limit *limit = &found->limits[i];
        char text[LIQ_STRESS_PERCENT_BYTES];
        double x;

        if (limit->series != series || !limit->reversal.found)
            continue;
        x = liq_draw_x(panel, (double)limit->reversal.change_ppm / PPM_PER_PERCENT);
        liq_output_format(panel->output, "<path class=\"ld\" d=\"M%.1f %.1fv%.1f\"/>\n", x,
                          panel->top, panel->height);
        liq_draw_words(panel->output, x + 4, panel->top + 12 + 14 * (i % 2), "s", "start",
                       liq_stress_percent(text, limit->reversal.change_ppm));
    }
}

/* Cells of base by others: the darker, the more is needed; what needs ADL in another colour. */
static void grid_draw(liq_output *output, const liq_stress_found *found,
                      const liq_stress_series *series, double top)
{
    const uint32_t rows = series->range.steps;
    const uint32_t columns = series->across.steps;
    const double width = (double)(WIDTH - 2 * LEFT) / columns;
    const double height = (double)PLOT_HEIGHT / rows;
    char text[LIQ_STRESS_PERCENT_BYTES];
    char head[TITLE_BYTES];
    double most = 0;

    (void)snprintf(head, sizeof head,
                   "%.100s by rows, all others by columns; the darker, the more is needed of the "
                   "funds; with ADL red",
                   series->symbol);
    liq_draw_words(output, WIDTH - LEFT, top + 24, "s", "end", head);
    if (series->count > CELLS_MAX) {
        liq_draw_words(output, LEFT, top + PLOT_TOP, "s", "start", "too many cells to draw");
        return;
    }
    for (uint32_t i = 0; i < series->count; i++) {
        liq_stress_outcome outcome;

        liq_stress_outcome_read(found->stress, series->first + i, &outcome);
        most = fmax(most, liq_stress_number(outcome.fund_needed));
    }
    for (uint32_t i = 0; i < series->count; i++) {
        const liq_draw_panel cell = {.left = LEFT + width * (i % columns),
                                     .top = top + PLOT_TOP + height * (i / columns),
                                     .width = width,
                                     .height = height};

        cell_draw(output, found, series->first + i, &cell, most);
    }
    for (uint32_t i = 0; i<rows; i += rows> 10 ? (rows + 9) / 10 : 1)
        liq_draw_words(output, LEFT - 6, top + PLOT_TOP + height * (i + 0.5) + 4, "s", "end",
                       liq_stress_percent(text, liq_stress_range_at(&series->range, i)));
    for (uint32_t i = 0; i<columns; i += columns> 12 ? (columns + 11) / 12 : 1)
        liq_draw_words(output, LEFT + width * (i + 0.5), top + PLOT_TOP + PLOT_HEIGHT + 18, "s",
                       "middle", liq_stress_percent(text, liq_stress_range_at(&series->across, i)));
}

static void cell_draw(liq_output *output, const liq_stress_found *found, uint32_t scenario,
                      const liq_draw_panel *cell, double most)
{
    char numbers[2][LIQ_DRAW_NUMBER_BYTES];
    char title[TITLE_BYTES];
    liq_stress_outcome outcome;
    double needed;
    double adl;

    liq_stress_outcome_read(found->stress, scenario, &outcome);
    needed = liq_stress_number(outcome.fund_needed);
    adl = liq_stress_number(outcome.adl_needed);
    (void)snprintf(title, sizeof title, "%s: needed %s, ADL %s, %llu flagged", outcome.name,
                   liq_draw_number(numbers[0], needed), liq_draw_number(numbers[1], adl),
                   (unsigned long long)outcome.flagged);
    liq_draw_box(output, adl > 0 ? "a" : "b", cell->left, cell->top, cell->width, cell->height,
                 most > 0 ? 0.06 + 0.94 * sqrt(needed / most) : 0.06, title);
}

/* Bars of longs and shorts beside each other, from far below the mark to far above. */
static void heat_draw(liq_output *output, const liq_stress_heat_map *heat, double top)
{
    const uint32_t bars = LIQ_STRESS_BUCKETS - 1;
    const double width = (double)(WIDTH - 2 * LEFT) / bars;
    const double bottom = top + PLOT_TOP + PLOT_HEIGHT;
    char text[TITLE_BYTES];
    double most = 0;

    (void)snprintf(text, sizeof text, "Where %.128s liquidates its positions", heat->symbol);
    liq_draw_words(output, LEFT, top + 24, "t", "start", text);
    liq_draw_words(output, WIDTH - LEFT, top + 24, "s", "end",
                   "notional at the present mark by its move in %: long blue, short red");
    for (uint32_t i = 0; i < bars; i++)
        most = fmax(most, fmax(liq_stress_number(heat->buckets[i].long_notional),
                               liq_stress_number(heat->buckets[i].short_notional)));
    for (uint32_t i = 0; i < bars; i++) {
        const uint32_t bucket = i < LIQ_STRESS_EDGES_SHOWN    ? LIQ_STRESS_EDGES_SHOWN - i
                                : i == LIQ_STRESS_EDGES_SHOWN ? 0
                                                              : i;
        const liq_stress_bucket *shown = &heat->buckets[bucket];
        const double sides[] = {liq_stress_number(shown->long_notional),
                                liq_stress_number(shown->short_notional)};
        char move[LIQ_STRESS_PERCENT_BYTES];
        const double left = LEFT + width * i;

        (void)liq_stress_percent(move, shown->to_ppm);
        for (uint32_t side = 0; side < 2; side++) {
            const double height = most > 0 ? PLOT_HEIGHT * sides[side] / most : 0;

            (void)snprintf(text, sizeof text, "%s: %s %s, %llu accounts",
                           bucket == 0 ? "now" : move, side == 0 ? "long" : "short",
                           side == 0 ? shown->long_notional : shown->short_notional,
                           (unsigned long long)shown->accounts);
            liq_draw_box(output, side == 0 ? "b" : "a", left + width * (0.1 + 0.4 * side),
                         bottom - height, width * 0.4, height, 1, text);
        }
        move[strcspn(move, "%")] = '\0';
        liq_draw_words(output, left + width / 2, bottom + 18, "s", "middle",
                       bucket == 0 ? "now" : move);
    }
    liq_draw_words(output, LEFT - 6, top + PLOT_TOP + 4, "s", "end", liq_draw_number(text, most));
    liq_output_format(output, "<path class=\"g\" d=\"M%d %.1fh%d\"/>\n", LEFT, bottom,
                      WIDTH - 2 * LEFT);
}

static double most_of(const double *values, uint32_t count, double least)
{
    for (uint32_t i = 0; i < count; i++)
        least = fmax(least, values[i]);
    return least;
}
