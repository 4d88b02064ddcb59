/*
 * The command line: what is taken, what is refused and in which words.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "app/nearest.h"
#include "app/options.h"
#include "app/shock.h"

static const liq_option_spec specs[] = {{"all", NULL, false, "everything"},
                                        {"check", NULL, false, "ask"},
                                        {"shock", "SYM=PERCENT%", true, "move"},
                                        {"device", "NAME", false, "where"},
                                        {"help", NULL, false, "help"}};

enum { SPEC_COUNT = sizeof specs / sizeof specs[0], WORDS_MAX = 8 };

/* Parse words that end with NULL for a command with two operands. */
static liq_status parse(liq_options *out, const char *const *words, liq_error *err)
{
    uint32_t count = 0;

    while (words[count] != NULL)
        count++;
    return liq_options_parse(out, specs, SPEC_COUNT, words, count, "BOOK ACCOUNT", err);
}

Test(options, takes_options_before_between_and_after_operands)
{
    static const char *const words[] = {"--all", "book",         "--shock", "BTC=-1%",
                                        "alice", "--shock=E=2%", "--",      NULL};
    liq_options options;
    liq_error err = {.message = ""};

    cr_assert(parse(&options, words, &err) == LIQ_OK, "%s", err.message);
    cr_expect(options.operand_count == 2);
    cr_expect_str_eq(options.operands[0], "book");
    cr_expect_str_eq(options.operands[1], "alice");
    cr_expect(options.option_count == 3);
    cr_expect(liq_options_has(&options, "all"));
    cr_expect_not(liq_options_has(&options, "check"));
    cr_expect_str_eq(options.options[1].value, "BTC=-1%");
    cr_expect_str_eq(options.options[2].value, "E=2%");
    cr_expect_null(liq_options_value(&options, "device"));
    liq_options_clear(&options);
    liq_options_clear(&options);
}

Test(options, takes_everything_after_two_dashes_as_operands)
{
    static const char *const words[] = {"--device=a=b", "--", "--all", "-x", NULL};
    liq_options options;
    liq_error err = {.message = ""};

    cr_assert(parse(&options, words, &err) == LIQ_OK, "%s", err.message);
    cr_expect_str_eq(options.operands[0], "--all");
    cr_expect_str_eq(options.operands[1], "-x");
    cr_expect_str_eq(liq_options_value(&options, "device"), "a=b");
    cr_expect_not(liq_options_has(&options, "all"));
    liq_options_clear(&options);
}

Test(options, takes_a_lone_dash_as_an_operand)
{
    static const char *const words[] = {"-", "alice", NULL};
    liq_options options;

    cr_assert(parse(&options, words, NULL) == LIQ_OK);
    cr_expect_str_eq(options.operands[0], "-");
    liq_options_clear(&options);
}

Test(options, needs_no_operands_when_help_is_asked_for)
{
    static const char *const spellings[] = {"--help", "-h"};

    for (size_t i = 0; i < 2; i++) {
        const char *const words[] = {spellings[i], NULL};
        liq_options options;

        cr_assert(parse(&options, words, NULL) == LIQ_OK);
        cr_expect(liq_options_has(&options, "help"));
        liq_options_clear(&options);
    }
}

typedef struct refused_case {
    const char *words[WORDS_MAX];
    const char *message;
} refused_case;

Test(options, refuses_what_is_wrong_in_clear_words)
{
    static const refused_case cases[] = {
        {{"b", "a", "--chek"}, "unknown option \"--chek\"; did you mean --check?"},
        {{"b", "a", "--chekc"}, "unknown option \"--chekc\"; did you mean --check?"},
        {{"b", "a", "--dev=1"}, "unknown option \"--dev\"; did you mean --device?"},
        {{"b", "a", "--al"}, "unknown option \"--al\"; did you mean --all?"},
        {{"b", "a", "--zzzzzz"}, "unknown option \"--zzzzzz\""},
        {{"b", "a", "--All"}, "unknown option \"--All\"; did you mean --all?"},
        {{"b", "a", "--=x"}, "unknown option \"--\""},
        {{"b", "a", "-a"}, "unknown option \"-a\": options have long names and two dashes"},
        {{"b", "a", "-all"}, "unknown option \"-all\": options have long names and two dashes"},
        {{"b", "a", "--all", "--all"}, "--all is given twice"},
        {{"b", "a", "--device=1", "--device", "1"}, "--device is given twice"},
        {{"b", "a", "--all=yes"}, "--all takes no value, and has \"yes\""},
        {{"b", "a", "--all="}, "--all takes no value, and has \"\""},
        {{"b", "a", "--device"}, "--device needs a value: --device NAME"},
        {{"b", "a", "--device="}, "--device needs a value: --device NAME"},
        {{"b", "a", "--device", ""}, "--device needs a value: --device NAME"},
        {{"b", "a", "--device", "--all"}, "--device needs a value: --device NAME"},
        {{"b", "a", "--device", "-x"}, "--device needs a value: --device NAME"},
        {{"b", "a", "--device", "-"}, "--device needs a value: --device NAME"},
        {{"b", "a", "--shock"}, "--shock needs a value: --shock SYM=PERCENT%"},
        {{NULL}, "BOOK is missing"},
        {{"b"}, "ACCOUNT is missing"},
        {{"b", "--all"}, "ACCOUNT is missing"},
        {{"", "a"}, "BOOK is empty"},
        {{"b", ""}, "ACCOUNT is empty"},
        {{"b", "a", "c"}, "\"c\" is one argument too many"},
        {{"b", "a", "--", "--all"}, "\"--all\" is one argument too many"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_options options = {.option_count = 77};
        liq_error err = {.message = ""};

        cr_expect(parse(&options, cases[i].words, &err) == LIQ_BAD_INPUT, "case %zu", i);
        cr_expect_str_eq(err.message, cases[i].message, "case %zu: %s", i, err.message);
        cr_expect(options.option_count == 77, "case %zu is half-read", i);
    }
}

Test(options, shows_control_bytes_of_a_wrong_option_as_escapes)
{
    static const char *const words[] = {"--\033[2J", NULL};
    liq_options options;
    liq_error err;

    cr_expect(parse(&options, words, &err) == LIQ_BAD_INPUT);
    cr_expect_str_eq(err.message, "unknown option \"--\\x1b[2J\"");
}

Test(nearest, counts_changed_added_dropped_and_swapped_letters)
{
    static const char *const names[] = {"devices", "scan", "explain", "import tiers"};
    static const struct {
        const char *word;
        const char *nearest;
    } cases[] = {{"scna", "scan"},
                 {"sca", "scan"},
                 {"scann", "scan"},
                 {"sxan", "scan"},
                 {"device", "devices"},
                 {"exp", "explain"},
                 {"expalin", "explain"},
                 {"zzz", NULL},
                 {"s", NULL},
                 {"", NULL},
                 {"xyan", NULL},
                 {"a-word-that-is-much-longer-than-any-name-anybody-would-ever-give-to-it", NULL}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *nearest = liq_nearest(cases[i].word, names, 4);

        if (cases[i].nearest == NULL)
            cr_expect_null(nearest, "%s", cases[i].word);
        else
            cr_expect(nearest != NULL && strcmp(nearest, cases[i].nearest) == 0, "%s",
                      cases[i].word);
    }
}

Test(shock, reads_signed_percentages_to_the_millionth)
{
    static const struct {
        const char *text;
        const char *symbol;
        int64_t ppm;
    } cases[] = {{"BTCUSDT=-10%", "BTCUSDT", -100000},
                 {"BTCUSDT=10%", "BTCUSDT", 100000},
                 {"ETH=+2.5%", "ETH", 25000},
                 {"a=b=-0.0001%", "a=b", -1},
                 {"X=0%", "X", 0},
                 {"X=99.9999%", "X", 999999},
                 {"X=-99.99990%", "X", -999999},
                 {"X=100000%", "X", 1000000000}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_shock shock;
        liq_error err = {.message = ""};

        cr_assert(liq_shock_parse(&shock, cases[i].text, &err) == LIQ_OK, "%s: %s", cases[i].text,
                  err.message);
        cr_expect_str_eq(shock.symbol, cases[i].symbol);
        cr_expect(shock.change_ppm == cases[i].ppm, "%s", cases[i].text);
    }
}

Test(shock, refuses_what_is_no_percentage)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"BTCUSDT", "--shock \"BTCUSDT\" is not SYMBOL=PERCENT%"},
        {"=-10%", "--shock \"=-10%\" is not SYMBOL=PERCENT%"},
        {"BTC=-10", "--shock \"BTC=-10\": the change needs a % at its end"},
        {"BTC=", "--shock \"BTC=\": the change needs a % at its end"},
        {"BTC=%", "--shock \"BTC=%\": the percentage is empty, a decimal is needed"},
        {"BTC=+%", "--shock \"BTC=+%\": the percentage is empty, a decimal is needed"},
        {"BTC=1.23456%", "--shock \"BTC=1.23456%\": the percentage has 5 decimals, the limit is 4"},
        {"BTC=ten%", "--shock \"BTC=ten%\": the percentage is not a plain decimal such as -12.5"},
        {"BTC=+-1%", "--shock \"BTC=+-1%\": the percentage is not a plain decimal such as -12.5"},
        {"BTC=1e2%", "--shock \"BTC=1e2%\": the percentage is not a plain decimal such as -12.5"},
        {"BTC=-10%%", "--shock \"BTC=-10%%\": the percentage is not a plain decimal such as -12.5"},
        {"BTC= 1%", "--shock \"BTC= 1%\": the percentage is not a plain decimal such as -12.5"},
        {"BTC=999999999999999%",
         "--shock \"BTC=999999999999999%\": the percentage is past 2^63 - 1 "
         "units of 10^-4"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_shock shock;
        liq_error err = {.message = ""};

        cr_expect(liq_shock_parse(&shock, cases[i].text, &err) != LIQ_OK, "%s", cases[i].text);
        cr_expect_str_eq(err.message, cases[i].message, "%s: %s", cases[i].text, err.message);
    }
}

Test(shock, refuses_a_symbol_that_is_too_long)
{
    char text[256];
    liq_shock shock;

    memset(text, 'a', sizeof text);
    strcpy(text + 129, "=1%");
    cr_expect(liq_shock_parse(&shock, text, NULL) == LIQ_BAD_INPUT);
    strcpy(text + 128, "=1%");
    cr_expect(liq_shock_parse(&shock, text, NULL) == LIQ_OK);
    cr_expect(strlen(shock.symbol) == 128);
}

Test(shock, refuses_to_move_a_symbol_twice)
{
    static const char *const words[] = {"b", "a", "--shock=X=1%", "--shock=Y=1%", "--shock=X=2%",
                                        NULL};
    liq_options options;
    liq_error err;

    cr_assert(parse(&options, words, &err) == LIQ_OK);
    cr_expect(liq_shocks_check(&options, &err) == LIQ_BAD_INPUT);
    cr_expect_str_eq(err.message, "--shock moves X twice");
    liq_options_clear(&options);
}
