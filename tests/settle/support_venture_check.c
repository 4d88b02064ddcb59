/*
 * What has to hold after a run, from the book, the copies, the funds and the actions.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "scan/flagged.h"
#include "support_venture.h"

/* Money and lots of everybody, in grains by asset and lots by instrument. */
typedef struct venture_sums {
    liq_int128 grains[4];
    liq_int128 lots[VENTURE_INSTRUMENTS_MAX];
} venture_sums;

static void account_sum(venture_sums *sums, const venture *self,
                        const liq_account_columns *columns);
static void after_sum(venture_sums *sums, venture *self);
static void holdings_check(venture *self, const char *what);
static void account_check(venture *self, liq_touched *touched, const liq_account_columns *before,
                          const char *what);
static void solvent_check(venture *self, liq_touched *touched, const liq_account_columns *before,
                          const char *what);
static bool is_named(const venture *self, uint32_t account);
static bool was_flagged(const venture *self, uint32_t account);
static void actions_check(const venture *self, const char *what);
static void legs_check(venture *self, const char *what);
static void account_legs_check(venture *self, uint32_t account, const char *what);

void venture_check(venture *self, const char *what)
{
    const liq_venue *venue = &self->book->venue;
    venture_sums before = {0};
    venture_sums after = {0};

    cr_assert(liq_waterfall_conserved(&self->waterfall), "%s: the rooms do not add up", what);
    for (uint32_t i = 0; i < self->book->account_count; i++) {
        liq_account_columns columns;

        (void)self->waterfall.source.read(self->waterfall.source.context, i, &columns);
        account_sum(&before, self, &columns);
    }
    for (uint32_t i = 0; i < self->waterfall.funds.fund_count; i++)
        before.grains[self->waterfall.funds.funds[i].asset] +=
            (liq_int128)(i < venue->fund_count ? venue->funds[i].balance : 0) * LIQ_GRAINS_PER_UNIT;
    after_sum(&after, self);
    for (uint32_t i = 0; i < venue->asset_count; i++)
        cr_assert(before.grains[i] == after.grains[i], "%s: asset %u is not conserved", what, i);
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        cr_assert(before.lots[i] == after.lots[i], "%s: lots of %u are not balanced", what, i);
    for (uint32_t i = 0; i < self->waterfall.funds.fund_count; i++) {
        const liq_fund_state *fund = &self->waterfall.funds.funds[i];
        const int64_t start = i < venue->fund_count ? venue->funds[i].balance : 0;

        cr_assert(fund->grains >= (liq_int128)fund->floor * LIQ_GRAINS_PER_UNIT ||
                      fund->grains >= (liq_int128)start * LIQ_GRAINS_PER_UNIT,
                  "%s: fund %s is below its floor", what, fund->name);
    }
    holdings_check(self, what);
    actions_check(self, what);
    if (!self->no_legs && self->waterfall.all.rounds == self->waterfall.totals.rounds)
        legs_check(self, what); /* legs are those of one run */
}

static void account_sum(venture_sums *sums, const venture *self, const liq_account_columns *columns)
{
    const liq_venue *venue = &self->book->venue;

    for (uint64_t i = 0; i < columns->balance_count; i++)
        sums->grains[columns->balances[i].asset_index] +=
            (liq_int128)columns->balances[i].amount * LIQ_GRAINS_PER_UNIT;
    for (uint64_t i = 0; i < columns->position_count; i++) {
        const liq_position *held = &columns->positions[i];
        const uint32_t asset = venue->instruments[held->instrument_index].settle_index;

        sums->grains[asset] += (liq_int128)held->isolated_margin * LIQ_GRAINS_PER_UNIT;
        sums->grains[asset] -= (liq_int128)held->quantity_lots * held->entry_value *
                               (liq_int128)self->market.assets[asset].grains_per_fine;
        sums->lots[held->instrument_index] += held->quantity_lots;
    }
}

static void after_sum(venture_sums *sums, venture *self)
{
    liq_waterfall *waterfall = &self->waterfall;
    const liq_venue *venue = &self->book->venue;

    for (uint32_t i = 0; i < self->book->account_count; i++) {
        const liq_touched *touched = liq_overlay_find(&waterfall->overlay, i);
        liq_account_columns columns;

        if (touched != NULL)
            cr_assert_eq(liq_touched_columns(&waterfall->overlay, touched, &columns, NULL), LIQ_OK);
        else
            (void)waterfall->source.read(waterfall->source.context, i, &columns);
        account_sum(sums, self, &columns);
    }
    for (uint32_t i = 0; i < waterfall->funds.fund_count; i++)
        sums->grains[waterfall->funds.funds[i].asset] += waterfall->funds.funds[i].grains;
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_inventory *inventory = &waterfall->funds.inventories[i];

        sums->grains[venue->instruments[i].settle_index] += inventory->cash;
        sums->lots[i] += inventory->lots + inventory->market_lots;
    }
    for (uint32_t i = 0; i < venue->asset_count; i++)
        sums->grains[i] += liq_rooms_change(&waterfall->rooms, LIQ_ROOM_MARKET, i) +
                           liq_rooms_change(&waterfall->rooms, LIQ_ROOM_UNCOVERED, i);
}

/* Copies against what they were made of. */
static void holdings_check(venture *self, const char *what)
{
    liq_waterfall *waterfall = &self->waterfall;

    for (uint32_t i = 0; i < waterfall->overlay.count; i++) {
        liq_touched *touched = waterfall->overlay.items[i];
        liq_account_columns before;
        liq_account_columns after;
        liq_row_record fresh;
        liq_row_record kept;

        (void)waterfall->source.read(waterfall->source.context, touched->account, &before);
        account_check(self, touched, &before, what);
        kept = liq_touched_value(&waterfall->overlay, touched);
        cr_assert_eq(liq_touched_columns(&waterfall->overlay, touched, &after, NULL), LIQ_OK);
        cr_assert_eq(liq_columns_value(&waterfall->overlay, &after, LIQ_NO_INDEX, &fresh, NULL),
                     LIQ_OK);
        cr_assert(kept.equity == fresh.equity && kept.maintenance == fresh.maintenance &&
                      kept.initial == fresh.initial && kept.notional == fresh.notional &&
                      kept.status == fresh.status,
                  "%s: %s is worth %lld by its sums, %lld by its row", what, touched->id,
                  (long long)kept.equity, (long long)fresh.equity);
    }
}

static void account_check(venture *self, liq_touched *touched, const liq_account_columns *before,
                          const char *what)
{
    liq_waterfall *waterfall = &self->waterfall;

    for (uint32_t i = 0; i < touched->position_count; i++) {
        const int64_t was = before->positions[i].quantity_lots;
        const int64_t is = touched->positions[i].quantity_lots;

        cr_assert(is == 0 || (was < 0) == (is < 0), "%s: %s flipped", what, touched->id);
        cr_assert(liq_size_of(is) <= liq_size_of(was), "%s: %s grew", what, touched->id);
        cr_assert(touched->positions[i].isolated_margin >= 0, "%s: %s", what, touched->id);
    }
    if (!touched->is_changed)
        return;
    cr_assert(is_named(self, touched->account), "%s: %s changed without an action", what,
              touched->id);
    if (touched->in_hand || was_flagged(self, touched->account))
        return;
    cr_assert(!touched->is_exempt, "%s: exempt %s was deleveraged", what, touched->id);
    if (waterfall->rules->mark_follows_fills)
        return;
    solvent_check(self, touched, before, what);
}

/* Equity pays for a deleveraging close: whoever had some is not bankrupt by it. What is realised in
 * another asset than the margin currency may take on a lower weight. */
static void solvent_check(venture *self, liq_touched *touched, const liq_account_columns *before,
                          const char *what)
{
    liq_overlay *overlay = &self->waterfall.overlay;
    const liq_row_record now = liq_touched_value(overlay, touched);
    liq_row_record was;

    cr_assert_eq(liq_columns_value(overlay, before, LIQ_NO_INDEX, &was, NULL), LIQ_OK);
    if (was.status != LIQ_ROW_UNVALUED && was.equity > 0)
        cr_assert(now.equity >= 0 && now.status != LIQ_ROW_UNVALUED,
                  "%s: deleveraging leaves %s %lld of %lld", what, touched->id,
                  (long long)now.equity, (long long)was.equity);
}

static bool is_named(const venture *self, uint32_t account)
{
    for (uint64_t i = 0; i < self->waterfall.action_count; i++)
        if (self->waterfall.actions[i].account == account)
            return true;
    return false;
}

static bool was_flagged(const venture *self, uint32_t account)
{
    for (uint32_t i = 0; i < self->input.flagged_count; i++)
        if (self->flagged[i].name.account == account)
            return true;
    return false;
}

/* Numbers without gaps; no liquidation behind the first deleveraging; nobody deleveraged is worth
   less than nothing. */
static void actions_check(const venture *self, const char *what)
{
    bool adl = false;

    for (uint64_t i = 0; i < self->waterfall.action_count; i++) {
        const liq_action *action = &self->waterfall.actions[i];
        const liq_touched *touched;

        cr_assert_eq(action->seq, i + 1, "%s", what);
        adl = adl || action->kind == LIQ_SETTLE_ADL;
        cr_assert(
            !adl || (action->kind != LIQ_SETTLE_TAKEOVER && action->kind != LIQ_SETTLE_REDUCE &&
                     (action->kind != LIQ_SETTLE_CLOSE || action->reason == LIQ_BECAUSE_INVENTORY)),
            "%s: a liquidation follows a deleveraging", what);
        if (action->kind != LIQ_SETTLE_ADL)
            continue;
        touched = liq_overlay_find(&self->waterfall.overlay, action->account);
        cr_assert(touched != NULL && !touched->in_hand && !touched->is_exempt, "%s", what);
        cr_assert(action->account != action->against, "%s", what);
    }
}

/* By action and asset nothing, by room and asset what the rooms say, by account what it has now. */
static void legs_check(venture *self, const char *what)
{
    const liq_rooms *rooms = &self->waterfall.rooms;
    liq_int128 by_room[LIQ_ROOMS_COUNT][4] = {0};
    liq_int128 open[4] = {0}; /* of the action */

    for (uint64_t i = 0; i < rooms->leg_count; i++) {
        const liq_leg *leg = &rooms->legs[i];

        cr_assert(leg->seq > 0 && leg->seq <= self->waterfall.seq && leg->grains != 0, "%s", what);
        if (i > 0 && rooms->legs[i - 1].seq != leg->seq) {
            cr_assert(rooms->legs[i - 1].seq < leg->seq, "%s: legs are out of order", what);
            for (int asset = 0; asset < 4; asset++)
                cr_assert(open[asset] == 0, "%s: legs of %llu do not sum to nothing", what,
                          (unsigned long long)rooms->legs[i - 1].seq);
        }
        open[leg->asset] += leg->grains;
        by_room[leg->room][leg->asset] += leg->grains;
        cr_assert((leg->room == LIQ_ROOM_ACCOUNTS) == (leg->account != LIQ_NO_INDEX), "%s", what);
        cr_assert((leg->room == LIQ_ROOM_FUNDS) == (leg->fund != LIQ_NO_INDEX), "%s", what);
    }
    for (uint32_t asset = 0; asset < self->book->venue.asset_count; asset++) {
        cr_assert(open[asset] == 0, "%s: the last legs do not sum to nothing", what);
        for (int room = 0; room < LIQ_ROOMS_COUNT; room++)
            cr_assert(by_room[room][asset] == liq_rooms_change(rooms, (liq_room)room, asset),
                      "%s: legs do not explain %s", what, liq_room_name((liq_room)room));
    }
    for (uint32_t i = 0; i < self->waterfall.overlay.count; i++)
        account_legs_check(self, self->waterfall.overlay.items[i]->account, what);
}

static void account_legs_check(venture *self, uint32_t account, const char *what)
{
    liq_waterfall *waterfall = &self->waterfall;
    const liq_touched *touched = liq_overlay_find(&waterfall->overlay, account);
    venture_sums before = {0};
    venture_sums after = {0};
    liq_account_columns columns;

    (void)waterfall->source.read(waterfall->source.context, account, &columns);
    account_sum(&before, self, &columns);
    cr_assert_eq(liq_touched_columns(&waterfall->overlay, touched, &columns, NULL), LIQ_OK);
    account_sum(&after, self, &columns);
    for (uint64_t i = 0; i < waterfall->rooms.leg_count; i++)
        if (waterfall->rooms.legs[i].account == account)
            before.grains[waterfall->rooms.legs[i].asset] += waterfall->rooms.legs[i].grains;
    for (uint32_t i = 0; i < self->book->venue.asset_count; i++)
        cr_assert(before.grains[i] == after.grains[i], "%s: legs do not explain %s", what,
                  touched->id);
}
