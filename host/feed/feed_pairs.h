/*
 * Lists inside an event: marks, levels of depth, and the sources that it waits for. Used by
 * feed_fields.c only.
 */
#ifndef LIQ_FEED_PAIRS_H
#define LIQ_FEED_PAIRS_H

#include "feed/feed_value.h"

/* Readers into the event itself. Status: LIQ_OK, LIQ_BAD_INPUT or LIQ_OUT_OF_MEMORY. */
liq_feed_reader liq_feed_marks_read;
liq_feed_reader liq_feed_after_read;

/**
 * Read the levels of both sides into the event.
 * @param bids  the value of "bids", NULL: absent
 * @param asks  of "asks", likewise
 */
LIQ_MUST_USE liq_status liq_feed_levels_read(liq_feed_reading *reading, const liq_feed_value *bids,
                                             const liq_feed_value *asks);

#endif
