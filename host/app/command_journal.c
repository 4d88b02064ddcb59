#include "app/command_journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

liq_status liq_command_journal_number(uint64_t *out, const liq_options *options, const char *name,
                                      liq_error *err)
{
    const char *value = liq_options_value(options, name);
    unsigned long long number;
    char *end;

    if (value == NULL)
        return LIQ_OK;
    errno = 0;
    number = strtoull(value, &end, 10);
    if (value[0] < '1' || value[0] > '9' || *end != '\0' || errno != 0 || number > INT64_MAX)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.64s\" is not a whole number from 1 on",
                        name, value);
    *out = number;
    return LIQ_OK;
}

void liq_command_journal_row(liq_emit *emit, liq_journal_rows *rows, uint32_t column_count)
{
    for (uint32_t i = 0; i < column_count; i++) {
        if (liq_journal_rows_is_number(rows, i) && liq_journal_rows_number(rows, i) >= 0)
            liq_emit_count(emit, (uint64_t)liq_journal_rows_number(rows, i));
        else
            liq_emit_text(emit, liq_journal_rows_text(rows, i));
    }
    liq_emit_row_end(emit);
}

void liq_command_journal_members(liq_json_out *json, liq_journal_rows *rows,
                                 const char *const *names, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        if (liq_journal_rows_is_number(rows, i) && liq_journal_rows_number(rows, i) >= 0)
            liq_json_out_count(json, names[i], (uint64_t)liq_journal_rows_number(rows, i));
        else
            liq_json_out_string(json, names[i], liq_journal_rows_text(rows, i));
    }
}
