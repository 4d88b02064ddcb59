#include "outlet/file_tail.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "outlet/line_ring.h"

enum { TAIL_BYTES = 2 * (LIQ_LINE_BYTES_MAX + 1) };

static const char line_start[] = "{\"seq\":";

static liq_status tail_load(int descriptor, const char *path, char *room, uint64_t from,
                            size_t bytes, liq_error *err);
static const char *newline_before(const char *from, const char *end);
static bool is_torn_line(liq_text text);

liq_status liq_file_tail_read(liq_file_tail *out, int descriptor, const char *path, char *room,
                              liq_error *err)
{
    const char *torn;
    const char *start;
    struct stat facts;
    liq_status status;
    size_t bytes;
    uint64_t from;

    if (fstat(descriptor, &facts) != 0)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
    bytes = facts.st_size < TAIL_BYTES ? (size_t)facts.st_size : TAIL_BYTES;
    from = (uint64_t)facts.st_size - bytes;
    if ((status = tail_load(descriptor, path, room, from, bytes, err)) != LIQ_OK)
        return status;
    torn = newline_before(room, room + bytes);
    *out = (liq_file_tail){.keep_bytes = from + (uint64_t)(torn - room)};
    if ((torn == room && from > 0) ||
        !is_torn_line((liq_text){torn, bytes - (size_t)(torn - room)}))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "%s does not end with a decision: it is left as it is", path);
    if (torn == room)
        return LIQ_OK;
    start = newline_before(room, torn - 1);
    out->line = (liq_text){start, (size_t)(torn - 1 - start)};
    out->last_seq = liq_line_seq(out->line);
    if (out->last_seq == 0 || (start == room && from > 0))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "%s: the last line is no decision: it is left as it is", path);
    return LIQ_OK;
}

uint64_t liq_line_seq(liq_text line)
{
    const size_t start = sizeof line_start - 1;
    uint64_t seq = 0;
    size_t at = start;

    if (line.bytes <= start || memcmp(line.data, line_start, start) != 0)
        return 0;
    for (; at < line.bytes && line.data[at] >= '0' && line.data[at] <= '9'; at++) {
        const uint64_t digit = (uint64_t)(line.data[at] - '0');

        if (seq > (UINT64_MAX - digit) / 10)
            return 0;
        seq = seq * 10 + digit;
    }
    return at < line.bytes && (line.data[at] == ',' || line.data[at] == '}') ? seq : 0;
}

static liq_status tail_load(int descriptor, const char *path, char *room, uint64_t from,
                            size_t bytes, liq_error *err)
{
    size_t got = 0;

    while (got < bytes) {
        const ssize_t read = pread(descriptor, room + got, bytes - got, (off_t)(from + got));

        if (read == 0)
            return liq_fail(err, LIQ_IO, 0, "%s was cut while it was read", path);
        if (read < 0 && errno != EINTR)
            return liq_fail(err, LIQ_IO, errno, "%s cannot be read: %s", path, strerror(errno));
        got += read > 0 ? (size_t)read : 0;
    }
    return LIQ_OK;
}

/* Behind the last newline before end; from when there is none. */
static const char *newline_before(const char *from, const char *end)
{
    const char *newline = end > from ? memrchr(from, '\n', (size_t)(end - from)) : NULL;

    return newline == NULL ? from : newline + 1;
}

/* Whether text is what a write of ours that was cut short may have left: the beginning of a line,
 * or what a file system shows where data was lost with the power. */
static bool is_torn_line(liq_text text)
{
    const size_t start = sizeof line_start - 1;
    size_t zeros = 0;

    if (memcmp(text.data, line_start, text.bytes < start ? text.bytes : start) == 0)
        return true;
    while (zeros < text.bytes && text.data[zeros] == '\0')
        zeros++;
    return zeros == text.bytes;
}
