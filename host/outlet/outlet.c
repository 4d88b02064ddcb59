#include "outlet/outlet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "outlet/outlet_internal.h"

enum { PAUSE_NS = 50000000, PAUSE_STEPS = 20, PAUSE_LATE_US = 10000 };

static liq_status kind_open(liq_outlet *outlet, const liq_outlet_options *options, liq_error *err);
static void *thread_main(void *of);

liq_status liq_outlet_create(liq_outlet **out, const liq_outlet_options *options,
                             liq_line_ring *ring, const liq_line_pull *older, liq_error *err)
{
    liq_outlet *outlet = NULL;
    liq_status status;

    LIQ_ASSERT(options->from_seq >= 1);
    if ((status = liq_memory_array(&outlet, 1, sizeof *outlet, err)) != LIQ_OK)
        return status;
    outlet->kind = options->kind;
    outlet->descriptor = options->kind == LIQ_OUTLET_STANDARD ? options->descriptor : -1;
    outlet->ring = ring;
    outlet->has_older = older != NULL;
    if (older != NULL)
        outlet->older = *older;
    liq_monitor_init(&outlet->monitor);
    if ((status = liq_outlet_text_keep(&outlet->name, options->name, err)) != LIQ_OK ||
        (status = liq_outlet_text_keep(&outlet->path, options->path, err)) != LIQ_OK ||
        (status = liq_memory_array(&outlet->room, LIQ_OUTLET_ROOM, 1, err)) != LIQ_OK ||
        (status = kind_open(outlet, options, err)) != LIQ_OK)
        goto done;
    atomic_store(&outlet->seq, outlet->next_seq - 1);
    status = liq_thread_start(&outlet->thread, outlet->name, thread_main, outlet, err);
    if (status != LIQ_OK)
        goto done;
    outlet->runs = true;
    *out = outlet;
    outlet = NULL;
done:
    liq_outlet_destroy(outlet);
    return status;
}

void liq_outlet_facts_read(liq_outlet *outlet, liq_outlet_facts *out)
{
    liq_line_ring_facts ring;

    liq_line_ring_facts_read(outlet->ring, &ring);
    *out = (liq_outlet_facts){.seq = atomic_load(&outlet->seq),
                              .failures = atomic_load(&outlet->failures),
                              .is_failing = atomic_load(&outlet->is_failing),
                              .is_gone = atomic_load(&outlet->is_gone)};
    out->lag = ring.last_seq > out->seq ? ring.last_seq - out->seq : 0;
    liq_monitor_enter(&outlet->monitor);
    memcpy(out->error, outlet->error, sizeof out->error);
    liq_monitor_leave(&outlet->monitor);
}

void liq_outlet_stop(liq_outlet *outlet, uint64_t wait_ns)
{
    if (!outlet->runs)
        return;
    atomic_store(&outlet->stop_ns, liq_clock_ns() + wait_ns);
    atomic_store(&outlet->is_stopping, true);
    liq_line_ring_tell(outlet->ring);
    LIQ_ASSERT(pthread_join(outlet->thread, NULL) == 0);
    outlet->runs = false;
}

void liq_outlet_destroy(liq_outlet *outlet)
{
    if (outlet == NULL)
        return;
    liq_outlet_stop(outlet, 0);
    liq_outlet_nats_close(outlet->nats);
    if (outlet->is_owned)
        (void)close(outlet->descriptor);
    liq_monitor_clear(&outlet->monitor);
    free(outlet->room);
    free(outlet->path);
    free(outlet->name);
    free(outlet);
}

size_t liq_outlet_pull(liq_outlet *outlet, uint64_t wait_ns)
{
    const liq_line_pull *older = outlet->has_older ? &outlet->older : NULL;
    uint64_t next = outlet->next_seq;
    size_t bytes = 0;
    liq_error error;

    if (!liq_line_ring_wait(outlet->ring, outlet->next_seq, liq_clock_ns() + wait_ns,
                            &outlet->is_stopping))
        return 0;
    if (liq_line_ring_read(outlet->ring, older, outlet->next_seq, outlet->room, LIQ_OUTLET_ROOM,
                           &bytes, &next, &error) != LIQ_OK) {
        liq_outlet_failed(outlet, &error, PAUSE_STEPS);
        return 0;
    }
    outlet->next_seq = next;
    return bytes;
}

bool liq_outlet_is_done(liq_outlet *outlet)
{
    liq_line_ring_facts ring;

    if (!atomic_load(&outlet->is_stopping))
        return false;
    liq_line_ring_facts_read(outlet->ring, &ring);
    return ring.last_seq < outlet->next_seq || liq_outlet_is_late(outlet);
}

bool liq_outlet_is_late(liq_outlet *outlet)
{
    return atomic_load(&outlet->is_stopping) && liq_clock_ns() >= atomic_load(&outlet->stop_ns);
}

void liq_outlet_failed(liq_outlet *outlet, const liq_error *error, uint32_t in_a_row)
{
    const uint64_t pause_ns =
        (uint64_t)PAUSE_NS * (in_a_row < PAUSE_STEPS ? in_a_row : PAUSE_STEPS);

    liq_monitor_enter(&outlet->monitor);
    memcpy(outlet->error, error->message, sizeof outlet->error);
    liq_monitor_leave(&outlet->monitor);
    atomic_fetch_add(&outlet->failures, 1);
    atomic_store(&outlet->is_failing, true);
    if (atomic_load(&outlet->is_stopping))
        (void)usleep(PAUSE_LATE_US);
    else
        (void)liq_line_ring_wait(outlet->ring, UINT64_MAX, liq_clock_ns() + pause_ns,
                                 &outlet->is_stopping);
}

void liq_outlet_passed(liq_outlet *outlet, uint64_t seq)
{
    atomic_store(&outlet->seq, seq);
    atomic_store(&outlet->is_failing, false);
}

liq_status liq_outlet_text_keep(char **out, const char *text, liq_error *err)
{
    liq_status status;

    if (text == NULL)
        return LIQ_OK;
    if ((status = liq_memory_array(out, strlen(text) + 1, 1, err)) == LIQ_OK)
        (void)strcpy(*out, text);
    return status;
}

static liq_status kind_open(liq_outlet *outlet, const liq_outlet_options *options, liq_error *err)
{
    outlet->next_seq = options->from_seq;
    if (options->kind == LIQ_OUTLET_NATS)
        return liq_outlet_nats_open(outlet, options, err);
    return liq_outlet_stream_open(outlet, err);
}

static void *thread_main(void *of)
{
    liq_outlet *outlet = of;

    if (outlet->kind == LIQ_OUTLET_NATS)
        liq_outlet_nats_run(outlet);
    else
        liq_outlet_stream_run(outlet);
    return NULL;
}
