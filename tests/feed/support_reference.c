#include "feed/support_reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/names.h"

/* The end of the year 9999. */
#define TIME_MS_MAX 253402300799999U

#define COMMON "type", "seq", "time", "more", "after"
#define OF_ACCOUNT COMMON, "account", "accountSeq"

static const char *const kind_names[] = {
    "marks",   "account", "balance", "position",   "order",      "depth", "depthUpdate",
    "funding", "fund",    "fill",    "volatility", "instrument", "asset", "control"};

/* All keys that an event of the kind at this place may have. */
static const char *const kind_keys[][16] = {
    {COMMON, "marks"},
    {OF_ACCOUNT, "mode", "adlExempt", "status"},
    {OF_ACCOUNT, "asset", "walletBalance"},
    {OF_ACCOUNT, "symbol", "side", "contracts", "entryPrice", "marginMode", "isolatedMargin"},
    {OF_ACCOUNT, "symbol", "id", "side", "remaining", "price"},
    {COMMON, "symbol", "bids", "asks"},
    {COMMON, "symbol", "bids", "asks"},
    {OF_ACCOUNT, "asset", "symbol", "side", "marginMode", "amount"},
    {COMMON, "fund", "balance"},
    {COMMON, "account", "request", "amount", "price", "last"},
    {COMMON, "symbol", "impliedVolatility"},
    {COMMON, "definition"},
    {COMMON, "definition"},
    {OF_ACCOUNT, "action", "symbol"},
};

static liq_text line_now;

static const liq_json_value *find(const reference *r, const char *key)
{
    return liq_json_member(liq_json_root(r->json), key);
}

static bool name(const reference *r, const liq_json_value *value, const char **out)
{
    liq_text text;

    if (value == NULL || liq_json_string(r->json, value, &text, NULL) != LIQ_OK)
        return false;
    *out = text.data;
    return liq_names_valid(text);
}

static bool decimal(const reference *r, const liq_json_value *value, const char **out)
{
    liq_decimal unused;
    liq_text text;
    liq_status status;

    if (value == NULL || liq_json_string(r->json, value, &text, NULL) != LIQ_OK)
        return false;
    *out = text.data;
    status = liq_json_decimal(r->json, value, &unused, NULL);
    return status == LIQ_OK || status == LIQ_OUT_OF_RANGE; /* ranges are not the feed's */
}

static bool count(const reference *r, const liq_json_value *value, uint64_t *out)
{
    int64_t integer;

    if (value == NULL || liq_json_integer(r->json, value, 1, INT64_MAX, &integer, NULL) != LIQ_OK)
        return false;
    *out = (uint64_t)integer;
    return true;
}

static bool flag(const reference *r, const char *key, bool is_needed, bool *out)
{
    const liq_json_value *value = find(r, key);

    if (value == NULL)
        return !is_needed;
    return liq_json_bool(r->json, value, out, NULL) == LIQ_OK;
}

/* One of two words; absent is the first. */
static bool word(const reference *r, const char *key, const char *no, const char *yes, bool *out)
{
    const liq_json_value *value = find(r, key);
    liq_text text;

    if (value == NULL)
        return true;
    if (liq_json_string(r->json, value, &text, NULL) != LIQ_OK)
        return false;
    *out = strcmp(text.data, yes) == 0;
    return *out || strcmp(text.data, no) == 0;
}

static bool zero(const char *text)
{
    while (*text == '0' || *text == '.' || *text == '-')
        text++;
    return *text == '\0';
}

static bool optional(const reference *r, const char *key, const char **out)
{
    return find(r, key) == NULL || decimal(r, find(r, key), out);
}

static bool optional_of(const reference *r, const liq_json_value *item, const char *key,
                        const char **out)
{
    const liq_json_value *value = liq_json_member(item, key);

    return value == NULL || decimal(r, value, out);
}

/* A mark that is to be made: at least one of what only those have. */
static bool made_of(const reference *r, const liq_json_value *item, liq_mark_texts *out)
{
    const liq_json_value *rate = liq_json_member(item, "fundingRate");
    const liq_json_value *due = liq_json_member(item, "fundingTimestamp");
    const liq_json_value *interval = liq_json_member(item, "fundingInterval");
    uint64_t number = 0;

    if ((rate == NULL) != (due == NULL) || (interval != NULL && rate == NULL) ||
        liq_json_member(item, "markPrice") != NULL || !optional_of(r, item, "last", &out->last) ||
        !optional_of(r, item, "bid", &out->bid) || !optional_of(r, item, "ask", &out->ask) ||
        !optional_of(r, item, "outsidePrice", &out->outside) ||
        !optional_of(r, item, "indexPrice", &out->index) ||
        !optional_of(r, item, "fundingRate", &out->funding_rate))
        return false;
    if (due != NULL && (!count(r, due, &number) || number > TIME_MS_MAX))
        return false;
    out->funding_time_ms = (int64_t)number;
    number = 0;
    if (interval != NULL && (!count(r, interval, &number) || number > 86400000))
        return false;
    out->funding_interval_ms = (int64_t)number;
    return out->last != NULL || out->bid != NULL || out->ask != NULL || out->outside != NULL ||
           rate != NULL;
}

/* Contracts, of an instrument. */
static bool volume(const reference *r, const liq_json_value *item, const char **out)
{
    return optional_of(r, item, "volume", out) &&
           (*out == NULL || (**out != '-' && (liq_json_member(item, "markPrice") != NULL ||
                                              liq_json_member(item, "indexPrice") == NULL)));
}

static bool marks(reference *r)
{
    static const char *const keys[] = {"symbol",
                                       "markPrice",
                                       "indexPrice",
                                       "last",
                                       "bid",
                                       "ask",
                                       "outsidePrice",
                                       "fundingRate",
                                       "fundingTimestamp",
                                       "fundingInterval",
                                       "volume",
                                       NULL};
    const liq_json_value *list = find(r, "marks");
    uint32_t n;

    if (list == NULL || liq_json_array(r->json, list, LIQ_FEED_PAIRS_MAX, &n, NULL) != LIQ_OK)
        return false;
    r->pairs = calloc(n + 1, sizeof *r->pairs);
    r->made_of = calloc(n + 1, sizeof *r->made_of);
    for (const liq_json_value *item = liq_json_first(list); item != NULL;
         item = liq_json_next(item)) {
        liq_feed_pair *pair = &r->pairs[r->event.pair_count++];
        const liq_json_value *mark;
        const liq_json_value *index;

        if (liq_json_object(r->json, item, keys, NULL) != LIQ_OK)
            return false;
        if (made_of(r, item, &r->made_of[pair - r->pairs])) {
            pair->made_of = &r->made_of[pair - r->pairs];
            if (!name(r, liq_json_member(item, "symbol"), &pair->symbol) ||
                !optional_of(r, item, "volume", &pair->quantity) ||
                (pair->quantity != NULL && *pair->quantity == '-'))
                return false;
            continue;
        }
        for (const char *const *key = keys + 3; strcmp(*key, "volume") != 0; key++)
            if (liq_json_member(item, *key) != NULL)
                return false;
        if (!volume(r, item, &pair->quantity))
            return false;
        mark = liq_json_member(item, "markPrice");
        index = liq_json_member(item, "indexPrice");
        pair->what = index != NULL;
        if ((mark == NULL) == (index == NULL) ||
            !name(r, liq_json_member(item, "symbol"), &pair->symbol) ||
            !decimal(r, index != NULL ? index : mark, &pair->price))
            return false;
    }
    return n > 0;
}

static bool levels(reference *r, const char *key, uint8_t what)
{
    const liq_json_value *list = find(r, key);
    uint32_t n;

    if (list == NULL)
        return true;
    if (liq_json_array(r->json, list, LIQ_FEED_PAIRS_MAX, &n, NULL) != LIQ_OK)
        return false;
    r->pairs = realloc(r->pairs, (r->event.pair_count + n + 1) * sizeof *r->pairs);
    for (const liq_json_value *item = liq_json_first(list); item != NULL;
         item = liq_json_next(item)) {
        liq_feed_pair *pair = &r->pairs[r->event.pair_count++];
        uint32_t two;

        *pair = (liq_feed_pair){.what = what};
        if (liq_json_array(r->json, item, 2, &two, NULL) != LIQ_OK || two != 2 ||
            !decimal(r, liq_json_first(item), &pair->price) ||
            !decimal(r, liq_json_next(liq_json_first(item)), &pair->quantity))
            return false;
    }
    return true;
}

static bool account(reference *r)
{
    liq_feed_event *e = &r->event;
    const bool is_changed = find(r, "mode") != NULL || find(r, "adlExempt") != NULL;
    const liq_json_value *status = find(r, "status");
    liq_text text;

    if (status != NULL) {
        if (liq_json_string(r->json, status, &text, NULL) != LIQ_OK ||
            strcmp(text.data, "closed") != 0 || is_changed)
            return false;
        e->is_closed = true;
    }
    return word(r, "mode", "cross", "portfolio", &e->is_portfolio) &&
           flag(r, "adlExempt", false, &e->is_exempt);
}

static bool position(reference *r)
{
    liq_feed_event *e = &r->event;

    if (!name(r, find(r, "symbol"), &e->symbol) || !decimal(r, find(r, "contracts"), &e->amount) ||
        find(r, "side") == NULL || !word(r, "side", "long", "short", &e->is_short) ||
        !optional(r, "entryPrice", &e->price) || !optional(r, "isolatedMargin", &e->margin) ||
        !word(r, "marginMode", "cross", "isolated", &e->is_isolated))
        return false;
    if (e->margin != NULL && !e->is_isolated)
        return false;
    return zero(e->amount) || (e->price != NULL && (e->margin != NULL) == e->is_isolated);
}

static bool order(reference *r)
{
    liq_feed_event *e = &r->event;

    if (!name(r, find(r, "symbol"), &e->symbol) || !decimal(r, find(r, "remaining"), &e->amount) ||
        !count(r, find(r, "id"), &e->number) || !word(r, "side", "buy", "sell", &e->is_short) ||
        !optional(r, "price", &e->price))
        return false;
    return zero(e->amount) || (e->price != NULL && find(r, "side") != NULL);
}

static bool depth(reference *r)
{
    const int sides = (find(r, "bids") != NULL) + (find(r, "asks") != NULL);

    return name(r, find(r, "symbol"), &r->event.symbol) &&
           sides >= (r->event.kind == LIQ_FEED_DEPTH ? 2 : 1) && levels(r, "bids", 0) &&
           levels(r, "asks", 1) && r->event.pair_count <= LIQ_FEED_PAIRS_MAX;
}

static bool funding(reference *r)
{
    liq_feed_event *e = &r->event;

    if (!decimal(r, find(r, "amount"), &e->amount))
        return false;
    if (find(r, "asset") != NULL)
        return name(r, find(r, "asset"), &e->symbol) && find(r, "symbol") == NULL &&
               find(r, "side") == NULL && find(r, "marginMode") == NULL;
    return name(r, find(r, "symbol"), &e->symbol) && find(r, "side") != NULL &&
           word(r, "side", "long", "short", &e->is_short) &&
           word(r, "marginMode", "cross", "isolated", &e->is_isolated) && e->is_isolated;
}

static bool fill(reference *r)
{
    liq_feed_event *e = &r->event;

    return count(r, find(r, "request"), &e->number) && decimal(r, find(r, "amount"), &e->amount) &&
           optional(r, "price", &e->price) && flag(r, "last", true, &e->is_last) &&
           (e->price != NULL || zero(e->amount));
}

static bool definition(reference *r)
{
    const liq_json_value *value = find(r, "definition");
    const char *at;
    int depth_now = 0;

    if (value == NULL || !liq_json_is_object(value))
        return false;
    /* The value's own text: brackets outside strings, from the first behind the key. */
    at = strstr(line_now.data, "\"definition\"");
    if (at == NULL) /* the key was escaped: the raw text is not compared then */
        return true;
    at = strchr(at, '{');
    r->event.definition.data = at;
    do {
        if (*at == '"')
            while (*++at != '"')
                at += *at == '\\';
        depth_now += (*at == '{') - (*at == '}');
    } while (*at++ != '}' || depth_now > 0);
    r->event.definition.bytes = (size_t)(at - r->event.definition.data);
    return true;
}

static bool control(reference *r)
{
    static const char *const actions[] = {"halt", "resume", "snapshot_begin", "snapshot_end"};
    const liq_json_value *value = find(r, "action");
    const liq_json_value *symbol = find(r, "symbol");
    liq_text text;

    if (value == NULL || liq_json_string(r->json, value, &text, NULL) != LIQ_OK)
        return false;
    for (uint8_t i = 0; i < 4; i++)
        if (strcmp(text.data, actions[i]) == 0)
            r->event.control = i + 1;
    if (r->event.control == 0 || (symbol != NULL && !name(r, symbol, &r->event.symbol)))
        return false;
    return r->event.control <= 2 ? find(r, "account") == NULL : symbol == NULL;
}

static bool body(reference *r)
{
    liq_feed_event *e = &r->event;

    switch ((liq_feed_kind)e->kind) {
    case LIQ_FEED_MARKS:
        return marks(r);
    case LIQ_FEED_ACCOUNT:
        return account(r);
    case LIQ_FEED_BALANCE:
        return name(r, find(r, "asset"), &e->symbol) &&
               decimal(r, find(r, "walletBalance"), &e->amount);
    case LIQ_FEED_POSITION:
        return position(r);
    case LIQ_FEED_ORDER:
        return order(r);
    case LIQ_FEED_DEPTH:
    case LIQ_FEED_DEPTH_UPDATE:
        return depth(r);
    case LIQ_FEED_FUNDING:
        return funding(r);
    case LIQ_FEED_FUND:
        return name(r, find(r, "fund"), &e->symbol) && decimal(r, find(r, "balance"), &e->amount);
    case LIQ_FEED_FILL:
        return fill(r);
    case LIQ_FEED_VOLATILITY:
        return name(r, find(r, "symbol"), &e->symbol) &&
               decimal(r, find(r, "impliedVolatility"), &e->amount);
    case LIQ_FEED_INSTRUMENT:
    case LIQ_FEED_ASSET:
        return definition(r);
    case LIQ_FEED_CONTROL:
        return control(r);
    default:
        return false;
    }
}

static bool after(reference *r)
{
    const liq_json_value *list = find(r, "after");

    if (list == NULL)
        return true;
    if (!liq_json_is_object(list))
        return false;
    for (const liq_json_value *value = liq_json_first(list); value != NULL;
         value = liq_json_next(value)) {
        liq_feed_after *item = &r->after[r->event.after_count];

        if (r->event.after_count == LIQ_FEED_AFTER_MAX || !liq_names_valid(liq_json_key(value)) ||
            !count(r, value, &item->seq))
            return false;
        item->source = liq_json_key(value).data;
        r->event.after_count++;
    }
    return r->event.after_count > 0;
}

static bool common(reference *r)
{
    static const bool needs_account[] = {false, true,  true,  true,  true,  false, false,
                                         true,  false, false, false, false, false, false};
    liq_feed_event *e = &r->event;
    uint64_t time_ms = 0;
    liq_text type;

    if (!liq_json_is_object(liq_json_root(r->json)) || find(r, "type") == NULL ||
        liq_json_string(r->json, find(r, "type"), &type, NULL) != LIQ_OK)
        return false;
    for (uint8_t i = 0; i < sizeof kind_names / sizeof kind_names[0]; i++)
        if (strcmp(type.data, kind_names[i]) == 0)
            e->kind = i + 1;
    if (e->kind == 0 ||
        liq_json_object(r->json, liq_json_root(r->json), kind_keys[e->kind - 1], NULL) != LIQ_OK)
        return false;
    if (find(r, "time") != NULL && (!count(r, find(r, "time"), &time_ms) || time_ms > TIME_MS_MAX))
        return false;
    e->time_ms = (int64_t)time_ms;
    if (find(r, "accountSeq") != NULL &&
        (!count(r, find(r, "accountSeq"), &e->account_seq) || find(r, "account") == NULL))
        return false;
    if (find(r, "account") == NULL ? needs_account[e->kind - 1]
                                   : !name(r, find(r, "account"), &e->account))
        return false;
    return count(r, find(r, "seq"), &e->seq) && flag(r, "more", false, &e->more) && after(r);
}

void reference_read(reference *out, liq_text line)
{
    bool is_good;

    memset(out, 0, sizeof *out);
    line_now = line;
    is_good = (line.bytes < 3 || memcmp(line.data, "\xef\xbb\xbf", 3) != 0) &&
              liq_json_parse(&out->json, "line", line, NULL) == LIQ_OK && common(out) && body(out);
    out->event.pairs = out->pairs;
    out->event.after = out->after;
    if (!is_good)
        out->event = (liq_feed_event){.kind = LIQ_FEED_BAD};
}

void reference_free(reference *held)
{
    liq_json_destroy(held->json);
    free(held->pairs);
    free(held->made_of);
    memset(held, 0, sizeof *held);
}
