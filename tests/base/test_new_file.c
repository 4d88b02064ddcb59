#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/new_file.h"

enum { PATH_BYTES = 512 };

static char folder[PATH_BYTES];
static char path[PATH_BYTES + 8];

static void setup(void)
{
    const char *parent = getenv("TMPDIR");

    (void)snprintf(folder, sizeof folder, "%s/liqscan-test-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/new", folder);
}

static void teardown(void)
{
    (void)unlink(path);
    cr_expect_eq(rmdir(folder), 0, "something is left in %s", folder);
}

TestSuite(new_file, .init = setup, .fini = teardown);

static liq_new_file begin(void)
{
    liq_new_file file = {.descriptor = -1};
    liq_error err = {0};

    cr_assert_eq(liq_new_file_begin(&file, path, &err), LIQ_OK, "%s", err.message);
    return file;
}

static void expect_content(const char *data, size_t bytes)
{
    char buffer[64];
    FILE *file = fopen(path, "rb");

    cr_assert_not_null(file);
    cr_expect_eq(fread(buffer, 1, sizeof buffer, file), bytes);
    cr_expect_eq(memcmp(buffer, data, bytes), 0);
    (void)fclose(file);
}

static unsigned entries(void)
{
    DIR *listing = opendir(folder);
    unsigned count = 0;

    cr_assert_not_null(listing);
    while (readdir(listing) != NULL)
        count++;
    (void)closedir(listing);
    return count - 2;
}

Test(new_file, appears_when_it_is_committed_and_not_before)
{
    liq_new_file file = begin();
    struct stat facts;

    cr_expect_eq(liq_new_file_write(&file, 3, "def", 3, NULL), LIQ_OK);
    cr_expect_eq(liq_new_file_write(&file, 0, "ab", 2, NULL), LIQ_OK);
    cr_expect_neq(access(path, F_OK), 0);
    cr_expect_eq(liq_new_file_commit(&file, NULL), LIQ_OK);
    expect_content("ab\0def", 6);
    cr_assert_eq(stat(path, &facts), 0);
    cr_expect_eq(facts.st_mode & 0777, 0600);
    liq_new_file_discard(&file);
    cr_expect_eq(entries(), 1);
}

Test(new_file, replaces_a_file_and_keeps_it_when_discarded)
{
    liq_new_file file = begin();

    cr_expect_eq(liq_new_file_write(&file, 0, "old", 3, NULL), LIQ_OK);
    cr_expect_eq(liq_new_file_commit(&file, NULL), LIQ_OK);
    file = begin();
    cr_expect_eq(liq_new_file_write(&file, 0, "newer", 5, NULL), LIQ_OK);
    liq_new_file_discard(&file);
    liq_new_file_discard(&file);
    expect_content("old", 3);
    file = begin();
    cr_expect_eq(liq_new_file_write(&file, 0, "new", 3, NULL), LIQ_OK);
    cr_expect_eq(liq_new_file_commit(&file, NULL), LIQ_OK);
    expect_content("new", 3);
    cr_expect_eq(entries(), 1);
}

Test(new_file, refuses_to_take_the_place_of_what_is_no_file)
{
    liq_new_file file = {.descriptor = -1};
    char long_path[LIQ_NEW_FILE_PATH_BYTES + 2];
    liq_error err = {0};

    cr_expect_eq(liq_new_file_begin(&file, folder, &err), LIQ_BAD_INPUT);
    cr_expect_not_null(strstr(err.message, ": is there already, and is no regular file"));
    cr_expect_eq(liq_new_file_begin(&file, "/dev/null", &err), LIQ_BAD_INPUT);
    (void)snprintf(long_path, sizeof long_path, "%s/none/new", folder);
    cr_expect_eq(liq_new_file_begin(&file, long_path, &err), LIQ_IO);
    cr_expect_not_null(strstr(err.message, "none/new: cannot be written: No such file"), "%s",
                       err.message);
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    cr_expect_eq(liq_new_file_begin(&file, long_path, &err), LIQ_OUT_OF_RANGE);
    cr_expect_eq(file.descriptor, -1);
}

Test(new_file, says_that_the_disk_is_full)
{
    liq_new_file file = begin();
    liq_error err = {0};

    (void)close(file.descriptor);
    file.descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC);
    cr_assert_geq(file.descriptor, 0);
    cr_expect_eq(liq_new_file_write(&file, 0, "abc", 3, &err), LIQ_IO);
    cr_expect_not_null(strstr(err.message, "new: cannot be written: No space left"), "%s",
                       err.message);
    liq_new_file_discard(&file);
}

Test(new_file, is_for_reading_alone_once_it_is_sealed)
{
    for (int round = 0; round < 2; round++) {
        liq_new_file file = begin();
        struct stat facts;

        cr_expect_eq(liq_new_file_write(&file, 0, "ab", 2, NULL), LIQ_OK);
        cr_expect_eq(liq_new_file_seal(&file, NULL), LIQ_OK);
        cr_expect_eq(liq_new_file_write(&file, 2, "c", 1, NULL), LIQ_OK);
        cr_expect_eq(liq_new_file_commit(&file, NULL), LIQ_OK);
        expect_content("abc", 3);
        cr_assert_eq(stat(path, &facts), 0);
        cr_expect_eq(facts.st_mode & 0777, 0400);
    }
    cr_expect_eq(entries(), 1);
}
