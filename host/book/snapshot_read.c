#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/book.h>

#include "base/checksum.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/file_view.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/workers.h"
#include "book/snapshot_check.h"

/* A smaller file is read before a second thread has started. */
enum { SMALL_BYTES = 256 * 1024 };

#define ITEMS_MAX ((uint64_t)1 << 40)

/* What a section needs to be checked. */
typedef enum reading_pass {
    PASS_FIRST = 0, /* nothing, or the text of venue.json */
    PASS_ROWS,      /* instruments and assets, and where the rows of each account are */
    PASS_FILL       /* no check: the file comes into memory */
} reading_pass;

/* One thread, and the first block that it refused. */
typedef struct reading_worker {
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
    reading_pass pass;
    atomic_ullong next; /* task of the pass: a block, but for the first */
    uint64_t block_count;
    atomic_bool stopped;
    const liq_progress *progress;
    liq_error *err;
} snapshot_reader;

static liq_status head_read(snapshot_reader *reader);
static liq_status head_check(const snapshot_reader *reader);
static bool firsts_differ(const liq_snapshot_head *head);
static bool is_partial(const liq_snapshot_head *head, liq_snapshot_section section,
                       liq_snapshot_section whole);
static liq_status list_read(snapshot_reader *reader);
static liq_status book_take(snapshot_reader *reader);
static void columns_lend(snapshot_reader *reader);
static void *section_at(const snapshot_reader *reader, liq_snapshot_section section);
static liq_status blocks_read(snapshot_reader *reader);
static liq_status pass_run(snapshot_reader *reader, reading_pass pass);
static void worker_run(void *context, uint32_t index);
static bool task_block(const snapshot_reader *reader, uint64_t task, liq_snapshot_block *out);
static bool is_of_pass(reading_pass pass, liq_snapshot_section section);
static void small_read(snapshot_reader *reader, reading_worker *worker);
static void block_read(const snapshot_reader *reader, reading_worker *worker,
                       const liq_snapshot_block *block);
static void refuse(reading_worker *worker, const liq_snapshot_block *block, const char *reason);
static bool report(const snapshot_reader *reader, uint64_t task);
static liq_status outcome(const snapshot_reader *reader);
static liq_status names_take(snapshot_reader *reader);
static liq_status refusal(const snapshot_reader *reader, liq_status status, const char *reason);
static void reader_clear(snapshot_reader *reader);

liq_status liq_book_load_snapshot(liq_book **out, const char *path, const liq_progress *progress,
                                  liq_error *err)
{
    snapshot_reader *reader = NULL;
    liq_status status = liq_memory_array(&reader, 1, sizeof *reader, err);

    if (status != LIQ_OK)
        return status;
    reader->file.descriptor = -1;
    reader->progress = progress;
    reader->err = err;
    if ((status = liq_file_open(&reader->file, path, err)) != LIQ_OK ||
        (status = head_read(reader)) != LIQ_OK || (status = list_read(reader)) != LIQ_OK ||
        (status = book_take(reader)) != LIQ_OK || (status = blocks_read(reader)) != LIQ_OK ||
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

    if (head->head_checksum != liq_checksum(head, offsetof(liq_snapshot_head, head_checksum)))
        return refusal(reader, LIQ_BAD_INPUT, "its head is damaged");
    for (int i = 0; i < LIQ_SNAPSHOT_SECTIONS; i++)
        if (head->items[i] > ITEMS_MAX)
            return refusal(reader, LIQ_BAD_INPUT, "its head gives too many rows");
    if (head->items[LIQ_SNAPSHOT_ACCOUNTS] > LIQ_ACCOUNTS_MAX || firsts_differ(head) ||
        is_partial(head, LIQ_SNAPSHOT_DEPTH_MARKS, LIQ_SNAPSHOT_MARKS) ||
        is_partial(head, LIQ_SNAPSHOT_FACTORS, LIQ_SNAPSHOT_MARKS) ||
        is_partial(head, LIQ_SNAPSHOT_REFERENCES, LIQ_SNAPSHOT_ORDERS) ||
        is_partial(head, LIQ_SNAPSHOT_ACCOUNTS_SEEN, LIQ_SNAPSHOT_ACCOUNTS) ||
        is_partial(head, LIQ_SNAPSHOT_POSITIONS_SEEN, LIQ_SNAPSHOT_POSITIONS) ||
        head->items[LIQ_SNAPSHOT_VENUE] > LIQ_JSON_BYTES_MAX ||
        head->group_count > head->items[LIQ_SNAPSHOT_GROUPS] || head->is_stamped > 1)
        return refusal(reader, LIQ_BAD_INPUT, "its head contradicts itself");
    if (head->items[LIQ_SNAPSHOT_ACCOUNTS] == 0 &&
        (head->items[LIQ_SNAPSHOT_BALANCES] | head->items[LIQ_SNAPSHOT_POSITIONS] |
         head->items[LIQ_SNAPSHOT_ORDERS] | head->items[LIQ_SNAPSHOT_IDS]) != 0)
        return refusal(reader, LIQ_BAD_INPUT, "it has rows of no account");
    if (head->file_bytes != reader->file.bytes ||
        liq_snapshot_file_bytes(head) != reader->file.bytes)
        return refusal(reader, LIQ_BAD_INPUT, "it is cut short or too long");
    return LIQ_OK;
}

static bool firsts_differ(const liq_snapshot_head *head)
{
    const uint64_t firsts = head->items[LIQ_SNAPSHOT_ACCOUNTS] + 1;

    return head->items[LIQ_SNAPSHOT_ID_STARTS] != firsts ||
           head->items[LIQ_SNAPSHOT_BALANCE_FIRST] != firsts ||
           head->items[LIQ_SNAPSHOT_POSITION_FIRST] != firsts ||
           head->items[LIQ_SNAPSHOT_ORDER_FIRST] != firsts;
}

/* A section of what only a live book knows is there for all or for none. */
static bool is_partial(const liq_snapshot_head *head, liq_snapshot_section section,
                       liq_snapshot_section whole)
{
    return head->items[section] != 0 && head->items[section] != head->items[whole];
}

static liq_status list_read(snapshot_reader *reader)
{
    const size_t bytes =
        (size_t)liq_snapshot_block_count(&reader->head) * sizeof *reader->checksums;
    size_t got = 0;
    liq_status status;

    if ((status = liq_memory_array(&reader->checksums, bytes, 1, reader->err)) != LIQ_OK ||
        (status = liq_file_read_at(&reader->file, sizeof reader->head, (char *)reader->checksums,
                                   bytes, &got, reader->err)) != LIQ_OK)
        return status;
    if (got < bytes || reader->head.list_checksum != liq_checksum(reader->checksums, bytes))
        return refusal(reader, LIQ_BAD_INPUT, "its list of checksums is damaged");
    return LIQ_OK;
}

static liq_status book_take(snapshot_reader *reader)
{
    const uint64_t *items = reader->head.items;
    liq_error *err = reader->err;
    liq_book *book;
    liq_status status;

    if ((status = liq_memory_array(&book, 1, sizeof *book, err)) != LIQ_OK)
        return status;
    reader->target.book = book;
    reader->target.head = &reader->head;
    book->account_count = (uint32_t)items[LIQ_SNAPSHOT_ACCOUNTS];
    book->balance_count = items[LIQ_SNAPSHOT_BALANCES];
    book->position_count = items[LIQ_SNAPSHOT_POSITIONS];
    book->order_count = items[LIQ_SNAPSHOT_ORDERS];
    book->depth_count = items[LIQ_SNAPSHOT_DEPTH];
    book->is_stamped = reader->head.is_stamped != 0;
    book->stamp = reader->head.stamp;
    if ((status = liq_names_create(&book->group_names, err)) != LIQ_OK ||
        (status = liq_memory_array(&book->depth, book->depth_count, sizeof *book->depth, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&book->instrument_marks, items[LIQ_SNAPSHOT_MARKS],
                                   sizeof *book->instrument_marks, err)) != LIQ_OK ||
        (status = liq_memory_array(&book->asset_indices, items[LIQ_SNAPSHOT_INDICES],
                                   sizeof *book->asset_indices, err)) != LIQ_OK ||
        (status = liq_memory_array(&reader->target.scales, items[LIQ_SNAPSHOT_MARKS],
                                   sizeof *reader->target.scales, err)) != LIQ_OK ||
        (status = liq_file_view_take(&book->lent, &reader->file, err)) != LIQ_OK)
        return status;
    columns_lend(reader);
    if (items[LIQ_SNAPSHOT_FACTORS] != 0 &&
        (status = liq_memory_array(&book->margin_factors, items[LIQ_SNAPSHOT_FACTORS],
                                   sizeof *book->margin_factors, err)) != LIQ_OK)
        return status;
    if (items[LIQ_SNAPSHOT_DEPTH_MARKS] == 0)
        return LIQ_OK;
    return liq_memory_array(&book->depth_marks, items[LIQ_SNAPSHOT_MARKS],
                            sizeof *book->depth_marks, err);
}

/* The large columns stay where they are. */
static void columns_lend(snapshot_reader *reader)
{
    liq_book *const book = reader->target.book;

    book->accounts = section_at(reader, LIQ_SNAPSHOT_ACCOUNTS);
    book->balance_first = section_at(reader, LIQ_SNAPSHOT_BALANCE_FIRST);
    book->position_first = section_at(reader, LIQ_SNAPSHOT_POSITION_FIRST);
    book->order_first = section_at(reader, LIQ_SNAPSHOT_ORDER_FIRST);
    book->balances = section_at(reader, LIQ_SNAPSHOT_BALANCES);
    book->positions = section_at(reader, LIQ_SNAPSHOT_POSITIONS);
    book->orders = section_at(reader, LIQ_SNAPSHOT_ORDERS);
    reader->target.id_starts = section_at(reader, LIQ_SNAPSHOT_ID_STARTS);
    reader->target.id_bytes = section_at(reader, LIQ_SNAPSHOT_IDS);
    if (reader->head.items[LIQ_SNAPSHOT_REFERENCES] > 0)
        book->order_references = section_at(reader, LIQ_SNAPSHOT_REFERENCES);
    if (reader->head.items[LIQ_SNAPSHOT_ACCOUNTS_SEEN] > 0)
        book->account_seen = section_at(reader, LIQ_SNAPSHOT_ACCOUNTS_SEEN);
    if (reader->head.items[LIQ_SNAPSHOT_POSITIONS_SEEN] > 0)
        book->position_seen = section_at(reader, LIQ_SNAPSHOT_POSITIONS_SEEN);
}

static void *section_at(const snapshot_reader *reader, liq_snapshot_section section)
{
    return reader->target.book->lent.data + liq_snapshot_section_offset(&reader->head, section);
}

/* What rows refer to, then rows. Neighbours of different blocks are compared, so a file that has to
 * be read is read first. */
static liq_status blocks_read(snapshot_reader *reader)
{
    liq_status status;

    reader->worker_count = reader->file.bytes < SMALL_BYTES ? 1 : liq_workers_count();
    reader->block_count = liq_snapshot_block_count(&reader->head);
    for (uint32_t i = 0; i < LIQ_WORKERS_MAX; i++)
        reader->workers[i].refused = UINT64_MAX;
    if (!reader->target.book->lent.is_mapped && (status = pass_run(reader, PASS_FILL)) != LIQ_OK)
        return status;
    if ((status = pass_run(reader, PASS_FIRST)) != LIQ_OK)
        return status;
    return pass_run(reader, PASS_ROWS);
}

static liq_status pass_run(snapshot_reader *reader, reading_pass pass)
{
    reader->pass = pass;
    atomic_init(&reader->next, 0);
    atomic_init(&reader->stopped, false);
    liq_workers_run(reader->worker_count, worker_run, reader);
    return outcome(reader);
}

/* Blocks are taken in order, so that the first refused one of all threads is always the same. Task
 * 0 of the first pass is all that is small, in its own order: one thread is busy with it for longer
 * than with any block, so it begins first. */
static void worker_run(void *context, uint32_t index)
{
    snapshot_reader *reader = context;
    reading_worker *worker = &reader->workers[index];

    while (worker->reason == NULL && !atomic_load(&reader->stopped)) {
        const uint64_t task = atomic_fetch_add(&reader->next, 1);
        liq_snapshot_block block;

        if (index == 0 && !report(reader, task))
            atomic_store(&reader->stopped, true);
        if (task == 0 && reader->pass == PASS_FIRST)
            small_read(reader, worker);
        else if (task_block(reader, reader->pass == PASS_FIRST ? task - 1 : task, &block))
            block_read(reader, worker, &block);
        else
            return;
    }
}

/* The block of a task, counted among those of the pass. @return false when there are no more */
static bool task_block(const snapshot_reader *reader, uint64_t task, liq_snapshot_block *out)
{
    for (int i = 0; i < LIQ_SNAPSHOT_SECTIONS; i++) {
        const liq_snapshot_section section = (liq_snapshot_section)i;
        const uint64_t count =
            is_of_pass(reader->pass, section) ? liq_snapshot_blocks(&reader->head, section) : 0;

        if (task < count) {
            *out = liq_snapshot_block_at(&reader->head, section, task);
            return true;
        }
        task -= count;
    }
    return false;
}

static bool is_of_pass(reading_pass pass, liq_snapshot_section section)
{
    const bool is_small = section <= LIQ_SNAPSHOT_FACTORS || section >= LIQ_SNAPSHOT_VENUE;
    const bool is_row = section >= LIQ_SNAPSHOT_BALANCES && section <= LIQ_SNAPSHOT_REFERENCES;

    return pass == PASS_FILL || (!is_small && is_row == (pass == PASS_ROWS));
}

static void small_read(snapshot_reader *reader, reading_worker *worker)
{
    static const liq_snapshot_section sections[] = {
        LIQ_SNAPSHOT_VENUE, LIQ_SNAPSHOT_GROUPS,      LIQ_SNAPSHOT_MARKS,  LIQ_SNAPSHOT_INDICES,
        LIQ_SNAPSHOT_DEPTH, LIQ_SNAPSHOT_DEPTH_MARKS, LIQ_SNAPSHOT_FACTORS};

    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        for (uint64_t j = 0; j < liq_snapshot_blocks(&reader->head, sections[i]); j++) {
            const liq_snapshot_block block = liq_snapshot_block_at(&reader->head, sections[i], j);

            block_read(reader, worker, &block);
            if (worker->reason != NULL)
                return;
        }
}

static void block_read(const snapshot_reader *reader, reading_worker *worker,
                       const liq_snapshot_block *block)
{
    const liq_file_view *view = &reader->target.book->lent;
    const size_t bytes = (size_t)block->bytes;
    const char *const data = view->data + block->offset;
    const char *wrong = NULL;

    if ((view->is_mapped || reader->pass == PASS_FILL) &&
        liq_file_view_fill(view, &reader->file, (size_t)block->offset, bytes, NULL) != LIQ_OK)
        wrong = "it cannot be read, or became shorter";
    else if (reader->pass == PASS_FILL)
        return;
    else if (liq_checksum(data, bytes) != reader->checksums[block->number])
        wrong = "a block is damaged";
    else
        wrong = liq_snapshot_check(&reader->target, block, data);
    if (wrong != NULL)
        refuse(worker, block, wrong);
}

static void refuse(reading_worker *worker, const liq_snapshot_block *block, const char *reason)
{
    worker->refused = block->number;
    worker->reason = reason;
}

/* Only the calling thread tells the watcher; @return whether to go on. */
static bool report(const snapshot_reader *reader, uint64_t task)
{
    const liq_progress *progress = reader->progress;

    return progress == NULL ||
           progress->report(progress->context, liq_file_name(reader->file.path),
                            task < reader->block_count ? task : reader->block_count,
                            reader->block_count) != 0;
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

static liq_status names_take(snapshot_reader *reader)
{
    liq_book *const book = reader->target.book;

    return liq_names_adopt(&book->account_names, section_at(reader, LIQ_SNAPSHOT_IDS),
                           section_at(reader, LIQ_SNAPSHOT_ID_STARTS), book->account_count, true,
                           reader->err);
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
    free(reader->target.scales);
    free(reader->checksums);
}
