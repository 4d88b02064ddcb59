/*
 * What a state has written is read back, line by line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/hash.h"
#include "engine/core_state.h"
#include "scan/live_scan.h"
#include "settle/settle_state.h"

enum { FIELDS_MAX = 8, HELD_ALL = 15 };

/* The text being read. */
typedef struct state_text {
    liq_core *core;
    const char *name;
    const char *data;
    size_t bytes;
    size_t at;
    uint64_t line;
    bool rebuilt;
    liq_text fields[FIELDS_MAX];
    uint32_t field_count;
    liq_error *err;
} state_text;

typedef liq_status (*line_reader)(state_text *text);

static liq_status end_check(state_text *text);
static bool line_next(state_text *text);
static liq_status line_read(state_text *text);
static liq_status config_skip(state_text *text);
static liq_status core_read(state_text *text);
static liq_status source_read(state_text *text);
static liq_status numbers_read(state_text *text);
static liq_status mark_read(state_text *text);
static liq_status index_read(state_text *text);
static liq_status price_read(state_text *text, const liq_names *names, liq_core_price *prices);
static liq_status symbol_read(state_text *text, const liq_names *names, uint32_t *out);
static liq_status instrument_read(state_text *text, uint32_t *out);
static liq_status halted_read(state_text *text);
static liq_status volatility_read(state_text *text);
static liq_status margin_read(state_text *text);
static liq_status account_read(state_text *text);
static liq_status seq_read(state_text *text);
static liq_status guard_read(state_text *text);
static liq_status settle_read(state_text *text);
static liq_status block_find(state_text *text, size_t *bytes);
static liq_status block_fail(state_text *text, liq_status status, const liq_error *reason);
static bool number(const state_text *text, uint32_t field, int64_t min, int64_t max, int64_t *out);
static bool time_of(const state_text *text, uint32_t field, int64_t *out);
static bool source_of(const state_text *text, uint32_t field, uint32_t *out);
static bool account_of(const state_text *text, uint32_t field, uint32_t *out);
static liq_status bad(state_text *text, const char *why);

/* In the order in which they are tried; the settler's bytes come last. */
static const struct {
    const char *word;
    uint32_t fields;
    line_reader read;
} readers[] = {{"config", 2, config_skip}, {"core", 6, core_read},
               {"source", 7, source_read}, {"numbers", 2, numbers_read},
               {"mark", 5, mark_read},     {"index", 5, index_read},
               {"halted", 2, halted_read}, {"volatility", 3, volatility_read},
               {"margin", 3, margin_read}, {"account", 4, account_read},
               {"seq", 5, seq_read},       {"guard", 2, guard_read},
               {"settle", 2, settle_read}};

liq_status liq_core_state_config(liq_core_config *out, const char *name, liq_text state,
                                 liq_error *err)
{
    state_text text = {.name = name, .data = state.data, .bytes = state.bytes, .err = err};
    const liq_status status = end_check(&text);

    if (status != LIQ_OK)
        return status;
    if (!line_next(&text) || !line_next(&text) || text.field_count != 2 ||
        !liq_text_equal(text.fields[0], "config"))
        return bad(&text, "the configuration is missing");
    return liq_core_config_read(out, text.fields[1], err);
}

liq_status liq_core_state_read(liq_core *core, const char *name, const void *data, size_t bytes,
                               bool rebuilt, liq_error *err)
{
    state_text text = {
        .core = core, .name = name, .data = data, .bytes = bytes, .rebuilt = rebuilt, .err = err};
    liq_status status = end_check(&text);

    if (status != LIQ_OK)
        return status;
    if (!line_next(&text) || !liq_text_equal(text.fields[0], "liqscan-state") ||
        text.field_count != 2 || !liq_text_equal(text.fields[1], "1"))
        return bad(&text, "this is no state of version 1");
    while (status == LIQ_OK && line_next(&text))
        status = line_read(&text);
    return status;
}

/* The last line covers all others; it is taken off. */
static liq_status end_check(state_text *text)
{
    const size_t tail = 4 + (LIQ_HASH_HEX_BYTES - 1) + 1;
    char hex[LIQ_HASH_HEX_BYTES];
    liq_hash *hash = NULL;
    liq_status status;

    if (text->bytes < tail || memcmp(text->data + text->bytes - tail, "end\t", 4) != 0 ||
        text->data[text->bytes - 1] != '\n')
        return bad(text, "it is cut short");
    text->bytes -= tail;
    if ((status = liq_hash_create(&hash, text->err)) != LIQ_OK)
        return status;
    liq_hash_add(hash, text->data, text->bytes);
    liq_hash_finish(hash, hex);
    liq_hash_destroy(hash);
    if (memcmp(text->data + text->bytes + 4, hex, LIQ_HASH_HEX_BYTES - 1) != 0)
        return bad(text, "its hash is another one: it is damaged");
    return LIQ_OK;
}

static bool line_next(state_text *text)
{
    const char *start = text->data + text->at;
    const char *end = text->at < text->bytes ? memchr(start, '\n', text->bytes - text->at) : NULL;

    if (end == NULL)
        return false;
    text->line++;
    text->at += (size_t)(end - start) + 1;
    text->field_count = 0;
    for (const char *from = start; from <= end && text->field_count < FIELDS_MAX;) {
        const char *tab = memchr(from, '\t', (size_t)(end - from));

        if (tab == NULL)
            tab = end;
        text->fields[text->field_count++] = (liq_text){from, (size_t)(tab - from)};
        from = tab + 1;
    }
    return true;
}

static liq_status line_read(state_text *text)
{
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (liq_text_equal(text->fields[0], readers[i].word))
            return text->field_count == readers[i].fields ? readers[i].read(text)
                                                          : bad(text, "fields are missing");
    return bad(text, "the line says nothing known");
}

/* It was read before there was a core. */
static liq_status config_skip(state_text *text)
{
    (void)text;
    return LIQ_OK;
}

static liq_status core_read(state_text *text)
{
    liq_core *core = text->core;
    int64_t tick;
    int64_t seq;
    int64_t flags;

    if (!number(text, 1, 0, INT64_MAX, &tick) || !number(text, 2, 0, INT64_MAX, &seq) ||
        !time_of(text, 3, &core->now_ms) || !time_of(text, 4, &core->event_ms) ||
        !number(text, 5, 0, 15, &flags))
        return bad(text, "a number is out of range");
    core->tick = (uint64_t)tick;
    core->seq = (uint64_t)seq;
    core->is_halted = (flags & 1) != 0;
    core->is_complete = (flags & 2) != 0;
    core->is_in_snapshot = (flags & 4) != 0;
    core->cpu_only = (flags & 8) != 0;
    return LIQ_OK;
}

/* A source that the configuration no longer names has nothing more to say. */
static liq_status source_read(state_text *text)
{
    liq_core_source *source;
    int64_t numbers[5];
    uint32_t index;

    for (uint32_t i = 0; i < 5; i++)
        if (!number(text, i + 2, 0, i == 0 ? INT64_MAX : i < 3 ? UINT32_MAX : 1, &numbers[i]))
            return bad(text, "a number is out of range");
    if (!source_of(text, 1, &index))
        return LIQ_OK;
    source = &text->core->sources[index];
    source->applied = (uint64_t)numbers[0];
    source->gaps = (uint32_t)numbers[1];
    source->gaps_cleared = (uint32_t)numbers[2];
    source->feeds_accounts = numbers[3] != 0;
    source->feeds_prices = numbers[4] != 0;
    return LIQ_OK;
}

static liq_status numbers_read(state_text *text)
{
    uint32_t index;

    return source_of(text, 1, &index)
               ? liq_core_seqs_make(text->core, &text->core->sources[index], text->err)
               : LIQ_OK;
}

static liq_status mark_read(state_text *text)
{
    return price_read(text, text->core->book->venue.instrument_names, text->core->marks);
}

static liq_status index_read(state_text *text)
{
    return price_read(text, text->core->book->venue.asset_names, text->core->indices);
}

static liq_status price_read(state_text *text, const liq_names *names, liq_core_price *prices)
{
    liq_core_price price = {.source = 0};
    int64_t is_new;
    uint32_t index;
    liq_status status;

    if (!time_of(text, 2, &price.time_ms) || !number(text, 4, 0, 1, &is_new))
        return bad(text, "a number is out of range");
    price.is_new = is_new != 0;
    status = symbol_read(text, names, &index);
    if (index == LIQ_NO_INDEX)
        return status;
    if (source_of(text, 3, &price.source))
        prices[index] = price;
    return LIQ_OK;
}

/* A book that was built anew may lack a symbol: then nothing is left to say of it. */
static liq_status symbol_read(state_text *text, const liq_names *names, uint32_t *out)
{
    if (liq_names_find(names, text->fields[1], out))
        return LIQ_OK;
    *out = LIQ_NO_INDEX;
    return text->rebuilt ? LIQ_OK : bad(text, "the symbol is not of the book's venue");
}

static liq_status instrument_read(state_text *text, uint32_t *out)
{
    return symbol_read(text, text->core->book->venue.instrument_names, out);
}

static liq_status halted_read(state_text *text)
{
    uint32_t index;
    const liq_status status = instrument_read(text, &index);

    if (index == LIQ_NO_INDEX)
        return status;
    text->core->halted[index] = true;
    return LIQ_OK;
}

static liq_status volatility_read(state_text *text)
{
    const liq_text value = text->fields[2];
    liq_decimal implied;
    uint32_t index;
    const liq_status status = instrument_read(text, &index);

    if (index == LIQ_NO_INDEX)
        return status;
    if (value.bytes >= sizeof text->core->volatility[index])
        return bad(text, "the value is longer than 31 bytes");
    memcpy(text->core->volatility[index], value.data, value.bytes);
    if (liq_decimal_parse(&implied, value, NULL) != LIQ_OK || implied.digits < 0)
        return bad(text, "the value is no volatility");
    liq_live_margin_implied_set(&text->core->margin, index, implied);
    return LIQ_OK;
}

static liq_status margin_read(state_text *text)
{
    uint32_t index;
    const liq_status status = instrument_read(text, &index);

    if (index == LIQ_NO_INDEX)
        return status;
    if (!liq_live_margin_state_read(&text->core->margin, index, text->fields[2]))
        return bad(text, "it is no state of margin rates, or not of those in the book");
    return LIQ_OK;
}

static liq_status account_read(state_text *text)
{
    int64_t holds;
    int64_t until;
    uint32_t account;

    if (!number(text, 2, 1, HELD_ALL, &holds) || !number(text, 3, 0, 2 * LIQ_TIME_MS_MAX, &until))
        return bad(text, "a number is out of range");
    if (!account_of(text, 1, &account))
        return bad(text, "the account is not in the book");
    liq_core_hold(text->core, account, (uint8_t)holds);
    text->core->accounts[account].advised_until_ms = until;
    return LIQ_OK;
}

static liq_status seq_read(state_text *text)
{
    liq_core_source *source;
    int64_t seq;
    int64_t confirmed;
    uint32_t index;
    uint32_t account;
    liq_status status;

    if (!number(text, 3, 0, INT64_MAX, &seq) || !number(text, 4, 0, UINT32_MAX, &confirmed))
        return bad(text, "a number is out of range");
    if (!source_of(text, 1, &index))
        return LIQ_OK;
    if (!account_of(text, 2, &account))
        return bad(text, "the account is not in the book");
    source = &text->core->sources[index];
    if ((status = liq_core_seqs_make(text->core, source, text->err)) != LIQ_OK)
        return status;
    source->account_seqs[account] = (uint64_t)seq;
    source->confirmed[account] = (uint32_t)confirmed;
    return LIQ_OK;
}

static liq_status guard_read(state_text *text)
{
    liq_bytes_in in = {.data = (const unsigned char *)text->data + text->at};
    liq_error reason;
    liq_status status = block_find(text, &in.bytes);

    if (status != LIQ_OK)
        return status;
    status = liq_guard_state_read(text->core->guard.guard, &in, text->rebuilt, &reason);
    if (status != LIQ_OK)
        return block_fail(text, status, &reason);
    if (in.at != in.bytes)
        return bad(text, "the state of guards is too long");
    text->at += in.bytes + 1;
    return LIQ_OK;
}

static liq_status settle_read(state_text *text)
{
    liq_error reason;
    size_t bytes = 0;
    liq_status status = block_find(text, &bytes);

    if (status != LIQ_OK)
        return status;
    status = liq_settle_state_read(text->core->settle, text->data + text->at, bytes, &reason);
    if (status != LIQ_OK)
        return block_fail(text, status, &reason);
    text->at += bytes + 1;
    return LIQ_OK;
}

/* Bytes of another room, as many as the line says, and a line end behind them. */
static liq_status block_find(state_text *text, size_t *bytes)
{
    int64_t count;

    if (!number(text, 1, 0, INT64_MAX, &count) ||
        (uint64_t)count + 1 > (uint64_t)(text->bytes - text->at))
        return bad(text, "it is cut short");
    *bytes = (size_t)count;
    return LIQ_OK;
}

static liq_status block_fail(state_text *text, liq_status status, const liq_error *reason)
{
    return liq_fail(text->err, status, reason->native, "%s: %s", text->name, reason->message);
}

static bool number(const state_text *text, uint32_t field, int64_t min, int64_t max, int64_t *out)
{
    const liq_text from = text->fields[field];
    char digits[24];
    char shown[24];

    if (from.bytes == 0 || from.bytes >= sizeof digits)
        return false;
    memcpy(digits, from.data, from.bytes);
    digits[from.bytes] = '\0';
    *out = strtoll(digits, NULL, 10);
    (void)snprintf(shown, sizeof shown, "%" PRId64, *out);
    return strcmp(shown, digits) == 0 && *out >= min && *out <= max;
}

/* Or none. */
static bool time_of(const state_text *text, uint32_t field, int64_t *out)
{
    return number(text, field, INT64_MIN, LIQ_TIME_MS_MAX, out) && (*out >= 0 || *out == INT64_MIN);
}

static bool source_of(const state_text *text, uint32_t field, uint32_t *out)
{
    const liq_text name = text->fields[field];

    for (uint32_t i = 0; i < text->core->config.source_count; i++)
        if (liq_text_equal(name, text->core->config.sources[i])) {
            *out = i;
            return true;
        }
    return false;
}

static bool account_of(const state_text *text, uint32_t field, uint32_t *out)
{
    return liq_live_book_find(&text->core->live->book, text->fields[field], out);
}

static liq_status bad(state_text *text, const char *why)
{
    return liq_fail(text->err, LIQ_BAD_INPUT, 0, "%s:%" PRIu64 ": %s", text->name, text->line, why);
}
