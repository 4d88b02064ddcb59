/*
 * Outlets that are descriptors: files, pipes, terminals, sockets.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "outlet/file_tail.h"
#include "outlet/outlet_internal.h"

enum {
    POLL_MS = 50,
    STREAM_BYTES = 4096, /* what a pipe that is ready takes without waiting */
    FILE_MODE = 0640
};

static liq_status path_open(liq_outlet *outlet, liq_error *err);
static liq_status file_resume(liq_outlet *outlet, liq_error *err);
static liq_status line_compare(liq_outlet *outlet, const liq_file_tail *tail, char *room,
                               liq_error *err);
static bool room_wait(liq_outlet *outlet);
static void text_write(liq_outlet *outlet, const char *text, size_t bytes);
static ssize_t piece_write(const liq_outlet *outlet, const char *text, size_t bytes);
static uint64_t newlines(const char *text, size_t bytes);

liq_status liq_outlet_stream_open(liq_outlet *outlet, liq_error *err)
{
    struct stat facts;
    liq_status status;

    if (outlet->kind == LIQ_OUTLET_FILE && (status = path_open(outlet, err)) != LIQ_OK)
        return status;
    if (fstat(outlet->descriptor, &facts) != 0)
        return liq_fail(err, LIQ_IO, errno, "outlet %s cannot be written: %s", outlet->name,
                        strerror(errno));
    outlet->is_regular = S_ISREG(facts.st_mode);
    outlet->is_socket = S_ISSOCK(facts.st_mode);
    if (outlet->kind == LIQ_OUTLET_FILE && outlet->is_regular)
        return file_resume(outlet, err);
    return LIQ_OK;
}

void liq_outlet_stream_run(liq_outlet *outlet)
{
    while (!liq_outlet_is_done(outlet) && !atomic_load(&outlet->is_gone)) {
        const size_t bytes = liq_outlet_pull(outlet, LIQ_OUTLET_IDLE_NS);

        if (bytes > 0)
            text_write(outlet, outlet->room, bytes);
    }
}

/* A pipe is opened for both directions: it then keeps what no reader has taken yet, and a reader
 * may go and come. */
static liq_status path_open(liq_outlet *outlet, liq_error *err)
{
    const int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

    outlet->descriptor = open(outlet->path, flags, FILE_MODE);
    if (outlet->descriptor < 0)
        return liq_fail(err, errno == ENOENT ? LIQ_NOT_FOUND : LIQ_IO, errno,
                        "%s cannot be written: %s", outlet->path, strerror(errno));
    outlet->is_owned = true;
    return LIQ_OK;
}

/* Go on behind the last line of the file. */
static liq_status file_resume(liq_outlet *outlet, liq_error *err)
{
    liq_file_tail tail;
    liq_status status;

    if (flock(outlet->descriptor, LOCK_EX | LOCK_NB) != 0)
        return liq_fail(err, LIQ_BAD_INPUT, errno, "%s is written by another process",
                        outlet->path);
    if ((status = liq_file_tail_read(&tail, outlet->descriptor, outlet->path, outlet->room, err)) !=
        LIQ_OK)
        return status;
    if (tail.last_seq != 0) {
        outlet->next_seq = tail.last_seq + 1;
        status = line_compare(outlet, &tail, outlet->room + LIQ_OUTLET_ROOM / 2, err);
    }
    if (status != LIQ_OK)
        return status;
    if (ftruncate(outlet->descriptor, (off_t)tail.keep_bytes) != 0)
        return liq_fail(err, LIQ_IO, errno, "%s: a torn line cannot be cut off: %s", outlet->path,
                        strerror(errno));
    return LIQ_OK;
}

/* Appending to the decisions of another journal would leave some out without a word. */
static liq_status line_compare(liq_outlet *outlet, const liq_file_tail *tail, char *room,
                               liq_error *err)
{
    const liq_line_pull *older = outlet->has_older ? &outlet->older : NULL;
    liq_line_ring_facts ring;
    uint64_t next;
    size_t bytes;
    liq_status status;

    liq_line_ring_facts_read(outlet->ring, &ring);
    if (tail->last_seq > ring.last_seq)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "%s ends with decision %llu, and the last one is %llu: it is of another "
                        "journal",
                        outlet->path, (unsigned long long)tail->last_seq,
                        (unsigned long long)ring.last_seq);
    status = liq_line_ring_read(outlet->ring, older, tail->last_seq, room, LIQ_OUTLET_ROOM / 2,
                                &bytes, &next, err);
    if (status == LIQ_NOT_FOUND)
        return LIQ_OK; /* nobody has it any more to compare */
    if (status != LIQ_OK)
        return status;
    if (bytes > tail->line.bytes && room[tail->line.bytes] == '\n' &&
        memcmp(room, tail->line.data, tail->line.bytes) == 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_BAD_INPUT, 0,
                    "%s: decision %llu is not the one of the journal: it is of another journal",
                    outlet->path, (unsigned long long)tail->last_seq);
}

/* Wait until a write would not block; whether it would not. A descriptor with an error is ready:
 * writing to it says which. */
static bool room_wait(liq_outlet *outlet)
{
    struct pollfd ready = {.fd = outlet->descriptor, .events = POLLOUT};

    return outlet->is_regular || poll(&ready, 1, POLL_MS) > 0;
}

/* Write all of it, unless the outlet has to end. Lines that are out count one by one. */
static void text_write(liq_outlet *outlet, const char *text, size_t bytes)
{
    uint64_t seq = outlet->next_seq - 1 - newlines(text, bytes);
    uint32_t in_a_row = 0;

    while (bytes > 0 && !liq_outlet_is_late(outlet)) {
        const ssize_t written = room_wait(outlet) ? piece_write(outlet, text, bytes) : 0;

        if (written > 0) {
            seq += newlines(text, (size_t)written);
            text += written;
            bytes -= (size_t)written;
            in_a_row = 0;
            liq_outlet_passed(outlet, seq);
        } else if (written < 0 && errno != EINTR) {
            const int native = errno;
            liq_error error;

            (void)liq_fail(&error, LIQ_IO, native, "%s cannot be written: %s",
                           outlet->path == NULL ? outlet->name : outlet->path, strerror(native));
            if (native == EPIPE || native == ECONNRESET)
                atomic_store(&outlet->is_gone, true);
            if (native != EAGAIN)
                liq_outlet_failed(outlet, &error, ++in_a_row);
            if (atomic_load(&outlet->is_gone))
                return;
        }
    }
}

/* A descriptor that was given is not ours to make non-blocking, since others share it: a write as
 * small as what a ready pipe has room for does not block either. */
static ssize_t piece_write(const liq_outlet *outlet, const char *text, size_t bytes)
{
    if (outlet->is_socket)
        return send(outlet->descriptor, text, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (!outlet->is_regular && bytes > STREAM_BYTES)
        bytes = STREAM_BYTES;
    return write(outlet->descriptor, text, bytes);
}

static uint64_t newlines(const char *text, size_t bytes)
{
    const char *const end = text + bytes;
    uint64_t count = 0;

    while (text < end && (text = memchr(text, '\n', (size_t)(end - text))) != NULL) {
        text++;
        count++;
    }
    return count;
}
