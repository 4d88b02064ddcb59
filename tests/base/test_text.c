#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/text.h"

Test(text, compares_all_bytes)
{
    cr_expect(liq_text_equal(liq_text_of("abc"), "abc"));
    cr_expect(liq_text_equal((liq_text){"abcd", 3}, "abc"));
    cr_expect(!liq_text_equal(liq_text_of("abc"), "ab"));
    cr_expect(!liq_text_equal(liq_text_of("ab"), "abc"));
    cr_expect(!liq_text_equal(liq_text_of("abc"), "abd"));
    cr_expect(!liq_text_equal((liq_text){"a\0b", 3}, "a"));
    cr_expect(liq_text_equal(liq_text_of(""), ""));
}

Test(text, takes_well_formed_utf8)
{
    static const char *const good[] = {
        "",
        "plain",
        "\x01\x7f",
        "\xc2\x80",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbf",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
        "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_expect(liq_text_utf8(liq_text_of(good[i])), "case %zu", i);
    cr_expect(liq_text_utf8((liq_text){"a\0b", 3}));
}

Test(text, refuses_broken_utf8)
{
    static const char *const bad[] = {
        "\x80", /* a continuation alone */
        "\xbf",
        "\xc0\x80",         /* overlong NUL */
        "\xc1\xbf",         /* overlong in two bytes */
        "\xe0\x9f\xbf",     /* overlong in three */
        "\xf0\x8f\xbf\xbf", /* overlong in four */
        "\xed\xa0\x80",     /* surrogates */
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80", /* past U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc3", /* cut short */
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xc3"
        "a", /* no continuation */
        "\xe2\x82"
        "a",
        "\xf0\x9f\x98"
        "a",
        "good\xc3\xa9then\xfe",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect(!liq_text_utf8(liq_text_of(bad[i])), "case %zu", i);
}

Test(text, shows_at_most_64_bytes_of_whole_characters)
{
    char text[80];

    memset(text, 'x', sizeof text);
    cr_expect(liq_text_shown_bytes((liq_text){text, 0}) == 0);
    cr_expect(liq_text_shown_bytes((liq_text){text, 64}) == 64);
    cr_expect(liq_text_shown_bytes((liq_text){text, 65}) == 64);
    for (size_t start = 60; start < 67; start++) { /* a character of four bytes at every place */
        const size_t expected = start >= 64 || start + 4 <= 64 ? 64 : start;

        memset(text, 'x', sizeof text);
        memcpy(text + start, "\xf0\x9f\x98\x80", 4);
        cr_expect(liq_text_shown_bytes((liq_text){text, sizeof text}) == expected, "%zu", start);
    }
    memset(text, '\x80', sizeof text); /* broken text is cut all the same */
    cr_expect(liq_text_shown_bytes((liq_text){text, sizeof text}) >= 61);
}

Test(text, prints_through_its_arguments)
{
    char out[16];

    (void)snprintf(out, sizeof out, "<%.*s>", LIQ_TEXT_ARGS(((liq_text){"abcdef", 3})));
    cr_expect(strcmp(out, "<abc>") == 0, "%s", out);
}
