#include "engine/state_snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/new_file.h"
#include "book/live_columns.h"
#include "engine/core_state.h"
#include "scan/live_scan.h"

enum { PATH_BYTES = 4096 };

static liq_status path_make(char out[PATH_BYTES], const char *folder, const char *file,
                            liq_error *err);
static void book_name(char out[LIQ_STATE_NAME_BYTES], uint64_t tick);
static liq_status state_write(const liq_core_frozen *frozen, const liq_live_account *accounts,
                              const char *path, char sha256[LIQ_HASH_HEX_BYTES], liq_error *err);
static liq_status hash_of(const void *data, size_t bytes, char out[LIQ_HASH_HEX_BYTES],
                          liq_error *err);
static liq_status core_load(liq_core *out, const char *folder, uint64_t tick, liq_text state,
                            const char *path, liq_error *err);
static liq_status file_read(char **out, size_t *bytes, const char *path, liq_error *err);
static bool tick_of(const char *name, uint64_t *tick);

void liq_state_name(char out[LIQ_STATE_NAME_BYTES], uint64_t tick)
{
    (void)snprintf(out, LIQ_STATE_NAME_BYTES, "state-%" PRIu64, tick);
}

static void book_name(char out[LIQ_STATE_NAME_BYTES], uint64_t tick)
{
    (void)snprintf(out, LIQ_STATE_NAME_BYTES, "book-%" PRIu64 ".snapshot", tick);
}

static liq_status path_make(char out[PATH_BYTES], const char *folder, const char *file,
                            liq_error *err)
{
    const int bytes = snprintf(out, PATH_BYTES, "%s/%s", folder, file);

    return bytes > 0 && bytes < PATH_BYTES
               ? LIQ_OK
               : liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the path %s/%s is longer than %d bytes",
                          folder, file, PATH_BYTES - 1);
}

liq_status liq_state_save(const liq_core *core, const char *folder, char sha256[LIQ_HASH_HEX_BYTES],
                          liq_error *err)
{
    liq_core_frozen frozen = {0};
    liq_status status = liq_core_frozen_take(&frozen, core, err);

    if (status == LIQ_OK)
        status = liq_state_save_frozen(&core->live->book, &frozen, core->tick, folder, sha256, err);
    liq_core_frozen_clear(&frozen);
    return status;
}

/* The book first: a state file is only there when the book that belongs to it is. */
liq_status liq_state_save_frozen(const liq_live_book *book, const liq_core_frozen *frozen,
                                 uint64_t tick, const char *folder, char sha256[LIQ_HASH_HEX_BYTES],
                                 liq_error *err)
{
    char name[LIQ_STATE_NAME_BYTES];
    char path[PATH_BYTES];
    liq_status status;

    book_name(name, tick);
    if ((status = path_make(path, folder, name, err)) != LIQ_OK ||
        (status = liq_live_columns_save(book, path, err)) != LIQ_OK)
        return status;
    liq_state_name(name, tick);
    if ((status = path_make(path, folder, name, err)) != LIQ_OK)
        return status;
    return state_write(frozen, book->accounts, path, sha256, err);
}

static liq_status state_write(const liq_core_frozen *frozen, const liq_live_account *accounts,
                              const char *path, char sha256[LIQ_HASH_HEX_BYTES], liq_error *err)
{
    liq_new_file file = {.descriptor = -1};
    void *data = NULL;
    size_t bytes = 0;
    liq_status status;

    if ((status = liq_core_frozen_write(frozen, accounts, &data, &bytes, err)) != LIQ_OK ||
        (status = hash_of(data, bytes, sha256, err)) != LIQ_OK ||
        (status = liq_new_file_begin(&file, path, err)) != LIQ_OK ||
        (status = liq_new_file_write(&file, 0, data, bytes, err)) != LIQ_OK ||
        (status = liq_new_file_seal(&file, err)) != LIQ_OK)
        goto done;
    status = liq_new_file_commit(&file, err);
done:
    liq_new_file_discard(&file);
    free(data);
    return status;
}

static liq_status hash_of(const void *data, size_t bytes, char out[LIQ_HASH_HEX_BYTES],
                          liq_error *err)
{
    liq_hash *hash = NULL;
    const liq_status status = liq_hash_create(&hash, err);

    if (status != LIQ_OK)
        return status;
    liq_hash_add(hash, data, bytes);
    liq_hash_finish(hash, out);
    liq_hash_destroy(hash);
    return LIQ_OK;
}

liq_status liq_state_load(liq_core *out, const char *folder, const char *file, const char *sha256,
                          liq_error *err)
{
    char path[PATH_BYTES];
    char hex[LIQ_HASH_HEX_BYTES];
    char *data = NULL;
    size_t bytes = 0;
    uint64_t tick;
    liq_status status = path_make(path, folder, file, err);

    if (status != LIQ_OK)
        return status;
    if (!tick_of(file, &tick))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "\"%s\" is no name of a snapshot", file);
    if ((status = file_read(&data, &bytes, path, err)) != LIQ_OK ||
        (status = hash_of(data, bytes, hex, err)) != LIQ_OK)
        goto done;
    if (strcmp(hex, sha256) != 0)
        status = liq_fail(err, LIQ_BAD_INPUT, 0, "%s: its SHA-256 is %s, the journal has %s", path,
                          hex, sha256);
    else
        status = core_load(out, folder, tick, (liq_text){data, bytes}, path, err);
done:
    free(data);
    return status;
}

static liq_status core_load(liq_core *out, const char *folder, uint64_t tick, liq_text state,
                            const char *path, liq_error *err)
{
    char name[LIQ_STATE_NAME_BYTES];
    char book_path[PATH_BYTES];
    liq_core_config config;
    liq_book *book = NULL;
    liq_status status;

    book_name(name, tick);
    if ((status = path_make(book_path, folder, name, err)) != LIQ_OK ||
        (status = liq_core_state_config(&config, path, state, err)) != LIQ_OK ||
        (status = liq_book_load_snapshot(&book, book_path, NULL, err)) != LIQ_OK ||
        (status = liq_core_create(out, &config, book, err)) != LIQ_OK)
        return status;
    status = liq_core_state_read(out, path, state.data, state.bytes, false, err);
    if (status != LIQ_OK)
        liq_core_destroy(out);
    return status;
}

void liq_state_remove_before(const char *folder, uint64_t tick)
{
    DIR *listing = opendir(folder);
    const struct dirent *entry;

    if (listing == NULL)
        return;
    while ((entry = readdir(listing)) != NULL) {
        uint64_t of;

        if (tick_of(entry->d_name, &of) && of < tick)
            (void)unlinkat(dirfd(listing), entry->d_name, 0);
    }
    (void)closedir(listing);
}

static liq_status file_read(char **out, size_t *bytes, const char *path, liq_error *err)
{
    liq_file file;
    liq_status status = liq_file_open(&file, path, err);

    if (status != LIQ_OK)
        return status;
    status = liq_file_read_all(out, bytes, &file, (size_t)1 << 36, err);
    liq_file_close(&file);
    return status;
}

/* "state-123" or "book-123.snapshot", exactly. */
static bool tick_of(const char *name, uint64_t *tick)
{
    char state[LIQ_STATE_NAME_BYTES];
    char book[LIQ_STATE_NAME_BYTES];
    const char *dash = strchr(name, '-');

    if (dash == NULL)
        return false;
    *tick = strtoull(dash + 1, NULL, 10);
    liq_state_name(state, *tick);
    book_name(book, *tick);
    return strcmp(name, state) == 0 || strcmp(name, book) == 0;
}
