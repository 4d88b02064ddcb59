#include "settle/revisit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "book/columns.h"

enum { LEAST_OCTAVE = -16, EIGHTHS = 8 };

static uint32_t reach_bucket(float reach);
static uint32_t epoch_of_tick(liq_revisit *revisit);
static void list_ask(liq_revisit *revisit, uint32_t epoch, uint32_t bucket);
static void moves_fill(liq_revisit *revisit, const double *from);
static void list_empty(liq_revisit *revisit, uint32_t list);
static void add(liq_revisit *revisit, uint32_t account, uint32_t list, uint32_t since);

liq_status liq_revisit_create(liq_revisit *out, uint32_t account_capacity,
                              const liq_screen_cells *cells, liq_error *err)
{
    const uint32_t values = cells != NULL ? cells->value_count : 0;
    liq_status status;

    *out = (liq_revisit){.cells = cells, .epoch = LIQ_NO_INDEX, .emptied = LIQ_NO_INDEX};
    if ((status = liq_memory_array(&out->moves, values, sizeof *out->moves, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->places, account_capacity, sizeof *out->places, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&out->values, (size_t)values * LIQ_REVISIT_EPOCHS,
                                   sizeof *out->values, err)) != LIQ_OK) {
        liq_revisit_clear(out);
        return status;
    }
    for (uint32_t i = 0; i < account_capacity; i++)
        out->places[i].list = LIQ_NO_INDEX;
    for (uint32_t i = 0; i < LIQ_REVISIT_LISTS; i++)
        out->lists[i] = (liq_revisit_list){LIQ_NO_INDEX, LIQ_NO_INDEX};
    for (uint32_t i = 0; i < LIQ_REVISIT_EPOCHS; i++)
        out->epochs[i].values = out->values + (size_t)values * i;
    return LIQ_OK;
}

void liq_revisit_clear(liq_revisit *revisit)
{
    free(revisit->places);
    free(revisit->values);
    free(revisit->moves);
    *revisit = (liq_revisit){0};
}

void liq_revisit_tick(liq_revisit *revisit)
{
    revisit->tick++;
    revisit->epoch = LIQ_NO_INDEX;
}

/* A reach is put where the lower end of its list is not above it, so that who waits in a list that
   the move has come to may be meant. */
void liq_revisit_move(liq_revisit *revisit, liq_revisit_moved moved, void *context)
{
    revisit->moved = moved;
    revisit->context = context;
    for (uint32_t i = 0; i < LIQ_REVISIT_EPOCHS; i++) {
        liq_revisit_epoch *epoch = &revisit->epochs[i];
        uint32_t end;

        if (epoch->count == 0)
            continue;
        end = reach_bucket(liq_screen_cells_move(epoch->values, revisit->cells, NULL)) + 1;
        if (epoch->reach < end)
            moves_fill(revisit, epoch->values);
        revisit->emptied = i;
        for (; epoch->reach < end && epoch->count > 0; epoch->reach++)
            list_ask(revisit, i, epoch->reach);
    }
    revisit->emptied = LIQ_NO_INDEX;
}

/* Who holds nothing that moved so far waits on, from the prices of this tick, with what is left of
   the least reach that he may have had. */
static void list_ask(liq_revisit *revisit, uint32_t epoch, uint32_t bucket)
{
    const liq_revisit_list *list = &revisit->lists[epoch * LIQ_REVISIT_REACHES + bucket];
    const double part = (double)(bucket % EIGHTHS) / EIGHTHS;
    const double reach = ldexp(1 + part, (int)bucket / EIGHTHS + LEAST_OCTAVE);

    while (list->first != LIQ_NO_INDEX) {
        const uint32_t account = list->first;
        const double own = revisit->moved(revisit->context, account, revisit->moves);
        const float left = (float)((reach - own) / (1 + own) * (1 - 0x1p-20));

        if (reach_bucket(left) == 0)
            liq_revisit_demand(revisit, account);
        else
            liq_revisit_put(revisit, account, left);
    }
}

void liq_revisit_demand(liq_revisit *revisit, uint32_t account)
{
    if (revisit->places[account].list == LIQ_REVISIT_DUE)
        return;
    liq_revisit_drop(revisit, account);
    add(revisit, account, LIQ_REVISIT_DUE, revisit->tick);
}

void liq_revisit_put(liq_revisit *revisit, uint32_t account, float reach)
{
    const uint32_t bucket = reach_bucket(reach);
    uint32_t epoch;

    liq_revisit_drop(revisit, account);
    if (bucket == 0 || revisit->cells == NULL) {
        add(revisit, account, LIQ_REVISIT_TURNS, revisit->tick + 1);
        return;
    }
    epoch = epoch_of_tick(revisit);
    add(revisit, account, epoch * LIQ_REVISIT_REACHES + bucket, 0);
    revisit->epochs[epoch].count++;
}

void liq_revisit_drop(liq_revisit *revisit, uint32_t account)
{
    liq_revisit_place *place = &revisit->places[account];
    liq_revisit_list *list;

    if (place->list == LIQ_NO_INDEX)
        return;
    list = &revisit->lists[place->list];
    if (place->before == LIQ_NO_INDEX)
        list->first = place->after;
    else
        revisit->places[place->before].after = place->after;
    if (place->after == LIQ_NO_INDEX)
        list->last = place->before;
    else
        revisit->places[place->after].before = place->before;
    if (place->list < LIQ_REVISIT_DUE)
        revisit->epochs[place->list / LIQ_REVISIT_REACHES].count--;
    place->list = LIQ_NO_INDEX;
}

uint32_t liq_revisit_due(liq_revisit *revisit)
{
    const uint32_t account = revisit->lists[LIQ_REVISIT_DUE].first;

    if (account != LIQ_NO_INDEX)
        liq_revisit_drop(revisit, account);
    return account;
}

uint32_t liq_revisit_turn(liq_revisit *revisit)
{
    const uint32_t account = revisit->lists[LIQ_REVISIT_TURNS].first;

    if (account == LIQ_NO_INDEX || revisit->places[account].since > revisit->tick)
        return LIQ_NO_INDEX;
    liq_revisit_drop(revisit, account);
    return account;
}

uint32_t liq_revisit_age(const liq_revisit *revisit)
{
    uint32_t age = 0;

    for (uint32_t list = LIQ_REVISIT_DUE; list < LIQ_REVISIT_LISTS; list++) {
        const uint32_t first = revisit->lists[list].first;
        const uint32_t end = revisit->tick + 1;

        if (first != LIQ_NO_INDEX && end - revisit->places[first].since > age &&
            revisit->places[first].since < end)
            age = end - revisit->places[first].since;
    }
    return age;
}

/* 0: nothing holds, and nothing has moved to speak of. */
static uint32_t reach_bucket(float reach)
{
    double mantissa;
    int octave;
    int bucket;

    if (!(reach >= 0x1p-16f))
        return 0;
    mantissa = frexp((double)reach, &octave);
    bucket = (octave - 1 - LEAST_OCTAVE) * EIGHTHS + (int)((mantissa * 2 - 1) * EIGHTHS);
    return bucket < LIQ_REVISIT_REACHES ? (uint32_t)bucket : LIQ_REVISIT_REACHES - 1;
}

/* A free one, or that of the fewest, who are due then. */
static uint32_t epoch_of_tick(liq_revisit *revisit)
{
    uint32_t least = revisit->emptied == 0 ? 1 : 0;
    liq_revisit_epoch *epoch;

    if (revisit->epoch != LIQ_NO_INDEX)
        return revisit->epoch;
    for (uint32_t i = 1; i < LIQ_REVISIT_EPOCHS; i++)
        if (i != revisit->emptied && revisit->epochs[i].count < revisit->epochs[least].count)
            least = i;
    epoch = &revisit->epochs[least];
    for (; epoch->count > 0; epoch->reach++)
        list_empty(revisit, least * LIQ_REVISIT_REACHES + epoch->reach);
    memcpy(epoch->values, revisit->cells->values,
           revisit->cells->value_count * sizeof *epoch->values);
    epoch->reach = 1;
    revisit->epoch = least;
    return least;
}

static void list_empty(liq_revisit *revisit, uint32_t list)
{
    while (revisit->lists[list].first != LIQ_NO_INDEX)
        liq_revisit_demand(revisit, revisit->lists[list].first);
}

/* At the end: so that those that have waited longest come first. */
static void add(liq_revisit *revisit, uint32_t account, uint32_t list, uint32_t since)
{
    liq_revisit_list *of = &revisit->lists[list];

    revisit->places[account] = (liq_revisit_place){
        .before = of->last, .after = LIQ_NO_INDEX, .list = list, .since = since};
    if (of->last == LIQ_NO_INDEX)
        of->first = account;
    else
        revisit->places[of->last].after = account;
    of->last = account;
}

/* As liq_screen_cells_move, one by one. */
static void moves_fill(liq_revisit *revisit, const double *from)
{
    const double *now = revisit->cells->values;

    for (uint32_t i = 0; i < revisit->cells->value_count; i++) {
        revisit->moves[i] = 0;
        if (from[i] == now[i])
            continue;
        revisit->moves[i] = 1;
        if (from[i] != 0 && now[i] != 0)
            revisit->moves[i] = fabs(now[i] / from[i] - 1) * (1 + 0x1p-20) + 0x1p-22;
    }
}
