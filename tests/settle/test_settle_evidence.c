/*
 * What an action says it was decided on is what a scan and a queue say of the account.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <liqscan/adl.h>
#include <liqscan/settle.h>

#include "support_venture.h"

enum { BOOKS = 400 };

typedef struct evidence_counts {
    uint64_t valued;
    uint64_t first; /* actions on accounts that no action before was about */
    uint64_t scored;
} evidence_counts;

static bool is_first(const liq_settle *settle, uint64_t index, const char *account)
{
    for (uint64_t i = 0; i < index; i++) {
        liq_settle_action action;

        liq_settle_action_read(settle, i, &action);
        if (action.account != NULL && strcmp(action.account, account) == 0)
            return false;
    }
    return true;
}

/* The row of the scan that an action is about. */
static liq_scan_row row_of(const liq_scanner *scanner, const liq_settle_action *action)
{
    liq_scan_row row = {0};

    for (uint32_t i = 0; i < liq_scanner_row_count(scanner); i++) {
        liq_scanner_row(scanner, i, &row);
        if (strcmp(row.account, action->account) != 0 ||
            (row.instrument != NULL) != (action->is_isolated != 0))
            continue;
        if (row.instrument == NULL ||
            (action->instrument != NULL && strcmp(row.instrument, action->instrument) == 0 &&
             (action->side == 0 || row.is_short == (action->side < 0))))
            return row;
    }
    cr_assert_fail("%s", action->account);
    return row;
}

static void expect_units(const liq_book *book, const char *text, int64_t units, const char *what)
{
    char expected[LIQ_DECIMAL_BYTES];

    cr_assert_str_eq(text, liq_decimal_format(expected, units, book->venue.cash_decimals), "%s",
                     what);
}

/* The queue of the counterparty's side has its score, to the last digit. */
static void score_check(const venture *self, const liq_settle_action *action, const char *what)
{
    liq_adl_queue *queue = NULL;
    liq_adl_row row = {0};
    uint64_t at = 0;

    cr_assert_eq(
        liq_adl_queue_create(&queue, self->book, action->instrument, action->side < 0, NULL, NULL),
        LIQ_OK);
    for (; at < liq_adl_queue_count(queue); at++) {
        liq_adl_queue_row(queue, at, &row);
        if (strcmp(row.account, action->account) == 0 &&
            (row.is_isolated != 0) == (action->is_isolated != 0))
            break;
    }
    cr_assert_lt(at, liq_adl_queue_count(queue), "%s", what);
    cr_assert_str_eq(action->score, row.score, "%s: %s", what, action->account);
    liq_adl_queue_destroy(queue);
}

static void action_check(const venture *self, const liq_scanner *scanner, const liq_settle *settle,
                         uint64_t index, evidence_counts *counts, const char *what)
{
    liq_settle_action action;

    liq_settle_action_read(settle, index, &action);
    cr_assert((action.equity[0] != '\0') == (action.maintenance_margin[0] != '\0'));
    cr_assert((action.score[0] != '\0') == (action.kind == LIQ_SETTLE_ADL), "%s", what);
    if (action.kind == LIQ_SETTLE_ADL)
        score_check(self, &action, what);
    counts->scored += action.kind == LIQ_SETTLE_ADL;
    if (action.account == NULL)
        cr_assert_str_empty(action.equity, "%s", what);
    if (action.kind == LIQ_SETTLE_TAKEOVER || action.kind == LIQ_SETTLE_REDUCE ||
        action.kind == LIQ_SETTLE_MARGIN_CALL || action.kind == LIQ_SETTLE_ADL)
        cr_assert_str_not_empty(action.equity, "%s", what);
    counts->valued += action.equity[0] != '\0';
    if (action.equity[0] != '\0' && is_first(settle, index, action.account)) {
        const liq_scan_row row = row_of(scanner, &action);

        if (action.is_isolated && action.side == 0)
            return; /* of orders: the action does not say which position they were cancelled for */

        expect_units(self->book, action.equity, row.equity, what);
        expect_units(self->book, action.maintenance_margin, row.maintenance_margin, what);
        counts->first++;
    }
}

Test(settle_evidence, is_what_a_scan_and_a_queue_say)
{
    liq_random random = liq_random_make(liq_random_seed() + 13);
    evidence_counts counts = {0};

    for (int i = 0; i < BOOKS; i++) {
        const liq_scanner_options options = {.device = LIQ_DEVICE_CPU_REFERENCE};
        static venture book;
        liq_scanner *scanner = NULL;
        liq_settle *settle = NULL;
        char what[320];
        liq_error err = {0};

        venture_draw(&book, &random);
        /* Who is valued at marks that fills have made is not what the scan knows. */
        book.book->venue.policy.liquidation.mark_follows_fills = false;
        book.book->depth = book.levels;
        (void)snprintf(what, sizeof what, "book %d: %s", i, venture_rules(&book));
        cr_assert_eq(liq_scanner_create(&scanner, book.book, &options, &err), LIQ_OK);
        cr_assert_eq(liq_scanner_scan(scanner, NULL, &err), LIQ_OK);
        cr_assert_eq(liq_settle_create(&settle, book.book, &err), LIQ_OK);
        cr_assert_eq(liq_settle_run(settle, scanner, 1000000, 1, NULL, &err), LIQ_OK, "%s: %s",
                     what, err.message);
        for (uint64_t j = 0; j < liq_settle_action_count(settle); j++)
            action_check(&book, scanner, settle, j, &counts, what);
        liq_settle_destroy(settle);
        liq_scanner_destroy(scanner);
        book.book->depth = NULL;
        venture_clear(&book);
    }
    cr_expect_gt(counts.first, BOOKS);
    cr_expect_gt(counts.valued, 2 * counts.first);
    cr_expect_gt(counts.scored, BOOKS / 10);
}
