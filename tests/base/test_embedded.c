#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdbool.h>
#include <string.h>

#include "base/embedded.h"

static bool has_function(const char *text, const char *name);

Test(embedded, finds_the_program_of_all_kernels)
{
    const liq_embedded *program = liq_embedded_kernel("liqscan");

    cr_assert(program != NULL);
    cr_assert(eq(sz, program->bytes, strlen(program->text)));
}

Test(embedded, has_every_kernel_inside_the_program_of_all)
{
    const liq_embedded *program = liq_embedded_kernel("liqscan");
    const liq_embedded *entry;

    for (entry = liq_embedded_kernel_table; entry->name != NULL; entry++) {
        if (entry == program)
            continue;
        /* A kernel is named like its file. */
        cr_expect(has_function(entry->text, entry->name), "no kernel %s in its file", entry->name);
        cr_expect(has_function(program->text, entry->name), "liqscan lacks %s", entry->name);
        cr_expect(eq(sz, entry->bytes, strlen(entry->text)));
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
