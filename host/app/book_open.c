#include "app/book_open.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/progress_bar.h"
#include "app/shock.h"
#include "base/clock.h"
#include "base/fail.h"

static liq_status load(liq_book **out, const char *path, const char *snapshot,
                       const liq_progress *progress, liq_error *err);

liq_status liq_book_open(liq_book **out, const char *path, const liq_options *options,
                         uint64_t *load_ns, liq_error *err)
{
    liq_book *book = NULL;
    liq_status status = liq_book_open_unmoved(&book, path, options, load_ns, err);

    if (status == LIQ_OK && (status = liq_shocks_apply(book, options, err)) == LIQ_OK) {
        *out = book;
        book = NULL;
    }
    liq_book_destroy(book);
    return status;
}

liq_status liq_book_open_unmoved(liq_book **out, const char *path, const liq_options *options,
                                 uint64_t *load_ns, liq_error *err)
{
    const uint64_t started_ns = liq_clock_ns();
    liq_progress_bar bar;
    liq_status status;

    if ((status = liq_shocks_check(options, err)) != LIQ_OK)
        return status;
    liq_progress_bar_start(&bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    status = load(out, path, liq_options_value(options, "snapshot"), &bar.progress, err);
    liq_progress_bar_finish(&bar);
    if (status == LIQ_OK)
        *load_ns = liq_clock_ns() - started_ns;
    return status;
}

/* A file where a directory is expected is taken for a snapshot. */
static liq_status load(liq_book **out, const char *path, const char *snapshot,
                       const liq_progress *progress, liq_error *err)
{
    liq_book_origin origin;
    struct stat facts;
    const bool is_file = stat(path, &facts) == 0 && !S_ISDIR(facts.st_mode);
    liq_status status;

    if (is_file && snapshot != NULL)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--snapshot is for a book that is a directory");
    if (is_file)
        return liq_book_load_snapshot(out, path, progress, err);
    if (snapshot == NULL)
        return liq_book_load(out, path, progress, err);
    status = liq_book_load_cached(out, path, snapshot, &origin, progress, err);
    if (status == LIQ_OK && !origin.from_snapshot && !origin.snapshot_written)
        (void)fprintf(stderr, "liqscan: no snapshot was written: %s\n", origin.reason);
    return status;
}
