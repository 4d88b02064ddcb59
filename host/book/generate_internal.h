/*
 * The parts of a book being generated, in the order in which generate.c calls them.
 */
#ifndef LIQ_BOOK_GENERATE_INTERNAL_H
#define LIQ_BOOK_GENERATE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "book/generate.h"
#include "book/generate_file.h"
#include "book/generate_random.h"
#include "book/market.h"

enum { LIQ_GENERATE_NAME_BYTES_MAX = 100, LIQ_GENERATE_CASH_DECIMALS = 8 };

/* A price as a count of ticks: ticks x 10^-decimals. */
typedef struct liq_generate_price {
    int64_t ticks;
    int32_t decimals;
} liq_generate_price;

/* A tier table and whose it is. */
typedef struct liq_generate_table {
    char symbol[LIQ_NAME_BYTES_MAX + 1];
    char base[LIQ_NAME_BYTES_MAX + 1];
    char settle[LIQ_NAME_BYTES_MAX + 1];
    liq_instrument_kind kind;
    uint32_t tier_first;
    uint32_t tier_count;
} liq_generate_table;

typedef struct liq_generate_tables {
    char margin_currency[LIQ_NAME_BYTES_MAX + 1];
    liq_generate_table *tables;
    liq_tier *tiers;
    uint32_t table_count;
    uint32_t tier_count;
} liq_generate_tables;

/* An instrument of the book; its place is its popularity. */
typedef struct liq_generate_instrument {
    char symbol[LIQ_NAME_BYTES_MAX + 1];
    char base[LIQ_NAME_BYTES_MAX + 1];
    uint32_t table;
    uint32_t asset; /* it settles in */
    liq_instrument_kind kind;
    bool converted; /* inverse, by a table in money: its floors become coins */
    liq_generate_price mark;
    int32_t lot_decimals; /* a lot is 10^-this; below zero: ten and more */
    int32_t multiplier;
    uint32_t index; /* in the venue as it is loaded */
    uint32_t symbol_bytes;
    uint64_t million_cash; /* cash units that a million lots are worth at the mark */
} liq_generate_instrument;

typedef struct liq_generate_asset {
    char name[LIQ_NAME_BYTES_MAX + 1];
    liq_generate_price price;
    int32_t value_decimals; /* of lot values; 0: the loader's default */
    bool stable;            /* worth about one unit of the margin currency */
    uint32_t index;         /* in the venue as it is loaded */
} liq_generate_asset;

typedef struct liq_generate_venue {
    liq_generate_tables source;
    liq_generate_instrument *instruments;
    liq_generate_asset *assets;                       /* the margin currency first */
    uint32_t collateral[LIQ_GENERATE_COLLATERAL_MAX]; /* assets that accounts hold */
    uint32_t instrument_count;
    uint32_t asset_count;
    uint32_t collateral_count;
} liq_generate_venue;

/* Members of a cell: the last one takes what is left of a division by the smaller number. */
enum { LIQ_CELL_MEMBERS = 8, LIQ_CELL_MEMBERS_MAX = 15 };

/*
 * A cell: accounts of about one size that hold each other's opposite sides, so that long and short
 * are equal whatever the sizes are.
 */
typedef struct liq_generate_cell {
    uint64_t key;
    uint64_t notional_cash; /* of a member */
    uint64_t weight_sum;    /* of its instruments */
    uint32_t members;
    uint32_t list_count; /* instruments in liq_generate_plan.list */
} liq_generate_cell;

/* A position of the account being written. */
typedef struct liq_generate_leg {
    uint32_t instrument; /* of liq_generate_venue */
    bool isolated;
    int64_t lots; /* signed */
    liq_generate_price entry;
    int64_t value; /* of a lot at the entry, fine units */
    int64_t isolated_margin;
} liq_generate_leg;

typedef struct liq_generate_files {
    liq_generate_file accounts;
    liq_generate_file balances;
    liq_generate_file positions;
    liq_generate_file orders;
    liq_generate_file depth;
} liq_generate_files;

typedef struct liq_generate_plan {
    liq_generate_options options;
    liq_generate_venue venue;
    liq_book *book; /* the same venue at its marks, without accounts: what the margin rule reads */
    liq_market market;
    uint32_t *instrument_of;  /* by index in the loaded venue: of liq_generate_venue */
    uint64_t *popularity_sum; /* of the instruments before each, the first one left out */
    uint64_t *marked;         /* a bit for each instrument, clear between uses */
    uint32_t *list;           /* the cell's instruments, by index in the loaded venue, rising */
    liq_generate_leg *legs;   /* two for each instrument */
    uint32_t list_used;
    uint32_t leg_count;
    int32_t id_digits;
    uint32_t cell_count;
    uint32_t list_scale_milli; /* of the lengths of lists, so that the average comes out */
    bool everybody_holds;      /* what is on the list of its cell, so that averages near all there
                                  is can be met */
    uint32_t warning_ppm;      /* maintenance over equity at which the venue warns */
    uint32_t liquidate_ppm;    /* and at which it liquidates */
    liq_generate_files files;
    liq_generate_counts counts;
} liq_generate_plan;

/** Tables from a file, or those that are typed in. @param scratch  a path that may be written */
LIQ_MUST_USE liq_status liq_generate_tables_load(liq_generate_tables *out, const char *path,
                                                 const char *scratch, liq_error *err);
void liq_generate_tables_clear(liq_generate_tables *tables);

/** The typed-in facts of an asset, or facts made from its name. */
liq_generate_price liq_generate_price_of(const char *name, int32_t *lot_decimals);

/** Choose instruments and assets. The source tables must be there. */
LIQ_MUST_USE liq_status liq_generate_venue_make(liq_generate_venue *venue,
                                                const liq_generate_options *options,
                                                liq_error *err);
void liq_generate_venue_clear(liq_generate_venue *venue);

/** Write venue.json and marks.csv. */
LIQ_MUST_USE liq_status liq_generate_venue_write(const liq_generate_venue *venue,
                                                 const liq_generate_options *options,
                                                 const char *directory, uint64_t *bytes,
                                                 liq_error *err);

/** Take the memory of a plan and read its venue and marks back from the directory. */
LIQ_MUST_USE liq_status liq_generate_plan_load(liq_generate_plan *plan, const char *directory,
                                               liq_error *err);
void liq_generate_plan_clear(liq_generate_plan *plan);

/** Find the scale of the lists of instruments for the number of positions asked for. */
void liq_generate_cells_calibrate(liq_generate_plan *plan);

/** The cell and the member that an account is. */
liq_generate_cell liq_generate_cell_of(liq_generate_plan *plan, uint32_t account, uint32_t *member);

/** Signed lots that a member holds of an instrument of its cell's list; 0: none. */
int64_t liq_generate_cell_lots(const liq_generate_plan *plan, const liq_generate_cell *cell,
                               uint32_t instrument, uint32_t member);

/** Write one account to the files. */
void liq_generate_account(liq_generate_plan *plan, uint32_t account);

/** Write the account that holds both sides of many instruments. */
void liq_generate_widest(liq_generate_plan *plan);

/** Write the levels of all instruments. */
void liq_generate_depth(liq_generate_plan *plan);

#endif
