/*
 * What becomes of a journal that was damaged: opened, verified, and compared with what it was.
 */
#ifndef LIQ_TESTS_JOURNAL_SUPPORT_DAMAGE_H
#define LIQ_TESTS_JOURNAL_SUPPORT_DAMAGE_H

#include <stdbool.h>

#include "journal/journal_verify.h"

/* Verify, or stop the test when that cannot be done. */
liq_journal_verdict damage_verdict(const char *folder);

/* A hash over everything that can be read of a journal: all lists and all inputs. Empty when
 * something cannot be read. */
void damage_fingerprint(char hex[LIQ_HASH_HEX_BYTES], const char *folder);

/* Whether somebody is told: verify says it, or it cannot be opened. When nobody is, all that can
 * be read must be as it was. */
bool damage_is_told(const char *folder, const char *expected);

#endif
