#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdbool.h>
#include <string.h>

#include "base/embedded.h"

static const char *const programs[] = {"margin", "screen"};
enum { PROGRAMS = sizeof programs / sizeof programs[0] };

static bool is_program(const char *name);
static bool has_function(const char *text, const char *name);

Test(embedded, finds_the_programs_of_several_kernels)
{
    for (size_t i = 0; i < PROGRAMS; i++) {
        const liq_embedded *program = liq_embedded_kernel(programs[i]);

        cr_assert(program != NULL, "%s", programs[i]);
        cr_assert(eq(sz, program->bytes, strlen(program->text)));
    }
}

Test(embedded, has_every_kernel_alone_and_at_most_in_one_program_more)
{
    const liq_embedded *entry;

    for (entry = liq_embedded_kernel_table; entry->name != NULL; entry++) {
        unsigned count = 0;

        if (is_program(entry->name))
            continue;
        for (size_t i = 0; i < PROGRAMS; i++)
            count += has_function(liq_embedded_kernel(programs[i])->text, entry->name);
        /* A kernel is named like its file. */
        cr_expect(has_function(entry->text, entry->name), "no kernel %s in its file", entry->name);
        cr_expect(le(uint, count, 1), "%u programs have %s", count, entry->name);
        cr_expect(eq(sz, entry->bytes, strlen(entry->text)));
    }
}

/* What is not launched beside it would cost a first scan its compiling. */
Test(embedded, has_in_the_program_of_a_scan_only_what_every_scan_may_launch)
{
    const char *const text = liq_embedded_kernel("margin")->text;
    const liq_embedded *entry;

    for (entry = liq_embedded_kernel_table; entry->name != NULL; entry++) {
        const bool is_wanted = strcmp(entry->name, "margin_chunks") == 0 ||
                               strcmp(entry->name, "margin_long_rows") == 0 ||
                               strcmp(entry->name, "margin_rows") == 0 ||
                               strcmp(entry->name, "probe") == 0;

        cr_expect(eq(int, has_function(text, entry->name), is_wanted), "%s", entry->name);
    }
}

Test(embedded, lists_each_profile_once_in_the_order_of_names)
{
    const liq_embedded *before = NULL;
    const liq_embedded *entry;
    uint32_t i;

    for (i = 0; (entry = liq_embedded_profile_at(i)) != NULL; i++) {
        cr_expect(before == NULL || strcmp(before->name, entry->name) < 0);
        cr_expect(entry == liq_embedded_profile(entry->name));
        cr_expect(eq(sz, entry->bytes, strlen(entry->text)));
        before = entry;
    }
    cr_expect(liq_embedded_profile_at(i + 1) == NULL);
    cr_expect(liq_embedded_profile_at(UINT32_MAX) == NULL);
}

Test(embedded, has_nothing_under_an_unknown_name)
{
    static const char *const names[] = {"", "nobody", "liqscan.cl", "LIQSCAN", "../liqscan"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        cr_expect(liq_embedded_kernel(names[i]) == NULL, "kernel '%s'", names[i]);
        cr_expect(liq_embedded_profile(names[i]) == NULL, "profile '%s'", names[i]);
    }
}

static bool is_program(const char *name)
{
    for (size_t i = 0; i < PROGRAMS; i++)
        if (strcmp(programs[i], name) == 0)
            return true;
    return false;
}

/* Whether name stands in text as a word before a parenthesis. */
static bool has_function(const char *text, const char *name)
{
    const size_t bytes = strlen(name);
    const char *at;

    for (at = strstr(text, name); at != NULL; at = strstr(at + 1, name))
        if (at > text && strchr(" \n", at[-1]) != NULL && at[bytes] == '(')
            return true;
    return false;
}
