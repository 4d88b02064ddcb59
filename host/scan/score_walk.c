#include "scan/score_walk.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/truth.h"
#include "scan/truth_scores.h"

static uint32_t row_positions(const liq_score_walk *walk, bool *is_watched);

liq_status liq_score_walk_create(liq_score_walk *out, const liq_book *book,
                                 const liq_market *market, liq_adl_rule rule,
                                 const uint8_t *watched, liq_error *err)
{
    liq_score_walk walk = {.book = book, .market = market, .watched = watched};
    const liq_status status = liq_rows_create(&walk.rows, book, NULL, err);

    if (status != LIQ_OK)
        return status;
    walk.terms = liq_adl_terms_make(&book->venue, rule);
    *out = walk;
    return LIQ_OK;
}

void liq_score_walk_clear(liq_score_walk *walk)
{
    liq_rows_clear(&walk->rows);
    free(walk->scores);
    *walk = (liq_score_walk){0};
}

liq_status liq_score_walk_next(liq_score_walk *walk, liq_scored_row *out, liq_error *err)
{
    *out = (liq_scored_row){0};
    while (walk->row_at < walk->rows.row_count) {
        const uint32_t row = walk->row_at++;
        const uint64_t first = walk->position_at;
        bool is_watched = false;
        const uint32_t count = row_positions(walk, &is_watched);
        liq_row_record result;
        liq_status status;

        walk->position_at += count;
        if (!is_watched)
            continue;
        if ((status = liq_memory_grow(&walk->scores, &walk->score_capacity, count,
                                      sizeof *walk->scores, err)) != LIQ_OK)
            return status;
        result = liq_truth_row(walk->market, &walk->rows, row);
        LIQ_ASSERT(liq_truth_scores_row(walk->market, &walk->rows, row, &result, walk->terms,
                                        walk->scores) == count);
        *out = (liq_scored_row){.scores = walk->scores,
                                .position_first = first,
                                .position_count = count,
                                .result = result};
        return LIQ_OK;
    }
    return LIQ_OK;
}

/*
 * How many of the book's next positions are those of the row just stepped over: they come in the
 * order of the rows, all of the cross margin in one row and each isolated one in its own.
 */
static uint32_t row_positions(const liq_score_walk *walk, bool *is_watched)
{
    const liq_book *book = walk->book;
    const liq_row_key *key = &walk->rows.keys[walk->row_at - 1];
    const uint64_t end = book->position_first[key->account_index + 1];
    const bool is_cross = key->instrument_index == LIQ_NO_INDEX;
    uint64_t at = walk->position_at;

    for (; at < end && book->positions[at].isolated != is_cross; at++) {
        *is_watched = *is_watched || walk->watched[liq_side_of(&book->positions[at])] != 0;
        if (!is_cross)
            return 1;
    }
    return (uint32_t)(at - walk->position_at);
}
