#include "outlet/body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int body_take(void *context, const char *data, size_t bytes);

void liq_body_start(liq_body *body, liq_output *output, size_t bytes_max)
{
    *body = (liq_body){.bytes_max = bytes_max};
    liq_output_start_sink(output, body_take, body);
}

liq_status liq_body_finish(liq_body *body, liq_output *output, char **data, size_t *bytes,
                           liq_error *err)
{
    const liq_status status = liq_output_finish(output, err);

    *data = NULL;
    *bytes = 0;
    if (status != LIQ_OK) {
        liq_body_drop(body);
        return status;
    }
    *data = body->data;
    *bytes = body->bytes;
    *body = (liq_body){0};
    return LIQ_OK;
}

void liq_body_drop(liq_body *body)
{
    free(body->data);
    *body = (liq_body){0};
}

static int body_take(void *context, const char *data, size_t bytes)
{
    liq_body *body = context;
    void *memory = body->data;

    if (bytes > body->bytes_max - body->bytes)
        return EFBIG;
    if (liq_memory_extend(&memory, &body->capacity, body->bytes + bytes, 1, NULL) != LIQ_OK)
        return ENOMEM;
    body->data = memory;
    memcpy(body->data + body->bytes, data, bytes);
    body->bytes += bytes;
    return 0;
}
