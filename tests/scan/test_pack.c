#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "book/market.h"
#include "scan/pack.h"
#include "scan/truth.h"
#include "support_random_book.h"

enum { BOOKS = 64 };

/* What the kernel margin_rows does with one partition. */
static void slots_value(const liq_slot_partition *part, liq_margin_tables tables,
                        liq_row_record *results, uint32_t *visits)
{
    for (uint32_t slot = 0; slot < part->slot_count; slot++) {
        uint64_t at = part->slice_offsets[slot / LIQ_SLICE_ROWS] + slot % LIQ_SLICE_ROWS;
        liq_row_state state = liq_row_state_zero();

        for (uint32_t left = part->row_lengths[slot]; left > 0; left--) {
            cr_assert_lt(at, part->entry_count);
            liq_margin_entry(tables, &state, part->tags[at], part->quantities[at],
                             part->values[at]);
            at += LIQ_SLICE_ROWS;
        }
        results[part->row_indices[slot]] = liq_margin_finish(tables, state.account);
        visits[part->row_indices[slot]]++;
    }
}

/* What margin_chunks does with one chunk. */
static liq_leg_sum chunk_sum(const liq_long_partition *part, liq_margin_tables tables,
                             const liq_chunk_record *chunk)
{
    liq_leg_sum sum = liq_leg_sum_zero();
    liq_exposure exposure = liq_exposure_none();

    /* A bound pair of positions may stick out by two. */
    cr_assert_leq(chunk->leg_count, LIQ_CHUNK_ENTRIES + 2);
    cr_assert_leq((uint64_t)chunk->entry_first + chunk->leg_count, part->entry_count);
    for (uint32_t i = chunk->entry_first; i < chunk->entry_first + chunk->leg_count; i++)
        liq_margin_leg(tables, &sum, &exposure, part->tags[i], part->quantities[i],
                       part->values[i]);
    return sum;
}

/* What margin_chunks and margin_long_rows do with one partition. */
static void longs_value(const liq_long_partition *part, liq_margin_tables tables,
                        liq_row_record *results, uint32_t *visits)
{
    for (uint32_t row = 0; row < part->row_count; row++) {
        const liq_long_row_record *record = &part->rows[row];
        liq_row_state state = liq_row_state_zero();

        cr_assert_leq(record->chunk_first + record->chunk_count, part->chunk_count);
        for (uint32_t i = 0; i < record->chunk_count; i++) {
            const liq_chunk_record *chunk = &part->chunks[record->chunk_first + i];

            liq_leg_sum_append(&state.legs, chunk_sum(part, tables, chunk));
            if (chunk->close_tag != LIQ_NO_INDEX)
                liq_margin_entry(tables, &state, chunk->close_tag, chunk->close_amount, 0);
        }
        results[part->row_indices[row]] = liq_margin_finish(tables, state.account);
        visits[part->row_indices[row]]++;
    }
}

/* Pack, value by partitions, and expect each row once and as the truth has it. */
static void expect_packed(const liq_book *book, uint64_t allocation_bytes_max)
{
    liq_market market = {0};
    liq_rows rows = {0};
    liq_pack pack = {0};
    liq_slot_partition slots = {0};
    liq_long_partition longs = {0};
    liq_row_record *results;
    uint32_t *visits;

    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_pack_create(&pack, &rows, allocation_bytes_max, NULL), LIQ_OK);
    results = calloc(rows.row_count + 1U, sizeof *results);
    visits = calloc(rows.row_count + 1U, sizeof *visits);
    do {
        liq_slot_partition_clear(&slots);
        cr_assert_eq(liq_pack_next_slots(&pack, &slots, NULL), LIQ_OK);
        cr_assert(slots.slice_count <= 1 ||
                  slots.entry_count * sizeof(int64_t) <= allocation_bytes_max);
        cr_assert(slots.slice_count <= 1 ||
                  slots.slot_count * sizeof(liq_row_record) <= allocation_bytes_max);
        slots_value(&slots, liq_market_tables(&market), results, visits);
    } while (slots.slot_count > 0);
    do {
        liq_long_partition_clear(&longs);
        cr_assert_eq(liq_pack_next_long(&pack, &longs, NULL), LIQ_OK);
        cr_assert(longs.row_count <= 1 ||
                  longs.entry_count * sizeof(int64_t) <= allocation_bytes_max);
        longs_value(&longs, liq_market_tables(&market), results, visits);
    } while (longs.row_count > 0);
    for (uint32_t i = 0; i < rows.row_count; i++) {
        const liq_row_record truth = liq_truth_row(&market, &rows, i);

        if (rows.keys[i].reason != LIQ_REASON_NONE) {
            cr_expect_eq(visits[i], 0, "a row that has no rule needs no device");
            continue;
        }
        cr_assert_eq(visits[i], 1, "row %u was valued %u times", i, visits[i]);
        cr_assert_arr_eq(&results[i], &truth, sizeof truth, "row %u", i);
    }
    liq_pack_clear(&pack);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    free(results);
    free(visits);
}

ParameterizedTestParameters(pack, changes_no_byte_of_a_random_book)
{
    static uint64_t limits[] = {1, 4096, 65536, UINT64_MAX};

    return cr_make_param_array(uint64_t, limits, sizeof limits / sizeof *limits);
}

ParameterizedTest(uint64_t *limit, pack, changes_no_byte_of_a_random_book)
{
    const uint64_t seed = liq_random_seed();

    for (uint64_t i = 0; i < BOOKS; i++) {
        liq_book book;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        expect_packed(&book, *limit);
        liq_random_book_destroy(&book);
    }
}

/* Around the ends of chunks, and around the length from which on a row is long. */
ParameterizedTestParameters(pack, cuts_rows_of_every_length_without_a_trace)
{
    static uint32_t legs[] = {1,   2,   63,  64,  65,  127, 128, 129, 170, 171, 172, 255,  256,
                              257, 258, 259, 340, 341, 510, 511, 512, 513, 514, 515, 1024, 5000};

    return cr_make_param_array(uint32_t, legs, sizeof legs / sizeof *legs);
}

ParameterizedTest(uint32_t *legs, pack, cuts_rows_of_every_length_without_a_trace)
{
    const uint64_t seed = liq_random_seed();

    for (uint32_t bits = 0; bits < LIQ_RANDOM_POLICIES; bits += *legs < 600 ? 2 : 14) {
        liq_book book;

        liq_random_book_create_long(&book, seed + bits, *legs, bits);
        expect_packed(&book, 65536);
        liq_random_book_destroy(&book);
    }
}

/* Rows of any length, in several windows and, by the limit, several blocks. */
static void rows_draw(liq_rows *rows, uint32_t count, uint64_t seed)
{
    liq_random random = liq_random_make(seed);
    size_t capacity = 0;

    *rows = (liq_rows){.row_count = count};
    rows->keys = calloc(count, sizeof *rows->keys);
    rows->entry_first = calloc(count + 1U, sizeof *rows->entry_first);
    for (uint32_t row = 0; row < count; row++) {
        const uint64_t most = liq_random_once_in(&random, 100) ? 700 : 6;

        rows->entry_first[row + 1] = rows->entry_first[row] + liq_random_below(&random, most);
        rows->keys[row].reason =
            liq_random_once_in(&random, 50) ? LIQ_REASON_PORTFOLIO : LIQ_REASON_NONE;
    }
    capacity = rows->entry_first[count];
    rows->tags = calloc(capacity, sizeof *rows->tags);
    rows->quantities = calloc(capacity, sizeof *rows->quantities);
    rows->values = calloc(capacity, sizeof *rows->values);
    for (uint32_t row = 0; row < count; row++)
        for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
            rows->quantities[i] = row;
            rows->values[i] = (int64_t)(i - rows->entry_first[row]);
        }
}

ParameterizedTestParameters(pack, gives_each_row_one_place_in_its_block)
{
    static uint64_t limits[] = {1, 4096, 1 << 20, UINT64_MAX};

    return cr_make_param_array(uint64_t, limits, sizeof limits / sizeof *limits);
}

ParameterizedTest(uint64_t *limit, pack, gives_each_row_one_place_in_its_block)
{
    enum { ROWS = 3 * LIQ_WINDOW_ROWS + 17 };
    liq_rows rows;
    liq_pack pack = {0};
    liq_slot_partition part = {0};
    uint64_t pads = 0;
    uint32_t *visits = calloc(ROWS, sizeof *visits);

    rows_draw(&rows, ROWS, liq_random_seed());
    cr_assert_eq(liq_pack_create(&pack, &rows, *limit, NULL), LIQ_OK);
    while (liq_pack_next_slots(&pack, &part, NULL) == LIQ_OK && part.slot_count > 0) {
        cr_assert_eq(part.slice_offsets[part.slice_count], part.entry_count);
        pads += part.entry_count;
        for (uint32_t slot = 0; slot < part.slot_count; slot++) {
            const uint32_t row = part.row_indices[slot];
            const uint64_t first =
                part.slice_offsets[slot / LIQ_SLICE_ROWS] + slot % LIQ_SLICE_ROWS;

            cr_assert_eq(row / pack.block_rows, part.block);
            cr_assert_eq(rows.keys[row].reason, LIQ_REASON_NONE);
            visits[row]++;
            pads -= part.row_lengths[slot];
            for (uint64_t i = 0; i < part.row_lengths[slot]; i++) {
                const uint64_t at = first + i * LIQ_SLICE_ROWS;

                cr_assert_lt(at, part.slice_offsets[slot / LIQ_SLICE_ROWS + 1]);
                cr_assert_eq(part.quantities[at], row);
                cr_assert_eq(part.values[at], (int64_t)i);
            }
        }
        liq_slot_partition_clear(&part);
    }
    for (uint32_t row = 0; row < ROWS; row++)
        cr_assert_eq(visits[row],
                     rows.keys[row].reason == LIQ_REASON_NONE &&
                         rows.entry_first[row + 1] - rows.entry_first[row] <= LIQ_LONG_ROW_ENTRIES,
                     "row %u: %u", row, visits[row]);
    if (*limit == UINT64_MAX)
        cr_expect_lt(pads * 2, rows.entry_first[ROWS], "%llu pads", (unsigned long long)pads);
    liq_pack_clear(&pack);
    liq_rows_clear(&rows);
    free(visits);
}

Test(pack, packs_a_book_without_accounts)
{
    liq_rows rows = {.entry_first = (uint64_t[]){0}};
    liq_slot_partition slots = {0};
    liq_long_partition longs = {0};
    liq_pack pack = {0};

    cr_assert_eq(liq_pack_create(&pack, &rows, 4096, NULL), LIQ_OK);
    cr_assert_eq(liq_pack_next_slots(&pack, &slots, NULL), LIQ_OK);
    cr_expect_eq(slots.slot_count, 0);
    cr_assert_eq(liq_pack_next_long(&pack, &longs, NULL), LIQ_OK);
    cr_expect_eq(longs.row_count, 0);
    liq_pack_clear(&pack);
}
