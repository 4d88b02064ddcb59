#include "app/command_stress_draw.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { TICKS = 5, TEXT_GAP = 6, TEXT_DROP = 18 };

/* Points of a line that are told apart. */
#define COLUMNS_PER_PIXEL 2.0

char *liq_draw_number(char out[LIQ_DRAW_NUMBER_BYTES], double value)
{
    static const char units[] = " kMGTPE";
    double size = fabs(value);
    uint32_t unit = 0;

    for (; size >= 999.5 && unit + 2 < sizeof units; unit++)
        size /= 1000;
    if (size >= 1e6)
        (void)snprintf(out, LIQ_DRAW_NUMBER_BYTES, "%.3g", value);
    else
        (void)snprintf(out, LIQ_DRAW_NUMBER_BYTES, unit == 0 ? "%s%.3g" : "%s%.3g%c",
                       value < 0 ? "-" : "", size, units[unit]);
    return out;
}

double liq_draw_round_up(double value)
{
    static const double steps[] = {1, 2, 5, 10};
    double power;

    if (!(value > 0) || !isfinite(value))
        return 1;
    power = pow(10, floor(log10(value)));
    for (uint32_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i] * power >= value)
            return steps[i] * power;
    return 10 * power;
}

void liq_draw_text(liq_output *output, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            liq_output_string(output, "&amp;");
            break;
        case '<':
            liq_output_string(output, "&lt;");
            break;
        case '>':
            liq_output_string(output, "&gt;");
            break;
        case '"':
            liq_output_string(output, "&quot;");
            break;
        default:
            liq_output_add(output, text, 1);
        }
    }
}

void liq_draw_words(liq_output *output, double x, double y, const char *css, const char *anchor,
                    const char *text)
{
    liq_output_format(output, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">", x, y,
                      css, anchor);
    liq_draw_text(output, text);
    liq_output_string(output, "</text>\n");
}

double liq_draw_x(const liq_draw_panel *panel, double x)
{
    const double width = panel->x_to - panel->x_from;

    return panel->left + (width == 0 ? 0.5 : (x - panel->x_from) / width) * panel->width;
}

double liq_draw_y(const liq_draw_panel *panel, double y)
{
    return panel->top + panel->height * (1 - y / panel->y_to);
}

void liq_draw_axes(const liq_draw_panel *panel)
{
    char text[LIQ_DRAW_NUMBER_BYTES];
    const double bottom = panel->top + panel->height;

    for (uint32_t i = 0; i <= TICKS; i++) {
        const double y = panel->y_to * i / TICKS;
        const double x = panel->x_from + (panel->x_to - panel->x_from) * i / TICKS;

        liq_output_format(panel->output,
                          "<path class=\"g\" d=\"M%.1f %.1fh%.1f\"/><path class=\"g\" "
                          "d=\"M%.1f %.1fv%.1f\"/>\n",
                          panel->left, liq_draw_y(panel, y), panel->width, liq_draw_x(panel, x),
                          panel->top, panel->height);
        liq_draw_words(panel->output, panel->left - TEXT_GAP, liq_draw_y(panel, y) + 4, "s", "end",
                       liq_draw_number(text, y));
        /* What is not a percentage counts scenarios. */
        (void)snprintf(text, sizeof text, panel->x_from < 0 && x > 0 ? "+%.6g%s" : "%.6g%s",
                       panel->suffix[0] == '\0' ? round(x) : x, panel->suffix);
        liq_draw_words(panel->output, liq_draw_x(panel, x), bottom + TEXT_DROP, "s", "middle",
                       text);
    }
}

/* Points of a column beyond its first one: as far as they reach. */
static void column_draw(const liq_draw_panel *panel, bool is_any, double column, double low,
                        double high)
{
    const double x = column / COLUMNS_PER_PIXEL;

    if (is_any && low < high)
        liq_output_format(panel->output, "L%.1f %.1fL%.1f %.1f", x, low, x, high);
}

void liq_draw_line(const liq_draw_panel *panel, const char *css, const double *xs, const double *ys,
                   uint32_t count)
{
    double low = 0.0;
    double high = 0.0;
    double column = -1.0;

    liq_output_format(panel->output, "<path class=\"%s\" d=\"", css);
    for (uint32_t i = 0; i < count; i++) {
        const double x = liq_draw_x(panel, xs[i]);
        const double y = liq_draw_y(panel, fmin(ys[i], panel->y_to));

        if (floor(x * COLUMNS_PER_PIXEL) == column) {
            low = fmin(low, y);
            high = fmax(high, y);
        } else {
            column_draw(panel, i > 0, column, low, high);
            column = floor(x * COLUMNS_PER_PIXEL);
            low = high = y;
            liq_output_format(panel->output, "%c%.1f %.1f", i == 0 ? 'M' : 'L', x, y);
        }
    }
    column_draw(panel, count > 0, column, low, high);
    liq_output_string(panel->output, "\"/>\n");
}

void liq_draw_box(liq_output *output, const char *css, double x, double y, double width,
                  double height, double opacity, const char *title)
{
    liq_output_format(output,
                      "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
                      "opacity=\"%.3f\"><title>",
                      css, x, y, width, height, opacity);
    liq_draw_text(output, title);
    liq_output_string(output, "</title></rect>\n");
}
