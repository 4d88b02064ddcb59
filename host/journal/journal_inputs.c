#include "journal/journal_inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "journal/reader_internal.h"

/* Of what is read at once; the window grows for a record that does not fit. */
enum {
    WINDOW_BYTES = 1024 * 1024,
    RECORD_BYTES_MAX = LIQ_JOURNAL_NAME_BYTES_MAX + 1 + LIQ_JOURNAL_INPUT_BYTES_MAX + 1
};

struct liq_journal_inputs {
    liq_journal_reader *reader;
    uint64_t part; /* that ticks reads */
    sqlite3_stmt *ticks;
    int folder;
    int file;          /* -1: none open */
    uint64_t segment;  /* that it is, or was when it could not be opened; 0: none */
    uint64_t offset;   /* of the next record in it */
    uint64_t previous; /* tick */
    bool is_in_tick;   /* its inputs are being given */
    uint64_t end;      /* of them */
    uint64_t given;    /* of them, so far */
    uint64_t expected;
    char expected_hash[LIQ_HASH_HEX_BYTES];
    char cause[64];
    liq_journal_step tick; /* the present one */
    liq_hash *hash;
    char *window;
    size_t room;
    size_t used;  /* bytes in it */
    size_t taken; /* of them, given */
};

static liq_status inputs_start(liq_journal_inputs *inputs, liq_journal_reader *reader,
                               uint64_t after_tick, liq_error *err);
static liq_status place_find(liq_journal_inputs *inputs, liq_journal_reader *reader,
                             uint64_t after_tick, liq_error *err);
static liq_status kept_check(liq_journal_reader *reader, uint64_t after_tick, liq_error *err);
static liq_status tick_next(liq_journal_inputs *inputs, bool *has_tick, liq_error *err);
static liq_status part_begin(liq_journal_inputs *inputs, liq_error *err);
static liq_status part_next(liq_journal_inputs *inputs, bool *has_part, liq_error *err);
static liq_status tick_read(liq_journal_inputs *inputs, liq_error *err);
static liq_status file_open(liq_journal_inputs *inputs, liq_error *err);
static liq_status record_give(liq_journal_inputs *inputs, liq_journal_step *out, liq_error *err);
static liq_status window_fill(liq_journal_inputs *inputs, liq_error *err);
static liq_status tick_finish(liq_journal_inputs *inputs, liq_error *err);

liq_status liq_journal_inputs_open(liq_journal_inputs **out, liq_journal_reader *reader,
                                   uint64_t after_tick, liq_error *err)
{
    liq_journal_inputs *inputs = NULL;
    liq_status status = liq_memory_array(&inputs, 1, sizeof *inputs, err);

    if (status != LIQ_OK)
        return status;
    inputs->file = -1;
    inputs->folder = -1;
    status = inputs_start(inputs, reader, after_tick, err);
    if (status == LIQ_OK) {
        *out = inputs;
        inputs = NULL;
    }
    liq_journal_inputs_close(inputs);
    return status;
}

void liq_journal_inputs_close(liq_journal_inputs *inputs)
{
    if (inputs == NULL)
        return;
    (void)sqlite3_finalize(inputs->ticks);
    if (inputs->file >= 0)
        (void)close(inputs->file);
    if (inputs->folder >= 0)
        (void)close(inputs->folder);
    liq_hash_destroy(inputs->hash);
    free(inputs->window);
    free(inputs);
}

liq_status liq_journal_inputs_next(liq_journal_inputs *inputs, liq_journal_step *out,
                                   liq_error *err)
{
    bool has_tick = true;
    liq_status status = LIQ_OK;

    if (!inputs->is_in_tick) {
        status = tick_next(inputs, &has_tick, err);
        if (status != LIQ_OK)
            return status;
        if (!has_tick) {
            *out = (liq_journal_step){.kind = LIQ_JOURNAL_STEP_END};
            return LIQ_OK;
        }
        inputs->is_in_tick = true;
    }
    if (inputs->offset < inputs->end)
        return record_give(inputs, out, err);
    if ((status = tick_finish(inputs, err)) != LIQ_OK)
        return status;
    inputs->is_in_tick = false;
    inputs->previous = inputs->tick.tick;
    *out = inputs->tick;
    return LIQ_OK;
}

void liq_journal_inputs_place(const liq_journal_inputs *inputs, uint64_t *tick,
                              char file[LIQ_SEGMENT_NAME_BYTES], uint64_t *offset)
{
    *tick = inputs->tick.tick;
    *offset = inputs->offset;
    file[0] = '\0';
    if (inputs->segment != 0)
        liq_input_segment_name(file, inputs->segment);
}

static liq_status inputs_start(liq_journal_inputs *inputs, liq_journal_reader *reader,
                               uint64_t after_tick, liq_error *err)
{
    liq_status status;

    if ((status = liq_memory_extend(&inputs->window, &(size_t){0}, WINDOW_BYTES, 1, err)) !=
            LIQ_OK ||
        (status = liq_hash_create(&inputs->hash, err)) != LIQ_OK)
        return status;
    inputs->folder = open(reader->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (inputs->folder < 0)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", reader->folder, strerror(errno));
    inputs->reader = reader;
    if ((status = kept_check(reader, after_tick, err)) != LIQ_OK ||
        (status = liq_reader_at_tick(reader, after_tick + 1, err)) != LIQ_OK ||
        (status = place_find(inputs, reader, after_tick, err)) != LIQ_OK)
        return status;
    return part_begin(inputs, err);
}

static liq_status part_begin(liq_journal_inputs *inputs, liq_error *err)
{
    (void)sqlite3_finalize(inputs->ticks);
    inputs->ticks = NULL;
    inputs->part = inputs->reader->part;
    return liq_sql_prepare(&inputs->ticks, inputs->reader->database,
                           "SELECT tick.*, sha256 FROM tick LEFT JOIN chain USING (tick) "
                           "WHERE tick > ?1 ORDER BY tick LIMIT 1",
                           err);
}

/* Where the inputs of the tick end behind which to begin. */
static liq_status place_find(liq_journal_inputs *inputs, liq_journal_reader *reader,
                             uint64_t after_tick, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status = LIQ_OK;

    if (after_tick == 0)
        return LIQ_OK;
    if (after_tick == reader->origin.tick) {
        inputs->previous = after_tick;
        inputs->segment = reader->origin.segment;
        inputs->offset = reader->origin.inputs_end;
        return LIQ_OK;
    }
    status = liq_sql_prepare(&statement, reader->database,
                             "SELECT segment, inputs_end FROM tick WHERE tick = ?1", err);
    if (status == LIQ_OK) {
        (void)sqlite3_bind_int64(statement, 1, after_tick > INT64_MAX ? -1 : (int64_t)after_tick);
        status = liq_sql_next(statement, &has_row, err);
    }
    if (status == LIQ_OK && !has_row)
        status = liq_fail(err, LIQ_NOT_FOUND, 0, "there is no tick %llu",
                          (unsigned long long)after_tick);
    if (status == LIQ_OK) {
        inputs->previous = after_tick;
        inputs->segment = (uint64_t)sqlite3_column_int64(statement, 0);
        inputs->offset = (uint64_t)sqlite3_column_int64(statement, 1);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static liq_status kept_check(liq_journal_reader *reader, uint64_t after_tick, liq_error *err)
{
    uint64_t kept_from = 0;
    const liq_status status = liq_journal_reader_kept_from(reader, &kept_from, err);

    if (status != LIQ_OK || after_tick + 1 >= kept_from)
        return status;
    return liq_fail(err, LIQ_NOT_FOUND, 0,
                    "the inputs of tick %llu are gone by policy: those of tick %llu and later are "
                    "kept",
                    (unsigned long long)after_tick + 1, (unsigned long long)kept_from);
}

/* Each by itself: whoever takes long over its inputs keeps no transaction open. */
static liq_status tick_next(liq_journal_inputs *inputs, bool *has_tick, liq_error *err)
{
    bool has_part = true;
    liq_status status = LIQ_OK;

    *has_tick = false;
    while (status == LIQ_OK && has_part && !*has_tick) {
        (void)sqlite3_bind_int64(inputs->ticks, 1, (int64_t)inputs->previous);
        status = liq_sql_next(inputs->ticks, has_tick, err);
        if (status == LIQ_OK && !*has_tick)
            status = part_next(inputs, &has_part, err);
    }
    if (status != LIQ_OK || !*has_tick)
        return status;
    status = tick_read(inputs, err);
    (void)sqlite3_reset(inputs->ticks);
    return status;
}

/* The reader may have gone elsewhere meanwhile. */
static liq_status part_next(liq_journal_inputs *inputs, bool *has_part, liq_error *err)
{
    liq_error reason;
    liq_status status = liq_reader_part_open(inputs->reader, inputs->part, err);

    if (status != LIQ_OK)
        return status;
    status = liq_reader_part_next(inputs->reader, &reason);
    *has_part = status == LIQ_OK;
    if (status == LIQ_NOT_FOUND)
        return LIQ_OK;
    return status == LIQ_OK ? part_begin(inputs, err)
                            : liq_fail(err, status, reason.native, "%s", reason.message);
}

static liq_status tick_read(liq_journal_inputs *inputs, liq_error *err)
{
    sqlite3_stmt *row = inputs->ticks;
    liq_journal_step *tick = &inputs->tick;
    const uint64_t segment = (uint64_t)sqlite3_column_int64(row, LIQ_TICK_SEGMENT);

    *tick = (liq_journal_step){.kind = LIQ_JOURNAL_STEP_TICK,
                               .tick = (uint64_t)sqlite3_column_int64(row, LIQ_TICK_TICK),
                               .now_ms = sqlite3_column_int64(row, LIQ_TICK_NOW_MS),
                               .cause = inputs->cause,
                               .last_seq = (uint64_t)sqlite3_column_int64(row, LIQ_TICK_LAST_SEQ)};
    (void)snprintf(inputs->cause, sizeof inputs->cause, "%s",
                   liq_sql_text(row, LIQ_TICK_CAUSE).data);
    liq_sql_hash(tick->marks_hash, row, LIQ_TICK_MARKS_HASH);
    liq_sql_hash(tick->state_hash, row, LIQ_TICK_STATE_HASH);
    liq_sql_hash(tick->chain, row, LIQ_TICK_COLUMNS);
    liq_sql_hash(inputs->expected_hash, row, LIQ_TICK_INPUTS_HASH);
    inputs->expected = (uint64_t)sqlite3_column_int64(row, LIQ_TICK_INPUTS);
    inputs->given = 0;
    inputs->end = (uint64_t)sqlite3_column_int64(row, LIQ_TICK_INPUTS_END);
    if (segment != inputs->segment) {
        inputs->segment = segment;
        inputs->offset = 0;
        if (inputs->file >= 0)
            (void)close(inputs->file);
        inputs->file = -1;
    }
    inputs->used = inputs->taken = 0;
    if (inputs->end < inputs->offset)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "tick %llu: its inputs end at byte %llu, and those before it at %llu",
                        (unsigned long long)tick->tick, (unsigned long long)inputs->end,
                        (unsigned long long)inputs->offset);
    return inputs->file < 0 && inputs->end > inputs->offset ? file_open(inputs, err) : LIQ_OK;
}

static liq_status file_open(liq_journal_inputs *inputs, liq_error *err)
{
    char name[LIQ_SEGMENT_NAME_BYTES];

    liq_input_segment_name(name, inputs->segment);
    inputs->file = openat(inputs->folder, name, O_RDONLY | O_CLOEXEC);
    if (inputs->file >= 0)
        return LIQ_OK;
    return liq_fail(err, errno == ENOENT ? LIQ_BAD_INPUT : LIQ_IO, errno,
                    "%s: cannot be opened, and tick %llu needs %llu bytes of it: %s", name,
                    (unsigned long long)inputs->tick.tick, (unsigned long long)inputs->end,
                    strerror(errno));
}

static liq_status record_give(liq_journal_inputs *inputs, liq_journal_step *out, liq_error *err)
{
    char name[LIQ_SEGMENT_NAME_BYTES];
    char *start = inputs->window + inputs->taken;
    char *end = memchr(start, '\n', inputs->used - inputs->taken);
    char *tab;
    liq_status status;

    while (end == NULL && inputs->used - inputs->taken < RECORD_BYTES_MAX &&
           inputs->offset + (inputs->used - inputs->taken) < inputs->end) {
        if ((status = window_fill(inputs, err)) != LIQ_OK)
            return status;
        start = inputs->window;
        end = memchr(start, '\n', inputs->used);
    }
    tab = end == NULL ? NULL : memchr(start, '\t', (size_t)(end - start));
    if (tab == NULL) {
        liq_input_segment_name(name, inputs->segment);
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "%s: is damaged: no input begins at byte %llu, where tick %llu has one",
                        name, (unsigned long long)inputs->offset,
                        (unsigned long long)inputs->tick.tick);
    }
    *tab = '\0';
    *end = '\0';
    *out = (liq_journal_step){.kind = LIQ_JOURNAL_STEP_INPUT,
                              .tick = inputs->tick.tick,
                              .source = start,
                              .line = {.data = tab + 1, .bytes = (size_t)(end - tab - 1)}};
    inputs->taken = (size_t)(end + 1 - inputs->window);
    inputs->offset += (uint64_t)(end + 1 - start);
    inputs->given++;
    return LIQ_OK;
}

/* Move what is begun to the front, and read on, but never past the inputs of the tick: so what is
 * read is what is hashed. */
static liq_status window_fill(liq_journal_inputs *inputs, liq_error *err)
{
    const size_t kept = inputs->used - inputs->taken;
    uint64_t left = inputs->end - inputs->offset - kept;
    char name[LIQ_SEGMENT_NAME_BYTES];
    liq_status status;

    memmove(inputs->window, inputs->window + inputs->taken, kept);
    inputs->taken = 0;
    inputs->used = kept;
    status = liq_memory_extend(&inputs->window, &inputs->room, kept + WINDOW_BYTES / 2, 1, err);
    if (status != LIQ_OK)
        return status;
    while (left > 0 && inputs->used < inputs->room) {
        const size_t room = inputs->room - inputs->used;
        const ssize_t got =
            pread(inputs->file, inputs->window + inputs->used, left < room ? (size_t)left : room,
                  (off_t)(inputs->offset + inputs->used));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            liq_input_segment_name(name, inputs->segment);
            if (got < 0)
                return liq_fail(err, LIQ_IO, errno, "%s: %s", name, strerror(errno));
            return liq_fail(err, LIQ_BAD_INPUT, 0,
                            "%s: has %llu bytes, and the inputs of tick %llu end at %llu", name,
                            (unsigned long long)(inputs->offset + inputs->used),
                            (unsigned long long)inputs->tick.tick, (unsigned long long)inputs->end);
        }
        liq_hash_add(inputs->hash, inputs->window + inputs->used, (size_t)got);
        inputs->used += (size_t)got;
        left -= (uint64_t)got;
    }
    return LIQ_OK;
}

static liq_status tick_finish(liq_journal_inputs *inputs, liq_error *err)
{
    char name[LIQ_SEGMENT_NAME_BYTES] = "";
    char hash[LIQ_HASH_HEX_BYTES] = "";

    if (inputs->given > 0)
        liq_hash_finish(inputs->hash, hash);
    if (strcmp(hash, inputs->expected_hash) == 0 && inputs->given == inputs->expected)
        return LIQ_OK;
    if (inputs->segment != 0)
        liq_input_segment_name(name, inputs->segment);
    return liq_fail(err, LIQ_BAD_INPUT, 0,
                    "%s: is damaged: the inputs of tick %llu, which end at byte %llu, are not "
                    "those that were recorded",
                    name, (unsigned long long)inputs->tick.tick, (unsigned long long)inputs->end);
}
