#include "scan/adl_index.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/score_walk.h"

static uint32_t bucket_of(const liq_book *book, const liq_adl_index *index, uint32_t at);

liq_status liq_adl_index_create(liq_adl_index *out, const liq_book *book, liq_error *err)
{
    liq_adl_index index = {.side_count = book->venue.instrument_count * 2,
                           .position_count = (uint32_t)book->position_count};
    uint32_t *next = NULL; /* of each side, then of the exempt */
    liq_status status;

    if (book->position_count >= UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%llu positions, the limit is %u",
                        (unsigned long long)book->position_count, UINT32_MAX - 1);
    if ((status = liq_memory_array(&index.places, index.position_count, sizeof *index.places,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&index.side_firsts, (size_t)index.side_count + 1,
                                   sizeof *index.side_firsts, err)) != LIQ_OK ||
        (status = liq_memory_array(&next, (size_t)index.side_count + 2, sizeof *next, err)) !=
            LIQ_OK) {
        liq_adl_index_clear(&index);
        return status;
    }
    for (uint32_t at = 0; at < index.position_count; at++)
        next[bucket_of(book, &index, at) + 1]++;
    for (uint32_t side = 0; side <= index.side_count; side++) {
        next[side + 1] += next[side];
        index.side_firsts[side] = next[side];
    }
    for (uint32_t at = 0; at < index.position_count; at++)
        index.places[at] = next[bucket_of(book, &index, at)]++;
    free(next);
    *out = index;
    return LIQ_OK;
}

void liq_adl_index_clear(liq_adl_index *index)
{
    free(index->places);
    free(index->side_firsts);
    *index = (liq_adl_index){0};
}

liq_status liq_adl_index_lots(int64_t **out, const liq_adl_index *index, const liq_book *book,
                              liq_error *err)
{
    const liq_status status = liq_memory_array(out, index->position_count, sizeof **out, err);

    for (uint32_t at = 0; status == LIQ_OK && at < index->position_count; at++)
        (*out)[index->places[at]] = (int64_t)liq_size_of(book->positions[at].quantity_lots);
    return status;
}

/* Positions of an account are sorted cross first, as its rows are. */
liq_status liq_adl_row_firsts(uint32_t **out, const liq_book *book, const liq_row_key *keys,
                              uint32_t row_count, liq_error *err)
{
    uint32_t *firsts = NULL;
    uint64_t at = 0;
    const liq_status status = liq_memory_array(&firsts, row_count, sizeof *firsts, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t row = 0; row < row_count; row++) {
        const uint64_t end = book->position_first[keys[row].account_index + 1];

        firsts[row] = (uint32_t)at;
        if (keys[row].instrument_index != LIQ_NO_INDEX)
            at++;
        else
            while (at < end && !book->positions[at].isolated)
                at++;
    }
    LIQ_ASSERT(at == book->position_count);
    *out = firsts;
    return LIQ_OK;
}

static uint32_t bucket_of(const liq_book *book, const liq_adl_index *index, uint32_t at)
{
    const liq_position *position = &book->positions[at];

    return book->accounts[position->account_index].adl_exempt ? index->side_count
                                                              : liq_side_of(position);
}
