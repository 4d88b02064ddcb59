#include "outlet/page_answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum { ESCAPED_BYTES = 6 }; /* that one byte takes in JSON */

void liq_page_text(liq_http_answer *answer, unsigned status, const liq_text_buffer *text)
{
    LIQ_ASSERT(liq_text_buffer_fits(text));
    answer->status = status;
    answer->content_type = LIQ_PAGE_JSON;
    answer->body = malloc(text->bytes);
    answer->bytes = answer->body == NULL ? 0 : text->bytes;
    if (answer->body != NULL)
        memcpy(answer->body, text->data, text->bytes);
}

void liq_page_error(liq_http_answer *answer, unsigned status, const char *format, ...)
{
    char message[LIQ_ERROR_MESSAGE_BYTES];
    char data[ESCAPED_BYTES * LIQ_ERROR_MESSAGE_BYTES + 16];
    va_list arguments;
    liq_text_buffer text;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    liq_text_buffer_start(&text, data, sizeof data);
    liq_text_buffer_string(&text, "{\"error\":");
    liq_text_buffer_quoted(&text, liq_text_of(message));
    liq_text_buffer_string(&text, "}\n");
    liq_page_text(answer, status, &text);
}

bool liq_page_count(const liq_http_request *request, const char *name, uint32_t count_max,
                    uint32_t *out, liq_http_answer *answer)
{
    const char *text = liq_http_query(request, name);
    uint64_t count = 0;

    if (text == NULL)
        return true;
    for (; *text >= '0' && *text <= '9' && count <= count_max; text++)
        count = count * 10 + (uint64_t)(*text - '0');
    if (*text != '\0' || count == 0 || count > count_max) {
        liq_page_error(answer, 400, "%s must be 1 to %u", name, (unsigned)count_max);
        return false;
    }
    *out = (uint32_t)count;
    return true;
}
