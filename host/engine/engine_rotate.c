/*
 * When the journal goes on in a new part: nothing that is decided depends on it.
 */
#include "base/clock.h"
#include "engine/engine_internal.h"

/* How long a part that could not be begun is left alone: the disk may be full for long. */
enum { AGAIN_NS = 2000000000, HOUR_MS = 3600000 };

static bool is_due(const liq_engine *engine);

void liq_engine_rotate(liq_engine *engine)
{
    const uint64_t now_ns = liq_clock_ns();
    liq_error reason;

    if (engine->core.tick == engine->rotate_tick || engine->is_journal_failing ||
        now_ns < engine->rotate_after_ns)
        return;
    engine->rotate_tick = engine->core.tick;
    if (!is_due(engine))
        return;
    if (liq_journal_rotate(engine->journal, &reason) == LIQ_OK) {
        liq_log_write(engine->log, LIQ_LOG_INFO, "journal_part",
                      LIQ_LOG_FIELDS(liq_log_count("from_tick", engine->core.tick + 1),
                                     liq_log_count("us", (liq_clock_ns() - now_ns) / 1000)));
        return;
    }
    engine->rotate_after_ns = now_ns + AGAIN_NS;
    liq_log_write(engine->log, LIQ_LOG_ERROR, "journal_part_failed",
                  LIQ_LOG_FIELDS(liq_log_string("reason", reason.message)));
}

static bool is_due(const liq_engine *engine)
{
    const liq_engine_config *config = engine->config;

    return liq_journal_bytes(engine->journal) >= (uint64_t)config->journal_bytes ||
           (config->journal_hours > 0 &&
            liq_journal_age_ms(engine->journal) >= config->journal_hours * HOUR_MS);
}

/* Of decisions what all outlets have; who subscribes over the socket takes what there is. */
void liq_engine_prune(liq_engine *engine)
{
    uint64_t seq = engine->core.seq;

    for (uint32_t i = 0; i < engine->config->outlet_count; i++) {
        const uint64_t has = liq_journal_outlet_position(engine->journal, engine->outlet_names[i]);

        seq = has < seq ? has : seq;
    }
    liq_journal_parts_keep(engine->journal, (uint32_t)engine->config->journal_parts, seq);
}
