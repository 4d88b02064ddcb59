/*
 * A directory through a snapshot of it. The rule of trust: a snapshot stands for a directory when
 * every file that a book may have is there or not there as it was, with the same inode, size, and
 * times of modification and change to the nanosecond, and when those times were at least two
 * seconds old before the files were read and the same after.
 */
#include <stdio.h>
#include <string.h>

#include <liqscan/book.h>

#include "base/fail.h"
#include "book/columns.h"

static bool snapshot_use(liq_book **out, const char *directory, const char *snapshot,
                         liq_book_origin *origin, const liq_progress *progress, liq_status *status,
                         liq_error *err);
static void snapshot_write(const liq_book *book, const char *snapshot, liq_book_origin *origin);

liq_status liq_book_load_cached(liq_book **out, const char *directory, const char *snapshot,
                                liq_book_origin *origin, const liq_progress *progress,
                                liq_error *err)
{
    liq_book_origin unwanted;
    liq_book *book = NULL;
    liq_status status;

    if (origin == NULL)
        origin = &unwanted;
    *origin = (liq_book_origin){0};
    if (snapshot_use(&book, directory, snapshot, origin, progress, &status, err)) {
        if (status == LIQ_OK)
            *out = book;
        return status;
    }
    if ((status = liq_book_load(&book, directory, progress, err)) != LIQ_OK)
        return status;
    snapshot_write(book, snapshot, origin);
    *out = book;
    return LIQ_OK;
}

/* @return whether the matter is settled: there is a book, or the watcher stopped */
static bool snapshot_use(liq_book **out, const char *directory, const char *snapshot,
                         liq_book_origin *origin, const liq_progress *progress, liq_status *status,
                         liq_error *err)
{
    liq_book_stamp now;
    liq_error refusal;
    liq_book *book = NULL;
    const char *changed;

    if (!liq_book_stamp_take(&now, directory)) {
        (void)snprintf(origin->reason, sizeof origin->reason,
                       "a file of the book has changed within the last two seconds");
        return false;
    }
    *status = liq_book_load_snapshot(&book, snapshot, progress, &refusal);
    if (*status == LIQ_INTERRUPTED)
        return liq_fail(err, *status, 0, "%s", refusal.message) != LIQ_OK;
    if (*status != LIQ_OK) {
        (void)snprintf(origin->reason, sizeof origin->reason, "%s", refusal.message);
        return false;
    }
    changed = liq_book_stamp_difference(&now, &book->stamp);
    if (!book->is_stamped || changed != NULL) {
        (void)snprintf(origin->reason, sizeof origin->reason, "%s: is not of this %s", snapshot,
                       changed == NULL ? "book as its files are" : changed);
        liq_book_destroy(book);
        return false;
    }
    origin->from_snapshot = 1;
    *out = book;
    return true;
}

/* What cannot be written costs time at the next load, and nothing else. */
static void snapshot_write(const liq_book *book, const char *snapshot, liq_book_origin *origin)
{
    liq_error refusal;

    if (!book->is_stamped) {
        (void)snprintf(origin->reason, sizeof origin->reason,
                       "a file of the book has changed within the last two seconds");
        return;
    }
    if (liq_book_save_snapshot(book, snapshot, &refusal) == LIQ_OK)
        origin->snapshot_written = 1;
    else
        (void)snprintf(origin->reason, sizeof origin->reason, "%s", refusal.message);
}
