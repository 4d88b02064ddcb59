/*
 * Running `liqscan adl --quantity Q --price P` and reading what it says.
 */
#ifndef LIQ_TESTS_SUPPORT_ADL_CLOSE_H
#define LIQ_TESTS_SUPPORT_ADL_CLOSE_H

#include <stddef.h>

#include "base/json.h"
#include "support_adl_book.h"

enum { POSITIONS_MAX = 64, NAME_BYTES = 64 };

/* One row of the output. */
typedef struct close_row {
    char account[NAME_BYTES];
    char quantity[NAME_BYTES];
    char realised[NAME_BYTES];
} close_row;

typedef struct close_result {
    close_row rows[POSITIONS_MAX];
    liq_json *summary;
    size_t count;
} close_result;

/* Run `adl FOLDER XUSD --side SIDE --quantity Q --price P` and more words; the summary is destroyed
 * by the caller. */
void adl_close(close_result *out, const char *folder, const char *side, const char *quantity,
               const char *price, const char *more);

/* A member of the summary, or "null"; lent until the next call. */
const char *summary_text(const close_result *result, const char *key);

void expect_summary(const close_result *result, const char *key, const char *wanted);

void expect_close(const close_result *result, const char *account, const char *quantity,
                  const char *realised);

#endif
