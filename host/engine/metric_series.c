#include "engine/metric_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scan/live_scan.h"

static bool fund_find(const liq_settle *settle, const char *name, uint32_t first, double *balance);

void liq_series_interest(liq_metrics *metrics, const liq_pattern *pattern)
{
    const liq_venue *venue = &pattern->live->book.prices.venue;
    const uint32_t series = liq_metrics_series(metrics, LIQ_SERVE_OPEN_INTEREST);
    const double unit = pow(10, venue->cash_decimals);
    liq_int128 others = 0;
    liq_int128 lots;
    liq_int128 cash;

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        liq_pattern_interest(pattern, i, &lots, &cash);
        others += cash;
    }
    for (uint32_t i = 0; i < series; i++) {
        const char *name = liq_metrics_value(metrics, LIQ_SERVE_OPEN_INTEREST, i);
        const bool is_rest = strcmp(name, LIQ_SERVE_OTHER_INSTRUMENTS) == 0;
        uint32_t index;

        cash = others; /* the rest is the last series, when all others were taken off */
        if (liq_names_find(venue->instrument_names, liq_text_of(name), &index)) {
            liq_pattern_interest(pattern, index, &lots, &cash);
            others -= cash;
        } else if (!is_rest) {
            liq_metrics_set(metrics, LIQ_SERVE_OPEN_INTEREST, i, (double)NAN);
            continue;
        }
        liq_metrics_set(metrics, LIQ_SERVE_OPEN_INTEREST, i, (double)cash / unit);
    }
}

void liq_series_funds(liq_metrics *metrics, const liq_settle *settle)
{
    const uint32_t series = liq_metrics_series(metrics, LIQ_SERVE_FUND_BALANCE);

    for (uint32_t i = 0; i < series; i++) {
        double balance = (double)NAN;

        (void)fund_find(settle, liq_metrics_value(metrics, LIQ_SERVE_FUND_BALANCE, i), i, &balance);
        liq_metrics_set(metrics, LIQ_SERVE_FUND_BALANCE, i, balance);
    }
}

/* From its own place on, where it most often is. */
static bool fund_find(const liq_settle *settle, const char *name, uint32_t first, double *balance)
{
    const uint32_t funds = liq_settle_fund_count(settle);

    for (uint32_t step = 0; step < funds; step++) {
        liq_settle_fund fund;

        liq_settle_fund_read(settle, (first + step) % funds, &fund);
        if (strcmp(fund.fund, name) != 0)
            continue;
        *balance = strtod(fund.after, NULL);
        return true;
    }
    return false;
}
