/*
 * Series of metrics that have the names of the venue that there was when the sidecar started. The
 * venue may be replaced since, by one with other instruments and funds or with the same in another
 * order, so each series looks for its name again: what the venue no longer has is no number, and
 * instruments that have no series of their own are told together.
 */
#ifndef LIQ_ENGINE_METRIC_SERIES_H
#define LIQ_ENGINE_METRIC_SERIES_H

#include "outlet/serve_metrics.h"
#include "settle/pattern.h"

/** Open interest by instrument. */
void liq_series_interest(liq_metrics *metrics, const liq_pattern *pattern);

/** Balances by fund. */
void liq_series_funds(liq_metrics *metrics, const liq_settle *settle);

#endif
