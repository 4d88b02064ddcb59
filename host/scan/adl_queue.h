/*
 * What a queue is made of, for whoever goes on from there.
 */
#ifndef LIQ_SCAN_ADL_QUEUE_H
#define LIQ_SCAN_ADL_QUEUE_H

#include <stdint.h>

#include <liqscan/adl.h>

#include "book/market.h"
#include "scan/adl_lights.h"

/* Lent as long as the queue lives. */
typedef struct liq_adl_queue_view {
    const liq_book *book;
    const liq_market *market;
    const liq_adl_entry *entries;  /* in order, the ranked ones first */
    const liq_row_record *margins; /* of the margin account of an entry: see its margin_index */
    uint64_t entry_count;
    uint64_t ranked_count;
    uint32_t instrument_index;
    uint32_t is_short;
    liq_adl_rule rule;
} liq_adl_queue_view;

liq_adl_queue_view liq_adl_queue_look(const liq_adl_queue *queue);

#endif
