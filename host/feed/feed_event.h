/*
 * One event of a feed: a line of JSON, read and judged once by the thread of its reader. What needs
 * no knowledge of the venue is checked here already; the rest (does the account exist, is the price
 * in range) is for whoever applies it.
 *
 * Texts are terminated and live in the batch that the event is in.
 */
#ifndef LIQ_FEED_EVENT_H
#define LIQ_FEED_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "guard/mark_price.h"

enum {
    LIQ_FEED_LINE_BYTES_MAX = 8 * 1024 * 1024, /* 65,536 marks of 128 bytes each */
    LIQ_FEED_LINE_KEPT_BYTES = 4096,           /* of a line that is longer */
    LIQ_FEED_PAIRS_MAX = 131072,               /* marks, or levels of both sides, of one event */
    LIQ_FEED_AFTER_MAX = 64                    /* sources that one event waits for */
};

/* What an event is. The numbers are pinned for ever. */
typedef enum liq_feed_kind {
    LIQ_FEED_BAD = 0,          /* refused: reason; seq and account where they could be read */
    LIQ_FEED_MARKS = 1,        /* pairs */
    LIQ_FEED_ACCOUNT = 2,      /* account; is_portfolio, is_exempt, or is_closed */
    LIQ_FEED_BALANCE = 3,      /* account, symbol (asset), amount: what the balance is now */
    LIQ_FEED_POSITION = 4,     /* account, symbol, is_short, is_isolated, amount (contracts);
                                * unless amount is 0: price (entry), margin if isolated */
    LIQ_FEED_ORDER = 5,        /* account, symbol, number, amount (what remains);
                                * unless amount is 0: is_short (sells), price */
    LIQ_FEED_DEPTH = 6,        /* symbol, pairs: all levels of the instrument */
    LIQ_FEED_DEPTH_UPDATE = 7, /* symbol, pairs: levels that changed */
    LIQ_FEED_FUNDING = 8,      /* account, amount, and symbol (asset); or, is_isolated, symbol
                                * (instrument) and is_short */
    LIQ_FEED_FUND = 9,         /* symbol (fund), amount: what its balance is now */
    LIQ_FEED_FILL = 10,        /* number (request), amount, is_last; unless amount is 0: price */
    LIQ_FEED_VOLATILITY = 11,  /* symbol, amount */
    LIQ_FEED_INSTRUMENT = 12,  /* definition */
    LIQ_FEED_ASSET = 13,       /* definition */
    LIQ_FEED_CONTROL = 14      /* control; symbol of a halt or resume, account of a snapshot, or
                                * NULL: of all */
} liq_feed_kind;

typedef enum liq_feed_control {
    LIQ_FEED_HALT = 1,
    LIQ_FEED_RESUME = 2,
    LIQ_FEED_SNAPSHOT_BEGIN = 3,
    LIQ_FEED_SNAPSHOT_END = 4
} liq_feed_control;

/* Which price a mark carries, and which side a level is on. */
enum { LIQ_FEED_MARK_PRICE = 0, LIQ_FEED_INDEX_PRICE = 1, LIQ_FEED_BID = 0, LIQ_FEED_ASK = 1 };

/* A mark (symbol and price, and as quantity the contracts that were traded since the one before) or
 * a level of depth (price and quantity); NULL where not. */
typedef struct liq_feed_pair {
    const char *symbol;
    const char *price;
    const char *quantity;
    const liq_mark_texts *made_of; /* of a mark without a price: what it is to be made of */
    uint8_t what;
} liq_feed_pair;

/* A source that must have been applied up to seq before this event is. */
typedef struct liq_feed_after {
    const char *source;
    uint64_t seq;
} liq_feed_after;

typedef struct liq_feed_event {
    liq_text line;        /* as it came, without the newline: what the journal keeps */
    uint64_t seq;         /* of its source, from 1; 0: BAD, and none could be read */
    int64_t time_ms;      /* 0: none */
    uint64_t account_seq; /* of (source, account), from 1; 0: none */
    uint64_t number;      /* order id or request, 1 .. 2^63 - 1 */
    const char *account;  /* names are 1 .. 128 bytes (liq_names_valid); NULL: absent */
    const char *symbol;   /* instrument, asset or fund */
    const char *amount; /* decimals are in the grammar of base/decimal.h; ranges are not checked */
    const char *price;
    const char *margin;
    const liq_feed_pair *pairs;
    const liq_feed_after *after;
    liq_text definition; /* the object of an instrument or asset, raw: grammar checked only */
    const char *reason;  /* BAD: one printable line that names key and value */
    uint32_t pair_count;
    uint32_t after_count;
    uint8_t kind;    /* liq_feed_kind */
    uint8_t control; /* liq_feed_control */
    bool more;       /* the next event of this source belongs with this one */
    bool is_short;   /* or sells */
    bool is_isolated;
    bool is_portfolio;
    bool is_exempt;
    bool is_closed;
    bool is_last;
    bool is_cut; /* BAD: the line was longer than LIQ_FEED_LINE_BYTES_MAX */
} liq_feed_event;

/** The name of a kind as it stands in "type", such as "depthUpdate"; "bad" for LIQ_FEED_BAD. */
const char *liq_feed_kind_name(liq_feed_kind kind);

#endif
