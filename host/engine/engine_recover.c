/*
 * Back to where the journal ends: the newest snapshot that checks out, and the inputs recorded
 * behind it. A first start takes the book of the configuration, and keeps a snapshot of it at once,
 * so that the state folder alone is enough from then on.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "engine/core_replay.h"
#include "engine/engine_internal.h"

static liq_status begin(liq_engine *engine, liq_error *err);
static liq_status come_back(liq_engine *engine, liq_error *err);
static liq_status snapshot_load(liq_engine *engine, liq_error *err);
static void snapshots_list(liq_engine *engine);
static liq_status config_take(liq_engine *engine, liq_error *err);

liq_status liq_engine_recover(liq_engine *engine, liq_error *err)
{
    const liq_journal_options options = {.folder = engine->config->state,
                                         .name = engine->config->name,
                                         .synchronous_normal = !engine->config->is_synchronous,
                                         .snapshots_kept =
                                             (uint32_t)engine->config->snapshots_kept};
    const uint64_t start_ns = liq_clock_ns();
    liq_journal_last last;
    liq_journal_snapshot newest;
    liq_status status;

    engine->core.device = engine->config->device;
    engine->core.folder = engine->config->state;
    if ((status = liq_journal_open(&engine->journal, &options, err)) != LIQ_OK ||
        (status = liq_journal_reader_open(&engine->older.reader, engine->config->state, err)) !=
            LIQ_OK)
        return status;
    liq_journal_last_read(engine->journal, &last);
    if (last.is_new &&
        liq_journal_reader_snapshot(engine->older.reader, 0, &newest, NULL) != LIQ_OK)
        status = begin(engine, err);
    else
        status = come_back(engine, err);
    if (status != LIQ_OK || (status = config_take(engine, err)) != LIQ_OK)
        return status;
    liq_log_write(engine->log, LIQ_LOG_INFO, "recovered",
                  LIQ_LOG_FIELDS(liq_log_count("tick", engine->core.tick),
                                 liq_log_count("seq", engine->core.seq),
                                 liq_log_count("snapshot_tick", engine->snapshot_tick),
                                 liq_log_count("ms", (liq_clock_ns() - start_ns) / 1000000)));
    return liq_journal_checkpoint_start(engine->journal, err);
}

static liq_status begin(liq_engine *engine, liq_error *err)
{
    const liq_core_config config = liq_core_config_of(engine->config);
    char sha256[LIQ_HASH_HEX_BYTES];
    char name[LIQ_STATE_NAME_BYTES];
    liq_book *book = NULL;
    liq_status status;

    if ((status = liq_book_load(&book, engine->config->book, NULL, err)) != LIQ_OK ||
        (status = liq_core_create(&engine->core, &config, book, err)) != LIQ_OK ||
        (status = liq_state_save(&engine->core, engine->config->state, sha256, err)) != LIQ_OK)
        return status;
    liq_state_name(name, 0);
    status = liq_journal_snapshot_note(engine->journal, 0, name, sha256, err);
    snapshots_list(engine);
    return status;
}

static liq_status come_back(liq_engine *engine, liq_error *err)
{
    const liq_status status = snapshot_load(engine, err);

    if (status != LIQ_OK)
        return status;
    snapshots_list(engine);
    return liq_core_replay(&engine->core, engine->older.reader, NULL, NULL, err);
}

/* A snapshot that cannot be used is no harm while the inputs behind an older one are kept. */
static liq_status snapshot_load(liq_engine *engine, liq_error *err)
{
    liq_journal_snapshot snapshot;
    liq_status status;

    for (uint32_t i = 0;; i++) {
        liq_error reason;

        if ((status = liq_journal_reader_snapshot(engine->older.reader, i, &snapshot, err)) !=
            LIQ_OK)
            return status == LIQ_NOT_FOUND
                       ? liq_fail(err, LIQ_BAD_INPUT, 0,
                                  "%s: none of the snapshots of the journal can be used",
                                  engine->config->state)
                       : status;
        status = liq_state_load(&engine->core, engine->config->state, snapshot.file,
                                snapshot.sha256, &reason);
        if (status == LIQ_OK)
            return LIQ_OK;
        liq_log_write(engine->log, LIQ_LOG_ERROR, "snapshot_unusable",
                      LIQ_LOG_FIELDS(liq_log_count("tick", snapshot.tick),
                                     liq_log_string("reason", reason.message)));
        if (status == LIQ_OUT_OF_MEMORY || status == LIQ_NO_DEVICE || status == LIQ_SELF_TEST)
            return liq_fail(err, status, reason.native, "%s", reason.message);
    }
}

/* Oldest first, as many as are kept. */
static void snapshots_list(liq_engine *engine)
{
    const uint32_t kept = (uint32_t)engine->config->snapshots_kept;
    liq_journal_snapshot snapshot;

    engine->snapshot_count = 0;
    engine->snapshot_tick = 0;
    for (uint32_t i = 0; i < kept; i++) {
        if (liq_journal_reader_snapshot(engine->older.reader, i, &snapshot, NULL) != LIQ_OK)
            break;
        if (i == 0)
            engine->snapshot_tick = snapshot.tick;
        memmove(engine->snapshots + 1, engine->snapshots,
                engine->snapshot_count * sizeof engine->snapshots[0]);
        engine->snapshots[0] = snapshot.tick;
        engine->snapshot_count++;
    }
}

/* What the configuration says by now holds from here on, and the journal knows since when. */
static liq_status config_take(liq_engine *engine, liq_error *err)
{
    const liq_core_config config = liq_core_config_of(engine->config);
    char now[LIQ_CORE_CONFIG_BYTES];
    char before[LIQ_CORE_CONFIG_BYTES];
    liq_status status;

    liq_core_config_write(&config, now);
    liq_core_config_write(&engine->core.config, before);
    if (strcmp(now, before) == 0)
        return LIQ_OK;
    if ((status = liq_core_reconfigure(&engine->core, &config, err)) != LIQ_OK)
        return status;
    return liq_journal_input(engine->journal, LIQ_CONFIG_SOURCE, liq_text_of(now), err);
}
