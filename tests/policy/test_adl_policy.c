#include <criterion/criterion.h>
#include <string.h>

#include "policy/adl_policy.h"

/* Journals hold these numbers and venue.json these words: neither may move. */
Test(adl_policy, pins_numbers_and_names)
{
    static const char *const policies[LIQ_ADL_POLICIES] = {
        "queue", "pro_rata", "capped_pro_rata", "risk_aware", "min_leverage", "random_walk"};
    static const char *const bases[LIQ_ADL_BASES] = {"equity", "profit"};
    static const char *const weights[LIQ_ADL_WEIGHTS] = {"leverage", "margin_ratio"};

    for (int i = 0; i < LIQ_ADL_POLICIES; i++) {
        liq_adl_policy found;

        cr_expect_str_eq(liq_adl_policy_name((liq_adl_policy)i), policies[i]);
        cr_expect_eq(liq_adl_policy_find(&found, policies[i], NULL), LIQ_OK);
        cr_expect_eq((int)found, i);
    }
    for (int i = 0; i < LIQ_ADL_BASES; i++) {
        liq_adl_base found;

        cr_expect_str_eq(liq_adl_base_name((liq_adl_base)i), bases[i]);
        cr_expect_eq(liq_adl_base_find(&found, bases[i], NULL), LIQ_OK);
        cr_expect_eq((int)found, i);
    }
    for (int i = 0; i < LIQ_ADL_WEIGHTS; i++) {
        liq_adl_weight found;

        cr_expect_str_eq(liq_adl_weight_name((liq_adl_weight)i), weights[i]);
        cr_expect_eq(liq_adl_weight_find(&found, weights[i], NULL), LIQ_OK);
        cr_expect_eq((int)found, i);
    }
}

Test(adl_policy, names_what_there_is_when_it_refuses)
{
    static const char *const unknown[] = {"", "Queue", "queue ", "pro-rata", "lifo", "pro_rat"};
    liq_adl_policy policy = LIQ_ADL_POLICY_MIN_LEVERAGE;
    liq_adl_weight weight = LIQ_ADL_WEIGHT_MARGIN_RATIO;
    liq_adl_base base = LIQ_ADL_BASE_PROFIT;
    liq_error err;

    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        cr_expect_eq(liq_adl_policy_find(&policy, unknown[i], &err), LIQ_NOT_FOUND);
        cr_expect_eq(liq_adl_base_find(&base, unknown[i], NULL), LIQ_NOT_FOUND);
        cr_expect_eq(liq_adl_weight_find(&weight, unknown[i], NULL), LIQ_NOT_FOUND);
    }
    cr_expect_str_eq(err.message, "policy \"pro_rat\" is not one of queue, pro_rata, "
                                  "capped_pro_rata, risk_aware, min_leverage, random_walk");
    cr_expect(policy == LIQ_ADL_POLICY_MIN_LEVERAGE && base == LIQ_ADL_BASE_PROFIT &&
              weight == LIQ_ADL_WEIGHT_MARGIN_RATIO);
}
