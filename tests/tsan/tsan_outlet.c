/*
 * A ring of lines that is much too small for its readers: one thread adds as fast as it can, the
 * others read, and each line is either right or has fallen out. Outlets to a file and to a device
 * that is full run beside them, and are asked how far they are all the time.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/monitor.h"
#include "outlet/line_ring.h"
#include "outlet/outlet.h"

enum { READERS = 20, LINES = 60000, ROOM = 70000 };

static liq_line_ring *ring;
static atomic_bool is_ended;
static atomic_ullong lines_read;

static int line_write(char *out, uint64_t seq)
{
    return sprintf(out, "{\"seq\":%llu,\"is\":\"%0*d\"}", (unsigned long long)seq,
                   (int)(seq % 977 + 1), (int)(seq % 7));
}

static void lines_check(const char *at, const char *end, uint64_t seq, uint64_t next)
{
    char expected[1200];

    for (; seq < next; seq++) {
        const int bytes = line_write(expected, seq);

        LIQ_ASSERT(end - at > bytes);
        LIQ_ASSERT(memcmp(at, expected, (size_t)bytes) == 0 && at[bytes] == '\n');
        at += bytes + 1;
        atomic_fetch_add(&lines_read, 1);
    }
    LIQ_ASSERT(at == end);
}

static void *lines_follow(void *room)
{
    uint64_t seq = 1;

    while (seq <= LINES) {
        liq_line_ring_facts facts;
        uint64_t next;
        size_t bytes;
        liq_status status;

        if (!liq_line_ring_wait(ring, seq, liq_clock_ns() + 50000000, &is_ended))
            continue;
        status = liq_line_ring_read(ring, NULL, seq, room, ROOM, &bytes, &next, NULL);
        liq_line_ring_facts_read(ring, &facts);
        LIQ_ASSERT(status == LIQ_OK || status == LIQ_NOT_FOUND);
        if (status == LIQ_NOT_FOUND) {
            seq = facts.first_seq;
            continue;
        }
        lines_check(room, (char *)room + bytes, seq, next);
        seq = next;
    }
    return NULL;
}

/* Lines that have fallen out, once more. */
static liq_status older_next(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                             uint64_t *next_seq, liq_error *err)
{
    (void)context, (void)room, (void)err;
    *bytes = (size_t)line_write(out, seq);
    out[(*bytes)++] = '\n';
    *next_seq = seq + 1;
    return LIQ_OK;
}

static liq_outlet *outlet_open(const char *path)
{
    const liq_line_pull older = {.next = older_next};
    const liq_outlet_options options = {
        .kind = LIQ_OUTLET_FILE, .name = "tsan", .path = path, .from_seq = 1};
    liq_outlet *outlet = NULL;

    LIQ_ASSERT(liq_outlet_create(&outlet, &options, ring, &older, NULL) == LIQ_OK);
    return outlet;
}

static void outlets_ask(liq_outlet *file, liq_outlet *full)
{
    liq_outlet_facts facts;

    liq_outlet_facts_read(file, &facts);
    LIQ_ASSERT(facts.failures == 0);
    liq_outlet_facts_read(full, &facts);
    LIQ_ASSERT(facts.seq == 0);
}

int main(void)
{
    char path[] = "/tmp/liqscan-tsan-XXXXXX";
    const int descriptor = mkstemp(path);
    liq_outlet_facts facts;
    liq_outlet *file;
    liq_outlet *full;
    static char rooms[READERS][ROOM];
    pthread_t threads[READERS];
    char line[1200];

    LIQ_ASSERT(liq_line_ring_create(&ring, 0, 0, NULL) == LIQ_OK);
    file = outlet_open(path);
    full = outlet_open("/dev/full");
    for (int i = 0; i < READERS; i++)
        LIQ_ASSERT(liq_thread_start(&threads[i], "reader", lines_follow, rooms[i], NULL) == LIQ_OK);
    for (uint64_t seq = 1; seq <= LINES; seq++) {
        const int bytes = line_write(line, seq);

        liq_line_ring_add(ring, seq, (liq_text){line, (size_t)bytes});
        if (seq % 64 != 0)
            continue;
        outlets_ask(file, full);
        liq_line_ring_tell(ring);
    }
    liq_line_ring_tell(ring);
    for (int i = 0; i < READERS; i++)
        LIQ_ASSERT(pthread_join(threads[i], NULL) == 0);
    LIQ_ASSERT(atomic_load(&lines_read) >= READERS);
    liq_outlet_stop(file, 60000000000u);
    liq_outlet_facts_read(file, &facts);
    LIQ_ASSERT(facts.seq == LINES && facts.lag == 0);
    liq_outlet_destroy(file);
    liq_outlet_destroy(full);
    LIQ_ASSERT(close(descriptor) == 0 && unlink(path) == 0);
    liq_line_ring_destroy(ring);
    (void)puts("tsan_outlet: ok");
    return 0;
}
