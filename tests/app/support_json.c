#include "support_json.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

const char *keys_of(const liq_json_value *object)
{
    static char out[1024];
    size_t used = 0;

    for (const liq_json_value *at = liq_json_first(object); at != NULL; at = liq_json_next(at)) {
        const liq_text key = liq_json_key(at);

        used += (size_t)snprintf(out + used, sizeof out - used, "%s%.*s", used == 0 ? "" : ",",
                                 (int)key.bytes, key.data);
    }
    return out;
}

liq_json *line_parse(const char **at)
{
    const size_t bytes = strcspn(*at, "\n");
    liq_error err = {.message = ""};
    liq_json *json = NULL;

    cr_assert(liq_json_parse(&json, "output", (liq_text){*at, bytes}, &err) == LIQ_OK, "%s",
              err.message);
    *at += bytes + 1;
    return json;
}

const char *text_of(const liq_json *json, const char *key)
{
    static char out[256];
    const liq_json_value *value = liq_json_member(liq_json_root(json), key);
    liq_text text;

    cr_assert_not_null(value, "%s", key);
    if (liq_json_is_null(value))
        return "null";
    cr_assert(liq_json_string(json, value, &text, NULL) == LIQ_OK, "%s", key);
    (void)snprintf(out, sizeof out, "%.*s", (int)text.bytes, text.data);
    return out;
}
