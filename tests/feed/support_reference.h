/*
 * A second reader of the lines of a feed, over the tree that liq_json_parse makes: slow, and
 * written from the table of events rather than from feed_parse.c. What both say must be the same.
 */
#ifndef LIQ_TESTS_FEED_SUPPORT_REFERENCE_H
#define LIQ_TESTS_FEED_SUPPORT_REFERENCE_H

#include "base/json.h"
#include "feed/feed_event.h"

typedef struct reference {
    liq_json *json;       /* owns all texts but those of pairs' lists */
    liq_feed_event event; /* kind LIQ_FEED_BAD when the line is refused */
    liq_feed_pair *pairs;
    liq_mark_texts *made_of; /* by mark */
    liq_feed_after after[LIQ_FEED_AFTER_MAX];
} reference;

void reference_read(reference *out, liq_text line);
void reference_free(reference *held);

#endif
