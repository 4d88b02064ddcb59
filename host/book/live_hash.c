#include "book/live_hash.h"

#include "base/checksum.h"
#include "base/int128.h"

/* What an item is, beside the lists of entries: no two kinds mix alike. */
enum { ITEM_ACCOUNT = 16, ITEM_MARK, ITEM_INDEX, ITEM_DEPTH_MARK, ITEM_LEVEL, ITEM_FACTORS };

/* Digits of pi, odd where they are multiplied by. */
#define NAME_FACTOR 0x243f6a8885a308d3u
#define OF_FACTOR 0x13198a2e03707345u
#define KIND_FACTOR 0xa4093822299f31d1u

/* An item in words: all its names and small things in one, and three of its values. */
typedef struct item_words {
    uint64_t name;
    uint64_t values[3];
} item_words;

static inline item_words account_words(const liq_live_book *live, uint32_t account);
static inline item_words entry_words(const liq_live_book *live, const liq_live_entry *entry);
static inline item_words price_words(uint64_t name, liq_decimal price, uint64_t kind);
static inline item_words level_words(const liq_live_book *live, const liq_depth_level *level);
static inline uint64_t name_of(uint64_t name, uint64_t of, uint64_t kind);
static inline void add(uint64_t sums[2], item_words item, liq_live_sense sense);
static inline uint64_t fold(uint64_t left, uint64_t right);

uint64_t liq_live_hash_name(liq_text name)
{
    return liq_checksum(name.data, name.bytes);
}

void liq_live_hash_account(liq_live_book *live, uint32_t account, liq_live_sense sense)
{
    const item_words words = account_words(live, account);

    add(live->hash, words, sense);
}

void liq_live_hash_entry(liq_live_book *live, uint32_t entry, liq_live_sense sense)
{
    const item_words words = entry_words(live, &live->entries[entry]);

    add(live->hash, words, sense);
}

void liq_live_hash_lists(liq_live_book *live, uint32_t account, liq_live_sense sense)
{
    for (uint32_t list = 0; list < LIQ_LIVE_LISTS; list++)
        for (uint32_t i = live->accounts[account].first[list]; i != LIQ_NO_INDEX;
             i = live->entries[i].next)
            liq_live_hash_entry(live, i, sense);
}

void liq_live_hash_mark(liq_live_book *live, uint32_t instrument, liq_live_sense sense)
{
    const item_words words = price_words(live->instrument_hashes[instrument],
                                         live->prices.instrument_marks[instrument], ITEM_MARK);

    add(live->hash, words, sense);
}

void liq_live_hash_index(liq_live_book *live, uint32_t asset, liq_live_sense sense)
{
    const item_words words =
        price_words(live->asset_hashes[asset], live->prices.asset_indices[asset], ITEM_INDEX);

    add(live->hash, words, sense);
}

void liq_live_hash_depth_mark(liq_live_book *live, uint32_t instrument, liq_live_sense sense)
{
    const item_words words = price_words(live->instrument_hashes[instrument],
                                         live->depth_marks[instrument], ITEM_DEPTH_MARK);

    add(live->hash, words, sense);
}

void liq_live_hash_factors(liq_live_book *live, uint32_t instrument, liq_live_sense sense)
{
    const liq_margin_factors factors = live->prices.margin_factors[instrument];
    const item_words words = {name_of(live->instrument_hashes[instrument], 0, ITEM_FACTORS),
                              {factors.maintenance_ppm, factors.initial_ppm, 0}};

    if (!liq_margin_factors_equal(factors, liq_margin_factors_one()))
        add(live->hash, words, sense);
}

void liq_live_hash_level(liq_live_book *live, const liq_depth_level *level, liq_live_sense sense)
{
    const item_words words = level_words(live, level);

    add(live->hash, words, sense);
}

void liq_live_hash_account_seen(const liq_live_book *live, uint32_t account, uint8_t was,
                                uint64_t sums[2])
{
    const item_words words = account_words(live, account);
    item_words before = words;

    before.values[2] = was;
    add(sums, before, LIQ_LIVE_GOES);
    add(sums, words, LIQ_LIVE_COMES);
}

void liq_live_hash_entry_seen(const liq_live_book *live, uint32_t entry, uint8_t was,
                              uint64_t sums[2])
{
    liq_live_entry before = live->entries[entry];

    before.seen = was;
    add(sums, entry_words(live, &before), LIQ_LIVE_GOES);
    add(sums, entry_words(live, &live->entries[entry]), LIQ_LIVE_COMES);
}

void liq_live_hash_all(uint64_t out[2], const liq_live_book *live)
{
    liq_live_book seen = *live; /* to be summed into; what it refers to is only read */

    seen.hash[0] = seen.hash[1] = 0;
    for (uint32_t i = 0; i < live->account_capacity; i++)
        if (live->accounts[i].alive) {
            liq_live_hash_account(&seen, i, LIQ_LIVE_COMES);
            liq_live_hash_lists(&seen, i, LIQ_LIVE_COMES);
        }
    for (uint32_t i = 0; i < live->prices.venue.asset_count; i++)
        liq_live_hash_index(&seen, i, LIQ_LIVE_COMES);
    for (uint32_t i = 0; i < live->prices.venue.instrument_count; i++) {
        liq_live_hash_mark(&seen, i, LIQ_LIVE_COMES);
        liq_live_hash_depth_mark(&seen, i, LIQ_LIVE_COMES);
        liq_live_hash_factors(&seen, i, LIQ_LIVE_COMES);
    }
    for (uint32_t i = 0; i < 2 * live->prices.venue.instrument_count; i++)
        for (uint32_t at = live->depth[i].first; at < live->depth[i].end; at++)
            liq_live_hash_level(&seen, &live->depth[i].levels[at], LIQ_LIVE_COMES);
    out[0] = seen.hash[0];
    out[1] = seen.hash[1];
}

static inline item_words account_words(const liq_live_book *live, uint32_t account)
{
    const liq_live_account *from = &live->accounts[account];
    const uint64_t group =
        from->group == LIQ_NO_INDEX
            ? 0
            : liq_live_hash_name(liq_names_text(live->prices.group_names, from->group));

    return (item_words){name_of(from->name_hash, 0, ITEM_ACCOUNT),
                        {group, (uint64_t)from->mode << 8 | from->adl_exempt, from->seen}};
}

static inline item_words entry_words(const liq_live_book *live, const liq_live_entry *entry)
{
    const uint64_t *names =
        entry->list == LIQ_LIVE_BALANCES ? live->asset_hashes : live->instrument_hashes;
    const uint64_t kind = (uint64_t)entry->price.decimals << 32 | (uint64_t)entry->seen << 16 |
                          (uint64_t)entry->isolated << 8 | entry->list;

    return (item_words){
        name_of(live->accounts[entry->account].name_hash, names[entry->index], kind),
        {(uint64_t)entry->quantity, (uint64_t)entry->price.digits,
         entry->list == LIQ_LIVE_ORDERS ? entry->reference : (uint64_t)entry->isolated_margin}};
}

static inline item_words price_words(uint64_t name, liq_decimal price, uint64_t kind)
{
    return (item_words){name_of(name, 0, kind),
                        {(uint64_t)price.digits, (uint64_t)price.decimals, 0}};
}

static inline item_words level_words(const liq_live_book *live, const liq_depth_level *level)
{
    return (item_words){
        name_of(live->instrument_hashes[level->instrument_index], level->is_bid, ITEM_LEVEL),
        {(uint64_t)level->quantity_lots, (uint64_t)level->price.digits,
         (uint64_t)level->price.decimals}};
}

/* Names are mixed already, so a sum keeps them apart as well as chance can. */
static inline uint64_t name_of(uint64_t name, uint64_t of, uint64_t kind)
{
    return name * NAME_FACTOR + of * OF_FACTOR + kind * KIND_FACTOR;
}

/* Two full products, and two ways to fold what comes of them. */
static inline void add(uint64_t sums[2], item_words item, liq_live_sense sense)
{
    const liq_uint128 left =
        (liq_uint128)(item.name ^ 0x082efa98ec4e6c89u) * (item.values[0] ^ 0x452821e638d01377u);
    const liq_uint128 right = (liq_uint128)(item.values[1] ^ 0xbe5466cf34e90c6cu) *
                              (item.values[2] ^ 0xc0ac29b7c97c50ddu);
    const uint64_t low = (uint64_t)left ^ (uint64_t)(right >> 64);
    const uint64_t high = (uint64_t)(left >> 64) ^ (uint64_t)right;
    const uint64_t one = fold(low ^ 0x3f84d5b5b5470917u, high ^ 0x9216d5d98979fb1bu);
    const uint64_t two = fold(low + 0xd1310ba698dfb5acu, high + 0x2ffd72dbd01adfb7u);
    const uint64_t sign = sense == LIQ_LIVE_COMES ? 1 : UINT64_MAX;

    sums[0] += one * sign;
    sums[1] += two * sign;
}

static inline uint64_t fold(uint64_t left, uint64_t right)
{
    const liq_uint128 product = (liq_uint128)left * right;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}
