/*
 * The object "slicing" of a policy.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "policy/policy_slicing.h"

/* What two objects make, NULL: not there. */
static liq_status read_pair(liq_slicing *out, const char *profile, const char *override,
                            liq_error *err)
{
    const char *const texts[] = {profile, override};
    liq_json *files[2] = {NULL, NULL};
    const liq_json_value *roots[2] = {NULL, NULL};
    liq_status status;

    for (int i = 0; i < 2; i++) {
        if (texts[i] == NULL)
            continue;
        cr_assert_eq(liq_json_parse(&files[i], i == 0 ? "profile.json" : "venue.json",
                                    liq_text_of(texts[i]), err),
                     LIQ_OK, "%s", err->message);
        roots[i] = liq_json_root(files[i]);
    }
    status = liq_slicing_read(out, files[0], roots[0], files[1], roots[1], err);
    liq_json_destroy(files[0]);
    liq_json_destroy(files[1]);
    return status;
}

Test(policy_slicing, takes_each_number_from_the_override_then_the_profile_then_as_named)
{
    const liq_slicing named = liq_slicing_default();
    liq_slicing read;
    liq_error err = {0};

    cr_assert_eq(read_pair(&read, NULL, NULL, &err), LIQ_OK);
    cr_expect_eq(memcmp(&read, &named, sizeof read), 0);
    cr_expect_eq(named.participation, 250000000);
    cr_expect_eq(named.risk_weight, 1000000000);
    cr_expect_eq(named.volatility, 5000000);
    cr_expect_eq(named.urgency, 330000000);
    cr_expect_eq(named.interval_ms, 10000);
    cr_expect_eq(named.volatility_half_life_ms, 1800000);
    cr_expect_eq(named.slices_max, 20);
    cr_assert_eq(read_pair(&read, "{\"participation\": \"0.1\", \"slices_max\": 7}",
                           "{\"comment\": \"ours\", \"participation\": \"0.2\", "
                           "\"risk_weight\": \"100\", \"volatility\": \"1\", \"urgency\": \"0\", "
                           "\"interval_ms\": 0, \"volatility_half_life_ms\": 86400000}",
                           &err),
                 LIQ_OK, "%s", err.message);
    cr_expect_eq(read.participation, 200000000);
    cr_expect_eq(read.risk_weight, 100000000000);
    cr_expect_eq(read.volatility, 1000000000);
    cr_expect_eq(read.urgency, 0);
    cr_expect_eq(read.interval_ms, 0);
    cr_expect_eq(read.volatility_half_life_ms, 86400000);
    cr_expect_eq(read.slices_max, 7);
}

Test(policy_slicing, refuses_what_cannot_be)
{
    static const struct {
        const char *text;
        liq_status status;
        const char *says;
    } rows[] = {{"{\"slices\": 3}", LIQ_BAD_INPUT, "slices"},
                {"[]", LIQ_BAD_INPUT, ""},
                {"{\"participation\": \"0\"}", LIQ_OUT_OF_RANGE, "0.0001 .. 1"},
                {"{\"participation\": \"1.01\"}", LIQ_OUT_OF_RANGE, "participation"},
                {"{\"participation\": 0.5}", LIQ_BAD_INPUT, "participation"},
                {"{\"risk_weight\": \"-1\"}", LIQ_OUT_OF_RANGE, "risk_weight"},
                {"{\"risk_weight\": \"100.1\"}", LIQ_OUT_OF_RANGE, "0 .. 100"},
                {"{\"volatility\": \"0.0000000001\"}", LIQ_OUT_OF_RANGE, "9 decimals"},
                {"{\"urgency\": \"2\"}", LIQ_OUT_OF_RANGE, "urgency"},
                {"{\"interval_ms\": -1}", LIQ_OUT_OF_RANGE, "interval_ms"},
                {"{\"interval_ms\": \"10\"}", LIQ_BAD_INPUT, "interval_ms"},
                {"{\"volatility_half_life_ms\": 0}", LIQ_OUT_OF_RANGE, "volatility_half_life_ms"},
                {"{\"slices_max\": 0}", LIQ_OUT_OF_RANGE, "slices_max"},
                {"{\"slices_max\": 10001}", LIQ_OUT_OF_RANGE, "10000"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_slicing read;
        liq_error err = {0};

        cr_expect_eq(read_pair(&read, NULL, rows[i].text, &err), rows[i].status, "%s: %d %s",
                     rows[i].text, 0, err.message);
        cr_expect(strstr(err.message, rows[i].says) != NULL, "%s: %s", rows[i].text, err.message);
    }
}
