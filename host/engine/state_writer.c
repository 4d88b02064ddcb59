#include "engine/state_writer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/fail.h"
#include "journal/kill_point.h"
#include "scan/live_scan.h"

/* A snapshot takes what ticks leave of the processors; and so many accounts that changed since they
 * were copied are few enough to be copied behind a tick, in some milliseconds. Where more change
 * all the time it is done all the same after so many ticks. */
enum { WRITER_NICE = 10, LEFT_ACCOUNTS = 8192, LATE_TICKS = 20 };

static liq_status thread_start(liq_snapshot_writer *writer, liq_error *err);
static void *writer_run(void *context);
static liq_writer_stage stage_wait(liq_snapshot_writer *writer, liq_writer_stage passed);
static liq_writer_stage stage_see(liq_snapshot_writer *writer, bool *is_over);
static void stage_set(liq_snapshot_writer *writer, liq_writer_stage stage);
static void thread_join(liq_snapshot_writer *writer);
static void give_up(liq_snapshot_writer *writer, liq_status status, const liq_error *reason);

liq_status liq_state_begin(liq_snapshot_writer *writer, const liq_core *core, const char *folder,
                           liq_error *err)
{
    if (writer->is_running)
        return liq_fail(err, LIQ_DUPLICATE, 0, "a snapshot is being written");
    if (strlen(folder) >= sizeof writer->folder)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the path of the state is too long");
    *writer = (liq_snapshot_writer){.size = liq_live_shadow_size_of(&core->live->book)};
    (void)snprintf(writer->folder, sizeof writer->folder, "%s", folder);
    liq_core_frozen_size(&writer->frozen, core);
    return thread_start(writer, err);
}

/* Signals are for the threads of the program. */
static liq_status thread_start(liq_snapshot_writer *writer, liq_error *err)
{
    sigset_t all;
    sigset_t before;
    int code;

    (void)pthread_mutex_init(&writer->mutex, NULL);
    (void)pthread_cond_init(&writer->changed, NULL);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    code = pthread_create(&writer->thread, NULL, writer_run, writer);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    writer->is_running = code == 0;
    if (code == 0)
        return LIQ_OK;
    (void)pthread_cond_destroy(&writer->changed);
    (void)pthread_mutex_destroy(&writer->mutex);
    return liq_fail(err, LIQ_IO, code, "no thread for a snapshot: %s", strerror(code));
}

static void *writer_run(void *context)
{
    liq_snapshot_writer *writer = context;
    liq_status status;

    (void)setpriority(PRIO_PROCESS, 0, WRITER_NICE); /* of this thread alone, on Linux */
    status = liq_live_shadow_create(&writer->shadow, &writer->size, &writer->error);
    if (status == LIQ_OK)
        status = liq_core_frozen_room(&writer->frozen, &writer->error);
    writer->status = status;
    stage_set(writer, status == LIQ_OK ? LIQ_WRITER_COPIES : LIQ_WRITER_TELLS);
    if (stage_wait(writer, LIQ_WRITER_COPIES) == LIQ_WRITER_WRITES) {
        writer->status = liq_state_save_frozen(&writer->shadow.book, &writer->frozen, writer->tick,
                                               writer->folder, writer->sha256, &writer->error);
        stage_set(writer, LIQ_WRITER_TELLS);
    }
    /* Memory is given back here, where nobody waits for it. */
    liq_live_shadow_clear(&writer->shadow);
    liq_core_frozen_clear(&writer->frozen);
    if (stage_wait(writer, LIQ_WRITER_TELLS) == LIQ_WRITER_CLEARS)
        liq_state_remove_before(writer->folder, writer->remove_before);
    (void)pthread_mutex_lock(&writer->mutex);
    writer->is_over = true;
    (void)pthread_mutex_unlock(&writer->mutex);
    return NULL;
}

static liq_writer_stage stage_wait(liq_snapshot_writer *writer, liq_writer_stage passed)
{
    liq_writer_stage stage;

    (void)pthread_mutex_lock(&writer->mutex);
    while (writer->stage <= passed)
        (void)pthread_cond_wait(&writer->changed, &writer->mutex);
    stage = writer->stage;
    (void)pthread_mutex_unlock(&writer->mutex);
    return stage;
}

static liq_writer_stage stage_see(liq_snapshot_writer *writer, bool *is_over)
{
    liq_writer_stage stage;

    (void)pthread_mutex_lock(&writer->mutex);
    stage = writer->stage;
    if (is_over != NULL)
        *is_over = writer->is_over;
    (void)pthread_mutex_unlock(&writer->mutex);
    return stage;
}

/* Never back. */
static void stage_set(liq_snapshot_writer *writer, liq_writer_stage stage)
{
    (void)pthread_mutex_lock(&writer->mutex);
    if (writer->stage < stage)
        writer->stage = stage;
    (void)pthread_cond_signal(&writer->changed);
    (void)pthread_mutex_unlock(&writer->mutex);
}

bool liq_state_advance(liq_snapshot_writer *writer, liq_core *core, size_t bytes_max)
{
    liq_live_book *live = &core->live->book;
    liq_error reason = {0};
    liq_status status = LIQ_OK;

    if (!writer->is_running || stage_see(writer, NULL) != LIQ_WRITER_COPIES)
        return false;
    if (writer->shadow.followed == NULL) {
        if (writer->shadow.venue_text != NULL ||
            live->account_capacity != writer->shadow.book.account_capacity ||
            live->entry_capacity != writer->shadow.book.entry_capacity)
            status = liq_fail(&reason, LIQ_INTERRUPTED, 0, "another book has come");
        else
            status = liq_live_shadow_follow(&writer->shadow, live, &reason);
        if (status != LIQ_OK) {
            give_up(writer, status, &reason);
            return false;
        }
    }
    return !liq_live_shadow_copy(&writer->shadow, bytes_max);
}

void liq_state_freeze(liq_snapshot_writer *writer, const liq_core *core)
{
    liq_error reason = {0};
    liq_status status;

    if (!writer->is_running || stage_see(writer, NULL) != LIQ_WRITER_COPIES ||
        writer->shadow.followed == NULL || !liq_live_shadow_is_whole(&writer->shadow) ||
        (writer->shadow.changed.count > LEFT_ACCOUNTS && ++writer->ticks < LATE_TICKS))
        return;
    if ((status = liq_live_shadow_finish(&writer->shadow, &reason)) != LIQ_OK ||
        (status = liq_core_frozen_take(&writer->frozen, core, &reason)) != LIQ_OK) {
        give_up(writer, status, &reason);
        return;
    }
    writer->tick = core->tick;
    stage_set(writer, LIQ_WRITER_WRITES);
}

static void give_up(liq_snapshot_writer *writer, liq_status status, const liq_error *reason)
{
    liq_live_shadow_leave(&writer->shadow);
    writer->status = status;
    writer->error = *reason;
    stage_set(writer, LIQ_WRITER_TELLS);
}

liq_status liq_state_poll(liq_snapshot_writer *writer, liq_journal *journal, bool *noted,
                          liq_error *err)
{
    char name[LIQ_STATE_NAME_BYTES];
    bool is_over = false;
    liq_writer_stage stage;

    *noted = false;
    if (!writer->is_running)
        return LIQ_OK;
    stage = stage_see(writer, &is_over);
    if (stage == LIQ_WRITER_TELLS && writer->status != LIQ_OK) {
        liq_state_end(writer);
        return liq_fail(err, writer->status, writer->error.native, "no snapshot was written: %s",
                        writer->error.message);
    }
    if (stage == LIQ_WRITER_TELLS) {
        liq_status status;

        liq_kill_point("snapshot");
        liq_state_name(name, writer->tick);
        status = liq_journal_snapshot_note(journal, writer->tick, name, writer->sha256, err);
        *noted = status == LIQ_OK;
        if (status != LIQ_OK)
            liq_state_end(writer);
        return status;
    }
    if (is_over)
        thread_join(writer);
    return LIQ_OK;
}

void liq_state_release(liq_snapshot_writer *writer, uint64_t remove_before)
{
    writer->remove_before = remove_before;
    stage_set(writer, remove_before > 0 ? LIQ_WRITER_CLEARS : LIQ_WRITER_ENDS);
}

void liq_state_end(liq_snapshot_writer *writer)
{
    if (!writer->is_running)
        return;
    if (stage_see(writer, NULL) == LIQ_WRITER_COPIES)
        liq_live_shadow_leave(&writer->shadow);
    stage_set(writer, LIQ_WRITER_ENDS);
    thread_join(writer);
}

static void thread_join(liq_snapshot_writer *writer)
{
    (void)pthread_join(writer->thread, NULL);
    (void)pthread_cond_destroy(&writer->changed);
    (void)pthread_mutex_destroy(&writer->mutex);
    writer->is_running = false;
}
