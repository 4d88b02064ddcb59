/*
 * What the commands that read a journal share.
 */
#ifndef LIQ_APP_COMMAND_JOURNAL_H
#define LIQ_APP_COMMAND_JOURNAL_H

#include "app/options.h"
#include "journal/journal_reader.h"
#include "outlet/emit.h"
#include "outlet/json_out.h"

/** A number that an option gives, 1 .. 2^63 - 1; *out stays as it is without the option. */
LIQ_MUST_USE liq_status liq_command_journal_number(uint64_t *out, const liq_options *options,
                                                   const char *name, liq_error *err);

/** Write the present row of a list as cells of a listing that has its columns. */
void liq_command_journal_row(liq_emit *emit, liq_journal_rows *rows, uint32_t column_count);

/** Write some of its columns as members of an open JSON object. */
void liq_command_journal_members(liq_json_out *json, liq_journal_rows *rows,
                                 const char *const *names, uint32_t first, uint32_t count);

#endif
