/*
 * The lines that go back to a source over its connection: one JSON object each, with a newline.
 */
#ifndef LIQ_FEED_MESSAGE_H
#define LIQ_FEED_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/* Enough for any of them: a name of a source and a reason, escaped at six bytes for one. */
enum { LIQ_FEED_MESSAGE_BYTES = 6 * (128 + 512) + 128 };

/* Each writes at most LIQ_FEED_MESSAGE_BYTES, without a terminator, and returns how many. Bytes of
 * a text that are not UTF-8 are written as U+FFFD; what is longer than fits is cut. */

/** {"source":"orders","applied":12}: all up to seq is applied and durable. */
size_t liq_feed_message_applied(char *out, const char *source, uint64_t seq);

/** {"source":"orders","refused":{"seq":12,"error":"..."}}; seq 0, not readable, is null. */
size_t liq_feed_message_refused(char *out, const char *source, uint64_t seq, const char *reason);

/** {"source":"orders","resync":{"from":12,"to":15}}: these never came. */
size_t liq_feed_message_resync(char *out, const char *source, uint64_t from, uint64_t to);

/** {"source":"orders","dropped":3}: so many messages did not fit in what is kept for a source. */
size_t liq_feed_message_dropped(char *out, const char *source, uint64_t count);

/** {"source":"orders","closed":"..."}: why the connection ends. */
size_t liq_feed_message_closed(char *out, const char *source, const char *reason);

/** {"error":"..."}: why a connection was refused. */
size_t liq_feed_message_error(char *out, const char *reason);

#endif
