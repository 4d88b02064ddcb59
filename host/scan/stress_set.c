#include "scan/stress_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

struct liq_stress_set {
    liq_stress_book trial; /* where moves are tried before they are taken */
    liq_stress_move *moves;
    uint64_t *move_firsts; /* by scenario, and one more */
    uint64_t *name_firsts; /* likewise */
    char *names;           /* each terminated */
    uint64_t *moved_in;    /* by price: the scenario that moved it last, plus one */
    size_t move_capacity;
    size_t first_capacity;
    size_t name_first_capacity;
    size_t name_capacity;
    uint32_t count;
};

static liq_status symbol_find(const liq_venue *venue, const char *symbol, uint32_t *price,
                              liq_error *err);
static liq_decimal *price_of(liq_book *book, uint32_t price);

liq_status liq_stress_book_create(liq_stress_book *out, const liq_book *lender, liq_error *err)
{
    liq_stress_book book = {.book = *lender, .lender = lender};
    liq_status status;

    book.book.instrument_marks = NULL;
    book.book.asset_indices = NULL;
    if ((status = liq_memory_array(&book.book.instrument_marks, lender->venue.instrument_count,
                                   sizeof(liq_decimal), err)) != LIQ_OK ||
        (status = liq_memory_array(&book.book.asset_indices, lender->venue.asset_count,
                                   sizeof(liq_decimal), err)) != LIQ_OK) {
        liq_stress_book_clear(&book);
        return status;
    }
    liq_stress_book_reset(&book);
    *out = book;
    return LIQ_OK;
}

void liq_stress_book_clear(liq_stress_book *book)
{
    free(book->book.instrument_marks);
    free(book->book.asset_indices);
    *book = (liq_stress_book){0};
}

void liq_stress_book_reset(liq_stress_book *book)
{
    const liq_venue *venue = &book->lender->venue;

    memcpy(book->book.instrument_marks, book->lender->instrument_marks,
           venue->instrument_count * sizeof(liq_decimal));
    memcpy(book->book.asset_indices, book->lender->asset_indices,
           venue->asset_count * sizeof(liq_decimal));
}

liq_status liq_stress_set_create(liq_stress_set **out, const liq_book *book, liq_error *err)
{
    const uint64_t prices = (uint64_t)book->venue.instrument_count + book->venue.asset_count;
    liq_stress_set *set = NULL;
    liq_status status = liq_memory_array(&set, 1, sizeof *set, err);

    if (status != LIQ_OK)
        return status;
    if ((status = liq_stress_book_create(&set->trial, book, err)) != LIQ_OK ||
        (status = liq_memory_array(&set->moved_in, prices, sizeof *set->moved_in, err)) != LIQ_OK ||
        (status = liq_memory_grow(&set->move_firsts, &set->first_capacity, 1,
                                  sizeof *set->move_firsts, err)) != LIQ_OK ||
        (status = liq_memory_grow(&set->name_firsts, &set->name_first_capacity, 1,
                                  sizeof *set->name_firsts, err)) != LIQ_OK)
        goto done;
    *out = set;
    set = NULL; /* given away */
done:
    liq_stress_set_destroy(set);
    return status;
}

void liq_stress_set_destroy(liq_stress_set *set)
{
    if (set == NULL)
        return;
    liq_stress_book_clear(&set->trial);
    free(set->moves);
    free(set->move_firsts);
    free(set->name_firsts);
    free(set->names);
    free(set->moved_in);
    free(set);
}

liq_status liq_stress_set_add(liq_stress_set *set, const char *name, liq_error *err)
{
    const size_t bytes = strlen(name) + 1;
    const uint64_t name_at = set->name_firsts[set->count];
    liq_status status;

    if (bytes < 2 || bytes > LIQ_STRESS_NAME_BYTES)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "the name of a scenario has 1 to %d bytes, not %zu",
                        LIQ_STRESS_NAME_BYTES - 1, bytes - 1);
    if (set->count == LIQ_STRESS_SCENARIOS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "there are more than %d scenarios",
                        LIQ_STRESS_SCENARIOS_MAX);
    if ((status = liq_memory_grow(&set->move_firsts, &set->first_capacity, set->count + 2U,
                                  sizeof *set->move_firsts, err)) != LIQ_OK ||
        (status = liq_memory_grow(&set->name_firsts, &set->name_first_capacity, set->count + 2U,
                                  sizeof *set->name_firsts, err)) != LIQ_OK ||
        (status = liq_memory_grow(&set->names, &set->name_capacity, name_at + bytes, 1, err)) !=
            LIQ_OK)
        return status;
    memcpy(set->names + name_at, name, bytes);
    set->name_firsts[set->count + 1] = name_at + bytes;
    set->move_firsts[set->count + 1] = set->move_firsts[set->count];
    set->count++;
    return LIQ_OK;
}

liq_status liq_stress_set_shock(liq_stress_set *set, const char *symbol, int64_t change_ppm,
                                liq_error *err)
{
    liq_decimal *price;
    liq_decimal before;
    uint64_t at;
    uint32_t index;
    liq_status status;

    LIQ_ASSERT(set->count > 0);
    if ((status = symbol_find(&set->trial.book.venue, symbol, &index, err)) != LIQ_OK)
        return status;
    if (set->moved_in[index] == set->count)
        return liq_fail(err, LIQ_DUPLICATE, 0, "scenario \"%s\" moves %s twice",
                        liq_stress_set_name(set, set->count - 1), symbol);
    price = price_of(&set->trial.book, index);
    before = *price;
    if ((status = liq_book_shock(&set->trial.book, symbol, change_ppm, err)) != LIQ_OK)
        return status;
    *price = before;
    at = set->move_firsts[set->count];
    if ((status = liq_memory_grow(&set->moves, &set->move_capacity, at + 1, sizeof *set->moves,
                                  err)) != LIQ_OK)
        return status;
    set->moves[at] = (liq_stress_move){.price = index, .change_ppm = (int32_t)change_ppm};
    set->move_firsts[set->count]++;
    set->moved_in[index] = set->count;
    return LIQ_OK;
}

uint32_t liq_stress_set_count(const liq_stress_set *set)
{
    return set->count;
}

const char *liq_stress_set_name(const liq_stress_set *set, uint32_t scenario)
{
    LIQ_ASSERT(scenario < set->count);
    return set->names + set->name_firsts[scenario];
}

const char *liq_stress_price_symbol(const liq_venue *venue, uint32_t price)
{
    return price < venue->instrument_count
               ? liq_names_get(venue->instrument_names, price)
               : liq_names_get(venue->asset_names, price - venue->instrument_count);
}

const liq_stress_move *liq_stress_set_moves(const liq_stress_set *set, uint32_t scenario,
                                            uint32_t *count)
{
    LIQ_ASSERT(scenario < set->count);
    *count = (uint32_t)(set->move_firsts[scenario + 1] - set->move_firsts[scenario]);
    return *count == 0 ? NULL : set->moves + set->move_firsts[scenario];
}

void liq_stress_set_apply(const liq_stress_set *set, uint32_t scenario, liq_stress_book *book)
{
    uint32_t count;
    const liq_stress_move *moves = liq_stress_set_moves(set, scenario, &count);

    liq_stress_book_reset(book);
    for (uint32_t i = 0; i < count; i++)
        LIQ_ASSERT(liq_book_shock(&book->book,
                                  liq_stress_price_symbol(&book->book.venue, moves[i].price),
                                  moves[i].change_ppm, NULL) == LIQ_OK);
}

const liq_book *liq_stress_set_book(const liq_stress_set *set)
{
    return set->trial.lender;
}

/* What names nothing is refused where all else is: by the shock itself. */
static liq_status symbol_find(const liq_venue *venue, const char *symbol, uint32_t *price,
                              liq_error *err)
{
    const liq_text text = liq_text_of(symbol);
    uint32_t index;

    if (liq_names_find(venue->instrument_names, text, price))
        return LIQ_OK;
    if (!liq_names_find(venue->asset_names, text, &index))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" is neither an instrument nor an asset",
                        symbol);
    *price = venue->instrument_count + index;
    return LIQ_OK;
}

static liq_decimal *price_of(liq_book *book, uint32_t price)
{
    return price < book->venue.instrument_count
               ? &book->instrument_marks[price]
               : &book->asset_indices[price - book->venue.instrument_count];
}
