#include "scan/adl_places.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/adl_lights.h"
#include "scan/score_walk.h"
#include "scan/truth.h"
#include "scan/truth_scores.h"

/* What stands before a position on its side, itself included. */
typedef struct place_sum {
    liq_adl_entry entry;
    uint64_t ahead_count;
    liq_int128 ahead_lots;
    uint64_t next; /* of the same side, from 1; 0: none. At most a cross and an isolated one. */
} place_sum;

/* Of each side that the account stands on. */
typedef struct side_sum {
    uint64_t first; /* of the account's positions, from 1; 0: none */
    uint64_t ranked_count;
    liq_int128 ranked_lots;
} side_sum;

typedef struct place_work {
    const liq_book *book;
    uint64_t position_first;
    uint64_t position_count;
    place_sum *places;
    side_sum *sides;
    uint8_t *watched;
} place_work;

static liq_status work_start(place_work *work, uint32_t account_index, liq_error *err);
static liq_status own_score(const place_work *work, const liq_market *market,
                            uint32_t account_index, liq_error *err);
static liq_status ahead_sum(const place_work *work, const liq_market *market, liq_error *err);
static void entry_sum(const place_work *work, const liq_adl_entry *entry);
static liq_adl_entry entry_of(const liq_book *book, uint64_t at, int64_t score);
static void places_finish(const place_work *work, liq_adl_place *out);

liq_status liq_adl_places_create(liq_adl_place **out, const liq_book *book,
                                 const liq_market *market, uint32_t account_index, liq_error *err)
{
    place_work work = {.book = book};
    liq_adl_place *places = NULL;
    liq_status status;

    if ((status = work_start(&work, account_index, err)) != LIQ_OK ||
        (status = liq_memory_array(&places, (size_t)work.position_count, sizeof *places, err)) !=
            LIQ_OK)
        goto done;
    if (work.position_count > 0 &&
        ((status = own_score(&work, market, account_index, err)) != LIQ_OK ||
         (status = ahead_sum(&work, market, err)) != LIQ_OK))
        goto done;
    places_finish(&work, places);
    *out = places;
    places = NULL; /* given away */
done:
    free(work.places);
    free(work.sides);
    free(work.watched);
    free(places);
    return status;
}

static liq_status work_start(place_work *work, uint32_t account_index, liq_error *err)
{
    const size_t sides = (size_t)work->book->venue.instrument_count * 2;
    liq_status status;

    work->position_first = work->book->position_first[account_index];
    work->position_count = work->book->position_first[account_index + 1] - work->position_first;
    if ((status = liq_memory_array(&work->places, (size_t)work->position_count,
                                   sizeof *work->places, err)) != LIQ_OK ||
        (status = liq_memory_array(&work->sides, sides, sizeof *work->sides, err)) != LIQ_OK ||
        (status = liq_memory_array(&work->watched, sides, sizeof *work->watched, err)) != LIQ_OK)
        return status;
    for (uint64_t i = 0; i < work->position_count; i++) {
        const uint32_t side = liq_side_of(&work->book->positions[work->position_first + i]);

        work->watched[side] = 1;
        work->places[i].next = work->sides[side].first;
        work->sides[side].first = i + 1;
    }
    return LIQ_OK;
}

/* The account's own scores come first, because all others are compared with them. */
static liq_status own_score(const place_work *work, const liq_market *market,
                            uint32_t account_index, liq_error *err)
{
    const liq_adl_terms terms =
        liq_adl_terms_make(&work->book->venue, work->book->venue.policy.adl_rule);
    int64_t *scores = NULL;
    liq_rows rows = {0};
    uint64_t at = 0;
    liq_status status;

    if ((status = liq_rows_create_account(&rows, work->book, account_index, err)) != LIQ_OK ||
        (status = liq_memory_array(&scores, (size_t)work->position_count, sizeof *scores, err)) !=
            LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < rows.row_count; i++) {
        const liq_row_record result = liq_truth_row(market, &rows, i);

        at += liq_truth_scores_row(market, &rows, i, &result, terms, &scores[at]);
    }
    LIQ_ASSERT(at == work->position_count);
    for (at = 0; at < work->position_count; at++)
        work->places[at].entry = entry_of(work->book, work->position_first + at, scores[at]);
done:
    liq_rows_clear(&rows);
    free(scores);
    return status;
}

static liq_status ahead_sum(const place_work *work, const liq_market *market, liq_error *err)
{
    liq_score_walk walk = {0};
    liq_scored_row row;
    liq_status status = liq_score_walk_create(
        &walk, work->book, market, work->book->venue.policy.adl_rule, work->watched, err);

    while (status == LIQ_OK && (status = liq_score_walk_next(&walk, &row, err)) == LIQ_OK &&
           row.position_count > 0) {
        for (uint32_t i = 0; i < row.position_count; i++) {
            const liq_adl_entry entry = entry_of(work->book, row.position_first + i, row.scores[i]);

            entry_sum(work, &entry);
        }
    }
    liq_score_walk_clear(&walk);
    return status;
}

/* Count a ranked position for its side, and before those of the account that it precedes. */
static void entry_sum(const place_work *work, const liq_adl_entry *entry)
{
    side_sum *side = &work->sides[liq_side_of(&work->book->positions[entry->position_index])];

    if (entry->standing != LIQ_ADL_RANKED || side->first == 0)
        return;
    side->ranked_count++;
    side->ranked_lots += entry->lots;
    for (uint64_t i = side->first; i > 0; i = work->places[i - 1].next) {
        place_sum *place = &work->places[i - 1];

        if (liq_adl_entry_compare(entry, &place->entry) > 0)
            continue;
        place->ahead_count++;
        place->ahead_lots += entry->lots;
    }
}

static liq_adl_entry entry_of(const liq_book *book, uint64_t at, int64_t score)
{
    const liq_position *position = &book->positions[at];

    return (liq_adl_entry){
        .score = score,
        .lots = (int64_t)liq_size_of(position->quantity_lots),
        .position_index = at,
        .standing = liq_adl_standing_of(score, book->accounts[position->account_index].adl_exempt)};
}

static void places_finish(const place_work *work, liq_adl_place *out)
{
    const liq_adl_lights_by by =
        liq_adl_lights_choose(LIQ_ADL_LIGHTS_OF_VENUE, (uint32_t)work->book->venue.policy.adl_rule);

    for (uint64_t i = 0; i < work->position_count; i++) {
        const place_sum *place = &work->places[i];
        const side_sum *side =
            &work->sides[liq_side_of(&work->book->positions[place->entry.position_index])];

        out[i] = (liq_adl_place){.score = place->entry.score, .standing = place->entry.standing};
        if (place->entry.standing != LIQ_ADL_RANKED)
            continue;
        out[i].rank = place->ahead_count;
        out[i].light =
            by == LIQ_ADL_LIGHTS_BY_COUNT
                ? liq_adl_light((liq_int128)place->ahead_count, (liq_int128)side->ranked_count)
                : liq_adl_light(place->ahead_lots, side->ranked_lots);
    }
}
