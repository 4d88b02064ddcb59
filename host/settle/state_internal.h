/*
 * What the parts of a written state share. Assets and instruments are numbered in order of their
 * names, in two tables at the front; all else says these numbers.
 */
#ifndef LIQ_SETTLE_STATE_INTERNAL_H
#define LIQ_SETTLE_STATE_INTERNAL_H

#include "base/bytes.h"
#include "settle/settle_internal.h"

/* Sums may still grow by as much again. */
#define LIQ_STATE_AMOUNT_MAX ((liq_int128)1 << 126)

typedef struct liq_state_writer {
    const liq_waterfall *waterfall;
    const liq_venue *venue;
    liq_bytes_out out;
    uint32_t *asset_numbers;      /* by asset of the venue */
    uint32_t *instrument_numbers; /* by instrument; LIQ_NO_INDEX: not spoken of */
} liq_state_writer;

typedef struct liq_state_asset {
    liq_text name;  /* lent by the data */
    uint32_t index; /* in the venue; LIQ_NO_INDEX: it is gone */
    int32_t value_decimals;
} liq_state_asset;

typedef struct liq_state_instrument {
    liq_text name;
    uint32_t index; /* in the venue; LIQ_NO_INDEX: it is gone */
    uint32_t asset; /* number of its settle asset */
    bool is_same;   /* its lots and their values count as they did */
} liq_state_instrument;

/* A margin account as a state names it. */
typedef struct liq_state_row {
    liq_text account;    /* lent by the data, or by the source */
    uint32_t instrument; /* number; LIQ_NO_INDEX: the cross margin */
    uint32_t is_short;
} liq_state_row;

/* A state as it is read, until all of it is known to be good. */
typedef struct liq_state_reader {
    const liq_settle *settle;
    const liq_venue *venue;
    liq_bytes_in in;
    liq_error *err;
    liq_state_asset *assets;
    uint32_t *asset_numbers; /* by asset of the venue; LIQ_NO_INDEX: it is new */
    liq_state_instrument *instruments;
    uint32_t asset_count;
    uint32_t instrument_count;
    liq_funds funds; /* its own arrays */
    liq_int128 *changes;
    liq_row_map cooldowns;
    liq_row_map awaited;
    liq_slicer slicer;
    liq_request *requests;
    liq_report *reports;
    liq_adl_outcome *sides; /* NULL: no ADL */
    liq_brakes brakes;
    int64_t rate_ms; /* that intervals are counted in */
    int64_t move_ms; /* that stretches of marks are sixteenths of */
    size_t request_capacity;
    size_t report_capacity;
    uint32_t request_count;
    uint32_t report_count;
    uint64_t seq;
    uint64_t request_last;
    uint64_t all_actions;
    uint64_t all_touched;
    liq_settle_totals all;
} liq_state_reader;

/** The data ends too early, or a flag or a count cannot be. @return LIQ_OK or LIQ_BAD_INPUT */
LIQ_MUST_USE liq_status liq_state_check(const liq_state_reader *reader);

/** Refuse what cannot be. @param name  of the thing */
liq_status liq_state_refuse(const liq_state_reader *reader, liq_text name, const char *what);

/* Tables of names, and what the rooms have gained. */
LIQ_MUST_USE liq_status liq_state_tables_write(liq_state_writer *writer, liq_error *err);
LIQ_MUST_USE liq_status liq_state_tables_read(liq_state_reader *reader);

/** Read the number of an asset or an instrument of the tables. */
LIQ_MUST_USE liq_status liq_state_asset_get(liq_state_reader *reader, uint32_t *out);
LIQ_MUST_USE liq_status liq_state_instrument_get(liq_state_reader *reader, uint32_t *out);

/** Fine units of an asset of the state in those of the venue. @return false when they do not fit */
bool liq_state_rescale(const liq_state_reader *reader, uint32_t asset, liq_rounding rounding,
                       liq_int128 *fine);

/** An order of names for what is written: indices 0 .. count - 1 sorted, and those that are not
 * wanted left out. @param wanted  NULL: all */
LIQ_MUST_USE liq_status liq_state_order(const liq_names *names, uint32_t count, const bool *wanted,
                                        uint32_t **out, uint32_t *out_count, liq_error *err);

/* Funds, and what the venue holds. */
LIQ_MUST_USE liq_status liq_state_funds_write(liq_state_writer *writer, liq_error *err);
LIQ_MUST_USE liq_status liq_state_funds_read(liq_state_reader *reader);
LIQ_MUST_USE liq_status liq_state_inventories_write(liq_state_writer *writer, liq_error *err);
LIQ_MUST_USE liq_status liq_state_inventories_read(liq_state_reader *reader);

/** Whether there is anything to say of what the venue holds of an instrument. */
bool liq_state_inventory_is_known(const liq_waterfall *waterfall, uint32_t instrument);

/** 96 stretches of 5 minutes: those that still count, and no others. @param is_peak  the highest
 * values of what is left, else those that are not zero */
void liq_state_window_write(liq_state_writer *writer, const liq_window *window, bool is_peak);
LIQ_MUST_USE liq_status liq_state_window_read(liq_state_reader *reader, liq_text name, bool is_peak,
                                              liq_window *out);

/** Margin accounts: as the tables number them, in an order of ids (by the first member of what is
 * sorted), and back. */
liq_state_row liq_state_row_of(const liq_state_writer *writer, liq_row_name name);
int liq_state_row_compare(const void *left, const void *right);
void liq_state_row_write(liq_state_writer *writer, const liq_state_row *row);
liq_state_row liq_state_row_read(liq_state_reader *reader);

/** Whether a row can be, and comes behind the one before it (no account: it is the first). */
bool liq_state_row_follows(const liq_state_reader *reader, const liq_state_row *row,
                           const liq_state_row *before);

/** The row in the live book. @return false: the account or the instrument is gone */
bool liq_state_row_find(const liq_state_reader *reader, const liq_state_row *row,
                        liq_row_name *out);

/* Margin accounts that are closed by degrees, and moves of marks. */
LIQ_MUST_USE liq_status liq_state_slices_write(liq_state_writer *writer, liq_error *err);
LIQ_MUST_USE liq_status liq_state_slices_read(liq_state_reader *reader);

/* Cool-downs, requests with fills, and what ADL did with sides. */
LIQ_MUST_USE liq_status liq_state_cooldowns_write(liq_state_writer *writer, liq_error *err);
LIQ_MUST_USE liq_status liq_state_cooldowns_read(liq_state_reader *reader);
void liq_state_requests_write(liq_state_writer *writer);
LIQ_MUST_USE liq_status liq_state_requests_read(liq_state_reader *reader);
LIQ_MUST_USE liq_status liq_state_sides_write(liq_state_writer *writer, liq_error *err);
LIQ_MUST_USE liq_status liq_state_sides_read(liq_state_reader *reader);

/* What is left of intervals, and breakers. */
LIQ_MUST_USE liq_status liq_state_brakes_write(liq_state_writer *writer, liq_error *err);
LIQ_MUST_USE liq_status liq_state_brakes_read(liq_state_reader *reader);

#endif
