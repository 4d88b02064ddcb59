/*
 * Lines of the journal, applied as they were applied then.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "engine/intake.h"
#include "engine/venue_input.h"

static liq_status config_again(liq_core *core, liq_text line, liq_error *err);

liq_status liq_intake_again(liq_core *core, liq_feed_batch *scratch, liq_feed_parser *parser,
                            const char *source, liq_text line, liq_error *err)
{
    const size_t prefix = strlen(LIQ_INTAKE_GAP_PREFIX);
    const bool is_gap = strncmp(source, LIQ_INTAKE_GAP_PREFIX, prefix) == 0;
    char text[LIQ_INTAKE_GAP_BYTES];
    uint64_t from;
    uint64_t to;
    uint32_t index;
    liq_error reason;
    liq_status status;

    if (strcmp(source, LIQ_VENUE_SOURCE) == 0)
        return liq_venue_again(core, line, err);
    if (strcmp(source, LIQ_CONFIG_SOURCE) == 0)
        return config_again(core, line, err);
    if (!liq_core_config_source(&core->config, liq_text_of(is_gap ? source + prefix : source),
                                &index))
        return liq_fail(err, LIQ_NOT_FOUND, 0,
                        "the journal has events of source \"%s\", which its configuration does "
                        "not name",
                        source);
    if (is_gap) {
        (void)snprintf(text, sizeof text, "%.*s", (int)line.bytes, line.data);
        if (sscanf(text, "%" SCNu64 " %" SCNu64, &from, &to) != 2)
            return liq_fail(err, LIQ_BAD_INPUT, 0, "\"%s\" is no record of a gap", text);
        liq_core_gap(core, index, from, to);
        return LIQ_OK;
    }
    liq_feed_batch_clear(scratch);
    if ((status = liq_feed_parse(parser, scratch, line, err)) != LIQ_OK)
        return status;
    status = liq_core_apply(core, index, &scratch->events[0], &reason);
    return status == LIQ_OUT_OF_MEMORY ? liq_fail(err, status, reason.native, "%s", reason.message)
                                       : LIQ_OK;
}

static liq_status config_again(liq_core *core, liq_text line, liq_error *err)
{
    liq_core_config config;
    const liq_status status = liq_core_config_read(&config, line, err);

    return status == LIQ_OK ? liq_core_reconfigure(core, &config, err) : status;
}
