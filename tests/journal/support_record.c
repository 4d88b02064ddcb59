#include "support_record.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outlet/action_line.h"

enum { DECISIONS_MAX = 8, LEGS_EACH = 3, MARKS = 5, SOURCES = 2 };

/* Everything that a tick lends to its journal. */
typedef struct record_tick {
    liq_settle_action actions[DECISIONS_MAX];
    liq_journal_decision decisions[DECISIONS_MAX];
    char lines[DECISIONS_MAX][LIQ_ACTION_LINE_BYTES];
    char accounts[DECISIONS_MAX][32];
    char amounts[DECISIONS_MAX][3][48];
    liq_journal_leg legs[DECISIONS_MAX * LEGS_EACH];
    liq_journal_mark marks[MARKS];
    char prices[MARKS][32];
    liq_journal_fund fund;
    char balance[32];
    liq_journal_source sources[SOURCES];
    liq_journal_tick tick;
} record_tick;

static void files_each(const char *folder, void (*act)(const char *path, const char *target),
                       const char *target);

void record_folder_make(char path[RECORD_PATH_BYTES])
{
    const char *parent = getenv("TMPDIR");

    (void)snprintf(path, RECORD_PATH_BYTES, "%s/liqscan-journal-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    cr_assert_not_null(mkdtemp(path));
}

static void file_remove(const char *path, const char *target)
{
    (void)target;
    (void)unlink(path);
}

void record_folder_remove(const char *path)
{
    files_each(path, file_remove, NULL);
    (void)rmdir(path);
}

const char *record_path(const char *folder, const char *name)
{
    static char paths[4][RECORD_NAME_BYTES];
    static unsigned next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, RECORD_NAME_BYTES, "%s/%s", folder, name);
    return path;
}

static void file_copy(const char *path, const char *target)
{
    size_t bytes;
    char *data = record_file_read(path, &bytes);

    record_file_write(record_path(target, strrchr(path, '/') + 1), data, bytes);
    free(data);
}

void record_folder_copy(const char *source, char target[RECORD_PATH_BYTES])
{
    record_folder_make(target);
    files_each(source, file_copy, target);
}

size_t record_file_bytes(const char *path)
{
    struct stat facts;

    cr_assert_eq(stat(path, &facts), 0, "%s", path);
    return (size_t)facts.st_size;
}

char *record_file_read(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    char *data;

    cr_assert_not_null(file, "%s", path);
    *bytes = record_file_bytes(path);
    data = malloc(*bytes + 1);
    cr_assert_not_null(data);
    cr_assert_eq(fread(data, 1, *bytes, file), *bytes);
    data[*bytes] = '\0';
    (void)fclose(file);
    return data;
}

void record_file_write(const char *path, const void *data, size_t bytes)
{
    FILE *file = fopen(path, "wb");

    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fwrite(data, 1, bytes, file), bytes);
    cr_assert_eq(fclose(file), 0);
}

void record_file_flip(const char *path, size_t offset)
{
    FILE *file = fopen(path, "r+b");
    int byte;

    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fseek(file, (long)offset, SEEK_SET), 0);
    byte = fgetc(file);
    cr_assert_neq(byte, EOF);
    cr_assert_eq(fseek(file, (long)offset, SEEK_SET), 0);
    (void)fputc(byte ^ 0x5a, file);
    cr_assert_eq(fclose(file), 0);
}

liq_journal *record_open(const char *folder)
{
    const liq_journal_options options = {.folder = folder, .name = RECORD_NAME};
    liq_journal *journal = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_journal_open(&journal, &options, &err), LIQ_OK, "%s", err.message);
    return journal;
}

uint32_t record_input_count(uint64_t tick)
{
    return tick % 5 == 3 ? 0 : 1 + (uint32_t)(tick % 7);
}

uint32_t record_decision_count(uint64_t tick)
{
    return (uint32_t)(tick % 4);
}

uint64_t record_first_seq(uint64_t tick)
{
    uint64_t seq = 1;

    for (uint64_t i = 1; i < tick; i++)
        seq += record_decision_count(i);
    return seq;
}

const char *record_line(uint64_t tick, uint32_t input)
{
    static char line[256];

    (void)snprintf(line, sizeof line,
                   "{\"type\":\"position\",\"seq\":%llu,\"account\":\"a%llu\",\"symbol\":"
                   "\"BTCUSDT\",\"side\":\"long\",\"contracts\":\"%u.5\",\"entryPrice\":\"50000\"}",
                   (unsigned long long)(tick * 10 + input), (unsigned long long)(tick % 13), input);
    return line;
}

const char *record_source(uint32_t input)
{
    return input % 3 == 0 ? "marks" : "orders";
}

liq_status record_inputs(liq_journal *journal, uint64_t tick, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < record_input_count(tick) && status == LIQ_OK; i++)
        status =
            liq_journal_input(journal, record_source(i), liq_text_of(record_line(tick, i)), err);
    return status;
}

static void decision_fill(record_tick *record, uint32_t i, liq_action_writer *writer)
{
    liq_settle_action *action = &record->actions[i];
    liq_journal_decision *decision = &record->decisions[i];
    const uint64_t seq = record_first_seq(record->tick.tick) + i;
    size_t bytes = 0;

    (void)snprintf(record->accounts[i], sizeof record->accounts[i], "account %llu",
                   (unsigned long long)(seq % 5));
    *action = (liq_settle_action){.seq = seq,
                                  .tick = record->tick.tick,
                                  .kind = i == 2 ? LIQ_SETTLE_ADL : LIQ_SETTLE_CLOSE,
                                  .reason = i == 2 ? LIQ_BECAUSE_ADL : LIQ_BECAUSE_FLAGGED,
                                  .account = record->accounts[i],
                                  .against = i == 2 ? "whale" : NULL,
                                  .instrument = "BTCUSDT",
                                  .asset = "USDT",
                                  .side = i == 1 ? -1 : 1,
                                  .is_isolated = i == 1,
                                  .rank = i == 2 ? 4 : 0,
                                  .quantity = "1.5",
                                  .price = "50000.1",
                                  .cash = "-12.25"};
    if (liq_action_line(record->lines[i], sizeof record->lines[i], &bytes, writer, action, NULL) !=
        LIQ_OK)
        abort();
    *decision = (liq_journal_decision){.seq = seq,
                                       .line = {.data = record->lines[i], .bytes = bytes},
                                       .action = action,
                                       .equity = "10.5",
                                       .maintenance_margin = "11.000000001",
                                       .rule = i == 2 ? "queue" : "",
                                       .score = i == 2 ? "1.25" : NULL};
}

static void legs_fill(record_tick *record, uint32_t i)
{
    const uint64_t seq = record->decisions[i].seq;
    liq_journal_leg *legs = &record->legs[i * LEGS_EACH];
    static const char *const rooms[LEGS_EACH] = {"accounts", "market", "funds"};

    (void)snprintf(record->amounts[i][0], 48, "-12.%llu000000000000000000000001",
                   (unsigned long long)(seq % 90 + 10));
    (void)snprintf(record->amounts[i][1], 48, "12.%llu", (unsigned long long)(seq % 90 + 10));
    (void)snprintf(record->amounts[i][2], 48, "0.00000000000000000000000001");
    for (int j = 0; j < LEGS_EACH; j++)
        legs[j] = (liq_journal_leg){.seq = seq,
                                    .room = rooms[j],
                                    .account = j == 0 ? record->accounts[i] : NULL,
                                    .fund = j == 2 ? "USDT" : "",
                                    .asset = "USDT",
                                    .amount = record->amounts[i][j]};
}

static void rest_fill(record_tick *record)
{
    const uint64_t tick = record->tick.tick;

    for (uint32_t i = 0; i < MARKS; i++) {
        static const char *const symbols[MARKS] = {"BTCUSDT", "ETHUSDT", "SOLUSDT", "BTC", "ETH"};

        (void)snprintf(record->prices[i], sizeof record->prices[i], "%llu.%u",
                       (unsigned long long)(1000 + tick), i + 1);
        record->marks[i] = (liq_journal_mark){
            .symbol = symbols[i], .price = record->prices[i], .is_index = i >= 3};
    }
    (void)snprintf(record->balance, sizeof record->balance, "%llu.75",
                   (unsigned long long)(100000 - tick));
    record->fund = (liq_journal_fund){.fund = "USDT", .asset = "USDT", .balance = record->balance};
    record->sources[0] = (liq_journal_source){.source = "orders", .position = tick * 10 + 9};
    record->sources[1] = (liq_journal_source){.source = "marks", .position = tick * 7};
}

liq_status record_commit(liq_journal *journal, uint64_t tick, liq_error *err)
{
    static const char digits[] = "0123456789abcdef";
    record_tick *record = calloc(1, sizeof *record);
    liq_action_writer *writer = NULL;
    liq_status status;

    if (record == NULL || liq_action_writer_create(&writer, err) != LIQ_OK)
        abort();
    record->tick.tick = tick;
    rest_fill(record);
    for (uint32_t i = 0; i < record_decision_count(tick); i++) {
        decision_fill(record, i, writer);
        legs_fill(record, i);
    }
    record->tick = (liq_journal_tick){.tick = tick,
                                      .now_ms = 1700000000000 + (int64_t)tick * 100,
                                      .cause = tick % 2 == 0 ? "marks" : "timer",
                                      .decisions = record->decisions,
                                      .legs = record->legs,
                                      .marks = record->marks,
                                      .funds = &record->fund,
                                      .sources = record->sources,
                                      .decision_count = record_decision_count(tick),
                                      .leg_count = record_decision_count(tick) * LEGS_EACH,
                                      .mark_count = record_decision_count(tick) > 0 ? MARKS : 0,
                                      .fund_count = tick % 4 == 1,
                                      .source_count = record_input_count(tick) > 0 ? SOURCES : 0};
    for (int i = 0; i < 64; i++) {
        record->tick.state_hash[i] = digits[(tick + (uint64_t)i) % 16];
        record->tick.marks_hash[i] = digits[(tick * 3 + (uint64_t)i) % 16];
    }
    status = liq_journal_commit(journal, &record->tick, err);
    liq_action_writer_destroy(writer);
    free(record);
    return status;
}

liq_status record_note(liq_journal *journal, uint64_t tick, liq_error *err)
{
    static const char hash[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    char file[64];

    if (tick % RECORD_SNAPSHOT_EVERY != 0)
        return LIQ_OK;
    (void)snprintf(file, sizeof file, "snapshot-%llu", (unsigned long long)tick);
    return liq_journal_snapshot_note(journal, tick, file, hash, err);
}

void record_ticks(liq_journal *journal, uint64_t first, uint64_t last)
{
    liq_error err = {0};

    for (uint64_t tick = first; tick <= last; tick++) {
        cr_assert_eq(record_inputs(journal, tick, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(record_commit(journal, tick, &err), LIQ_OK, "tick %llu: %s",
                     (unsigned long long)tick, err.message);
        cr_assert_eq(record_note(journal, tick, &err), LIQ_OK, "%s", err.message);
    }
}

static void files_each(const char *folder, void (*act)(const char *path, const char *target),
                       const char *target)
{
    DIR *listing = opendir(folder);
    const struct dirent *entry;

    if (listing == NULL)
        return;
    while ((entry = readdir(listing)) != NULL)
        if (entry->d_name[0] != '.')
            act(record_path(folder, entry->d_name), target);
    (void)closedir(listing);
}
