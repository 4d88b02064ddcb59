#include "feed/feed_stdin.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/monitor.h"
#include "feed/feed_lines.h"

struct liq_feed_stdin {
    liq_feed_queue *queue;
    liq_feed_lines lines;
    liq_feed_parser parser;
    pthread_t thread;
    int descriptor;
    int stop; /* an eventfd */
    liq_error error;
    atomic_bool has_failed; /* error is filled */
};

static void *read_all(void *of);
static bool wait_for_bytes(const liq_feed_stdin *reader);
static liq_status read_some(liq_feed_stdin *reader, bool *is_end, liq_error *err);
static void give_end(liq_feed_stdin *reader);
static bool give(liq_feed_stdin *reader, liq_feed_batch *batch);

liq_status liq_feed_stdin_start(liq_feed_stdin **out, liq_feed_queue *queue, int descriptor,
                                uint32_t source, liq_error *err)
{
    void *block = NULL;
    liq_feed_stdin *reader;
    liq_status status;

    if ((status = liq_memory_array(&block, 1, sizeof *reader, err)) != LIQ_OK)
        return status;
    reader = block;
    reader->queue = queue;
    reader->descriptor = descriptor;
    atomic_init(&reader->has_failed, false);
    liq_feed_lines_start(&reader->lines, queue, &reader->parser, source);
    reader->stop = eventfd(0, EFD_CLOEXEC);
    if (reader->stop < 0)
        status = liq_fail(err, LIQ_IO, errno, "no eventfd for a reader: %s", strerror(errno));
    else if ((status = liq_thread_start(&reader->thread, "feed", read_all, reader, err)) != LIQ_OK)
        (void)close(reader->stop);
    if (status == LIQ_OK)
        *out = reader;
    else
        free(reader);
    return status;
}

void liq_feed_stdin_stop(liq_feed_stdin *reader)
{
    const uint64_t one = 1;

    if (reader == NULL)
        return;
    LIQ_ASSERT(write(reader->stop, &one, sizeof one) == sizeof one);
    LIQ_ASSERT(pthread_join(reader->thread, NULL) == 0);
    liq_feed_lines_stop(&reader->lines);
    liq_feed_parser_clear(&reader->parser);
    (void)close(reader->stop);
    free(reader);
}

bool liq_feed_stdin_error(const liq_feed_stdin *reader, liq_error *err)
{
    const bool has_failed = atomic_load(&reader->has_failed);

    if (has_failed && err != NULL)
        *err = reader->error;
    return has_failed;
}

static void *read_all(void *of)
{
    liq_feed_stdin *const reader = of;
    bool is_end = false;

    while (!is_end) {
        liq_status status;

        if (!wait_for_bytes(reader))
            return NULL;
        status = read_some(reader, &is_end, &reader->error);
        if (status == LIQ_INTERRUPTED) /* the queue is closed */
            return NULL;
        if (status != LIQ_OK) {
            atomic_store(&reader->has_failed, true);
            break;
        }
    }
    give_end(reader);
    return NULL;
}

/* False: it is to stop. A regular file is always ready. */
static bool wait_for_bytes(const liq_feed_stdin *reader)
{
    struct pollfd entries[2] = {{.fd = reader->stop, .events = POLLIN},
                                {.fd = reader->descriptor, .events = POLLIN}};

    while (poll(entries, 2, -1) < 0)
        LIQ_ASSERT(errno == EINTR || errno == ENOMEM || errno == EAGAIN);
    return entries[0].revents == 0;
}

static liq_status read_some(liq_feed_stdin *reader, bool *is_end, liq_error *err)
{
    liq_feed_batch *batch = NULL;
    char *into = NULL;
    size_t room = 0;
    ssize_t bytes;
    liq_status status;

    if ((status = liq_feed_lines_room(&reader->lines, &into, &room, err)) != LIQ_OK)
        return status;
    bytes = read(reader->descriptor, into, room);
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN))
        return LIQ_OK;
    if (bytes < 0)
        return liq_fail(err, LIQ_IO, errno, "cannot read the feed: %s", strerror(errno));
    *is_end = bytes == 0;
    if ((status = liq_feed_lines_took(&reader->lines, (size_t)bytes, &batch, err)) != LIQ_OK)
        return status;
    return batch == NULL || give(reader, batch) ? LIQ_OK : LIQ_INTERRUPTED;
}

/* The last line, when reading went well, and word that nothing follows. */
static void give_end(liq_feed_stdin *reader)
{
    liq_feed_batch *batch = NULL;

    if (atomic_load(&reader->has_failed)) {
        const uint32_t source = reader->lines.source;

        liq_feed_lines_stop(&reader->lines);
        liq_feed_lines_start(&reader->lines, reader->queue, &reader->parser, source);
    }
    if (liq_feed_lines_end(&reader->lines, &batch, NULL) == LIQ_OK)
        (void)give(reader, batch);
}

static bool give(liq_feed_stdin *reader, liq_feed_batch *batch)
{
    const bool is_taken = liq_feed_queue_push(reader->queue, batch);

    if (!is_taken)
        liq_feed_queue_drop(reader->queue, batch);
    return is_taken;
}
