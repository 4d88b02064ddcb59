#include "outlet/action_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/names.h"

struct liq_action_writer {
    liq_emit *emit;
    char *line; /* of the caller, while a line is written */
    size_t room;
    size_t used;
    liq_output output;
};

/* Five names and five amounts, every byte escaped as \u00XX, beside the keys, numbers and factors.
 */
_Static_assert(5 * 6 * LIQ_NAME_BYTES_MAX + 5 * 6 * LIQ_AMOUNT_TEXT_BYTES + 1024 <=
                   LIQ_ACTION_LINE_BYTES,
               "the room for a line follows from what is in it");

static void text_emit(liq_emit *emit, const char *text);
static void count_emit(liq_emit *emit, uint64_t count);
static void evidence_emit(liq_emit *emit, const char *text);
static int line_take(void *context, const char *data, size_t bytes);

static const liq_emit_column action_columns[LIQ_ACTION_COLUMNS] = {
    {.name = "seq", .title = "SEQ", .is_right = true},
    {.name = "tick"},
    {.name = "action", .title = "ACTION"},
    {.name = "account", .title = "ACCOUNT"},
    {.name = "margin"},
    {.name = "instrument", .title = "INSTRUMENT"},
    {.name = "side", .title = "SIDE"},
    {.name = "quantity", .title = "QUANTITY", .is_right = true},
    {.name = "price", .title = "PRICE", .is_right = true},
    {.name = "cash", .title = "CASH", .is_right = true},
    {.name = "asset", .title = "ASSET"},
    {.name = "fund", .title = "FUND"},
    {.name = "reason", .title = "REASON"},
    {.name = "against", .title = "AGAINST"},
    {.name = "rank"},
    {.name = "request"},
    {.name = "state"},
    {.name = "observed"},
    {.name = "limit"},
    {.name = "raw_factor"},
    {.name = "maintenance_factor"},
    {.name = "initial_factor"},
    {.name = "effective_ms"}};

const liq_emit_column *liq_action_columns(void)
{
    return action_columns;
}

/* An account's margin is named as scan names it: cross, or the instrument and its side. */
void liq_action_emit(liq_emit *emit, const liq_settle_action *action)
{
    static const char *const sides[] = {"short", NULL, "long"};
    const char *side = sides[action->side + 1];
    const bool requested = action->request != 0 && action->cash[0] == '\0';

    liq_emit_count(emit, action->seq);
    liq_emit_count(emit, action->tick);
    liq_emit_text(emit, liq_settle_kind_name(action->kind));
    liq_emit_text(emit, action->account);
    liq_emit_text(emit, action->account == NULL ? NULL
                        : action->is_isolated   ? "isolated"
                                                : "cross");
    liq_emit_text(emit, action->instrument);
    liq_emit_text(emit, side);
    text_emit(emit, action->quantity);
    text_emit(emit, action->price);
    text_emit(emit, action->cash);
    liq_emit_text(emit, action->asset);
    liq_emit_text(emit, action->fund);
    liq_emit_text(emit, liq_settle_reason_name(action->reason));
    liq_emit_text(emit, action->against);
    count_emit(emit, action->rank);
    count_emit(emit, action->request);
    liq_emit_text(emit, requested                                  ? "requested"
                        : action->kind == LIQ_SETTLE_MARGIN_NOTICE ? "announced"
                                                                   : "done");
    evidence_emit(emit, action->observed);
    evidence_emit(emit, action->limit);
    evidence_emit(emit, action->raw_factor);
    evidence_emit(emit, action->maintenance_factor);
    evidence_emit(emit, action->initial_factor);
    if (action->effective_ms > 0)
        liq_emit_count(emit, (uint64_t)action->effective_ms);
    else
        liq_emit_absent(emit);
    liq_emit_row_end(emit);
}

liq_status liq_action_writer_create(liq_action_writer **out, liq_error *err)
{
    liq_action_writer *writer = NULL;
    liq_status status = liq_memory_array(&writer, 1, sizeof *writer, err);

    if (status != LIQ_OK)
        return status;
    status = liq_emit_create(&writer->emit, &writer->output, LIQ_FORMAT_JSON, action_columns,
                             LIQ_ACTION_COLUMNS, err);
    if (status != LIQ_OK)
        goto done;
    *out = writer;
    writer = NULL;
done:
    liq_action_writer_destroy(writer);
    return status;
}

void liq_action_writer_destroy(liq_action_writer *writer)
{
    if (writer == NULL)
        return;
    liq_emit_destroy(writer->emit);
    free(writer);
}

liq_status liq_action_line(char *out, size_t room, size_t *bytes, liq_action_writer *writer,
                           const liq_settle_action *action, liq_error *err)
{
    writer->line = out;
    writer->room = room;
    writer->used = 0;
    liq_output_start_sink(&writer->output, line_take, writer);
    liq_action_emit(writer->emit, action);
    if (liq_output_finish(&writer->output, NULL) != LIQ_OK)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the line of action %llu is past %zu bytes",
                        (unsigned long long)action->seq, room);
    LIQ_ASSERT(writer->used > 0 && out[writer->used - 1] == '\n');
    out[--writer->used] = '\0';
    *bytes = writer->used;
    return LIQ_OK;
}

static void text_emit(liq_emit *emit, const char *text)
{
    liq_emit_text(emit, text[0] == '\0' ? NULL : text);
}

/* Zero says that there is none. */
static void count_emit(liq_emit *emit, uint64_t count)
{
    if (count == 0)
        liq_emit_null(emit);
    else
        liq_emit_count(emit, count);
}

/* Only actions of guards and of margin rates have it. */
static void evidence_emit(liq_emit *emit, const char *text)
{
    if (text[0] == '\0')
        liq_emit_absent(emit);
    else
        liq_emit_text(emit, text);
}

static int line_take(void *context, const char *data, size_t bytes)
{
    liq_action_writer *writer = context;

    if (bytes > writer->room - writer->used)
        return ENOSPC;
    memcpy(writer->line + writer->used, data, bytes);
    writer->used += bytes;
    return 0;
}
