/*
 * One tile of scenarios: the mark where it is, at each edge down, and at each edge up.
 */
#include <liqscan/stress.h>

#include <stdio.h>

#include "base/decimal.h"
#include "base/fail.h"
#include "scan/flagged.h"
#include "scan/stress_open.h"
#include "scan/stress_run.h"

enum { BUCKETS_MAX = 2 * LIQ_STRESS_EDGES_MAX + 2, PPM_ONE = 1000000 };

_Static_assert(2 * LIQ_STRESS_EDGES_MAX + 1 <= (int)LIQ_STRESS_TILE, "one tile holds all edges");

/* Lots of one instrument by bucket. */
typedef struct heat_sums {
    const liq_rows *rows;
    uint32_t instrument;
    uint32_t edge_count;
    uint64_t accounts[BUCKETS_MAX];
    liq_int128 longs[BUCKETS_MAX];
    liq_int128 shorts[BUCKETS_MAX];
} heat_sums;

static liq_status edges_check(const int64_t *edges_ppm, uint32_t edge_count, liq_error *err);
static liq_status set_make(liq_stress_set *set, const char *symbol, const int64_t *edges_ppm,
                           uint32_t edge_count, liq_error *err);
static void rows_look(void *context, uint32_t first, uint32_t count, const uint8_t *statuses);
static void row_look(heat_sums *sums, uint32_t row, const uint8_t *statuses);
static uint32_t first_flagged(const uint8_t *statuses, uint32_t first, uint32_t count);
static liq_status bucket_fill(liq_stress_bucket *out, const heat_sums *sums, uint32_t bucket,
                              const liq_stress *stress, liq_error *err);
static bool notional_write(char *out, const heat_sums *sums, const liq_stress *stress,
                           liq_int128 lots);

liq_status liq_stress_heat(liq_stress *stress, const char *symbol, const int64_t *edges_ppm,
                           uint32_t edge_count, liq_stress_bucket *out, liq_error *err)
{
    heat_sums sums = {.rows = liq_stress_rows(stress), .edge_count = edge_count};
    const liq_stress_looker looker = {.look = rows_look, .context = &sums};
    const liq_book *book = liq_stress_book_of(stress);
    liq_stress_set *set = NULL;
    liq_status status;

    if (!liq_names_find(book->venue.instrument_names, liq_text_of(symbol), &sums.instrument))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" is no instrument", symbol);
    if ((status = edges_check(edges_ppm, edge_count, err)) != LIQ_OK ||
        (status = liq_stress_set_create(&set, book, err)) != LIQ_OK ||
        (status = set_make(set, symbol, edges_ppm, edge_count, err)) != LIQ_OK ||
        (status = liq_stress_run_look(stress, set, &looker, NULL, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; status == LIQ_OK && i < 2 * edge_count + 2; i++) {
        const uint32_t edge = i == 0 ? 0 : (i - 1) % edge_count;
        const int64_t sign = i <= edge_count ? -1 : 1;

        out[i] = (liq_stress_bucket){.from_ppm = 0};
        if (i > 0 && i <= 2 * edge_count) {
            out[i].from_ppm = edge == 0 ? 0 : sign * edges_ppm[edge - 1];
            out[i].to_ppm = sign * edges_ppm[edge];
        }
        status = bucket_fill(&out[i], &sums, i, stress, err);
    }
done:
    liq_stress_forget(stress);
    liq_stress_set_destroy(set);
    return status;
}

static liq_status edges_check(const int64_t *edges_ppm, uint32_t edge_count, liq_error *err)
{
    if (edge_count < 1 || edge_count > LIQ_STRESS_EDGES_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u edges are not 1 .. %d", edge_count,
                        LIQ_STRESS_EDGES_MAX);
    for (uint32_t i = 0; i < edge_count; i++)
        if (edges_ppm[i] < 1 || edges_ppm[i] >= PPM_ONE ||
            (i > 0 && edges_ppm[i] <= edges_ppm[i - 1]))
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                            "an edge of %lld parts per million is not 1 .. %d, or not above the "
                            "one before",
                            (long long)edges_ppm[i], PPM_ONE - 1);
    return LIQ_OK;
}

static liq_status set_make(liq_stress_set *set, const char *symbol, const int64_t *edges_ppm,
                           uint32_t edge_count, liq_error *err)
{
    liq_status status = liq_stress_set_add(set, "present", err);

    for (uint32_t i = 0; status == LIQ_OK && i < 2 * edge_count; i++) {
        const int64_t change = i < edge_count ? -edges_ppm[i] : edges_ppm[i - edge_count];
        char name[32];

        (void)snprintf(name, sizeof name, "%lld", (long long)change);
        if ((status = liq_stress_set_add(set, name, err)) == LIQ_OK)
            status = liq_stress_set_shock(set, symbol, change, err);
    }
    return status;
}

static void rows_look(void *context, uint32_t first, uint32_t count, const uint8_t *statuses)
{
    heat_sums *sums = context;

    LIQ_ASSERT(first == 0 && count == 2 * sums->edge_count + 1);
    for (uint32_t row = 0; row < sums->rows->row_count; row++)
        row_look(sums, row, statuses + (size_t)row * LIQ_STRESS_TILE);
}

/* An account may be in a bucket of each side: what it holds is counted in both. */
static void row_look(heat_sums *sums, uint32_t row, const uint8_t *statuses)
{
    const liq_rows *rows = sums->rows;
    const uint32_t edges = sums->edge_count;
    uint32_t buckets[2] = {0, 0};
    uint32_t count = 1;
    liq_int128 longs = 0;
    liq_int128 shorts = 0;

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        if (rows->tags[i] != (LIQ_ENTRY_POSITION << LIQ_TAG_INDEX_BITS | sums->instrument))
            continue;
        longs += rows->quantities[i] > 0 ? rows->quantities[i] : 0;
        shorts -= rows->quantities[i] < 0 ? rows->quantities[i] : 0;
    }
    if (longs == 0 && shorts == 0)
        return;
    if (!liq_flagged_status(statuses[0])) {
        const uint32_t down = first_flagged(statuses, 1, edges);
        const uint32_t up = first_flagged(statuses, 1 + edges, edges);

        buckets[0] = down < edges ? 1 + down : up < edges ? 1 + edges + up : 1 + 2 * edges;
        buckets[1] = 1 + edges + up;
        count = down < edges && up < edges ? 2 : 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        sums->accounts[buckets[i]]++;
        sums->longs[buckets[i]] += longs;
        sums->shorts[buckets[i]] += shorts;
    }
}

static uint32_t first_flagged(const uint8_t *statuses, uint32_t first, uint32_t count)
{
    uint32_t i = 0;

    while (i < count && !liq_flagged_status(statuses[first + i]))
        i++;
    return i;
}

static liq_status bucket_fill(liq_stress_bucket *out, const heat_sums *sums, uint32_t bucket,
                              const liq_stress *stress, liq_error *err)
{
    out->accounts = sums->accounts[bucket];
    if (!notional_write(out->long_notional, sums, stress, sums->longs[bucket]) ||
        !notional_write(out->short_notional, sums, stress, sums->shorts[bucket]))
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a notional is past 128 bits");
    return LIQ_OK;
}

/* Without a mark no account that holds the instrument has a value: nobody is flagged. */
static bool notional_write(char *out, const heat_sums *sums, const liq_stress *stress,
                           liq_int128 lots)
{
    const liq_market *market = liq_stress_market(stress);
    const liq_instrument_record *record = &market->instruments[sums->instrument];
    liq_int128 cash;

    if (lots > INT64_MAX ||
        !liq_stress_notional_ceil(&cash, market, sums->instrument, (int64_t)lots, record->lot_size,
                                  market->assets[record->asset_index].exchange_rate))
        return false;
    (void)liq_decimal_format(out, cash, liq_stress_book_of(stress)->venue.cash_decimals);
    return true;
}
