#include "settle/settle_source.h"

#include <stdlib.h>

#include "base/memory.h"
#include "scan/truth_scores.h"

static liq_status holders_place(liq_book_source *source, liq_error *err);
static liq_status exempt_sort(liq_book_source *source, liq_error *err);
static uint32_t instrument_of(const liq_book *book, const liq_side_holder *holder);
static const char *account_id(void *context, uint32_t account);
static uint32_t account_born(void *context, uint32_t account);
static bool account_read(void *context, uint32_t account, liq_account_columns *out);
static liq_row_record result_read(void *context, uint32_t account,
                                  const liq_account_columns *columns, uint32_t position);
static int accounts_compare(void *context, uint32_t left, uint32_t right);
static liq_status side_read(void *context, uint32_t side, liq_side_holders *out, liq_error *err);
static liq_status device_score(liq_book_source *source, liq_error *err);

liq_status liq_book_source_create(liq_book_source *out, const liq_book *book,
                                  const liq_row_key *keys, uint32_t row_count, liq_error *err)
{
    liq_book_source source = {.book = book};
    liq_status status;

    if ((status = liq_memory_array(&source.cross_rows, book->account_count,
                                   sizeof *source.cross_rows, err)) != LIQ_OK ||
        (status = holders_place(&source, err)) != LIQ_OK ||
        (status = exempt_sort(&source, err)) != LIQ_OK) {
        liq_book_source_clear(&source);
        return status;
    }
    for (uint32_t row = 0; row < row_count; row++)
        if (keys[row].instrument_index == LIQ_NO_INDEX)
            source.cross_rows[keys[row].account_index] = row;
    *out = source;
    return LIQ_OK;
}

void liq_book_source_end(liq_book_source *source)
{
    liq_device_scores_destroy(source->device_scores);
    if (source->device_scores != NULL)
        source->scores = NULL;
    source->device_scores = NULL;
    source->device = NULL;
}

void liq_book_source_clear(liq_book_source *source)
{
    free(source->cross_rows);
    liq_book_source_end(source);
    liq_adl_index_clear(&source->index);
    free(source->holders);
    free(source->exempt);
    free(source->exempt_firsts);
    *source = (liq_book_source){0};
}

liq_settle_source liq_book_source_face(liq_book_source *source)
{
    return (liq_settle_source){.context = source,
                               .venue = &source->book->venue,
                               .marks = source->book->instrument_marks,
                               .account_limit = source->book->account_count,
                               .id = account_id,
                               .born = account_born,
                               .read = account_read,
                               .result = result_read,
                               .compare = accounts_compare,
                               .side = side_read};
}

int liq_source_compare_rows(const void *left, const void *right, void *source)
{
    const liq_settle_source *of = source;
    const liq_row_name *a = left;
    const liq_row_name *b = right;

    if (a->account != b->account)
        return of->compare(of->context, a->account, b->account);
    return liq_row_name_compare(a, b);
}

uint64_t liq_cross_count(const liq_account_columns *columns)
{
    uint64_t low = 0;
    uint64_t high = columns->position_count;

    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;

        if (columns->positions[middle].isolated)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static const char *account_id(void *context, uint32_t account)
{
    const liq_book_source *source = context;

    return liq_names_get(source->book->account_names, account);
}

/* Accounts of a loaded book stay. */
static uint32_t account_born(void *context, uint32_t account)
{
    (void)context;
    (void)account;
    return 1;
}

static bool account_read(void *context, uint32_t account, liq_account_columns *out)
{
    const liq_book_source *source = context;
    const liq_book *book = source->book;

    *out = liq_account_columns_of(book, account);
    return book->accounts[account].adl_exempt != 0;
}

/* Isolated positions come behind those of the cross margin, as their rows do. */
static liq_row_record result_read(void *context, uint32_t account,
                                  const liq_account_columns *columns, uint32_t position)
{
    const liq_book_source *source = context;
    uint64_t row = source->cross_rows[account];

    if (columns->positions[position].isolated)
        row += 1 + position - liq_cross_count(columns);
    return source->results[row];
}

/* The accounts of a loaded book are sorted by id. */
static int accounts_compare(void *context, uint32_t left, uint32_t right)
{
    (void)context;
    return (left > right) - (left < right);
}

static liq_status side_read(void *context, uint32_t side, liq_side_holders *out, liq_error *err)
{
    liq_book_source *source = context;
    const liq_adl_index *index = &source->index;
    uint32_t first;
    uint32_t end;
    liq_status status;

    if (side >= index->side_count) {
        const uint32_t *firsts = &source->exempt_firsts[side - index->side_count];

        *out =
            (liq_side_holders){.items = source->exempt + firsts[0], .count = firsts[1] - firsts[0]};
        return LIQ_OK;
    }
    first = index->side_firsts[side];
    end = index->side_firsts[side + 1];
    if (source->scores == NULL && source->device != NULL &&
        (status = device_score(source, err)) != LIQ_OK)
        return status;
    *out = (liq_side_holders){.items = source->holders + first,
                              .scores = source->scores == NULL ? NULL : source->scores + first,
                              .count = end - first};
    return LIQ_OK;
}

/* Once, and only when somebody asks who stands on a side. What is too large for the device is
   scored here, holder by holder. */
static liq_status device_score(liq_book_source *source, liq_error *err)
{
    const liq_venue *venue = &source->book->venue;
    const liq_device_scan *device = source->device;
    liq_status status;

    source->device = NULL;
    status =
        liq_device_scores_create(&source->device_scores, device, source->book, &source->index, err);
    if (status == LIQ_OUT_OF_RANGE)
        return LIQ_OK;
    if (status != LIQ_OK || (status = liq_device_scores_run(
                                 source->device_scores,
                                 liq_adl_terms_make(venue, venue->policy.adl_rule), err)) != LIQ_OK)
        return status;
    return liq_device_scores_view(source->device_scores, &source->scores, err);
}

/* Positions come by account, and so each side does. */
static liq_status holders_place(liq_book_source *source, liq_error *err)
{
    const liq_book *book = source->book;
    liq_status status;

    if ((status = liq_adl_index_create(&source->index, book, err)) != LIQ_OK ||
        (status = liq_memory_array(&source->holders, source->index.position_count,
                                   sizeof *source->holders, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < source->index.position_count; i++) {
        const uint32_t account = book->positions[i].account_index;

        source->holders[source->index.places[i]] = (liq_side_holder){
            .account = account, .position = (uint32_t)(i - book->position_first[account])};
    }
    return LIQ_OK;
}

/* They lie behind all sides, by account: they are counted out by instrument, which keeps that. */
static liq_status exempt_sort(liq_book_source *source, liq_error *err)
{
    const liq_adl_index *index = &source->index;
    const uint32_t instruments = source->book->venue.instrument_count;
    const uint32_t start = index->side_firsts[index->side_count];
    const uint32_t count = index->position_count - start;
    uint32_t *firsts;
    liq_status status;

    if ((status = liq_memory_array(&source->exempt_firsts, (size_t)instruments + 2, sizeof *firsts,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&source->exempt, count, sizeof *source->exempt, err)) != LIQ_OK)
        return status;
    firsts = source->exempt_firsts + 1; /* while it is filled each is where the next one goes */
    for (uint32_t i = 0; i < count; i++)
        firsts[instrument_of(source->book, &source->holders[start + i]) + 1]++;
    for (uint32_t i = 0; i < instruments; i++)
        firsts[i + 1] += firsts[i];
    for (uint32_t i = 0; i < count; i++) {
        const liq_side_holder *holder = &source->holders[start + i];

        source->exempt[firsts[instrument_of(source->book, holder)]++] = *holder;
    }
    return LIQ_OK;
}

static uint32_t instrument_of(const liq_book *book, const liq_side_holder *holder)
{
    return book->positions[book->position_first[holder->account] + holder->position]
        .instrument_index;
}
