/*
 * When a snapshot may stand for a directory, and when it may not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "book/columns.h"
#include "support_books_equal.h"
#include "support_folder.h"

static folder home;
static folder other; /* where the snapshot lies */

static void setup(void)
{
    home = book_folder_create();
    other = book_folder_create();
    book_folder_write_all(&home, good_book, GOOD_BOOK_FILES);
}

static void teardown(void)
{
    book_folder_remove(&home);
    book_folder_remove(&other);
}

TestSuite(snapshot_cached, .init = setup, .fini = teardown);

/* Until no file is younger than two seconds; nobody can set the time of change back. */
static void settle(void)
{
    static const struct timespec three = {.tv_sec = 3, .tv_nsec = 100000000};

    cr_assert_eq(nanosleep(&three, NULL), 0);
}

static const char *snapshot_path(void)
{
    static char path[FOLDER_PATH_BYTES + 32];

    (void)snprintf(path, sizeof path, "%s/snapshot", other.path);
    return path;
}

/* Load through the snapshot, which must give what the files give. */
static liq_book_origin load(const char *what)
{
    liq_book_origin origin;
    liq_book *files = NULL;
    liq_book *book = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_book_load(&files, home.path, NULL, &err), LIQ_OK, "%s: %s", what, err.message);
    cr_assert_eq(liq_book_load_cached(&book, home.path, snapshot_path(), &origin, NULL, &err),
                 LIQ_OK, "%s: %s", what, err.message);
    cr_expect_null(books_difference(files, book), "%s: %s", what, books_difference(files, book));
    liq_book_destroy(book);
    liq_book_destroy(files);
    return origin;
}

static void expect_written(const char *what)
{
    const liq_book_origin origin = load(what);

    cr_expect(!origin.from_snapshot && origin.snapshot_written, "%s: %s", what, origin.reason);
}

static void expect_used(const char *what)
{
    const liq_book_origin origin = load(what);

    cr_expect(origin.from_snapshot && !origin.snapshot_written, "%s: %s", what, origin.reason);
    cr_expect_str_eq(origin.reason, "", "%s", what);
}

Test(snapshot_cached, proves_nothing_about_files_that_have_just_changed)
{
    const liq_book_origin origin = load("young files");

    cr_expect(!origin.from_snapshot && !origin.snapshot_written);
    cr_expect_str_eq(origin.reason, "a file of the book has changed within the last two seconds");
    cr_expect_neq(access(snapshot_path(), F_OK), 0);
}

/* Every change that can be made, even one that keeps size and time of modification. */
Test(snapshot_cached, is_used_until_anything_changes)
{
    struct stat facts;
    struct timespec times[2];
    char *text;

    settle();
    expect_written("no snapshot");
    expect_used("nothing has changed");
    expect_used("nothing has changed again");

    cr_assert_eq(stat(book_folder_path(&home, "balances.csv"), &facts), 0);
    text = text_replace(good_book_text("balances.csv"), "3", "4");
    book_folder_write_text(&home, "balances.csv", text);
    free(text);
    times[0] = facts.st_atim;
    times[1] = facts.st_mtim;
    cr_assert_eq(utimensat(AT_FDCWD, book_folder_path(&home, "balances.csv"), times, 0), 0);
    cr_expect_not(load("an amount, within two seconds").from_snapshot);
    settle();
    expect_written("an amount");
    expect_used("an amount, again");

    cr_assert_eq(remove(book_folder_path(&home, "orders.csv")), 0);
    expect_written("no orders any more");
    expect_used("no orders any more, again");
}

Test(snapshot_cached, is_written_anew_when_it_is_spoilt)
{
    liq_book_origin origin;

    settle();
    book_folder_write_text(&other, "snapshot", "liqsnap\nand then something else");
    expect_written("foreign");
    cr_assert_eq(truncate(snapshot_path(), 1000), 0);
    expect_written("cut short");
    expect_used("mended");
    cr_assert_eq(remove(snapshot_path()), 0);
    cr_assert_eq(mkdir(snapshot_path(), 0700), 0);
    origin = load("a directory in its place");
    cr_expect(!origin.from_snapshot && !origin.snapshot_written);
    cr_expect_not_null(strstr(origin.reason, "is no regular file"), "%s", origin.reason);
}

Test(snapshot_cached, is_not_used_for_another_directory_and_hides_no_bad_file)
{
    const folder copy = book_folder_create();
    liq_book_origin origin;
    liq_book *book = NULL;
    liq_error err = {0};

    book_folder_write_all(&copy, good_book, GOOD_BOOK_FILES);
    settle();
    expect_written("no snapshot");
    cr_assert_eq(liq_book_load_cached(&book, copy.path, snapshot_path(), &origin, NULL, &err),
                 LIQ_OK);
    cr_expect(!origin.from_snapshot && origin.snapshot_written, "%s", origin.reason);
    liq_book_destroy(book);
    book = NULL;
    book_folder_write_text(&copy, "marks.csv", "symbol,price\nBTCUSDT,-1\n");
    cr_expect_eq(liq_book_load_cached(&book, copy.path, snapshot_path(), NULL, NULL, &err),
                 LIQ_OUT_OF_RANGE);
    cr_expect_eq(strncmp(err.message, "marks.csv:2: price", 18), 0, "%s", err.message);
    (void)remove(book_folder_path(&copy, "marks.csv"));
    cr_expect_eq(liq_book_load_cached(&book, copy.path, snapshot_path(), NULL, NULL, &err),
                 LIQ_NOT_FOUND);
    cr_expect_null(book);
    book_folder_remove(&copy);
}
