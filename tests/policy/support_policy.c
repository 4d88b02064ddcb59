#include "support_policy.h"

#include <criterion/criterion.h>

liq_status policy_load(liq_policy *out, const char *document, liq_error *err)
{
    liq_json *json = NULL;
    const liq_json_value *root;
    liq_status status;

    cr_assert_eq(liq_json_parse(&json, "venue.json", liq_text_of(document), err), LIQ_OK, "%s",
                 err->message);
    root = liq_json_root(json);
    status = liq_policy_load(out, json, liq_json_member(root, "profile"),
                             liq_json_member(root, "policy"), err);
    liq_json_destroy(json);
    return status;
}
