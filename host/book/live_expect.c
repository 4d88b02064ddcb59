#include "book/live_expect.h"

#include "base/ahead.h"
#include "book/live_hash.h"

/* An id is in the second line of its account. */
enum { LINE_BYTES = 64 };

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
    liq_ahead(&live->buckets[name_hash & (live->bucket_count - 1)]);
    if (told < LIQ_LIVE_AHEAD)
        return;
    account = account_of(live, ahead, told - (LIQ_LIVE_AHEAD - ACCOUNT_AHEAD));
    if (account != LIQ_NO_INDEX) {
        liq_ahead(&live->accounts[account]);
        liq_ahead((const char *)&live->accounts[account] + LINE_BYTES);
        liq_ahead(&live->dirty.has[account]);
        liq_ahead(&live->versions[account]);
    }
    account = account_of(live, ahead, told - (LIQ_LIVE_AHEAD - ENTRIES_AHEAD));
    if (account != LIQ_NO_INDEX)
        liq_live_expect_entries(live, account);
}

void liq_live_expect_entries(const liq_live_book *live, uint32_t account)
{
    for (uint32_t list = 0; list < LIQ_LIVE_LISTS; list++) {
        const uint32_t first = live->accounts[account].first[list];

        if (first == LIQ_NO_INDEX)
            continue;
        liq_ahead_read(&live->entries[first].quantity);
        liq_ahead_read(&live->entries[first].seen); /* the next line, or the same */
    }
}

/* The first of its bucket: nearly always the one that is meant. */
static uint32_t account_of(const liq_live_book *live, const liq_live_ahead *ahead, uint32_t told)
{
    return live->buckets[ahead->name_hashes[told % LIQ_LIVE_AHEAD] & (live->bucket_count - 1)];
}
