/*
 * A new venue.json as an input: its text is kept in the state folder as venue-<SHA-256>.json, the
 * journal has the hash at the place where it was applied, and whoever reads that again finds the
 * same text.
 */
#ifndef LIQ_ENGINE_VENUE_INPUT_H
#define LIQ_ENGINE_VENUE_INPUT_H

#include "engine/engine_core.h"
#include "journal/journal.h"

/* The source that such a record is of: no source of the configuration has this name. */
#define LIQ_VENUE_SOURCE "venue:"

/**
 * Apply a new text, and write down that it was.
 * @return LIQ_OK; why it does not fit: then nothing has changed; LIQ_IO
 */
LIQ_MUST_USE liq_status liq_venue_input(liq_core *core, liq_journal *journal, const char *text,
                                        liq_error *err);

/** Apply it as the journal says that it was. @param hash  of the record */
LIQ_MUST_USE liq_status liq_venue_again(liq_core *core, liq_text hash, liq_error *err);

#endif
