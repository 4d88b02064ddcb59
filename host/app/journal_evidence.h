/*
 * Decisions of a journal with what they rest on: the tick, its prices, the legs.
 */
#ifndef LIQ_APP_JOURNAL_EVIDENCE_H
#define LIQ_APP_JOURNAL_EVIDENCE_H

#include "journal/journal_reader.h"
#include "outlet/output.h"

/**
 * Write them as JSON: a line for each tick, and behind it those of its decisions.
 * @param decisions  an open list of them; NULL: there is none
 * @return LIQ_OK, LIQ_INTERRUPTED, LIQ_IO, LIQ_BAD_INPUT, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_journal_evidence_json(liq_output *output, liq_journal_reader *reader,
                                                  liq_journal_rows *decisions, liq_error *err);

/** Write them for people. @param wants_marks  every price of a tick, not only those concerned */
LIQ_MUST_USE liq_status liq_journal_evidence_table(liq_output *output, liq_journal_reader *reader,
                                                   liq_journal_rows *decisions, bool wants_marks,
                                                   liq_error *err);

#endif
