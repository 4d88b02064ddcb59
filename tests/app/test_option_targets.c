/*
 * No command writes over what it reads.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/option_targets.h"
#include "support_run.h"

enum { PATH_BYTES = 4096, TEXT_BYTES = 2 * PATH_BYTES, OPTIONS_MAX = 2 };

static char home[PATH_BYTES];

static void setup(void)
{
    folder_make(home);
    folder_write(home, "marks.csv", "symbol,price\n");
    folder_write(home, "path.csv", "time_ms,symbol,price\n");
    folder_write(home, "other", "x");
}

static void teardown(void)
{
    folder_remove(home);
}

TestSuite(option_targets, .init = setup, .fini = teardown);

/* What is given: options by name and value, operands; % in them stands for the folder. */
typedef struct target_case {
    const char *options[OPTIONS_MAX][2];
    const char *operands[2];
    const char *message; /* words of it, or NULL where nothing is wrong */
} target_case;

static const char *filled(char out[TEXT_BYTES], const char *text)
{
    const char *mark = text == NULL ? NULL : strchr(text, '%');

    if (text == NULL)
        return NULL;
    (void)snprintf(out, TEXT_BYTES, "%.*s%s%s",
                   mark == NULL ? (int)strlen(text) : (int)(mark - text), text,
                   mark == NULL ? "" : home, mark == NULL ? "" : mark + 1);
    return out;
}

static liq_status checked(const target_case *row, liq_error *err)
{
    static char texts[2 * OPTIONS_MAX][TEXT_BYTES];
    liq_option_spec specs[OPTIONS_MAX] = {{0}};
    liq_option given[OPTIONS_MAX];
    const char *operands[2];
    liq_options options = {.options = given, .operands = operands};

    for (uint32_t i = 0; i < OPTIONS_MAX && row->options[i][0] != NULL; i++) {
        specs[i].name = row->options[i][0];
        given[i] = (liq_option){&specs[i], filled(texts[i], row->options[i][1])};
        options.option_count++;
    }
    for (uint32_t i = 0; i < 2 && row->operands[i] != NULL; i++)
        operands[options.operand_count++] = filled(texts[OPTIONS_MAX + i], row->operands[i]);
    return liq_option_targets_check(&options, err);
}

Test(option_targets, refuses_to_write_over_what_is_read)
{
    static const target_case rows[] = {
        {{{"out", "%/marks.csv"}}, {"%"}, "--out \""},
        {{{"snapshot", "%/./marks.csv"}}, {"%"}, "would overwrite \""},
        {{{"picture", "%/link.svg"}}, {"%"}, "/marks.csv\", which is read"},
        {{{"monitor", "%/path.csv"}}, {"book", "%/path.csv"}, "/path.csv\", which is read"},
        {{{"picture", "%/other"}, {"path", "%/other"}}, {"%"}, "is the file of --path as well"},
        {{{"picture", "%/other"}, {"factor", "%/other=-5%..5%/3"}}, {"%"}, "of --factor as well"},
        {{{"picture", "%/other"}, {"variant", "mine=%/other"}}, {"%"}, "of --variant as well"},
        {{{"snapshot", "%/other"}, {"picture", "%/other"}}, {"%"}, "of --picture as well"},
        {{{"out", "%/other"}}, {"%"}, NULL},
        {{{"out", "%/new"}}, {"%"}, NULL},
        {{{"out", "%"}}, {"%"}, NULL}, /* a folder is refused where it is opened */
        {{{"monitor", NULL}, {"path", "%/path.csv"}}, {"%"}, NULL},
        {{{"path", "%/marks.csv"}}, {"%"}, NULL},
    };
    char target[TEXT_BYTES];
    char link_path[TEXT_BYTES];

    cr_assert(symlink(filled(target, "%/marks.csv"), filled(link_path, "%/link.svg")) == 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_error err = {.message = ""};
        const liq_status status = checked(&rows[i], &err);

        cr_expect_eq(status, rows[i].message == NULL ? LIQ_OK : LIQ_BAD_INPUT, "row %zu: %s", i,
                     err.message);
        cr_expect(rows[i].message == NULL || strstr(err.message, rows[i].message) != NULL,
                  "row %zu: %s", i, err.message);
    }
}
