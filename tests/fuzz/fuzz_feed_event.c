/*
 * Whatever the bytes: a line becomes one event. A valid one is JSON for the strict reader too, with
 * the same number; a refused one says why in one printable line; what is kept of a line that was
 * cut is never valid, and names the same source of trouble when it is read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/names.h"
#include "feed/feed_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static void valid_check(const liq_feed_event *event);
static void bad_check(const liq_feed_event *event);
static void cut_check(liq_feed_parser *parser, liq_feed_batch *batch, liq_text line);
static void text_check(const char *text);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    liq_feed_parser parser = {0};
    liq_feed_batch *batch = NULL;
    char *copy;

    LIQ_ASSERT(liq_feed_batch_create(&batch, NULL) == LIQ_OK);
    copy = malloc(bytes + (bytes == 0)); /* its own block: a byte read past the end is found */
    LIQ_ASSERT(copy != NULL);
    if (bytes > 0)
        memcpy(copy, data, bytes);
    LIQ_ASSERT(liq_feed_parse(&parser, batch, (liq_text){copy, bytes}, NULL) == LIQ_OK);
    LIQ_ASSERT(batch->event_count == 1);
    if (batch->events[0].kind == LIQ_FEED_BAD)
        bad_check(&batch->events[0]);
    else
        valid_check(&batch->events[0]);
    cut_check(&parser, batch, (liq_text){copy, bytes});
    free(copy);
    liq_feed_batch_destroy(batch);
    liq_feed_parser_clear(&parser);
    return 0;
}

static void valid_check(const liq_feed_event *event)
{
    liq_json *json = NULL;
    int64_t seq = 0;

    /* What lies deeper, such as a key of a definition that is there twice, is for its reader. */
    if (event->definition.data == NULL) {
        LIQ_ASSERT(liq_json_parse(&json, "f", event->line, NULL) == LIQ_OK);
        LIQ_ASSERT(liq_json_integer(json, liq_json_member(liq_json_root(json), "seq"), 1, INT64_MAX,
                                    &seq, NULL) == LIQ_OK);
        LIQ_ASSERT(event->seq == (uint64_t)seq);
        liq_json_destroy(json);
    }
    text_check(event->account);
    text_check(event->symbol);
    text_check(event->amount);
    text_check(event->price);
    text_check(event->margin);
    for (uint32_t i = 0; i < event->pair_count; i++) {
        text_check(event->pairs[i].symbol);
        text_check(event->pairs[i].price);
        text_check(event->pairs[i].quantity);
    }
    for (uint32_t i = 0; i < event->after_count; i++) {
        LIQ_ASSERT(event->after[i].seq > 0);
        LIQ_ASSERT(liq_names_valid(liq_text_of(event->after[i].source)));
    }
    LIQ_ASSERT(event->reason == NULL && event->seq > 0);
}

static void bad_check(const liq_feed_event *event)
{
    LIQ_ASSERT(event->reason != NULL && event->reason[0] != '\0');
    LIQ_ASSERT(liq_text_utf8(liq_text_of(event->reason)));
    for (const char *at = event->reason; *at != '\0'; at++)
        LIQ_ASSERT((unsigned char)*at >= 0x20);
    text_check(event->account);
}

static void cut_check(liq_feed_parser *parser, liq_feed_batch *batch, liq_text line)
{
    uint64_t seq;

    LIQ_ASSERT(liq_feed_parse_cut(parser, batch, line, NULL) == LIQ_OK);
    LIQ_ASSERT(batch->events[1].kind == LIQ_FEED_BAD && batch->events[1].is_cut);
    seq = batch->events[1].seq;
    LIQ_ASSERT(liq_feed_parse(parser, batch, batch->events[1].line, NULL) == LIQ_OK);
    LIQ_ASSERT(batch->events[2].kind == LIQ_FEED_BAD && batch->events[2].seq == seq);
}

static void text_check(const char *text)
{
    if (text != NULL)
        LIQ_ASSERT(text[0] != '\0' && liq_text_utf8(liq_text_of(text)));
}
