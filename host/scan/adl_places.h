/*
 * Where the positions of one account stand in the queues of their sides: scores of all who stand
 * there, but nothing is sorted.
 */
#ifndef LIQ_SCAN_ADL_PLACES_H
#define LIQ_SCAN_ADL_PLACES_H

#include <stdint.h>

#include <liqscan/status.h>

#include "book/market.h"

typedef struct liq_adl_place {
    int64_t score;
    uint64_t rank;     /* from 1, 0: none */
    uint32_t light;    /* 0: none */
    uint32_t standing; /* liq_adl_standing */
} liq_adl_place;

/**
 * @param out  receives a place for each position of the account, in the order of the book; the
 * caller gives it back with free()
 */
LIQ_MUST_USE liq_status liq_adl_places_create(liq_adl_place **out, const liq_book *book,
                                              const liq_market *market, uint32_t account_index,
                                              liq_error *err);

#endif
