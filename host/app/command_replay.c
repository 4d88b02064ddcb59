/*
 * liqscan replay: a path of prices through scan and settle, tick by tick.
 */
#include "app/command.h"

#include <stdlib.h>
#include <unistd.h>

#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "app/book_open.h"
#include "app/impact_path.h"
#include "app/mark_path.h"
#include "app/progress_bar.h"
#include "app/replay_compare.h"
#include "app/replay_monitor.h"
#include "app/replay_summary.h"
#include "app/settle_view.h"
#include "app/shock.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/signals.h"
#include "settle/margin_notice.h"
#include "settle/price_guard.h"
#include "settle/settle_filter.h"

/* How often a path without actions looks whether it is still wanted. */
enum { LOOK_EVERY_TICKS = 64 };

/* What a replay works with. */
typedef struct replay {
    liq_format format;
    bool is_quiet;
    liq_output *output;
    liq_emit *emit;
    liq_book *book;
    liq_live *live;
    liq_settle *settle;
    liq_price_guard guard; /* zeroed: the path is taken as it is */
    liq_live_margin margin;
    liq_margin_notices margin_notices;
    liq_mark_path *path;
    liq_impact_path impact;
    liq_replay_monitor *monitor; /* NULL: nobody looks */
    liq_hash *hash;              /* over the hashes of all ticks with actions */
    uint64_t *tick_ns;
    size_t tick_capacity;
    int64_t now_ms;        /* newest time of the path */
    uint32_t source_count; /* of index prices, that the guards know */
    liq_progress_bar bar;
    liq_replay_facts facts;
} replay;

static int replay_run(const liq_command *command, const liq_options *options, liq_output *output);
static int path_run(const liq_command *command, const liq_options *options, liq_output *output);
static int compare_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status compare_open(liq_compare *compare, const liq_options *options, liq_error *err);
static liq_status replay_open(replay *self, const liq_options *options, liq_error *err);
static liq_status guard_open(replay *self, const liq_options *options, liq_error *err);
static bool guard_holds(void *context, uint32_t account);
static liq_status marks_apply(replay *self, const liq_mark_tick *tick, liq_error *err);
static liq_status margin_tick(replay *self, liq_error *err);
static liq_status mark_apply(replay *self, const liq_mark_tick *tick, uint32_t index,
                             liq_error *err);
static void replay_close(replay *self);
static liq_status ticks_run(replay *self, liq_error *err);
static liq_status tick_run(replay *self, liq_mark_tick *tick, liq_error *err);
static liq_status tick_settle(replay *self, liq_error *err);
static liq_status monitor_end(replay *self, liq_error *err);
static liq_status progress_look(replay *self, liq_error *err);
static liq_status facts_fill(replay *self, liq_error *err);
static int compare_ns(const void *left, const void *right);

static const liq_option_spec specs[] = {
    {"bars", "SYMBOL", false,
     "PATH holds bars (timestamp,open,high,low,close,\n"
     "volume) whose closes are marks of SYMBOL"},
    {"relative", NULL, false,
     "move the prices of the path so that the first one of\n"
     "each symbol is the price of the book"},
    {"quiet", NULL, false, "write the summary only, not every action"},
    {"compare", "VARIANT", true,
     "once for each way of closing, side by side: naive\n"
     "(all at once against the depth), sliced, mark,\n"
     "bankruptcy, or a .json FILE {\"liquidation\": {..}}\n"
     "of rules in place of the book's; guards and dynamic\n"
     "margin are off. sliced takes numbers:\n"
     "sliced:participation=0.1,interval_ms=60000"},
    {"monitor", "FILE", false,
     "write the pattern of each tick to FILE (CSV when it\n"
     "ends in .csv, else JSON lines): open interest,\n"
     "leverage, what would be liquidated 1, 2 and 5%\n"
     "lower, and what was, as a share of open interest\n"
     "and of the volume that PATH tells (bars, or columns\n"
     "volume in contracts or turnover in money)"},
    {"turnover", NULL, false,
     "the volume of bars is money of the margin currency,\n"
     "not contracts; for --monitor"},
    LIQ_OPTION_IMPACT,
    LIQ_OPTION_RECOVERY,
    {"device", "NAME", false,
     "screen accounts on a device, see \"liqscan\n"
     "devices\"; else on the host. Exact values are\n"
     "always the host's"},
    {"exact-all", NULL, false,
     "value every account that something moved for,\n"
     "instead of those that are not proven to be as\n"
     "they were"},
    {"no-guards", NULL, false,
     "act on every price of the path, however old or\n"
     "unlikely, as if the policy had no guards"},
    LIQ_OPTION_SHOCK,
    LIQ_OPTION_SNAPSHOT,
    LIQ_OPTION_FORMAT,
    LIQ_OPTION_HELP};

const liq_command liq_command_replay = {
    .name = "replay",
    .operands = "BOOK PATH",
    .about = "Run a path of prices through scan and settle",
    .text = "Ticks PATH, a CSV of time_ms,symbol,price whose rows of equal time are one tick,\n"
            "through the book: each tick values the margin accounts whose prices moved,\n"
            "settles those that are flagged as \"liqscan settle\" does, and the next tick\n"
            "begins with what that left. symbol is an instrument (mark price) or an asset\n"
            "(index price), which with a fourth column, source, has several sources.\n"
            "\n"
            "Where \"mark\" of the policy's guards is binance or hyperliquid, a row of an\n"
            "instrument may leave price empty and have what its mark is made of in columns\n"
            "index, last, bid, ask, outside (other venues), funding_rate, next_funding_ms and\n"
            "funding_interval_ms, each optional; not with --relative, --impact, --compare and\n"
            "--no-guards.\n"
            "\n"
            "Depth of the book comes back with every tick and moves with the marks.\n"
            "Cool-downs and the funds' peaks of 8 hours go by the times of the path. A margin\n"
            "call goes to whoever came to the warning or reduce-only level in a tick. Actions\n"
            "come one a line, in order; then a summary of all ticks: accounts liquidated,\n"
            "notional, fees, funds before and after, what was deleveraged on each instrument,\n"
            "socialised losses, and the time a tick took (median, p99, most).\n"
            "\n"
            "Prices go through the guards of the policy first: what is late or no price is\n"
            "refused, a doubtful mark waits to be confirmed, and whoever depends on it or on\n"
            "a stale one is left alone until then. Each halt and its end is an action.\n"
            "\n"
            "Where the policy has dynamic_margin, rates of margin follow the path: a change\n"
            "is an action when it is told (margin_notice) and when it holds (margin_rate).\n",
    .examples = "  liqscan replay book path.csv\n"
                "  liqscan replay book bars.csv --bars BTCUSDT --relative --quiet\n"
                "  liqscan replay book path.csv --impact 0.5 --compare naive --compare sliced\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = replay_run};

static int replay_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    if (liq_options_has(options, "compare"))
        return compare_run(command, options, output);
    return path_run(command, options, output);
}

static int path_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    replay self = {.output = output};
    liq_error err = {0};
    int code = LIQ_EXIT_DONE;
    liq_status status;

    liq_progress_bar_start(&self.bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    if ((status = replay_open(&self, options, &err)) == LIQ_OK &&
        (status = ticks_run(&self, &err)) == LIQ_OK &&
        (status = facts_fill(&self, &err)) == LIQ_OK) {
        if (self.emit != NULL)
            liq_emit_finish(self.emit);
        liq_progress_bar_finish(&self.bar);
        status = liq_replay_summary_write(output, self.format, &self.facts, &err);
        if (status == LIQ_OK && self.monitor != NULL)
            status = monitor_end(&self, &err);
    }
    liq_progress_bar_finish(&self.bar);
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    replay_close(&self);
    return code;
}

static int compare_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    liq_compare *compare = NULL;
    liq_progress_bar bar;
    liq_error err = {0};
    liq_format format;
    int code = LIQ_EXIT_DONE;
    liq_status status;

    liq_progress_bar_start(&bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    if ((status = liq_memory_array(&compare, 1, sizeof *compare, &err)) != LIQ_OK)
        goto done;
    compare->bar = &bar;
    if ((status = liq_command_format(&format, options, &err)) != LIQ_OK ||
        (status = compare_open(compare, options, &err)) != LIQ_OK ||
        (status = liq_compare_run(compare, &err)) != LIQ_OK)
        goto done;
    liq_progress_bar_finish(&bar);
    status = liq_compare_write(output, format, compare, &err);
done:
    liq_progress_bar_finish(&bar);
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    if (compare != NULL)
        liq_book_destroy(compare->book);
    free(compare);
    return code;
}

static liq_status compare_open(liq_compare *compare, const liq_options *options, liq_error *err)
{
    uint64_t load_ns;
    liq_status status;

    compare->path = options->operands[1];
    compare->path_options =
        (liq_mark_path_options){.bars = liq_options_value(options, "bars"),
                                .is_relative = liq_options_has(options, "relative")};
    compare->live_options = (liq_live_options){.device = liq_options_value(options, "device"),
                                               .exact_all = liq_options_has(options, "exact-all")};
    if ((status = liq_impact_options(&compare->impact, options, err)) != LIQ_OK ||
        (status = liq_book_open(&compare->book, options->operands[0], options, &load_ns, err)) !=
            LIQ_OK)
        return status;
    compare->path_options.book = compare->book;
    return liq_replay_variants_read(compare->variants, &compare->count, compare->book, options,
                                    "compare", err);
}

static liq_status replay_open(replay *self, const liq_options *options, liq_error *err)
{
    liq_mark_path_options path = {.bars = liq_options_value(options, "bars"),
                                  .is_relative = liq_options_has(options, "relative"),
                                  .is_raw = !liq_options_has(options, "no-guards"),
                                  .reads_volume = liq_options_has(options, "monitor"),
                                  .is_turnover = liq_options_has(options, "turnover")};
    const liq_live_options live_options = {.device = liq_options_value(options, "device"),
                                           .exact_all = liq_options_has(options, "exact-all")};
    liq_impact_rule impact;
    liq_status status;

    self->is_quiet = liq_options_has(options, "quiet");
    if ((status = liq_command_format(&self->format, options, err)) != LIQ_OK ||
        (status = liq_impact_options(&impact, options, err)) != LIQ_OK ||
        (status = liq_book_open(&self->book, options->operands[0], options, &self->facts.load_ns,
                                err)) != LIQ_OK)
        return status;
    path.book = self->book;
    path.makes_marks = path.is_raw && !path.is_relative && impact.share == 0 &&
                       self->book->venue.policy.guards.mark != LIQ_MARK_GIVEN;
    if ((status = liq_mark_path_open(&self->path, options->operands[1], &path, err)) != LIQ_OK ||
        (status = liq_live_create(&self->live, self->book, &live_options, err)) != LIQ_OK ||
        (status = liq_settle_create_live(&self->settle, self->live, self->book, err)) != LIQ_OK ||
        (status = liq_live_margin_create(&self->margin, self->live, self->book, err)) != LIQ_OK ||
        (status = guard_open(self, options, err)) != LIQ_OK ||
        (status = liq_impact_path_create(&self->impact, self->book, impact, err)) != LIQ_OK ||
        (status = liq_hash_create(&self->hash, err)) != LIQ_OK)
        return status;
    if (liq_options_has(options, "monitor") &&
        (status = liq_replay_monitor_open(&self->monitor, liq_options_value(options, "monitor"),
                                          self->live, self->settle, err)) != LIQ_OK)
        return status;
    self->facts.book = self->book;
    if (self->margin.dynamic != NULL &&
        (status = liq_margin_counts_create(&self->facts.margin, self->book, err)) != LIQ_OK)
        return status;
    self->facts.settle = self->settle;
    if (self->is_quiet || (self->format == LIQ_FORMAT_TABLE))
        return liq_replay_funds_keep(&self->facts, err);
    if ((status = liq_emit_create(&self->emit, self->output, self->format, liq_action_columns(),
                                  LIQ_ACTION_COLUMNS, err)) != LIQ_OK)
        return status;
    return liq_replay_funds_keep(&self->facts, err);
}

static liq_status guard_open(replay *self, const liq_options *options, liq_error *err)
{
    const liq_settle_filter filter = {
        .context = &self->guard, .holds = guard_holds, .is_held = guard_holds};
    liq_status status;

    if (liq_options_has(options, "no-guards")) {
        liq_settle_brakes_off(self->settle);
        return LIQ_OK;
    }
    status = liq_price_guard_create(&self->guard, &self->book->venue.policy.guards, self->live,
                                    self->book, err);
    if (status != LIQ_OK)
        return status;
    liq_settle_filter_set(self->settle, &filter);
    self->facts.guard = self->guard.guard;
    return LIQ_OK;
}

static bool guard_holds(void *context, uint32_t account)
{
    return liq_price_guard_holds(context, account);
}

static void replay_close(replay *self)
{
    liq_emit_destroy(self->emit);
    liq_replay_monitor_close(self->monitor);
    liq_settle_destroy(self->settle);
    liq_price_guard_clear(&self->guard);
    liq_live_margin_clear(&self->margin);
    liq_margin_notices_clear(&self->margin_notices);
    liq_margin_counts_clear(&self->facts.margin);
    liq_live_destroy(self->live);
    liq_impact_path_clear(&self->impact);
    liq_mark_path_close(self->path);
    liq_book_destroy(self->book);
    liq_hash_destroy(self->hash);
    free(self->tick_ns);
    free(self->facts.funds);
}

static liq_status ticks_run(replay *self, liq_error *err)
{
    liq_mark_tick tick;
    liq_status status;

    while ((status = liq_mark_path_next(self->path, &tick, err)) == LIQ_OK && tick.count > 0) {
        if ((status = tick_run(self, &tick, err)) != LIQ_OK ||
            (self->facts.ticks % LOOK_EVERY_TICKS == 0 &&
             (status = progress_look(self, err)) != LIQ_OK))
            return status;
        if (liq_output_failed(self->output))
            break; /* nobody reads on; whoever finishes the output says why */
    }
    return status;
}

static liq_status tick_run(replay *self, liq_mark_tick *tick, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    liq_error reason = {0};
    liq_status status = liq_impact_path_move(&self->impact, tick, NULL, err);

    if (status != LIQ_OK)
        return status;
    status = marks_apply(self, tick, &reason);
    if (status != LIQ_OK)
        return liq_fail(err, status, reason.native, "the tick of line %llu: %s",
                        (unsigned long long)tick->line, reason.message);
    if ((status = margin_tick(self, err)) != LIQ_OK ||
        (status = liq_live_tick(self->live, NULL, err)) != LIQ_OK ||
        (self->guard.guard != NULL &&
         (status = liq_price_guard_tell(&self->guard, self->settle, err)) != LIQ_OK) ||
        (status = liq_memory_extend(&self->tick_ns, &self->tick_capacity,
                                    (size_t)self->facts.ticks + 1, sizeof *self->tick_ns, err)) !=
            LIQ_OK ||
        (status = tick_settle(self, err)) != LIQ_OK)
        return status;
    liq_impact_path_settled(&self->impact, self->settle, self->live);
    self->tick_ns[self->facts.ticks++] = liq_clock_ns() - start_ns;
    if (self->monitor != NULL)
        liq_replay_monitor_tick(self->monitor, tick);
    return self->emit == NULL ? LIQ_OK
                              : liq_actions_emit(self->emit, self->output, self->settle, err);
}

/* Rates follow the prices that this tick values by, and hold for it. */
static liq_status margin_tick(replay *self, liq_error *err)
{
    const liq_dynamic_change *changes;
    uint32_t count;
    liq_status status = liq_live_margin_tick(&self->margin, self->now_ms, &changes, &count, err);

    if (status != LIQ_OK || count == 0)
        return status;
    liq_margin_counts_see(&self->facts.margin, changes, count);
    return liq_margin_notices_tell(&self->margin_notices, self->settle, changes, count, err);
}

/* A source that the path has not named before is given its weight. */
static liq_status mark_apply(replay *self, const liq_mark_tick *tick, uint32_t index,
                             liq_error *err)
{
    const liq_live_event *event = &tick->events[index];
    const char *name = liq_mark_path_source(self->path, self->source_count);

    for (; name != NULL; name = liq_mark_path_source(self->path, self->source_count))
        liq_price_guard_source_name(&self->guard, self->source_count++, name);
    if (event->kind == LIQ_LIVE_INDEX)
        return liq_price_guard_apply_from(&self->guard, tick->time_ms, tick->sources[index], event,
                                          NULL, err);
    if (event->price[0] != '\0')
        return liq_price_guard_apply(&self->guard, tick->time_ms, event, NULL, err);
    return liq_price_guard_make(&self->guard, tick->time_ms, event->symbol, &tick->made_of[index],
                                NULL, err);
}

/* Index prices come first: marks of the same tick are judged by them. */
static liq_status marks_apply(replay *self, const liq_mark_tick *tick, liq_error *err)
{
    liq_status status = LIQ_OK;

    if (tick->time_ms > self->now_ms)
        self->now_ms = tick->time_ms;
    if (self->guard.guard == NULL)
        return liq_live_apply(self->live, tick->events, tick->count, err);
    for (int is_mark = 0; is_mark <= 1; is_mark++)
        for (uint32_t i = 0; status == LIQ_OK && i < tick->count; i++)
            if ((tick->events[i].kind == LIQ_LIVE_MARK) == (is_mark == 1))
                status = mark_apply(self, tick, i, err);
    liq_guard_tick(self->guard.guard, self->now_ms);
    return status;
}

/* The first tick comes after what the book itself had flagged. */
static liq_status tick_settle(replay *self, liq_error *err)
{
    liq_settle_summary summary;
    const liq_status status =
        liq_settle_run_live(self->settle, self->now_ms, self->facts.ticks + 1, &summary, err);

    if (status != LIQ_OK)
        return status;
    if (self->facts.ticks == 0)
        self->facts.first_ms = self->now_ms;
    self->facts.last_ms = self->now_ms;
    self->facts.ticks_with_actions += summary.actions > 0;
    if (summary.margin_accounts > self->facts.flagged_most)
        self->facts.flagged_most = summary.margin_accounts;
    if (summary.actions > 0)
        liq_hash_add(self->hash, summary.hash, sizeof summary.hash - 1);
    return LIQ_OK;
}

static liq_status progress_look(replay *self, liq_error *err)
{
    uint64_t done;
    uint64_t total;

    liq_mark_path_place(self->path, &done, &total);
    if (self->bar.progress.report(self->bar.progress.context, "replay", done, total))
        return LIQ_OK;
    return liq_fail(err, LIQ_INTERRUPTED, 0, "interrupted");
}

static liq_status monitor_end(replay *self, liq_error *err)
{
    if (self->format == LIQ_FORMAT_TABLE)
        liq_monitor_extremes_text(self->output, self->monitor,
                                  liq_book_margin_currency(self->book));
    return liq_replay_monitor_finish(self->monitor, err);
}

static liq_status facts_fill(replay *self, liq_error *err)
{
    liq_replay_facts *facts = &self->facts;

    if (facts->ticks == 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "the path holds no price");
    qsort(self->tick_ns, (size_t)facts->ticks, sizeof *self->tick_ns, compare_ns);
    facts->median_ns = self->tick_ns[facts->ticks / 2];
    facts->p99_ns = self->tick_ns[facts->ticks - 1 - facts->ticks / 100];
    facts->most_ns = self->tick_ns[facts->ticks - 1];
    for (uint64_t i = 0; i < facts->ticks; i++)
        facts->total_ns += self->tick_ns[i];
    liq_settle_total(self->settle, &facts->total);
    liq_hash_finish(self->hash, facts->hash);
    return LIQ_OK;
}

static int compare_ns(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}
