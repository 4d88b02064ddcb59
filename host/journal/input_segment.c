#include "journal/input_segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "journal/journal.h"
#include "journal/journal_folder.h"

enum { CHUNK_BYTES = 256 * 1024, SPILL_BYTES = 4 * 1024 * 1024 };

static liq_status record_check(const char *source, liq_text line, liq_error *err);
static void pending_write_early(liq_input_segment *segment);
static void pending_hash(liq_input_segment *segment);
static liq_status file_begin(liq_input_segment *segment, liq_error *err);
static liq_status pending_write(liq_input_segment *segment, liq_error *err);
static liq_status segment_fail(const liq_input_segment *segment, const char *what, liq_error *err);
static liq_status end_check(const liq_input_segment *segment, uint64_t last_tick, liq_error *err);

liq_status liq_input_segment_start(liq_input_segment *out, const char *folder, liq_error *err)
{
    const liq_status status = liq_hash_create(&out->hash, err);

    out->file = -1;
    out->folder = -1;
    out->early_at = CHUNK_BYTES;
    if (status != LIQ_OK)
        return status;
    out->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->folder < 0)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", folder, strerror(errno));
    return LIQ_OK;
}

void liq_input_segment_clear(liq_input_segment *segment)
{
    if (segment->hash == NULL)
        return; /* not even started */
    if (segment->file >= 0)
        (void)close(segment->file);
    if (segment->folder >= 0)
        (void)close(segment->folder);
    free(segment->pending);
    liq_hash_destroy(segment->hash);
    *segment = (liq_input_segment){.file = -1, .folder = -1};
}

liq_status liq_input_segment_resume(liq_input_segment *segment, uint64_t first_tick, uint64_t end,
                                    uint64_t last_tick, liq_error *err)
{
    char name[LIQ_SEGMENT_NAME_BYTES];
    struct stat facts;

    segment->last_tick = last_tick;
    if (first_tick == 0)
        return LIQ_OK;
    liq_input_segment_name(name, first_tick);
    segment->first_tick = first_tick;
    segment->end = end;
    segment->file = openat(segment->folder, name, O_RDWR | O_CLOEXEC);
    if (segment->file < 0 && errno == ENOENT)
        return liq_fail(err, LIQ_BAD_INPUT, ENOENT,
                        "%s: is missing, and tick %llu needs %llu bytes of it", name,
                        (unsigned long long)last_tick, (unsigned long long)end);
    if (segment->file < 0 || fstat(segment->file, &facts) != 0)
        return segment_fail(segment, "cannot be opened", err);
    if ((uint64_t)facts.st_size < end)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "%s: has %llu bytes, and the inputs of tick %llu end at %llu", name,
                        (unsigned long long)facts.st_size, (unsigned long long)last_tick,
                        (unsigned long long)end);
    if ((uint64_t)facts.st_size > end &&
        (ftruncate(segment->file, (off_t)end) != 0 || fdatasync(segment->file) != 0))
        return segment_fail(segment, "cannot be cut back", err);
    return end_check(segment, last_tick, err);
}

liq_status liq_input_segment_add(liq_input_segment *segment, const char *source, liq_text line,
                                 liq_error *err)
{
    const size_t source_bytes = strlen(source);
    const size_t bytes = source_bytes + 1 + line.bytes + 1;
    liq_status status = record_check(source, line, err);
    char *at;

    if (status != LIQ_OK)
        return status;
    if (segment->is_sealed)
        return liq_fail(err, LIQ_IO, 0,
                        "no input is taken: the last commit failed and must be repeated first");
    if (segment->pending_bytes + bytes > LIQ_JOURNAL_PENDING_BYTES_MAX)
        return liq_fail(err, LIQ_IO, ENOSPC,
                        "no input is taken: %zu bytes wait for a disk that takes nothing",
                        segment->pending_bytes);
    status = liq_memory_extend(&segment->pending, &segment->pending_capacity,
                               segment->pending_bytes + bytes, 1, err);
    if (status != LIQ_OK)
        return status;
    at = segment->pending + segment->pending_bytes;
    memcpy(at, source, source_bytes);
    at[source_bytes] = '\t';
    memcpy(at + source_bytes + 1, line.data, line.bytes);
    at[bytes - 1] = '\n';
    segment->pending_bytes += bytes;
    segment->count++;
    if (segment->pending_bytes >= segment->early_at)
        pending_write_early(segment);
    return LIQ_OK;
}

liq_status liq_input_segment_seal(liq_input_segment *segment, liq_error *err)
{
    liq_status status;

    if (!segment->is_sealed) {
        pending_hash(segment);
        segment->slice_hash[0] = '\0';
        if (segment->count > 0)
            liq_hash_finish(segment->hash, segment->slice_hash);
        segment->is_sealed = true;
    }
    if (segment->is_safe || segment->count == 0)
        return LIQ_OK;
    if (segment->is_lost)
        return liq_fail(err, LIQ_IO, EIO,
                        "the disk has failed to keep inputs that are no longer in memory: restart, "
                        "so that they are sent again");
    if ((status = file_begin(segment, err)) != LIQ_OK)
        return status;
    return pending_write(segment, err);
}

liq_status liq_input_segment_sync(liq_input_segment *segment, liq_error *err)
{
    LIQ_ASSERT(segment->is_sealed);
    if (segment->is_safe || segment->count == 0)
        return LIQ_OK;
    /* After a failure the system may hold the pages for clean although they are not on disk: only
     * what is written again is tried again. */
    if (fdatasync(segment->file) != 0) {
        segment->written = 0;
        segment->is_lost = segment->spilled > 0;
        return segment_fail(segment, "cannot be written out", err);
    }
    segment->is_safe = true;
    return LIQ_OK;
}

void liq_input_segment_committed(liq_input_segment *segment)
{
    segment->end = liq_input_segment_sealed_end(segment);
    segment->last_tick++;
    segment->spilled = 0;
    segment->pending_bytes = 0;
    segment->hashed = 0;
    segment->count = 0;
    segment->written = 0;
    segment->early_at = CHUNK_BYTES;
    segment->is_sealed = false;
    segment->is_safe = false;
    /* A buffer that grew for one burst is not kept for ever. */
    if (segment->pending_capacity > 2 * SPILL_BYTES) {
        free(segment->pending);
        segment->pending = NULL;
        segment->pending_capacity = 0;
    }
}

void liq_input_segment_withdraw(liq_input_segment *segment)
{
    if (segment->file < 0)
        return;
    segment->is_safe = false;
    segment->written = 0;
    /* When this fails the bytes lie behind the end, where they are no part of anything. */
    if (ftruncate(segment->file, (off_t)(segment->end + segment->spilled)) != 0)
        return;
}

void liq_input_segment_sweep(int folder, uint64_t kept_from, uint64_t last_tick)
{
    const int descriptor = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = descriptor < 0 ? NULL : fdopendir(descriptor);
    const struct dirent *entry;

    if (listing == NULL) {
        if (descriptor >= 0)
            (void)close(descriptor);
        return;
    }
    while ((entry = readdir(listing)) != NULL) {
        const uint64_t first_tick = liq_input_segment_of(entry->d_name);

        if (first_tick != 0 && (first_tick < kept_from || first_tick > last_tick))
            (void)unlinkat(folder, entry->d_name, 0);
    }
    (void)closedir(listing);
}

void liq_input_segment_name(char out[LIQ_SEGMENT_NAME_BYTES], uint64_t first_tick)
{
    (void)snprintf(out, LIQ_SEGMENT_NAME_BYTES, "inputs-%llu.log", (unsigned long long)first_tick);
}

uint64_t liq_input_segment_of(const char *name)
{
    char again[LIQ_SEGMENT_NAME_BYTES];
    unsigned long long first_tick = 0;

    if (sscanf(name, "inputs-%19llu.log", &first_tick) != 1)
        return 0;
    liq_input_segment_name(again, first_tick);
    return strcmp(again, name) == 0 ? first_tick : 0;
}

static liq_status record_check(const char *source, liq_text line, liq_error *err)
{
    const liq_status status = liq_journal_name_check("source", source, err);

    if (status != LIQ_OK)
        return status;
    if (line.bytes == 0 || line.bytes > LIQ_JOURNAL_INPUT_BYTES_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "an input has 1 to %d bytes, not %zu",
                        LIQ_JOURNAL_INPUT_BYTES_MAX, line.bytes);
    if (memchr(line.data, '\n', line.bytes) != NULL)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "an input is one line: \"%.*s\"",
                        LIQ_TEXT_ARGS(line));
    return LIQ_OK;
}

/* The disk works while inputs come in, so that the commit has little to wait for. They stay in
 * memory for the case that it fails, up to so many; nobody is told of a failure here, because the
 * commit will meet it again. */
static void pending_write_early(liq_input_segment *segment)
{
    const size_t before = segment->written;

    segment->early_at = segment->pending_bytes + CHUNK_BYTES;
    if (segment->is_lost || file_begin(segment, NULL) != LIQ_OK ||
        pending_write(segment, NULL) != LIQ_OK)
        return;
    pending_hash(segment);
    (void)sync_file_range(segment->file, (off_t)(segment->end + segment->spilled + before),
                          (off_t)(segment->written - before), SYNC_FILE_RANGE_WRITE);
    if (segment->pending_bytes < SPILL_BYTES)
        return;
    segment->spilled += segment->pending_bytes;
    segment->pending_bytes = 0;
    segment->written = 0;
    segment->hashed = 0;
    segment->early_at = CHUNK_BYTES;
}

static void pending_hash(liq_input_segment *segment)
{
    if (segment->pending_bytes > segment->hashed)
        liq_hash_add(segment->hash, segment->pending + segment->hashed,
                     segment->pending_bytes - segment->hashed);
    segment->hashed = segment->pending_bytes;
}

/* A file of its own for this tick, when it needs one. One of that name that is there already was
 * left by a tick that never was. */
static liq_status file_begin(liq_input_segment *segment, liq_error *err)
{
    const uint64_t tick = segment->last_tick + 1;
    char name[LIQ_SEGMENT_NAME_BYTES];
    int file;

    /* What a tick has written already stays with the rest of it. */
    if (segment->file >= 0 &&
        (!segment->is_rotating || segment->spilled > 0 || segment->written > 0))
        return LIQ_OK;
    liq_input_segment_name(name, tick);
    file = openat(segment->folder, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    /* Its name must be on disk before a tick counts on it. */
    if (file < 0 || fsync(segment->folder) != 0) {
        const int native = errno;

        if (file >= 0)
            (void)close(file);
        return liq_fail(err, LIQ_IO, native, "%s: cannot be made: %s", name, strerror(native));
    }
    if (segment->file >= 0)
        (void)close(segment->file);
    segment->file = file;
    segment->first_tick = tick;
    segment->end = 0;
    segment->is_rotating = false;
    return LIQ_OK;
}

/* What is pending and not written yet, in one call as a rule. */
static liq_status pending_write(liq_input_segment *segment, liq_error *err)
{
    const uint64_t start = segment->end + segment->spilled;
    size_t done = segment->written;

    while (done < segment->pending_bytes) {
        const ssize_t written = pwrite(segment->file, segment->pending + done,
                                       segment->pending_bytes - done, (off_t)(start + done));

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            const liq_status status = segment_fail(segment, "cannot be written", err);

            if (ftruncate(segment->file, (off_t)(start + segment->written)) != 0)
                return status; /* what is behind the end is no part of anything anyhow */
            return status;
        }
        done += (size_t)written;
    }
    segment->written = done;
    return LIQ_OK;
}

static liq_status segment_fail(const liq_input_segment *segment, const char *what, liq_error *err)
{
    const int native = errno == 0 ? EIO : errno;
    char name[LIQ_SEGMENT_NAME_BYTES];

    liq_input_segment_name(name, segment->first_tick);
    return liq_fail(err, LIQ_IO, native, "%s: %s: %s", name, what, strerror(native));
}

/* A record ends where the last tick's inputs do; anything else is another file, or a damaged one.
 */
static liq_status end_check(const liq_input_segment *segment, uint64_t last_tick, liq_error *err)
{
    char name[LIQ_SEGMENT_NAME_BYTES];
    char last = 0;

    if (segment->end > 0 && pread(segment->file, &last, 1, (off_t)(segment->end - 1)) != 1)
        return segment_fail(segment, "cannot be read", err);
    if (segment->end == 0 || last == '\n')
        return LIQ_OK;
    liq_input_segment_name(name, segment->first_tick);
    return liq_fail(err, LIQ_BAD_INPUT, 0,
                    "%s: is damaged: no line ends at byte %llu, where the inputs of tick %llu do",
                    name, (unsigned long long)segment->end, (unsigned long long)last_tick);
}
