/* Files that nobody may write to are mapped, others read; both look alike. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/file_view.h"

enum { BYTES = 3 * 4096 + 100 };

static char path[] = "/tmp/liqscan_view_XXXXXX";
static char content[BYTES];

static void setup(void)
{
    const int descriptor = mkstemp(path);

    for (size_t i = 0; i < BYTES; i++)
        content[i] = (char)(i * 7 + i / 256);
    cr_assert_eq(write(descriptor, content, BYTES), BYTES);
    cr_assert_eq(close(descriptor), 0);
}

static void teardown(void)
{
    cr_expect_eq(unlink(path), 0);
}

TestSuite(file_view, .init = setup, .fini = teardown);

static liq_file_view view_of(mode_t mode, liq_file *file)
{
    liq_file_view view = {0};

    cr_assert_eq(chmod(path, mode), 0);
    cr_assert_eq(liq_file_open(file, path, NULL), LIQ_OK);
    cr_assert_eq(liq_file_view_take(&view, file, NULL), LIQ_OK);
    cr_assert_eq(view.bytes, BYTES);
    return view;
}

Test(file_view, maps_what_nobody_may_write_to_and_reads_the_rest)
{
    static const struct {
        mode_t mode;
        bool is_mapped;
    } cases[] = {{0400, true},  {0440, true},  {0444, true},  {0600, false},
                 {0644, false}, {0460, false}, {0402, false}, {0420, false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_file file;
        liq_file_view view = view_of(cases[i].mode, &file);

        cr_expect_eq(view.is_mapped, cases[i].is_mapped, "%o", cases[i].mode);
        cr_expect_eq(liq_file_view_fill(&view, &file, 0, 5000, NULL), LIQ_OK);
        cr_expect_eq(liq_file_view_fill(&view, &file, 5000, BYTES - 5000, NULL), LIQ_OK);
        cr_expect_eq(liq_file_view_fill(&view, &file, BYTES, 0, NULL), LIQ_OK);
        cr_expect_eq(memcmp(view.data, content, BYTES), 0, "%o", cases[i].mode);
        liq_file_close(&file);
        cr_expect_eq(memcmp(view.data, content, BYTES), 0, "%o", cases[i].mode);
        liq_file_view_clear(&view);
        liq_file_view_clear(&view);
        cr_expect_null(view.data);
    }
}

Test(file_view, keeps_what_is_written_to_it_to_itself)
{
    liq_file file;
    liq_file_view view = view_of(0400, &file);
    char byte = 0;
    size_t got = 0;

    view.data[100] = (char)(content[100] + 1);
    cr_expect_eq(liq_file_read_at(&file, 100, &byte, 1, &got, NULL), LIQ_OK);
    cr_expect_eq(byte, content[100]);
    liq_file_close(&file);
    liq_file_view_clear(&view);
}

Test(file_view, keeps_the_old_file_when_a_new_one_takes_its_place)
{
    char other[sizeof path + 4];
    liq_file file;
    liq_file_view view = view_of(0400, &file);
    int descriptor;

    (void)snprintf(other, sizeof other, "%s.new", path);
    descriptor = open(other, O_CREAT | O_EXCL | O_WRONLY, 0400);
    cr_assert(descriptor >= 0 && close(descriptor) == 0);
    cr_assert_eq(rename(other, path), 0);
    liq_file_close(&file);
    cr_expect_eq(memcmp(view.data, content, BYTES), 0);
    liq_file_view_clear(&view);
}

Test(file_view, says_that_a_file_became_shorter)
{
    liq_file file;
    liq_file_view view = view_of(0600, &file);
    liq_error err = {0};

    cr_assert_eq(truncate(path, 5000), 0);
    cr_expect_eq(liq_file_view_fill(&view, &file, 0, 5000, &err), LIQ_OK);
    cr_expect_eq(liq_file_view_fill(&view, &file, 4999, 2, &err), LIQ_IO);
    cr_expect_not_null(strstr(err.message, "became shorter"));
    liq_file_close(&file);
    liq_file_view_clear(&view);
}

Test(file_view, takes_an_empty_file)
{
    liq_file file;
    liq_file_view view = {0};

    cr_assert_eq(truncate(path, 0), 0);
    cr_assert_eq(chmod(path, 0400), 0);
    cr_assert_eq(liq_file_open(&file, path, NULL), LIQ_OK);
    cr_assert_eq(liq_file_view_take(&view, &file, NULL), LIQ_OK);
    cr_expect_eq(liq_file_view_fill(&view, &file, 0, 0, NULL), LIQ_OK);
    cr_expect_eq(view.bytes, 0);
    liq_file_close(&file);
    liq_file_view_clear(&view);
}
