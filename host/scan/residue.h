/*
 * Where multiples of a number fall modulo another: which sizes round well.
 */
#ifndef LIQ_SCAN_RESIDUE_H
#define LIQ_SCAN_RESIDUE_H

#include <stdbool.h>
#include <stdint.h>

/* Residues low .. high of step x t modulo a modulus. */
typedef struct liq_residues {
    uint64_t step;    /* below modulus */
    uint64_t modulus; /* 1 .. 10^12 */
    uint64_t low;
    uint64_t high; /* below modulus */
} liq_residues;

/**
 * Find the least t from a start on for which step x t has such a residue.
 * @return false when there is none (always when low is above high) or it is past 2^63 - 1
 */
bool liq_residue_first(int64_t *out, liq_residues wanted, int64_t from);

#endif
