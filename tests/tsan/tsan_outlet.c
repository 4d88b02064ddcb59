/*
 * A ring of lines that is much too small for its readers: one thread adds as fast as it can, the
 * others read, and each line is either right or has fallen out.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/monitor.h"
#include "outlet/line_ring.h"

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

int main(void)
{
    static char rooms[READERS][ROOM];
    pthread_t threads[READERS];
    char line[1200];

    LIQ_ASSERT(liq_line_ring_create(&ring, 0, 0, NULL) == LIQ_OK);
    for (int i = 0; i < READERS; i++)
        LIQ_ASSERT(liq_thread_start(&threads[i], "reader", lines_follow, rooms[i], NULL) == LIQ_OK);
    for (uint64_t seq = 1; seq <= LINES; seq++) {
        const int bytes = line_write(line, seq);

        liq_line_ring_add(ring, seq, (liq_text){line, (size_t)bytes});
        if (seq % 64 == 0)
            liq_line_ring_tell(ring);
    }
    liq_line_ring_tell(ring);
    for (int i = 0; i < READERS; i++)
        LIQ_ASSERT(pthread_join(threads[i], NULL) == 0);
    LIQ_ASSERT(atomic_load(&lines_read) >= READERS);
    liq_line_ring_destroy(ring);
    (void)puts("tsan_outlet: ok");
    return 0;
}
