/*
 * Walking over a text that the strict scan of JSON has gone through: members, items and strings,
 * without a tree. What the scan refused can be walked up to the fault.
 */
#ifndef LIQ_FEED_WALK_H
#define LIQ_FEED_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_scan.h"
#include "base/text.h"

typedef struct liq_feed_walk {
    const char *text;
    const liq_json_span *spans;
    size_t count;  /* of all spans */
    size_t next;   /* the value to come */
    uint32_t stop; /* offset behind the container */
    uint32_t at;   /* offset from which the next key is looked for */
} liq_feed_walk;

/** Walk over what the object or array `container`, an index of spans, holds. */
liq_feed_walk liq_feed_walk_start(const char *text, const liq_json_spans *spans, size_t container);

/**
 * The next item of an array.
 * @param value  receives its index
 * @return false at the end, and where the scan found its fault
 */
bool liq_feed_walk_item(liq_feed_walk *walk, size_t *value);

/** The next member of an object; the key is raw: without its quotes, escapes as they stand. */
bool liq_feed_walk_member(liq_feed_walk *walk, liq_text *key, size_t *value);

/**
 * Write a string without its escapes, and terminate it.
 * @param raw  between the quotes of a string that the scan took
 * @param out  raw.bytes + 1 of room are always enough
 * @return bytes written, without the terminator
 */
size_t liq_feed_walk_string(char *out, liq_text raw);

#endif
