#include "engine/slow_ticks.h"

#include <string.h>

static void times_write(const liq_tick_times *times, liq_json_out *json);

void liq_slow_ticks_see(liq_slow_ticks *slow, const liq_tick_times *times)
{
    uint32_t at = slow->count;

    while (at > 0 && slow->ticks[at - 1].all < times->all)
        at--;
    if (at == LIQ_SLOW_TICKS)
        return;
    if (slow->count < LIQ_SLOW_TICKS)
        slow->count++;
    memmove(slow->ticks + at + 1, slow->ticks + at, (slow->count - at - 1) * sizeof *slow->ticks);
    slow->ticks[at] = *times;
}

void liq_slow_ticks_write(const liq_slow_ticks *slow, liq_json_out *json)
{
    liq_json_out_array(json, "slowest_ticks");
    for (uint32_t i = 0; i < slow->count; i++) {
        liq_json_out_object(json, NULL);
        times_write(&slow->ticks[i], json);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
}

static void times_write(const liq_tick_times *times, liq_json_out *json)
{
    const struct {
        const char *name;
        uint64_t ns;
    } stages[] = {
        {"us", times->all},           {"wait_us", times->wait},     {"scan_us", times->scan},
        {"settle_us", times->settle}, {"lines_us", times->lines},   {"inputs_us", times->inputs},
        {"rows_us", times->rows},     {"commit_us", times->commit}, {"emit_us", times->emit}};

    liq_json_out_count(json, "tick", times->tick);
    liq_json_out_count(json, "time_ms", (uint64_t)times->now_ms);
    liq_json_out_string(json, "cause", times->cause);
    for (uint32_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
        liq_json_out_count(json, stages[i].name, stages[i].ns / 1000);
    liq_json_out_count(json, "events", times->events);
    liq_json_out_count(json, "rows_valued", times->rows_valued);
    liq_json_out_bool(json, "snapshot", times->is_snapshot_under);
}
