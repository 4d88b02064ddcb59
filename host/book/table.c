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
    ROWS_PER_WORKER = 65536,
    /* How far ahead of a row that is moved the next ones are asked for. */
    AHEAD_ROWS = 8
};

/* What a row is ordered by, and its place in the file. */
typedef struct table_entry {
    uint64_t key;
    uint32_t group;
    uint32_t row;
} table_entry;

/* Of one thread that looks at a stretch of the rows. */
typedef struct stretch {
    bool is_out_of_order;
    size_t twice; /* the first row that is equal to the one before; 0: none */
} stretch;

/* A sort under way. Each worker has rows or groups of its own, and writes only where they go. */
typedef struct sorting {
    liq_table *table;
    uint32_t group_count;
    uint32_t worker_count;
    stretch stretches[LIQ_WORKERS_MAX];
    table_entry *unordered;
    table_entry *entries; /* by group, and then by key */
    uint64_t *next;       /* by group: where its next row goes */
    char *rows;           /* by entry */
} sorting;

static liq_status sorting_start(sorting *sort, liq_error *err);
static void worker_look(void *context, uint32_t index);
static bool is_in_order(const sorting *sort);
static liq_status rows_order(sorting *sort, liq_error *err);
static void worker_key(void *context, uint32_t index);
static void groups_count(const sorting *sort);
static void worker_sort(void *context, uint32_t index);
static uint32_t worker_group(const sorting *sort, uint32_t index);
static void group_sort(table_entry *entries, size_t count);
static void insertion_sort(table_entry *entries, size_t count);
static int entry_compare(const void *left, const void *right);
static bool entry_above(const table_entry *left, const table_entry *right);
static void worker_gather(void *context, uint32_t index);
static size_t worker_row(const sorting *sort, uint32_t index);
static void twice_find(const sorting *sort);
static const void *row_at(const liq_table *table, size_t row);

void liq_table_clear(liq_table *table)
{
    free(table->rows);
    free(table->group_first);
    *table = (liq_table){.row_bytes = table->row_bytes, .order = table->order};
}

liq_status liq_table_reserve(liq_table *table, size_t rows, liq_error *err)
{
    liq_status status;

    LIQ_ASSERT(table->rows == NULL && table->row_bytes > 0);
    if ((status = liq_memory_array(&table->rows, rows, table->row_bytes, err)) == LIQ_OK)
        table->capacity = rows;
    return status;
}

liq_status liq_table_append(liq_table *table, const void *row, liq_error *err)
{
    liq_status status;

    LIQ_ASSERT(table->row_bytes > 0 && table->group_first == NULL);
    if (table->count == UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "more than %u rows", UINT32_MAX);
    if ((status = liq_memory_extend(&table->rows, &table->capacity, table->count + 1,
                                    table->row_bytes, err)) != LIQ_OK)
        return status;
    memcpy(table->rows + table->count * table->row_bytes, row, table->row_bytes);
    table->count++;
    return LIQ_OK;
}

liq_status liq_table_sort(liq_table *table, uint32_t group_count, liq_error *err)
{
    sorting sort = {.table = table, .group_count = group_count};
    liq_status status;

    LIQ_ASSERT(table->group_first == NULL && table->row_bytes <= LIQ_TABLE_ROW_BYTES_MAX);
    if ((status = sorting_start(&sort, err)) != LIQ_OK)
        return status;
    liq_workers_run(sort.worker_count, worker_look, &sort);
    if (!is_in_order(&sort))
        return rows_order(&sort, err);
    liq_memory_trim(&table->rows, table->count, table->row_bytes);
    table->capacity = table->count;
    return LIQ_OK;
}

bool liq_table_duplicate(const liq_table *table, size_t *place, uint64_t *line,
                         uint64_t *line_before)
{
    *place = table->twice;
    *line = table->twice_line;
    *line_before = table->twice_line_before;
    return table->twice > 0;
}

static liq_status sorting_start(sorting *sort, liq_error *err)
{
    const size_t count = sort->table->count;
    const uint32_t processors = liq_workers_count();

    if (count > UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "more than %u rows", UINT32_MAX);
    sort->worker_count = count / ROWS_PER_WORKER < 2 ? 1
                         : count / ROWS_PER_WORKER < processors
                             ? (uint32_t)(count / ROWS_PER_WORKER)
                             : processors;
    return liq_memory_array(&sort->table->group_first, (size_t)sort->group_count + 1,
                            sizeof *sort->table->group_first, err);
}

/* Whether rows come in order, and where groups start as long as they do. */
static void worker_look(void *context, uint32_t index)
{
    sorting *const sort = context;
    const liq_table *const table = sort->table;
    const size_t end = worker_row(sort, index + 1);
    stretch seen = {0};
    uint32_t group = 0;
    uint64_t key = 0;
    size_t row = worker_row(sort, index);

    if (row > 0) {
        group = table->order.group(row_at(table, row - 1));
        key = table->order.key(row_at(table, row - 1));
    }
    for (; row < end; row++) {
        const uint32_t group_before = group;
        const uint64_t key_before = key;

        group = table->order.group(row_at(table, row));
        key = table->order.key(row_at(table, row));
        LIQ_ASSERT(group < sort->group_count);
        seen.is_out_of_order =
            group < group_before || (group == group_before && key < key_before && row > 0);
        if (seen.is_out_of_order)
            break;
        if (seen.twice == 0 && row > 0 && group == group_before && key == key_before)
            seen.twice = row;
        for (uint32_t i = group_before; i < group; i++)
            table->group_first[i + 1] = row;
    }
    if (index + 1 == sort->worker_count)
        for (uint32_t i = group; i < sort->group_count; i++)
            table->group_first[i + 1] = end;
    sort->stretches[index] = seen;
}

static bool is_in_order(const sorting *sort)
{
    liq_table *const table = sort->table;
    size_t twice = 0;

    for (uint32_t i = 0; i < sort->worker_count; i++) {
        if (sort->stretches[i].is_out_of_order)
            return false;
        if (twice == 0)
            twice = sort->stretches[i].twice;
    }
    table->twice = twice;
    table->twice_line = (uint64_t)twice + LINE_OF_FIRST_ROW;
    table->twice_line_before = table->twice_line - 1;
    return true;
}

/* Sort entries, which are smaller than rows, and then move each row once. */
static liq_status rows_order(sorting *sort, liq_error *err)
{
    liq_table *const table = sort->table;
    liq_status status;

    memset(table->group_first, 0, ((size_t)sort->group_count + 1) * sizeof *table->group_first);
    if ((status = liq_memory_array(&sort->unordered, table->count, sizeof(table_entry), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&sort->entries, table->count, sizeof(table_entry), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&sort->next, sort->group_count, sizeof *sort->next, err)) !=
            LIQ_OK)
        goto done;
    liq_workers_run(sort->worker_count, worker_key, sort);
    groups_count(sort);
    liq_workers_run(sort->worker_count, worker_sort, sort);
    free(sort->unordered);
    sort->unordered = NULL;
    if ((status = liq_memory_array(&sort->rows, table->count, table->row_bytes, err)) != LIQ_OK)
        goto done;
    liq_workers_run(sort->worker_count, worker_gather, sort);
    free(table->rows);
    table->rows = sort->rows;
    table->capacity = table->count;
    twice_find(sort);
done:
    free(sort->unordered);
    free(sort->entries);
    free(sort->next);
    return status;
}

static void worker_key(void *context, uint32_t index)
{
    const sorting *sort = context;
    const liq_table *table = sort->table;
    const size_t end = worker_row(sort, index + 1);

    for (size_t row = worker_row(sort, index); row < end; row++)
        sort->unordered[row] = (table_entry){table->order.key(row_at(table, row)),
                                             table->order.group(row_at(table, row)), (uint32_t)row};
}

static void groups_count(const sorting *sort)
{
    uint64_t *const first = sort->table->group_first;

    for (size_t row = 0; row < sort->table->count; row++) {
        LIQ_ASSERT(sort->unordered[row].group < sort->group_count);
        first[sort->unordered[row].group + 1]++;
    }
    for (uint32_t i = 0; i < sort->group_count; i++)
        first[i + 1] += first[i];
    memcpy(sort->next, first, sort->group_count * sizeof *first);
}

/* Move the entries of the worker's groups to their places, and order them there: those of a group
 * come in the order of the file. */
static void worker_sort(void *context, uint32_t index)
{
    const sorting *sort = context;
    const uint64_t *first = sort->table->group_first;
    const uint32_t begin = worker_group(sort, index);
    const uint32_t end = worker_group(sort, index + 1);

    for (size_t row = 0; row < sort->table->count; row++) {
        const table_entry *entry = &sort->unordered[row];

        if (entry->group >= begin && entry->group < end)
            sort->entries[sort->next[entry->group]++] = *entry;
    }
    for (uint32_t i = begin; i < end; i++)
        group_sort(&sort->entries[first[i]], (size_t)(first[i + 1] - first[i]));
}

/* The first group of a worker, such that all of them have about as many rows. */
static uint32_t worker_group(const sorting *sort, uint32_t index)
{
    const uint64_t rows = worker_row(sort, index);
    uint32_t low = 0;
    uint32_t high = sort->group_count;

    if (index == 0 || index == sort->worker_count)
        return index == 0 ? 0 : sort->group_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (sort->table->group_first[middle] < rows)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Most groups come in order and are only looked at. */
static void group_sort(table_entry *entries, size_t count)
{
    size_t i = 1;

    while (i < count && !entry_above(&entries[i - 1], &entries[i]))
        i++;
    if (i >= count)
        return;
    if (count <= INSERTION_ROWS)
        insertion_sort(entries, count);
    else
        qsort(entries, count, sizeof *entries, entry_compare);
}

static void insertion_sort(table_entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const table_entry moved = entries[i];
        size_t at = i;

        for (; at > 0 && entry_above(&entries[at - 1], &moved); at--)
            entries[at] = entries[at - 1];
        entries[at] = moved;
    }
}

static int entry_compare(const void *left, const void *right)
{
    return entry_above(left, right) ? 1 : entry_above(right, left) ? -1 : 0;
}

static bool entry_above(const table_entry *left, const table_entry *right)
{
    return left->key != right->key ? left->key > right->key : left->row > right->row;
}

/* Rows lie anywhere: each is a miss that is waited for together with the next ones. */
static void worker_gather(void *context, uint32_t index)
{
    const sorting *sort = context;
    const size_t bytes = sort->table->row_bytes;
    const size_t end = worker_row(sort, index + 1);

    for (size_t i = worker_row(sort, index); i < end; i++) {
        if (i + AHEAD_ROWS < end)
            __builtin_prefetch(row_at(sort->table, sort->entries[i + AHEAD_ROWS].row));
        memcpy(sort->rows + i * bytes, row_at(sort->table, sort->entries[i].row), bytes);
    }
}

/* The first row of a worker. */
static size_t worker_row(const sorting *sort, uint32_t index)
{
    return index == sort->worker_count ? sort->table->count
                                       : sort->table->count / sort->worker_count * index;
}

static void twice_find(const sorting *sort)
{
    liq_table *const table = sort->table;
    const table_entry *found = NULL;

    for (size_t i = 1; i < table->count; i++) {
        const table_entry *entry = &sort->entries[i];

        if (entry->group == entry[-1].group && entry->key == entry[-1].key &&
            (found == NULL || entry->row < found->row))
            found = entry;
    }
    if (found == NULL)
        return;
    table->twice = (size_t)(found - sort->entries);
    table->twice_line = (uint64_t)found->row + LINE_OF_FIRST_ROW;
    table->twice_line_before = (uint64_t)found[-1].row + LINE_OF_FIRST_ROW;
}

static const void *row_at(const liq_table *table, size_t row)
{
    return table->rows + row * table->row_bytes;
}
