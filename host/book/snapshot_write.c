/*
 * A book as a snapshot. One block at a time goes through one buffer, so that memory does not grow
 * with the book; the checksums are known last and written first.
 */
#include <stdlib.h>
#include <string.h>

#include <liqscan/book.h>

#include "base/checksum.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/new_file.h"
#include "book/snapshot.h"

typedef struct snapshot_writer {
    const liq_book *book;
    liq_new_file file;
    liq_snapshot_head head;
    uint64_t *checksums;
    void *buffer; /* of the current block */
    size_t capacity;
    liq_error *err;
} snapshot_writer;

static liq_status writer_start(snapshot_writer *writer, const char *path);
static void sizes_fill(liq_snapshot_head *head, const liq_book *book);
static liq_status section_write(snapshot_writer *writer, liq_snapshot_section section);
static void block_encode(const liq_book *book, const liq_snapshot_block *block, void *out);
static void bytes_encode(const liq_book *book, const liq_snapshot_block *block, void *out);
static void prices_encode(const liq_decimal *prices, uint64_t count, liq_snapshot_price *out);
static void factors_encode(const liq_margin_factors *factors, uint64_t count,
                           liq_snapshot_factors *out);
static void levels_encode(const liq_depth_level *levels, uint64_t count, liq_snapshot_level *out);
static void accounts_encode(const liq_account *accounts, uint64_t count, liq_snapshot_account *out);
static void starts_encode(const liq_names *names, uint64_t first, uint64_t count, uint64_t *out);
static void balances_encode(const liq_balance *balances, uint64_t count, liq_snapshot_balance *out);
static void positions_encode(const liq_position *positions, uint64_t count,
                             liq_snapshot_position *out);
static void orders_encode(const liq_order *orders, uint64_t count, liq_snapshot_order *out);
static liq_status head_write(snapshot_writer *writer);

liq_status liq_book_save_snapshot(const liq_book *book, const char *path, liq_error *err)
{
    snapshot_writer writer = {.book = book, .err = err};
    liq_status status;

    writer.file.descriptor = -1;
    if (book->venue_text == NULL)
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        "a book that was not loaded from files cannot become a snapshot");
    if ((status = writer_start(&writer, path)) != LIQ_OK)
        goto done;
    for (int i = 0; status == LIQ_OK && i < LIQ_SNAPSHOT_SECTIONS; i++)
        status = section_write(&writer, (liq_snapshot_section)i);
    if (status == LIQ_OK && (status = head_write(&writer)) == LIQ_OK &&
        (status = liq_new_file_seal(&writer.file, err)) == LIQ_OK)
        status = liq_new_file_commit(&writer.file, err);
done:
    liq_new_file_discard(&writer.file);
    free(writer.buffer);
    free(writer.checksums);
    return status;
}

static liq_status writer_start(snapshot_writer *writer, const char *path)
{
    const liq_book *book = writer->book;
    liq_snapshot_head *head = &writer->head;
    liq_status status;

    memcpy(head->magic, LIQ_SNAPSHOT_MAGIC, sizeof head->magic);
    head->byte_order = LIQ_SNAPSHOT_BYTE_ORDER;
    head->version = LIQ_SNAPSHOT_VERSION;
    sizes_fill(head, book);
    head->group_count = liq_names_count(book->group_names);
    head->is_stamped = book->is_stamped;
    if (book->is_stamped)
        head->stamp = book->stamp;
    head->file_bytes = liq_snapshot_file_bytes(head);
    if ((status = liq_memory_array(&writer->checksums, liq_snapshot_block_count(head),
                                   sizeof *writer->checksums, writer->err)) != LIQ_OK)
        return status;
    return liq_new_file_begin(&writer->file, path, writer->err);
}

static void sizes_fill(liq_snapshot_head *head, const liq_book *book)
{
    const uint64_t firsts = (uint64_t)book->account_count + 1;

    head->items[LIQ_SNAPSHOT_VENUE] = book->venue_bytes;
    head->items[LIQ_SNAPSHOT_MARKS] = book->venue.instrument_count;
    head->items[LIQ_SNAPSHOT_INDICES] = book->venue.asset_count;
    head->items[LIQ_SNAPSHOT_DEPTH] = book->depth_count;
    head->items[LIQ_SNAPSHOT_ACCOUNTS] = book->account_count;
    head->items[LIQ_SNAPSHOT_ID_STARTS] = firsts;
    head->items[LIQ_SNAPSHOT_BALANCE_FIRST] = firsts;
    head->items[LIQ_SNAPSHOT_POSITION_FIRST] = firsts;
    head->items[LIQ_SNAPSHOT_ORDER_FIRST] = firsts;
    head->items[LIQ_SNAPSHOT_IDS] = liq_names_bytes(book->account_names);
    head->items[LIQ_SNAPSHOT_GROUPS] = liq_names_bytes(book->group_names);
    head->items[LIQ_SNAPSHOT_BALANCES] = book->balance_count;
    head->items[LIQ_SNAPSHOT_POSITIONS] = book->position_count;
    head->items[LIQ_SNAPSHOT_ORDERS] = book->order_count;
    if (book->depth_marks != NULL)
        head->items[LIQ_SNAPSHOT_DEPTH_MARKS] = book->venue.instrument_count;
    if (book->margin_factors != NULL)
        head->items[LIQ_SNAPSHOT_FACTORS] = book->venue.instrument_count;
    if (book->order_references != NULL)
        head->items[LIQ_SNAPSHOT_REFERENCES] = book->order_count;
    if (book->account_seen != NULL)
        head->items[LIQ_SNAPSHOT_ACCOUNTS_SEEN] = book->account_count;
    if (book->position_seen != NULL)
        head->items[LIQ_SNAPSHOT_POSITIONS_SEEN] = book->position_count;
}

static liq_status section_write(snapshot_writer *writer, liq_snapshot_section section)
{
    const uint64_t blocks = liq_snapshot_blocks(&writer->head, section);

    for (uint64_t i = 0; i < blocks; i++) {
        const liq_snapshot_block block = liq_snapshot_block_at(&writer->head, section, i);
        liq_status status = liq_memory_extend(&writer->buffer, &writer->capacity,
                                              (size_t)block.bytes + 1, 1, writer->err);

        if (status != LIQ_OK)
            return status;
        block_encode(writer->book, &block, writer->buffer);
        writer->checksums[block.number] = liq_checksum(writer->buffer, (size_t)block.bytes);
        status = liq_new_file_write(&writer->file, block.offset, writer->buffer,
                                    (size_t)block.bytes, writer->err);
        if (status != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

static void block_encode(const liq_book *book, const liq_snapshot_block *block, void *out)
{
    const uint64_t first = block->first;
    const uint64_t count = block->count;

    switch (block->section) {
    case LIQ_SNAPSHOT_MARKS:
        prices_encode(book->instrument_marks + first, count, out);
        break;
    case LIQ_SNAPSHOT_INDICES:
        prices_encode(book->asset_indices + first, count, out);
        break;
    case LIQ_SNAPSHOT_DEPTH:
        levels_encode(book->depth + first, count, out);
        break;
    case LIQ_SNAPSHOT_DEPTH_MARKS:
        prices_encode(book->depth_marks + first, count, out);
        break;
    case LIQ_SNAPSHOT_FACTORS:
        factors_encode(book->margin_factors + first, count, out);
        break;
    case LIQ_SNAPSHOT_ACCOUNTS:
        accounts_encode(book->accounts + first, count, out);
        break;
    case LIQ_SNAPSHOT_ID_STARTS:
        starts_encode(book->account_names, first, count, out);
        break;
    case LIQ_SNAPSHOT_BALANCE_FIRST:
        memcpy(out, book->balance_first + first, count * sizeof(uint64_t));
        break;
    case LIQ_SNAPSHOT_POSITION_FIRST:
        memcpy(out, book->position_first + first, count * sizeof(uint64_t));
        break;
    case LIQ_SNAPSHOT_ORDER_FIRST:
        memcpy(out, book->order_first + first, count * sizeof(uint64_t));
        break;
    case LIQ_SNAPSHOT_BALANCES:
        balances_encode(book->balances + first, count, out);
        break;
    case LIQ_SNAPSHOT_POSITIONS:
        positions_encode(book->positions + first, count, out);
        break;
    case LIQ_SNAPSHOT_ORDERS:
        orders_encode(book->orders + first, count, out);
        break;
    case LIQ_SNAPSHOT_REFERENCES:
        memcpy(out, book->order_references + first, count * sizeof(uint64_t));
        break;
    default:
        bytes_encode(book, block, out);
    }
}

static void bytes_encode(const liq_book *book, const liq_snapshot_block *block, void *out)
{
    const char *from = book->venue_text;

    if (block->section == LIQ_SNAPSHOT_IDS)
        from = liq_names_block(book->account_names);
    else if (block->section == LIQ_SNAPSHOT_GROUPS)
        from = liq_names_block(book->group_names);
    else if (block->section == LIQ_SNAPSHOT_ACCOUNTS_SEEN)
        from = (const char *)book->account_seen;
    else if (block->section == LIQ_SNAPSHOT_POSITIONS_SEEN)
        from = (const char *)book->position_seen;
    memcpy(out, from + block->first, block->count);
}

static void starts_encode(const liq_names *names, uint64_t first, uint64_t count, uint64_t *out)
{
    const char *const bytes = liq_names_block(names);

    for (uint64_t i = 0; i < count; i++)
        out[i] = first + i < liq_names_count(names)
                     ? (uint64_t)(liq_names_get(names, (uint32_t)(first + i)) - bytes)
                     : liq_names_bytes(names);
}

static void prices_encode(const liq_decimal *prices, uint64_t count, liq_snapshot_price *out)
{
    for (uint64_t i = 0; i < count; i++)
        out[i] = (liq_snapshot_price){prices[i].digits, prices[i].decimals};
}

static void factors_encode(const liq_margin_factors *factors, uint64_t count,
                           liq_snapshot_factors *out)
{
    for (uint64_t i = 0; i < count; i++)
        out[i] = (liq_snapshot_factors){.maintenance_ppm = factors[i].maintenance_ppm,
                                        .initial_ppm = factors[i].initial_ppm};
}

static void levels_encode(const liq_depth_level *levels, uint64_t count, liq_snapshot_level *out)
{
    for (uint64_t i = 0; i < count; i++)
        out[i] = (liq_snapshot_level){.quantity_lots = levels[i].quantity_lots,
                                      .price_digits = levels[i].price.digits,
                                      .instrument_index = levels[i].instrument_index,
                                      .price_decimals = (uint8_t)levels[i].price.decimals,
                                      .is_bid = levels[i].is_bid};
}

static void accounts_encode(const liq_account *accounts, uint64_t count, liq_snapshot_account *out)
{
    for (uint64_t i = 0; i < count; i++)
        out[i] = (liq_snapshot_account){.group_index = accounts[i].group_index,
                                        .mode = accounts[i].mode,
                                        .adl_exempt = accounts[i].adl_exempt};
}

static void balances_encode(const liq_balance *balances, uint64_t count, liq_snapshot_balance *out)
{
    for (uint64_t i = 0; i < count; i++)
        out[i] = (liq_snapshot_balance){.amount = balances[i].amount,
                                        .account_index = balances[i].account_index,
                                        .asset_index = balances[i].asset_index};
}

static void positions_encode(const liq_position *positions, uint64_t count,
                             liq_snapshot_position *out)
{
    for (uint64_t i = 0; i < count; i++)
        out[i] = (liq_snapshot_position){.quantity_lots = positions[i].quantity_lots,
                                         .entry_value = positions[i].entry_value,
                                         .account_index = positions[i].account_index,
                                         .price_digits = positions[i].entry_price.digits,
                                         .isolated_margin = positions[i].isolated_margin,
                                         .instrument_index = positions[i].instrument_index,
                                         .price_decimals = positions[i].entry_price.decimals,
                                         .isolated = positions[i].isolated};
}

static void orders_encode(const liq_order *orders, uint64_t count, liq_snapshot_order *out)
{
    for (uint64_t i = 0; i < count; i++)
        out[i] = (liq_snapshot_order){.quantity_lots = orders[i].quantity_lots,
                                      .limit_value = orders[i].limit_value,
                                      .account_index = orders[i].account_index,
                                      .price_digits = orders[i].price.digits,
                                      .instrument_index = orders[i].instrument_index,
                                      .price_decimals = orders[i].price.decimals};
}

static liq_status head_write(snapshot_writer *writer)
{
    liq_snapshot_head *head = &writer->head;
    const size_t bytes = (size_t)liq_snapshot_block_count(head) * sizeof(uint64_t);
    liq_status status;

    head->list_checksum = liq_checksum(writer->checksums, bytes);
    head->head_checksum = liq_checksum(head, offsetof(liq_snapshot_head, head_checksum));
    if ((status = liq_new_file_write(&writer->file, sizeof *head, writer->checksums, bytes,
                                     writer->err)) != LIQ_OK)
        return status;
    return liq_new_file_write(&writer->file, 0, head, sizeof *head, writer->err);
}
