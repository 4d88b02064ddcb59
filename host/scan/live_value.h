/*
 * What a tick of a live book is made of: which rows it has to value, and how they are valued,
 * counted and put in order. Internal to the live book.
 */
#ifndef LIQ_SCAN_LIVE_VALUE_H
#define LIQ_SCAN_LIVE_VALUE_H

#include "scan/live_scan.h"

/** Gather every row there is, but those that were just valued. */
void liq_live_gather_all(liq_live *live);

/** Gather every row that holds an instrument whose mark or factors moved, or uses an asset whose
 * index did: by a balance, or by what settles in it. */
void liq_live_gather_moved(liq_live *live);

/** Have the levels look at whoever holds an instrument whose factors moved. */
void liq_live_doubt_factors(liq_live *live);

/** Value what was gathered. */
void liq_live_value_gathered(liq_live *live);

/** Value what the levels do not prove, and take over what they prove. @return LIQ_DEVICE_FAULT */
liq_status liq_live_value_levels(liq_live *live, liq_error *err);

/** Value a row. */
void liq_live_value_row(liq_live *live, uint32_t row);

/** Count a row among all, and take it out again, as its result is. */
void liq_live_count_in(liq_live *live, uint32_t row);
void liq_live_count_out(liq_live *live, uint32_t row);

/** The order of listed rows, as liq_row_order_create takes it: flagged ones before unvalued ones.
 * @param context  the live book */
int liq_live_compare(const void *context, uint32_t left, uint32_t right);
uint64_t liq_live_sort_key(const void *context, uint32_t row);

/** All but its time. */
void liq_live_summary_fill(const liq_live *live, liq_live_summary *summary);

#endif
