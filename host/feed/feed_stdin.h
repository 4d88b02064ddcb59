/*
 * A source that is read from a descriptor, such as standard input, by a thread of its own. Nobody
 * answers it: it has no way back.
 */
#ifndef LIQ_FEED_STDIN_H
#define LIQ_FEED_STDIN_H

#include <liqscan/status.h>

#include "feed/feed_queue.h"

typedef struct liq_feed_stdin liq_feed_stdin;

/**
 * Start reading. The end of the file comes to the engine as a batch with is_end; so does an error
 * of reading, which liq_feed_stdin_error tells.
 * @param descriptor  lent until it is stopped
 * @param source      index for the batches
 * @return LIQ_OK, LIQ_OUT_OF_MEMORY or LIQ_IO
 */
LIQ_MUST_USE liq_status liq_feed_stdin_start(liq_feed_stdin **out, liq_feed_queue *queue,
                                             int descriptor, uint32_t source, liq_error *err);

/**
 * Stop reading and give everything back. What was read and is no whole line is dropped. A reader
 * that waits for room in the queue stops when there is some or when the queue is closed: close it
 * first. Takes NULL.
 */
void liq_feed_stdin_stop(liq_feed_stdin *reader);

/** Whether reading ended for another reason than the end of the file. @param err  receives it */
bool liq_feed_stdin_error(const liq_feed_stdin *reader, liq_error *err);

#endif
