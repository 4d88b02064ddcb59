/*
 * The thread that does what a commit shall not pay for: it moves pages of the WAL into the
 * database, and removes files of inputs that nobody needs.
 */
#include "journal/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"

/* Fewer are not worth writing the database out; so the WAL stays about this long when nobody reads
 * an old state for long. */
enum { CHECKPOINT_PAGES = 1000 };

struct liq_keeper {
    sqlite3 *database;
    int folder;
    char path[LIQ_JOURNAL_PATH_BYTES]; /* of it */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* Below: under the mutex. */
    uint64_t wal_pages; /* since the last checkpoint was begun */
    uint64_t kept_from;
    uint64_t swept_from;
    liq_parts_needed needed;
    bool is_pruning; /* parts are to be looked at */
    uint64_t checkpoints;
    bool is_stopping;
};

static liq_status thread_start(liq_keeper *keeper, liq_error *err);
static void *keeper_run(void *context);

liq_status liq_keeper_create(liq_keeper **out, const char *folder, const char *part, liq_error *err)
{
    liq_keeper *keeper = NULL;
    liq_status status = liq_memory_array(&keeper, 1, sizeof *keeper, err);

    if (status != LIQ_OK)
        return status;
    (void)snprintf(keeper->path, sizeof keeper->path, "%s", folder);
    keeper->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (keeper->folder < 0)
        status = liq_fail(err, LIQ_IO, errno, "%s: %s", folder, strerror(errno));
    else
        status = liq_sql_open(&keeper->database, part, LIQ_SQL_CHECKPOINT, err);
    if (status == LIQ_OK)
        status = thread_start(keeper, err);
    if (status == LIQ_OK) {
        *out = keeper;
        return LIQ_OK;
    }
    (void)sqlite3_close_v2(keeper->database);
    if (keeper->folder >= 0)
        (void)close(keeper->folder);
    free(keeper);
    return status;
}

void liq_keeper_destroy(liq_keeper *keeper)
{
    if (keeper == NULL)
        return;
    (void)pthread_mutex_lock(&keeper->mutex);
    keeper->is_stopping = true;
    (void)pthread_cond_signal(&keeper->changed);
    (void)pthread_mutex_unlock(&keeper->mutex);
    (void)pthread_join(keeper->thread, NULL);
    (void)pthread_cond_destroy(&keeper->changed);
    (void)pthread_mutex_destroy(&keeper->mutex);
    (void)sqlite3_close_v2(keeper->database);
    (void)close(keeper->folder);
    free(keeper);
}

void liq_keeper_wal_tell(liq_keeper *keeper, uint64_t pages)
{
    (void)pthread_mutex_lock(&keeper->mutex);
    keeper->wal_pages = pages;
    if (pages >= CHECKPOINT_PAGES)
        (void)pthread_cond_signal(&keeper->changed);
    (void)pthread_mutex_unlock(&keeper->mutex);
}

void liq_keeper_segments_tell(liq_keeper *keeper, uint64_t kept_from)
{
    (void)pthread_mutex_lock(&keeper->mutex);
    keeper->kept_from = kept_from;
    (void)pthread_cond_signal(&keeper->changed);
    (void)pthread_mutex_unlock(&keeper->mutex);
}

void liq_keeper_parts_tell(liq_keeper *keeper, const liq_parts_needed *needed)
{
    (void)pthread_mutex_lock(&keeper->mutex);
    keeper->needed = *needed;
    keeper->is_pruning = true;
    (void)pthread_cond_signal(&keeper->changed);
    (void)pthread_mutex_unlock(&keeper->mutex);
}

uint64_t liq_keeper_checkpoints(liq_keeper *keeper)
{
    uint64_t checkpoints;

    (void)pthread_mutex_lock(&keeper->mutex);
    checkpoints = keeper->checkpoints;
    (void)pthread_mutex_unlock(&keeper->mutex);
    return checkpoints;
}

/* Signals are for the threads of the program. */
static liq_status thread_start(liq_keeper *keeper, liq_error *err)
{
    sigset_t all;
    sigset_t before;
    int code;

    (void)pthread_mutex_init(&keeper->mutex, NULL);
    (void)pthread_cond_init(&keeper->changed, NULL);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    code = pthread_create(&keeper->thread, NULL, keeper_run, keeper);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code == 0)
        return LIQ_OK;
    (void)pthread_cond_destroy(&keeper->changed);
    (void)pthread_mutex_destroy(&keeper->mutex);
    return liq_fail(err, LIQ_IO, code, "no thread for checkpoints: %s", strerror(code));
}

/* What fails here fails again at the next commit, which says so: the WAL then only grows. */
static void *keeper_run(void *context)
{
    liq_keeper *keeper = context;

    (void)pthread_mutex_lock(&keeper->mutex);
    while (!keeper->is_stopping || keeper->kept_from != keeper->swept_from || keeper->is_pruning) {
        const uint64_t kept_from = keeper->kept_from;
        const bool is_sweeping = kept_from != keeper->swept_from;
        const bool is_moving = keeper->wal_pages >= CHECKPOINT_PAGES;
        const bool is_pruning = keeper->is_pruning;
        const liq_parts_needed needed = keeper->needed;
        uint32_t removed;
        bool is_done = false;

        if (!is_sweeping && !is_moving && !is_pruning) {
            (void)pthread_cond_wait(&keeper->changed, &keeper->mutex);
            continue;
        }
        keeper->wal_pages = 0;
        keeper->is_pruning = false;
        (void)pthread_mutex_unlock(&keeper->mutex);
        if (is_sweeping)
            liq_input_segment_sweep(keeper->folder, kept_from, UINT64_MAX);
        if (is_moving)
            is_done = sqlite3_wal_checkpoint_v2(keeper->database, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                                NULL, NULL) == SQLITE_OK;
        /* What cannot be read now is looked at again at the next snapshot. */
        if (is_pruning && liq_journal_prune(&removed, keeper->path, &needed, NULL) != LIQ_OK)
            removed = 0;
        (void)pthread_mutex_lock(&keeper->mutex);
        if (is_sweeping)
            keeper->swept_from = kept_from;
        keeper->checkpoints += is_done;
    }
    (void)pthread_mutex_unlock(&keeper->mutex);
    return NULL;
}
