/*
 * A live book that is saved and loaded goes on as the one that was not: the same statuses, lists
 * and warnings, tick after tick.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "book/live_columns.h"
#include "support_generated.h"
#include "support_live.h"
#include "support_live_equal.h"
#include "support_random_book.h"

enum { BOOKS = 40, FILE_BOOKS = 10, ROUNDS = 12, TICKS = 8, BATCH = 8, MORE_ACCOUNTS = 20 };

/* Another live book made of the first one, by columns or by a file. */
typedef struct twin {
    liq_book columns;
    liq_book *book;
    liq_live *live;
} twin;

static const liq_live_limits limits = {.accounts_max = 256, .entries_max = 8192, .events_max = 64};

static liq_live *live_make(const liq_book *book, bool exact)
{
    const liq_live_options options = {.limits = limits, .exact_all = exact};
    liq_live *live = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_live_create(&live, book, &options, &err), LIQ_OK, "%s", err.message);
    return live;
}

static const char *path_make(void)
{
    static char path[128];

    (void)snprintf(path, sizeof path, "/tmp/liqscan-test-save-%ld", (long)getpid());
    return path;
}

static void twin_make(twin *out, const liq_live *live, bool by_file, bool exact)
{
    liq_error err = {0};

    *out = (twin){0};
    if (!by_file) {
        cr_assert_eq(liq_live_columns_write(&out->columns, &live->book, &err), LIQ_OK);
        out->live = live_make(&out->columns, exact);
        return;
    }
    cr_assert_eq(liq_live_save(live, path_make(), &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_book_load_snapshot(&out->book, path_make(), NULL, &err), LIQ_OK, "%s",
                 err.message);
    (void)unlink(path_make());
    out->live = live_make(out->book, exact);
}

static void twin_clear(twin *self)
{
    liq_live_destroy(self->live);
    liq_live_columns_clear(&self->columns);
    liq_book_destroy(self->book);
}

/* The same events to one book, or to two. */
static void events_play(liq_live *one, liq_live *two, liq_model *model, liq_random *random)
{
    for (uint64_t n = liq_random_below(random, BATCH + 1); n > 0; n--) {
        liq_model_event drawn;
        liq_error err = {0};

        liq_model_event_draw(model, random, &drawn);
        liq_model_apply(model, &drawn);
        cr_assert_eq(liq_live_apply(one, &drawn.event, 1, &err), LIQ_OK, "%s", err.message);
        if (two != NULL)
            cr_assert_eq(liq_live_apply(two, &drawn.event, 1, &err), LIQ_OK, "%s", err.message);
    }
}

/* From here on both are told the same. @return rows warned */
static uint64_t round_play(liq_live *live, liq_model *model, liq_random *random, bool by_file,
                           const char *what)
{
    uint64_t warned = 0;
    twin other;

    if (liq_random_once_in(random, 2))
        events_play(live, NULL, model, random); /* applied, and not ticked yet */
    twin_make(&other, live, by_file, liq_random_once_in(random, 2));
    lives_hold_the_same(live, other.live, what);
    for (int tick = 0; tick < TICKS; tick++) {
        cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
        cr_assert_eq(liq_live_tick(other.live, NULL, NULL), LIQ_OK);
        warned += lives_say_the_same(live, other.live, what);
        lives_hold_the_same(live, other.live, what);
        events_play(live, other.live, model, random);
    }
    twin_clear(&other);
    return warned;
}

static uint64_t book_play(const liq_book *book, uint64_t seed, bool by_file)
{
    liq_random random = liq_random_make(seed ^ 0x2545f491u);
    liq_model *model = calloc(1, sizeof *model);
    liq_live *live = live_make(book, seed % 2 == 0);
    uint64_t warned = 0;
    char what[64];

    cr_assert_not_null(model);
    liq_model_start(model, book, MORE_ACCOUNTS);
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(what, sizeof what, "seed %lu, round %d", seed, i);
        if (i > 0)
            cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
        warned += round_play(live, model, &random, by_file, what);
    }
    liq_live_destroy(live);
    free(model);
    return warned;
}

Test(live_save, goes_on_as_the_book_that_was_saved)
{
    const uint64_t seed = liq_random_seed();
    uint64_t warned = 0;

    for (uint32_t i = 0; i < BOOKS; i++) {
        liq_book book;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        warned += book_play(&book, seed + i, false);
        liq_random_book_destroy(&book);
    }
    cr_expect_gt(warned, 0);
}

Test(live_save, goes_on_from_a_file)
{
    const uint64_t seed = liq_random_seed();
    uint64_t warned = 0;

    for (uint32_t i = 0; i < FILE_BOOKS; i++) {
        liq_generate_options options;
        liq_book *book;

        liq_generated_options(&options, i, seed + i);
        options.accounts = 100;
        options.depth_levels = 5;
        book = liq_generated_book(&options);
        warned += book_play(book, seed + i, true);
        liq_book_destroy(book);
    }
    cr_expect_gt(warned, 10 * FILE_BOOKS);
}

/* As it was at the fork, whatever the parent does. */
Test(live_save, saves_in_a_forked_child)
{
    static const liq_live_event events[] = {
        {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "a new one", .is_adl_exempt = 1},
        {.kind = LIQ_LIVE_BALANCE, .account = "a new one", .symbol = "USDT", .amount = "5"}};
    liq_generate_options options;
    liq_book *book;
    liq_book *saved = NULL;
    liq_live *live;
    liq_live *again;
    pid_t child;
    int ended;

    liq_generated_options(&options, 3, 7);
    options.accounts = 100;
    book = liq_generated_book(&options);
    live = live_make(book, false);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK); /* on all processors */
    cr_assert_eq(liq_live_apply(live, events, 2, NULL), LIQ_OK);
    (void)path_make();
    child = fork();
    if (child == 0)
        _exit(liq_live_save(live, path_make(), NULL) != LIQ_OK);
    cr_assert(child > 0 && waitpid(child, &ended, 0) == child && ended == 0, "%d", ended);
    /* The child has a number of its own. */
    {
        char path[128];

        (void)snprintf(path, sizeof path, "/tmp/liqscan-test-save-%ld", (long)child);
        cr_assert_eq(liq_book_load_snapshot(&saved, path, NULL, NULL), LIQ_OK);
        (void)unlink(path);
    }
    again = live_make(saved, false);
    lives_hold_the_same(live, again, "child");
    liq_live_destroy(live);
    liq_live_destroy(again);
    liq_book_destroy(book);
    liq_book_destroy(saved);
}
