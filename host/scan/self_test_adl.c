#include "scan/self_test_adl.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/adl_lights.h"
#include "scan/device_lights.h"
#include "scan/device_scores.h"
#include "scan/self_test.h"
#include "scan/truth.h"
#include "scan/truth_scores.h"

/* The first rows of the fixture have each kind of entry, and are long or short. */
enum { ROWS = 17, SIDES = 4, SIDE_STEP = 120, LOTS_SPREAD = 1000003 };

/* The positions of the fixture, and what host and device say of them. */
typedef struct adl_test {
    const liq_market *market;
    liq_rows rows; /* lent: the first of the fixture */
    liq_device_scan *scan;
    liq_device_scores *scores;
    liq_row_record *results; /* of the CPU truth */
    uint32_t *row_firsts;
    uint32_t *places; /* of each position */
    int64_t *truth;   /* by position */
    int64_t *lots;    /* by place */
    liq_adl_entry *entries;
    uint32_t side_firsts[SIDES + 1];
    uint32_t position_count;
} adl_test;

static liq_status positions_place(adl_test *test, liq_error *err);
static uint32_t positions_of(const liq_rows *rows, uint32_t row);
static liq_status rule_compare(adl_test *test, uint32_t rule, bool in_one_pass, liq_error *err);
static liq_status lights_compare(const adl_test *test, liq_error *err);
static liq_status side_compare(const adl_test *test, uint32_t side, liq_adl_lights_by by,
                               const int64_t *keys, const liq_cut_record *cuts, liq_error *err);

liq_status liq_self_test_adl(liq_device *device, const liq_self_test_book *book, uint32_t parts,
                             liq_error *err)
{
    /* Every way of scoring. Keys that a pass leaves out are those of another rule, so they show. */
    static const uint32_t rules[] = {LIQ_SCORE_OKX, LIQ_SCORE_HYPERLIQUID, LIQ_SCORE_BINANCE,
                                     LIQ_SCORE_BITMEX};
    adl_test test = {.market = &book->market, .rows = book->rows};
    liq_status status;

    test.rows.row_count = ROWS;
    LIQ_ASSERT(book->rows.row_count > ROWS);
    if ((status = positions_place(&test, err)) == LIQ_OK)
        status = liq_device_scan_create(&test.scan, device, &test.rows, test.market, NULL, err);
    if (status == LIQ_OK)
        status = liq_device_scan_run(test.scan, test.market, NULL, NULL, err);
    if (status == LIQ_OK)
        status = liq_device_scores_create_placed(&test.scores, test.scan, test.row_firsts,
                                                 test.places, test.position_count, err);
    for (size_t i = 0; status == LIQ_OK && i < sizeof rules / sizeof rules[0]; i++) {
        const bool by_turns = (parts & LIQ_TEST_SCORES) != 0 && (parts & LIQ_TEST_ROW_SCORES) != 0;

        status = rule_compare(&test, rules[i],
                              by_turns ? i % 2 == 1 : (parts & LIQ_TEST_ROW_SCORES) != 0, err);
    }
    /* By the keys of the last rule, which is that of BitMEX. */
    if (status == LIQ_OK && (parts & LIQ_TEST_LIGHTS) != 0)
        status = lights_compare(&test, err);
    liq_device_scores_destroy(test.scores);
    liq_device_scan_destroy(test.scan);
    free(test.results);
    free(test.row_firsts);
    free(test.places);
    free(test.truth);
    free(test.lots);
    free(test.entries);
    return status;
}

/* From the last to the first, so that no place is its position; one side is empty. */
static liq_status positions_place(adl_test *test, liq_error *err)
{
    const liq_rows *rows = &test->rows;
    liq_status status =
        liq_memory_array(&test->row_firsts, rows->row_count, sizeof *test->row_firsts, err);
    uint32_t count = 0;

    for (uint32_t row = 0; status == LIQ_OK && row < rows->row_count; row++) {
        test->row_firsts[row] = count;
        count += positions_of(rows, row);
    }
    if (status != LIQ_OK ||
        (status = liq_memory_array(&test->results, rows->row_count, sizeof *test->results, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&test->places, count, sizeof *test->places, err)) != LIQ_OK ||
        (status = liq_memory_array(&test->truth, count, sizeof *test->truth, err)) != LIQ_OK ||
        (status = liq_memory_array(&test->lots, count, sizeof *test->lots, err)) != LIQ_OK ||
        (status = liq_memory_array(&test->entries, count, sizeof *test->entries, err)) != LIQ_OK)
        return status;
    LIQ_ASSERT(count > SIDES * SIDE_STEP);
    liq_truth_scan(test->market, rows, test->results);
    for (uint32_t i = 0; i < count; i++) {
        test->places[i] = count - 1 - i;
        test->lots[i] = 1 + (int64_t)i * i % LOTS_SPREAD;
    }
    test->side_firsts[1] = 1;
    test->side_firsts[2] = SIDE_STEP;
    test->side_firsts[3] = SIDE_STEP;
    test->side_firsts[4] = SIDES * SIDE_STEP; /* all behind are exempt */
    test->position_count = count;
    return LIQ_OK;
}

static uint32_t positions_of(const liq_rows *rows, uint32_t row)
{
    uint32_t count = 0;

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++)
        count += rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION;
    return count;
}

static liq_status rule_compare(adl_test *test, uint32_t rule, bool in_one_pass, liq_error *err)
{
    const liq_adl_terms terms = {.rule = rule, .wallet_min = 100000000};
    const liq_row_record *rows = NULL;
    const int64_t *keys = NULL;
    liq_status status;

    liq_truth_scores(test->market, &test->rows, test->results, terms, test->truth);
    status = in_one_pass
                 ? liq_device_scores_run_scan(test->scores, test->scan, test->market, terms, err)
                 : liq_device_scores_run(test->scores, terms, err);
    if (status != LIQ_OK || (status = liq_device_scores_view(test->scores, &keys, err)) != LIQ_OK ||
        (status = liq_device_scan_view(test->scan, &rows, err)) != LIQ_OK)
        return status;
    if (memcmp(rows, test->results, test->rows.row_count * sizeof *rows) != 0)
        return liq_fail(err, LIQ_SELF_TEST, 0,
                        "rows that are scored by rule %u are not those of the CPU truth", rule);
    for (uint32_t i = 0; i < test->position_count; i++)
        if (keys[test->places[i]] != test->truth[i])
            return liq_fail(err, LIQ_SELF_TEST, 0,
                            "score of position %u by rule %u is %llx, the CPU truth says %llx", i,
                            rule, (unsigned long long)keys[test->places[i]],
                            (unsigned long long)test->truth[i]);
    return LIQ_OK;
}

static liq_status lights_compare(const adl_test *test, liq_error *err)
{
    const liq_device_shared shared = liq_device_scan_shared(test->scan);
    const liq_adl_index index = {.side_firsts = (uint32_t *)(uintptr_t)test->side_firsts,
                                 .side_count = SIDES,
                                 .position_count = test->position_count};
    liq_cut_record cuts[SIDES * LIQ_CUTS];
    liq_device_lights *lights = NULL;
    const int64_t *keys = NULL;
    liq_status status =
        liq_device_lights_create(&lights, shared.device, shared.shape,
                                 liq_device_scores_keys(test->scores), &index, test->lots, err);

    for (uint32_t by = LIQ_ADL_LIGHTS_BY_QUANTITY;
         status == LIQ_OK && by <= LIQ_ADL_LIGHTS_BY_COUNT; by++) {
        if ((status = liq_device_scores_release(test->scores, err)) != LIQ_OK ||
            (status = liq_device_lights_run(lights, (liq_adl_lights_by)by, cuts, err)) != LIQ_OK ||
            (status = liq_device_scores_view(test->scores, &keys, err)) != LIQ_OK)
            break;
        for (uint32_t side = 0; status == LIQ_OK && side < SIDES; side++)
            status =
                side_compare(test, side, (liq_adl_lights_by)by, keys, &cuts[side * LIQ_CUTS], err);
    }
    liq_device_lights_destroy(lights);
    return status;
}

static liq_status side_compare(const adl_test *test, uint32_t side, liq_adl_lights_by by,
                               const int64_t *keys, const liq_cut_record *cuts, liq_error *err)
{
    const uint32_t first = test->side_firsts[side];
    const uint32_t count = test->side_firsts[side + 1] - first;
    liq_adl_entry *entries = test->entries;

    for (uint32_t i = 0; i < count; i++)
        entries[i] = (liq_adl_entry){.score = keys[first + i],
                                     .lots = test->lots[first + i],
                                     .position_index = i,
                                     .standing = liq_adl_standing_of(keys[first + i], 0)};
    (void)liq_adl_lights_fill(entries, count, by);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t got =
            liq_light_of(cuts, entries[i].score, (uint32_t)entries[i].position_index);

        if (got != entries[i].light)
            return liq_fail(err, LIQ_SELF_TEST, 0,
                            "the light of rank %u of side %u is %u, the sorted queue says %u",
                            i + 1, side, got, entries[i].light);
    }
    return LIQ_OK;
}
