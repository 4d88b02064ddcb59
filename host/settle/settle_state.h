/*
 * What a settler of a live book keeps between runs, as bytes and back: funds with their windows,
 * what the venue holds, cool-downs, requests of external execution and fills that are not acted on
 * yet, what all runs did, and what the rooms have gained. Nothing of a single run: no actions.
 *
 * Everything goes by name (account id, symbol, asset, fund) and in order of names, so that the same
 * state gives the same bytes, wherever things lie in memory, and so that it goes into a settler of
 * another live book of the same exchange: made afresh, or of a changed venue. Size goes with what
 * is not empty. The bytes are the same on every machine.
 */
#ifndef LIQ_SETTLE_SETTLE_STATE_H
#define LIQ_SETTLE_SETTLE_STATE_H

#include <stddef.h>

#include <liqscan/settle.h>

/**
 * Write the state of a settler, between two runs. Requests and cool-downs of accounts that the live
 * book has no more are left out.
 * @param out    receives the bytes, which the caller gives back with free()
 * @return LIQ_OK; LIQ_UNSUPPORTED (a settler of a loaded book); LIQ_NOT_CONSERVED (settling has
 * stopped); LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_settle_state_write(const liq_settle *settle, void **out, size_t *bytes,
                                               liq_error *err);

/**
 * Take over a state in a settler that has not run yet. All or nothing, and nothing of the data is
 * trusted: a name, number, order or length that cannot be is refused.
 * The venue may have changed since. An instrument, fund or asset that is gone, or counts otherwise
 * than it did, is refused by name when the state holds something of it (lots or cash of the venue,
 * a request, whole units of a fund; losses of 8 hours where the policy goes by them), and otherwise
 * left out. What is new begins as in a fresh settler. Less than a unit that lay in a fund that is
 * gone goes to the fund of its asset.
 * @param settle  of a live book, as liq_settle_create_live left it
 * @return LIQ_OK; LIQ_UNSUPPORTED (a settler of a loaded book, or one that has run; another
 * version); LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE, LIQ_NOT_FOUND (as above); LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_settle_state_read(liq_settle *settle, const void *data, size_t bytes,
                                              liq_error *err);

#endif
