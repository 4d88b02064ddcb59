/*
 * Lists of records, block by block.
 */
#include "journal/journal_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "journal/reader_internal.h"

/* A block is read in one go and kept here, so that whoever takes long over a row does not keep a
 * transaction open, and with it the WAL of a running sidecar from being emptied. */
enum { BLOCK_ROWS = 1024, BLOCK_BYTES = 256 * 1024, NO_TEXT = -1 };

/* A list: its columns, and the rows whose key, columns 0 and key_place, is past (?1, ?2) and whose
 * column 0 is not past ?3. */
typedef struct list_text {
    const char *sql;
    uint32_t key_place; /* 0: column 0 alone is the key */
    uint32_t column_count;
    const char *columns[LIQ_JOURNAL_COLUMNS_MAX];
} list_text;

typedef struct row_cell {
    int64_t number;
    int64_t text; /* where it begins in the texts; NO_TEXT: the cell is empty */
    bool is_number;
} row_cell;

struct liq_journal_rows {
    liq_journal_reader *reader;
    uint64_t part; /* that statement reads */
    sqlite3_stmt *statement;
    const list_text *list;
    int64_t key;   /* of the last row of the block */
    int64_t place; /* likewise */
    row_cell *cells;
    size_t cell_capacity;
    char *texts;
    size_t text_bytes;
    size_t text_capacity;
    uint32_t row_count; /* in the block */
    uint32_t row_next;
    bool is_last;   /* there is none behind the block, */
    bool is_over;   /* and no part behind that */
    bool is_by_seq; /* as the list is */
    int64_t last;   /* no row is behind it */
    char *account;  /* NULL: all */
};

static liq_status list_end(liq_journal_reader *reader, liq_journal_list list, int64_t *last,
                           liq_error *err);
static liq_status account_keep(liq_journal_rows *rows, const char *account, liq_error *err);
static liq_status part_begin(liq_journal_rows *rows, liq_error *err);
static liq_status part_next(liq_journal_rows *rows, liq_error *err);
static liq_status block_read(liq_journal_rows *rows, liq_error *err);
static liq_status row_keep(liq_journal_rows *rows, liq_error *err);
static liq_status text_keep(liq_journal_rows *rows, row_cell *cell, liq_text text, liq_error *err);
static const row_cell *cell_at(const liq_journal_rows *rows, uint32_t column);
static int64_t bounded(uint64_t number);

static const list_text lists[LIQ_JOURNAL_LISTS] = {
    [LIQ_JOURNAL_TICKS] =
        {"SELECT tick, now_ms, cause, inputs, decisions, legs, last_seq, marks_hash, state_hash, "
         "inputs_hash, segment, inputs_end, sha256 FROM tick LEFT JOIN chain USING (tick) "
         "WHERE tick > ?1 AND tick <= ?3 ORDER BY tick LIMIT ?4",
         0,
         13,
         {"tick", "time", "cause", "inputs", "decisions", "legs", "last_seq", "marks_hash",
          "state_hash", "inputs_hash", "inputs_file", "inputs_end", "chain"}},
    [LIQ_JOURNAL_DECISIONS] =
        {"SELECT seq, tick, (SELECT now_ms FROM tick WHERE tick.tick = decision.tick), action, "
         "account, margin, instrument, side, quantity, price, cash, asset, fund, reason, against, "
         "rank, request, equity, maintenance_margin, rule, score, line FROM decision "
         "WHERE seq > ?1 AND seq <= ?3 AND (?5 IS NULL OR account = ?5 OR against = ?5) "
         "ORDER BY seq LIMIT ?4",
         0,
         22,
         {"seq",
          "tick",
          "time",
          "action",
          "account",
          "margin",
          "instrument",
          "side",
          "quantity",
          "price",
          "cash",
          "asset",
          "fund",
          "reason",
          "against",
          "rank",
          "request",
          "equity",
          "maintenance_margin",
          "rule",
          "score",
          "line"}},
    [LIQ_JOURNAL_LEGS] =
        {"SELECT seq, place, room, account, fund, asset, amount FROM leg "
         "WHERE (seq, place) > (?1, ?2) AND seq <= ?3 ORDER BY seq, place LIMIT ?4",
         1,
         7,
         {"seq", "leg", "room", "account", "fund", "asset", "amount"}},
    [LIQ_JOURNAL_MARKS] =
        {"SELECT tick, place, symbol, iif(is_index, 'index', 'mark'), price FROM mark "
         "WHERE (tick, place) > (?1, ?2) AND tick <= ?3 ORDER BY tick, place LIMIT ?4",
         1,
         5,
         {"tick", "place", "symbol", "kind", "price"}},
    [LIQ_JOURNAL_FUNDS] =
        {"SELECT tick, place, fund, asset, balance FROM fund "
         "WHERE (tick, place) > (?1, ?2) AND tick <= ?3 ORDER BY tick, place LIMIT ?4",
         1,
         5,
         {"tick", "place", "fund", "asset", "balance"}},
    [LIQ_JOURNAL_SOURCES] = {
        "SELECT tick, place, source, position FROM source_position "
        "WHERE (tick, place) > (?1, ?2) AND tick <= ?3 ORDER BY tick, place LIMIT ?4",
        1,
        4,
        {"tick", "place", "source", "position"}}};

const char *const *liq_journal_list_columns(liq_journal_list list, uint32_t *count)
{
    *count = lists[list].column_count;
    return lists[list].columns;
}

liq_status liq_journal_rows_open(liq_journal_rows **out, liq_journal_reader *reader,
                                 liq_journal_list list, const liq_journal_range *range,
                                 liq_error *err)
{
    liq_journal_rows *rows = NULL;
    int64_t last = bounded(range->last);
    liq_status status = liq_memory_array(&rows, 1, sizeof *rows, err);

    if (status != LIQ_OK)
        return status;
    rows->list = &lists[list];
    if (range->last == 0)
        status = list_end(reader, list, &last, err);
    rows->reader = reader;
    rows->is_by_seq = list == LIQ_JOURNAL_DECISIONS || list == LIQ_JOURNAL_LEGS;
    rows->last = last;
    /* Behind (first - 1, whatever place) is (first, 0) and what follows. */
    rows->key = range->first == 0 ? 0 : bounded(range->first) - 1;
    rows->place = INT64_MAX;
    if (status == LIQ_OK && range->account != NULL)
        status = account_keep(rows, range->account, err);
    if (status == LIQ_OK)
        status = rows->is_by_seq ? liq_reader_at_seq(reader, (uint64_t)rows->key + 1, err)
                                 : liq_reader_at_tick(reader, (uint64_t)rows->key + 1, err);
    if (status == LIQ_OK)
        status = part_begin(rows, err);
    if (status != LIQ_OK) {
        liq_journal_rows_close(rows);
        return status;
    }
    *out = rows;
    return LIQ_OK;
}

void liq_journal_rows_close(liq_journal_rows *rows)
{
    if (rows == NULL)
        return;
    (void)sqlite3_finalize(rows->statement);
    free(rows->account);
    free(rows->cells);
    free(rows->texts);
    free(rows);
}

liq_status liq_journal_rows_next(liq_journal_rows *rows, bool *has_row, liq_error *err)
{
    liq_status status = LIQ_OK;

    while (status == LIQ_OK && rows->row_next == rows->row_count && !rows->is_over)
        status = rows->is_last ? part_next(rows, err) : block_read(rows, err);
    *has_row = status == LIQ_OK && rows->row_next < rows->row_count;
    if (*has_row)
        rows->row_next++;
    return status;
}

bool liq_journal_rows_is_number(const liq_journal_rows *rows, uint32_t column)
{
    return cell_at(rows, column)->is_number;
}

int64_t liq_journal_rows_number(const liq_journal_rows *rows, uint32_t column)
{
    return cell_at(rows, column)->number;
}

const char *liq_journal_rows_text(const liq_journal_rows *rows, uint32_t column)
{
    const row_cell *cell = cell_at(rows, column);

    return cell->text == NO_TEXT ? NULL : rows->texts + cell->text;
}

static liq_status account_keep(liq_journal_rows *rows, const char *account, liq_error *err)
{
    const size_t bytes = strlen(account) + 1;
    const liq_status status = liq_memory_array(&rows->account, bytes, 1, err);

    if (status == LIQ_OK)
        memcpy(rows->account, account, bytes);
    return status;
}

/* What a part was begun with is of the part before. */
static liq_status part_begin(liq_journal_rows *rows, liq_error *err)
{
    const liq_journal_origin *origin = &rows->reader->origin;
    const int64_t before = (int64_t)(rows->is_by_seq ? origin->seq : origin->tick);
    liq_status status;

    (void)sqlite3_finalize(rows->statement);
    rows->statement = NULL;
    rows->part = rows->reader->part;
    rows->is_last = false;
    if (origin->is_there && rows->key <= before) {
        rows->key = before;
        rows->place = INT64_MAX;
    }
    status = liq_sql_prepare(&rows->statement, rows->reader->database, rows->list->sql, err);
    if (status != LIQ_OK)
        return status;
    (void)sqlite3_bind_int64(rows->statement, 3, rows->last);
    (void)sqlite3_bind_int64(rows->statement, 4, BLOCK_ROWS);
    if (sqlite3_bind_parameter_count(rows->statement) > 4 && rows->account != NULL)
        (void)sqlite3_bind_text(rows->statement, 5, rows->account, -1, SQLITE_STATIC);
    return LIQ_OK;
}

/* The reader may have gone elsewhere meanwhile. */
static liq_status part_next(liq_journal_rows *rows, liq_error *err)
{
    liq_error reason;
    liq_status status;

    rows->is_over = rows->key >= rows->last;
    if (rows->is_over)
        return LIQ_OK;
    if ((status = liq_reader_part_open(rows->reader, rows->part, err)) != LIQ_OK)
        return status;
    status = liq_reader_part_next(rows->reader, &reason);
    rows->is_over = status == LIQ_NOT_FOUND;
    if (rows->is_over)
        return LIQ_OK;
    return status == LIQ_OK ? part_begin(rows, err)
                            : liq_fail(err, status, reason.native, "%s", reason.message);
}

static liq_status block_read(liq_journal_rows *rows, liq_error *err)
{
    bool has_row = true;
    liq_status status = LIQ_OK;

    rows->row_count = 0;
    rows->row_next = 0;
    rows->text_bytes = 0;
    (void)sqlite3_bind_int64(rows->statement, 1, rows->key);
    if (rows->list->key_place != 0)
        (void)sqlite3_bind_int64(rows->statement, 2, rows->place);
    while (rows->row_count < BLOCK_ROWS && rows->text_bytes < BLOCK_BYTES &&
           (status = liq_sql_next(rows->statement, &has_row, err)) == LIQ_OK && has_row &&
           (status = row_keep(rows, err)) == LIQ_OK)
        rows->row_count++;
    (void)sqlite3_reset(rows->statement);
    rows->is_last = !has_row;
    return status;
}

static liq_status row_keep(liq_journal_rows *rows, liq_error *err)
{
    const uint32_t count = rows->list->column_count;
    liq_status status =
        liq_memory_grow(&rows->cells, &rows->cell_capacity, ((size_t)rows->row_count + 1) * count,
                        sizeof *rows->cells, err);

    for (uint32_t i = 0; i < count && status == LIQ_OK; i++) {
        row_cell *cell = &rows->cells[(size_t)rows->row_count * count + i];
        char hash[LIQ_HASH_HEX_BYTES];

        *cell = (row_cell){.text = NO_TEXT};
        switch (sqlite3_column_type(rows->statement, (int)i)) {
        case SQLITE_NULL:
            break;
        case SQLITE_BLOB:
            liq_sql_hash(hash, rows->statement, (int)i);
            status = text_keep(rows, cell, liq_text_of(hash), err);
            break;
        case SQLITE_INTEGER:
            cell->is_number = true;
            cell->number = sqlite3_column_int64(rows->statement, (int)i);
            /* fall through */
        default:
            status = text_keep(rows, cell, liq_sql_text(rows->statement, (int)i), err);
            break;
        }
    }
    rows->key = sqlite3_column_int64(rows->statement, 0);
    rows->place = sqlite3_column_int64(rows->statement, (int)rows->list->key_place);
    return status;
}

static liq_status text_keep(liq_journal_rows *rows, row_cell *cell, liq_text text, liq_error *err)
{
    const liq_status status = liq_memory_extend(&rows->texts, &rows->text_capacity,
                                                rows->text_bytes + text.bytes + 1, 1, err);

    if (status != LIQ_OK)
        return status;
    cell->text = (int64_t)rows->text_bytes;
    memcpy(rows->texts + rows->text_bytes, text.data, text.bytes);
    rows->texts[rows->text_bytes + text.bytes] = '\0';
    rows->text_bytes += text.bytes + 1;
    return LIQ_OK;
}

/* Of the row that was given last. */
static const row_cell *cell_at(const liq_journal_rows *rows, uint32_t column)
{
    LIQ_ASSERT(rows->row_next > 0 && column < rows->list->column_count);
    return &rows->cells[((size_t)rows->row_next - 1) * rows->list->column_count + column];
}

/* What is recorded later is left out, so that a list of a running sidecar ends. */
static liq_status list_end(liq_journal_reader *reader, liq_journal_list list, int64_t *last,
                           liq_error *err)
{
    const bool is_by_seq = list == LIQ_JOURNAL_DECISIONS || list == LIQ_JOURNAL_LEGS;
    liq_journal_last end;
    const liq_status status = liq_journal_reader_last(reader, &end, err);

    if (status == LIQ_OK)
        *last = (int64_t)(is_by_seq ? end.seq : end.tick);
    return status;
}

static int64_t bounded(uint64_t number)
{
    return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}
