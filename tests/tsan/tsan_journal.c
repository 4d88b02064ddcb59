/*
 * A journal is written while its keeper empties the WAL and removes inputs, and while readers
 * follow it: what they see is always a whole number of ticks.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "journal/journal.h"
#include "journal/journal_reader.h"

enum { TICKS = 400, DECISIONS = 20, READERS = 2, SNAPSHOT_EVERY = 25, ROOM_BYTES = 65536 };

static char folder[] = "/tmp/liqscan-tsan-XXXXXX";
static atomic_bool is_done;

static void ticks_write(liq_journal *journal);
static void tick_write(liq_journal *journal, uint64_t number);
static void *lines_read(void *unused);
static void folder_clear(void);

int main(void)
{
    const liq_journal_options options = {.folder = folder, .name = "tsan"};
    pthread_t threads[READERS];
    liq_journal *journal = NULL;

    LIQ_ASSERT(mkdtemp(folder) != NULL);
    LIQ_ASSERT(liq_journal_open(&journal, &options, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_journal_checkpoint_start(journal, NULL) == LIQ_OK);
    for (int i = 0; i < READERS; i++)
        LIQ_ASSERT(pthread_create(&threads[i], NULL, lines_read, NULL) == 0);
    ticks_write(journal);
    atomic_store(&is_done, true);
    for (int i = 0; i < READERS; i++)
        LIQ_ASSERT(pthread_join(threads[i], NULL) == 0);
    liq_journal_close(journal);
    folder_clear();
    (void)puts("tsan_journal: ok");
    return 0;
}

static void ticks_write(liq_journal *journal)
{
    static const char hash[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    for (uint64_t tick = 1; tick <= TICKS; tick++) {
        tick_write(journal, tick);
        if (tick % SNAPSHOT_EVERY == 0)
            LIQ_ASSERT(liq_journal_snapshot_note(journal, tick, "s", hash, NULL) == LIQ_OK);
    }
}

static void tick_write(liq_journal *journal, uint64_t number)
{
    char lines[DECISIONS][64];
    liq_journal_decision decisions[DECISIONS];
    liq_journal_tick tick = {
        .tick = number, .cause = "marks", .decisions = decisions, .decision_count = DECISIONS};

    for (uint32_t i = 0; i < DECISIONS; i++) {
        const uint64_t seq = (number - 1) * DECISIONS + i + 1;

        (void)snprintf(lines[i], sizeof lines[i], "{\"seq\":%llu}", (unsigned long long)seq);
        decisions[i] = (liq_journal_decision){.seq = seq, .line = liq_text_of(lines[i])};
        LIQ_ASSERT(liq_journal_input(journal, "orders", liq_text_of(lines[i]), NULL) == LIQ_OK);
    }
    LIQ_ASSERT(liq_journal_commit(journal, &tick, NULL) == LIQ_OK);
}

static void *lines_read(void *unused)
{
    liq_journal_reader *reader = NULL;
    char *room = malloc(ROOM_BYTES);
    uint64_t next = 1;
    bool is_last;

    (void)unused;
    LIQ_ASSERT(room != NULL && liq_journal_reader_open(&reader, folder, NULL) == LIQ_OK);
    do {
        liq_journal_last last;
        size_t bytes = 1;

        is_last = atomic_load(&is_done);
        LIQ_ASSERT(liq_journal_reader_last(reader, &last, NULL) == LIQ_OK);
        LIQ_ASSERT(last.seq == last.tick * DECISIONS);
        while (bytes > 0)
            LIQ_ASSERT(liq_journal_reader_lines(reader, next, room, ROOM_BYTES, &bytes, &next,
                                                NULL) == LIQ_OK);
        LIQ_ASSERT(next > last.seq);
    } while (!is_last);
    LIQ_ASSERT(next == (uint64_t)TICKS * DECISIONS + 1);
    liq_journal_reader_close(reader);
    free(room);
    return NULL;
}

static void folder_clear(void)
{
    static const char *const files[] = {"journal.db", "lock", "last-tick"};
    char path[128];

    for (uint64_t tick = 1; tick <= TICKS; tick++) {
        (void)snprintf(path, sizeof path, "%s/inputs-%llu.log", folder, (unsigned long long)tick);
        (void)unlink(path);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    LIQ_ASSERT(rmdir(folder) == 0);
}
