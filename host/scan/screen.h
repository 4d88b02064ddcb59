/*
 * The screen over all margin accounts of a book: packed rows on a device, or on the host where
 * there is none, and for each the reach that was told at the last full pass.
 *
 * A full pass (liq_screen_run) makes its market the base. At any later market every value of which
 * is within a row's reach of the base, the row is ok: nobody needs to look at it.
 */
#ifndef LIQ_SCAN_SCREEN_H
#define LIQ_SCAN_SCREEN_H

#include "device/device.h"
#include "scan/screen_form.h"

typedef struct liq_screen liq_screen;

/* What a pass over all slots said of each. */
typedef struct liq_screen_codes {
    const uint8_t *codes;      /* as liq_screen_code tells */
    const uint32_t *slot_rows; /* the row of each slot; nobody's: at least the row capacity */
    uint32_t slot_count;
} liq_screen_codes;

/* What a list of slots was told, in its order. */
typedef struct liq_screen_verdicts {
    const float *reaches;
    const uint8_t *statuses;
} liq_screen_verdicts;

/** What a pass cost. */
typedef struct liq_screen_cost {
    uint64_t kernel_ns; /* by the device's clock; 0 on the host */
    uint64_t bytes;     /* read and written, cells not counted */
} liq_screen_cost;

/**
 * @param device          lent as long as the screen lives; NULL: passes run on the host, on all its
 * processors
 * @param market          for the sizes of its tables and what prices do not change
 * @param venue           of the market
 * @param row_capacity    rows have the numbers below it
 * @param entry_capacity  of packed rows, each rounded up by liq_screen_slots_length
 * @return LIQ_OK; LIQ_UNSUPPORTED (the venue has more tiers, assets and instruments than 16 bits
 * count), LIQ_OUT_OF_RANGE (past what one allocation of the device holds), LIQ_DEVICE_FAULT,
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_screen_create(liq_screen **out, liq_device *device,
                                          const liq_market *market, const liq_venue *venue,
                                          uint32_t row_capacity, uint64_t entry_capacity,
                                          liq_error *err);

/** Takes NULL. */
void liq_screen_destroy(liq_screen *screen);

/** A row is now: it has no reach before the next pass. It takes no memory: when there is no room
 * the row stays in doubt. @param market  as last given to liq_screen_move or liq_screen_create */
void liq_screen_put(liq_screen *screen, uint32_t row, const liq_market *market,
                    const liq_rows *rows, uint32_t row_index);

/** A row is gone. Takes one that is not there. */
void liq_screen_drop(liq_screen *screen, uint32_t row);

/** Go to a market. @return the largest share by which a value moved from the base, see
 * liq_screen_cells_move */
float liq_screen_move(liq_screen *screen, const liq_market *market);

/** The code that a pass over all would tell of one row at the present market. */
uint32_t liq_screen_tell(liq_screen *screen, uint32_t row);

/** By value, signed: by which share of the base it had moved at the last liq_screen_move, if that
 * was less than LIQ_SCREEN_HORIZON. Lent. */
const float *liq_screen_shares(const liq_screen *screen);

/** A slot at the present market, as shares of the base. @return as liq_screen_form_read */
bool liq_screen_slot_form(const liq_screen *screen, uint32_t slot, liq_screen_form *out);

/** The levels at the present market. */
liq_screen_terms liq_screen_levels(const liq_screen *screen);

/** Screen one row on the host at the present market, from which its reach then counts. */
liq_screen_verdict liq_screen_check(const liq_screen *screen, uint32_t row);

/**
 * Screen all rows at the present market and make it the base.
 * @param cost  NULL allowed
 */
LIQ_MUST_USE liq_status liq_screen_run(liq_screen *screen, liq_screen_cost *cost, liq_error *err);

/** Codes of the last pass; lent until the next pass. */
liq_screen_codes liq_screen_last(const liq_screen *screen);

/**
 * Screen some slots at the present market, which does not become the base.
 * @param slots  count of them, at most the slot capacity
 * @param out    their verdicts, in the order of the list; lent until the next call that is not
 * const
 * @return LIQ_OK or LIQ_DEVICE_FAULT
 */
LIQ_MUST_USE liq_status liq_screen_run_list(liq_screen *screen, const uint32_t *slots,
                                            uint32_t count, liq_screen_verdicts *out,
                                            liq_error *err);

/** From now on every list goes to the device, if there is one: for tests, which have short lists
 * and a device that is the host. */
void liq_screen_list_on_device(liq_screen *screen);

/** The slot of a row; LIQ_NO_INDEX: it has none, and is in doubt at every market. */
uint32_t liq_screen_slot(const liq_screen *screen, uint32_t row);

/** A row will be put soon, and sooner one that has a slot: a hint.  slot  or LIQ_NO_INDEX */
void liq_screen_expect(const liq_screen *screen, uint32_t row, uint32_t slot);

/** Slots have the numbers below it. */
uint32_t liq_screen_slot_capacity(const liq_screen *screen);

#endif
