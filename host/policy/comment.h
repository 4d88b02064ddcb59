/*
 * Objects of the files that people write: every one may carry a "comment".
 */
#ifndef LIQ_POLICY_COMMENT_H
#define LIQ_POLICY_COMMENT_H

#include <liqscan/status.h>

#include "base/json.h"

/**
 * Require an object of known keys. The key "comment", when it is there, holds a string or
 * a list of strings.
 * @param keys  NULL-terminated; holds "comment", so that messages list it
 */
LIQ_MUST_USE liq_status liq_comment_object(const liq_json *json, const liq_json_value *value,
                                           const char *const *keys, liq_error *err);

/** Require a string or a list of strings. */
LIQ_MUST_USE liq_status liq_comment_text(const liq_json *json, const liq_json_value *value,
                                         liq_error *err);

#endif
