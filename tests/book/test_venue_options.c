#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "book/venue.h"

#define PERP                                                                                       \
    "{\"symbol\":\"P\",\"kind\":\"linear\",\"base\":\"BTC\",\"settle\":\"USDC\",\"multiplier\":"   \
    "\"1\","                                                                                       \
    "\"lot\":\"1\",\"tick\":\"1\",\"tiers\":[{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]" \
    "}"
#define INDEX(name)                                                                                \
    "{\"symbol\":\"" name                                                                          \
    "\",\"kind\":\"index\",\"base\":\"BTC\",\"settle\":\"USDC\",\"multiplier\":\"1\","             \
    "\"lot\":\"1\",\"tick\":\"1\"}"
#define OPTION(settle, rest)                                                                       \
    "{\"symbol\":\"O\",\"kind\":\"option\",\"base\":\"BTC\",\"settle\":\"" settle                  \
    "\",\"multiplier\":\"1\",\"lot\":\"1\",\"tick\":\"1\"" rest "}"
#define TERMS                                                                                      \
    ",\"option\":\"put\",\"strike\":\"50000\",\"underlying\":\"P\",\"volatility\":\"V\",\"days\":" \
    "\"D\""

static liq_status load(liq_venue *out, const char *instruments, liq_error *err)
{
    char text[4096];

    snprintf(text, sizeof text,
             "{\"venue\":\"v\",\"profile\":\"deribit\",\"margin_currency\":\"USDC\","
             "\"assets\":[{\"asset\":\"USDC\",\"weight\":\"1\"},{\"asset\":\"BTC\",\"weight\":"
             "\"1\"}],\"instruments\":[%s]}",
             instruments);
    return liq_venue_load_text(out, "venue.json", (liq_text){text, strlen(text)}, err);
}

/* The coin option comes first in the file and last among instruments, which follow settle assets.
 */
Test(venue_options, refer_to_instruments_by_their_final_places)
{
    static const char *const lists[] = {OPTION("BTC", TERMS) "," INDEX("V") "," PERP "," INDEX("D"),
                                        INDEX("D") "," PERP
                                                   "," OPTION("USDC", TERMS) "," INDEX("V")};

    for (int i = 0; i < 2; i++) {
        liq_venue venue = {0};
        liq_error err = {0};
        uint32_t index;
        const liq_option_terms *terms;

        cr_assert_eq(load(&venue, lists[i], &err), LIQ_OK, "%s", err.message);
        cr_assert(liq_names_find(venue.instrument_names, liq_text_of("O"), &index));
        terms = &venue.instruments[index].option;
        cr_expect_eq(venue.option_count, 1);
        cr_expect_eq(terms->strike.digits, 50000);
        cr_expect(terms->is_put);
        cr_expect_eq(terms->is_inverse, i == 0);
        cr_expect_str_eq(liq_names_get(venue.instrument_names, terms->underlying_index), "P");
        cr_expect_str_eq(liq_names_get(venue.instrument_names, terms->volatility_index), "V");
        cr_expect_str_eq(liq_names_get(venue.instrument_names, terms->days_index), "D");
        cr_expect_eq(venue.instruments[index].tier_count, 1);
        liq_venue_clear(&venue);
    }
}

Test(venue_options, are_refused_when_they_say_too_little_or_too_much)
{
    static const struct {
        const char *instruments;
        liq_status status;
        const char *message;
    } cases[] = {
        {OPTION("USDC", ""), LIQ_BAD_INPUT, "lacks \"option\""},
        {OPTION("USDC", ",\"option\":\"Put\""), LIQ_BAD_INPUT, "must be call or put"},
        {OPTION("USDC", ",\"option\":\"put\""), LIQ_BAD_INPUT, "lacks \"strike\""},
        {OPTION("USDC", ",\"option\":\"put\",\"strike\":\"0\""), LIQ_OUT_OF_RANGE,
         "must be above 0"},
        {OPTION("USDC", ",\"option\":\"put\",\"strike\":\"1\",\"underlying\":\"Q\""), LIQ_NOT_FOUND,
         "is not an instrument of the venue"},
        {OPTION("USDC", ",\"option\":\"put\",\"strike\":\"1\",\"underlying\":\"O\",\"volatility\":"
                        "\"V\",\"days\":\"D\"") "," INDEX("V") "," INDEX("D"),
         LIQ_BAD_INPUT, "an option is on a linear or inverse instrument, or an index"},
        {OPTION("USDC", ",\"option\":\"put\",\"strike\":\"1\",\"underlying\":\"P\",\"volatility\":"
                        "\"P\",\"days\":\"D\"") "," PERP "," INDEX("D"),
         LIQ_BAD_INPUT, "must be an instrument of the kind \"index\""},
        {OPTION("USDC", TERMS ",\"tiers\":[]") "," PERP "," INDEX("V") "," INDEX("D"),
         LIQ_BAD_INPUT, "an option or an index has no tiers"},
        {"{\"symbol\":\"P\",\"kind\":\"linear\",\"base\":\"BTC\",\"settle\":\"USDC\","
         "\"multiplier\":"
         "\"1\",\"lot\":\"1\",\"tick\":\"1\"}",
         LIQ_BAD_INPUT, "lacks \"tiers\""},
        {"{\"symbol\":\"P\",\"kind\":\"index\",\"base\":\"BTC\",\"settle\":\"USDC\",\"multiplier\":"
         "\"1\",\"lot\":\"1\",\"tick\":\"1\",\"strike\":\"5\"}",
         LIQ_BAD_INPUT, "is for the kind \"option\" only"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_venue venue = {0};
        liq_error err = {0};

        cr_expect_eq(load(&venue, cases[i].instruments, &err), cases[i].status, "%zu: %s", i,
                     err.message);
        cr_expect_not_null(strstr(err.message, cases[i].message), "%zu: %s", i, err.message);
    }
}
