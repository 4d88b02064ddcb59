/*
 * The part of a written state that tells what is left of intervals, and which breakers are on.
 */
#include <stdlib.h>

#include "base/decimal_bytes.h"
#include "base/fail.h"
#include "base/memory.h"
#include "guard/nearness.h"
#include "settle/state_internal.h"

enum { BREAKER_BYTES = 10, PACE_BYTES = 1 + 8 + 16 + 1, SPEED_BYTES = 1 + 8 + 1 };

/* A list of instruments. */
typedef struct named_list {
    uint32_t *order;
    uint32_t count;
} named_list;

static void breaker_write(liq_bytes_out *out, const liq_breaker *breaker);
static void paces_write(liq_state_writer *writer, const named_list *list);
static void speeds_write(liq_state_writer *writer, const named_list *list);
static void funds_write(liq_state_writer *writer);
static liq_status breaker_read(liq_state_reader *reader, liq_text name, liq_breaker *out);
static void breaker_take(liq_state_reader *reader, liq_breaker *place, const liq_breaker *breaker,
                         liq_settle_reason reason);
static liq_status mover_take(liq_state_reader *reader, uint32_t instrument,
                             const liq_breaker *breaker);
static liq_status fund_take(liq_state_reader *reader, liq_text name, const liq_breaker *breaker);
static liq_status paces_read(liq_state_reader *reader);
static liq_status speeds_read(liq_state_reader *reader);
static liq_status funds_read(liq_state_reader *reader);
static bool instrument_find(const liq_state_reader *reader, liq_text name, uint32_t *out);

liq_status liq_state_brakes_write(liq_state_writer *writer, liq_error *err)
{
    const liq_brakes *brakes = &writer->waterfall->brakes;
    named_list list = {0};
    const liq_status status =
        liq_state_order(writer->venue->instrument_names, writer->venue->instrument_count, NULL,
                        &list.order, &list.count, err);

    if (status != LIQ_OK)
        return status;
    liq_bytes_put_i64(&writer->out, brakes->rules.rate_ms);
    liq_bytes_put_i64(&writer->out, brakes->rules.breaker_move_ms);
    for (int i = 0; i < LIQ_BRAKE_REASONS; i++)
        liq_bytes_put_u64(&writer->out, brakes->starts[i]);
    breaker_write(&writer->out, &brakes->cascade);
    paces_write(writer, &list);
    speeds_write(writer, &list);
    funds_write(writer);
    free(list.order);
    return LIQ_OK;
}

static void breaker_write(liq_bytes_out *out, const liq_breaker *breaker)
{
    liq_bytes_put_i64(out, breaker->cause_ms);
    liq_bytes_put_u8(out, breaker->is_on);
    liq_bytes_put_u8(out, breaker->is_waived);
}

bool liq_breaker_is_known(const liq_breaker *breaker)
{
    return breaker->is_on || breaker->is_waived;
}

static void paces_write(liq_state_writer *writer, const named_list *list)
{
    const liq_pace *paces = writer->waterfall->brakes.paces;
    uint32_t count = 0;

    for (uint32_t i = 0; paces != NULL && i < list->count; i++)
        count += paces[list->order[i]].used > 0 || paces[list->order[i]].is_queued;
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; count > 0 && i < list->count; i++) {
        const liq_pace *pace = &paces[list->order[i]];

        if (pace->used == 0 && !pace->is_queued)
            continue;
        liq_bytes_put_text(&writer->out,
                           liq_names_text(writer->venue->instrument_names, list->order[i]));
        liq_bytes_put_i64(&writer->out, pace->interval);
        liq_bytes_put_i128(&writer->out, pace->used);
        liq_bytes_put_u8(&writer->out, pace->is_queued);
    }
}

bool liq_brakes_speed_is_known(const liq_brakes *brakes, uint32_t instrument)
{
    const liq_speed *speed = &brakes->speeds[instrument];

    return speed->samples[speed->stretch % LIQ_SPEED_SAMPLES].digits != 0 ||
           liq_breaker_is_known(&brakes->movers[instrument]);
}

static void speeds_write(liq_state_writer *writer, const named_list *list)
{
    const liq_brakes *brakes = &writer->waterfall->brakes;
    uint32_t count = 0;

    for (uint32_t i = 0; brakes->speeds != NULL && i < list->count; i++)
        count += liq_brakes_speed_is_known(brakes, list->order[i]);
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; count > 0 && i < list->count; i++) {
        const liq_speed *speed = &brakes->speeds[list->order[i]];

        if (!liq_brakes_speed_is_known(brakes, list->order[i]))
            continue;
        liq_bytes_put_text(&writer->out,
                           liq_names_text(writer->venue->instrument_names, list->order[i]));
        liq_bytes_put_i64(&writer->out, speed->stretch);
        for (int sample = 0; sample < LIQ_SPEED_SAMPLES; sample++)
            liq_decimal_put(&writer->out, speed->samples[sample]);
        breaker_write(&writer->out, &brakes->movers[list->order[i]]);
    }
}

static void funds_write(liq_state_writer *writer)
{
    const liq_brakes *brakes = &writer->waterfall->brakes;
    uint32_t count = 0;

    for (uint32_t i = 0; brakes->funds != NULL && i < brakes->fund_count; i++)
        count += liq_breaker_is_known(&brakes->funds[i]);
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; count > 0 && i < brakes->fund_count; i++) {
        if (!liq_breaker_is_known(&brakes->funds[i]))
            continue;
        liq_bytes_put_text(&writer->out, liq_text_of(writer->waterfall->funds.funds[i].name));
        breaker_write(&writer->out, &brakes->funds[i]);
    }
}

/* What the rules of now have no place for, or count otherwise, is left out. */
liq_status liq_state_brakes_read(liq_state_reader *reader)
{
    const liq_brakes *rules = &reader->settle->waterfall.brakes;
    liq_breaker cascade;
    liq_status status;

    status = liq_brakes_create(&reader->brakes, &rules->rules, reader->venue, rules->fund_count,
                               reader->err);
    if (status != LIQ_OK)
        return status;
    reader->rate_ms = liq_bytes_get_i64(&reader->in);
    reader->move_ms = liq_bytes_get_i64(&reader->in);
    for (int i = 0; i < LIQ_BRAKE_REASONS; i++)
        reader->brakes.starts[i] = liq_bytes_get_u64(&reader->in);
    if ((status = breaker_read(reader, liq_text_of("all"), &cascade)) != LIQ_OK)
        return status;
    breaker_take(reader, &reader->brakes.cascade, &cascade, LIQ_BECAUSE_CASCADE_ROUNDS);
    if ((status = paces_read(reader)) != LIQ_OK || (status = speeds_read(reader)) != LIQ_OK)
        return status;
    return funds_read(reader);
}

static liq_status breaker_read(liq_state_reader *reader, liq_text name, liq_breaker *out)
{
    *out = (liq_breaker){.cause_ms = liq_bytes_get_i64(&reader->in)};
    out->is_on = liq_bytes_get_flag(&reader->in);
    out->is_waived = liq_bytes_get_flag(&reader->in);
    if (!reader->in.has_failed && (out->cause_ms < 0 || out->cause_ms > reader->funds.now_ms))
        return liq_state_refuse(reader, name, "has a breaker of a time that is still to come");
    return liq_state_check(reader);
}

/* One that is on is kept under rules that no longer have it, until a run has said that it is off.
 */
static void breaker_take(liq_state_reader *reader, liq_breaker *place, const liq_breaker *breaker,
                         liq_settle_reason reason)
{
    if (place->is_on || (!breaker->is_on && !liq_brakes_are_ruled(&reader->brakes.rules, reason)))
        return;
    *place = *breaker;
    reader->brakes.on_count += breaker->is_on;
}

static liq_status mover_take(liq_state_reader *reader, uint32_t instrument,
                             const liq_breaker *breaker)
{
    liq_brakes *brakes = &reader->brakes;
    liq_status status = LIQ_OK;

    if (brakes->speeds == NULL && breaker->is_on)
        status = liq_memory_array(&brakes->speeds, brakes->instrument_count, sizeof *brakes->speeds,
                                  reader->err);
    if (status == LIQ_OK && brakes->movers == NULL && breaker->is_on)
        status = liq_memory_array(&brakes->movers, brakes->instrument_count, sizeof *brakes->movers,
                                  reader->err);
    if (status == LIQ_OK && brakes->movers != NULL)
        breaker_take(reader, &brakes->movers[instrument], breaker, LIQ_BECAUSE_PRICE_SPEED);
    return status;
}

static liq_status fund_take(liq_state_reader *reader, liq_text name, const liq_breaker *breaker)
{
    liq_brakes *brakes = &reader->brakes;
    liq_status status = LIQ_OK;

    if (brakes->funds == NULL && breaker->is_on)
        status = liq_memory_array(&brakes->funds, brakes->fund_count, sizeof *brakes->funds,
                                  reader->err);
    for (uint32_t i = 0; status == LIQ_OK && brakes->funds != NULL && i < brakes->fund_count; i++)
        if (liq_text_equal(name, reader->funds.funds[i].name))
            breaker_take(reader, &brakes->funds[i], breaker, LIQ_BECAUSE_FUND_DRAWDOWN);
    return status;
}

static liq_status paces_read(liq_state_reader *reader)
{
    const uint32_t count = liq_bytes_get_count(&reader->in, PACE_BYTES);
    liq_status status = liq_state_check(reader);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        const liq_text name = liq_bytes_get_text(&reader->in);
        liq_pace pace = {.interval = liq_bytes_get_i64(&reader->in)};
        uint32_t instrument;

        pace.used = liq_bytes_get_i128(&reader->in);
        pace.is_queued = liq_bytes_get_flag(&reader->in);
        if ((status = liq_state_check(reader)) != LIQ_OK)
            return status;
        if (pace.interval < 0 || pace.used < 0 || pace.used > LIQ_STATE_AMOUNT_MAX / 4)
            return liq_state_refuse(reader, name, "has an interval that cannot be");
        if (reader->brakes.paces != NULL && reader->rate_ms == reader->brakes.rules.rate_ms &&
            instrument_find(reader, name, &instrument))
            reader->brakes.paces[instrument] = pace;
    }
    return status;
}

static liq_status speeds_read(liq_state_reader *reader)
{
    const uint32_t count =
        liq_bytes_get_count(&reader->in, SPEED_BYTES + 9 * LIQ_SPEED_SAMPLES + BREAKER_BYTES);
    liq_status status = liq_state_check(reader);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        const liq_text name = liq_bytes_get_text(&reader->in);
        liq_speed speed = {.stretch = liq_bytes_get_i64(&reader->in)};
        uint32_t instrument = LIQ_NO_INDEX;
        bool sound = speed.stretch >= 0 && speed.stretch <= reader->funds.now_ms;
        liq_breaker mover;

        for (int sample = 0; sample < LIQ_SPEED_SAMPLES; sample++)
            sound =
                liq_decimal_get(&reader->in, &speed.samples[sample]) && sound &&
                (speed.samples[sample].digits == 0 || liq_price_is_sound(speed.samples[sample]));
        if ((status = liq_state_check(reader)) != LIQ_OK)
            return status;
        if (!sound)
            return liq_state_refuse(reader, name, "has marks that cannot be");
        if ((status = breaker_read(reader, name, &mover)) != LIQ_OK ||
            !instrument_find(reader, name, &instrument))
            continue;
        if (liq_brakes_are_ruled(&reader->brakes.rules, LIQ_BECAUSE_PRICE_SPEED) &&
            reader->move_ms == reader->brakes.rules.breaker_move_ms)
            reader->brakes.speeds[instrument] = speed;
        status = mover_take(reader, instrument, &mover);
    }
    return status;
}

static liq_status funds_read(liq_state_reader *reader)
{
    const uint32_t count = liq_bytes_get_count(&reader->in, 1 + BREAKER_BYTES);
    liq_status status = liq_state_check(reader);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        const liq_text name = liq_bytes_get_text(&reader->in);
        liq_breaker fund;

        if ((status = breaker_read(reader, name, &fund)) == LIQ_OK)
            status = fund_take(reader, name, &fund);
    }
    return status;
}

static bool instrument_find(const liq_state_reader *reader, liq_text name, uint32_t *out)
{
    return liq_names_find(reader->venue->instrument_names, name, out);
}
