#include "app/book_open.h"

#include <unistd.h>

#include "app/progress_bar.h"
#include "app/shock.h"
#include "base/clock.h"

liq_status liq_book_open(liq_book **out, const char *directory, const liq_options *options,
                         uint64_t *load_ns, liq_error *err)
{
    const uint64_t started_ns = liq_clock_ns();
    liq_progress_bar bar;
    liq_book *book = NULL;
    liq_status status;

    if ((status = liq_shocks_check(options, err)) != LIQ_OK)
        return status;
    liq_progress_bar_start(&bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    status = liq_book_load(&book, directory, &bar.progress, err);
    liq_progress_bar_finish(&bar);
    if (status != LIQ_OK)
        goto done;
    *load_ns = liq_clock_ns() - started_ns;
    if ((status = liq_shocks_apply(book, options, err)) != LIQ_OK)
        goto done;
    *out = book;
    book = NULL;
done:
    liq_book_destroy(book);
    return status;
}
