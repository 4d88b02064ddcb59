#include "app/impact_path.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/columns.h"

enum { NANO = 1000000000, NANO_DECIMALS = 9, RECOVERY_DEFAULT_MS = 300000 };

#define RECOVERY_MAX_MS INT64_C(31536000000)

static liq_status room_make(liq_impact_path *path, size_t count, liq_error *err);
static liq_status event_add(liq_impact_path *path, const liq_mark_tick *tick,
                            const liq_live_event *event, uint32_t *count, liq_error *err);
static liq_status mark_add(liq_impact_path *path, const liq_mark_tick *tick, uint32_t instrument,
                           uint32_t *count, liq_error *err);

liq_status liq_impact_options(liq_impact_rule *rule, const liq_options *options, liq_error *err)
{
    const char *share = liq_options_value(options, "impact");
    const char *recovery = liq_options_value(options, "recovery");

    *rule = (liq_impact_rule){.half_life_ms = RECOVERY_DEFAULT_MS};
    if (share != NULL &&
        (liq_decimal_parse_units(&rule->share, liq_text_of(share), NANO_DECIMALS, NULL) != LIQ_OK ||
         rule->share < 0 || rule->share > NANO))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--impact \"%.64s\" is not a share of 0 .. 1 with at most 9 decimals",
                        share);
    if (recovery != NULL &&
        (liq_decimal_parse_units(&rule->half_life_ms, liq_text_of(recovery), 0, NULL) != LIQ_OK ||
         rule->half_life_ms < 1 || rule->half_life_ms > RECOVERY_MAX_MS))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--recovery \"%.64s\" is not a whole number of 1 .. %lld milliseconds",
                        recovery, (long long)RECOVERY_MAX_MS);
    return LIQ_OK;
}

liq_status liq_impact_path_create(liq_impact_path *out, const liq_book *book, liq_impact_rule rule,
                                  liq_error *err)
{
    const uint32_t count = book->venue.instrument_count;
    liq_impact_path path = {.book = book};
    liq_status status;

    if ((status = liq_impact_create(&path.impact, count, rule, err)) != LIQ_OK ||
        (status = liq_memory_array(&path.marks, count, sizeof *path.marks, err)) != LIQ_OK ||
        (status = liq_memory_array(&path.is_told, count, sizeof *path.is_told, err)) != LIQ_OK ||
        (status = liq_memory_array(&path.is_displaced, count, sizeof *path.is_displaced, err)) !=
            LIQ_OK) {
        liq_impact_path_clear(&path);
        return status;
    }
    memcpy(path.marks, book->instrument_marks, count * sizeof *path.marks);
    *out = path;
    return LIQ_OK;
}

void liq_impact_path_clear(liq_impact_path *path)
{
    liq_impact_clear(&path->impact);
    free(path->marks);
    free(path->is_told);
    free(path->is_displaced);
    free(path->told);
    free(path->events);
    *path = (liq_impact_path){0};
}

liq_status liq_impact_path_move(liq_impact_path *path, liq_mark_tick *tick, liq_close_watch *watch,
                                liq_error *err)
{
    const liq_impact *impact = &path->impact;
    uint32_t count = 0;
    liq_status status =
        room_make(path, (size_t)tick->count + path->book->venue.instrument_count, err);

    if (tick->time_ms > path->now_ms)
        path->now_ms = tick->time_ms;
    memset(path->is_told, 0, path->book->venue.instrument_count * sizeof *path->is_told);
    for (uint32_t i = 0; status == LIQ_OK && i < tick->count; i++) {
        status = event_add(path, tick, &tick->events[i], &count, err);
        if (status == LIQ_OK && watch != NULL && path->told[count - 1].instrument != LIQ_NO_INDEX)
            liq_close_watch_mark(watch, path->told[count - 1].instrument,
                                 path->marks[path->told[count - 1].instrument]);
    }
    for (uint32_t i = 0; status == LIQ_OK && i < impact->listed_count; i++)
        if (!path->is_told[impact->listed[i]] &&
            (path->is_displaced[impact->listed[i]] ||
             liq_impact_shift(impact, impact->listed[i], path->now_ms) != 0))
            status = mark_add(path, tick, impact->listed[i], &count, err);
    tick->events = path->events;
    tick->count = count;
    return status;
}

void liq_impact_path_settled(liq_impact_path *path, const liq_settle *settle, const liq_live *live)
{
    if (path->impact.rule.share == 0)
        return;
    liq_impact_take(&path->impact, settle, live);
    liq_impact_fold(&path->impact, path->now_ms);
}

/* Texts of events must not move while they are lent. */
static liq_status room_make(liq_impact_path *path, size_t count, liq_error *err)
{
    const liq_status status =
        liq_memory_extend(&path->told, &path->told_capacity, count, sizeof *path->told, err);

    return status != LIQ_OK ? status
                            : liq_memory_extend(&path->events, &path->event_capacity, count,
                                                sizeof *path->events, err);
}

/* What cannot be read is left to the live book, which refuses it by name. */
static liq_status event_add(liq_impact_path *path, const liq_mark_tick *tick,
                            const liq_live_event *event, uint32_t *count, liq_error *err)
{
    liq_decimal price;
    uint32_t instrument;

    if (event->kind == LIQ_LIVE_MARK &&
        liq_names_find(path->book->venue.instrument_names, liq_text_of(event->symbol),
                       &instrument) &&
        liq_decimal_parse(&price, liq_text_of(event->price), NULL) == LIQ_OK && price.digits > 0) {
        path->marks[instrument] = price;
        path->is_told[instrument] = true;
        return mark_add(path, tick, instrument, count, err);
    }
    path->told[*count].instrument = LIQ_NO_INDEX;
    path->events[(*count)++] = *event;
    return LIQ_OK;
}

static liq_status mark_add(liq_impact_path *path, const liq_mark_tick *tick, uint32_t instrument,
                           uint32_t *count, liq_error *err)
{
    const char *symbol = liq_names_get(path->book->venue.instrument_names, instrument);
    const int64_t shift = liq_impact_shift(&path->impact, instrument, path->now_ms);
    liq_impact_event *told = &path->told[*count];
    liq_decimal price;

    if (!liq_impact_price(&price, path->marks[instrument], shift))
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "line %llu: the mark of \"%s\", displaced by fills, does not fit in 18 "
                        "digits",
                        (unsigned long long)tick->line, symbol);
    (void)liq_decimal_format(told->price, price.digits, price.decimals);
    told->instrument = instrument;
    path->is_displaced[instrument] = shift != 0;
    path->events[(*count)++] =
        (liq_live_event){.kind = LIQ_LIVE_MARK, .symbol = symbol, .price = told->price};
    return LIQ_OK;
}
