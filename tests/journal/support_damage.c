#include "support_damage.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "journal/journal_inputs.h"
#include "journal/journal_reader.h"

liq_journal_verdict damage_verdict(const char *folder)
{
    liq_journal_verdict verdict;
    liq_error err = {0};

    cr_assert_eq(liq_journal_verify(&verdict, folder, NULL, &err), LIQ_OK, "%s", err.message);
    return verdict;
}

static bool list_add(liq_hash *hash, liq_journal_reader *reader, liq_journal_list list)
{
    const liq_journal_range all = {0};
    liq_journal_rows *rows = NULL;
    liq_error err = {0};
    bool has_row = true;
    liq_status status = liq_journal_rows_open(&rows, reader, list, &all, &err);
    uint32_t count;

    (void)liq_journal_list_columns(list, &count);
    while (status == LIQ_OK && (status = liq_journal_rows_next(rows, &has_row, &err)) == LIQ_OK &&
           has_row)
        for (uint32_t i = 0; i < count; i++) {
            const char *text = liq_journal_rows_text(rows, i);

            liq_hash_add(hash, text == NULL ? "-" : text, text == NULL ? 1 : strlen(text) + 1);
        }
    liq_journal_rows_close(rows);
    return status == LIQ_OK;
}

static bool inputs_add(liq_hash *hash, liq_journal_reader *reader)
{
    liq_journal_inputs *inputs = NULL;
    liq_journal_step step = {.kind = LIQ_JOURNAL_STEP_INPUT};
    liq_error err = {0};
    uint64_t from = 1;
    liq_status status = liq_journal_reader_kept_from(reader, &from, &err);

    if (status == LIQ_OK)
        status = liq_journal_inputs_open(&inputs, reader, from - 1, &err);
    while (status == LIQ_OK && step.kind != LIQ_JOURNAL_STEP_END &&
           (status = liq_journal_inputs_next(inputs, &step, &err)) == LIQ_OK) {
        if (step.kind != LIQ_JOURNAL_STEP_INPUT)
            continue;
        liq_hash_add(hash, step.source, strlen(step.source) + 1);
        liq_hash_add(hash, step.line.data, step.line.bytes);
    }
    liq_journal_inputs_close(inputs);
    return status == LIQ_OK;
}

void damage_fingerprint(char hex[LIQ_HASH_HEX_BYTES], const char *folder)
{
    liq_journal_reader *reader = NULL;
    liq_hash *hash = NULL;
    liq_error err = {0};
    bool is_whole = liq_journal_reader_open(&reader, folder, &err) == LIQ_OK;

    hex[0] = '\0';
    cr_assert_eq(liq_hash_create(&hash, &err), LIQ_OK);
    for (int i = 0; i < LIQ_JOURNAL_LISTS && is_whole; i++)
        is_whole = list_add(hash, reader, (liq_journal_list)i);
    if (is_whole && inputs_add(hash, reader))
        liq_hash_finish(hash, hex);
    liq_hash_destroy(hash);
    liq_journal_reader_close(reader);
}

bool damage_is_told(const char *folder, const char *expected)
{
    const liq_journal_verdict verdict = damage_verdict(folder);
    char found[LIQ_HASH_HEX_BYTES];

    if (!verdict.is_sound) {
        cr_expect_neq(verdict.message[0], '\0');
        return true;
    }
    damage_fingerprint(found, folder);
    cr_expect_str_eq(found, expected, "what can be read has changed, and verify says nothing");
    return false;
}
