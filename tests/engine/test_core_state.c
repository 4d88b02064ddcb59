/*
 * Two cores hear the same random events and tick at the same times; one of them is put down and
 * started again, or made anew under the same venue, at moments that nobody chose. With guards,
 * dynamic margin, slices, breakers, limits and holds all at work they are to decide the same for
 * ever after: what a decision depends on and a state leaves out shows here.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/support_random.h"
#include "book/columns.h"
#include "feed/feed_parse.h"
#include "scan/live_scan.h"
#include "share.h"
#include "support_core_state.h"

enum {
    VENUE_BYTES = 1 << 15,
    LINE_BYTES = 1024,
    STREAMS = 48 / LIQ_TEST_SHARE,
    TICKS = 60,
    EVENTS_MAX = 8,
    SOURCES = 3,
    REASONS = LIQ_BECAUSE_SLICE + 1
};

/* What is said before all else of the bundled venue. */
static const char *const policies[] = {
    "\"guards\":{\"stale_ms\":4000,\"step\":\"0.02\",\"band\":\"0.03\",\"confirm_marks\":2,"
    "\"confirm_ms\":1500,\"calm_ms\":300,\"index_outlier\":\"0.05\",\"index_silent_ms\":2000,"
    "\"index_weights\":{\"two\":3},\"rate_notional\":\"60000\",\"rate_ms\":3000,"
    "\"breaker\":\"liquidations\",\"breaker_move\":\"0.03\",\"breaker_move_ms\":8000,"
    "\"breaker_drawdown\":\"0.01\",\"breaker_cooldown_ms\":1500},"
    "\"dynamic_margin\":{\"notice_ms\":700,\"lower_after_ms\":900,\"raise_after_ms\":200,"
    "\"step\":\"0.25\",\"step_interval_ms\":400,\"implied_volatility\":{\"reference\":\"0.8\"},"
    "\"realised_volatility\":{\"reference\":\"9\",\"half_life_ms\":2000,\"sample_ms\":300},"
    "\"concentration\":{\"within\":\"0.05\",\"lower\":\"1\",\"upper\":\"20\",\"top\":\"2\"}},"
    "\"liquidation\":{\"execution\":\"sliced\",\"slicing\":{\"interval_ms\":600,"
    "\"urgency\":\"0.05\",\"slices_max\":6,\"volatility_half_life_ms\":2000}}",

    "\"guards\":{\"stale_ms\":3000,\"step\":\"0.01\",\"suspect\":\"clamp\",\"confirm_marks\":3,"
    "\"mark\":\"binance\",\"mark_window_ms\":2000,\"breaker\":\"new_risk\",\"breaker_rounds\":1,"
    "\"breaker_cooldown_ms\":700},"
    "\"dynamic_margin\":{\"lower_after_ms\":0,\"step\":\"0.1\",\"open_interest\":{"
    "\"lower_cap\":\"100000\",\"upper_cap\":\"3000000\",\"rates\":\"both\"}},"
    "\"liquidation\":{\"execution\":\"depth\",\"cooldown_ms\":1200,"
    "\"mark_follows_fills\":true,\"cascade_rounds\":8}",

    "\"guards\":{\"stale_ms\":0,\"rate_notional\":\"20000\",\"rate_ms\":1000,"
    "\"index_outlier\":\"0.02\",\"breaker\":\"liquidations\",\"breaker_rounds\":1,"
    "\"breaker_cooldown_ms\":0},"
    "\"liquidation\":{\"execution\":\"sliced\",\"slicing\":{\"interval_ms\":0,\"slices_max\":3,"
    "\"urgency\":\"0\"},\"mark_follows_fills\":true,\"cascade_rounds\":8}"};

/* A core, and what its events are read with. */
typedef struct given {
    liq_core core;
    liq_feed_parser parser;
    liq_feed_batch *batch;
} given;

/* The stream that both hear. */
typedef struct stream {
    random_source random;
    given stays;
    given moves;
    uint64_t seqs[SOURCES];
    uint64_t account_seqs[SOURCES];
    int64_t now_ms;
    uint64_t order;
    uint64_t starts; /* of the one that moves */
    bool advises;
    uint64_t seen[REASONS]; /* actions of both, by reason */
    uint64_t held[LIQ_HELD_REASONS];
    uint64_t done; /* actions that are no words */
    char what[128];
} stream;

static liq_core_config config_of(const stream *self)
{
    return (liq_core_config){.sources = {"one", "two", "three"},
                             .source_count = SOURCES,
                             .stale_ms = -1,
                             .advice_ms = 900,
                             .advises = self->advises,
                             .book_is_complete = true,
                             .limits = {.accounts_max = 64, .entries_max = 512, .events_max = 64}};
}

static void given_make(const stream *self, given *out, const char *policy)
{
    const liq_core_config config = config_of(self);
    static char text[VENUE_BYTES];
    liq_book *book = NULL;
    liq_error err = {0};

    *out = (given){0};
    cr_assert_eq(liq_book_load(&book, LIQ_SOURCE_DIR "/host/demo", NULL, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_core_create(&out->core, &config, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_feed_batch_create(&out->batch, &err), LIQ_OK);
    (void)snprintf(text, sizeof text, "{\"policy\":{%s},%.*s", policy,
                   (int)out->core.book->venue_bytes - 1,
                   strchr(out->core.book->venue_text, '{') + 1);
    cr_assert_eq(liq_core_rebuild(&out->core, "venue.json", text, &err), LIQ_OK, "%s", err.message);
}

static void given_clear(given *self)
{
    liq_core_destroy(&self->core);
    liq_feed_batch_destroy(self->batch);
    liq_feed_parser_clear(&self->parser);
}

/* Put it down and start it again from what was kept. */
static void restart(const stream *self, given *at)
{
    const liq_core_config config = config_of(self);
    core_kept kept;
    liq_error err = {0};

    core_keep(&kept, &at->core);
    liq_core_destroy(&at->core);
    cr_assert_eq(liq_core_create(&at->core, &config, kept.book, &err), LIQ_OK, "%s", err.message);
    core_go_on(&kept, &at->core);
}

static void move(stream *self)
{
    given *at = &self->moves;
    liq_error err = {0};

    self->starts++;
    if (random_below(&self->random, 3) > 0)
        restart(self, at);
    else
        cr_assert_eq(liq_core_rebuild(&at->core, "venue.json", at->core.book->venue_text, &err),
                     LIQ_OK, "%s: %s", self->what, err.message);
}

static liq_status event_take(given *at, uint32_t source, const char *line)
{
    liq_error err = {0};

    liq_feed_batch_clear(at->batch);
    cr_assert_eq(liq_feed_parse(&at->parser, at->batch, liq_text_of(line), &err), LIQ_OK);
    cr_assert_neq(at->batch->events[0].kind, LIQ_FEED_BAD, "%s: %s", line,
                  at->batch->events[0].reason);
    return liq_core_apply(&at->core, source, &at->batch->events[0], &err);
}

/* An event, to both; format has what stands behind its number. */
static void tell(stream *self, uint32_t source, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    int used = snprintf(line, sizeof line, "{\"seq\":%" PRIu64 ",", ++self->seqs[source]);

    va_start(arguments, format);
    used += vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
    va_end(arguments);
    (void)snprintf(line + used, sizeof line - (size_t)used, "}");
    cr_assert_eq(event_take(&self->stays, source, line), event_take(&self->moves, source, line),
                 "%s: %s", self->what, line);
}

static const struct {
    const char *symbol;
    const char *base; /* NULL: it has no index price */
    int64_t cents;
} traded[] = {{"BTCUSDT", "BTC", 6215040},
              {"ETHUSDT", "ETH", 243862},
              {"SOLUSDT", NULL, 14613},
              {"BTCUSDC", NULL, 6213850}};

static const char *const accounts[] = {"abacus", "arbor", "atlas", "aurora", "newcomer", "other"};

/* Near its start, and at times far from it. */
static int64_t cents_draw(stream *self, size_t traded_index)
{
    const int64_t start = traded[traded_index].cents;
    const int64_t near = (int64_t)random_below(&self->random, 61) - 30; /* thousandths */
    const int64_t far = (int64_t)random_below(&self->random, 900) - 500;

    return start + start * (random_below(&self->random, 12) == 0 ? far : near) / 1000;
}

static void mark_tell(stream *self)
{
    const size_t at = random_below(&self->random, sizeof traded / sizeof traded[0]);
    const int64_t cents = random_below(&self->random, 60) == 0 ? 0 : cents_draw(self, at);
    const int64_t late_ms =
        random_below(&self->random, 9) == 0 ? (int64_t)random_below(&self->random, 900) : 0;
    const bool is_index = traded[at].base != NULL && random_below(&self->random, 3) == 0;
    const bool is_made = traded[at].base != NULL && random_below(&self->random, 4) == 0;
    const uint32_t source = (uint32_t)random_below(&self->random, is_index ? SOURCES : 2);
    char time[64] = "";
    char price[128];

    if (random_below(&self->random, 3) > 0 || is_made)
        (void)snprintf(time, sizeof time, "\"time\":%" PRId64 ",", self->now_ms - late_ms);
    (void)snprintf(price, sizeof price, "\"%s\":\"%" PRId64 ".%02" PRId64 "\"",
                   is_index  ? "indexPrice"
                   : is_made ? "last"
                             : "markPrice",
                   cents / 100, cents % 100);
    tell(self, source, "%s\"type\":\"marks\",\"marks\":[{\"symbol\":\"%s\",%s}]", time,
         is_index ? traded[at].base : traded[at].symbol, price);
}

/* Every mark at once, so that it is not all stale. */
static void marks_tell(stream *self)
{
    for (size_t i = 0; i < sizeof traded / sizeof traded[0]; i++) {
        const int64_t cents = cents_draw(self, i);

        tell(self, 0,
             "\"time\":%" PRId64 ",\"type\":\"marks\",\"marks\":[{\"symbol\":\"%s\","
             "\"markPrice\":\"%" PRId64 ".%02" PRId64 "\"}]",
             self->now_ms, traded[i].symbol, cents / 100, cents % 100);
    }
}

static const char *account_draw(stream *self)
{
    return accounts[random_below(&self->random, sizeof accounts / sizeof accounts[0])];
}

/* What a source says of an account, with or without a number of its own, and with gaps in it. */
static void holding_tell(stream *self)
{
    const uint32_t source = (uint32_t)random_below(&self->random, SOURCES);
    const char *account = account_draw(self);
    const size_t at = random_below(&self->random, 3);
    char numbered[48] = "";

    if (random_below(&self->random, 2) == 0) {
        self->account_seqs[source] += random_below(&self->random, 9) == 0 ? 2 : 1;
        (void)snprintf(numbered, sizeof numbered, ",\"accountSeq\":%" PRIu64,
                       self->account_seqs[source]);
    }
    switch (random_below(&self->random, 4)) {
    case 0:
        tell(self, source,
             "\"type\":\"balance\",\"account\":\"%s\",\"asset\":\"USDT\",\"walletBalance\":"
             "\"%" PRIu64 "\"%s",
             account, random_below(&self->random, 8000), numbered);
        break;
    case 1:
        tell(self, source,
             "\"type\":\"order\",\"account\":\"%s\",\"symbol\":\"%s\",\"id\":%" PRIu64
             ",\"side\":\"sell\",\"remaining\":\"%d\",\"price\":\"%" PRId64 "\"%s",
             account, traded[at].symbol, ++self->order, (int)random_below(&self->random, 3),
             traded[at].cents / 99, numbered);
        break;
    default:
        tell(self, source,
             "\"type\":\"position\",\"account\":\"%s\",\"symbol\":\"%s\",\"side\":\"%s\","
             "\"contracts\":\"%" PRIu64 "\",\"entryPrice\":\"%" PRId64 "\"%s",
             account, traded[at].symbol, random_below(&self->random, 3) == 0 ? "short" : "long",
             random_below(&self->random, at == 0   ? 3
                                         : at == 1 ? 40
                                                   : 600),
             traded[at].cents / 100, numbered);
    }
}

static void account_tell(stream *self)
{
    const uint32_t source = (uint32_t)random_below(&self->random, SOURCES);
    const char *account = account_draw(self);

    switch (random_below(&self->random, 4)) {
    case 0:
        tell(self, source, "\"type\":\"account\",\"account\":\"%s\",\"status\":\"closed\"",
             account);
        break;
    case 1:
        tell(self, source, "\"type\":\"account\",\"account\":\"%s\"", account);
        break;
    default:
        tell(self, source, "\"type\":\"control\",\"action\":\"snapshot_%s\",\"account\":\"%s\"",
             random_below(&self->random, 3) == 0 ? "begin" : "end", account);
    }
}

static void depth_tell(stream *self)
{
    const size_t at = random_below(&self->random, sizeof traded / sizeof traded[0]);
    const int64_t price = traded[at].cents / 100;

    tell(self, 0,
         "\"type\":\"depth\",\"symbol\":\"%s\",\"bids\":[[\"%" PRId64 "\",\"%d\"],[\"%" PRId64
         "\",\"%d\"]],\"asks\":[[\"%" PRId64 "\",\"%d\"]]",
         traded[at].symbol, price - 1, 1 + (int)random_below(&self->random, 9), price - price / 20,
         1 + (int)random_below(&self->random, 300), price + 1 + price / 40,
         1 + (int)random_below(&self->random, 300));
}

/* Halts, gaps, funds and volatility. */
static void rest_tell(stream *self)
{
    const uint32_t source = (uint32_t)random_below(&self->random, SOURCES);
    const size_t at = random_below(&self->random, 3);

    switch (random_below(&self->random, 6)) {
    case 0:
        tell(self, 0, "\"type\":\"control\",\"action\":\"%s\",\"symbol\":\"%s\"",
             random_below(&self->random, 4) == 0 ? "halt" : "resume", traded[at].symbol);
        break;
    case 1:
        if (random_below(&self->random, 4) > 0)
            break;
        self->seqs[source] += 2;
        liq_core_gap(&self->stays.core, source, self->seqs[source] - 1, self->seqs[source]);
        liq_core_gap(&self->moves.core, source, self->seqs[source] - 1, self->seqs[source]);
        break;
    case 2:
        tell(self, 0, "\"type\":\"fund\",\"fund\":\"USDT\",\"balance\":\"%" PRIu64 "\"",
             random_below(&self->random, 100000));
        break;
    default:
        tell(self, 1,
             "\"type\":\"volatility\",\"symbol\":\"%s\",\"impliedVolatility\":\"%" PRIu64
             ".%" PRIu64 "\"",
             traded[at].symbol, random_below(&self->random, 3), random_below(&self->random, 10));
    }
}

static void event_tell(stream *self)
{
    switch (random_below(&self->random, 10)) {
    case 0:
        depth_tell(self);
        break;
    case 1:
        account_tell(self);
        break;
    case 2:
        rest_tell(self);
        break;
    case 3:
    case 4:
        holding_tell(self);
        break;
    default:
        mark_tell(self);
    }
}

static void actions_see(stream *self)
{
    const liq_settle *settle = self->stays.core.settle;

    for (uint64_t i = 0; i < liq_settle_action_count(settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(settle, i, &action);
        self->seen[action.reason]++;
        self->done += action.kind == LIQ_SETTLE_REDUCE || action.kind == LIQ_SETTLE_CLOSE ||
                      action.kind == LIQ_SETTLE_TAKEOVER;
    }
    for (int i = 0; i < LIQ_HELD_REASONS; i++)
        self->held[i] += self->stays.core.last.held[i];
}

static void tick(stream *self)
{
    const liq_core_tick *left = &self->stays.core.last;
    const liq_core_tick *right = &self->moves.core.last;
    liq_error err = {0};

    self->now_ms += (int64_t)random_below(&self->random, 30) == 0
                        ? (int64_t)random_below(&self->random, 9000)
                        : (int64_t)random_below(&self->random, 600);
    cr_assert_eq(liq_core_run(&self->stays.core, self->now_ms, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_core_run(&self->moves.core, self->now_ms, &err), LIQ_OK, "%s", err.message);
    cr_assert_str_eq(left->settle.hash, right->settle.hash, "%s", self->what);
    cr_assert_eq(self->stays.core.seq, self->moves.core.seq, "%s", self->what);
    cr_assert_arr_eq(left->held, right->held, sizeof left->held, "%s", self->what);
    cr_assert_str_eq(left->state_hash, right->state_hash, "%s", self->what);
    if (left->has_settled)
        actions_see(self);
}

static void stream_run(stream *self, uint32_t number)
{
    const size_t policy = number % (sizeof policies / sizeof policies[0]);

    self->now_ms = 1000000;
    self->advises = number % 7 == 6;
    memset(self->seqs, 0, sizeof self->seqs);
    memset(self->account_seqs, 0, sizeof self->account_seqs);
    given_make(self, &self->stays, policies[policy]);
    given_make(self, &self->moves, policies[policy]);
    for (int i = 0; i < TICKS; i++) {
        (void)snprintf(self->what, sizeof self->what, "stream %u, policy %zu, tick %d", number,
                       policy, i);
        if (random_below(&self->random, 3) > 0)
            marks_tell(self);
        for (uint64_t events = random_below(&self->random, EVENTS_MAX); events > 0; events--) {
            event_tell(self);
            if (random_below(&self->random, 40) == 0)
                move(self);
        }
        tick(self);
        if (random_below(&self->random, 6) == 0)
            move(self);
    }
    given_clear(&self->stays);
    given_clear(&self->moves);
}

Test(core_state, is_all_that_later_decisions_depend_on)
{
    static const liq_settle_reason wanted[] = {
        LIQ_BECAUSE_STALE_MARK,    LIQ_BECAUSE_STEP_CLAMP,     LIQ_BECAUSE_PRICE_BAND,
        LIQ_BECAUSE_BAD_MARK,      LIQ_BECAUSE_OUT_OF_ORDER,   LIQ_BECAUSE_OUTLIER,
        LIQ_BECAUSE_RATE_LIMIT,    LIQ_BECAUSE_CASCADE_ROUNDS, LIQ_BECAUSE_PRICE_SPEED,
        LIQ_BECAUSE_FUND_DRAWDOWN, LIQ_BECAUSE_OPEN_INTEREST,  LIQ_BECAUSE_REALISED_VOLATILITY};
    static stream self;

    self.random = random_start();
    for (uint32_t i = 0; i < STREAMS; i++)
        stream_run(&self, i);
    /* The streams are worth their time. */
    cr_expect_gt(self.starts, STREAMS * 10);
    cr_expect_gt(self.done, STREAMS);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_expect_gt(self.seen[wanted[i]], 0, "%s", liq_settle_reason_name(wanted[i]));
    for (int reason = 0; reason < LIQ_HELD_REASONS; reason++)
        cr_expect_gt(self.held[reason], 0, "held for %d", reason);
}

/* A source that has numbered accounts goes on doing so when none of those is there any more. */
Test(core_state, knows_of_a_source_that_it_numbers_accounts)
{
    static const char *const lines[] = {
        "{\"seq\":1,\"type\":\"account\",\"account\":\"newcomer\"}",
        "{\"seq\":2,\"type\":\"balance\",\"account\":\"newcomer\",\"asset\":\"USDT\","
        "\"walletBalance\":\"5\",\"accountSeq\":7}",
        "{\"seq\":3,\"type\":\"account\",\"account\":\"newcomer\",\"status\":\"closed\"}"};
    static stream self;
    uint32_t account = 0;

    given_make(&self, &self.moves, policies[2]);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        cr_assert_eq(event_take(&self.moves, 0, lines[i]), LIQ_OK);
    restart(&self, &self.moves);
    liq_core_gap(&self.moves.core, 0, 4, 5);
    cr_assert_eq(
        event_take(&self.moves, 0, "{\"seq\":6,\"type\":\"account\",\"account\":\"later\"}"),
        LIQ_OK);
    cr_assert(liq_live_account_index(self.moves.core.live, "later", &account));
    cr_expect_not(liq_core_holds_adl(&self.moves.core, account));
    given_clear(&self.moves);
}
