/*
 * Files that were cut or changed: whoever opens or verifies the journal is told, nothing crashes,
 * and nothing that can be read afterwards is anything but what was recorded.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support_damage.h"
#include "support_record.h"
#include "share.h"

enum { TICKS = 64, BLOCK = 4096, LONG_FLIPS = 16, BURST_TICK = 43, BURST_INPUTS = 1500 };

static char home[RECORD_PATH_BYTES];
static char fingerprint[LIQ_HASH_HEX_BYTES];

/* A file, as it was. */
typedef struct kept_file {
    const char *path;
    char *data;
    size_t bytes;
} kept_file;

static void ticks_record(liq_journal *journal)
{
    liq_error err = {0};

    record_ticks(journal, 1, BURST_TICK - 1);
    for (uint32_t i = 0; i < BURST_INPUTS; i++)
        cr_assert_eq(liq_journal_input(journal, "burst", liq_text_of(record_line(7, i)), &err),
                     LIQ_OK);
    record_ticks(journal, BURST_TICK, TICKS);
    cr_assert_eq(liq_journal_outlet_note(journal, "nats", 50, &err), LIQ_OK);
}

static void setup(void)
{
    liq_journal *journal;

    record_folder_make(home);
    journal = record_open(home);
    ticks_record(journal);
    record_ticks(journal, TICKS + 1, TICKS + 1);
    liq_journal_close(journal);
    damage_fingerprint(fingerprint, home);
    cr_assert_neq(fingerprint[0], '\0');
}

static void teardown(void)
{
    record_folder_remove(home);
}

TestSuite(journal_damage, .init = setup, .fini = teardown);

static kept_file kept(const char *name)
{
    kept_file file = {.path = strdup(record_path(home, name))};

    file.data = record_file_read(file.path, &file.bytes);
    return file;
}

static void restore(const kept_file *file)
{
    record_file_write(file->path, file->data, file->bytes);
}

static void kept_clear(kept_file *file)
{
    free(file->data);
    free((void *)(uintptr_t)file->path);
}

/* Open as the sidecar does. @return what it says; when it opens, that it can go on is tried */
static liq_status opened(liq_error *err)
{
    const liq_journal_options options = {.folder = home, .name = RECORD_NAME};
    liq_journal *journal = NULL;
    const liq_status status = liq_journal_open(&journal, &options, err);

    liq_journal_close(journal);
    return status;
}

static uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Opening is quick and verifying is not: of single bytes some are verified. */
static bool is_sampled(size_t at)
{
    return getenv("LIQ_LONG") != NULL || at % (29 * LIQ_TEST_SHARE) == 0;
}

static uint32_t flips_each(void)
{
    return getenv("LIQ_LONG") == NULL ? 1 : LONG_FLIPS;
}

Test(journal_damage, is_told_of_a_database_that_was_cut)
{
    kept_file database = kept("journal.db");

    cr_assert_gt(database.bytes, 30 * BLOCK);
    for (size_t bytes = 0; bytes < database.bytes; bytes += BLOCK * LIQ_TEST_SHARE) {
        liq_error err = {0};

        restore(&database);
        cr_assert_eq(truncate(database.path, (off_t)bytes), 0);
        cr_expect(damage_is_told(home, fingerprint), "cut at %zu: nobody is told", bytes);
        cr_expect_neq(opened(&err), LIQ_OK, "cut at %zu is opened", bytes);
    }
    kept_clear(&database);
}

Test(journal_damage, is_told_of_a_database_whose_records_were_changed)
{
    kept_file database = kept("journal.db");
    uint64_t state = 88172645463325252U;
    uint32_t told = 0;
    uint32_t flips = 0;

    for (size_t page = 0; page < database.bytes; page += BLOCK) {
        for (uint32_t i = 0; i < flips_each(); i++) {
            const size_t at = page + draw(&state) % BLOCK;
            liq_error err = {0};

            restore(&database);
            record_file_flip(database.path, at);
            flips++;
            told += damage_is_told(home, fingerprint);
            (void)opened(&err); /* need not see it, and must not crash */
        }
    }
    /* The others lie where a page holds nothing. */
    cr_expect_gt(told, flips / 2, "%u of %u", told, flips);
    kept_clear(&database);
}

Test(journal_damage, is_told_of_every_byte_of_the_head_that_matters)
{
    kept_file database = kept("journal.db");

    for (size_t at = 0; at < 100; at++) {
        liq_error err = {0};

        restore(&database);
        record_file_flip(database.path, at);
        (void)damage_is_told(home, fingerprint);
        (void)opened(&err);
    }
    kept_clear(&database);
}

/* The file that holds the last ticks, and one that holds earlier ones. */
static const char *const input_files[] = {"inputs-61.log", "inputs-41.log"};

Test(journal_damage, is_told_of_inputs_that_were_cut)
{
    for (size_t i = 0; i < 2; i++) {
        kept_file inputs = kept(input_files[i]);

        for (size_t bytes = 0; bytes < inputs.bytes; bytes += i == 0 ? LIQ_TEST_SHARE : BLOCK) {
            liq_error err = {0};
            char expected[128];

            restore(&inputs);
            cr_assert_eq(truncate(inputs.path, (off_t)bytes), 0);
            if (i > 0 || is_sampled(bytes))
                cr_expect(damage_is_told(home, fingerprint), "%s cut at %zu", input_files[i],
                          bytes);
            if (i > 0)
                continue; /* only the last file is needed to go on */
            (void)snprintf(expected, sizeof expected,
                           "inputs-61.log: has %zu bytes, and the inputs of tick 65 end at %zu",
                           bytes, inputs.bytes);
            cr_expect_eq(opened(&err), LIQ_BAD_INPUT, "cut at %zu", bytes);
            cr_expect_str_eq(err.message, expected);
        }
        restore(&inputs);
        cr_expect_not(damage_is_told(home, fingerprint));
        kept_clear(&inputs);
    }
}

Test(journal_damage, is_told_of_inputs_that_were_changed)
{
    uint64_t state = 362436069;

    for (size_t i = 0; i < 2; i++) {
        kept_file inputs = kept(input_files[i]);

        for (size_t block = 0; block < inputs.bytes; block += i == 0 ? 1 : BLOCK) {
            const size_t width = inputs.bytes - block < BLOCK ? inputs.bytes - block : BLOCK;
            const size_t at = i == 0 ? block : block + draw(&state) % width;

            if (i == 0 && !is_sampled(at))
                continue;
            restore(&inputs);
            record_file_flip(inputs.path, at);
            cr_expect(damage_is_told(home, fingerprint), "%s flipped at %zu", input_files[i], at);
        }
        kept_clear(&inputs);
    }
}

Test(journal_damage, is_told_of_inputs_that_are_missing)
{
    for (size_t i = 0; i < 2; i++) {
        kept_file inputs = kept(input_files[i]);
        liq_error err = {0};

        cr_assert_eq(unlink(inputs.path), 0);
        cr_expect(damage_is_told(home, fingerprint));
        if (i == 0) {
            cr_expect_eq(opened(&err), LIQ_BAD_INPUT);
            cr_expect_not_null(strstr(err.message, "inputs-61.log: is missing, and tick 65 needs"),
                               "%s", err.message);
        }
        restore(&inputs);
        kept_clear(&inputs);
    }
}

typedef struct foreign_file {
    const char *data;
    size_t bytes;
    const char *message;
} foreign_file;

Test(journal_damage, says_why_a_file_is_no_journal)
{
    char other[100] = "SQLite format 3";
    char newer[100] = "SQLite format 3";
    const foreign_file rows[] = {{"", 0, "is no database: it is empty, cut or damaged"},
                                 {"account,mode\n", 13, "is no database"},
                                 {other, sizeof other, "is a database, but no journal of liqscan"},
                                 {newer, sizeof newer, "has schema 3, and this program knows 2"}};

    memcpy(newer + 68, "LIQS", 4);
    newer[63] = 3;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_error err = {0};

        record_file_write(record_path(home, "journal.db"), rows[i].data, rows[i].bytes);
        cr_expect_eq(opened(&err), LIQ_BAD_INPUT);
        cr_expect_not_null(strstr(err.message, rows[i].message), "%s", err.message);
        cr_expect(damage_is_told(home, fingerprint));
    }
}

/* The folder as a sidecar leaves it that is killed: with a WAL of many transactions. */
static void wal_leave(void)
{
    char left[RECORD_PATH_BYTES];
    char fresh[RECORD_PATH_BYTES];
    liq_journal *journal;

    record_folder_make(fresh);
    journal = record_open(fresh);
    ticks_record(journal);
    record_ticks(journal, TICKS + 1, TICKS + 1);
    record_folder_copy(fresh, left);
    liq_journal_close(journal);
    record_folder_remove(fresh);
    record_folder_remove(home);
    (void)snprintf(home, sizeof home, "%s", left);
}

Test(journal_damage, loses_nothing_of_a_wal_that_is_whole)
{
    liq_error err = {0};

    wal_leave();
    cr_expect_gt(record_file_bytes(record_path(home, "journal.db-wal")), 100 * BLOCK);
    cr_expect_not(damage_is_told(home, fingerprint));
    cr_expect_eq(opened(&err), LIQ_OK, "%s", err.message);
    cr_expect_not(damage_is_told(home, fingerprint));
}

Test(journal_damage, is_told_of_a_wal_that_was_cut_or_taken_away)
{
    kept_file wal;
    liq_error err = {0};

    wal_leave();
    wal = kept("journal.db-wal");
    for (size_t bytes = 0; bytes < wal.bytes; bytes += BLOCK * LIQ_TEST_SHARE) {
        restore(&wal);
        cr_assert_eq(truncate(wal.path, (off_t)bytes), 0);
        cr_expect(damage_is_told(home, fingerprint), "cut at %zu", bytes);
        cr_expect_eq(opened(&err), LIQ_BAD_INPUT, "cut at %zu", bytes);
    }
    restore(&wal);
    cr_assert_eq(unlink(wal.path), 0);
    cr_expect(damage_is_told(home, fingerprint));
    cr_expect_eq(opened(&err), LIQ_BAD_INPUT);
    cr_expect_not_null(strstr(err.message, "and tick 65 was recorded: its WAL is cut, damaged or "
                                           "gone"),
                       "%s", err.message);
    kept_clear(&wal);
}

Test(journal_damage, is_told_of_a_wal_that_was_changed)
{
    uint64_t state = 521288629;
    kept_file wal;

    wal_leave();
    wal = kept("journal.db-wal");
    for (size_t block = 0; block < wal.bytes; block += BLOCK) {
        const size_t width = wal.bytes - block < BLOCK ? wal.bytes - block : BLOCK;
        const size_t at = block + draw(&state) % width;
        liq_error err = {0};

        restore(&wal);
        record_file_flip(wal.path, at);
        cr_expect(damage_is_told(home, fingerprint), "flipped at %zu", at);
        cr_expect_eq(opened(&err), LIQ_BAD_INPUT, "flipped at %zu", at);
    }
    kept_clear(&wal);
}
