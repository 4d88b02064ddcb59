/*
 * The WAL, frame by frame, as SQLite's file format describes it.
 *
 * SQLite takes the WAL to end at the first frame whose checksum is wrong, because that is how a
 * crash in the middle of writing looks. A damaged byte looks the same, and with it every tick
 * behind would be gone without a word. But a transaction is begun only when the one before it is
 * on disk: where two more commits of the same round stand behind the bad frame, no crash was it.
 */
#include "journal/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"

enum {
    WAL_HEAD_BYTES = 32,
    FRAME_HEAD_BYTES = 24,
    FRAME_BYTES = FRAME_HEAD_BYTES + LIQ_JOURNAL_PAGE_BYTES,
    SALT_AT = 16,
    SALT_BYTES = 8,
    SUM_AT = 24,
    FRAME_COMMIT_AT = 4,
    FRAME_SALT_AT = 8,
    FRAME_SUM_AT = 16,
    CHECKED_HEAD_BYTES = 8 /* of a frame's head, under its checksum */
};

static const uint32_t wal_magic = 0x377f0682; /* its last bit: the order of bytes in checksums */

typedef struct wal_sum {
    uint32_t first;
    uint32_t second;
    bool is_big_endian;
} wal_sum;

static bool frames_are_sound(int file, const unsigned char *head, uint64_t *bad_at,
                             uint32_t *commits);
static bool frame_is_sound(wal_sum *sum, const unsigned char *frame, const unsigned char *salt);
static void sum_add(wal_sum *sum, const unsigned char *data, size_t bytes);
static uint32_t number_at(const unsigned char *data, bool is_big_endian);

liq_status liq_wal_check(const char *folder, liq_error *err)
{
    char path[LIQ_JOURNAL_PATH_BYTES];
    liq_status status = liq_journal_path(path, folder, LIQ_JOURNAL_FILE "-wal", err);
    uint64_t bad_at = UINT64_MAX;
    uint32_t commits;
    bool is_again = true;
    int file;

    if (status != LIQ_OK)
        return status;
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT ? LIQ_OK
                               : liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
    while (status == LIQ_OK && is_again) {
        unsigned char head[WAL_HEAD_BYTES];
        unsigned char after[WAL_HEAD_BYTES];
        const uint64_t bad_before = bad_at;

        /* One that is shorter was begun and never used. */
        if (pread(file, head, sizeof head, 0) != (ssize_t)sizeof head ||
            frames_are_sound(file, head, &bad_at, &commits))
            break;
        /* A sidecar that is running may have begun a new round meanwhile, or have been writing just
         * there: damage stays where it is. */
        is_again = bad_at != bad_before ||
                   pread(file, after, sizeof after, 0) != (ssize_t)sizeof after ||
                   memcmp(head, after, sizeof head) != 0;
        if (!is_again)
            status = liq_fail(err, LIQ_BAD_INPUT, 0,
                              LIQ_JOURNAL_FILE "-wal: is damaged at byte %llu, and %u transactions "
                                               "that were committed stand at or behind it",
                              (unsigned long long)bad_at, commits);
    }
    (void)close(file);
    return status;
}

/* Whether nothing is lost. Frames of an earlier round carry other salts; when the head is damaged,
 * the first frame says which are those of this one. */
static bool frames_are_sound(int file, const unsigned char *head, uint64_t *bad_at,
                             uint32_t *commits)
{
    wal_sum sum = {.is_big_endian = (head[3] & 1) != 0};
    unsigned char frame[FRAME_BYTES];
    unsigned char salt[SALT_BYTES];
    uint64_t at = WAL_HEAD_BYTES;
    bool is_sound;

    sum_add(&sum, head, SUM_AT);
    is_sound = (number_at(head, true) & ~UINT32_C(1)) == wal_magic &&
               sum.first == number_at(head + SUM_AT, true) &&
               sum.second == number_at(head + SUM_AT + 4, true);
    *bad_at = 0;
    *commits = 0;
    memcpy(salt, head + SALT_AT, SALT_BYTES);
    for (; pread(file, frame, sizeof frame, (off_t)at) == (ssize_t)sizeof frame;
         at += FRAME_BYTES) {
        if (at == WAL_HEAD_BYTES && !is_sound)
            memcpy(salt, frame + FRAME_SALT_AT, SALT_BYTES);
        if (is_sound && frame_is_sound(&sum, frame, salt))
            continue;
        if (is_sound)
            *bad_at = at;
        is_sound = false;
        if (memcmp(frame + FRAME_SALT_AT, salt, SALT_BYTES) == 0)
            *commits += number_at(frame + FRAME_COMMIT_AT, true) != 0;
    }
    return *commits < 2;
}

static bool frame_is_sound(wal_sum *sum, const unsigned char *frame, const unsigned char *salt)
{
    if (memcmp(frame + FRAME_SALT_AT, salt, SALT_BYTES) != 0)
        return false;
    sum_add(sum, frame, CHECKED_HEAD_BYTES);
    sum_add(sum, frame + FRAME_HEAD_BYTES, LIQ_JOURNAL_PAGE_BYTES);
    return sum->first == number_at(frame + FRAME_SUM_AT, true) &&
           sum->second == number_at(frame + FRAME_SUM_AT + 4, true);
}

static void sum_add(wal_sum *sum, const unsigned char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 8) {
        sum->first += number_at(data + i, sum->is_big_endian) + sum->second;
        sum->second += number_at(data + i + 4, sum->is_big_endian) + sum->first;
    }
}

static uint32_t number_at(const unsigned char *data, bool is_big_endian)
{
    if (is_big_endian)
        return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
    return (uint32_t)data[3] << 24 | (uint32_t)data[2] << 16 | (uint32_t)data[1] << 8 | data[0];
}
