#include "policy/comment.h"

liq_status liq_comment_object(const liq_json *json, const liq_json_value *value,
                              const char *const *keys, liq_error *err)
{
    const liq_json_value *comment;
    liq_status status;

    if ((status = liq_json_object(json, value, keys, err)) != LIQ_OK)
        return status;
    comment = liq_json_member(value, "comment");
    return comment == NULL ? LIQ_OK : liq_comment_text(json, comment, err);
}

liq_status liq_comment_text(const liq_json *json, const liq_json_value *value, liq_error *err)
{
    liq_text text;
    liq_status status = LIQ_OK;

    if (!liq_json_is_array(value))
        return liq_json_string(json, value, &text, err);
    for (const liq_json_value *item = liq_json_first(value); item != NULL && status == LIQ_OK;
         item = liq_json_next(item))
        status = liq_json_string(json, item, &text, err);
    return status;
}
