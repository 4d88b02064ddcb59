/*
 * Who holds which instrument, on which side and how much of it.
 *
 * Accounts are ranked by size, largest first, and cut into cells of eight. The members of a cell
 * share a list of instruments; of each, some are long, some are short, some hold none, and both
 * sides are cut from the same number of lots. So long equals short to the lot in every cell,
 * however heavy the tail of the sizes is, and an account's opposite sides are held by others of its
 * size, not by its mirror image. Ranks are scattered over account ids. Everything is
 * drawn from the names of the cell and the instrument, so each member can be written alone.
 */
#include "base/fail.h"
#include "book/generate_internal.h"
#include "book/generate_shape.h"

enum {
    PURPOSE_CELL = 1,
    SAMPLE_CELLS = 65536,
    SCALE_ONE_MILLI = 1000,
    SCALE_MAX_MILLI = 1000000,
    POSITIONS_DEFAULT_MILLI = 4000,
    CASH_PER_UNIT = 100000000, /* LIQ_GENERATE_CASH_DECIMALS */
    LOTS_MAX = 1000000000,     /* of a side of a cell, in thousands */
    FEW = 16
};

/* Who of a cell holds an instrument, one bit for each member, and in which proportion. */
typedef struct cell_sides {
    uint32_t present;
    uint32_t longs;
    uint64_t shares; /* four bits for each member */
} cell_sides;

static uint32_t cell_members(const liq_generate_plan *plan, uint32_t cell);
static uint32_t list_length(const liq_generate_plan *plan, uint32_t cell, liq_random *random,
                            uint32_t scale_milli);
static uint32_t cell_above(const liq_generate_plan *plan, uint32_t cell);
static uint64_t sample_positions(const liq_generate_plan *plan, uint32_t scale_milli);
static void list_draw(liq_generate_plan *plan, liq_random *random, uint32_t length);
static void list_few(liq_generate_plan *plan, liq_random *random, uint32_t length);
static void list_many(liq_generate_plan *plan, liq_random *random, uint32_t length);
static void list_take(liq_generate_plan *plan, uint32_t instrument);
static uint32_t popular_draw(const liq_generate_plan *plan, liq_random *random);
static void list_sort(liq_generate_plan *plan, uint32_t length);
static uint32_t weight_draw(const liq_generate_cell *cell, uint32_t instrument);
static cell_sides sides_draw(const liq_generate_plan *plan, const liq_generate_cell *cell,
                             uint32_t instrument);
static liq_random lots_random(const liq_generate_cell *cell, uint32_t instrument);
static uint32_t members_in(uint32_t set);
static uint64_t side_lots(const liq_generate_plan *plan, const liq_generate_cell *cell,
                          const cell_sides *sides, uint32_t instrument);
static uint64_t member_part(const cell_sides *sides, uint32_t side, uint32_t member, uint64_t lots);

void liq_generate_cells_calibrate(liq_generate_plan *plan)
{
    const uint32_t held_max = plan->venue.instrument_count;
    uint64_t wanted = plan->options.positions_milli;
    uint32_t low = 0;
    uint32_t high = SCALE_MAX_MILLI;

    if (wanted == 0)
        wanted = held_max < 7 ? 500 + (uint64_t)held_max * 500 : POSITIONS_DEFAULT_MILLI;
    plan->everybody_holds = wanted * 2 > (uint64_t)held_max * 1000;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (sample_positions(plan, middle) < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    plan->list_scale_milli = low;
}

liq_generate_cell liq_generate_cell_of(liq_generate_plan *plan, uint32_t account, uint32_t *member)
{
    const uint32_t rank = liq_random_permute(plan->options.seed, account, plan->options.accounts);
    uint32_t number = rank / LIQ_CELL_MEMBERS;
    liq_generate_cell cell = {0};
    liq_random random;

    if (number >= plan->cell_count)
        number = plan->cell_count - 1;
    *member = rank - number * LIQ_CELL_MEMBERS;
    random = liq_random_start(plan->options.seed, PURPOSE_CELL, number);
    cell.key = random.state;
    cell.members = cell_members(plan, number);
    cell.notional_cash = liq_shape_notional(cell_above(plan, number)) * CASH_PER_UNIT;
    if (cell.members < 2)
        return cell; /* nobody is there to hold the other side */
    cell.list_count = list_length(plan, number, &random, plan->list_scale_milli);
    list_draw(plan, &random, cell.list_count);
    for (uint32_t i = 0; i < cell.list_count; i++)
        cell.weight_sum += weight_draw(&cell, plan->list[i]);
    return cell;
}

int64_t liq_generate_cell_lots(const liq_generate_plan *plan, const liq_generate_cell *cell,
                               uint32_t instrument, uint32_t member)
{
    const cell_sides sides = sides_draw(plan, cell, instrument);
    const uint32_t bit = 1u << member;
    uint64_t lots;

    if (!(sides.present & bit))
        return 0;
    lots = side_lots(plan, cell, &sides, instrument);
    return sides.longs & bit
               ? (int64_t)member_part(&sides, sides.longs, member, lots)
               : -(int64_t)member_part(&sides, sides.present & ~sides.longs, member, lots);
}

static uint32_t cell_members(const liq_generate_plan *plan, uint32_t cell)
{
    return cell + 1 < plan->cell_count ? LIQ_CELL_MEMBERS
                                       : plan->options.accounts - cell * LIQ_CELL_MEMBERS;
}

/* Share of the accounts that are larger than the middle of the cell. */
static uint32_t cell_above(const liq_generate_plan *plan, uint32_t cell)
{
    const uint64_t middle_twice = (uint64_t)cell * LIQ_CELL_MEMBERS * 2 + cell_members(plan, cell);

    return (uint32_t)(middle_twice * LIQ_SHAPE_ONE / ((uint64_t)plan->options.accounts * 2));
}

/* The larger an account the more it holds, but for a quarter of the cells. */
static uint32_t list_length(const liq_generate_plan *plan, uint32_t cell, liq_random *random,
                            uint32_t scale_milli)
{
    const uint32_t free_above = (uint32_t)liq_random_below(random, LIQ_SHAPE_ONE);
    const bool is_free = liq_random_below(random, 4) == 0;
    const uint64_t shape =
        liq_shape_instruments(is_free ? free_above : cell_above(plan, cell)) - 100;
    /* Those who hold one hold more only when everybody is to. */
    const uint64_t raised =
        scale_milli > SCALE_ONE_MILLI ? (uint64_t)(scale_milli - SCALE_ONE_MILLI) * 50 : 0;
    const uint64_t more =
        shape * scale_milli + raised + liq_random_below(random, 100 * SCALE_ONE_MILLI);
    const uint64_t length = 1 + more / (100 * SCALE_ONE_MILLI);
    const uint32_t length_max = plan->venue.instrument_count;

    return length < length_max ? (uint32_t)length : length_max;
}

/* Thousandths of a position that an account holds on average, over a sample of the cells. */
static uint64_t sample_positions(const liq_generate_plan *plan, uint32_t scale_milli)
{
    const uint32_t count = plan->cell_count < SAMPLE_CELLS ? plan->cell_count : SAMPLE_CELLS;
    const uint64_t first = plan->options.first_ppm;
    uint64_t quarters_millionth = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t cell = (uint32_t)((uint64_t)i * plan->cell_count / count);
        liq_random random = liq_random_start(plan->options.seed, PURPOSE_CELL, cell);
        const uint64_t length = list_length(plan, cell, &random, scale_milli);

        /* As sides_draw has it: the first instrument and a single one are held by all members. */
        quarters_millionth += length == 1 || plan->everybody_holds
                                  ? 4 * length * LIQ_MILLION
                                  : 3 * length * LIQ_MILLION + first;
    }
    return quarters_millionth / 4 / 1000 / count;
}

/* Draw length instruments without repetition into plan->list. */
static void list_draw(liq_generate_plan *plan, liq_random *random, uint32_t length)
{
    const uint32_t count = plan->venue.instrument_count;
    const bool first = liq_random_chance(random, plan->options.first_ppm);
    const uint32_t others = first || length == count ? length - 1 : length;

    plan->list_used = 0;
    if (others < length)
        list_take(plan, 0);
    if (others <= (count - 1) / 4)
        list_few(plan, random, others);
    else
        list_many(plan, random, others);
    LIQ_ASSERT(plan->list_used == length);
    list_sort(plan, length);
}

/* By popularity; what is drawn again is drawn anew. */
static void list_few(liq_generate_plan *plan, liq_random *random, uint32_t length)
{
    while (length > 0) {
        const uint32_t used = plan->list_used;

        list_take(plan, popular_draw(plan, random));
        length -= plan->list_used - used;
    }
}

/* A good part of all there is: each one with the chance that is left (Knuth's algorithm S). */
static void list_many(liq_generate_plan *plan, liq_random *random, uint32_t length)
{
    const uint32_t count = plan->venue.instrument_count;

    for (uint32_t i = 1; i < count && length > 0; i++)
        if (liq_random_below(random, count - i) < length) {
            list_take(plan, i);
            length--;
        }
}

static void list_take(liq_generate_plan *plan, uint32_t instrument)
{
    const uint32_t index = plan->venue.instruments[instrument].index;
    const uint64_t bit = (uint64_t)1 << index % 64;

    if (plan->marked[index / 64] & bit)
        return;
    plan->marked[index / 64] |= bit;
    plan->list[plan->list_used++] = index;
}

/* An instrument other than the first; the n-th one with a weight of 1 / n. */
static uint32_t popular_draw(const liq_generate_plan *plan, liq_random *random)
{
    const uint32_t count = plan->venue.instrument_count;
    const uint64_t at = liq_random_below(random, plan->popularity_sum[count]);
    uint32_t low = 1;
    uint32_t high = count;

    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;

        if (plan->popularity_sum[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Put the list in rising order of the loaded venue, which the margin rule needs, and clear the
 * marks. */
static void list_sort(liq_generate_plan *plan, uint32_t length)
{
    uint32_t used = 0;

    if (length <= FEW) {
        for (uint32_t i = 0; i < length; i++) {
            const uint32_t index = plan->list[i];
            uint32_t at = i;

            plan->marked[index / 64] = 0;
            for (; at > 0 && plan->list[at - 1] > index; at--)
                plan->list[at] = plan->list[at - 1];
            plan->list[at] = index;
        }
        return;
    }
    for (uint32_t word = 0; used < length; word++) {
        for (uint64_t bits = plan->marked[word]; bits != 0; bits &= bits - 1)
            plan->list[used++] = word * 64 + (uint32_t)__builtin_ctzll(bits);
        plan->marked[word] = 0;
    }
}

/* What of the cell's notional lies in an instrument, 1 .. 226. */
static uint32_t weight_draw(const liq_generate_cell *cell, uint32_t instrument)
{
    liq_random random = lots_random(cell, instrument);
    const uint64_t tilt = liq_random_next(&random) >> 60;

    return (uint32_t)(1 + tilt * tilt);
}

/* At least two members, none far from half of them on a side. */
static cell_sides sides_draw(const liq_generate_plan *plan, const liq_generate_cell *cell,
                             uint32_t instrument)
{
    const uint32_t all = (1u << cell->members) - 1;
    liq_random random = lots_random(cell, instrument);
    const uint64_t draw = liq_random_next(&random);
    cell_sides out = {.present = all};
    uint32_t present_count;
    uint32_t fewer;

    if (!plan->everybody_holds && cell->list_count > 1 && plan->instrument_of[instrument] != 0)
        out.present = (uint32_t)(draw | draw >> 16) & all;
    if (members_in(out.present) < 2)
        out.present = all;
    present_count = members_in(out.present);
    do {
        out.longs = (uint32_t)liq_random_next(&random) & out.present;
        fewer = members_in(out.longs);
        fewer = fewer * 2 > present_count ? present_count - fewer : fewer;
    } while (fewer * 3 < present_count);
    out.shares = liq_random_next(&random);
    return out;
}

/* One step from the cell's key: this is drawn for every member, so it has to be quick. */
static liq_random lots_random(const liq_generate_cell *cell, uint32_t instrument)
{
    return (liq_random){cell->key + (uint64_t)instrument * 0xd1342543de82ef95u};
}

/* Bits in a set of at most sixteen members. */
static uint32_t members_in(uint32_t set)
{
    set -= set >> 1 & 0x5555;
    set = (set & 0x3333) + (set >> 2 & 0x3333);
    set = (set + (set >> 4)) & 0x0f0f;
    return (set + (set >> 8)) & 0x1f;
}

/* Lots of an instrument on each side of the cell: at least one for each member. */
static uint64_t side_lots(const liq_generate_plan *plan, const liq_generate_cell *cell,
                          const cell_sides *sides, uint32_t instrument)
{
    const liq_generate_instrument *of = &plan->venue.instruments[plan->instrument_of[instrument]];
    const uint64_t present = members_in(sides->present);
    const uint64_t longs = members_in(sides->longs);
    const uint64_t lots_min = longs * 2 > present ? longs : present - longs;
    const uint64_t thirds = cell->list_count == 1 || plan->everybody_holds
                                ? 3
                                : 4; /* makes up for those who hold none */
    const liq_uint128 cash = (liq_uint128)cell->notional_cash * present *
                             weight_draw(cell, instrument) * thirds / (6 * cell->weight_sum);
    const liq_uint128 lots = cash * LIQ_MILLION / of->million_cash;
    const uint64_t lots_max = (uint64_t)LOTS_MAX * 1000;

    if (lots > lots_max)
        return lots_max;
    return lots > lots_min ? (uint64_t)lots : lots_min;
}

/* A member's part of the lots of its side: one, and of the rest by share. Cut at rounded running
 * sums, the parts add up to the whole. */
static uint64_t member_part(const cell_sides *sides, uint32_t side, uint32_t member, uint64_t lots)
{
    const uint64_t rest = lots - members_in(side);
    uint64_t before = 0;
    uint64_t own = 0;
    uint64_t sum = 0;

    for (; side != 0; side &= side - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(side);
        const uint64_t share = 8 + (sides->shares >> (4 * i) & 15);

        before += i < member ? share : 0;
        own += i == member ? share : 0;
        sum += share;
    }
    return 1 + rest * (before + own) / sum - rest * before / sum;
}
