/*
 * An action of settling as a row, the one way in which it leaves the program: commands list rows
 * in any format, the sidecar keeps and sends each as a line of JSON.
 */
#ifndef LIQ_OUTLET_ACTION_LINE_H
#define LIQ_OUTLET_ACTION_LINE_H

#include <stddef.h>

#include <liqscan/settle.h>

#include "outlet/emit.h"

enum {
    LIQ_ACTION_COLUMNS = 23,
    LIQ_ACTION_LINE_BYTES = 8192 /* room that every line fits into, with its terminator */
};

/** Columns of an action; lent for ever. */
const liq_emit_column *liq_action_columns(void);

/** Write one action as a row of an open listing that has those columns. */
void liq_action_emit(liq_emit *emit, const liq_settle_action *action);

/** Makes lines. One thread at a time. */
typedef struct liq_action_writer liq_action_writer;

/** @return LIQ_OK or LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_action_writer_create(liq_action_writer **out, liq_error *err);

/** Takes NULL. */
void liq_action_writer_destroy(liq_action_writer *writer);

/**
 * Write an action as one JSON object, byte for byte the line that `liqscan settle --format json`
 * writes, without the newline. Allocates nothing.
 * @param out    receives the line, terminated
 * @param room   bytes of out; LIQ_ACTION_LINE_BYTES are enough for every action
 * @param bytes  receives the length, without the terminator
 * @return LIQ_OK, or LIQ_OUT_OF_RANGE when the room is too small
 */
LIQ_MUST_USE liq_status liq_action_line(char *out, size_t room, size_t *bytes,
                                        liq_action_writer *writer, const liq_settle_action *action,
                                        liq_error *err);

#endif
