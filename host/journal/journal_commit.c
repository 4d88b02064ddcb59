/*
 * One tick, one transaction.
 */
#include "journal/journal_internal.h"

#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/workers.h"

/* What is done at the same time: records are put into the database, of which nothing is on disk
 * before the commit, and the inputs that they count on are written out. */
typedef struct commit_work {
    liq_journal *journal;
    const liq_journal_tick *tick;
    char chain[LIQ_HASH_HEX_BYTES];
    liq_status statuses[2];
    liq_error errors[2];
} commit_work;

static void work_do(void *context, uint32_t index);
static liq_status records_insert(liq_journal *journal, const liq_journal_tick *tick,
                                 char chain[LIQ_HASH_HEX_BYTES], liq_error *err);
static liq_status tick_insert(liq_journal *journal, const liq_journal_tick *tick, liq_error *err);
static liq_status segment_insert(liq_journal *journal, const liq_journal_tick *tick,
                                 liq_error *err);
static liq_status sources_insert(liq_journal *journal, const liq_journal_tick *tick,
                                 liq_error *err);
static liq_status marks_insert(liq_journal *journal, const liq_journal_tick *tick, liq_error *err);
static liq_status funds_insert(liq_journal *journal, const liq_journal_tick *tick, liq_error *err);
static liq_status decisions_insert(liq_journal *journal, const liq_journal_tick *tick,
                                   liq_error *err);
static liq_status decision_insert(liq_journal *journal, uint64_t tick,
                                  const liq_journal_decision *decision, liq_error *err);
static void action_add(liq_record *record, const liq_settle_action *action);
static void number_add(liq_record *record, uint64_t number);
static liq_status legs_insert(liq_journal *journal, const liq_journal_tick *tick, liq_error *err);
static liq_status notes_chain(liq_journal *journal, uint64_t tick, liq_error *err);
static liq_status outlets_write(liq_journal *journal, liq_error *err);
static liq_status sources_keep(liq_journal *journal, const liq_journal_tick *tick, liq_error *err);
static void tick_keep(liq_journal *journal, const liq_journal_tick *tick, const char *chain);
static void times_keep(liq_journal *journal, const uint64_t times[4]);

liq_status liq_journal_commit(liq_journal *journal, const liq_journal_tick *tick, liq_error *err)
{
    commit_work work = {.journal = journal, .tick = tick};
    uint64_t times[4] = {liq_clock_ns()};
    bool may_stay = false;
    liq_status status = liq_journal_tick_check(journal, tick, err);

    if (status != LIQ_OK)
        return status;
    if ((status = sources_keep(journal, tick, err)) != LIQ_OK)
        return status;
    if ((status = liq_input_segment_seal(&journal->segment, err)) != LIQ_OK ||
        (status = liq_sql_do(journal->base.begin, err)) != LIQ_OK)
        goto done;
    times[1] = liq_clock_ns();
    liq_workers_run(2, work_do, &work);
    times[2] = liq_clock_ns();
    for (uint32_t i = 0; status == LIQ_OK && i < 2; i++)
        if (work.statuses[i] != LIQ_OK)
            status = liq_fail(err, work.statuses[i], work.errors[i].native, "%s",
                              work.errors[i].message);
    if (status == LIQ_OK) {
        status = liq_sql_do(journal->base.commit, err);
        may_stay = status != LIQ_OK && sqlite3_errcode(journal->base.database) != SQLITE_FULL;
    }
    if (status != LIQ_OK)
        liq_sql_roll_back(journal->base.roll_back);
done:
    if (status == LIQ_OK) {
        times[3] = liq_clock_ns();
        times_keep(journal, times);
        tick_keep(journal, tick, work.chain);
        liq_input_segment_committed(&journal->segment);
        return LIQ_OK;
    }
    journal->failures += status == LIQ_IO;
    /* What is in the WAL already, once moved, leaves room in it. */
    if (journal->keeper != NULL)
        liq_keeper_wal_tell(journal->keeper, UINT64_MAX);
    /* When writing out the WAL failed it may be whole there all the same, for who opens it after a
     * kill: that tick must then find its inputs. */
    if (!may_stay)
        liq_input_segment_withdraw(&journal->segment);
    return status;
}

/* The first runs on the calling thread, whose database it is. */
static void work_do(void *context, uint32_t index)
{
    commit_work *work = context;

    if (index == 0)
        work->statuses[0] =
            records_insert(work->journal, work->tick, work->chain, &work->errors[0]);
    else
        work->statuses[1] = liq_input_segment_sync(&work->journal->segment, &work->errors[1]);
}

static liq_status records_insert(liq_journal *journal, const liq_journal_tick *tick,
                                 char chain[LIQ_HASH_HEX_BYTES], liq_error *err)
{
    liq_record record;
    liq_status status;

    liq_chain_begin(&journal->chain, journal->last.chain);
    if ((status = tick_insert(journal, tick, err)) != LIQ_OK ||
        (status = segment_insert(journal, tick, err)) != LIQ_OK ||
        (status = sources_insert(journal, tick, err)) != LIQ_OK ||
        (status = marks_insert(journal, tick, err)) != LIQ_OK ||
        (status = funds_insert(journal, tick, err)) != LIQ_OK ||
        (status = decisions_insert(journal, tick, err)) != LIQ_OK ||
        (status = legs_insert(journal, tick, err)) != LIQ_OK ||
        (status = notes_chain(journal, tick->tick, err)) != LIQ_OK)
        return status;
    liq_chain_finish(&journal->chain, chain);
    liq_record_begin(&record, journal->base.insert_chain, NULL, "chain");
    liq_record_integer(&record, (int64_t)tick->tick);
    liq_record_hash(&record, chain);
    if ((status = liq_record_end(&record, err)) != LIQ_OK)
        return status;
    return outlets_write(journal, err);
}

static liq_status tick_insert(liq_journal *journal, const liq_journal_tick *tick, liq_error *err)
{
    const liq_input_segment *segment = &journal->segment;
    liq_record record;

    liq_record_begin(&record, journal->base.inserts[LIQ_TABLE_TICK], &journal->chain, "tick");
    liq_record_integer(&record, (int64_t)tick->tick);
    liq_record_integer(&record, tick->now_ms);
    liq_record_string(&record, tick->cause);
    liq_record_hash(&record, tick->marks_hash);
    liq_record_hash(&record, tick->state_hash);
    liq_record_integer(&record, (int64_t)(journal->last.seq + tick->decision_count));
    liq_record_integer(&record, tick->source_count);
    liq_record_integer(&record, tick->mark_count);
    liq_record_integer(&record, tick->fund_count);
    liq_record_integer(&record, tick->decision_count);
    liq_record_integer(&record, tick->leg_count);
    liq_record_integer(&record, (int64_t)segment->first_tick);
    liq_record_integer(&record, (int64_t)segment->count);
    liq_record_integer(&record, (int64_t)liq_input_segment_sealed_end(segment));
    liq_record_hash(&record, segment->slice_hash);
    return liq_record_end(&record, err);
}

/* A file that begins with this tick. */
static liq_status segment_insert(liq_journal *journal, const liq_journal_tick *tick, liq_error *err)
{
    liq_record record;

    if (journal->segment.first_tick != tick->tick)
        return LIQ_OK;
    liq_record_begin(&record, journal->base.inserts[LIQ_TABLE_SEGMENT], &journal->chain, "segment");
    liq_record_integer(&record, (int64_t)tick->tick);
    return liq_record_end(&record, err);
}

static liq_status sources_insert(liq_journal *journal, const liq_journal_tick *tick, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < tick->source_count && status == LIQ_OK; i++) {
        liq_record record;

        liq_record_begin(&record, journal->base.inserts[LIQ_TABLE_SOURCE], &journal->chain,
                         "source_position");
        liq_record_integer(&record, (int64_t)tick->tick);
        liq_record_integer(&record, (int64_t)i + 1);
        liq_record_string(&record, tick->sources[i].source);
        liq_record_integer(&record, (int64_t)tick->sources[i].position);
        status = liq_record_end(&record, err);
    }
    return status;
}

static liq_status marks_insert(liq_journal *journal, const liq_journal_tick *tick, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < tick->mark_count && status == LIQ_OK; i++) {
        liq_record record;

        liq_record_begin(&record, journal->base.inserts[LIQ_TABLE_MARK], &journal->chain, "mark");
        liq_record_integer(&record, (int64_t)tick->tick);
        liq_record_integer(&record, (int64_t)i + 1);
        liq_record_string(&record, tick->marks[i].symbol);
        liq_record_integer(&record, tick->marks[i].is_index ? 1 : 0);
        liq_record_string(&record, tick->marks[i].price);
        status = liq_record_end(&record, err);
    }
    return status;
}

static liq_status funds_insert(liq_journal *journal, const liq_journal_tick *tick, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < tick->fund_count && status == LIQ_OK; i++) {
        liq_record record;

        liq_record_begin(&record, journal->base.inserts[LIQ_TABLE_FUND], &journal->chain, "fund");
        liq_record_integer(&record, (int64_t)tick->tick);
        liq_record_integer(&record, (int64_t)i + 1);
        liq_record_string(&record, tick->funds[i].fund);
        liq_record_string(&record, tick->funds[i].asset);
        liq_record_string(&record, tick->funds[i].balance);
        status = liq_record_end(&record, err);
    }
    return status;
}

static liq_status decisions_insert(liq_journal *journal, const liq_journal_tick *tick,
                                   liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < tick->decision_count && status == LIQ_OK; i++)
        status = decision_insert(journal, tick->tick, &tick->decisions[i], err);
    return status;
}

static liq_status decision_insert(liq_journal *journal, uint64_t tick,
                                  const liq_journal_decision *decision, liq_error *err)
{
    static const liq_settle_action none = {0};
    liq_record record;

    liq_record_begin(&record, journal->base.inserts[LIQ_TABLE_DECISION], &journal->chain,
                     "decision");
    liq_record_integer(&record, (int64_t)decision->seq);
    liq_record_integer(&record, (int64_t)tick);
    action_add(&record, decision->action == NULL ? &none : decision->action);
    liq_record_string(&record, decision->equity);
    liq_record_string(&record, decision->maintenance_margin);
    liq_record_string(&record, decision->rule);
    liq_record_string(&record, decision->score);
    liq_record_text(&record, decision->line.data, decision->line.bytes);
    return liq_record_end(&record, err);
}

/* In the words in which it leaves the program. */
static void action_add(liq_record *record, const liq_settle_action *action)
{
    static const char *const sides[] = {"short", NULL, "long"};
    const char *margin = action->is_isolated ? "isolated" : "cross";

    LIQ_ASSERT(action->side >= -1 && action->side <= 1);
    liq_record_string(record, action->kind == 0 ? NULL : liq_settle_kind_name(action->kind));
    liq_record_string(record, action->account);
    liq_record_string(record, action->account == NULL ? NULL : margin);
    liq_record_string(record, action->instrument);
    liq_record_string(record, sides[action->side + 1]);
    liq_record_string(record, action->quantity);
    liq_record_string(record, action->price);
    liq_record_string(record, action->cash);
    liq_record_string(record, action->asset);
    liq_record_string(record, action->fund);
    liq_record_string(record, action->reason == 0 ? NULL : liq_settle_reason_name(action->reason));
    liq_record_string(record, action->against);
    number_add(record, action->rank);
    number_add(record, action->request);
}

/* Zero says that there is none. */
static void number_add(liq_record *record, uint64_t number)
{
    if (number == 0)
        liq_record_text(record, NULL, 0);
    else
        liq_record_integer(record, (int64_t)number);
}

static liq_status legs_insert(liq_journal *journal, const liq_journal_tick *tick, liq_error *err)
{
    liq_status status = LIQ_OK;
    uint64_t seq = 0;
    int64_t place = 0;

    for (uint32_t i = 0; i < tick->leg_count && status == LIQ_OK; i++) {
        const liq_journal_leg *leg = &tick->legs[i];
        liq_record record;

        place = leg->seq == seq ? place + 1 : 1;
        seq = leg->seq;
        liq_record_begin(&record, journal->base.inserts[LIQ_TABLE_LEG], &journal->chain, "leg");
        liq_record_integer(&record, (int64_t)seq);
        liq_record_integer(&record, place);
        liq_record_string(&record, leg->room);
        liq_record_string(&record, leg->account);
        liq_record_string(&record, leg->fund);
        liq_record_string(&record, leg->asset);
        liq_record_string(&record, leg->amount);
        status = liq_record_end(&record, err);
    }
    return status;
}

/* Notes stand in their tables already; here they get into a chain. */
static liq_status notes_chain(liq_journal *journal, uint64_t tick, liq_error *err)
{
    for (int i = 0; i < LIQ_NOTE_TABLES && journal->has_notes; i++) {
        bool has_row = true;

        (void)sqlite3_bind_int64(journal->base.notes[i], 1, (int64_t)tick);
        while (has_row) {
            const liq_status status = liq_sql_next(journal->base.notes[i], &has_row, err);

            if (status != LIQ_OK)
                return status;
            if (has_row)
                liq_sql_chain_row(&journal->chain, liq_record_sqls[LIQ_TABLE_SNAPSHOT + i].name,
                                  journal->base.notes[i]);
        }
    }
    return LIQ_OK;
}

/* They lie beside the chain of the tick, and so their hashes are made when it is finished. */
static liq_status outlets_write(liq_journal *journal, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < journal->outlet_count && status == LIQ_OK; i++) {
        const liq_named_number *outlet = &journal->outlets[i];
        char hex[LIQ_HASH_HEX_BYTES];
        liq_record record;

        if (!outlet->is_new)
            continue;
        liq_outlet_hash(hex, &journal->chain, liq_text_of(outlet->name), (int64_t)outlet->number);
        liq_record_begin(&record, journal->base.write_outlet, NULL, "outlet");
        liq_record_string(&record, outlet->name);
        liq_record_integer(&record, (int64_t)outlet->number);
        liq_record_hash(&record, hex);
        status = liq_record_end(&record, err);
    }
    return status;
}

/* Room for new sources is taken before the commit, because nothing may fail after it. */
static liq_status sources_keep(liq_journal *journal, const liq_journal_tick *tick, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < tick->source_count && status == LIQ_OK; i++)
        status = liq_journal_source_set(
            journal, tick->sources[i].source,
            liq_journal_source_position(journal, tick->sources[i].source), err);
    return status;
}

static void tick_keep(liq_journal *journal, const liq_journal_tick *tick, const char *chain)
{
    if (journal->last.is_new || journal->last.tick == journal->origin_tick)
        journal->since_ms = tick->now_ms; /* the first of this part */
    journal->last.is_new = false;
    journal->last_segment = journal->segment.first_tick;
    journal->last_inputs_end = liq_input_segment_sealed_end(&journal->segment);
    journal->last.tick = tick->tick;
    journal->last.now_ms = tick->now_ms;
    journal->last.seq += tick->decision_count;
    memcpy(journal->last.chain, chain, LIQ_HASH_HEX_BYTES);
    memcpy(journal->last.state_hash, tick->state_hash, LIQ_HASH_HEX_BYTES);
    journal->has_notes = false;
    if (journal->marker >= 0)
        liq_last_marker_write(journal->marker, tick->tick);
    for (uint32_t i = 0; i < tick->source_count; i++)
        LIQ_ASSERT(liq_journal_source_set(journal, tick->sources[i].source,
                                          tick->sources[i].position, NULL) == LIQ_OK);
    for (uint32_t i = 0; i < journal->outlet_count; i++)
        journal->outlets[i].is_new = false;
}

static void times_keep(liq_journal *journal, const uint64_t times[4])
{
    journal->inputs_ns = times[1] - times[0];
    journal->rows_ns = times[2] - times[1];
    journal->commit_ns = times[3] - times[2];
}
