/*
 * What the parts of the live book share.
 */
#ifndef LIQ_BOOK_LIVE_INTERNAL_H
#define LIQ_BOOK_LIVE_INTERNAL_H

#include "book/live_book.h"

typedef enum liq_live_change_kind {
    LIQ_LIVE_LINKED,   /* entry came into the list of account, behind before */
    LIQ_LIVE_UNLINKED, /* entry left it */
    LIQ_LIVE_REPLACED, /* entry had price, lots, value and margin, and stays where it is */
    LIQ_LIVE_ADDED,    /* account */
    LIQ_LIVE_REMOVED,  /* account, with all it holds */
    LIQ_LIVE_MARKED,   /* instrument `entry` had price */
    LIQ_LIVE_INDEXED,  /* asset `entry` had price */
    LIQ_LIVE_FACTORED, /* instrument `entry` had the factors packed in lots */
    LIQ_LIVE_LEVELED,  /* side `entry` of the depth had lots at price */
    LIQ_LIVE_CLEARED,  /* side `entry` of the depth began at level `before` */
    LIQ_LIVE_SEEN_AT   /* depth of instrument `entry` was seen at price */
} liq_live_change_kind;

/* The most that an event takes. */
enum { LIQ_LIVE_STEPS_MAX = 3 };

/* One step of a batch, with what is needed to take it back. */
struct liq_live_change {
    liq_live_change_kind kind;
    uint32_t account;
    uint32_t entry;
    uint32_t before; /* LIQ_NO_INDEX: the head of the list */
    liq_decimal price;
    int64_t lots;
    int64_t value;
    int64_t margin;
};

/** Note a step that was taken. */
void liq_live_change_note(liq_live_book *live, liq_live_change change);

/** Read an event and take its steps. @param err  filled without the place of the event */
LIQ_MUST_USE liq_status liq_live_event_apply(liq_live_book *live, const liq_live_event *event,
                                             liq_error *err);

/** Take over prices: the change is noted unless the price is what it was. */
void liq_live_price_set(liq_live_book *live, liq_live_change_kind kind, uint32_t index,
                        liq_decimal price);

/** The same of factors on margin rates, which must fit. */
void liq_live_factors_set(liq_live_book *live, uint32_t instrument, liq_margin_factors factors);

/** The entry with the key of another one, or LIQ_NO_INDEX. */
uint32_t liq_live_entry_find(const liq_live_book *live, const liq_live_entry *like);

/**
 * Make an account hold an entry in place of the one with the same key, or end that one.
 * @param ends  true: entry only says which one
 * @return LIQ_OK, LIQ_NOT_FOUND (nothing to end), LIQ_OUT_OF_RANGE (no room for more)
 */
LIQ_MUST_USE liq_status liq_live_entry_set(liq_live_book *live, const liq_live_entry *entry,
                                           bool ends, liq_error *err);

/** The same for who knows the place: the entry that it replaces (LIQ_NO_INDEX: none), and the one
 * before that in its list. Behind that one lies the new one afterwards. */
LIQ_MUST_USE liq_status liq_live_entry_put(liq_live_book *live, const liq_live_entry *entry,
                                           bool ends, uint32_t old, uint32_t before,
                                           liq_error *err);

LIQ_MUST_USE liq_status liq_live_account_add(liq_live_book *live, liq_text id, uint8_t mode,
                                             bool adl_exempt, liq_error *err);
void liq_live_account_remove(liq_live_book *live, uint32_t account);

/** Take back all steps noted. */
void liq_live_changes_undo(liq_live_book *live);

/** Make all steps noted final. */
void liq_live_changes_commit(liq_live_book *live);

/** Hold an entry in a list of its account, and without a note: for loading. @param before  as in
 * liq_live_change */
uint32_t liq_live_entry_take(liq_live_book *live, const liq_live_entry *entry, uint32_t before);
void liq_live_holder_add(liq_live_book *live, uint32_t entry);

/** What an account holds, or what it is, has changed: for good. */
void liq_live_account_changed(liq_live_book *live, uint32_t account);

/** An entry comes into the sum of long positions, or goes. */
void liq_live_long_lots_see(liq_live_book *live, uint32_t entry, bool comes);
uint32_t liq_live_account_take(liq_live_book *live, liq_text id, uint8_t mode);

/** Take over an account of a loaded book: for loading. */
LIQ_MUST_USE liq_status liq_live_account_load(liq_live_book *live, const liq_book *book,
                                              uint32_t account_index, liq_error *err);

/** An account holds nothing any more, without a note: for restoring. */
void liq_live_lists_drop(liq_live_book *live, uint32_t account);

/** Take over the depth of a loaded book. */
LIQ_MUST_USE liq_status liq_live_depth_load(liq_live_book *live, const liq_book *book,
                                            liq_error *err);
void liq_live_depth_free(liq_live_book *live);

/** Depth is again that of the loaded book that the live book was made of, without a note. */
void liq_live_depth_restore(liq_live_book *live, const liq_book *book);

/** An instrument has no levels from now on. */
void liq_live_depth_clear(liq_live_book *live, uint32_t instrument);

/**
 * Set a level, noted unless it is so already; its instrument's depth is then seen at the mark that
 * it has.
 * @param level  of no lots: there is none at its price
 * @return LIQ_OK, LIQ_OUT_OF_RANGE (too many levels), LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_live_level_set(liq_live_book *live, const liq_depth_level *level,
                                           liq_error *err);

/** Take back a step on the depth, or make it final. */
void liq_live_depth_undo(liq_live_book *live, const liq_live_change *change);
void liq_live_depth_commit(liq_live_book *live, const liq_live_change *change);
/** Room to put together the rows of an account of so many entries. */
LIQ_MUST_USE liq_status liq_live_scratch_room(liq_live_scratch *scratch, uint64_t entries,
                                              liq_error *err);
void liq_live_scratch_clear(liq_live_scratch *scratch);

/** The rows of an account, checked against the limits of the margin rule. */
LIQ_MUST_USE liq_status liq_live_rows_write(liq_live_book *live, uint32_t account, liq_error *err);

#endif
