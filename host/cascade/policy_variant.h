/*
 * A policy with other rules laid over it, as variants of a cascade are given.
 */
#ifndef LIQ_CASCADE_POLICY_VARIANT_H
#define LIQ_CASCADE_POLICY_VARIANT_H

#include "book/columns.h"

/**
 * Read the policy of a book with an object of rules laid over it: what that says replaces what
 * venue.json and profile say, rule by rule.
 * @param book  loaded from files: the text of its venue.json is read
 * @param name  of the rules, for messages
 * @param text  JSON object of any of "liquidation", "guards", "levels", "adl_rule", "comment"
 * @return LIQ_OK; LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE (the rules); LIQ_UNSUPPORTED (a book without that
 * text, or a rule that the tiers of a venue are made with); LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_policy_variant(liq_policy *out, const liq_book *book, const char *name,
                                           const char *text, liq_error *err);

#endif
