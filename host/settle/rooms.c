#include "settle/rooms.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"

enum { MOVE_ASSETS = 6, MOVE_PARTS = 9 };

/* What a move does to the rooms, part by part: sums and legs are both of these. */
typedef struct move_parts {
    liq_leg items[MOVE_PARTS];
    uint32_t count;
} move_parts;

/* And asset by asset. */
typedef struct move_sums {
    uint32_t assets[MOVE_ASSETS];
    liq_int128 grains[MOVE_ASSETS][LIQ_ROOMS_COUNT];
    uint32_t count;
} move_sums;

static void parts_make(move_parts *out, const liq_rooms *rooms, const liq_move *move);
static void part_add(move_parts *parts, liq_room room, uint32_t asset, uint32_t instrument,
                     liq_int128 grains);
static void sums_make(move_sums *out, const move_parts *parts);
static void legs_record(liq_rooms *rooms, const liq_move *move, const move_parts *parts);
static liq_status audit_with(const liq_rooms *rooms, const liq_move *move, const move_sums *sums,
                             liq_error *err);
static void sums_add(move_sums *sums, liq_room room, uint32_t asset, liq_int128 grains);
static liq_status sums_check(const liq_rooms *rooms, const move_sums *sums, liq_error *err);
static liq_status lots_check(const liq_rooms *rooms, const liq_move *move, liq_error *err);
static liq_status legs_check(const liq_rooms *rooms, const liq_move *move, liq_error *err);
static liq_status cash_check(const liq_rooms *rooms, const liq_move *move, liq_error *err);
static liq_status fund_check(const liq_rooms *rooms, const liq_move *move, liq_error *err);
static void move_do(liq_rooms *rooms, const liq_move *move);
static int64_t *amount_of(liq_touched *account, const liq_move_cash *cash);

static const char *const room_names[LIQ_ROOMS_COUNT] = {"accounts", "venue", "market", "funds",
                                                        "uncovered"};

liq_status liq_rooms_create(liq_rooms *out, const liq_market *market, liq_overlay *overlay,
                            liq_funds *funds, liq_error *err)
{
    const liq_venue *venue = overlay->source->venue;
    liq_int128 *changes = NULL;
    const liq_status status = liq_memory_array(
        &changes, (size_t)venue->asset_count * LIQ_ROOMS_COUNT, sizeof *changes, err);

    if (status != LIQ_OK)
        return status;
    *out = (liq_rooms){
        .venue = venue, .market = market, .overlay = overlay, .funds = funds, .changes = changes};
    return LIQ_OK;
}

void liq_rooms_clear(liq_rooms *rooms)
{
    free(rooms->changes);
    free(rooms->legs);
    *rooms = (liq_rooms){0};
}

liq_status liq_rooms_apply(liq_rooms *rooms, const liq_move *move, liq_error *err)
{
    const uint64_t start_ns = rooms->audit_is_timed ? liq_clock_ns() : 0;
    move_parts parts;
    move_sums sums;
    liq_status status;

    if (rooms->is_stopped)
        return liq_fail(err, LIQ_NOT_CONSERVED, 0, "settling has stopped at a move before this");
    if (rooms->records_legs && (status = liq_memory_extend(&rooms->legs, &rooms->leg_capacity,
                                                           rooms->leg_count + MOVE_PARTS,
                                                           sizeof *rooms->legs, err)) != LIQ_OK)
        return status;
    parts_make(&parts, rooms, move);
    sums_make(&sums, &parts);
    status = audit_with(rooms, move, &sums, err);
    if (rooms->audit_is_timed)
        rooms->audit_ns += liq_clock_ns() - start_ns;
    if (status != LIQ_OK) {
        rooms->is_stopped = true;
        return status;
    }
    for (uint32_t i = 0; i < sums.count; i++)
        for (int room = 0; room < LIQ_ROOMS_COUNT; room++)
            rooms->changes[sums.assets[i] * LIQ_ROOMS_COUNT + (uint32_t)room] +=
                sums.grains[i][room];
    if (rooms->records_legs)
        legs_record(rooms, move, &parts);
    move_do(rooms, move);
    return LIQ_OK;
}

const char *liq_room_name(liq_room room)
{
    return room_names[room];
}

liq_int128 liq_rooms_change(const liq_rooms *rooms, liq_room room, uint32_t asset)
{
    return rooms->changes[asset * LIQ_ROOMS_COUNT + room];
}

static liq_status audit_with(const liq_rooms *rooms, const liq_move *move, const move_sums *sums,
                             liq_error *err)
{
    liq_status status;

    if ((status = sums_check(rooms, sums, err)) != LIQ_OK ||
        (status = lots_check(rooms, move, err)) != LIQ_OK ||
        (status = legs_check(rooms, move, err)) != LIQ_OK ||
        (status = cash_check(rooms, move, err)) != LIQ_OK)
        return status;
    return fund_check(rooms, move, err);
}

/* From what the move says, the entry values of the positions and nothing else: whoever made the
   move is not asked for his own sums. */
static void parts_make(move_parts *out, const liq_rooms *rooms, const liq_move *move)
{
    const uint32_t settle = move->instrument == LIQ_NO_INDEX
                                ? 0
                                : rooms->venue->instruments[move->instrument].settle_index;
    const liq_int128 grains_per_fine = (liq_int128)rooms->market->assets[settle].grains_per_fine;

    out->count = 0;
    for (uint32_t i = 0; i < move->leg_count; i++) {
        const liq_position *position = &move->account->positions[move->legs[i].position];

        part_add(out, LIQ_ROOM_ACCOUNTS, settle, position->instrument_index,
                 -(liq_int128)move->legs[i].lots * position->entry_value * grains_per_fine);
    }
    for (uint32_t i = 0; i < move->cash_count; i++) {
        const liq_move_cash *cash = &move->cash[i];

        part_add(out, LIQ_ROOM_ACCOUNTS, cash->asset,
                 cash->position == LIQ_NO_INDEX
                     ? LIQ_NO_INDEX
                     : move->account->positions[cash->position].instrument_index,
                 (liq_int128)cash->units * LIQ_GRAINS_PER_UNIT);
    }
    part_add(out, LIQ_ROOM_VENUE, settle, move->instrument, move->venue_cash);
    for (uint32_t i = 0; i < move->market_cash_count; i++)
        part_add(out, LIQ_ROOM_MARKET, move->market_cash[i].asset, move->instrument,
                 move->market_cash[i].grains);
    if (move->fund_grains != 0)
        part_add(out, LIQ_ROOM_FUNDS, rooms->funds->funds[move->fund].asset, move->instrument,
                 move->fund_grains);
    part_add(out, LIQ_ROOM_UNCOVERED, move->uncovered_asset, move->instrument, move->uncovered);
}

static void part_add(move_parts *parts, liq_room room, uint32_t asset, uint32_t instrument,
                     liq_int128 grains)
{
    if (grains == 0)
        return;
    LIQ_ASSERT(parts->count < MOVE_PARTS);
    parts->items[parts->count++] =
        (liq_leg){.room = room, .asset = asset, .instrument = instrument, .grains = grains};
}

static void sums_make(move_sums *out, const move_parts *parts)
{
    out->count = 0;
    for (uint32_t i = 0; i < parts->count; i++)
        sums_add(out, (liq_room)parts->items[i].room, parts->items[i].asset,
                 parts->items[i].grains);
}

/* There is room for them. */
static void legs_record(liq_rooms *rooms, const liq_move *move, const move_parts *parts)
{
    for (uint32_t i = 0; i < parts->count; i++) {
        liq_leg *leg = &rooms->legs[rooms->leg_count++];

        *leg = parts->items[i];
        leg->seq = rooms->seq;
        leg->account = leg->room == LIQ_ROOM_ACCOUNTS ? move->account->account : LIQ_NO_INDEX;
        leg->fund = leg->room == LIQ_ROOM_FUNDS ? move->fund : LIQ_NO_INDEX;
    }
}

static void sums_add(move_sums *sums, liq_room room, uint32_t asset, liq_int128 grains)
{
    uint32_t at = 0;

    while (at < sums->count && sums->assets[at] != asset)
        at++;
    if (at == sums->count) {
        LIQ_ASSERT(at < MOVE_ASSETS);
        sums->assets[at] = asset;
        for (int i = 0; i < LIQ_ROOMS_COUNT; i++)
            sums->grains[at][i] = 0;
        sums->count++;
    }
    sums->grains[at][room] += grains;
}

static liq_status sums_check(const liq_rooms *rooms, const move_sums *sums, liq_error *err)
{
    for (uint32_t i = 0; i < sums->count; i++) {
        const int32_t decimals = rooms->venue->assets[sums->assets[i]].decimals + 16;
        char amount[LIQ_DECIMAL_BYTES];
        char list[LIQ_ERROR_MESSAGE_BYTES] = "";
        size_t used = 0;
        liq_int128 sum = 0;

        for (int room = 0; room < LIQ_ROOMS_COUNT; room++)
            sum += sums->grains[i][room];
        if (sum == 0)
            continue;
        for (int room = 0; room < LIQ_ROOMS_COUNT && used < sizeof list; room++)
            if (sums->grains[i][room] != 0)
                used +=
                    (size_t)snprintf(list + used, sizeof list - used, ", %s %s", room_names[room],
                                     liq_decimal_format(amount, sums->grains[i][room], decimals));
        return liq_fail(err, LIQ_NOT_CONSERVED, 0, "audit: %s of %s would appear%s",
                        liq_decimal_format(amount, sum, decimals),
                        liq_names_get(rooms->venue->asset_names, sums->assets[i]), list);
    }
    return LIQ_OK;
}

/* Open interest: whoever gives lots, somebody takes them. */
static liq_status lots_check(const liq_rooms *rooms, const liq_move *move, liq_error *err)
{
    liq_int128 accounts = 0;

    for (uint32_t i = 0; i < move->leg_count; i++)
        accounts += move->legs[i].lots;
    if (accounts + move->venue_lots + move->market_lots == 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_NOT_CONSERVED, 0,
                    "audit: open interest of %s would change: accounts %lld, venue %lld, market "
                    "%lld lots",
                    liq_names_get(rooms->venue->instrument_names, move->instrument),
                    (long long)accounts, (long long)move->venue_lots, (long long)move->market_lots);
}

static liq_status legs_check(const liq_rooms *rooms, const liq_move *move, liq_error *err)
{
    for (uint32_t i = 0; i < move->leg_count; i++) {
        const liq_position *position = &move->account->positions[move->legs[i].position];
        const int64_t before = position->quantity_lots;
        const int64_t lots = move->legs[i].lots;
        const uint64_t size = liq_size_of(lots);

        if (position->instrument_index == move->instrument && lots != 0 &&
            (before < 0) != (lots < 0) && size <= liq_size_of(before) &&
            size <= liq_size_of(move->lots_asked))
            continue;
        return liq_fail(err, LIQ_NOT_CONSERVED, 0,
                        "audit: account \"%s\" would change its %lld lots of %s by %lld, asked "
                        "were %lld",
                        move->account->id, (long long)before,
                        liq_names_get(rooms->venue->instrument_names, position->instrument_index),
                        (long long)lots, (long long)move->lots_asked);
    }
    return LIQ_OK;
}

static liq_status cash_check(const liq_rooms *rooms, const liq_move *move, liq_error *err)
{
    for (uint32_t i = 0; i < move->cash_count; i++) {
        const liq_move_cash *cash = &move->cash[i];
        int64_t after;

        if (__builtin_add_overflow(*amount_of(move->account, cash), cash->units, &after))
            return liq_fail(
                err, LIQ_OUT_OF_RANGE, 0, "account \"%s\": its balance of %s would be past 64 bits",
                move->account->id, liq_names_get(rooms->venue->asset_names, cash->asset));
        if (cash->position != LIQ_NO_INDEX && after < 0)
            return liq_fail(err, LIQ_NOT_CONSERVED, 0,
                            "audit: account \"%s\": an isolated margin would fall below zero",
                            move->account->id);
    }
    return LIQ_OK;
}

static liq_status fund_check(const liq_rooms *rooms, const liq_move *move, liq_error *err)
{
    const liq_fund_state *fund;
    char after[LIQ_DECIMAL_BYTES];
    char floor[LIQ_DECIMAL_BYTES];
    int32_t decimals;

    if (move->fund_grains >= 0)
        return LIQ_OK;
    fund = &rooms->funds->funds[move->fund];
    if (fund->grains + move->fund_grains >= (liq_int128)fund->floor * LIQ_GRAINS_PER_UNIT)
        return LIQ_OK;
    decimals = rooms->venue->assets[fund->asset].decimals;
    return liq_fail(err, LIQ_NOT_CONSERVED, 0,
                    "audit: fund \"%s\" would fall to %s, its floor is %s", fund->name,
                    liq_decimal_format(after, fund->grains + move->fund_grains, decimals + 16),
                    liq_decimal_format(floor, fund->floor, decimals));
}

static void move_do(liq_rooms *rooms, const liq_move *move)
{
    liq_inventory *inventory;

    for (uint32_t i = 0; i < move->leg_count; i++)
        liq_touched_add_lots(rooms->overlay, move->account, move->legs[i].position,
                             move->legs[i].lots);
    for (uint32_t i = 0; i < move->cash_count; i++)
        *amount_of(move->account, &move->cash[i]) += move->cash[i].units;
    if (move->account != NULL)
        move->account->is_changed = true;
    if (move->fund_grains != 0)
        rooms->funds->funds[move->fund].grains += move->fund_grains;
    if (move->instrument == LIQ_NO_INDEX)
        return;
    inventory = &rooms->funds->inventories[move->instrument];
    inventory->lots += move->venue_lots;
    inventory->market_lots += move->market_lots;
    inventory->cash += move->venue_cash;
    if (inventory->lots != 0 || inventory->cash != 0)
        liq_funds_list(rooms->funds, move->instrument);
}

static int64_t *amount_of(liq_touched *account, const liq_move_cash *cash)
{
    if (cash->position != LIQ_NO_INDEX)
        return &account->positions[cash->position].isolated_margin;
    return &account->balances[liq_touched_balance(account, cash->asset)].amount;
}
