#include "app/shock.h"

#include <stdbool.h>
#include <string.h>

#include "base/decimal.h"
#include "base/fail.h"

/* A percentage with four decimals counts parts per million. */
enum { PERCENT_DECIMALS = 4, WHOLE_PPM = 1000000, CHANGE_PPM_MAX = 1000000000 };

static bool is_repeated(const liq_options *options, uint32_t option, const char *symbol);

liq_status liq_shock_parse(liq_shock *out, const char *text, liq_error *err)
{
    return liq_shock_parse_as(out, "shock", text, err);
}

liq_status liq_shock_parse_as(liq_shock *out, const char *option, const char *text, liq_error *err)
{
    const char *equals = strrchr(text, '=');
    const size_t bytes = strlen(text);
    const char *number;
    liq_error why;
    liq_status status;

    if (equals == NULL || equals == text)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.160s\" is not SYMBOL=PERCENT%%", option,
                        text);
    if ((size_t)(equals - text) >= sizeof out->symbol)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.160s\": a symbol has at most %d bytes",
                        option, text, LIQ_SHOCK_SYMBOL_BYTES - 1);
    if (text[bytes - 1] != '%')
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.160s\": the change needs a %% at its end",
                        option, text);
    number = equals + 1 + (equals[1] == '+' && equals[2] != '-');
    status = liq_decimal_parse_units(&out->change_ppm,
                                     (liq_text){number, (size_t)(text + bytes - 1 - number)},
                                     PERCENT_DECIMALS, &why);
    if (status != LIQ_OK)
        return liq_fail(err, status, 0, "--%s \"%.160s\": the percentage %s", option, text,
                        why.message);
    memcpy(out->symbol, text, (size_t)(equals - text));
    out->symbol[equals - text] = '\0';
    return LIQ_OK;
}

liq_status liq_shocks_check(const liq_options *options, liq_error *err)
{
    for (uint32_t i = 0; i < options->option_count; i++) {
        liq_shock shock;
        liq_status status;

        if (strcmp(options->options[i].spec->name, "shock") != 0)
            continue;
        if ((status = liq_shock_parse(&shock, options->options[i].value, err)) != LIQ_OK)
            return status;
        if (shock.change_ppm <= -WHOLE_PPM || shock.change_ppm > CHANGE_PPM_MAX)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                            "--shock \"%.160s\" is not above -100%% and at most 100000%%",
                            options->options[i].value);
        if (is_repeated(options, i, shock.symbol))
            return liq_fail(err, LIQ_BAD_INPUT, 0, "--shock moves %s twice", shock.symbol);
    }
    return LIQ_OK;
}

liq_status liq_shocks_apply(liq_book *book, const liq_options *options, liq_error *err)
{
    for (uint32_t i = 0; i < options->option_count; i++) {
        liq_shock shock;
        liq_error why;
        liq_status status;

        if (strcmp(options->options[i].spec->name, "shock") != 0)
            continue;
        if ((status = liq_shock_parse(&shock, options->options[i].value, err)) != LIQ_OK)
            return status;
        if ((status = liq_book_shock(book, shock.symbol, shock.change_ppm, &why)) != LIQ_OK)
            return liq_fail(err, status, 0, "--shock \"%.160s\": %s", options->options[i].value,
                            why.message);
    }
    return LIQ_OK;
}

/* Whether an earlier option moves the same symbol: whether moves add up or multiply is nobody's
 * guess. */
static bool is_repeated(const liq_options *options, uint32_t option, const char *symbol)
{
    for (uint32_t i = 0; i < option; i++) {
        liq_shock shock;

        if (strcmp(options->options[i].spec->name, "shock") == 0 &&
            liq_shock_parse(&shock, options->options[i].value, NULL) == LIQ_OK &&
            strcmp(shock.symbol, symbol) == 0)
            return true;
    }
    return false;
}
