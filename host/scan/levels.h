/*
 * Work avoided, soundly: which rows the margin rule must look at after prices moved, in levels.
 * Skip: rows whose reach is past what any value moved by since the base market are not touched
 * (watch.h). Screen: the others are screened (screen.h), and so are all when values went too far
 * from the base, or when screening the near ones has cost as much as that would. Lines: of near
 * rows that were screened before most are proven by one sum (near_lines.h), and only the others are
 * screened again. What is left is for the margin rule: rows in doubt, rows to liquidate, rows that
 * have no value, and rows whose status is another than was told.
 *
 * So after each of these was valued the status of every row is known, and every row past reduce
 * only has been valued at the present market.
 */
#ifndef LIQ_SCAN_LEVELS_H
#define LIQ_SCAN_LEVELS_H

#include "scan/near_lines.h"
#include "scan/screen.h"
#include "scan/watch.h"

/* A row's status, proven by the screen. */
typedef struct liq_levels_news {
    uint32_t row;
    uint32_t status; /* LIQ_ROW_OK, LIQ_ROW_WARNING or LIQ_ROW_REDUCE_ONLY */
} liq_levels_news;

typedef struct liq_levels {
    liq_screen *screen;
    liq_watch watch;
    liq_lines lines; /* of slots that are in no bucket of the watch */
    uint8_t *told;   /* by slot: the status that the caller knows */
    uint32_t *list;  /* slots to screen */
    uint32_t *rows;  /* to value */
    liq_levels_news *news;
    uint32_t *strays;       /* rows without a slot */
    uint32_t *stray_places; /* by row: where it stands in strays; LIQ_NO_INDEX: nowhere */
    uint32_t stray_count;
    uint64_t listed_count; /* since the base, slots that were screened one by one */
    float move;            /* from the base to the present market */
    bool has_base;
} liq_levels;

/* What there is to do at a market, and what it took to tell. */
typedef struct liq_levels_work {
    const uint32_t *rows;        /* to value, each once, in no order */
    const liq_levels_news *news; /* of rows whose status is another than was told */
    uint32_t row_count;
    uint32_t news_count;
    uint64_t screened; /* rows; those told by a line not counted */
} liq_levels_work;

/** As liq_screen_create. @param out  zeroed; cleared again on failure */
LIQ_MUST_USE liq_status liq_levels_create(liq_levels *out, liq_device *device,
                                          const liq_market *market, const liq_venue *venue,
                                          uint32_t row_capacity, uint64_t entry_capacity,
                                          liq_error *err);

/** Takes a zeroed or filled one. */
void liq_levels_clear(liq_levels *levels);

/** Go to a market: before rows are put and before rows are listed. */
void liq_levels_move(liq_levels *levels, const liq_market *market);

/** A row is now, and will be told. @param market  the present one */
void liq_levels_put(liq_levels *levels, uint32_t row, const liq_market *market,
                    const liq_rows *rows, uint32_t row_index);

/** Two rows will be put soon, one later than the other: a hint. */
void liq_levels_expect(const liq_levels *levels, uint32_t far, uint32_t near);

/** A row is gone. Takes one that is not there. */
void liq_levels_drop(liq_levels *levels, uint32_t row);

/** What a row owes follows another rule than at the base: it is screened until that proves
 * something, whatever its reach was. Takes one that is not there. */
void liq_levels_doubt(liq_levels *levels, uint32_t row);

/** A row was valued. @param status  LIQ_ROW_* */
void liq_levels_tell(liq_levels *levels, uint32_t row, uint32_t status);

/** The same by several threads for different rows, where all there is to it is that it is told: its
 * slot is among the nearest anyway, as nearly always of a row that was listed. @return whether it
 * is told; else liq_levels_tell is due */
bool liq_levels_tell_near(liq_levels *levels, uint32_t row, uint32_t status);

/** A row of the list will be told soon, and one sooner: a hint. */
void liq_levels_expect_listed(const liq_levels *levels, uint32_t far, uint32_t near);

/**
 * Tell what there is to do at the present market. News count as told.
 * @param work  filled, lent until the next call that is not const
 * @return LIQ_OK or LIQ_DEVICE_FAULT
 */
LIQ_MUST_USE liq_status liq_levels_list(liq_levels *levels, liq_levels_work *work, liq_error *err);

#endif
