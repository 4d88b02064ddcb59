#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/book.h>

#include "base/checksum.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/workers.h"
#include "book/snapshot_decode.h"

/* A smaller file is read before a second thread has started. */
enum { SMALL_BYTES = 256 * 1024 };

/* One thread, and the first block that it refused. */
typedef struct reading_worker {
    void *buffer;
    size_t capacity;
    uint64_t refused; /* UINT64_MAX: none */
    const char *reason;
} reading_worker;

/* A snapshot under way. */
typedef struct snapshot_reader {
    liq_file file;
    liq_snapshot_head head;
    liq_snapshot_target target;
    uint64_t *checksums;
    uint32_t worker_count;
    reading_worker workers[LIQ_WORKERS_MAX];
    atomic_ullong next; /* block */
    uint64_t block_count;
    atomic_bool stopped;
    const liq_progress *progress;
    liq_error *err;
} snapshot_reader;

static liq_status head_read(snapshot_reader *reader);
static liq_status head_check(const snapshot_reader *reader);
static liq_status list_read(snapshot_reader *reader);
static liq_status columns_take(snapshot_reader *reader);
static liq_status array_take(void *at, uint64_t count, size_t item_bytes, liq_error *err);
static liq_status blocks_read(snapshot_reader *reader);
static void first_sections(void *context, uint32_t index);
static void row_sections(void *context, uint32_t index);
static void section_read(snapshot_reader *reader, reading_worker *worker,
                         liq_snapshot_section section);
static liq_snapshot_block row_block(const snapshot_reader *reader, uint64_t number);
static void block_read(const snapshot_reader *reader, reading_worker *worker,
                       const liq_snapshot_block *block);
static void refuse(reading_worker *worker, const liq_snapshot_block *block, const char *reason);
static bool report(const snapshot_reader *reader, uint64_t block);
static liq_status outcome(const snapshot_reader *reader);
static liq_status seams_check(const snapshot_reader *reader);
static liq_status names_take(snapshot_reader *reader);
static liq_status refusal(const snapshot_reader *reader, liq_status status, const char *reason);
static void reader_clear(snapshot_reader *reader);

liq_status liq_book_load_snapshot(liq_book **out, const char *path, const liq_progress *progress,
                                  liq_error *err)
{
    snapshot_reader *reader = NULL;
    liq_status status = liq_memory_array((void **)&reader, 1, sizeof *reader, err);

    if (status != LIQ_OK)
        return status;
    reader->file.descriptor = -1;
    reader->progress = progress;
    reader->err = err;
    if ((status = liq_file_open(&reader->file, path, err)) != LIQ_OK ||
        (status = head_read(reader)) != LIQ_OK || (status = list_read(reader)) != LIQ_OK ||
        (status = columns_take(reader)) != LIQ_OK || (status = blocks_read(reader)) != LIQ_OK ||
        (status = names_take(reader)) != LIQ_OK)
        goto done;
    *out = reader->target.book;
    reader->target.book = NULL; /* given away */
done:
    reader_clear(reader);
    free(reader);
    return status;
}

static liq_status head_read(snapshot_reader *reader)
{
    size_t got = 0;
    liq_status status;

    if (!reader->file.regular)
        return refusal(reader, LIQ_BAD_INPUT, "it is no regular file");
    if ((status = liq_file_read_at(&reader->file, 0, (char *)&reader->head, sizeof reader->head,
                                   &got, reader->err)) != LIQ_OK)
        return status;
    if (got < sizeof reader->head ||
        memcmp(reader->head.magic, LIQ_SNAPSHOT_MAGIC, sizeof reader->head.magic) != 0)
        return refusal(reader, LIQ_BAD_INPUT, "it does not begin as one");
    if (reader->head.byte_order != LIQ_SNAPSHOT_BYTE_ORDER ||
        reader->head.version != LIQ_SNAPSHOT_VERSION)
        return refusal(reader, LIQ_UNSUPPORTED, "it was written by another version");
    return head_check(reader);
}

/* After this every product and sum of sizes fits, and none is larger than the file. */
static liq_status head_check(const snapshot_reader *reader)
{
    const liq_snapshot_head *head = &reader->head;
    uint64_t items_max = UINT32_MAX;

    if (head->head_checksum != liq_checksum(head, offsetof(liq_snapshot_head, head_checksum)))
        return refusal(reader, LIQ_BAD_INPUT, "its head is damaged");
    for (int i = 0; i < LIQ_SNAPSHOT_SECTIONS; i++)
        if (head->items[i] > items_max)
            return refusal(reader, LIQ_BAD_INPUT, "its head gives too many rows");
    if (head->items[LIQ_SNAPSHOT_ACCOUNTS] > LIQ_ACCOUNTS_MAX ||
        head->items[LIQ_SNAPSHOT_ACCOUNTS] != head->items[LIQ_SNAPSHOT_IDS] ||
        head->items[LIQ_SNAPSHOT_VENUE] > LIQ_JSON_BYTES_MAX || head->id_bytes >= SIZE_MAX / 2 ||
        head->group_count > head->items[LIQ_SNAPSHOT_GROUPS] || head->is_stamped > 1)
        return refusal(reader, LIQ_BAD_INPUT, "its head contradicts itself");
    if (head->items[LIQ_SNAPSHOT_ACCOUNTS] == 0 &&
        (head->items[LIQ_SNAPSHOT_BALANCES] | head->items[LIQ_SNAPSHOT_POSITIONS] |
         head->items[LIQ_SNAPSHOT_ORDERS] | head->id_bytes) != 0)
        return refusal(reader, LIQ_BAD_INPUT, "it has rows of no account");
    if (head->id_bytes > reader->file.bytes || head->file_bytes != reader->file.bytes ||
        liq_snapshot_file_bytes(head) != reader->file.bytes)
        return refusal(reader, LIQ_BAD_INPUT, "it is cut short or too long");
    return LIQ_OK;
}

static liq_status list_read(snapshot_reader *reader)
{
    const size_t bytes =
        (size_t)liq_snapshot_block_count(&reader->head) * sizeof *reader->checksums;
    size_t got = 0;
    liq_status status;

    if ((status = liq_memory_array((void **)&reader->checksums, bytes, 1, reader->err)) != LIQ_OK ||
        (status = liq_file_read_at(&reader->file, sizeof reader->head, (char *)reader->checksums,
                                   bytes, &got, reader->err)) != LIQ_OK)
        return status;
    if (got < bytes || reader->head.list_checksum != liq_checksum(reader->checksums, bytes))
        return refusal(reader, LIQ_BAD_INPUT, "its list of checksums is damaged");
    return LIQ_OK;
}

static liq_status columns_take(snapshot_reader *reader)
{
    const uint64_t *items = reader->head.items;
    const uint64_t firsts = items[LIQ_SNAPSHOT_ACCOUNTS] + 1;
    liq_error *err = reader->err;
    liq_book *book;
    liq_status status;

    if ((status = array_take(&reader->target.book, 1, sizeof(liq_book), err)) != LIQ_OK)
        return status;
    book = reader->target.book;
    reader->target.head = &reader->head;
    book->account_count = (uint32_t)items[LIQ_SNAPSHOT_ACCOUNTS];
    book->balance_count = items[LIQ_SNAPSHOT_BALANCES];
    book->position_count = items[LIQ_SNAPSHOT_POSITIONS];
    book->order_count = items[LIQ_SNAPSHOT_ORDERS];
    book->depth_count = items[LIQ_SNAPSHOT_DEPTH];
    book->is_stamped = reader->head.is_stamped != 0;
    book->stamp = reader->head.stamp;
    if ((status = liq_names_create(&book->group_names, err)) != LIQ_OK ||
        (status = array_take(&book->accounts, firsts, sizeof *book->accounts, err)) != LIQ_OK ||
        (status = array_take(&book->balance_first, firsts, sizeof(uint64_t), err)) != LIQ_OK ||
        (status = array_take(&book->position_first, firsts, sizeof(uint64_t), err)) != LIQ_OK ||
        (status = array_take(&book->order_first, firsts, sizeof(uint64_t), err)) != LIQ_OK ||
        (status = array_take(&book->balances, book->balance_count, sizeof *book->balances, err)) !=
            LIQ_OK ||
        (status = array_take(&book->positions, book->position_count, sizeof *book->positions,
                             err)) != LIQ_OK ||
        (status = array_take(&book->orders, book->order_count, sizeof *book->orders, err)) !=
            LIQ_OK ||
        (status = array_take(&book->depth, book->depth_count, sizeof *book->depth, err)) !=
            LIQ_OK ||
        (status = array_take(&book->instrument_marks, items[LIQ_SNAPSHOT_MARKS],
                             sizeof(liq_decimal), err)) != LIQ_OK ||
        (status = array_take(&book->asset_indices, items[LIQ_SNAPSHOT_INDICES], sizeof(liq_decimal),
                             err)) != LIQ_OK ||
        (status = array_take(&reader->target.id_starts, firsts, sizeof(size_t), err)) != LIQ_OK)
        return status;
    return array_take(&reader->target.id_bytes, reader->head.id_bytes + 1, 1, err);
}

/* at: the address of a pointer. */
static liq_status array_take(void *at, uint64_t count, size_t item_bytes, liq_error *err)
{
    void *array = NULL;
    const liq_status status = liq_memory_array(&array, (size_t)count, item_bytes, err);

    memcpy(at, &array, sizeof array);
    return status;
}

/* First what rows refer to, with accounts on a thread of their own; then rows on all. */
static liq_status blocks_read(snapshot_reader *reader)
{
    liq_status status;

    reader->worker_count = reader->file.bytes < SMALL_BYTES ? 1 : liq_workers_count();
    reader->block_count = liq_snapshot_block_count(&reader->head);
    atomic_init(&reader->stopped, false);
    for (uint32_t i = 0; i < LIQ_WORKERS_MAX; i++)
        reader->workers[i].refused = UINT64_MAX;
    if (reader->worker_count > 1) {
        liq_workers_run(2, first_sections, reader);
    } else {
        first_sections(reader, 0);
        first_sections(reader, 1);
    }
    if ((status = outcome(reader)) != LIQ_OK)
        return status;
    atomic_init(&reader->next, row_block(reader, 0).number);
    liq_workers_run(reader->worker_count, row_sections, reader);
    if ((status = outcome(reader)) != LIQ_OK)
        return status;
    return seams_check(reader);
}

static void first_sections(void *context, uint32_t index)
{
    snapshot_reader *reader = context;
    reading_worker *worker = &reader->workers[index];
    const liq_book *book = reader->target.book;
    const liq_snapshot_block venue =
        liq_snapshot_block_at(&reader->head, LIQ_SNAPSHOT_VENUE, 0, NULL);

    if (index == 1) {
        section_read(reader, worker, LIQ_SNAPSHOT_ACCOUNTS);
        return;
    }
    section_read(reader, worker, LIQ_SNAPSHOT_VENUE);
    if (worker->reason == NULL &&
        (book->venue.instrument_count != reader->head.items[LIQ_SNAPSHOT_MARKS] ||
         book->venue.asset_count != reader->head.items[LIQ_SNAPSHOT_INDICES]))
        refuse(worker, &venue, "its venue.json has other instruments or assets");
    section_read(reader, worker, LIQ_SNAPSHOT_GROUPS);
    section_read(reader, worker, LIQ_SNAPSHOT_MARKS);
    section_read(reader, worker, LIQ_SNAPSHOT_INDICES);
    section_read(reader, worker, LIQ_SNAPSHOT_DEPTH);
}

static void section_read(snapshot_reader *reader, reading_worker *worker,
                         liq_snapshot_section section)
{
    const uint64_t count = liq_snapshot_blocks(&reader->head, section);

    for (uint64_t i = 0; i < count && worker->reason == NULL; i++) {
        const liq_snapshot_block block = liq_snapshot_block_at(&reader->head, section, i, NULL);

        block_read(reader, worker, &block);
    }
}

/* Blocks are taken in order, so that the first refused one of all threads is always the same. */
static void row_sections(void *context, uint32_t index)
{
    snapshot_reader *reader = context;
    reading_worker *worker = &reader->workers[index];
    const uint64_t before = row_block(reader, 0).number;

    while (worker->reason == NULL && !atomic_load(&reader->stopped)) {
        const uint64_t number = atomic_fetch_add(&reader->next, 1);
        liq_snapshot_block block;

        if (number >= reader->block_count)
            return;
        if (index == 0 && !report(reader, number))
            atomic_store(&reader->stopped, true);
        block = row_block(reader, number - before);
        block_read(reader, worker, &block);
    }
}

/* A block behind the accounts, counted from the first of them; of no items when there is none. */
static liq_snapshot_block row_block(const snapshot_reader *reader, uint64_t index)
{
    for (int i = LIQ_SNAPSHOT_IDS; i < LIQ_SNAPSHOT_SECTIONS; i++) {
        const uint64_t count = liq_snapshot_blocks(&reader->head, (liq_snapshot_section)i);

        if (index < count)
            return liq_snapshot_block_at(&reader->head, (liq_snapshot_section)i, index,
                                         reader->target.id_starts);
        index -= count;
    }
    return (liq_snapshot_block){.number = reader->block_count};
}

static void block_read(const snapshot_reader *reader, reading_worker *worker,
                       const liq_snapshot_block *block)
{
    const liq_snapshot_target *target = &reader->target;
    const size_t bytes = (size_t)block->bytes;
    void *data;
    size_t got = 0;
    const char *wrong;

    if (liq_memory_extend(&worker->buffer, &worker->capacity, bytes + 1, 1, NULL) != LIQ_OK) {
        refuse(worker, block, "there is no memory for a block");
        return;
    }
    data = worker->buffer;
    if (block->section == LIQ_SNAPSHOT_IDS)
        data = target->id_bytes + target->id_starts[block->first];
    if (liq_file_read_at(&reader->file, (size_t)block->offset, data, bytes, &got, NULL) != LIQ_OK ||
        got < bytes)
        wrong = "it cannot be read, or became shorter";
    else if (liq_checksum(data, bytes) != reader->checksums[block->number])
        wrong = "a block is damaged";
    else
        wrong = liq_snapshot_decode(target, block, data);
    if (wrong != NULL)
        refuse(worker, block, wrong);
}

static void refuse(reading_worker *worker, const liq_snapshot_block *block, const char *reason)
{
    worker->refused = block->number;
    worker->reason = reason;
}

/* Only the calling thread tells the watcher; @return whether to go on. */
static bool report(const snapshot_reader *reader, uint64_t block)
{
    const liq_progress *progress = reader->progress;

    return progress == NULL || progress->report(progress->context, liq_file_name(reader->file.path),
                                                block, reader->block_count) != 0;
}

static liq_status outcome(const snapshot_reader *reader)
{
    const reading_worker *first = &reader->workers[0];

    if (atomic_load(&reader->stopped))
        return liq_fail(reader->err, LIQ_INTERRUPTED, 0, "%s: stopped",
                        liq_file_name(reader->file.path));
    for (uint32_t i = 1; i < LIQ_WORKERS_MAX; i++)
        if (reader->workers[i].refused < first->refused)
            first = &reader->workers[i];
    return first->reason == NULL ? LIQ_OK : refusal(reader, LIQ_BAD_INPUT, first->reason);
}

/* The order of the last row of a block and the first of the next. */
static liq_status seams_check(const snapshot_reader *reader)
{
    for (int i = LIQ_SNAPSHOT_DEPTH; i < LIQ_SNAPSHOT_SECTIONS; i++) {
        const liq_snapshot_section section = (liq_snapshot_section)i;

        for (uint64_t first = LIQ_SNAPSHOT_BLOCK_ITEMS; first < reader->head.items[section];
             first += LIQ_SNAPSHOT_BLOCK_ITEMS)
            if (!liq_snapshot_in_order(&reader->target, section, first))
                return refusal(reader, LIQ_BAD_INPUT, "its rows are out of order");
    }
    return LIQ_OK;
}

static liq_status names_take(snapshot_reader *reader)
{
    liq_snapshot_target *target = &reader->target;
    const liq_status status =
        liq_names_adopt(&target->book->account_names, target->id_bytes, target->id_starts,
                        target->book->account_count, reader->err);

    if (status == LIQ_OK) {
        target->id_bytes = NULL; /* given away */
        target->id_starts = NULL;
    }
    return status;
}

static liq_status refusal(const snapshot_reader *reader, liq_status status, const char *reason)
{
    return liq_fail(reader->err, status, 0, "%s: is no snapshot that can be used: %s",
                    reader->file.path, reason);
}

static void reader_clear(snapshot_reader *reader)
{
    liq_file_close(&reader->file);
    liq_book_destroy(reader->target.book);
    free(reader->target.id_bytes);
    free(reader->target.id_starts);
    free(reader->checksums);
    for (uint32_t i = 0; i < LIQ_WORKERS_MAX; i++)
        free(reader->workers[i].buffer);
}
