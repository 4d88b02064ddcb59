/*
 * Scores as people and programs read them.
 */
#ifndef LIQ_SCAN_SCORE_TEXT_H
#define LIQ_SCAN_SCORE_TEXT_H

#include <stdint.h>

#include <liqscan/adl.h>

/**
 * Write a key of kernels/liq_adl.h as a plain decimal of 15 significant digits, rounded to the
 * nearest, zeros at the end of the fraction cut; "" for a position without a score. Keys that
 * differ by less than that have the same text: the order is that of the keys.
 */
void liq_score_write(char out[LIQ_ADL_SCORE_BYTES], int64_t key);

#endif
