#include "book/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

/* Groups up to here are sorted by insertion: most accounts hold a handful of rows. */
enum { INSERTION_ROWS = 16, LINE_OF_FIRST_ROW = 2 };

static void entries_scatter(liq_table_entry *target, uint64_t *next, const liq_table *table);
static void groups_sort(liq_table *table, uint32_t group_count);
static void insertion_sort(liq_table_entry *entries, size_t count);
static int entry_compare(const void *left, const void *right);
static bool entry_above(const liq_table_entry *left, const liq_table_entry *right);
static liq_status rows_gather(liq_table *table, liq_error *err);

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
    if ((status = liq_memory_grow((void **)&table->rows, &table->row_capacity, table->count + 1,
                                  table->row_bytes, err)) != LIQ_OK ||
        (status = liq_memory_grow((void **)&table->entries, &table->entry_capacity,
                                  table->count + 1, sizeof *table->entries, err)) != LIQ_OK)
        return status;
    memcpy(table->rows + table->count * table->row_bytes, row, table->row_bytes);
    table->entries[table->count] = (liq_table_entry){key, group, (uint32_t)table->count};
    table->count++;
    return LIQ_OK;
}

liq_status liq_table_sort(liq_table *table, uint32_t group_count, liq_error *err)
{
    void *first = NULL;
    void *next = NULL;
    void *target = NULL;
    liq_status status;

    LIQ_ASSERT(table->group_first == NULL);
    if ((status = liq_memory_array(&first, (size_t)group_count + 1, sizeof(uint64_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&next, group_count, sizeof(uint64_t), err)) != LIQ_OK ||
        (status = liq_memory_array(&target, table->count, sizeof(liq_table_entry), err)) != LIQ_OK)
        goto done;
    table->group_first = first;
    first = NULL; /* given away */
    for (size_t i = 0; i < table->count; i++)
        table->group_first[table->entries[i].group + 1]++;
    for (uint32_t i = 0; i < group_count; i++)
        table->group_first[i + 1] += table->group_first[i];
    memcpy(next, table->group_first, group_count * sizeof(uint64_t));
    entries_scatter(target, next, table);
    free(table->entries);
    table->entries = target;
    target = NULL; /* given away */
    groups_sort(table, group_count);
    status = rows_gather(table, err);
done:
    free(target);
    free(next);
    free(first);
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

/* Move each entry to its group; rows of a group stay in the order of the file. */
static void entries_scatter(liq_table_entry *target, uint64_t *next, const liq_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        target[next[table->entries[i].group]++] = table->entries[i];
}

static void groups_sort(liq_table *table, uint32_t group_count)
{
    for (uint32_t i = 0; i < group_count; i++) {
        liq_table_entry *entries = table->entries + table->group_first[i];
        const size_t count = (size_t)(table->group_first[i + 1] - table->group_first[i]);

        if (count <= INSERTION_ROWS)
            insertion_sort(entries, count);
        else
            qsort(entries, count, sizeof *entries, entry_compare);
    }
}

static void insertion_sort(liq_table_entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const liq_table_entry moved = entries[i];
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

static bool entry_above(const liq_table_entry *left, const liq_table_entry *right)
{
    return left->key != right->key ? left->key > right->key : left->row > right->row;
}

/* Copy the rows into their order, into an array of just their size. */
static liq_status rows_gather(liq_table *table, liq_error *err)
{
    const size_t bytes = table->row_bytes;
    void *block = NULL;
    char *target;
    const liq_status status = liq_memory_array(&block, table->count, bytes, err);

    if (status != LIQ_OK)
        return status;
    target = block;
    for (size_t i = 0; i < table->count; i++)
        memcpy(target + i * bytes, table->rows + table->entries[i].row * bytes, bytes);
    free(table->rows);
    table->rows = target;
    return LIQ_OK;
}
