#include "support_retell.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"

static void tell(liq_live *live, const liq_live_event *event);
static void balance_tell(liq_live *live, const liq_book *book, const liq_balance *balance);
static void position_tell(liq_live *live, const liq_book *book, const liq_position *position);
static void order_tell(liq_live *live, const liq_book *book, const liq_order *order,
                       uint64_t reference);

void liq_retell_account(liq_live *live, const liq_book *book, uint32_t account)
{
    const liq_live_event added = {.kind = LIQ_LIVE_ADD_ACCOUNT,
                                  .account = liq_names_get(book->account_names, account),
                                  .is_portfolio =
                                      book->accounts[account].mode == LIQ_ACCOUNT_PORTFOLIO,
                                  .is_adl_exempt = book->accounts[account].adl_exempt};
    const uint64_t orders = book->order_first[account];

    tell(live, &added);
    for (uint64_t i = book->balance_first[account]; i < book->balance_first[account + 1]; i++)
        balance_tell(live, book, &book->balances[i]);
    for (uint64_t i = book->position_first[account]; i < book->position_first[account + 1]; i++)
        position_tell(live, book, &book->positions[i]);
    for (uint64_t i = orders; i < book->order_first[account + 1]; i++)
        order_tell(live, book, &book->orders[i], i - orders + 1);
}

uint32_t liq_retell_some(liq_live *live, const liq_book *book, liq_random *random)
{
    const bool all = !liq_random_once_in(random, 3);
    uint32_t *gone = calloc(book->account_count + (size_t)1, sizeof *gone);
    uint32_t count = 0;

    LIQ_ASSERT(gone != NULL);
    for (uint32_t i = 0; i < book->account_count; i++)
        if (all || liq_random_once_in(random, 2))
            gone[count++] = i;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t other = i + (uint32_t)liq_random_below(random, count - i);
        const uint32_t drawn = gone[other];
        const liq_live_event event = {.kind = LIQ_LIVE_REMOVE_ACCOUNT,
                                      .account = liq_names_get(book->account_names, drawn)};

        gone[other] = gone[i];
        gone[i] = drawn;
        tell(live, &event);
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t other = i + (uint32_t)liq_random_below(random, count - i);
        const uint32_t drawn = gone[other];

        gone[other] = gone[i];
        liq_retell_account(live, book, drawn);
    }
    free(gone);
    return count;
}

static void tell(liq_live *live, const liq_live_event *event)
{
    LIQ_ASSERT(liq_live_apply(live, event, 1, NULL) == LIQ_OK);
}

static void balance_tell(liq_live *live, const liq_book *book, const liq_balance *balance)
{
    char amount[LIQ_DECIMAL_BYTES];
    const liq_live_event event = {
        .kind = LIQ_LIVE_BALANCE,
        .account = liq_names_get(book->account_names, balance->account_index),
        .symbol = liq_names_get(book->venue.asset_names, balance->asset_index),
        .amount = amount};

    (void)liq_decimal_format(amount, balance->amount,
                             book->venue.assets[balance->asset_index].decimals);
    tell(live, &event);
}

static void position_tell(liq_live *live, const liq_book *book, const liq_position *position)
{
    const liq_instrument *instrument = &book->venue.instruments[position->instrument_index];
    const bool is_short = position->quantity_lots < 0;
    char amount[LIQ_DECIMAL_BYTES];
    char price[LIQ_DECIMAL_BYTES];
    char margin[LIQ_DECIMAL_BYTES];
    liq_live_event event = {
        .kind = LIQ_LIVE_POSITION,
        .account = liq_names_get(book->account_names, position->account_index),
        .symbol = liq_names_get(book->venue.instrument_names, position->instrument_index),
        .amount = amount,
        .price = price,
        .is_short = is_short,
        .is_isolated = position->isolated,
        .isolated_margin = position->isolated ? margin : NULL};

    (void)liq_decimal_format(
        amount, (liq_int128)(is_short ? -1 : 1) * position->quantity_lots * instrument->lot.digits,
        instrument->lot.decimals);
    (void)liq_decimal_format(price, position->entry_price.digits, position->entry_price.decimals);
    (void)liq_decimal_format(margin, position->isolated_margin,
                             book->venue.assets[instrument->settle_index].decimals);
    tell(live, &event);
}

static void order_tell(liq_live *live, const liq_book *book, const liq_order *order,
                       uint64_t reference)
{
    const liq_instrument *instrument = &book->venue.instruments[order->instrument_index];
    const bool is_short = order->quantity_lots < 0;
    char amount[LIQ_DECIMAL_BYTES];
    char price[LIQ_DECIMAL_BYTES];
    const liq_live_event event = {
        .kind = LIQ_LIVE_ORDER,
        .account = liq_names_get(book->account_names, order->account_index),
        .symbol = liq_names_get(book->venue.instrument_names, order->instrument_index),
        .amount = amount,
        .price = price,
        .order_reference = reference,
        .is_short = is_short};

    (void)liq_decimal_format(
        amount, (liq_int128)(is_short ? -1 : 1) * order->quantity_lots * instrument->lot.digits,
        instrument->lot.decimals);
    (void)liq_decimal_format(price, order->price.digits, order->price.decimals);
    tell(live, &event);
}
