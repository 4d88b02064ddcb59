#include "support_follow.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "book/live_columns.h"
#include "scan/live_scan.h"
#include "settle/settle_internal.h"
#include "settle/settle_state.h"

enum { TEXT_BYTES = 32, EVENTS_MAX = 12 };

/* An event and room for its texts. */
typedef struct drawn_event {
    liq_live_event event;
    char account[TEXT_BYTES];
    char amount[TEXT_BYTES];
    char price[TEXT_BYTES];
    char margin[TEXT_BYTES];
} drawn_event;

static void event_draw(follow_stream *self, drawn_event *out);
static void mark_draw(follow_stream *self, drawn_event *out);
static void leg_draw(follow_stream *self, drawn_event *out, bool is_order);
static void ticks_write(char *out, int64_t ticks);

void follow_draw(venture *book, liq_random *random)
{
    liq_liquidation *rules;

    venture_draw(book, random);
    rules = &book->book->venue.policy.liquidation;
    if (liq_random_once_in(random, 3))
        rules->execution = LIQ_EXECUTION_EXTERNAL;
    if (liq_random_once_in(random, 2))
        rules->cooldown_ms = liq_random_between(random, 1, 600000);
    book->book->depth = book->levels;
}

void follow_clear(venture *book)
{
    book->book->depth = NULL;
    venture_clear(book);
}

void follow_start(follow_stream *out, const liq_book *book, liq_random *random)
{
    *out = (follow_stream){.book = book, .random = random, .now_ms = 1000000};
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        cr_assert(liq_decimal_exact(&out->prices[i], book->instrument_marks[i], 2));
}

/* Room that costs little to make: what the default takes is for venues. */
static const liq_live_options small = {.limits = {.events_max = 4096}};

void follower_start(follower *out, const liq_book *book)
{
    *out = (follower){0};
    cr_assert_eq(liq_live_create(&out->live, book, &small, &out->err), LIQ_OK, "%s",
                 out->err.message);
    cr_assert_eq(liq_settle_create_live(&out->settle, out->live, book, &out->err), LIQ_OK, "%s",
                 out->err.message);
}

void follower_end(follower *self)
{
    liq_settle_destroy(self->settle);
    liq_live_destroy(self->live);
    liq_live_columns_clear(&self->columns);
}

void follow_events(follow_stream *self, follower *const *followers, uint32_t count)
{
    for (uint64_t i = liq_random_below(self->random, EVENTS_MAX); i > 0; i--) {
        drawn_event drawn = {0};
        liq_status first = LIQ_OK;

        event_draw(self, &drawn);
        for (uint32_t j = 0; j < count; j++) {
            const liq_status status = liq_live_apply(followers[j]->live, &drawn.event, 1, NULL);

            first = j == 0 ? status : first;
            cr_assert_eq(status, first);
        }
    }
}

void follow_fills(follow_stream *self, follower *const *followers, uint32_t count)
{
    const liq_waterfall *waterfall = &followers[0]->settle->waterfall;

    for (uint32_t i = 0; i < waterfall->request_count; i++) {
        const liq_request *request = &waterfall->requests[i];
        const liq_decimal lot = self->book->venue.instruments[request->instrument].lot;
        const int64_t lots = liq_random_once_in(self->random, 3)
                                 ? request->lots_left
                                 : liq_random_between(self->random, 0, request->lots_left);
        char quantity[LIQ_DECIMAL_BYTES];
        char price[TEXT_BYTES];
        liq_status first = LIQ_OK;

        if (liq_random_once_in(self->random, 3))
            continue;
        (void)liq_decimal_format(quantity, (liq_int128)lots * lot.digits, lot.decimals);
        ticks_write(price, self->prices[request->instrument]);
        for (uint32_t j = 0; j < count; j++) {
            const liq_settle_fill fill = {request->number, quantity, price,
                                          (int)(self->tick + lots) % 3 == 0};
            const liq_status status =
                liq_settle_report(followers[j]->settle, &fill, 1, &followers[j]->err);

            first = j == 0 ? status : first;
            cr_assert_eq(status, first, "%s", followers[j]->err.message);
        }
    }
}

void follow_run(follow_stream *self, follower *const *followers, uint32_t count)
{
    self->now_ms += liq_random_once_in(self->random, 8)
                        ? liq_random_between(self->random, 0, 20000000)
                        : liq_random_between(self->random, 0, 200000);
    self->tick++;
    for (uint32_t i = 0; i < count; i++) {
        follower *at = followers[i];

        cr_assert_eq(liq_live_tick(at->live, NULL, &at->err), LIQ_OK);
        at->status =
            liq_settle_run_live(at->settle, self->now_ms, self->tick, &at->summary, &at->err);
    }
}

void *follow_state(const follower *self, size_t *bytes)
{
    void *out = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_settle_state_write(self->settle, &out, bytes, &err), LIQ_OK, "%s",
                 err.message);
    return out;
}

void follower_rebuild(follower *self, const follower *from)
{
    follower_end(self);
    *self = (follower){0};
    cr_assert_eq(liq_live_columns_write(&self->columns, &from->live->book, &self->err), LIQ_OK,
                 "%s", self->err.message);
    cr_assert_eq(liq_live_create(&self->live, &self->columns, &small, &self->err), LIQ_OK, "%s",
                 self->err.message);
    cr_assert_eq(liq_settle_create_live(&self->settle, self->live, &self->columns, &self->err),
                 LIQ_OK, "%s", self->err.message);
}

void follower_renew(follower *self, const liq_book *book)
{
    liq_settle_destroy(self->settle);
    self->settle = NULL;
    cr_assert_eq(liq_settle_create_live(&self->settle, self->live, book, &self->err), LIQ_OK, "%s",
                 self->err.message);
}

static void event_draw(follow_stream *self, drawn_event *out)
{
    const uint64_t kind = liq_random_below(self->random, 20);
    const uint64_t account =
        liq_random_below(self->random, self->book->account_count + (self->keeps_accounts ? 0 : 2));

    (void)snprintf(out->account, sizeof out->account, "a%03u", (unsigned)account);
    out->event.account = out->account;
    out->event.amount = out->amount;
    out->event.price = out->price;
    if (kind < 10) {
        mark_draw(self, out);
    } else if (kind < 13) {
        out->event.kind = LIQ_LIVE_BALANCE;
        out->event.symbol = "USD";
        (void)snprintf(out->amount, sizeof out->amount, "%lld",
                       (long long)liq_random_between(self->random, -200, 20000));
    } else if (kind < 18 || self->keeps_accounts) {
        leg_draw(self, out, kind == 17);
    } else {
        out->event.kind = kind == 18 ? LIQ_LIVE_REMOVE_ACCOUNT : LIQ_LIVE_ADD_ACCOUNT;
    }
}

/* Every other one is the index price of the other asset, where there is one. */
static void mark_draw(follow_stream *self, drawn_event *out)
{
    const uint32_t instrument =
        (uint32_t)liq_random_below(self->random, self->book->venue.instrument_count);
    int64_t price = self->prices[instrument] * liq_random_between(self->random, 85, 117) / 100;

    if (self->book->venue.asset_count > 1 && liq_random_once_in(self->random, 5)) {
        out->event.kind = LIQ_LIVE_INDEX;
        out->event.symbol = "BTC";
        (void)snprintf(out->price, sizeof out->price, "%lld",
                       (long long)liq_random_between(self->random, 27000, 33000));
        return;
    }
    price = price > 10 ? price : 10;
    self->prices[instrument] = price;
    out->event.kind = LIQ_LIVE_MARK;
    out->event.symbol = liq_names_get(self->book->venue.instrument_names, instrument);
    ticks_write(out->price, price);
}

static void leg_draw(follow_stream *self, drawn_event *out, bool is_order)
{
    const uint32_t instrument =
        (uint32_t)liq_random_below(self->random, self->book->venue.instrument_count);
    const liq_decimal lot = self->book->venue.instruments[instrument].lot;
    const int64_t lots =
        liq_random_once_in(self->random, 4) ? 0 : liq_random_of_any_size(self->random, 20000);

    out->event.kind = is_order ? LIQ_LIVE_ORDER : LIQ_LIVE_POSITION;
    out->event.order_reference = 1 + liq_random_below(self->random, 4);
    out->event.symbol = liq_names_get(self->book->venue.instrument_names, instrument);
    out->event.is_short = liq_random_once_in(self->random, 2);
    (void)liq_decimal_format(out->amount, (liq_int128)lots * lot.digits, lot.decimals);
    ticks_write(out->price, self->prices[instrument]);
    if (is_order || !liq_random_once_in(self->random, 3))
        return;
    out->event.is_isolated = 1;
    out->event.isolated_margin = out->margin;
    (void)snprintf(out->margin, sizeof out->margin, "%lld",
                   (long long)liq_random_below(self->random, 50));
}

static void ticks_write(char *out, int64_t ticks)
{
    char text[LIQ_DECIMAL_BYTES];

    (void)snprintf(out, TEXT_BYTES, "%.30s", liq_decimal_format(text, ticks, 2));
}
