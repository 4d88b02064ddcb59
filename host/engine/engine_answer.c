/*
 * Answers to operators, between ticks: one account, its positions, funds, a queue, the state of the
 * sidecar. Amounts are exact decimals in strings, as everywhere.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_internal.h"
#include "outlet/amount_text.h"
#include "outlet/json_out.h"
#include "scan/live_scan.h"
#include "settle/live_queue.h"

enum { HTTP_OK = 200, HTTP_NOT_FOUND = 404, HTTP_FAILED = 500 };

/* What the holdings of an account are written with. */
typedef struct holdings_writer {
    liq_json_out *json;
    const liq_core *core;
    const char *account;
} holdings_writer;

static unsigned body_write(void *context, const liq_question *question, liq_json_out *json);
static unsigned account_write(liq_engine *engine, const char *id, liq_json_out *json);
static void margins_write(const liq_core *core, const char *id, liq_json_out *json);
static int isolated_write(void *context, const liq_live_holding *holding);
static void row_write(const liq_core *core, const liq_scan_row *row, liq_json_out *json);
static const char *cash(char out[LIQ_DECIMAL_BYTES], int64_t units, int32_t decimals);
static void holds_write(const liq_core *core, uint32_t account, liq_json_out *json);
static unsigned positions_write(liq_engine *engine, const char *id, liq_json_out *json);
static int holding_write(void *context, const liq_live_holding *holding);
static unsigned funds_write(liq_engine *engine, liq_json_out *json);
static unsigned status_write(liq_engine *engine, liq_json_out *json);
static unsigned queue_write(liq_engine *engine, const liq_question *question, liq_json_out *json);
static void place_write(void *context, const liq_live_place *place);
static unsigned error_write(const char *reason, liq_json_out *json);

/* One at a time; what takes long goes to a child. */
void liq_engine_answer(liq_engine *engine)
{
    liq_mailbox *mailbox = liq_ops_pages_mailbox(engine->pages);
    liq_question question;
    char *data = NULL;
    size_t bytes = 0;
    unsigned status;

    liq_ops_pages_beat(engine->pages);
    liq_question_poll(&engine->question, mailbox);
    if (engine->question.child != 0 || !liq_mailbox_take(mailbox, &question) ||
        (question.kind == LIQ_QUESTION_ADL &&
         liq_question_begin(&engine->question, &question, body_write, engine, NULL) == LIQ_OK))
        return;
    status = liq_question_body(&question, body_write, engine, &data, &bytes);
    liq_mailbox_answer(mailbox, question.ticket, status, data, bytes);
}

static unsigned body_write(void *context, const liq_question *question, liq_json_out *json)
{
    liq_engine *engine = context;

    switch (question->kind) {
    case LIQ_QUESTION_ACCOUNT:
        return account_write(engine, question->name, json);
    case LIQ_QUESTION_POSITIONS:
        return positions_write(engine, question->name, json);
    case LIQ_QUESTION_ADL:
        return queue_write(engine, question, json);
    case LIQ_QUESTION_FUNDS:
        return funds_write(engine, json);
    case LIQ_QUESTION_STATUS:
        return status_write(engine, json);
    case LIQ_QUESTION_SLOW:
        liq_slow_ticks_write(&engine->slow, json);
        return HTTP_OK;
    }
    return error_write("no such question", json);
}

static unsigned account_write(liq_engine *engine, const char *id, liq_json_out *json)
{
    uint32_t account;

    if (!liq_live_account_index(engine->core.live, id, &account))
        return error_write("the account is not there", json);
    liq_json_out_string(json, "account", id);
    liq_json_out_count(json, "tick", engine->core.tick);
    holds_write(&engine->core, account, json);
    liq_json_out_array(json, "margins");
    margins_write(&engine->core, id, json);
    liq_json_out_close(json);
    return HTTP_OK;
}

/* Rows of an account that an event touched since the last tick have no value until the next. */
static void margins_write(const liq_core *core, const char *id, liq_json_out *json)
{
    holdings_writer writer = {.json = json, .core = core, .account = id};
    liq_scan_row row;

    if (liq_live_find(core->live, id, NULL, 0, &row, NULL) == LIQ_OK)
        row_write(core, &row, json);
    if (liq_live_holdings(core->live, id, isolated_write, &writer, NULL) != LIQ_OK)
        return;
}

static int isolated_write(void *context, const liq_live_holding *holding)
{
    holdings_writer *writer = context;
    liq_scan_row row;

    if (holding->kind == LIQ_LIVE_POSITION && holding->is_isolated &&
        liq_live_find(writer->core->live, writer->account, holding->symbol, holding->is_short, &row,
                      NULL) == LIQ_OK)
        row_write(writer->core, &row, writer->json);
    return 1;
}

static void row_write(const liq_core *core, const liq_scan_row *row, liq_json_out *json)
{
    const int32_t decimals = liq_book_cash_decimals(core->book);
    char text[LIQ_DECIMAL_BYTES];

    liq_json_out_object(json, NULL);
    liq_json_out_string(json, "margin", row->instrument == NULL ? "cross" : row->instrument);
    if (row->instrument != NULL)
        liq_json_out_string(json, "side", row->is_short ? "short" : "long");
    liq_json_out_string(json, "status",
                        row->status == LIQ_MARGIN_UNVALUED ? NULL
                                                           : liq_margin_status_name(row->status));
    if (row->status != LIQ_MARGIN_UNVALUED) {
        liq_json_out_string(json, "equity", cash(text, row->equity, decimals));
        liq_json_out_string(json, "maintenance_margin",
                            cash(text, row->maintenance_margin, decimals));
        liq_json_out_string(json, "initial_margin", cash(text, row->initial_margin, decimals));
        liq_json_out_string(json, "notional", cash(text, row->notional, decimals));
        liq_json_out_count(json, "age_ticks", row->age_ticks);
    }
    liq_json_out_close(json);
}

static const char *cash(char out[LIQ_DECIMAL_BYTES], int64_t units, int32_t decimals)
{
    (void)liq_amount_write(out, units, decimals);
    return out;
}

static void holds_write(const liq_core *core, uint32_t account, liq_json_out *json)
{
    const uint32_t held_by = liq_core_held_by(core, account);

    liq_json_out_array(json, "held");
    for (uint32_t i = 0; i < LIQ_HELD_REASONS; i++)
        if ((held_by & 1u << i) != 0)
            liq_json_out_string(json, NULL, liq_hold_reason_name((liq_hold_reason)i));
    liq_json_out_close(json);
}

static unsigned positions_write(liq_engine *engine, const char *id, liq_json_out *json)
{
    holdings_writer writer = {.json = json, .core = &engine->core, .account = id};
    uint32_t account;

    if (!liq_live_account_index(engine->core.live, id, &account))
        return error_write("the account is not there", json);
    liq_json_out_string(json, "account", id);
    liq_json_out_array(json, "holdings");
    if (liq_live_holdings(engine->core.live, id, holding_write, &writer, NULL) != LIQ_OK)
        return HTTP_FAILED;
    liq_json_out_close(json);
    return HTTP_OK;
}

static int holding_write(void *context, const liq_live_holding *holding)
{
    static const char *const kinds[] = {[LIQ_LIVE_BALANCE] = "balance",
                                        [LIQ_LIVE_POSITION] = "position",
                                        [LIQ_LIVE_ORDER] = "order"};
    const holdings_writer *writer = context;
    liq_json_out *json = writer->json;

    liq_json_out_object(json, NULL);
    liq_json_out_string(json, "kind", kinds[holding->kind]);
    liq_json_out_string(json, holding->kind == LIQ_LIVE_BALANCE ? "asset" : "symbol",
                        holding->symbol);
    if (holding->kind != LIQ_LIVE_BALANCE) {
        const bool is_order = holding->kind == LIQ_LIVE_ORDER;

        liq_json_out_string(json, "side",
                            is_order ? (holding->is_short ? "sell" : "buy")
                                     : (holding->is_short ? "short" : "long"));
        liq_json_out_string(json, is_order ? "remaining" : "contracts", holding->amount);
        liq_json_out_string(json, is_order ? "price" : "entryPrice", holding->price);
        if (is_order)
            liq_json_out_count(json, "id", holding->order_reference);
    } else {
        liq_json_out_string(json, "walletBalance", holding->amount);
    }
    if (holding->is_isolated)
        liq_json_out_string(json, "isolatedMargin", holding->isolated_margin);
    liq_json_out_close(json);
    return 1;
}

static unsigned funds_write(liq_engine *engine, liq_json_out *json)
{
    liq_json_out_array(json, "funds");
    for (uint32_t i = 0; i < liq_settle_fund_count(engine->core.settle); i++) {
        liq_settle_fund fund;

        liq_settle_fund_read(engine->core.settle, i, &fund);
        liq_json_out_object(json, NULL);
        liq_json_out_string(json, "fund", fund.fund);
        liq_json_out_string(json, "asset", fund.asset);
        liq_json_out_string(json, "balance", fund.after);
        liq_json_out_string(json, "floor", fund.floor);
        liq_json_out_string(json, "peak", fund.peak);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
    return HTTP_OK;
}

static unsigned status_write(liq_engine *engine, liq_json_out *json)
{
    const liq_core *core = &engine->core;

    liq_json_out_string(json, "name", engine->config->name);
    liq_json_out_string(json, "venue", liq_book_venue(core->book));
    liq_json_out_string(json, "mode", engine->config->advises ? "advise" : "simulate");
    liq_json_out_count(json, "tick", core->tick);
    liq_json_out_count(json, "seq", core->seq);
    liq_json_out_bool(json, "ready", liq_engine_is_ready(engine));
    liq_json_out_string(json, "unready", liq_core_unready(core));
    liq_json_out_bool(json, "halted", core->is_halted);
    liq_json_out_count(json, "accounts", core->live->book.account_count);
    liq_json_out_count(json, "margin_accounts", core->last.live.rows);
    liq_json_out_count(json, "flagged", core->last.live.flagged);
    liq_json_out_count(json, "held_accounts", core->account_holds);
    liq_json_out_count(json, "stale_instruments", liq_core_stale_count(core));
    liq_json_out_object(json, "liquidations_held");
    for (uint32_t i = 0; i < LIQ_HELD_REASONS; i++)
        liq_json_out_count(json, liq_hold_reason_name((liq_hold_reason)i), core->last.held[i]);
    liq_json_out_close(json);
    liq_json_out_array(json, "sources");
    for (uint32_t i = 0; i < core->config.source_count; i++) {
        liq_json_out_object(json, NULL);
        liq_json_out_string(json, "source", core->config.sources[i]);
        liq_json_out_count(json, "applied", core->sources[i].applied);
        liq_json_out_count(json, "gaps", core->sources[i].gaps - core->sources[i].gaps_cleared);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
    return HTTP_OK;
}

static unsigned queue_write(liq_engine *engine, const liq_question *question, liq_json_out *json)
{
    uint64_t count = 0;
    liq_error reason;
    liq_status status;

    liq_json_out_string(json, "instrument", question->name);
    liq_json_out_string(json, "side", question->is_short ? "short" : "long");
    liq_json_out_count(json, "tick", engine->core.tick);
    liq_json_out_array(json, "queue");
    status = liq_live_queue_list(engine->core.settle, question->name, question->is_short,
                                 question->limit, place_write, json, &count, &reason);
    liq_json_out_close(json);
    if (status != LIQ_OK)
        return error_write(reason.message, json);
    liq_json_out_count(json, "positions", count);
    return HTTP_OK;
}

static void place_write(void *context, const liq_live_place *place)
{
    liq_json_out *json = context;

    liq_json_out_object(json, NULL);
    liq_json_out_count(json, "rank", place->rank);
    liq_json_out_string(json, "account", place->account);
    liq_json_out_string(json, "margin", place->is_isolated ? "isolated" : "cross");
    liq_json_out_string(json, "quantity", place->quantity);
    liq_json_out_string(json, "score", place->score);
    liq_json_out_close(json);
}

static unsigned error_write(const char *reason, liq_json_out *json)
{
    liq_json_out_string(json, "error", reason);
    return HTTP_NOT_FOUND;
}
