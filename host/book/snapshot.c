#include "book/snapshot.h"

#include "base/fail.h"

static bool is_one_block(liq_snapshot_section section);
static uint64_t section_bytes(const liq_snapshot_head *head, liq_snapshot_section section);

size_t liq_snapshot_item_bytes(liq_snapshot_section section)
{
    static const size_t bytes[LIQ_SNAPSHOT_SECTIONS] = {
        [LIQ_SNAPSHOT_VENUE] = 1,
        [LIQ_SNAPSHOT_GROUPS] = 1,
        [LIQ_SNAPSHOT_MARKS] = sizeof(liq_snapshot_price),
        [LIQ_SNAPSHOT_INDICES] = sizeof(liq_snapshot_price),
        [LIQ_SNAPSHOT_DEPTH] = sizeof(liq_snapshot_level),
        [LIQ_SNAPSHOT_ACCOUNTS] = sizeof(liq_snapshot_account),
        [LIQ_SNAPSHOT_IDS] = 0,
        [LIQ_SNAPSHOT_BALANCES] = sizeof(liq_snapshot_balance),
        [LIQ_SNAPSHOT_POSITIONS] = sizeof(liq_snapshot_position),
        [LIQ_SNAPSHOT_ORDERS] = sizeof(liq_snapshot_order)};

    LIQ_ASSERT((unsigned)section < LIQ_SNAPSHOT_SECTIONS);
    return bytes[section];
}

uint64_t liq_snapshot_blocks(const liq_snapshot_head *head, liq_snapshot_section section)
{
    if (is_one_block(section))
        return 1;
    return (head->items[section] + LIQ_SNAPSHOT_BLOCK_ITEMS - 1) / LIQ_SNAPSHOT_BLOCK_ITEMS;
}

uint64_t liq_snapshot_block_count(const liq_snapshot_head *head)
{
    uint64_t count = 0;

    for (int i = 0; i < LIQ_SNAPSHOT_SECTIONS; i++)
        count += liq_snapshot_blocks(head, (liq_snapshot_section)i);
    return count;
}

uint64_t liq_snapshot_file_bytes(const liq_snapshot_head *head)
{
    uint64_t bytes = sizeof *head + liq_snapshot_block_count(head) * sizeof(uint64_t);

    for (int i = 0; i < LIQ_SNAPSHOT_SECTIONS; i++)
        bytes += section_bytes(head, (liq_snapshot_section)i);
    return bytes;
}

liq_snapshot_block liq_snapshot_block_at(const liq_snapshot_head *head,
                                         liq_snapshot_section section, uint64_t index,
                                         const size_t *id_starts)
{
    liq_snapshot_block block = {.section = section,
                                .number = index,
                                .offset = sizeof *head +
                                          liq_snapshot_block_count(head) * sizeof(uint64_t)};
    const uint64_t items = head->items[section];

    LIQ_ASSERT(index < liq_snapshot_blocks(head, section));
    for (int i = 0; i < (int)section; i++) {
        block.number += liq_snapshot_blocks(head, (liq_snapshot_section)i);
        block.offset += section_bytes(head, (liq_snapshot_section)i);
    }
    if (is_one_block(section)) {
        block.count = block.bytes = items;
        return block;
    }
    block.first = index * LIQ_SNAPSHOT_BLOCK_ITEMS;
    block.count = items - block.first < LIQ_SNAPSHOT_BLOCK_ITEMS ? items - block.first
                                                                 : LIQ_SNAPSHOT_BLOCK_ITEMS;
    if (section == LIQ_SNAPSHOT_IDS) {
        block.offset += id_starts[block.first];
        block.bytes = id_starts[block.first + block.count] - id_starts[block.first];
    } else {
        block.offset += block.first * liq_snapshot_item_bytes(section);
        block.bytes = block.count * liq_snapshot_item_bytes(section);
    }
    return block;
}

static bool is_one_block(liq_snapshot_section section)
{
    return section == LIQ_SNAPSHOT_VENUE || section == LIQ_SNAPSHOT_GROUPS;
}

static uint64_t section_bytes(const liq_snapshot_head *head, liq_snapshot_section section)
{
    return section == LIQ_SNAPSHOT_IDS ? head->id_bytes
                                       : head->items[section] * liq_snapshot_item_bytes(section);
}
