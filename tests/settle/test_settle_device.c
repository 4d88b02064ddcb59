/*
 * What settling does is the same, byte for byte, whether results and scores are those of the CPU
 * truth or those of an OpenCL device.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/settle.h>

#include "scan/device_scores.h"
#include "scan/support_opened.h"
#include "scan/truth_scores.h"
#include "support_venture.h"

enum { BOOKS = 150, PUBLIC_BOOKS = 10 };

/* The actions of a run, kept. */
typedef struct kept_run {
    liq_action *actions;
    uint64_t count;
    uint64_t adl_fills;
} kept_run;

static void run_keep(kept_run *out, venture *self, const char *what)
{
    liq_error err = {0};

    cr_assert_eq(venture_settle(self, &err), LIQ_OK, "%s: %s", what, err.message);
    *out = (kept_run){.count = self->waterfall.action_count,
                      .adl_fills = self->waterfall.totals.adl_fills,
                      .actions = calloc(self->waterfall.action_count + 1, sizeof *out->actions)};
    if (out->count > 0)
        memcpy(out->actions, self->waterfall.actions, out->count * sizeof *out->actions);
}

/* Results and scores of the book from the device, in place of those of the truth. */
static liq_device_scan *device_value(venture *self, liq_device *device, int64_t *scores,
                                     bool as_lanes)
{
    const liq_device_scan_options options = {.as_lanes = as_lanes};
    const liq_adl_terms terms =
        liq_adl_terms_make(&self->book->venue, self->book->venue.policy.adl_rule);
    const size_t bytes = self->rows.row_count * sizeof *self->results;
    liq_device_scan *scan = NULL;
    liq_device_scores *scored = NULL;
    const liq_row_record *view = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_device_scan_create(&scan, device, &self->rows, &self->market, &options, &err),
                 LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_device_scores_create(&scored, scan, self->book, &self->source.index, &err),
                 LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_device_scores_run_scan(scored, scan, &self->market, terms, &err), LIQ_OK, "%s",
                 err.message);
    memset(self->results, 0xa5, bytes);
    cr_assert_eq(liq_device_scan_view(scan, &view, &err), LIQ_OK, "%s", err.message);
    memcpy(self->results, view, bytes);
    cr_assert_eq(liq_device_scores_read(scored, scores, &err), LIQ_OK, "%s", err.message);
    liq_device_scores_destroy(scored);
    return scan;
}

/* The same from the device's results, with its scores given, or asked for when they are needed. */
static void device_settle(venture *self, liq_device *device, const kept_run *truth, bool as_lanes)
{
    int64_t *scores = calloc(self->book->position_count + 1, sizeof *scores);
    liq_device_scan *scan = device_value(self, device, scores, as_lanes);

    venture_list(self);
    for (int asked = 0; asked < 2; asked++) {
        kept_run other;

        self->source.scores = asked ? NULL : scores;
        self->source.device = asked ? scan : NULL;
        run_keep(&other, self, venture_rules(self));
        cr_assert_eq(other.count, truth->count, "%s", venture_rules(self));
        cr_assert_eq(memcmp(other.actions, truth->actions, truth->count * sizeof *truth->actions),
                     0, "%s", venture_rules(self));
        cr_assert(!asked || truth->adl_fills == 0 || self->source.device_scores != NULL,
                  "the device was not asked");
        free(other.actions);
    }
    liq_book_source_end(&self->source);
    cr_assert_null(self->source.scores);
    liq_device_scan_destroy(scan);
    free(scores);
}

Test(settle_device, says_the_same_bytes_as_from_the_truth)
{
    liq_device *device = liq_opened_device();
    liq_random random = liq_random_make(liq_random_seed() + 3);
    uint64_t flagged = 0;
    uint64_t fills = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        kept_run truth;

        venture_draw(&book, &random);
        venture_scan(&book);
        run_keep(&truth, &book, venture_rules(&book));
        device_settle(&book, device, &truth, i % 2 == 1);
        flagged += book.input.flagged_count;
        fills += truth.adl_fills;
        free(truth.actions);
        venture_clear(&book);
    }
    liq_device_close(device);
    cr_expect(flagged > BOOKS, "%llu flagged", (unsigned long long)flagged);
    cr_expect(fills > BOOKS / 2, "%llu fills", (unsigned long long)fills);
}

/* Settle by the public way. */
static void public_settle(const venture *self, const char *device, liq_settle_summary *summary)
{
    const liq_scanner_options options = {.device = device, .skip_self_test = 1};
    liq_scanner *scanner = NULL;
    liq_settle *settle = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_scanner_create(&scanner, self->book, &options, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_scanner_scan(scanner, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_create(&settle, self->book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_run(settle, scanner, 1000000, 1, summary, &err), LIQ_OK, "%s",
                 err.message);
    liq_settle_destroy(settle);
    liq_scanner_destroy(scanner);
}

Test(settle_device, says_the_same_hash_by_the_public_way)
{
    liq_random random = liq_random_make(liq_random_seed() + 4);
    uint64_t fills = 0;

    liq_device_close(liq_opened_device()); /* skips where there is none */
    for (int i = 0; i < PUBLIC_BOOKS;) {
        static venture book;
        liq_settle_summary truth;
        liq_settle_summary other;

        venture_draw(&book, &random);
        book.book->depth = book.levels;
        public_settle(&book, LIQ_DEVICE_CPU_REFERENCE, &truth);
        if (truth.adl_fills > 0) { /* of books in which nobody is deleveraged there are enough */
            public_settle(&book, NULL, &other);
            cr_expect_eq(other.actions, truth.actions, "book %d: %s", i, venture_rules(&book));
            cr_expect_str_eq(other.hash, truth.hash, "book %d: %s", i, venture_rules(&book));
            fills += other.adl_fills;
            i++;
        }
        book.book->depth = NULL;
        venture_clear(&book);
    }
    cr_expect(fills >= PUBLIC_BOOKS);
}
