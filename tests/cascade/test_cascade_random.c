/*
 * What holds of every cascade, on books of random accounts: money and lots, the end, the same
 * again.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cascade/cascade_internal.h"
#include "scan/live_scan.h"
#include "settle/rooms.h"
#include "support_shock.h"

enum { BOOKS = 6, ASSETS_MAX = 64, SHOCKS = 4 };

/* Sums over the accounts of a live book, taken entry by entry. */
typedef struct watch {
    liq_int128 start[ASSETS_MAX];
    liq_int128 open_before;
    uint32_t rounds;
    uint32_t reducing; /* of them, those after which fewer lots are open */
} watch;

static void accounts_sum(const liq_cascade *cascade, liq_int128 out[ASSETS_MAX], liq_int128 *open)
{
    const liq_live_book *live = &cascade->live->book;
    const liq_venue *venue = &live->prices.venue;

    memset(out, 0, ASSETS_MAX * sizeof *out);
    *open = 0;
    for (uint32_t account = 0; account < live->account_count; account++) {
        for (int list = 0; list <= LIQ_LIVE_POSITIONS; list++)
            for (uint32_t i = live->accounts[account].first[list]; i != LIQ_NO_INDEX;
                 i = live->entries[i].next) {
                const liq_live_entry *entry = &live->entries[i];
                const uint32_t asset = list == LIQ_LIVE_BALANCES
                                           ? entry->index
                                           : venue->instruments[entry->index].settle_index;
                const int64_t by =
                    (int64_t)cascade->waterfall->market.assets[asset].grains_per_fine;

                if (list == LIQ_LIVE_BALANCES) {
                    out[asset] += (liq_int128)entry->quantity * LIQ_GRAINS_PER_UNIT;
                    continue;
                }
                out[asset] += (liq_int128)entry->isolated_margin * LIQ_GRAINS_PER_UNIT -
                              (liq_int128)entry->quantity * entry->value * by;
                *open += (liq_int128)liq_size_of(entry->quantity);
            }
    }
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        *open += (liq_int128)liq_size_of(cascade->waterfall->funds.inventories[i].lots);
}

/* Accounts have by their entries what the rooms say they have gained, and lots have become fewer.
 */
static void round_check(void *context, const liq_cascade *cascade)
{
    const liq_cascade_step *step = &cascade->steps[cascade->step_count - 1];
    watch *self = context;
    liq_int128 sums[ASSETS_MAX];
    liq_int128 open;

    accounts_sum(cascade, sums, &open);
    for (uint32_t asset = 0; asset < cascade->book.venue.asset_count; asset++) {
        liq_int128 rooms = 0;

        for (int room = 0; room < LIQ_ROOMS_COUNT; room++)
            rooms += liq_rooms_change(&cascade->waterfall->rooms, (liq_room)room, asset);
        cr_expect(rooms == 0);
        cr_expect(sums[asset] - self->start[asset] ==
                  liq_rooms_change(&cascade->waterfall->rooms, LIQ_ROOM_ACCOUNTS, asset));
    }
    cr_expect(open < self->open_before || (step->totals.notional == 0 && step->market == 0 &&
                                           step->totals.adl_notional == 0),
              "round %u", cascade->step_count);
    self->reducing += open < self->open_before;
    self->open_before = open;
    self->rounds++;
}

static void watch_start(watch *self, const liq_book *book)
{
    const liq_venue *venue = &book->venue;
    liq_market market = {0};

    *self = (watch){0};
    cr_assert_leq(venue->asset_count, ASSETS_MAX);
    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    for (uint64_t i = 0; i < book->balance_count; i++)
        self->start[book->balances[i].asset_index] +=
            (liq_int128)book->balances[i].amount * LIQ_GRAINS_PER_UNIT;
    for (uint64_t i = 0; i < book->position_count; i++) {
        const liq_position *held = &book->positions[i];
        const uint32_t asset = venue->instruments[held->instrument_index].settle_index;

        self->start[asset] += (liq_int128)held->isolated_margin * LIQ_GRAINS_PER_UNIT -
                              (liq_int128)held->quantity_lots * held->entry_value *
                                  (int64_t)market.assets[asset].grains_per_fine;
        self->open_before += (liq_int128)liq_size_of(held->quantity_lots);
    }
    liq_market_clear(&market);
}

/* All instruments move by the same share. */
static void run_all(const liq_book *book, const liq_cascade_options *options, int64_t change_ppm,
                    watch *watched, liq_cascade_summary *out)
{
    liq_cascade *cascade = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_cascade_create(&cascade, book, options, &err), LIQ_OK, "%s", err.message);
    if (watched != NULL) {
        watch_start(watched, book);
        cascade->look = round_check;
        cascade->look_context = watched;
    }
    shock_run(cascade, book, change_ppm, out);
    liq_cascade_destroy(cascade);
}

static void book_hash(const liq_book *book, char out[LIQ_HASH_HEX_BYTES])
{
    liq_hash *hash = NULL;

    cr_assert_eq(liq_hash_create(&hash, NULL), LIQ_OK);
    liq_hash_add(hash, book->balances, book->balance_count * sizeof *book->balances);
    liq_hash_add(hash, book->positions, book->position_count * sizeof *book->positions);
    liq_hash_add(hash, book->orders, book->order_count * sizeof *book->orders);
    liq_hash_add(hash, book->depth, book->depth_count * sizeof *book->depth);
    liq_hash_add(hash, book->instrument_marks,
                 book->venue.instrument_count * sizeof *book->instrument_marks);
    liq_hash_add(hash, book->venue.funds, book->venue.fund_count * sizeof *book->venue.funds);
    liq_hash_add(hash, &book->venue.policy, sizeof book->venue.policy);
    liq_hash_finish(hash, out);
    liq_hash_destroy(hash);
}

Test(cascade_random, conserves_cash_in_every_round_and_ends)
{
    static const liq_cascade_options options[] = {
        {0}, {.impact = LIQ_CASCADE_MIDDLE}, {.recovery_ppm = 300000}, {.depth_ppm = 50000}};
    uint32_t rounds = 0;
    uint32_t reducing = 0;
    uint64_t deleveraged = 0;

    for (uint32_t i = 0; i < BOOKS; i++) {
        liq_book *book = shock_book(i);
        char before[LIQ_HASH_HEX_BYTES];
        char after[LIQ_HASH_HEX_BYTES];

        book_hash(book, before);
        for (size_t j = 0; j < sizeof options / sizeof options[0]; j++) {
            liq_cascade_summary summary;
            liq_cascade_summary again;
            watch watched;

            run_all(book, &options[j], i % 2 == 0 ? -15000 : 15000, &watched, &summary);
            cr_expect_eq(watched.rounds, summary.rounds);
            cr_expect_neq(summary.end, LIQ_CASCADE_NOT_AT_REST, "book %u", i);
            rounds += summary.rounds;
            reducing += watched.reducing;
            deleveraged += summary.adl_fills;
            run_all(book, &options[j], i % 2 == 0 ? -15000 : 15000, NULL, &again);
            cr_expect_str_eq(summary.hash, again.hash);
        }
        book_hash(book, after);
        cr_expect_str_eq(before, after);
        liq_book_destroy(book);
    }
    cr_expect_gt(reducing, BOOKS * 4, "%u of %u", reducing, rounds);
    cr_expect_gt(deleveraged, 0);
}

Test(cascade_random, amplifies_nothing_when_depth_is_infinite)
{
    for (uint32_t i = 0; i < BOOKS; i++) {
        const liq_cascade_options options = {.infinite_depth = 1};
        liq_book *book = shock_book(i);
        liq_cascade_summary summary;

        /* Nobody is cooled down, and nobody is deleveraged at a price of its own. */
        book->venue.policy.liquidation.reduction = LIQ_REDUCTION_NONE;
        book->venue.policy.liquidation.adl_trigger = LIQ_ADL_ON_FLOOR;
        for (uint32_t j = 0; j < book->venue.fund_count; j++)
            book->venue.funds[j].balance = (int64_t)1 << 58;
        run_all(book, &options, -60000, NULL, &summary);
        cr_expect_str_eq(summary.amplification, "1", "book %u: %s", i, summary.amplification);
        cr_expect_eq(summary.worst_ppm, 0);
        cr_expect_gt(summary.flagged_first, 0);
        liq_book_destroy(book);
    }
}

Test(cascade_random, liquidates_more_the_larger_the_shock_on_average)
{
    const liq_cascade_options thin = {.depth_ppm = 10000};
    static const int64_t shocks[SHOCKS] = {-10000, -30000, -60000, -120000};
    double totals[SHOCKS] = {0};

    for (uint32_t i = 0; i < BOOKS; i++) {
        liq_book *book = shock_book(i);

        for (uint32_t j = 0; j < SHOCKS; j++) {
            liq_cascade_summary summary;

            run_all(book, &thin, shocks[j], NULL, &summary);
            totals[j] += strtod(summary.liquidated_notional, NULL);
        }
        liq_book_destroy(book);
    }
    for (uint32_t j = 1; j < SHOCKS; j++)
        cr_expect_gt(totals[j], totals[j - 1]);
}

Test(cascade_random, says_the_same_with_a_device)
{
    const liq_cascade_options plain = {.depth_ppm = 10000};
    const liq_cascade_options options = {.depth_ppm = 10000, .device = "cpu"};
    liq_book *book = shock_book(0);
    liq_cascade_summary host;
    liq_cascade_summary device;

    run_all(book, &plain, -10000, NULL, &host);
    run_all(book, &options, -10000, NULL, &device);
    cr_expect_str_eq(host.hash, device.hash);
    cr_expect_gt(host.rounds, 1);
    liq_book_destroy(book);
}

/* Who liquidates slowly finds more depth, where depth comes back. */
Test(cascade_random, liquidates_no_more_with_guards_on_average)
{
    static const char *const policies[] = {
        NULL, "{\"guards\": {\"rate_notional\": \"2000\", \"rate_ms\": 1000}}",
        "{\"guards\": {\"step\": \"0.005\", \"suspect\": \"clamp\"}}",
        "{\"guards\": {\"breaker\": \"liquidations\", \"breaker_drawdown\": \"0.1\", "
        "\"breaker_cooldown_ms\": 5000}}"};
    /* A clamp keeps bad prices out: of a real shock it is a delay, which alone changes little. */
    static const double most[] = {1, 1, 1.01, 1};
    enum { POLICIES = sizeof policies / sizeof policies[0] };
    double totals[POLICIES] = {0};
    uint32_t halted = 0;

    for (uint32_t i = 0; i < BOOKS; i++) {
        liq_book *book = shock_book(i);

        for (uint32_t j = 0; j < POLICIES; j++) {
            const liq_cascade_options options = {
                .depth_ppm = 10000, .recovery_ppm = 200000, .policy = policies[j]};
            liq_cascade_summary summary;
            watch watched;

            run_all(book, &options, -20000, &watched, &summary);
            totals[j] += strtod(summary.liquidated_notional, NULL);
            halted += summary.end == LIQ_CASCADE_HALTED;
            cr_expect_neq(summary.end, LIQ_CASCADE_NOT_AT_REST, "book %u, policy %u", i, j);
        }
        liq_book_destroy(book);
    }
    for (uint32_t j = 1; j < POLICIES; j++)
        cr_expect_lt(totals[j], totals[0] * most[j], "%s: %.0f of %.0f", policies[j], totals[j],
                     totals[0]);
    cr_expect_gt(halted, 0);
}
