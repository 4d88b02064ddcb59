#include "support_guarded.h"

#include <criterion/criterion.h>

void names_take(liq_names **out, const char *one, const char *two)
{
    uint32_t index;

    cr_assert_eq(liq_names_create(out, NULL), LIQ_OK);
    cr_assert_eq(liq_names_add(*out, liq_text_of(one), &index, NULL), LIQ_OK);
    cr_assert_eq(liq_names_add(*out, liq_text_of(two), &index, NULL), LIQ_OK);
}

void guard_make(guarded *out, const liq_guards *rules)
{
    names_take(&out->instruments, "BTCUSDT", "ETHUSDT");
    names_take(&out->assets, "USDT", "BTC");
    cr_assert_eq(liq_guard_create(&out->guard, rules, out->instruments, out->assets, NULL), LIQ_OK);
}

void guard_end(guarded *self)
{
    liq_guard_destroy(self->guard);
    liq_names_destroy(self->instruments);
    liq_names_destroy(self->assets);
}

liq_decimal price(const char *text)
{
    liq_decimal out = {0};

    cr_assert_eq(liq_decimal_parse(&out, liq_text_of(text), NULL), LIQ_OK, "%s", text);
    return out;
}
