#include "settle/adl_allocate.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/generate_random.h"
#include "liq_limits.h"
#include "settle/adl_lines.h"
#include "settle/adl_report.h"

/* What an allocation works on. */
typedef struct allocation {
    liq_adl_terms_of_ask terms;
    const liq_adl_counterparty *counterparties;
    liq_adl_line *lines; /* of the round */
    liq_adl_turn *turns;
    liq_adl_level level; /* below of zero: there is none */
    int64_t lots;        /* still to be given */
    uint32_t count;
    uint32_t line_count;
    uint32_t round;
    uint32_t start; /* where the round begins; above zero for random_walk alone */
} allocation;

/* Rounds: first who is not at a loss, and of either first those that the policy weighs at all. */
enum { ROUNDS = 4, ROUND_FLAT = 1, ROUND_AT_A_LOSS = 2 };

static liq_status ask_check(const liq_adl_ask *ask, uint32_t count, liq_error *err);
static liq_status round_share(allocation *work, liq_error *err);
static bool is_in_order(const liq_adl_ask *ask);
static bool line_make(liq_adl_line *out, const allocation *work, uint32_t index);
static void in_proportion_share(allocation *work);
static void small_fills_move(allocation *work);
static uint32_t fills_add(liq_adl_fill *fills, uint32_t fill_count, const allocation *work);
static int ranks_compare(const void *left, const void *right);

liq_status liq_adl_scratch_reserve(liq_adl_scratch *scratch, uint32_t count, liq_error *err)
{
    liq_adl_scratch made = {.counterparties_max = count};
    liq_status status;

    if (count <= scratch->counterparties_max)
        return LIQ_OK;
    if (count > LIQ_ADL_COUNTERPARTIES_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u counterparties are more than %d", count,
                        LIQ_ADL_COUNTERPARTIES_MAX);
    if ((status = liq_memory_array(&made.lines, count, sizeof *made.lines, err)) != LIQ_OK ||
        (status = liq_memory_array(&made.turns, (size_t)count * 2, sizeof *made.turns, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&made.fills, count, sizeof *made.fills, err)) != LIQ_OK) {
        liq_adl_scratch_clear(&made);
        return status;
    }
    liq_adl_scratch_clear(scratch);
    *scratch = made;
    return LIQ_OK;
}

void liq_adl_scratch_clear(liq_adl_scratch *scratch)
{
    free(scratch->lines);
    free(scratch->turns);
    free(scratch->fills);
    *scratch = (liq_adl_scratch){0};
}

void liq_adl_rank(liq_adl_counterparty *counterparties, uint32_t count)
{
    if (count > 0) /* or there may be no array at all */
        qsort(counterparties, count, sizeof *counterparties, ranks_compare);
}

int64_t liq_adl_lots_of_deficit(liq_int128 deficit, int64_t exec_value, int64_t bankruptcy_value,
                                int64_t lots_max)
{
    const liq_int128 more = (liq_int128)exec_value - bankruptcy_value;
    const liq_int128 difference = more < 0 ? -more : more;
    liq_int128 lots;

    LIQ_ASSERT(deficit >= 0 && lots_max >= 0);
    if (difference == 0)
        return deficit == 0 ? 0 : lots_max;
    lots = deficit / difference + (deficit % difference != 0);
    return lots < lots_max ? (int64_t)lots : lots_max;
}

liq_status liq_adl_allocate(int64_t *close_lots, liq_adl_report *report,
                            const liq_adl_counterparty *counterparties, uint32_t count,
                            const liq_adl_ask *ask, liq_adl_scratch *scratch, liq_error *err)
{
    uint32_t fill_count = 0;
    const liq_status status = liq_adl_allocate_fills(scratch->fills, &fill_count, report,
                                                     counterparties, count, ask, scratch, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < count; i++)
        close_lots[i] = 0;
    for (uint32_t i = 0; i < fill_count; i++)
        close_lots[scratch->fills[i].index] = scratch->fills[i].lots;
    return LIQ_OK;
}

liq_status liq_adl_allocate_fills(liq_adl_fill *fills, uint32_t *fill_count, liq_adl_report *report,
                                  const liq_adl_counterparty *counterparties, uint32_t count,
                                  const liq_adl_ask *ask, liq_adl_scratch *scratch, liq_error *err)
{
    allocation work = {.counterparties = counterparties, .count = count, .lots = ask->lots};
    uint32_t found = 0;
    liq_status status = ask_check(ask, count, err);

    if (status != LIQ_OK)
        return status;
    LIQ_ASSERT(scratch->counterparties_max >= count);
    work.terms = liq_adl_terms_of(ask);
    work.lines = scratch->lines;
    work.turns = scratch->turns;
    if (ask->policy == LIQ_ADL_POLICY_RANDOM_WALK) {
        liq_random random = liq_random_start(ask->seed, 0, 0);

        work.start = (uint32_t)liq_random_below(&random, count);
    }
    for (; work.lots > 0 && work.round < ROUNDS; work.round++) {
        if ((status = round_share(&work, err)) != LIQ_OK)
            return status;
        found = fills_add(fills, found, &work);
    }
    *fill_count = found;
    liq_adl_report_fill(report, counterparties, fills, found, &work.terms, work.turns);
    liq_adl_report_level(report, &work.terms, &work.level);
    return LIQ_OK;
}

static liq_status ask_check(const liq_adl_ask *ask, uint32_t count, liq_error *err)
{
    const liq_uint128 cash_per_fine_max = (liq_uint128)LIQ_RATE_UNITS_MAX * LIQ_EXCHANGE_RATE_MAX;

    LIQ_ASSERT((int)ask->policy < (int)LIQ_ADL_POLICIES && (int)ask->base < (int)LIQ_ADL_BASES &&
               (int)ask->weight < (int)LIQ_ADL_WEIGHTS);
    if (count > LIQ_ADL_COUNTERPARTIES_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u counterparties are more than %d", count,
                        LIQ_ADL_COUNTERPARTIES_MAX);
    if (ask->lots < 0 || ask->fill_lots_min < 0 || ask->deficit < 0)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "lots, least fill or deficit of an allocation are below zero");
    if (ask->mark_value > LIQ_LOT_VALUE_MAX || ask->mark_value < -LIQ_LOT_VALUE_MAX ||
        ask->exec_value > LIQ_LOT_VALUE_MAX || ask->exec_value < -LIQ_LOT_VALUE_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a lot's value is past %lld fine units",
                        (long long)LIQ_LOT_VALUE_MAX);
    if (ask->cash_per_fine == 0 || ask->cash_per_fine > cash_per_fine_max)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the settle asset has no usable price");
    return LIQ_OK;
}

/*
 * Lines of those that can give in a round, and what they give. Who is met in order takes what is
 * there, and nobody behind the last one is looked at.
 */
static liq_status round_share(allocation *work, liq_error *err)
{
    const liq_adl_ask *ask = work->terms.ask;
    const bool in_order = is_in_order(ask);
    const bool to_the_end = !in_order || ask->fill_lots_min > 1;

    work->line_count = 0;
    for (uint32_t i = 0; i < work->count && (to_the_end || work->lots > 0); i++) {
        const uint32_t left = work->count - work->start;
        const uint32_t index = i < left ? work->start + i : i - left;
        liq_adl_line *line = &work->lines[work->line_count];
        const liq_status status =
            liq_adl_counterparty_check(&work->counterparties[index], &work->terms, err);

        if (status != LIQ_OK)
            return status;
        if (!line_make(line, work, index))
            continue;
        work->line_count++;
        if (!in_order)
            continue;
        line->lots = line->cap < work->lots ? line->cap : work->lots;
        work->lots -= line->lots;
    }
    if (!in_order)
        in_proportion_share(work);
    if (ask->fill_lots_min > 1)
        small_fills_move(work);
    return LIQ_OK;
}

static bool is_in_order(const liq_adl_ask *ask)
{
    return ask->policy == LIQ_ADL_POLICY_QUEUE || ask->policy == LIQ_ADL_POLICY_RANDOM_WALK;
}

/* Whether a counterparty gives in this round. Who has no weight gives by his lots. */
static bool line_make(liq_adl_line *out, const allocation *work, uint32_t index)
{
    const liq_adl_counterparty *from = &work->counterparties[index];
    const bool is_flat = (work->round & ROUND_FLAT) != 0;

    if ((from->profit < 0) != ((work->round & ROUND_AT_A_LOSS) != 0))
        return false;
    *out = (liq_adl_line){.account_index = from->account_index,
                          .place = from->place,
                          .index = index,
                          .cap = liq_adl_lots_given_max(from, &work->terms)};
    if (out->cap == 0 || (work->terms.ask->policy == LIQ_ADL_POLICY_RANDOM_WALK &&
                          !liq_adl_survives(from, &work->terms)))
        return false;
    if (!is_in_order(work->terms.ask))
        liq_adl_line_slope(out, from, &work->terms);
    else
        out->slope = liq_int256_from(1);
    if (liq_int256_is_zero(out->slope) != is_flat)
        return false;
    if (is_flat)
        out->slope = liq_int256_from(from->lots);
    return true;
}

static void in_proportion_share(allocation *work)
{
    liq_adl_level level;
    liq_int128 caps = 0;

    for (uint32_t i = 0; i < work->line_count; i++) {
        work->lines[i].lots = work->lines[i].cap;
        caps += work->lines[i].cap;
    }
    if (caps <= work->lots) {
        work->lots -= (int64_t)caps;
        return;
    }
    liq_adl_level_fill(&level, work->lines, work->line_count, work->terms.unit, work->lots,
                       work->turns);
    work->lots = 0;
    if (!(work->round & ROUND_FLAT))
        work->level = level;
}

/*
 * Fills that are too small are taken back, and given in rank order to those that can take them,
 * with what is left besides.
 */
static void small_fills_move(allocation *work)
{
    const int64_t least = work->terms.ask->fill_lots_min;

    for (uint32_t i = 0; i < work->line_count; i++) {
        liq_adl_line *line = &work->lines[i];

        if (line->lots >= least || line->lots == work->counterparties[line->index].lots)
            continue;
        work->lots += line->lots;
        line->lots = 0;
    }
    for (uint32_t i = 0; work->lots > 0 && i < work->line_count; i++) {
        liq_adl_line *line = &work->lines[i];
        const int64_t room = line->cap - line->lots;
        const int64_t more = room < work->lots ? room : work->lots;

        if (line->lots + more < least && line->lots + more < work->counterparties[line->index].lots)
            continue;
        line->lots += more;
        work->lots -= more;
    }
}

static uint32_t fills_add(liq_adl_fill *fills, uint32_t fill_count, const allocation *work)
{
    for (uint32_t i = 0; i < work->line_count; i++)
        if (work->lines[i].lots > 0)
            fills[fill_count++] =
                (liq_adl_fill){.index = work->lines[i].index, .lots = work->lines[i].lots};
    return fill_count;
}

static int ranks_compare(const void *left, const void *right)
{
    const liq_adl_counterparty *one = left;
    const liq_adl_counterparty *two = right;

    if ((one->profit < 0) != (two->profit < 0))
        return one->profit < 0 ? 1 : -1;
    if (one->score_key != two->score_key)
        return one->score_key > two->score_key ? -1 : 1;
    if (one->account_index != two->account_index)
        return one->account_index < two->account_index ? -1 : 1;
    if (one->place != two->place)
        return one->place < two->place ? -1 : 1;
    return 0;
}
