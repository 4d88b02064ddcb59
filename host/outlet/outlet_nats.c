/*
 * The outlet that publishes to a stream of NATS. Many lines are on their way at once; their answers
 * may come in any order, and the position of the outlet moves over those that are stored without a
 * gap. Whenever anything fails, the connection is given up, and all from there on is published
 * over a new one: the broker drops what it has by its id, and what it has not comes in order.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "outlet/outlet_internal.h"

enum {
    TEXTS = 7,
    WINDOW = 8192, /* lines on their way at once */
    ID_BYTES = 256,
    ANSWER_WAIT_MS = 20,
    BUSY_WAIT_NS = 5000000 /* for lines, while answers are to come */
};

static const uint64_t answers_late_ns = 5000000000; /* they are not waited for any longer */
static const uint64_t duplicates_usual_ns = 600000000000;

struct liq_outlet_nats {
    liq_nats_options broker; /* texts are ours */
    char *texts[TEXTS];
    const char *stream;
    const char *subject;
    const char *prefix;
    bool is_made;
    uint64_t duplicates_ns;
    liq_nats_link *link;           /* NULL: not connected */
    liq_nats_publisher *publisher; /* NULL likewise */
    uint64_t settled;              /* all up to here is stored */
    uint64_t moved_ns;             /* when that moved, or the first behind it was published */
    uint32_t in_a_row;             /* failures */
    bool is_stored[WINDOW];
};

static liq_status texts_keep(liq_outlet_nats *nats, const liq_outlet_options *options,
                             const char *prefix, liq_error *err);
static void disconnect(liq_outlet_nats *nats);
static bool is_finished(liq_outlet *outlet);
static bool ready_make(liq_outlet *outlet);
static void failed(liq_outlet *outlet, const liq_error *error);
static void lines_publish(liq_outlet *outlet, size_t bytes);
static void answers_take(liq_outlet *outlet, int64_t wait_ms);
static void late_look(liq_outlet *outlet);

liq_status liq_outlet_nats_open(liq_outlet *outlet, const liq_outlet_options *options,
                                liq_error *err)
{
    const char *prefix = options->prefix == NULL ? options->name : options->prefix;
    liq_outlet_nats *nats;
    liq_status status;

    if ((status = liq_memory_array(&outlet->nats, 1, sizeof *nats, err)) != LIQ_OK)
        return status;
    nats = outlet->nats;
    nats->is_made = options->is_made;
    nats->duplicates_ns =
        options->duplicates_ns == 0 ? duplicates_usual_ns : options->duplicates_ns;
    nats->settled = outlet->next_seq - 1;
    if (strlen(prefix) > ID_BYTES / 2)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "outlet %s: the prefix is past %d bytes",
                        outlet->name, ID_BYTES / 2);
    if ((status = texts_keep(nats, options, prefix, err)) != LIQ_OK)
        return status;
    return liq_nats_options_check(&nats->broker, err);
}

void liq_outlet_nats_close(liq_outlet_nats *nats)
{
    if (nats == NULL)
        return;
    disconnect(nats);
    for (size_t i = 0; i < TEXTS; i++)
        free(nats->texts[i]);
    free(nats);
}

void liq_outlet_nats_run(liq_outlet *outlet)
{
    liq_outlet_nats *nats = outlet->nats;

    while (!is_finished(outlet)) {
        size_t bytes;

        if (!ready_make(outlet))
            continue;
        answers_take(outlet, 0);
        if (nats->link != NULL)
            late_look(outlet);
        if (nats->link == NULL)
            continue; /* one of them has given it up */
        if (outlet->next_seq > nats->settled + WINDOW) {
            answers_take(outlet, ANSWER_WAIT_MS);
            continue;
        }
        bytes = liq_outlet_pull(outlet, outlet->next_seq == nats->settled + 1 ? LIQ_OUTLET_IDLE_NS
                                                                              : BUSY_WAIT_NS);
        lines_publish(outlet, bytes);
        if (bytes == 0 && nats->link != NULL && atomic_load(&outlet->is_stopping))
            answers_take(outlet, ANSWER_WAIT_MS); /* lines are not waited for any more */
    }
}

static liq_status texts_keep(liq_outlet_nats *nats, const liq_outlet_options *options,
                             const char *prefix, liq_error *err)
{
    const char *const from[TEXTS] = {options->broker.servers,
                                     options->broker.name,
                                     options->broker.credentials,
                                     options->broker.authority,
                                     options->stream,
                                     options->subject,
                                     prefix};

    for (size_t i = 0; i < TEXTS; i++) {
        const liq_status status = liq_outlet_text_keep(&nats->texts[i], from[i], err);

        if (status != LIQ_OK)
            return status;
    }
    nats->broker = (liq_nats_options){.servers = nats->texts[0],
                                      .name = nats->texts[1],
                                      .credentials = nats->texts[2],
                                      .authority = nats->texts[3]};
    nats->stream = nats->texts[4];
    nats->subject = nats->texts[5];
    nats->prefix = nats->texts[6];
    return LIQ_OK;
}

static bool is_finished(liq_outlet *outlet)
{
    return liq_outlet_is_late(outlet) ||
           (liq_outlet_is_done(outlet) && outlet->next_seq == outlet->nats->settled + 1);
}

/* See to a connection and to the stream. */
static bool ready_make(liq_outlet *outlet)
{
    liq_outlet_nats *nats = outlet->nats;
    const liq_nats_stream stream = {.stream = nats->stream,
                                    .subject = nats->subject,
                                    .is_made = nats->is_made,
                                    .duplicates_ns = nats->duplicates_ns};
    liq_error error;

    if (nats->link != NULL && liq_nats_link_is_up(nats->link))
        return true;
    if (nats->link != NULL) {
        (void)liq_fail(&error, LIQ_IO, 0, "%s: the connection is lost", nats->subject);
        failed(outlet, &error);
    }
    if (liq_nats_link_create(&nats->link, &nats->broker, &error) != LIQ_OK ||
        (nats->stream != NULL && liq_nats_stream_ensure(nats->link, &stream, &error) != LIQ_OK) ||
        liq_nats_publisher_create(&nats->publisher, nats->link, &error) != LIQ_OK) {
        failed(outlet, &error);
        return false;
    }
    liq_outlet_passed(outlet, nats->settled);
    return true;
}

static void disconnect(liq_outlet_nats *nats)
{
    liq_nats_publisher_destroy(nats->publisher);
    liq_nats_link_destroy(nats->link);
    nats->publisher = NULL;
    nats->link = NULL;
}

/* What is on its way is given up, and published again from the first that is not stored. */
static void failed(liq_outlet *outlet, const liq_error *error)
{
    liq_outlet_nats *nats = outlet->nats;

    disconnect(nats);
    outlet->next_seq = nats->settled + 1;
    memset(nats->is_stored, 0, sizeof nats->is_stored);
    liq_outlet_failed(outlet, error, ++nats->in_a_row);
}

/* Publish what was pulled, as far as the window goes; the rest is pulled again. */
static void lines_publish(liq_outlet *outlet, size_t bytes)
{
    liq_outlet_nats *nats = outlet->nats;
    const uint64_t behind = outlet->next_seq;
    const char *at = outlet->room;
    const char *const end = at + bytes;
    uint64_t seq = behind;

    for (const char *look = at; look < end; look++, seq--)
        look = memchr(look, '\n', (size_t)(end - look));
    if (seq == nats->settled + 1 && bytes > 0)
        nats->moved_ns = liq_clock_ns();
    for (; at < end && seq <= nats->settled + WINDOW; seq++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        char id[ID_BYTES];
        liq_error error;

        (void)snprintf(id, sizeof id, "%s-%" PRIu64, nats->prefix, seq);
        if (liq_nats_publish(nats->publisher, nats->subject, id,
                             (liq_text){at, (size_t)(newline - at)}, seq, &error) != LIQ_OK) {
            failed(outlet, &error);
            return;
        }
        at = newline + 1;
    }
    outlet->next_seq = seq;
}

/* Look at the answers that have come, after waiting for the first. */
static void answers_take(liq_outlet *outlet, int64_t wait_ms)
{
    liq_outlet_nats *nats = outlet->nats;
    const uint64_t before = nats->settled;
    liq_nats_answer answer = LIQ_NATS_STORED;

    while (answer == LIQ_NATS_STORED) {
        liq_error error;
        uint64_t seq;

        answer = liq_nats_publisher_answer(nats->publisher, wait_ms, &seq, &error);
        if (answer == LIQ_NATS_REFUSED) {
            failed(outlet, &error);
            return;
        }
        if (answer == LIQ_NATS_STORED && seq > nats->settled && seq < outlet->next_seq)
            nats->is_stored[seq % WINDOW] = true;
        while (nats->settled + 1 < outlet->next_seq &&
               nats->is_stored[(nats->settled + 1) % WINDOW])
            nats->is_stored[++nats->settled % WINDOW] = false;
        wait_ms = 0;
    }
    if (nats->settled == before)
        return;
    nats->moved_ns = liq_clock_ns();
    nats->in_a_row = 0;
    liq_outlet_passed(outlet, nats->settled);
}

static void late_look(liq_outlet *outlet)
{
    const liq_outlet_nats *nats = outlet->nats;
    liq_error error;

    if (outlet->next_seq == nats->settled + 1 || liq_clock_ns() - nats->moved_ns < answers_late_ns)
        return;
    (void)liq_fail(&error, LIQ_IO, 0, "%s: the broker does not say whether it has stored %" PRIu64,
                   nats->subject, nats->settled + 1);
    failed(outlet, &error);
}
