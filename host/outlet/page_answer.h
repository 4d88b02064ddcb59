/*
 * Small answers of HTTP pages: JSON made in place, and errors as {"error":"..."}.
 */
#ifndef LIQ_OUTLET_PAGE_ANSWER_H
#define LIQ_OUTLET_PAGE_ANSWER_H

#include "base/text_buffer.h"
#include "wire/http_server.h"

#define LIQ_PAGE_JSON "application/json"
#define LIQ_PAGE_LINES "application/x-ndjson"

/** Answer with a text that fits, as JSON unless the caller sets another type behind. Without memory
 * the answer has no body. */
void liq_page_text(liq_http_answer *answer, unsigned status, const liq_text_buffer *text);

/** Answer with one line about what is wrong. Whatever body the answer had is left alone. */
void liq_page_error(liq_http_answer *answer, unsigned status, const char *format, ...)
    LIQ_PRINTF(3, 4);

/**
 * Read a count from the query.
 * @param out  stays when the query does not say
 * @return false: it is no number of 1 .. count_max, and the answer says so
 */
bool liq_page_count(const liq_http_request *request, const char *name, uint32_t count_max,
                    uint32_t *out, liq_http_answer *answer);

#endif
