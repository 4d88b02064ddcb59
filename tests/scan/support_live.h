/*
 * A naive model of a live book: one flat array, searched from end to end. What it says is written
 * as a fresh book, which is valued from scratch.
 */
#ifndef LIQ_SUPPORT_LIVE_H
#define LIQ_SUPPORT_LIVE_H

#include <liqscan/live.h>

#include "book/live_book.h"
#include "support_seeded.h"

enum {
    LIQ_MODEL_ACCOUNTS = 128,
    LIQ_MODEL_ITEMS = 16384,
    LIQ_MODEL_MARKETS = 128,
    LIQ_MODEL_TEXT_BYTES = 64
};

typedef struct liq_model_item {
    uint32_t account;
    uint32_t list; /* liq_live_list */
    uint32_t index;
    bool isolated;
    bool is_short;
    uint64_t reference;
    int64_t quantity; /* signed */
    int64_t value;
    liq_decimal price;
    int64_t margin;
} liq_model_item;

typedef struct liq_model {
    const liq_venue *venue;
    char names[LIQ_MODEL_ACCOUNTS][16]; /* in the order of their bytes */
    bool alive[LIQ_MODEL_ACCOUNTS];
    bool portfolio[LIQ_MODEL_ACCOUNTS];
    bool touched[LIQ_MODEL_ACCOUNTS]; /* since the last tick */
    liq_decimal marks[LIQ_MODEL_MARKETS];
    liq_decimal indices[LIQ_MODEL_MARKETS];
    liq_margin_factors factors[LIQ_MODEL_MARKETS];
    bool factors_moved[LIQ_MODEL_MARKETS];
    bool marks_moved[LIQ_MODEL_MARKETS];
    bool indices_moved[LIQ_MODEL_MARKETS];
    liq_model_item items[LIQ_MODEL_ITEMS];
    uint32_t item_count;
    uint32_t name_count;
} liq_model;

/* An event as numbers, and its texts. */
typedef struct liq_model_event {
    liq_live_event event;
    liq_model_item item;
    liq_decimal price; /* of a mark or an index */
    char amount[LIQ_DECIMAL_BYTES];
    char price_text[LIQ_DECIMAL_BYTES];
    char margin[LIQ_DECIMAL_BYTES];
} liq_model_event;

/** Take over a random book, and names for as many accounts more. */
void liq_model_start(liq_model *model, const liq_book *book, uint32_t more_accounts);

/** Draw a valid event as the model stands. */
void liq_model_event_draw(const liq_model *model, liq_random *random, liq_model_event *out);

/** Do to the model what an event says. */
void liq_model_apply(liq_model *model, const liq_model_event *event);

/** How many rows a tick has to value: those of accounts touched, those that hold what moved. */
uint64_t liq_model_rows_touched(const liq_model *model);

/** A tick has been. */
void liq_model_settle(liq_model *model);

/** Write the model as a book; its venue is lent. */
void liq_model_book_create(const liq_model *model, liq_book *out);
void liq_model_book_destroy(liq_book *book);

#endif
