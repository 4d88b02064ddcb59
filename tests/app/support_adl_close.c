#include "support_adl_close.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "support_json.h"
#include "support_run.h"

enum { PATH_BYTES = 4096 };

const char *summary_text(const close_result *result, const char *key)
{
    static char out[256];
    const liq_json_value *summary = liq_json_member(liq_json_root(result->summary), "summary");
    const liq_json_value *value = liq_json_member(summary, key);
    liq_text text;

    cr_assert_not_null(value, "%s", key);
    if (liq_json_is_null(value))
        return "null";
    cr_assert_eq(liq_json_string(result->summary, value, &text, NULL), LIQ_OK, "%s", key);
    (void)snprintf(out, sizeof out, "%.*s", LIQ_TEXT_ARGS(text));
    return out;
}

void expect_summary(const close_result *result, const char *key, const char *wanted)
{
    cr_expect_str_eq(summary_text(result, key), wanted, "%s is %s", key, summary_text(result, key));
}

static void field_copy(char out[NAME_BYTES], const liq_json *json, const char *key)
{
    (void)snprintf(out, NAME_BYTES, "%s", text_of(json, key));
}

static void result_read(close_result *out, const char *output)
{
    *out = (close_result){.summary = NULL};
    while (*output != '\0') {
        liq_json *json = line_parse(&output);

        if (liq_json_member(liq_json_root(json), "summary") != NULL) {
            cr_assert_null(out->summary);
            out->summary = json;
            continue;
        }
        cr_assert(out->count < POSITIONS_MAX && out->summary == NULL);
        field_copy(out->rows[out->count].account, json, "account");
        field_copy(out->rows[out->count].quantity, json, "close_quantity");
        field_copy(out->rows[out->count].realised, json, "realised_pnl");
        liq_json_destroy(json);
        out->count++;
    }
    cr_assert_not_null(out->summary);
}

void adl_close(close_result *out, const char *folder, const char *side, const char *quantity,
               const char *price, const char *more)
{
    char line[PATH_BYTES + 512];
    run_result result;

    (void)snprintf(line, sizeof line,
                   "adl %s XUSD --side %s --quantity %s --price %s --format json %s", folder, side,
                   quantity, price, more);
    run_line(&result, line);
    cr_assert_eq(result.code, 0, "%s", result.message);
    result_read(out, result.output);
    run_clear(&result);
}

void expect_close(const close_result *result, const char *account, const char *quantity,
                  const char *realised)
{
    for (size_t i = 0; i < result->count; i++) {
        if (strcmp(result->rows[i].account, account) != 0)
            continue;
        cr_expect_str_eq(result->rows[i].quantity, quantity, "%s: %s", account,
                         result->rows[i].quantity);
        cr_expect_str_eq(result->rows[i].realised, realised, "%s: %s", account,
                         result->rows[i].realised);
        return;
    }
    cr_assert_fail("%s is not there", account);
}
