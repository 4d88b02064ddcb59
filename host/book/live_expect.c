#include "book/live_expect.h"

#include "book/live_hash.h"

/* Entries that came together lie together; further ones are left to luck. */
enum { LINE_BYTES = 64, ENTRIES_NEAR = 4 };

/* Of what comes in so many accounts the account is asked for, and of that in so many its entries:
 * by then it is there. */
enum { ACCOUNT_AHEAD = 8, ENTRIES_AHEAD = 4 };

static uint32_t account_of(const liq_live_book *live, const liq_live_ahead *ahead, uint32_t told);

void liq_live_expect(const liq_live_book *live, liq_live_ahead *ahead, const char *id)
{
    const uint32_t told = ahead->count++;
    const uint64_t name_hash = id != NULL ? liq_live_hash_name(liq_text_of(id)) : 0;
    uint32_t account;

    ahead->name_hashes[told % LIQ_LIVE_AHEAD] = name_hash;
    __builtin_prefetch(&live->buckets[name_hash & (live->bucket_count - 1)]);
    if (told < LIQ_LIVE_AHEAD)
        return;
    account = account_of(live, ahead, told - (LIQ_LIVE_AHEAD - ACCOUNT_AHEAD));
    if (account != LIQ_NO_INDEX) {
        __builtin_prefetch(&live->accounts[account]);
        __builtin_prefetch((const char *)&live->accounts[account] + LINE_BYTES);
    }
    account = account_of(live, ahead, told - (LIQ_LIVE_AHEAD - ENTRIES_AHEAD));
    if (account != LIQ_NO_INDEX)
        liq_live_expect_entries(live, account);
}

void liq_live_expect_entries(const liq_live_book *live, uint32_t account)
{
    for (uint32_t list = 0; list <= LIQ_LIVE_POSITIONS; list++) {
        const uint32_t first = live->accounts[account].first[list];
        const size_t entries = list == LIQ_LIVE_POSITIONS ? ENTRIES_NEAR : 1;
        const char *at = (const char *)&live->entries[first];

        if (first == LIQ_NO_INDEX)
            continue;
        for (size_t i = 0; i < entries * sizeof(liq_live_entry); i += LINE_BYTES)
            __builtin_prefetch(at + i);
    }
}

/* The first of its bucket: nearly always the one that is meant. */
static uint32_t account_of(const liq_live_book *live, const liq_live_ahead *ahead, uint32_t told)
{
    return live->buckets[ahead->name_hashes[told % LIQ_LIVE_AHEAD] & (live->bucket_count - 1)];
}
