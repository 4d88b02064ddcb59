/*
 * The texts of a request for an allocation as numbers.
 */
#ifndef LIQ_SETTLE_ADL_REQUEST_H
#define LIQ_SETTLE_ADL_REQUEST_H

#include <liqscan/adl.h>

#include "scan/adl_queue.h"
#include "settle/adl_allocate.h"

/**
 * @param ask    receives what is asked
 * @param price  receives the price of the closes
 * @return as liq_adl_allocation_create
 */
LIQ_MUST_USE liq_status liq_adl_request_read(liq_adl_ask *ask, liq_decimal *price,
                                             const liq_adl_request *request,
                                             const liq_adl_queue_view *queue, liq_error *err);

#endif
