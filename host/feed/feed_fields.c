#include "feed/feed_fields.h"

#include <stddef.h>

#include "base/fail.h"
#include "feed/feed_pairs.h"
#include "feed/feed_walk.h"

enum { KEY_RAW_BYTES = 128 };

/* By length, so that a key is compared with few. */
typedef enum key {
    KEY_ID,
    KEY_SEQ,
    KEY_TYPE,
    KEY_TIME,
    KEY_MORE,
    KEY_MODE,
    KEY_SIDE,
    KEY_LAST,
    KEY_BIDS,
    KEY_ASKS,
    KEY_FUND,
    KEY_AFTER,
    KEY_MARKS,
    KEY_ASSET,
    KEY_PRICE,
    KEY_SYMBOL,
    KEY_STATUS,
    KEY_AMOUNT,
    KEY_ACTION,
    KEY_ACCOUNT,
    KEY_BALANCE,
    KEY_REQUEST,
    KEY_CONTRACTS,
    KEY_ADL_EXEMPT,
    KEY_REMAINING,
    KEY_ACCOUNT_SEQ,
    KEY_ENTRY_PRICE,
    KEY_MARGIN_MODE,
    KEY_DEFINITION,
    KEY_WALLET_BALANCE,
    KEY_ISOLATED_MARGIN,
    KEY_IMPLIED_VOLATILITY,
    KEY_COUNT
} key;

_Static_assert(KEY_COUNT == (int)LIQ_FEED_KEY_COUNT, "each key has its place in a reading");

#define BIT(name) ((uint64_t)1 << KEY_##name)
#define FIELD(name) offsetof(liq_feed_event, name)

static liq_feed_reader mode_read;
static liq_feed_reader side_read;
static liq_feed_reader status_read;
static liq_feed_reader action_read;
static liq_feed_reader margin_mode_read;
static liq_feed_reader definition_read;

/* How the value of each key is read, and into which field of the event. NULL: elsewhere. */
static const struct {
    const char *name;
    uint8_t bytes; /* of the name */
    liq_feed_reader *read;
    size_t field;
} keys[KEY_COUNT] = {
    [KEY_ID] = {"id", sizeof "id" - 1, liq_feed_count_read, FIELD(number)},
    [KEY_SEQ] = {"seq", sizeof "seq" - 1, NULL, 0},
    [KEY_TYPE] = {"type", sizeof "type" - 1, NULL, 0},
    [KEY_TIME] = {"time", sizeof "time" - 1, liq_feed_time_read, FIELD(time_ms)},
    [KEY_MORE] = {"more", sizeof "more" - 1, liq_feed_bool_read, FIELD(more)},
    [KEY_MODE] = {"mode", sizeof "mode" - 1, mode_read, FIELD(is_portfolio)},
    [KEY_SIDE] = {"side", sizeof "side" - 1, side_read, FIELD(is_short)},
    [KEY_LAST] = {"last", sizeof "last" - 1, liq_feed_bool_read, FIELD(is_last)},
    [KEY_BIDS] = {"bids", sizeof "bids" - 1, NULL, 0},
    [KEY_ASKS] = {"asks", sizeof "asks" - 1, NULL, 0},
    [KEY_FUND] = {"fund", sizeof "fund" - 1, liq_feed_name_read, FIELD(symbol)},
    [KEY_AFTER] = {"after", sizeof "after" - 1, liq_feed_after_read, 0},
    [KEY_MARKS] = {"marks", sizeof "marks" - 1, liq_feed_marks_read, 0},
    [KEY_ASSET] = {"asset", sizeof "asset" - 1, liq_feed_name_read, FIELD(symbol)},
    [KEY_PRICE] = {"price", sizeof "price" - 1, liq_feed_decimal_read, FIELD(price)},
    [KEY_SYMBOL] = {"symbol", sizeof "symbol" - 1, liq_feed_name_read, FIELD(symbol)},
    [KEY_STATUS] = {"status", sizeof "status" - 1, status_read, FIELD(is_closed)},
    [KEY_AMOUNT] = {"amount", sizeof "amount" - 1, liq_feed_decimal_read, FIELD(amount)},
    [KEY_ACTION] = {"action", sizeof "action" - 1, action_read, FIELD(control)},
    [KEY_ACCOUNT] = {"account", sizeof "account" - 1, NULL, 0},
    [KEY_BALANCE] = {"balance", sizeof "balance" - 1, liq_feed_decimal_read, FIELD(amount)},
    [KEY_REQUEST] = {"request", sizeof "request" - 1, liq_feed_count_read, FIELD(number)},
    [KEY_CONTRACTS] = {"contracts", sizeof "contracts" - 1, liq_feed_decimal_read, FIELD(amount)},
    [KEY_ADL_EXEMPT] = {"adlExempt", sizeof "adlExempt" - 1, liq_feed_bool_read, FIELD(is_exempt)},
    [KEY_REMAINING] = {"remaining", sizeof "remaining" - 1, liq_feed_decimal_read, FIELD(amount)},
    [KEY_ACCOUNT_SEQ] = {"accountSeq", sizeof "accountSeq" - 1, liq_feed_count_read,
                         FIELD(account_seq)},
    [KEY_ENTRY_PRICE] = {"entryPrice", sizeof "entryPrice" - 1, liq_feed_decimal_read,
                         FIELD(price)},
    [KEY_MARGIN_MODE] = {"marginMode", sizeof "marginMode" - 1, margin_mode_read,
                         FIELD(is_isolated)},
    [KEY_DEFINITION] = {"definition", sizeof "definition" - 1, definition_read, FIELD(definition)},
    [KEY_WALLET_BALANCE] = {"walletBalance", sizeof "walletBalance" - 1, liq_feed_decimal_read,
                            FIELD(amount)},
    [KEY_ISOLATED_MARGIN] = {"isolatedMargin", sizeof "isolatedMargin" - 1, liq_feed_decimal_read,
                             FIELD(margin)},
    [KEY_IMPLIED_VOLATILITY] = {"impliedVolatility", sizeof "impliedVolatility" - 1,
                                liq_feed_decimal_read, FIELD(amount)},
};

typedef liq_status shape_check(liq_feed_reading *reading);
static shape_check account_check;
static shape_check position_check;
static shape_check order_check;
static shape_check depth_check;
static shape_check funding_check;
static shape_check fill_check;
static shape_check control_check;

#define COMMON (BIT(TYPE) | BIT(SEQ) | BIT(TIME) | BIT(MORE) | BIT(AFTER))
#define OF_ACCOUNT (COMMON | BIT(ACCOUNT) | BIT(ACCOUNT_SEQ))

/* Which keys each type of event has beside type and seq: those it needs, and all that it may have;
 * what depends on values is for its check. */
static const struct {
    const char *name;
    uint64_t needed;
    uint64_t allowed;
    shape_check *check;
} shapes[] = {
    [LIQ_FEED_BAD] = {"bad", 0, 0, NULL},
    [LIQ_FEED_MARKS] = {"marks", BIT(MARKS), COMMON | BIT(MARKS), NULL},
    [LIQ_FEED_ACCOUNT] = {"account", BIT(ACCOUNT),
                          OF_ACCOUNT | BIT(MODE) | BIT(ADL_EXEMPT) | BIT(STATUS), account_check},
    [LIQ_FEED_BALANCE] = {"balance", BIT(ACCOUNT) | BIT(ASSET) | BIT(WALLET_BALANCE),
                          OF_ACCOUNT | BIT(ASSET) | BIT(WALLET_BALANCE), NULL},
    [LIQ_FEED_POSITION] = {"position", BIT(ACCOUNT) | BIT(SYMBOL) | BIT(SIDE) | BIT(CONTRACTS),
                           OF_ACCOUNT | BIT(SYMBOL) | BIT(SIDE) | BIT(CONTRACTS) |
                               BIT(ENTRY_PRICE) | BIT(MARGIN_MODE) | BIT(ISOLATED_MARGIN),
                           position_check},
    [LIQ_FEED_ORDER] = {"order", BIT(ACCOUNT) | BIT(SYMBOL) | BIT(ID) | BIT(REMAINING),
                        OF_ACCOUNT | BIT(SYMBOL) | BIT(ID) | BIT(REMAINING) | BIT(SIDE) |
                            BIT(PRICE),
                        order_check},
    [LIQ_FEED_DEPTH] = {"depth", BIT(SYMBOL) | BIT(BIDS) | BIT(ASKS),
                        COMMON | BIT(SYMBOL) | BIT(BIDS) | BIT(ASKS), depth_check},
    [LIQ_FEED_DEPTH_UPDATE] = {"depthUpdate", BIT(SYMBOL),
                               COMMON | BIT(SYMBOL) | BIT(BIDS) | BIT(ASKS), depth_check},
    [LIQ_FEED_FUNDING] = {"funding", BIT(ACCOUNT) | BIT(AMOUNT),
                          OF_ACCOUNT | BIT(AMOUNT) | BIT(ASSET) | BIT(SYMBOL) | BIT(SIDE) |
                              BIT(MARGIN_MODE),
                          funding_check},
    [LIQ_FEED_FUND] = {"fund", BIT(FUND) | BIT(BALANCE), COMMON | BIT(FUND) | BIT(BALANCE), NULL},
    [LIQ_FEED_FILL] = {"fill", BIT(REQUEST) | BIT(AMOUNT) | BIT(LAST),
                       COMMON | BIT(ACCOUNT) | BIT(REQUEST) | BIT(AMOUNT) | BIT(LAST) | BIT(PRICE),
                       fill_check},
    [LIQ_FEED_VOLATILITY] = {"volatility", BIT(SYMBOL) | BIT(IMPLIED_VOLATILITY),
                             COMMON | BIT(SYMBOL) | BIT(IMPLIED_VOLATILITY), NULL},
    [LIQ_FEED_INSTRUMENT] = {"instrument", BIT(DEFINITION), COMMON | BIT(DEFINITION), NULL},
    [LIQ_FEED_ASSET] = {"asset", BIT(DEFINITION), COMMON | BIT(DEFINITION), NULL},
    [LIQ_FEED_CONTROL] = {"control", BIT(ACTION), OF_ACCOUNT | BIT(ACTION) | BIT(SYMBOL),
                          control_check},
};

enum { SHAPE_COUNT = sizeof shapes / sizeof shapes[0] };

static int key_find(liq_text raw);
static int key_of_length(liq_text name);
static bool is_followed(const liq_feed_reading *reading, size_t value);
static liq_status kind_read(liq_feed_reading *reading);
static liq_status shape_hold(const liq_feed_reading *reading);
static liq_feed_value member(const liq_feed_reading *reading, key which);
static bool has(const liq_feed_reading *reading, key which);
static liq_status lacks(const liq_feed_reading *reading, key which);
static bool is_zero(const char *decimal);

const char *liq_feed_kind_name(liq_feed_kind kind)
{
    LIQ_ASSERT((size_t)kind < SHAPE_COUNT);
    return shapes[kind].name;
}

liq_status liq_feed_members_note(liq_feed_reading *reading)
{
    const liq_feed_value line = {.index = 0, .name = "line"};
    liq_feed_walk walk;
    liq_text name;
    size_t value;
    liq_status status = LIQ_OK;

    if (reading->text[reading->spans->items[0].offset] != '{')
        return reading->err == NULL ? LIQ_BAD_INPUT : liq_feed_expected(reading, line, "an object");
    walk = liq_feed_walk_start(reading->text, reading->spans, 0);
    while (liq_feed_walk_member(&walk, &name, &value)) {
        const int which = key_find(name);

        if (which == KEY_COUNT) {
            if (status == LIQ_OK)
                status =
                    liq_feed_refuse(reading, line, "unknown key \"%.*s\"", LIQ_TEXT_ARGS(name));
        } else if ((reading->present >> which & 1) != 0) {
            reading->twice |= (uint64_t)1 << which;
            if (status == LIQ_OK)
                status =
                    liq_feed_refuse(reading, line, "key \"%s\" is there twice", keys[which].name);
        } else if (reading->err != NULL || is_followed(reading, value)) {
            reading->present |= (uint64_t)1 << which;
            reading->values[which] = (uint32_t)value;
        }
    }
    return status;
}

liq_status liq_feed_identity_read(liq_feed_reading *reading)
{
    liq_feed_event *const event = reading->event;
    liq_status status = LIQ_OK;

    if (has(reading, KEY_SEQ) && (reading->twice & BIT(SEQ)) == 0)
        status = liq_feed_count_read(reading, member(reading, KEY_SEQ), &event->seq);
    if (status != LIQ_OK)
        reading->err = NULL;
    if (has(reading, KEY_ACCOUNT) && (reading->twice & BIT(ACCOUNT)) == 0 &&
        liq_feed_name_read(reading, member(reading, KEY_ACCOUNT), &event->account) != LIQ_OK)
        status = LIQ_BAD_INPUT;
    return status;
}

liq_status liq_feed_fields_read(liq_feed_reading *reading)
{
    char *const event = (char *)reading->event;
    liq_status status;

    if ((status = kind_read(reading)) != LIQ_OK || (status = shape_hold(reading)) != LIQ_OK)
        return status;
    for (uint64_t left = reading->present; left != 0; left &= left - 1) {
        const key which = (key)__builtin_ctzll(left);

        if (keys[which].read == NULL)
            continue;
        status = keys[which].read(reading, member(reading, which), event + keys[which].field);
        if (status != LIQ_OK)
            return status;
    }
    return shapes[reading->event->kind].check == NULL ? LIQ_OK
                                                      : shapes[reading->event->kind].check(reading);
}

/* Which key this is, or KEY_COUNT. */
static int key_find(liq_text raw)
{
    char plain[KEY_RAW_BYTES + 1];

    if (memchr(raw.data, '\\', raw.bytes) == NULL)
        return key_of_length(raw);
    if (raw.bytes > KEY_RAW_BYTES) /* longer than all keys, each letter as an escape */
        return KEY_COUNT;
    return key_of_length((liq_text){plain, liq_feed_walk_string(plain, raw)});
}

static int key_of_length(liq_text name)
{
    static const uint8_t first[] = {
        [2] = KEY_ID,
        [3] = KEY_SEQ,
        [4] = KEY_TYPE,
        [5] = KEY_AFTER,
        [6] = KEY_SYMBOL,
        [7] = KEY_ACCOUNT,
        [9] = KEY_CONTRACTS,
        [10] = KEY_ACCOUNT_SEQ,
        [13] = KEY_WALLET_BALANCE,
        [14] = KEY_ISOLATED_MARGIN,
        [17] = KEY_IMPLIED_VOLATILITY,
    };

    if (name.bytes >= sizeof first)
        return KEY_COUNT;
    for (int i = first[name.bytes]; i < KEY_COUNT && keys[i].bytes == name.bytes; i++)
        if (keys[i].name[0] == name.data[0] && memcmp(keys[i].name, name.data, name.bytes) == 0)
            return i;
    return KEY_COUNT;
}

/* Whether a value of a line that the scan refused ended before the fault: 12 in "12x" did not. */
static bool is_followed(const liq_feed_reading *reading, size_t value)
{
    const liq_text source = liq_feed_source(reading, value);
    const char *const end = reading->text + reading->event->line.bytes;
    const char *at = source.data + source.bytes;

    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at < end && (*at == ',' || *at == '}');
}

static liq_status kind_read(liq_feed_reading *reading)
{
    static const char *const names[SHAPE_COUNT] = {
        "marks",   "account", "balance", "position",   "order",      "depth", "depthUpdate",
        "funding", "fund",    "fill",    "volatility", "instrument", "asset", "control"};
    const liq_feed_value line = {.index = 0, .name = "line"};
    uint32_t which;
    liq_status status;

    if (!has(reading, KEY_TYPE))
        return liq_feed_refuse(reading, line, "lacks \"type\"");
    status = liq_feed_word_read(reading, member(reading, KEY_TYPE), names, &which);
    if (status == LIQ_OK)
        reading->event->kind = (uint8_t)(which + 1);
    return status;
}

/* Refuse keys that are missing, and those that this type does not have. */
static liq_status shape_hold(const liq_feed_reading *reading)
{
    const uint64_t needed = shapes[reading->event->kind].needed | BIT(SEQ);
    const uint64_t missing = needed & ~reading->present;
    const uint64_t extra = reading->present & ~shapes[reading->event->kind].allowed;

    if (missing != 0)
        return lacks(reading, (key)__builtin_ctzll(missing));
    if (extra != 0)
        return liq_feed_refuse(reading, member(reading, KEY_TYPE), "has no \"%s\"",
                               keys[__builtin_ctzll(extra)].name);
    if (has(reading, KEY_ACCOUNT_SEQ) && !has(reading, KEY_ACCOUNT))
        return lacks(reading, KEY_ACCOUNT);
    return LIQ_OK;
}

static liq_status account_check(liq_feed_reading *reading)
{
    if (reading->event->is_closed && (has(reading, KEY_MODE) || has(reading, KEY_ADL_EXEMPT)))
        return liq_feed_refuse(reading, member(reading, KEY_STATUS),
                               "an account that is closed has no mode and no \"adlExempt\"");
    return LIQ_OK;
}

static liq_status position_check(liq_feed_reading *reading)
{
    const liq_feed_event *const event = reading->event;

    if (event->margin != NULL && !event->is_isolated)
        return liq_feed_refuse(reading, member(reading, KEY_ISOLATED_MARGIN),
                               "only with \"marginMode\":\"isolated\"");
    if (is_zero(event->amount))
        return LIQ_OK;
    if (event->price == NULL)
        return lacks(reading, KEY_ENTRY_PRICE);
    return event->is_isolated && event->margin == NULL ? lacks(reading, KEY_ISOLATED_MARGIN)
                                                       : LIQ_OK;
}

static liq_status order_check(liq_feed_reading *reading)
{
    if (is_zero(reading->event->amount))
        return LIQ_OK;
    if (!has(reading, KEY_SIDE))
        return lacks(reading, KEY_SIDE);
    return reading->event->price == NULL ? lacks(reading, KEY_PRICE) : LIQ_OK;
}

static liq_status depth_check(liq_feed_reading *reading)
{
    liq_feed_value bids;
    liq_feed_value asks;

    if (!has(reading, KEY_BIDS) && !has(reading, KEY_ASKS))
        return lacks(reading, KEY_BIDS);
    if (has(reading, KEY_BIDS))
        bids = member(reading, KEY_BIDS);
    if (has(reading, KEY_ASKS))
        asks = member(reading, KEY_ASKS);
    return liq_feed_levels_read(reading, has(reading, KEY_BIDS) ? &bids : NULL,
                                has(reading, KEY_ASKS) ? &asks : NULL);
}

/* Of the balance of an asset, or of the margin of an isolated position. */
static liq_status funding_check(liq_feed_reading *reading)
{
    if (has(reading, KEY_ASSET)) {
        if (has(reading, KEY_SYMBOL) || has(reading, KEY_SIDE) || has(reading, KEY_MARGIN_MODE))
            return liq_feed_refuse(reading, member(reading, KEY_ASSET),
                                   "either an asset, or symbol, side and \"marginMode\"");
        return LIQ_OK;
    }
    if (!has(reading, KEY_SYMBOL))
        return lacks(reading, KEY_ASSET);
    if (!has(reading, KEY_SIDE))
        return lacks(reading, KEY_SIDE);
    if (!has(reading, KEY_MARGIN_MODE))
        return lacks(reading, KEY_MARGIN_MODE);
    if (!reading->event->is_isolated)
        return liq_feed_refuse(reading, member(reading, KEY_MARGIN_MODE),
                               "a cross position is paid from a balance: give its asset");
    return LIQ_OK;
}

static liq_status fill_check(liq_feed_reading *reading)
{
    const liq_feed_event *const event = reading->event;

    return event->price == NULL && !is_zero(event->amount) ? lacks(reading, KEY_PRICE) : LIQ_OK;
}

static liq_status control_check(liq_feed_reading *reading)
{
    const bool is_snapshot = reading->event->control >= LIQ_FEED_SNAPSHOT_BEGIN;
    const key other = is_snapshot ? KEY_SYMBOL : KEY_ACCOUNT;

    if (has(reading, other))
        return liq_feed_refuse(reading, member(reading, KEY_ACTION), "has no \"%s\"",
                               keys[other].name);
    return LIQ_OK;
}

static liq_status mode_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    static const char *const words[] = {"cross", "portfolio", NULL};
    uint32_t which = 0;
    const liq_status status = liq_feed_word_read(reading, value, words, &which);

    *(bool *)out = which == 1;
    return status;
}

static liq_status margin_mode_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    static const char *const words[] = {"cross", "isolated", NULL};
    uint32_t which = 0;
    const liq_status status = liq_feed_word_read(reading, value, words, &which);

    *(bool *)out = which == 1;
    return status;
}

static liq_status side_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    static const char *const of_position[] = {"long", "short", NULL};
    static const char *const of_order[] = {"buy", "sell", NULL};
    const bool is_order = reading->event->kind == LIQ_FEED_ORDER;
    uint32_t which = 0;
    const liq_status status =
        liq_feed_word_read(reading, value, is_order ? of_order : of_position, &which);

    *(bool *)out = which == 1;
    return status;
}

static liq_status status_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    static const char *const words[] = {"closed", NULL};
    uint32_t which;
    const liq_status status = liq_feed_word_read(reading, value, words, &which);

    *(bool *)out = status == LIQ_OK;
    return status;
}

static liq_status action_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    static const char *const words[] = {"halt", "resume", "snapshot_begin", "snapshot_end", NULL};
    uint32_t which = 0;
    const liq_status status = liq_feed_word_read(reading, value, words, &which);

    *(uint8_t *)out = (uint8_t)(which + LIQ_FEED_HALT);
    return status;
}

static liq_status definition_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    const liq_text source = liq_feed_source(reading, value.index);

    if (source.data[0] != '{')
        return liq_feed_expected(reading, value, "an object");
    *(liq_text *)out = source;
    return LIQ_OK;
}

static liq_feed_value member(const liq_feed_reading *reading, key which)
{
    return (liq_feed_value){.index = reading->values[which], .name = keys[which].name};
}

static bool has(const liq_feed_reading *reading, key which)
{
    return (reading->present >> which & 1) != 0;
}

static liq_status lacks(const liq_feed_reading *reading, key which)
{
    return liq_feed_refuse(reading, member(reading, KEY_TYPE), "lacks \"%s\"", keys[which].name);
}

/* Whether a decimal is zero: no digit of it is another. */
static bool is_zero(const char *decimal)
{
    return strpbrk(decimal, "123456789") == NULL;
}
