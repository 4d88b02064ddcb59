/*
 * Panels of a picture: axes, lines, cells, bars and words of SVG.
 */
#ifndef LIQ_APP_COMMAND_STRESS_DRAW_H
#define LIQ_APP_COMMAND_STRESS_DRAW_H

#include <stdint.h>

#include "outlet/output.h"

/* Where a panel draws, in pixels, and what its sides stand for. */
typedef struct liq_draw_panel {
    liq_output *output;
    double left;
    double top;
    double width;
    double height;
    double x_from;
    double x_to;
    double y_to;        /* the bottom is zero */
    const char *suffix; /* behind the numbers below, such as "%" */
} liq_draw_panel;

enum { LIQ_DRAW_NUMBER_BYTES = 32 };

/** "12.3M": at most three digits before the point, for people. @return out */
char *liq_draw_number(char out[LIQ_DRAW_NUMBER_BYTES], double value);

/** The least 1, 2 or 5 times a power of ten from a value on; 1 for zero. */
double liq_draw_round_up(double value);

/** Text with what XML keeps for itself escaped. */
void liq_draw_text(liq_output *output, const char *text);

/** Words at a place. @param css  class @param anchor  "start", "middle" or "end" */
void liq_draw_words(liq_output *output, double x, double y, const char *css, const char *anchor,
                    const char *text);

double liq_draw_x(const liq_draw_panel *panel, double x);
double liq_draw_y(const liq_draw_panel *panel, double y);

/** Grid lines and their numbers: amounts on the left, percentages below. */
void liq_draw_axes(const liq_draw_panel *panel);

/** A line through points. @param css  class */
void liq_draw_line(const liq_draw_panel *panel, const char *css, const double *xs, const double *ys,
                   uint32_t count);

/** A box with a title that shows when pointed at. @param css  class @param opacity  0 .. 1 */
void liq_draw_box(liq_output *output, const char *css, double x, double y, double width,
                  double height, double opacity, const char *title);

#endif
