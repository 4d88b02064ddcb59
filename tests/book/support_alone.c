#include "support_alone.h"

#include <sched.h>

#include <criterion/criterion.h>

#include "base/workers.h"
#include "support_books_equal.h"

/* With one processor allowed, the loader reads line by line. */
static liq_status load_alone(liq_book **out, const folder *home, liq_error *err)
{
    cpu_set_t before;
    cpu_set_t one;
    liq_status status;

    cr_assert_eq(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    cr_assert_eq(liq_workers_count(), 1);
    status = liq_book_load(out, home->path, NULL, err);
    cr_assert_eq(sched_setaffinity(0, sizeof before, &before), 0);
    return status;
}

void expect_same_load(const folder *home, const char *what)
{
    liq_book *alone = NULL;
    liq_book *together = NULL;
    liq_error alone_err = {0};
    liq_error err = {0};
    const liq_status status = load_alone(&alone, home, &alone_err);
    const liq_status other = liq_book_load(&together, home->path, NULL, &err);

    cr_expect_eq(other, status, "%s: \"%s\" and \"%s\"", what, err.message, alone_err.message);
    cr_expect_str_eq(err.message, alone_err.message, "%s", what);
    if (status == LIQ_OK && other == LIQ_OK)
        cr_expect_null(books_difference(alone, together), "%s: %s", what,
                       books_difference(alone, together));
    liq_book_destroy(alone);
    liq_book_destroy(together);
}

void expect_refused_load(const folder *home, const char *message)
{
    liq_book *book = NULL;
    liq_error err = {0};

    cr_expect_neq(liq_book_load(&book, home->path, NULL, &err), LIQ_OK);
    cr_expect_str_eq(err.message, message);
    cr_expect_null(book);
    expect_same_load(home, message);
}
