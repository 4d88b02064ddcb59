/*
 * What the members of a line mean: which keys there are, which of them each type of event must and
 * may have, and how each is read. Used by feed_parse.c only.
 */
#ifndef LIQ_FEED_FIELDS_H
#define LIQ_FEED_FIELDS_H

#include <liqscan/status.h>

#include "feed/feed_value.h"

/** Note where the values of the keys stand. */
LIQ_MUST_USE liq_status liq_feed_members_note(liq_feed_reading *reading);

/** Read seq and account into the event, each if it can be. */
LIQ_MUST_USE liq_status liq_feed_identity_read(liq_feed_reading *reading);

/** Read all that was noted into the event, as its type demands. */
LIQ_MUST_USE liq_status liq_feed_fields_read(liq_feed_reading *reading);

#endif
