/*
 * Accounts of a loaded book told to a live book by events: the same book, but for the places at
 * which its accounts lie.
 */
#ifndef LIQ_SUPPORT_RETELL_H
#define LIQ_SUPPORT_RETELL_H

#include <liqscan/live.h>

#include "book/columns.h"
#include "support_seeded.h"

/** Add an account that is not there, with all that it holds in the loaded book. */
void liq_retell_account(liq_live *live, const liq_book *book, uint32_t account);

/** Take some accounts away, all of them more often than not, and add them again in another order.
 * @return how many */
uint32_t liq_retell_some(liq_live *live, const liq_book *book, liq_random *random);

#endif
