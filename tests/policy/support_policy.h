/*
 * A policy out of the text of a venue.json, of which only its profile and policy are read.
 */
#ifndef LIQ_TESTS_POLICY_SUPPORT_POLICY_H
#define LIQ_TESTS_POLICY_SUPPORT_POLICY_H

#include "policy/policy.h"

liq_status policy_load(liq_policy *out, const char *document, liq_error *err);

#endif
