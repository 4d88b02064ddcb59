#include "book/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"

enum {
    /* Groups up to here are sorted by insertion: most accounts hold a handful of rows. */
    INSERTION_ROWS = 16,
    LINE_OF_FIRST_ROW = 2,
    /* Fewer rows than this are not worth a second thread. */
    ROWS_PER_WORKER = 65536
};

/* A sort under way. Each worker has groups of its own, and writes only where they go. */
typedef struct sorting {
    liq_table *out;
    const liq_table_run *runs;
    uint32_t run_count;
    uint32_t group_count;
    uint32_t worker_count;
    uint64_t *next; /* by group: where its next row goes */
} sorting;

static liq_status rows_count(liq_table *out, const liq_table_run *runs, uint32_t run_count,
                             liq_error *err);
static void groups_count(const sorting *sort);
static void worker_sort(void *context, uint32_t index);
static uint32_t worker_group(const sorting *sort, uint32_t index);
static void run_scatter(const sorting *sort, const liq_table_run *run, size_t row, uint32_t begin,
                        uint32_t end);
static void group_sort(liq_table_entry *entries, char *rows, size_t row_bytes, uint32_t count);
static void insertion_sort(liq_table_entry *entries, uint32_t count);
static int entry_compare(const void *left, const void *right);
static bool entry_above(const liq_table_entry *left, const liq_table_entry *right);
static void rows_permute(liq_table_entry *entries, char *rows, size_t row_bytes, uint32_t count);

void liq_table_clear(liq_table *table)
{
    free(table->rows);
    free(table->entries);
    free(table->group_first);
    *table = (liq_table){.row_bytes = table->row_bytes};
}

liq_status liq_table_append(liq_table *table, const void *row, uint32_t group, uint64_t key,
                            liq_error *err)
{
    liq_status status;

    LIQ_ASSERT(table->row_bytes > 0 && table->group_first == NULL);
    if (table->count == UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "more than %u rows", UINT32_MAX);
    if ((status = liq_memory_extend((void **)&table->rows, &table->row_capacity, table->count + 1,
                                    table->row_bytes, err)) != LIQ_OK ||
        (status = liq_memory_extend((void **)&table->entries, &table->entry_capacity,
                                    table->count + 1, sizeof *table->entries, err)) != LIQ_OK)
        return status;
    memcpy(table->rows + table->count * table->row_bytes, row, table->row_bytes);
    table->entries[table->count] = (liq_table_entry){key, group, (uint32_t)table->count};
    table->count++;
    return LIQ_OK;
}

liq_status liq_table_sort(liq_table *table, uint32_t group_count, liq_error *err)
{
    const liq_table_run run = {.table = table, .count = table->count};
    liq_table sorted = {.row_bytes = table->row_bytes};
    const liq_status status = liq_table_sort_runs(&sorted, &run, 1, group_count, err);

    LIQ_ASSERT(table->group_first == NULL);
    if (status != LIQ_OK)
        return status;
    liq_table_clear(table);
    *table = sorted;
    return LIQ_OK;
}

liq_status liq_table_sort_runs(liq_table *out, const liq_table_run *runs, uint32_t run_count,
                               uint32_t group_count, liq_error *err)
{
    const uint32_t processors = liq_workers_count();
    sorting sort = {out, runs, run_count, group_count, 1, NULL};
    void *next = NULL;
    liq_status status;

    LIQ_ASSERT(out->rows == NULL && out->row_bytes <= LIQ_TABLE_ROW_BYTES_MAX);
    if ((status = rows_count(out, runs, run_count, err)) != LIQ_OK ||
        (status = liq_memory_array((void **)&out->group_first, (size_t)group_count + 1,
                                   sizeof *out->group_first, err)) != LIQ_OK ||
        (status = liq_memory_array((void **)&out->rows, out->count, out->row_bytes, err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&out->entries, out->count, sizeof *out->entries,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&next, group_count, sizeof *sort.next, err)) != LIQ_OK)
        goto done;
    sort.next = next;
    groups_count(&sort);
    if (out->count / ROWS_PER_WORKER >= 2)
        sort.worker_count = out->count / ROWS_PER_WORKER < processors
                                ? (uint32_t)(out->count / ROWS_PER_WORKER)
                                : processors;
    liq_workers_run(sort.worker_count, worker_sort, &sort);
done:
    free(next);
    if (status != LIQ_OK)
        liq_table_clear(out);
    return status;
}

bool liq_table_duplicate(const liq_table *table, size_t *place, uint64_t *line,
                         uint64_t *line_before)
{
    const liq_table_entry *found = NULL;

    for (size_t i = 1; i < table->count; i++) {
        const liq_table_entry *entry = &table->entries[i];

        if (entry->group == entry[-1].group && entry->key == entry[-1].key &&
            (found == NULL || entry->row < found->row))
            found = entry;
    }
    if (found == NULL)
        return false;
    *place = (size_t)(found - table->entries);
    *line = (uint64_t)found->row + LINE_OF_FIRST_ROW;
    *line_before = (uint64_t)found[-1].row + LINE_OF_FIRST_ROW;
    return true;
}

static liq_status rows_count(liq_table *out, const liq_table_run *runs, uint32_t run_count,
                             liq_error *err)
{
    out->count = 0;
    for (uint32_t i = 0; i < run_count; i++)
        out->count += runs[i].count;
    if (out->count > UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "more than %u rows", UINT32_MAX);
    return LIQ_OK;
}

static void groups_count(const sorting *sort)
{
    uint64_t *const first = sort->out->group_first;

    for (uint32_t i = 0; i < sort->run_count; i++) {
        const liq_table_run *run = &sort->runs[i];

        for (size_t row = run->first; row < run->first + run->count; row++)
            first[run->table->entries[row].group + 1]++;
    }
    for (uint32_t i = 0; i < sort->group_count; i++)
        first[i + 1] += first[i];
    memcpy(sort->next, first, sort->group_count * sizeof *first);
}

/* Move the rows of the worker's groups to their places, and order them there. */
static void worker_sort(void *context, uint32_t index)
{
    const sorting *sort = context;
    const liq_table *out = sort->out;
    const uint32_t begin = worker_group(sort, index);
    const uint32_t end = worker_group(sort, index + 1);
    size_t row = 0;

    for (uint32_t i = 0; i < sort->run_count; i++) {
        run_scatter(sort, &sort->runs[i], row, begin, end);
        row += sort->runs[i].count;
    }
    for (uint32_t i = begin; i < end; i++) {
        const uint64_t first = out->group_first[i];

        group_sort(out->entries + first, out->rows + first * out->row_bytes, out->row_bytes,
                   (uint32_t)(out->group_first[i + 1] - first));
    }
}

/* The first group of a worker, such that all of them have about as many rows. */
static uint32_t worker_group(const sorting *sort, uint32_t index)
{
    const uint64_t rows = sort->out->count / sort->worker_count * index;
    uint32_t low = 0;
    uint32_t high = sort->group_count;

    if (index == 0 || index == sort->worker_count)
        return index == 0 ? 0 : sort->group_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (sort->out->group_first[middle] < rows)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Rows of a group stay in the order of the file. @param row  in the file, of the run's first */
static void run_scatter(const sorting *sort, const liq_table_run *run, size_t row, uint32_t begin,
                        uint32_t end)
{
    const size_t bytes = sort->out->row_bytes;

    for (size_t i = 0; i < run->count; i++) {
        const liq_table_entry *entry = &run->table->entries[run->first + i];
        uint64_t at;

        if (entry->group < begin || entry->group >= end)
            continue;
        at = sort->next[entry->group]++;
        sort->out->entries[at] = (liq_table_entry){entry->key, entry->group, (uint32_t)(row + i)};
        memcpy(sort->out->rows + at * bytes, run->table->rows + (run->first + i) * bytes, bytes);
    }
}

/* Entries and rows together; most groups come in order and are only looked at. */
static void group_sort(liq_table_entry *entries, char *rows, size_t row_bytes, uint32_t count)
{
    const uint32_t group = count > 0 ? entries[0].group : 0;
    uint32_t i = 1;

    while (i < count && !entry_above(&entries[i - 1], &entries[i]))
        i++;
    if (i >= count)
        return;
    for (i = 0; i < count; i++)
        entries[i].group = i; /* where its row lies, until that is moved */
    if (count <= INSERTION_ROWS)
        insertion_sort(entries, count);
    else
        qsort(entries, count, sizeof *entries, entry_compare);
    rows_permute(entries, rows, row_bytes, count);
    for (i = 0; i < count; i++)
        entries[i].group = group;
}

static void insertion_sort(liq_table_entry *entries, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const liq_table_entry moved = entries[i];
        uint32_t at = i;

        for (; at > 0 && entry_above(&entries[at - 1], &moved); at--)
            entries[at] = entries[at - 1];
        entries[at] = moved;
    }
}

static int entry_compare(const void *left, const void *right)
{
    return entry_above(left, right) ? 1 : entry_above(right, left) ? -1 : 0;
}

static bool entry_above(const liq_table_entry *left, const liq_table_entry *right)
{
    return left->key != right->key ? left->key > right->key : left->row > right->row;
}

/* Move each row to the place of its entry, one cycle of places after the other: a row is copied
 * once, and a cycle needs room for one row. */
static void rows_permute(liq_table_entry *entries, char *rows, size_t row_bytes, uint32_t count)
{
    char saved[LIQ_TABLE_ROW_BYTES_MAX];

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = i;

        if (entries[i].group == i)
            continue;
        memcpy(saved, rows + i * row_bytes, row_bytes);
        while (entries[at].group != i) {
            const uint32_t source = entries[at].group;

            memcpy(rows + at * row_bytes, rows + source * row_bytes, row_bytes);
            entries[at].group = at;
            at = source;
        }
        memcpy(rows + at * row_bytes, saved, row_bytes);
        entries[at].group = at;
    }
}
