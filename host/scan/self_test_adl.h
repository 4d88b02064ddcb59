/*
 * The part of the self-test that is about auto-deleveraging: scores by every rule, in a pass of
 * their own and in one with the rows, and lights.
 */
#ifndef LIQ_SCAN_SELF_TEST_ADL_H
#define LIQ_SCAN_SELF_TEST_ADL_H

#include "scan/device_scan.h"
#include "scan/self_test_book.h"

/**
 * @param scan     of the rows of the book, run at its market
 * @param results  of all rows
 * @return LIQ_OK, LIQ_SELF_TEST (the message says what was wrong), or what the device room returns
 */
LIQ_MUST_USE liq_status liq_self_test_adl(liq_device_scan *scan, const liq_self_test_book *book,
                                          const liq_row_record *results, liq_error *err);

#endif
