#include "engine/venue_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/new_file.h"

enum { PATH_BYTES = 4096 };

static liq_status path_make(char out[PATH_BYTES], const liq_core *core, const char *hash,
                            liq_error *err);
static liq_status text_keep(const char *path, const char *text, liq_error *err);
static liq_status hash_of(const char *text, char out[LIQ_HASH_HEX_BYTES], liq_error *err);

/* Tried first, because a text that does not fit is no input; the file is there before the record
 * is, and a file without a record does no harm. */
liq_status liq_venue_input(liq_core *core, liq_journal *journal, const char *text, liq_error *err)
{
    char hash[LIQ_HASH_HEX_BYTES];
    char path[PATH_BYTES];
    bool is_kept;
    liq_status status;

    if ((status = hash_of(text, hash, err)) != LIQ_OK ||
        (status = path_make(path, core, hash, err)) != LIQ_OK)
        return status;
    is_kept = access(path, F_OK) == 0; /* an earlier record may need it */
    if ((status = text_keep(path, text, err)) != LIQ_OK)
        return status;
    if ((status = liq_core_rebuild(core, "venue.json", text, err)) != LIQ_OK) {
        if (!is_kept)
            (void)unlink(path);
        return status;
    }
    return liq_journal_input(journal, LIQ_VENUE_SOURCE, liq_text_of(hash), err);
}

liq_status liq_venue_again(liq_core *core, liq_text hash, liq_error *err)
{
    char name[LIQ_HASH_HEX_BYTES];
    char path[PATH_BYTES];
    char found[LIQ_HASH_HEX_BYTES];
    liq_file file;
    char *text = NULL;
    size_t bytes;
    liq_status status;

    if (hash.bytes != sizeof name - 1)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "the record of a new venue.json names no SHA-256");
    memcpy(name, hash.data, hash.bytes);
    name[hash.bytes] = '\0';
    if ((status = path_make(path, core, name, err)) != LIQ_OK ||
        (status = liq_file_open(&file, path, err)) != LIQ_OK)
        return status;
    status = liq_file_read_all(&text, &bytes, &file, LIQ_JSON_BYTES_MAX, err);
    liq_file_close(&file);
    if (status == LIQ_OK && (status = hash_of(text, found, err)) == LIQ_OK) {
        if (strcmp(found, name) != 0)
            status = liq_fail(err, LIQ_BAD_INPUT, 0, "%s: its SHA-256 is %s", path, found);
        else
            status = liq_core_rebuild(core, path, text, err);
    }
    free(text);
    return status;
}

static liq_status path_make(char out[PATH_BYTES], const liq_core *core, const char *hash,
                            liq_error *err)
{
    const int bytes = snprintf(out, PATH_BYTES, "%s/venue-%s.json", core->folder, hash);

    return bytes > 0 && bytes < PATH_BYTES
               ? LIQ_OK
               : liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the path of the state folder is too long");
}

static liq_status text_keep(const char *path, const char *text, liq_error *err)
{
    liq_new_file file = {.descriptor = -1};
    liq_status status;

    if ((status = liq_new_file_begin(&file, path, err)) == LIQ_OK &&
        (status = liq_new_file_write(&file, 0, text, strlen(text), err)) == LIQ_OK &&
        (status = liq_new_file_seal(&file, err)) == LIQ_OK)
        status = liq_new_file_commit(&file, err);
    liq_new_file_discard(&file);
    return status;
}

static liq_status hash_of(const char *text, char out[LIQ_HASH_HEX_BYTES], liq_error *err)
{
    liq_hash *hash = NULL;
    const liq_status status = liq_hash_create(&hash, err);

    if (status != LIQ_OK)
        return status;
    liq_hash_add(hash, text, strlen(text));
    liq_hash_finish(hash, out);
    liq_hash_destroy(hash);
    return LIQ_OK;
}
