#include "support_live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "book/load_internal.h"
#include "book/lot_value.h"
#include "support_made_book.h"

static bool draw_price(const liq_model *model, liq_random *random, liq_model_event *out);
static bool draw_account(const liq_model *model, liq_random *random, liq_model_event *out);
static bool draw_balance(const liq_model *model, liq_random *random, liq_model_event *out);
static bool draw_leg(const liq_model *model, liq_random *random, liq_model_event *out);
static bool draw_change(const liq_model *model, liq_random *random, liq_model_event *out);
static bool draw_depth(const liq_model *model, liq_random *random, liq_model_event *out);
static bool draw_factors(const liq_model *model, liq_random *random, liq_model_event *out);
static bool draw_end(const liq_model *model, liq_random *random, liq_model_event *out);
static uint32_t draw_alive(const liq_model *model, liq_random *random);
static liq_decimal near(liq_random *random, liq_decimal price);
static uint32_t item_find(const liq_model *model, const liq_model_item *item);
static int compare_items(const void *left, const void *right);
static bool item_moved(const liq_model *model, const liq_model_item *item);

void liq_model_start(liq_model *model, const liq_book *book, uint32_t more_accounts)
{
    *model = (liq_model){.venue = &book->venue, .name_count = book->account_count + more_accounts};
    LIQ_ASSERT(model->name_count <= LIQ_MODEL_ACCOUNTS);
    LIQ_ASSERT(book->venue.instrument_count <= LIQ_MODEL_MARKETS);
    memcpy(model->marks, book->instrument_marks,
           book->venue.instrument_count * sizeof *model->marks);
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        model->factors[i] = liq_book_margin_factors(book, i);
    memcpy(model->indices, book->asset_indices, book->venue.asset_count * sizeof *model->indices);
    for (uint32_t i = 0; i < book->account_count; i++)
        (void)snprintf(model->names[i], sizeof model->names[i], "%s",
                       liq_names_get(book->account_names, i));
    for (uint32_t i = book->account_count; i < model->name_count; i++)
        (void)snprintf(model->names[i], sizeof model->names[i], "z%06u", i);
    for (uint32_t i = 0; i < book->account_count; i++) {
        model->alive[i] = model->touched[i] = true;
        model->portfolio[i] = book->accounts[i].mode == LIQ_ACCOUNT_PORTFOLIO;
        for (uint64_t n = book->balance_first[i]; n < book->balance_first[i + 1]; n++)
            if (book->balances[n].amount != 0)
                model->items[model->item_count++] =
                    (liq_model_item){.account = i,
                                     .list = LIQ_LIVE_BALANCES,
                                     .index = book->balances[n].asset_index,
                                     .quantity = book->balances[n].amount};
        for (uint64_t n = book->position_first[i]; n < book->position_first[i + 1]; n++)
            model->items[model->item_count++] =
                (liq_model_item){.account = i,
                                 .list = LIQ_LIVE_POSITIONS,
                                 .index = book->positions[n].instrument_index,
                                 .isolated = book->positions[n].isolated,
                                 .is_short = book->positions[n].quantity_lots < 0,
                                 .quantity = book->positions[n].quantity_lots,
                                 .value = book->positions[n].entry_value,
                                 .price = book->positions[n].entry_price,
                                 .margin = book->positions[n].isolated_margin};
        for (uint64_t n = book->order_first[i]; n < book->order_first[i + 1]; n++)
            model->items[model->item_count++] =
                (liq_model_item){.account = i,
                                 .list = LIQ_LIVE_ORDERS,
                                 .index = book->orders[n].instrument_index,
                                 .reference = n - book->order_first[i] + 1,
                                 .is_short = book->orders[n].quantity_lots < 0,
                                 .quantity = book->orders[n].quantity_lots,
                                 .value = book->orders[n].limit_value,
                                 .price = book->orders[n].price};
    }
}

void liq_model_event_draw(const liq_model *model, liq_random *random, liq_model_event *out)
{
    bool drawn = false;

    while (!drawn) {
        const uint64_t kind = liq_random_below(random, 21);

        *out = (liq_model_event){.event = {.kind = LIQ_LIVE_MARK}};
        if (kind < 4)
            drawn = draw_price(model, random, out);
        else if (kind < 5)
            drawn = draw_account(model, random, out);
        else if (kind < 7)
            drawn = draw_balance(model, random, out);
        else if (kind < 12)
            drawn = draw_leg(model, random, out);
        else if (kind < 14)
            drawn = draw_change(model, random, out);
        else if (kind < 16)
            drawn = draw_depth(model, random, out);
        else if (kind < 17)
            drawn = draw_factors(model, random, out);
        else
            drawn = draw_end(model, random, out);
    }
    if (out->amount[0] != '\0')
        out->event.amount = out->amount;
    if (out->price_text[0] != '\0')
        out->event.price = out->price_text;
    if (out->margin[0] != '\0')
        out->event.isolated_margin = out->margin;
}

void liq_model_apply(liq_model *model, const liq_model_event *event)
{
    const liq_model_item *item = &event->item;
    const liq_live_event_kind kind = event->event.kind;
    const uint32_t at = item_find(model, item);

    if (kind == LIQ_LIVE_MARK || kind == LIQ_LIVE_INDEX) {
        const bool is_mark = kind == LIQ_LIVE_MARK;
        liq_decimal *price = is_mark ? &model->marks[item->index] : &model->indices[item->index];

        if (liq_decimal_compare(*price, event->price) != 0)
            *(is_mark ? &model->marks_moved[item->index] : &model->indices_moved[item->index]) =
                true;
        *price = event->price;
        return;
    }
    if (kind == LIQ_LIVE_MARGIN_FACTORS) {
        const liq_margin_factors factors = {event->event.maintenance_factor_ppm,
                                            event->event.initial_factor_ppm};

        if (!liq_margin_factors_equal(model->factors[item->index], factors))
            model->factors_moved[item->index] = true;
        model->factors[item->index] = factors;
        return;
    }
    if (kind == LIQ_LIVE_DEPTH_CLEAR || kind == LIQ_LIVE_DEPTH_LEVEL)
        return;
    if (kind == LIQ_LIVE_BALANCE && item->quantity == 0 && at == model->item_count)
        return;
    model->touched[item->account] = true;
    if (kind == LIQ_LIVE_ADD_ACCOUNT) {
        model->alive[item->account] = true;
        model->portfolio[item->account] = event->event.is_portfolio != 0;
    } else if (kind == LIQ_LIVE_REMOVE_ACCOUNT) {
        model->alive[item->account] = false;
        for (uint32_t i = model->item_count; i-- > 0;)
            if (model->items[i].account == item->account)
                model->items[i] = model->items[--model->item_count];
    } else if (item->quantity == 0) {
        LIQ_ASSERT(at < model->item_count);
        model->items[at] = model->items[--model->item_count];
    } else {
        LIQ_ASSERT(at < LIQ_MODEL_ITEMS);
        model->items[at] = *item;
        model->item_count += at == model->item_count;
    }
}

uint64_t liq_model_rows_touched(const liq_model *model)
{
    bool cross[LIQ_MODEL_ACCOUNTS] = {false};
    uint64_t rows = 0;

    for (uint32_t i = 0; i < model->item_count; i++) {
        const liq_model_item *item = &model->items[i];

        if (!model->touched[item->account] && !item_moved(model, item))
            continue;
        if (item->list == LIQ_LIVE_POSITIONS && item->isolated)
            rows++;
        else
            cross[item->account] = true;
    }
    for (uint32_t i = 0; i < model->name_count; i++)
        rows += model->alive[i] && (model->touched[i] || cross[i]);
    return rows;
}

void liq_model_settle(liq_model *model)
{
    memset(model->touched, 0, sizeof model->touched);
    memset(model->marks_moved, 0, sizeof model->marks_moved);
    memset(model->indices_moved, 0, sizeof model->indices_moved);
    memset(model->factors_moved, 0, sizeof model->factors_moved);
}

void liq_model_book_create(const liq_model *model, liq_book *out)
{
    const size_t room = model->item_count + 1U;
    liq_model_item *sorted = calloc(room, sizeof *sorted);
    liq_book book = {.venue = *model->venue,
                     .accounts = calloc(LIQ_MODEL_ACCOUNTS, sizeof *book.accounts),
                     .balances = calloc(room, sizeof *book.balances),
                     .positions = calloc(room, sizeof *book.positions),
                     .orders = calloc(room, sizeof *book.orders),
                     .balance_first = calloc(LIQ_MODEL_ACCOUNTS + 1, sizeof(uint64_t)),
                     .position_first = calloc(LIQ_MODEL_ACCOUNTS + 1, sizeof(uint64_t)),
                     .order_first = calloc(LIQ_MODEL_ACCOUNTS + 1, sizeof(uint64_t)),
                     .instrument_marks = calloc(LIQ_MODEL_MARKETS, sizeof(liq_decimal)),
                     .asset_indices = calloc(LIQ_MODEL_MARKETS, sizeof(liq_decimal)),
                     .margin_factors = calloc(LIQ_MODEL_MARKETS, sizeof(liq_margin_factors))};
    uint32_t at = 0;

    LIQ_ASSERT(liq_names_create(&book.account_names, NULL) == LIQ_OK);
    memcpy(book.instrument_marks, model->marks, sizeof model->marks);
    memcpy(book.asset_indices, model->indices, sizeof model->indices);
    memcpy(book.margin_factors, model->factors, sizeof model->factors);
    memcpy(sorted, model->items, model->item_count * sizeof *sorted);
    qsort(sorted, model->item_count, sizeof *sorted, compare_items);
    for (uint32_t i = 0; i < model->name_count; i++) {
        const uint32_t account = book.account_count;
        uint32_t index;

        if (!model->alive[i])
            continue;
        LIQ_ASSERT(liq_names_add(book.account_names, liq_text_of(model->names[i]), &index, NULL) ==
                   LIQ_OK);
        book.accounts[account].mode = model->portfolio[i];
        for (; at < model->item_count && sorted[at].account == i; at++) {
            const liq_model_item *item = &sorted[at];

            if (item->list == LIQ_LIVE_BALANCES)
                book.balances[book.balance_count++] = (liq_balance){
                    .amount = item->quantity, .account_index = account, .asset_index = item->index};
            else if (item->list == LIQ_LIVE_POSITIONS)
                book.positions[book.position_count++] =
                    (liq_position){.quantity_lots = item->quantity,
                                   .entry_value = item->value,
                                   .entry_price = item->price,
                                   .isolated_margin = item->margin,
                                   .account_index = account,
                                   .instrument_index = item->index,
                                   .isolated = item->isolated};
            else
                book.orders[book.order_count++] = (liq_order){.quantity_lots = item->quantity,
                                                              .limit_value = item->value,
                                                              .price = item->price,
                                                              .account_index = account,
                                                              .instrument_index = item->index};
        }
        book.account_count++;
        book.balance_first[book.account_count] = book.balance_count;
        book.position_first[book.account_count] = book.position_count;
        book.order_first[book.account_count] = book.order_count;
    }
    free(sorted);
    *out = book;
}

void liq_model_book_destroy(liq_book *book)
{
    liq_made_columns_clear(book);
}

/* A mark moved a little, or now and then an index. */
static bool draw_price(const liq_model *model, liq_random *random, liq_model_event *out)
{
    const bool is_mark = !liq_random_once_in(random, 4);
    const uint32_t count = is_mark ? model->venue->instrument_count : model->venue->asset_count;
    const uint32_t index = (uint32_t)liq_random_below(random, count);
    int64_t value;

    out->event.kind = is_mark ? LIQ_LIVE_MARK : LIQ_LIVE_INDEX;
    out->event.symbol =
        liq_names_get(is_mark ? model->venue->instrument_names : model->venue->asset_names, index);
    out->item.index = index;
    out->price = near(random, is_mark ? model->marks[index] : model->indices[index]);
    (void)liq_decimal_format(out->price_text, out->price.digits, out->price.decimals);
    if (is_mark)
        return liq_lot_value(&value, model->venue, index, out->price, LIQ_ROUND_FLOOR) &&
               liq_lot_value(&value, model->venue, index, out->price, LIQ_ROUND_CEIL);
    return index != 0 && liq_book_index_fits(model->venue, index, out->price);
}

static bool draw_account(const liq_model *model, liq_random *random, liq_model_event *out)
{
    const uint32_t account = (uint32_t)liq_random_below(random, model->name_count);

    out->event.kind = model->alive[account] ? LIQ_LIVE_REMOVE_ACCOUNT : LIQ_LIVE_ADD_ACCOUNT;
    out->event.account = model->names[account];
    out->event.is_portfolio = !model->alive[account] && liq_random_once_in(random, 20);
    out->event.is_adl_exempt = !model->alive[account] && liq_random_once_in(random, 4);
    out->item.account = account;
    out->item.index = UINT32_MAX;
    return true;
}

static bool draw_balance(const liq_model *model, liq_random *random, liq_model_event *out)
{
    liq_model_item *item = &out->item;

    item->account = draw_alive(model, random);
    item->list = LIQ_LIVE_BALANCES;
    item->index = (uint32_t)liq_random_below(random, model->venue->asset_count);
    item->quantity = liq_random_of_any_size(random, 1000000000000000);
    if (liq_random_once_in(random, 5))
        item->quantity = liq_random_once_in(random, 2) ? 0 : -item->quantity;
    out->event.kind = LIQ_LIVE_BALANCE;
    out->event.account = model->names[item->account];
    out->event.symbol = liq_names_get(model->venue->asset_names, item->index);
    (void)liq_decimal_format(out->amount, item->quantity,
                             model->venue->assets[item->index].decimals);
    return model->alive[item->account];
}

static bool draw_leg(const liq_model *model, liq_random *random, liq_model_event *out)
{
    const bool is_order = liq_random_once_in(random, 2);
    const liq_instrument *instrument;
    liq_model_item *item = &out->item;
    liq_int128 contracts;

    item->account = draw_alive(model, random);
    item->list = is_order ? LIQ_LIVE_ORDERS : LIQ_LIVE_POSITIONS;
    item->index = (uint32_t)liq_random_below(random, model->venue->instrument_count);
    item->isolated = !is_order && liq_random_once_in(random, 3);
    item->is_short = liq_random_once_in(random, 2);
    item->reference = is_order ? 1 + liq_random_below(random, 3) : 0;
    item->quantity = liq_random_of_any_size(random, 10000);
    item->price = near(random, model->marks[item->index]);
    item->margin = item->isolated ? liq_random_of_any_size(random, 1000000000000) - 1 : 0;
    instrument = &model->venue->instruments[item->index];
    contracts = (liq_int128)item->quantity * instrument->lot.digits;
    if (contracts >= 1000000000000000000 || !model->alive[item->account] ||
        !liq_lot_value_entry(&item->value, model->venue, item->index, item->price, !item->is_short))
        return false;
    out->event.kind = is_order ? LIQ_LIVE_ORDER : LIQ_LIVE_POSITION;
    out->event.account = model->names[item->account];
    out->event.symbol = liq_names_get(model->venue->instrument_names, item->index);
    out->event.order_reference = item->reference;
    out->event.is_short = item->is_short;
    out->event.is_isolated = item->isolated;
    (void)liq_decimal_format(out->amount, contracts, instrument->lot.decimals);
    (void)liq_decimal_format(out->price_text, item->price.digits, item->price.decimals);
    if (item->isolated)
        (void)liq_decimal_format(out->margin, item->margin,
                                 model->venue->assets[instrument->settle_index].decimals);
    if (item->is_short)
        item->quantity = -item->quantity;
    return true;
}

/* Of something that is there. Both leave something. */
static bool draw_change(const liq_model *model, liq_random *random, liq_model_event *out)
{
    liq_model_item *item = &out->item;
    const liq_venue *venue = model->venue;
    int64_t change = liq_random_of_any_size(random, 1000000000000);
    int64_t sum;
    uint32_t asset;

    if (model->item_count == 0)
        return false;
    *item = model->items[liq_random_below(random, model->item_count)];
    if (item->list == LIQ_LIVE_ORDERS || (item->list == LIQ_LIVE_POSITIONS && !item->isolated))
        return false;
    asset = item->list == LIQ_LIVE_BALANCES ? item->index
                                            : venue->instruments[item->index].settle_index;
    if (liq_random_once_in(random, 2))
        change = -change;
    if (__builtin_add_overflow(item->list == LIQ_LIVE_BALANCES ? item->quantity : item->margin,
                               change, &sum) ||
        sum == INT64_MIN)
        return false;
    *(item->list == LIQ_LIVE_BALANCES ? &item->quantity : &item->margin) = sum;
    out->event.kind =
        item->list == LIQ_LIVE_BALANCES ? LIQ_LIVE_BALANCE_CHANGE : LIQ_LIVE_MARGIN_CHANGE;
    out->event.account = model->names[item->account];
    out->event.symbol = liq_names_get(item->list == LIQ_LIVE_BALANCES ? venue->asset_names
                                                                      : venue->instrument_names,
                                      item->index);
    out->event.is_short = item->is_short;
    (void)liq_decimal_format(out->amount, change, venue->assets[asset].decimals);
    return item->list == LIQ_LIVE_BALANCES ? item->quantity != 0 : item->margin >= 0;
}

/* What the model does not know: rows do not depend on it. */
static bool draw_depth(const liq_model *model, liq_random *random, liq_model_event *out)
{
    const uint32_t index = (uint32_t)liq_random_below(random, model->venue->instrument_count);
    const liq_decimal price = near(random, model->marks[index]);
    const liq_decimal lot = model->venue->instruments[index].lot;
    const bool is_ask = liq_random_once_in(random, 2);
    int64_t value;

    out->event.symbol = liq_names_get(model->venue->instrument_names, index);
    out->event.kind = liq_random_once_in(random, 5) ? LIQ_LIVE_DEPTH_CLEAR : LIQ_LIVE_DEPTH_LEVEL;
    if (out->event.kind == LIQ_LIVE_DEPTH_CLEAR)
        return true;
    out->event.is_short = is_ask;
    (void)liq_decimal_format(out->price_text, price.digits, price.decimals);
    (void)liq_decimal_format(out->amount, (liq_int128)liq_random_below(random, 4) * lot.digits,
                             lot.decimals);
    return lot.digits < 100000000000000000 &&
           liq_lot_value_entry(&value, model->venue, index, price, is_ask);
}

/* Small, ordinary and as large as they may be; one now and then. */
static bool draw_factors(const liq_model *model, liq_random *random, liq_model_event *out)
{
    const uint32_t index = (uint32_t)liq_random_below(random, model->venue->instrument_count);
    uint32_t ppm[2] = {1000000, 1000000};

    for (int i = 0; i < 2 && !liq_random_once_in(random, 4); i++)
        ppm[i] = liq_random_once_in(random, 4)
                     ? (uint32_t)liq_random_of_any_size(random, LIQ_FACTOR_PPM_MAX)
                     : (uint32_t)liq_random_between(random, 700000, 4000000);
    out->event = (liq_live_event){.kind = LIQ_LIVE_MARGIN_FACTORS,
                                  .symbol = liq_names_get(model->venue->instrument_names, index),
                                  .maintenance_factor_ppm = ppm[0],
                                  .initial_factor_ppm = ppm[1]};
    out->item.index = index;
    return liq_margin_factors_check(model->venue, index, (liq_margin_factors){ppm[0], ppm[1]},
                                    NULL) == LIQ_OK;
}

/* End something that is there. */
static bool draw_end(const liq_model *model, liq_random *random, liq_model_event *out)
{
    if (model->item_count == 0)
        return false;
    out->item = model->items[liq_random_below(random, model->item_count)];
    out->item.quantity = 0;
    if (out->item.list == LIQ_LIVE_BALANCES)
        return false;
    out->event = (liq_live_event){
        .kind = out->item.list == LIQ_LIVE_ORDERS ? LIQ_LIVE_ORDER : LIQ_LIVE_POSITION,
        .account = model->names[out->item.account],
        .symbol = liq_names_get(model->venue->instrument_names, out->item.index),
        .order_reference = out->item.reference,
        .is_short = out->item.is_short,
        .is_isolated = out->item.isolated};
    (void)strcpy(out->amount, "0");
    return true;
}

/* Mostly one of a few, so that some rows grow and shrink a lot. */
static uint32_t draw_alive(const liq_model *model, liq_random *random)
{
    const uint32_t few = model->name_count < 4 ? model->name_count : 4;

    return (uint32_t)liq_random_below(random,
                                      liq_random_once_in(random, 3) ? few : model->name_count);
}

/* A price within some per cent; the same now and then. */
static liq_decimal near(liq_random *random, liq_decimal price)
{
    liq_decimal out;
    int64_t digits = price.digits;

    if (digits == 0)
        return (liq_decimal){.digits = 1 + (int64_t)liq_random_below(random, 9)};
    if (digits >= 20)
        digits += liq_random_between(random, -digits / 20, digits / 20);
    else if (liq_random_once_in(random, 2))
        digits += liq_random_between(random, 0, 1);
    if (digits > 999999999999999999)
        digits = price.digits;
    LIQ_ASSERT(liq_decimal_from_units(&out, digits, price.decimals));
    return out;
}

static uint32_t item_find(const liq_model *model, const liq_model_item *item)
{
    uint32_t i = 0;

    while (i < model->item_count && compare_items(item, &model->items[i]) != 0)
        i++;
    return i;
}

/* The order of columns.h; orders of an instrument by reference. A short order is no other order. */
static int compare_items(const void *left, const void *right)
{
    const liq_model_item *a = left;
    const liq_model_item *b = right;

    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    if (a->list != b->list)
        return a->list < b->list ? -1 : 1;
    if (a->isolated != b->isolated)
        return a->isolated ? 1 : -1;
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    if (a->list == LIQ_LIVE_POSITIONS)
        return (int)a->is_short - (int)b->is_short;
    return (a->reference > b->reference) - (a->reference < b->reference);
}

static bool item_moved(const liq_model *model, const liq_model_item *item)
{
    if (item->list == LIQ_LIVE_BALANCES)
        return model->indices_moved[item->index];
    return model->marks_moved[item->index] || model->factors_moved[item->index] ||
           model->indices_moved[model->venue->instruments[item->index].settle_index];
}
