#include <criterion/criterion.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"

Test(fail, fills_the_error_and_returns_the_status)
{
    liq_error error;

    cr_expect(liq_fail(&error, LIQ_IO, ENOSPC, "%s: %d", "disk", 7) == LIQ_IO);
    cr_expect(error.status == LIQ_IO && error.native == ENOSPC);
    cr_expect(strcmp(error.message, "disk: 7") == 0, "%s", error.message);
}

Test(fail, does_without_an_error_to_fill)
{
    cr_expect(liq_fail(NULL, LIQ_BAD_INPUT, 0, "nobody reads this") == LIQ_BAD_INPUT);
}

Test(fail, may_be_given_its_own_message)
{
    liq_error error = {.message = "inner"};

    cr_expect(liq_fail(&error, LIQ_BAD_INPUT, 0, "outer: %s", error.message) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "outer: inner") == 0, "%s", error.message);
}

Test(fail, shows_bytes_that_do_not_print)
{
    static const struct {
        const char *raw;
        const char *shown;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"two\nlines", "two\\x0alines"},
        {"\x1b[31m", "\\x1b[31m"},
        {"\x7f", "\\x7f"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\xff", "\\xff"},
        {"\xc3", "\\xc3"},
        {"\xc3(", "\\xc3("},
        {"\xe2\x82", "\\xe2\\x82"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\x80z", "\\x80z"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_error error;

        cr_expect(liq_fail(&error, LIQ_BAD_INPUT, 0, "%s", cases[i].raw) == LIQ_BAD_INPUT);
        cr_expect(strcmp(error.message, cases[i].shown) == 0, "case %zu: %s", i, error.message);
    }
}

/* A message that ends in count times piece, which is too much for it. */
static void cut_check(const char *start, const char *piece)
{
    char raw[2048];
    liq_error error;
    size_t bytes;

    strcpy(raw, start);
    while (strlen(raw) + strlen(piece) < sizeof raw)
        strcat(raw, piece);
    cr_expect(liq_fail(&error, LIQ_BAD_INPUT, 0, "%s", raw) == LIQ_BAD_INPUT);
    bytes = strlen(error.message);
    cr_expect(bytes < LIQ_ERROR_MESSAGE_BYTES && bytes >= LIQ_ERROR_MESSAGE_BYTES - 12, "%zu",
              bytes);
    cr_expect(liq_text_utf8(liq_text_of(error.message)));
}

Test(fail, cuts_long_messages_between_characters)
{
    static const char *const starts[] = {"", "x", "xx", "xxx"};

    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        cut_check(starts[i], "x");
        cut_check(starts[i], "\n");
        cut_check(starts[i], "\xc3\xa9");
        cut_check(starts[i], "\xe2\x82\xac");
        cut_check(starts[i], "\xf0\x9f\x98\x80");
    }
}

Test(fail, names_every_status)
{
    static const struct {
        int number;
        const char *name;
    } pinned[] = {{0, "ok"},
                  {1, "bad_input"},
                  {2, "out_of_range"},
                  {3, "not_found"},
                  {4, "duplicate"},
                  {5, "unsupported"},
                  {6, "out_of_memory"},
                  {7, "io"},
                  {8, "no_device"},
                  {9, "device_fault"},
                  {10, "self_test"},
                  {11, "interrupted"},
                  {12, "not_conserved"},
                  {13, "unknown"},
                  {-1, "unknown"}};

    for (size_t i = 0; i < sizeof pinned / sizeof pinned[0]; i++)
        cr_expect(strcmp(liq_status_name((liq_status)pinned[i].number), pinned[i].name) == 0, "%d",
                  pinned[i].number);
}

Test(fail, stops_the_program_where_an_assertion_does_not_hold, .signal = SIGABRT)
{
    const volatile int one = 1;

    LIQ_ASSERT(one == 2);
}

Test(fail, stops_the_program_that_fails_with_success, .signal = SIGABRT)
{
    (void)liq_fail(NULL, LIQ_OK, 0, "%s", "");
}
