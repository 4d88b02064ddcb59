/*
 * Legs as users read them: exact decimals that sum to nothing, by the public way.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "settle/settle_internal.h"
#include "support_follow.h"

enum { BOOKS = 120, TICKS = 10 };

typedef struct leg_counts {
    uint64_t legs;
    uint64_t by_room[LIQ_ROOMS_COUNT];
    uint64_t of_margin; /* of a position that is isolated, or was entered at some price */
} leg_counts;

static uint32_t room_of(const char *name)
{
    for (uint32_t room = 0; room < LIQ_ROOMS_COUNT; room++)
        if (strcmp(name, liq_room_name((liq_room)room)) == 0)
            return room;
    cr_assert_fail("%s", name);
    return 0;
}

/* Grains of an asset from the decimal. */
static liq_int128 grains_of(const char *amount, int32_t decimals)
{
    liq_int128 out = 0;
    int32_t left = decimals + 16;
    bool in_fraction = false;

    for (const char *at = amount + (*amount == '-'); *at != '\0'; at++) {
        if (*at == '.') {
            in_fraction = true;
            continue;
        }
        cr_assert(*at >= '0' && *at <= '9', "%s", amount);
        out = out * 10 + (*at - '0');
        left -= in_fraction;
    }
    for (; left > 0; left--)
        out *= 10;
    cr_assert_eq(left, 0, "%s has more decimals than there are", amount);
    return *amount == '-' ? -out : out;
}

/* @param before  what the rooms had gained before the run, by room and asset
 * @param seq_before  of the last action before it */
static void legs_check(const follower *at, const liq_int128 *before, uint64_t seq_before,
                       leg_counts *counts, const char *what)
{
    const liq_waterfall *waterfall = &at->settle->waterfall;
    const liq_venue *venue = waterfall->source.venue;
    liq_int128 sums[2 * LIQ_ROOMS_COUNT] = {0};
    liq_int128 open[2] = {0};
    uint64_t seq = 0;

    for (uint64_t i = 0; i < liq_settle_leg_count(at->settle); i++) {
        liq_settle_leg leg;
        uint32_t asset;
        liq_int128 grains;

        liq_settle_leg_read(at->settle, i, &leg);
        cr_assert(liq_names_find(venue->asset_names, liq_text_of(leg.asset), &asset));
        if (leg.seq != seq)
            cr_assert(open[0] == 0 && open[1] == 0, "%s: action %llu", what,
                      (unsigned long long)seq);
        seq = leg.seq;
        cr_assert(seq > seq_before && seq <= waterfall->seq, "%s: of another run", what);
        grains = grains_of(leg.amount, venue->assets[asset].decimals);
        open[asset] += grains;
        sums[asset * LIQ_ROOMS_COUNT + room_of(leg.room)] += grains;
        cr_assert((leg.account != NULL) == (strcmp(leg.room, "accounts") == 0), "%s", what);
        cr_assert((leg.fund != NULL) == (strcmp(leg.room, "funds") == 0), "%s", what);
        counts->legs++;
        counts->by_room[room_of(leg.room)]++;
        counts->of_margin += leg.account != NULL && leg.instrument != NULL;
    }
    cr_assert(open[0] == 0 && open[1] == 0, "%s", what);
    for (uint32_t i = 0; i < venue->asset_count * LIQ_ROOMS_COUNT; i++)
        cr_assert(before[i] + sums[i] == waterfall->rooms.changes[i], "%s: room %u", what, i);
}

Test(settle_legs, explain_every_run_to_the_last_digit)
{
    liq_random random = liq_random_make(liq_random_seed() + 14);
    leg_counts counts = {0};

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        follow_stream stream;
        follower at;
        follower *const one[] = {&at};
        char what[320];

        follow_draw(&book, &random);
        follow_start(&stream, book.book, &random);
        follower_start(&at, book.book);
        liq_settle_record_legs(at.settle);
        for (int tick = 0; tick < TICKS; tick++) {
            const uint64_t seq = at.settle->waterfall.seq;
            liq_int128 before[2 * LIQ_ROOMS_COUNT];

            (void)snprintf(what, sizeof what, "book %d, tick %d: %s", i, tick,
                           venture_rules(&book));
            memcpy(before, at.settle->waterfall.rooms.changes,
                   book.book->venue.asset_count * LIQ_ROOMS_COUNT * sizeof *before);
            follow_events(&stream, one, 1);
            follow_fills(&stream, one, 1);
            follow_run(&stream, one, 1);
            cr_assert_eq(at.status, LIQ_OK, "%s: %s", what, at.err.message);
            legs_check(&at, before, seq, &counts, what);
        }
        follower_end(&at);
        follow_clear(&book);
    }
    cr_expect_gt(counts.legs, 10 * BOOKS);
    cr_expect_gt(counts.of_margin, BOOKS);
    for (int room = 0; room < LIQ_ROOMS_COUNT; room++)
        cr_expect_gt(counts.by_room[room], BOOKS / 4, "%s", liq_room_name((liq_room)room));
}

Test(settle_legs, are_none_unless_somebody_asks)
{
    liq_random random = liq_random_make(liq_random_seed() + 15);
    static venture book;
    follow_stream stream;
    follower at;
    follower *const one[] = {&at};

    follow_draw(&book, &random);
    follow_start(&stream, book.book, &random);
    follower_start(&at, book.book);
    for (int tick = 0; tick < TICKS; tick++) {
        follow_events(&stream, one, 1);
        follow_run(&stream, one, 1);
        cr_expect_eq(liq_settle_leg_count(at.settle), 0);
    }
    follower_end(&at);
    follow_clear(&book);
}
