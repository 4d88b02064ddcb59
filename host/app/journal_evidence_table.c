/*
 * Decisions with their evidence, for people: tick by tick, the decisions, what each rests on, its
 * legs, and the prices.
 */
#include "app/journal_evidence.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/command_journal.h"
#include "outlet/table_text.h"

enum {
    DECISION_SEQ = 0,
    DECISION_TICK = 1,
    SYMBOLS_MAX = 256,
    SYMBOL_BYTES = 130,
    SHOWN_HASH_DIGITS = 16
};

/* Which columns of a list make one of the tables. */
typedef struct table_shape {
    uint32_t count;
    uint32_t columns[12];
    const char *titles[12];
    bool is_right[12];
} table_shape;

static const table_shape decision_shape = {
    12,
    {0, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14},
    {"SEQ", "ACTION", "ACCOUNT", "INSTRUMENT", "SIDE", "QUANTITY", "PRICE", "CASH", "ASSET", "FUND",
     "REASON", "AGAINST"},
    {true, false, false, false, false, true, true, true, false, false, false, false}};
static const table_shape evidence_shape = {
    7,
    {0, 5, 17, 18, 19, 20, 15},
    {"SEQ", "MARGIN", "EQUITY", "MAINTENANCE", "RULE", "SCORE", "RANK"},
    {true, false, true, true, false, true, true}};
static const table_shape leg_shape = {7,
                                      {0, 1, 2, 3, 4, 5, 6},
                                      {"SEQ", "LEG", "ROOM", "ACCOUNT", "FUND", "ASSET", "AMOUNT"},
                                      {true, true, false, false, false, false, true}};
static const table_shape mark_shape = {
    3, {2, 3, 4}, {"SYMBOL", "KIND", "PRICE"}, {false, false, true}};

/* What is shown of one tick. */
typedef struct tick_tables {
    liq_output *output;
    liq_journal_reader *reader;
    liq_table_text *decisions;
    liq_table_text *evidence;
    liq_table_text *legs;
    uint64_t tick; /* 0: none yet */
    char symbols[SYMBOLS_MAX][SYMBOL_BYTES];
    uint32_t symbol_count; /* SYMBOLS_MAX: too many to tell apart, all are shown */
    bool wants_marks;
} tick_tables;

static liq_status decision_add(tick_tables *tables, liq_journal_rows *decisions, liq_error *err);
static liq_status tick_begin(tick_tables *tables, uint64_t tick, liq_error *err);
static void tick_head(liq_output *output, liq_journal_rows *row);
static liq_status tick_end(tick_tables *tables, liq_error *err);
static liq_status legs_add(tick_tables *tables, uint64_t seq, liq_error *err);
static liq_status marks_write(tick_tables *tables, liq_error *err);
static liq_status table_make(liq_table_text **out, liq_output *output, const table_shape *shape,
                             liq_error *err);
static void row_add(liq_table_text *table, const table_shape *shape, liq_journal_rows *rows);
static void symbol_add(tick_tables *tables, const char *symbol);
static bool symbol_is_shown(const tick_tables *tables, const char *symbol);
static void time_text(char *out, size_t room, int64_t time_ms);

liq_status liq_journal_evidence_table(liq_output *output, liq_journal_reader *reader,
                                      liq_journal_rows *decisions, bool wants_marks, liq_error *err)
{
    static tick_tables tables;
    uint64_t row = 0;
    bool has_row = decisions != NULL;
    bool go_on = true;
    liq_status status = LIQ_OK;

    tables = (tick_tables){.output = output, .reader = reader, .wants_marks = wants_marks};
    while (has_row && go_on &&
           (status = liq_journal_rows_next(decisions, &has_row, err)) == LIQ_OK && has_row)
        if ((status = decision_add(&tables, decisions, err)) != LIQ_OK ||
            (status = liq_output_look(output, row++, &go_on, err)) != LIQ_OK)
            break;
    if (status == LIQ_OK && row == 0)
        liq_output_string(output, "No decision.\n");
    if (status == LIQ_OK)
        status = tick_end(&tables, err);
    liq_table_text_destroy(tables.decisions);
    liq_table_text_destroy(tables.evidence);
    liq_table_text_destroy(tables.legs);
    return status;
}

static liq_status decision_add(tick_tables *tables, liq_journal_rows *decisions, liq_error *err)
{
    const uint64_t tick = (uint64_t)liq_journal_rows_number(decisions, DECISION_TICK);
    liq_status status;

    if (tick != tables->tick && ((status = tick_end(tables, err)) != LIQ_OK ||
                                 (status = tick_begin(tables, tick, err)) != LIQ_OK))
        return status;
    row_add(tables->decisions, &decision_shape, decisions);
    row_add(tables->evidence, &evidence_shape, decisions);
    symbol_add(tables, liq_journal_rows_text(decisions, 6));
    symbol_add(tables, liq_journal_rows_text(decisions, 11));
    return legs_add(tables, (uint64_t)liq_journal_rows_number(decisions, DECISION_SEQ), err);
}

static liq_status tick_begin(tick_tables *tables, uint64_t tick, liq_error *err)
{
    const liq_journal_range range = {.first = tick, .last = tick};
    liq_journal_rows *row = NULL;
    bool has_row = false;
    liq_status status = liq_journal_rows_open(&row, tables->reader, LIQ_JOURNAL_TICKS, &range, err);

    if (status == LIQ_OK)
        status = liq_journal_rows_next(row, &has_row, err);
    if (status == LIQ_OK && has_row) {
        liq_output_string(tables->output, tables->tick == 0 ? "" : "\n");
        tick_head(tables->output, row);
    }
    liq_journal_rows_close(row);
    tables->tick = tick;
    tables->symbol_count = 0;
    if (status != LIQ_OK ||
        (status = table_make(&tables->decisions, tables->output, &decision_shape, err)) != LIQ_OK ||
        (status = table_make(&tables->evidence, tables->output, &evidence_shape, err)) != LIQ_OK)
        return status;
    return table_make(&tables->legs, tables->output, &leg_shape, err);
}

static void tick_head(liq_output *output, liq_journal_rows *row)
{
    enum { TIME = 1, CAUSE = 2, MARKS_HASH = 7, STATE_HASH = 8, CHAIN = 12 };
    static const struct {
        const char *name;
        uint32_t column;
    } hashes[] = {{"marks", MARKS_HASH}, {"state", STATE_HASH}, {"chain", CHAIN}};
    char time[64];

    time_text(time, sizeof time, liq_journal_rows_number(row, TIME));
    liq_output_format(output, "Tick %lld, %s, cause: %.64s\n",
                      (long long)liq_journal_rows_number(row, 0), time,
                      liq_journal_rows_text(row, CAUSE));
    for (uint32_t i = 0; i < 3; i++) {
        const char *hash = liq_journal_rows_text(row, hashes[i].column);

        liq_output_format(output, "%s%s %.*s", i == 0 ? "  " : ", ", hashes[i].name,
                          SHOWN_HASH_DIGITS, hash == NULL ? "-" : hash);
    }
    liq_output_string(output, "\n\n");
}

static liq_status tick_end(tick_tables *tables, liq_error *err)
{
    liq_status status = LIQ_OK;

    if (tables->decisions == NULL)
        return LIQ_OK;
    liq_table_text_flush(tables->decisions);
    liq_output_string(tables->output, "\n");
    liq_table_text_flush(tables->evidence);
    if (liq_table_text_rows(tables->legs) > 0)
        liq_output_string(tables->output, "\n");
    liq_table_text_flush(tables->legs);
    status = marks_write(tables, err);
    liq_table_text_destroy(tables->decisions);
    liq_table_text_destroy(tables->evidence);
    liq_table_text_destroy(tables->legs);
    tables->decisions = tables->evidence = tables->legs = NULL;
    return status;
}

static liq_status legs_add(tick_tables *tables, uint64_t seq, liq_error *err)
{
    const liq_journal_range range = {.first = seq, .last = seq};
    liq_journal_rows *rows = NULL;
    bool has_row = true;
    liq_status status = liq_journal_rows_open(&rows, tables->reader, LIQ_JOURNAL_LEGS, &range, err);

    while (status == LIQ_OK && (status = liq_journal_rows_next(rows, &has_row, err)) == LIQ_OK &&
           has_row)
        row_add(tables->legs, &leg_shape, rows);
    liq_journal_rows_close(rows);
    return status;
}

static liq_status marks_write(tick_tables *tables, liq_error *err)
{
    const liq_journal_range range = {.first = tables->tick, .last = tables->tick};
    liq_journal_rows *rows = NULL;
    liq_table_text *table = NULL;
    uint64_t others = 0;
    bool has_row = true;
    liq_status status =
        liq_journal_rows_open(&rows, tables->reader, LIQ_JOURNAL_MARKS, &range, err);

    if (status == LIQ_OK)
        status = table_make(&table, tables->output, &mark_shape, err);
    while (status == LIQ_OK && (status = liq_journal_rows_next(rows, &has_row, err)) == LIQ_OK &&
           has_row) {
        if (symbol_is_shown(tables, liq_journal_rows_text(rows, mark_shape.columns[0])))
            row_add(table, &mark_shape, rows);
        else
            others++;
    }
    if (status == LIQ_OK && liq_table_text_rows(table) > 0) {
        liq_output_string(tables->output, "\n");
        liq_table_text_flush(table);
    }
    if (status == LIQ_OK && others > 0)
        liq_output_format(tables->output, "  and %llu other prices: --marks shows them\n",
                          (unsigned long long)others);
    liq_table_text_destroy(table);
    liq_journal_rows_close(rows);
    return status;
}

static liq_status table_make(liq_table_text **out, liq_output *output, const table_shape *shape,
                             liq_error *err)
{
    const liq_status status = liq_table_text_create(out, output, 2, err);

    for (uint32_t i = 0; status == LIQ_OK && i < shape->count; i++)
        liq_table_text_column(*out, shape->titles[i], shape->is_right[i]);
    return status;
}

static void row_add(liq_table_text *table, const table_shape *shape, liq_journal_rows *rows)
{
    for (uint32_t i = 0; i < shape->count; i++) {
        const char *text = liq_journal_rows_text(rows, shape->columns[i]);

        liq_table_text_cell(table, text == NULL ? "-" : text);
    }
    liq_table_text_row_end(table);
}

static void symbol_add(tick_tables *tables, const char *symbol)
{
    if (symbol == NULL || tables->symbol_count == SYMBOLS_MAX || strlen(symbol) >= SYMBOL_BYTES)
        return;
    for (uint32_t i = 0; i < tables->symbol_count; i++)
        if (strcmp(tables->symbols[i], symbol) == 0)
            return;
    (void)snprintf(tables->symbols[tables->symbol_count++], SYMBOL_BYTES, "%s", symbol);
}

static bool symbol_is_shown(const tick_tables *tables, const char *symbol)
{
    if (tables->wants_marks || tables->symbol_count == SYMBOLS_MAX || symbol == NULL)
        return true;
    for (uint32_t i = 0; i < tables->symbol_count; i++)
        if (strcmp(tables->symbols[i], symbol) == 0)
            return true;
    return false;
}

static void time_text(char *out, size_t room, int64_t time_ms)
{
    int64_t seconds = time_ms / 1000;
    int64_t ms = time_ms % 1000;
    char text[40] = "";
    struct tm parts;
    time_t time;

    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    time = (time_t)seconds;
    if (gmtime_r(&time, &parts) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts) == 0)
        (void)snprintf(out, room, "%lld ms", (long long)time_ms);
    else
        (void)snprintf(out, room, "%s.%03d UTC", text, (int)ms);
}
