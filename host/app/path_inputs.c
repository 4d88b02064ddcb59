#include "app/path_inputs.h"

#include <string.h>

#include "base/clock.h"
static liq_status decimal_read(liq_path_inputs *out, const liq_csv *csv, uint32_t first,
                               uint32_t which, liq_error *err);
static liq_status number_read(int64_t *out, const liq_csv *csv, uint32_t column, int64_t most,
                              liq_error *err);
static liq_status funding_check(const liq_path_inputs *inputs, const liq_csv *csv, uint32_t first,
                                liq_error *err);

liq_status liq_path_inputs_read(liq_path_inputs *out, const liq_csv *csv, uint32_t first,
                                bool *found, liq_error *err)
{
    liq_status status = LIQ_OK;

    *found = false;
    for (uint32_t i = 0; i < LIQ_PATH_INPUTS; i++)
        *found = *found || liq_csv_field(csv, first + i).bytes > 0;
    if (!*found)
        return LIQ_OK;
    *out = (liq_path_inputs){.next_funding_ms = 0};
    for (uint32_t i = 0; status == LIQ_OK && i < LIQ_PATH_DECIMALS; i++)
        status = decimal_read(out, csv, first, i, err);
    if (status != LIQ_OK ||
        (status = number_read(&out->next_funding_ms, csv, first + LIQ_PATH_NEXT_FUNDING,
                              LIQ_TIME_MS_MAX, err)) != LIQ_OK ||
        (status = number_read(&out->funding_interval_ms, csv, first + LIQ_PATH_FUNDING_INTERVAL,
                              LIQ_FUNDING_INTERVAL_MS_MAX, err)) != LIQ_OK)
        return status;
    return funding_check(out, csv, first, err);
}

liq_mark_texts liq_path_inputs_texts(const liq_path_inputs *inputs)
{
    liq_mark_texts texts = {.funding_time_ms = inputs->next_funding_ms,
                            .funding_interval_ms = inputs->funding_interval_ms};
    const char **const places[LIQ_PATH_DECIMALS] = {
        [LIQ_PATH_INDEX] = &texts.index,     [LIQ_PATH_LAST] = &texts.last,
        [LIQ_PATH_BID] = &texts.bid,         [LIQ_PATH_ASK] = &texts.ask,
        [LIQ_PATH_OUTSIDE] = &texts.outside, [LIQ_PATH_FUNDING_RATE] = &texts.funding_rate};

    for (uint32_t i = 0; i < LIQ_PATH_DECIMALS; i++)
        if (inputs->decimals[i][0] != '\0')
            *places[i] = inputs->decimals[i];
    return texts;
}

static liq_status decimal_read(liq_path_inputs *out, const liq_csv *csv, uint32_t first,
                               uint32_t which, liq_error *err)
{
    const liq_text text = liq_csv_field(csv, first + which);
    liq_error reason = {0};
    liq_decimal value;
    liq_status status;

    if (text.bytes == 0)
        return LIQ_OK;
    if ((status = liq_decimal_parse(&value, text, &reason)) != LIQ_OK)
        return liq_csv_fail(csv, first + which, err, status, "%s", reason.message);
    memcpy(out->decimals[which], text.data, text.bytes); /* 64 at most, and the rest is zero */
    return LIQ_OK;
}

static liq_status number_read(int64_t *out, const liq_csv *csv, uint32_t column, int64_t most,
                              liq_error *err)
{
    const liq_text text = liq_csv_field(csv, column);

    if (text.bytes == 0 ||
        (liq_decimal_parse_units(out, text, 0, NULL) == LIQ_OK && *out >= 1 && *out <= most))
        return LIQ_OK;
    return liq_csv_fail(csv, column, err, LIQ_OUT_OF_RANGE, "must be 1 .. %lld milliseconds",
                        (long long)most);
}

/* A rate says something only with the time at which it is due. */
static liq_status funding_check(const liq_path_inputs *inputs, const liq_csv *csv, uint32_t first,
                                liq_error *err)
{
    const bool has_rate = inputs->decimals[LIQ_PATH_FUNDING_RATE][0] != '\0';
    const liq_mark_texts texts = liq_path_inputs_texts(inputs);
    liq_mark_inputs read;
    liq_error reason = {0};
    liq_status status;

    if (has_rate != (inputs->next_funding_ms != 0) ||
        (!has_rate && inputs->funding_interval_ms != 0))
        return liq_csv_fail(csv, first + LIQ_PATH_FUNDING_RATE, err, LIQ_BAD_INPUT,
                            "funding_rate and next_funding_ms belong together");
    if ((status = liq_mark_inputs_read(&read, &texts, &reason)) != LIQ_OK)
        return liq_csv_fail(csv, first + LIQ_PATH_FUNDING_RATE, err, status, "%s", reason.message);
    return LIQ_OK;
}
