#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

/* Write count equal bytes to a new file and give its path. */
static const char *file_write(size_t count)
{
    static char path[] = "/tmp/liqscan_file_XXXXXX";
    char *bytes = malloc(count + 1);
    int descriptor;

    memcpy(strrchr(path, '_') + 1, "XXXXXX", 6);
    descriptor = mkstemp(path);
    cr_assert(descriptor >= 0 && bytes != NULL);
    memset(bytes, 'b', count);
    cr_assert(write(descriptor, bytes, count) == (ssize_t)count);
    cr_assert(close(descriptor) == 0);
    free(bytes);
    return path;
}

Test(file, reads_files_of_all_sizes_and_terminates_them)
{
    static const size_t sizes[] = {0, 1, 4094, 4095, 4096, 4097, 8191, 8192, 65536, 1000000};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const char *path = file_write(sizes[i]);
        liq_file file;
        char *block = NULL;
        size_t bytes = 1;

        cr_assert(liq_file_open(&file, path, NULL) == LIQ_OK);
        cr_expect(file.regular && file.bytes == sizes[i]);
        cr_assert(liq_file_read_all(&block, &bytes, &file, sizes[i], NULL) == LIQ_OK);
        cr_expect(bytes == sizes[i] && strlen(block) == sizes[i]);
        liq_file_close(&file);
        liq_file_close(&file);
        free(block);
        cr_expect(unlink(path) == 0);
    }
}

Test(file, refuses_more_bytes_than_asked_for)
{
    static const size_t limits[] = {0, 1, 4095, 9999};

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        const char *path = file_write(10000);
        char *block = NULL;
        size_t bytes = 0;
        liq_file file;
        liq_error error = {.message = ""};

        cr_assert(liq_file_open(&file, path, NULL) == LIQ_OK);
        cr_expect(liq_file_read_all(&block, &bytes, &file, limits[i], &error) == LIQ_OUT_OF_RANGE);
        cr_expect(block == NULL && strstr(error.message, "has more than") != NULL, "%s",
                  error.message);
        liq_file_close(&file);
        cr_expect(unlink(path) == 0);
    }
}

Test(file, stops_reading_what_never_ends)
{
    char *block = NULL;
    size_t bytes = 0;
    liq_file file;

    cr_assert(liq_file_open(&file, "/dev/zero", NULL) == LIQ_OK);
    cr_expect(!file.regular);
    cr_expect(liq_file_read_all(&block, &bytes, &file, 100000, NULL) == LIQ_OUT_OF_RANGE);
    liq_file_close(&file);
}

Test(file, reads_files_that_hide_their_size)
{
    char *block = NULL;
    size_t bytes = 0;
    liq_file file;

    cr_assert(liq_file_open(&file, "/proc/self/stat", NULL) == LIQ_OK);
    cr_expect(file.bytes == 0);
    cr_expect(liq_file_read_all(&block, &bytes, &file, 100000, NULL) == LIQ_OK);
    cr_expect(bytes > 10);
    liq_file_close(&file);
    free(block);
}

Test(file, refuses_what_cannot_be_opened)
{
    static const struct {
        const char *path;
        liq_status status;
        const char *message;
    } cases[] = {
        {"", LIQ_NOT_FOUND, ": no such file"},
        {"/nowhere", LIQ_NOT_FOUND, "/nowhere: no such file"},
        {"/dev/null/x", LIQ_NOT_FOUND, "/dev/null/x: no such file"},
        {"/", LIQ_BAD_INPUT, "/: is a directory, not a file"},
        {"/tmp/", LIQ_BAD_INPUT, "/tmp/: is a directory, not a file"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_file file;
        liq_error error = {.message = ""};

        cr_expect(liq_file_open(&file, cases[i].path, &error) == cases[i].status);
        cr_expect(strcmp(error.message, cases[i].message) == 0, "%s", error.message);
        cr_expect(error.native != 0);
        cr_expect(file.descriptor == -1);
    }
}

Test(file, names_the_last_component)
{
    static const struct {
        const char *path;
        const char *name;
    } cases[] = {{"a.csv", "a.csv"}, {"/x/a.csv", "a.csv"}, {"./a", "a"}, {"/x/", "/x/"}, {"", ""}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect(strcmp(liq_file_name(cases[i].path), cases[i].name) == 0, "%s", cases[i].path);
}
