#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "scan/live_scan.h"

#define SMALL LIQ_SOURCE_DIR "/tests/books/small"

/* Everything told, one after the other. */
typedef struct listener {
    char text[1024];
    size_t used;
    int most; /* 0: all */
    int count;
} listener;

static liq_book *loaded;
static liq_live *live;

static void start(void)
{
    cr_assert_eq(liq_book_load(&loaded, SMALL, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_create(&live, loaded, NULL, NULL), LIQ_OK);
}

static void stop(void)
{
    liq_live_destroy(live);
    liq_book_destroy(loaded);
}

TestSuite(live_read, .init = start, .fini = stop);

static int listen(void *context, const liq_live_holding *held)
{
    static const char *const kinds[] = {[LIQ_LIVE_BALANCE] = "balance",
                                        [LIQ_LIVE_POSITION] = "position",
                                        [LIQ_LIVE_ORDER] = "order"};
    listener *self = context;

    self->used += (size_t)snprintf(self->text + self->used, sizeof self->text - self->used,
                                   "%s %s %s @%s m%s %s%s#%lu; ", kinds[held->kind], held->symbol,
                                   held->amount, held->price, held->isolated_margin,
                                   held->is_short ? "short " : "",
                                   held->is_isolated ? "isolated " : "", held->order_reference);
    return ++self->count != self->most;
}

static bool listen_index(void *context, uint32_t index)
{
    listener *self = context;

    self->used +=
        (size_t)snprintf(self->text + self->used, sizeof self->text - self->used, "%u ", index);
    return ++self->count != self->most;
}

Test(live_read, tells_what_an_account_holds_in_the_words_of_events)
{
    static const liq_live_event events[] = {
        {.kind = LIQ_LIVE_BALANCE_CHANGE, .account = "mixed", .symbol = "BTC", .amount = "-0.5"},
        {.kind = LIQ_LIVE_ORDER,
         .account = "mixed",
         .symbol = "BTCUSDT",
         .amount = "0.25",
         .price = "29999.90",
         .order_reference = 77,
         .is_short = 1}};
    const char *wanted = "balance USDT 2500 @ m #0; balance BTC -0.5 @ m #0; "
                         "position BTCUSDT 0.5 @31500 m short #0; "
                         "position ETHUSDT 10 @1340 m70 isolated #0; "
                         "order BTCUSDT 0.25 @29999.9 m short #77; ";
    listener all = {.most = 0};
    listener two = {.most = 2};
    liq_error err = {0};

    cr_assert_eq(liq_live_apply(live, events, 2, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(liq_live_holdings(live, "mixed", listen, &all, &err), LIQ_OK);
    cr_expect_str_eq(all.text, wanted);
    cr_expect_eq(liq_live_holdings(live, "mixed", listen, &two, &err), LIQ_OK);
    cr_expect_eq(two.count, 2);
    cr_expect_eq(liq_live_holdings(live, "who", listen, &two, &err), LIQ_NOT_FOUND);
    cr_expect_str_eq(err.message, "account \"who\" is not there");
}

Test(live_read, reads_prices_as_they_are_now)
{
    static const liq_live_event event = {
        .kind = LIQ_LIVE_MARK, .symbol = "BTCUSDT", .price = "30000.50"};
    char text[LIQ_PRICE_TEXT_BYTES];
    liq_error err = {0};

    cr_assert_eq(liq_live_apply(live, &event, 1, &err), LIQ_OK);
    cr_expect_eq(liq_live_price_read(live, "BTCUSDT", 0, text, &err), LIQ_OK);
    cr_expect_str_eq(text, "30000.5");
    cr_expect_eq(liq_live_price_read(live, "USDT", 1, text, &err), LIQ_OK);
    cr_expect_str_eq(text, "1");
    cr_expect_eq(liq_live_price_read(live, "BTC", 0, text, &err), LIQ_NOT_FOUND);
    cr_expect_str_eq(err.message, "symbol \"BTC\" is not an instrument of venue.json");
    cr_expect_eq(liq_live_price_read(live, "BTCUSDT", 1, text, &err), LIQ_NOT_FOUND);
}

Test(live_read, tells_which_prices_an_account_depends_on)
{
    listener instruments = {.most = 0};
    listener assets = {.most = 0};
    listener first = {.most = 1};
    uint32_t account;

    cr_assert(liq_live_account_index(live, "mixed", &account));
    cr_expect_not(liq_live_account_index(live, "nobody", &account));
    liq_live_each_instrument(live, account, listen_index, &instruments);
    cr_expect_str_eq(instruments.text, "0 1 ");
    liq_live_each_instrument(live, account, listen_index, &first);
    cr_expect_str_eq(first.text, "0 ");
    cr_assert(liq_live_account_index(live, "coins", &account));
    liq_live_each_asset(live, account, listen_index, &assets);
    cr_expect_str_eq(assets.text, "0 1 0 ");
}
