#include "wire/socket_path.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fail.h"

enum { BACKLOG = 128 };

static liq_status address_make(struct sockaddr_un *out, const char *path, liq_error *err);
static liq_status bind_or_replace(int descriptor, const struct sockaddr_un *address,
                                  liq_error *err);
static liq_status stale_remove(const struct sockaddr_un *address, liq_error *err);
static liq_status inode_note(liq_socket_path *out, const char *path, liq_error *err);

liq_status liq_socket_path_listen(liq_socket_path *out, const char *path, mode_t mode,
                                  liq_error *err)
{
    struct sockaddr_un address;
    liq_socket_path made = {.descriptor = -1};
    liq_status status;

    if ((status = address_make(&address, path, err)) != LIQ_OK)
        return status;
    made.descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made.descriptor < 0)
        return liq_fail(err, LIQ_IO, errno, "no socket for %s: %s", path, strerror(errno));
    /* Linux makes the file with the mode of the socket: there is no moment at which it is open to
     * more than that. The umask can only take from it; the chmod below gives that back. */
    if (fchmod(made.descriptor, mode) != 0) {
        status = liq_fail(err, LIQ_IO, errno, "%s: cannot set its mode: %s", path, strerror(errno));
        goto done;
    }
    if ((status = bind_or_replace(made.descriptor, &address, err)) != LIQ_OK)
        goto done;
    if ((status = inode_note(&made, path, err)) != LIQ_OK)
        goto done;
    if (chmod(path, mode) != 0 || listen(made.descriptor, BACKLOG) != 0) {
        status = liq_fail(err, LIQ_IO, errno, "%s: cannot listen: %s", path, strerror(errno));
        goto done;
    }
    *out = made;
    made.descriptor = -1; /* given away */
done:
    if (made.descriptor >= 0)
        liq_socket_path_close(&made, path);
    return status;
}

void liq_socket_path_close(const liq_socket_path *socket, const char *path)
{
    struct stat now;

    if (socket->inode != 0 && lstat(path, &now) == 0 && now.st_dev == socket->device &&
        now.st_ino == socket->inode)
        (void)unlink(path);
    (void)close(socket->descriptor);
}

static liq_status address_make(struct sockaddr_un *out, const char *path, liq_error *err)
{
    const size_t bytes = strlen(path);

    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (bytes == 0 || bytes >= sizeof out->sun_path)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "%s: the path of a socket has 1 to %zu bytes, this one %zu", path,
                        sizeof out->sun_path - 1, bytes);
    memcpy(out->sun_path, path, bytes);
    return LIQ_OK;
}

static liq_status bind_or_replace(int descriptor, const struct sockaddr_un *address, liq_error *err)
{
    const struct sockaddr *const name = (const struct sockaddr *)address;
    liq_status status;

    if (bind(descriptor, name, sizeof *address) == 0)
        return LIQ_OK;
    if (errno == EADDRINUSE) {
        if ((status = stale_remove(address, err)) != LIQ_OK)
            return status;
        if (bind(descriptor, name, sizeof *address) == 0)
            return LIQ_OK;
    }
    return liq_fail(err, LIQ_IO, errno, "%s: cannot make the socket: %s", address->sun_path,
                    strerror(errno));
}

/* Remove what a process left that did not end well; refuse what is in use, or no socket. */
static liq_status stale_remove(const struct sockaddr_un *address, liq_error *err)
{
    const char *const path = address->sun_path;
    struct stat found;
    int probe;
    int failure;

    if (lstat(path, &found) != 0)
        return errno == ENOENT ? LIQ_OK
                               : liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(found.st_mode))
        return liq_fail(err, LIQ_DUPLICATE, 0, "%s: is there already, and is no socket", path);
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return liq_fail(err, LIQ_IO, errno, "no socket for %s: %s", path, strerror(errno));
    failure = connect(probe, (const struct sockaddr *)address, sizeof *address) == 0 ? 0 : errno;
    (void)close(probe);
    if (failure != ECONNREFUSED && failure != ENOENT)
        return liq_fail(err, LIQ_DUPLICATE, failure, "%s: another process answers there", path);
    if (failure == ECONNREFUSED && unlink(path) != 0 && errno != ENOENT)
        return liq_fail(err, LIQ_IO, errno, "%s: cannot remove the socket that nobody answers: %s",
                        path, strerror(errno));
    return LIQ_OK;
}

static liq_status inode_note(liq_socket_path *out, const char *path, liq_error *err)
{
    struct stat made;

    if (lstat(path, &made) != 0)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
    out->device = made.st_dev;
    out->inode = made.st_ino;
    return LIQ_OK;
}
