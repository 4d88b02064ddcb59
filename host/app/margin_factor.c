#include "app/margin_factor.h"

#include <string.h>

#include "base/decimal.h"
#include "base/fail.h"
#include "book/columns.h"

enum { PPM_DECIMALS = 6 };

typedef struct margin_factor {
    char symbol[LIQ_NAME_BYTES_MAX + 1];
    uint32_t maintenance_ppm;
    uint32_t initial_ppm;
} margin_factor;

static liq_status factor_parse(margin_factor *out, const char *text, liq_error *err);
static liq_status number_parse(uint32_t *out, const char *text, liq_text number, liq_error *err);
static bool is_factor(const liq_options *options, uint32_t option);

liq_status liq_margin_factor_check(const liq_options *options, liq_error *err)
{
    margin_factor factor;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < options->option_count; i++)
        if (is_factor(options, i))
            status = factor_parse(&factor, options->options[i].value, err);
    return status;
}

liq_status liq_margin_factor_apply(liq_book *book, const liq_options *options, liq_error *err)
{
    const liq_names *names = book->venue.instrument_names;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < options->option_count; i++) {
        margin_factor factor;
        bool all;

        if (!is_factor(options, i))
            continue;
        if ((status = factor_parse(&factor, options->options[i].value, err)) != LIQ_OK)
            return status;
        all = strcmp(factor.symbol, "*") == 0;
        for (uint32_t n = 0; status == LIQ_OK && n < (all ? liq_names_count(names) : 1); n++)
            status =
                liq_book_set_margin_factors(book, all ? liq_names_get(names, n) : factor.symbol,
                                            factor.maintenance_ppm, factor.initial_ppm, err);
    }
    return status;
}

static bool is_factor(const liq_options *options, uint32_t option)
{
    return strcmp(options->options[option].spec->name, "margin-factor") == 0;
}

static liq_status factor_parse(margin_factor *out, const char *text, liq_error *err)
{
    const char *equals = strrchr(text, '=');
    const char *slash;
    liq_status status;

    if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof out->symbol)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--margin-factor \"%.160s\" is not SYMBOL=FACTOR",
                        text);
    memcpy(out->symbol, text, (size_t)(equals - text));
    out->symbol[equals - text] = '\0';
    slash = strchr(equals, '/');
    if (slash == NULL)
        slash = equals + strlen(equals);
    status = number_parse(&out->maintenance_ppm, text,
                          (liq_text){equals + 1, (size_t)(slash - equals - 1)}, err);
    out->initial_ppm = out->maintenance_ppm;
    if (status != LIQ_OK || *slash == '\0')
        return status;
    return number_parse(&out->initial_ppm, text, liq_text_of(slash + 1), err);
}

static liq_status number_parse(uint32_t *out, const char *text, liq_text number, liq_error *err)
{
    int64_t ppm;
    liq_error why;
    const liq_status status = liq_decimal_parse_units(&ppm, number, PPM_DECIMALS, &why);

    if (status != LIQ_OK)
        return liq_fail(err, status, 0, "--margin-factor \"%.160s\": the factor %s", text,
                        why.message);
    if (ppm < 1 || ppm > LIQ_FACTOR_PPM_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "--margin-factor \"%.160s\": a factor is in 0.000001 .. %d", text,
                        LIQ_FACTOR_PPM_MAX / LIQ_FACTOR_ONE);
    *out = (uint32_t)ppm;
    return LIQ_OK;
}
