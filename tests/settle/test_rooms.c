/*
 * The audit: moves that are wrong in one way each are refused, named, and not done.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support_scene.h"

typedef struct bad_move {
    const char *what; /* part of the message */
    void (*spoil)(liq_move *move);
} bad_move;

/* Ten contracts bought at 100, four of them sold at 98 to the market. */
static liq_move move_make(venture *self)
{
    liq_touched *touched;
    liq_move move = {.lots_asked = 4, .market_lots = 4, .leg_count = 1, .cash_count = 1};

    (void)scene_start(self, 2, "1", "98", "0.1", "0");
    scene_fund(self, "10", "5");
    (void)liq_fixture_account(&self->fixture, "trader");
    liq_fixture_balance(&self->fixture, 0, "500");
    liq_fixture_position(&self->fixture, 0, "10", "100", NULL);
    scene_run(self);
    cr_assert_eq(liq_overlay_touch(&self->waterfall.overlay, 0, &touched, NULL), LIQ_OK);
    move.account = touched;
    move.legs[0] = (liq_move_leg){0, -4};
    move.cash[0] = (liq_move_cash){0, LIQ_NO_INDEX, -800};
    move.market_cash[0].grains = -(liq_int128)39200 * LIQ_GRAINS_PER_UNIT;
    move.market_cash_count = 1;
    return move;
}

static void cash_more(liq_move *move)
{
    move->cash[0].units += 1;
}

static void cash_turned(liq_move *move)
{
    move->cash[0].units = 800;
}

static void grain_lost(liq_move *move)
{
    move->market_cash[0].grains += 1;
}

static void lots_lost(liq_move *move)
{
    move->market_lots = 3;
}

static void lots_past_asked(liq_move *move)
{
    move->lots_asked = 3;
}

static void flip(liq_move *move)
{
    move->legs[0].lots = -11;
    move->market_lots = 11;
    move->lots_asked = 11;
    move->cash[0].units = -2200;
    move->market_cash[0].grains = -(liq_int128)107800 * LIQ_GRAINS_PER_UNIT;
}

static void grow(liq_move *move)
{
    move->legs[0].lots = 4;
    move->market_lots = -4;
    move->cash[0].units = 800;
    move->market_cash[0].grains = (liq_int128)39200 * LIQ_GRAINS_PER_UNIT;
}

static void floor_broken(liq_move *move)
{
    move->fund_grains = -(liq_int128)501 * LIQ_GRAINS_PER_UNIT;
    move->cash[0].units += 501;
}

Test(rooms, does_a_move_that_adds_up)
{
    static venture self;
    const liq_move move = move_make(&self);
    liq_error err = {0};

    cr_assert_eq(liq_rooms_apply(&self.waterfall.rooms, &move, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(move.account->positions[0].quantity_lots, 6);
    cr_expect_eq(move.account->balances[0].amount, 50000 - 800);
    cr_expect(liq_waterfall_conserved(&self.waterfall));
    venture_clear(&self);
}

Test(rooms, refuses_a_move_that_is_wrong_in_one_way)
{
    static const bad_move rows[] = {
        {"0.01 of USD would appear", cash_more},
        {"16 of USD would appear", cash_turned},
        {"accounts", grain_lost},
        {"open interest of XUSD would change", lots_lost},
        {"change its 10 lots of XUSD by -4, asked were 3", lots_past_asked},
        {"change its 10 lots of XUSD by -11", flip},
        {"change its 10 lots of XUSD by 4", grow},
        {"fund \"USD\" would fall to 4.99, its floor is 5", floor_broken}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static venture self;
        liq_move move = move_make(&self);
        liq_error err = {0};

        rows[i].spoil(&move);
        cr_expect_eq(liq_rooms_apply(&self.waterfall.rooms, &move, &err), LIQ_NOT_CONSERVED, "%s",
                     rows[i].what);
        cr_expect(strstr(err.message, rows[i].what) != NULL, "%s: %s", rows[i].what, err.message);
        cr_expect_eq(move.account->positions[0].quantity_lots, 10, "%s", rows[i].what);
        cr_expect_eq(move.account->balances[0].amount, 50000, "%s", rows[i].what);
        /* And nothing moves any more, nor is anything settled. */
        move = (liq_move){.instrument = LIQ_NO_INDEX};
        cr_expect_eq(liq_rooms_apply(&self.waterfall.rooms, &move, &err), LIQ_NOT_CONSERVED);
        cr_expect_eq(liq_waterfall_run(&self.waterfall, &self.input, &err), LIQ_NOT_CONSERVED);
        cr_expect_eq(liq_waterfall_conserved(&self.waterfall), false);
        venture_clear(&self);
    }
}

Test(rooms, refuses_an_isolated_margin_below_zero)
{
    static venture self;
    liq_touched *touched;
    liq_move move = {.instrument = LIQ_NO_INDEX, .cash_count = 2};
    liq_error err = {0};

    (void)scene_start(&self, 2, "1", "100", "0.01", "0");
    (void)liq_fixture_account(&self.fixture, "trader");
    liq_fixture_balance(&self.fixture, 0, "500");
    liq_fixture_position(&self.fixture, 0, "10", "100", "20");
    scene_run(&self);
    cr_assert_eq(liq_overlay_touch(&self.waterfall.overlay, 0, &touched, NULL), LIQ_OK);
    move.account = touched;
    move.cash[0] = (liq_move_cash){0, 0, -2001};
    move.cash[1] = (liq_move_cash){0, LIQ_NO_INDEX, 2001};
    cr_expect_eq(liq_rooms_apply(&self.waterfall.rooms, &move, &err), LIQ_NOT_CONSERVED);
    cr_expect(strstr(err.message, "isolated margin would fall below zero") != NULL, "%s",
              err.message);
    venture_clear(&self);
}
