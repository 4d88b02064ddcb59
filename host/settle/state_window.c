/*
 * Windows of 8 hours in a written state: only what can still make a difference, so that the same
 * past gives the same bytes, however far a window has been turned.
 */
#include "settle/state_internal.h"

static int64_t value_empty(bool is_peak);
static int64_t value_of(const liq_window *window, int64_t stretch);

void liq_state_window_write(liq_state_writer *writer, const liq_window *window, bool is_peak)
{
    const int64_t now = writer->waterfall->funds.now_ms / LIQ_WINDOW_STRETCH_MS;
    const int64_t oldest =
        now < LIQ_WINDOW_STRETCHES ? 0 : now - LIQ_WINDOW_STRETCHES + 1; /* that still counts */
    int64_t stretches[LIQ_WINDOW_STRETCHES];
    int64_t peak = INT64_MIN;
    uint32_t count = 0;

    /* From the newest on: a peak that a later one reaches is never the highest again. */
    for (int64_t at = window->stretch; window->stretch != INT64_MIN && at >= oldest; at--) {
        const int64_t value = value_of(window, at);

        if (at <= window->stretch - LIQ_WINDOW_STRETCHES)
            break;
        if (is_peak ? value <= peak : value == 0)
            continue;
        peak = value;
        stretches[count++] = at;
    }
    liq_bytes_put_u8(&writer->out, (uint8_t)count);
    while (count > 0) {
        const int64_t at = stretches[--count];

        liq_bytes_put_i64(&writer->out, at);
        liq_bytes_put_i64(&writer->out, value_of(window, at));
    }
}

liq_status liq_state_window_read(liq_state_reader *reader, liq_text name, bool is_peak,
                                 liq_window *out)
{
    const int64_t now = reader->funds.now_ms / LIQ_WINDOW_STRETCH_MS;
    const uint8_t count = liq_bytes_get_u8(&reader->in);
    uint64_t sum = 0; /* of sizes: no sum of some of them is past it */

    out->stretch = INT64_MIN;
    for (int i = 0; i < LIQ_WINDOW_STRETCHES; i++)
        out->values[i] = value_empty(is_peak);
    for (uint8_t i = 0; i < count; i++) {
        const int64_t stretch = liq_bytes_get_i64(&reader->in);
        const int64_t value = liq_bytes_get_i64(&reader->in);

        sum = is_peak ? liq_size_of(value) : sum + liq_size_of(value);
        if (stretch <= out->stretch || stretch < 0 || stretch > now ||
            now - stretch >= LIQ_WINDOW_STRETCHES || value == value_empty(is_peak) ||
            sum > INT64_MAX / 4)
            return liq_state_refuse(reader, name, "has a window of 8 hours that cannot be");
        out->stretch = stretch;
        out->values[stretch % LIQ_WINDOW_STRETCHES] = value;
    }
    return liq_state_check(reader);
}

static int64_t value_empty(bool is_peak)
{
    return is_peak ? INT64_MIN : 0;
}

static int64_t value_of(const liq_window *window, int64_t stretch)
{
    return window->values[stretch % LIQ_WINDOW_STRETCHES];
}
