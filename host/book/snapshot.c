#include "book/snapshot.h"

#include "base/fail.h"

static bool is_one_block(liq_snapshot_section section);
static uint64_t section_bytes(const liq_snapshot_head *head, liq_snapshot_section section);

size_t liq_snapshot_item_bytes(liq_snapshot_section section)
{
    static const size_t bytes[LIQ_SNAPSHOT_SECTIONS] = {
        [LIQ_SNAPSHOT_MARKS] = sizeof(liq_snapshot_price),
        [LIQ_SNAPSHOT_INDICES] = sizeof(liq_snapshot_price),
        [LIQ_SNAPSHOT_DEPTH] = sizeof(liq_snapshot_level),
        [LIQ_SNAPSHOT_DEPTH_MARKS] = sizeof(liq_snapshot_price),
        [LIQ_SNAPSHOT_FACTORS] = sizeof(liq_snapshot_factors),
        [LIQ_SNAPSHOT_ACCOUNTS] = sizeof(liq_snapshot_account),
        [LIQ_SNAPSHOT_ID_STARTS] = sizeof(uint64_t),
        [LIQ_SNAPSHOT_BALANCE_FIRST] = sizeof(uint64_t),
        [LIQ_SNAPSHOT_POSITION_FIRST] = sizeof(uint64_t),
        [LIQ_SNAPSHOT_ORDER_FIRST] = sizeof(uint64_t),
        [LIQ_SNAPSHOT_BALANCES] = sizeof(liq_snapshot_balance),
        [LIQ_SNAPSHOT_POSITIONS] = sizeof(liq_snapshot_position),
        [LIQ_SNAPSHOT_ORDERS] = sizeof(liq_snapshot_order),
        [LIQ_SNAPSHOT_REFERENCES] = sizeof(uint64_t),
        [LIQ_SNAPSHOT_IDS] = 1,
        [LIQ_SNAPSHOT_ACCOUNTS_SEEN] = 1,
        [LIQ_SNAPSHOT_POSITIONS_SEEN] = 1,
        [LIQ_SNAPSHOT_VENUE] = 1,
        [LIQ_SNAPSHOT_GROUPS] = 1};

    LIQ_ASSERT((unsigned)section < LIQ_SNAPSHOT_SECTIONS);
    return bytes[section];
}

uint64_t liq_snapshot_block_items(liq_snapshot_section section)
{
    return is_one_block(section) ? SIZE_MAX
                                 : LIQ_SNAPSHOT_BLOCK_BYTES / liq_snapshot_item_bytes(section);
}

uint64_t liq_snapshot_blocks(const liq_snapshot_head *head, liq_snapshot_section section)
{
    const uint64_t items = liq_snapshot_block_items(section);

    return is_one_block(section) ? 1 : (head->items[section] + items - 1) / items;
}

uint64_t liq_snapshot_block_count(const liq_snapshot_head *head)
{
    uint64_t count = 0;

    for (int i = 0; i < LIQ_SNAPSHOT_SECTIONS; i++)
        count += liq_snapshot_blocks(head, (liq_snapshot_section)i);
    return count;
}

uint64_t liq_snapshot_section_offset(const liq_snapshot_head *head, liq_snapshot_section section)
{
    uint64_t offset = sizeof *head + liq_snapshot_block_count(head) * sizeof(uint64_t);

    for (int i = 0; i < (int)section; i++)
        offset += section_bytes(head, (liq_snapshot_section)i);
    return offset;
}

uint64_t liq_snapshot_file_bytes(const liq_snapshot_head *head)
{
    return liq_snapshot_section_offset(head, LIQ_SNAPSHOT_SECTIONS);
}

liq_snapshot_block liq_snapshot_block_at(const liq_snapshot_head *head,
                                         liq_snapshot_section section, uint64_t index)
{
    const uint64_t items = liq_snapshot_block_items(section);
    liq_snapshot_block block = {.section = section, .number = index};

    LIQ_ASSERT(index < liq_snapshot_blocks(head, section));
    for (int i = 0; i < (int)section; i++)
        block.number += liq_snapshot_blocks(head, (liq_snapshot_section)i);
    block.first = index * items;
    block.count =
        head->items[section] - block.first < items ? head->items[section] - block.first : items;
    block.offset =
        liq_snapshot_section_offset(head, section) + block.first * liq_snapshot_item_bytes(section);
    block.bytes = block.count * liq_snapshot_item_bytes(section);
    return block;
}

static bool is_one_block(liq_snapshot_section section)
{
    return section == LIQ_SNAPSHOT_VENUE || section == LIQ_SNAPSHOT_GROUPS;
}

static uint64_t section_bytes(const liq_snapshot_head *head, liq_snapshot_section section)
{
    return head->items[section] * liq_snapshot_item_bytes(section);
}
