#include "base/fail.h"
#include "book/live_hash.h"
#include "book/live_internal.h"
#include "book/live_shadow.h"

/* What orders the entries of a list. */
typedef struct entry_key {
    uint64_t major;
    uint64_t minor;
} entry_key;

static entry_key key_of(const liq_live_entry *entry);
static uint32_t key_find(const liq_live_book *live, const liq_live_entry *entry, uint32_t *before);
static void entry_replace(liq_live_book *live, const liq_live_entry *entry, uint32_t old);
static void facts_put(liq_live_book *live, const liq_live_change *facts);
static uint32_t *link_of(liq_live_book *live, uint32_t account, uint32_t list, uint32_t before);
static void price_put(liq_live_book *live, liq_live_change_kind kind, uint32_t index,
                      liq_decimal price);
static void factors_put(liq_live_book *live, uint32_t instrument, liq_margin_factors factors);
static void change_undo(liq_live_book *live, const liq_live_change *change);
static void change_commit(liq_live_book *live, const liq_live_change *change);
static void entry_give_back(liq_live_book *live, uint32_t entry);
static void lists_free(liq_live_book *live, uint32_t account);
static void account_give_back(liq_live_book *live, uint32_t account);
static uint32_t *bucket_of(const liq_live_book *live, uint64_t name_hash);
static void bucket_remove(liq_live_book *live, uint32_t account);
static uint32_t *holders_of(liq_live_book *live, const liq_live_entry *entry);
static void holder_remove(liq_live_book *live, uint32_t entry);
static void entry_see(liq_live_book *live, uint32_t entry, liq_live_sense sense);
static void lists_see(liq_live_book *live, uint32_t account, liq_live_sense sense);

liq_status liq_live_entry_set(liq_live_book *live, const liq_live_entry *entry, bool ends,
                              liq_error *err)
{
    static const char *const names[LIQ_LIVE_LISTS] = {"balance", "position", "order"};
    uint32_t before;
    const uint32_t old = key_find(live, entry, &before);

    if (ends && old == LIQ_NO_INDEX)
        return liq_fail(err, LIQ_NOT_FOUND, 0, "account \"%s\" has no such %s",
                        live->accounts[entry->account].id, names[entry->list]);
    return liq_live_entry_put(live, entry, ends, old, before, err);
}

liq_status liq_live_entry_put(liq_live_book *live, const liq_live_entry *entry, bool ends,
                              uint32_t old, uint32_t before, liq_error *err)
{
    uint32_t taken;

    if (!ends && old == LIQ_NO_INDEX && live->entry_count == live->limits.entries_max)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "there are %u balances, positions and orders already, the limit",
                        live->limits.entries_max);
    if (!ends && old != LIQ_NO_INDEX) {
        entry_replace(live, entry, old);
        return LIQ_OK;
    }
    if (old != LIQ_NO_INDEX) {
        *link_of(live, entry->account, entry->list, before) = live->entries[old].next;
        live->accounts[entry->account].entry_count--;
        live->entry_count--;
        entry_see(live, old, LIQ_LIVE_GOES);
        liq_live_change_note(live, (liq_live_change){.kind = LIQ_LIVE_UNLINKED,
                                                     .account = entry->account,
                                                     .entry = old,
                                                     .before = before});
    }
    if (ends)
        return LIQ_OK;
    taken = liq_live_entry_take(live, entry, before);
    live->entries[taken].seen = 0;
    entry_see(live, taken, LIQ_LIVE_COMES);
    liq_live_change_note(live, (liq_live_change){.kind = LIQ_LIVE_LINKED,
                                                 .account = entry->account,
                                                 .entry = taken,
                                                 .before = before});
    return LIQ_OK;
}

/* In its place: neither its list nor the holders of its instrument are touched, which lie elsewhere
 * in memory. */
static void entry_replace(liq_live_book *live, const liq_live_entry *entry, uint32_t old)
{
    const liq_live_entry *was = &live->entries[old];
    const liq_live_change change = {.kind = LIQ_LIVE_REPLACED,
                                    .account = entry->account,
                                    .entry = old,
                                    .price = was->price,
                                    .lots = was->quantity,
                                    .value = was->value,
                                    .margin = was->isolated_margin};
    const liq_live_change facts = {.entry = old,
                                   .price = entry->price,
                                   .lots = entry->quantity,
                                   .value = entry->value,
                                   .margin = entry->isolated_margin};

    facts_put(live, &facts);
    liq_live_change_note(live, change);
}

static void facts_put(liq_live_book *live, const liq_live_change *facts)
{
    liq_live_entry *entry = &live->entries[facts->entry];

    entry_see(live, facts->entry, LIQ_LIVE_GOES);
    entry->price = facts->price;
    entry->quantity = facts->lots;
    entry->value = facts->value;
    entry->isolated_margin = facts->margin;
    entry_see(live, facts->entry, LIQ_LIVE_COMES);
}

uint32_t liq_live_entry_find(const liq_live_book *live, const liq_live_entry *like)
{
    uint32_t before;

    return key_find(live, like, &before);
}

uint32_t liq_live_entry_take(liq_live_book *live, const liq_live_entry *entry, uint32_t before)
{
    uint32_t *link = link_of(live, entry->account, entry->list, before);
    const uint32_t taken = live->entry_free;

    /* The limit leaves room for one entry of every event of a batch. */
    LIQ_ASSERT(taken != LIQ_NO_INDEX);
    live->entry_free = live->entries[taken].next;
    live->entries[taken] = *entry;
    live->entries[taken].next = *link;
    live->entries[taken].holder_before = LIQ_NO_INDEX;
    live->entries[taken].holder_after = LIQ_NO_INDEX;
    *link = taken;
    live->accounts[entry->account].entry_count++;
    live->entry_count++;
    return taken;
}

liq_status liq_live_account_add(liq_live_book *live, liq_text id, uint8_t mode, bool adl_exempt,
                                liq_error *err)
{
    uint32_t added;

    if (live->account_count == live->limits.accounts_max)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "there are %u accounts already, the limit",
                        live->limits.accounts_max);
    added = liq_live_account_take(live, id, mode);
    live->accounts[added].adl_exempt = adl_exempt;
    liq_live_hash_account(live, added, LIQ_LIVE_COMES);
    liq_live_change_note(live, (liq_live_change){.kind = LIQ_LIVE_ADDED, .account = added});
    return LIQ_OK;
}

uint32_t liq_live_account_take(liq_live_book *live, liq_text id, uint8_t mode)
{
    const uint64_t name_hash = liq_live_hash_name(id);
    uint32_t *bucket = bucket_of(live, name_hash);
    const uint32_t taken = live->account_free;
    liq_live_account *account = &live->accounts[taken];

    LIQ_ASSERT(taken != LIQ_NO_INDEX && id.bytes <= LIQ_NAME_BYTES_MAX);
    live->account_free = account->hash_next;
    account->hash_next = *bucket;
    live->born_last += live->born_last == UINT32_MAX ? 2 : 1;
    account->born = live->born_last;
    *bucket = taken;
    live->in_order[taken] = false;
    account->name_hash = name_hash;
    account->group = LIQ_NO_INDEX;
    account->adl_exempt = false;
    account->mode = mode;
    account->alive = true;
    account->seen = 0;
    account->entry_count = 0;
    account->batch_checked = 0;
    for (uint32_t i = 0; i < LIQ_LIVE_LISTS; i++)
        account->first[i] = LIQ_NO_INDEX;
    for (size_t i = 0; i < id.bytes; i++)
        account->id[i] = id.data[i];
    account->id[id.bytes] = '\0';
    live->account_count++;
    return taken;
}

void liq_live_account_remove(liq_live_book *live, uint32_t account)
{
    liq_live_hash_account(live, account, LIQ_LIVE_GOES);
    lists_see(live, account, LIQ_LIVE_GOES);
    bucket_remove(live, account);
    live->accounts[account].alive = false;
    live->account_count--;
    live->entry_count -= live->accounts[account].entry_count;
    liq_live_change_note(live, (liq_live_change){.kind = LIQ_LIVE_REMOVED, .account = account});
}

void liq_live_lists_drop(liq_live_book *live, uint32_t account)
{
    liq_live_account *held = &live->accounts[account];

    lists_see(live, account, LIQ_LIVE_GOES);
    lists_free(live, account);
    live->entry_count -= held->entry_count;
    held->entry_count = 0;
    for (uint32_t list = 0; list < LIQ_LIVE_LISTS; list++)
        held->first[list] = LIQ_NO_INDEX;
}

bool liq_live_book_find(const liq_live_book *live, liq_text id, uint32_t *account)
{
    const uint64_t name_hash = liq_live_hash_name(id);

    for (uint32_t i = *bucket_of(live, name_hash); i != LIQ_NO_INDEX;
         i = live->accounts[i].hash_next)
        if (live->accounts[i].name_hash == name_hash && liq_text_equal(id, live->accounts[i].id)) {
            *account = i;
            return true;
        }
    return false;
}

void liq_live_price_set(liq_live_book *live, liq_live_change_kind kind, uint32_t index,
                        liq_decimal price)
{
    liq_decimal *target = kind == LIQ_LIVE_MARKED ? &live->prices.instrument_marks[index]
                                                  : &live->prices.asset_indices[index];

    if (target->digits == price.digits && target->decimals == price.decimals)
        return;
    liq_live_change_note(live, (liq_live_change){.kind = kind, .entry = index, .price = *target});
    price_put(live, kind, index, price);
}

void liq_live_factors_set(liq_live_book *live, uint32_t instrument, liq_margin_factors factors)
{
    const liq_margin_factors held = live->prices.margin_factors[instrument];

    if (liq_margin_factors_equal(held, factors))
        return;
    liq_live_change_note(
        live, (liq_live_change){.kind = LIQ_LIVE_FACTORED,
                                .entry = instrument,
                                .lots = (int64_t)held.maintenance_ppm << 32 | held.initial_ppm});
    factors_put(live, instrument, factors);
}

static void price_put(liq_live_book *live, liq_live_change_kind kind, uint32_t index,
                      liq_decimal price)
{
    if (kind == LIQ_LIVE_MARKED) {
        liq_live_hash_mark(live, index, LIQ_LIVE_GOES);
        live->prices.instrument_marks[index] = price;
        liq_live_hash_mark(live, index, LIQ_LIVE_COMES);
    } else {
        liq_live_hash_index(live, index, LIQ_LIVE_GOES);
        live->prices.asset_indices[index] = price;
        liq_live_hash_index(live, index, LIQ_LIVE_COMES);
    }
}

static void factors_put(liq_live_book *live, uint32_t instrument, liq_margin_factors factors)
{
    liq_live_hash_factors(live, instrument, LIQ_LIVE_GOES);
    live->prices.margin_factors[instrument] = factors;
    liq_live_hash_factors(live, instrument, LIQ_LIVE_COMES);
}

void liq_live_change_note(liq_live_book *live, liq_live_change change)
{
    LIQ_ASSERT(live->change_count < LIQ_LIVE_STEPS_MAX * live->limits.events_max);
    live->changes[live->change_count++] = change;
}

void liq_live_changes_undo(liq_live_book *live)
{
    while (live->change_count > 0)
        change_undo(live, &live->changes[--live->change_count]);
}

void liq_live_changes_commit(liq_live_book *live)
{
    for (uint32_t i = 0; i < live->change_count; i++)
        change_commit(live, &live->changes[i]);
    live->change_count = 0;
}

void liq_live_set_add(liq_live_set *set, uint32_t index)
{
    if (set->has[index])
        return;
    set->has[index] = true;
    set->items[set->count++] = index;
}

void liq_live_account_changed(liq_live_book *live, uint32_t account)
{
    liq_live_set_add(&live->dirty, account);
    live->versions[account]++;
}

void liq_live_holder_add(liq_live_book *live, uint32_t entry)
{
    uint32_t *first = holders_of(live, &live->entries[entry]);

    live->entries[entry].holder_before = LIQ_NO_INDEX;
    live->entries[entry].holder_after = *first;
    if (*first != LIQ_NO_INDEX)
        live->entries[*first].holder_before = entry;
    *first = entry;
    live->held[live->entries[entry].list]++;
    if (live->entries[entry].list != LIQ_LIVE_BALANCES)
        live->joined[live->entries[entry].index]++;
}

/* Steps are taken back in reverse, so each finds its neighbours as it left them. */
static void change_undo(liq_live_book *live, const liq_live_change *change)
{
    liq_live_account *account = &live->accounts[change->account];
    liq_live_entry *entry = &live->entries[change->entry];

    if (change->kind == LIQ_LIVE_LINKED) {
        entry_see(live, change->entry, LIQ_LIVE_GOES);
        *link_of(live, change->account, entry->list, change->before) = entry->next;
        account->entry_count--;
        live->entry_count--;
        entry->next = live->entry_free;
        live->entry_free = change->entry;
    } else if (change->kind == LIQ_LIVE_UNLINKED) {
        *link_of(live, change->account, entry->list, change->before) = change->entry;
        account->entry_count++;
        live->entry_count++;
        entry_see(live, change->entry, LIQ_LIVE_COMES);
    } else if (change->kind == LIQ_LIVE_REPLACED) {
        facts_put(live, change);
    } else if (change->kind == LIQ_LIVE_ADDED) {
        liq_live_hash_account(live, change->account, LIQ_LIVE_GOES);
        bucket_remove(live, change->account);
        live->account_count--;
        account_give_back(live, change->account);
    } else if (change->kind == LIQ_LIVE_REMOVED) {
        uint32_t *bucket = bucket_of(live, account->name_hash);

        account->hash_next = *bucket;
        *bucket = change->account;
        account->alive = true;
        live->account_count++;
        live->entry_count += account->entry_count;
        liq_live_hash_account(live, change->account, LIQ_LIVE_COMES);
        lists_see(live, change->account, LIQ_LIVE_COMES);
    } else if (change->kind == LIQ_LIVE_MARKED || change->kind == LIQ_LIVE_INDEXED) {
        price_put(live, change->kind, change->entry, change->price);
    } else if (change->kind == LIQ_LIVE_FACTORED) {
        factors_put(live, change->entry,
                    (liq_margin_factors){(uint32_t)(change->lots >> 32), (uint32_t)change->lots});
    } else {
        liq_live_depth_undo(live, change);
    }
}

static void change_commit(liq_live_book *live, const liq_live_change *change)
{
    if (change->kind == LIQ_LIVE_MARKED) {
        liq_live_set_add(&live->moved_instruments, change->entry);
        return;
    }
    if (change->kind == LIQ_LIVE_INDEXED) {
        liq_live_set_add(&live->moved_assets, change->entry);
        return;
    }
    if (change->kind == LIQ_LIVE_FACTORED) {
        liq_live_set_add(&live->moved_factors, change->entry);
        return;
    }
    if (change->kind >= LIQ_LIVE_LEVELED) {
        liq_live_depth_commit(live, change);
        return;
    }
    liq_live_account_changed(live, change->account);
    liq_live_shadow_note(live, change->account);
    if (change->kind == LIQ_LIVE_LINKED) {
        liq_live_holder_add(live, change->entry);
    } else if (change->kind == LIQ_LIVE_UNLINKED) {
        holder_remove(live, change->entry);
        entry_give_back(live, change->entry);
    } else if (change->kind == LIQ_LIVE_REMOVED) {
        lists_free(live, change->account);
        account_give_back(live, change->account);
    }
}

static entry_key key_of(const liq_live_entry *entry)
{
    if (entry->list == LIQ_LIVE_POSITIONS)
        return (entry_key){.major = (uint64_t)entry->isolated << 33 | (uint64_t)entry->index << 1 |
                                    (entry->quantity < 0)};
    return (entry_key){.major = entry->index, .minor = entry->reference};
}

/* The entry with the same key, and the one before the place of that key. */
static uint32_t key_find(const liq_live_book *live, const liq_live_entry *entry, uint32_t *before)
{
    const entry_key key = key_of(entry);
    uint32_t i = live->accounts[entry->account].first[entry->list];

    for (*before = LIQ_NO_INDEX; i != LIQ_NO_INDEX; i = live->entries[i].next) {
        const entry_key at = key_of(&live->entries[i]);

        if (at.major > key.major || (at.major == key.major && at.minor >= key.minor))
            return at.major == key.major && at.minor == key.minor ? i : LIQ_NO_INDEX;
        *before = i;
    }
    return LIQ_NO_INDEX;
}

/* Where the index of the entry behind `before` stands. */
static uint32_t *link_of(liq_live_book *live, uint32_t account, uint32_t list, uint32_t before)
{
    return before == LIQ_NO_INDEX ? &live->accounts[account].first[list]
                                  : &live->entries[before].next;
}

static void entry_give_back(liq_live_book *live, uint32_t entry)
{
    live->entries[entry].next = live->entry_free;
    live->entry_free = entry;
}

static void lists_free(liq_live_book *live, uint32_t account)
{
    for (uint32_t list = 0; list < LIQ_LIVE_LISTS; list++)
        for (uint32_t i = live->accounts[account].first[list]; i != LIQ_NO_INDEX;) {
            const uint32_t next = live->entries[i].next;

            holder_remove(live, i);
            entry_give_back(live, i);
            i = next;
        }
}

static void account_give_back(liq_live_book *live, uint32_t account)
{
    live->accounts[account].alive = false;
    live->accounts[account].hash_next = live->account_free;
    live->account_free = account;
}

static uint32_t *bucket_of(const liq_live_book *live, uint64_t name_hash)
{
    return &live->buckets[name_hash & (live->bucket_count - 1)];
}

static void bucket_remove(liq_live_book *live, uint32_t account)
{
    uint32_t *link = bucket_of(live, live->accounts[account].name_hash);

    while (*link != account)
        link = &live->accounts[*link].hash_next;
    *link = live->accounts[account].hash_next;
}

static uint32_t *holders_of(liq_live_book *live, const liq_live_entry *entry)
{
    return entry->list == LIQ_LIVE_BALANCES ? &live->asset_holders[entry->index]
                                            : &live->instrument_holders[entry->index];
}

static void holder_remove(liq_live_book *live, uint32_t entry)
{
    const liq_live_entry *gone = &live->entries[entry];

    live->held[gone->list]--;
    if (gone->holder_before == LIQ_NO_INDEX)
        *holders_of(live, gone) = gone->holder_after;
    else
        live->entries[gone->holder_before].holder_after = gone->holder_after;
    if (gone->holder_after != LIQ_NO_INDEX)
        live->entries[gone->holder_after].holder_before = gone->holder_before;
}

/* What is summed over entries: the state hash, and what is open. */
static void entry_see(liq_live_book *live, uint32_t entry, liq_live_sense sense)
{
    liq_live_hash_entry(live, entry, sense);
    liq_live_long_lots_see(live, entry, sense == LIQ_LIVE_COMES);
}

static void lists_see(liq_live_book *live, uint32_t account, liq_live_sense sense)
{
    const uint32_t first = live->accounts[account].first[LIQ_LIVE_POSITIONS];

    liq_live_hash_lists(live, account, sense);
    for (uint32_t i = first; i != LIQ_NO_INDEX; i = live->entries[i].next)
        liq_live_long_lots_see(live, i, sense == LIQ_LIVE_COMES);
}

void liq_live_long_lots_see(liq_live_book *live, uint32_t entry, bool comes)
{
    const liq_live_entry *seen = &live->entries[entry];

    if (seen->list == LIQ_LIVE_POSITIONS && seen->quantity > 0)
        live->long_lots[seen->index] += comes ? seen->quantity : -seen->quantity;
}
