#include "outlet/serve_metrics.h"

#include "base/fail.h"

/* Microseconds, as nanoseconds. */
#define US(count) ((count)*1000ull)

/* Close around what is promised of a tick: 15 ms in the middle, 40 ms for one in a hundred. */
static const uint64_t tick_bounds_ns[] = {
    US(100),    US(250),    US(500),     US(1000),    US(2500),     US(5000),  US(10000),
    US(15000),  US(20000),  US(25000),   US(30000),   US(40000),    US(60000), US(100000),
    US(250000), US(500000), US(1000000), US(5000000), US(30000000), 0};

static const char *const stages[] = {"apply", "scan", "settle", "journal", "emit", NULL};
static const char *const held_reasons[] = {"gap",     "refused", "stale_mark", "halt",
                                           "advised", "guard",   NULL};
static const char *const http_outcomes[] = {"ok", "bad", "not_ready", "busy", "late", NULL};
/* As liq_pattern_quantiles_ppm and liq_pattern_falls_ppm. */
static const char *const quantiles[] = {"0.5", "0.9", "0.99", "0.999", NULL};
static const char *const falls[] = {"0", "0.01", "0.02", "0.05", NULL};
static const char *const actions[] = {"margin_call",   "cancel_orders", "reduce",     "takeover",
                                      "close",         "fund_credit",   "fund_debit", "adl",
                                      "socialise",     "halt",          "resume",     "guard",
                                      "margin_notice", "margin_rate",   NULL};

#define HISTOGRAM(index, text, about)                                                              \
    [index] = {.name = "liqscan_" text,                                                            \
               .help = about,                                                                      \
               .type = LIQ_METRIC_HISTOGRAM,                                                       \
               .unit = LIQ_METRIC_SECONDS,                                                         \
               .bounds_ns = tick_bounds_ns}
#define COUNTER(index, text, about)                                                                \
    [index] = {.name = "liqscan_" text "_total", .help = about, .type = LIQ_METRIC_COUNTER}
#define COUNTER_BY(index, text, by, list, about)                                                   \
    [index] = {.name = "liqscan_" text "_total",                                                   \
               .help = about,                                                                      \
               .type = LIQ_METRIC_COUNTER,                                                         \
               .label = by,                                                                        \
               .values = list}
#define GAUGE(index, text, about)                                                                  \
    [index] = {.name = "liqscan_" text, .help = about, .type = LIQ_METRIC_GAUGE}
#define GAUGE_IN(index, text, in, about)                                                           \
    [index] = {.name = "liqscan_" text, .help = about, .type = LIQ_METRIC_GAUGE, .unit = in}
#define GAUGE_BY(index, text, by, about)                                                           \
    [index] = {.name = "liqscan_" text, .help = about, .type = LIQ_METRIC_GAUGE, .label = by}

static const liq_metric_row rows[LIQ_SERVE_METRIC_COUNT] = {
    [LIQ_SERVE_TICK_STAGE] = {.name = "liqscan_tick_stage_seconds",
                              .help = "Time that one stage of a tick took.",
                              .type = LIQ_METRIC_HISTOGRAM,
                              .unit = LIQ_METRIC_SECONDS,
                              .label = "stage",
                              .values = stages,
                              .bounds_ns = tick_bounds_ns},
    HISTOGRAM(LIQ_SERVE_TICK, "tick_seconds", "Time that a whole tick took."),
    HISTOGRAM(LIQ_SERVE_OLDEST_EVENT, "oldest_event_age_seconds",
              "Age of the oldest event that was not applied when a tick began."),
    HISTOGRAM(LIQ_SERVE_JOURNAL_COMMIT, "journal_commit_seconds",
              "Time until a tick was safe on disk."),
    HISTOGRAM(LIQ_SERVE_REACTION, "reaction_seconds",
              "Time from reading the marks, fill or control that made a tick due until its last "
              "decision was handed to the outlets."),

    COUNTER_BY(LIQ_SERVE_EVENTS, "events", "source", NULL, "Events applied to the book."),
    COUNTER_BY(LIQ_SERVE_EVENTS_REPEATED, "events_repeated", "source", NULL,
               "Events ignored because they had been applied before."),
    COUNTER_BY(LIQ_SERVE_EVENTS_WAITED, "events_waited", "source", NULL,
               "Events that came too early and were held until their turn."),
    COUNTER_BY(LIQ_SERVE_EVENTS_REFUSED, "events_refused", "source", NULL,
               "Lines that are no valid event, or none that fits the book."),
    COUNTER_BY(LIQ_SERVE_GAPS, "event_gaps", "source", NULL,
               "Runs of events that did not come, for which a resync was requested."),
    COUNTER(LIQ_SERVE_QUEUE_WAITS, "queue_waits",
            "Times that a reader stopped reading because the queue was full."),
    COUNTER(LIQ_SERVE_TICKS, "ticks", "Ticks taken."),
    COUNTER(LIQ_SERVE_MARKS_COALESCED, "marks_coalesced",
            "Mark updates replaced by a newer one before a tick saw them."),
    COUNTER_BY(LIQ_SERVE_DECISIONS, "decisions", "action", actions, "Decisions taken."),
    COUNTER_BY(LIQ_SERVE_LIQUIDATIONS_HELD, "liquidations_held", "reason", held_reasons,
               "Flagged accounts left alone at a tick."),
    COUNTER(LIQ_SERVE_MARKS_DOUBTED, "marks_doubted",
            "Marks and index prices kept out until they are confirmed."),
    COUNTER(LIQ_SERVE_MARKS_REFUSED, "marks_refused",
            "Marks and index prices that were no prices, or late."),
    COUNTER(LIQ_SERVE_SNAPSHOTS, "snapshots", "Snapshots of the book written."),
    COUNTER(LIQ_SERVE_NATS_RECONNECTS, "nats_reconnects",
            "Times that the connection to NATS came back."),
    COUNTER_BY(LIQ_SERVE_OUTLET_FAILURES, "outlet_failures", "outlet", NULL,
               "Attempts to deliver decisions that failed and are made again."),
    COUNTER(LIQ_SERVE_JOURNAL_FAILURES, "journal_failures",
            "Commits that the disk refused and that are made again."),
    COUNTER(LIQ_SERVE_DEVICE_FAILURES, "device_failures",
            "Times that the OpenCL device failed and the processor took over."),
    COUNTER_BY(LIQ_SERVE_HTTP_REQUESTS, "http_requests", "outcome", http_outcomes,
               "Requests to this server."),
    COUNTER(LIQ_SERVE_LIQUIDATED, "liquidated_notional",
            "Notional that decisions reduced, closed or took over, in the margin currency."),
    COUNTER(LIQ_SERVE_TRADED, "traded_notional",
            "Notional of the volume that marks told, at the mark, in the margin currency."),

    GAUGE_BY(LIQ_SERVE_FUND_BALANCE, "fund_balance", "fund",
             "Balance of an insurance fund, in its asset."),
    GAUGE(LIQ_SERVE_ACCOUNTS, "accounts", "Accounts in the book."),
    GAUGE(LIQ_SERVE_POSITIONS, "positions", "Open positions in the book."),
    GAUGE(LIQ_SERVE_FLAGGED, "accounts_flagged",
          "Margin accounts below their maintenance margin at the last tick."),
    GAUGE(LIQ_SERVE_UNVALUED, "accounts_unvalued",
          "Margin accounts that could not be valued at the last tick."),
    GAUGE(LIQ_SERVE_STALE_INSTRUMENTS, "instruments_stale",
          "Instruments whose mark is too old to liquidate on."),
    GAUGE_IN(LIQ_SERVE_QUEUE_BYTES, "queue_bytes", LIQ_METRIC_BYTES,
             "Bytes of events that wait to be applied."),
    GAUGE_IN(LIQ_SERVE_QUEUE_LIMIT_BYTES, "queue_limit_bytes", LIQ_METRIC_BYTES,
             "Bytes at which readers stop reading."),
    GAUGE_BY(LIQ_SERVE_OUTLET_LAG, "outlet_lag", "outlet",
             "Decisions that an outlet has not delivered yet."),
    GAUGE(LIQ_SERVE_DEVICE_IN_USE, "device_in_use",
          "Whether an OpenCL device scans (1) or the processor (0)."),
    GAUGE(LIQ_SERVE_READY, "ready", "Whether the sidecar may act (1) or not (0)."),
    GAUGE(LIQ_SERVE_HALTED, "instruments_halted", "Instruments on which liquidation is halted."),
    GAUGE(LIQ_SERVE_GUARDED, "prices_held", "Marks and index prices that guards hold."),
    GAUGE(LIQ_SERVE_BREAKERS, "breakers_on", "Circuit breakers that are on."),
    GAUGE(LIQ_SERVE_TICK_NUMBER, "tick_number", "Number of the last tick."),
    GAUGE_IN(LIQ_SERVE_TICK_TIME, "tick_timestamp_seconds", LIQ_METRIC_SECONDS,
             "Time of the last tick, since 1970."),
    GAUGE_IN(LIQ_SERVE_JOURNAL_BYTES, "journal_bytes", LIQ_METRIC_BYTES,
             "Size of the journal on disk."),
    GAUGE(LIQ_SERVE_SNAPSHOT_TICK, "snapshot_tick_number", "Tick of the newest snapshot."),
    GAUGE_BY(LIQ_SERVE_OPEN_INTEREST, "open_interest", "instrument",
             "Long positions at the mark, in the margin currency; (other): of instruments that "
             "came after the start."),
    [LIQ_SERVE_LEVERAGE] = {.name = "liqscan_leverage",
                            .help = "Notional over equity that a share of margin accounts stays "
                                    "within; +Inf: equity is spent.",
                            .type = LIQ_METRIC_GAUGE,
                            .label = "share",
                            .values = quantiles},
    [LIQ_SERVE_LIQUIDATABLE] = {.name = "liqscan_liquidatable_notional",
                                .help = "Notional of margin accounts that would be liquidated if "
                                        "all marks fell by so much.",
                                .type = LIQ_METRIC_GAUGE,
                                .label = "fall",
                                .values = falls},
    GAUGE_IN(LIQ_SERVE_PATTERN_AGE, "pattern_age_seconds", LIQ_METRIC_SECONDS,
             "For how long somebody may have had another leverage or another place among the "
             "liquidatable."),
    GAUGE_BY(LIQ_SERVE_BUILD_INFO, "build_info", "version", "Always 1; says what runs."),
};

_Static_assert(sizeof actions / sizeof actions[0] == LIQ_SETTLE_MARGIN_RATE + 1,
               "a series for each kind of action");
_Static_assert(sizeof stages / sizeof stages[0] == LIQ_SERVE_EMIT + 2, "a name for each stage");
_Static_assert(sizeof held_reasons / sizeof held_reasons[0] == LIQ_SERVE_HELD_GUARD + 2,
               "a name for each reason");
_Static_assert(sizeof http_outcomes / sizeof http_outcomes[0] == LIQ_SERVE_HTTP_LATE + 2,
               "a name for each outcome");

uint32_t liq_serve_decision_series(liq_settle_kind kind)
{
    LIQ_ASSERT(kind >= LIQ_SETTLE_MARGIN_CALL && kind <= LIQ_SETTLE_MARGIN_RATE);
    return (uint32_t)kind - LIQ_SETTLE_MARGIN_CALL;
}

liq_status liq_serve_metrics_create(liq_metrics **out, const liq_serve_names *names, liq_error *err)
{
    const liq_metric_names open[] = {
        {.label = "source", .values = names->sources, .count = names->source_count},
        {.label = "outlet", .values = names->outlets, .count = names->outlet_count},
        {.label = "fund", .values = names->funds, .count = names->fund_count},
        {.label = "instrument", .values = names->instruments, .count = names->instrument_count},
        {.label = "version", .values = &names->version, .count = 1}};
    const liq_status status = liq_metrics_create(out, rows, LIQ_SERVE_METRIC_COUNT, open,
                                                 sizeof open / sizeof open[0], err);

    if (status == LIQ_OK)
        liq_metrics_set(*out, LIQ_SERVE_BUILD_INFO, 0, 1);
    return status;
}

const liq_metric_row *liq_serve_metric_rows(void)
{
    return rows;
}
