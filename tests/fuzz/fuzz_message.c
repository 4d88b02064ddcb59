/*
 * Whatever bytes a user's file puts into an error message, the message is one
 * line of printable UTF-8 that fits.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *text = malloc(bytes + 1);
    liq_error error;
    size_t shown;
    size_t i;

    if (text == NULL)
        return 0;
    if (bytes > 0)
        memcpy(text, data, bytes);
    text[bytes] = '\0';
    LIQ_ASSERT(liq_fail(&error, LIQ_BAD_INPUT, 0, "'%s' is no decimal", text) == LIQ_BAD_INPUT);
    shown = strnlen(error.message, sizeof error.message);
    LIQ_ASSERT(shown < sizeof error.message);
    LIQ_ASSERT(liq_text_utf8((liq_text){error.message, shown}));
    for (i = 0; i < shown; i++)
        LIQ_ASSERT((unsigned char)error.message[i] >= 0x20 && error.message[i] != 0x7f);
    free(text);
    return 0;
}
