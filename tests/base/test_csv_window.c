/*
 * The reader of CSV over inputs larger than its window, over files and pipes,
 * and watched.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/support_random.h"

enum { COLUMNS = 2, FIELD_BYTES = 300, TEXT_BYTES = 3 * 1024 * 1024 };

static const liq_csv_column columns[COLUMNS] = {{"account", true}, {"amount", true}};

/* What was written, field by field, to compare with what is read. */
typedef struct written {
    char *text;
    size_t bytes;
    char *fields; /* each with a terminator */
    size_t fields_bytes;
    size_t rows;
} written;

static void written_add(written *out, const char *piece, size_t bytes)
{
    memcpy(out->text + out->bytes, piece, bytes);
    out->bytes += bytes;
}

/* Draw a field, and write it with quotes where it needs them and sometimes where not. */
static void field_write(written *out, random_source *source)
{
    static const char *const pieces[] = {"a", "0",  "-",        ".5", " ",
                                         ",", "\"", "\xc3\xa9", "\t", "x"};
    const uint64_t count = random_below(source, random_below(source, 50) == 0 ? 100 : 12);
    const uint64_t kinds = random_below(source, 4) == 0 ? 10 : 5;
    char *const field = out->fields + out->fields_bytes;
    bool quotes = random_below(source, 8) == 0;

    field[0] = '\0';
    for (uint64_t i = 0; i < count; i++)
        strcat(field, pieces[random_below(source, kinds)]);
    out->fields_bytes += strlen(field) + 1;
    quotes = quotes || strpbrk(field, ",\"") != NULL;
    if (quotes)
        written_add(out, "\"", 1);
    for (const char *at = field; *at != '\0'; at++) {
        written_add(out, at, 1);
        if (*at == '"')
            written_add(out, "\"", 1);
    }
    if (quotes)
        written_add(out, "\"", 1);
}

static written write_random(random_source *source)
{
    written out = {.text = malloc(TEXT_BYTES + 2048), .fields = malloc(TEXT_BYTES + 2048)};

    cr_assert(out.text != NULL && out.fields != NULL);
    written_add(&out, "account,amount\n", 15);
    for (; out.bytes < TEXT_BYTES; out.rows++) {
        field_write(&out, source);
        written_add(&out, ",", 1);
        field_write(&out, source);
        written_add(&out, "\r\n" + random_below(source, 2), 1);
        if (out.text[out.bytes - 1] == '\r')
            written_add(&out, "\n", 1);
    }
    if (random_below(source, 2) == 0) /* the last line without its end */
        out.bytes -= out.text[out.bytes - 2] == '\r' ? 2 : 1;
    return out;
}

static void written_compare(liq_csv *csv, const written *expected)
{
    const char *field = expected->fields;
    liq_error error = {.message = ""};
    bool more = true;

    for (size_t row = 0; row < expected->rows; row++) {
        cr_assert(liq_csv_next(csv, &more, &error) == LIQ_OK && more, "%s", error.message);
        cr_assert(liq_csv_line(csv) == row + 2);
        for (uint32_t i = 0; i < COLUMNS; i++) {
            cr_assert(liq_text_equal(liq_csv_field(csv, i), field), "line %zu: %s", row + 2, field);
            field += strlen(field) + 1;
        }
    }
    cr_assert(liq_csv_next(csv, &more, &error) == LIQ_OK && !more, "%s", error.message);
}

/* Write bytes to a new file and give its path. */
static const char *file_write(const char *bytes, size_t count)
{
    static char path[] = "/tmp/liqscan_csv_XXXXXX";
    const int descriptor = mkstemp(path);

    cr_assert(descriptor >= 0);
    cr_assert(write(descriptor, bytes, count) == (ssize_t)count);
    cr_assert(close(descriptor) == 0);
    return path;
}

Test(csv_window, reads_back_random_rows_from_text_and_from_a_file)
{
    random_source source = random_start();

    for (int round = 0; round < 5; round++) {
        written expected = write_random(&source);
        const char *path = file_write(expected.text, expected.bytes);
        liq_csv *csv = NULL;

        cr_assert(liq_csv_open_text(&csv, "t.csv", (liq_text){expected.text, expected.bytes},
                                    columns, COLUMNS, NULL, NULL) == LIQ_OK);
        written_compare(csv, &expected);
        liq_csv_destroy(csv);
        cr_assert(liq_csv_open(&csv, path, columns, COLUMNS, NULL, NULL) == LIQ_OK);
        cr_assert(liq_csv_bytes(csv) == expected.bytes);
        written_compare(csv, &expected);
        liq_csv_destroy(csv);
        cr_assert(unlink(path) == 0);
        free(expected.text);
        free(expected.fields);
        memcpy(strrchr(path, '_') + 1, "XXXXXX", 6);
    }
}

Test(csv_window, finds_a_bad_row_behind_many_good_ones)
{
    const size_t rows = 200000;
    char *text = malloc(rows * 8 + 64);
    size_t used = (size_t)sprintf(text, "account,amount\n");
    liq_error error = {.message = ""};
    liq_csv *csv = NULL;
    liq_status status;
    bool more = true;

    for (size_t i = 0; i < rows; i++)
        used += (size_t)sprintf(text + used, i + 1 < rows ? "ab,12\n" : "ab,1\"\n");
    status = liq_csv_open_text(&csv, "t.csv", (liq_text){text, used}, columns, COLUMNS, NULL, NULL);
    while (status == LIQ_OK && more)
        status = liq_csv_next(csv, &more, &error);
    cr_expect(status == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "t.csv:200001: amount \"1\"\": a quote inside a field that "
                                    "does not start with one") == 0,
              "%s", error.message);
    liq_csv_destroy(csv);
    free(text);
}

Test(csv_window, refuses_paths_that_are_no_file)
{
    liq_error error = {.message = ""};
    liq_csv *csv = NULL;

    cr_expect(liq_csv_open(&csv, "/nowhere/marks.csv", columns, COLUMNS, NULL, &error) ==
              LIQ_NOT_FOUND);
    cr_expect(strcmp(error.message, "/nowhere/marks.csv: no such file") == 0, "%s", error.message);
    cr_expect(liq_csv_open(&csv, "/tmp", columns, COLUMNS, NULL, &error) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "/tmp: is a directory, not a file") == 0, "%s", error.message);
    cr_expect(liq_csv_open(&csv, "/dev/null", columns, COLUMNS, NULL, &error) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "null: the file is empty, a header line is needed") == 0, "%s",
              error.message);
}

Test(csv_window, reads_a_pipe)
{
    static const char text[] = "account,amount\na,1\n";
    char path[64];
    int ends[2];
    bool more = false;
    liq_csv *csv = NULL;

    cr_assert(pipe(ends) == 0);
    cr_assert(write(ends[1], text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    cr_assert(close(ends[1]) == 0);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    cr_assert(liq_csv_open(&csv, path, columns, COLUMNS, NULL, NULL) == LIQ_OK);
    cr_expect(liq_csv_bytes(csv) == sizeof text - 1);
    cr_expect(liq_csv_next(csv, &more, NULL) == LIQ_OK && more);
    cr_expect(liq_text_equal(liq_csv_field(csv, 1), "1"));
    cr_expect(liq_csv_next(csv, &more, NULL) == LIQ_OK && !more);
    liq_csv_destroy(csv);
    (void)close(ends[0]);
}

/* Open a file of 2 MB, change its size, and read to the end. */
static liq_status read_changed(off_t bytes_after, liq_error *error)
{
    const size_t bytes = 2000000;
    char *text = malloc(bytes);
    const char *path;
    liq_csv *csv = NULL;
    liq_status status;
    bool more = true;

    memcpy(text, "account,amount\na,1\n\n\n", 20);
    for (size_t i = 20; i < bytes; i++)
        text[i] = "a,1\n"[i % 4];
    memcpy(text + 15, "bb,1\n", 5);
    path = file_write(text, bytes);
    free(text);
    cr_assert(liq_csv_open(&csv, path, columns, COLUMNS, NULL, NULL) == LIQ_OK);
    cr_assert(truncate(path, bytes_after) == 0);
    cr_assert(unlink(path) == 0);
    do
        status = liq_csv_next(csv, &more, error);
    while (status == LIQ_OK && more);
    liq_csv_destroy(csv);
    return status;
}

Test(csv_window, survives_a_file_that_is_cut_short_while_it_is_read)
{
    liq_error error = {.message = ""};

    cr_expect(read_changed(1000000, &error) == LIQ_IO);
    cr_expect(strstr(error.message, "became shorter while it was read (1000000 of 2000000 bytes)"),
              "%s", error.message);
}

Test(csv_window, refuses_a_file_that_grows_while_it_is_read)
{
    liq_error error = {.message = ""};

    cr_expect(read_changed(2000001, &error) == LIQ_IO);
    cr_expect(strstr(error.message, "grew while it was read (past 2000000 bytes)"), "%s",
              error.message);
}

/* Counts the reports, checks that they never go back, and stops after some. */
typedef struct watch {
    unsigned reports;
    unsigned reports_max;
    uint64_t done;
    uint64_t total;
} watch;

static int watch_report(void *context, const char *stage, uint64_t done, uint64_t total)
{
    watch *seen = context;

    cr_expect(strcmp(stage, "t.csv") == 0);
    cr_expect(done >= seen->done && done <= total);
    seen->done = done;
    seen->total = total;
    seen->reports++;
    return seen->reports < seen->reports_max;
}

/* Read a text of 5,000,000 bytes in rows of ten, watched. */
static liq_status read_watched(watch *seen, liq_error *error)
{
    const liq_progress progress = {watch_report, seen};
    const size_t bytes = 5000000;
    char *text = malloc(bytes);
    liq_csv *csv = NULL;
    liq_status status;
    bool more = true;

    for (size_t i = 0; i < bytes; i++)
        text[i] = "aaaa,1234\n"[i % 10];
    memcpy(text, "account,amount\na,1\n\n", 20);
    memcpy(text + 15, "a,12\n", 5);
    status = liq_csv_open_text(&csv, "t.csv", (liq_text){text, bytes}, columns, COLUMNS, &progress,
                               error);
    while (status == LIQ_OK && more)
        status = liq_csv_next(csv, &more, error);
    liq_csv_destroy(csv);
    free(text);
    return status;
}

Test(csv_window, reports_about_every_mebibyte_and_at_the_end)
{
    watch seen = {.reports_max = 100};

    cr_expect(read_watched(&seen, NULL) == LIQ_OK);
    cr_expect(seen.reports == 5, "%u", seen.reports);
    cr_expect(seen.done == 5000000 && seen.total == 5000000);
}

Test(csv_window, stops_when_the_watcher_asks)
{
    watch seen = {.reports_max = 2};
    liq_error error = {.message = ""};

    cr_expect(read_watched(&seen, &error) == LIQ_INTERRUPTED);
    cr_expect(seen.reports == 2);
    cr_expect(strcmp(error.message, "t.csv: stopped after line 209716") == 0, "%s", error.message);
}
