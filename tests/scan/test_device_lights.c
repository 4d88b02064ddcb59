/*
 * Lights by selection on the device are those of a sorted queue.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "scan/adl_lights.h"
#include "scan/device_lights.h"
#include "scan/device_scores.h"
#include "scan/scan_program.h"
#include "scan/truth_scores.h"
#include "support_opened.h"
#include "support_random_book.h"

enum { BOOKS = 24, SIDES_MAX = 6 };

/* Sides with keys and sizes that are made up. */
typedef struct made_sides {
    liq_adl_index index;
    uint32_t side_firsts[SIDES_MAX + 1];
    int64_t *keys;
    int64_t *lots;
} made_sides;

/* How keys are made: few values have many ties, near ones differ in their last digits. */
typedef enum key_kind { KEYS_ANY, KEYS_FEW, KEYS_NEAR, KEYS_ZERO, KEYS_UNRANKED } key_kind;

static int64_t key_make(liq_random *random, key_kind kind)
{
    const int64_t any = (int64_t)liq_random_next(random);

    if (liq_random_once_in(random, 20))
        return LIQ_SCORE_PAST_BANKRUPTCY - (int64_t)liq_random_below(random, 2);
    switch (kind) {
    case KEYS_ANY:
        return any > LIQ_SCORE_PAST_BANKRUPTCY ? any : 0;
    case KEYS_FEW:
        return liq_random_between(random, -2, 2) * (INT64_C(1) << 55);
    case KEYS_NEAR:
        return INT64_C(0x4020000000000000) + liq_random_between(random, -40000, 40000);
    case KEYS_ZERO:
        return 0;
    case KEYS_UNRANKED:
        break;
    }
    return LIQ_SCORE_UNVALUED;
}

static int64_t lots_make(liq_random *random)
{
    return liq_random_once_in(random, 3) ? LIQ_QUANTITY_LOTS_MAX
                                         : liq_random_of_any_size(random, LIQ_QUANTITY_LOTS_MAX);
}

static void sides_make(made_sides *out, liq_random *random, const uint32_t *counts,
                       uint32_t side_count)
{
    uint32_t total = 0;

    for (uint32_t side = 0; side < side_count; side++) {
        out->side_firsts[side] = total;
        total += counts[side];
    }
    out->side_firsts[side_count] = total;
    out->index = (liq_adl_index){.side_firsts = out->side_firsts,
                                 .side_count = side_count,
                                 .position_count = total + 5}; /* some exempt behind */
    out->keys = calloc(total + 5, sizeof *out->keys);
    out->lots = calloc(total + 5, sizeof *out->lots);
    for (uint32_t side = 0, at = 0; side < side_count; side++) {
        const key_kind kind = (key_kind)liq_random_below(random, 5);

        for (; at < out->side_firsts[side + 1]; at++) {
            out->keys[at] = key_make(random, kind);
            out->lots[at] = lots_make(random);
        }
    }
}

static void sides_clear(made_sides *sides)
{
    free(sides->keys);
    free(sides->lots);
}

/* Sort each side, and expect of every position the light that the cuts tell. */
static uint64_t expect_lights(const liq_adl_index *index, const int64_t *keys, const int64_t *lots,
                              liq_adl_lights_by by, const liq_cut_record *cuts)
{
    uint64_t met = 0;

    for (uint32_t side = 0; side < index->side_count; side++) {
        const uint32_t first = index->side_firsts[side];
        const uint32_t count = index->side_firsts[side + 1] - first;
        liq_adl_entry *entries = calloc(count + 1U, sizeof *entries);

        for (uint32_t i = 0; i < count; i++)
            entries[i] = (liq_adl_entry){.score = keys[first + i],
                                         .lots = lots[first + i],
                                         .position_index = i,
                                         .standing = liq_adl_standing_of(keys[first + i], 0)};
        met += liq_adl_lights_fill(entries, count, by);
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t got = liq_light_of(&cuts[side * LIQ_CUTS], entries[i].score,
                                              (uint32_t)entries[i].position_index);

            cr_assert_eq(got, entries[i].light, "side %u of %u, rank %u: light %u is not %u", side,
                         count, i + 1, got, entries[i].light);
        }
        free(entries);
    }
    return met;
}

static void sides_check(liq_device *device, liq_scan_shape shape, const made_sides *sides)
{
    const size_t bytes = sides->index.position_count * sizeof *sides->keys;
    liq_cut_record cuts[SIDES_MAX * LIQ_CUTS];
    liq_device_lights *lights = NULL;
    liq_buffer *keys = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_buffer_create(&keys, device, bytes, LIQ_BUFFER_INPUT, &err), LIQ_OK);
    cr_assert_eq(liq_buffer_write(keys, 0, sides->keys, bytes, &err), LIQ_OK);
    cr_assert_eq(
        liq_device_lights_create(&lights, device, shape, keys, &sides->index, sides->lots, &err),
        LIQ_OK, "%s", err.message);
    for (int by = LIQ_ADL_LIGHTS_BY_QUANTITY; by <= LIQ_ADL_LIGHTS_BY_COUNT; by++) {
        cr_assert_eq(liq_device_lights_run(lights, (liq_adl_lights_by)by, cuts, &err), LIQ_OK, "%s",
                     err.message);
        (void)expect_lights(&sides->index, sides->keys, sides->lots, (liq_adl_lights_by)by, cuts);
    }
    liq_device_lights_destroy(lights);
    liq_buffer_destroy(keys);
}

ParameterizedTestParameters(device_lights, are_those_of_a_sorted_queue)
{
    static liq_scan_shape shapes[] = {{.item_slots = LIQ_SLICE_ROWS, .group_items = 1},
                                      {.item_slots = 1, .group_items = LIQ_SLICE_ROWS}};

    return cr_make_param_array(liq_scan_shape, shapes, 2);
}

/* Around the ends of chunks and of the digits of places, as threads count and as lanes do. */
ParameterizedTest(liq_scan_shape *shape, device_lights, are_those_of_a_sorted_queue)
{
    static const uint32_t sizes[] = {0,   1,    2,     3,     4,     5,     6,     255,
                                     256, 257,  8191,  8192,  8193,  16384, 20001, 65535,
                                     7,   1000, 65536, 65537, 65538, 9999,  10,    70000};
    const uint32_t size_count = sizeof sizes / sizeof sizes[0];
    liq_random random = liq_random_make(liq_random_seed());
    liq_device *device = liq_opened_device();
    liq_scan_kernel histogram = {0};
    liq_scan_kernel select = {0};

    /* Held here, both are built once for all sizes. */
    cr_assert_eq(liq_scan_kernel_need(&histogram, device, "adl_histogram", *shape, NULL), LIQ_OK);
    cr_assert_eq(liq_scan_kernel_need(&select, device, "adl_select", *shape, NULL), LIQ_OK);
    for (uint32_t i = 0; i < size_count; i++) {
        uint32_t counts[SIDES_MAX];
        made_sides sides;

        for (uint32_t side = 0; side < SIDES_MAX; side++)
            counts[side] = side == 0 ? sizes[i] : (uint32_t)liq_random_below(&random, 400);
        sides_make(&sides, &random, counts, SIDES_MAX);
        sides_check(device, *shape, &sides);
        sides_clear(&sides);
    }
    liq_scan_kernel_clear(&histogram);
    liq_scan_kernel_clear(&select);
    liq_device_close(device);
}

/* The lights of whole books, by the scores that the device itself made. */
static uint64_t book_check(liq_device *device, const liq_book *book, liq_adl_rule rule)
{
    const liq_adl_lights_by by = liq_adl_lights_choose(LIQ_ADL_LIGHTS_OF_VENUE, (uint32_t)rule);
    liq_market market = {0};
    liq_rows rows = {0};
    liq_adl_index index = {0};
    liq_device_scan *scan = NULL;
    liq_device_scores *scores = NULL;
    liq_device_lights *lights = NULL;
    int64_t *lots = NULL;
    int64_t *keys = calloc(book->position_count + 1, sizeof *keys);
    liq_cut_record *cuts = calloc(book->venue.instrument_count * 2 * LIQ_CUTS + 1, sizeof *cuts);
    liq_row_record *results;
    uint64_t met;

    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_adl_index_create(&index, book, NULL), LIQ_OK);
    cr_assert_eq(liq_adl_index_lots(&lots, &index, book, NULL), LIQ_OK);
    cr_assert_eq(liq_device_scan_create(&scan, device, &rows, &market, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_device_scores_create(&scores, scan, book, &index, NULL), LIQ_OK);
    cr_assert_eq(liq_device_lights_create(&lights, device, liq_device_scan_shared(scan).shape,
                                          liq_device_scores_keys(scores), &index, lots, NULL),
                 LIQ_OK);
    results = calloc(rows.row_count + 1U, sizeof *results);
    cr_assert_eq(liq_device_scan_run(scan, &market, results, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_device_scores_run(scores, liq_adl_terms_make(&book->venue, rule), NULL),
                 LIQ_OK);
    cr_assert_eq(liq_device_lights_run(lights, by, cuts, NULL), LIQ_OK);
    cr_assert_eq(liq_device_scores_read(scores, keys, NULL), LIQ_OK);
    met = expect_lights(&index, keys, lots, by, cuts);
    liq_device_lights_destroy(lights);
    liq_device_scores_destroy(scores);
    liq_device_scan_destroy(scan);
    liq_adl_index_clear(&index);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    free(lots);
    free(keys);
    free(cuts);
    free(results);
    return met;
}

Test(device_lights, of_random_books_are_those_of_their_queues)
{
    const uint64_t seed = liq_random_seed();
    liq_device *device = liq_opened_device();
    uint64_t met = 0;

    for (uint64_t i = 0; i < BOOKS; i++) {
        liq_book book;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        for (uint32_t a = 0; a < book.account_count; a += 7)
            book.accounts[a].adl_exempt = 1;
        met += book_check(device, &book, (liq_adl_rule)(i % 7));
        liq_random_book_destroy(&book);
    }
    liq_device_close(device);
    cr_expect_gt(met, 100);
}
