#include "support_example.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/decimal.h"
#include "base/json.h"

static void file_write(const char *folder, const char *name, const char *header, const char *text);
static const liq_json_value *line_find(const liq_json_value *margin, const char *instrument);
static liq_text program_output(const explained *target);

explained example_explain(const example *text)
{
    explained out = {0};
    const char *base = getenv("TMPDIR");
    liq_error err = {0};

    snprintf(out.folder, sizeof out.folder, "%s/liq_example_XXXXXX",
             base != NULL && base[0] != '\0' ? base : "/tmp");
    cr_assert_not_null(mkdtemp(out.folder));
    file_write(out.folder, "venue.json", "", text->venue);
    file_write(out.folder, "accounts.csv", "account,mode\n", "trader,cross\n");
    file_write(out.folder, "balances.csv", "account,asset,amount\n", text->balances);
    file_write(out.folder, "positions.csv",
               "account,instrument,side,quantity,entry_price,margin,isolated_margin\n",
               text->positions);
    file_write(out.folder, "marks.csv", "symbol,price\n", text->marks);
    cr_assert_eq(liq_book_load(&out.book, out.folder, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_explain(&out.explanation, out.book, "trader", &err), LIQ_OK, "%s",
                 err.message);
    return out;
}

void explained_clear(explained *target)
{
    DIR *folder = opendir(target->folder);
    const struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[EXAMPLE_PATH_BYTES + 300];

        snprintf(path, sizeof path, "%s/%s", target->folder, entry->d_name);
        (void)unlink(path);
    }
    if (folder != NULL)
        closedir(folder);
    (void)rmdir(target->folder);
    liq_explanation_destroy(target->explanation);
    liq_book_destroy(target->book);
    *target = (explained){0};
}

const liq_explain_position *explained_position(const explained *target, const char *instrument)
{
    for (uint32_t i = 0; i < liq_explanation_margins(target->explanation); i++) {
        const liq_explain_margin *margin = liq_explanation_margin(target->explanation, i);

        for (uint32_t j = 0; j < margin->position_count; j++) {
            const liq_explain_position *line = liq_explanation_position(target->explanation, i, j);

            if (strcmp(line->instrument, instrument) == 0)
                return line;
        }
    }
    cr_assert_fail("no position in %s", instrument);
    return NULL;
}

const liq_explain_margin *explained_margin(const explained *target, const char *instrument)
{
    const liq_explain_position *wanted = explained_position(target, instrument);

    for (uint32_t i = 0; i < liq_explanation_margins(target->explanation); i++) {
        const liq_explain_margin *margin = liq_explanation_margin(target->explanation, i);

        for (uint32_t j = 0; j < margin->position_count; j++)
            if (liq_explanation_position(target->explanation, i, j) == wanted)
                return margin;
    }
    return NULL;
}

bool example_program_exists(void)
{
    return access(LIQ_PROGRAM, X_OK) == 0;
}

void example_program_field(const explained *target, const char *instrument, const char *key,
                           char *text)
{
    liq_text output = program_output(target);
    liq_json *json = NULL;
    const liq_json_value *line = NULL;
    const liq_json_value *value;
    liq_text field = {.data = ""}; /* for null: there is no such price */
    liq_error err = {0};

    while (line == NULL && output.bytes > 0) { /* one object a line */
        const char *end = memchr(output.data, '\n', output.bytes);
        const size_t bytes = end == NULL ? output.bytes : (size_t)(end - output.data);

        liq_json_destroy(json);
        json = NULL;
        cr_assert_eq(
            liq_json_parse(&json, "explain", (liq_text){.data = output.data, .bytes = bytes}, &err),
            LIQ_OK, "%s", err.message);
        line = line_find(liq_json_root(json), instrument);
        output.data += bytes + (end != NULL);
        output.bytes -= bytes + (end != NULL);
    }
    cr_assert_not_null(line, "the program does not list %s", instrument);
    cr_assert_not_null(value = liq_json_member(line, key), "%s", key);
    if (!liq_json_is_null(value))
        cr_assert_eq(liq_json_string(json, value, &field, &err), LIQ_OK);
    snprintf(text, EXAMPLE_TEXT_BYTES, "%.*s", (int)field.bytes, field.data);
    liq_json_destroy(json);
}

const char *example_rounded(const char *decimal, int decimals, bool cut)
{
    static char out[LIQ_DECIMAL_BYTES];
    liq_decimal value;
    liq_error err = {0};

    cr_assert_eq(liq_decimal_parse(&value, liq_text_of(decimal), &err), LIQ_OK, "%s: %s", decimal,
                 err.message);
    return liq_decimal_format_fixed(out, value.digits, value.decimals, decimals,
                                    cut ? LIQ_ROUND_FLOOR : LIQ_ROUND_NEAREST);
}

static void file_write(const char *folder, const char *name, const char *header, const char *text)
{
    char path[EXAMPLE_PATH_BYTES + 32];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    cr_assert(fputs(header, file) >= 0 && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* The position of an instrument among those of a margin account. */
static const liq_json_value *line_find(const liq_json_value *margin, const char *instrument)
{
    const liq_json_value *positions = liq_json_member(margin, "positions");
    const liq_json_value *line = positions == NULL ? NULL : liq_json_first(positions);

    for (; line != NULL; line = liq_json_next(line)) {
        liq_text name = {0};
        liq_error err;

        cr_assert_eq(liq_json_string(NULL, liq_json_member(line, "instrument"), &name, &err),
                     LIQ_OK);
        if (liq_text_equal(name, instrument))
            return line;
    }
    return NULL;
}

static liq_text program_output(const explained *target)
{
    static char output[1 << 16];
    char command[EXAMPLE_PATH_BYTES + 256];
    FILE *pipe;
    size_t bytes;
    int status;

    snprintf(command, sizeof command, "'%s' explain '%s' trader --format json", LIQ_PROGRAM,
             target->folder);
    pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    bytes = fread(output, 1, sizeof output - 1, pipe);
    status = pclose(pipe);
    cr_assert(status == 0, "%s: wait status %d", command, status);
    return (liq_text){.data = output, .bytes = bytes};
}
